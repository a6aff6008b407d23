//! Where ImpEx goes.

use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use crate::engine::download::ByteSink as _;
use crate::error::{Error, ErrorKind, Result};
use crate::unfinished::NewFile;

/// Receives the ImpEx of a copy while it is written.
pub trait CopySink: Send {
    /// Called with the next piece: whole lines, in which so many rows end. A header counts as no row. `Break` stops the copy, see
    /// [`stopped`](super::CopySummary::stopped).
    fn piece(&mut self, impex: &str, rows: u64) -> ControlFlow<()>;
}

impl CopySink for String {
    fn piece(&mut self, impex: &str, _: u64) -> ControlFlow<()> {
        self.push_str(impex);
        ControlFlow::Continue(())
    }
}

/// A file that is there when all of the ImpEx is in it.
pub(super) struct ImpexFile(pub(super) NewFile);

impl CopySink for ImpexFile {
    fn piece(&mut self, impex: &str, _: u64) -> ControlFlow<()> {
        self.0.piece(impex.as_bytes())
    }
}

impl ImpexFile {
    pub(super) fn finish(self) -> Result<()> {
        let target = self.0.target().to_owned();
        self.0.finish().map_err(|cause| not_written(&target, cause))
    }
}

fn not_written(target: &Path, cause: io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("write to {}", target.display()))
        .because(format!("{cause}; no file was written, and nothing was changed"))
        .with_hint("free disk space or choose another file, then copy the rows again")
        .with_source(cause)
}
