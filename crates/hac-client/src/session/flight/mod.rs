//! Single flight: one of the calls that need a session obtains it, the others share it.

mod acquire;
mod liveness;
mod lock;
mod suspicion;

use std::sync::Arc;

use tokio::sync::MutexGuard;

use super::metadata::now;
use super::probe::Probe;
use super::{ActiveSession, LastKnown, SessionSource, SessionState, Sessions, Validation};
use crate::error::{ErrorKind, Result};
use crate::notice::Notice;
use crate::offload::offload;
use acquire::{AskedBy, Search};
pub(crate) use suspicion::{Refusal, Verdict};

/// The place in the flight: its holder obtains the session.
struct Turn<'a> {
    sessions: &'a Sessions,
    _flight: MutexGuard<'a, ()>,
    /// When the wait for it began, in seconds since 1970.
    began: f64,
    /// How many flights had failed at that time.
    failures: u64,
}

impl Turn<'_> {
    /// Fails like the flight that this one waited for: the same question would get the same answer, and the password must not
    /// be posted once for each waiter.
    fn check_failure(&self) -> Result<()> {
        let state = self.sessions.state();
        match &state.last_failure {
            Some(error) if state.failures != self.failures => Err(error.clone()),
            _ => Ok(()),
        }
    }

    /// Obtains a session; records a failure for the waiters. `ended` is the session that the server no longer knows.
    async fn acquire(
        &self,
        ended: Option<&ActiveSession>,
        validate: bool,
        asked: AskedBy,
    ) -> Result<Arc<ActiveSession>> {
        let ended = ended.map(|session| session.session_id.sha256());
        let outcome = self.sessions.acquire(Search { ended, validate, asked, began: self.began }).await;
        if let Err(error) = &outcome {
            let mut state = self.sessions.state();
            state.failures += 1;
            state.last_failure = Some(error.clone());
        }
        outcome
    }
}

impl Sessions {
    /// Returns the session to use: from memory, stored, or new.
    pub(crate) async fn current(&self) -> Result<Arc<ActiveSession>> {
        if let Some(session) = self.in_memory() {
            return Ok(session);
        }
        let validate = self.validation == Validation::Probe;
        self.single_flight(Self::in_memory, None, validate).await
    }

    /// Replaces a session that the server refused.
    pub(crate) async fn recover(&self, refused: &ActiveSession) -> Result<Arc<ActiveSession>> {
        self.notify(&Notice::Renewing);
        self.single_flight(|sessions| sessions.newer_than(refused), Some(refused), true).await
    }

    /// Waits for the flight, then uses its session or acquires one.
    async fn single_flight(
        &self,
        ready: impl Fn(&Self) -> Option<Arc<ActiveSession>>,
        refused: Option<&ActiveSession>,
        validate: bool,
    ) -> Result<Arc<ActiveSession>> {
        let turn = self.turn().await;
        if let Some(session) = ready(self) {
            return Ok(session);
        }
        turn.check_failure()?;
        turn.acquire(refused, validate, AskedBy::Call).await
    }

    /// Returns the session, probed with a small GET unless the server has just confirmed it.
    ///
    /// For big bodies: a server that refuses one may close the connection before it was sent, and sending it twice takes
    /// long. If the probe is inconclusive, the session is used as it is.
    pub(crate) async fn confirm(&self, session: Arc<ActiveSession>) -> Result<Arc<ActiveSession>> {
        if self.confirmed_lately(&session) {
            return Ok(session);
        }
        let turn = self.turn().await;
        turn.check_failure()?;
        let session = self.newer_than(&session).unwrap_or(session);
        if self.confirmed_lately(&session) {
            return Ok(session);
        }
        match self.probe_session(&session).await {
            Ok(Some(alive)) if alive.token.same_as(&session.token) && alive.context_path == session.context_path => {
                self.note_confirmed(&session);
                Ok(session)
            }
            Ok(Some(alive)) => {
                self.notify(&Notice::TokenRefreshed);
                Ok(self.install_refreshed(&session, alive))
            }
            Ok(None) => {
                self.notify(&Notice::Renewing);
                turn.acquire(Some(&session), true, AskedBy::Call).await
            }
            Err(error) if error.kind() == ErrorKind::Initializing => Err(error),
            Err(_) => Ok(session),
        }
    }

    /// Returns a session that the server has just confirmed.
    pub(crate) async fn log_in(&self) -> Result<Arc<ActiveSession>> {
        let turn = self.turn().await;
        turn.check_failure()?;
        let session = self.in_memory();
        if let Some(session) = &session
            && let Some(alive) = self.probe_session(session).await?
        {
            return Ok(self.install(alive));
        }
        turn.acquire(session.as_deref(), true, AskedBy::User).await
    }

    /// After a 404: returns the session under HAC's new context path, or `None` if HAC has not moved and lacks the page.
    pub(crate) async fn relocated(&self, used: &ActiveSession) -> Result<Option<Arc<ActiveSession>>> {
        let turn = self.turn().await;
        if let Some(newer) = self.newer_than(used) {
            return Ok((newer.context_path != used.context_path).then_some(newer));
        }
        turn.check_failure()?;
        let Probe::NotThere(error) = self.probe_at(used, &mut used.jar.clone()).await else {
            return Ok(None);
        };
        if let Some(alive) = self.probe_elsewhere(used, error).await? {
            return Ok(Some(self.install_refreshed(used, alive)));
        }
        self.notify(&Notice::Renewing);
        turn.acquire(Some(used), true, AskedBy::Call).await.map(Some)
    }

    /// Asks the server about the session that is stored or in memory. Never logs in.
    pub(crate) async fn state_on_server(&self) -> Result<SessionState> {
        let _turn = self.turn().await;
        let Some(session) = self.peek().await? else { return Ok(SessionState::Absent) };
        match self.probe_at(&session, &mut session.jar.clone()).await {
            Probe::Alive(_) => self.noted(&session, SessionState::Alive).await,
            Probe::AliveWithoutRight(_) => self.noted(&session, SessionState::AliveWithoutRight).await,
            Probe::Initializing => Ok(SessionState::Initializing),
            Probe::Dead => self.noted(&session, SessionState::Dead).await,
            Probe::NotThere(error) | Probe::Unclear(error) => Err(error),
        }
    }

    /// Records what the server said of a session, for [`last_known`](super::SessionManager::last_known).
    async fn noted(&self, session: &ActiveSession, state: SessionState) -> Result<SessionState> {
        let (store, key, id) = (Arc::clone(&self.store), self.key.clone(), session.session_id.clone());
        let written = offload("check the session", move || {
            if state == SessionState::Dead {
                return store.mark_seen(&key, &id, LastKnown::EndedAt(now()));
            }
            store.touch(&key, &id, now())?;
            store.mark_seen(&key, &id, LastKnown::AliveAt(now()))
        });
        // The answer stands without the record.
        if let Err(error) = written.await.and_then(|written| written) {
            tracing::debug!(%error, "the state of the session is not recorded");
        }
        Ok(state)
    }

    /// The session in memory, or as it is stored: not probed, not put in place.
    pub(crate) async fn peek(&self) -> Result<Option<Arc<ActiveSession>>> {
        if let Some(session) = self.in_memory() {
            return Ok(Some(session));
        }
        let stored = self.load().await?;
        Ok(stored.map(|stored| Arc::new(self.restored(stored, SessionSource::Stored))))
    }

    /// Removes the files of a session that has ended, and forgets it; another that took its place meanwhile stays.
    pub(crate) async fn remove(&self, ended: &ActiveSession) -> Result<bool> {
        self.forget(ended);
        let (store, key, id) = (Arc::clone(&self.store), self.key.clone(), ended.session_id.clone());
        // Waits for the lock, up to two seconds.
        offload("remove the session", move || store.remove_session(&key, &id)).await?
    }

    async fn turn(&self) -> Turn<'_> {
        let began = now();
        let failures = self.state().failures;
        Turn { sessions: self, _flight: self.flight.lock().await, began, failures }
    }

    fn newer_than(&self, used: &ActiveSession) -> Option<Arc<ActiveSession>> {
        self.in_memory().filter(|session| session.generation != used.generation)
    }

    fn doing(&self) -> String {
        format!("log in to {}", self.base_url.origin())
    }
}

#[cfg(test)]
pub(in crate::session) mod tests;
