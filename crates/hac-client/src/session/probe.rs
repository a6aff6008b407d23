//! Alive or dead, the present token, and whether a path is HAC's: one function for all of it.

use std::time::Duration;

use http::{HeaderMap, Method, StatusCode, header};

use super::cookie::Jar;
use crate::error::{Error, ErrorKind};
use crate::hint::Hint;
use crate::origin::{ContextPath, Target, resolve};
use crate::page::{Page, is_login_path};
use crate::secret::CsrfToken;
use crate::server_text::ServerText;
use crate::transport::{Answer, Body, Fault, Outgoing, Pace, Transport};

/// How long a session that is being validated may take to show itself.
pub(crate) const PROBE_TIMEOUT: Duration = Duration::from_secs(5);

/// What a GET of `{ctx}/` says of a session.
#[derive(Debug)]
pub(crate) enum Probe {
    /// HAC's console, with the token that holds now.
    Alive(CsrfToken),
    /// HAC answered 403 by itself: alive, without the right to the first page.
    AliveWithoutRight(Option<CsrfToken>),
    /// The system is being initialised or updated.
    Initializing,
    /// HAC's own evidence that the session is over: its login page, or a redirect to it.
    Dead,
    /// 404: HAC is not (any more) under this path.
    NotThere(Error),
    /// Anything else. It proves nothing, so the stored session stays.
    Unclear(Error),
}

/// Where to probe, and with what.
pub(crate) struct ProbeTarget<'a> {
    pub(crate) context_path: &'a ContextPath,
    /// Nobody said that HAC is here: only a page with HAC's title counts.
    pub(crate) guessed: bool,
    /// The path of the login page, where it is known.
    pub(crate) login_path: Option<&'a str>,
    pub(crate) timeout: Duration,
}

pub(crate) async fn probe(transport: &Transport, target: &ProbeTarget<'_>, jar: &mut Jar) -> Probe {
    let doing = format!("check the session at {}{}", transport.origin(), target.context_path);
    let path = format!("{}/", target.context_path.as_str());
    let mut answer = match get(transport, &path, None, jar, Some(target.timeout)).await {
        Ok(answer) => answer,
        Err(fault) => return Probe::Unclear(fault.into_error(&doing)),
    };
    if let Some(location) = answer.location() {
        return redirected(transport, target, &answer, location, &doing);
    }
    let page = match answer.page(Vec::new()).await {
        Ok(page) => page,
        Err(fault) => return Probe::Unclear(fault.into_error(&doing)),
    };
    let hac_title = page.has_hac_title();
    match answer.status {
        StatusCode::OK if page.login_form.is_some() => {
            // At a guessed path a shop may answer with a login form of its own.
            if target.guessed && !page.is_marked_as_hac() {
                Probe::Unclear(strange(&doing, &answer, &page))
            } else {
                Probe::Dead
            }
        }
        StatusCode::OK if !target.guessed || hac_title => match page.token {
            Some(token) => Probe::Alive(token),
            None => Probe::Unclear(strange(&doing, &answer, &page)),
        },
        StatusCode::FORBIDDEN if hac_title => Probe::AliveWithoutRight(page.token),
        StatusCode::NOT_FOUND => Probe::NotThere(strange(&doing, &answer, &page)),
        _ => Probe::Unclear(strange(&doing, &answer, &page)),
    }
}

fn redirected(transport: &Transport, target: &ProbeTarget<'_>, answer: &Answer, location: &str, doing: &str) -> Probe {
    match resolve(transport.origin(), &answer.path, location) {
        Target::Here { path, .. } if is_login_path(&path, target.login_path) => Probe::Dead,
        Target::Here { path, .. } if is_init_path(&path, target.context_path) => Probe::Initializing,
        Target::Here { .. } => Probe::Unclear(
            Error::new(ErrorKind::NotHac, doing)
                .because(format!("redirected to {}, which is not HAC's login page", answer.shown_location()))
                .with_hint("does HAC have another context path? Add it to the base URL"),
        ),
        Target::Https(port) => Probe::Unclear(https_wanted(transport, doing, port)),
        Target::Elsewhere(place) => Probe::Unclear(elsewhere(transport, doing, &place)),
    }
}

/// One GET with the jar's cookies, not followed; cookies of the answer go into the jar.
pub(crate) async fn get(
    transport: &Transport,
    path: &str,
    query: Option<&str>,
    jar: &mut Jar,
    timeout: Option<Duration>,
) -> Result<Answer, Fault> {
    let mut headers = HeaderMap::new();
    if let Some(cookies) = jar.header_for(path, transport.sends_secure_cookies()) {
        headers.insert(header::COOKIE, cookies);
    }
    let outgoing =
        Outgoing { method: Method::GET, path, query, headers, body: Body::Empty, timeout, pace: Pace::Whole };
    let answer = transport.send(outgoing).await?;
    jar.set_from_headers(&answer.headers, path);
    Ok(answer)
}

/// Whether HAC sends everybody here because an initialisation runs.
pub(crate) fn is_init_path(path: &str, context_path: &ContextPath) -> bool {
    let bare = path.split(';').next().unwrap_or_default();
    bare.trim_end_matches('/').strip_prefix(context_path.as_str()) == Some("/platform/init")
}

pub(crate) fn elsewhere(transport: &Transport, doing: &str, place: &ServerText) -> Error {
    Error::new(ErrorKind::NotHac, doing)
        .because(format!(
            "redirected to {}, another host; nothing was sent there",
            transport.secrets().show_address(place)
        ))
        .with_hint(
            "is single sign-on or a portal in front of HAC? Log in with a browser and import that session, or use \
             the URL of a node behind it",
        )
}

/// http was asked, and the server leads to https.
pub(crate) fn https_wanted(transport: &Transport, doing: &str, port: u16) -> Error {
    let host = transport.origin().host();
    let port = if port == 443 { String::new() } else { format!(":{port}") };
    Error::new(ErrorKind::Config, doing)
        .because("the server requires https; nothing was posted over plain http")
        .with_hint(format!("use https://{host}{port}"))
}

/// An answer that is no HAC's, described: status, title, visible text.
pub(crate) fn strange(doing: &str, answer: &Answer, page: &Page) -> Error {
    let hint = match answer.status.as_u16() {
        401 => "something in front of HAC requires a login of its own: set the gate's username and password",
        403 => "is an IP filter or a firewall in front of HAC? Ask its administrator to allow this machine",
        404 => "does HAC have another context path? Add it to the base URL, as in https://HOST/hac_admin",
        407 => "the proxy requires credentials: put them into the proxy's URL",
        429 => "too many requests: wait before you try again, because each request may prolong the wait",
        500..=599 => "the server may be starting, or its node is down; try again in a while",
        _ => "is this the URL of HAC? An IP filter, single sign-on or a proxy may answer instead",
    };
    Error::new(ErrorKind::NotHac, doing).because(answer.described(page)).with_hint(hint)
}
pub(crate) fn initializing(doing: &str) -> Error {
    Error::new(ErrorKind::Initializing, doing)
        .because("the system is being initialised or updated")
        .with_hint(Hint::WaitForUpdate)
}
