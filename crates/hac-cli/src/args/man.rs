//! `hac man`.

use std::path::PathBuf;

use clap::Args;

/// Print the manual page, or write the pages of all commands to a directory.
///
/// The pages belong in a directory man1 that `man` searches, such as /usr/local/share/man/man1 or ~/.local/share/man/man1.
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Write hac.1 and a page for each command to this directory
    #[arg(value_name = "DIR")]
    pub directory: Option<PathBuf>,
}
