//! `hac completions`.

use clap::Args;
use clap_complete::Shell;

/// Print what a shell needs to complete the commands and flags of this program.
///
/// bash: hac completions bash > ~/.local/share/bash-completion/completions/hac
/// zsh:  hac completions zsh > a file _hac in a directory of $fpath
/// fish: hac completions fish > ~/.config/fish/completions/hac.fish
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}
