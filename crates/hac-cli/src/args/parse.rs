//! Reading the command line, without describing the commands that are not in it.

use std::ffi::OsString;

use clap::{Args as _, CommandFactory as _, FromArgMatches as _, Subcommand as _};

use super::compatible::spelled_out;
use super::tips;
use super::{
    AboutArgs, AuditArgs, CacheCommand, Cli, CompletionsArgs, ConfigArgs, CronjobCommand, DoctorArgs, EndpointCommand,
    EnvCommand, ExtensionCommand, FlexsearchArgs, GlobalArgs, GroovyArgs, ImpexArgs, InitCommand, JdbclogCommand,
    LoggerCommand, PkArgs, PropertyCommand, ScriptArgs, SessionCommand, SupportCommand, TrustArgs, TypeCommand,
    UpdateCommand, WaitArgs,
};
#[cfg(feature = "simulator")]
use super::{DemoArgs, SimulatorArgs};

/// Reads the command line, like `Cli::try_parse_from`.
///
/// The description of all commands takes a third of a warm call's instructions. What can be read with that of one command needs no more;
/// everything else, help and errors among it, is left to the whole.
pub(crate) fn parse(arguments: &[OsString]) -> Result<Cli, clap::Error> {
    let arguments = &*spelled_out(arguments);
    if let Some(commands) = arguments.iter().skip(1).find_map(only)
        && let Ok(cli) = parse_by(commands, arguments)
    {
        return Ok(cli);
    }
    parse_by(Cli::command(), arguments).map_err(tips::corrected)
}

/// The description is never freed: that takes a seventh of a warm call's instructions.
fn parse_by(commands: clap::Command, arguments: &[OsString]) -> Result<Cli, clap::Error> {
    let commands: &'static mut clap::Command = Box::leak(Box::new(commands));
    let mut matches = commands.try_get_matches_from_mut(arguments)?;
    Cli::from_arg_matches_mut(&mut matches).map_err(|error| error.format(commands))
}

/// The program with the command of this name as its only one, without help.
fn only(name: &OsString) -> Option<clap::Command> {
    macro_rules! described {
        ($($(#[$attribute:meta])* $name:literal: $augment:path,)*) => {
            match name.to_str()? {
                $($(#[$attribute])* $name => $augment(clap::Command::new($name)),)*
                _ => return None,
            }
        };
    }
    let command = described! {
        #[cfg(feature = "simulator")]
        "demo": DemoArgs::augment_args,
        #[cfg(feature = "simulator")]
        "simulator": SimulatorArgs::augment_args,
        "groovy": GroovyArgs::augment_args,
        "script": ScriptArgs::augment_args,
        "flexsearch": FlexsearchArgs::augment_args,
        "impex": ImpexArgs::augment_args,
        "update": UpdateCommand::augment_subcommands,
        "wait": WaitArgs::augment_args,
        "init": InitCommand::augment_subcommands,
        "logger": LoggerCommand::augment_subcommands,
        "property": PropertyCommand::augment_subcommands,
        "type": TypeCommand::augment_subcommands,
        "pk": PkArgs::augment_args,
        "extension": ExtensionCommand::augment_subcommands,
        "support": SupportCommand::augment_subcommands,
        "about": AboutArgs::augment_args,
        "cache": CacheCommand::augment_subcommands,
        "cronjob": CronjobCommand::augment_subcommands,
        "jdbclog": JdbclogCommand::augment_subcommands,
        "session": SessionCommand::augment_subcommands,
        "env": EnvCommand::augment_subcommands,
        "endpoint": EndpointCommand::augment_subcommands,
        "config": ConfigArgs::augment_args,
        "audit": AuditArgs::augment_args,
        "trust": TrustArgs::augment_args,
        "doctor": DoctorArgs::augment_args,
        "completions": CompletionsArgs::augment_args,
    };
    let program = GlobalArgs::augment_args(clap::Command::new("hac"));
    Some(program.disable_help_flag(true).disable_help_subcommand(true).subcommand_required(true).subcommand(command))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What reads a command line, of a command and all below it: everything but the words for people.
    fn grammar(command: &clap::Command) -> Vec<String> {
        let mut lines: Vec<String> = command
            .get_arguments()
            .filter(|argument| !["help", "version"].contains(&argument.get_id().as_str()))
            .map(|argument| {
                format!("{} {:?}", command.get_name(), argument.clone().help(None).long_help(None).display_order(0))
            })
            .collect();
        for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
            lines.extend(grammar(below));
        }
        lines.sort();
        lines
    }

    #[test]
    fn each_command_alone_reads_what_it_reads_among_all() {
        let all = Cli::command();
        for command in all.get_subcommands() {
            let name = OsString::from(command.get_name());
            let mut alone = only(&name).unwrap_or_else(|| panic!("{} is not described alone", command.get_name()));
            let mut whole = Cli::command();
            alone.build();
            whole.build();
            let (alone, whole) = (alone.find_subcommand(&name), whole.find_subcommand(&name));
            assert_eq!(grammar(alone.expect("the only one")), grammar(whole.expect("one of all")));
        }
        assert!(only(&OsString::from("nonsense")).is_none());
    }

    #[test]
    fn a_value_that_is_the_name_of_a_command_is_a_value() {
        for line in [
            &["hac", "groovy", "flexsearch"][..],
            &["hac", "-e", "groovy", "flexsearch", "q"],
            &["hac", "flexsearch", "groovy", "-e", "session"],
            &["hac", "--json", "session", "list"],
            &["hac", "impex", "-f", "update"],
            &["hac", "impex", "import", "update"],
        ] {
            let line: Vec<OsString> = line.iter().map(OsString::from).collect();
            let read = parse(&line).expect("readable");
            let whole = parse_by(Cli::command(), &line).expect("readable");
            assert_eq!(format!("{read:?}"), format!("{whole:?}"));
        }
    }

    #[test]
    fn help_and_errors_are_those_of_the_whole() {
        for line in [
            &["hac"][..],
            &["hac", "flexsearch", "--help"],
            &["hac", "flexsearch", "-h"],
            &["hac", "flexsearch", "help"],
            &["hac", "session", "--version"],
            &["hac", "session"],
            &["hac", "session", "help", "list"],
            &["hac", "flexsearch", "--nonsense"],
            &["hac", "-e", "groovy"],
            &["hac", "-e", "groovy", "flexsearhc", "q"],
            &["hac", "session", "lits"],
            &["hac", "impex"],
        ] {
            let line: Vec<OsString> = line.iter().map(OsString::from).collect();
            let read = parse(&line).map_err(|error| error.render().ansi().to_string());
            let whole = parse_by(Cli::command(), &line).map_err(tips::corrected);
            let whole = whole.map_err(|error| error.render().ansi().to_string());
            assert_eq!(format!("{read:?}"), format!("{whole:?}"), "{line:?}");
        }
    }
}
