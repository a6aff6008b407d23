//! How a command ends: its last messages, and the exit code.

use std::error::Error as _;
use std::io;

use hac_client::Error;

use crate::diagnostics::{CommandResult, Effect, Failure, FailureJson, Outcome, Report, exit_code};
use crate::hints::hint_of;
use crate::printer::Printer;

/// Tells that the server said no, and what may help.
pub(crate) fn refused(report: &Report, printer: &Printer) -> Outcome {
    printer.talk.error(&report.message);
    if let Some(hint) = &report.hint {
        printer.talk.hint(hint);
    }
    Outcome::Refused
}

/// Tells that two servers differ: no error, and exit code 1.
pub(crate) fn different(told: &str, printer: &Printer) -> Outcome {
    printer.talk.say(told);
    Outcome::Refused
}

/// Tells how the command ended and returns the exit code.
///
/// The only place that judges standard output. Whatever became of it, a command that failed fails
/// with its own code; one that succeeded still does if the reader of a pipe has gone, and
/// fails if anything else kept its output from being written.
pub(crate) fn conclude(result: CommandResult, printer: &mut Printer) -> u8 {
    let result = match (result, printer.data.refused()) {
        (Ok(_), Some(error)) => Err(Failure::Error(error)),
        (result, _) => result,
    };
    if let Err(failure) = &result
        && printer.data.takes_failure()
    {
        printer.data.json(&FailureJson::from(Report::from(failure.error())));
    }
    // What was printed belongs before the error.
    printer.data.finish();
    let broken = printer.data.broken();
    let lost = broken.error().filter(|error| error.kind() != io::ErrorKind::BrokenPipe);
    let result = match (result, lost) {
        (Ok(Outcome::Done(effect)), Some(cause)) => Err(Failure::unwritten("standard output", cause, effect)),
        (Ok(Outcome::Same), Some(cause)) => {
            let lost = Failure::unwritten("standard output", cause, Effect::Read);
            Err(Failure::Undecided(lost.error().clone()))
        }
        (result, Some(cause)) => {
            printer.talk.warn(&format!("cannot write to standard output: {cause}"));
            result
        }
        (result, None) => result,
    };
    match result {
        Ok(Outcome::Done(_) | Outcome::Same) => 0,
        Ok(Outcome::Refused) => 1,
        Ok(Outcome::NoSession) => 4,
        Ok(Outcome::Unknown) => 5,
        Ok(Outcome::Failed(kind)) => exit_code(kind),
        Err(failure) => {
            tell(failure.error(), printer);
            failure.exit_code()
        }
    }
}

/// The exit code of help and version, which print themselves.
pub(crate) fn printed(result: io::Result<()>, printer: &Printer) -> u8 {
    match result {
        Err(cause) if cause.kind() != io::ErrorKind::BrokenPipe => {
            let failure = Failure::unwritten("standard output", &cause, Effect::None);
            tell(failure.error(), printer);
            failure.exit_code()
        }
        _ => 0,
    }
}

fn tell(error: &Error, printer: &Printer) {
    printer.talk.error(&error.to_string());
    let mut cause = error.source();
    while let Some(current) = cause {
        printer.talk.cause(&current.to_string());
        cause = current.source();
    }
    if let Some(hint) = hint_of(error) {
        printer.talk.hint(&hint);
    }
}
