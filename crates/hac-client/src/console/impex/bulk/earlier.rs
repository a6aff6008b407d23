//! What to do about an earlier import of the same file.

use super::checkpoint::{Checkpoint, InFlight};
use super::request::{Assumption, BulkStart};
use super::store::Found;
use crate::error::{Error, ErrorKind, Result};
use crate::hint::Hint;

/// The import that is to begin or to go on.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    /// The name that the user gave.
    pub(super) shown: &'a str,
    pub(super) sha256: &'a str,
    pub(super) environment: &'a str,
    pub(super) base_url: &'a str,
    pub(super) encoding: &'a str,
    pub(super) start: BulkStart,
}

impl Wanted<'_> {
    fn refused(&self, why: String) -> Error {
        Error::new(ErrorKind::Usage, format!("import {}", self.shown)).because(why)
    }

    /// A checkpoint with nothing done.
    pub(super) fn begun(&self, file: String, rows: usize) -> Checkpoint {
        Checkpoint {
            version: super::checkpoint::VERSION,
            file,
            sha256: self.sha256.to_owned(),
            environment: self.environment.to_owned(),
            base_url: self.base_url.to_owned(),
            encoding: self.encoding.to_owned(),
            rows,
            ..Checkpoint::default()
        }
    }

    /// Returns the import to go on with; `None`: begin. Fails if there is an unfinished one that is not to be resumed, or that is
    /// another one.
    pub(super) fn earlier(&self, found: Found) -> Result<Option<Checkpoint>> {
        let earlier = match (found, self.start) {
            (Found::Nothing, _) | (_, BulkStart::Restart) => return Ok(None),
            (Found::Unusable(why), _) => {
                return Err(self
                    .refused(format!("the checkpoint of an earlier import cannot be used: {why}"))
                    .with_hint(Hint::RestartImport));
            }
            (Found::Checkpoint(earlier), BulkStart::New) if earlier.is_done || earlier.is_untouched() => {
                return Ok(None);
            }
            (Found::Checkpoint(earlier), _) => *earlier,
        };
        let differs = if earlier.sha256 != self.sha256 {
            Some("the file had another content then".to_owned())
        } else if earlier.base_url != self.base_url {
            Some(format!("it went to {}, and {} is {} now", earlier.base_url, self.environment, self.base_url))
        } else if earlier.encoding != self.encoding {
            Some(format!("it read the file as {}", earlier.encoding))
        } else {
            None
        };
        if let Some(why) = differs {
            let state = if earlier.is_done {
                "the earlier import of this file is another one"
            } else {
                "an earlier import of this file is unfinished, and another one"
            };
            return Err(self.refused(format!("{state}: {why}")).with_hint(Hint::RestartImport));
        }
        if self.start == BulkStart::New {
            let environment = self.environment;
            let why = if earlier.at_once {
                format!("it is unknown whether an earlier import of this file into {environment} was executed")
            } else {
                let (done, rows) = (earlier.rows - earlier.left(), earlier.rows);
                let parts = match earlier.failed {
                    0 => String::new(),
                    failed => format!(" ({} imported, {failed} failed)", earlier.imported),
                };
                format!(
                    "an earlier import of this file into {environment} is unfinished: {done} of {rows} rows are done{parts}"
                )
            };
            return Err(self.refused(why).with_hint(Hint::ResumeImport));
        }
        Ok(Some(earlier))
    }
}

/// Decides about the chunks of unknown outcome as the caller says. Returns whether there were any.
pub(super) fn decide(checkpoint: &mut Checkpoint, assumption: Option<Assumption>, shown: &str) -> Result<bool> {
    let undecided = checkpoint.undecided();
    if undecided.is_empty() {
        return Ok(false);
    }
    let Some(assumption) = assumption else { return Err(undecided_error(&undecided, shown)) };
    for retries in [false, true] {
        for chunk in checkpoint.round(retries).in_flight.clone() {
            if assumption == Assumption::NotImported {
                checkpoint.round(retries).withdraw(chunk);
                continue;
            }
            checkpoint.round(retries).decide(chunk);
            checkpoint.chunks += 1;
            checkpoint.imported += chunk.rows;
            if retries {
                checkpoint.kept = checkpoint.kept.saturating_sub(chunk.rows);
            }
        }
    }
    Ok(true)
}

/// Words lines as "lines 3 to 7".
pub(super) fn lines_of((first, last): (usize, usize)) -> String {
    match (first, last) {
        InFlight::WHOLE => "the file".to_owned(),
        _ if first == last => format!("line {first}"),
        _ => format!("lines {first} to {last}"),
    }
}

fn undecided_error(undecided: &[InFlight], shown: &str) -> Error {
    let chunks: Vec<_> = undecided.iter().map(|chunk| chunk.range()).collect();
    let lines: Vec<_> = chunks.iter().map(|range| lines_of(*range)).collect();
    let verb = if chunks == [InFlight::WHOLE] { "was" } else { "were" };
    Error::new(ErrorKind::OutcomeUnknown, format!("resume the import of {shown}"))
        .because(format!("it is unknown whether {} {verb} imported", lines.join(" and ")))
        .with_hint(Hint::DecideChunks { chunks })
}
