//! Whether a session is alive, with which token, and under which path.

use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::origin::ContextPath;
use crate::session::active::cookie_path;
use crate::session::cookie::Jar;
use crate::session::probe::initializing;
use crate::session::probe::{PROBE_TIMEOUT, Probe, ProbeTarget, probe};
use crate::session::{ActiveSession, Sessions};

impl Sessions {
    pub(in crate::session) async fn probe_at(&self, session: &ActiveSession, jar: &mut Jar) -> Probe {
        let target = ProbeTarget {
            context_path: &session.context_path,
            guessed: session.guessed,
            login_path: session.login_path.as_deref(),
            timeout: self.probe_timeout(),
        };
        probe(&self.transport, &target, jar).await
    }

    /// As long as a probe may take, and no longer than any other request of the client.
    fn probe_timeout(&self) -> Duration {
        self.options.answer_timeout.map_or(PROBE_TIMEOUT, |limit| limit.min(PROBE_TIMEOUT))
    }

    /// Alive with its current token, or `None` if it has ended. Anything unclear is an error, and the stored session stays.
    pub(super) async fn probe_session(&self, session: &ActiveSession) -> Result<Option<ActiveSession>> {
        match self.probe_at(session, &mut session.jar.clone()).await {
            Probe::Alive(token) => Ok(Some(ActiveSession { token, known_alive: true, ..session.clone() })),
            Probe::AliveWithoutRight(token) => {
                let token = token.unwrap_or_else(|| session.token.clone());
                Ok(Some(ActiveSession { token, known_alive: true, ..session.clone() }))
            }
            Probe::Dead => Ok(None),
            Probe::Initializing => Err(initializing(&self.doing())),
            Probe::NotThere(error) => self.probe_elsewhere(session, error).await,
            Probe::Unclear(error) => Err(error),
        }
    }

    /// A remembered context path that answers 404: HAC may have moved to the other usual one.
    pub(super) async fn probe_elsewhere(
        &self,
        session: &ActiveSession,
        not_there: Error,
    ) -> Result<Option<ActiveSession>> {
        let others: Vec<ContextPath> =
            self.options.candidates().into_iter().filter(|path| *path != session.context_path).collect();
        for context_path in others {
            let mut jar = session.jar.clone();
            if session.guessed {
                // Without a side file the cookie was put where HAC was assumed to be.
                let name = &self.options.session_cookie;
                jar.insert(name, session.session_id.expose(), cookie_path(&context_path), false);
            }
            let kept = jar.clone();
            let timeout = self.probe_timeout();
            let target = ProbeTarget { context_path: &context_path, guessed: true, login_path: None, timeout };
            match probe(&self.transport, &target, &mut jar).await {
                Probe::Alive(token) => {
                    let moved = ActiveSession { token, context_path, jar: kept, known_alive: true, ..session.clone() };
                    return Ok(Some(moved));
                }
                Probe::Dead => return Ok(None),
                Probe::Initializing => return Err(initializing(&self.doing())),
                Probe::AliveWithoutRight(_) | Probe::NotThere(_) | Probe::Unclear(_) => {}
            }
        }
        Err(not_there)
    }

    /// Puts a probed stored session in place; a token that had changed is stored too.
    pub(super) fn install_refreshed(&self, stored: &ActiveSession, alive: ActiveSession) -> Arc<ActiveSession> {
        let changed = !alive.token.same_as(&stored.token) || alive.context_path != stored.context_path;
        let session = self.install(if changed { alive.needing_storage() } else { alive });
        if changed {
            self.store_change(&session);
        }
        session
    }
}
