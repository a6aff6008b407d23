//! Another program that has the terminal for a while: a pager.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::os::{self, InterruptsNoted};

/// The process, or 0. One for this process, as signals are.
static RUNNING: AtomicU32 = AtomicU32::new(0);

/// While this is there, Ctrl-C is meant for the other program.
#[derive(Debug)]
pub(crate) struct Foreground {
    _noted: InterruptsNoted,
}

impl Foreground {
    /// Another program has the terminal.
    pub(crate) fn begin(process: u32) -> Self {
        let noted = InterruptsNoted::begin();
        RUNNING.store(process, Ordering::SeqCst);
        Self { _noted: noted }
    }
}

impl Drop for Foreground {
    fn drop(&mut self) {
        RUNNING.store(0, Ordering::SeqCst);
    }
}

/// Whether a Ctrl-C that is looked at now was meant for the other program: it may have ended since.
pub(crate) fn was_meant() -> bool {
    os::was_noted() || RUNNING.load(Ordering::SeqCst) != 0
}

/// Asks it to end, where this program ends without waiting for it.
pub(crate) fn end() {
    let process = RUNNING.swap(0, Ordering::SeqCst);
    if process != 0 {
        os::end_process(process);
    }
}
