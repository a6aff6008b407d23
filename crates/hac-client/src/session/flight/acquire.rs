//! Inside the flight: uses the stored session if it is alive, or one that another process created meanwhile, or logs in.

use std::sync::Arc;
use std::time::Duration;

use crate::auth::{Cookies, Credentials};
use crate::error::{Error, ErrorKind, Result};
use crate::notice::Notice;
use crate::offload::offload;
use crate::server_text::{ServerText, one_line};
use crate::session::login::{LoggedIn, LoginOptions, VerdictPending, bad_credentials, enter, find, login};
use crate::session::metadata::now;
use crate::session::store::{LockGuard, LostLogin, StoredSession};
use crate::session::{ActiveSession, SessionSource, Sessions};

/// The time limit of a login, from the first page to the new token.
pub(super) const LOGIN_LIMIT: Duration = Duration::from_secs(60);

/// Whether a call needs a session, or the user asked for a login.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum AskedBy {
    Call,
    User,
}

/// The request for a session.
pub(super) struct Search {
    /// The SHA-256 of the session that the server no longer knows.
    pub(super) ended: Option<String>,
    /// Whether a stored session is probed before it is used.
    pub(super) validate: bool,
    pub(super) asked: AskedBy,
    /// When the wait for the flight began, in seconds since 1970.
    pub(super) began: f64,
}

/// What the store contained, before the lock.
enum Stored {
    Usable(Arc<ActiveSession>),
    /// A session that the server no longer knows; its SHA-256.
    Ended(String),
    /// No session, or only the one that the server refused.
    Nothing,
}

/// What another process did while this one waited for the lock.
enum OtherProcess {
    LoggedIn(Arc<ActiveSession>),
    /// It posted the same password, which was refused or never answered.
    Failed(Error),
    DidNothing,
}

/// The outcome of a login.
enum LoginOutcome {
    Succeeded(Box<ActiveSession>),
    /// The server rejected the password.
    Refused(Error),
    /// The password was posted, and the server's verdict is unknown.
    Unanswered(Error),
    /// The password was not posted, or the login failed after it was accepted.
    Failed(Error),
}

impl Sessions {
    pub(super) async fn acquire(&self, search: Search) -> Result<Arc<ActiveSession>> {
        let mut ended = search.ended;
        match self.use_stored(ended.as_deref(), search.validate).await? {
            Stored::Usable(session) => return Ok(session),
            Stored::Ended(id) => ended = Some(id),
            Stored::Nothing => {}
        }
        let brought = self.auth.cookies().await?;
        if brought.is_some()
            && let Some(session) = self.enter(brought.as_ref(), ended.as_deref()).await?
        {
            return Ok(session);
        }
        if self.auth.may_prompt() {
            self.reach_in_time(brought.as_ref()).await?;
        }
        let credentials = self.credentials(ended.is_some(), brought.is_some()).await?;
        if search.asked == AskedBy::Call {
            self.check_not_refused(&credentials)?;
        }
        // A prompt takes its time: only what is written from here on is known to be fresh.
        let before = self.stored().await.as_ref().map(hash);
        let lock = self.lock().await?;
        match self.adopt(ended.as_deref(), before.as_deref(), search.began, &credentials).await? {
            OtherProcess::LoggedIn(session) => return Ok(session),
            OtherProcess::Failed(error) => return Err(error),
            OtherProcess::DidNothing => {}
        }
        let outcome = self.log_in_with(&credentials, brought.as_ref()).await;
        self.conclude(outcome, credentials, lock)
    }

    /// Returns the stored session if it is alive, after a probe if required.
    async fn use_stored(&self, ended: Option<&str>, validate: bool) -> Result<Stored> {
        let Some(stored) = self.stored().await else { return Ok(Stored::Nothing) };
        let id = hash(&stored);
        if ended == Some(&*id) {
            return Ok(Stored::Nothing);
        }
        let session = self.restored(stored, SessionSource::Stored);
        if !validate {
            self.notify(&Notice::Reused);
            return Ok(Stored::Usable(self.install(session)));
        }
        match self.probe_session(&session).await? {
            Some(alive) => {
                self.notify(&Notice::Reused);
                Ok(Stored::Usable(self.install_refreshed(&session, alive)))
            }
            None => Ok(Stored::Ended(id)),
        }
    }

    /// Under the lock: the session that another process made, or its failure with the same password.
    ///
    /// `before` is the SHA-256 of the session that was stored when the wait for the lock began.
    async fn adopt(
        &self,
        ended: Option<&str>,
        before: Option<&str>,
        began: f64,
        credentials: &Credentials,
    ) -> Result<OtherProcess> {
        if let Some(session) = self.adopt_session(ended, before).await? {
            return Ok(OtherProcess::LoggedIn(session));
        }
        if self.store.refused_at(&self.key).is_some_and(|at| at >= began) {
            let error = bad_credentials(&self.doing(), credentials).with_hint(
                "the server has just rejected this user's login from another process; the password was not posted \
                 again, because failed logins lock accounts",
            );
            return Ok(OtherProcess::Failed(self.remember_refusal(credentials.clone(), error)));
        }
        let lost = self.store.lost_login(&self.key).filter(|lost| lost.at >= began);
        Ok(lost.map_or(OtherProcess::DidNothing, |lost| OtherProcess::Failed(self.lost_elsewhere(lost))))
    }

    /// Under the lock: the session that another process made.
    async fn adopt_session(&self, ended: Option<&str>, before: Option<&str>) -> Result<Option<Arc<ActiveSession>>> {
        let Some(stored) = self.stored().await else { return Ok(None) };
        let id = hash(&stored);
        if ended == Some(&*id) {
            return Ok(None);
        }
        let session = self.restored(stored, SessionSource::Adopted);
        // Written while we waited: who wrote it has just logged in.
        let alive = if before == Some(&*id) { self.probe_session(&session).await? } else { Some(session) };
        Ok(alive.map(|alive| {
            self.notify(&Notice::Adopted);
            self.install(alive)
        }))
    }

    /// The session that the cookies of a single sign-on belong to; `None` where the server does not accept them.
    async fn enter(&self, brought: Option<&Cookies>, ended: Option<&str>) -> Result<Option<Arc<ActiveSession>>> {
        let before = self.stored().await.as_ref().map(hash);
        let lock = self.lock().await?;
        if let Some(session) = self.adopt_session(ended, before.as_deref()).await? {
            return Ok(Some(session));
        }
        let options = self.options_with(brought);
        let entered = tokio::time::timeout(LOGIN_LIMIT, enter(&self.transport, &options)).await;
        let logged_in = entered.unwrap_or_else(|_| Err(self.login_took_too_long()))?;
        Ok(logged_in.map(|logged_in| self.begin(ActiveSession::from_login(logged_in), lock)))
    }

    fn options_with(&self, brought: Option<&Cookies>) -> LoginOptions {
        LoginOptions { brought: brought.cloned(), ..self.options.clone() }
    }

    /// Stores a new session, releases the waiting processes, and puts it in place.
    fn begin(&self, session: ActiveSession, lock: Option<LockGuard>) -> Arc<ActiveSession> {
        self.warn_unless_stored(self.store.save(&self.key, &session.to_stored(&self.key)));
        drop(lock);
        self.state().refused = None;
        self.notify(&Notice::LoggedIn);
        if let Some(notice) = self.other_node(&session) {
            self.notify(&notice);
        }
        self.install(session)
    }

    /// Under the lock: a login.
    async fn log_in_with(&self, credentials: &Credentials, brought: Option<&Cookies>) -> LoginOutcome {
        let pending = VerdictPending::default();
        match self.login_in_time(credentials, brought, &pending).await {
            Ok(logged_in) => LoginOutcome::Succeeded(Box::new(ActiveSession::from_login(logged_in))),
            Err(error) if error.kind() == ErrorKind::BadCredentials => LoginOutcome::Refused(error),
            Err(error) if pending.get() => LoginOutcome::Unanswered(error),
            Err(error) => LoginOutcome::Failed(error),
        }
    }

    /// Stores the outcome of a login and releases the waiting processes.
    fn conclude(
        &self,
        outcome: LoginOutcome,
        credentials: Credentials,
        lock: Option<LockGuard>,
    ) -> Result<Arc<ActiveSession>> {
        match outcome {
            LoginOutcome::Succeeded(session) => Ok(self.begin(*session, lock)),
            LoginOutcome::Refused(error) => {
                self.warn_unless_stored(self.store.mark_refused(&self.key, now()));
                drop(lock);
                Err(self.remember_refusal(credentials, error))
            }
            LoginOutcome::Unanswered(error) => {
                let lost = LostLogin { at: now(), kind: error.kind() };
                self.warn_unless_stored(self.store.mark_lost(&self.key, lost));
                Err(error)
            }
            LoginOutcome::Failed(error) => Err(error),
        }
    }

    /// Fails with the error of the server's rejection of these credentials.
    fn check_not_refused(&self, credentials: &Credentials) -> Result<()> {
        match &self.state().refused {
            Some((refused, error)) if refused == credentials => Err(error.clone()),
            _ => Ok(()),
        }
    }

    fn remember_refusal(&self, credentials: Credentials, error: Error) -> Error {
        self.state().refused = Some((credentials, error.clone()));
        error
    }

    /// The error of a process that waited for a login whose answer was lost.
    fn lost_elsewhere(&self, lost: LostLogin) -> Error {
        Error::new(lost.kind, self.doing())
            .because("another process has just posted this user's password, and no answer came")
            .with_hint(
                "the password was not posted again, because failed logins lock accounts; check that the server \
                 answers, then try again",
            )
    }

    async fn login_in_time(
        &self,
        credentials: &Credentials,
        brought: Option<&Cookies>,
        pending: &VerdictPending,
    ) -> Result<LoggedIn> {
        let options = self.options_with(brought);
        let login = login(&self.transport, &options, credentials, pending);
        tokio::time::timeout(LOGIN_LIMIT, login).await.unwrap_or_else(|_| Err(self.login_took_too_long()))
    }

    /// Before somebody is asked for a password.
    async fn reach_in_time(&self, brought: Option<&Cookies>) -> Result<()> {
        let options = self.options_with(brought);
        match tokio::time::timeout(LOGIN_LIMIT, find(&self.transport, &options)).await {
            Ok(found) => found.map(drop).map_err(|error| error.while_doing(self.doing())),
            Err(_) => Err(self.login_took_too_long()),
        }
    }

    fn login_took_too_long(&self) -> Error {
        Error::new(ErrorKind::Timeout, self.doing())
            .because(format!("the login took longer than {} s", LOGIN_LIMIT.as_secs()))
            .with_hint("is the server overloaded or starting? Try again in a while")
    }

    /// Warns that the balancer did not use the requested node. The call proceeds anyway; callers who must not accept that
    /// watch for this notice.
    fn other_node(&self, session: &ActiveSession) -> Option<Notice> {
        let (asked, chosen) = (self.options.route.as_deref()?, session.node()?);
        // Some write it without the dot in front.
        (asked.trim_start_matches('.') != chosen.trim_start_matches('.')).then(|| Notice::OtherNode {
            asked: one_line(asked, 64),
            chosen: self.transport.secrets().show(&ServerText::new(chosen), 64),
        })
    }

    /// Asked on a thread that may block.
    async fn credentials_from_thread(&self) -> Result<Option<Credentials>> {
        let auth = Arc::clone(&self.auth);
        offload(&self.doing(), move || auth.credentials()).await.map_err(|error| match error.kind() {
            // The thread is ours, what panicked in it is not.
            ErrorKind::Internal => {
                Error::new(ErrorKind::Config, self.doing()).because("the AuthHandler failed").with_source(error)
            }
            _ => error,
        })?
    }

    /// Asked for a login only.
    async fn credentials(&self, had_session: bool, had_cookies: bool) -> Result<Credentials> {
        let found = match self.auth.credentials_later() {
            Some(later) => later.await?,
            None => self.credentials_from_thread().await?,
        };
        found.ok_or_else(|| {
            let hint = self.auth.no_credentials_hint();
            if had_cookies {
                Error::new(ErrorKind::SessionEnded, self.doing())
                    .because(format!("the server does not accept the single sign-on cookies of {}", self.key.username))
                    .with_hint("sign on again: the cookies may have expired, or belong to another host or path")
            } else if had_session {
                Error::new(ErrorKind::SessionEnded, "use the session")
                    .because(format!("the session of {} at {} has ended", self.key.username, self.key.base_url))
                    .with_hint(hint)
            } else {
                Error::new(ErrorKind::SessionEnded, self.doing())
                    .because(format!("no session of {} is cached, and no password was given", self.key.username))
                    .with_hint(hint)
            }
        })
    }
}

/// Identifies a stored session without revealing it.
fn hash(stored: &StoredSession) -> String {
    stored.metadata.session_id.sha256()
}
