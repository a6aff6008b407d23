//! Where sessions are kept between calls: files that several processes share, or nowhere.

mod directory;
mod file;
pub(crate) mod folder;
pub(crate) mod format;
mod inventory;
mod location;
mod lock;
mod memory;
mod note;
mod system;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

pub(crate) use file::{FileStore, PAUSES, busy};
pub(crate) use format::unusable_field;
pub(crate) use lock::{LockAttempt, LockGuard};
pub(crate) use memory::MemoryStore;
#[cfg(test)]
pub(in crate::session) use system::{Request, Trouble};

use crate::error::{Error, ErrorKind, Result};
use crate::origin::ContextPath;
use crate::secret::SessionId;
use crate::session::metadata::SessionMetadata;

/// The user of the session.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct SessionKey {
    /// The base URL; trailing slashes make no difference.
    pub(crate) base_url: String,
    pub(crate) username: String,
    /// The environment, or `environment/endpoint`.
    pub(crate) environment: String,
}

impl SessionKey {
    pub(crate) fn new(base_url: &str, username: &str, environment: &str) -> Self {
        Self {
            base_url: base_url.trim_end_matches('/').to_owned(),
            username: username.to_owned(),
            environment: environment.to_owned(),
        }
    }

    pub(crate) fn of(metadata: &SessionMetadata) -> Self {
        Self::new(&metadata.base_url, &metadata.username, &metadata.environment)
    }

    /// The name under which hac-client-core keeps this session too.
    pub(crate) fn md5(&self) -> String {
        let Self { base_url, username, environment } = self;
        let text = format!("{}:{username}:{environment}", base_url.trim_end_matches('/'));
        format!("{:x}", md5::compute(text))
    }

    /// Whether a session is this key's. Two keys can share an MD5: `a:b` + `c` and `a` + `b:c`.
    pub(crate) fn owns(&self, metadata: &SessionMetadata) -> bool {
        self.base_url.trim_end_matches('/') == metadata.base_url.trim_end_matches('/')
            && self.username == metadata.username
            && self.environment == metadata.environment
    }
}

/// A session with what only this library keeps of it.
#[derive(Debug, Clone)]
pub(crate) struct StoredSession {
    pub(crate) metadata: SessionMetadata,
    /// `None` where there is no fitting side file: the session is hac-client-core's, under `/hac`.
    pub(crate) context_path: Option<ContextPath>,
    /// Every cookie of the origin, the session cookie among them; empty without a side file.
    pub(crate) cookies: Vec<StoredCookie>,
}

/// A cookie at rest. Its value is wiped on drop and left out of `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredCookie {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) path: String,
    #[serde(default)]
    pub(crate) secure: bool,
}

impl fmt::Debug for StoredCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredCookie")
            .field("name", &self.name)
            .field("value", &"(redacted)")
            .field("path", &self.path)
            .field("secure", &self.secure)
            .finish()
    }
}

impl Drop for StoredCookie {
    fn drop(&mut self) {
        self.value.zeroize();
    }
}

/// A login whose password was posted and whose answer never came.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LostLogin {
    /// In seconds since 1970.
    pub(crate) at: f64,
    pub(crate) kind: ErrorKind,
}

/// What one look at a stored session shows.
#[derive(Debug)]
pub(crate) struct Reading {
    /// The session, if there is a usable one.
    pub(crate) session: Option<StoredSession>,
    /// `false` while someone may be in the middle of writing it: hac-client-core writes in place.
    pub(crate) settled: bool,
}

/// What became of a session that was to be saved in place of another.
#[derive(Debug)]
pub(crate) enum Replaced {
    Saved,
    /// It was saved, and why the lock could not be taken.
    SavedWithoutLock(Error),
    /// Someone else is changing the session just now.
    Skipped,
    /// The other one is not there any more: removed, or replaced by someone else.
    Superseded,
}

/// A place for sessions. Errors are of the kind `cache`, and never fail a call to HAC.
pub(crate) trait SessionStore: Send + Sync + fmt::Debug {
    /// Reads the session of a key once. Never deletes, never makes a directory, never sleeps.
    ///
    /// An error is real I/O, or a dangerous directory or file.
    fn read(&self, key: &SessionKey) -> Result<Reading>;

    /// The session of a key, if there is a usable one, for those who may block: a file that is being written in place is read again
    /// for 100 ms.
    fn load(&self, key: &SessionKey) -> Result<Option<StoredSession>> {
        file::read_again(|| self.read(key), &mut std::thread::sleep)
    }

    /// When the server last refused this key's password, in seconds since 1970, unless a login
    /// succeeded since. A time in the future counts as old and is not reported.
    fn refused_at(&self, key: &SessionKey) -> Option<f64>;

    /// Notes that the password was refused. The caller holds the lock.
    fn mark_refused(&self, key: &SessionKey, at: f64) -> Result<()>;

    /// When a password was last posted without a verdict, and how that failed, unless a login succeeded since.
    fn lost_login(&self, key: &SessionKey) -> Option<LostLogin> {
        let _ = key;
        None
    }

    /// Notes that the password was posted and no verdict came. The caller holds the lock.
    fn mark_lost(&self, key: &SessionKey, lost: LostLogin) -> Result<()> {
        let _ = (key, lost);
        Ok(())
    }

    /// Keeps a session and forgets a refusal. The caller holds the lock.
    ///
    /// `created_at` of the same session id survives from what is stored.
    fn save(&self, key: &SessionKey, session: &StoredSession) -> Result<()>;

    /// Saves a session in place of the one with the id `before`, if the store still has that one. Does not wait for the lock.
    fn replace(&self, key: &SessionKey, before: &SessionId, session: &StoredSession) -> Result<Replaced>;

    /// Notes when a session was used: at most once in five seconds, not while someone else holds
    /// the lock, not for another session, and never bringing back a file that is gone.
    fn touch(&self, key: &SessionKey, session_id: &SessionId, at: f64) -> Result<()>;

    /// Removes a session; says whether there was one. Waits 2 s for the lock, then goes on.
    fn remove(&self, key: &SessionKey) -> Result<bool>;

    /// The same for one session: another that has taken its place meanwhile stays.
    fn remove_session(&self, key: &SessionKey, session_id: &SessionId) -> Result<bool>;

    /// Takes the lock of a key if it is free. Makes the directory where it is missing.
    fn try_lock(&self, key: &SessionKey) -> LockAttempt;
}
