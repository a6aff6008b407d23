//! The part of an import that reads and writes files: what to do about an earlier import, the next chunk, and its answer.

use std::io::Read as _;
use std::sync::{Arc, MutexGuard};

use super::checkpoint::{Checkpoint, InFlight};
use super::earlier::{Wanted, decide, lines_of};
use super::flight::{Flight, Noteless, Notes, SharedNotes};
use super::journal::Journal;
use super::outcome::{self, ChunkOutcome};
use super::ranges::Lines;
use super::report;
use super::request::BulkImport;
use super::split::{Chunk, Splitter};
use super::store::Store;
use super::survey::{BulkFile, FileReader, Survey};
use crate::console::impex::import::ImpexImport;
use crate::console::impex::script::Kind;
use crate::console::impex::{ImpexFailure, ImpexResult, ImpexSwitch};
use crate::error::{Error, ErrorKind, Result};
use crate::hint::Hint;

/// The most rows that are kept for the second round.
const MOST_KEPT: usize = 100_000;

/// An import that is going on.
pub(super) struct Work {
    import: BulkImport,
    file: BulkFile,
    survey: Survey,
    notes: SharedNotes,
    journal: Journal,
    /// That of the current round.
    splitter: Option<Splitter<FileReader>>,
    /// The lines that are imported in the second round, sorted.
    kept: Vec<usize>,
    /// What failed in the calls that this one resumes.
    earlier_failures: Vec<ImpexFailure>,
}

/// A chunk that is sent.
#[derive(Clone)]
pub(super) struct Sending {
    chunk: Arc<Chunk>,
    pub(super) in_flight: InFlight,
    pub(super) import: ImpexImport,
    retries: bool,
}

/// What is to be done.
pub(super) enum Prepared {
    Work(Box<Work>),
    /// Nothing: all was done before. With what failed then.
    Done(Box<Checkpoint>, Vec<ImpexFailure>),
}

/// Reads the file, and decides what to do about an earlier import of it.
pub(super) fn prepare(import: BulkImport, environment: &str, base_url: &str) -> Result<Prepared> {
    let (file, survey) = surveyed(&import)?;
    let shown = import.path.display().to_string();
    let wanted = Wanted {
        shown: &shown,
        sha256: &survey.sha256,
        environment,
        base_url,
        encoding: import.encoding_name(),
        start: import.start,
    };
    let store = Store::open(import.state_directory.as_deref(), &file.absolute, environment)?;
    let earlier = wanted.earlier(store.load()?)?;
    wanted.check_elsewhere(earlier.as_ref(), &import, &file.absolute)?;
    if let Some(done) = earlier.as_ref().filter(|earlier| earlier.is_done) {
        let mut journal = store.journal(done.journal)?;
        if let Some(directory) = &import.report {
            report::write(directory, &file, survey.encoding, done, &mut journal)?;
        }
        let failures = report::failures(&file, survey.encoding, &mut journal)?;
        return Ok(Prepared::Done(Box::new(done.clone()), failures));
    }
    let is_new = earlier.is_none();
    let mut checkpoint = earlier.unwrap_or_else(|| wanted.begun(file.absolute.display().to_string(), survey.rows));
    let was_undecided = decide(&mut checkpoint, &import.decisions, &shown)?;
    checkpoint.at_once = false;
    if let Some(directory) = &import.report {
        report::prepare(directory)?;
    }
    let mut journal = store.journal(checkpoint.journal)?;
    let has_failures = !is_new && checkpoint.failures() > 0;
    let earlier_failures =
        if has_failures { report::failures(&file, survey.encoding, &mut journal)? } else { Vec::new() };
    let notes = SharedNotes::new(store, checkpoint);
    if is_new || was_undecided {
        notes.lock().save()?;
    }
    let (splitter, kept) = (None, Vec::new());
    Ok(Prepared::Work(Box::new(Work { import, file, survey, notes, journal, splitter, kept, earlier_failures })))
}

/// Reads the file, and fails if it cannot be imported as it is asked for.
pub(super) fn surveyed(import: &BulkImport) -> Result<(BulkFile, Survey)> {
    let shown = import.path.display().to_string();
    let refused = |why: String| Error::new(ErrorKind::Usage, format!("import {shown}")).because(why);
    if import.switches.contains(&ImpexSwitch::DistributedMode) {
        return Err(refused(
            "a distributed import answers before it has imported anything, so it cannot be resumed".into(),
        )
        .with_hint(Hint::ImportWhole.and("or import it without the distributed mode; nothing was sent".into())));
    }
    let file = BulkFile::open(&import.path, import.state_directory.as_deref())?;
    if let Some(directory) = &import.report {
        report::check(directory, &file)?;
    }
    let survey = file.survey(import.known_encoding()?)?;
    if let (Some(_), Some((line, why))) = (import.chunk_rows, survey.indivisible) {
        return Err(refused(format!("{shown}:{line}: the file cannot be split: {why}")).with_hint(
            "import it without a number of rows for each chunk: it is sent as a whole then; nothing was sent",
        ));
    }
    Ok((file, survey))
}

impl Work {
    /// Returns the checkpoint, locked.
    pub(super) fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock()
    }

    /// Returns what failed in the calls that this one resumes, once.
    pub(super) fn take_earlier_failures(&mut self) -> Vec<ImpexFailure> {
        std::mem::take(&mut self.earlier_failures)
    }

    /// Returns why the file is sent as a whole.
    pub(super) fn not_split(&self) -> Option<String> {
        self.survey.indivisible.map(|(line, why)| format!("{}:{line}: {why}", self.file.path.display()))
    }

    /// Returns whether the file is small enough to be sent at once, unless a number of rows was chosen.
    pub(super) fn is_small(&self) -> bool {
        const SPLIT_ABOVE: u64 = 1 << 20;
        self.file.length() <= SPLIT_ABOVE
    }

    /// Begins a round. Returns whether it has anything to do.
    pub(super) fn begin(&mut self, retries: bool) -> Result<bool> {
        if retries {
            let failed = |cause: std::io::Error| {
                Error::new(ErrorKind::Config, "read the journal of the import").because(cause.to_string())
            };
            self.kept =
                self.journal.marks().map_err(failed)?.iter().filter(|mark| mark.kept).map(|mark| mark.line).collect();
            if self.kept.is_empty() || self.survey.indivisible.is_some() {
                return Ok(false);
            }
        }
        self.splitter = Some(self.file.splitter(self.survey.encoding)?);
        Ok(true)
    }

    /// Returns the next chunk of the round, and what notes that it leaves; `None` if there is none.
    pub(super) fn next(&mut self, retries: bool, rows: usize) -> Result<Option<(Sending, Flight)>> {
        self.file.check_unchanged()?;
        let Some(chunk) = self.next_chunk(retries, rows)? else { return Ok(None) };
        let (first_line, last_line) = chunk.range();
        let in_flight = InFlight { first_line, last_line, rows: chunk.rows };
        let import = if self.survey.indivisible.is_some() {
            ImpexImport::from_file(&self.import.path)?.encoding(self.import.encoding_name())
        } else {
            let stem = self.import.path.file_stem().unwrap_or_default().to_string_lossy();
            ImpexImport::part(&self.import.path, &format!("{stem}-{first_line}-{last_line}.impex"), &chunk.text)
        };
        let import = import.validation(self.import.validation).threads(self.import.threads);
        let import = self.import.switches.iter().copied().fold(import, ImpexImport::switch_on);
        let flight = Flight::of(self.notes.clone(), in_flight, retries, Noteless::Refused);
        Ok(Some((Sending { chunk: Arc::new(chunk), in_flight, import, retries }, flight)))
    }

    fn next_chunk(&mut self, retries: bool, rows: usize) -> Result<Option<Chunk>> {
        let Some(splitter) = &mut self.splitter else { return Ok(None) };
        let mut notes = self.notes.lock();
        let round = notes.checkpoint.round(retries);
        let decided: &Lines = &round.decided;
        let chunk = if self.survey.indivisible.is_some() {
            // All that is left is everything, or nothing.
            splitter.outline(&mut |_: Kind, line: usize| !decided.contains(line))
        } else if retries {
            let kept = &self.kept;
            let mut takes = |kind: Kind, line: usize| {
                kind != Kind::Header && kept.binary_search(&line).is_ok() && !decided.contains(line)
            };
            splitter.next(rows, &mut takes)
        } else {
            splitter.next(rows, &mut |_: Kind, line: usize| !decided.contains(line))
        };
        chunk.map_err(|flaw| self.file.flawed(flaw))
    }

    /// Takes a chunk back that was certainly not executed.
    pub(super) fn withdraw(&mut self, sending: &Sending) -> Result<()> {
        self.notes.lock().withdraw(sending.in_flight, sending.retries)
    }

    /// Notes the answer to a chunk.
    pub(super) fn settle(&mut self, sending: &Sending, result: &ImpexResult) -> Result<ChunkOutcome> {
        let outcome = self.outcome(sending, result)?;
        let unwritten = |cause: std::io::Error| {
            Error::new(ErrorKind::Config, "write the journal of the import")
                .because(format!("{cause}; {} have an answer, which is lost", lines_of(sending.in_flight.range())))
        };
        self.journal.append(&outcome.entries).map_err(unwritten)?;
        let rows = sending.in_flight.rows;
        let notes = &mut *self.notes.lock();
        let checkpoint = &mut notes.checkpoint;
        checkpoint.round(sending.retries).decide(sending.in_flight);
        checkpoint.imported += rows.saturating_sub(outcome.failed + outcome.kept);
        checkpoint.failed += outcome.failed;
        checkpoint.elsewhere += outcome.elsewhere;
        if sending.retries {
            checkpoint.kept = checkpoint.kept.saturating_sub(rows);
        } else {
            checkpoint.kept += outcome.kept;
        }
        checkpoint.chunks += 1;
        checkpoint.journal = self.journal.length();
        notes.save()?;
        Ok(outcome)
    }

    fn outcome(&self, sending: &Sending, result: &ImpexResult) -> Result<ChunkOutcome> {
        if result.success() {
            return Ok(ChunkOutcome::default());
        }
        if self.survey.indivisible.is_none() {
            let room = if sending.retries { 0 } else { MOST_KEPT.saturating_sub(self.notes.lock().checkpoint.kept) };
            return Ok(outcome::of(result, &sending.chunk, &sending.chunk.text, room));
        }
        let mut bytes = Vec::new();
        self.file.reader().read_to_end(&mut bytes).map_err(|cause| {
            Error::new(ErrorKind::Usage, "read the file again").because(cause.to_string()).with_source(cause)
        })?;
        let script = self.survey.encoding.decode(&bytes).0;
        Ok(outcome::of(result, &sending.chunk, &script, 0))
    }

    /// Notes that nothing is left to do.
    pub(super) fn end(&mut self) -> Result<()> {
        let notes = &mut *self.notes.lock();
        notes.checkpoint.is_done = true;
        notes.save()
    }

    /// Writes the outcome files, if they are wanted.
    pub(super) fn report(&mut self) -> Result<()> {
        match &self.import.report {
            Some(directory) => {
                let checkpoint = &self.notes.lock().checkpoint;
                report::write(directory, &self.file, self.survey.encoding, checkpoint, &mut self.journal)
            }
            None => Ok(()),
        }
    }
}
