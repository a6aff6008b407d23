//! The distributed imports that run in the background.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Whether they may begin their work.
#[derive(Debug, Default)]
pub(crate) struct ImportJobs {
    held: Mutex<bool>,
    changed: Condvar,
}

impl ImportJobs {
    /// From now on jobs are there and do nothing, or do what they have to.
    pub(crate) fn hold(&self, held: bool) {
        *self.lock() = held;
        self.changed.notify_all();
    }

    /// Waits for its turn. Blocks.
    pub(crate) fn wait(&self) {
        let held = self.changed.wait_while(self.lock(), |held| *held);
        drop(held.unwrap_or_else(PoisonError::into_inner));
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
