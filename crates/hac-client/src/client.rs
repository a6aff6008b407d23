//! The client: one session, and the areas of HAC on top of it.

use std::fmt;
use std::sync::Arc;

use crate::engine::Engine;
use crate::error::Result;
use crate::session::{SessionInfo, SessionState};
use crate::writes::Writes;

/// A client of one HAC as one user. Cheap to clone; clones share the session.
///
/// The first call logs in by itself, or takes the session that an earlier process stored. What
/// a refused session, a changed token or a lost connection means for a call is decided by the
/// library: a session is renewed at most once for each call, and nothing is executed twice.
///
/// All calls may run at the same time, up to
/// [`max_in_flight`](crate::HacClientBuilder::max_in_flight) of them.
///
/// # Cancellation
///
/// A future that is dropped ends the wait, not the work: a script that was sent goes on
/// running on the server.
#[derive(Clone)]
pub struct HacClient(Arc<Engine>);

impl fmt::Debug for HacClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HacClient")
            .field("base_url", &self.0.sessions.base_url().as_str())
            .field("username", &self.0.sessions.key().username)
            .field("environment", &self.0.sessions.key().environment)
            .finish_non_exhaustive()
    }
}

impl HacClient {
    pub(crate) fn of(engine: Engine) -> Self {
        Self(Arc::new(engine))
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.0
    }

    pub(crate) fn username(&self) -> &str {
        &self.0.sessions.key().username
    }

    /// The base URL, without trailing slashes.
    pub fn base_url(&self) -> &str {
        self.0.sessions.base_url().as_str()
    }

    /// Logs in, or verifies the current session with the server.
    ///
    /// Waits for the server: a login may take 60 seconds, and 75 where another process is logging in.
    ///
    /// A stored session is probed whatever the [`Validation`](crate::Validation); if it is dead
    /// or absent, a fresh login is made. Also posts credentials again that were refused before.
    pub async fn login(&self) -> Result<SessionInfo> {
        self.0.check_process()?;
        let session =
            self.0.sessions.log_in().await.map_err(|error| error.without_secrets(self.0.transport.secrets()))?;
        Ok(self.0.sessions.info_of(&session))
    }

    /// Ends the session on the server and removes it from the cache.
    ///
    /// `false` if there was none. A session that had ended by itself is removed too, and counts as ended now.
    ///
    /// # Errors
    /// Where the server does not confirm that the session has ended, it may be alive: then it stays in the cache, so that it can
    /// still be ended.
    pub async fn logout(&self) -> Result<bool> {
        self.0.check_process()?;
        let ended = self.0.sessions.end(self.0.answer_timeout).await;
        ended.map_err(|error| error.without_secrets(self.0.transport.secrets()))
    }

    /// Asks the server about the session, stored or in memory, without logging in. Waits 5 seconds at most.
    pub async fn check(&self) -> Result<SessionState> {
        self.0.check_process()?;
        let state = self.0.sessions.state_on_server().await;
        state.map_err(|error| error.without_secrets(self.0.transport.secrets()))
    }

    /// Whether a write is under way, for a program that has to end while it is.
    pub fn writes(&self) -> Writes {
        self.0.writes.clone()
    }

    /// The session in use, `None` before the first call, and in the child of a fork.
    pub fn session_info(&self) -> Option<SessionInfo> {
        self.0.check_process().ok()?;
        self.0.sessions.info()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may_cross_threads<T: Send>() {}
    fn may_be_shared<T: Send + Sync>() {}

    #[test]
    fn clients_and_errors_may_be_shared_between_threads_and_streams_may_cross_them() {
        may_be_shared::<HacClient>();
        may_be_shared::<crate::HacClientBuilder>();
        may_be_shared::<crate::Error>();
        may_be_shared::<crate::Script>();
        may_be_shared::<crate::FlexibleSearch>();
        may_be_shared::<crate::ImpexImport>();
        may_be_shared::<crate::SessionManager>();
        may_cross_threads::<crate::RowStream<String>>();
    }
    use crate::ErrorKind;

    #[tokio::test]
    async fn a_client_that_came_over_a_fork_refuses_to_work() {
        let mut client = HacClient::builder("http://127.0.0.1:9")
            .auth_handler(crate::BasicAuthHandler::new("admin", "nimda"))
            .session_persistence(false)
            .build()
            .expect("a client");
        Arc::get_mut(&mut client.0).expect("one owner").process += 1;
        let call = client.execute_groovy("1", crate::Commit::No).await.map(|_| ());
        let login = client.login().await.map(|_| ());
        let logout = client.logout().await.map(|_| ());
        let check = client.check().await.map(|_| ());
        for outcome in [call, login, logout, check] {
            let error = outcome.expect_err("another process");
            assert_eq!(error.kind(), ErrorKind::Usage);
            assert!(error.hint().is_some_and(|hint| hint.to_string().contains("new client")), "{error:?}");
        }
    }
}
