//! `hac cache …`, `hac cronjob …`, `hac jdbclog …`: what is on HAC's tab "Monitoring".

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{ResultArgs, RowsArgs};

/// Clear the cache.
#[derive(Debug, Subcommand)]
pub(crate) enum CacheCommand {
    /// Clear the region cache of the node that answers; the next reads are slower
    Clear(ResultArgs),
}

/// List running cron jobs.
#[derive(Debug, Subcommand)]
pub(crate) enum CronjobCommand {
    /// List running cron jobs now, with their details
    List(RowsArgs),
}

/// Log database statements.
#[derive(Debug, Subcommand)]
pub(crate) enum JdbclogCommand {
    /// Start logging on the node that answers; this slows it down
    On(JdbclogSwitchArgs),
    /// Stop logging
    Off(JdbclogSwitchArgs),
    /// Clear the log
    Clear(ResultArgs),
    /// Print the whole log, or write it to a file
    Download(JdbclogDownloadArgs),
}

/// What else to switch.
#[derive(Debug, Args)]
pub(crate) struct JdbclogSwitchArgs {
    /// Include the stack trace of each statement
    #[arg(long)]
    pub stacktrace: bool,

    /// Include the values in statements, which may be personal data
    #[arg(long)]
    pub params: bool,

    #[command(flatten)]
    pub output: ResultArgs,
}

/// Arguments of `jdbclog download`.
#[derive(Debug, Args)]
pub(crate) struct JdbclogDownloadArgs {
    /// Write the log to this file, once it is complete
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Replace an existing file
    #[arg(long, requires = "output")]
    pub force: bool,

    #[command(flatten)]
    pub result: ResultArgs,
}
