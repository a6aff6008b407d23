//! A lock for each key, so that a hundred processes log in once.

use std::fmt;
use std::fs::{File, TryLockError};

use serde::{Deserialize, Serialize};

use super::directory::Directory;
use super::folder::Note;
use super::note::LARGEST_NOTE;
use crate::error::{Error, ErrorKind};
use crate::os;
use crate::session::metadata::{now, time_of_day};

/// The result of trying to take a lock.
#[derive(Debug)]
pub(crate) enum LockAttempt {
    /// Taken, until the guard is dropped.
    Held(LockGuard),
    /// Held by another process; by which one, if that is known.
    Busy(Option<Holder>),
    /// Locks do not work here: the file system does not support them, or the directory is not writable.
    Unsupported(Error),
}

/// A lock that this process holds. Dropping it unlocks explicitly, because a forked child would keep the lock otherwise.
#[derive(Debug)]
pub(crate) struct LockGuard {
    file: Option<File>,
    /// The note that names the holder.
    note: Option<Note>,
    /// The process that took the lock: a forked child must not release it.
    pid: u32,
}

impl LockGuard {
    /// Returns the lock of a store without files.
    pub(super) fn of_nothing() -> Self {
        Self { file: None, note: None, pid: 0 }
    }

    #[cfg(test)]
    pub(super) fn file(&self) -> &File {
        self.file.as_ref().expect("a lock with a file")
    }

    #[cfg(test)]
    pub(super) fn inherited_by(&mut self, pid: u32) {
        self.pid = pid;
    }
}

impl Drop for LockGuard {
    fn drop(&mut self) {
        if let Some(file) = &self.file
            && self.pid == std::process::id()
        {
            // Before unlocking, so that the note never names a process that no longer holds the lock.
            if let Some(note) = &self.note {
                note.clear(file);
            }
            if let Err(cause) = file.unlock() {
                tracing::debug!(%cause, "a session lock could not be released");
            }
        }
    }
}

/// The process that holds a lock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Holder {
    pub(crate) pid: u32,
    pub(crate) host: String,
    /// When it took the lock, in seconds since 1970.
    pub(crate) since: f64,
}

impl Holder {
    fn ourselves() -> Self {
        Self { pid: std::process::id(), host: os::host_name(), since: now() }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {} on {} since {}", self.pid, self.host, time_of_day(self.since))
    }
}

/// Takes the lock `name` in a directory if it is free.
pub(super) fn try_lock(directory: &Directory, name: &str) -> LockAttempt {
    // Another process may empty the directory between opening and locking the file; a lock on a
    // removed file excludes nobody.
    for _ in 0..10 {
        let file = match directory.open_lock(name) {
            Ok(file) => file,
            Err(error) => return LockAttempt::Unsupported(error),
        };
        match directory.try_lock(&file) {
            Ok(()) if directory.is_still(name, &file) => {
                // Lock files contain nothing but notes.
                let note = directory.note(name, &file);
                if let Some(note) = &note {
                    sign(note, &file);
                }
                return LockAttempt::Held(LockGuard { file: Some(file), note, pid: std::process::id() });
            }
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return LockAttempt::Busy(holder(directory, name, &file)),
            Err(TryLockError::Error(cause)) => {
                return LockAttempt::Unsupported(
                    directory
                        .error("lock", name)
                        .because("locks do not work on this file system")
                        .with_source(cause)
                        .with_hint("choose a directory on a local file system with HAC_CACHE_DIR"),
                );
            }
        }
    }
    LockAttempt::Unsupported(
        Error::new(ErrorKind::Cache, "lock the session").because("another program keeps removing the lock file"),
    )
}

/// Notes this process as the holder of the lock. The note is for people only, so failing to write it does not matter.
fn sign(note: &Note, lock: &File) {
    let written =
        serde_json::to_vec(&Holder::ourselves()).map_err(std::io::Error::from).and_then(|text| note.write(lock, &text));
    if let Err(cause) = written {
        tracing::debug!(%cause, "the holder of a session lock could not be noted");
    }
}

fn holder(directory: &Directory, name: &str, lock: &File) -> Option<Holder> {
    let mut text = [0; LARGEST_NOTE];
    let length = directory.read_note(name, lock, &mut text).ok()?;
    let holder: Holder = serde_json::from_slice(&text[..length]).ok()?;
    // The name is shown on terminals.
    holder.host.bytes().all(|byte| byte.is_ascii_graphic()).then_some(holder)
}
