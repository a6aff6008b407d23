//! The `ImpEx` consoles: `/console/impex/import` and `/console/impex/export`.

mod archive;
mod away;
pub(crate) mod dump;
mod export;
mod import;
pub(crate) mod locate;
mod options;
pub(crate) mod script;
pub(crate) mod source;

use std::time::Duration;

use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

use crate::error::{Error, ErrorKind};
use crate::outcome::Outcome;
use crate::outcome::sealed::Sealed;
use crate::page::impex::is_success;
use crate::server_text::{REASON_CHARS, one_line};

pub use archive::{ArchiveEntry, ImpexArchive};
pub use export::{ExportMode, ImpexExport, ImpexExportResult};
pub use import::ImpexImport;
pub use options::{ImpexSwitch, ValidationMode};

/// How many characters of a failed line are kept.
pub(crate) const LINE_LIMIT: usize = 2000;

/// The result of an import or a validation.
///
/// A call returns that of an import without errors; that of an import with errors is in the error, see
/// [`Error::into_outcome`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImpexResult {
    /// `notice` or `error`, as HAC says it in `data-level`. Other levels have not been seen, and count as a failure.
    pub level: String,
    /// HAC's sentence: `Import finished successfully`.
    pub summary: String,
    /// The lines that failed, in the order in which the server tells of them, 10,000 at most; [`output`](Self::output) has all
    /// of them. May be empty although the import failed: then [`summary`](Self::summary) is all that is known.
    pub failures: Vec<ImpexFailure>,
    /// What HAC shows below its sentence: the unresolved lines with their reasons, as they came. Where it
    /// shows nothing, its sentence, as hac-client-core has it.
    pub output: String,
    /// From sending to the whole answer, measured here.
    pub elapsed: Duration,
}

impl ImpexResult {
    /// Whether the server reports a success. Its level decides, and only `notice` is one: HAC answers 200 in any case, and may
    /// show text after a success too (seen in five public clients).
    pub fn success(&self) -> bool {
        is_success(&self.level)
    }

    /// The server's sentence, if it failed: the `error` of hac-client-core.
    pub fn error(&self) -> Option<&str> {
        (!self.success()).then_some(self.summary.as_str())
    }

    /// The lines of the output of a failure: the `validation_errors` of hac-client-core.
    pub fn validation_errors(&self) -> Vec<&str> {
        if self.success() || self.output == self.summary {
            return Vec::new();
        }
        self.output.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
    }
}

impl Serialize for ImpexResult {
    /// Level, summary and output, [`validation_errors`](Self::validation_errors), the failures, and the time as
    /// `execution_time_ms`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("ImpexResult", 6)?;
        fields.serialize_field("level", &self.level)?;
        fields.serialize_field("summary", &self.summary)?;
        fields.serialize_field("output", &self.output)?;
        fields.serialize_field("validation_errors", &self.validation_errors())?;
        fields.serialize_field("failures", &self.failures)?;
        fields.serialize_field("execution_time_ms", &u64::try_from(self.elapsed.as_millis()).unwrap_or(u64::MAX))?;
        fields.end()
    }
}

impl Sealed for ImpexResult {
    fn to_error(&self, doing: &str) -> Error {
        let mut why = one_line(&self.summary, REASON_CHARS);
        if why.is_empty() {
            "the server gave no reason".clone_into(&mut why);
        }
        if let Some(first) = self.failures.first() {
            let line = first.line.map(|line| format!("line {line}: ")).unwrap_or_default();
            why = format!("{why} ({} failed, {line}{})", self.failures.len(), one_line(&first.reason, REASON_CHARS));
        }
        Error::new(ErrorKind::ImportFailed, doing)
            .because(why)
            .with_hint("fix the lines that failed; lines before them may have been imported")
    }
}

impl Outcome for ImpexResult {
    fn success(&self) -> bool {
        self.success()
    }
}

/// One line that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ImpexFailure {
    /// The line of the script on which the statement begins, from 1. `None` if that is not sure: HAC
    /// tells what a line says and not where it stands.
    pub line: Option<usize>,
    /// Without a sure line: the first 100 lines that all say what failed. Empty if none does.
    pub candidate_lines: Vec<usize>,
    /// Why, in the server's words.
    pub reason: String,
    /// The statement as it stands in the script, or where it was not found, in the dump. Cut after 2000
    /// characters.
    pub text: String,
}
