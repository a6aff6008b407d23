//! The only place that prints: data to standard output, talk to standard error.
//!
//! What a server sends is untrusted. On a terminal its control characters are shown, not obeyed;
//! in a pipe the data stays as it came.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, BufWriter, Stdout, Write};
use std::sync::Arc;

use anstream::{AutoStream, ColorChoice};
use clap::builder::styling::{AnsiColor, Style};
use serde::Serialize;

use crate::context::Terminals;
use crate::progress::{Progress, Screen, Unit};

/// How much the program tells beside its results.
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
        Self {
            data: Data {
                out: BufWriter::with_capacity(
                    64 * 1024,
                    Output { stdout: io::stdout(), screen: terminals.stdout.then(|| screen.clone()) },
                ),
                terminal: terminals.stdout,
                json_begun: false,
            },
            talk: Talk(Arc::new(TalkInner {
                terminal: terminals.stderr,
                colors: AutoStream::choice(&io::stderr()),
                volume,
                screen,
            })),
        }
    }
}

/// Standard output.
pub(crate) struct Data {
    out: BufWriter<Output>,
    terminal: bool,
    json_begun: bool,
}

impl Data {
    /// Whether a person reads it.
    pub(crate) fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Whether JSON was printed, or at least begun: a second object would make it unreadable.
    pub(crate) fn json_begun(&self) -> bool {
        self.json_begun
    }

    /// Prints text as it is, or with its control characters shown on a terminal.
    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        let shown = if self.terminal { visible(text) } else { Cow::Borrowed(text) };
        self.out.write_all(shown.as_bytes())
    }

    /// The same, and a newline.
    pub(crate) fn line(&mut self, text: &str) -> io::Result<()> {
        self.text(text)?;
        self.out.write_all(b"\n")
    }

    /// Prints a value as JSON, indented by two, and a newline.
    pub(crate) fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        let text = serde_json::to_string_pretty(value)?;
        self.json_text(&text)?;
        self.json_text("\n")
    }

    /// Prints a value as JSON on one line, without a newline.
    pub(crate) fn json_compact(&mut self, value: &impl Serialize) -> io::Result<()> {
        let text = serde_json::to_string(value)?;
        self.json_text(&text)
    }

    /// Prints a piece of JSON. On a terminal the control characters that JSON lets through (C1,
    /// DEL, those that change the direction of text) become `\u` escapes: the same JSON.
    pub(crate) fn json_text(&mut self, text: &str) -> io::Result<()> {
        self.json_begun = true;
        if !self.terminal || !text.chars().any(is_unsafe) {
            return self.out.write_all(text.as_bytes());
        }
        let mut escaped = String::with_capacity(text.len() + 16);
        for char in text.chars() {
            if is_unsafe(char) {
                let _ = write!(escaped, "\\u{:04x}", char as u32);
            } else {
                escaped.push(char);
            }
        }
        self.out.write_all(escaped.as_bytes())
    }

    /// The stream itself, for a format that has made its text safe.
    pub(crate) fn writer(&mut self) -> &mut BufWriter<Output> {
        &mut self.out
    }

    /// Sends what is still held back.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Standard output, which clears the line on which the waiting is shown, if it is the same
/// terminal. That line does not come back: what is printed here is what was waited for.
#[derive(Debug)]
pub(crate) struct Output {
    stdout: Stdout,
    screen: Option<Screen>,
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(screen) = &self.screen {
            screen.end();
        }
        self.stdout.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush()
    }
}

/// Standard error. Cheap to clone; never fails, because there is nobody left to tell.
#[derive(Debug, Clone)]
pub(crate) struct Talk(Arc<TalkInner>);

#[derive(Debug)]
struct TalkInner {
    terminal: bool,
    colors: ColorChoice,
    volume: Volume,
    screen: Screen,
}

impl Talk {
    /// Counts something that takes long, until the handle is dropped: a bar where `total` is known,
    /// the bare number where it is not, from the first second on. `what` is what is going on:
    /// `receiving export.zip`.
    pub(crate) fn progress(&self, what: &str, unit: Unit, total: Option<u64>) -> Progress {
        self.0.screen.count(visible(what), unit, total)
    }

    /// The line on which the waiting is shown.
    pub(crate) fn screen(&self) -> &Screen {
        &self.0.screen
    }

    /// Something to know; not with `-q`.
    pub(crate) fn say(&self, text: &str) {
        if !self.0.volume.quiet {
            self.put(&format!("{}\n", visible(text)));
        }
    }

    /// Something to know for those who ask: with `-v`.
    pub(crate) fn detail(&self, text: &str) {
        if self.0.volume.verbose > 0 {
            self.put(&format!("{}\n", visible(text)));
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
        self.put(&labelled("hint", AnsiColor::Cyan, text));
    }

    /// What a script printed: as it is in a pipe, with its control characters shown on a terminal.
    pub(crate) fn output(&self, text: &str) {
        if text.is_empty() {
            return;
        }
        let newline = if text.ends_with('\n') { "" } else { "\n" };
        if self.0.terminal {
            self.put(&format!("{}{newline}", visible(text)));
        } else {
            let mut stderr = io::stderr().lock();
            let _ = stderr.write_all(text.as_bytes());
            let _ = stderr.write_all(newline.as_bytes());
        }
    }

    /// Asks on the terminal; anything but yes is no.
    pub(crate) fn confirm(&self, question: &str) -> bool {
        let _hold = self.0.screen.hold();
        self.put(question);
        let mut answer = String::new();
        let _ = io::stdin().read_line(&mut answer);
        matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
    }

    /// Asks on the terminal for a word.
    pub(crate) fn ask(&self, question: &str) -> String {
        let _hold = self.0.screen.hold();
        self.put(&visible(question));
        let mut answer = String::new();
        let _ = io::stdin().read_line(&mut answer);
        answer.trim().to_owned()
    }

    /// Writes it, without the styles where they are not wanted (`NO_COLOR`, a pipe).
    fn put(&self, text: &str) {
        self.0.screen.aside(|| {
            let mut stderr = AutoStream::new(io::stderr().lock(), self.0.colors);
            let _ = stderr.write_all(text.as_bytes());
            let _ = stderr.flush();
        });
    }
}

/// Draws on the terminal, for what is not there to stay.
pub(crate) fn draw(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes());
    let _ = stderr.flush();
}

fn labelled(label: &str, color: AnsiColor, text: &str) -> String {
    let style = Style::new().bold().fg_color(Some(color.into()));
    format!("{style}{label}:{style:#} {}\n", visible(text))
}

/// A writer for the log: one event a call, its control characters shown.
pub(crate) struct LogWriter;

impl Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        io::stderr().lock().write_all(visible(&String::from_utf8_lossy(bytes)).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The text with its control characters shown as `\x1b`, `\x07`, `\u{202e}`; newlines and tabs stay.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        if !is_unsafe(char) {
            shown.push(char);
        } else if (char as u32) < 0x100 {
            let _ = write!(shown, "\\x{:02x}", char as u32);
        } else {
            let _ = write!(shown, "\\u{{{:x}}}", char as u32);
        }
    }
    Cow::Owned(shown)
}

/// Control characters that move the cursor, colour the text, or turn its direction round.
fn is_unsafe(char: char) -> bool {
    match char {
        '\n' | '\t' => false,
        '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        other => other.is_control(),
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
            let mut output = Output { stdout: io::stdout(), screen: terminal.then(|| screen.clone()) };
            output.write_all(b"").expect("nothing");
            assert!(!screen.is_over());
            let _ = output.write(b"\n").expect("a newline");
            assert_eq!(screen.is_over(), ended);
        }
    }

    #[test]
    fn newlines_tabs_and_letters_of_all_languages_stay() {
        let text = "eins\tzwei\nдва 東京 🚲";
        assert!(matches!(visible(text), Cow::Borrowed(same) if same == text));
    }
}
