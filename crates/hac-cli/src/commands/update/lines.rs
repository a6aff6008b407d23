//! Prints the log while it grows.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hac_client::Error;
use hac_client::platform::{LogLine, LogSink};
use serde::Serialize;

use crate::printer::{Data, Printer, Talk};
use crate::settings::Settings;

/// How long the end of a run is looked for while the server does not answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(300);

/// Where the lines go while they come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// To standard output.
    Text,
    /// To standard error: standard output is for one result at the end.
    Beside,
    /// To standard output, each as an object on a line of its own.
    Objects,
}

/// Prints lines as they come.
pub(super) struct Lines<'a> {
    data: &'a mut Data,
    talk: Talk,
    way: Way,
    quiet: bool,
    text: String,
    /// What is still to be printed before the first line.
    opening: Vec<String>,
}

/// A line of the log, while it is followed.
#[derive(Serialize)]
struct LineJson<'a> {
    line: &'a str,
}

impl<'a> Lines<'a> {
    pub(super) fn new(printer: &'a mut Printer, settings: &Settings) -> Self {
        Self {
            talk: printer.talk.clone(),
            data: &mut printer.data,
            way: if settings.json { Way::Beside } else { Way::Text },
            quiet: settings.volume.quiet,
            text: String::new(),
            opening: Vec::new(),
        }
    }

    /// The same with lines that are printed first.
    pub(super) fn opened_by(self, opening: &[String]) -> Self {
        Self { opening: opening.to_vec(), ..self }
    }

    /// Prints what comes first, once.
    pub(super) fn open(&mut self) {
        let opening = std::mem::take(&mut self.opening);
        for line in &opening {
            self.data.line(line);
        }
        if !opening.is_empty() {
            self.data.flush();
        }
    }

    /// Lines as JSON, each on one line, where JSON is asked for.
    pub(super) fn followed(printer: &'a mut Printer, settings: &Settings) -> Self {
        let lines = Self::new(printer, settings);
        Self { way: if settings.output.is_json() { Way::Objects } else { lines.way }, ..lines }
    }

    /// The whole log, where it is for JSON.
    pub(super) fn finish(self) -> String {
        self.text
    }
}

impl LogSink for Lines<'_> {
    fn line(&mut self, line: &LogLine) {
        self.open();
        if self.way != Way::Text {
            if !self.text.is_empty() {
                self.text.push('\n');
            }
            self.text.push_str(&line.text);
        }
        // Shown immediately. A closed pipe does not stop watching.
        match self.way {
            Way::Text => {
                self.data.line(&line.text);
                self.data.flush();
            }
            Way::Objects => {
                self.data.json_compact(&LineJson { line: &line.text });
                self.data.json_text("\n");
                self.data.flush();
            }
            Way::Beside if self.quiet => {}
            Way::Beside => self.talk.output(&line.text),
        }
    }

    fn answer_lost(&mut self, error: &Error) {
        self.open();
        let minutes = PATIENCE.as_secs() / 60;
        self.talk.warn(&format!(
            "{}; looking for the end of the run in its log, until the server has not answered for {minutes} minutes",
            error.why()
        ));
    }
}

/// Lines to which others print as well.
pub(super) struct SharedLines<'l, 'p>(pub(super) &'l Mutex<Lines<'p>>);

impl LogSink for SharedLines<'_, '_> {
    fn line(&mut self, line: &LogLine) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).line(line);
    }

    fn answer_lost(&mut self, error: &Error) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).answer_lost(error);
    }
}
