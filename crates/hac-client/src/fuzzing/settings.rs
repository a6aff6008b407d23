//! What the user sets, and what a server makes of an address: base URL, context path, headers, `Location`.
//!
//! The configuration file is the program's, which no fuzzer can link: its own tests change each byte of one.

use url::Url;

use super::{parts, text};
use crate::builder::headers;
use crate::origin::{BaseUrl, ContextPath, Origin, Target, resolve};
use crate::server_text::{EXCERPT_CHARS, Secrets};

/// A password that no input holds by accident.
const PASSWORD: &str = "n1mda-MARKER-7c2e";

/// The parts of the input: a base URL, a context path, a `Location`, and the name and the value of a header.
///
/// # Panics
/// Where a promise is broken: an address that leads to another host, a path that is not itself, a password in an error.
pub fn settings(data: &[u8]) {
    let mut parts = parts(data).map(text);
    let mut next = || parts.next().unwrap_or_default();
    let (base_url, context_path, location, name, value) = (next(), next(), next(), next(), next());
    no_error_repeats_a_password(&base_url);
    let origins = ["https://shop.example.com", "http://[::1]:9001"].map(|url| BaseUrl::parse(url).expect("a base URL"));
    for origin in BaseUrl::parse(&base_url).iter().chain(&origins).map(BaseUrl::origin) {
        stays_here(origin, &context_path, &location);
    }
    if let Ok(url) = BaseUrl::parse(&base_url) {
        is_itself(&url);
    }
    // The name is shown.
    let is_secret = value.len() >= 8 && !value.is_ascii() && !name.contains(&value);
    match headers(None, &[(name, value.clone())]) {
        Ok(headers) => {
            let (_, taken) = headers.iter().next().expect("one header");
            assert!(taken.is_sensitive() && taken.as_bytes() == value.as_bytes());
        }
        Err(error) => assert!(!is_secret || !error.to_string().contains(&value)),
    }
}

/// A base URL that was accepted is accepted again, and means the same.
fn is_itself(url: &BaseUrl) {
    let again = BaseUrl::parse(url.as_str()).expect("what was accepted is accepted again");
    assert_eq!(&again, url);
    assert!(!url.as_str().ends_with('/'));
    let origin = BaseUrl::parse(&url.origin().to_url()).expect("the origin is a base URL");
    assert_eq!(origin.origin(), url.origin());
    assert!(origin.context_path().is_none());
}

fn no_error_repeats_a_password(text: &str) {
    for with_password in [
        format!("https://admin:{PASSWORD}@{text}"),
        format!("admin:{PASSWORD}@{text}"),
        format!("{text}://admin:{PASSWORD}@host"),
        format!("{text}:{PASSWORD}@host/{text}"),
    ] {
        match BaseUrl::parse(&with_password) {
            Ok(url) => assert!(!url.as_str().contains(PASSWORD), "{url} holds a password"),
            Err(error) => {
                let told = format!("{error} {error:?} {:?}", error.hint().map(ToString::to_string));
                assert!(!told.contains(PASSWORD), "{told}");
            }
        }
    }
}

/// Context paths and `Location`s: nothing that counts as here is anywhere else.
fn stays_here(origin: &Origin, context_path: &str, location: &str) {
    let mut current = "/hac/".to_owned();
    if let Some(path) = ContextPath::new(context_path) {
        assert_eq!(ContextPath::new(path.as_str()).as_ref(), Some(&path));
        assert!(path.is_root() || (path.as_str().starts_with('/') && !path.as_str().ends_with('/')));
        current = format!("{}/", path.as_str());
        let url = on(origin, &current);
        assert_eq!(url.path(), current, "a context path is sent as it is");
    }
    match resolve(origin, &current, location) {
        Target::Here { path, query } => {
            let path_and_query = query.as_ref().map_or(path.clone(), |query| format!("{path}?{query}"));
            let url = on(origin, &path_and_query);
            assert_eq!((url.path(), url.query()), (path.as_str(), query.as_deref()), "a path is sent as it is");
            assert!(http::HeaderValue::from_str(&path_and_query).is_ok());
        }
        Target::Https(port) => assert!(!origin.is_https() && port > 0),
        Target::Elsewhere(place) => {
            let shown = Secrets::default().show_address(&place);
            assert!(shown.chars().count() <= EXCERPT_CHARS + 1 && !shown.contains(['?', '#']));
        }
    }
}

/// The address of a path, which is at the origin.
fn on(origin: &Origin, path: &str) -> Url {
    let url = Url::parse(&format!("{}{path}", origin.to_url())).expect("an address");
    assert_eq!((url.scheme(), url.host_str(), url.port_or_known_default()), {
        let scheme = if origin.is_https() { "https" } else { "http" };
        (scheme, Some(origin.host()), Some(origin.port()))
    });
    url
}
