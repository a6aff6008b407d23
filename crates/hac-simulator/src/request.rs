//! A request, taken apart.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use url::form_urlencoded;

use crate::front::xss;
use crate::knobs::XssFilter;
use crate::ledger::Entry;
use crate::multipart::{self, Part};

/// A request, its body perhaps still on the way.
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) headers: HeaderMap,
    filter: XssFilter,
    /// As sent.
    form: OnceLock<Vec<(String, String)>>,
    json: OnceLock<String>,
    /// A body that is read when somebody wants it; until then the client may not get rid of it.
    unread: Mutex<Option<Incoming>>,
    broken: AtomicBool,
    /// Those of a form with files. What looks for parameters does not see them, as in servlets without a filter for it.
    parts: OnceLock<Vec<Part>>,
}

impl Request {
    pub(crate) fn new(parts: &Parts, body: Incoming, filter: XssFilter) -> Self {
        let mut headers = parts.headers.clone();
        if filter == XssFilter::Strip {
            for value in headers.values_mut() {
                if let Some(stripped) = value.to_str().ok().map(xss::stripped)
                    && let Ok(stripped) = HeaderValue::from_str(&stripped)
                {
                    *value = stripped;
                }
            }
        }
        Self {
            filter,
            method: parts.method.clone(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().map(str::to_owned),
            headers,
            form: OnceLock::new(),
            json: OnceLock::new(),
            parts: OnceLock::new(),
            unread: Mutex::new(Some(body)),
            broken: AtomicBool::new(false),
        }
    }

    /// Reads the body, unless that was done, and takes the fields out of a form. One that is too long loses them all, and stays
    /// unread. False: the body broke off, so this is a request that never was.
    pub(crate) async fn arrive(&self, max_form_bytes: usize) -> bool {
        let Some(body) = self.unread().take() else { return !self.is_broken() };
        let is_form =
            self.header(&CONTENT_TYPE).is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"));
        if is_form && length(&body).is_some_and(|length| length > max_form_bytes) {
            *self.unread() = Some(body);
            return true;
        }
        match body.collect().await {
            Ok(whole) => {
                let whole = whole.to_bytes();
                let content_type = self.header(&CONTENT_TYPE).unwrap_or_default();
                if let Some(parts) =
                    multipart::boundary(content_type).and_then(|boundary| multipart::parts(&whole, boundary))
                {
                    let _ = self.parts.set(parts);
                }
                if is_form && whole.len() <= max_form_bytes {
                    let _ = self.form.set(form_urlencoded::parse(&whole).into_owned().collect());
                } else if !whole.is_empty()
                    && self.header(&CONTENT_TYPE).is_some_and(|value| value.starts_with("application/json"))
                {
                    let _ = self.json.set(String::from_utf8_lossy(&whole).into_owned());
                }
            }
            Err(_) => self.broken.store(true, Ordering::SeqCst),
        }
        !self.is_broken()
    }

    /// The length of a body that was not read yet; `None` where there is none, or nobody knows.
    pub(crate) fn unread_length(&self) -> Option<usize> {
        self.unread().as_ref().and_then(length)
    }

    /// The body that nobody wanted.
    pub(crate) fn take_unread(&self) -> Option<Incoming> {
        self.unread().take()
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.broken.load(Ordering::SeqCst)
    }

    fn unread(&self) -> MutexGuard<'_, Option<Incoming>> {
        self.unread.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn form(&self) -> &[(String, String)] {
        self.form.get().map(Vec::as_slice).unwrap_or_default()
    }

    /// The body, where it is JSON and was read.
    pub(crate) fn json(&self) -> Option<&str> {
        self.json.get().map(String::as_str)
    }

    fn parts(&self) -> &[Part] {
        self.parts.get().map(Vec::as_slice).unwrap_or_default()
    }

    /// The form fields for the ledger, without passwords. Of a file there is the name.
    pub(crate) fn form_for_ledger(&self) -> Vec<(String, String)> {
        let parts = self.parts().iter().map(|part| {
            let text = part.file_name.clone().unwrap_or_else(|| String::from_utf8_lossy(&part.content).into_owned());
            (part.name.clone(), text)
        });
        self.form()
            .iter()
            .map(|(name, value)| match name.as_str() {
                "j_password" => (name.clone(), "***".to_owned()),
                _ => (name.clone(), value.clone()),
            })
            .chain(parts)
            .collect()
    }

    /// The passwords and tokens of its form.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let fields = self.form().iter().filter(|(name, _)| matches!(name.as_str(), "j_password" | "_csrf"));
        fields.map(|(_, value)| value.clone()).chain(self.part("_csrf")).collect()
    }

    pub(crate) fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// A parameter, from the query first and the form second, as servlets have it.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        self.parameters(name).into_iter().next()
    }

    /// A parameter as Spring MVC hands a text to a page: what was sent more than once is joined by commas.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        let values = self.parameters(name);
        if values.is_empty() { None } else { Some(values.join(",")) }
    }

    /// A parameter as a boolean of Spring MVC, in any case: `true`, `on`, `yes`, `1`, or `false`, `off`, `no`, `0`; absent or
    /// empty is false. `None` for any other word, which is a bad request.
    pub(crate) fn boolean(&self, name: &str) -> Option<bool> {
        match self.parameter(name).unwrap_or_default().trim().to_lowercase().as_str() {
            "true" | "on" | "yes" | "1" => Some(true),
            "false" | "off" | "no" | "0" | "" => Some(false),
            _ => None,
        }
    }

    /// All values of a parameter.
    pub(crate) fn parameters(&self, name: &str) -> Vec<String> {
        let query = self.query.as_deref().unwrap_or_default();
        let in_query = form_urlencoded::parse(query.as_bytes()).into_owned();
        let values = in_query.chain(self.form().iter().cloned()).filter(|(key, _)| key == name).map(|(_, value)| value);
        match self.filter {
            XssFilter::Strip => values.map(|value| xss::stripped(&value)).collect(),
            XssFilter::Off | XssFilter::Reject => values.collect(),
        }
    }

    /// Whether the filter for markup rejects the request. Its body was read.
    pub(crate) fn is_rejected(&self) -> bool {
        if self.filter != XssFilter::Reject {
            return false;
        }
        let query = self.query.as_deref().unwrap_or_default();
        let in_query = form_urlencoded::parse(query.as_bytes()).into_owned();
        let mut parameters = in_query.chain(self.form().iter().cloned());
        parameters.any(|(_, value)| xss::is_suspicious(&value))
            || self.headers.values().filter_map(|value| value.to_str().ok()).any(xss::is_suspicious)
    }

    /// The text of a part of a form with files.
    pub(crate) fn part(&self, name: &str) -> Option<String> {
        let part = self.parts().iter().find(|part| part.name == name && part.file_name.is_none())?;
        Some(String::from_utf8_lossy(&part.content).into_owned())
    }

    /// The content of a file of a form.
    pub(crate) fn file(&self, name: &str) -> Option<Bytes> {
        self.parts().iter().find(|part| part.name == name && part.file_name.is_some()).map(|part| part.content.clone())
    }

    /// All values of the cookie: a client may send two of one name.
    pub(crate) fn cookies(&self, name: &str) -> Vec<String> {
        cookies(&self.headers).filter(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).collect()
    }

    /// User and password of HTTP Basic.
    pub(crate) fn basic(&self) -> Option<(String, String)> {
        basic(self.header(&AUTHORIZATION)?)
    }

    /// The `Host` without its port, in lower case.
    pub(crate) fn host(&self) -> Option<String> {
        self.header(&HOST).map(host_name)
    }
}

fn basic(value: &str) -> Option<(String, String)> {
    let (scheme, credentials) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = STANDARD.decode(credentials.trim()).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

fn length(body: &Incoming) -> Option<usize> {
    body.size_hint().exact().and_then(|length| usize::try_from(length).ok())
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

/// What the headers of a request have that only its sender and the server know.
pub(crate) fn secrets(headers: &HeaderMap) -> Vec<String> {
    let text = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
    let credentials = |value: String| {
        let encoded = value.split_once(' ').map_or("", |(_, credentials)| credentials).trim().to_owned();
        let password = basic(&value).map(|(_, password)| password);
        [Some(encoded), password]
    };
    cookies(headers)
        .filter(|(name, _)| *name != "ROUTE")
        .map(|(_, value)| value.to_owned())
        .chain(
            ["authorization", "proxy-authorization"]
                .into_iter()
                .flat_map(|name| headers.get_all(name).iter().filter_map(text).flat_map(credentials).flatten()),
        )
        .chain(headers.get_all("x-csrf-token").iter().filter_map(text))
        .collect()
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
        json: None,
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
