//! The `ImpEx` consoles: `/console/impex/import` and `/console/impex/export`.

mod archive;
mod away;
pub(crate) mod bulk;
mod cell;
mod check;
mod conversions;
mod distributed;
pub(crate) mod dump;
mod export;
mod filter;
mod import;
pub(crate) mod lint;
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
pub use bulk::{Assumption, BulkImport, BulkProgress, BulkResult, BulkStart, BulkStatus};
pub use cell::impex_cell;
pub use export::{ExportMode, ImpexExport, ImpexExportResult};
pub use import::ImpexImport;
pub use lint::{LintFinding, LintSeverity, lint_impex};
pub use options::{ImpexSwitch, ValidationMode};

/// How many characters of a failed line are kept.
pub(crate) const LINE_LIMIT: usize = 2000;

/// The result of an import or a validation.
///
/// A call returns it for an import without errors. For an import with errors it is in the error: see [`Error::into_outcome`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImpexResult {
    /// HAC's level (`data-level`): `notice` or `error`. Any other level counts as a failure.
    pub level: String,
    /// HAC's message, such as `Import finished successfully`.
    pub summary: String,
    /// The failed lines in the server's order, at most 10,000; [`output`](Self::output) has all of them. May be empty even if
    /// the import failed: only [`summary`](Self::summary) is known then.
    pub failures: Vec<ImpexFailure>,
    /// What HAC shows below its message: the unresolved lines with their reasons, as received. If it shows nothing, this is
    /// the message, as in hac-client-core.
    pub output: String,
    /// The time from sending to the complete answer, measured by the client.
    pub elapsed: Duration,
}

impl ImpexResult {
    /// Returns whether the server reports success: only the level `notice` does. HAC always answers 200, and may show text
    /// after a success too (observed in five public clients).
    pub fn success(&self) -> bool {
        is_success(&self.level)
    }

    /// Returns the server's message if the import failed: the `error` of hac-client-core.
    pub fn error(&self) -> Option<&str> {
        (!self.success()).then_some(self.summary.as_str())
    }

    /// Returns the lines of the output if the import failed: the `validation_errors` of hac-client-core.
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

/// A failed line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ImpexFailure {
    /// The line of the script on which the statement begins, counted from 1. `None` if it is not certain: HAC reports the
    /// content of a line, not its number.
    pub line: Option<usize>,
    /// Without a certain line: the first 100 lines with this content. May be empty.
    pub candidate_lines: Vec<usize>,
    /// The reason, in the server's words.
    pub reason: String,
    /// The statement as it is in the script, or in the server's dump if it was not found. Cut after 2000 characters.
    pub text: String,
}
