//! The jar of one origin: which cookies go with which path. Pure, no I/O.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use cookie::time::OffsetDateTime;
use http::header::{HeaderMap, HeaderValue, SET_COOKIE};
use zeroize::Zeroizing;

use super::store::StoredCookie;
use crate::secret::sensitive;

/// The cookie that pins the node behind a load balancer.
const ROUTE: &str = "ROUTE";

/// What is kept at most of one cookie: name, value and path. Browsers have the same limit for name and value.
const LARGEST: usize = 4096;

/// What a jar keeps at most: browsers keep 50 of a host or more, and a server takes 8 KiB of headers, as a rule.
const MOST: usize = 50;

/// Bytes of names, values and paths that a jar keeps at most; they fit into a session's file.
const MOST_BYTES: usize = 32 * 1024;

/// The cookies of one origin, keyed by name and path.
///
/// Values are wiped on drop and left out of `Debug`.
#[derive(Clone)]
pub(crate) struct Jar {
    /// The name of the cookie that holds the session: never forgotten in favour of others.
    session_cookie: Arc<str>,
    /// The host of the origin, to recognise a cookie that is meant for another.
    host: Option<String>,
    cookies: Vec<Entry>,
}

#[derive(Clone)]
struct Entry {
    name: String,
    value: Zeroizing<String>,
    path: String,
    secure: bool,
}

impl Entry {
    fn bytes(&self) -> usize {
        self.name.len() + self.value.len() + self.path.len()
    }
}

impl Jar {
    /// An empty jar that takes a cookie whatever `Domain` it names; see [`at_host`](Self::at_host).
    pub(crate) fn new(session_cookie: &str) -> Self {
        Self { session_cookie: session_cookie.into(), host: None, cookies: Vec::new() }
    }

    /// The same jar, which drops cookies whose `Domain` is not that of this host.
    pub(crate) fn at_host(mut self, host: &str) -> Self {
        self.host = Some(host.trim_matches(['[', ']']).to_ascii_lowercase());
        self
    }

    pub(crate) fn from_stored(session_cookie: &str, stored: &[StoredCookie]) -> Self {
        let mut jar = Self::new(session_cookie);
        for cookie in stored {
            jar.insert(&cookie.name, &cookie.value, &cookie.path, cookie.secure);
        }
        jar
    }

    pub(crate) fn to_stored(&self) -> Vec<StoredCookie> {
        self.cookies
            .iter()
            .map(|cookie| StoredCookie {
                name: cookie.name.clone(),
                value: cookie.value.to_string(),
                path: cookie.path.clone(),
                secure: cookie.secure,
            })
            .collect()
    }

    /// Takes every `Set-Cookie` of an answer to `request_path`; returns the names that were set.
    ///
    /// What cannot be read, or is meant for another host, is skipped. A name that was deleted is
    /// not among the names returned.
    pub(crate) fn set_from_headers(&mut self, headers: &HeaderMap, request_path: &str) -> Vec<String> {
        self.set_at(headers, request_path, SystemTime::now())
    }

    fn set_at(&mut self, headers: &HeaderMap, request_path: &str, now: SystemTime) -> Vec<String> {
        let mut names = Vec::new();
        for header in headers.get_all(SET_COOKIE) {
            let Some(cookie) = header.to_str().ok().and_then(|text| cookie::Cookie::parse(text).ok()) else {
                tracing::debug!("a Set-Cookie that cannot be read was skipped");
                continue;
            };
            let (name, value) = cookie.name_value();
            let size = name.len() + value.len() + cookie.path().map_or(0, str::len);
            if size > LARGEST || cookie.domain().is_some_and(|domain| !self.is_ours(domain)) {
                tracing::debug!(name, "a cookie that is too large or for another host was skipped");
                continue;
            }
            let path = cookie
                .path()
                .filter(|path| path.starts_with('/'))
                .map_or_else(|| default_path(request_path), str::to_owned);
            // Max-Age comes before Expires, whatever their order.
            let expired = match cookie.max_age() {
                Some(age) => age <= cookie::time::Duration::ZERO,
                None => cookie.expires_datetime().is_some_and(|end| end <= OffsetDateTime::from(now)),
            };
            if expired {
                self.cookies.retain(|known| !(known.name == name && known.path == path));
            } else {
                self.insert(name, value, &path, cookie.secure().unwrap_or(false));
                names.push(name.to_owned());
            }
        }
        names
    }

    /// The `Cookie` header for a path, marked sensitive; `None` where no cookie goes there.
    ///
    /// Longer paths come first. Secure cookies go along only over https, or to the machine itself.
    pub(crate) fn header_for(&self, path: &str, https_or_loopback: bool) -> Option<HeaderValue> {
        let mut text = Zeroizing::new(String::new());
        for cookie in self.matching(path).into_iter().filter(|cookie| https_or_loopback || !cookie.secure) {
            if !text.is_empty() {
                text.push_str("; ");
            }
            text.push_str(&cookie.name);
            text.push('=');
            text.push_str(&cookie.value);
        }
        if text.is_empty() { None } else { sensitive(&text) }
    }

    /// The value of a cookie; of several with this name, the one with the longest path.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let named = self.cookies.iter().filter(|cookie| cookie.name == name);
        longest_first(named).first().map(|cookie| cookie.value.as_str())
    }

    /// The value of a cookie as the server of this path gets to see it.
    pub(crate) fn get_for(&self, name: &str, path: &str) -> Option<&str> {
        self.matching(path).into_iter().find(|cookie| cookie.name == name).map(|cookie| cookie.value.as_str())
    }

    /// Puts a cookie in, in place of one with the same name and path.
    pub(crate) fn insert(&mut self, name: &str, value: &str, path: &str, secure: bool) {
        let value = Zeroizing::new(value.to_owned());
        match self.cookies.iter_mut().find(|known| known.name == name && known.path == path) {
            Some(known) => {
                known.value = value;
                known.secure = secure;
            }
            None => self.cookies.push(Entry { name: name.to_owned(), value, path: path.to_owned(), secure }),
        }
        self.forget_the_oldest();
    }

    /// Forgets the oldest cookies of a jar that is too full, but not those without which the session is lost.
    fn forget_the_oldest(&mut self) {
        let is_full =
            |cookies: &[Entry]| cookies.len() > MOST || cookies.iter().map(Entry::bytes).sum::<usize>() > MOST_BYTES;
        while is_full(&self.cookies) {
            let oldest = self.cookies.iter().position(|cookie| !self.is_of_the_session(cookie)).unwrap_or_default();
            let forgotten = self.cookies.remove(oldest);
            tracing::debug!(name = forgotten.name, "there are too many cookies: the oldest was forgotten");
        }
    }

    fn is_of_the_session(&self, cookie: &Entry) -> bool {
        cookie.name == ROUTE || cookie.name == *self.session_cookie
    }

    /// Whether a cookie of this name asks for https.
    pub(crate) fn secure(&self, name: &str) -> bool {
        self.cookies.iter().any(|cookie| cookie.name == name && cookie.secure)
    }

    /// Sets `ROUTE` unless there is one: a session stays on its node.
    pub(crate) fn set_route_once(&mut self, route: &str) {
        if self.get(ROUTE).is_none() {
            self.insert(ROUTE, route, "/", false);
        }
    }

    /// Gives `ROUTE` this value again, whatever an answer made of it: a session stays on its node.
    pub(crate) fn keep_route(&mut self, route: &str) {
        for cookie in self.cookies.iter_mut().filter(|cookie| cookie.name == ROUTE) {
            cookie.value = Zeroizing::new(route.to_owned());
        }
        self.set_route_once(route);
    }

    fn matching(&self, path: &str) -> Vec<&Entry> {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        longest_first(self.cookies.iter().filter(|cookie| path_matches(path, &cookie.path)))
    }

    fn is_ours(&self, domain: &str) -> bool {
        let Some(host) = self.host.as_deref() else { return true };
        let domain = domain.to_ascii_lowercase();
        // An address has no parent domain, but `.1` is a suffix of `127.0.0.1`.
        let is_address = host.parse::<std::net::IpAddr>().is_ok();
        host == domain || (!is_address && host.strip_suffix(&domain).is_some_and(|rest| rest.ends_with('.')))
    }
}

impl fmt::Debug for Jar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.cookies.iter().map(|cookie| (&cookie.name, &cookie.path))).finish()
    }
}

/// Longer paths first, earlier cookies before later ones.
fn longest_first<'a>(cookies: impl Iterator<Item = &'a Entry>) -> Vec<&'a Entry> {
    let mut cookies: Vec<_> = cookies.collect();
    cookies.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
    cookies
}

/// RFC 6265, 5.1.4: the path of a cookie that names none.
fn default_path(request_path: &str) -> String {
    let path = request_path.split(['?', '#']).next().unwrap_or_default();
    match path.rfind('/') {
        Some(at) if at > 0 && path.starts_with('/') => path[..at].to_owned(),
        _ => "/".to_owned(),
    }
}

/// RFC 6265, 5.1.4: `/hac` matches `/hac` and `/hac/x`, not `/hacx`.
fn path_matches(request_path: &str, cookie_path: &str) -> bool {
    request_path
        .strip_prefix(cookie_path)
        .is_some_and(|rest| rest.is_empty() || cookie_path.ends_with('/') || rest.starts_with('/'))
}

#[cfg(test)]
mod tests;
