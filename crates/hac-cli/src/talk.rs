//! Standard error: what is said beside the results.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anstream::{AutoStream, ColorChoice};
use clap::builder::styling::{AnsiColor, Style as Paint};

use crate::ending;
use crate::foreign::{continued, foreign, foreign_in, visible};
use crate::name;
use crate::progress::{Progress, Screen, Unit};
use crate::wrap::wrapped;

/// How much the program prints besides its results.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Volume {
    pub quiet: bool,
    pub verbose: u8,
}

/// Standard error. Cheap to clone. Failures to write are ignored: the exit code has the outcome of the program.
#[derive(Debug, Clone)]
pub(crate) struct Talk(Arc<TalkInner>);

#[derive(Debug)]
struct TalkInner {
    colors: Mutex<ColorChoice>,
    volume: Volume,
    screen: Screen,
    /// Whether it is a terminal, on which lines are broken between words. Programs read whole lines.
    terminal: bool,
    /// What waits for the end of a pager.
    held: Mutex<Option<String>>,
    /// Whether nobody is to read it.
    silent: bool,
}

impl Talk {
    pub(crate) fn new(volume: Volume, screen: Screen, terminal: bool) -> Self {
        let colors = Mutex::new(AutoStream::choice(&io::stderr()));
        Self(Arc::new(TalkInner { colors, volume, screen, terminal, held: Mutex::default(), silent: false }))
    }

    /// Says nothing at all.
    pub(crate) fn silent() -> Self {
        let (colors, volume, screen) = (Mutex::new(ColorChoice::Never), Volume::default(), Screen::default());
        Self(Arc::new(TalkInner { colors, volume, screen, terminal: false, held: Mutex::default(), silent: true }))
    }

    pub(crate) fn set_colors(&self, colors: ColorChoice) {
        *self.0.colors.lock().unwrap_or_else(PoisonError::into_inner) = colors;
    }

    /// Counts something that takes long, until the handle is dropped: a bar where `total` is known,
    /// the bare number where it is not, from the first second on. `what` is what is going on:
    /// `receiving export.zip`.
    pub(crate) fn progress(&self, what: &str, unit: Unit, total: Option<u64>) -> Progress {
        self.0.screen.count(visible(what), unit, total)
    }

    /// Whether only results, warnings and errors are printed.
    pub(crate) fn is_quiet(&self) -> bool {
        self.0.volume.quiet
    }

    /// The line on which the waiting is shown.
    pub(crate) fn screen(&self) -> &Screen {
        &self.0.screen
    }

    /// Something to know; not with `-q`.
    pub(crate) fn say(&self, text: &str) {
        if !self.0.volume.quiet {
            self.put(&format!("{}\n", foreign_in(text, self.room())));
        }
    }

    /// A remark on a result; not with `-q`.
    pub(crate) fn note(&self, text: &str) {
        if !self.0.volume.quiet {
            self.put(&format!("note: {}\n", continued(text, self.room(), "note: ".len())));
        }
    }

    /// Something to know for those who ask: with `-v`.
    pub(crate) fn detail(&self, text: &str) {
        if self.0.volume.verbose > 0 {
            self.put(&format!("{}\n", foreign_in(text, self.room())));
        }
    }

    /// What is behind an error: with `-v`.
    pub(crate) fn cause(&self, text: &str) {
        if self.0.volume.verbose > 0 {
            self.put(&format!("  caused by: {}\n", continued(text, self.room(), "  caused by: ".len())));
        }
    }

    /// Something that the user should know, even with `-q`.
    pub(crate) fn warn(&self, text: &str) {
        self.put(&labelled("warning", AnsiColor::Yellow, text, self.room()));
    }

    /// What failed.
    pub(crate) fn error(&self, text: &str) {
        self.put(&labelled("error", AnsiColor::Red, text, self.room()));
    }

    /// What to do next.
    pub(crate) fn hint(&self, text: &str) {
        self.put(&labelled("hint", AnsiColor::Cyan, &name::spelled(&name::aimed(text)), self.room()));
    }

    /// What is wrong with a command line, in words and colours of our own.
    pub(crate) fn refusal(&self, text: &str) {
        self.put(&wrapped(text, self.room(), 0));
    }

    /// How many columns a line has; `None` where nobody wants it to be broken.
    fn room(&self) -> Option<usize> {
        let size = self.0.terminal.then(|| terminal_size::terminal_size_of(io::stderr())).flatten();
        size.map(|(width, _)| usize::from(width.0))
    }

    /// What a script printed, a stack trace, a log.
    pub(crate) fn output(&self, text: &str) {
        if text.is_empty() {
            return;
        }
        let newline = if text.ends_with('\n') { "" } else { "\n" };
        self.put(&format!("{}{newline}", foreign(text)));
    }

    /// Text of several lines that is ours and a server's; lines of a terminal are broken between words.
    pub(crate) fn listed(&self, text: &str) {
        if !text.is_empty() {
            self.put(&foreign_in(text, self.room()));
        }
    }

    /// Ends the line of a question that was not answered.
    pub(crate) fn end_line(&self) {
        self.put("\n");
    }

    /// Asks on the terminal; anything but yes is no.
    pub(crate) fn confirm(&self, question: &str) -> bool {
        let _hold = self.0.screen.hold();
        self.put(&wrapped(&visible(question), self.room(), 0));
        let mut answer = String::new();
        let _ = ending::asking(|| io::stdin().read_line(&mut answer));
        matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
    }

    /// Asks on the terminal for a word.
    pub(crate) fn ask(&self, question: &str) -> String {
        let _hold = self.0.screen.hold();
        self.put(&wrapped(&visible(question), self.room(), 0));
        let mut answer = String::new();
        let _ = ending::asking(|| io::stdin().read_line(&mut answer));
        answer.trim().to_owned()
    }

    /// Says nothing until `go_on`: the terminal belongs to a pager.
    pub(crate) fn hold(&self) {
        self.held().get_or_insert_default();
    }

    /// Says what waited.
    pub(crate) fn go_on(&self) {
        let held = self.held().take();
        if let Some(held) = held.filter(|held| !held.is_empty()) {
            self.put(&held);
        }
    }

    fn held(&self) -> MutexGuard<'_, Option<String>> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes it, without the styles where they are not wanted (`NO_COLOR`, a pipe).
    fn put(&self, text: &str) {
        if self.0.silent {
            return;
        }
        if let Some(held) = &mut *self.held() {
            return held.push_str(text);
        }
        let colors = *self.0.colors.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.screen.aside(|| {
            let mut stderr = AutoStream::new(io::stderr().lock(), colors);
            let _ = stderr.write_all(text.as_bytes());
            let _ = stderr.flush();
        });
    }
}

fn labelled(label: &str, color: AnsiColor, text: &str, room: Option<usize>) -> String {
    let style = Paint::new().bold().fg_color(Some(color.into()));
    format!("{style}{label}:{style:#} {}\n", continued(text, room, label.len() + 2))
}

/// A writer for the log: one event a call, its control characters shown.
pub(crate) struct LogWriter;

impl Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Nobody is left to tell that standard error takes nothing more.
        let _ = io::stderr().lock().write_all(foreign(&String::from_utf8_lossy(bytes)).as_bytes());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
