//! What each step found, as lines while it is found, or as JSON at the end.

use hac_client::{Error, ErrorKind, Result};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::diagnostics::{Effect, Outcome, Report as Failure};
use crate::hints::hint_of;
use crate::output::{Listing, Style};
use crate::printer::Printer;
use crate::settings::Settings;
use crate::wrap::{self, width, wrapped};

/// On a terminal that is narrower, all further lines begin behind the status and not behind the name of the step.
const NARROW: usize = 80;
const BEHIND_STATUS: usize = "failed   ".len();

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Ok,
    /// It works, and something about it should be known.
    Warning,
    Failed,
    /// It could not run.
    Skipped,
}

impl Status {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// A step and what it found.
#[derive(Debug, Serialize)]
pub(super) struct Step {
    #[serde(rename = "step")]
    name: &'static str,
    status: Status,
    /// Of a step that failed.
    kind: Option<ErrorKind>,
    message: String,
    /// What to do.
    hint: Option<String>,
    details: Map<String, Value>,
}

impl Step {
    fn new(name: &'static str, status: Status, message: impl Into<String>) -> Self {
        Self { name, status, kind: None, message: message.into(), hint: None, details: Map::new() }
    }

    pub(super) fn ok(name: &'static str, message: impl Into<String>) -> Self {
        Self::new(name, Status::Ok, message)
    }

    pub(super) fn warning(name: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..Self::new(name, Status::Warning, message) }
    }

    pub(super) fn skipped(name: &'static str, why: impl Into<String>) -> Self {
        Self::new(name, Status::Skipped, why)
    }

    pub(super) fn failed(name: &'static str, error: &Error) -> Self {
        let message = error.to_string();
        Self { kind: Some(error.kind()), hint: hint_of(error), ..Self::new(name, Status::Failed, message) }
    }

    /// A fact for whoever reads the JSON.
    pub(super) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.details.insert(key.to_owned(), value.into());
        self
    }

    /// What to do, for a step that needs no warning.
    pub(super) fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    pub(super) const fn status(&self) -> Status {
        self.status
    }

    /// The step for people, in lines of so many columns.
    fn lines(&self, room: Option<usize>) -> String {
        let head = format!("{:<8} {:<16} ", self.status.as_str(), self.name);
        // What belongs together stays on a line, where all of it needs several.
        let is_one = room.is_none_or(|room| head.len() + width(&self.message) <= room);
        let message = if is_one { self.message.clone() } else { self.message.replace("; ", ";\n") };
        let indent = if room.is_some_and(|room| room < NARROW) { BEHIND_STATUS } else { head.len() };
        let mut text = hanging(&head, &message, indent, room);
        if let Some(hint) = &self.hint {
            let before = format!("{:indent$}-> ", "");
            text.push('\n');
            text.push_str(&hanging(&before, hint, before.len(), room));
        }
        text
    }
}

/// As far to the left as a path, a fingerprint or a command begins that is too long elsewhere.
const LEAST: usize = 2;

/// A text behind others, and its further lines below each other, so far from the left. What is too long there begins further to the left.
fn hanging(before: &str, text: &str, indent: usize, room: Option<usize>) -> String {
    let Some(room) = room else { return format!("{before}{}", text.replace('\n', &format!("\n{:indent$}", ""))) };
    // A command at the end has its lines together.
    let (prose, command) = match text.split_once(": hac ").filter(|(_, command)| !command.contains(';')) {
        Some((prose, command)) => (format!("{prose}:"), Some(format!("hac {command}"))),
        None => (text.to_owned(), None),
    };
    let prose = wrapped(&prose, Some(room.saturating_sub(indent)), before.len() - indent);
    let mut lines = prose.split('\n');
    let mut told = format!("{before}{}", lines.next().unwrap_or_default());
    for line in lines {
        told.push_str(&placed(line, indent, room));
    }
    if let Some(command) = command {
        let last = width(told.rsplit('\n').next().unwrap_or_default());
        let there = wrap::command(&command, room.saturating_sub(indent));
        if last + 1 + width(&command) <= room {
            told.extend([" ", &command]);
        } else if there.lines().all(|line| indent + width(line) <= room) {
            told.extend(there.lines().map(|line| format!("\n{:indent$}{line}", "")));
        } else {
            let to_the_left = wrap::command(&command, room.saturating_sub(LEAST));
            told.extend(to_the_left.lines().map(|line| format!("\n{:LEAST$}{line}", "")));
        }
    }
    told
}

/// A line of its own, so far from the left, or less if it is too long there.
fn placed(line: &str, indent: usize, room: usize) -> String {
    let indent = if indent + width(line) > room { LEAST } else { indent };
    format!("\n{:indent$}{line}", "")
}

/// The steps so far.
pub(super) struct Report {
    /// The format that was asked for: without one, a step is told at once.
    style: Option<Style>,
    quiet: bool,
    steps: Vec<Step>,
}

#[derive(Serialize)]
struct ReportJson<'a> {
    success: bool,
    version: &'static str,
    url: Option<&'a str>,
    environment: Option<String>,
    steps: &'a [Step],
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Failure>,
}

impl Report {
    pub(super) fn begin(style: Option<Style>, quiet: bool) -> Self {
        Self { style, quiet, steps: Vec::new() }
    }

    /// Adds a step, and prints it at once: the next one may take a while.
    pub(super) fn add(&mut self, step: Step, printer: &mut Printer) {
        if self.style.is_none() && (!self.quiet || step.status != Status::Ok) {
            let room = printer.data.room();
            printer.data.line(&step.lines(room));
            printer.data.flush();
        }
        self.steps.push(step);
    }

    /// The first step that failed, for those that need it.
    pub(super) fn first_failed(&self, needed: &[&str]) -> Option<&'static str> {
        let failed = |step: &&Step| step.status == Status::Failed && needed.contains(&step.name);
        self.steps.iter().find(failed).map(|step| step.name)
    }

    /// Ends the report with the exit code of the first step that failed.
    pub(super) fn end(&self, settings: Option<&Settings>, printer: &mut Printer) -> Result<Outcome> {
        let failed = self.steps.iter().find(|step| step.status == Status::Failed);
        let kind = failed.and_then(|step| step.kind);
        if let Some(style) = self.style.as_ref().filter(|style| !style.format.is_json()) {
            let steps = Listing::of_records(&["step", "status", "kind", "message", "hint", "details"], &self.steps);
            steps.usually(&["step", "status", "message", "hint"]).print(style, &mut printer.data)?;
        } else if self.style.is_some() {
            let error = failed.zip(kind).map(|(step, kind)| Failure {
                kind: kind.code().to_owned(),
                message: step.message.clone(),
                hint: step.hint.clone(),
            });
            printer.data.json(&ReportJson {
                success: kind.is_none(),
                version: env!("CARGO_PKG_VERSION"),
                // What is in front of an @ may be a password.
                url: settings.and_then(Settings::url_given).map(|url| url.value.rsplit('@').next().unwrap_or_default()),
                environment: settings.map(Settings::label),
                steps: &self.steps,
                error,
            });
        }
        printer.data.flush();
        let names: Vec<&str> =
            self.steps.iter().filter(|step| step.status == Status::Failed).map(|step| step.name).collect();
        Ok(match kind {
            Some(kind) => {
                let verb = if names.len() == 1 { "step failed" } else { "steps failed" };
                printer.talk.error(&format!("{} {verb}: {}", names.len(), names.join(", ")));
                Outcome::Failed(kind)
            }
            None => Outcome::Done(Effect::Read),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::GOES_ON;

    #[test]
    fn a_step_is_told_in_lines_that_fit_and_below_each_other() {
        let step = Step::warning(
            "clock",
            "it is nine hundred seconds ahead of this machine",
            "set it with `ntpdate -u time.example`",
        );
        assert_eq!(step.lines(None).lines().count(), 2);
        assert_eq!(
            step.lines(Some(58)),
            "warning  clock            it is nine hundred seconds ahead\n\
             \u{20}        of this machine\n\
             \u{20}        -> set it with `ntpdate -u time.example`"
        );
        assert!(step.lines(Some(40)).lines().all(|line| line.len() <= 40), "{}", step.lines(Some(40)));
        let fingerprint = format!("sha256:{}", "ab".repeat(32));
        let pin = format!("pin it: hac session start NAME --url https://localhost:9002 --pin {fingerprint} --save");
        let step = Step::warning("tls", format!("any certificate is trusted; its fingerprint: {fingerprint}"), pin);
        assert_eq!(
            step.lines(Some(80)).replace(GOES_ON, " \\"),
            format!(
                "warning  tls              any certificate is trusted;\n\
                 \u{20}                         its fingerprint:\n\
                 \u{20} {fingerprint}\n\
                 \u{20}                         -> pin it:\n\
                 \u{20} hac session start NAME --url https://localhost:9002 --pin \\\n\
                 \u{20}     {fingerprint} \\\n\
                 \u{20}     --save"
            )
        );
    }
}
