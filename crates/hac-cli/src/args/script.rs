//! `hac groovy` and `hac script`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::ParamArgs;

/// Where the text of a script or a query comes from.
#[derive(Debug, Args)]
pub(crate) struct SourceArgs {
    /// The text itself, or - for standard input
    #[arg(value_name = "TEXT")]
    pub text: Option<String>,

    /// Read the text from a file, or from standard input with -
    #[arg(short, long, value_name = "FILE", num_args = 0..=1)]
    #[expect(clippy::option_option, reason = "absent, without a value, with one")]
    pub file: Option<Option<PathBuf>>,
}

/// Run a Groovy script and print what it returns.
///
/// What the script prints goes to standard error, what it returns to standard output. Without
/// --commit HAC rolls the database back, and nothing else: files, mails, log levels, caches and
/// started jobs stay. A TEXT that ends in .groovy is read as a file.
#[derive(Debug, Args)]
pub(crate) struct GroovyArgs {
    #[command(flatten)]
    pub source: SourceArgs,

    #[command(flatten)]
    pub params: ParamArgs,

    /// Commit what the script changes in the database; without it HAC rolls that back
    #[arg(short, long)]
    pub commit: bool,
}

/// Run a script of any type and print what it returns.
///
/// What the script prints goes to standard error, what it returns to standard output. Without
/// --commit HAC rolls the database back, and nothing else: files, mails, log levels, caches and
/// started jobs stay.
#[derive(Debug, Args)]
pub(crate) struct ScriptArgs {
    /// The language of the script
    #[arg(short = 't', long = "type", value_name = "TYPE")]
    pub script_type: ScriptTypeArg,

    #[command(flatten)]
    pub source: SourceArgs,

    #[command(flatten)]
    pub params: ParamArgs,

    /// Commit what the script changes in the database; without it HAC rolls that back
    #[arg(short, long)]
    pub commit: bool,
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
