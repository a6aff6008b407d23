//! Runs work on large files off the executor, so that other tasks and Ctrl-C are not blocked.

use std::sync::Arc;

use crate::error::{ErrorKind, Result};
use crate::offload::offload;

/// Texts up to this size, in bytes, are processed in place: starting a thread would take longer.
pub(super) const SMALL: usize = 64 << 10;

/// Runs the work on a thread of its own. If the system cannot start a thread, runs it here: the result of what the server
/// executed must not be lost.
pub(super) async fn away<T: Send + 'static>(doing: &str, work: impl Fn() -> T + Send + Sync + 'static) -> Result<T> {
    let work = Arc::new(work);
    let there = Arc::clone(&work);
    match offload(doing, move || there()).await {
        Err(error) if error.kind() == ErrorKind::Config => Ok(work()),
        done => done,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// How many turns another task got while this one was at work, on a runtime of one thread.
    pub(in crate::console::impex) async fn turns_beside<F: Future>(work: F) -> (usize, F::Output) {
        let turns = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&turns);
        let ticking = tokio::spawn(async move {
            loop {
                counted.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
            }
        });
        let output = work.await;
        ticking.abort();
        (turns.load(Ordering::Relaxed), output)
    }

    #[tokio::test]
    async fn others_get_their_turns_meanwhile() {
        let (begun, release) = std::sync::mpsc::channel();
        let release = std::sync::Mutex::new(release);
        let work = away("work", move || release.lock().expect("unpoisoned").recv().expect("a word"));
        let beside = async {
            // The work waits for this task, which gets its turn only if the work is elsewhere.
            tokio::task::yield_now().await;
            begun.send(7).expect("received");
        };
        let ((turns, answer), ()) = tokio::join!(turns_beside(work), beside);
        assert_eq!(answer.expect("done"), 7);
        assert!(turns > 0);
    }
}
