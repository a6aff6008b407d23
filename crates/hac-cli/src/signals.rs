//! The signals that end the program: a thread listens to them, whatever the others are stuck in.
//!
//! It wakes the runtime, which gives up what it was doing and concludes in good order. Where the
//! runtime does not come to that, because it reads a pipe, a file of a network that is gone or writes to
//! somebody who does not read, the thread ends the program itself.

use std::thread;
use std::time::{Duration, Instant};

use hac_client::Result;

use crate::ending::{self, Stage};
use crate::foreground;
use crate::interrupt::Interrupt;
use crate::os::{self, Event, Signals};
use crate::shortage;
use crate::terminal;

/// How long the runtime has to come to its end by itself.
const GRACE: Duration = Duration::from_millis(500);
/// Signals that come this soon after the first are the same: `timeout` sends each twice, and a terminal that
/// closes sends SIGHUP beside its shell.
const SAME: Duration = Duration::from_millis(200);
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// Listens from now on. An error says what the system does not give.
pub(crate) fn listen(interrupt: &Interrupt) -> Result<()> {
    let signals = Signals::listen().map_err(|cause| shortage::error("listen to signals", cause))?;
    let interrupt = interrupt.clone();
    thread::Builder::new()
        .name("signals".into())
        .stack_size(256 << 10)
        .spawn(move || attend(signals, &interrupt))
        .map(drop)
        .map_err(|cause| shortage::error("listen to signals", cause))
}

fn attend(mut signals: Signals, interrupt: &Interrupt) {
    loop {
        for event in signals.wait() {
            match event {
                Event::Stop => terminal::stop(),
                Event::Continue => terminal::go_on(),
                #[cfg(feature = "test-panic")]
                Event::End(os::SIGUSR1) => panic!("a panic of a thread, for a test"),
                #[cfg(feature = "test-panic")]
                Event::End(os::SIGUSR2) => interrupt.arrived(os::SIGUSR2),
                // It is meant for the pager, which has the terminal.
                Event::End(os::SIGINT) if foreground::was_meant() => {}
                Event::End(signal) => end(signal, &mut signals, interrupt),
            }
        }
    }
}

/// Sees to it that the program ends, and soon.
fn end(signal: i32, signals: &mut Signals, interrupt: &Interrupt) -> ! {
    let began = Instant::now();
    interrupt.arrived(signal);
    let mut hurry = false;
    loop {
        let patience = if hurry { SAME } else { GRACE };
        match ending::stage() {
            Stage::Blocked => ending::by_signal(signal, interrupt),
            Stage::Running if began.elapsed() >= patience => ending::by_signal(signal, interrupt),
            // Whoever cannot wait for that sends another signal.
            Stage::Restoring if hurry => ending::by_signal(signal, interrupt),
            // It prints its last words. Whoever does not read them does not get them.
            Stage::Concluding if began.elapsed() >= if hurry { SAME } else { 4 * GRACE } => {
                ending::at_once(interrupt.exit_code(signal))
            }
            _ => {}
        }
        thread::sleep(BETWEEN_LOOKS);
        hurry |= signals.more_to_end() && began.elapsed() >= SAME;
    }
}
