//! Linux, macOS and their relatives.

mod hiding;
mod stops;

use std::ffi::OsString;
use std::fs::Metadata;
use std::io;
use std::os::fd::BorrowedFd;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use signal_hook::consts::{SIGCONT, SIGTSTP, SIGXFSZ};
use signal_hook::iterator::Signals as Caught;

pub(crate) use hiding::Hiding;
pub(crate) use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
#[cfg(feature = "test-panic")]
pub(crate) use signal_hook::consts::{SIGUSR1, SIGUSR2};

use super::{Event, Scarce, Stream};

/// A pipe that can take anything can take so much.
const PIECE: usize = 512;

/// The signals that the program listens to.
pub(crate) struct Signals(Caught);

impl Signals {
    /// Listens to the signals that end the program, as far as they are not ignored.
    pub(crate) fn listen() -> io::Result<Self> {
        let ignored = stops::ignored();
        let wanted = [SIGINT, SIGTERM, SIGHUP, SIGQUIT].into_iter().filter(|signal| !stops::is_in(ignored, *signal));
        let signals = Caught::new(wanted)?;
        #[cfg(feature = "test-panic")]
        for signal in [SIGUSR1, SIGUSR2] {
            signals.add_signal(signal)?;
        }
        stops::may_be_added_to(signals.handle());
        // A file that would grow over the limit is an error of its write then, and does not end the program.
        signal_hook::flag::register(SIGXFSZ, Arc::default())?;
        Ok(Self(signals))
    }

    /// Waits for signals.
    pub(crate) fn wait(&mut self) -> Vec<Event> {
        self.0.wait().map(event).collect()
    }

    /// Whether another signal to end has come.
    pub(crate) fn more_to_end(&mut self) -> bool {
        self.0.pending().any(|signal| matches!(event(signal), Event::End(_)))
    }
}

fn event(signal: i32) -> Event {
    match signal {
        SIGTSTP => Event::Stop,
        SIGCONT => Event::Continue,
        signal => Event::End(signal),
    }
}

/// How a signal ended the program, in words.
pub(crate) fn ending_of(signal: i32) -> &'static str {
    match signal {
        SIGTERM => "interrupted by SIGTERM",
        SIGHUP => "interrupted by SIGHUP",
        SIGQUIT => "interrupted by SIGQUIT",
        _ => "interrupted",
    }
}

/// Stops the program as Ctrl-Z does, until it is continued.
pub(crate) fn stop_self() {
    let _ = signal_hook::low_level::emulate_default_handler(SIGTSTP);
}

/// Writes past all locks and buffers; gives up on a reader who takes nothing for so long.
pub(crate) fn put_at_once(stream: Stream, text: &str, patience: Duration) {
    let to = match stream {
        Stream::Output => rustix::stdio::stdout(),
        Stream::Error => rustix::stdio::stderr(),
    };
    put(to, text, patience);
}

fn put(to: BorrowedFd<'_>, text: &str, patience: Duration) {
    let limit = Timespec { tv_sec: i64::try_from(patience.as_secs()).unwrap_or(1), tv_nsec: 0 };
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        let mut stream = [PollFd::new(&to, PollFlags::OUT)];
        if !matches!(poll(&mut stream, Some(&limit)), Ok(1..)) || !stream[0].revents().contains(PollFlags::OUT) {
            return;
        }
        match rustix::io::write(to, &rest[..rest.len().min(PIECE)]) {
            Ok(written) => rest = &rest[written..],
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(_) => return,
        }
    }
}

/// What the system did not give, if the error says so.
pub(crate) fn scarce(cause: &io::Error) -> Option<Scarce> {
    let (why, hint) = match Errno::from_io_error(cause)? {
        Errno::MFILE | Errno::NFILE => {
            ("no more files can be opened", "the limit is too low: see `ulimit -n`; a few dozen are enough")
        }
        // Threads count as processes; without room for its stack a thread is refused the same way.
        Errno::AGAIN => (
            "no more threads can be started",
            "a limit on processes is reached (`ulimit -u`, or that of the container), or one on memory (`ulimit -v`)",
        ),
        Errno::NOMEM => ("out of memory", "is there a limit on memory (`ulimit -v`)?"),
        _ => return None,
    };
    Some(Scarce { why, hint })
}

/// Whether the terminal on standard error clears a line when it is told to. `term` is the variable `TERM`.
pub(crate) fn takes_escapes(term: Option<&OsString>) -> bool {
    term.is_some_and(|term| term != "dumb")
}

/// Whether only the user of this program can read a file.
pub(crate) fn is_private(path: &Path) -> bool {
    let for_others = |metadata: Metadata| metadata.permissions().mode() & 0o077;
    std::fs::metadata(path).is_ok_and(|metadata| for_others(metadata) == 0)
}

/// What is typed in a shell to set these variables.
pub(crate) fn set_variables(variables: &[(&str, &str)]) -> String {
    let words: Vec<_> = variables.iter().map(|(name, value)| format!("{name}={}", quoted(value))).collect();
    format!("export {}", words.join(" "))
}

/// What is typed in a shell to call a program by a name.
pub(crate) fn alias(name: &str, program: &str) -> String {
    format!("alias {name}={}", quoted(program))
}

/// A word as a shell takes it.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=@%+,".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        word.to_owned()
    } else if word.contains(['"', '$', '`', '\\', '!']) {
        format!("'{}'", word.replace('\'', r"'\''"))
    } else {
        format!("\"{word}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_where_a_shell_would_read_something_else() {
        assert_eq!(quoted("--type"), "--type");
        assert_eq!(quoted("SELECT {pk} FROM {Product}"), "\"SELECT {pk} FROM {Product}\"");
        assert_eq!(quoted("it's $1"), r"'it'\''s $1'");
        assert_eq!(set_variables(&[("A", "b"), ("C", "d e")]), "export A=b C=\"d e\"");
        assert_eq!(alias("hac", "/opt/hac"), "alias hac=/opt/hac");
    }
}
