//! `hac config`, `hac env` and `hac endpoint`.

#![expect(clippy::doc_markdown, reason = "these comments are the help text, which shows no backticks")]

use std::ffi::OsStr;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args, Subcommand, ValueEnum};

use super::password::Refuse;
use super::password::Refused;
use super::{ListArgs, ResultArgs, RowsArgs, TextArgs};

/// Show, check and edit the configuration.
///
/// Without a command it prints the environments and where the file is.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    pub command: Option<ConfigCommand>,

    /// List the environments
    #[arg(short, long, conflicts_with_all = ["validate", "path", "example"])]
    pub list: bool,

    /// Check the file: `hac config validate`. -v means this here; --verbose has no short form
    #[arg(short = 'v', long, conflicts_with_all = ["path", "example"])]
    pub validate: bool,

    /// Print where the file is, and whether it exists. -p means this here; passwords have no flag
    #[arg(short = 'p', long, conflicts_with = "example")]
    pub path: bool,

    /// Print an example of a configuration
    #[arg(short = 'x', long)]
    pub example: bool,

    #[command(flatten)]
    pub output: ResultArgs,

    #[command(flatten)]
    pub others: ShortFormsTaken,
}

/// Flags of all commands whose short forms are something else for `hac config`.
#[derive(Debug, Args)]
pub(crate) struct ShortFormsTaken {
    /// Verbose output; repeated, it logs more, but never a secret
    #[arg(id = "verbose", long = "verbose", global = true, action = ArgAction::Count, help_heading = "Output")]
    _verbose: u8,

    /// Refused: other users of this machine could read it. See --password-stdin
    #[arg(id = "password", long = "password", global = true, value_name = "VALUE", num_args = 0..=1, default_missing_value = "",
        hide = true, allow_hyphen_values = true, value_parser = Refuse)]
    _refused: Option<Refused>,
}

/// What is done with the configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print the settings of a call, after flags, variables and files
    Show(ConfigShowArgs),
    /// Print the path of the configuration file
    Path(ResultArgs),
    /// Edit the configuration file with VISUAL or EDITOR, and check it before it is saved
    Edit,
    /// Check the configuration file
    Validate(ResultArgs),
}

/// Print the settings of a call, after flags, variables and files.
#[derive(Debug, Args)]
pub(crate) struct ConfigShowArgs {
    /// Print where each value comes from
    #[arg(long)]
    pub origin: bool,

    #[command(flatten)]
    pub rows: RowsArgs,
}

/// Trust the file of the project in this directory or above it, .hac.toml.
///
/// An untrusted file sets how results are printed, and nothing else. A trusted one has a say in everything, such as servers, proxies
/// and programs that print passwords, until it changes: read it first. It can make a protection stricter, never looser.
#[derive(Debug, Args)]
pub(crate) struct TrustArgs {
    /// Trust it no longer
    #[arg(long)]
    pub revoke: bool,

    #[command(flatten)]
    pub output: ResultArgs,
}

/// Environments: list, show, add, remove, protect.
#[derive(Debug, Subcommand)]
pub(crate) enum EnvCommand {
    /// List the environments
    List(ListArgs),
    /// Show an environment and its endpoints
    Show(EnvShowArgs),
    /// Add an environment; with --url, an endpoint too, with the flags that are passed
    Add(EnvAddArgs),
    /// Remove an environment and its endpoints
    Remove(EnvRemoveArgs),
    /// Set the default environment
    SetDefault(EnvSetDefaultArgs),
    /// Set the protection: confirm or read-only. To loosen it again, edit the file
    Protect(EnvProtectArgs),
}

/// The environment of a command.
#[derive(Debug, Args)]
pub(crate) struct NamedEnvironment {
    /// Name of the environment
    #[arg(id = "ENVIRONMENT")]
    pub environment: String,
}

/// Arguments of `env show`.
#[derive(Debug, Args)]
pub(crate) struct EnvShowArgs {
    #[command(flatten)]
    pub named: NamedEnvironment,

    #[command(flatten)]
    pub rows: TextArgs,
}

/// Arguments of `endpoint show`.
#[derive(Debug, Args)]
pub(crate) struct EndpointShowArgs {
    #[command(flatten)]
    pub named: NamedEndpoint,

    #[command(flatten)]
    pub rows: TextArgs,
}

/// Add an environment; with --url, an endpoint too, with the flags that are passed.
///
/// Without --url, the endpoint is the one that was just used: that of HAC_URL, or of the session with the name of the environment.
///
/// The endpoint is called hac unless --endpoint names it. Flags such as --username, --pin, --cacert, --proxy and --timeout are
/// saved with it. Passwords are not: see password_command in the documentation of the configuration.
#[derive(Debug, Args)]
pub(crate) struct EnvAddArgs {
    #[command(flatten)]
    pub named: NamedEnvironment,

    /// Make it the default environment, as the first one always is
    #[arg(short = 'd', long)]
    pub set_default: bool,

    /// Protection of the environment [default: open]
    #[arg(long, value_name = "LEVEL")]
    pub protection: Option<ProtectionArg>,

    #[command(flatten)]
    pub output: ResultArgs,
}

/// Remove an environment and its endpoints.
#[derive(Debug, Args)]
pub(crate) struct EnvRemoveArgs {
    #[command(flatten)]
    pub named: NamedEnvironment,

    /// Accepted for scripts; nothing is asked
    #[arg(short, long, hide = true)]
    pub force: bool,

    #[command(flatten)]
    pub output: ResultArgs,
}

/// Arguments of `env set-default`.
#[derive(Debug, Args)]
pub(crate) struct EnvSetDefaultArgs {
    #[command(flatten)]
    pub named: NamedEnvironment,

    #[command(flatten)]
    pub output: ResultArgs,
}

/// Protect an environment.
///
/// The protection applies to every call to the servers of the environment, also if --url names them. This command can only make
/// it stricter: to loosen it, edit the file (`hac config edit`).
#[derive(Debug, Args)]
pub(crate) struct EnvProtectArgs {
    #[command(flatten)]
    pub named: NamedEnvironment,

    /// The protection
    #[arg(value_name = "LEVEL", value_parser = Stricter)]
    pub protection: ProtectionArg,

    #[command(flatten)]
    pub output: ResultArgs,
}

/// What may be done in an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProtectionArg {
    /// Allow everything
    Open,
    /// Ask before each change
    Confirm,
    /// Refuse changes
    ReadOnly,
}

/// What a command takes that makes a protection stricter. `open` is read, so that the command can say why it is not set.
#[derive(Clone)]
struct Stricter;

impl Stricter {
    fn values() -> impl Iterator<Item = PossibleValue> {
        ProtectionArg::value_variants()
            .iter()
            .filter_map(|protection| Some(protection.to_possible_value()?.hide(*protection == ProtectionArg::Open)))
    }
}

impl TypedValueParser for Stricter {
    type Value = ProtectionArg;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<ProtectionArg, clap::Error> {
        let named = PossibleValuesParser::new(Self::values()).try_map(|name| ProtectionArg::from_str(&name, false));
        named.parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(Self::values()))
    }
}

/// Endpoints of an environment: list, show, add, update, remove.
#[derive(Debug, Subcommand)]
pub(crate) enum EndpointCommand {
    /// List the endpoints of an environment
    List(EndpointListArgs),
    /// Show an endpoint
    Show(EndpointShowArgs),
    /// Add an endpoint to an environment, with the flags that are passed
    Add(EndpointAddArgs),
    /// Change an endpoint: the flags that are passed
    Update(EndpointUpdateArgs),
    /// Remove an endpoint
    Remove(EndpointNamedArgs),
    /// Set the default endpoint of an environment
    SetDefault(EndpointNamedArgs),
}

/// List the endpoints of an environment.
#[derive(Debug, Args)]
pub(crate) struct EndpointListArgs {
    #[command(flatten)]
    pub named: NamedEnvironment,

    #[command(flatten)]
    pub list: ListArgs,
}

/// The endpoint of a command.
#[derive(Debug, Args)]
pub(crate) struct NamedEndpoint {
    /// Name of the environment
    #[arg(id = "ENVIRONMENT")]
    pub environment: String,

    /// Name of the endpoint
    #[arg(id = "ENDPOINT")]
    pub endpoint: String,
}

/// Arguments of `endpoint remove` and `endpoint set-default`.
#[derive(Debug, Args)]
pub(crate) struct EndpointNamedArgs {
    #[command(flatten)]
    pub named: NamedEndpoint,

    #[command(flatten)]
    pub output: ResultArgs,
}

/// Add an endpoint to an environment.
///
/// Flags such as --username, --pin, --cacert, --proxy and --timeout are saved with it.
#[derive(Debug, Args)]
pub(crate) struct EndpointAddArgs {
    #[command(flatten)]
    pub named: NamedEndpoint,

    #[command(flatten)]
    pub url: UrlWithShortForm,

    /// Make it the default endpoint of the environment, as the first one always is
    #[arg(long)]
    pub set_default: bool,

    #[command(flatten)]
    pub output: ResultArgs,
}

/// Change an endpoint: the flags that are passed.
#[derive(Debug, Args)]
pub(crate) struct EndpointUpdateArgs {
    #[command(flatten)]
    pub named: NamedEndpoint,

    #[command(flatten)]
    pub url: UrlWithShortForm,

    /// Verify certificates again
    #[arg(long, conflicts_with = "ignore_ssl")]
    pub no_ignore_ssl: bool,

    #[command(flatten)]
    pub output: ResultArgs,
}

/// `-u` is the URL here, as hac-client-cli has it. Both flags take the places of those of all commands, which get their values.
#[derive(Debug, Args)]
pub(crate) struct UrlWithShortForm {
    /// Base URL of HAC, such as https://localhost:9002. -u means the URL here; --username has no short form
    #[arg(id = "url", short = 'u', long = "url", value_name = "URL", help_heading = "Target")]
    _url: Option<String>,

    /// Username for the login
    #[arg(id = "username", long = "username", value_name = "NAME", help_heading = "Target")]
    _username: Option<String>,
}
