//! All rows of a query on their way into a file: kept page by page, so that a run that breaks off can go on.
//!
//! The rows wait in a file beside the target until all are there: as lines of the target, or, where its format knows more than
//! lines, as they came. Only then is the target there, in one piece: it is the same, however often the export was interrupted.

mod checkpoint;
mod kept;
mod part;
mod paths;
mod spool;
mod syncing;

use std::borrow::Cow;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use hac_client::console::{PagePosition, PageSink, RowSink};
use hac_client::{Error, Overwrite, Result};

use crate::args::Masking;
use crate::diagnostics::{Effect, Failure, usage};
use crate::env::Environment;
use crate::foreign::visible;
use crate::interrupt::{Activity, Interrupt};
use crate::os;
use crate::output::{ColumnType, Masks};
use crate::printer::Talk;
use crate::progress::{Progress, Unit};
use checkpoint::Checkpoint;
pub(crate) use checkpoint::{Bound, hash};
pub(crate) use kept::Keeping;
use kept::Kept;
pub(crate) use part::Part;
use paths::Paths;
pub(crate) use paths::is_same;
use syncing::Syncing;

const DOING: &str = "export the rows";

/// So often the checkpoint is brought to the disk itself, when rows have come there.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(1);

/// How to go on after an interruption.
pub(crate) const GO_ON: &str = "the rows so far are kept: the same command with --resume goes on";

/// What to do about an earlier export into the same file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Earlier {
    /// Refuse to begin if it is unfinished.
    Keep,
    /// Go on with it.
    Resume,
    /// Begin anew.
    Replace,
}

/// What there is to do.
pub(crate) enum Opened {
    /// Nothing: the file is there, with so many rows.
    Complete(u64),
    Unfinished(Box<Export>),
}

/// An export that is not finished.
pub(crate) struct Export {
    paths: Paths,
    keeping: Keeping,
    /// Made with the first row.
    kept: Option<Kept>,
    checkpoint: Checkpoint,
    syncing: Syncing,
    /// When the checkpoint was brought to the disk.
    synced: Option<Instant>,
    /// How many rows were there when it was opened.
    begun_with: u64,
    failure: Option<Failure>,
    /// Rows are kept as they are to be written: nothing that is to be hidden lies on the disk.
    masks: Option<Masks>,
    masked: Vec<Option<Masking>>,
    interrupt: Interrupt,
    talk: Talk,
    progress: Option<Progress>,
}

/// What an export has to do with beside its files.
pub(crate) struct Surroundings<'a> {
    pub environment: &'a Environment,
    pub interrupt: &'a Interrupt,
    pub talk: &'a Talk,
}

impl Export {
    /// Opens the files of an export. Nothing was sent yet.
    pub(crate) fn open(
        target: &Path,
        keeping: Keeping,
        bound: Bound,
        earlier: Earlier,
        masks: Option<Masks>,
        at: &Surroundings<'_>,
    ) -> Result<Opened> {
        let paths = Paths::of(target, &bound, at.environment);
        // Before anything of it is taken for something that was left: the other process goes on with it.
        if part::is_busy(&paths.rows) {
            return Err(unopened(&paths.rows, &part::busy()));
        }
        let known = match earlier {
            Earlier::Replace => None,
            _ => Checkpoint::load(&paths.checkpoint)?,
        };
        let checkpoint = match (known, earlier) {
            (Some(known), Earlier::Resume) => {
                known.check(&bound, target)?;
                known
            }
            (Some(known), _) => {
                let rows = known.position.as_ref().map_or(0, PagePosition::rows);
                return Err(usage(
                    DOING,
                    format!("an unfinished export of {} is there, with {rows} rows", target.display()),
                    "go on with --resume, or begin anew with --force",
                ));
            }
            (None, Earlier::Resume) => {
                if let Some(completed) = paths.completed() {
                    completed.check(&bound, target)?;
                    return Ok(Opened::Complete(completed.position.as_ref().map_or(0, PagePosition::rows)));
                }
                Checkpoint::new(bound)
            }
            (None, _) => Checkpoint::new(bound),
        };
        if earlier == Earlier::Replace {
            // What it says is not true of the rows any more that are written from now on.
            let _ = std::fs::remove_file(&paths.checkpoint);
        }
        let mut export = Self {
            paths,
            keeping,
            kept: None,
            checkpoint,
            syncing: Syncing::default(),
            synced: None,
            begun_with: 0,
            failure: None,
            masks,
            masked: Vec::new(),
            interrupt: at.interrupt.clone(),
            talk: at.talk.clone(),
            progress: None,
        };
        if export.is_placed() {
            let (rows, bytes) = (export.rows_so_far(), export.checkpoint.bytes);
            export.finish(bytes);
            return Ok(Opened::Complete(rows));
        }
        if export.has_rows() {
            let opened = export.kept().map(drop);
            opened.map_err(|cause| unopened(&export.paths.rows, &cause))?;
            export.begun_with = export.rows_so_far();
            export.can_go_on();
        }
        Ok(Opened::Unfinished(Box::new(export)))
    }

    /// Where to read on; `None` to begin.
    pub(crate) fn position(&self) -> Option<&PagePosition> {
        self.checkpoint.position.as_ref()
    }

    /// How many rows an earlier run has left.
    pub(crate) fn begun_with(&self) -> u64 {
        self.begun_with
    }

    /// Whether all rows are there, and only the target is not.
    pub(crate) fn is_read(&self) -> bool {
        self.checkpoint.complete
    }

    /// Whether an interruption now leaves something to go on with.
    pub(crate) fn has_rows(&self) -> bool {
        self.checkpoint.position.is_some()
    }

    fn rows_so_far(&self) -> u64 {
        self.checkpoint.position.as_ref().map_or(0, PagePosition::rows)
    }

    /// Whether a process that was killed behind its last step has left the target complete.
    fn is_placed(&self) -> bool {
        self.keeping == Keeping::Lines && self.checkpoint.complete && self.paths.is_placed(self.checkpoint.bytes)
    }

    fn kept(&mut self) -> io::Result<&mut Kept> {
        if self.kept.is_some() {
            return self.kept.as_mut().ok_or_else(|| io::ErrorKind::NotFound.into());
        }
        let file = part::open(&self.paths.rows)?;
        if !self.checkpoint.fits(file.metadata()?.len()) {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it is shorter than it was"));
        }
        let kept = Kept::at(self.keeping, &self.paths.rows, file, self.checkpoint.bytes)?;
        Ok(self.kept.insert(kept))
    }

    /// The lines so far, to be written on.
    pub(crate) fn lines(&mut self) -> Part {
        if let Some(Kept::Lines(part)) = &self.kept {
            return part.clone();
        }
        let part = Part::new(&self.paths.rows);
        self.kept = Some(Kept::Lines(part.clone()));
        part
    }

    fn can_go_on(&self) {
        self.interrupt.now(Activity::Exporting);
    }

    /// Why rows could not be kept.
    pub(crate) fn take_failure(&mut self) -> Option<Failure> {
        self.failure.take()
    }

    /// No row is missing.
    pub(crate) fn all_read(&mut self) -> Result<(), Failure> {
        self.progress = None;
        self.checkpoint.complete = true;
        self.keep(true).map_err(|cause| self.unkept(&cause))
    }

    /// Gives the lines the name of the target, and returns how many bytes they are.
    pub(crate) fn place(&mut self, overwrite: Overwrite) -> Result<u64, Failure> {
        // Closed before: on Windows another process may not read it otherwise.
        self.kept = None;
        match self.paths.place(overwrite) {
            Ok(()) => Ok(self.checkpoint.bytes),
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => Err(self.taken().into()),
            Err(cause) => Err(Failure::unwritten(&self.paths.target.display().to_string(), &cause, Effect::Read)),
        }
    }

    /// The target is there, and not ours. The rows are kept.
    pub(crate) fn taken(&self) -> Error {
        usage(
            DOING,
            format!("{} exists; the rows so far are kept", self.paths.target.display()),
            "move that file away and go on with --resume, or replace it with --resume --force",
        )
    }

    /// A hash is text, whatever it stands for.
    pub(crate) fn mask_types(&self, types: &mut [ColumnType]) -> Result<()> {
        let Some(masks) = &self.masks else { return Ok(()) };
        for (of, masking) in types.iter_mut().zip(masks.places(&self.checkpoint.headers)?) {
            if masking == Some(Masking::Hash) {
                *of = ColumnType::default();
            }
        }
        Ok(())
    }

    /// Gives all rows away, from the first one on. `false` ends it.
    pub(crate) fn rows(&mut self, sink: &mut dyn RowSink) -> Result<(), Failure> {
        if sink.begin(&self.checkpoint.headers).is_break() {
            return Ok(());
        }
        let Some(Kept::Rows(spool)) = &mut self.kept else { return Ok(()) };
        let read = spool.read(|cells| sink.row(cells).is_continue());
        read.map_err(|cause| Failure::from(unopened(&self.paths.rows, &cause)))
    }

    /// The target has been written: nothing of the export is needed any more.
    pub(crate) fn finish(mut self, bytes: u64) {
        self.checkpoint.bytes = bytes;
        if let Some(mark) = &self.paths.mark {
            // Without a mark, a further --resume finds a file and refuses to replace it.
            let made = mark.parent().map_or(Ok(()), os::make_private_directory);
            let _ = made.and_then(|()| self.checkpoint.save(mark, true));
        }
        // First what would be gone on with.
        let _ = std::fs::remove_file(&self.paths.checkpoint);
        let _ = std::fs::remove_file(&self.paths.rows);
    }

    /// Keeps what is there: against the end of this process, and sooner or later, or if it must be, now, against that of the machine.
    fn keep(&mut self, now: bool) -> io::Result<()> {
        let Some(kept) = &mut self.kept else { return self.checkpoint.save(&self.paths.checkpoint, now) };
        self.checkpoint.bytes = kept.flush()?;
        let mut sync = now;
        if now {
            self.syncing.wait()?;
            kept.file()?.sync_data()?;
            self.checkpoint.synced = self.checkpoint.reached();
        } else {
            if let Some(synced) = self.syncing.ended()? {
                self.checkpoint.synced = Some(synced);
                sync = self.synced.is_none_or(|last| last.elapsed() >= CHECKPOINT_EVERY);
            }
            if let Some(reached) = self.checkpoint.reached().filter(|reached| self.syncing.is_due(reached.bytes())) {
                self.syncing.begin(kept.file()?, reached);
            }
        }
        if sync {
            self.synced = Some(Instant::now());
        }
        self.checkpoint.save(&self.paths.checkpoint, sync)
    }

    /// The failure of rows that could not be kept.
    pub(crate) fn unkept(&self, cause: &io::Error) -> Failure {
        if cause.kind() == io::ErrorKind::ResourceBusy {
            return unopened(&self.paths.rows, cause).into();
        }
        Failure::unwritten(&self.paths.rows.display().to_string(), cause, Effect::Read)
    }

    /// Ends it. The failure is that of the call.
    pub(crate) fn fail(&mut self, failure: Failure) -> ControlFlow<()> {
        self.failure = Some(failure);
        ControlFlow::Break(())
    }

    /// The rows could not be written to their file.
    pub(crate) fn not_written(&mut self, cause: &io::Error) -> ControlFlow<()> {
        let failure = self.unkept(cause);
        self.fail(failure)
    }

    /// The names of the columns, which are the same as before where it goes on.
    pub(crate) fn columns(&mut self, headers: &[String]) -> ControlFlow<()> {
        if self.checkpoint.position.is_none() {
            self.checkpoint.headers = headers.to_vec();
        } else if self.checkpoint.headers != headers {
            let error = usage(
                DOING,
                format!(
                    "the columns of the query are {} now, and were {}",
                    headers.join(", "),
                    self.checkpoint.headers.join(", ")
                ),
                "begin anew with --force in place of --resume",
            );
            return self.fail(error.into());
        }
        ControlFlow::Continue(())
    }
}

impl Drop for Export {
    /// Leaves files only if there is something in them to go on with. Those of another process are left alone.
    fn drop(&mut self) {
        if !self.has_rows() && self.kept.take().is_some_and(|kept| kept.is_there()) {
            let _ = std::fs::remove_file(&self.paths.checkpoint);
            let _ = std::fs::remove_file(&self.paths.rows);
        }
    }
}

impl RowSink for Export {
    fn begin(&mut self, headers: &[String]) -> ControlFlow<()> {
        let what = format!("receiving {}", visible(&self.paths.target.display().to_string()));
        let progress = self.talk.progress(&what, Unit::Of("rows"), None);
        progress.advance(self.begun_with);
        self.progress = Some(progress);
        self.columns(headers)?;
        match self.masks.as_ref().map(|masks| masks.places(headers)).transpose() {
            Ok(masked) => self.masked = masked.unwrap_or_default(),
            Err(error) => return self.fail(error.into()),
        }
        ControlFlow::Continue(())
    }

    fn row(&mut self, cells: &[Option<Cow<'_, str>>]) -> ControlFlow<()> {
        if let Some(progress) = &self.progress {
            progress.advance(1);
        }
        if let Err(cause) = self.kept().map(drop) {
            return self.not_written(&cause);
        }
        let masked;
        let mut kept = cells;
        if let Some(masks) = &self.masks {
            masked = match masks.row(&self.masked, cells) {
                Ok(masked) => masked,
                Err(error) => return self.fail(error.into()),
            };
            kept = &masked;
        }
        let Some(Kept::Rows(spool)) = &mut self.kept else { return ControlFlow::Break(()) };
        match spool.row(kept) {
            Ok(()) => ControlFlow::Continue(()),
            Err(cause) => self.not_written(&cause),
        }
    }
}

impl PageSink for Export {
    fn page_end(&mut self, position: &PagePosition) -> ControlFlow<()> {
        let before = self.checkpoint.position.replace(position.clone());
        match self.keep(false) {
            Ok(()) => {
                if before.is_none() {
                    self.can_go_on();
                }
                ControlFlow::Continue(())
            }
            Err(cause) => {
                self.checkpoint.position = before;
                self.not_written(&cause)
            }
        }
    }
}

fn unopened(path: &Path, cause: &io::Error) -> Error {
    let hint = match cause.kind() {
        io::ErrorKind::ResourceBusy => "wait until that export has ended, or choose another file",
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData => {
            "rows that had been kept are missing: begin anew with --force in place of --resume"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "free some space, then use --resume again",
        _ => "choose a file in a directory that you can write to, or begin anew with --force in place of --resume",
    };
    usage(DOING, format!("{} cannot be used: {cause}", path.display()), hint)
}
