//! The client: one session, and the areas of HAC on top of it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Method, header};
use tokio::sync::Semaphore;

use crate::builder::HacClientBuilder;
use crate::error::{Error, ErrorKind, Result};
use crate::secret::sensitive;
use crate::session::{SessionInfo, SessionState, Sessions};
use crate::transport::{Body, Outgoing, Transport};

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
    pub(crate) answer_timeout: Option<Duration>,
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
        let live = self.0.sessions.log_in().await?;
        Ok(self.0.sessions.info_of(&live))
    }

    /// Ends the session on the server and removes it from the cache.
    ///
    /// `false` if there was none. Where the server cannot be reached or does not confirm, the
    /// stored session is removed all the same and the error is returned.
    pub async fn logout(&self) -> Result<bool> {
        self.0.check_process()?;
        let Some(live) = self.0.sessions.peek()? else {
            return Ok(false);
        };
        let doing = format!("log out of {}", self.0.transport.origin());
        let path = format!("{}/j_spring_security_logout", live.context_path.as_str());
        let mut headers = HeaderMap::new();
        if let Some(cookies) = live.jar.header_for(&path, self.0.transport.sends_secure_cookies()) {
            headers.insert(header::COOKIE, cookies);
        }
        if let Some(token) = sensitive(live.token.expose()) {
            headers.insert("x-csrf-token", token);
        }
        let body = Body::form([("_csrf", live.token.expose())]);
        let timeout = self.0.answer_timeout;
        let outgoing = Outgoing { method: Method::POST, path: &path, query: None, headers, body, timeout };
        let answered = self.0.transport.send(outgoing).await;
        self.0.sessions.remove().await?;
        let answer = answered.map_err(|fault| fault.into_error(&doing))?;
        // Done, or already over: a redirect (to the login page), or the refusal of a dead session.
        if answer.status.is_redirection()
            || answer.status.is_success()
            || matches!(answer.status.as_u16(), 401 | 403 | 405)
        {
            return Ok(true);
        }
        Err(Error::new(ErrorKind::Protocol, doing)
            .because(format!("{} answered {}", answer.path, answer.status))
            .with_hint("the stored session was removed; on the server it ends by itself when it is idle"))
    }

    /// Asks the server about the session, stored or in memory, without logging in.
    pub async fn check(&self) -> Result<SessionState> {
        self.0.check_process()?;
        self.0.sessions.state_on_server().await
    }

    /// The session in use, `None` before the first call.
    pub fn session_info(&self) -> Option<SessionInfo> {
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
