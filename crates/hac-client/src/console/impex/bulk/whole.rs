//! A file that is sent as it is, in one request, with a checkpoint like that of an import in chunks.

use std::time::Duration;

use super::checkpoint::{Checkpoint, InFlight};
use super::earlier::{Wanted, decide};
use super::flight::{Departed, Flight, Noteless, SharedNotes, was_not_executed};
use super::journal::Entry;
use super::report::{self, told};
use super::request::{BulkImport, BulkStart};
use super::run::earlier_result;
use super::store::{Found, Store};
use super::survey::BulkFile;
use crate::client::HacClient;
use crate::console::impex::{ImpexFailure, ImpexImport, ImpexResult};
use crate::error::{Error, ErrorKind, Result};
use crate::hint::Hint;
use crate::notice::Notice;
use crate::offload::offload;
use crate::outcome::checked;
use crate::protection::{Class, Protection};

const DOING: &str = "import";

impl HacClient {
    /// Imports a file as it is, in one request, with the checkpoint of an import in chunks.
    ///
    /// `import` is what is sent: a script, an archive, or a [distributed](crate::console::ImpexSwitch::DistributedMode) import. `file` is
    /// where it comes from; of it only the path, the encoding, [`start`](BulkImport::start), [`assume`](BulkImport::assume) and
    /// [`state_directory`](BulkImport::state_directory) count. The checkpoint is written at the last moment before the request leaves,
    /// behind every login, and removed when its outcome is known: what is left says that it is unknown whether the file was imported, and
    /// the file is sent again only with [`Assumption::NotImported`](super::Assumption::NotImported). After [`BulkStart::Resume`], and with
    /// [`keep_checkpoint`](BulkImport::keep_checkpoint), it stays, so that a file that was imported is not imported again by resuming it. Where no checkpoint can be written, a new import goes on
    /// without one, with [`Notice::NotResumable`].
    ///
    /// # Errors
    /// Those of [`import_impex`](Self::import_impex), and those of [`import_impex_bulk`](Self::import_impex_bulk) about earlier imports.
    pub async fn import_impex_at_once(
        &self,
        import: impl Into<ImpexImport>,
        file: impl Into<BulkImport>,
    ) -> Result<ImpexResult> {
        let (import, file) = (import.into(), file.into());
        if self.protection() == Protection::ReadOnly {
            let _refused = self.engine().admit(Class::Write, DOING).await?;
        }
        let (environment, base_url) = self.place();
        let start = file.start;
        let begun = offload(DOING, move || begin(&file, &environment, &base_url)).await;
        let ready = match begun.and_then(|begun| begun) {
            Ok(Begun::Ready(ready)) => ready,
            Ok(Begun::Done(result)) => return checked(DOING, *result),
            Err(error) if start == BulkStart::New && error.kind() == ErrorKind::Config => {
                self.engine().sessions.notify(&Notice::NotResumable(error));
                return self.import_impex(import).await;
            }
            Err(error) => return Err(error),
        };
        let noteless = match start {
            BulkStart::New => {
                let client = self.clone();
                Noteless::Told(Box::new(move |error| {
                    client.engine().sessions.notify(&Notice::NotResumable(error));
                }))
            }
            BulkStart::Resume | BulkStart::Restart => Noteless::Refused,
        };
        let flight = Flight::of(ready.notes.clone(), ready.chunk, false, noteless);
        let (answered, departed) = flight.fly(self, import).await;
        if departed == Departed::Noteless {
            return answered;
        }
        let outcome = match &answered {
            Ok(_) => Some(Outcome::Imported),
            Err(error) if error.kind() == ErrorKind::ImportFailed => {
                let result = error.clone().into_outcome::<ImpexResult>();
                Some(Outcome::Failed(result.map_or_else(|_| Vec::new(), |result| entries(&result))))
            }
            // HAC refuses a form before it does anything.
            Err(error) if error.kind() == ErrorKind::Rejected => Some(Outcome::NotExecuted),
            Err(error) if was_not_executed(error, departed) => Some(Outcome::NotExecuted),
            Err(_) => None,
        };
        let Some(outcome) = outcome else {
            return answered.map_err(|error| {
                let decide = Hint::DecideChunks { chunks: vec![InFlight::WHOLE] };
                let hint = error.hint().cloned().map_or(decide.clone(), |hint| hint.and(decide));
                error.with_hint(hint)
            });
        };
        // The answer stands, whatever becomes of the checkpoint.
        let ended = offload(DOING, move || ready.end(outcome));
        if let Err(error) = ended.await.and_then(|ended| ended) {
            self.engine().sessions.notify(&Notice::NotResumable(error));
        }
        answered
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Imported,
    Failed(Vec<Entry>),
    NotExecuted,
}

enum Begun {
    /// It may be sent now.
    Ready(Ready),
    /// Nothing is to be sent, and why.
    Done(Box<ImpexResult>),
}

/// A file that may be sent.
struct Ready {
    notes: SharedNotes,
    chunk: InFlight,
    /// Whether the checkpoint stays when the outcome is known.
    keeps: bool,
}

fn begin(import: &BulkImport, environment: &str, base_url: &str) -> Result<Begun> {
    let shown = import.path.display().to_string();
    let file = BulkFile::open_any(&import.path, import.state_directory.as_deref())?;
    let (sha256, rows) = file.outline(import.known_encoding()?)?;
    let wanted = Wanted {
        shown: &shown,
        sha256: &sha256,
        environment,
        base_url,
        encoding: import.encoding_name(),
        start: import.start,
    };
    let store = Store::open(import.state_directory.as_deref(), &file.absolute, environment)?;
    let mut was_undecided = false;
    let found = store.load()?;
    // One of several files keeps its checkpoint, also when it is imported again by itself.
    let was_kept = matches!(&found, Found::Checkpoint(earlier) if earlier.is_done);
    let keeps = import.keeps || was_kept || import.start == BulkStart::Resume;
    let earlier = wanted.earlier(found)?;
    wanted.check_elsewhere(earlier.as_ref(), import, &file.absolute)?;
    if let Some(mut earlier) = earlier {
        if earlier.is_done {
            let mut journal = store.journal(earlier.journal)?;
            let failures = report::failures_without_text(&mut journal)?;
            return Ok(Begun::Done(Box::new(earlier_result(&earlier, failures))));
        }
        if !earlier.at_once && !earlier.is_untouched() {
            return Err(Error::new(ErrorKind::Usage, format!("import {shown}"))
                .because("an earlier import of this file was begun in chunks, and is unfinished")
                .with_hint("resume it in chunks, as it was begun; nothing was sent"));
        }
        // One that counts as imported is a chunk with an answer now.
        was_undecided = decide(&mut earlier, &import.decisions, &shown)?;
        if was_undecided && earlier.chunks > 0 {
            earlier.is_done = true;
            store.save(&earlier)?;
            return Ok(Begun::Done(Box::new(not_sent(
                "Nothing was sent: the file counts as imported, as was assumed",
            ))));
        }
    }
    let mut checkpoint = wanted.begun(file.absolute.display().to_string(), rows);
    checkpoint.at_once = true;
    if was_undecided {
        // It was not imported, as was assumed: nothing is left to decide until it is sent again.
        store.save(&checkpoint)?;
    }
    let (first_line, last_line) = InFlight::WHOLE;
    let chunk = InFlight { first_line, last_line, rows };
    Ok(Begun::Ready(Ready { notes: SharedNotes::new(store, checkpoint), chunk, keeps }))
}

impl Ready {
    /// The outcome is known.
    fn end(self, outcome: Outcome) -> Result<()> {
        let notes = &mut *self.notes.lock();
        if outcome == Outcome::NotExecuted {
            return notes.withdraw(self.chunk, false);
        }
        if !self.keeps {
            return notes.store.forget();
        }
        let mut failed = 0;
        if let Outcome::Failed(entries) = outcome {
            let unwritten =
                |cause| Error::new(ErrorKind::Config, "write the journal of the import").because(told(&cause));
            let mut journal = notes.store.journal(0)?;
            journal.append(&entries).map_err(unwritten)?;
            notes.checkpoint.journal = journal.length();
            failed = entries.len().max(1);
        }
        let Checkpoint { first, chunks, imported, failed: rows_failed, elsewhere, is_done, .. } = &mut notes.checkpoint;
        first.decide(self.chunk);
        *chunks = 1;
        *rows_failed = failed.min(self.chunk.rows);
        *elsewhere = failed - *rows_failed;
        *imported = self.chunk.rows - *rows_failed;
        *is_done = true;
        notes.save()
    }
}

/// What failed, for the journal.
fn entries(result: &ImpexResult) -> Vec<Entry> {
    let of = |failure: &ImpexFailure| Entry::new(failure.line.unwrap_or(0), &failure.reason, false);
    match &result.failures[..] {
        [] => vec![Entry::new(0, &result.summary, false)],
        failures => failures.iter().take(report::MOST_FAILURES).map(of).collect(),
    }
}

fn not_sent(summary: &str) -> ImpexResult {
    ImpexResult {
        level: "notice".to_owned(),
        summary: summary.to_owned(),
        failures: Vec::new(),
        output: summary.to_owned(),
        elapsed: Duration::ZERO,
    }
}
