//! Logging in as a browser does: page, token, POST, cookies, new token.
//!
//! Nothing else in this library knows the form.

mod options;
mod page;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::{HeaderMap, Method, header};

use super::cookie::Jar;
use super::probe::{Probe, ProbeTarget, elsewhere, https_wanted, initializing, is_init_path, probe, strange};
use crate::auth::Credentials;
use crate::error::{Error, ErrorKind, Result};
use crate::origin::{ContextPath, Target, resolve};
use crate::page::is_login_path;
use crate::page::login_form::LoginForm;
use crate::secret::{CsrfToken, SessionId};
use crate::server_text::{EXCERPT_CHARS, ServerText};
use crate::transport::{Answer, Body, Fault, Outgoing, Pace, Transport};

pub(crate) use options::LoginOptions;
pub(crate) use page::{LoginPage, find, find_login_page};

/// How long the first page may take where answers have no limit.
const FIRST_PAGE_TIMEOUT: Duration = Duration::from_secs(60);

/// How often a login begins anew whose session was lost between the form and the first page.
const ATTEMPTS: usize = 2;

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
    let LoginPage { form, context_path, action, path: login_path, mut jar, .. } = page;
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
