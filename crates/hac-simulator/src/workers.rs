//! Threads for what takes long: scripts, queries, imports.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use http::StatusCode;
use tokio::sync::oneshot;

use crate::answer::Answer;

/// A stack that no system has the memory for.
const IMPOSSIBLE_STACK: usize = 1 << (usize::BITS - 2);

/// Starts a thread for each piece of work.
///
/// Not the runtime's own threads for blocking work: where the system grants none, asking for one of those panics.
#[derive(Debug, Default)]
pub(crate) struct Workers {
    starved: AtomicBool,
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoResult {
    /// The work did not begin.
    #[error("The server cannot start a thread: {0}")]
    NoThread(#[source] io::Error),
    /// The work began, and did not end.
    #[error("The server failed while processing this request.")]
    Failed,
}

impl Workers {
    /// From now on each thread is asked for with more memory than there is, so that the system really refuses it.
    pub(crate) fn starve(&self, starved: bool) {
        self.starved.store(starved, Ordering::SeqCst);
    }

    /// Runs the work in a thread of its own. `begun` is called when there is one, before the work begins.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        begun: impl FnOnce(),
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, NoResult> {
        let (done, result) = oneshot::channel();
        let (start, started) = std::sync::mpsc::channel::<()>();
        let mut builder = thread::Builder::new().name("hac-simulator-work".to_owned());
        if self.starved.load(Ordering::SeqCst) {
            builder = builder.stack_size(IMPOSSIBLE_STACK);
        }
        builder
            .spawn(move || {
                if started.recv().is_ok() {
                    // Nobody may want the result any more.
                    let _ = done.send(work());
                }
            })
            .map_err(NoResult::NoThread)?;
        begun();
        // The thread waits for this and for nothing else, so it is there.
        let _ = start.send(());
        result.await.map_err(|_| NoResult::Failed)
    }
}

impl NoResult {
    pub(crate) fn answer(&self) -> Answer {
        let status = match self {
            Self::NoThread(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Answer::error(status, &self.to_string())
    }
}
