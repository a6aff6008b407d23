//! Modes of files and directories.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

pub(super) fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).expect("a file").permissions().mode() & 0o7777
}

pub(super) fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("permissions");
}

pub(super) fn make_private(directory: &Path) {
    set_mode(directory, 0o700);
}

pub(super) fn is_private(path: &Path) -> bool {
    mode(path) & !0o700 == 0
}

/// In the locked file itself.
pub(super) fn name_of_note() -> &'static str {
    "lock"
}
