//! The end of the program where it cannot wait for its own: by a signal, or by a panic.
//!
//! Nothing is dropped then. The terminal is put right, files that are not whole are removed, and what may still be
//! running on the server is named. None of it waits for anybody: the texts go past the locks and
//! buffers of the standard streams, and only where they can be taken at once.

use std::panic::PanicHookInfo;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Duration;

use hac_client::{Error, ErrorKind};

use crate::diagnostics::{self, FailureJson, Report};
use crate::foreground;
use crate::foreign::visible;
use crate::hints::hint_of;
use crate::interrupt::Interrupt;
use crate::os::{self, Stream};
use crate::terminal;
use crate::wrap::wrapped;

/// What the runtime's thread is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It looks at signals from time to time.
    Running,
    /// It waits for somebody who may never come, and looks at nothing.
    Blocked,
    /// It puts back what it changed for a while, and then ends by itself.
    Restoring,
    /// It tells how it ended.
    Concluding,
    /// Somebody else ends the program.
    Taken,
}

const RUNNING: u8 = 0;
const BLOCKED: u8 = 1;
const CONCLUDING: u8 = 2;
const TAKEN: u8 = 3;
const RESTORING: u8 = 4;

// One for the process, as signals are.
static STAGE: AtomicU8 = AtomicU8::new(RUNNING);
/// A person is asked, and the line of the question has no end yet.
static ASKING: AtomicBool = AtomicBool::new(false);
static PRINTED: AtomicBool = AtomicBool::new(false);
/// How long to wait for the reader of the last words.
const READER: Duration = Duration::from_secs(1);

pub(crate) fn stage() -> Stage {
    match STAGE.load(Ordering::SeqCst) {
        RUNNING => Stage::Running,
        BLOCKED => Stage::Blocked,
        CONCLUDING => Stage::Concluding,
        RESTORING => Stage::Restoring,
        _ => Stage::Taken,
    }
}

fn change(from: u8, to: u8) -> bool {
    STAGE.compare_exchange(from, to, Ordering::SeqCst, Ordering::SeqCst).is_ok()
}

/// Does something that may wait for somebody: a read of standard input, of a file. A signal ends the program at
/// once meanwhile.
pub(crate) fn blocking<T>(work: impl FnOnce() -> T) -> T {
    let entered = change(RUNNING, BLOCKED);
    let done = work();
    if entered && !change(BLOCKED, RUNNING) {
        yield_to_the_end();
    }
    done
}

/// Waits for the answer of a person. A signal ends the program at once meanwhile, whatever the command has set before: one that looks for
/// signals itself does not come to it until there is an answer.
pub(crate) fn asking<T>(work: impl FnOnce() -> T) -> T {
    let before = [RUNNING, RESTORING].into_iter().find(|from| change(*from, BLOCKED));
    ASKING.store(true, Ordering::SeqCst);
    let done = work();
    ASKING.store(false, Ordering::SeqCst);
    if before.is_some_and(|before| !change(BLOCKED, before)) {
        yield_to_the_end();
    }
    done
}

/// From now on a signal does not end the program: the command looks for one, and puts back what it changed.
pub(crate) fn restore_first() {
    if !change(RUNNING, RESTORING) && stage() == Stage::Taken {
        yield_to_the_end();
    }
}

/// What was changed is put back: a signal ends the program again.
pub(crate) fn restored() {
    if !change(RESTORING, RUNNING) && stage() == Stage::Taken {
        yield_to_the_end();
    }
}

/// The runtime's thread tells itself how the program ends. Does not return where somebody else does already.
pub(crate) fn conclude() {
    if ![RUNNING, RESTORING, BLOCKED].into_iter().any(|from| change(from, CONCLUDING)) && stage() == Stage::Taken {
        yield_to_the_end();
    }
}

/// Puts the terminal right. Returns whether a question is still open: its line has no end yet.
pub(crate) fn leave_the_terminal() -> bool {
    let hidden = terminal::restore();
    hidden || ASKING.load(Ordering::SeqCst)
}

fn yield_to_the_end() -> ! {
    loop {
        std::thread::park();
    }
}

/// Something was printed on standard output: an object of JSON has no place there any more.
pub(crate) fn printed() {
    PRINTED.store(true, Ordering::SeqCst);
}

/// Ends the program after a signal, in place of a runtime that does not come to it.
pub(crate) fn by_signal(signal: i32, interrupt: &Interrupt) {
    if ![RUNNING, BLOCKED, RESTORING].into_iter().any(|from| change(from, TAKEN)) {
        return;
    }
    end(interrupt.verdict().as_ref(), interrupt.exit_code(signal), interrupt)
}

/// Ends the program without a further word.
pub(crate) fn at_once(code: u8) -> ! {
    let _ = terminal::restore();
    foreground::end();
    hac_client::files::remove_unfinished_files();
    signal_hook::low_level::exit(code.into())
}

/// Makes the end of the program out of every panic, whatever the build makes of panics.
pub(crate) fn catch_panics(interrupt: &Interrupt) {
    let interrupt = interrupt.clone();
    std::panic::set_hook(Box::new(move |panic| {
        if STAGE.swap(TAKEN, Ordering::SeqCst) == TAKEN {
            // Another one is ending already, or this is a panic of this very function.
            at_once(diagnostics::exit_code(ErrorKind::Internal));
        }
        let error = defect(panic, interrupt.left_behind());
        end(Some(&error), diagnostics::exit_code(ErrorKind::Internal), &interrupt)
    }));
}

fn defect(panic: &PanicHookInfo<'_>, left_behind: Option<String>) -> Error {
    let place =
        panic.location().map_or_else(String::new, |at| format!(" at {}:{}", below_sources(at.file()), at.line()));
    // A text that was put together may quote what the server sent.
    let what = panic.payload().downcast_ref::<&'static str>().map_or_else(String::new, |what| format!(": {what}"));
    let left_behind = left_behind.map_or_else(String::new, |left| format!("; {left}"));
    Error::new(ErrorKind::Internal, "go on")
        .because(format!("a bug in hac {}{place}{what}{left_behind}", env!("CARGO_PKG_VERSION")))
        .with_hint("please report it to the maintainers of hac, with this line and the command")
}

/// A path as it is in the sources, without that of the machine on which they were built.
fn below_sources(file: &str) -> &str {
    match file.split_once("/registry/src/") {
        Some((_, rest)) => rest.split_once('/').map_or(rest, |(_, rest)| rest),
        None => file,
    }
}

fn end(error: Option<&Error>, code: u8, interrupt: &Interrupt) -> ! {
    let asking = leave_the_terminal();
    foreground::end();
    if let Some(error) = error {
        let clear = match (asking, interrupt.shows_progress()) {
            (true, _) => "\n",
            (false, true) => crate::progress::CLEAR,
            (false, false) => "",
        };
        let hint = hint_of(error).map_or_else(String::new, |hint| format!("hint: {hint}\n"));
        let said = format!("error: {}\n{}", visible(&error.to_string()), visible(&hint));
        let room = terminal_size::terminal_size_of(std::io::stderr()).map(|(width, _)| usize::from(width.0));
        os::put_at_once(Stream::Error, &format!("{clear}{}", wrapped(&said, room, 0)), READER);
        if interrupt.wants_json()
            && !PRINTED.load(Ordering::SeqCst)
            && let Ok(json) = serde_json::to_string_pretty(&FailureJson::from(Report::from(error)))
        {
            os::put_at_once(Stream::Output, &format!("{json}\n"), READER);
        }
    }
    hac_client::files::remove_unfinished_files();
    signal_hook::low_level::exit(code.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_the_sources_does_not_name_the_machine_that_built_them() {
        assert_eq!(below_sources("/home/x/.cargo/registry/src/index-1/tokio-1.0/src/a.rs"), "tokio-1.0/src/a.rs");
        assert_eq!(below_sources("crates/hac-cli/src/main.rs"), "crates/hac-cli/src/main.rs");
    }
}
