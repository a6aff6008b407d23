//! Rows in a file: any format, complete or absent.

mod packed;
mod plan;
mod whole;

use std::path::PathBuf;

use hac_client::{Error, ErrorKind, Overwrite, Result};

use crate::diagnostics::{Effect, Failure};
use crate::printer::{Data, Talk, Target};

pub(crate) use plan::RowFilePlan;

/// A file that rows are written to. If it is dropped before its end, nothing is left of it.
pub(crate) struct RowFile {
    path: PathBuf,
    data: Data,
}

impl RowFile {
    /// Creates the temporary file, so that problems are found before anything is sent.
    pub(crate) fn create(plan: &RowFilePlan, overwrite: Overwrite, talk: &Talk) -> Result<Self> {
        let mut target: Box<dyn Target> = Box::new(whole::WholeFile::create(&plan.path, overwrite)?);
        if let Some(compression) = plan.compression {
            target = compression.into(target).map_err(|cause| {
                let doing = format!("compress {}", plan.path.display());
                Error::new(ErrorKind::Io, doing).because(cause.to_string()).with_hint("write an uncompressed file")
            })?;
        }
        Ok(Self { path: plan.path.clone(), data: Data::into(target, talk) })
    }

    /// What a format writes to, and where it says that nothing more can be written.
    pub(crate) fn data(&mut self) -> &mut Data {
        &mut self.data
    }

    /// Puts it in its place, and returns its size. `effect` is what was done to get what it holds.
    pub(crate) fn finish(mut self, effect: Effect) -> Result<u64, Failure> {
        let place = self.path.display().to_string();
        self.data.flush();
        if let Some(cause) = self.data.broken().error() {
            return Err(Failure::unwritten(&place, cause, effect));
        }
        self.data.complete().map_err(|cause| Failure::unwritten(&place, &cause, effect))
    }
}
