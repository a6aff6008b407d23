//! Whether a write is under way: for a program that has to end while it is, and for who takes note of it on disk.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};

use crate::auth::BoxFuture;
use crate::error::Result;

/// Tells whether the server may be executing a write of a client.
///
/// A write is a call that may change something: a script, a statement with commit, an import. For handlers of signals and panics,
/// which need to say whether the call that they end may still be running. Cheap to clone, usable from any thread, never blocks.
#[derive(Debug, Clone, Default)]
pub struct Writes(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    under_way: AtomicUsize,
    sent: AtomicU64,
}

impl Writes {
    /// Returns whether the request of a write was sent and its answer is not complete yet: it may be running on the server.
    /// `false` during a login, and while there is no connection yet.
    pub fn under_way(&self) -> bool {
        self.0.under_way.load(Ordering::SeqCst) > 0
    }

    /// Returns how many requests of writes were sent so far, including those that were sent again after a refusal. If two calls
    /// return the same number, no write was sent in between.
    pub fn sent(&self) -> u64 {
        self.0.sent.load(Ordering::SeqCst)
    }

    /// Runs calls, of any client, and counts their writes here too: with a handle of its own (`Writes::default()`), one call of
    /// several can be told from the others.
    ///
    /// ```
    /// # async fn example(client: &hac_client::HacClient) -> hac_client::Result<()> {
    /// use hac_client::{Commit, Writes};
    ///
    /// let writes = Writes::default();
    /// writes.count(client.execute_groovy("return 1", Commit::No)).await?;
    /// assert_eq!((writes.under_way(), writes.sent()), (false, 1));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn count<F: Future>(&self, calls: F) -> F::Output {
        COUNTED.scope(self.clone(), calls).await
    }

    /// A write is about to be sent. It is under way from its departure until the guard is dropped.
    pub(crate) fn prepare(&self) -> UnderWay {
        let mut counters = vec![Arc::clone(&self.0)];
        counters.extend(COUNTED.try_with(|counted| Arc::clone(&counted.0)));
        UnderWay(Arc::new(Leaving { counters, state: AtomicU8::new(WAITING) }))
    }
}

/// Takes note of the requests of a call: the first one, and each one that is sent after a refusal.
pub(crate) trait Witness: fmt::Debug + Send + Sync {
    /// Called when a request is about to be sent, behind everything that may come before it, such as a login. No byte of the request
    /// leaves before this is done, and none at all if it fails.
    fn before_departure(self: Arc<Self>) -> BoxFuture<'static, Result<()>>;

    /// Called when the request leaves. Returns whether it still may.
    fn departs(&self) -> bool;
}

tokio::task_local! {
    /// Where the calls of this task are counted beside their client.
    static COUNTED: Writes;
}

#[derive(Debug)]
struct Leaving {
    counters: Vec<Arc<Counters>>,
    state: AtomicU8,
}

const WAITING: u8 = 0;
const LEFT: u8 = 1;
const OVER: u8 = 2;

/// A write that is under way, once it has left, until this is dropped.
#[derive(Debug)]
#[must_use = "the write is under way until this is dropped"]
pub(crate) struct UnderWay(Arc<Leaving>);

impl UnderWay {
    /// For whoever sees the request leave.
    pub(crate) fn departure(&self, witness: Option<Arc<dyn Witness>>) -> Departure {
        Departure { leaving: Arc::clone(&self.0), witness }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if self.0.state.swap(OVER, Ordering::SeqCst) == LEFT {
            for counters in &self.0.counters {
                counters.under_way.fetch_sub(1, Ordering::SeqCst);
            }
        }
    }
}

/// Says that the request of a write leaves.
#[derive(Debug)]
pub(crate) struct Departure {
    leaving: Arc<Leaving>,
    witness: Option<Arc<dyn Witness>>,
}

impl Departure {
    /// Has it noted by the witness that the request is about to leave. It must not if that fails.
    pub(crate) async fn is_noted(&self) -> Result<()> {
        match &self.witness {
            Some(witness) => Arc::clone(witness).before_departure().await,
            None => Ok(()),
        }
    }

    /// The request leaves. Returns whether it still may.
    pub(crate) fn happens(self) -> bool {
        if self.witness.is_some_and(|witness| !witness.departs()) {
            return false;
        }
        let Leaving { counters, state } = &*self.leaving;
        // Counted before the guard may take it back.
        for counters in counters {
            counters.under_way.fetch_add(1, Ordering::SeqCst);
            counters.sent.fetch_add(1, Ordering::SeqCst);
        }
        if state.compare_exchange(WAITING, LEFT, Ordering::SeqCst, Ordering::SeqCst).is_err() {
            for counters in counters {
                counters.under_way.fetch_sub(1, Ordering::SeqCst);
            }
        }
        true
    }
}
