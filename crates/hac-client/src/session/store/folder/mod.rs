//! The directory of the session files, and that of the audit log, as the operating system has it: what stands at a name, who else may read or write there, and
//! how a file is opened, replaced and removed.
//!
//! Each system has a `Folder` and a `Note` with the same methods; everything that is the same on all of them is in `directory`.

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

/// What a file is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    /// To read its end and to write behind it, and to make it if it is missing: a log.
    Append,
    /// To read and write it, and to make it if it is missing: a lock file.
    Lock,
}

/// What was found when a name was to be opened.
#[derive(Debug)]
pub(crate) enum Opened {
    File(File),
    Nothing,
    /// A link, a directory or a device.
    Foreign,
}

/// What stands at a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    Nothing,
    /// A regular file that only this user changes.
    Ours,
    Foreign,
}

/// Why a directory is not used: other users could change or read what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exposed {
    pub(crate) why: String,
    pub(crate) hint: String,
}
