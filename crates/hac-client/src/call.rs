//! One call of HAC: send it, look for the expected answer, judge what came instead.
//!
//! The rules of what is a refusal, what is suspicious and what may be sent again are here and
//! in `transport::resend`, and nowhere else.

pub(crate) mod page;

use std::fmt::Write as _;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use crate::client::Inner;
use crate::error::{Error, ErrorKind, Result};
use crate::notice::Notice;
use crate::origin::{Target, resolve};
use crate::page::{Page, is_login_path, one_line, shown_location};
use crate::secret::sensitive;
use crate::session::Live;
use crate::session::flight::Verdict;
use crate::session::login::initializing;
use crate::session::probe::is_init_path;
use crate::transport::big::BIG;
use crate::transport::resend::{Effect, Reached, send_again};
use crate::transport::{Answer, Body, Fault, Outgoing};

/// Tomcat's default limit for a form, over which it drops the fields without a word.
const USUAL_FORM_LIMIT: usize = 2 << 20;

/// What is to be sent, apart from the session.
pub(crate) struct Call {
    /// "run the script": completes "cannot …".
    pub(crate) doing: String,
    pub(crate) method: Method,
    /// Below the context path, without a trailing slash.
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) body: Body,
    pub(crate) effect: Effect,
}

/// What a call expects, and what it makes of it.
pub(crate) trait Expectation: Send {
    type Output;

    /// A 2xx answer begins; its body has so many bytes, where the server says it.
    fn begin(&mut self, _length: Option<u64>) {}

    /// Takes a piece of the body of a 2xx answer. `Err`: more than the limit.
    fn take(&mut self, piece: &[u8]) -> Result<Taken, TooLarge>;

    /// The body is complete: the expected answer, or the text of something else.
    fn conclude(&mut self) -> Result<Self::Output, Unexpected>;

    /// What is said to the server to be wanted, where it has several forms of the answer.
    fn accepts(&self) -> Option<&'static str> {
        None
    }

    /// Whether a part of the answer was given away already.
    fn delivered(&self) -> bool;

    /// Forgets what an earlier attempt brought.
    fn restart(&mut self);
}

/// Whether more of the body is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    More,
    /// Whoever takes the rows has had enough.
    Enough,
}

/// A limit that the answer went over.
#[derive(Debug)]
pub(crate) struct TooLarge {
    pub(crate) what: &'static str,
    pub(crate) limit: usize,
}

/// An answer that is not the expected one.
#[derive(Debug)]
pub(crate) struct Unexpected {
    pub(crate) body: Vec<u8>,
    /// What is wrong with it, where it began like the expected one.
    pub(crate) defect: Option<String>,
}

/// What one attempt came to.
enum Attempt<T> {
    Answered(T, HeaderMap),
    Refused,
    Suspicious { status: StatusCode, new_session_cookie: bool, described: Error },
    Failed(Error),
    Lost(Reached, Error),
}

impl Inner {
    /// Sends a call on the session, recovers it once if it was refused, and returns the answer.
    pub(crate) async fn perform<E: Expectation>(&self, call: &Call, expectation: &mut E) -> Result<E::Output> {
        self.perform_within(call, expectation, self.answer_timeout).await
    }

    /// The same with a time limit of its own, for a call whose answer comes when the work is done.
    pub(crate) async fn perform_within<E: Expectation>(
        &self,
        call: &Call,
        expectation: &mut E,
        timeout: Option<Duration>,
    ) -> Result<E::Output> {
        self.check_process()?;
        let _place = self.in_flight.acquire().await.map_err(|cause| {
            Error::new(ErrorKind::Usage, call.doing.clone()).because("the client was closed").with_source(cause)
        })?;
        let mut live = self.sessions.current().await?;
        if call.body.len() > BIG {
            live = self.sessions.confirm(live).await.map_err(|error| renewing(call, &error))?;
        }
        let mut renewed = false;
        let mut again = 0;
        loop {
            expectation.restart();
            let attempt = self.attempt(call, &live, expectation, timeout).await;
            match attempt {
                Attempt::Answered(output, headers) => {
                    self.sessions.answered(&live, &headers, &Self::full_path(call, &live));
                    return Ok(output);
                }
                Attempt::Refused if renewed => return Err(Self::refused_again(call, &live)),
                Attempt::Refused => {
                    live = self.sessions.recover(&live).await.map_err(|error| renewing(call, &error))?;
                }
                Attempt::Suspicious { status, new_session_cookie, described } => {
                    if renewed && live.known_alive {
                        return Err(described);
                    }
                    match self
                        .sessions
                        .suspect(&live, new_session_cookie)
                        .await
                        .map_err(|error| met_while_suspicious(call, &error, &described))?
                    {
                        Verdict::Resend(next) if renewed => return Err(Self::refused_again(call, &next)),
                        Verdict::Resend(next) => live = next,
                        Verdict::Alive => return Err(described),
                        Verdict::Unknown(error) => return Err(undecided(call, status, &error)),
                    }
                }
                Attempt::Failed(error) => return Err(error),
                Attempt::Lost(reached, error) => {
                    let Some(pause) = send_again(call.effect, reached, again, expectation.delivered()) else {
                        return Err(error);
                    };
                    again += 1;
                    self.sessions.notify(&Notice::ReadAgain { why: error.why().to_owned() });
                    tokio::time::sleep(pause).await;
                    continue;
                }
            }
            renewed = true;
        }
    }

    async fn attempt<E: Expectation>(
        &self,
        call: &Call,
        live: &Live,
        expectation: &mut E,
        timeout: Option<Duration>,
    ) -> Attempt<E::Output> {
        let path = Self::full_path(call, live);
        let mut headers = HeaderMap::new();
        if let Some(cookies) = live.jar.header_for(&path, self.transport.sends_secure_cookies()) {
            headers.insert(header::COOKIE, cookies);
        }
        if call.method != Method::GET
            && let Some(token) = sensitive(live.token.expose())
        {
            headers.insert("x-csrf-token", token);
        }
        if let Some(accepted) = expectation.accepts() {
            headers.insert(header::ACCEPT, HeaderValue::from_static(accepted));
        }
        let outgoing = Outgoing {
            method: call.method.clone(),
            path: &path,
            query: call.query.as_deref(),
            headers,
            body: call.body.clone(),
            timeout,
        };
        let mut answer = match self.transport.send(outgoing).await {
            Ok(answer) => answer,
            Err(fault) => return self.faulted(call, live, fault),
        };
        let mut page = Vec::new();
        let mut defect = None;
        // The expected answer is looked for first: it may quote anything, a login page included.
        if answer.status.is_success() {
            expectation.begin(answer.length());
            loop {
                match answer.chunk().await {
                    Ok(Some(piece)) => match expectation.take(&piece) {
                        Ok(Taken::More) => {}
                        Ok(Taken::Enough) => break,
                        Err(limit) => return Attempt::Failed(self.too_large(call, live, &limit)),
                    },
                    Ok(None) => break,
                    Err(fault) => return self.faulted(call, live, fault),
                }
            }
            match expectation.conclude() {
                Ok(output) => return Attempt::Answered(output, answer.headers),
                Err(unexpected) => {
                    page = unexpected.body;
                    defect = unexpected.defect;
                }
            }
        }
        self.judge(call, live, answer, page, defect).await
    }

    /// What an answer means that is not the expected one.
    async fn judge<T>(
        &self,
        call: &Call,
        live: &Live,
        mut answer: Answer,
        begun: Vec<u8>,
        defect: Option<String>,
    ) -> Attempt<T> {
        if let Some(location) = answer.location() {
            return match resolve(self.transport.origin(), &answer.path, location) {
                Target::Here { path, .. } if is_login_path(&path, live.login_path.as_deref()) => Attempt::Refused,
                Target::Here { path, .. } if is_init_path(&path, &live.context_path) => {
                    Attempt::Failed(initializing(&call.doing))
                }
                _ => Attempt::Failed(
                    Error::new(ErrorKind::NotHac, call.doing.clone())
                        .because(format!("{} redirected to {}", answer.path, shown_location(location)))
                        .with_hint("single sign-on, a portal or a proxy in front of HAC? Nothing was sent there"),
                ),
            };
        }
        let status = answer.status;
        let text = match answer.page(begun).await {
            Ok(text) => text,
            // The head said enough; only a 2xx needs its body to be understood.
            Err(_) if !status.is_success() => String::new(),
            Err(fault) => return self.faulted(call, live, fault),
        };
        let page = Page::read(&text);
        // With another status it proves nothing yet: Spring Security answers a missing right with 403
        // and the login page, and what stands behind a 5xx may have been executed.
        if status.is_success() && page.login_form.is_some() {
            return Attempt::Refused;
        }
        let described = Self::described(&answer, &page, live);
        match status.as_u16() {
            401 | 403 | 405 => Attempt::Suspicious {
                status,
                new_session_cookie: self.sets_session_cookie(&answer.headers),
                described: Self::forbidden(call, &answer, &described),
            },
            code @ 500..=599 => Attempt::Lost(Reached::ServerError(code), self.unknown_outcome(call, live, &described)),
            400..=499 => Attempt::Failed(Self::rejected(call, described)),
            _ if page.has_hac_title() || defect.is_some() => {
                let why = defect.map_or_else(|| described.clone(), |defect| format!("{described}; {defect}"));
                Attempt::Failed(Self::protocol(call, why))
            }
            _ => Attempt::Failed(
                Error::new(ErrorKind::NotHac, call.doing.clone())
                    .because(described)
                    .with_hint("something else answers in HAC's place: a portal, a proxy, another URL?"),
            ),
        }
    }

    fn faulted<T>(&self, call: &Call, live: &Live, fault: Fault) -> Attempt<T> {
        match fault {
            Fault::NotSent(error) => Attempt::Failed(error.while_doing(call.doing.clone())),
            Fault::Garbled(error) if call.effect == Effect::Read => Attempt::Failed(error),
            Fault::Garbled(error) => Attempt::Failed(self.unknown_outcome(call, live, error.why())),
            Fault::Lost { reached: Reached::NotStarted, why, source } => {
                let error = Error::new(ErrorKind::Connect, call.doing.clone()).because(why);
                Attempt::Lost(Reached::NotStarted, with_source(error, source))
            }
            Fault::Lost { reached, why, source } => {
                let error = if call.effect == Effect::Write {
                    self.unknown_outcome(call, live, &why)
                } else {
                    let kind = if reached == Reached::TimedOut { ErrorKind::Timeout } else { ErrorKind::Connect };
                    let hint = match (reached, self.answer_timeout) {
                        (Reached::TimedOut, Some(limit)) => {
                            format!("it had {} s; allow more (--timeout, 0 for no limit)", limit.as_secs_f64())
                        }
                        _ => "nothing was changed; try again".to_owned(),
                    };
                    Error::new(kind, call.doing.clone()).because(why).with_hint(hint)
                };
                Attempt::Lost(reached, with_source(error, source))
            }
        }
    }

    /// For a write: it may have been executed. For a read, the plain fault.
    fn unknown_outcome(&self, call: &Call, live: &Live, why: &str) -> Error {
        if call.effect == Effect::Read {
            return Error::new(ErrorKind::Protocol, call.doing.clone())
                .because(why)
                .with_hint("nothing was changed; the server's log says more");
        }
        Error::new(ErrorKind::OutcomeUnknown, call.doing.clone())
            .because(format!(
                "{why}; it may have been executed, and may still be running on {}",
                self.whereabouts(live)
            ))
            .with_hint("it was not sent again; look at the server's log before you repeat it")
    }

    /// The server, with the node where the load balancer told which.
    pub(crate) fn whereabouts(&self, live: &Live) -> String {
        let origin = self.transport.origin();
        match live.node() {
            Some(node) => format!("{origin} (node {})", one_line(node, 64)),
            None => origin.to_string(),
        }
    }

    fn too_large(&self, call: &Call, live: &Live, limit: &TooLarge) -> Error {
        let executed = match call.effect {
            Effect::Write => format!("; it was executed, on {}", self.whereabouts(live)),
            Effect::Read => String::new(),
        };
        Error::new(ErrorKind::TooLarge, call.doing.clone())
            .because(format!("{} is larger than {} MiB{executed}", limit.what, limit.limit >> 20))
            .with_hint("ask for less: fewer rows, a shorter result")
    }

    fn rejected(call: &Call, described: String) -> Error {
        let size = call.body.len();
        let hint = if call.body.is_form() && size > USUAL_FORM_LIMIT {
            format!(
                "the form has {} MiB, and servers drop the fields of forms over their limit \
                 (Tomcat: maxPostSize, 2 MiB by default)",
                mebibytes(size)
            )
        } else {
            "the server's log may say more".to_owned()
        };
        Error::new(ErrorKind::Rejected, call.doing.clone()).because(described).with_hint(hint)
    }

    fn protocol(call: &Call, why: String) -> Error {
        let error = Error::new(ErrorKind::Protocol, call.doing.clone()).because(why);
        match call.effect {
            Effect::Write => error.with_hint("it may have been executed; it was not sent again"),
            Effect::Read => error.with_hint("a release of HAC that is not known yet? The answer is above"),
        }
    }

    fn forbidden(call: &Call, answer: &Answer, described: &str) -> Error {
        let server = answer.headers.get(header::SERVER).and_then(|value| value.to_str().ok());
        let server = server.map(|name| format!(" (answered by {})", one_line(name, 60))).unwrap_or_default();
        Error::new(ErrorKind::Forbidden, call.doing.clone())
            .because(format!("{described}{server}; the session itself is alive"))
            .with_hint(
                "the user lacks the right to this console, or something in front of HAC swallowed the answer \
                 or the header X-CSRF-TOKEN; it was not sent again, because it may have been executed",
            )
    }

    fn refused_again(call: &Call, live: &Live) -> Error {
        if live.known_alive {
            Error::new(ErrorKind::Forbidden, call.doing.clone())
                .because("the server refused it again, on a session that it has just confirmed")
                .with_hint("does the user have the right to this console? Does the load balancer keep its ROUTE?")
        } else {
            Error::new(ErrorKind::SessionEnded, call.doing.clone())
                .because("the server refused the session, and the one that took its place")
                .with_hint("log in again (hac session start); it was not executed")
        }
    }

    /// Status, content type, title and the beginning of the visible text, without our secrets.
    fn described(answer: &Answer, page: &Page, live: &Live) -> String {
        let content_type = answer.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let mut text = format!("{} answered {}", answer.path, answer.status);
        if let Some(content_type) = content_type {
            let _ = write!(text, " ({})", one_line(content_type, 60));
        }
        if let Some(title) = page.title.as_deref().filter(|title| !title.is_empty()) {
            let _ = write!(text, ", titled \"{title}\"");
        }
        if !page.excerpt.is_empty() {
            let _ = write!(text, ": {}", page.excerpt);
        }
        for secret in live.jar.to_stored().iter().map(|cookie| cookie.value.as_str()).chain([live.token.expose()]) {
            if secret.len() >= 4 {
                text = text.replace(secret, "…");
            }
        }
        text
    }

    fn sets_session_cookie(&self, headers: &HeaderMap) -> bool {
        let name = &self.sessions.session_cookie();
        headers.get_all(header::SET_COOKIE).iter().any(|value| {
            value.to_str().is_ok_and(|text| text.split('=').next().is_some_and(|found| found.trim() == *name))
        })
    }

    fn full_path(call: &Call, live: &Live) -> String {
        format!("{}{}", live.context_path.as_str(), call.path)
    }
}

/// With one decimal place.
fn mebibytes(bytes: usize) -> String {
    format!("{}.{}", bytes >> 20, ((bytes & ((1 << 20) - 1)) * 10) >> 20)
}

/// A renewal that failed is told as what was being done for the user.
fn renewing(call: &Call, error: &Error) -> Error {
    match error.kind() {
        ErrorKind::Initializing | ErrorKind::SessionEnded => error.clone().while_doing(call.doing.clone()),
        _ => error.clone(),
    }
}

/// The same behind a suspicious answer, which is kept as the cause where the system turned out to be initialising: it may be doing
/// so because of this very call.
fn met_while_suspicious(call: &Call, error: &Error, described: &Error) -> Error {
    let told = renewing(call, error);
    if error.kind() == ErrorKind::Initializing { told.with_source(described.clone()) } else { told }
}

fn undecided(call: &Call, status: StatusCode, error: &Error) -> Error {
    Error::new(ErrorKind::Forbidden, call.doing.clone())
        .because(format!("answered {status}, and whether the session is alive could not be found out: {}", error.why()))
        .with_hint("it was not sent again, because it may have been executed; try again when the server answers")
        .with_source(error.clone())
}

fn with_source(error: Error, source: Option<reqwest::Error>) -> Error {
    match source {
        Some(source) => error.with_source(source),
        None => error,
    }
}

/// The default limit for an answer: 30 seconds to begin, and for each further piece.
pub(crate) const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
