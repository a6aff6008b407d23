//! The only place that prints: data to standard output, talk to standard error.
//!
//! What a server sends is untrusted. On standard error, and on a terminal, its control characters
//! are shown, not obeyed; data in a pipe stays as it came. On standard error a line of it that
//! looks like one of ours (`error:`, `hint:`) gets a mark.
//!
//! Printing never fails where it is called: a command is judged by what the server did. That
//! standard output took nothing more is kept in [`Broken`], and `diagnostics::conclude` asks for it.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, BufWriter, Stdout, Write};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anstream::{AutoStream, ColorChoice};
use clap::builder::styling::{AnsiColor, Style};
use serde::Serialize;

use crate::context::Terminals;
use crate::ending;
use crate::foreign::{continued, foreign, is_unsafe, visible};
use crate::name;
use crate::progress::{Progress, Screen, Unit};

/// How much the program prints besides its results.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Volume {
    pub quiet: bool,
    pub verbose: u8,
}

/// Data and talk, each to its stream.
pub(crate) struct Printer {
    pub data: Data,
    pub talk: Talk,
}

impl Printer {
    pub(crate) fn new(terminals: Terminals, volume: Volume, screen: Screen) -> Self {
        let talk = Talk(Arc::new(TalkInner {
            colors: AutoStream::choice(&io::stderr()),
            volume,
            screen: screen.clone(),
            silent: false,
        }));
        let sink = Sink::Stdout { stdout: io::stdout(), screen: terminals.stdout.then_some(screen) };
        Self { data: Data::new(sink, terminals.stdout, talk.clone()), talk }
    }
}

/// Standard output.
pub(crate) struct Data {
    out: BufWriter<Output>,
    broken: Broken,
    terminal: bool,
    json_begun: bool,
    talk: Talk,
}

impl Data {
    fn new(sink: Sink, terminal: bool, talk: Talk) -> Self {
        let broken = Broken::default();
        let output = Output { sink, broken: broken.clone() };
        Self { out: BufWriter::with_capacity(64 * 1024, output), broken, terminal, json_begun: false, talk }
    }

    /// Collects what is printed in memory.
    #[cfg(test)]
    pub(crate) fn in_memory() -> (Self, Arc<std::sync::Mutex<Vec<u8>>>) {
        let memory = Arc::default();
        let talk = Talk::silent();
        (Self::new(Sink::Memory(Arc::clone(&memory)), false, talk), memory)
    }

    /// Whether a person reads it.
    pub(crate) fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Whether JSON was printed, or at least begun: a second object would make it unreadable.
    pub(crate) fn json_begun(&self) -> bool {
        self.json_begun
    }

    /// Why standard output takes nothing more, to be asked also while a format prints.
    pub(crate) fn broken(&self) -> Broken {
        self.broken.clone()
    }

    /// Prints text as it is, or with its control characters shown on a terminal.
    pub(crate) fn text(&mut self, text: &str) {
        let shown = if self.terminal { visible(text) } else { Cow::Borrowed(text) };
        self.bytes(shown.as_bytes());
    }

    /// The same, and a newline.
    pub(crate) fn line(&mut self, text: &str) {
        self.text(text);
        self.bytes(b"\n");
    }

    /// Prints a value as JSON, indented by two, and a newline.
    pub(crate) fn json(&mut self, value: &impl Serialize) {
        self.serialized(serde_json::to_string_pretty(value));
        self.json_text("\n");
    }

    /// Prints a value as JSON on one line, without a newline.
    pub(crate) fn json_compact(&mut self, value: &impl Serialize) {
        self.serialized(serde_json::to_string(value));
    }

    fn serialized(&mut self, text: serde_json::Result<String>) {
        match text {
            Ok(text) => self.json_text(&text),
            Err(error) => self.broken.keep(error.into()),
        }
    }

    /// Prints a piece of JSON. On a terminal the control characters that JSON lets through (C1,
    /// DEL, those that change the direction of text) become `\u` escapes: the same JSON.
    pub(crate) fn json_text(&mut self, text: &str) {
        self.json_begun = true;
        if !self.terminal || !text.chars().any(is_unsafe) {
            return self.bytes(text.as_bytes());
        }
        let mut escaped = String::with_capacity(text.len() + 16);
        for char in text.chars() {
            if is_unsafe(char) {
                let _ = write!(escaped, "\\u{:04x}", char as u32);
            } else {
                escaped.push(char);
            }
        }
        self.bytes(escaped.as_bytes());
    }

    /// The stream itself, for a format that has made its text safe. Writing to it never fails.
    pub(crate) fn writer(&mut self) -> &mut BufWriter<Output> {
        &mut self.out
    }

    /// Something that the reader of the data should know, on standard error.
    pub(crate) fn warn(&mut self, text: &str) {
        self.flush();
        self.talk.warn(text);
    }

    /// Sends what is still held back.
    pub(crate) fn flush(&mut self) {
        // The output keeps the error.
        let _ = self.out.flush();
    }

    fn bytes(&mut self, bytes: &[u8]) {
        // The output keeps the error.
        let _ = self.out.write_all(bytes);
    }
}

/// The first error of standard output. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Broken(Arc<OnceLock<io::Error>>);

impl Broken {
    pub(crate) fn error(&self) -> Option<&io::Error> {
        self.0.get()
    }

    fn keep(&self, error: io::Error) {
        let _ = self.0.set(error);
    }
}

/// Standard output, which keeps its first error and swallows what comes after it.
#[derive(Debug)]
pub(crate) struct Output {
    sink: Sink,
    broken: Broken,
}

#[derive(Debug)]
enum Sink {
    /// Clears the line on which the waiting is shown, if it is the same terminal. That line does
    /// not come back: what is printed here is what was waited for.
    Stdout { stdout: Stdout, screen: Option<Screen> },
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
                stdout.write(bytes)
            }
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
            #[cfg(test)]
            Self::Memory(_) => Ok(()),
        }
    }
}

impl Output {
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
        ending::printed();
        Ok(self.attempt(|sink| sink.write(bytes)).unwrap_or(bytes.len()))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.attempt(Sink::flush);
        Ok(())
    }
}

/// Standard error. Cheap to clone. Failures to write are ignored: the exit code has the outcome of the program.
#[derive(Debug, Clone)]
pub(crate) struct Talk(Arc<TalkInner>);

#[derive(Debug)]
struct TalkInner {
    colors: ColorChoice,
    volume: Volume,
    screen: Screen,
    /// Whether nobody is to read it.
    silent: bool,
}

impl Talk {
    /// Says nothing at all.
    pub(crate) fn silent() -> Self {
        let (colors, volume, screen) = (ColorChoice::Never, Volume::default(), Screen::default());
        Self(Arc::new(TalkInner { colors, volume, screen, silent: true }))
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
            self.put(&format!("{}\n", foreign(text)));
        }
    }

    /// A remark on a result; not with `-q`.
    pub(crate) fn note(&self, text: &str) {
        if !self.0.volume.quiet {
            self.put(&format!("note: {}\n", continued(text)));
        }
    }

    /// Something to know for those who ask: with `-v`.
    pub(crate) fn detail(&self, text: &str) {
        if self.0.volume.verbose > 0 {
            self.put(&format!("{}\n", foreign(text)));
        }
    }

    /// What is behind an error: with `-v`.
    pub(crate) fn cause(&self, text: &str) {
        if self.0.volume.verbose > 0 {
            self.put(&format!("  caused by: {}\n", continued(text)));
        }
    }

    /// Something that the user should know, even with `-q`.
    pub(crate) fn warn(&self, text: &str) {
        self.put(&labelled("warning", AnsiColor::Yellow, text));
    }

    /// What failed.
    pub(crate) fn error(&self, text: &str) {
        self.put(&labelled("error", AnsiColor::Red, text));
    }

    /// What to do next.
    pub(crate) fn hint(&self, text: &str) {
        self.put(&labelled("hint", AnsiColor::Cyan, &name::spelled(text)));
    }

    /// What a script printed, a stack trace, a log.
    pub(crate) fn output(&self, text: &str) {
        if text.is_empty() {
            return;
        }
        let newline = if text.ends_with('\n') { "" } else { "\n" };
        self.put(&format!("{}{newline}", foreign(text)));
    }

    /// Ends the line of a question that was not answered.
    pub(crate) fn end_line(&self) {
        self.put("\n");
    }

    /// Asks on the terminal; anything but yes is no.
    pub(crate) fn confirm(&self, question: &str) -> bool {
        let _hold = self.0.screen.hold();
        self.put(&visible(question));
        let mut answer = String::new();
        let _ = ending::blocking(|| io::stdin().read_line(&mut answer));
        matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
    }

    /// Asks on the terminal for a word.
    pub(crate) fn ask(&self, question: &str) -> String {
        let _hold = self.0.screen.hold();
        self.put(&visible(question));
        let mut answer = String::new();
        let _ = ending::blocking(|| io::stdin().read_line(&mut answer));
        answer.trim().to_owned()
    }

    /// Writes it, without the styles where they are not wanted (`NO_COLOR`, a pipe).
    fn put(&self, text: &str) {
        if self.0.silent {
            return;
        }
        self.0.screen.aside(|| {
            let mut stderr = AutoStream::new(io::stderr().lock(), self.0.colors);
            let _ = stderr.write_all(text.as_bytes());
            let _ = stderr.flush();
        });
    }
}

fn labelled(label: &str, color: AnsiColor, text: &str) -> String {
    let style = Style::new().bold().fg_color(Some(color.into()));
    format!("{style}{label}:{style:#} {}\n", continued(text))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_and_not_obeyed() {
        assert_eq!(visible("a\x1b[2Jb"), "a\\x1b[2Jb");
        assert_eq!(visible("\u{9b}31m\x07\r\x7f"), "\\x9b31m\\x07\\x0d\\x7f");
        assert_eq!(visible("user\u{202e}txt"), "user\\u{202e}txt");
    }

    #[test]
    fn what_is_printed_on_the_same_terminal_ends_the_waiting() {
        for (terminal, ended) in [(true, true), (false, false)] {
            let screen = Screen::new(true);
            let sink = Sink::Stdout { stdout: io::stdout(), screen: terminal.then(|| screen.clone()) };
            let mut output = Output { sink, broken: Broken::default() };
            output.write_all(b"").expect("nothing");
            assert!(!screen.is_over());
            let _ = output.write(b"\n").expect("a newline");
            assert_eq!(screen.is_over(), ended);
        }
    }

    #[test]
    fn the_first_error_of_standard_output_is_kept_and_nothing_is_written_after_it() {
        let (data, memory) = Data::in_memory();
        let mut output = data.out.into_inner().expect("nothing is held back");
        let mut attempts = 0;
        for kind in [io::ErrorKind::StorageFull, io::ErrorKind::BrokenPipe] {
            output.attempt(|_| -> io::Result<()> {
                attempts += 1;
                Err(kind.into())
            });
        }
        assert_eq!(output.write(b"text").expect("it never fails"), 4);
        assert_eq!(attempts, 1);
        assert_eq!(data.broken.error().map(io::Error::kind), Some(io::ErrorKind::StorageFull));
        assert!(memory.lock().expect("the memory").is_empty());
    }

    #[test]
    fn an_interrupted_write_and_one_that_would_wait_are_tried_again() {
        let (data, _) = Data::in_memory();
        let mut output = data.out.into_inner().expect("nothing is held back");
        let mut answers = [Err(io::ErrorKind::Interrupted), Err(io::ErrorKind::WouldBlock), Ok(3)].into_iter();
        let written = output.attempt(|_| answers.next().expect("asked three times").map_err(io::Error::from));
        assert_eq!(written, Some(3));
        assert!(data.broken.error().is_none());
    }

    #[test]
    fn a_line_of_a_server_cannot_be_taken_for_one_of_ours() {
        for line in [
            "error: forged",
            "Error: forged",
            "HINT : forged",
            "  warning: forged",
            "\t\u{200b}er\u{200b}ror\u{feff}: forged",
            "\u{a0}caused by: forged",
            "note\u{ff1a} forged",
        ] {
            let shown = foreign(&format!("first\n{line}\nlast"));
            assert_eq!(shown, format!("first\n| {line}\nlast"));
            assert_eq!(continued(&format!("{line}\n{line}")), format!("{line}\n| {line}"));
        }
        for (line, shown) in [
            ("\u{1b}[0merror: forged", "\\x1b[0merror: forged"),
            ("x\rerror: forged", "x\\x0derror: forged"),
            ("x\u{2028}error: forged", "x\\u{2028}error: forged"),
            ("x\u{85}hint: forged", "x\\x85hint: forged"),
            ("x\r\nerror: forged\r\n", "x\n| error: forged\n"),
            ("errors: 3", "errors: 3"),
            ("no error: yet", "no error: yet"),
        ] {
            assert_eq!(foreign(line), shown);
        }
    }

    #[test]
    fn newlines_tabs_and_letters_of_all_languages_stay() {
        let text = "eins\tzwei\nдва 東京 🚲";
        assert!(matches!(visible(text), Cow::Borrowed(same) if same == text));
    }
}
