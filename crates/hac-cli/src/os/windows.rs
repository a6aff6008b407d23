//! Windows: the console sends Ctrl-C, Ctrl-Break, and its end.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::os::windows::io::AsHandle as _;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::signal::windows::{CtrlBreak, CtrlC, CtrlClose, CtrlLogoff, CtrlShutdown};
use winapi_util::{HandleRef, console};

use super::{Event, Scarce, Stream};

// The numbers that these signals have elsewhere, from which the exit codes are made.
/// The console was closed.
pub(crate) const SIGHUP: i32 = 1;
/// Ctrl-C.
pub(crate) const SIGINT: i32 = 2;
/// Ctrl-Break.
pub(crate) const SIGQUIT: i32 = 3;
/// The user logs off, or the machine is shut down.
pub(crate) const SIGTERM: i32 = 15;
/// Nobody sends these two here.
#[cfg(feature = "test-panic")]
pub(crate) const SIGUSR1: i32 = 30;
#[cfg(feature = "test-panic")]
pub(crate) const SIGUSR2: i32 = 31;

/// `ENABLE_PROCESSED_INPUT`: Ctrl-C is a signal and no character.
const PROCESSED_INPUT: u32 = 0x1;
/// `ENABLE_LINE_INPUT`: the console edits the line.
const LINE_INPUT: u32 = 0x2;
/// `ENABLE_ECHO_INPUT`: what is typed is shown.
const ECHO_INPUT: u32 = 0x4;
/// `ENABLE_VIRTUAL_TERMINAL_PROCESSING`: escape sequences are obeyed.
const ESCAPES: u32 = 0x4;

/// `ERROR_TOO_MANY_OPEN_FILES`, `ERROR_NOT_ENOUGH_MEMORY`, `ERROR_OUTOFMEMORY` and `ERROR_COMMITMENT_LIMIT`.
const TOO_MANY_OPEN_FILES: i32 = 4;
const NO_MEMORY: [i32; 3] = [8, 14, 1455];

/// The signals that the program listens to.
pub(crate) struct Signals {
    runtime: Runtime,
    interrupt: CtrlC,
    stop: CtrlBreak,
    close: CtrlClose,
    log_off: CtrlLogoff,
    shut_down: CtrlShutdown,
}

impl Signals {
    /// Listens to what ends the program.
    pub(crate) fn listen() -> io::Result<Self> {
        use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_logoff, ctrl_shutdown};
        Ok(Self {
            runtime: tokio::runtime::Builder::new_current_thread().build()?,
            interrupt: ctrl_c()?,
            stop: ctrl_break()?,
            close: ctrl_close()?,
            log_off: ctrl_logoff()?,
            shut_down: ctrl_shutdown()?,
        })
    }

    /// Waits for a signal.
    pub(crate) fn wait(&mut self) -> Vec<Event> {
        self.next(false).into_iter().collect()
    }

    /// Whether another signal to end has come.
    pub(crate) fn more_to_end(&mut self) -> bool {
        self.next(true).is_some()
    }

    /// The next signal, or none if there is none `at_once`.
    fn next(&mut self, at_once: bool) -> Option<Event> {
        let Self { runtime, interrupt, stop, close, log_off, shut_down } = self;
        let signal = runtime.block_on(async {
            tokio::select! {
                biased;
                _ = interrupt.recv() => Some(SIGINT),
                _ = stop.recv() => Some(SIGQUIT),
                _ = close.recv() => Some(SIGHUP),
                _ = log_off.recv() => Some(SIGTERM),
                _ = shut_down.recv() => Some(SIGTERM),
                () = std::future::ready(()), if at_once => None,
            }
        });
        signal.map(Event::End)
    }
}

/// How a signal ended the program, in words.
pub(crate) fn ending_of(signal: i32) -> &'static str {
    match signal {
        SIGTERM => "interrupted by the end of the Windows session",
        SIGHUP => "interrupted by the closing of the console",
        SIGQUIT => "interrupted by Ctrl-Break",
        _ => "interrupted",
    }
}

/// A console stops nothing.
pub(crate) fn stop_self() {}

/// A console gives Ctrl-C to all its programs at once; which of them it was for is known when it is looked at.
#[derive(Debug)]
pub(crate) struct InterruptsNoted;

impl InterruptsNoted {
    pub(crate) fn begin() -> Self {
        Self
    }
}

/// Nothing is noted.
pub(crate) fn was_noted() -> bool {
    false
}

/// Asks another process to end. A console has no such request: it gets the end of its input.
pub(crate) fn end_process(_: u32) {}

/// Writes past all buffers; gives up on a reader who takes nothing for so long.
pub(crate) fn put_at_once(stream: Stream, text: &str, patience: Duration) {
    let (sender, written) = mpsc::sync_channel(1);
    let text = text.to_owned();
    // What cannot be written without waiting is waited for on another thread, which ends with the program.
    let started = thread::Builder::new().spawn(move || {
        let _ = put(stream, text.as_bytes());
        let _ = sender.send(());
    });
    if started.is_ok() {
        let _ = written.recv_timeout(patience);
    }
}

fn put(stream: Stream, text: &[u8]) -> io::Result<()> {
    let (is_terminal, handle) = match stream {
        Stream::Output => (io::stdout().is_terminal(), io::stdout().as_handle().try_clone_to_owned()?),
        Stream::Error => (io::stderr().is_terminal(), io::stderr().as_handle().try_clone_to_owned()?),
    };
    if is_terminal {
        // Only the standard library's streams write Unicode to a console. Both of a console's are the same.
        let mut console = io::stderr().lock();
        console.write_all(text)?;
        return console.flush();
    }
    File::from(handle).write_all(text)
}

/// What the system did not give, if the error says so.
pub(crate) fn scarce(cause: &io::Error) -> Option<Scarce> {
    match cause.raw_os_error()? {
        TOO_MANY_OPEN_FILES => {
            Some(Scarce { why: "no more files can be opened", hint: "close programs that are not needed" })
        }
        code if NO_MEMORY.contains(&code) => {
            Some(Scarce { why: "out of memory", hint: "close programs that are not needed" })
        }
        _ => None,
    }
}

/// Whether the console on standard error clears a line when it is told to, which it is made to obey. `term` is the variable `TERM`.
pub(crate) fn takes_escapes(term: Option<&OsString>) -> bool {
    term.is_none_or(|term| term != "dumb")
        && console::mode(HandleRef::stderr())
            .is_ok_and(|mode| mode & ESCAPES != 0 || console::set_mode(HandleRef::stderr(), mode | ESCAPES).is_ok())
}

/// Who may write in the profile's directory is its user, the system and administrators: nothing is checked.
pub(crate) fn exposed(_: &std::fs::Metadata, _: &Path) -> Option<(&'static str, String)> {
    None
}

/// Whether the file is the user's own: the profile is.
pub(crate) fn is_own(_: &std::fs::Metadata) -> bool {
    true
}

/// The names that a program called `hac` has on `PATH`.
pub(crate) const PROGRAM_NAMES: &[&str] = &["hac.com", "hac.exe", "hac.bat", "hac.cmd"];

/// Whether a file on `PATH` is a program: its name says so.
pub(crate) fn is_program(file: &std::fs::Metadata) -> bool {
    file.is_file()
}

/// The editor of who names none.
pub(crate) const EDITOR: &str = "notepad";

/// A line for the shell, with a file as its last argument.
pub(crate) fn shell_with_file(line: &str, file: &Path) -> std::process::Command {
    shell(&format!("{line} \"{}\"", file.display()))
}

/// Makes a directory, and those above it. The profile is its user's alone.
pub(crate) fn make_private_directory(path: &Path) -> io::Result<()> {
    std::fs::create_dir_all(path)
}

/// Opens a file, and makes it where there is none.
pub(crate) fn open_private(path: &Path) -> io::Result<File> {
    std::fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}

/// Puts a file into the place of another. Waits up to a second while somebody has that one open: scanners for viruses read every new
/// file, and an open one cannot be replaced.
pub(crate) fn replace(file: tempfile::NamedTempFile, path: &Path) -> io::Result<()> {
    const ATTEMPTS: u32 = 200;
    const PAUSE: Duration = Duration::from_millis(5);
    let mut file = file;
    for _ in 0..ATTEMPTS {
        match file.persist(path) {
            Ok(_) => return Ok(()),
            Err(failure) if failure.error.kind() == io::ErrorKind::PermissionDenied => file = failure.file,
            Err(failure) => return Err(failure.error),
        }
        thread::sleep(PAUSE);
    }
    file.persist(path).map(drop).map_err(|failure| failure.error)
}

/// The shell that runs a line.
pub(crate) fn shell(line: &str) -> std::process::Command {
    use std::os::windows::process::CommandExt as _;
    let mut command = std::process::Command::new("cmd");
    // As it is: cmd reads quotes in its own way.
    command.arg("/C").raw_arg(line);
    command
}

/// Whether only the user of this program can read a file: the access control list of the profile's directory sees to that.
#[cfg(feature = "simulator")]
pub(crate) fn is_private(_: &Path) -> bool {
    true
}

/// What is typed in PowerShell to set these variables.
#[cfg(feature = "simulator")]
pub(crate) fn set_variables(variables: &[(&str, &str)]) -> String {
    let words: Vec<_> =
        variables.iter().map(|(name, value)| format!("$env:{name} = '{}'", value.replace('\'', "''"))).collect();
    words.join("; ")
}

/// What is typed in PowerShell to call a program by a name.
#[cfg(feature = "simulator")]
pub(crate) fn alias(name: &str, program: &str) -> String {
    format!("Set-Alias {name} {}", quoted(program))
}

/// The value of a variable as it is typed in PowerShell.
#[cfg(feature = "simulator")]
pub(crate) fn value_of(name: &str) -> String {
    format!("$env:{name}")
}

/// What ends a line of a command that goes on in the next one, in PowerShell.
pub(crate) const GOES_ON: &str = " `";

/// A word as PowerShell takes it.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=\\".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "''"))
    }
}

/// What `PowerShell` replaces by the text of a file, as one argument.
pub(crate) fn text_of_file(name: &str) -> String {
    format!("(Get-Content -Raw {})", quoted(name))
}

/// The console of a question whose answer is hidden, with its modes before and during the question.
#[derive(Debug)]
pub(crate) struct Hiding {
    shown: u32,
    hidden: u32,
}

impl Hiding {
    pub(crate) fn open() -> io::Result<Self> {
        let shown = console::mode(HandleRef::stdin())?;
        Ok(Self { shown, hidden: shown & !ECHO_INPUT | LINE_INPUT | PROCESSED_INPUT })
    }

    /// What is typed on it.
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "on Unix it is another descriptor")]
    pub(crate) fn typed(&self) -> io::Result<Typed> {
        Ok(Typed)
    }

    /// Hides what is typed, for the first time.
    pub(crate) fn begin(&self) -> io::Result<()> {
        console::set_mode(HandleRef::stdin(), self.hidden)
    }

    /// Hides what is typed, once more.
    pub(crate) fn hide(&self) {
        let _ = self.begin();
    }

    /// Shows what is typed, as before the question.
    pub(crate) fn show(&self) {
        let _ = console::set_mode(HandleRef::stdin(), self.shown);
    }
}

/// What is typed on the console.
#[derive(Debug)]
pub(crate) struct Typed;

impl Typed {
    /// Reads a line without its end, and says whether the cursor has still to go to the next one.
    #[expect(clippy::unused_self, reason = "on Unix it is a descriptor")]
    pub(crate) fn line(&mut self) -> io::Result<(Vec<u8>, bool)> {
        let mut line = Vec::with_capacity(4096);
        io::stdin().lock().read_until(b'\n', &mut line)?;
        while line.last().is_some_and(|last| matches!(last, b'\n' | b'\r')) {
            line.pop();
        }
        // A line whose letters are hidden has no visible end either.
        Ok((line, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_where_powershell_would_read_something_else() {
        assert_eq!(quoted("--type"), "--type");
        assert_eq!(quoted("SELECT {pk} FROM {Product}"), "'SELECT {pk} FROM {Product}'");
        assert_eq!(quoted("it's $1"), "'it''s $1'");
        assert_eq!(set_variables(&[("A", "b"), ("C", "it's")]), "$env:A = 'b'; $env:C = 'it''s'");
        assert_eq!(alias("hac", r"C:\a b\hac.exe"), r"Set-Alias hac 'C:\a b\hac.exe'");
    }
}
