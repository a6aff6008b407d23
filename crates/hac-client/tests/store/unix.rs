//! Processes with a umask, signals, and the modes of files.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, ExitStatus};

pub(crate) const KILLS: usize = 1000;

/// This program once more.
pub(crate) fn ourselves(batch: usize) -> Command {
    // The mode of a file must come from us, not from a umask that happens to be strict.
    let umask = if batch.is_multiple_of(2) { "0000" } else { "0077" };
    let program = std::env::current_exe().expect("our own path");
    let mut command = Command::new("sh");
    command.args(["-c", "umask \"$1\" && exec \"$2\"", "sh", umask]).arg(program);
    command
}

pub(crate) fn was_killed(status: ExitStatus) -> bool {
    status.signal() == Some(9)
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).expect("its mode").permissions().mode() & 0o7777
}

/// A kill between making the file and setting its mode may leave it narrower.
pub(crate) fn assert_private_from_the_start(path: &Path) {
    assert_eq!(mode(path) & !0o600, 0, "{} is {:o}", path.display(), mode(path));
}

pub(crate) fn assert_private(path: &Path) {
    assert_eq!(mode(path), 0o600, "{} is {:o}", path.display(), mode(path));
}

pub(crate) fn assert_private_directory(path: &Path) {
    assert_eq!(mode(path), 0o700, "{} is {:o}", path.display(), mode(path));
}
