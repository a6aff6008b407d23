//! Reports for the machines that run a pipeline.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

const HEADING: &str = "Reports for CI";

/// What a pipeline reads of the result.
#[derive(Debug, Clone, Default, Args)]
#[expect(clippy::doc_markdown, reason = "these comments are the help text, which shows no backticks")]
pub(crate) struct CiArgs {
    /// Write the result as JUnit XML to this file too; an existing file is replaced
    #[arg(long, help_heading = HEADING, value_name = "FILE")]
    pub junit: Option<PathBuf>,

    /// Write what failed as a code quality report of GitLab to this file too; an existing file is replaced
    #[arg(long, help_heading = HEADING, value_name = "FILE")]
    pub code_quality: Option<PathBuf>,

    /// Print what failed as annotations for this service too, to standard error
    #[arg(long, help_heading = HEADING, value_name = "SERVICE")]
    pub annotations: Option<AnnotationsArg>,
}

/// Who shows annotations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(clippy::doc_markdown, reason = "these comments are the help text, which shows no backticks")]
pub(crate) enum AnnotationsArg {
    /// GitHub Actions: workflow commands such as ::error file=…,line=…
    Github,
}
