//! The request: a file, and how it is imported.

use std::fmt;
use std::num::{NonZeroU16, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use encoding_rs::{Encoding, UTF_8};

use super::result::BulkProgress;
use crate::console::impex::{ImpexSwitch, ValidationMode};
use crate::error::{Error, ErrorKind, Result};

/// Whether to go on with an import that was begun before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum BulkStart {
    /// Begin, and refuse if an earlier import of the file is unfinished. The default.
    #[default]
    New,
    /// Go on behind the last chunk that was answered. Begins if there is nothing to go on with.
    Resume,
    /// Begin anew, and forget an earlier import.
    Restart,
}

/// What to assume of chunks whose outcome is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Assumption {
    /// The server imported them: they are not sent again.
    Imported,
    /// The server did not import them: they are sent again.
    NotImported,
}

/// What the caller has decided about chunks of unknown outcome.
#[derive(Debug, Clone, Default)]
pub(super) struct Decisions {
    /// For the only chunk.
    pub(super) only: Option<Assumption>,
    /// For the chunks with these first and last lines.
    pub(super) by_lines: Vec<((usize, usize), Assumption)>,
}

impl Decisions {
    /// Returns what was decided about a chunk by its lines.
    pub(super) fn of(&self, lines: (usize, usize)) -> Option<Assumption> {
        self.by_lines.iter().find(|(decided, _)| *decided == lines).map(|(_, assumption)| *assumption)
    }
}

/// An import of a file of any size: split into chunks, resumable, each row once.
///
/// Each chunk is a script that stands alone, with the macros and the header of its rows. Chunks are imported one after the other, in the
/// order of the file, and are sized by time: each should take 20 seconds, because gateways hang up after 60 seconds by default. What
/// cannot be split safely is sent as a whole: files with document ids (`&ref`), blocks of user rights, or code other than conditions
/// around rows and `impex.includeExternalData`.
///
/// A checkpoint on disk says how far the import has come: at the last moment before each chunk leaves, and after its answer. A chunk whose outcome is unknown
/// ends the import with [`OutcomeUnknown`](ErrorKind::OutcomeUnknown) and is never sent again unless
/// [`assume`](Self::assume) or [`assume_lines`](Self::assume_lines) says that it was not imported. A chunk that failed is not sent again either.
///
/// Rows that failed only because something that they refer to was missing are imported once more after the last chunk, before they
/// count as failed.
#[derive(Clone)]
#[must_use = "nothing is imported until a client is called with it"]
pub struct BulkImport {
    pub(super) path: PathBuf,
    pub(super) validation: ValidationMode,
    pub(super) threads: NonZeroU16,
    encoding: String,
    pub(super) switches: Vec<ImpexSwitch>,
    pub(super) chunk_rows: Option<NonZeroUsize>,
    pub(super) parallel: NonZeroU16,
    pub(super) continues: bool,
    pub(super) start: BulkStart,
    pub(super) decisions: Decisions,
    pub(super) report: Option<PathBuf>,
    pub(super) keeps: bool,
    pub(super) state_directory: Option<PathBuf>,
    pub(super) progress: Option<Arc<dyn Fn(BulkProgress) + Send + Sync>>,
    pub(super) stop: Option<Arc<dyn Fn() -> bool + Send + Sync>>,
}

impl BulkImport {
    /// Returns an import of a file. Nothing is read yet.
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self {
            path: path.as_ref().to_owned(),
            validation: ValidationMode::default(),
            threads: NonZeroU16::MIN,
            encoding: UTF_8.name().to_owned(),
            switches: Vec::new(),
            chunk_rows: None,
            parallel: NonZeroU16::MIN,
            continues: false,
            start: BulkStart::default(),
            decisions: Decisions::default(),
            report: None,
            keeps: false,
            state_directory: None,
            progress: None,
            stop: None,
        }
    }

    /// Sets how strictly rows are validated. Default: strict.
    pub fn validation(mut self, mode: ValidationMode) -> Self {
        self.validation = mode;
        self
    }

    /// Sets the number of threads that the server imports each chunk with. Default: 1, which keeps the order of the lines.
    pub fn threads(mut self, threads: NonZeroU16) -> Self {
        self.threads = threads;
        self
    }

    /// Sets the encoding of the file by name, such as `ISO-8859-1`. Default: `UTF-8`. UTF-16 with a byte order mark is recognised.
    pub fn encoding(mut self, name: impl Into<String>) -> Self {
        self.encoding = name.into();
        self
    }

    /// Turns an option on. By default all are off. The distributed mode is a usage error: it answers before it has imported anything.
    pub fn switch_on(mut self, switch: ImpexSwitch) -> Self {
        if !self.switches.contains(&switch) {
            self.switches.push(switch);
        }
        self
    }

    /// Sets the number of rows of each chunk. Default: by time. A file that cannot be split safely is a usage error then.
    pub fn chunk_rows(mut self, rows: NonZeroUsize) -> Self {
        self.chunk_rows = Some(rows);
        self
    }

    /// Sets how many chunks are imported at the same time. Default: 1. With more, the order of the rows is lost.
    pub fn parallel(mut self, chunks: NonZeroU16) -> Self {
        self.parallel = chunks;
        self
    }

    /// Goes on after a chunk with failed rows. By default the import stops there.
    pub fn continue_after_failures(mut self, continues: bool) -> Self {
        self.continues = continues;
        self
    }

    /// Sets what to do about an earlier import of this file. Default: refuse if there is an unfinished one.
    pub fn start(mut self, start: BulkStart) -> Self {
        self.start = start;
        self
    }

    /// Decides about the chunk of unknown outcome when the import is resumed. Does nothing if there is none. If there are several, the
    /// import is refused: one of them may have been imported and another not, so each is decided by its lines, with
    /// [`assume_lines`](Self::assume_lines).
    pub fn assume(mut self, assumption: Assumption) -> Self {
        self.decisions.only = Some(assumption);
        self
    }

    /// Decides about the chunk of unknown outcome with these first and last lines, as
    /// [`Hint::DecideChunks`](crate::Hint::DecideChunks) and [`BulkStatus::undecided`](super::BulkStatus::undecided) have them. Call it for
    /// each chunk: nothing is sent before all of them are decided. Lines of which nothing is unknown are ignored.
    pub fn assume_lines(mut self, lines: (usize, usize), assumption: Assumption) -> Self {
        self.decisions.by_lines.push((lines, assumption));
        self
    }

    /// Sets a directory for `imported.impex`, `failed.impex` and `not-processed.impex`, which are written when the call ends, and replace
    /// earlier ones. Rows of unknown outcome are in `unknown.impex`.
    pub fn report(mut self, directory: impl Into<PathBuf>) -> Self {
        self.report = Some(directory.into());
        self
    }

    /// Keeps the checkpoint of a file that was sent [at once](crate::HacClient::import_impex_at_once): for one of several files, which are
    /// resumed together. Without it only [`BulkStart::Resume`] does. An import in chunks always keeps its checkpoint.
    pub fn keep_checkpoint(mut self, keeps: bool) -> Self {
        self.keeps = keeps;
        self
    }

    /// Sets the directory for checkpoints. Default: `$XDG_STATE_HOME/hac-client/imports`, else `~/.local/state/hac-client/imports`; on
    /// Windows `%LOCALAPPDATA%\hac-client\imports`.
    pub fn state_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.state_directory = Some(directory.into());
        self
    }

    /// Registers a callback for the progress, called after each chunk on the task that imports; it must not block.
    pub fn on_progress(mut self, callback: impl Fn(BulkProgress) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(callback));
        self
    }

    /// Registers a callback that is asked before each chunk whether to stop. The result then has rows that were not processed.
    pub fn stop_if(mut self, callback: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        self.stop = Some(Arc::new(callback));
        self
    }

    /// Reads the file on this machine, and fails if it cannot be imported as it is asked for. Nothing is sent. Blocks.
    ///
    /// An import does this too; call this to check several files before the first import.
    ///
    /// # Errors
    /// [`Usage`](ErrorKind::Usage) if the file cannot be read, or not be split as it is asked for.
    pub fn verify(&self) -> Result<()> {
        super::work::surveyed(self).map(drop)
    }

    /// Returns what to do about an earlier import of this file.
    pub fn start_policy(&self) -> BulkStart {
        self.start
    }

    /// Returns whether [`assume`](Self::assume) was called.
    pub fn is_decided(&self) -> bool {
        self.decisions.only.is_some()
    }

    /// Returns what [`assume_lines`](Self::assume_lines) has decided about a chunk.
    pub fn decision(&self, lines: (usize, usize)) -> Option<Assumption> {
        self.decisions.of(lines)
    }

    pub(super) fn known_encoding(&self) -> Result<&'static Encoding> {
        Encoding::for_label(self.encoding.as_bytes()).ok_or_else(|| {
            Error::new(ErrorKind::Usage, "set the encoding")
                .because(format!("{} is not a known encoding", self.encoding))
                .with_hint("name the encoding of the file: UTF-8, ISO-8859-1, windows-1252, …")
        })
    }

    pub(super) fn encoding_name(&self) -> &str {
        &self.encoding
    }

    pub(super) fn is_to_stop(&self) -> bool {
        self.stop.as_ref().is_some_and(|stop| stop())
    }
}

impl From<&BulkImport> for BulkImport {
    fn from(import: &BulkImport) -> Self {
        import.clone()
    }
}

impl fmt::Debug for BulkImport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BulkImport")
            .field("path", &self.path)
            .field("chunk_rows", &self.chunk_rows)
            .field("parallel", &self.parallel)
            .field("start", &self.start)
            .field("decisions", &self.decisions)
            .field("report", &self.report)
            .finish_non_exhaustive()
    }
}
