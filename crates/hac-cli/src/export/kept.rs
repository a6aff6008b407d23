//! How the rows of an export are kept until all are there.

use std::fs::File;
use std::io;
use std::path::Path;

use super::part::Part;
use super::spool::Spool;

/// How the rows are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeping {
    /// As they came. The target is written when all are there.
    Rows,
    /// As lines of the target, which gets its name when all are there.
    Lines,
}

/// The file of the rows.
#[derive(Debug)]
pub(super) enum Kept {
    Rows(Spool),
    Lines(Part),
}

impl Kept {
    pub(super) fn at(keeping: Keeping, path: &Path, file: File, bytes: u64) -> io::Result<Self> {
        Ok(match keeping {
            Keeping::Rows => Self::Rows(Spool::at(file, bytes)?),
            Keeping::Lines => Self::Lines(Part::at(path, file, bytes)?),
        })
    }

    /// Whether the file was made or opened.
    pub(super) fn is_there(&self) -> bool {
        match self {
            Self::Rows(_) => true,
            Self::Lines(part) => part.is_there(),
        }
    }

    /// Gives all rows to the operating system, and returns where they end.
    pub(super) fn flush(&mut self) -> io::Result<u64> {
        match self {
            Self::Rows(spool) => spool.flush(),
            Self::Lines(part) => Ok(part.bytes()),
        }
    }

    /// The file once more, to bring it to the disk.
    pub(super) fn file(&self) -> io::Result<File> {
        match self {
            Self::Rows(spool) => spool.file(),
            Self::Lines(part) => part.file()?.try_clone(),
        }
    }
}
