//! The client: one session, and the areas of HAC on top of it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::builder::HacClientBuilder;
use crate::error::{Error, ErrorKind, Result};
use crate::session::{SessionInfo, SessionState, Sessions};
use crate::transport::Transport;
use crate::writes::Writes;

/// A client of one HAC as one user. Cheap to clone; clones share the session.
///
/// The first call logs in by itself, or takes the session that an earlier process stored. What
/// a refused session, a changed token or a lost connection means for a call is decided by the
/// library: a session is renewed at most once for each call, and nothing is executed twice.
///
/// All calls may run at the same time, up to
/// [`max_in_flight`](HacClientBuilder::max_in_flight) of them.
///
/// # Cancellation
///
/// A future that is dropped ends the wait, not the work: a script that was sent goes on
/// running on the server.
#[derive(Clone)]
pub struct HacClient(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) sessions: Sessions,
    pub(crate) transport: Arc<Transport>,
    pub(crate) in_flight: Semaphore,
    pub(crate) writes: Writes,
    pub(crate) answer_timeout: Option<Duration>,
    /// Whether the last answer led to the initialisation of the system.
    pub(crate) initializing: AtomicBool,
    /// Held by the call that waits for the end of a cool-down.
    pub(crate) cooling_down: tokio::sync::Mutex<()>,
    /// The process that built the client: sockets and locks do not survive a fork.
    pub(crate) process: u32,
}

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
    /// Begins a client of the HAC at a base URL, `https://localhost:9002` for example.
    ///
    /// A path in the URL is HAC's context path. Without one `/hac` is tried first, then the
    /// root.
    pub fn builder(base_url: impl Into<String>) -> HacClientBuilder {
        HacClientBuilder::new(base_url.into())
    }

    pub(crate) fn from_inner(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    pub(crate) fn username(&self) -> &str {
        &self.0.sessions.key().username
    }

    /// The base URL, without trailing slashes.
    pub fn base_url(&self) -> &str {
        self.0.sessions.base_url().as_str()
    }

    /// Makes sure of a session that the server confirms now.
    ///
    /// A stored session is probed whatever the [`Validation`](crate::Validation); if it is dead
    /// or absent, a fresh login is made. Also posts credentials again that were refused before.
    pub async fn login(&self) -> Result<SessionInfo> {
        self.0.check_process()?;
        let live = self.0.sessions.log_in().await.map_err(|error| error.without_secrets(self.0.transport.secrets()))?;
        Ok(self.0.sessions.info_of(&live))
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

    /// Asks the server about the session, stored or in memory, without logging in.
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

impl Inner {
    /// A client that came over a fork would share sockets with its parent.
    pub(crate) fn check_process(&self) -> Result<()> {
        if std::process::id() == self.process {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Usage, "use the client")
            .because("it was built in another process, before a fork")
            .with_hint("build a new client in this process"))
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // In the child of a fork the connections are the parent's. To drop them would take them out of the parent's own epoll, or
        // wait for a lock that nobody is left to release. One reference that is never given back keeps them.
        if self.check_process().is_err() {
            std::mem::forget(Arc::clone(&self.transport));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert!(error.hint().is_some_and(|hint| hint.contains("new client")), "{error:?}");
        }
    }
}
