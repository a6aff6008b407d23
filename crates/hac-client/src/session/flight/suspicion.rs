//! Decides by a probe what a 401, 403 or 405 means.

use std::sync::Arc;

use super::acquire::AskedBy;
use crate::error::{Error, Result};
use crate::notice::Notice;
use crate::secret::CsrfToken;
use crate::session::probe::Probe;
use crate::session::probe::initializing;
use crate::session::{ActiveSession, Sessions};
use crate::transport::resend::Effect;

/// The meaning of a suspicious answer (401, 403, 405).
pub(crate) enum Verdict {
    /// Refused before it was executed; send it again with this session.
    Resend(Arc<ActiveSession>),
    /// The session is alive and its token is right: the user lacks the right, or the request was executed and its answer
    /// dropped. Must not be sent again.
    Alive,
    /// The probe was inconclusive.
    Unknown(Error),
}

/// The evidence in a 401, 403 or 405.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refusal {
    /// Of the call that was refused.
    pub(crate) effect: Effect,
    /// Whether it set a session cookie, as HAC does for an unknown session.
    pub(crate) new_session_cookie: bool,
    /// Whether it is a 405 or a page of HAC. Other answers come from something in front of HAC, possibly after the execution.
    pub(crate) from_hac: bool,
}

impl Refusal {
    /// Whether the request was refused because of its session, although the session is alive.
    fn is_of_the_session(self) -> bool {
        self.new_session_cookie && (self.effect == Effect::Read || self.from_hac)
    }
}

impl Sessions {
    /// Decides what a 401, 403 or 405 means by probing the session.
    pub(crate) async fn suspect(&self, used: &ActiveSession, refusal: Refusal) -> Result<Verdict> {
        let turn = self.turn().await;
        if let Some(newer) = self.newer_than(used) {
            return Ok(Verdict::Resend(newer));
        }
        turn.check_failure()?;
        match self.probe_at(used, &mut used.jar.clone()).await {
            Probe::Dead => {
                self.notify(&Notice::Renewing);
                turn.acquire(Some(used), true, AskedBy::Call).await.map(Verdict::Resend)
            }
            Probe::Alive(token)
                if refusal.is_of_the_session() || self.has_changed(used, &token, refusal.effect).await =>
            {
                self.notify(&Notice::TokenRefreshed);
                Ok(Verdict::Resend(self.install_token(used, token)))
            }
            Probe::Alive(_) | Probe::AliveWithoutRight(_) => Ok(Verdict::Alive),
            Probe::Initializing => Err(initializing("call HAC")),
            Probe::NotThere(error) | Probe::Unclear(error) => Ok(Verdict::Unknown(error)),
        }
    }

    /// Whether the session has a different token than the one that was used. Before a write is sent again, a second probe
    /// must show the same token: if every page has a different one, a new token proves nothing.
    async fn has_changed(&self, used: &ActiveSession, token: &CsrfToken, effect: Effect) -> bool {
        if token.same_as(&used.token) {
            return false;
        }
        effect == Effect::Read
            || match self.probe_at(used, &mut used.jar.clone()).await {
                Probe::Alive(again) => again.same_as(token),
                _ => false,
            }
    }

    /// Puts the session in place with another token, which is stored too.
    fn install_token(&self, used: &ActiveSession, token: CsrfToken) -> Arc<ActiveSession> {
        // Cookies may have changed in another call since this one began.
        let current = self.in_memory().filter(|current| current.generation == used.generation);
        let session = current.map_or_else(|| used.clone(), |current| (*current).clone());
        let session = self.install(ActiveSession { token, known_alive: true, ..session }.needing_storage());
        self.store_change(&session);
        session
    }
}
