//! The command line as clap reads it. The doc comments are the help text.

mod audit;
mod ci;
mod compatible;
mod completions;
mod config;
mod copy;
mod diff;
mod doctor;
mod examples;
mod file_name;
mod global;
mod help;
mod impex;
mod man;
mod mask;
mod misplaced;
mod monitoring;
mod number;
mod output;
mod param;
mod parse;
pub(crate) mod password;
mod platform;
mod query;
mod reach;
mod rows;
mod script;
mod session;
#[cfg(feature = "simulator")]
mod simulator;
mod tips;
mod unquoted;
mod update;
mod wait;

use std::time::Duration;

use clap::{Parser, Subcommand};
use hac_client::Result;

use crate::diagnostics::usage;

pub(crate) use audit::{AuditArgs, AuditCommand, UndoArgs};
pub(crate) use ci::{AnnotationsArg, CiArgs};
pub(crate) use completions::{CompletionsArgs, Shell};
pub(crate) use config::{
    ConfigArgs, ConfigCommand, EndpointAddArgs, EndpointCommand, EndpointListArgs, EndpointUpdateArgs, EnvAddArgs,
    EnvCommand, EnvProtectArgs, NamedEndpoint, ProtectionArg, TrustArgs,
};
pub(crate) use copy::CopyArgs;
pub(crate) use diff::{DiffCommand, DiffQueryArgs, DiffTypesArgs};
pub(crate) use doctor::DoctorArgs;
pub(crate) use file_name::is_name_of_file;
pub(crate) use global::GlobalArgs;
pub(crate) use help::{HelpArgs, ManualPage, Topic, manual};
pub(crate) use impex::{
    BulkArgs, ImpexArgs, ImpexCommand, ImpexExportArgs, ImpexFilesArgs, ImpexLintArgs, ImpexOptions, ImpexWatchArgs,
};
pub(crate) use man::ManArgs;
pub(crate) use mask::{Mask, Masking};
pub(crate) use misplaced::misplaced;
pub(crate) use monitoring::{CacheCommand, CronjobCommand, JdbclogCommand, JdbclogDownloadArgs, JdbclogSwitchArgs};
pub(crate) use output::Output;
pub(crate) use param::ParamArgs;
pub(crate) use parse::parse;
pub(crate) use platform::{
    AboutArgs, ExtensionCommand, LoggerCommand, LoggerSetArgs, PkArgs, PropertyCommand, PropertyGetArgs,
    PropertySetArgs, SupportCommand, SupportZipArgs, TypeCommand, TypeShowArgs,
};
pub(crate) use query::FlexsearchArgs;
pub(crate) use reach::{Reach, reach_of};
pub(crate) use rows::{
    FilterArgs, ListArgs, ListFormat, QueryRowsArgs, ResultArgs, RowFormat, RowsArgs, ShapeArgs, TextArgs, TextFormat,
};
pub(crate) use script::{GroovyArgs, ScriptArgs, ScriptTypeArg, SourceArgs};
pub(crate) use session::{
    ClearAllArgs, ExportArgs, ImportArgs, LoginArgs, LogoutArgs, SessionCommand, SessionListArgs, ShowArgs,
};
#[cfg(feature = "simulator")]
pub(crate) use simulator::{DemoArgs, SimulatorArgs};
pub(crate) use tips::in_words;
pub(crate) use unquoted::unquoted;
pub(crate) use update::{
    ChoiceArgs, DataArgs, FollowArgs, InitCommand, InitRunArgs, LogArgs, PatchesArgs, UpdateArgs, UpdateCommand,
    UpdateConfigArgs, UpdateRunArgs,
};
pub(crate) use wait::{Goal, WaitArgs};

#[cfg(feature = "simulator")]
const LONG_VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    "\nthe program of the hac-client project, written in Rust",
    "\n(other tools are called hac too; `hac demo` shows that this is the one)"
);
#[cfg(not(feature = "simulator"))]
const LONG_VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    "\nthe program of the hac-client project, written in Rust, without the simulator"
);

/// The administration console (HAC) of SAP Commerce on the command line.
///
/// Logs in once and caches the session. Later commands reuse it and renew it when it has expired.
/// A change is never executed twice.
#[derive(Debug, Parser)]
#[command(
    name = "hac",
    version,
    long_version = LONG_VERSION,
    max_term_width = 100,
    disable_help_subcommand = true,
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub global: GlobalArgs,
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the most common operations against a simulator
    #[cfg(feature = "simulator")]
    Demo(DemoArgs),
    /// Run a simulator of HAC on this machine until Ctrl-C
    #[cfg(feature = "simulator")]
    Simulator(SimulatorArgs),
    /// Run a Groovy script
    Groovy(GroovyArgs),
    /// Run a script of any type
    Script(ScriptArgs),
    /// Run a FlexibleSearch query, or raw SQL
    Flexsearch(FlexsearchArgs),
    /// Import, validate and export ImpEx
    Impex(ImpexArgs),
    /// Compare two environments
    ///
    /// Exit code 0: no difference. 1: a difference. 2 and more: the two could not be compared.
    #[command(subcommand)]
    Diff(DiffCommand),
    /// Copy rows of one environment into another
    Copy(CopyArgs),
    /// Update the system: list the options, run an update, follow its log
    #[command(subcommand)]
    Update(UpdateCommand),
    /// Wait until the server answers, until no update is running, or until a node is back
    Wait(WaitArgs),
    /// Initialise the system: all data is lost
    #[command(subcommand)]
    Init(InitCommand),
    /// List loggers, or set the level of one
    #[command(subcommand)]
    Logger(LoggerCommand),
    /// List, read and set properties of the running server
    #[command(subcommand)]
    Property(PropertyCommand),
    /// List types, or show the attributes of one
    #[command(subcommand)]
    Type(TypeCommand),
    /// Decode PKs: type, node, creation time
    Pk(PkArgs),
    /// List the extensions that have project data
    #[command(subcommand)]
    Extension(ExtensionCommand),
    /// List or download the logs and configuration files for SAP support
    #[command(subcommand)]
    Support(SupportCommand),
    /// Print information about the server
    About(AboutArgs),
    /// Clear the cache
    #[command(subcommand)]
    Cache(CacheCommand),
    /// List running cron jobs
    #[command(subcommand)]
    Cronjob(CronjobCommand),
    /// Log database statements
    #[command(subcommand)]
    Jdbclog(JdbclogCommand),
    /// Log in, as `hac session start` does; with --save, remember the password
    Login(LoginArgs),
    /// Log out, as `hac session end` does; with --forget, forget the password
    Logout(LogoutArgs),
    /// Start, list, check, end, move and clear sessions
    #[command(subcommand)]
    Session(SessionCommand),
    /// List, show, add, remove and protect environments
    #[command(subcommand)]
    Env(EnvCommand),
    /// List, show, add, update and remove endpoints of an environment
    #[command(subcommand)]
    Endpoint(EndpointCommand),
    /// Show, check and edit the configuration
    Config(ConfigArgs),
    /// Print what was changed on servers from this machine
    Audit(AuditArgs),
    /// Trust the file of this project, .hac.toml
    Trust(TrustArgs),
    /// Find out why a server cannot be reached or used
    Doctor(DoctorArgs),
    /// Print the completion script for a shell
    Completions(CompletionsArgs),
    /// Print the manual page, or write the pages of all commands
    Man(ManArgs),
    /// Print the help of a command or a topic
    Help(HelpArgs),
}

impl Command {
    /// The default time limit of commands that keep a server busy.
    pub(crate) fn answer_limit(&self) -> Option<Duration> {
        matches!(self, Self::Impex(_)).then_some(Duration::from_secs(600))
    }

    /// The node, for the command that takes it as an argument.
    pub(crate) fn node(&self) -> Option<String> {
        match self {
            Self::Wait(args) => args.goal().ok().and_then(|goal| match goal {
                Goal::Node(node) => Some(node),
                Goal::Up | Goal::Idle => None,
            }),
            _ => None,
        }
    }

    /// Both environments, for a command that has to do with two.
    pub(crate) fn pair(&self, global: &GlobalArgs) -> Result<Option<[String; 2]>> {
        if let Self::Copy(args) = self {
            return match global.environment {
                None => Ok(Some([args.from.clone(), args.to.clone()])),
                Some(_) => Err(usage("copy", "-e names one environment, and this needs two", "use --from and --to")),
            };
        }
        if !matches!(self, Self::Diff(_)) {
            return Ok(None);
        }
        let given = global.environment.as_deref().unwrap_or_default();
        match given.split(',').map(str::trim).collect::<Vec<_>>()[..] {
            [first, second] if !first.is_empty() && !second.is_empty() => {
                Ok(Some([first.to_owned(), second.to_owned()]))
            }
            _ => Err(usage("compare", "two environments are needed", "name both: -e ONE,OTHER")),
        }
    }

    /// The environment, for commands that take it as an argument.
    pub(crate) fn environment(&self) -> Option<&str> {
        self.with_environment().map(|(_, environment)| environment)
    }

    /// The environment that was given as an argument, and the words of the command that takes it so.
    pub(crate) fn with_environment(&self) -> Option<(&'static str, &str)> {
        let (words, given) = match self {
            Self::Doctor(args) => ("doctor", &args.environment),
            Self::Login(args) => ("login", &args.target.environment),
            Self::Logout(args) => ("logout", &args.target.environment),
            Self::Session(SessionCommand::Start(args)) => ("session start", &args.target.environment),
            Self::Session(SessionCommand::Check(args)) => ("session check", &args.target.environment),
            Self::Session(SessionCommand::End(args)) => ("session end", &args.target.environment),
            Self::Session(SessionCommand::Show(args)) => ("session show", &args.target.environment),
            Self::Session(SessionCommand::Clear(args)) => ("session clear", &args.target.environment),
            Self::Session(SessionCommand::Export(args)) => ("session export", &args.target.environment),
            Self::Session(SessionCommand::Import(args)) => ("session import", &args.target.environment),
            _ => return None,
        };
        Some((words, given.as_deref()?))
    }

    /// What of the configuration is about the command.
    pub(crate) fn configuration(&self) -> Configuration {
        match self {
            #[cfg(feature = "simulator")]
            Self::Demo(_) | Self::Simulator(_) => Configuration::None,
            Self::Completions(_) | Self::Help(_) | Self::Man(_) => Configuration::None,
            Self::Config(ConfigArgs { command: Some(ConfigCommand::Show(_)), .. }) => Configuration::Whole,
            Self::Audit(args) if args.command.is_some() => Configuration::Whole,
            Self::Audit(_)
            | Self::Session(SessionCommand::List(_) | SessionCommand::ClearAll(_))
            | Self::Config(_)
            | Self::Env(_)
            | Self::Endpoint(_)
            | Self::Trust(_) => Configuration::Output,
            _ => Configuration::Whole,
        }
    }

    /// Whether the command may make the user's configuration file: that there is none yet is no mistake then.
    pub(crate) fn may_make_configuration(&self) -> bool {
        match self {
            Self::Config(_) | Self::Env(_) | Self::Endpoint(_) => true,
            Self::Login(args) => args.save,
            Self::Session(SessionCommand::Start(args)) => args.save,
            _ => false,
        }
    }
}

/// What of the configuration is about a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Configuration {
    Whole,
    /// How results are printed. What is wrong with the rest is no reason to stop.
    Output,
    None,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn no_argument_of_a_command_hides_a_global_flag() {
        let all = Cli::command();
        all.clone().debug_assert();
        let global: Vec<_> = all.get_arguments().map(clap::Arg::get_id).collect();
        // Flags of other commands that have another short form here, or none; they fill the same place.
        let replaced = [("config", "verbose"), ("config", "password"), ("add", "url"), ("add", "username")];
        let replaced = [&replaced[..], &[("update", "url"), ("update", "username")]].concat();
        let mut commands: Vec<&clap::Command> = all.get_subcommands().collect();
        while let Some(command) = commands.pop() {
            commands.extend(command.get_subcommands());
            for argument in command.get_arguments() {
                if replaced.contains(&(command.get_name(), argument.get_id().as_str())) {
                    let named =
                        all.get_arguments().find(|its| its.get_id() == argument.get_id()).expect("a global flag");
                    assert_eq!(argument.get_long(), named.get_long());
                    continue;
                }
                if argument.get_id() == "password" {
                    // The same flag without its short form, which is refused too: where -p is something else.
                    let others = command.get_arguments().filter(|other| other.get_short() == Some('p')).count();
                    assert_eq!((argument.get_long(), argument.get_short(), others), (Some("password"), None, 1));
                    continue;
                }
                assert!(!global.contains(&argument.get_id()), "{} of {}", argument.get_id(), command.get_name());
            }
        }
    }
}
