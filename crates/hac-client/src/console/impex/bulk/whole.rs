//! A file that is sent as it is, in one request, with a checkpoint like that of an import in chunks.

use std::time::Duration;

use super::checkpoint::{Checkpoint, InFlight};
use super::earlier::{Wanted, decide};
use super::request::{BulkImport, BulkStart};
use super::store::{Lasting, Store};
use super::survey::BulkFile;
use crate::client::HacClient;
use crate::console::impex::{ImpexImport, ImpexResult};
use crate::error::{Error, ErrorKind, Result};
use crate::hint::Hint;
use crate::notice::Notice;
use crate::offload::offload;
use crate::protection::{Class, Protection};
use crate::writes::Writes;

const DOING: &str = "import";

impl HacClient {
    /// Imports a file as it is, in one request, with the checkpoint of an import in chunks.
    ///
    /// `import` is what is sent: a script, an archive, or a [distributed](crate::console::ImpexSwitch::DistributedMode) import. `file` is
    /// where it comes from; of it only the path, the encoding, [`start`](BulkImport::start), [`assume`](BulkImport::assume) and
    /// [`state_directory`](BulkImport::state_directory) count. The checkpoint is written before the request is sent, and removed when its
    /// outcome is known: what is left says that it is unknown whether the file was imported, and the file is sent again only with
    /// [`Assumption::NotImported`](super::Assumption::NotImported). After [`BulkStart::Resume`] it stays, so that a file that was imported
    /// is not imported again by resuming it. Where no checkpoint can be written, a new import goes on without one, with
    /// [`Notice::NotResumable`].
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
        let noted = match begun.and_then(|begun| begun) {
            Ok(Begun::Noted(noted)) => noted,
            Ok(Begun::Done(summary)) => return Ok(not_sent(summary)),
            Err(error) if start == BulkStart::New && error.kind() == ErrorKind::Config => {
                self.engine().sessions.notify(&Notice::NotResumable(error));
                return self.import_impex(import).await;
            }
            Err(error) => return Err(error),
        };
        let mut noted = GivenUp::of(noted, self.writes());
        let answered = self.import_impex(import).await;
        let outcome = match &answered {
            Ok(_) => Some(Outcome::Imported),
            Err(error) if error.kind() == ErrorKind::ImportFailed => Some(Outcome::Failed),
            // HAC refuses a form before it does anything.
            Err(error) if error.kind() == ErrorKind::Rejected => Some(Outcome::NotExecuted),
            Err(error) if error.kind() == ErrorKind::OutcomeUnknown => None,
            // A login that met something else than HAC, for example.
            Err(error) if error.kind().may_be_resent() || !noted.may_have_left() => Some(Outcome::NotExecuted),
            Err(_) => None,
        };
        let noted = noted.answered();
        let Some(outcome) = outcome else {
            return answered.map_err(|error| {
                let decide = Hint::DecideChunks { chunks: vec![InFlight::WHOLE] };
                let hint = error.hint().cloned().map_or(decide.clone(), |hint| hint.and(decide));
                error.with_hint(hint)
            });
        };
        // The answer stands, whatever becomes of the checkpoint.
        let ended = offload(DOING, move || noted.map_or(Ok(()), |noted| noted.end(start, outcome)));
        if let Err(error) = ended.await.and_then(|ended| ended) {
            self.engine().sessions.notify(&Notice::NotResumable(error));
        }
        answered
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Imported,
    Failed,
    NotExecuted,
}

enum Begun {
    /// It may be sent now.
    Noted(Box<Noted>),
    /// Nothing is to be sent, and why.
    Done(&'static str),
}

/// An import whose request is about to be sent.
struct Noted {
    store: Store,
    checkpoint: Checkpoint,
}

/// Whoever gives the import up before its request has left, during a login for example, leaves nothing to decide.
struct GivenUp {
    noted: Option<Box<Noted>>,
    writes: Writes,
    before: u64,
}

impl GivenUp {
    fn of(noted: Box<Noted>, writes: Writes) -> Self {
        let before = writes.sent();
        Self { noted: Some(noted), writes, before }
    }

    /// Other writes may leave meanwhile: then it counts as if this one had.
    fn may_have_left(&self) -> bool {
        self.writes.sent() != self.before
    }

    /// It was not given up.
    fn answered(&mut self) -> Option<Box<Noted>> {
        self.noted.take()
    }
}

impl Drop for GivenUp {
    fn drop(&mut self) {
        if let Some(noted) = self.noted.take()
            && !self.may_have_left()
        {
            // What stays is told as unknown, which is the safe side.
            let _ = noted.store.forget();
        }
    }
}

fn begin(import: &BulkImport, environment: &str, base_url: &str) -> Result<Begun> {
    let shown = import.path.display().to_string();
    let file = BulkFile::open_any(&import.path)?;
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
    if let Some(mut earlier) = wanted.earlier(store.load()?)? {
        if earlier.is_done {
            return Ok(Begun::Done("The import was finished before"));
        }
        if !earlier.at_once && !earlier.is_untouched() {
            return Err(Error::new(ErrorKind::Usage, format!("import {shown}"))
                .because("an earlier import of this file was begun in chunks, and is unfinished")
                .with_hint("resume it in chunks, without the distributed mode; nothing was sent"));
        }
        // One that counts as imported is a chunk with an answer now.
        if decide(&mut earlier, import.assumption, &shown)? && earlier.chunks > 0 {
            earlier.is_done = true;
            store.save(&earlier, Lasting::OnDisk)?;
            return Ok(Begun::Done("Nothing was sent: the file counts as imported, as was assumed"));
        }
    }
    let mut checkpoint = wanted.begun(file.absolute.display().to_string(), rows);
    let (first_line, last_line) = InFlight::WHOLE;
    checkpoint.at_once = true;
    checkpoint.first.in_flight.push(InFlight { first_line, last_line, rows });
    // Every import does this: a killed client leaves what it has written, and only a machine that loses its power does not.
    store.save(&checkpoint, Lasting::InTheCache)?;
    Ok(Begun::Noted(Box::new(Noted { store, checkpoint })))
}

impl Noted {
    /// The outcome is known.
    fn end(mut self: Box<Self>, start: BulkStart, outcome: Outcome) -> Result<()> {
        if start != BulkStart::Resume || outcome == Outcome::NotExecuted {
            return self.store.forget();
        }
        let rows = self.checkpoint.rows;
        for chunk in std::mem::take(&mut self.checkpoint.first.in_flight) {
            self.checkpoint.first.decide(chunk);
        }
        self.checkpoint.chunks = 1;
        (self.checkpoint.imported, self.checkpoint.failed) =
            if outcome == Outcome::Imported { (rows, 0) } else { (0, rows) };
        self.checkpoint.is_done = true;
        self.store.save(&self.checkpoint, Lasting::InTheCache)
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
