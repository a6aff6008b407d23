//! Which proxy stands between us and an origin, if any.

use std::fmt;
use std::net::Ipv6Addr;

use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use crate::error::{Error, ErrorKind, Result};
use crate::origin::Origin;

/// The HTTP proxy to use.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Proxy {
    /// The proxy of `https_proxy`, `http_proxy`, `all_proxy` and `no_proxy`, in lower or upper case, read as curl does. The
    /// local machine is always reached directly.
    #[default]
    Environment,
    /// No proxy.
    Direct,
    /// This proxy for every host: `http://proxy:3128`, with `user:password@` before the host if the proxy requires
    /// credentials.
    Url(String),
}

impl fmt::Debug for Proxy {
    /// The URL may contain a password and is not shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment => f.write_str("Environment"),
            Self::Direct => f.write_str("Direct"),
            Self::Url(_) => f.write_str("Url(…)"),
        }
    }
}

/// The value of an environment variable.
pub(super) type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Proxy {
    /// The proxy for an origin, and the variable that names it.
    pub(super) fn chosen(
        &self,
        origin: &Origin,
        environment: Environment<'_>,
    ) -> Result<Option<(Url, Option<&'static str>)>> {
        match self {
            Self::Direct => Ok(None),
            Self::Url(text) => parse("the proxy setting", text).map(|url| Some((url, None))),
            Self::Environment if origin.is_loopback() => Ok(None),
            Self::Environment => {
                let set = |names: &[&'static str]| {
                    let mut named = names.iter().map(|name| (*name, environment(name).unwrap_or_default()));
                    named.find(|(_, value)| !value.trim().is_empty())
                };
                // A CGI program finds the header `Proxy:` of its own caller in HTTP_PROXY.
                let own: &[_] = match (origin.is_https(), environment("REQUEST_METHOD")) {
                    (true, _) => &["https_proxy", "HTTPS_PROXY"],
                    (false, None) => &["http_proxy", "HTTP_PROXY"],
                    (false, Some(_)) => &["http_proxy"],
                };
                let Some((name, text)) = set(own).or_else(|| set(&["all_proxy", "ALL_PROXY"])) else {
                    return Ok(None);
                };
                let (_, exceptions) = set(&["no_proxy", "NO_PROXY"]).unwrap_or_default();
                if is_excepted(origin, &exceptions) {
                    return Ok(None);
                }
                parse(name, &text).map(|url| Some((url, Some(name))))
            }
        }
    }
}

/// The proxy as it may be shown.
pub(super) fn without_credentials(url: &Url) -> String {
    let port = url.port_or_known_default().unwrap_or_default();
    format!("{}://{}:{port}", url.scheme(), url.host_str().unwrap_or_default())
}

/// Whether `NO_PROXY` names the origin. curl takes blanks as well as commas between names, and ignores the dot at the end of one.
fn is_excepted(origin: &Origin, exceptions: &str) -> bool {
    let names = exceptions
        .split(|letter: char| letter == ',' || letter.is_whitespace())
        .map(|name| name.trim().trim_end_matches('.'));
    let listed = names.filter(|name| !name.is_empty()).collect::<Vec<_>>().join(",");
    let anywhere = Matcher::builder().all("http://proxy.invalid").no(listed).build();
    let is_listed = |host: &str| {
        let uri = http::Uri::builder().scheme("http").authority(host).path_and_query("/").build();
        uri.is_ok_and(|uri| anywhere.intercept(&uri).is_none())
    };
    let host = origin.host().trim_end_matches('.');
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<Ipv6Addr>().ok();
    // The same address has two spellings, and the exception may use the other one.
    let as_v4 = address.and_then(|address| address.to_ipv4_mapped());
    is_listed(host) || as_v4.is_some_and(|address| is_listed(&address.to_string()))
}

/// The text is never repeated: it may hold a password in any place.
fn parse(from: &str, text: &str) -> Result<Url> {
    let wrong = |why: String| {
        Error::new(ErrorKind::Config, "use the proxy").because(why).with_hint(
            "write it as http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, with special characters \
                 percent-encoded",
        )
    };
    let text = text.trim();
    let url = if text.contains("://") { Url::parse(text) } else { Url::parse(&format!("http://{text}")) };
    let url = url.map_err(|cause| wrong(format!("{from} is not a valid URL: {cause}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong(format!("{from} is neither an http nor an https proxy (SOCKS is not supported)")));
    }
    // reqwest goes directly where it cannot read a proxy: ask its own reader first.
    let readable = Matcher::builder().all(url.as_str()).build();
    if url.host_str().is_none() || readable.intercept(&http::Uri::from_static("http://host.invalid/")).is_none() {
        return Err(wrong(format!("{from} is not a usable proxy")));
    }
    Ok(url)
}

#[cfg(test)]
mod tests;
