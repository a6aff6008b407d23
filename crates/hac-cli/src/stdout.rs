//! Standard output itself, the pager in front of it, or what takes its place.

use std::fmt;
use std::io::{self, Stdout, Write};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::ending;
use crate::pager::{Pager, Plan};
use crate::progress::Screen;
use crate::talk::Talk;

/// The first error of standard output. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Broken(Arc<OnceLock<io::Error>>);

impl Broken {
    pub(crate) fn error(&self) -> Option<&io::Error> {
        self.0.get()
    }

    pub(crate) fn keep(&self, error: io::Error) {
        let _ = self.0.set(error);
    }
}

/// Standard output, which keeps its first error and swallows what comes after it.
#[derive(Debug)]
pub(crate) struct Output {
    sink: Sink,
    broken: Broken,
    paging: Paging,
    talk: Talk,
}

/// Whether the output goes to a pager.
#[derive(Debug)]
enum Paging {
    /// Not, or not any more.
    Never,
    /// As soon as it is longer than the terminal. What has come waits.
    Perhaps { plan: Plan, waiting: Vec<u8> },
    /// It does.
    Running { pager: Pager, name: String },
}

/// What takes the bytes in place of standard output, such as a file.
pub(crate) trait Target: Write + fmt::Debug + Send {
    /// Everything was written. Returns how many bytes it takes in the end.
    fn complete(self: Box<Self>) -> io::Result<u64>;
}

#[derive(Debug)]
pub(crate) enum Sink {
    /// Clears the line on which the waiting is shown, if it is the same terminal. That line does
    /// not come back: what is printed here is what was waited for.
    Stdout {
        stdout: Stdout,
        screen: Option<Screen>,
    },
    Target(Box<dyn Target>),
    #[cfg(test)]
    Memory(Arc<std::sync::Mutex<Vec<u8>>>),
}

impl Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout { stdout, screen } => {
                if let Some(screen) = screen {
                    screen.end();
                }
                ending::printed();
                stdout.write(bytes)
            }
            Self::Target(target) => target.write(bytes),
            #[cfg(test)]
            Self::Memory(memory) => {
                memory.lock().unwrap_or_else(std::sync::PoisonError::into_inner).extend_from_slice(bytes);
                Ok(bytes.len())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout { stdout, .. } => stdout.flush(),
            Self::Target(target) => target.flush(),
            #[cfg(test)]
            Self::Memory(_) => Ok(()),
        }
    }
}

impl Output {
    pub(crate) fn new(sink: Sink, broken: Broken, talk: Talk) -> Self {
        Self { sink, broken, paging: Paging::Never, talk }
    }

    /// Shows long results in a pager from now on.
    pub(crate) fn page(&mut self, plan: Plan) {
        self.paging = Paging::Perhaps { plan, waiting: Vec::new() };
    }

    /// Shows what waits: in a pager, or on the terminal itself where it is short.
    fn show_waiting(&mut self, is_long: bool) {
        let (plan, waiting) = match std::mem::replace(&mut self.paging, Paging::Never) {
            Paging::Perhaps { plan, waiting } => (plan, waiting),
            other => {
                self.paging = other;
                return;
            }
        };
        if is_long {
            self.talk.screen().end();
            match plan.start() {
                Ok(Some(pager)) => {
                    self.talk.hold();
                    self.paging = Paging::Running { pager, name: plan.name().to_owned() };
                }
                Ok(None) => {}
                Err(cause) => self.talk.warn(&format!("cannot start the pager {}: {cause}", plan.name())),
            }
        } else {
            // The next result may be longer.
            self.paging = Paging::Perhaps { plan, waiting: Vec::new() };
        }
        let mut rest = waiting.as_slice();
        while !rest.is_empty() {
            rest = &rest[self.pass_on(rest)..];
        }
    }

    /// Writes to the pager or to the sink. How much it took; all of it where nothing is taken any more.
    fn pass_on(&mut self, bytes: &[u8]) -> usize {
        if self.broken.error().is_some() {
            return bytes.len();
        }
        let Paging::Running { pager, .. } = &mut self.paging else {
            return self.attempt(|sink| sink.write(bytes)).unwrap_or(bytes.len());
        };
        ending::printed();
        loop {
            match pager.write(bytes) {
                Ok(written) => return written,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.broken.keep(error);
                    return bytes.len();
                }
            }
        }
    }

    /// What was written to, if that is not standard output.
    pub(crate) fn into_target(self) -> Option<Box<dyn Target>> {
        if let Sink::Target(target) = self.sink { Some(target) } else { None }
    }

    /// Waits for the end of the pager, if there is one.
    pub(crate) fn leave_pager(&mut self) {
        if let Paging::Running { pager, name } = std::mem::replace(&mut self.paging, Paging::Never) {
            let not_started = pager.finish();
            self.talk.go_on();
            if not_started {
                self.talk.warn(&format!("the pager {name} could not be started: --no-pager prints the result"));
            }
        }
    }

    /// Does it until it is done or has failed for good.
    fn attempt<T>(&mut self, mut attempt: impl FnMut(&mut Sink) -> io::Result<T>) -> Option<T> {
        /// A pipe of another program may be one that does not wait.
        const FULL: Duration = Duration::from_millis(5);
        if self.broken.error().is_some() {
            return None;
        }
        loop {
            match attempt(&mut self.sink) {
                Ok(done) => return Some(done),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => std::thread::sleep(FULL),
                Err(error) => {
                    self.broken.keep(error);
                    return None;
                }
            }
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Paging::Perhaps { plan, waiting } = &mut self.paging else { return Ok(self.pass_on(bytes)) };
        waiting.extend_from_slice(bytes);
        if is_longer(waiting, plan.columns, plan.rows) {
            self.show_waiting(true);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.show_waiting(false);
        self.attempt(Sink::flush);
        Ok(())
    }
}

/// Whether a text takes more lines than a terminal has.
fn is_longer(text: &[u8], columns: usize, rows: usize) -> bool {
    let mut lines = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        // A letter is one byte that is none of those in its middle.
        let letters = line.iter().filter(|byte| **byte & 0xc0 != 0x80 && **byte != b'\n').count();
        lines += letters.div_ceil(columns.max(1)).max(1);
        if lines > rows {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to_memory() -> (Output, Broken, Arc<std::sync::Mutex<Vec<u8>>>) {
        let memory = Arc::default();
        let broken = Broken::default();
        let output = Output::new(Sink::Memory(Arc::clone(&memory)), broken.clone(), Talk::silent());
        (output, broken, memory)
    }

    #[test]
    fn a_text_is_long_where_it_takes_more_lines_than_the_terminal_has() {
        for (text, long) in [
            ("a\n".repeat(10), false),
            ("a\n".repeat(11), true),
            ("x".repeat(200), false),
            ("x".repeat(201), true),
            ("東".repeat(200), false),
        ] {
            assert_eq!(is_longer(text.as_bytes(), 20, 10), long, "{text}");
        }
    }

    #[test]
    fn what_is_printed_on_the_same_terminal_ends_the_waiting() {
        for (terminal, ended) in [(true, true), (false, false)] {
            let screen = Screen::new(true);
            let sink = Sink::Stdout { stdout: io::stdout(), screen: terminal.then(|| screen.clone()) };
            let mut output = Output::new(sink, Broken::default(), Talk::silent());
            output.write_all(b"").expect("nothing");
            assert!(!screen.is_over());
            let _ = output.write(b"\n").expect("a newline");
            assert_eq!(screen.is_over(), ended);
        }
    }

    #[test]
    fn the_first_error_of_standard_output_is_kept_and_nothing_is_written_after_it() {
        let (mut output, broken, memory) = to_memory();
        let mut attempts = 0;
        for kind in [io::ErrorKind::StorageFull, io::ErrorKind::BrokenPipe] {
            output.attempt(|_| -> io::Result<()> {
                attempts += 1;
                Err(kind.into())
            });
        }
        assert_eq!(output.write(b"text").expect("it never fails"), 4);
        assert_eq!(attempts, 1);
        assert_eq!(broken.error().map(io::Error::kind), Some(io::ErrorKind::StorageFull));
        assert!(memory.lock().expect("the memory").is_empty());
    }

    #[test]
    fn an_interrupted_write_and_one_that_would_wait_are_tried_again() {
        let (mut output, broken, _) = to_memory();
        let mut answers = [Err(io::ErrorKind::Interrupted), Err(io::ErrorKind::WouldBlock), Ok(3)].into_iter();
        let written = output.attempt(|_| answers.next().expect("asked three times").map_err(io::Error::from));
        assert_eq!(written, Some(3));
        assert!(broken.error().is_none());
    }
}
