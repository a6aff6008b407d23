//! The manager of stored sessions.

mod copied;
mod portable;

use std::path::{Path, PathBuf};

pub use copied::CopiedRequest;
pub use portable::PortableSession;

use super::info::LastKnown;
use super::metadata::{SessionMetadata, now};
use super::store::{FileStore, LockAttempt, LockGuard, SessionKey, SessionStore, StoredSession, busy, unusable_field};
use crate::error::{Error, ErrorKind, Result};
use crate::transport::tls::Trust;

/// Lists, loads, saves and removes the sessions of a directory.
///
/// Its methods block: they read and write files, and those that change a session wait up to two seconds for its lock. In
/// asynchronous programs, call them on a thread that may block.
///
/// The first save creates the directory. The files are shared with the clients of this and other processes, and with
/// hac-client-core. A session is found by the base URL (without trailing slashes), the username and the environment.
///
/// # Errors
/// All methods that read or write fail with [`Cache`](ErrorKind::Cache) if the directory or a file in it cannot be used, or if
/// another process keeps the lock. (A client that cannot store its session only warns.)
#[derive(Debug, Clone)]
pub struct SessionManager {
    store: FileStore,
}

impl SessionManager {
    /// Returns a manager for `HAC_CACHE_DIR`, `$XDG_CACHE_HOME/hac-client` or `~/.cache/hac-client`.
    ///
    /// # Errors
    /// [`Cache`](ErrorKind::Cache) if none of the variables is set and there is no home directory. Nothing is read or created yet.
    pub fn new() -> Result<Self> {
        FileStore::in_default_dir().map(|store| Self { store })
    }

    /// Returns a manager for this directory.
    pub fn with_cache_dir(directory: impl Into<PathBuf>) -> Self {
        Self { store: FileStore::new(directory.into(), false) }
    }

    /// Returns the directory.
    pub fn cache_dir(&self) -> &Path {
        self.store.directory()
    }

    /// Checks that sessions can be saved: creates the directory if it is missing, and in it a file that is removed at once.
    pub fn check_cache_dir(&self) -> Result<()> {
        self.store.check()
    }

    /// Returns the session of a user in an environment, if there is a usable one. Deletes nothing.
    pub fn load_session(&self, base_url: &str, username: &str, environment: &str) -> Result<Option<SessionMetadata>> {
        let stored = self.store.load(&SessionKey::new(base_url, username, environment))?;
        Ok(stored.map(|session| session.metadata))
    }

    /// Saves a session. If a session with the same id is stored, its `created_at`, context path and cookies are kept.
    ///
    /// # Errors
    /// [`Usage`](ErrorKind::Usage) if a field is empty or cannot be sent, and those of the [manager](Self#errors).
    pub fn save_session(&self, metadata: &SessionMetadata) -> Result<()> {
        let session = StoredSession { metadata: metadata.clone(), context_path: None, cookies: Vec::new() };
        if let Some(field) = unusable_field(&session) {
            return Err(Error::new(ErrorKind::Usage, "save the session")
                .because(format!("{field} is empty or contains characters that cannot be sent")));
        }
        self.save(session)
    }

    /// Sets the time of last use to now, at most every five seconds. Does nothing if the session no longer exists.
    pub fn touch_session(&self, base_url: &str, username: &str, environment: &str) -> Result<()> {
        let key = SessionKey::new(base_url, username, environment);
        match self.store.load(&key)? {
            Some(session) => self.store.touch(&key, &session.metadata.session_id, now()),
            None => Ok(()),
        }
    }

    /// Removes a session and returns whether there was one. The session stays alive on the server.
    pub fn remove_session(&self, base_url: &str, username: &str, environment: &str) -> Result<bool> {
        self.store.remove(&SessionKey::new(base_url, username, environment))
    }

    /// Returns all sessions, most recently used first. Other files are ignored.
    pub fn list_sessions(&self) -> Result<Vec<SessionMetadata>> {
        self.store.list()
    }

    /// Returns what is known of a session from its last answer, without asking the server.
    pub fn last_known(&self, session: &SessionMetadata) -> Result<LastKnown> {
        self.store.last_known(session)
    }

    /// Returns how the client that saved a session trusted its server; `None` for [`Trust::System`], and where nothing is noted.
    pub fn trust(&self, session: &SessionMetadata) -> Result<Option<Trust>> {
        self.store.trust(session)
    }

    /// Removes all sessions and returns how many there were. They stay alive on the server.
    pub fn clear_all_sessions(&self) -> Result<usize> {
        self.store.clear()
    }

    /// Returns a session for export, with its context path and cookies; `None` if none is stored.
    pub fn export_session(&self, base_url: &str, username: &str, environment: &str) -> Result<Option<PortableSession>> {
        let stored = self.store.load(&SessionKey::new(base_url, username, environment))?;
        Ok(stored.map(PortableSession::from))
    }

    /// Saves an exported session, and replaces the stored one. The server is not asked whether it is alive.
    pub fn import_session(&self, session: &PortableSession) -> Result<()> {
        self.save(session.checked()?.clone())
    }

    fn save(&self, mut session: StoredSession) -> Result<()> {
        let key = SessionKey::of(&session.metadata);
        let _guard = self.lock(&key)?;
        if session.context_path.is_none()
            && session.cookies.is_empty()
            && let Some(stored) = self.store.load(&key)?
            && stored.metadata.session_id == session.metadata.session_id
        {
            session.context_path = stored.context_path;
            session.cookies = stored.cookies;
        }
        self.store.save(&key, &session)
    }

    /// Waits as long as removing does. Someone who is logging in would overwrite what we save.
    fn lock(&self, key: &SessionKey) -> Result<Option<LockGuard>> {
        match self.store.lock_patiently(key) {
            LockAttempt::Held(guard) => Ok(Some(guard)),
            LockAttempt::Busy(holder) => Err(busy(Error::new(ErrorKind::Cache, "save the session"), holder.as_ref())),
            LockAttempt::Unsupported(error) => {
                // Where the directory is at fault, saving says so itself.
                tracing::debug!(%error, "sessions are saved without a lock");
                Ok(None)
            }
        }
    }
}

#[cfg(test)]
mod tests;
