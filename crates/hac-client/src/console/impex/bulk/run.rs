//! The loop: chunk after chunk, round after round.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::task::Poll;
use std::time::{Duration, Instant};

use super::checkpoint::Checkpoint;
use super::earlier::{all_lines_of, lines_of, ranges};
use super::flight::{Departed, Flight, was_not_executed};
use super::pace::Pace;
use super::request::BulkImport;
use super::result::{BulkProgress, BulkResult, BulkStatus};
use super::store::{Found, Store};
use super::work::{Prepared, Sending, Work, prepare};
use crate::auth::BoxFuture;
use crate::client::HacClient;
use crate::console::impex::{ImpexFailure, ImpexResult};
use crate::error::{Error, ErrorKind, Result};
use crate::hint::Hint;
use crate::offload::offload;
use crate::outcome::checked;
use crate::protection::{Class, Protection};

const DOING: &str = "import";

/// How many failures a result holds, and how much text.
const MOST_FAILURES: usize = 10_000;
const MOST_OUTPUT: usize = 1 << 20;

/// The rows of the only chunk of a file that is sent at once.
const AT_ONCE: NonZeroUsize = NonZeroUsize::MAX;

impl HacClient {
    /// Imports a file of any size, in chunks, each row once. See [`BulkImport`].
    ///
    /// Each chunk is a write of its own: for the protection of the server, for the audit log, and for the time limit of the client.
    ///
    /// # Errors
    /// [`ImportFailed`](ErrorKind::ImportFailed) if rows failed; [`Error::into_outcome`] has the result.
    /// [`OutcomeUnknown`](ErrorKind::OutcomeUnknown) if the outcome of a chunk is unknown, or if an import is resumed that has such a
    /// chunk; [`Hint::DecideChunks`] says which. [`Usage`](ErrorKind::Usage) if an earlier import is unfinished, if its checkpoint is that
    /// of another file or another server, if another process is importing the file, or if the file cannot be read or split; nothing was
    /// sent then. Those of [every call](crate::guide::errors#every-call): the chunk was not imported then, and the import can be resumed.
    pub async fn import_impex_bulk(&self, import: impl Into<BulkImport>) -> Result<BulkResult> {
        let import = import.into();
        if self.protection() == Protection::ReadOnly {
            let _refused = self.engine().admit(Class::Write, DOING).await?;
        }
        let (environment, base_url) = self.place();
        let asked = import.clone();
        match offload(DOING, move || prepare(asked, &environment, &base_url)).await?? {
            Prepared::Done(checkpoint, failures) => checked(DOING, done_before(&checkpoint, failures)),
            Prepared::Work(work) => Run::new(self, import, work).all().await,
        }
    }

    /// Returns what is known of an earlier import of the same file; `None` if there is none. Sends nothing, and does not look whether the
    /// content of the file is still the same.
    ///
    /// # Errors
    /// [`Usage`](ErrorKind::Usage) if the file does not exist or the checkpoint cannot be read.
    pub async fn bulk_import_status(&self, import: impl Into<BulkImport>) -> Result<Option<BulkStatus>> {
        let import = import.into();
        let (environment, _) = self.place();
        offload("look for an earlier import", move || {
            let absolute = absolute(&import)?;
            match Store::peek(import.state_directory.as_deref(), &absolute, &environment)? {
                Found::Nothing => Ok(None),
                Found::Unusable(why) => {
                    Err(refused(&import, format!("the checkpoint of an earlier import cannot be used: {why}"))
                        .with_hint(Hint::RestartImport))
                }
                Found::Checkpoint(found) => Ok(Some(status_of(&found))),
            }
        })
        .await?
    }

    /// Returns the environment and the state of an unfinished import of the same file into the same server under the name of another
    /// environment, which an import is refused for; `None` if there is none. Sends nothing.
    ///
    /// # Errors
    /// [`Usage`](ErrorKind::Usage) if the file does not exist, [`Config`](ErrorKind::Config) if the checkpoints cannot be read.
    pub async fn bulk_import_elsewhere(&self, import: impl Into<BulkImport>) -> Result<Option<(String, BulkStatus)>> {
        let import = import.into();
        let (environment, base_url) = self.place();
        offload("look for an earlier import", move || {
            let directory = import.state_directory.as_deref();
            let found = Store::elsewhere(directory, &absolute(&import)?, &environment, &base_url)?;
            Ok(found.map(|found| (found.environment.clone(), status_of(&found))))
        })
        .await?
    }

    /// Removes the checkpoint of an earlier import of the same file, whatever its state: for a file that nobody will resume. A chunk of
    /// unknown outcome is not known any more then. Sends nothing, and does nothing if there is no checkpoint.
    ///
    /// # Errors
    /// [`Usage`](ErrorKind::Usage) if the file does not exist, or if another process is importing it.
    pub async fn forget_bulk_import(&self, import: impl Into<BulkImport>) -> Result<()> {
        let import = import.into();
        let (environment, _) = self.place();
        offload("forget an earlier import", move || {
            Store::open(import.state_directory.as_deref(), &absolute(&import)?, &environment)?.forget()
        })
        .await?
    }

    /// Returns the environment and the base URL, which a checkpoint belongs to.
    pub(super) fn place(&self) -> (String, String) {
        let key = self.engine().sessions.key();
        (key.environment.clone(), key.base_url.clone())
    }
}

fn status_of(found: &Checkpoint) -> BulkStatus {
    BulkStatus {
        is_done: found.is_done,
        rows: found.rows,
        imported: found.imported,
        failed: found.failures(),
        undecided: ranges(&found.undecided()),
    }
}

/// An error about one chunk of unknown outcome, about all of them.
fn naming_all(error: Error, undecided: Vec<(usize, usize)>, path: &Path) -> Error {
    if error.kind() != ErrorKind::OutcomeUnknown || undecided.len() < 2 {
        return error;
    }
    let doing = format!("import {} of {}", all_lines_of(&undecided), path.display());
    error.while_doing(doing).with_hint(Hint::DecideChunks { chunks: undecided })
}

fn refused(import: &BulkImport, why: String) -> Error {
    Error::new(ErrorKind::Usage, format!("import {}", import.path.display())).because(why)
}

/// The path that checkpoints know the file by.
fn absolute(import: &BulkImport) -> Result<PathBuf> {
    std::fs::canonicalize(&import.path)
        .map_err(|cause| refused(import, cause.to_string()).with_hint("choose an ImpEx file; nothing was sent"))
}

/// A chunk, what the server said, and how far its request came.
type Answered = (Sending, Result<ImpexResult>, Departed);

struct Run<'c> {
    client: &'c HacClient,
    import: BulkImport,
    /// Elsewhere while a thread is at work with it.
    work: Option<Box<Work>>,
    pace: Pace,
    running: Vec<BoxFuture<'c, Answered>>,
    began: Instant,
    /// The number of rows that were done before this call.
    before: usize,
    /// No further chunk is sent: rows failed, or the caller wants to stop.
    stops: bool,
    error: Option<Error>,
    /// Why there are no outcome files.
    unwritten: Option<Error>,
    report: ImpexResult,
}

impl<'c> Run<'c> {
    fn new(client: &'c HacClient, import: BulkImport, mut work: Box<Work>) -> Self {
        let at_once = if work.is_small() || work.not_split().is_some() { Some(AT_ONCE) } else { None };
        let report = ImpexResult {
            level: "notice".to_owned(),
            summary: "Import finished successfully".to_owned(),
            failures: work.take_earlier_failures(),
            output: String::new(),
            elapsed: Duration::ZERO,
        };
        let Checkpoint { imported, failed, .. } = work.notes().checkpoint;
        Self {
            client,
            pace: Pace::new(import.chunk_rows.or(at_once)),
            import,
            before: imported + failed,
            work: Some(work),
            running: Vec::new(),
            began: Instant::now(),
            stops: false,
            error: None,
            unwritten: None,
            report,
        }
    }

    async fn all(mut self) -> Result<BulkResult> {
        self.tell();
        for retries in [false, true] {
            if self.ends() || !self.step(move |work| work.begin(retries)).await?? {
                break;
            }
            self.round(retries).await?;
        }
        let is_done = |work: &mut Work| {
            let checkpoint = &work.notes().checkpoint;
            checkpoint.left() == 0 && checkpoint.undecided().is_empty()
        };
        if self.error.is_none() && (!self.stops || self.step(is_done).await?) {
            self.step(Work::end).await??;
        }
        let undecided = self.step(|work| ranges(&work.notes().checkpoint.undecided())).await?;
        let unwritten = self.step(Work::report).await?.err();
        if let Some(error) = self.error {
            let error = naming_all(error, undecided, &self.import.path);
            let Some(unwritten) = unwritten else { return Err(error) };
            let missing = Hint::from(format!("the outcome files are missing: {unwritten}"));
            let hint = error.hint().cloned().map_or(missing.clone(), |hint| hint.and(missing));
            return Err(error.with_hint(hint));
        }
        self.unwritten = unwritten;
        checked(DOING, self.result())
    }

    fn ends(&self) -> bool {
        self.stops || self.error.is_some()
    }

    /// Does something with files, off the executor.
    async fn step<T: Send + 'static>(&mut self, act: impl FnOnce(&mut Work) -> T + Send + 'static) -> Result<T> {
        let Some(mut work) = self.work.take() else {
            return Err(Error::new(ErrorKind::Internal, DOING).because("an earlier step was given up"));
        };
        let (work, done) = offload(DOING, move || {
            let done = act(&mut work);
            (work, done)
        })
        .await?;
        self.work = Some(work);
        Ok(done)
    }

    async fn round(&mut self, retries: bool) -> Result<()> {
        let mut is_exhausted = false;
        loop {
            while !is_exhausted && !self.ends() && self.running.len() < usize::from(self.import.parallel.get()) {
                if self.import.is_to_stop() {
                    self.stops = true;
                    break;
                }
                let rows = self.pace.rows();
                match self.step(move |work| work.next(retries, rows)).await? {
                    Ok(Some((sending, flight))) => self.send(sending, flight),
                    Ok(None) => is_exhausted = true,
                    Err(error) => self.error = Some(error),
                }
            }
            if self.running.is_empty() {
                return Ok(());
            }
            let (sending, answered, departed) = first_done(&mut self.running).await;
            self.settle(sending, answered, departed).await?;
        }
    }

    fn send(&mut self, sending: Sending, flight: Flight) {
        let client = self.client;
        self.running.push(Box::pin(async move {
            let (answered, departed) = flight.fly(client, sending.import.clone()).await;
            (sending, answered.or_else(Error::into_outcome), departed)
        }));
    }

    async fn settle(&mut self, sending: Sending, answered: Result<ImpexResult>, departed: Departed) -> Result<()> {
        let range = sending.in_flight.range();
        let lines = lines_of(range);
        let doing = format!("import {lines} of {}", self.import.path.display());
        match answered {
            Ok(result) => {
                self.pace.note(sending.in_flight.rows, result.elapsed);
                let settled = self.step(move |work| work.settle(&sending, &result).map(|outcome| (outcome, result)));
                let (outcome, result) = match settled.await? {
                    Ok(settled) => settled,
                    // It stays noted as sent, and the next call has to decide about it.
                    Err(error) => {
                        let why = format!("the server answered, and the answer could not be noted: {}", error.why());
                        self.unknown(range, doing, error.because(why));
                        return Ok(());
                    }
                };
                if !outcome.failures.is_empty() {
                    self.failed(outcome.failures, &result);
                    self.stops |= !self.import.continues;
                }
                self.tell();
            }
            Err(error) if was_not_executed(&error, departed) => {
                self.step(move |work| work.withdraw(&sending)).await??;
                // An unknown outcome is worse.
                self.error.get_or_insert_with(|| error.while_doing(doing));
            }
            Err(error) => self.unknown(range, doing, error),
        }
        Ok(())
    }

    fn unknown(&mut self, range: (usize, usize), doing: String, error: Error) {
        let hint = Hint::DecideChunks { chunks: vec![range] };
        let unknown = Error::new(ErrorKind::OutcomeUnknown, doing).because(error.why()).with_hint(hint);
        self.error = Some(unknown.with_source(error));
    }

    fn failed(&mut self, failures: Vec<ImpexFailure>, result: &ImpexResult) {
        self.report.level.clone_from(&result.level);
        self.report.summary.clone_from(&result.summary);
        let room = MOST_FAILURES.saturating_sub(self.report.failures.len());
        self.report.failures.extend(failures.into_iter().take(room));
        if self.report.output.len() + result.output.len() <= MOST_OUTPUT {
            self.report.output.push_str(&result.output);
            if !result.output.ends_with('\n') {
                self.report.output.push('\n');
            }
        }
    }

    fn tell(&self) {
        let (Some(progress), Some(work)) = (&self.import.progress, &self.work) else { return };
        let Checkpoint { rows, imported, failed, .. } = work.notes().checkpoint;
        let done = imported + failed;
        let (in_this_call, elapsed) = (done.saturating_sub(self.before), self.began.elapsed());
        progress(BulkProgress { done, total: rows, in_this_call, elapsed });
    }

    fn result(mut self) -> BulkResult {
        self.report.elapsed = self.began.elapsed();
        self.report.failures.sort_by_key(|failure| failure.line.or(failure.candidate_lines.first().copied()));
        let (checkpoint, not_split) = match &self.work {
            Some(work) => (work.notes().checkpoint.clone(), work.not_split()),
            None => return result_of(self.report, &Checkpoint::default(), None),
        };
        let result = result_of(self.report, &checkpoint, not_split);
        BulkResult { unwritten: self.unwritten.map(|error| error.to_string()), ..result }
    }
}

fn result_of(mut report: ImpexResult, checkpoint: &Checkpoint, not_split: Option<String>) -> BulkResult {
    if checkpoint.failures() > 0 && report.success() {
        "error".clone_into(&mut report.level);
        "Rows of earlier chunks failed".clone_into(&mut report.summary);
    }
    if report.output.is_empty() {
        report.output.clone_from(&report.summary);
    }
    BulkResult {
        report,
        rows: checkpoint.rows,
        imported: checkpoint.imported,
        failed: checkpoint.failures(),
        not_processed: checkpoint.left(),
        chunks: checkpoint.chunks,
        was_done: false,
        not_split,
        unwritten: None,
    }
}

/// An import that was finished before. What failed then is told again: whoever repeats the call until it succeeds must not miss it.
fn done_before(checkpoint: &Checkpoint, failures: Vec<ImpexFailure>) -> BulkResult {
    let report = earlier_result(checkpoint, failures);
    BulkResult {
        report,
        rows: checkpoint.rows,
        imported: checkpoint.imported,
        failed: checkpoint.failures(),
        not_processed: 0,
        chunks: checkpoint.chunks,
        was_done: true,
        not_split: None,
        unwritten: None,
    }
}

/// The result of an import that was finished before.
pub(super) fn earlier_result(checkpoint: &Checkpoint, failures: Vec<ImpexFailure>) -> ImpexResult {
    let (level, summary) = match checkpoint.failures() {
        0 => ("notice", "The import was finished before"),
        _ => ("error", "The import was finished before, with failures"),
    };
    ImpexResult {
        level: level.to_owned(),
        summary: summary.to_owned(),
        failures,
        output: summary.to_owned(),
        elapsed: Duration::ZERO,
    }
}

/// Waits for the first of several futures, and removes it.
async fn first_done<T>(running: &mut Vec<BoxFuture<'_, T>>) -> T {
    let (index, done) = std::future::poll_fn(|context| {
        for (index, future) in running.iter_mut().enumerate() {
            if let Poll::Ready(done) = future.as_mut().poll(context) {
                return Poll::Ready((index, done));
            }
        }
        Poll::Pending
    })
    .await;
    drop(running.remove(index));
    done
}
