//! The file of the audit log: private, appended to by many processes, one line at a time.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::place::Place;
use crate::error::{Error, ErrorKind, Result};
use crate::os;
use crate::session::store::folder::{Access, Folder, Opened, make};

/// How often another file may stand in the place of the one that was opened.
const MOST_TRIES: usize = 10;

/// Appends a line. The file is opened anew each time, so that it may be moved away at any moment, and nothing stays open for the
/// child of a fork.
///
/// A line is written by one call of the operating system behind whatever is the end then, so that lines of several processes do not
/// mix. What a full disk left of an earlier line is ended first.
pub(super) fn append(place: &Place, line: &str) -> Result<()> {
    let (file, name) = (opened(place, Access::Append)?, &place.path);
    let Some(mut file) = file else { return Err(failed("open", name, &io::ErrorKind::NotFound.into())) };
    let written = ends_in_the_middle_of_a_line(&file).and_then(|broken| {
        let text = format!("{}{line}\n", if broken { "\n" } else { "" });
        loop {
            match file.write(text.as_bytes()) {
                Ok(written) if written == text.len() => return Ok(()),
                Ok(_) => return Err(io::ErrorKind::StorageFull.into()),
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                Err(cause) => return Err(cause),
            }
        }
    });
    written.map_err(|cause| failed("write to", name, &cause))
}

/// Opens the log to read it; `None` if there is none.
pub(super) fn open(place: &Place) -> Result<Option<File>> {
    opened(place, Access::Read)
}

pub(super) fn opened(place: &Place, access: Access) -> Result<Option<File>> {
    let path = &place.path;
    let refused = |cause: io::Error| failed("open", path, &cause);
    let (Some(directory), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Err(refused(io::ErrorKind::InvalidFilename.into()));
    };
    let directory = if directory.as_os_str().is_empty() { PathBuf::from(".") } else { directory.to_owned() };
    let mut folder = Folder::open(&directory).map_err(refused)?;
    if folder.is_none() && access == Access::Append {
        make(&directory).map_err(refused)?;
        folder = Folder::open(&directory).map_err(refused)?;
    }
    let Some(folder) = folder else { return Ok(None) };
    if let Some(exposed) = folder.check(&directory, place.is_default).map_err(refused)? {
        return Err(error("use", path).because(exposed.why).with_hint(exposed.hint));
    }
    let foreign = || {
        error("open", path)
            .because("it is a symbolic link, has hard links, is not a regular file, or belongs to another user")
            .with_hint("remove it, or choose another file")
    };
    for _ in 0..MOST_TRIES {
        let file = match folder.open_file(name, access).map_err(refused)? {
            Opened::Nothing => return Ok(None),
            Opened::Foreign => return Err(foreign()),
            Opened::File(file) => file,
        };
        let metadata = file.metadata().map_err(refused)?;
        if !folder.is_ours(&file, &metadata) {
            return Err(foreign());
        }
        if access == Access::Read {
            return Ok(Some(file));
        }
        // What was put in its place after it was opened may be anybody's, and so may the file that is open.
        if folder.is_still(name, &file) {
            folder.make_private(&file).map_err(refused)?;
            return Ok(Some(file));
        }
    }
    Err(foreign())
}

fn ends_in_the_middle_of_a_line(file: &File) -> io::Result<bool> {
    let length = file.metadata()?.len();
    if length == 0 {
        return Ok(false);
    }
    let mut last = [0];
    os::read_exact_at(file, &mut last, length - 1)?;
    Ok(last != *b"\n")
}

pub(super) fn error(verb: &str, path: &Path) -> Error {
    Error::new(ErrorKind::Io, format!("{verb} the audit log {}", path.display()))
}

pub(super) fn failed(verb: &str, path: &Path, cause: &io::Error) -> Error {
    let (why, hint) = match cause.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ("the disk is full", "free some space"),
        io::ErrorKind::ReadOnlyFilesystem => {
            ("the file system is read-only", "choose another directory with XDG_STATE_HOME")
        }
        io::ErrorKind::PermissionDenied => ("permission denied", "choose another directory with XDG_STATE_HOME"),
        io::ErrorKind::NotADirectory => {
            ("a part of its path is not a directory", "choose another directory with XDG_STATE_HOME")
        }
        io::ErrorKind::FileTooLarge => ("the limit for the size of files is too low", "raise it (ulimit -f)"),
        _ => ("the operating system refused", "see the cause"),
    };
    error(verb, path).because(why).with_hint(hint).with_source(io::Error::new(cause.kind(), cause.to_string()))
}
