//! The sessions on disk, for programs that look after them.

mod portable;

use std::path::{Path, PathBuf};

pub use portable::PortableSession;

use super::metadata::{SessionMetadata, now};
use super::store::{FileStore, LockAttempt, LockGuard, SessionKey, SessionStore, StoredSession, busy, unusable_field};
use crate::error::{Error, ErrorKind, Result};

/// Looks after the sessions of a directory: lists, loads, saves, removes them.
///
/// Its methods block: they read and write files, and those that change a session wait up to two seconds for its lock. In an
/// asynchronous program, call them on a thread that may block.
///
/// Making one touches nothing; the directory is made by the first save. The files are shared
/// with clients in this process and others, and with hac-client-core. Unlike in a client, where
/// a session that cannot be kept is only a warning, every method returns its error.
#[derive(Debug, Clone)]
pub struct SessionManager {
    store: FileStore,
}

impl SessionManager {
    /// The sessions in `HAC_CACHE_DIR`, `$XDG_CACHE_HOME/hac-client` or `~/.cache/hac-client`.
    pub fn new() -> Result<Self> {
        FileStore::in_default_dir().map(|store| Self { store })
    }

    /// The sessions in another directory.
    pub fn with_cache_dir(directory: impl Into<PathBuf>) -> Self {
        Self { store: FileStore::new(directory.into(), false) }
    }

    /// Where the sessions are.
    pub fn cache_dir(&self) -> &Path {
        self.store.directory()
    }

    /// The session of a user in an environment, if there is a usable one. Nothing is deleted.
    pub fn load_session(&self, base_url: &str, username: &str, environment: &str) -> Result<Option<SessionMetadata>> {
        let stored = self.store.load(&SessionKey::new(base_url, username, environment))?;
        Ok(stored.map(|session| session.metadata))
    }

    /// Saves a session. For the same session id, what is stored keeps its `created_at`, its
    /// context path and its cookies.
    pub fn save_session(&self, metadata: &SessionMetadata) -> Result<()> {
        let session = StoredSession { metadata: metadata.clone(), context_path: None, cookies: Vec::new() };
        if let Some(field) = unusable_field(&session) {
            return Err(Error::new(ErrorKind::Usage, "save the session")
                .because(format!("{field} is empty or holds characters that cannot be sent")));
        }
        self.save(session)
    }

    /// Notes that a session was used now, at most once in five seconds. A session that is gone
    /// stays gone.
    pub fn touch_session(&self, base_url: &str, username: &str, environment: &str) -> Result<()> {
        let key = SessionKey::new(base_url, username, environment);
        match self.store.load(&key)? {
            Some(session) => self.store.touch(&key, &session.metadata.session_id, now()),
            None => Ok(()),
        }
    }

    /// Removes a session; says whether there was one. It stays alive on the server.
    pub fn remove_session(&self, base_url: &str, username: &str, environment: &str) -> Result<bool> {
        self.store.remove(&SessionKey::new(base_url, username, environment))
    }

    /// Every session, the newest use first. Files that are no session are left out.
    pub fn list_sessions(&self) -> Result<Vec<SessionMetadata>> {
        self.store.list()
    }

    /// Removes every session and returns how many there were. They stay alive on the server.
    pub fn clear_all_sessions(&self) -> Result<usize> {
        self.store.clear()
    }

    /// A session to carry elsewhere, with its context path and cookies.
    pub fn export_session(&self, base_url: &str, username: &str, environment: &str) -> Result<Option<PortableSession>> {
        let stored = self.store.load(&SessionKey::new(base_url, username, environment))?;
        Ok(stored.map(PortableSession::from))
    }

    /// Saves a session that was carried here, in place of what is stored.
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
