//! Files that are not whole yet: whatever ends the process can remove them.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, TryLockError};
use std::time::Duration;

use tempfile::NamedTempFile;

/// How often and how long to wait for the list. It is busy while a file is made, which never ends on a
/// disk that hangs; the end of a process must not hang with it.
const ATTEMPTS: u32 = 100;
const PAUSE: Duration = Duration::from_millis(1);

/// The paths of those that exist.
static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Removes the files of this process that are not whole yet: archives that are being downloaded.
///
/// Dropping a call removes its file too. This is for a program that ends without dropping anything:
/// in a handler of signals, or of a panic that aborts. Calls that are still going on fail afterwards.
pub fn remove_unfinished_files() {
    for _ in 0..ATTEMPTS {
        let unfinished = match UNFINISHED.try_lock() {
            Ok(mut unfinished) => std::mem::take(&mut *unfinished),
            Err(TryLockError::Poisoned(broken)) => std::mem::take(&mut *broken.into_inner()),
            Err(TryLockError::WouldBlock) => {
                std::thread::sleep(PAUSE);
                continue;
            }
        };
        for path in unfinished {
            // Gone already: moved to its place, or removed by its owner.
            let _ = std::fs::remove_file(path);
        }
        return;
    }
}

/// Whether a file that is there already gives way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Overwrite {
    /// It does.
    Yes,
    /// It stays, and nothing is exported.
    #[default]
    No,
}

/// A file that grows beside its place; when this is dropped before it is put there, it is gone.
#[derive(Debug)]
pub(crate) struct UnfinishedFile {
    file: Option<NamedTempFile>,
    path: PathBuf,
}

impl UnfinishedFile {
    /// Makes a file with a name of its own in a directory, readable by its owner alone.
    pub(crate) fn create(prefix: &str, directory: &Path) -> io::Result<Self> {
        // Held until the file is registered, so that no removal comes in between.
        let mut unfinished = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
        let file = tempfile::Builder::new().prefix(prefix).tempfile_in(directory)?;
        let path = std::path::absolute(file.path())?;
        unfinished.insert(path.clone());
        Ok(Self { file: Some(file), path })
    }

    /// The file once more, to be read from its beginning.
    pub(crate) fn reopen(&self) -> io::Result<File> {
        self.file.as_ref().map_or_else(|| Err(io::ErrorKind::NotFound.into()), NamedTempFile::reopen)
    }

    /// The file, to be read and written.
    pub(crate) fn as_file(&self) -> io::Result<&File> {
        self.file.as_ref().map(NamedTempFile::as_file).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Moves it to its place.
    pub(crate) fn persist(mut self, target: &Path, overwrite: Overwrite) -> io::Result<()> {
        let Some(file) = self.file.take() else { return Err(io::ErrorKind::NotFound.into()) };
        let moved = match overwrite {
            Overwrite::Yes => file.persist(target),
            Overwrite::No => file.persist_noclobber(target),
        };
        moved.map(drop).map_err(|failure| failure.error)
    }
}

impl Drop for UnfinishedFile {
    fn drop(&mut self) {
        // Removed before it is forgotten: never unknown while it exists.
        drop(self.file.take());
        UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(directory).expect("a directory");
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect()
    }

    #[test]
    fn only_files_that_are_not_whole_are_removed() {
        let home = tempfile::tempdir().expect("a directory");
        let target = home.path().join("whole.zip");
        let whole = UnfinishedFile::create(".export-", home.path()).expect("a file");
        whole.as_file().expect("a file").write_all(b"all of it").expect("written");
        whole.persist(&target, Overwrite::No).expect("moved");
        let dropped = UnfinishedFile::create(".export-", home.path()).expect("a file");
        drop(dropped);
        let half = UnfinishedFile::create(".export-", home.path()).expect("a file");
        assert_eq!(names(home.path()).len(), 2);
        // As at the end of a process: nothing is dropped.
        remove_unfinished_files();
        assert_eq!(names(home.path()), ["whole.zip"]);
        let late = half.persist(&home.path().join("half.zip"), Overwrite::No);
        assert!(late.is_err());
        assert_eq!(names(home.path()), ["whole.zip"]);
    }
}
