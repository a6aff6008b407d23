//! The directory of the session files, and that of the audit log, on each operating system: finding, opening, replacing and
//! removing files, and who else may read or write them.
//!
//! Each system has a `Folder` and a `Note` with the same methods; code for all of them is in `directory`.

#[cfg(any(windows, test))]
mod descriptor;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::fs::File;

#[cfg(unix)]
pub(super) use unix::Note;
#[cfg(unix)]
pub(crate) use unix::{Folder, make};
#[cfg(windows)]
pub(super) use windows::Note;
#[cfg(windows)]
pub(crate) use windows::{Folder, make};

/// The purpose of opening a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    /// A log: read its end and append to it; create it if it is missing.
    Append,
    /// A lock file: read and write it; create it if it is missing.
    Lock,
}

/// The result of opening a name.
#[derive(Debug)]
pub(crate) enum Opened {
    File(File),
    Nothing,
    /// A link, a directory or a device.
    Foreign,
}

/// What a name refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    Nothing,
    /// A regular file that only this user can change.
    Ours,
    Foreign,
}

/// Why a directory is not used: other users could change or read its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exposed {
    pub(crate) why: String,
    pub(crate) hint: String,
}
