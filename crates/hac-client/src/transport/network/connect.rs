//! A connection that could not be made, in words.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use super::resolver::Unresolved;
use crate::error::{Error, ErrorKind};
use crate::hint::Hint;
use crate::origin::Origin;
use crate::os::{MORE_DESCRIPTORS, is_out_of_descriptors};
use crate::transport::causes::find;

/// Where a connection was to go.
pub(super) struct Way<'a> {
    pub(super) origin: &'a Origin,
    /// What is connected to in its place, without credentials.
    pub(super) proxy: Option<&'a str>,
    pub(super) timeout: Duration,
}

/// Translates a failure to connect, by its type and by where it happened, never by the text of another library.
pub(super) fn explain(doing: &str, error: reqwest::Error, way: &Way<'_>) -> Error {
    let timed_out = error.is_timeout();
    explained(doing, &error, timed_out, way).with_source(error.without_url())
}

/// The same for any cause, which is not kept.
pub(super) fn explained(doing: &str, cause: &(dyn StdError + 'static), timed_out: bool, way: &Way<'_>) -> Error {
    let ours = find::<Error>(cause);
    let io = find::<io::Error>(cause);
    let unresolved = find::<Unresolved>(cause);
    let (why, hint): (String, Hint) = if let Some(ours) = ours {
        (ours.why().to_owned(), ours.hint().cloned().unwrap_or(Hint::from("")))
    } else if unresolved.map(|unresolved| &unresolved.0).or(io).is_some_and(is_out_of_descriptors) {
        ("this process may not open another file or connection".to_owned(), MORE_DESCRIPTORS.into())
    } else if unresolved.is_some() {
        match way.proxy {
            Some(proxy) => (format!("the host of the proxy {proxy} is not known"), Hint::CheckProxy),
            None => (
                format!("the host {} is not known", way.origin.host()),
                "check the spelling of the host; is a VPN needed?".into(),
            ),
        }
    } else if timed_out || io.is_some_and(|cause| cause.kind() == io::ErrorKind::TimedOut) {
        match way.proxy {
            Some(proxy) => (
                format!("no connection through the proxy {proxy} within {} s", way.timeout.as_secs_f64()),
                "is the proxy running, and can it reach the server?".into(),
            ),
            None => (
                format!("no connection within {} s", way.timeout.as_secs_f64()),
                "is a VPN or a proxy (HTTPS_PROXY) needed to reach it?".into(),
            ),
        }
    } else if io.is_some_and(|cause| cause.kind() == io::ErrorKind::ConnectionRefused) {
        match way.proxy {
            Some(proxy) => (format!("the proxy {proxy} does not listen"), Hint::CheckProxy),
            None => (
                format!("nothing listens on port {}", way.origin.port()),
                "is the server running, and is this its port? HAC listens on 9002 (https) by default".into(),
            ),
        }
    } else if let Some(proxy) = way.proxy {
        (format!("the proxy {proxy} refused to connect to the server"), Hint::CheckProxy)
    } else {
        ("no connection could be made".to_owned(), "check the URL and the network".into())
    };
    Error::new(ErrorKind::Connect, doing).because(why).with_hint(hint)
}
