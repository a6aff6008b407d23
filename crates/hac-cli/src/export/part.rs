//! The target while it is being written: lines that can be added to, and cut at the end of a page.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::printer::Target;

/// A file that lines are written to. Its clones are the same file.
#[derive(Debug, Clone)]
pub(crate) struct Part(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    file: File,
    bytes: AtomicU64,
}

impl Part {
    /// Goes on behind so many bytes; what is behind them belongs to a page that did not end.
    pub(super) fn at(mut file: File, bytes: u64) -> io::Result<Self> {
        file.set_len(bytes)?;
        file.seek(SeekFrom::Start(bytes))?;
        Ok(Self(Arc::new(Shared { file, bytes: AtomicU64::new(bytes) })))
    }

    /// How much has been written.
    pub(super) fn bytes(&self) -> u64 {
        self.0.bytes.load(Ordering::SeqCst)
    }

    /// Brings all of it to the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.0.file.sync_data()
    }
}

impl Write for Part {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = (&self.0.file).write(bytes)?;
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
        let file = tempfile::NamedTempFile::new().expect("a file");
        let mut part = Part::at(file.reopen().expect("a file"), 0).expect("begun");
        part.write_all(b"one\n").expect("written");
        let end = part.bytes();
        part.clone().write_all(b"of a page that did not end").expect("written");
        assert_eq!(part.bytes(), 30);
        drop(part);
        let mut part = Part::at(file.reopen().expect("a file"), end).expect("gone on with");
        part.write_all(b"two\n").expect("written");
        part.sync().expect("on the disk");
        assert_eq!(std::fs::read(file.path()).expect("a file"), b"one\ntwo\n");
        assert_eq!(Box::new(part).complete().expect("complete"), 8);
    }
}
