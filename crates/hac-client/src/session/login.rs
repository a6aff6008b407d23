//! Logging in as a browser does: page, token, POST, cookies, new token.
//!
//! Nothing else in this library knows the form.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::{HeaderMap, Method, StatusCode, header};

use super::cookie::Jar;
use super::probe::{Probe, ProbeTarget, elsewhere, get, https_wanted, is_init_path, probe, strange};
use crate::auth::{Cookies, Credentials};
use crate::error::{Error, ErrorKind, Result};
use crate::hint::Hint;
use crate::origin::{ContextPath, Target, resolve};
use crate::page::login_form::{LOGIN_ACTION, LoginForm};
use crate::page::{Page, is_login_path};
use crate::secret::{CsrfToken, SessionId};
use crate::server_text::{EXCERPT_CHARS, ServerText};
use crate::transport::{Answer, Body, Fault, Outgoing, Pace, Transport};

const MAX_HOPS: usize = 5;

/// How long the first page may take where answers have no limit.
const FIRST_PAGE_TIMEOUT: Duration = Duration::from_secs(60);

/// How often a login begins anew whose session was lost between the form and the first page.
const ATTEMPTS: usize = 2;

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
    fn empty_jar(&self, host: &str) -> Jar {
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

/// A session that the server knows by the cookies of a single sign-on; `None` where it does not.
pub(crate) async fn enter(transport: &Transport, options: &LoginOptions) -> Result<Option<LoggedIn>> {
    let doing = format!("log in to {}", transport.origin());
    let mut known_by_nobody = None;
    for context_path in options.candidates() {
        let mut jar = options.empty_jar(transport.origin().host());
        let target = ProbeTarget {
            context_path: &context_path,
            guessed: options.context_path.is_none(),
            login_path: None,
            timeout: options.answer_timeout.unwrap_or(FIRST_PAGE_TIMEOUT),
        };
        let token = match probe(transport, &target, &mut jar).await {
            Probe::Alive(token) | Probe::AliveWithoutRight(Some(token)) => token,
            Probe::AliveWithoutRight(None) => {
                return Err(Error::new(ErrorKind::Forbidden, doing)
                    .because("the cookies belong to a user without access to HAC's first page")
                    .with_hint("ask for a user group that grants access to HAC's tabs (HAC_*)"));
            }
            Probe::Initializing => return Err(initializing(&doing)),
            Probe::Dead => return Ok(None),
            Probe::NotThere(error) | Probe::Unclear(error) => {
                known_by_nobody.get_or_insert(error);
                continue;
            }
        };
        let Some(session_id) = jar.get_for(&options.session_cookie, &format!("{}/", context_path.as_str())) else {
            return Err(no_session_cookie(transport, &doing, options, &jar));
        };
        let session_id = SessionId::from(session_id);
        return Ok(Some(LoggedIn { session_id, token, context_path, jar, login_path: None }));
    }
    known_by_nobody.map_or(Ok(None), |error| Err(error.while_doing(doing)))
}

/// A session fresh from the server.
#[derive(Debug)]
pub(crate) struct LoggedIn {
    pub(crate) session_id: SessionId,
    pub(crate) token: CsrfToken,
    pub(crate) context_path: ContextPath,
    pub(crate) jar: Jar,
    /// Where the login page was found, unless that is HAC's first page itself.
    pub(crate) login_path: Option<String>,
}

struct LoginPage {
    form: LoginForm,
    context_path: ContextPath,
    action: String,
    path: Option<String>,
    jar: Jar,
}

/// Whether a password was posted and the server's verdict did not come: it may count as a failed login.
#[derive(Debug, Default)]
pub(crate) struct VerdictPending(AtomicBool);

impl VerdictPending {
    fn set(&self, pending: bool) {
        self.0.store(pending, Ordering::SeqCst);
    }

    pub(crate) fn get(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Logs in. `pending` says afterwards, also where this was dropped on the way, whether a verdict is still to come.
pub(crate) async fn login(
    transport: &Transport,
    options: &LoginOptions,
    credentials: &Credentials,
    pending: &VerdictPending,
) -> Result<LoggedIn> {
    let doing = format!("log in to {}", transport.origin());
    transport.secrets().note_password(&credentials.password);
    credentials.fields.iter().for_each(|(_, value)| transport.secrets().note_password(value));
    for _ in 0..ATTEMPTS {
        let page = find_login_page(transport, options, &doing).await?;
        if let Some(logged_in) = log_in_at(transport, options, page, credentials, pending, &doing).await? {
            return Ok(logged_in);
        }
    }
    Err(Error::new(ErrorKind::SessionEnded, doing)
        .because(format!(
            "the server accepted the login of {} but did not recognise the session at the next request, {ATTEMPTS} \
             times",
            credentials.username
        ))
        .with_hint(
            "something between this machine and the server drops the session cookie, or spreads requests over nodes \
             that do not share sessions; check the load balancer's sticky sessions, and the name of the session \
             cookie",
        ))
}

/// Posts the form and reads the first page; `None` where the login was accepted and its session was not there any more.
async fn log_in_at(
    transport: &Transport,
    options: &LoginOptions,
    page: LoginPage,
    credentials: &Credentials,
    pending: &VerdictPending,
    doing: &str,
) -> Result<Option<LoggedIn>> {
    let LoginPage { form, context_path, action, path: login_path, mut jar } = page;
    refuse_lost_cookies(transport, options, &jar, doing)?;
    let mut answer = post_form(transport, options, &form, &action, &jar, credentials, pending, doing).await?;
    let home = format!("{}/", context_path.as_str());
    let anonymous = jar.get_for(&options.session_cookie, &home).map(SessionId::from);
    jar.set_from_headers(&answer.headers, &action);
    // Spring Security gives a session that has logged in another id, and leads on.
    let is_another = jar
        .get_for(&options.session_cookie, &home)
        .is_some_and(|id| anonymous.as_ref().is_none_or(|anonymous| anonymous.expose() != id));
    let accepted = is_another && answer.status.is_redirection();
    judge_post(transport, &context_path, login_path.as_deref(), &mut answer, credentials, pending, doing).await?;
    refuse_lost_cookies(transport, options, &jar, doing)?;

    let target = ProbeTarget {
        context_path: &context_path,
        guessed: false,
        login_path: login_path.as_deref(),
        // A server that just started compiles its first page now: as long as any answer.
        timeout: options.answer_timeout.unwrap_or(FIRST_PAGE_TIMEOUT),
    };
    let token = match probe(transport, &target, &mut jar).await {
        Probe::Alive(token) | Probe::AliveWithoutRight(Some(token)) => token,
        Probe::AliveWithoutRight(None) => {
            return Err(Error::new(ErrorKind::Forbidden, doing)
                .because(format!("{} is logged in but has no access to HAC's first page", credentials.username))
                .with_hint("ask for a user group that grants access to HAC's tabs (HAC_*)"));
        }
        Probe::Initializing => return Err(initializing(doing)),
        Probe::Dead if accepted => return Ok(None),
        Probe::Dead => {
            return Err(Error::new(ErrorKind::SessionEnded, doing)
                .because(format!(
                    "the server neither accepted nor refused the login of {}: it answered {} and started no session",
                    credentials.username, answer.status
                ))
                .with_hint(
                    "log in with a browser to see whether the account is locked or its password must be changed; the \
                     password was posted once, and is not posted again automatically",
                ));
        }
        Probe::NotThere(error) | Probe::Unclear(error) => return Err(error.while_doing(doing)),
    };
    let Some(session_id) = jar.get_for(&options.session_cookie, &format!("{}/", context_path.as_str())) else {
        return Err(no_session_cookie(transport, doing, options, &jar));
    };
    let session_id = SessionId::from(session_id);
    Ok(Some(LoggedIn { session_id, token, context_path, jar, login_path }))
}

/// Sends the login form: the only place that a password leaves by.
#[expect(clippy::too_many_arguments, reason = "one step of log_in_at, with all that it has found")]
async fn post_form(
    transport: &Transport,
    options: &LoginOptions,
    form: &LoginForm,
    action: &str,
    jar: &Jar,
    credentials: &Credentials,
    pending: &VerdictPending,
    doing: &str,
) -> Result<Answer> {
    let mut fields = vec![("j_username", credentials.username.as_str()), ("j_password", credentials.password.expose())];
    if let Some((name, token)) = &form.token {
        fields.push((name, token.expose()));
    }
    fields.extend(form.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    fields.retain(|(name, _)| credentials.fields.iter().all(|(given, _)| given != name));
    fields.extend(credentials.fields.iter().map(|(name, value)| (name.as_str(), value.expose())));
    let mut headers = HeaderMap::new();
    if let Some(cookies) = jar.header_for(action, transport.sends_secure_cookies()) {
        headers.insert(header::COOKIE, cookies);
    }
    let outgoing = Outgoing {
        method: Method::POST,
        path: action,
        query: None,
        headers,
        body: Body::form(fields),
        timeout: options.answer_timeout,
        pace: Pace::Whole,
    };
    pending.set(true);
    transport.send(outgoing).await.map_err(|fault| {
        pending.set(!fault.is_before_sending());
        let posted = pending.get();
        let error = fault.into_error(doing);
        if !posted {
            return error;
        }
        if error.kind() != ErrorKind::Tls {
            return error.with_hint(POSTED_WITHOUT_VERDICT);
        }
        // The server complained of a certificate when the password had left: no handshake failed.
        let lost = Error::new(ErrorKind::ConnectionLost, doing).because(error.why());
        lost.with_hint(error.hint().cloned().unwrap_or(POSTED_WITHOUT_VERDICT.into())).with_source(error.clone())
    })
}

const POSTED_WITHOUT_VERDICT: &str = "the password was posted once, and no answer came; it may count as a failed \
     login, and failed logins lock accounts: check that the server answers before you try again";

/// Tries one context path after the other until one leads to HAC's login page.
async fn find_login_page(transport: &Transport, options: &LoginOptions, doing: &str) -> Result<LoginPage> {
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
            .with_hint("add HAC's context path to the base URL, as in https://HOST/hac_admin")),
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
        return accept_form(transport, options, candidate, path, form, &page, jar, doing);
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
    Ok(Ok(LoginPage { form, context_path: found, action, path: (path != home).then_some(path), jar }))
}

/// What the answer to the login form says.
async fn judge_post(
    transport: &Transport,
    context_path: &ContextPath,
    login_path: Option<&str>,
    answer: &mut Answer,
    credentials: &Credentials,
    pending: &VerdictPending,
    doing: &str,
) -> Result<()> {
    // A 5xx may come from something in front that does not know what HAC made of the password.
    pending.set(answer.status.is_server_error());
    if let Some(location) = answer.location() {
        return match resolve(transport.origin(), &answer.path, location) {
            Target::Elsewhere(place) => Err(elsewhere(transport, doing, &place)),
            Target::Https(port) => Err(https_wanted(transport, doing, port)
                .because("the server redirected to https after the password was posted over plain http")),
            Target::Here { query: Some(query), .. } if query.contains("login_error") => {
                Err(bad_credentials(doing, credentials))
            }
            Target::Here { path, .. } if is_login_path(&path, login_path) => Err(bad_credentials(doing, credentials)),
            Target::Here { path, .. } if is_init_path(&path, context_path) => Err(initializing(doing)),
            Target::Here { .. } => Ok(()),
        };
    }
    let page = answer.page(Vec::new()).await.map_err(|fault: Fault| {
        pending.set(true);
        fault.into_error(doing).with_hint(POSTED_WITHOUT_VERDICT)
    })?;
    match answer.status.as_u16() {
        200..=299 if page.login_form.is_some() => Err(bad_credentials(doing, credentials)),
        200..=299 => Ok(()),
        401 | 403 | 405 => Err(strange(doing, answer, &page).with_hint(
            "the server refused the login form although its token was fresh: something between this machine and the \
             server drops cookies or spreads requests over nodes",
        )),
        500..=599 => Err(strange(doing, answer, &page)
            .with_hint(format!("the server may be starting, or its node is down; {POSTED_WITHOUT_VERDICT}"))),
        _ => Err(strange(doing, answer, &page)),
    }
}

pub(crate) fn bad_credentials(doing: &str, credentials: &Credentials) -> Error {
    Error::new(ErrorKind::BadCredentials, doing)
        .because(format!("the server rejected the username or the password of {}", credentials.username))
        .with_hint(
            "check both; the password was posted once and is not posted again automatically, because failed \
             logins lock accounts",
        )
}

pub(crate) fn initializing(doing: &str) -> Error {
    Error::new(ErrorKind::Initializing, doing)
        .because("the system is being initialised or updated")
        .with_hint(Hint::WaitForUpdate)
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

/// A `Secure` cookie over plain http never comes back, so the login could not last.
fn refuse_lost_cookies(transport: &Transport, options: &LoginOptions, jar: &Jar, doing: &str) -> Result<()> {
    if transport.sends_secure_cookies() || !jar.secure(&options.session_cookie) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Config, doing)
        .because("the session cookie is marked Secure and must not be sent over plain http")
        .with_hint(format!("use https://{} (with the port of https)", transport.origin().host())))
}

fn no_session_cookie(transport: &Transport, doing: &str, options: &LoginOptions, jar: &Jar) -> Error {
    let mut names: Vec<_> = jar.to_stored().into_iter().map(|cookie| cookie.name.clone()).collect();
    names.sort();
    names.dedup();
    let names = if names.is_empty() {
        "none".to_owned()
    } else {
        transport.secrets().show(&ServerText::new(names.join(", ")), EXCERPT_CHARS)
    };
    Error::new(ErrorKind::Config, doing)
        .because(format!("the server set no cookie {}; it set {names}", options.session_cookie))
        .with_hint("if the session cookie has another name, set that name")
}
