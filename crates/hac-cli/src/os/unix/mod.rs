//! Linux, macOS and their relatives.

#[cfg(feature = "simulator")]
mod demo;
mod hiding;
mod noted;
mod quoting;
mod stops;

use std::ffi::OsString;
use std::fs::Metadata;
use std::io;
use std::os::fd::BorrowedFd;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use signal_hook::consts::{SIGCONT, SIGTSTP, SIGXFSZ};
use signal_hook::iterator::Signals as Caught;

#[cfg(feature = "simulator")]
pub(crate) use demo::{alias, is_private, set_variables, value_of};
pub(crate) use hiding::Hiding;
pub(crate) use noted::{InterruptsNoted, was_noted};
pub(crate) use quoting::{GOES_ON, quoted, text_of_file};
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

/// Asks another process to end.
pub(crate) fn end_process(process: u32) {
    let process = i32::try_from(process).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(process) = process {
        let _ = rustix::process::kill_process(process, rustix::process::Signal::TERM);
    }
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

/// Why a file of settings cannot be trusted, and what to do: another user may have written it.
pub(crate) fn exposed(file: &Metadata, path: &Path) -> Option<(&'static str, String)> {
    let user = rustix::process::geteuid().as_raw();
    if file.uid() != user && file.uid() != 0 {
        return Some(("it belongs to another user", format!("chown it if it is yours: {}", path.display())));
    }
    if is_writable_by_others(file) {
        return Some(("other users can write to it", format!("chmod go-w {}", path.display())));
    }
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let metadata = std::fs::metadata(directory).ok()?;
    let is_sticky = metadata.mode() & 0o1000 != 0;
    if is_writable_by_others(&metadata) && !is_sticky {
        return Some(("other users can write to its directory", format!("chmod go-w {}", directory.display())));
    }
    None
}

/// Whether the file is the user's own.
pub(crate) fn is_own(file: &Metadata) -> bool {
    file.uid() == rustix::process::geteuid().as_raw()
}

/// Where each user has a group of the same number, that group is nobody else.
fn is_writable_by_others(metadata: &Metadata) -> bool {
    let mode = metadata.mode();
    mode & 0o002 != 0 || (mode & 0o020 != 0 && metadata.gid() != metadata.uid())
}

/// The names that a program called `hac` has on `PATH`.
pub(crate) const PROGRAM_NAMES: &[&str] = &["hac"];

/// Whether a file on `PATH` is a program.
pub(crate) fn is_program(file: &Metadata) -> bool {
    file.is_file() && file.mode() & 0o111 != 0
}

/// The editor of who names none.
pub(crate) const EDITOR: &str = "vi";

/// A line for the shell, with a file as its last argument.
pub(crate) fn shell_with_file(line: &str, file: &Path) -> std::process::Command {
    let mut command = std::process::Command::new("/bin/sh");
    command.arg("-c").arg(format!("{line} \"$1\"")).arg("sh").arg(file);
    command
}

/// Makes a directory, and those above it, for their owner alone.
pub(crate) fn make_private_directory(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Opens a file, and makes it, for its owner alone, where there is none.
pub(crate) fn open_private(path: &Path) -> io::Result<std::fs::File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    std::fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

/// Puts a file into the place of another.
pub(crate) fn replace(file: tempfile::NamedTempFile, path: &Path) -> io::Result<()> {
    file.persist(path).map(drop).map_err(|failure| failure.error)
}

/// The shell that runs a line.
pub(crate) fn shell(line: &str) -> std::process::Command {
    let mut command = std::process::Command::new("/bin/sh");
    command.arg("-c").arg(line);
    command
}

/// Whether the terminal on standard error clears a line when it is told to. `term` is the variable `TERM`.
pub(crate) fn takes_escapes(term: Option<&OsString>) -> bool {
    term.is_some_and(|term| term != "dumb")
}
