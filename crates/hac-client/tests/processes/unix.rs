//! What a test sees of processes and files on Unix.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::ExitStatus;

/// As many processes as the promise names.
pub(crate) const MANY: usize = 100;
/// The holder of a lock is noted in the locked file.
pub(crate) const NOTE: &str = "lock_";

pub(crate) fn was_killed(status: ExitStatus) -> bool {
    status.signal() == Some(9)
}

/// The inode of a file.
pub(crate) fn identity(path: &Path) -> u64 {
    fs::metadata(path).expect("a file").ino()
}

#[track_caller]
pub(crate) fn assert_private(path: &Path) {
    let mode = fs::symlink_metadata(path).expect("its mode").permissions().mode() & 0o7777;
    assert_eq!(mode, 0o600, "{}", path.display());
}
