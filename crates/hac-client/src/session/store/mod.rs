//! Stores sessions between calls: in files that several processes share, or not at all.

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
use crate::session::LastKnown;
use crate::session::metadata::SessionMetadata;

/// Identifies a session: server, user and environment.
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

    /// Returns the MD5 in the names of the session's files, the same as in hac-client-core.
    pub(crate) fn md5(&self) -> String {
        let Self { base_url, username, environment } = self;
        let text = format!("{}:{username}:{environment}", base_url.trim_end_matches('/'));
        format!("{:x}", md5::compute(text))
    }

    /// Returns whether a session has this key. Two keys can have the same MD5: `a:b` + `c` and `a` + `b:c`.
    pub(crate) fn owns(&self, metadata: &SessionMetadata) -> bool {
        self.base_url.trim_end_matches('/') == metadata.base_url.trim_end_matches('/')
            && self.username == metadata.username
            && self.environment == metadata.environment
    }
}

/// A session with the data that only this library stores.
#[derive(Debug, Clone)]
pub(crate) struct StoredSession {
    pub(crate) metadata: SessionMetadata,
    /// `None` without a matching side file: then the session is from hac-client-core, under `/hac`.
    pub(crate) context_path: Option<ContextPath>,
    /// Every cookie of the origin, including the session cookie; empty without a side file.
    pub(crate) cookies: Vec<StoredCookie>,
}

/// A stored cookie. Its value is wiped on drop and omitted from `Debug`.
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

/// The result of reading a stored session once.
#[derive(Debug)]
pub(crate) struct Reading {
    /// The session, if there is a usable one.
    pub(crate) session: Option<StoredSession>,
    /// `false` while another process may be writing it: hac-client-core writes in place.
    pub(crate) settled: bool,
}

/// The result of replacing a stored session.
#[derive(Debug)]
pub(crate) enum Replaced {
    Saved,
    /// Saved, although the lock could not be taken for this reason.
    SavedWithoutLock(Error),
    /// Not saved: another process is changing the session.
    Skipped,
    /// Not saved: the session to replace was removed or replaced by another process.
    Superseded,
}

/// Stores sessions. Errors have the kind `cache`, and never fail a call to HAC.
pub(crate) trait SessionStore: Send + Sync + fmt::Debug {
    /// Reads the session of a key once. Never deletes, creates a directory, or sleeps.
    ///
    /// Fails only for I/O errors and for unsafe directories and files.
    fn read(&self, key: &SessionKey) -> Result<Reading>;

    /// Returns the session of a key, if there is a usable one. Blocks: a file that is being written in place is read again for up to
    /// 100 ms.
    fn load(&self, key: &SessionKey) -> Result<Option<StoredSession>> {
        file::read_again(|| self.read(key), &mut std::thread::sleep)
    }

    /// Returns when the server last rejected this key's password, in seconds since 1970; `None` if a login
    /// succeeded since, or if the time is in the future.
    fn refused_at(&self, key: &SessionKey) -> Option<f64>;

    /// Records that the password was rejected. The caller holds the lock.
    fn mark_refused(&self, key: &SessionKey, at: f64) -> Result<()>;

    /// Returns the last login whose result is unknown, unless a login succeeded since.
    fn lost_login(&self, key: &SessionKey) -> Option<LostLogin> {
        let _ = key;
        None
    }

    /// Records a login whose result is unknown. The caller holds the lock.
    fn mark_lost(&self, key: &SessionKey, lost: LostLogin) -> Result<()> {
        let _ = (key, lost);
        Ok(())
    }

    /// Stores a session, and removes the record of a rejected password or a lost login. The caller holds the lock.
    ///
    /// If the stored session has the same id, its `created_at` is kept.
    fn save(&self, key: &SessionKey, session: &StoredSession) -> Result<()>;

    /// Replaces the session with the id `before`, if it is still stored. Does not wait for the lock.
    fn replace(&self, key: &SessionKey, before: &SessionId, session: &StoredSession) -> Result<Replaced>;

    /// Records when a session was used, at most once in five seconds. Does nothing while another process holds
    /// the lock, and if the session was removed or replaced.
    fn touch(&self, key: &SessionKey, session_id: &SessionId, at: f64) -> Result<()>;

    /// Records what the server said when it was asked about the session. Does nothing while another process holds the lock, and if the
    /// session was removed or replaced.
    fn mark_seen(&self, key: &SessionKey, session_id: &SessionId, seen: LastKnown) -> Result<()> {
        let _ = (key, session_id, seen);
        Ok(())
    }

    /// Removes a session and returns whether there was one. Waits up to 2 s for the lock, then removes without it.
    fn remove(&self, key: &SessionKey) -> Result<bool>;

    /// Removes a session unless it was replaced by one with another id.
    fn remove_session(&self, key: &SessionKey, session_id: &SessionId) -> Result<bool>;

    /// Takes the lock of a key if it is free. Creates the directory if it is missing.
    fn try_lock(&self, key: &SessionKey) -> LockAttempt;
}
