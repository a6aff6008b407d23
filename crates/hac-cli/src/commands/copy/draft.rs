//! The file that the rows wait in: private, and gone at the end unless an import has to go on with it.

use std::fs;
use std::path::{Path, PathBuf};

use hac_client::{Error, ErrorKind, Overwrite, Result};

use crate::args::RowFormat;
use crate::context::RunContext;
use crate::diagnostics::{Effect, Failure};
use crate::ending;
use crate::os;
use crate::output::{RowFile, RowFilePlan};
use crate::printer::{Data, Talk};
use crate::state;

/// A file that is not there yet: whatever ends the program before removes it.
pub(super) struct Draft {
    file: RowFile,
    path: PathBuf,
}

/// The file, removed when this is dropped, unless it is kept.
pub(super) struct KeptRows {
    path: PathBuf,
    kept: bool,
}

impl Draft {
    /// Begins the file, in the directory for what the program remembers.
    pub(super) fn create(type_code: &str, context: &RunContext, talk: &Talk) -> Result<Self> {
        let failed = |why: String| {
            let hint = "XDG_STATE_HOME chooses the directory; nothing was copied";
            Error::new(ErrorKind::Config, "keep the rows in a file").because(why).with_hint(hint)
        };
        let Some(state) = state::directory(&context.environment) else {
            return Err(failed("the home directory is unknown".to_owned()));
        };
        let directory = state.join("copies");
        ending::blocking(|| os::make_private_directory(&directory))
            .map_err(|cause| failed(format!("{} cannot be made: {cause}", directory.display())))?;
        let mut number = [0; 4];
        getrandom::fill(&mut number).map_err(|cause| failed(format!("the system gives no random numbers: {cause}")))?;
        let path = directory.join(format!("{type_code}-{:08x}.impex", u32::from_be_bytes(number)));
        let plan = RowFilePlan { path: path.clone(), format: RowFormat::Impex, compression: None };
        // Readable by its owner alone, as all files are that are not complete, and it stays so.
        let file = RowFile::create(&plan, Overwrite::No, talk)?;
        Ok(Self { file, path })
    }

    pub(super) fn data(&mut self) -> &mut Data {
        self.file.data()
    }

    /// Puts the file in its place.
    pub(super) fn finish(self) -> Result<KeptRows, Failure> {
        let Self { file, path } = self;
        file.finish(Effect::Read)?;
        Ok(KeptRows { path, kept: false })
    }
}

impl KeptRows {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Leaves the file where it is.
    pub(super) fn keep(&mut self) {
        self.kept = true;
    }
}

impl Drop for KeptRows {
    fn drop(&mut self) {
        if !self.kept {
            let _ = fs::remove_file(&self.path);
        }
    }
}
