//! The target while it is being written: lines that can be added to, and cut at the end of a page.

use std::fs::{File, TryLockError};
use std::io::{self, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use crate::os;
use crate::printer::Target;

/// Opens a file of rows, for its owner and for this process alone.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let file = os::open_private(path)?;
    // Where the file system has no locks, two at once are not told from each other.
    if let Err(TryLockError::WouldBlock) = file.try_lock() {
        return Err(busy());
    }
    Ok(file)
}

/// Two exports into the same file.
pub(super) fn busy() -> io::Error {
    io::Error::new(io::ErrorKind::ResourceBusy, "another export writes to it")
}

/// Whether an export is under way.
pub(super) fn is_busy(path: &Path) -> bool {
    // Shared, so that two that only look are not in each other's way.
    File::open(path).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// A file that lines are written to. Its clones are the same file.
#[derive(Debug, Clone)]
pub(crate) struct Part(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    /// Made with the first line.
    file: OnceLock<File>,
    bytes: AtomicU64,
}

impl Part {
    /// Begins with nothing.
    pub(super) fn new(path: &Path) -> Self {
        Self(Arc::new(Shared { path: path.to_owned(), file: OnceLock::new(), bytes: AtomicU64::new(0) }))
    }

    /// Goes on behind so many bytes; what is behind them belongs to a page that did not end.
    pub(super) fn at(path: &Path, mut file: File, bytes: u64) -> io::Result<Self> {
        file.set_len(bytes)?;
        file.seek(SeekFrom::Start(bytes))?;
        let part = Self::new(path);
        part.0.bytes.store(bytes, Ordering::SeqCst);
        part.0.file.get_or_init(|| file);
        Ok(part)
    }

    pub(super) fn file(&self) -> io::Result<&File> {
        if let Some(file) = self.0.file.get() {
            return Ok(file);
        }
        let file = open(&self.0.path)?;
        file.set_len(0)?;
        Ok(self.0.file.get_or_init(|| file))
    }

    /// Whether the file was made or opened.
    pub(super) fn is_there(&self) -> bool {
        self.0.file.get().is_some()
    }

    /// How much has been written.
    pub(super) fn bytes(&self) -> u64 {
        self.0.bytes.load(Ordering::SeqCst)
    }
}

impl Write for Part {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut file = self.file()?;
        let written = file.write(bytes)?;
        self.0.bytes.fetch_add(written as u64, Ordering::SeqCst);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Target for Part {
    fn complete(self: Box<Self>) -> io::Result<u64> {
        Ok(self.bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_page_end_covers_is_cut_and_what_comes_later_stands_behind_the_rest() {
        let home = tempfile::tempdir().expect("a directory");
        let path = home.path().join("rows.csv.hac-part");
        let mut part = Part::new(&path);
        assert!(!path.exists(), "there is no line yet");
        part.write_all(b"one\n").expect("written");
        let end = part.bytes();
        part.clone().write_all(b"of a page that did not end").expect("written");
        assert_eq!(part.bytes(), 30);
        assert!(open(&path).is_err(), "another one would write between these lines");
        drop(part);
        let mut part = Part::at(&path, open(&path).expect("free again"), end).expect("gone on with");
        part.write_all(b"two\n").expect("written");
        part.file().and_then(File::sync_data).expect("on the disk");
        assert_eq!(std::fs::read(&path).expect("a file"), b"one\ntwo\n");
        assert_eq!(Box::new(part).complete().expect("complete"), 8);
    }
}
