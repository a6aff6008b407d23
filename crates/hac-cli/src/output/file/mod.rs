//! Rows in a file: any format, complete or absent.

mod plan;
mod whole;

use std::path::PathBuf;

use hac_client::{Overwrite, Result};

use crate::diagnostics::{Effect, Failure};
use crate::printer::{Data, Talk};

pub(crate) use plan::RowFilePlan;

/// A file that rows are written to. If it is dropped before its end, nothing is left of it.
pub(crate) struct RowFile {
    path: PathBuf,
    data: Data,
}

impl RowFile {
    /// Creates the temporary file, so that problems are found before anything is sent.
    pub(crate) fn create(plan: &RowFilePlan, overwrite: Overwrite, talk: &Talk) -> Result<Self> {
        let file = whole::WholeFile::create(&plan.path, overwrite)?;
        Ok(Self { path: plan.path.clone(), data: Data::into(Box::new(file), talk) })
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
