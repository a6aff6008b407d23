//! Finding HAC's login page: one context path after the other, through redirects, and never anybody else's form.

use http::StatusCode;

use super::options::LoginOptions;
use crate::error::{Error, ErrorKind, Result};
use crate::origin::{ContextPath, Target, resolve};
use crate::page::Page;
use crate::page::login_form::{LOGIN_ACTION, LoginForm};
use crate::server_text::{EXCERPT_CHARS, ServerText};
use crate::session::cookie::Jar;
use crate::session::info::FoundHac;
use crate::session::probe::{elsewhere, get, https_wanted, initializing, is_init_path, strange};
use crate::transport::{Answer, Transport};

const MAX_HOPS: usize = 5;

/// HAC's login page, found without posting anything.
pub(crate) struct LoginPage {
    pub(crate) form: LoginForm,
    pub(crate) context_path: ContextPath,
    pub(super) action: String,
    /// Where it is, unless that is HAC's first page itself.
    pub(crate) path: Option<String>,
    pub(super) jar: Jar,
    /// What time it was for the server, in seconds since 1970.
    pub(crate) date: Option<i64>,
}

/// Looks for HAC's login page, as a login does, and posts nothing.
pub(crate) async fn find(transport: &Transport, options: &LoginOptions) -> Result<FoundHac> {
    let page = find_login_page(transport, options, &format!("find HAC at {}", transport.origin())).await?;
    Ok(FoundHac { context_path: page.context_path, node: page.jar.get("ROUTE").map(str::to_owned) })
}

/// Tries one context path after the other until one leads to HAC's login page.
pub(crate) async fn find_login_page(transport: &Transport, options: &LoginOptions, doing: &str) -> Result<LoginPage> {
    let mut tried = Vec::new();
    let mut findings = Vec::new();
    for candidate in options.candidates() {
        // Cookies of a guess that was wrong are of no use to the next one.
        match follow_to_login_page(transport, options, &candidate, doing).await? {
            Ok(page) => return Ok(page),
            Err(finding) => findings.push(finding),
        }
        tried.push(format!("{}/", candidate.as_str()));
    }
    // Something that answered with a page says more than a 404.
    let not_found = |finding: &Finding| finding.status == Some(StatusCode::NOT_FOUND);
    match findings.iter().position(|finding| !not_found(finding)) {
        Some(at) => Err(findings.swap_remove(at).error),
        None => Err(Error::new(ErrorKind::NotHac, doing)
            .because(format!("there is no HAC at {} (404)", tried.join(" or ")))
            .with_hint(match &options.context_path {
                Some(_) => "correct the context path, or leave it out: HAC is looked for at /hac and / then",
                None => "add HAC's context path to the base URL, as in https://HOST/hac_admin",
            })),
    }
}

/// What stood under a context path instead of HAC's login page.
struct Finding {
    status: Option<StatusCode>,
    error: Error,
}

async fn follow_to_login_page(
    transport: &Transport,
    options: &LoginOptions,
    candidate: &ContextPath,
    doing: &str,
) -> Result<Result<LoginPage, Finding>> {
    let mut jar = options.empty_jar(transport.origin().host());
    let mut path = format!("{}/", candidate.as_str());
    let mut query: Option<String> = None;
    for _ in 0..=MAX_HOPS {
        let mut answer = get(transport, &path, query.as_deref(), &mut jar, options.answer_timeout)
            .await
            .map_err(|fault| fault.into_error(doing))?;
        if let Some(location) = answer.location() {
            match resolve(transport.origin(), &path, location) {
                Target::Elsewhere(place) => return Err(elsewhere(transport, doing, &place)),
                Target::Https(port) => return Err(https_wanted(transport, doing, port)),
                Target::Here { path: next, .. } if is_init_path(&next, candidate) => return Err(initializing(doing)),
                Target::Here { path: next, query: next_query } => {
                    path = next;
                    query = next_query;
                    continue;
                }
            }
        }
        let status = answer.status;
        let text = answer.text(Vec::new()).await.map_err(|fault| fault.into_error(doing))?;
        let mut page = answer.read(&text);
        let Some(form) = (if status == StatusCode::OK { page.login_form.take() } else { None }) else {
            if status == StatusCode::OK && page.has_hac_title() && page.token.is_some() {
                return Err(opened_without_login(doing, &answer));
            }
            return Ok(Err(Finding {
                status: Some(status),
                error: no_login_form(transport, doing, &answer, &page, &text),
            }));
        };
        return accept_form(transport, options, candidate, path, form, &page, &answer, jar, doing);
    }
    Ok(Err(Finding {
        status: None,
        error: Error::new(ErrorKind::NotHac, doing)
            .because(format!(
                "more than {MAX_HOPS} redirects, the last one to {}",
                transport.secrets().show_address(&ServerText::new(path))
            ))
            .with_hint("check the context path, and whether a proxy redirects to itself"),
    }))
}

/// Whether credentials may go to this form, and which context path it stands for.
#[expect(clippy::too_many_arguments, reason = "one step of follow_to_login_page, with all that it has found")]
fn accept_form(
    transport: &Transport,
    options: &LoginOptions,
    candidate: &ContextPath,
    path: String,
    form: LoginForm,
    page: &Page,
    answer: &Answer,
    jar: Jar,
    doing: &str,
) -> Result<Result<LoginPage, Finding>> {
    let finding = |error: Error| Ok(Err(Finding { status: Some(StatusCode::OK), error }));
    let action = match resolve(transport.origin(), &path, &form.action) {
        Target::Here { path, .. } => path,
        Target::Https(port) => return Err(https_wanted(transport, doing, port)),
        Target::Elsewhere(place) => return finding(elsewhere(transport, doing, &place)),
    };
    let action = action.split(';').next().unwrap_or_default().to_owned();
    let found = action.strip_suffix(LOGIN_ACTION).and_then(ContextPath::new).unwrap_or_default();
    if let Some(named) = &options.context_path
        && *named != found
    {
        let shown = transport.secrets().show_address(&ServerText::new(found.to_string()));
        return finding(
            Error::new(ErrorKind::NotHac, doing)
                .because(format!("the login page belongs to the context path {shown}, not to {named}"))
                .with_hint(format!("use the base URL {}{}", transport.origin(), shown.trim_end_matches('/'))),
        );
    }
    // Wherever nobody said that HAC is, a shop may answer with a login form of its own: only HAC's page gets credentials.
    if options.context_path.is_none() && !page.is_marked_as_hac() {
        let title = page.title.as_ref().map(|title| transport.secrets().show(title, EXCERPT_CHARS)).unwrap_or_default();
        return finding(
            Error::new(ErrorKind::NotHac, doing)
                .because(format!(
                    "the login page at {candidate} is not HAC's (titled \"{title}\"); nothing was posted to it"
                ))
                .with_hint("add HAC's context path to the base URL, as in https://HOST/hac"),
        );
    }
    let home = format!("{}/", found.as_str());
    let path = (path != home).then_some(path);
    Ok(Ok(LoginPage { form, context_path: found, action, path, jar, date: answer.date() }))
}

/// The console in place of the login page, although no session was sent.
fn opened_without_login(doing: &str, answer: &Answer) -> Error {
    let why = format!("{} shows HAC's console without a login", answer.shown_path());
    Error::new(ErrorKind::Config, doing).because(why).with_hint(
        "HAC itself accepted the HTTP Basic credentials that are meant for a gate in front of it: remove the gate's \
         credentials, or configure the gate to strip them",
    )
}

fn no_login_form(transport: &Transport, doing: &str, answer: &Answer, page: &Page, text: &str) -> Error {
    // What Tomcat and nginx say when plain http reaches a port of https.
    let origin = transport.origin();
    if answer.status == StatusCode::BAD_REQUEST && !origin.is_https() && text.contains("TLS")
        || text.contains("plain HTTP request was sent to HTTPS port")
    {
        return Error::new(ErrorKind::Config, doing)
            .because(format!("port {} requires https", origin.port()))
            .with_hint(format!("use https://{}:{}", origin.host(), origin.port()));
    }
    strange(doing, answer, page)
}
