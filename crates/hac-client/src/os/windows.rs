//! Windows.

use std::fs::{File, Metadata};
use std::io;
use std::os::windows::fs::FileExt as _;

use winapi_util::sysinfo::{ComputerNameKind, get_computer_name};

/// What to do when there is no handle left.
pub(crate) const MORE_DESCRIPTORS: &str = "close files or connections that this process does not need";

/// What to do when no thread can be started.
pub(crate) const MORE_THREADS: &str =
    "end programs that are not needed: too little memory, or the limit of a job object, has this effect";

/// `ERROR_TOO_MANY_OPEN_FILES`.
const TOO_MANY_OPEN_FILES: i32 = 4;
/// `ERROR_SHARING_VIOLATION` and `ERROR_LOCK_VIOLATION`.
const IN_USE: [i32; 2] = [32, 33];

/// Reads at an offset. The cursor of the file moves; nothing that uses this reads at the cursor.
pub(crate) fn read_at(file: &File, into: &mut [u8], offset: u64) -> io::Result<usize> {
    file.seek_read(into, offset)
}

/// Fills a buffer from an offset; an error if the file ends before.
pub(crate) fn read_exact_at(file: &File, mut into: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !into.is_empty() {
        match file.seek_read(into, offset) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                into = &mut into[read..];
                offset += read as u64;
            }
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(cause),
        }
    }
    Ok(())
}

/// Whether two files are one, whatever their names: only paths say so here.
pub(crate) fn is_same(_: &Metadata, _: &Metadata) -> bool {
    false
}

/// The name of this machine.
pub(crate) fn host_name() -> String {
    get_computer_name(ComputerNameKind::PhysicalDnsHostname)
        .map_or_else(|_| "this machine".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// Whether the process has no handle left.
pub(crate) fn is_out_of_descriptors(cause: &io::Error) -> bool {
    cause.raw_os_error() == Some(TOO_MANY_OPEN_FILES)
}

/// A runtime opens nothing here that tokio expects to get.
#[expect(clippy::unnecessary_wraps, reason = "on Unix it can fail")]
#[cfg(feature = "blocking")]
pub(crate) fn check_descriptors_for_a_runtime() -> io::Result<()> {
    Ok(())
}

/// Whether another program has a file open in a way that keeps us out.
pub(crate) fn is_in_use(cause: &io::Error) -> bool {
    cause.raw_os_error().is_some_and(|code| IN_USE.contains(&code))
}

/// The state of programs, below the home directory.
pub(crate) const STATE_BELOW_HOME: &str = "AppData/Local";

/// The variable that names the directory for the state of programs that stays on this machine.
pub(crate) const STATE_VARIABLE: &str = "LOCALAPPDATA";

/// The user of this process, as the environment names them. They have no number.
pub(crate) fn user() -> (Option<String>, Option<u32>) {
    (std::env::var("USERNAME").ok().filter(|name| !name.is_empty()), None)
}
