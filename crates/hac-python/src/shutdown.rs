//! The end of the interpreter, with calls still running on other threads.
//!
//! A thread that asks for the interpreter while it ends is ended or blocked by it, wherever it stands. So from the moment at
//! which the interpreter begins to end, threads that wait for an answer wait for ever: the process ends without them.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use pyo3::prelude::*;

/// How long a thread waits before it looks for signals: Ctrl-C is heard within it.
pub(crate) const SLICE: Duration = Duration::from_millis(40);

/// How long the end waits for threads that are in Python code which a call asked for: a handler, a log line. One that is still there
/// when the interpreter is gone takes the process with it.
const LONGEST_VISIT: Duration = Duration::from_secs(1);

static ENDING: AtomicBool = AtomicBool::new(false);
static ATTACHING: AtomicUsize = AtomicUsize::new(0);
static LAST_THREAD: OnceLock<ThreadId> = OnceLock::new();

/// A thread that is on its way to the interpreter, or in it for a moment.
pub(crate) struct Attaching(());

impl Attaching {
    /// `None` where the interpreter ends.
    pub(crate) fn begin() -> Option<Self> {
        ATTACHING.fetch_add(1, Ordering::SeqCst);
        let attaching = Self(());
        (!is_ending_for_this_thread()).then_some(attaching)
    }

    /// For a thread that waits for an answer and goes on in Python; it stays where it is if the interpreter ends.
    pub(crate) fn unless_ending() -> Self {
        loop {
            stay_if_ending();
            if let Some(attaching) = Self::begin() {
                return attaching;
            }
        }
    }
}

impl Drop for Attaching {
    fn drop(&mut self) {
        ATTACHING.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Whether the interpreter is ending, for every thread.
pub(crate) fn has_begun() -> bool {
    ENDING.load(Ordering::SeqCst)
}

fn is_ending_for_this_thread() -> bool {
    has_begun() && LAST_THREAD.get() != Some(&std::thread::current().id())
}

/// Leaves a waiting thread where it is, if the interpreter ends.
fn stay_if_ending() {
    while is_ending_for_this_thread() {
        std::thread::park();
    }
}

/// Called by `atexit`, on the thread that ends the interpreter.
#[pyfunction]
pub(crate) fn shut_down(py: Python<'_>) {
    let _ = LAST_THREAD.set(std::thread::current().id());
    ENDING.store(true, Ordering::SeqCst);
    py.detach(|| {
        let since = Instant::now();
        while ATTACHING.load(Ordering::SeqCst) > 0 && since.elapsed() < LONGEST_VISIT {
            std::thread::sleep(Duration::from_millis(1));
        }
    });
}
