//! What is known about a login before it begins.

use std::time::Duration;

use crate::auth::Cookies;
use crate::origin::ContextPath;
use crate::session::cookie::Jar;

/// What the user fixed about logins.
#[derive(Debug, Clone)]
pub(crate) struct LoginOptions {
    /// Set: HAC is there and nowhere else. Unset: tried in the order of `GUESSES`.
    pub(crate) context_path: Option<ContextPath>,
    pub(crate) session_cookie: String,
    pub(crate) route: Option<String>,
    /// For each single answer on the way.
    pub(crate) answer_timeout: Option<Duration>,
    /// Cookies of a single sign-on, which go along from the first request.
    pub(crate) brought: Option<Cookies>,
}

/// The context paths that are tried if none is configured.
const GUESSES: [&str; 2] = ["/hac", ""];

impl LoginOptions {
    pub(crate) fn candidates(&self) -> Vec<ContextPath> {
        match &self.context_path {
            Some(named) => vec![named.clone()],
            None => GUESSES.iter().filter_map(|text| ContextPath::new(text)).collect(),
        }
    }

    /// A jar as a login begins with: empty but for the node that the user asked for, and for the cookies of a single sign-on.
    pub(super) fn empty_jar(&self, host: &str) -> Jar {
        let mut jar = Jar::new(&self.session_cookie).at_host(host);
        if let Some(route) = &self.route {
            jar.insert("ROUTE", route, "/", false);
        }
        for (name, value) in self.brought.iter().flat_map(Cookies::iter) {
            jar.insert(name, value, "/", false);
        }
        jar
    }
}
