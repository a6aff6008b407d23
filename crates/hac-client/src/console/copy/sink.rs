//! Where ImpEx goes.

use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use crate::auth::BoxFuture;
use crate::engine::download::ByteSink as _;
use crate::error::{Error, ErrorKind, Result};
use crate::unfinished::NewFile;

/// Receives the ImpEx of a copy while it is written.
pub trait CopySink: Send {
    /// Called with the next piece: whole lines, in which so many rows end. A header counts as no row. `Break` stops the copy, see
    /// [`stopped`](super::CopySummary::stopped).
    fn piece(&mut self, impex: &str, rows: u64) -> ControlFlow<()>;

    /// Called once behind the last piece of a [copy into a file](crate::HacClient::write_copy_watched), which appears when the future
    /// says `Continue`. `Break` cancels it. Default: `Continue`, at once.
    fn end(&mut self) -> BoxFuture<'_, ControlFlow<()>> {
        Box::pin(std::future::ready(ControlFlow::Continue(())))
    }
}

impl CopySink for String {
    fn piece(&mut self, impex: &str, _: u64) -> ControlFlow<()> {
        self.push_str(impex);
        ControlFlow::Continue(())
    }
}

/// For a copy that nobody watches.
pub(super) struct Unwatched;

impl CopySink for Unwatched {
    fn piece(&mut self, _: &str, _: u64) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// A file that is there when all of the ImpEx is in it, and the watcher agrees.
pub(super) struct ImpexFile<'w> {
    file: NewFile,
    watcher: &'w mut dyn CopySink,
    is_cancelled: bool,
}

impl CopySink for ImpexFile<'_> {
    fn piece(&mut self, impex: &str, rows: u64) -> ControlFlow<()> {
        self.file.piece(impex.as_bytes())?;
        self.is_cancelled = self.watcher.piece(impex, rows).is_break();
        if self.is_cancelled { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl<'w> ImpexFile<'w> {
    pub(super) fn new(file: NewFile, watcher: &'w mut dyn CopySink) -> Self {
        Self { file, watcher, is_cancelled: false }
    }

    pub(super) async fn finish(self) -> Result<()> {
        let target = self.file.target().to_owned();
        if self.is_cancelled || self.watcher.end().await.is_break() {
            return Err(not_written(&target, io::Error::other("the copy was cancelled")));
        }
        self.file.finish().map_err(|cause| not_written(&target, cause))
    }
}

fn not_written(target: &Path, cause: io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("write to {}", target.display()))
        .because(format!("{cause}; no file was written, and nothing was changed"))
        .with_hint("free disk space or choose another file, then copy the rows again")
        .with_source(cause)
}
