//! The session of one key: found, validated, created and renewed once, however many calls need it.
//!
//! The order of locks is fixed: the flight of this client, then the credentials (which may prompt), then the lock file of the
//! key.

mod active;
mod changes;
pub(crate) mod cookie;
pub(crate) mod flight;
mod info;
pub(crate) mod login;
mod logout;
pub(crate) mod manager;
pub(crate) mod metadata;
pub(crate) mod probe;
pub(crate) mod store;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use tokio::time::Instant;

use crate::auth::{AuthHandler, Credentials};
use crate::error::{Error, Result};
use crate::notice::Notice;
use crate::origin::{BaseUrl, ContextPath};
pub use crate::secret::{CsrfToken, SessionId};
use crate::transport::Transport;
pub(crate) use active::ActiveSession;
pub use info::{FoundHac, LastKnown, SessionInfo, SessionSource, SessionState, Validation};
use login::LoginOptions;
pub use manager::{CopiedRequest, PortableSession, SessionManager};
pub use metadata::SessionMetadata;
use store::{SessionKey, SessionStore, StoredSession};

/// The wait for another process is longer than its login may take.
const PATIENCE: Duration = Duration::from_secs(75);

/// How long a session counts as alive after it was confirmed.
const CONFIRMED_FOR: Duration = Duration::from_secs(5);

pub(crate) struct Sessions {
    base_url: BaseUrl,
    key: SessionKey,
    validation: Validation,
    options: LoginOptions,
    auth: Arc<dyn AuthHandler>,
    store: Arc<dyn SessionStore>,
    transport: Arc<Transport>,
    notify: Arc<dyn Fn(&Notice) + Send + Sync>,
    state: Mutex<State>,
    /// Held by the call that obtains a session; the client's other calls wait for it.
    flight: tokio::sync::Mutex<()>,
    /// How long to wait for another process.
    patience: Duration,
}

#[derive(Default)]
struct State {
    current: Option<Arc<ActiveSession>>,
    generation: u64,
    /// When the server last showed that it knows the session of this generation.
    confirmed: Option<(u64, Instant)>,
    /// Credentials that the server rejected, which are not posted again automatically.
    refused: Option<(Credentials, Error)>,
    /// How many flights have failed, and the last failure: for those who waited meanwhile.
    failures: u64,
    last_failure: Option<Error>,
    /// Whether the user was warned that nothing is stored, or that it is stored without a lock.
    warned: bool,
    /// Why the lock could not be taken when it was last tried.
    not_locked: Option<Error>,
}

pub(crate) struct SessionsConfig {
    pub(crate) base_url: BaseUrl,
    pub(crate) environment: String,
    pub(crate) validation: Validation,
    pub(crate) options: LoginOptions,
}

impl Sessions {
    pub(crate) fn new(
        config: SessionsConfig,
        auth: Arc<dyn AuthHandler>,
        store: Arc<dyn SessionStore>,
        transport: Arc<Transport>,
        notify: Arc<dyn Fn(&Notice) + Send + Sync>,
    ) -> Self {
        let key = SessionKey {
            base_url: config.base_url.as_str().to_owned(),
            username: auth.username().to_owned(),
            environment: config.environment,
        };
        Self {
            base_url: config.base_url,
            key,
            validation: config.validation,
            options: config.options,
            auth,
            store,
            transport,
            notify,
            state: Mutex::default(),
            flight: tokio::sync::Mutex::new(()),
            patience: PATIENCE,
        }
    }

    pub(crate) fn key(&self) -> &SessionKey {
        &self.key
    }

    pub(crate) fn base_url(&self) -> &BaseUrl {
        &self.base_url
    }

    pub(crate) fn session_cookie(&self) -> &str {
        &self.options.session_cookie
    }

    /// What the user fixed about logins.
    pub(crate) fn login_options(&self) -> &LoginOptions {
        &self.options
    }

    /// Where HAC may be mounted, the likeliest first.
    pub(crate) fn context_paths(&self) -> Vec<ContextPath> {
        self.options.candidates()
    }

    pub(crate) fn in_memory(&self) -> Option<Arc<ActiveSession>> {
        self.state().current.clone()
    }

    pub(crate) fn info(&self) -> Option<SessionInfo> {
        self.in_memory().map(|session| self.info_of(&session))
    }

    pub(crate) fn info_of(&self, session: &ActiveSession) -> SessionInfo {
        SessionInfo {
            base_url: self.key.base_url.clone(),
            environment: self.key.environment.clone(),
            username: self.key.username.clone(),
            context_path: session.context_path.clone(),
            created_at: session.created_at,
            source: session.source,
        }
    }

    /// The session in memory; `None` also while somebody changes it, who may be a thread that the child of a fork does not have.
    pub(crate) fn exported(&self) -> Option<PortableSession> {
        let state = match self.state.try_lock() {
            Ok(state) => state,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        Some(state.current.as_ref()?.to_stored(&self.key).into())
    }

    /// Puts a session that was brought from elsewhere in place.
    pub(crate) fn replace_with(&self, brought: &PortableSession) -> Result<()> {
        let session = self.restored(brought.checked()?.clone(), SessionSource::Stored);
        self.install(session);
        Ok(())
    }

    pub(crate) fn forget_current(&self) {
        self.state().current = None;
    }

    /// Looks for HAC without a session and without credentials.
    pub(crate) async fn find_hac(&self) -> Result<FoundHac> {
        login::find(&self.transport, &self.options).await
    }

    pub(crate) fn notify(&self, notice: &Notice) {
        tracing::debug!(warning = notice.is_warning(), "{notice}");
        (self.notify)(notice);
    }

    /// Puts a session in place and gives it a generation of its own.
    fn install(&self, mut session: ActiveSession) -> Arc<ActiveSession> {
        let mut state = self.state();
        state.generation += 1;
        session.generation = state.generation;
        if session.known_alive {
            state.confirmed = Some((session.generation, Instant::now()));
        }
        let session = Arc::new(session);
        state.current = Some(Arc::clone(&session));
        session
    }

    /// Whether the server has shown that it knows the session, a moment ago.
    fn confirmed_lately(&self, session: &ActiveSession) -> bool {
        self.state()
            .confirmed
            .is_some_and(|(generation, at)| generation == session.generation && at.elapsed() < CONFIRMED_FOR)
    }

    fn note_confirmed(&self, session: &ActiveSession) {
        self.state().confirmed = Some((session.generation, Instant::now()));
    }

    /// Forgets a session, unless another is in its place by now.
    pub(crate) fn forget(&self, ended: &ActiveSession) {
        let mut state = self.state();
        if state.current.as_ref().is_some_and(|current| current.session_id == ended.session_id) {
            state.current = None;
        }
    }

    /// The stored session; what cannot be read counts as absent, with one warning.
    async fn stored(&self) -> Option<StoredSession> {
        match self.load().await {
            Ok(stored) => stored.filter(|stored| self.fits(stored)),
            Err(error) => {
                self.warn_not_stored(&error);
                None
            }
        }
    }

    /// The stored session. A file that is being written in place is read again, while the runtime goes on.
    async fn load(&self) -> Result<Option<StoredSession>> {
        for pause in store::PAUSES {
            let reading = self.store.read(&self.key)?;
            if reading.settled {
                return Ok(reading.session);
            }
            tokio::time::sleep(pause).await;
        }
        Ok(self.store.read(&self.key)?.session)
    }

    /// A session of another node is useless if a node was requested.
    fn fits(&self, stored: &StoredSession) -> bool {
        match &self.options.route {
            None => true,
            Some(route) => {
                stored.metadata.route_cookie.as_deref().and_then(|cookie| cookie.strip_prefix("ROUTE=")) == Some(route)
            }
        }
    }

    fn restored(&self, stored: StoredSession, source: SessionSource) -> ActiveSession {
        ActiveSession::from_stored(stored, source, &self.options, self.base_url.origin().host())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
