//! All rows of a query on their way into a file: kept page by page, so that a run that breaks off can go on.
//!
//! The rows wait in a file beside the target until all are there. Only then is the target written, in one piece: it is the same,
//! however often the export was interrupted.

mod checkpoint;
mod spool;

use std::borrow::Cow;
use std::fs::TryLockError;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use hac_client::console::{PagePosition, PageSink, RowSink};
use hac_client::{Error, Result};

use crate::args::Masking;
use crate::diagnostics::{Effect, Failure, usage};
use crate::env::Environment;
use crate::foreign::visible;
use crate::interrupt::{Activity, Interrupt};
use crate::output::{ColumnType, Masks};
use crate::printer::Talk;
use crate::progress::{Progress, Unit};
use crate::{os, state};
use checkpoint::Checkpoint;
pub(crate) use checkpoint::{Bound, hash};
use spool::Spool;

const DOING: &str = "export the rows";

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
    /// Made with the first row.
    spool: Option<Spool>,
    checkpoint: Checkpoint,
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

/// The files of an export.
struct Paths {
    target: PathBuf,
    rows: PathBuf,
    checkpoint: PathBuf,
    /// Says that the target is complete.
    mark: Option<PathBuf>,
}

impl Paths {
    fn of(target: &Path, bound: &Bound, environment: &Environment) -> Self {
        let beside = |ending: &str| {
            let mut name = target.file_name().unwrap_or_default().to_owned();
            name.push(ending);
            target.with_file_name(name)
        };
        let mark = state::directory(environment).map(|state| state.join("exports").join(hash([bound.file.as_str()])));
        Self { target: target.to_owned(), rows: beside(".hac-part"), checkpoint: beside(".hac-resume"), mark }
    }

    /// The target's last export, if it is still what that has written.
    fn completed(&self) -> Option<Checkpoint> {
        let mark = Checkpoint::load(self.mark.as_ref()?).ok()??;
        let length = self.target.metadata().ok().filter(std::fs::Metadata::is_file)?.len();
        (mark.complete && mark.bytes == length).then_some(mark)
    }
}

impl Export {
    /// Opens the files of an export. Nothing was sent yet.
    pub(crate) fn open(
        target: &Path,
        bound: Bound,
        earlier: Earlier,
        masks: Option<Masks>,
        at: &Surroundings<'_>,
    ) -> Result<Opened> {
        let paths = Paths::of(target, &bound, at.environment);
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
        let begun_with = checkpoint.position.as_ref().map_or(0, PagePosition::rows);
        let mut export = Self {
            paths,
            spool: None,
            checkpoint,
            begun_with,
            failure: None,
            masks,
            masked: Vec::new(),
            interrupt: at.interrupt.clone(),
            talk: at.talk.clone(),
            progress: None,
        };
        if export.has_rows() {
            let opened = export.spool().map(drop);
            opened.map_err(|cause| unopened(&export.paths.rows, &cause))?;
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

    fn spool(&mut self) -> io::Result<&mut Spool> {
        if self.spool.is_some() {
            return self.spool.as_mut().ok_or_else(|| io::ErrorKind::NotFound.into());
        }
        let file = os::open_private(&self.paths.rows)?;
        // Where the file system has no locks, two at once are not told from each other.
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            return Err(io::Error::new(io::ErrorKind::ResourceBusy, "another process writes to it"));
        }
        let spool = Spool::at(file, self.checkpoint.bytes)?;
        Ok(self.spool.insert(spool))
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
        self.keep().map_err(|cause| self.unkept(&cause))
    }

    /// A hash is text, whatever it stands for.
    pub(crate) fn mask_types(&self, types: &mut [ColumnType]) -> Result<()> {
        let Some(masks) = &self.masks else { return Ok(()) };
        for (of, masking) in types.iter_mut().zip(masks.of(&self.checkpoint.headers)?) {
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
        let Some(spool) = &mut self.spool else { return Ok(()) };
        let read = spool.read(|cells| sink.row(cells).is_continue());
        read.map_err(|cause| Failure::from(unopened(&self.paths.rows, &cause)))
    }

    /// The target has been written: nothing of the export is needed any more.
    pub(crate) fn finish(mut self, bytes: u64) {
        self.checkpoint.bytes = bytes;
        if let Some(mark) = &self.paths.mark {
            // Without a mark, a further --resume finds a file and refuses to replace it.
            let made = mark.parent().map_or(Ok(()), os::make_private_directory);
            let _ = made.and_then(|()| self.checkpoint.save(mark));
        }
        // First what would be gone on with.
        let _ = std::fs::remove_file(&self.paths.checkpoint);
        let _ = std::fs::remove_file(&self.paths.rows);
    }

    /// The export did not come to its end. Leaves files only if there is something in them to go on with.
    pub(crate) fn break_off(self) {
        if !self.has_rows() {
            let _ = std::fs::remove_file(&self.paths.checkpoint);
            let _ = std::fs::remove_file(&self.paths.rows);
        }
    }

    fn keep(&mut self) -> io::Result<()> {
        if let Some(spool) = &mut self.spool {
            self.checkpoint.bytes = spool.sync()?;
        }
        self.checkpoint.save(&self.paths.checkpoint)
    }

    fn unkept(&self, cause: &io::Error) -> Failure {
        Failure::unwritten(&self.paths.rows.display().to_string(), cause, Effect::Read)
    }

    fn fail(&mut self, failure: Failure) -> ControlFlow<()> {
        self.failure = Some(failure);
        ControlFlow::Break(())
    }
}

impl RowSink for Export {
    fn begin(&mut self, headers: &[String]) -> ControlFlow<()> {
        let what = format!("receiving {}", visible(&self.paths.target.display().to_string()));
        let progress = self.talk.progress(&what, Unit::Of("rows"), None);
        progress.advance(self.begun_with);
        self.progress = Some(progress);
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
        match self.masks.as_ref().map(|masks| masks.of(headers)).transpose() {
            Ok(masked) => self.masked = masked.unwrap_or_default(),
            Err(error) => return self.fail(error.into()),
        }
        ControlFlow::Continue(())
    }

    fn row(&mut self, cells: &[Option<Cow<'_, str>>]) -> ControlFlow<()> {
        if let Some(progress) = &self.progress {
            progress.advance(1);
        }
        if let Err(cause) = self.spool().map(drop) {
            let failure = self.unkept(&cause);
            return self.fail(failure);
        }
        let masked;
        let mut kept = cells;
        if let Some(masks) = &self.masks {
            if cells.len() != self.masked.len() {
                // Which of its cells stand in the columns to mask, nobody knows.
                let why = format!("a row has {} cells, and there are {} columns", cells.len(), self.masked.len());
                return self.fail(usage("mask the columns", why, "select the columns by their names").into());
            }
            let masked_cells = cells.iter().zip(&self.masked).map(|(cell, masking)| {
                let cell = cell.as_deref()?;
                Some(masking.map_or(Cow::Borrowed(cell), |masking| masks.masked(masking, cell)))
            });
            masked = masked_cells.collect::<Vec<_>>();
            kept = &masked;
        }
        match self.spool.as_mut().map_or(Err(io::ErrorKind::NotFound.into()), |spool| spool.row(kept)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(cause) => {
                let failure = self.unkept(&cause);
                self.fail(failure)
            }
        }
    }
}

impl PageSink for Export {
    fn page_end(&mut self, position: &PagePosition) -> ControlFlow<()> {
        let before = self.checkpoint.position.replace(position.clone());
        match self.keep() {
            Ok(()) => {
                if before.is_none() {
                    self.can_go_on();
                }
                ControlFlow::Continue(())
            }
            Err(cause) => {
                self.checkpoint.position = before;
                let failure = self.unkept(&cause);
                self.fail(failure)
            }
        }
    }
}

fn unopened(path: &Path, cause: &io::Error) -> Error {
    usage(
        DOING,
        format!("{} cannot be used: {cause}", path.display()),
        "choose a file in a directory that you can write to, or begin anew with --force in place of --resume",
    )
}
