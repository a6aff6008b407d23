//! Prints the log while it grows.

use hac_client::Error;
use hac_client::platform::{LogLine, LogSink};

use crate::printer::{Data, Printer, Talk};
use crate::settings::Settings;

/// Prints lines as they come: to standard output, or to standard error where that is for JSON.
pub(super) struct Lines<'a> {
    data: &'a mut Data,
    talk: Talk,
    json: bool,
    quiet: bool,
    text: String,
}

impl<'a> Lines<'a> {
    pub(super) fn new(printer: &'a mut Printer, settings: &Settings) -> Self {
        Self {
            talk: printer.talk.clone(),
            data: &mut printer.data,
            json: settings.json,
            quiet: settings.volume.quiet,
            text: String::new(),
        }
    }

    /// The whole log, where it is for JSON.
    pub(super) fn finish(self) -> String {
        self.text
    }
}

impl LogSink for Lines<'_> {
    fn line(&mut self, line: &LogLine) {
        if self.json {
            if !self.text.is_empty() {
                self.text.push('\n');
            }
            self.text.push_str(&line.text);
            if !self.quiet {
                self.talk.output(&line.text);
            }
        } else {
            // Shown immediately. A closed pipe does not stop watching.
            self.data.line(&line.text);
            self.data.flush();
        }
    }

    fn answer_lost(&mut self, error: &Error) {
        self.talk.warn(&format!("{}; looking for the end of the run in its log", error.why()));
    }
}
