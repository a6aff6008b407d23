//! How much of a file has come, or how many rows. Python is told of it once at a time, however quickly the pieces come.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What has come of a file, in bytes or in rows.
#[derive(Default)]
pub(crate) struct Received {
    count: AtomicU64,
    /// The length that the server sent.
    total: OnceLock<u64>,
    /// Whether an event is on its way.
    is_on_its_way: AtomicBool,
    /// What Python knows of.
    known: AtomicU64,
}

impl Received {
    pub(crate) fn begin(&self, length: Option<u64>) {
        if let Some(length) = length {
            let _ = self.total.set(length);
        }
    }

    /// Counts a piece. Returns whether an event has to say so: not while one is on its way, which counts this piece too.
    pub(crate) fn more(&self, count: u64) -> bool {
        self.count.fetch_add(count, Ordering::SeqCst);
        !self.is_on_its_way.swap(true, Ordering::SeqCst)
    }

    /// How much so far, and in all, where an event arrives; `None` if the event before has told them.
    pub(crate) fn news(&self) -> Option<(u64, Option<u64>)> {
        // What comes behind this has an event of its own.
        self.is_on_its_way.store(false, Ordering::SeqCst);
        let count = self.count.load(Ordering::SeqCst);
        (self.known.swap(count, Ordering::SeqCst) != count).then(|| (count, self.total.get().copied()))
    }
}
