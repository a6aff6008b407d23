//! A session from a request that was copied from a browser's developer tools, as a command of curl.

mod words;

use std::fmt;

use crate::error::{Error, ErrorKind, Result};
use crate::origin::{BaseUrl, ContextPath};
use crate::secret::{CsrfToken, SessionId};

const DOING: &str = "read the curl command";

/// Options of curl that take a value, as far as browsers write them: what follows is not the URL.
const WITH_VALUE: [&str; 26] = [
    "-A",
    "--user-agent",
    "-b",
    "--cookie",
    "-d",
    "--data",
    "--data-ascii",
    "--data-binary",
    "--data-raw",
    "--data-urlencode",
    "-e",
    "--referer",
    "-F",
    "--form",
    "-H",
    "--header",
    "--json",
    "-m",
    "--max-time",
    "-o",
    "--output",
    "-u",
    "--user",
    "-x",
    "--proxy",
    "-X",
];

/// The first folder below the context path of every page of HAC.
const AREAS: [&str; 6] = ["console", "initlog", "maintain", "monitoring", "platform", "static"];

/// A request to HAC that was copied from a browser, with the session that the browser is logged in with.
///
/// Browsers offer it in the network view of their developer tools as "Copy as cURL". `Debug` is redacted.
#[derive(Clone)]
pub struct CopiedRequest {
    base_url: BaseUrl,
    session_id: SessionId,
    route: Option<String>,
    csrf_token: Option<CsrfToken>,
}

impl CopiedRequest {
    /// Parses a curl command in the spelling of Unix shells or of the Windows command prompt.
    ///
    /// `session_cookie` is the name of the session cookie, usually `JSESSIONID`.
    ///
    /// # Errors
    /// [`Usage`](ErrorKind::Usage) says what is missing and never repeats a value.
    pub fn from_curl(text: &str, session_cookie: &str) -> Result<Self> {
        let words = words::split(text).ok_or_else(|| wrong("a quote in it is not closed"))?;
        let mut words = words.iter().map(String::as_str);
        let name = words.next().unwrap_or_default();
        if !name.trim_end_matches(".exe").eq_ignore_ascii_case("curl") {
            return Err(wrong("it does not begin with curl"));
        }
        let found = Parts::of(words);
        let url = found.url.ok_or_else(|| wrong("it has no URL"))?;
        let base_url = base_of(url)?;
        let cookie = |name: &str| found.cookies.iter().find(|(its, _)| *its == name).map(|(_, value)| *value);
        let Some(session_id) = cookie(session_cookie).filter(|id| !id.is_empty()) else {
            return Err(wrong(format!("it has no cookie {session_cookie}")));
        };
        Ok(Self {
            base_url,
            session_id: SessionId::from(session_id),
            route: cookie("ROUTE").map(str::to_owned),
            csrf_token: found.token.map(CsrfToken::from),
        })
    }

    /// Returns the base URL: without the path of the page, and without the context path if that is `/hac`.
    pub fn base_url(&self) -> &BaseUrl {
        &self.base_url
    }

    /// Returns the value of the session cookie.
    pub fn session_id(&self) -> &SessionId {
        &self.session_id
    }

    /// Returns the value of the cookie `ROUTE`.
    pub fn route(&self) -> Option<&str> {
        self.route.as_deref()
    }

    /// Returns the CSRF token. Requests for pages have none; those that a page sends have one.
    pub fn csrf_token(&self) -> Option<&CsrfToken> {
        self.csrf_token.as_ref()
    }
}

impl fmt::Debug for CopiedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CopiedRequest").field("base_url", &self.base_url.as_str()).finish_non_exhaustive()
    }
}

/// What the words of the command say.
#[derive(Default)]
struct Parts<'a> {
    url: Option<&'a str>,
    cookies: Vec<(&'a str, &'a str)>,
    token: Option<String>,
}

impl<'a> Parts<'a> {
    fn of(mut words: impl Iterator<Item = &'a str>) -> Self {
        let mut found = Self::default();
        while let Some(word) = words.next() {
            let value = if WITH_VALUE.contains(&word) || word == "--url" { words.next() } else { None };
            match (word, value) {
                ("-H" | "--header", Some(header)) => found.header(header),
                // A name without `=` is a file of cookies.
                ("-b" | "--cookie", Some(cookies)) => found.add_cookies(cookies),
                ("--url", Some(url)) => found.url = Some(url),
                (option, Some(body)) if option.starts_with("--data") || option == "-d" => found.body(body),
                (url, None) if url.starts_with("http://") || url.starts_with("https://") => {
                    found.url.get_or_insert(url);
                }
                _ => {}
            }
        }
        found
    }

    fn header(&mut self, header: &'a str) {
        let Some((name, value)) = header.split_once(':') else { return };
        let (name, value) = (name.trim(), value.trim());
        if name.eq_ignore_ascii_case("cookie") {
            self.add_cookies(value);
        } else if name.eq_ignore_ascii_case("x-csrf-token") && !value.is_empty() {
            self.token = Some(value.to_owned());
        }
    }

    fn add_cookies(&mut self, cookies: &'a str) {
        let pairs = cookies.split(';').filter_map(|pair| pair.split_once('='));
        self.cookies.extend(pairs.map(|(name, value)| (name.trim(), value.trim())));
    }

    /// A form that a page of HAC sends has the token in a field; a header says more.
    fn body(&mut self, body: &str) {
        if self.token.is_none() {
            let mut fields = url::form_urlencoded::parse(body.as_bytes());
            let token = fields.find_map(|(name, value)| (name == "_csrf").then(|| value.into_owned()));
            self.token = token.filter(|token| !token.is_empty());
        }
    }
}

/// The base URL of a page of HAC.
fn base_of(url: &str) -> Result<BaseUrl> {
    let no_address = || wrong("its URL is no address of HAC");
    let (scheme, rest) = url.split_once("://").ok_or_else(no_address)?;
    let (host, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let path = path.split(['?', '#', ';']).next().unwrap_or_default();
    let context_path = context_of(path);
    let base_url = BaseUrl::parse(&format!("{scheme}://{host}")).map_err(|_| no_address())?;
    if context_path.as_deref().is_none_or(|path| path == "/hac") {
        return Ok(base_url);
    }
    let context_path = context_path.as_deref().and_then(ContextPath::new).ok_or_else(no_address)?;
    BaseUrl::parse(&format!("{}{context_path}", base_url.as_str())).map_err(|_| no_address())
}

/// The context path in front of the pages of HAC; `None` if none of its pages is recognised.
fn context_of(path: &str) -> Option<String> {
    let mut segments = path.split('/').skip(1);
    let mut context = String::new();
    loop {
        let segment = segments.next()?;
        if AREAS.contains(&segment) || segment.starts_with("j_spring_security_") || segment.starts_with("login") {
            return Some(if context.is_empty() { "/".to_owned() } else { context });
        }
        if segment.is_empty() {
            // `/hac/`, HAC's first page.
            return (!context.is_empty() && segments.next().is_none()).then_some(context);
        }
        context = format!("{context}/{segment}");
    }
}

fn wrong(why: impl Into<String>) -> Error {
    Error::new(ErrorKind::Usage, DOING).because(why).with_hint(
        "log in to HAC with the browser, open its developer tools (F12), run a query there, and copy that request from the \
         network view as cURL",
    )
}

#[cfg(test)]
mod tests;
