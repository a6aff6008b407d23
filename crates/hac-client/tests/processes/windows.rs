//! What a test sees of processes and files on Windows.

use std::fs::File;
use std::path::Path;
use std::process::ExitStatus;

/// Fewer than elsewhere: a process takes longer to start.
pub(crate) const MANY: usize = 20;
/// The holder of a lock is noted beside the locked file.
pub(crate) const NOTE: &str = "holder_";

/// The exit code that `TerminateProcess` is given.
pub(crate) fn was_killed(status: ExitStatus) -> bool {
    status.code() == Some(1)
}

/// The index of a file on its volume.
pub(crate) fn identity(path: &Path) -> u64 {
    let file = File::open(path).expect("a file");
    winapi_util::file::information(&file).expect("its index").file_index()
}

/// A file is as private as its directory, which the store itself checks at every use.
pub(crate) fn assert_private(_: &Path) {}
