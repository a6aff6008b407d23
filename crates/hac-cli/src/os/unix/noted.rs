//! A SIGINT that came while another program had the terminal, noted by its handler: the thread that looks at signals may be late.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

use signal_hook::SigId;
use signal_hook::consts::SIGINT;

static NOTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// While this is there, each SIGINT is noted.
#[derive(Debug)]
pub(crate) struct InterruptsNoted(Option<SigId>);

impl InterruptsNoted {
    pub(crate) fn begin() -> Self {
        NOTED.store(false, Ordering::SeqCst);
        Self(signal_hook::flag::register(SIGINT, Arc::clone(&NOTED)).ok())
    }
}

impl Drop for InterruptsNoted {
    fn drop(&mut self) {
        if let Some(id) = self.0.take() {
            signal_hook::low_level::unregister(id);
        }
    }
}

/// Whether one was noted that nobody has asked for yet.
pub(crate) fn was_noted() -> bool {
    NOTED.swap(false, Ordering::SeqCst)
}
