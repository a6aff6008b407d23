//! Files that appear when they are whole: whatever ends the process before can remove what there is of them.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, TryLockError};
use std::time::Duration;

use tempfile::NamedTempFile;

use crate::engine::download::ByteSink;
use crate::error::{Error, ErrorKind, Result};
use crate::hint::Hint;

/// How often and how long to wait for the list. It is busy while a file is made, which never ends on a
/// disk that hangs; the end of a process must not hang with it.
const ATTEMPTS: u32 = 100;
const PAUSE: Duration = Duration::from_millis(1);

/// The paths of those that exist.
static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Removes the incomplete downloads of this process.
///
/// Dropping a call removes its file too. Call this if the program exits without dropping anything: in a signal handler, or in
/// the hook of a panic that aborts. Running downloads fail afterwards.
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

/// Whether to replace an existing file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Overwrite {
    /// Replace it.
    Yes,
    /// Keep it, and fail with [`Usage`](ErrorKind::Usage) before anything is sent. The default.
    #[default]
    No,
}

/// A file that is either complete or absent.
///
/// Data is written to a temporary file in the same directory, which only its owner can read; [`finish`](Self::finish) moves
/// it into place. If it is dropped before that, or if [`remove_unfinished_files`] is called, the file is removed.
#[derive(Debug)]
#[must_use = "it is removed when it is dropped"]
pub struct NewFile {
    file: Unfinished,
    target: PathBuf,
    overwrite: Overwrite,
    failure: Option<io::Error>,
}

impl NewFile {
    /// Creates the temporary file, so that problems are found before anything is sent.
    ///
    /// # Errors
    /// [`Usage`](ErrorKind::Usage) if the path is a directory, a link or a device, if an existing file must be kept, or if no
    /// file can be created in the directory.
    pub fn create(target: impl AsRef<Path>, overwrite: Overwrite) -> Result<Self> {
        let target = target.as_ref();
        let refused = |why: String, hint: Hint| {
            Error::new(ErrorKind::Usage, format!("write {}", target.display())).because(why).with_hint(hint)
        };
        if target.is_dir() {
            return Err(refused("it is a directory".to_owned(), "name a file".into()));
        }
        if let Ok(existing) = target.symlink_metadata() {
            if overwrite == Overwrite::No {
                return Err(refused("it already exists".to_owned(), Hint::Overwrite));
            }
            // Whatever reads /dev/null, /dev/stdout or a pipe would find a file in its place.
            if !existing.is_file() {
                let what = if existing.is_symlink() { "a symbolic link" } else { "not a regular file" };
                return Err(refused(format!("it is {what}"), "name a regular file".into()));
            }
        }
        let directory = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = Unfinished::create(directory).map_err(|cause| {
            // The error's own text names a file that nobody knows.
            let why = match cause.kind() {
                io::ErrorKind::NotFound => "the directory does not exist".to_owned(),
                io::ErrorKind::PermissionDenied => "permission denied for the directory".to_owned(),
                other => other.to_string(),
            };
            refused(why, "choose a file in a directory that you can write to".into()).with_source(cause)
        })?;
        Ok(Self { file, target: target.to_owned(), overwrite, failure: None })
    }

    /// Returns the path of the file.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Moves the file into place.
    ///
    /// # Errors
    /// The operating system's error if the file could not be written or moved, including errors of earlier writes; the file is
    /// then removed.
    pub fn finish(mut self) -> io::Result<()> {
        match self.failure.take() {
            Some(failure) => Err(failure),
            None => self.file.persist(&self.target, self.overwrite),
        }
    }

    /// The file once more, to be read from its beginning; or why it could not be written.
    pub(crate) fn reopen(&mut self) -> io::Result<File> {
        match self.failure.take() {
            Some(failure) => Err(failure),
            None => self.file.as_file()?.reopen(),
        }
    }
}

impl ByteSink for NewFile {
    fn piece(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        match self.file.as_file().and_then(|file| file.as_file().write_all(bytes)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(cause) => {
                self.failure = Some(cause);
                ControlFlow::Break(())
            }
        }
    }
}

/// A file that is on the list of those to be removed.
#[derive(Debug)]
struct Unfinished {
    file: Option<NamedTempFile>,
    path: PathBuf,
}

impl Unfinished {
    /// Makes a file with a name of its own in a directory, readable by its owner alone.
    fn create(directory: &Path) -> io::Result<Self> {
        // Held until the file is registered, so that no removal comes in between.
        let mut unfinished = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
        let file = tempfile::Builder::new().prefix(".hac-").suffix(".part").tempfile_in(directory)?;
        let path = std::path::absolute(file.path())?;
        unfinished.insert(path.clone());
        Ok(Self { file: Some(file), path })
    }

    fn as_file(&self) -> io::Result<&NamedTempFile> {
        self.file.as_ref().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn persist(mut self, target: &Path, overwrite: Overwrite) -> io::Result<()> {
        let Some(file) = self.file.take() else { return Err(io::ErrorKind::NotFound.into()) };
        let moved = match overwrite {
            Overwrite::Yes => file.persist(target),
            Overwrite::No => file.persist_noclobber(target),
        };
        moved.map(drop).map_err(|failure| failure.error)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Removed before it is forgotten: never unknown while it exists.
        drop(self.file.take());
        UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(directory).expect("a directory");
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect()
    }

    fn new(home: &Path, name: &str, overwrite: Overwrite) -> NewFile {
        NewFile::create(home.join(name), overwrite).expect("it can be made")
    }

    #[test]
    fn only_files_that_are_not_whole_are_removed() {
        let home = tempfile::tempdir().expect("a directory");
        let mut whole = new(home.path(), "whole.zip", Overwrite::No);
        assert!(whole.piece(b"all of it").is_continue());
        whole.finish().expect("moved");
        let half = new(home.path(), "half.zip", Overwrite::No);
        assert_eq!(names(home.path()).len(), 2);
        // As at the end of a process: nothing is dropped.
        remove_unfinished_files();
        assert_eq!(names(home.path()), ["whole.zip"]);
        assert!(half.finish().is_err());
        assert_eq!(names(home.path()), ["whole.zip"]);
    }

    #[test]
    fn a_file_is_there_when_it_is_whole_and_not_before() {
        let home = tempfile::tempdir().expect("a directory");
        let path = home.path().join("out.zip");
        let mut file = new(home.path(), "out.zip", Overwrite::No);
        assert!(file.piece(b"one ").is_continue() && file.piece(b"two").is_continue());
        assert!(!path.exists());
        file.finish().expect("in its place");
        assert_eq!(std::fs::read(&path).expect("a file"), b"one two");
        drop(new(home.path(), "other", Overwrite::No));
        assert_eq!(names(home.path()), ["out.zip"]);
    }

    #[test]
    fn an_existing_file_is_kept_unless_it_may_be_replaced() {
        let home = tempfile::tempdir().expect("a directory");
        let path = home.path().join("out.zip");
        let mut late = new(home.path(), "out.zip", Overwrite::No);
        std::fs::write(&path, "old").expect("written");
        let refused = NewFile::create(&path, Overwrite::No).expect_err("there");
        assert_eq!((refused.kind(), refused.hint()), (ErrorKind::Usage, Some(&Hint::Overwrite)));
        assert!(late.piece(b"new").is_continue());
        assert_eq!(late.finish().expect_err("there by now").kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(&path).expect("a file"), b"old");
        let mut file = new(home.path(), "out.zip", Overwrite::Yes);
        assert!(file.piece(b"new").is_continue());
        file.finish().expect("in its place");
        assert_eq!(std::fs::read(&path).expect("a file"), b"new");
    }

    #[cfg(unix)]
    #[test]
    fn links_and_sockets_are_not_replaced() {
        let home = tempfile::tempdir().expect("a directory");
        let file = home.path().join("file");
        std::fs::write(&file, "old").expect("written");
        std::os::unix::fs::symlink(&file, home.path().join("link")).expect("a link");
        let _socket = std::os::unix::net::UnixListener::bind(home.path().join("socket")).expect("a socket");
        for (name, why) in [("link", "a symbolic link"), ("socket", "not a regular file")] {
            let refused = NewFile::create(home.path().join(name), Overwrite::Yes).expect_err("refused");
            assert!(refused.to_string().contains(why), "{refused}");
            assert!(!home.path().join(name).symlink_metadata().expect("it is there").is_file());
        }
    }

    #[test]
    fn a_place_where_no_file_can_be_is_refused_at_once() {
        let home = tempfile::tempdir().expect("a directory");
        for path in [home.path().to_owned(), home.path().join("missing/out.zip")] {
            let error = NewFile::create(path, Overwrite::Yes).expect_err("no place");
            assert!(error.kind() == ErrorKind::Usage && error.hint().is_some(), "{error:?}");
        }
    }
}
