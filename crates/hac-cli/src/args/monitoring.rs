//! `hac cache …`, `hac cronjob …`, `hac jdbclog …`: what is on HAC's tab "Monitoring".

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::RowsArgs;

/// Empty the cache.
#[derive(Debug, Subcommand)]
pub(crate) enum CacheCommand {
    /// Empty the region cache of the node that answers; what is read next is slower
    Clear,
}

/// List the cron jobs that are running.
#[derive(Debug, Subcommand)]
pub(crate) enum CronjobCommand {
    /// List the cron jobs that are running now, with what the server tells of each
    List(RowsArgs),
}

/// Log the statements that go to the database.
#[derive(Debug, Subcommand)]
pub(crate) enum JdbclogCommand {
    /// Start the log on the node that answers, which it slows down
    On(JdbclogSwitchArgs),
    /// Stop the log
    Off(JdbclogSwitchArgs),
    /// Empty the log
    Clear,
    /// Print the whole log, or write it to a file
    Download(JdbclogDownloadArgs),
}

/// What else is switched.
#[derive(Debug, Args)]
pub(crate) struct JdbclogSwitchArgs {
    /// Also the stack trace of each statement
    #[arg(long)]
    pub stacktrace: bool,

    /// Also the statements with their values, which may be anybody's data
    #[arg(long)]
    pub params: bool,
}

/// What `jdbclog download` takes.
#[derive(Debug, Args)]
pub(crate) struct JdbclogDownloadArgs {
    /// Write it to this file, which is there when it is whole
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Replace the file if it is there
    #[arg(long, requires = "output")]
    pub force: bool,
}
