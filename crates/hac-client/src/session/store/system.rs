//! The store's requests to the operating system, in one place, so that tests can make them fail.

use std::fmt;
use std::fs::{File, TryLockError};
use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// A request to the operating system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::session) enum Request {
    /// Open the directory, or create it.
    Open,
    List,
    Read,
    /// Create a temporary file, or open a lock file.
    Create,
    Write,
    /// Put a temporary file in its place.
    Rename,
    Remove,
    Lock,
}

/// Makes requests fail and the clock wrong, in tests.
pub(in crate::session) trait Trouble: Send + Sync + fmt::Debug {
    /// Called before each request; an error replaces its result.
    fn strike(&self, request: Request) -> io::Result<()>;

    /// Returns the time that the clock shows.
    fn clock(&self, time: SystemTime) -> SystemTime;
}

/// The operating system, as the store sees it.
#[derive(Debug, Clone, Default)]
pub(super) struct System {
    trouble: Option<Arc<dyn Trouble>>,
}

impl System {
    #[cfg(test)]
    pub(super) fn with(trouble: Arc<dyn Trouble>) -> Self {
        Self { trouble: Some(trouble) }
    }

    /// Called before every request.
    pub(super) fn ask(&self, request: Request) -> io::Result<()> {
        self.trouble.as_ref().map_or(Ok(()), |trouble| trouble.strike(request))
    }

    pub(super) fn write_all(&self, file: &mut File, text: &[u8]) -> io::Result<()> {
        if self.trouble.is_none() {
            return file.write_all(text);
        }
        // Like on a full disk, or in a killed process: a part is written.
        let half = text.len() / 2;
        file.write_all(&text[..half])?;
        self.ask(Request::Write)?;
        file.write_all(&text[half..])
    }

    pub(super) fn try_lock(&self, file: &File) -> Result<(), TryLockError> {
        self.ask(Request::Lock).map_err(TryLockError::Error)?;
        file.try_lock()
    }

    pub(super) fn time(&self) -> SystemTime {
        let time = SystemTime::now();
        self.trouble.as_ref().map_or(time, |trouble| trouble.clock(time))
    }

    /// Returns the time in seconds since 1970, as in session files.
    pub(super) fn now(&self) -> f64 {
        self.time().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
    }
}
