//! What an import came to, and what is known of one that an earlier process began.

use std::time::Duration;

use serde::Serialize;

use crate::console::impex::ImpexResult;
use crate::error::{Error, ErrorKind};
use crate::outcome::Outcome;
use crate::outcome::sealed::Sealed;

/// The result of a [`BulkImport`](super::BulkImport).
///
/// A call returns it for an import without failed rows. For an import with failed rows it is in the error: see
/// [`Error::into_outcome`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BulkResult {
    /// The result as if the file had been imported at once: the level, a summary, the first 10,000 failures with lines of the file, those of
    /// the calls that it resumed included, and the text that HAC showed for chunks that failed in this call, up to 1 MiB.
    #[serde(flatten)]
    pub report: ImpexResult,
    /// The number of rows of the file. Rows include lines of code.
    pub rows: usize,
    /// The number of rows that were imported, in this call and in those before that it resumed.
    pub imported: usize,
    /// The number of rows that failed. A header without rows that failed counts as one.
    pub failed: usize,
    /// The number of rows that were not sent: the import was stopped.
    pub not_processed: usize,
    /// The number of chunks that were answered.
    pub chunks: usize,
    /// Whether the import was finished before this call, which sent nothing then.
    pub was_done: bool,
    /// Why the file was sent as a whole, with the line that forbids splitting it.
    pub not_split: Option<String>,
    /// Why the outcome files could not be written, in one sentence; `None` if they were written, or were not wanted. What was imported
    /// stays, and resuming the import writes them.
    pub unwritten: Option<String>,
}

impl BulkResult {
    /// Returns whether no row failed, and the outcome files could be written. Rows may not be processed if the caller stopped the
    /// import.
    pub fn success(&self) -> bool {
        self.has_no_failures() && self.unwritten.is_none()
    }

    /// Returns whether no row failed, whatever became of the outcome files.
    fn has_no_failures(&self) -> bool {
        self.report.success() && self.failed == 0
    }
}

impl Sealed for BulkResult {
    fn to_error(&self, doing: &str) -> Error {
        if let Some(why) = &self.unwritten
            && self.has_no_failures()
        {
            return Error::new(ErrorKind::Io, doing).because(format!("no row failed, but {why}")).with_hint(
                "resume the import to write them, to another directory or with more space; nothing is sent twice",
            );
        }
        let error = self.report.to_error(doing);
        if self.not_processed == 0 {
            return error.with_hint(if self.imported == 0 {
                "fix the rows that failed and import them; no row was imported"
            } else {
                "fix the rows that failed and import them; all others were imported"
            });
        }
        error.with_hint("resume the import to go on behind the chunk that failed, which is not repeated")
    }
}

impl Outcome for BulkResult {
    fn success(&self) -> bool {
        self.success()
    }
}

/// The progress of a [`BulkImport`](super::BulkImport), told after each chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BulkProgress {
    /// The number of rows whose outcome is known, those of earlier calls included.
    pub done: usize,
    /// The number of rows of the file.
    pub total: usize,
    /// The number of rows whose outcome became known in this call.
    pub in_this_call: usize,
    /// The time since the first chunk of this call was sent.
    pub elapsed: Duration,
}

impl BulkProgress {
    /// Returns the rows per second of this call; `None` before the first answer.
    pub fn rate(&self) -> Option<f64> {
        let seconds = self.elapsed.as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "no file has 2^53 rows")]
        let rows = self.in_this_call as f64;
        (self.in_this_call > 0 && seconds > 0.0).then(|| rows / seconds)
    }

    /// Returns the time that the rest takes at this rate; `None` before the first answer.
    pub fn time_left(&self) -> Option<Duration> {
        #[expect(clippy::cast_precision_loss, reason = "no file has 2^53 rows")]
        let left = self.total.saturating_sub(self.done) as f64;
        Duration::try_from_secs_f64(left / self.rate()?).ok()
    }
}

/// What is known of an import that was begun, by its checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BulkStatus {
    /// Whether all rows were sent and answered.
    pub is_done: bool,
    /// The number of rows of the file.
    pub rows: usize,
    /// The number of rows that were imported.
    pub imported: usize,
    /// The number of rows that failed.
    pub failed: usize,
    /// The first and the last line of each chunk whose outcome is unknown: its answer was lost, or the client was killed meanwhile.
    /// `(0, 0)` is the whole file, sent in one request.
    pub undecided: Vec<(usize, usize)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_follows_from_the_rate_of_this_call() {
        let progress = BulkProgress { done: 600, total: 1_000, in_this_call: 100, elapsed: Duration::from_secs(50) };
        assert_eq!(progress.rate(), Some(2.0));
        assert_eq!(progress.time_left(), Some(Duration::from_secs(200)));
        let begun = BulkProgress { in_this_call: 0, ..progress };
        assert_eq!((begun.rate(), begun.time_left()), (None, None));
    }
}
