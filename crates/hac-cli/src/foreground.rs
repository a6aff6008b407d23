//! Another program that has the terminal for a while: a pager.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::os;

/// The process, or 0. One for this process, as signals are.
static RUNNING: AtomicU32 = AtomicU32::new(0);

/// Another program has the terminal from now on.
pub(crate) fn begin(process: u32) {
    RUNNING.store(process, Ordering::SeqCst);
}

/// It has ended: Ctrl-C is meant for this program again.
pub(crate) fn is_over() {
    RUNNING.store(0, Ordering::SeqCst);
}

/// Whether another program has the terminal.
pub(crate) fn is_running() -> bool {
    RUNNING.load(Ordering::SeqCst) != 0
}

/// Asks it to end, where this program ends without waiting for it.
pub(crate) fn end() {
    let process = RUNNING.swap(0, Ordering::SeqCst);
    if process != 0 {
        os::end_process(process);
    }
}
