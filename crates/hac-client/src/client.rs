//! The client: a session and the operations of HAC.

use std::fmt;
use std::sync::Arc;

use crate::engine::Engine;
use crate::error::Result;
use crate::protection::Protection;
use crate::session::{FoundHac, PortableSession, SessionInfo, SessionState};
use crate::writes::Writes;

/// A client of one HAC for one user. Cheap to clone; clones share the session.
///
/// The first call logs in, or reuses the session that an earlier process stored. The library handles ended sessions, changed
/// tokens and lost connections: it renews the session at most once per call and executes nothing twice (see
/// [`guide::resending`](crate::guide::resending)).
///
/// Calls may run at the same time, up to [`max_in_flight`](crate::HacClientBuilder::max_in_flight) of them.
///
/// # Cancellation
///
/// Dropping a future stops the wait, not the work: a script that was sent continues to run on the server.
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

    /// Returns the base URL, without trailing slashes.
    pub fn base_url(&self) -> &str {
        self.0.sessions.base_url().as_str()
    }

    /// Logs in, or verifies the current session with the server.
    ///
    /// A login takes at most 60 seconds, or 75 if another process is logging in.
    ///
    /// A stored session is checked, whatever the [`Validation`](crate::Validation); without a session that is alive, this
    /// logs in. Credentials that were rejected before are posted again.
    ///
    /// # Errors
    /// [`BadCredentials`](crate::ErrorKind::BadCredentials) if the server rejects the username or the password,
    /// [`SessionEnded`](crate::ErrorKind::SessionEnded) if the auth handler has no credentials and no session is stored, and those of
    /// [every call](crate::guide::errors#every-call).
    pub async fn login(&self) -> Result<SessionInfo> {
        self.0.check_process()?;
        let session =
            self.0.sessions.log_in().await.map_err(|error| error.without_secrets(self.0.transport.secrets()))?;
        Ok(self.0.sessions.info_of(&session))
    }

    /// Ends the session on the server and removes it from the cache.
    ///
    /// Returns `false` if there was no session. A session that had already ended is removed too, and counts as ended now.
    ///
    /// # Errors
    /// Fails if the server does not confirm that the session has ended. The session then stays in the cache, so that it can
    /// still be ended.
    pub async fn logout(&self) -> Result<bool> {
        self.0.check_process()?;
        let ended = self.0.sessions.end(self.0.answer_timeout).await;
        ended.map_err(|error| error.without_secrets(self.0.transport.secrets()))
    }

    /// Asks the server whether the session, stored or in memory, is alive. Never logs in.
    ///
    /// The answer is recorded with the stored session: [`SessionManager::last_known`](crate::session::SessionManager::last_known) returns it
    /// without a request.
    ///
    /// The request takes at most 5 seconds. A login that is in progress in another call is awaited first.
    ///
    /// # Errors
    /// Fails if the server cannot be reached or its answer proves nothing, and with [`Cache`](crate::ErrorKind::Cache) if the
    /// stored session cannot be read. A session that has ended is not an error but [`SessionState::Dead`].
    pub async fn check(&self) -> Result<SessionState> {
        self.0.check_process()?;
        let state = self.0.sessions.state_on_server().await;
        state.map_err(|error| error.without_secrets(self.0.transport.secrets()))
    }

    /// Looks whether HAC answers: asks for its login page, without a session and without credentials.
    ///
    /// With [`route`](crate::HacClientBuilder::route) that node is asked for; [`FoundHac::node`] says which one answered.
    ///
    /// # Errors
    /// [`Initializing`](crate::ErrorKind::Initializing) if an initialisation or update is running,
    /// [`NotHac`](crate::ErrorKind::NotHac) if something else answers, and those of
    /// [every call](crate::guide::errors#every-call) that concern the connection.
    pub async fn find_hac(&self) -> Result<FoundHac> {
        self.0.check_process()?;
        let found = self.0.sessions.find_hac().await;
        found.map_err(|error| error.without_secrets(self.0.transport.secrets()))
    }

    /// Returns the current session with its secrets; `None` before the first call.
    ///
    /// Sends nothing. Works in the child of a fork too: [`use_session`](Self::use_session) gives the session to a new client.
    pub fn export_session(&self) -> Option<PortableSession> {
        self.0.sessions.exported()
    }

    /// Uses this session from now on, such as that of a browser: its ids, cookies and context path. Its user is not checked.
    ///
    /// Sends nothing and writes nothing. When the session has ended, the client logs in as usual.
    ///
    /// # Errors
    /// [`Usage`](crate::ErrorKind::Usage) if a part of the session contains characters that cannot be sent.
    pub fn use_session(&self, session: &PortableSession) -> Result<()> {
        self.0.check_process()?;
        self.0.sessions.replace_with(session)
    }

    /// Forgets the current session: the next call uses the stored one, or logs in. Sends nothing and removes nothing.
    pub fn forget_session(&self) {
        self.0.sessions.forget_current();
    }

    /// Returns how the server is protected against changes.
    pub fn protection(&self) -> Protection {
        self.0.guard.protection()
    }

    /// Returns a handle that tells whether a write is in progress, such as for a signal handler.
    pub fn writes(&self) -> Writes {
        self.0.writes.clone()
    }

    /// Returns the session in use; `None` before the first call, and in the child of a fork.
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
