//! `hac completions`.

use clap::{Args, ValueEnum};

/// Print the completion script for a shell.
///
/// The script asks hac itself. It completes commands, flags and their values, environments and endpoints of the configuration, and,
/// if there is a cached session, types, loggers and properties of the server.
///
/// bash: hac completions bash > ~/.local/share/bash-completion/completions/hac
/// zsh: hac completions zsh > _hac, in a directory of $fpath
/// fish: hac completions fish > ~/.config/fish/completions/hac.fish
/// PowerShell: hac completions powershell | Out-String | Invoke-Expression, a line for the file $PROFILE
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

/// The shells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(clippy::enum_variant_names, reason = "PowerShell is called so")]
pub(crate) enum Shell {
    /// GNU bash
    Bash,
    /// Elvish
    Elvish,
    /// fish
    Fish,
    /// PowerShell, also on other systems
    #[value(name = "powershell", alias = "pwsh")]
    PowerShell,
    /// zsh
    Zsh,
}

impl Shell {
    /// As it is typed.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Elvish => "elvish",
            Self::Fish => "fish",
            Self::PowerShell => "powershell",
            Self::Zsh => "zsh",
        }
    }
}
