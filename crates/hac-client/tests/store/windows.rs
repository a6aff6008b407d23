//! Processes that are terminated. Files are as private as their directory, which the store itself checks at every use.

use std::path::Path;
use std::process::{Command, ExitStatus};

/// Fewer than elsewhere: a process takes longer to start.
pub(crate) const KILLS: usize = 100;

/// This program once more.
pub(crate) fn ourselves(_: usize) -> Command {
    Command::new(std::env::current_exe().expect("our own path"))
}

/// The exit code that `TerminateProcess` is given.
pub(crate) fn was_killed(status: ExitStatus) -> bool {
    status.code() == Some(1)
}

pub(crate) fn assert_private_from_the_start(_: &Path) {}

pub(crate) fn assert_private(_: &Path) {}

pub(crate) fn assert_private_directory(_: &Path) {}
