//! How a failure ends the program: its text, its JSON, its exit code.

use std::io;

use hac_client::{Error, ErrorKind, Hint};
use serde::{Serialize, Serializer};

use crate::hints::hint_of;
use crate::kind;
use crate::name;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Exit code 0, unless its output was lost.
    Done(Effect),
    /// Two servers were compared, and nothing differs: exit code 0, unless its output was lost.
    Same,
    /// The operation failed on the server, and the command has reported it: exit code 1.
    Refused,
    /// The session has ended, and the command has reported it: exit code 4.
    NoSession,
    /// Something failed with this kind of error, and the command has reported it: the exit code of the kind.
    Failed(ErrorKind),
    /// The outcome on the server is unknown, and the command has reported it: exit code 5.
    Unknown,
}

/// What a command had done by the time that its output was to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing was sent, and nothing was changed on this machine.
    None,
    /// The server was asked, and nothing was changed.
    Read,
    /// A change was made, on the server or among the sessions.
    Write,
}

/// Why a command did not come to its end.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Not reported yet.
    Error(Error),
    /// The server did its part, and a file that should hold the result could not be written. Not reported yet.
    Unwritten(Error, Effect),
    /// Two servers could not be compared, or the rows to copy could not be read: never exit code 1, which is for a difference or for
    /// rows that failed. Not reported yet.
    Undecided(Error),
}

impl Failure {
    /// A file or a stream that could not be written.
    pub(crate) fn unwritten(place: &str, cause: &io::Error, effect: Effect) -> Self {
        let (done, hint) = match effect {
            Effect::None => ("nothing was sent", "free some space or write elsewhere"),
            Effect::Read => ("nothing was changed", "free some space or write elsewhere, then run it again"),
            Effect::Write => {
                ("the command was executed; only its output is lost", "check what it did before you run it again")
            }
        };
        if cause.kind() == io::ErrorKind::AlreadyExists && effect != Effect::Write {
            // The same as if it had been there before.
            let why = format!("it was created in the meantime; {done}");
            let error = Error::new(ErrorKind::Usage, format!("write to {place}")).because(why);
            return Self::Error(error.with_hint(Hint::Overwrite));
        }
        let error = Error::new(ErrorKind::Io, format!("write to {place}")).because(format!("{cause}; {done}"));
        Self::Unwritten(error.with_hint(hint), effect)
    }

    pub(crate) fn error(&self) -> &Error {
        let (Self::Error(error) | Self::Unwritten(error, _) | Self::Undecided(error)) = self;
        error
    }

    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Error(error) => exit_code(error.kind()),
            Self::Unwritten(_, Effect::None) => 2,
            Self::Unwritten(_, Effect::Read) => 1,
            Self::Unwritten(_, Effect::Write) => 5,
            Self::Undecided(error) => match exit_code(error.kind()) {
                0 | 1 => 3,
                other => other,
            },
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// What every command returns.
pub(crate) type CommandResult = Result<Outcome, Failure>;

/// A failure as it stands in JSON output.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Report {
    pub kind: String,
    pub message: String,
    #[serde(serialize_with = "aimed")]
    pub hint: Option<String>,
}

/// The commands of a hint name the server that was typed.
#[expect(clippy::ref_option, reason = "serde passes the field as it is")]
fn aimed<S: Serializer>(hint: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    hint.as_deref().map(name::aimed).serialize(serializer)
}

impl From<&Error> for Report {
    fn from(error: &Error) -> Self {
        Self { kind: kind::printed(error.kind()).to_owned(), message: error.to_string(), hint: hint_of(error) }
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
pub(crate) fn usage(doing: &str, why: impl Into<String>, hint: impl Into<Hint>) -> Error {
    Error::new(ErrorKind::Usage, doing).because(why).with_hint(hint)
}

/// Every exit code, and what it means.
pub(crate) const EXIT_CODES: &[(u8, &str)] = &[
    (0, "success"),
    (1, "the operation failed on the server: a script threw, a query, an import or an update failed"),
    (2, "wrong usage or configuration, or the environment is protected"),
    (3, "no connection, an untrusted certificate, or the server is not HAC"),
    (4, "wrong credentials, a missing permission, or the session has ended"),
    (5, "timeout, or unknown outcome: it may have been executed"),
    (70, "a bug in hac"),
    (130, "interrupted (129 for SIGHUP, 131 for SIGQUIT, 143 for SIGTERM)"),
];

/// The exit code of a kind of error.
pub(crate) fn exit_code(kind: ErrorKind) -> u8 {
    mapped(kind).unwrap_or(1)
}

fn mapped(kind: ErrorKind) -> Option<u8> {
    Some(match kind {
        ErrorKind::Rejected
        | ErrorKind::Initializing
        | ErrorKind::ScriptFailed
        | ErrorKind::QueryFailed
        | ErrorKind::ImportFailed => 1,
        // Of `Io`, what was done by then decides: `Failure::exit_code`.
        ErrorKind::Usage | ErrorKind::Config | ErrorKind::Protected | ErrorKind::Cache | ErrorKind::Io => 2,
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
    fn what_was_done_decides_the_code_of_an_output_that_cannot_be_written() {
        let full = io::Error::from(io::ErrorKind::StorageFull);
        for (effect, code, told) in [
            (Effect::None, 2, "nothing was sent"),
            (Effect::Read, 1, "nothing was changed"),
            (Effect::Write, 5, "was executed"),
        ] {
            let failure = Failure::unwritten("out.zip", &full, effect);
            assert_eq!((failure.exit_code(), failure.error().kind()), (code, ErrorKind::Io));
            assert!(failure.error().why().contains(told), "{failure:?}");
        }
        let taken = io::Error::from(io::ErrorKind::AlreadyExists);
        for (effect, code) in [(Effect::None, 2), (Effect::Read, 2), (Effect::Write, 5)] {
            let failure = Failure::unwritten("out.csv", &taken, effect);
            assert_eq!(failure.exit_code(), code, "{failure:?}");
            // What was executed is not to be executed again for the sake of a file.
            assert_eq!(failure.error().hint() == Some(&Hint::Overwrite), effect != Effect::Write, "{failure:?}");
        }
    }

    #[test]
    fn the_documented_exit_codes_are_those_of_the_program() {
        let document = include_str!("../../../docs/command-line.md");
        let documented: Vec<u8> = document
            .lines()
            .skip_while(|line| !line.starts_with("| code |"))
            .skip(2)
            .map_while(|line| line.strip_prefix("| ")?.split(' ').next()?.parse().ok())
            .collect();
        let known: Vec<u8> = EXIT_CODES.iter().map(|(code, _)| *code).collect();
        assert_eq!(documented, known);
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
