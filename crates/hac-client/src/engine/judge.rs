//! Classifies unexpected and lost answers.

use std::time::Duration;

use http::{HeaderMap, StatusCode, header};

use super::Engine;
use super::attempt::Attempt;
use super::call::Call;
use super::errors::{forbidden, not_hac, protocol, rejected, renewing, switched_off, too_many};
use super::expectation::TooLarge;
use crate::error::{Error, ErrorKind};
use crate::hint::Hint;
use crate::origin::{Target, resolve};
use crate::page::{Page, is_login_path};
use crate::server_text::{EXCERPT_CHARS, ServerText};
use crate::session::ActiveSession;
use crate::session::flight::Refusal;
use crate::session::probe::initializing;
use crate::session::probe::{https_wanted, is_init_path};
use crate::transport::resend::{Effect, FailurePoint};
use crate::transport::{Answer, Fault};

/// The wait after a 429 without `Retry-After`: SAP's cloud has a cool-down of 5 seconds, which every request restarts.
const COOL_DOWN: Duration = Duration::from_secs(6);

impl Engine {
    /// Classifies an answer that is not the expected one.
    pub(super) async fn judge<T>(
        &self,
        call: &Call,
        session: &ActiveSession,
        mut answer: Answer,
        begun: Vec<u8>,
        defect: Option<String>,
        timeout: Option<Duration>,
    ) -> Attempt<T> {
        if let Some(location) = answer.location() {
            return self.redirected(call, session, &answer, location);
        }
        let status = answer.status;
        let page = match answer.page(begun).await {
            Ok(page) => page,
            // The head said enough; only a 2xx needs its body to be understood.
            Err(_) if !status.is_success() => Page::default(),
            Err(fault) => return self.faulted(call, session, fault, timeout),
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
                    effect: call.effect(),
                    new_session_cookie: self.sets_session_cookie(&answer.headers),
                    from_hac: status == StatusCode::METHOD_NOT_ALLOWED || page.is_marked_as_hac(),
                },
                described: forbidden(call, &answer, &described),
            },
            404 => Attempt::NotThere(switched_off(call, described)),
            429 if call.effect() == Effect::Write => Attempt::Failed(self.unknown_outcome(call, session, &described)),
            429 => Attempt::TooMany(cool_down(&answer.headers), too_many(call, described)),
            code @ 500..=599 => {
                Attempt::Lost(FailurePoint::ServerError(code), self.unknown_outcome(call, session, &described))
            }
            400..=499 => Attempt::Failed(rejected(call, described)),
            _ if page.has_hac_title() || defect.is_some() => {
                let why = match defect {
                    Some(defect) => {
                        let defect = self.transport.secrets().show(&ServerText::new(defect), EXCERPT_CHARS);
                        format!("{described}; {defect}")
                    }
                    None => described,
                };
                Attempt::Failed(protocol(call, why))
            }
            _ => Attempt::Failed(not_hac(
                call,
                described,
                "does something other than HAC answer: a portal, a proxy, another application?",
            )),
        }
    }

    fn redirected<T>(&self, call: &Call, session: &ActiveSession, answer: &Answer, location: &str) -> Attempt<T> {
        let redirected = || format!("{} redirected to {}", answer.shown_path(), answer.shown_location());
        match resolve(self.transport.origin(), &answer.path, location) {
            Target::Here { path, .. } if is_login_path(&path, session.login_path.as_deref()) => Attempt::Refused,
            Target::Here { path, .. } if is_init_path(&path, &session.context_path) => {
                // Unless it was known before, this call may have started the initialisation.
                let known = self.was_initializing(true);
                if known || call.effect() == Effect::Read {
                    Attempt::Failed(initializing(&call.doing))
                } else {
                    let why = format!("{}: the system is being initialised or updated", redirected());
                    Attempt::Failed(self.unknown_outcome(call, session, &why))
                }
            }
            Target::Https(port) if call.effect() == Effect::Read => {
                Attempt::Failed(https_wanted(&self.transport, &call.doing, port))
            }
            _ => Attempt::Failed(not_hac(
                call,
                redirected(),
                "is single sign-on, a portal or a proxy in front of HAC? The redirect was not followed",
            )),
        }
    }

    pub(super) fn faulted<T>(
        &self,
        call: &Call,
        session: &ActiveSession,
        fault: Fault,
        timeout: Option<Duration>,
    ) -> Attempt<T> {
        match fault {
            Fault::NotSent(error) => Attempt::Failed(error.while_doing(call.doing.clone())),
            Fault::Garbled(error) if call.effect() == Effect::Read => {
                Attempt::Failed(error.while_doing(call.doing.clone()))
            }
            Fault::Garbled(error) => {
                let unknown = self.unknown_outcome(call, session, error.why());
                let hint = match (unknown.hint().cloned(), error.hint().cloned()) {
                    (Some(first), Some(then)) => Some(first.and(then)),
                    (first, then) => first.or(then),
                };
                let unknown = match hint {
                    Some(hint) => unknown.with_hint(hint),
                    None => unknown,
                };
                Attempt::Failed(unknown.with_source(error))
            }
            Fault::Lost { point: FailurePoint::NotStarted, why, source } => {
                let error = Error::new(ErrorKind::Connect, call.doing.clone()).because(why);
                Attempt::Lost(FailurePoint::NotStarted, with_source(error, source))
            }
            Fault::Lost { point, why, source } => {
                let more_time =
                    timeout.filter(|_| point == FailurePoint::TimedOut).map(|limit| Hint::AllowMoreTime { limit });
                let error = if call.effect() == Effect::Write {
                    let unknown = self.unknown_outcome(call, session, &why);
                    match (unknown.hint().cloned(), more_time) {
                        (Some(hint), Some(more_time)) => unknown.with_hint(hint.and(more_time)),
                        _ => unknown,
                    }
                } else {
                    let hint = more_time.unwrap_or_else(|| "nothing was changed; try again".into());
                    Error::new(point.kind(), call.doing.clone()).because(why).with_hint(hint)
                };
                Attempt::Lost(point, with_source(error, source))
            }
        }
    }

    /// The error of a lost answer: a write may have been executed, a read has failed.
    pub(super) fn unknown_outcome(&self, call: &Call, session: &ActiveSession, why: &str) -> Error {
        if call.effect() == Effect::Read {
            return Error::new(ErrorKind::Protocol, call.doing.clone())
                .because(why)
                .with_hint("nothing was changed; the server's log says more");
        }
        Error::new(ErrorKind::OutcomeUnknown, call.doing.clone())
            .because(format!(
                "{why}; the request may have been executed, and may still be running on {}",
                self.whereabouts(session)
            ))
            .with_hint("the request was not sent again; check the server's log before you repeat it")
    }

    /// The server, with its node if the load balancer named it.
    pub(crate) fn whereabouts(&self, session: &ActiveSession) -> String {
        let origin = self.transport.origin();
        match session.node() {
            Some(node) => format!("{origin} (node {})", self.transport.secrets().show(&ServerText::new(node), 64)),
            None => origin.to_string(),
        }
    }

    pub(super) fn too_large(&self, call: &Call, session: &ActiveSession, limit: &TooLarge) -> Error {
        let executed = match call.effect() {
            Effect::Write => format!("; the request was executed on {}", self.whereabouts(session)),
            Effect::Read => String::new(),
        };
        Error::new(ErrorKind::TooLarge, call.doing.clone())
            .because(format!("{} is larger than {} MiB{executed}", limit.what, limit.limit >> 20))
            .with_hint("request less: fewer rows, or a shorter result")
    }

    /// A suspicious answer to a write, and the probe found an initialisation: this call may have started it.
    pub(super) fn probe_failed(&self, call: &Call, session: &ActiveSession, error: &Error, described: Error) -> Error {
        if error.kind() == ErrorKind::Initializing && call.effect() == Effect::Write {
            let why = format!("{}; the system is being initialised or updated", described.why());
            return self.unknown_outcome(call, session, &why).with_source(described);
        }
        renewing(call, error)
    }

    fn sets_session_cookie(&self, headers: &HeaderMap) -> bool {
        let name = &self.sessions.session_cookie();
        headers.get_all(header::SET_COOKIE).iter().any(|value| {
            value.to_str().is_ok_and(|text| text.split('=').next().is_some_and(|found| found.trim() == *name))
        })
    }
}

/// The time to wait: `Retry-After` in seconds, or else the usual cool-down.
fn cool_down(headers: &HeaderMap) -> Duration {
    let seconds = headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    seconds.map_or(COOL_DOWN, Duration::from_secs)
}

fn with_source(error: Error, source: Option<reqwest::Error>) -> Error {
    match source {
        Some(source) => error.with_source(source),
        None => error,
    }
}
