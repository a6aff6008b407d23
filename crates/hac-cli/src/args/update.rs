//! `hac update …` and `hac init …`.

use clap::{Args, Subcommand};

use super::password::WithoutShortForm;

/// System update: what it offers, run it, find it again.
#[derive(Debug, Subcommand)]
pub(crate) enum UpdateCommand {
    /// List the extensions that can create project data, and their parameters
    Data(DataArgs),
    /// List the patches: what --patch of `hac update run` takes
    Patches(PatchesArgs),
    /// Print the update as the file that `ant updatesystem -DconfigFile=FILE` takes; nothing is run
    Config(UpdateArgs),
    /// Run an update
    Run(UpdateRunArgs),
    /// Tell whether an update or an initialisation runs: idle or running
    Status,
    /// Print the log of the last update or initialisation, running or over
    Log(LogArgs),
}

/// Initialisation: everything is dropped and built anew.
#[derive(Debug, Subcommand)]
pub(crate) enum InitCommand {
    /// Initialise the system: ALL DATA IS LOST
    Run(InitRunArgs),
}

/// List the extensions that can create project data, and their parameters.
#[derive(Debug, Args)]
pub(crate) struct DataArgs {
    /// Only extensions that hold patches: those with "patch" in their name
    #[arg(short, long)]
    pub patches: bool,

    #[command(flatten)]
    pub password: WithoutShortForm,

    /// Only extensions that have parameters
    #[arg(short, long)]
    pub with_params: bool,

    /// The parameters of this extension, with the values that they take
    #[arg(short = 'x', long, value_name = "NAME")]
    pub extension: Option<String>,
}

/// List the patches: what --patch of `hac update run` takes.
///
/// There are two kinds. Pending patches are the system's own; the required ones are part of every
/// update. The others are parameters of extensions that hold patches: --patch sets them to yes.
#[derive(Debug, Args)]
pub(crate) struct PatchesArgs {
    /// Only those of this extension, whatever its parameters are called
    #[arg(short = 'x', long, value_name = "NAME")]
    pub extension: Option<String>,
}

/// What both an update and an initialisation may do.
#[derive(Debug, Args)]
pub(crate) struct ChoiceArgs {
    /// Run this patch; may be repeated
    ///
    /// A pending patch by its name or hash, or an extension's parameter, which is set to yes:
    /// `hac update patches` lists both. Here -p is the patch and never a password, which has no
    /// flag: see --password-stdin.
    #[arg(short, long = "patch", value_name = "NAME", help_heading = "What to do")]
    pub patches: Vec<String>,

    #[command(flatten)]
    pub password: WithoutShortForm,

    /// Create the project data of this extension; may be repeated. --patch then looks only there
    #[arg(short = 'x', long = "extension", value_name = "NAME", help_heading = "What to do")]
    pub extensions: Vec<String>,

    /// Set a parameter; may be repeated. What is not set keeps the value that the server
    /// preselected
    #[arg(long = "param", value_name = "EXTENSION_PARAMETER=VALUE", help_heading = "What to do")]
    pub parameters: Vec<String>,

    /// Clear the configuration of the old HMC
    #[arg(long, help_heading = "What to do")]
    pub clear_hmc: bool,

    /// Create project data
    #[arg(long, help_heading = "What to do")]
    pub create_project_data: bool,
}

/// Print the update as the file that `ant updatesystem -DconfigFile=FILE` takes; nothing is run.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct UpdateArgs {
    #[command(flatten)]
    pub choice: ChoiceArgs,

    /// Update the type system; without it, the type system is left alone
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
    /// Whether no flag says what to do.
    pub(crate) fn selects_nothing(&self) -> bool {
        let Self { choice, schema, drop_tables, create_essential_data, localize_types } = self;
        let ChoiceArgs { patches, extensions, parameters, clear_hmc, create_project_data, password: _ } = choice;
        let named = [patches, extensions, parameters].iter().any(|names| !names.is_empty());
        let flags = [schema, drop_tables, create_essential_data, localize_types, clear_hmc, create_project_data];
        !named && !flags.into_iter().any(|flag| *flag)
    }
}

/// How a run is watched, and who means it.
#[derive(Debug, Args)]
pub(crate) struct WatchArgs {
    /// Print the log while the update runs, and find its end in the log when its answer is lost (the default)
    #[arg(short, long, overrides_with = "no_follow")]
    pub follow: bool,

    /// Wait for the answer only (see --timeout), and print the log at the end
    #[arg(long, overrides_with = "follow")]
    pub no_follow: bool,

    /// Look at the log this often
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0, value_parser = interval)]
    pub interval: f64,

    /// The server whose tables are dropped, as HOST:PORT, for runs without a terminal
    #[arg(long, value_name = "HOST:PORT")]
    pub yes_i_mean: Option<String>,
}

/// Run an update.
///
/// First says on standard error what will be done. Nothing is done but what is named here, and the
/// required patches. Names and values are checked against the server's data before anything is
/// sent.
///
/// The log goes to standard output while it grows, as with `hac update log`; with --json it goes
/// to standard error, and one object with the whole of it to standard output at the end. The
/// request is sent once. When its answer is lost - a gateway's 504, --timeout - the update goes on,
/// and so does the log.
///
/// Exit code 0: finished. 1: finished with errors, or not begun because another one runs. 5: the
/// answer was lost and the log does not tell how it ended.
///
/// With --drop-tables the name of the environment must be typed, or given with --yes-i-mean.
#[derive(Debug, Args)]
pub(crate) struct UpdateRunArgs {
    #[command(flatten)]
    pub update: UpdateArgs,

    #[command(flatten)]
    pub watch: WatchArgs,
}

/// Initialise the system: ALL DATA IS LOST.
///
/// All tables are dropped and built anew, essential data is created and types are localised. The
/// name of the environment must be typed, or given with --yes-i-mean. Everything else is as with
/// `hac update run`.
#[derive(Debug, Args)]
pub(crate) struct InitRunArgs {
    #[command(flatten)]
    pub choice: ChoiceArgs,

    #[command(flatten)]
    pub watch: WatchArgs,
}

/// Print the log of the last update or initialisation, running or over.
///
/// With --follow it is printed while it grows, until nothing runs any more. Then exit code 0 is
/// finished, 1 finished with errors, 5 neither can be told.
#[derive(Debug, Args)]
pub(crate) struct LogArgs {
    /// Go on until the update is over
    #[arg(short, long)]
    pub follow: bool,

    /// Look at the log this often
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0, value_parser = interval)]
    pub interval: f64,
}

fn interval(text: &str) -> Result<f64, String> {
    text.parse::<f64>()
        .ok()
        .filter(|seconds| (0.01..=3600.0).contains(seconds))
        .ok_or_else(|| "give seconds, from 0.01 to 3600".to_owned())
}
