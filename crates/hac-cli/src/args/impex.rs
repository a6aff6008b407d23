//! `hac impex …`.

use std::num::NonZeroU16;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use hac_client::console::{ExportMode, ImpexSwitch, ValidationMode};

use super::SourceArgs;
use super::number::whole;

/// Import, validate and export ImpEx.
///
/// `hac impex -f FILE` is `hac impex import FILE`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub(crate) struct ImpexArgs {
    #[command(subcommand)]
    pub command: Option<ImpexCommand>,

    /// Import this file; - is standard input
    #[arg(short, long, value_name = "FILE", required = true)]
    pub file: Vec<PathBuf>,

    #[command(flatten)]
    pub options: ImpexOptions,
}

/// What is done with ImpEx.
#[derive(Debug, Subcommand)]
pub(crate) enum ImpexCommand {
    /// Import scripts, or ZIP archives with an importscript.impex and media
    Import(ImpexFilesArgs),
    /// Ask HAC whether it could read scripts; nothing is imported
    Validate(ImpexFilesArgs),
    /// Run a script that exports, and download the archive
    Export(ImpexExportArgs),
}

/// Import scripts, or ask HAC whether it could read them.
///
/// What failed is told with its line in the file. The files are taken one after the other, up to the
/// first that fails. What did not fail in a script was imported.
///
/// HAC's validation looks at headers, quotes and brackets, and not at what stands in the rows.
#[derive(Debug, Args)]
pub(crate) struct ImpexFilesArgs {
    /// The files; - is standard input
    #[arg(value_name = "FILE", required_unless_present = "file")]
    pub files: Vec<PathBuf>,

    /// The same, as hac-client-cli takes it
    #[arg(short, long, value_name = "FILE", conflicts_with = "files")]
    pub file: Vec<PathBuf>,

    #[command(flatten)]
    pub options: ImpexOptions,
}

/// How HAC takes the files.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct ImpexOptions {
    /// How strictly HAC takes the rows
    #[arg(long, value_name = "MODE", default_value = "strict", ignore_case = true)]
    pub validation: ValidationArg,

    /// With how many threads the server imports
    #[arg(long, value_name = "N", default_value = "1", value_parser = whole::<NonZeroU16>)]
    pub threads: NonZeroU16,

    /// The encoding of the files
    #[arg(long, value_name = "NAME", default_value = "UTF-8")]
    pub encoding: String,

    /// Import with the old importer
    #[arg(long)]
    pub legacy: bool,

    /// Run the code in the files: lines that begin with #%
    #[arg(long)]
    pub code_execution: bool,

    /// Let the nodes of the cluster share the work
    #[arg(long)]
    pub distributed: bool,

    /// Save directly in the service layer (HAC's box sldEnabled)
    #[arg(long)]
    pub sld: bool,

    /// Go on with the next file after one that failed
    #[arg(long)]
    pub keep_going: bool,
}

impl ImpexOptions {
    pub(crate) fn switches(&self) -> impl Iterator<Item = ImpexSwitch> {
        [
            (self.legacy, ImpexSwitch::LegacyMode),
            (self.code_execution, ImpexSwitch::CodeExecution),
            (self.distributed, ImpexSwitch::DistributedMode),
            (self.sld, ImpexSwitch::ServiceLayerDirect),
        ]
        .into_iter()
        .filter_map(|(on, switch)| on.then_some(switch))
    }
}

/// How strictly HAC takes the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ValidationArg {
    /// What cannot be meant is an error
    #[value(alias = "import_strict")]
    Strict,
    /// More is let through
    #[value(alias = "import_relaxed")]
    Relaxed,
}

impl From<ValidationArg> for ValidationMode {
    fn from(given: ValidationArg) -> Self {
        match given {
            ValidationArg::Strict => Self::Strict,
            ValidationArg::Relaxed => Self::Relaxed,
        }
    }
}

/// Run a script that exports, and download the archive.
///
/// The archive is downloaded whole or not at all. A script is a header with a line of code below it,
/// such as "#% impex.exportItems( ""Product"" , false );". A SCRIPT that ends in .impex is read as a file.
#[derive(Debug, Args)]
pub(crate) struct ImpexExportArgs {
    #[command(flatten)]
    pub source: SourceArgs,

    /// Where the archive goes
    #[arg(short, long, value_name = "OUT.zip")]
    pub output: PathBuf,

    /// What the archive is for
    #[arg(long, value_name = "MODE", default_value = "reimport-strict")]
    pub mode: ExportModeArg,

    /// The encoding of the files in the archive
    #[arg(long, value_name = "NAME", default_value = "UTF-8")]
    pub encoding: String,

    /// Write over a file that is there
    #[arg(long)]
    pub force: bool,
}

/// What an exported archive is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportModeArg {
    /// To look at
    ExportOnly,
    /// To import it again, strictly
    ReimportStrict,
    /// To import it again, relaxed
    ReimportRelaxed,
}

impl From<ExportModeArg> for ExportMode {
    fn from(given: ExportModeArg) -> Self {
        match given {
            ExportModeArg::ExportOnly => Self::ExportOnly,
            ExportModeArg::ReimportStrict => Self::ReimportStrict,
            ExportModeArg::ReimportRelaxed => Self::ReimportRelaxed,
        }
    }
}
