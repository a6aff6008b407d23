//! Runs one call of HAC: sends it, recognises the expected answer, and classifies any other.
//!
//! The rules for refusals, suspicious answers and resending are only here and in `transport::resend`.

mod attempt;
pub(crate) mod call;
pub(crate) mod download;
mod errors;
pub(crate) mod expectation;
pub(crate) mod json;
mod judge;
mod keys;
pub(crate) mod page;
pub(crate) mod places;
mod recording;
pub(crate) mod weight;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::task::Poll;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method, header};
use tokio::time::Instant;

use crate::audit::AuditLog;
use crate::error::{Error, ErrorKind, Result};
use crate::notice::Notice;
use crate::protection::{Admission, Class, Guard, PlannedCall};
use crate::secret::sensitive;
use crate::session::flight::Verdict;
use crate::session::{ActiveSession, Sessions};
use crate::transport::big::BIG;
use crate::transport::resend::{Effect, send_again};
use crate::transport::{Outgoing, Transport};
use crate::writes::Writes;
use attempt::Attempt;
use call::Call;
use errors::{on_a_confirmed_session, on_a_valid_session, refused_again, renewing, undecided};
use expectation::{Expectation, Taken};
use places::Places;

/// The longest wait after a 429, if the call has no time limit of its own.
const LONGEST_COOL_DOWN: Duration = Duration::from_secs(60);

/// The one page that is served during an initialisation: its answer does not mean that the initialisation is over.
pub(crate) const INIT_LOG: &str = "/initlog/log";

/// Sends calls on the session, for all clones of a client.
pub(crate) struct Engine {
    pub(crate) sessions: Sessions,
    pub(crate) transport: Arc<Transport>,
    pub(crate) in_flight: Places,
    pub(crate) writes: Writes,
    pub(crate) guard: Guard,
    /// Where writes are recorded.
    pub(crate) audit: Option<Arc<AuditLog>>,
    /// The data source of queries that name none.
    pub(crate) data_source: Option<String>,
    pub(crate) answer_timeout: Option<Duration>,
    /// Whether the last answer led to the initialisation of the system.
    pub(crate) initializing: AtomicBool,
    /// Held by the call that waits for the end of a cool-down.
    pub(crate) cooling_down: tokio::sync::Mutex<()>,
    /// The process that built the client: sockets and locks do not survive a fork.
    pub(crate) process: u32,
}

impl Engine {
    /// A client in a forked child would share sockets with its parent.
    pub(crate) fn check_process(&self) -> Result<()> {
        if std::process::id() == self.process {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Usage, "use the client")
            .because("it was built in another process, before a fork")
            .with_hint("build a new client in this process"))
    }

    /// Asks the protection of the server whether a call of this class may be sent; nothing was before, not even a login.
    ///
    /// For whoever sends something else first. Every other call asks by itself.
    pub(crate) async fn admit(&self, class: Class, doing: &str) -> Result<Admission> {
        self.check_process()?;
        let key = self.sessions.key();
        let planned = PlannedCall {
            class: class.public(),
            doing: doing.to_owned(),
            base_url: key.base_url.clone(),
            environment: key.environment.clone(),
            username: key.username.clone(),
        };
        self.guard.admit(class, planned).await
    }

    /// Sends a call on the session, recovers it once if it was refused, and returns the answer.
    pub(crate) async fn perform<E: Expectation>(&self, call: &Call, expectation: &mut E) -> Result<E::Output> {
        self.perform_within(call, expectation, self.answer_timeout).await
    }

    /// Like `perform`, with another time limit: for calls whose answer arrives when the work is done.
    pub(crate) async fn perform_within<E: Expectation>(
        &self,
        call: &Call,
        expectation: &mut E,
        timeout: Option<Duration>,
    ) -> Result<E::Output> {
        self.perform_admitted(call, expectation, timeout, None).await
    }

    /// Like `perform_within`, for a call that was [admitted](Self::admit) before.
    pub(crate) async fn perform_admitted<E: Expectation>(
        &self,
        call: &Call,
        expectation: &mut E,
        timeout: Option<Duration>,
        admission: Option<Admission>,
    ) -> Result<E::Output> {
        let performed = self.perform_in_place(call, expectation, timeout, admission).await;
        self.note_outcome(call, performed.as_ref().err().map(Error::kind));
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
        admission: Option<Admission>,
    ) -> Result<E::Output> {
        self.check_process()?;
        let admitted = admission.is_some_and(|admission| admission.covers(call.class));
        if !admitted && !self.guard.admits_at_once(call.class) {
            // Apart from the future of the call, which most calls need without it.
            let _admitted = Box::pin(self.admit(call.class, &call.doing)).await?;
        }
        // An answer without a limit is no reason to wait for a place without one.
        let _place = self.in_flight.take(&call.doing, timeout.or(self.answer_timeout)).await?;
        let mut session = self.sessions.current().await?;
        if call.body.len() > BIG {
            session = self.sessions.confirm(session).await.map_err(|error| renewing(call, &error))?;
        }
        if call.class != Class::Read {
            self.record(call, &session)?;
        }
        let mut renewed = false;
        let mut cool_downs = expectation.cool_downs();
        let is_patient = cool_downs > 1;
        let mut again = 0;
        let began = Instant::now();
        loop {
            expectation.restart();
            let attempt = self.attempt(call, &session, expectation, timeout).await;
            match attempt {
                Attempt::Answered(output, headers) => {
                    if call.path != INIT_LOG {
                        self.was_initializing(false);
                    }
                    self.sessions.answered(&session, &headers, &Self::full_path(call, &session));
                    return Ok(output);
                }
                Attempt::Refused if renewed => return Err(refused_again(call, &session)),
                Attempt::Refused => {
                    session = self.sessions.recover(&session).await.map_err(|error| renewing(call, &error))?;
                }
                Attempt::Suspicious { status, refusal, described } => {
                    if renewed && session.known_alive {
                        return Err(on_a_confirmed_session(described));
                    }
                    match self
                        .sessions
                        .suspect(&session, refusal)
                        .await
                        .map_err(|error| self.probe_failed(call, &session, &error, described.clone()))?
                    {
                        Verdict::Resend(next) if renewed => return Err(refused_again(call, &next)),
                        Verdict::Resend(next) => session = next,
                        Verdict::Alive => return Err(on_a_valid_session(described)),
                        Verdict::Unknown(error) => return Err(undecided(call, status, &error)),
                    }
                }
                Attempt::NotThere(error) if renewed => return Err(error),
                Attempt::NotThere(error) => {
                    match self.sessions.relocated(&session).await.map_err(|error| renewing(call, &error))? {
                        Some(moved) => session = moved,
                        None => return Err(error),
                    }
                }
                Attempt::TooMany(_, error) if cool_downs == 0 => return Err(error),
                Attempt::TooMany(wanted, error) => {
                    // One waiter: every further request would begin the cool-down anew for all. One that may wait again waits for
                    // its turn.
                    let _waiter = match self.cooling_down.try_lock() {
                        Ok(waiter) => waiter,
                        Err(_) if is_patient => self.cooling_down.lock().await,
                        Err(_) => return Err(error),
                    };
                    let longest = match timeout {
                        Some(limit) if is_patient => limit,
                        Some(limit) => limit.saturating_sub(began.elapsed()),
                        None => LONGEST_COOL_DOWN,
                    };
                    expectation.cools_down();
                    self.sessions.notify(&Notice::ReadAgain { why: error.why().to_owned() });
                    tokio::time::sleep(wanted.min(longest)).await;
                    // Where the server wants more than that, a further wait would begin with a request too early again.
                    cool_downs = if wanted > longest { 0 } else { cool_downs - 1 };
                    continue;
                }
                Attempt::Failed(error) => return Err(error),
                Attempt::Lost(point, error) => {
                    let Some(pause) = send_again(call.effect(), point, again, expectation.delivered()) else {
                        expectation.lost(point);
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
        session: &ActiveSession,
        expectation: &mut E,
        timeout: Option<Duration>,
    ) -> Attempt<E::Output> {
        let path = Self::full_path(call, session);
        let mut headers = HeaderMap::new();
        if let Some(cookies) = session.jar.header_for(&path, self.transport.sends_secure_cookies()) {
            headers.insert(header::COOKIE, cookies);
        }
        if call.method != Method::GET
            && let Some(token) = sensitive(session.token.expose())
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
        let under_way = (call.effect() == Effect::Write).then(|| self.writes.prepare());
        let departure = under_way.as_ref().map(|under_way| under_way.departure(call.witness.clone()));
        let mut answer = match self.transport.send_noting(outgoing, departure, &call.progress).await {
            Ok(answer) => answer,
            Err(fault) => return self.faulted(call, session, fault, timeout),
        };
        let mut page = Vec::new();
        let mut defect = None;
        // The expected answer is checked first: it may quote anything, including a login page.
        if answer.status.is_success() {
            expectation.begin(answer.length());
            loop {
                match answer.chunk().await {
                    Ok(Some(piece)) => {
                        self.in_flight.note_movement();
                        match expectation.take(&piece) {
                            Ok(Taken::More) if expectation.is_full() => pause().await,
                            Ok(Taken::More) => {}
                            Ok(Taken::Enough) => break,
                            Err(limit) => return Attempt::Failed(self.too_large(call, session, &limit)),
                        }
                    }
                    Ok(None) => break,
                    Err(fault) => return self.faulted(call, session, fault, timeout),
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
        self.judge(call, session, answer, page, defect, timeout).await
    }

    /// Records whether the last answer redirected to the initialisation; returns the previous value.
    pub(crate) fn was_initializing(&self, now: bool) -> bool {
        self.initializing.swap(now, std::sync::atomic::Ordering::SeqCst)
    }

    fn full_path(call: &Call, session: &ActiveSession) -> String {
        format!("{}{}", session.context_path.as_str(), call.path)
    }
}

/// Yields once without registering a waker: the caller polls again when there is room.
pub(crate) async fn pause() {
    let mut paused = false;
    std::future::poll_fn(|_| if std::mem::replace(&mut paused, true) { Poll::Ready(()) } else { Poll::Pending }).await;
}

impl Drop for Engine {
    fn drop(&mut self) {
        // In the child of a fork the connections are the parent's. To drop them would take them out of the parent's own epoll, or
        // wait for a lock that nobody is left to release. One reference that is never given back keeps them.
        if self.check_process().is_err() {
            std::mem::forget(Arc::clone(&self.transport));
        }
    }
}
