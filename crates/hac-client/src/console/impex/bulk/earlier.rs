//! What to do about an earlier import of the same file.

use std::path::Path;

use super::checkpoint::{Checkpoint, InFlight};
use super::request::{Assumption, BulkImport, BulkStart, Decisions};
use super::store::{Found, Store};
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

    /// Fails if an import of the file into the same server is unfinished under the name of another environment. That one is forgotten
    /// if this one begins anew. `earlier` is the import of this environment, which goes on whatever there is elsewhere.
    pub(super) fn check_elsewhere(
        &self,
        earlier: Option<&Checkpoint>,
        import: &BulkImport,
        absolute: &Path,
    ) -> Result<()> {
        if earlier.is_some_and(|earlier| earlier.is_done || earlier.is_unfinished()) {
            return Ok(());
        }
        let directory = import.state_directory.as_deref();
        let Some(found) = Store::elsewhere(directory, absolute, self.environment, self.base_url)? else {
            return Ok(());
        };
        let Checkpoint { environment, base_url, .. } = *found;
        if self.start == BulkStart::Restart {
            Store::open(directory, absolute, &environment)?.forget()?;
            return self.check_elsewhere(earlier, import, absolute);
        }
        let why = format!(
            "an earlier import of this file into {environment} is unfinished, and {environment} and {} are the same server, {base_url}",
            self.environment
        );
        Err(self.refused(why).with_hint(Hint::ResumeImportAs { environment }))
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
        let undecided = ranges(&earlier.undecided());
        let differs = if earlier.sha256 != self.sha256 {
            let unknown = match &undecided[..] {
                [] => String::new(),
                [InFlight::WHOLE] => ", and it is unknown whether that was imported".to_owned(),
                chunks => format!(", and it is unknown whether {} of that were imported", all_lines_of(chunks)),
            };
            Some(format!("the file had another content then{unknown}"))
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
            let hint = if earlier.sha256 != self.sha256 && !undecided.is_empty() {
                Hint::RestoreFile { chunks: undecided }
            } else {
                Hint::RestartImport
            };
            return Err(self.refused(format!("{state}: {why}")).with_hint(hint));
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
pub(super) fn decide(checkpoint: &mut Checkpoint, decisions: &Decisions, shown: &str) -> Result<bool> {
    let undecided = checkpoint.undecided();
    if undecided.is_empty() {
        return Ok(false);
    }
    for (lines, assumption) in &decisions.by_lines {
        if decisions.of(*lines) != Some(*assumption) {
            return Err(Error::new(ErrorKind::Usage, format!("resume the import of {shown}"))
                .because(format!("{} cannot be assumed both to be imported and not to be", lines_of(*lines)))
                .with_hint("decide once about each chunk; nothing was sent"));
        }
    }
    let only = if undecided.len() == 1 { decisions.only } else { None };
    let of = |chunk: InFlight| decisions.of(chunk.range()).or(only);
    if undecided.iter().any(|chunk| of(*chunk).is_none()) {
        return Err(undecided_error(&undecided, decisions, shown));
    }
    for retries in [false, true] {
        for chunk in checkpoint.round(retries).in_flight.clone() {
            if of(chunk) != Some(Assumption::Imported) {
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

/// Words the lines of several chunks as "lines 3 to 7 and line 9".
pub(super) fn all_lines_of(chunks: &[(usize, usize)]) -> String {
    let lines: Vec<_> = chunks.iter().map(|range| lines_of(*range)).collect();
    match &lines[..] {
        [before @ .., last] if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        lines => lines.concat(),
    }
}

/// "the file was", "line 3 was", "lines 3 to 7 were".
fn lines_were(chunks: &[(usize, usize)]) -> String {
    let is_one = matches!(chunks, [(first, last)] if first == last);
    format!("{} {}", all_lines_of(chunks), if is_one { "was" } else { "were" })
}

fn undecided_error(undecided: &[InFlight], decisions: &Decisions, shown: &str) -> Error {
    let chunks = ranges(undecided);
    let missing: Vec<_> = chunks.iter().copied().filter(|lines| decisions.of(*lines).is_none()).collect();
    let mut why = format!("it is unknown whether {} imported", lines_were(&missing));
    if decisions.only.is_some() {
        why.push_str("; one assumption cannot decide about several chunks");
    }
    let strange = decisions.by_lines.iter().map(|(lines, _)| *lines).filter(|lines| !chunks.contains(lines));
    let strange: Vec<_> = strange.collect();
    if !strange.is_empty() {
        why.extend(["; no chunk of unknown outcome has exactly ", &all_lines_of(&strange)]);
    }
    Error::new(ErrorKind::OutcomeUnknown, format!("resume the import of {shown}"))
        .because(why)
        .with_hint(Hint::DecideChunks { chunks })
}

/// The first and the last line of each chunk.
pub(super) fn ranges(chunks: &[InFlight]) -> Vec<(usize, usize)> {
    chunks.iter().map(|chunk| chunk.range()).collect()
}
