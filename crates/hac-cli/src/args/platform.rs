//! `hac logger …`, `hac property …`: what is on HAC's tab "Platform".

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{FilterArgs, RowsArgs};

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

    /// The value; may be empty. One that begins with a hyphen stands behind --
    #[arg(value_name = "VALUE", allow_negative_numbers = true)]
    pub value: Option<String>,
}

/// Say what PKs tell: their type, and where and when they were made.
///
/// Nothing is looked up: a PK of an item that does not exist tells the same.
#[derive(Debug, Args)]
pub(crate) struct PkArgs {
    /// The PKs, such as 8796093054977
    #[arg(value_name = "PK", required = true, allow_negative_numbers = true)]
    pub pks: Vec<String>,

    #[command(flatten)]
    pub rows: RowsArgs,
}

/// List the types, or show the attributes of one.
#[derive(Debug, Subcommand)]
pub(crate) enum TypeCommand {
    /// List the types that ImpEx knows
    List(FilterArgs),
    /// List the attributes of a type
    Show(TypeShowArgs),
}

/// What `type show` takes.
#[derive(Debug, Args)]
pub(crate) struct TypeShowArgs {
    /// The code of the type, such as Product
    #[arg(value_name = "TYPE")]
    pub code: String,

    #[command(flatten)]
    pub rows: RowsArgs,
}

/// Print what the server says about itself.
#[derive(Debug, Args)]
pub(crate) struct AboutArgs {
    #[command(flatten)]
    pub rows: RowsArgs,
}

/// List the logs and configuration files that SAP's support asks for, or download them.
#[derive(Debug, Subcommand)]
pub(crate) enum SupportCommand {
    /// List the files that the server offers
    List(FilterArgs),
    /// Have the server pack files, and download the archive
    Zip(SupportZipArgs),
}

/// Have the server pack files, and download the archive.
///
/// It is there when it is whole, readable by you alone: logs and configuration hold secrets.
#[derive(Debug, Args)]
pub(crate) struct SupportZipArgs {
    /// The files, by the paths that `hac support list` shows
    #[arg(value_name = "PATH", required_unless_present = "all", conflicts_with = "all")]
    pub files: Vec<String>,

    /// Every file that the server offers
    #[arg(long)]
    pub all: bool,

    /// Write the archive to this file
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,

    /// Replace the file if it is there
    #[arg(long)]
    pub force: bool,
}

/// List the extensions.
#[derive(Debug, Subcommand)]
pub(crate) enum ExtensionCommand {
    /// List the extensions that have project data
    ///
    /// It is what the update page offers: an extension without project data is not in it. Needs the right to initialise, and
    /// changes nothing.
    List(FilterArgs),
}
