//! The log on its way to whoever reads it.

use std::io;

use hac_client::{Error, LogLine, LogSink};

use crate::printer::{Data, Printer, Talk};
use crate::settings::Settings;

/// Prints lines as they come: to standard output, or to standard error where that is for JSON.
pub(super) struct Lines<'a> {
    data: &'a mut Data,
    talk: Talk,
    json: bool,
    quiet: bool,
    text: String,
    failed: Option<io::Error>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(printer: &'a mut Printer, settings: &Settings) -> Self {
        Self {
            talk: printer.talk.clone(),
            data: &mut printer.data,
            json: settings.json,
            quiet: settings.volume.quiet,
            text: String::new(),
            failed: None,
        }
    }

    /// The whole log, if all of it could be printed.
    pub(super) fn finish(self) -> io::Result<String> {
        match self.failed {
            None => Ok(self.text),
            Some(error) => Err(error),
        }
    }
}

impl LogSink for Lines<'_> {
    fn line(&mut self, line: &LogLine) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(&line.text);
        if self.json {
            if !self.quiet {
                self.talk.output(&line.text);
            }
        } else if self.failed.is_none() {
            // Whoever watches wants to see it now. A reader who has gone does not end the watching.
            self.failed = self.data.line(&line.text).and_then(|()| self.data.flush()).err();
        }
    }

    fn answer_lost(&mut self, error: &Error) {
        self.talk.warn(&format!("{}; its end is looked for in the log", error.why()));
    }
}
