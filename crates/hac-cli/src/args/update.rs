//! `hac update …` and `hac init …`.

use clap::{Args, Subcommand};

use super::password::WithoutShortForm;
use super::{ResultArgs, RowsArgs, TextArgs};

/// System updates: list the options, run an update, follow its log.
#[derive(Debug, Subcommand)]
pub(crate) enum UpdateCommand {
    /// List the extensions with project data, and their parameters
    Data(DataArgs),
    /// List the patches that --patch of `hac update run` accepts
    Patches(PatchesArgs),
    /// Print the update as a configuration file for `ant updatesystem -DconfigFile=FILE`; runs nothing
    Config(UpdateConfigArgs),
    /// Run an update
    Run(UpdateRunArgs),
    /// Print whether an update or initialisation is running: idle or running
    Status(TextArgs),
    /// Print the log of the current or last update or initialisation
    Log(LogArgs),
}

/// Initialisation: drops all tables and creates them again.
#[derive(Debug, Subcommand)]
pub(crate) enum InitCommand {
    /// Initialise the system: ALL DATA IS LOST
    Run(InitRunArgs),
}

/// List the extensions with project data, and their parameters.
#[derive(Debug, Args)]
pub(crate) struct DataArgs {
    /// Show only extensions with patches: those with "patch" in their names
    #[arg(short, long)]
    pub patches: bool,

    #[command(flatten)]
    pub password: WithoutShortForm,

    /// Show only extensions with parameters
    #[arg(short, long)]
    pub with_params: bool,

    /// Show the parameters of this extension, with their possible values
    #[arg(short = 'x', long, value_name = "NAME")]
    pub extension: Option<String>,

    #[command(flatten)]
    pub rows: RowsArgs,
}

/// List the patches that --patch of `hac update run` accepts.
///
/// There are two kinds. Pending patches belong to the system; the required ones are part of every
/// update. The others are parameters of extensions: --patch sets them to yes. In a pipe only the
/// parameters of one extension are printed, as hac-client-cli does: `applied` if the server
/// preselects yes, else `pending`.
#[derive(Debug, Args)]
pub(crate) struct PatchesArgs {
    /// Show the patches and all parameters of this extension
    #[arg(short = 'x', long, value_name = "NAME")]
    pub extension: Option<String>,

    #[command(flatten)]
    pub rows: RowsArgs,
}

/// Options of both an update and an initialisation.
#[derive(Debug, Args)]
pub(crate) struct ChoiceArgs {
    /// Run this patch; may be repeated
    ///
    /// A pending patch by name or hash, or a parameter of an extension, which is set to yes, and the
    /// others of the extension to no: `hac update patches` lists both. -p means the patch here;
    /// passwords have no flag, see --password-stdin.
    #[arg(short, long = "patch", value_name = "NAME", help_heading = "What to do")]
    pub patches: Vec<String>,

    #[command(flatten)]
    pub password: WithoutShortForm,

    /// Create the project data of this extension; may be repeated. --patch then searches only these extensions
    #[arg(short = 'x', long = "extension", value_name = "NAME", help_heading = "What to do")]
    pub extensions: Vec<String>,

    /// Set a parameter; may be repeated. With -x the name needs no prefix. Without --patch the others keep the value that
    /// the server preselected
    #[arg(long = "param", value_name = "EXTENSION_PARAMETER=VALUE", help_heading = "What to do")]
    pub parameters: Vec<String>,

    /// Clear the configuration of the legacy HMC
    #[arg(long, help_heading = "What to do")]
    pub clear_hmc: bool,

    /// Create project data
    #[arg(long, help_heading = "What to do")]
    pub create_project_data: bool,
}

/// Print the update as a configuration file for `ant updatesystem -DconfigFile=FILE`; runs nothing.
#[derive(Debug, Args)]
pub(crate) struct UpdateConfigArgs {
    #[command(flatten)]
    pub update: UpdateArgs,

    #[command(flatten)]
    pub rows: TextArgs,
}

/// What an update does.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct UpdateArgs {
    #[command(flatten)]
    pub choice: ChoiceArgs,

    /// Update the type system; otherwise the type system is not changed
    #[arg(long, visible_alias = "schema-update", help_heading = "What to do")]
    pub schema: bool,

    /// Drop all tables first: ALL DATA IS LOST
    #[arg(long, help_heading = "What to do")]
    pub drop_tables: bool,

    /// Create essential data
    #[arg(long, help_heading = "What to do")]
    pub create_essential_data: bool,

    /// Localise the types
    #[arg(long, help_heading = "What to do")]
    pub localize_types: bool,
}

impl UpdateArgs {
    /// Whether nothing was selected.
    pub(crate) fn selects_nothing(&self) -> bool {
        let Self { choice, schema, drop_tables, create_essential_data, localize_types } = self;
        let ChoiceArgs { patches, extensions, parameters, clear_hmc, create_project_data, password: _ } = choice;
        let named = [patches, extensions, parameters].iter().any(|names| !names.is_empty());
        let flags = [schema, drop_tables, create_essential_data, localize_types, clear_hmc, create_project_data];
        !named && !flags.into_iter().any(|flag| *flag)
    }
}

/// How to watch a run, and the confirmation for it.
#[derive(Debug, Args)]
pub(crate) struct FollowArgs {
    /// Print the log during the run, and find the result in the log if the answer is lost (the default)
    #[arg(short, long, overrides_with = "no_follow")]
    pub follow: bool,

    /// Only wait for the answer (see --timeout), and print the log at the end
    #[arg(long, overrides_with = "follow")]
    pub no_follow: bool,

    /// Interval between reads of the log, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0, allow_negative_numbers = true, value_parser = interval)]
    pub interval: f64,
}

/// Run an update.
///
/// First prints to standard error what it is going to do: only what you select here, and the required
/// patches. Names and values are checked against the server's data before anything is sent.
///
/// The log is printed to standard output while it grows, as with `hac update log`. With --json it
/// goes to standard error, and one object with the whole log goes to standard output at the end. The
/// request is sent once. If its answer is lost (a gateway's 504, --timeout), the update continues,
/// and so does the log.
///
/// Exit code 0: finished. 1: finished with errors, or not started because another run is in progress.
/// 5: the answer was lost and the log does not show how the run ended.
///
/// With --drop-tables the server must be typed as HOST:PORT, or given with --yes-i-mean.
#[derive(Debug, Args)]
pub(crate) struct UpdateRunArgs {
    #[command(flatten)]
    pub update: UpdateArgs,

    /// Print what would be done, and start nothing
    #[arg(long)]
    pub dry_run: bool,

    #[command(flatten)]
    pub follow: FollowArgs,

    #[command(flatten)]
    pub output: ResultArgs,
}

/// Initialise the system: ALL DATA IS LOST.
///
/// Drops and creates all tables, creates essential data and localises types. The name of the
/// environment must be typed, or given with --yes-i-mean. Otherwise it works like `hac update run`.
#[derive(Debug, Args)]
pub(crate) struct InitRunArgs {
    #[command(flatten)]
    pub choice: ChoiceArgs,

    /// Print what would be done, and start nothing
    #[arg(long)]
    pub dry_run: bool,

    #[command(flatten)]
    pub follow: FollowArgs,

    #[command(flatten)]
    pub output: ResultArgs,
}

/// Print the log of the current or last update or initialisation.
///
/// With --follow it is printed while it grows, until the run is over. Then the exit code is 0 if it
/// finished, 1 if it finished with errors, 5 if that is unknown. With --json each line is an object on a
/// line of its own, and the last object has the whole log and the outcome.
#[derive(Debug, Args)]
pub(crate) struct LogArgs {
    /// Continue until the update is over
    #[arg(short, long)]
    pub follow: bool,

    /// Interval between reads of the log, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0, allow_negative_numbers = true, value_parser = interval)]
    pub interval: f64,

    #[command(flatten)]
    pub rows: TextArgs,
}

/// The interval between two looks at a server, in seconds.
pub(super) fn interval(text: &str) -> Result<f64, String> {
    text.parse::<f64>()
        .ok()
        .filter(|seconds| (0.01..=3600.0).contains(seconds))
        .ok_or_else(|| "must be a number of seconds from 0.01 to 3600".to_owned())
}
