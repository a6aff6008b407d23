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
/// What the script prints goes to standard error, what it returns to standard output. Changes are
/// rolled back unless --commit is given. A TEXT that ends in .groovy is read as a file.
#[derive(Debug, Args)]
pub(crate) struct GroovyArgs {
    #[command(flatten)]
    pub source: SourceArgs,

    #[command(flatten)]
    pub params: ParamArgs,

    /// Keep the changes that the script makes; without it they are rolled back
    #[arg(short, long)]
    pub commit: bool,
}

/// Run a script of any type and print what it returns.
///
/// What the script prints goes to standard error, what it returns to standard output. Changes are
/// rolled back unless --commit is given.
#[derive(Debug, Args)]
pub(crate) struct ScriptArgs {
    /// The language of the script
    #[arg(short = 't', long = "type", value_name = "TYPE")]
    pub script_type: ScriptTypeArg,

    #[command(flatten)]
    pub source: SourceArgs,

    #[command(flatten)]
    pub params: ParamArgs,

    /// Keep the changes that the script makes; without it they are rolled back
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
