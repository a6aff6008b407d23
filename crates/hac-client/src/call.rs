//! One call of HAC: send it, look for the expected answer, judge what came instead.
//!
//! The rules of what is a refusal, what is suspicious and what may be sent again are here and
//! in `transport::resend`, and nowhere else.

pub(crate) mod page;

use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use tokio::time::Instant;

use crate::client::Inner;
use crate::error::{Error, ErrorKind, Result};
use crate::notice::Notice;
use crate::origin::{Target, resolve};
use crate::page::{Page, is_login_path};
use crate::secret::sensitive;
use crate::server_text::{EXCERPT_CHARS, ServerText};
use crate::session::Live;
use crate::session::flight::{Refusal, Verdict};
use crate::session::login::initializing;
use crate::session::probe::{https_wanted, is_init_path};
use crate::transport::big::BIG;
use crate::transport::resend::{Effect, Reached, send_again};
use crate::transport::{Answer, Body, Fault, Outgoing, Pace};
use crate::writes::UnderWay;

/// Tomcat's default limit for a form, over which it drops the fields without a word.
const USUAL_FORM_LIMIT: usize = 2 << 20;

/// How long to wait after a 429 that does not say: SAP's cloud has a cool-down of 5 seconds, which every request restarts.
const COOL_DOWN: Duration = Duration::from_secs(6);

/// The longest wait after a 429, whatever it says, where the call has no limit of its own.
const LONGEST_COOL_DOWN: Duration = Duration::from_secs(60);

/// The one page that is answered while the system is being initialised: its answer does not say that this is over.
pub(crate) const INIT_LOG: &str = "/initlog/log";

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

    /// How the time of the answer is measured.
    fn pace(&self) -> Pace {
        Pace::Whole
    }

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
    Suspicious {
        status: StatusCode,
        refusal: Refusal,
        described: Error,
    },
    /// 404: switched off, or HAC has moved.
    NotThere(Error),
    /// 429 to a read: it was not executed, and how long to wait.
    TooMany(Duration, Error),
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
        let performed = self.perform_in_place(call, expectation, timeout).await;
        performed.map_err(|error| {
            if error.kind() == ErrorKind::Initializing {
                self.was_initializing(true);
            }
            error.without_secrets(self.transport.secrets())
        })
    }

    async fn perform_in_place<E: Expectation>(
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
        let mut cooled_down = false;
        let mut again = 0;
        let began = Instant::now();
        loop {
            expectation.restart();
            let attempt = self.attempt(call, &live, expectation, timeout).await;
            match attempt {
                Attempt::Answered(output, headers) => {
                    if call.path != INIT_LOG {
                        self.was_initializing(false);
                    }
                    self.sessions.answered(&live, &headers, &Self::full_path(call, &live));
                    return Ok(output);
                }
                Attempt::Refused if renewed => return Err(Self::refused_again(call, &live)),
                Attempt::Refused => {
                    live = self.sessions.recover(&live).await.map_err(|error| renewing(call, &error))?;
                }
                Attempt::Suspicious { status, refusal, described } => {
                    if renewed && live.known_alive {
                        return Err(described);
                    }
                    match self
                        .sessions
                        .suspect(&live, refusal)
                        .await
                        .map_err(|error| self.met_while_suspicious(call, &live, &error, described.clone()))?
                    {
                        Verdict::Resend(next) if renewed => return Err(Self::refused_again(call, &next)),
                        Verdict::Resend(next) => live = next,
                        Verdict::Alive => return Err(described),
                        Verdict::Unknown(error) => return Err(undecided(call, status, &error)),
                    }
                }
                Attempt::NotThere(error) if renewed => return Err(error),
                Attempt::NotThere(error) => {
                    match self.sessions.relocated(&live).await.map_err(|error| renewing(call, &error))? {
                        Some(moved) => live = moved,
                        None => return Err(error),
                    }
                }
                Attempt::TooMany(_, error) if cooled_down => return Err(error),
                Attempt::TooMany(wanted, error) => {
                    // One waiter: every further request would begin the cool-down anew for all.
                    let Ok(_waiter) = self.cooling_down.try_lock() else { return Err(error) };
                    let left = timeout.map_or(LONGEST_COOL_DOWN, |limit| limit.saturating_sub(began.elapsed()));
                    self.sessions.notify(&Notice::ReadAgain { why: error.why().to_owned() });
                    tokio::time::sleep(wanted.min(left)).await;
                    cooled_down = true;
                    continue;
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
            pace: expectation.pace(),
        };
        let under_way = (call.effect == Effect::Write).then(|| self.writes.prepare());
        let departure = under_way.as_ref().map(UnderWay::departure);
        let mut answer = match self.transport.send_noting(outgoing, departure).await {
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
            return self.redirected(call, live, &answer, location);
        }
        let status = answer.status;
        let page = match answer.page(begun).await {
            Ok(page) => page,
            // The head said enough; only a 2xx needs its body to be understood.
            Err(_) if !status.is_success() => Page::default(),
            Err(fault) => return self.faulted(call, live, fault),
        };
        // With another status it proves nothing yet: Spring Security answers a missing right with 403
        // and the login page, and what stands behind a 5xx may have been executed.
        if status.is_success() && page.login_form.is_some() {
            return Attempt::Refused;
        }
        let described = answer.described(&page);
        match status.as_u16() {
            401 | 403 | 405 => Attempt::Suspicious {
                status,
                refusal: Refusal {
                    effect: call.effect,
                    new_session_cookie: self.sets_session_cookie(&answer.headers),
                    from_hac: status == StatusCode::METHOD_NOT_ALLOWED || page.is_marked_as_hac(),
                },
                described: Self::forbidden(call, &answer, &described),
            },
            404 => Attempt::NotThere(Self::switched_off(call, described)),
            429 if call.effect == Effect::Write => Attempt::Failed(self.unknown_outcome(call, live, &described)),
            429 => Attempt::TooMany(cool_down(&answer.headers), Self::too_many(call, described)),
            code @ 500..=599 => Attempt::Lost(Reached::ServerError(code), self.unknown_outcome(call, live, &described)),
            400..=499 => Attempt::Failed(Self::rejected(call, described)),
            _ if page.has_hac_title() || defect.is_some() => {
                let why = match defect {
                    Some(defect) => {
                        let defect = self.transport.secrets().show(&ServerText::new(defect), EXCERPT_CHARS);
                        format!("{described}; {defect}")
                    }
                    None => described,
                };
                Attempt::Failed(Self::protocol(call, why))
            }
            _ => Attempt::Failed(
                Error::new(ErrorKind::NotHac, call.doing.clone())
                    .because(described)
                    .with_hint("something else answers in HAC's place: a portal, a proxy, another URL?"),
            ),
        }
    }

    fn redirected<T>(&self, call: &Call, live: &Live, answer: &Answer, location: &str) -> Attempt<T> {
        let redirected = || format!("{} redirected to {}", answer.shown_path(), answer.shown_location());
        match resolve(self.transport.origin(), &answer.path, location) {
            Target::Here { path, .. } if is_login_path(&path, live.login_path.as_deref()) => Attempt::Refused,
            Target::Here { path, .. } if is_init_path(&path, &live.context_path) => {
                // Unless it was known before, this very call may have begun what the server is busy with now.
                let known = self.was_initializing(true);
                if known || call.effect == Effect::Read {
                    Attempt::Failed(initializing(&call.doing))
                } else {
                    let why = format!("{}: the system is being initialised or updated", redirected());
                    Attempt::Failed(self.unknown_outcome(call, live, &why))
                }
            }
            Target::Https(port) if call.effect == Effect::Read => {
                Attempt::Failed(https_wanted(&self.transport, &call.doing, port))
            }
            _ => Attempt::Failed(
                Error::new(ErrorKind::NotHac, call.doing.clone())
                    .because(redirected())
                    .with_hint("single sign-on, a portal or a proxy in front of HAC? Nothing was sent there"),
            ),
        }
    }

    /// Notes whether the last answer led to the initialisation; returns what was known before.
    pub(crate) fn was_initializing(&self, now: bool) -> bool {
        self.initializing.swap(now, std::sync::atomic::Ordering::SeqCst)
    }

    fn faulted<T>(&self, call: &Call, live: &Live, fault: Fault) -> Attempt<T> {
        match fault {
            Fault::NotSent(error) => Attempt::Failed(error.while_doing(call.doing.clone())),
            Fault::Garbled(error) if call.effect == Effect::Read => Attempt::Failed(error),
            Fault::Garbled(error) => {
                let unknown = self.unknown_outcome(call, live, error.why());
                let hints: Vec<_> = unknown.hint().into_iter().chain(error.hint()).collect();
                let hint = hints.join("; ");
                Attempt::Failed(unknown.with_hint(hint).with_source(error))
            }
            Fault::Lost { reached: Reached::NotStarted, why, source } => {
                let error = Error::new(ErrorKind::Connect, call.doing.clone()).because(why);
                Attempt::Lost(Reached::NotStarted, with_source(error, source))
            }
            Fault::Lost { reached, why, source } => {
                let error = if call.effect == Effect::Write {
                    self.unknown_outcome(call, live, &why)
                } else {
                    let hint = match (reached, self.answer_timeout) {
                        (Reached::TimedOut, Some(limit)) => {
                            format!("it had {} s; allow more (--timeout, 0 for no limit)", limit.as_secs_f64())
                        }
                        _ => "nothing was changed; try again".to_owned(),
                    };
                    Error::new(reached.kind(), call.doing.clone()).because(why).with_hint(hint)
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
            Some(node) => format!("{origin} (node {})", self.transport.secrets().show(&ServerText::new(node), 64)),
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

    /// The path is one of HAC's, and HAC does not have it.
    fn switched_off(call: &Call, described: String) -> Error {
        let hint = if call.path.starts_with("/platform/init") || call.path.starts_with("/platform/update") {
            "on SAP's cloud updates and initialisations are switched off by default (properties endpoint.hac.….disabled); \
             a service property of the environment switches them on"
        } else {
            "is this console switched off on the server (properties endpoint.hac.….disabled)? Releases also differ in what \
             they have"
        };
        Error::new(ErrorKind::Rejected, call.doing.clone()).because(described).with_hint(hint)
    }

    fn too_many(call: &Call, described: String) -> Error {
        Error::new(ErrorKind::Rejected, call.doing.clone())
            .because(described)
            .with_hint("too many requests: wait a while before the next one, because each of them may prolong the wait")
    }

    fn protocol(call: &Call, why: String) -> Error {
        let error = Error::new(ErrorKind::Protocol, call.doing.clone()).because(why);
        match call.effect {
            Effect::Write => error.with_hint("it may have been executed; it was not sent again"),
            Effect::Read => error.with_hint("a release of HAC that is not known yet? The answer is above"),
        }
    }

    fn forbidden(call: &Call, answer: &Answer, described: &str) -> Error {
        let server = answer.shown_header(&header::SERVER);
        let server = server.map(|name| format!(" (answered by {name})")).unwrap_or_default();
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

    /// Behind a suspicious answer to a write the system turned out to be initialising: it may be doing so because of this very call.
    fn met_while_suspicious(&self, call: &Call, live: &Live, error: &Error, described: Error) -> Error {
        if error.kind() == ErrorKind::Initializing && call.effect == Effect::Write {
            let why = format!("{}; the system is being initialised or updated", described.why());
            return self.unknown_outcome(call, live, &why).with_source(described);
        }
        renewing(call, error)
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

/// How long the server wants to be left alone: `Retry-After` in seconds, else its usual cool-down.
fn cool_down(headers: &HeaderMap) -> Duration {
    let seconds = headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    seconds.map_or(COOL_DOWN, Duration::from_secs)
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

/// The default limit for an answer, as a whole or for each of its pieces: see [`Pace`].
pub(crate) const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
