//! How a failure ends the program: its text, its JSON, its exit code.

use std::error::Error as _;
use std::io;

use hac_client::{Error, ErrorKind};
use serde::Serialize;

use crate::printer::Printer;

/// What a command that came to an end says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Exit code 0.
    Done,
    /// The server said no, and the command told so: exit code 1.
    Refused,
    /// The session is over, and the command told so: exit code 4.
    NoSession,
    /// How it ended on the server is not known, and the command told so: exit code 5.
    Unknown,
}

/// Why a command did not come to its end.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Not told yet.
    Error(Error),
    /// Standard output takes no more. A pipe that was closed is no failure.
    Output(io::Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// What every command returns.
pub(crate) type CommandResult = Result<Outcome, Failure>;

/// A failure as it stands in JSON output.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Report {
    pub kind: String,
    pub message: String,
    pub hint: Option<String>,
}

impl From<&Error> for Report {
    fn from(error: &Error) -> Self {
        Self { kind: error.kind().code().to_owned(), message: error.to_string(), hint: error.hint().map(str::to_owned) }
    }
}

/// The JSON of a command that failed before it had anything to say.
#[derive(Debug, Serialize)]
pub(crate) struct FailureJson {
    pub success: bool,
    pub error: Report,
}

impl From<Report> for FailureJson {
    fn from(error: Report) -> Self {
        Self { success: false, error }
    }
}

/// A mistake in how the program was called.
pub(crate) fn usage(doing: &str, why: impl Into<String>, hint: impl Into<String>) -> Error {
    Error::new(ErrorKind::Usage, doing).because(why).with_hint(hint)
}

/// Tells that the server said no, and what may help.
pub(crate) fn refused(report: &Report, printer: &Printer) -> Outcome {
    printer.talk.error(&report.message);
    if let Some(hint) = &report.hint {
        printer.talk.hint(hint);
    }
    Outcome::Refused
}

/// Tells how the command ended and returns the exit code.
pub(crate) fn conclude(result: CommandResult, json: bool, printer: &mut Printer) -> u8 {
    let result = match result {
        Ok(outcome) => printer.data.flush().map(|()| outcome).map_err(Failure::from),
        Err(failure) => {
            // What was already printed belongs before the error.
            let _ = printer.data.flush();
            Err(failure)
        }
    };
    match result {
        Ok(Outcome::Done) => 0,
        Ok(Outcome::Refused) => 1,
        Ok(Outcome::NoSession) => 4,
        Ok(Outcome::Unknown) => 5,
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => 0,
        Err(Failure::Output(error)) => {
            printer.talk.error(&format!("cannot write to standard output: {error}"));
            exit_code(ErrorKind::Config)
        }
        Err(Failure::Error(error)) => {
            if json && !printer.data.json_begun() {
                let told = printer.data.json(&FailureJson::from(Report::from(&error)));
                let _ = told.and_then(|()| printer.data.flush());
            }
            tell(&error, printer);
            exit_code(error.kind())
        }
    }
}

fn tell(error: &Error, printer: &Printer) {
    printer.talk.error(&error.to_string());
    let mut cause = error.source();
    while let Some(current) = cause {
        printer.talk.detail(&format!("  caused by: {current}"));
        cause = current.source();
    }
    if let Some(hint) = error.hint() {
        printer.talk.hint(hint);
    }
}

/// The exit code of a kind of error.
pub(crate) fn exit_code(kind: ErrorKind) -> u8 {
    mapped(kind).unwrap_or(1)
}

fn mapped(kind: ErrorKind) -> Option<u8> {
    Some(match kind {
        ErrorKind::Rejected | ErrorKind::Initializing => 1,
        ErrorKind::Usage | ErrorKind::Config | ErrorKind::Cache => 2,
        ErrorKind::Connect | ErrorKind::ConnectionLost | ErrorKind::Tls | ErrorKind::NotHac | ErrorKind::Protocol => 3,
        ErrorKind::BadCredentials | ErrorKind::SessionEnded | ErrorKind::Forbidden => 4,
        ErrorKind::Timeout | ErrorKind::OutcomeUnknown | ErrorKind::TooLarge => 5,
        ErrorKind::Internal => 70,
        ErrorKind::Interrupted => 130,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_error_has_an_exit_code() {
        for kind in ErrorKind::ALL {
            assert!(mapped(*kind).is_some(), "{kind} has no exit code");
        }
    }

    #[test]
    fn the_documented_errors_are_those_of_the_program() {
        let document = include_str!("../../../docs/errors.md");
        for kind in ErrorKind::ALL {
            let row = document
                .lines()
                .find(|line| line.starts_with(&format!("| `{kind}` |")))
                .unwrap_or_else(|| panic!("{kind} is not documented"));
            let cells: Vec<_> = row.split('|').map(str::trim).collect();
            assert_eq!(cells[2], exit_code(*kind).to_string(), "{kind}: exit code");
            assert_eq!(cells[3], if kind.may_be_resent() { "yes" } else { "no" }, "{kind}: may be resent");
        }
    }
}
