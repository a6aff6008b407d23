//! A file that rows are written to, complete or absent.

use std::io::{self, Write};
use std::path::Path;

use hac_client::files::{ByteSink as _, NewFile};
use hac_client::{Overwrite, Result};

use crate::printer::Target;

/// A new file as a stream.
#[derive(Debug)]
pub(super) struct WholeFile {
    /// None after a write that failed.
    file: Option<NewFile>,
    bytes: u64,
}

impl WholeFile {
    pub(super) fn create(path: &Path, overwrite: Overwrite) -> Result<Self> {
        Ok(Self { file: Some(NewFile::create(path, overwrite)?), bytes: 0 })
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(file) = &mut self.file else { return Err(io::ErrorKind::BrokenPipe.into()) };
        if file.piece(bytes).is_break() {
            // It keeps the reason, and tells it at its end, which removes it.
            let failed = self.file.take().map_or(Ok(()), NewFile::finish);
            return Err(failed.err().unwrap_or_else(|| io::ErrorKind::Other.into()));
        }
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Target for WholeFile {
    fn complete(self: Box<Self>) -> io::Result<u64> {
        let Some(file) = self.file else { return Err(io::ErrorKind::BrokenPipe.into()) };
        file.finish()?;
        Ok(self.bytes)
    }
}
