//! Whether a write is under way: for a program that has to end while it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Knows whether the server may be executing a write of a client.
///
/// A write is everything that may change something: a script, a statement with a commit, an import.
/// Meant for a handler of signals or panics, which must know what to say about a call that it cuts
/// off. Cheap to clone, may be asked from any thread, and never blocks.
#[derive(Debug, Clone, Default)]
pub struct Writes(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    under_way: AtomicUsize,
    sent: AtomicU64,
}

impl Writes {
    /// Whether the request of a write has left and its answer is not complete yet: it may be running
    /// on the server. `false` during a login.
    pub fn under_way(&self) -> bool {
        self.0.under_way.load(Ordering::SeqCst) > 0
    }

    /// How many times the request of a write has left so far, one that is sent again after a refusal
    /// included. Two equal numbers: no write has left in between.
    pub fn sent(&self) -> u64 {
        self.0.sent.load(Ordering::SeqCst)
    }

    /// The request of a write leaves; it is under way until the guard is dropped.
    pub(crate) fn leave(&self) -> UnderWay {
        self.0.sent.fetch_add(1, Ordering::SeqCst);
        self.0.under_way.fetch_add(1, Ordering::SeqCst);
        UnderWay(Arc::clone(&self.0))
    }
}

/// A write that is under way until this is dropped.
#[derive(Debug)]
#[must_use = "the write is under way until this is dropped"]
pub(crate) struct UnderWay(Arc<Counters>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::SeqCst);
    }
}
