//! `hac groovy` and `hac script`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{CiArgs, ParamArgs, ResultArgs};

/// The source of the text of a script or query.
#[derive(Debug, Args)]
pub(crate) struct SourceArgs {
    /// Text of the script or the query, or - for standard input
    #[arg(value_name = "TEXT")]
    pub text: Option<String>,

    /// Read the text from this file, or from standard input if it is -
    #[arg(short, long, value_name = "FILE", num_args = 0..=1)]
    #[expect(clippy::option_option, reason = "absent, without a value, with one")]
    pub file: Option<Option<PathBuf>>,
}

/// Run a Groovy script and print its return value.
///
/// The script's return value goes to standard output, its own output to standard error. Without
/// --commit HAC rolls back changes to the database, but nothing else: not files, mails, log levels,
/// caches or started jobs. A TEXT that ends in .groovy is the name of a file.
#[derive(Debug, Args)]
pub(crate) struct GroovyArgs {
    #[command(flatten)]
    pub source: SourceArgs,

    #[command(flatten)]
    pub params: ParamArgs,

    /// Commit the script's changes to the database; otherwise HAC rolls them back
    #[arg(short, long)]
    pub commit: bool,

    #[command(flatten)]
    pub ci: CiArgs,

    #[command(flatten)]
    pub output: ResultArgs,
}

/// Run a script of any type and print its return value.
///
/// The script's return value goes to standard output, its own output to standard error. Without
/// --commit HAC rolls back changes to the database, but nothing else: not files, mails, log levels,
/// caches or started jobs.
#[derive(Debug, Args)]
pub(crate) struct ScriptArgs {
    /// Language of the script
    #[arg(short = 't', long = "type", value_name = "TYPE")]
    pub script_type: ScriptTypeArg,

    #[command(flatten)]
    pub source: SourceArgs,

    #[command(flatten)]
    pub params: ParamArgs,

    /// Commit the script's changes to the database; otherwise HAC rolls them back
    #[arg(short, long)]
    pub commit: bool,

    #[command(flatten)]
    pub ci: CiArgs,

    #[command(flatten)]
    pub output: ResultArgs,
}

/// The languages that HAC runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScriptTypeArg {
    /// Groovy
    Groovy,
    /// JavaScript
    #[value(name = "javascript", alias = "js")]
    JavaScript,
    /// BeanShell
    #[value(name = "beanshell", alias = "bsh")]
    BeanShell,
}
