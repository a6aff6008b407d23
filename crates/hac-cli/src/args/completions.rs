//! `hac completions`.

use clap::Args;
use clap_complete::Shell;

/// Print the completion script for a shell.
///
/// bash: hac completions bash > ~/.local/share/bash-completion/completions/hac
/// zsh:  hac completions zsh > _hac, in a directory of $fpath
/// fish: hac completions fish > ~/.config/fish/completions/hac.fish
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}
