//! The command line as clap reads it. The doc comments are the help text.

mod global;
mod query;
mod script;
mod session;
mod simulator;

use clap::{Parser, Subcommand};

pub(crate) use global::GlobalArgs;
pub(crate) use query::{FlexsearchArgs, RowFormat};
pub(crate) use script::{GroovyArgs, ScriptArgs, ScriptTypeArg, SourceArgs};
pub(crate) use session::{ClearAllArgs, ClearArgs, ExportArgs, ImportArgs, ListArgs, ListFormat, SessionCommand, ShowArgs, Target};
pub(crate) use simulator::{DemoArgs, SimulatorArgs};

/// Talk to SAP Commerce's administration console (HAC) from the command line.
///
/// Logs in once and keeps the session: every later command reuses it, renews it when the server
/// has forgotten it, and never runs anything twice.
#[derive(Debug, Parser)]
#[command(
    name = "hac",
    version,
    long_version = concat!(
        env!("CARGO_PKG_VERSION"),
        "\nthe program of the hac-client project, written in Rust",
        "\n(other tools are called hac too; `hac demo` shows that this is the one)"
    ),
    disable_help_subcommand = true,
    infer_long_args = false,
    max_term_width = 100,
    after_help = "New here? `hac demo` needs no server and shows what this program does.",
    after_long_help = crate::env::HELP.as_str(),
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub global: GlobalArgs,
    #[command(subcommand)]
    pub command: Command,
}

/// What is to be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show what this program does, against a simulated HAC on this machine
    Demo(DemoArgs),
    /// Run a simulated HAC on this machine until Ctrl-C
    Simulator(SimulatorArgs),
    /// Run a Groovy script
    Groovy(GroovyArgs),
    /// Run a script of any type
    Script(ScriptArgs),
    /// Run a FlexibleSearch query, or raw SQL
    Flexsearch(FlexsearchArgs),
    /// Start, list, check, end, move and clear sessions
    #[command(subcommand)]
    Session(SessionCommand),
}
