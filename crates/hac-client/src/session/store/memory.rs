//! The store without persistence: it reads and writes nothing, and creates no directory.

use super::{LockAttempt, LockGuard, Reading, Replaced, SessionKey, SessionStore, StoredSession};
use crate::error::Result;
use crate::secret::SessionId;

/// Stores nothing: a session lives in its client and in the client's clones.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct MemoryStore;

impl SessionStore for MemoryStore {
    fn read(&self, _: &SessionKey) -> Result<Reading> {
        Ok(Reading { session: None, settled: true })
    }

    fn refused_at(&self, _: &SessionKey) -> Option<f64> {
        None
    }

    fn mark_refused(&self, _: &SessionKey, _: f64) -> Result<()> {
        Ok(())
    }

    fn save(&self, _: &SessionKey, _: &StoredSession) -> Result<()> {
        Ok(())
    }

    fn replace(&self, _: &SessionKey, _: &SessionId, _: &StoredSession) -> Result<Replaced> {
        Ok(Replaced::Superseded)
    }

    fn touch(&self, _: &SessionKey, _: &SessionId, _: f64) -> Result<()> {
        Ok(())
    }

    fn remove(&self, _: &SessionKey) -> Result<bool> {
        Ok(false)
    }

    fn remove_session(&self, _: &SessionKey, _: &SessionId) -> Result<bool> {
        Ok(false)
    }

    fn try_lock(&self, _: &SessionKey) -> LockAttempt {
        LockAttempt::Held(LockGuard::of_nothing())
    }
}
