//! Reading the command line, without describing the commands that are not in it.

use std::ffi::OsString;

use clap::{Args as _, FromArgMatches as _, Subcommand as _};

use super::compatible::spelled_out;
use super::help;
use super::tips;
use super::{
    AboutArgs, AuditArgs, CacheCommand, Cli, Command, CompletionsArgs, ConfigArgs, CopyArgs, CronjobCommand,
    DiffCommand, DoctorArgs, EndpointCommand, EnvCommand, ExtensionCommand, FlexsearchArgs, GlobalArgs, GroovyArgs,
    HelpArgs, ImpexArgs, InitCommand, JdbclogCommand, LoggerCommand, LoginArgs, LogoutArgs, ManArgs, PkArgs,
    PropertyCommand, ScriptArgs, SessionCommand, SupportCommand, TrustArgs, TypeCommand, UpdateCommand, WaitArgs,
};
#[cfg(feature = "simulator")]
use super::{DemoArgs, SimulatorArgs};

/// Reads the command line, like `Cli::try_parse_from`.
///
/// The description of all commands would take a third of a warm call's instructions. What can be read with that of one command needs no
/// more; everything else, help and errors among it, is left to the whole.
pub(crate) fn parse(arguments: &[OsString]) -> Result<Cli, clap::Error> {
    let arguments = &*spelled_out(arguments);
    if let Some(cli) = parse_by_words(arguments) {
        return helped(cli, arguments);
    }
    if let [_, flag] = arguments
        && (flag == "--version" || flag == "-V")
    {
        return parse_by(version(clap::Command::new("hac")), arguments);
    }
    if let Some(command) = arguments.iter().skip(1).find_map(only)
        && let Ok(cli) = parse_by(GlobalArgs::augment_args(program(command)), arguments)
    {
        return helped(cli, arguments);
    }
    let cli = parse_by(help::described(), arguments).map_err(|error| match help::of_a_group(&error, arguments) {
        Some(with_flag) => parse_by(help::described(), &with_flag).err().unwrap_or(error),
        None => tips::corrected(error, arguments),
    })?;
    helped(cli, arguments)
}

/// The same, unless it asks for the help of a command: that is printed like `--help`.
fn helped(cli: Cli, arguments: &[OsString]) -> Result<Cli, clap::Error> {
    match &cli.command {
        Command::Help(args) if args.topic().is_none() => {
            let with_flag = help::as_flag(&args.words, arguments);
            match parse_by(help::described(), &with_flag) {
                // No command reads `--help` as a text; if one did, the topic would be reported as unknown.
                Ok(_) => Ok(cli),
                Err(error) => Err(help::with_topics(tips::corrected(error, arguments))),
            }
        }
        _ => Ok(cli),
    }
}

/// What the program's version is.
fn version(command: clap::Command) -> clap::Command {
    command.version(env!("CARGO_PKG_VERSION")).long_version(super::LONG_VERSION)
}

/// Reads a line that begins with the words of its command, such as `hac session list`; `None` if it cannot be read so.
///
/// Only that command knows the global flags then: clap would copy them into each command below, which takes as long as to describe them.
fn parse_by_words(arguments: &[OsString]) -> Option<Cli> {
    let words = arguments.get(1..)?;
    let commands = Box::leak(Box::new(by_words(words)?));
    let mut matches = commands.try_get_matches_from_mut(arguments).ok()?;
    let mut innermost = &matches;
    while let Some((_, below)) = innermost.subcommand() {
        innermost = below;
    }
    let global = GlobalArgs::from_arg_matches(innermost).ok()?;
    Some(Cli { global, command: Command::from_arg_matches_mut(&mut matches).ok()? })
}

/// The program with the command of these words as its only one, which alone has the global flags; `None` where there is none, where it has
/// another flag in place of a global one, or where one above it has flags.
fn by_words(words: &[OsString]) -> Option<clap::Command> {
    let mut command = only(words.first()?)?;
    let mut innermost = &mut command;
    for word in &words[1..] {
        // clap would look for one by the same name.
        if innermost.find_subcommand(word).is_none() {
            break;
        }
        // Its own flags may be in place of global ones, or exclude some.
        if innermost.get_arguments().next().is_some() {
            return None;
        }
        innermost = innermost.find_subcommand_mut(word)?;
    }
    let own = innermost.get_arguments().count();
    *innermost = GlobalArgs::augment_args(std::mem::take(innermost));
    let ids: Vec<_> = innermost.get_arguments().map(clap::Arg::get_id).collect();
    let replaces_one = ids[..own].iter().any(|id| ids[own..].contains(id));
    (!replaces_one).then(|| program(command))
}

/// The description is never freed: that takes a seventh of a warm call's instructions.
fn parse_by(commands: clap::Command, arguments: &[OsString]) -> Result<Cli, clap::Error> {
    let commands: &'static mut clap::Command = Box::leak(Box::new(commands));
    let mut matches = commands.try_get_matches_from_mut(arguments)?;
    Cli::from_arg_matches_mut(&mut matches).map_err(|error| error.format(commands))
}

/// The program with this command as its only one, without help.
fn program(command: clap::Command) -> clap::Command {
    let program = clap::Command::new("hac").disable_help_flag(true).disable_help_subcommand(true);
    program.subcommand_required(true).subcommand(command)
}

/// The command of this name, without the global flags.
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
        "diff": DiffCommand::augment_subcommands,
        "copy": CopyArgs::augment_args,
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
        "login": LoginArgs::augment_args,
        "logout": LogoutArgs::augment_args,
        "session": SessionCommand::augment_subcommands,
        "env": EnvCommand::augment_subcommands,
        "endpoint": EndpointCommand::augment_subcommands,
        "config": ConfigArgs::augment_args,
        "audit": AuditArgs::augment_args,
        "trust": TrustArgs::augment_args,
        "doctor": DoctorArgs::augment_args,
        "completions": CompletionsArgs::augment_args,
        "man": ManArgs::augment_args,
        "help": HelpArgs::augment_args,
    };
    Some(command)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

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
            let alone = only(&name).unwrap_or_else(|| panic!("{} is not described alone", command.get_name()));
            let mut alone = GlobalArgs::augment_args(program(alone));
            let mut whole = Cli::command();
            alone.build();
            whole.build();
            let (alone, whole) = (alone.find_subcommand(&name), whole.find_subcommand(&name));
            assert_eq!(grammar(alone.expect("the only one")), grammar(whole.expect("one of all")));
        }
        assert!(only(&OsString::from("nonsense")).is_none());
    }

    /// The words of every command that is not only a name for others.
    fn all_words(command: &clap::Command, above: &[OsString]) -> Vec<Vec<OsString>> {
        let mut all = Vec::new();
        for below in command.get_subcommands() {
            let words = [above, &[OsString::from(below.get_name())]].concat();
            if !below.is_subcommand_required_set() {
                all.push(words.clone());
            }
            all.extend(all_words(below, &words));
        }
        all
    }

    #[test]
    fn a_line_that_begins_with_the_words_of_a_command_is_read_as_by_the_whole() {
        let mut whole = Cli::command();
        let all = all_words(&whole, &[]);
        whole.build();
        let mut with_others = Vec::new();
        for words in &all {
            let Some(alone) = by_words(words) else {
                with_others.push(words.join(std::ffi::OsStr::new(" ")));
                continue;
            };
            let at = |program: &clap::Command| {
                words.iter().fold(program.clone(), |above, word| above.find_subcommand(word).expect("there").clone())
            };
            // clap checks each description when it comes to it.
            let _ = parse_by_words(&[&[OsString::from("hac")], &words[..]].concat());
            // Only this one: those beside it lack the global flags.
            let mut alone = at(&alone);
            alone.build();
            assert_eq!(grammar(&alone), grammar(&at(&whole)), "{words:?}");
        }
        // They have flags of their own in place of global ones, or stand below a command with flags.
        let expected = "impex import, impex validate, impex lint, impex watch, impex export, update data, update config, update run, init run, \
            endpoint add, endpoint update, config, config show, config path, config edit, config validate, audit undo";
        assert_eq!(with_others.join(std::ffi::OsStr::new(", ")).to_str(), Some(expected));
        assert!(all.len() > 50);
    }

    #[test]
    fn global_flags_behind_the_words_of_a_command_are_read() {
        for line in [
            &["hac", "flexsearch", "-e", "shop", "q", "--json", "-vv"][..],
            &["hac", "flexsearch", "q", "--header", "A: b", "--header", "C: d"],
            &["hac", "session", "list", "--cache-dir", "x"],
            &["hac", "session", "-e", "shop", "show"],
            &["hac", "session", "start", "shop", "--url", "http://x"],
            &["hac", "impex", "-f", "update", "--json"],
            &["hac", "impex", "import", "update", "--timeout", "3"],
            &["hac", "config", "-v"],
            &["hac", "config", "show", "--verbose"],
        ] {
            let line: Vec<OsString> = line.iter().map(OsString::from).collect();
            let read = parse(&line).expect("readable");
            let whole = parse_by(Cli::command(), &line).expect("readable");
            assert_eq!(format!("{read:?}"), format!("{whole:?}"));
        }
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
            let whole = parse_by(help::described(), &line).expect("readable");
            assert_eq!(format!("{read:?}"), format!("{whole:?}"));
        }
    }

    #[test]
    fn help_before_a_command_is_its_flag() {
        let read = |line: &[&str]| {
            let line: Vec<OsString> = line.iter().map(OsString::from).collect();
            parse(&line).map_err(|error| (error.kind(), error.render().ansi().to_string()))
        };
        for (words, flag) in [
            (&["hac", "help"][..], &["hac", "--help"][..]),
            (&["hac", "help", "logger", "set"], &["hac", "logger", "set", "--help"]),
            (&["hac", "session", "help", "list"], &["hac", "session", "list", "--help"]),
            (&["hac", "session", "help"], &["hac", "session", "--help"]),
            (&["hac", "help", "help"], &["hac", "help", "--help"]),
            (&["hac", "help", "groovy", "x"], &["hac", "groovy", "--help"]),
        ] {
            let (words, flag) = (read(words).expect_err("help"), read(flag).expect_err("help"));
            assert_eq!((words.0, &words), (clap::error::ErrorKind::DisplayHelp, &flag));
        }
        assert!(read(&["hac", "help", "exit-codes"]).is_ok_and(|cli| matches!(cli.command, Command::Help(_))));
    }

    #[test]
    fn help_and_errors_are_those_of_the_whole() {
        for line in [
            &["hac"][..],
            &["hac", "--version"],
            &["hac", "-V"],
            &["hac", "flexsearch", "--help"],
            &["hac", "flexsearch", "-h"],
            &["hac", "flexsearch", "help"],
            &["hac", "session", "--version"],
            &["hac", "session"],
            &["hac", "flexsearch", "--nonsense"],
            &["hac", "-e", "groovy"],
            &["hac", "-e", "groovy", "flexsearhc", "q"],
            &["hac", "session", "lits"],
            &["hac", "impex"],
        ] {
            let line: Vec<OsString> = line.iter().map(OsString::from).collect();
            let read = parse(&line).map_err(|error| error.render().ansi().to_string());
            let whole = parse_by(help::described(), &line).map_err(|error| tips::corrected(error, &line));
            let whole = whole.map_err(|error| error.render().ansi().to_string());
            assert_eq!(format!("{read:?}"), format!("{whole:?}"), "{line:?}");
        }
    }
}
