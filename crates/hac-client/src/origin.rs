//! Base URL, origin and context path.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::{Serialize, Serializer};
use url::{Host, Url};

use crate::error::{Error, ErrorKind, Result};
use crate::server_text::ServerText;

/// Scheme, host and port: sessions, tokens and passwords are never sent anywhere else.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    scheme: String,
    host: String,
    port: u16,
    loopback: bool,
}

impl Origin {
    /// Returns the URL, such as `https://shop.example.com:9002`, without the scheme's default port.
    pub fn to_url(&self) -> String {
        let default = if self.is_https() { 443 } else { 80 };
        if self.port == default {
            format!("{}://{}", self.scheme, self.host)
        } else {
            format!("{}://{}:{}", self.scheme, self.host, self.port)
        }
    }

    /// Returns whether the scheme is https.
    pub fn is_https(&self) -> bool {
        self.scheme == "https"
    }

    /// Returns whether this is the local machine in any notation: `localhost` and names below it, `127.0.0.0/8`, `::1`,
    /// `0.0.0.0` and `::` (which connect to the local machine), and these IPv4 addresses as IPv6 addresses.
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// Returns the host; IPv6 addresses are in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the port, explicit or the scheme's default.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_url())
    }
}

/// The path under which HAC is mounted: empty for the root, otherwise `/hac` and the like.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct ContextPath(String);

impl ContextPath {
    /// Parses `""`, `"/"`, `"hac"`, `"/hac"` or `"/hac/"`; `None` for text that cannot be a path.
    pub fn new(text: &str) -> Option<Self> {
        let trimmed = text.trim_matches('/');
        let clean = trimmed.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/%!$&'()*+,:=@".contains(&byte));
        // Whoever sends `%2e%2e` takes it for `..`.
        let is_dots = |segment: &str| matches!(&*segment.to_ascii_lowercase().replace("%2e", "."), "." | "..");
        if !clean || trimmed.split('/').any(is_dots) {
            return None;
        }
        Some(Self(if trimmed.is_empty() { String::new() } else { format!("/{trimmed}") }))
    }

    /// Returns the path without a trailing slash; empty for the root.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether HAC is mounted at the root.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for ContextPath {
    /// Serializes as it is displayed: `/` for the root.
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for ContextPath {
    /// `/` for the root, for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_root() { "/" } else { &self.0 })
    }
}

/// A parsed base URL.
///
/// [`as_str`](Self::as_str) is the text that identifies the session in the cache (`https://localhost:9002`), without trailing
/// slashes. A path (`https://host/hac_admin`) is the context path; pages of HAC that were copied from a browser's address bar
/// (`/login`, `/console/…`) are cut off.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BaseUrl {
    text: String,
    origin: Origin,
    context_path: Option<ContextPath>,
}

impl BaseUrl {
    /// Parses a base URL.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) if it is not an `http` or `https` URL, or contains a password.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        let wrong = |why: String| {
            Error::new(ErrorKind::Config, "use the base URL")
                .because(why)
                .with_hint("write it as https://HOST:PORT, for example https://localhost:9002")
        };
        if text.is_empty() {
            return Err(wrong("it is empty".into()));
        }
        // A URL parser drops some of them without a word: what was meant, and what the session's key is, would differ.
        if text.contains(char::is_control) {
            return Err(wrong("it contains a control character".into()));
        }
        // Without the slash behind it, a space would be at the end and drop off when the URL is read again.
        if text.contains(char::is_whitespace) {
            return Err(wrong("it contains a space".into()));
        }
        // A URL parser takes `http:/host` for `http://host`, and `http:/http://` for a host of that name.
        if !text.split_once(':').is_some_and(|(_, rest)| rest.starts_with("//")) {
            return Err(wrong(format!("{} has no scheme", shown(text)))
                .with_hint(format!("write https://{}", shown(text.trim_start_matches('/')))));
        }
        let url = Url::parse(text).map_err(|cause| wrong(format!("{} is not a valid URL: {cause}", shown(text))))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong(format!("its scheme is {}, not http or https", url.scheme())));
        }
        // In `https://https://user:password@host` the second half is a path.
        if !url.username().is_empty() || url.password().is_some() || url.path().contains('@') {
            return Err(wrong("it contains a username or password, which would end up in files and logs".into())
                .with_hint("pass the username and password separately"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("it contains a query or a fragment".into()));
        }
        let loopback = match url.host() {
            Some(Host::Domain(name)) => is_localhost(name),
            // The URL parser has already read decimal, octal and hexadecimal spellings.
            Some(Host::Ipv4(address)) => is_this_machine(address.into()),
            Some(Host::Ipv6(address)) => is_this_machine(address.into()),
            None => return Err(wrong(format!("{} has no host", shown(text)))),
        };
        let origin = Origin {
            scheme: url.scheme().to_owned(),
            host: url.host_str().unwrap_or_default().to_owned(),
            port: url.port_or_known_default().unwrap_or(0),
            loopback,
        };
        let path = pasted_page_cut_off(url.path());
        let context_path = match path.trim_matches('/') {
            "" => None,
            named => Some(ContextPath::new(named).ok_or_else(|| wrong(format!("{path} is not a valid context path")))?),
        };
        // The key is what hac-client-core hashes: the user's own text, only slashes cut off, so
        // that both packages find the same file.
        let key = if path == url.path() {
            text.trim_end_matches('/').to_owned()
        } else {
            format!("{}{}", origin.to_url(), path.trim_end_matches('/'))
        };
        Ok(Self { text: key, origin, context_path })
    }

    /// Returns the base URL without trailing slashes: the text that identifies the session.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the origin, the only one that requests are sent to.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Returns the context path, if the URL has one.
    pub fn context_path(&self) -> Option<&ContextPath> {
        self.context_path.as_ref()
    }
}

impl FromStr for BaseUrl {
    type Err = Error;

    /// See [`parse`](Self::parse).
    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What a `Location` means to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// A path (with its query) on the asked origin.
    Here { path: String, query: Option<String> },
    /// The asked host by https, at this port, where http was asked: whatever holds a secret must not go there in the clear.
    Https(u16),
    /// Another host.
    Elsewhere(ServerText),
}

/// Resolves a `Location` seen at `current` (a path on `origin`).
///
/// The asked host counts as here whatever the scheme and port, because TLS often ends in a
/// proxy that the application behind it knows nothing of.
pub(crate) fn resolve(origin: &Origin, current: &str, location: &str) -> Target {
    let base = format!("{}{current}", origin.to_url());
    let resolved = Url::parse(&base).and_then(|base| base.join(location));
    match resolved {
        Ok(url) if is_host_of(origin, &url) && url.scheme() == "https" && !origin.is_https() => {
            Target::Https(url.port_or_known_default().unwrap_or(443))
        }
        Ok(url) if is_host_of(origin, &url) => {
            Target::Here { path: url.path().to_owned(), query: url.query().map(str::to_owned) }
        }
        Ok(url) => Target::Elsewhere(ServerText::new(String::from(url))),
        Err(_) => Target::Elsewhere(ServerText::new("an invalid address")),
    }
}

fn is_host_of(origin: &Origin, url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some_and(|host| host.eq_ignore_ascii_case(origin.host()))
}

/// Whether packets to an address stay on this machine.
fn is_this_machine(address: IpAddr) -> bool {
    let v4 = |address: Ipv4Addr| address.is_loopback() || address.is_unspecified();
    match address {
        IpAddr::V4(address) => v4(address),
        // `to_ipv4` covers `::ffff:127.0.0.1` and the old `::127.0.0.1`, of which `::` is one; `::1` would become `0.0.0.1`.
        IpAddr::V6(address) => address == Ipv6Addr::LOCALHOST || address.to_ipv4().is_some_and(v4),
    }
}

/// Whether a name means this machine by definition (RFC 6761, 6.3).
pub(crate) fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name.eq_ignore_ascii_case("localhost") || name.to_ascii_lowercase().ends_with(".localhost")
}

/// Cuts off `/login`, `/login.jsp`, `/console/…` and the other tabs of HAC.
fn pasted_page_cut_off(path: &str) -> &str {
    const TABS: [&str; 6] = ["console", "platform", "monitoring", "maintain", "login", "login.jsp"];
    let mut at = 0;
    for segment in path.split('/') {
        let name = segment.split(';').next().unwrap_or_default();
        if at > 0 && TABS.contains(&name) {
            return &path[..at - 1];
        }
        at += segment.len() + 1;
    }
    path
}

/// The user's text without what stands before an `@`, which may be a password.
fn shown(text: &str) -> &str {
    text.rsplit_once('@').map_or(text, |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_with_a_space_in_it_is_refused() {
        for text in ["https://shop.example.com/hac /", "https://shop.example.com/h ac"] {
            let error = BaseUrl::parse(text).expect_err("a space");
            assert_eq!((error.kind(), error.why()), (ErrorKind::Config, "it contains a space"), "{text:?}");
        }
    }

    #[test]
    fn a_url_with_a_control_character_in_it_is_refused() {
        for text in ["https://h//a//b\x0f/", "https://ho\nst", "https://host/h\tac", "https://host\x7f"] {
            let error = BaseUrl::parse(text).expect_err("a control character");
            assert_eq!((error.kind(), error.why()), (ErrorKind::Config, "it contains a control character"), "{text:?}");
        }
        assert!(BaseUrl::parse(" https://localhost:9002\n").is_ok(), "what stands around it does not count");
    }

    #[test]
    fn a_url_without_a_scheme_is_refused_with_the_url_that_would_do() {
        let error = BaseUrl::parse("localhost:9002").expect_err("no scheme");
        assert_eq!(error.kind(), ErrorKind::Config);
        assert_eq!(error.hint().map(ToString::to_string).as_deref(), Some("write https://localhost:9002"));
    }

    #[test]
    fn a_password_in_the_url_is_refused_and_not_repeated() {
        let error = BaseUrl::parse("https://admin:nimda@host").expect_err("userinfo");
        assert!(!format!("{error:?}").contains("nimda"));
        assert!(BaseUrl::parse("http:/http://").is_err() && BaseUrl::parse("https:/host").is_err());
        let error = BaseUrl::parse("admin:nimda@host").expect_err("no scheme");
        assert!(!format!("{error:?}").contains("nimda"));
    }

    #[test]
    fn a_password_in_the_second_of_two_urls_is_refused_and_not_repeated() {
        for text in ["https://https://admin:nimda@host", "https://host:/admin:nimda@host", "http://h/x/%61dmin:nimda@y"]
        {
            let error = BaseUrl::parse(text).expect_err("a password");
            assert!(!format!("{error} {error:?}").contains("nimda"), "{error:?}");
        }
    }

    #[test]
    fn a_context_path_holds_no_dots_in_any_spelling() {
        for text in ["..", "a/../b", "./a", "%2e%2e", "a/.%2E/b", "%2E"] {
            assert_eq!(ContextPath::new(text), None, "{text}");
        }
        assert!(ContextPath::new("/a.b/...").is_some());
    }

    #[test]
    fn what_is_pasted_from_the_address_line_is_cut_off() {
        for (given, key, context) in [
            ("https://h:9002", "https://h:9002", None),
            ("https://h:9002//", "https://h:9002", None),
            ("https://h/hac/", "https://h/hac", Some("/hac")),
            ("https://h/hac/console/scripting", "https://h/hac", Some("/hac")),
            ("https://h/hac/login", "https://h/hac", Some("/hac")),
            ("https://h/login;jsessionid=1", "https://h", None),
            ("https://h/hac_admin", "https://h/hac_admin", Some("/hac_admin")),
        ] {
            let url = BaseUrl::parse(given).expect(given);
            assert_eq!(url.as_str(), key, "{given}");
            assert_eq!(url.context_path().map(ContextPath::as_str), context, "{given}");
        }
    }

    #[test]
    fn the_asked_host_is_here_whatever_its_scheme_and_port() {
        let url = BaseUrl::parse("https://shop.example.com").expect("url");
        let here = resolve(url.origin(), "/hac/", "http://shop.example.com:8080/hac/login?x=1");
        assert_eq!(here, Target::Here { path: "/hac/login".into(), query: Some("x=1".into()) });
        let here = resolve(url.origin(), "/hac/", "https://shop.example.com/hac/");
        assert_eq!(here, Target::Here { path: "/hac/".into(), query: None });
        for away in ["https://sso.example.com/auth?token=1", "ftp://shop.example.com/", "//shop.example.com.evil.com/"]
        {
            assert!(matches!(resolve(url.origin(), "/hac/", away), Target::Elsewhere(_)), "{away}");
        }
    }

    #[test]
    fn https_at_the_asked_host_is_told_apart_where_http_was_asked() {
        let url = BaseUrl::parse("http://shop.example.com:9001").expect("url");
        for (location, port) in [("https://shop.example.com/hac/", 443), ("https://SHOP.example.com:9002/hac/", 9002)] {
            assert_eq!(resolve(url.origin(), "/hac/", location), Target::Https(port), "{location}");
        }
    }

    #[test]
    fn every_spelling_of_this_machine_is_recognised() {
        for host in [
            "localhost",
            "LocalHost",
            "localhost.",
            "%6cocalhost",
            "hac.localhost",
            "hac.localhost.",
            "127.0.0.1",
            "127.0.0.1.",
            "127.3.2.1:80",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0x7f.0.0.1",
            "0177.0.0.01",
            "0.0.0.0",
            "0",
            "0x0",
            "[::1]:9001",
            "[0:0:0:0:0:0:0:1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::ffff:127.3.2.1]",
            "[::ffff:0.0.0.0]",
            "[::127.0.0.1]",
        ] {
            let text = format!("http://{host}");
            assert!(BaseUrl::parse(&text).expect(&text).origin().is_loopback(), "{text}");
        }
    }

    #[test]
    fn other_machines_are_not_taken_for_this_one() {
        for host in [
            "localhost.example.com",
            "notlocalhost",
            "10.0.0.1",
            "126.255.255.255",
            "128.0.0.1",
            "0.0.0.1",
            "[::2]",
            "[::ffff:10.0.0.1]",
            "[::10.0.0.1]",
            "[fe80::1]",
            "[64:ff9b::127.0.0.1]",
            "[2002:7f00:1::]",
        ] {
            let text = format!("http://{host}");
            assert!(!BaseUrl::parse(&text).expect(&text).origin().is_loopback(), "{text}");
        }
    }
}
