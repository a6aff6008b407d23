//! `hac logger …`, `hac property …`: what is on HAC's tab "Platform".

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::number::lasting;
use super::{FilterArgs, ResultArgs, RowsArgs, TextArgs};

/// List loggers, or set the level of one.
#[derive(Debug, Subcommand)]
pub(crate) enum LoggerCommand {
    /// List loggers with their effective levels
    List(FilterArgs),
    /// Set the level of a logger until the server restarts
    Set(LoggerSetArgs),
}

/// Set the level of a logger until the server restarts.
///
/// With --for it is set back after that time, or as soon as you press Ctrl-C: to the level that it had, or to the one that it had
/// from the logger above it. A level that somebody else has changed in the meantime stays.
#[derive(Debug, Args)]
pub(crate) struct LoggerSetArgs {
    /// Name of the logger: a class, a package, or root
    pub name: String,

    /// ALL, OFF, TRACE, DEBUG, INFO, WARN, ERROR or FATAL
    pub level: String,

    /// Set the level back after this time, such as 30s, 10m or 2h, or on Ctrl-C
    #[arg(long = "for", value_name = "TIME", value_parser = lasting)]
    pub lasting: Option<Duration>,

    #[command(flatten)]
    pub output: ResultArgs,
}

/// List, read and set properties of the running server.
#[derive(Debug, Subcommand)]
pub(crate) enum PropertyCommand {
    /// List properties with their effective values
    List(FilterArgs),
    /// Print the value of a property; with -q, only the value
    Get(PropertyGetArgs),
    /// Set a property until the server restarts
    Set(PropertySetArgs),
}

/// Print the value of a property, and nothing else.
///
/// The server masks some values, such as passwords. For those it prints asterisks and a warning.
#[derive(Debug, Args)]
pub(crate) struct PropertyGetArgs {
    /// Key of the property
    pub key: String,

    #[command(flatten)]
    pub rows: TextArgs,
}

/// Set a property in the memory of the node that answers, until it restarts.
#[derive(Debug, Args)]
pub(crate) struct PropertySetArgs {
    /// Key of the property, or KEY=VALUE
    #[arg(value_name = "KEY")]
    pub key: String,

    /// The value, which may be empty. Put -- before a value that starts with a hyphen
    #[arg(value_name = "VALUE", allow_negative_numbers = true)]
    pub value: Option<String>,

    #[command(flatten)]
    pub output: ResultArgs,
}

/// Decode PKs: type, node, creation time.
///
/// The server decodes the number and does not look up the item, which need not exist.
#[derive(Debug, Args)]
pub(crate) struct PkArgs {
    /// The PKs, such as 8796093054977
    #[arg(value_name = "PK", required = true, allow_negative_numbers = true)]
    pub pks: Vec<String>,

    #[command(flatten)]
    pub rows: RowsArgs,
}

/// List types, or show the attributes of one.
#[derive(Debug, Subcommand)]
pub(crate) enum TypeCommand {
    /// List the types that ImpEx can import
    List(FilterArgs),
    /// List the attributes of a type
    Show(TypeShowArgs),
}

/// Arguments of `type show`.
#[derive(Debug, Args)]
pub(crate) struct TypeShowArgs {
    /// Code of the type, such as Product
    #[arg(value_name = "TYPE")]
    pub code: String,

    #[command(flatten)]
    pub rows: RowsArgs,
}

/// Print information about the server.
#[derive(Debug, Args)]
pub(crate) struct AboutArgs {
    #[command(flatten)]
    pub rows: RowsArgs,
}

/// List or download the logs and configuration files for SAP support.
#[derive(Debug, Subcommand)]
pub(crate) enum SupportCommand {
    /// List the available files
    List(FilterArgs),
    /// Download files in a ZIP archive
    Zip(SupportZipArgs),
}

/// Download files in a ZIP archive.
///
/// The archive is written only if it is complete, and only you can read it: logs and configuration
/// contain secrets.
#[derive(Debug, Args)]
pub(crate) struct SupportZipArgs {
    /// Paths of the files, as `hac support list` prints them
    #[arg(value_name = "PATH", required_unless_present = "all", conflicts_with = "all")]
    pub files: Vec<String>,

    /// Download all available files
    #[arg(long)]
    pub all: bool,

    /// Write the archive to this file
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,

    /// Replace an existing file
    #[arg(long)]
    pub force: bool,

    #[command(flatten)]
    pub result: ResultArgs,
}

/// List the extensions.
#[derive(Debug, Subcommand)]
pub(crate) enum ExtensionCommand {
    /// List the extensions that have project data
    ///
    /// These are the extensions on HAC's update page. Extensions without project data are not listed. Requires permission to
    /// initialise the system, but changes nothing.
    List(FilterArgs),
}
