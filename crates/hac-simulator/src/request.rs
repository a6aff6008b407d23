//! A request, taken apart.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST};
use http::request::Parts;
use http::{HeaderMap, HeaderName, Method};
use url::form_urlencoded;

use crate::ledger::Entry;

/// A request whose body was read.
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) headers: HeaderMap,
    form: Vec<(String, String)>,
}

impl Request {
    pub(crate) fn new(parts: &Parts) -> Self {
        Self {
            method: parts.method.clone(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().map(str::to_owned),
            headers: parts.headers.clone(),
            form: Vec::new(),
        }
    }

    /// Takes the fields out of a form; one that is too long loses them all.
    pub(crate) fn read_form(&mut self, body: &[u8], max_bytes: usize) {
        let is_form =
            self.header(&CONTENT_TYPE).is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"));
        if is_form && body.len() <= max_bytes {
            self.form = form_urlencoded::parse(body).into_owned().collect();
        }
    }

    /// The form fields for the ledger, without passwords.
    pub(crate) fn form_for_ledger(&self) -> Vec<(String, String)> {
        self.form
            .iter()
            .map(|(name, value)| match name.as_str() {
                "j_password" => (name.clone(), "***".to_owned()),
                _ => (name.clone(), value.clone()),
            })
            .collect()
    }

    pub(crate) fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// A parameter, from the query first and the form second, as servlets have it.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let query = self.query.as_deref().unwrap_or_default();
        form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
            .or_else(|| self.form.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()))
    }

    /// A parameter as a boolean, in any case; absent is false.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.parameter(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// All values of the cookie: a client may send two of one name.
    pub(crate) fn cookies(&self, name: &str) -> Vec<String> {
        cookies(&self.headers).filter(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).collect()
    }

    /// User and password of HTTP Basic.
    pub(crate) fn basic(&self) -> Option<(String, String)> {
        let value = self.header(&AUTHORIZATION)?;
        let (scheme, credentials) = value.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let decoded = STANDARD.decode(credentials.trim()).ok()?;
        let text = String::from_utf8(decoded).ok()?;
        let (user, password) = text.split_once(':')?;
        Some((user.to_owned(), password.to_owned()))
    }

    /// The `Host` without its port, in lower case.
    pub(crate) fn host(&self) -> Option<String> {
        self.header(&HOST).map(host_name)
    }
}

/// A `Host` without its port and brackets, in lower case.
pub(crate) fn host_name(host: &str) -> String {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.to_ascii_lowercase()
}

/// Whether a `Host` names this machine. Everything else might be a page in a browser that had its name point here.
pub(crate) fn is_loopback(name: &str) -> bool {
    matches!(name, "localhost" | "127.0.0.1" | "::1")
}

fn cookies(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
}

/// The ledger's entry for a request that has just arrived.
pub(crate) fn entry(parts: &Parts, connection: u64) -> Entry {
    let headers = parts
        .headers
        .iter()
        .map(|(name, value)| {
            let text = String::from_utf8_lossy(value.as_bytes());
            let shown = match name.as_str() {
                "cookie" => "***".to_owned(),
                "authorization" | "proxy-authorization" => {
                    format!("{} ***", text.split(' ').next().unwrap_or_default())
                }
                _ => text.into_owned(),
            };
            (name.as_str().to_owned(), shown)
        })
        .collect();
    Entry {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().map(str::to_owned),
        node: 0,
        user: None,
        status: None,
        executed: false,
        login: false,
        cookies: cookies(&parts.headers).map(|(name, _)| name.to_owned()).collect(),
        headers,
        form: Vec::new(),
        at: std::time::Duration::ZERO,
        connection,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_compared_without_port_and_case() {
        assert!(is_loopback(&host_name("LocalHost:9002")));
        assert!(is_loopback(&host_name("[::1]:9002")));
        assert!(is_loopback(&host_name("127.0.0.1")));
        assert!(!is_loopback(&host_name("localhost.example.org")));
        assert!(!is_loopback(&host_name("127.0.0.1.example.org:80")));
    }
}
