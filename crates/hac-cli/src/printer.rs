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
use std::io::{self, BufWriter, Write};
use std::sync::Arc;

use anstream::{AutoStream, ColorChoice};
use clap::builder::styling::Style as Paint;
use serde::Serialize;

use crate::context::Terminals;
use crate::foreign::{is_unsafe, visible};
use crate::pager::Plan;
use crate::progress::Screen;
use crate::stdout::Sink;
pub(crate) use crate::stdout::Target;
pub(crate) use crate::stdout::{Broken, Output};
pub(crate) use crate::talk::{LogWriter, Talk, Volume};

/// Data and talk, each to its stream.
pub(crate) struct Printer {
    pub data: Data,
    pub talk: Talk,
}

impl Printer {
    pub(crate) fn new(terminals: Terminals, volume: Volume, screen: Screen) -> Self {
        let talk = Talk::new(volume, screen.clone(), terminals.stderr);
        let sink = Sink::Stdout { stdout: io::stdout(), screen: terminals.stdout.then_some(screen) };
        let mut data = Data::new(sink, terminals.stdout, talk.clone());
        data.colors = AutoStream::choice(&io::stdout()) != ColorChoice::Never;
        Self { data, talk }
    }

    /// Prints single results in this style from now on.
    pub(crate) fn print_results_with(&mut self, results: Option<Results>) {
        self.data.results = results;
    }

    /// Whether there are colours, for those who set it and do not leave it to the terminal.
    pub(crate) fn colors(&mut self, always: bool) {
        self.data.colors = always;
        let choice = if always { ColorChoice::Always } else { ColorChoice::Never };
        self.talk.set_colors(choice);
    }
}

/// A way to print a result, which is JSON on one line.
pub(crate) type Results = Arc<dyn Fn(&str, &mut Data) -> hac_client::Result<()> + Send + Sync>;

/// Standard output, or what takes its place.
#[expect(clippy::struct_excessive_bools, reason = "none of them says anything about another")]
pub(crate) struct Data {
    out: BufWriter<Output>,
    broken: Broken,
    terminal: bool,
    json_begun: bool,
    talk: Talk,
    /// How a single result is printed; `None` for indented JSON.
    results: Option<Results>,
    width: Option<usize>,
    colors: bool,
    /// Whether failures are printed, too.
    failures: bool,
    /// What was asked for and is not there.
    refused: Option<hac_client::Error>,
}

impl Data {
    fn new(sink: Sink, terminal: bool, talk: Talk) -> Self {
        let broken = Broken::default();
        let output = Output::new(sink, broken.clone(), talk.clone());
        let out = BufWriter::with_capacity(64 * 1024, output);
        let (results, width, colors, refused) = (None, None, false, None);
        let (json_begun, failures) = (false, false);
        Self { out, broken, terminal, json_begun, talk, results, width, colors, failures, refused }
    }

    /// Writes to something that takes the place of standard output.
    pub(crate) fn into(target: Box<dyn Target>, talk: &Talk) -> Self {
        Self::new(Sink::Target(target), false, talk.clone())
    }

    /// Ends what takes the place of standard output: it is complete, and has so many bytes.
    pub(crate) fn complete(self) -> io::Result<u64> {
        // What is still held back was flushed, or cannot be written.
        let (output, _) = self.out.into_parts();
        output.into_target().map_or(Ok(0), Target::complete)
    }

    /// Collects what is printed in memory.
    #[cfg(test)]
    pub(crate) fn in_memory() -> (Self, Arc<std::sync::Mutex<Vec<u8>>>) {
        let memory = Arc::default();
        (Self::new(Sink::Memory(Arc::clone(&memory)), false, Talk::silent()), memory)
    }

    /// Whether a person reads it.
    pub(crate) fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Why standard output takes nothing more, to be asked also while a format prints.
    pub(crate) fn broken(&self) -> Broken {
        self.broken.clone()
    }

    /// Sets whether failures are printed, too: as JSON.
    pub(crate) fn failures_as_json(&mut self, json: bool) {
        self.failures = json;
    }

    /// Whether a failure belongs on standard output: as JSON, and not behind other JSON.
    pub(crate) fn takes_failure(&self) -> bool {
        self.failures && !self.json_begun
    }

    /// Sets how wide the output is, whatever the terminal says.
    pub(crate) fn set_width(&mut self, width: usize) {
        self.width = Some(width);
    }

    /// Shows long results in a pager from now on.
    pub(crate) fn page(&mut self, plan: Plan) {
        self.out.get_mut().page(plan);
    }

    /// Why the result could not be printed as it was asked for.
    pub(crate) fn refused(&mut self) -> Option<hac_client::Error> {
        self.refused.take()
    }

    /// Begins a new result, in which JSON is not begun yet.
    pub(crate) fn begin_anew(&mut self) {
        self.flush();
        self.json_begun = false;
    }

    /// How many columns there are for a line; `None` for as many as it takes.
    pub(crate) fn room(&self) -> Option<usize> {
        if self.width.is_some() || !self.terminal {
            return self.width;
        }
        terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)).filter(|width| *width > 0)
    }

    /// Whether text may have colours.
    pub(crate) fn is_styled(&self) -> bool {
        self.colors
    }

    /// The style of the names of columns.
    pub(crate) fn bold(&self) -> Paint {
        if self.colors { Paint::new().bold() } else { Paint::new() }
    }

    /// The style of what is not data.
    pub(crate) fn dimmed(&self) -> Paint {
        if self.colors { Paint::new().dimmed() } else { Paint::new() }
    }

    /// Prints text in a style.
    pub(crate) fn styled(&mut self, style: Paint, text: &str) {
        self.bytes(format!("{style}{}{style:#}", visible(text)).as_bytes());
    }

    /// Prints what is our own, control characters and all.
    pub(crate) fn safe(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Prints a line whose control characters are our own.
    pub(crate) fn safe_line(&mut self, text: &str) {
        self.bytes(text.as_bytes());
        self.bytes(b"\n");
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

    /// Prints a result: as JSON, indented by two, and a newline, or in another format that was asked for.
    pub(crate) fn json(&mut self, value: &impl Serialize) {
        let Some(results) = self.results.clone() else { return self.json_whole(value) };
        match serde_json::to_string(value) {
            Ok(json) => {
                if let Err(error) = results(&json, self) {
                    self.refused.get_or_insert(error);
                }
            }
            Err(error) => self.broken.keep(error.into()),
        }
    }

    /// Prints a value as JSON, indented by two, and a newline, whatever was asked for.
    pub(crate) fn json_whole(&mut self, value: &impl Serialize) {
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

    /// A remark on the data, on standard error.
    pub(crate) fn note(&mut self, text: &str) {
        self.flush();
        self.talk.note(text);
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

    /// Whether what was printed cannot be written, for another reason than that nobody reads it: nothing is to be said of it then.
    pub(crate) fn is_lost(&mut self) -> bool {
        self.flush();
        self.broken.error().is_some_and(|error| error.kind() != io::ErrorKind::BrokenPipe)
    }

    /// Sends what is still held back, and waits until the user has left the pager. What was to be said meanwhile is said.
    pub(crate) fn finish(&mut self) {
        self.flush();
        self.out.get_mut().leave_pager();
    }

    fn bytes(&mut self, bytes: &[u8]) {
        // The output keeps the error.
        let _ = self.out.write_all(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::foreign::{continued, foreign};

    #[test]
    fn control_characters_are_shown_and_not_obeyed() {
        assert_eq!(visible("a\x1b[2Jb"), "a\\x1b[2Jb");
        assert_eq!(visible("\u{9b}31m\x07\r\x7f"), "\\x9b31m\\x07\\x0d\\x7f");
        assert_eq!(visible("user\u{202e}txt"), "user\\u{202e}txt");
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
            assert_eq!(continued(&format!("{line}\n{line}"), None, 0), format!("{line}\n| {line}"));
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
