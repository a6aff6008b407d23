//! `hac logger …`, `hac property …`: what is on HAC's tab "Platform".

use clap::{Args, Subcommand};

use super::FilterArgs;

/// List the loggers, or set the level of one.
#[derive(Debug, Subcommand)]
pub(crate) enum LoggerCommand {
    /// List the loggers with the levels in effect; changes nothing
    List(FilterArgs),
    /// Set the level of a logger, until the server's next restart
    Set(LoggerSetArgs),
}

/// What `logger set` takes.
#[derive(Debug, Args)]
pub(crate) struct LoggerSetArgs {
    /// The logger: the name of a class or package, or root
    pub name: String,

    /// ALL, OFF, TRACE, DEBUG, INFO, WARN, ERROR or FATAL
    pub level: String,
}

/// List, read and set the properties of the running server.
#[derive(Debug, Subcommand)]
pub(crate) enum PropertyCommand {
    /// List the properties that are in effect
    List(FilterArgs),
    /// Print the value of a property
    Get(PropertyGetArgs),
    /// Set a property, until the server's next restart
    Set(PropertySetArgs),
}

/// Print the value of a property, as KEY=VALUE; with --quiet the value alone.
///
/// The server masks some values, passwords above all: then it is asterisks that are printed, and a
/// warning says so.
#[derive(Debug, Args)]
pub(crate) struct PropertyGetArgs {
    /// The key of the property
    pub key: String,
}

/// Set a property in the server's memory: on the node that answers, until its next restart.
#[derive(Debug, Args)]
pub(crate) struct PropertySetArgs {
    /// The key of the property, or KEY=VALUE
    #[arg(value_name = "KEY")]
    pub key: String,

    /// The value; may be empty
    #[arg(value_name = "VALUE", allow_hyphen_values = true)]
    pub value: Option<String>,
}
