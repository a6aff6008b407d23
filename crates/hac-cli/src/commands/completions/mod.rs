//! `hac completions`: scripts that ask the program, which knows its commands, the configuration and the server.

use serde::Serialize;

use crate::args::{CompletionsArgs, Shell};
use crate::diagnostics::{Effect, Outcome};
use crate::name;
use crate::printer::Printer;
use crate::settings::Settings;

#[derive(Serialize)]
struct CompletionsJson {
    success: bool,
    shell: &'static str,
    script: String,
}

pub(crate) fn run(settings: &Settings, args: &CompletionsArgs, printer: &mut Printer) -> Outcome {
    let script = script(args.shell, name::called());
    if settings.json {
        printer.data.json(&CompletionsJson { success: true, shell: args.shell.name(), script });
    } else {
        printer.data.text(&script);
    }
    Outcome::Done(Effect::None)
}

/// The script of a shell for the program under this name.
fn script(shell: Shell, name: &str) -> String {
    let template = match shell {
        Shell::Bash => include_str!("bash.sh"),
        Shell::Elvish => include_str!("elvish.elv"),
        Shell::Fish => include_str!("fish.fish"),
        Shell::PowerShell => include_str!("powershell.ps1"),
        Shell::Zsh => include_str!("zsh.zsh"),
    };
    let function: String = name.chars().map(|char| if char.is_ascii_alphanumeric() { char } else { '_' }).collect();
    template.replace("@FUNCTION@", &format!("_{function}")).replace("@NAME@", name)
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;

    #[test]
    fn a_script_is_for_the_name_that_the_program_was_called_by() {
        for shell in Shell::value_variants() {
            let script = script(*shell, "hac-client");
            assert!(script.contains("hac-client") && script.contains("__complete"), "{script}");
            assert!(!script.contains('@') || !script.contains("@NAME@") && !script.contains("@FUNCTION@"), "{script}");
        }
        assert!(script(Shell::Bash, "hac-client").contains("complete -F _hac_client hac-client\n"));
    }
}
