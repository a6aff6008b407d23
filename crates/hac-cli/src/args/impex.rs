//! `hac impex …`.

use std::ffi::OsStr;
use std::num::{NonZeroU16, NonZeroUsize};
use std::path::PathBuf;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, Args, Command, Subcommand, ValueEnum};
use hac_client::Error;
use hac_client::console::{Assumption, ExportMode, ImpexSwitch, ValidationMode};

use super::number::whole;
use super::{CiArgs, ResultArgs, SourceArgs, TextArgs};
use crate::diagnostics::usage;
use crate::os;

/// Import, validate and export ImpEx.
///
/// `hac impex -f FILE` is `hac impex import FILE`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub(crate) struct ImpexArgs {
    #[command(subcommand)]
    pub command: Option<ImpexCommand>,

    /// Import this file; - is standard input. -v MODE means --validation here
    #[arg(short, long, value_name = "FILE", required = true)]
    pub file: Vec<PathBuf>,

    #[command(flatten)]
    pub options: ImpexOptions,
}

/// The operations on ImpEx.
#[derive(Debug, Subcommand)]
pub(crate) enum ImpexCommand {
    /// Import ImpEx files, or ZIP archives with an importscript.impex and media
    Import(ImpexImportArgs),
    /// Validate ImpEx files on the server without importing anything
    Validate(ImpexFilesArgs),
    /// Find mistakes in ImpEx files without importing anything
    Lint(ImpexLintArgs),
    /// Import each ImpEx file of a directory when it is saved
    Watch(ImpexWatchArgs),
    /// Run an export script and download the archive
    Export(ImpexExportArgs),
}

/// Import each ImpEx file of a directory when it is saved, until Ctrl-C.
///
/// Files with the ending .impex count, also in directories below. A file is imported when its content has changed since it was last
/// looked at; what is there at the beginning is not imported. A file that fails does not end it.
#[derive(Debug, Args)]
pub(crate) struct ImpexWatchArgs {
    /// Directory to watch
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,

    /// How strictly HAC validates rows
    #[arg(long, value_name = "MODE", default_value = "strict", ignore_case = true)]
    pub validation: ValidationArg,

    /// Run the code in the files (lines that start with #%)
    #[arg(long)]
    pub code_execution: bool,

    #[command(flatten)]
    pub output: ResultArgs,
}

impl ImpexWatchArgs {
    pub(crate) fn switches(&self) -> impl Iterator<Item = ImpexSwitch> {
        self.code_execution.then_some(ImpexSwitch::CodeExecution).into_iter()
    }
}

/// Find mistakes in ImpEx files without importing anything.
///
/// Finds what HAC's validation does not look at: rows with more cells than columns, macros that are not defined, unknown modes,
/// misspelt modifiers, quotes and brackets without an end. Files compressed with gzip are decompressed. Needs no server; with --online it also finds types and attributes
/// that the server does not have. Exits with 1 if there are errors, and with 0 if there are only warnings.
#[derive(Debug, Args)]
pub(crate) struct ImpexLintArgs {
    /// Files to look at; - is standard input, which is read too if nothing is named and it is not a terminal
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// Encoding of the files
    #[arg(long, value_name = "NAME", default_value = "UTF-8")]
    pub encoding: String,

    /// Look types and attributes up on the server
    #[arg(long)]
    pub online: bool,

    #[command(flatten)]
    pub ci: CiArgs,

    #[command(flatten)]
    pub output: TextArgs,
}

/// Import ImpEx files, or ZIP archives with an importscript.impex and media.
///
/// Failures are reported with their line numbers in the file. Files are processed in order, up to the
/// first that fails. Lines of that file that did not fail have been imported.
///
/// A file of more than 1 MiB is split into chunks that take about 20 seconds each, and can be resumed: each row
/// is imported once, whatever is interrupted. A chunk, or a smaller file, whose outcome is unknown stops the import
/// and is never sent again unasked.
#[derive(Debug, Args)]
pub(crate) struct ImpexImportArgs {
    #[command(flatten)]
    pub given: ImpexFilesArgs,

    #[command(flatten)]
    pub bulk: BulkArgs,
}

/// How a large file is imported.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct BulkArgs {
    /// Split the file into chunks of this many rows, whatever its size
    #[arg(long, value_name = "N", value_parser = whole::<NonZeroUsize>, allow_negative_numbers = true)]
    pub chunk_lines: Option<NonZeroUsize>,

    /// Send the file in one request, whatever its size
    #[arg(long, conflicts_with_all = ["chunk_lines", "parallel", "report"])]
    pub whole: bool,

    /// Import this many chunks at the same time, which loses the order of the rows [default: 1]
    #[arg(long, value_name = "N", value_parser = whole::<NonZeroU16>, allow_negative_numbers = true)]
    pub parallel: Option<NonZeroU16>,

    /// Go on with an unfinished import of the files, without those that are finished; starts one if there is none
    #[arg(long, conflicts_with = "restart")]
    pub resume: bool,

    /// Begin anew, and forget an unfinished import of the files
    #[arg(long)]
    pub restart: bool,

    /// With --resume: what became of the chunk whose outcome is unknown. Of several chunks, each is decided by its lines, with the
    /// flag repeated: imported:12-21 or not-imported:12-21
    #[arg(long, value_name = "OUTCOME[:LINES]", conflicts_with = "restart", value_parser = AssumeParser)]
    pub assume: Vec<AssumeArg>,

    /// Write imported.impex, failed.impex (with reasons) and not-processed.impex to this directory; of several files, to a
    /// directory in it for each, with the name of the file
    #[arg(long, value_name = "DIR")]
    pub report: Option<PathBuf>,
}

impl BulkArgs {
    /// The first flag that needs a checkpoint or outcome files.
    pub(crate) fn of_a_checkpoint(&self) -> Option<&'static str> {
        [(self.resume, "--resume"), (self.restart, "--restart"), (self.report.is_some(), "--report")]
            .into_iter()
            .find_map(|(given, flag)| given.then_some(flag))
    }

    /// The flags that a command repeats to go on, each after a blank.
    pub(crate) fn repeated(&self) -> &'static str {
        if self.whole { " --whole" } else { "" }
    }

    /// Fails if the assumptions do not fit together, or are about the lines of one of several files.
    pub(crate) fn check_assumptions(&self, files: usize) -> Result<(), Error> {
        let (why, hint) = match self.assume.iter().filter(|assumed| assumed.lines.is_none()).count() {
            _ if files > 1 && self.assume.iter().any(|assumed| assumed.lines.is_some()) => (
                "--assume with lines is for one file",
                "decide about each file by itself, then go on with all of them; nothing was sent",
            ),
            0 => return Ok(()),
            1 if self.assume.len() == 1 => return Ok(()),
            _ => (
                "--assume was given more than once without lines",
                "name the lines of each chunk, such as --assume imported:12-21; nothing was sent",
            ),
        };
        Err(usage("resume the import", why, hint))
    }

    /// The first flag that standard input cannot have.
    pub(crate) fn flag(&self) -> Option<&'static str> {
        let chunks = [(self.chunk_lines.is_some(), "--chunk-lines"), (self.parallel.is_some(), "--parallel")];
        chunks.into_iter().find_map(|(given, flag)| given.then_some(flag)).or(self.of_a_checkpoint())
    }

    /// Whether a flag only makes sense for an import in chunks.
    pub(crate) fn wants_chunks(&self) -> bool {
        self.chunk_lines.is_some() || self.parallel.is_some() || self.report.is_some()
    }
}

/// What to assume of a chunk whose outcome is unknown: of the only one, or of the one with these lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AssumeArg {
    pub assumption: Assumption,
    pub lines: Option<(usize, usize)>,
}

impl AssumeArg {
    fn parse(text: &str) -> Option<Self> {
        let (outcome, lines) = text.split_once(':').map_or((text, None), |(outcome, lines)| (outcome, Some(lines)));
        let assumption = match outcome {
            "imported" => Assumption::Imported,
            "not-imported" => Assumption::NotImported,
            _ => return None,
        };
        let number = |text: &str| text.parse::<usize>().ok().filter(|line| *line > 0);
        let lines = match lines {
            None => None,
            Some(lines) => {
                let (first, last) = lines.split_once('-').unwrap_or((lines, lines));
                Some((number(first)?, number(last)?)).filter(|(first, last)| first <= last)
            }
        };
        (lines.is_some() || !text.contains(':')).then_some(Self { assumption, lines })
    }
}

/// Reads an [`AssumeArg`]; shells complete its words.
#[derive(Debug, Clone, Copy)]
struct AssumeParser;

impl TypedValueParser for AssumeParser {
    type Value = AssumeArg;

    fn parse_ref(&self, command: &Command, argument: Option<&Arg>, value: &OsStr) -> Result<AssumeArg, clap::Error> {
        let read = |text: &str| {
            AssumeArg::parse(text)
                .ok_or("must be imported or not-imported, or one of them with lines, such as imported:12-21")
        };
        TypedValueParser::parse_ref(&read, command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(
            [
                PossibleValue::new("imported").help("It was imported: it is not sent again"),
                PossibleValue::new("not-imported").help("It was not imported: it is sent again"),
            ]
            .into_iter(),
        ))
    }
}

/// Validate ImpEx files on the server without importing anything.
///
/// HAC's validation checks headers, quotes and brackets, but not the content of rows. Files are processed in
/// order, up to the first that fails.
#[derive(Debug, Args)]
pub(crate) struct ImpexFilesArgs {
    /// Files to process; - is standard input, which is read too if nothing is named and it is not a terminal
    ///
    /// A directory stands for its files that end in .impex or .impex.gz, without those of its subdirectories; a quoted pattern such
    /// as 'data/*.impex' for the files that match it. Both are sorted by name, numbers in names by their value. A file
    /// that was named before is not processed again. Files compressed with gzip are decompressed.
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// Another way to name a file, for compatibility with hac-client-cli
    #[arg(short, long, value_name = "FILE", conflicts_with = "files")]
    pub file: Vec<PathBuf>,

    #[command(flatten)]
    pub options: ImpexOptions,
}

/// How HAC processes the files.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct ImpexOptions {
    /// How strictly HAC validates rows
    #[arg(long, value_name = "MODE", default_value = "strict", ignore_case = true)]
    pub validation: ValidationArg,

    /// Number of import threads on the server
    #[arg(long, value_name = "N", default_value = "1", allow_negative_numbers = true, value_parser = whole::<NonZeroU16>)]
    pub threads: NonZeroU16,

    /// Encoding of the files
    #[arg(long, value_name = "NAME", default_value = "UTF-8")]
    pub encoding: String,

    /// Use the legacy importer
    #[arg(long)]
    pub legacy: bool,

    /// Run the code in the files (lines that start with #%)
    #[arg(long)]
    pub code_execution: bool,

    /// Distribute the import over the nodes of the cluster, and wait for its cron job
    #[arg(long)]
    pub distributed: bool,

    /// Use Service Layer Direct (HAC's option sldEnabled); HAC ignores it without --distributed
    #[arg(long)]
    pub sld: bool,

    /// How long to wait for the cron job of a distributed import [default: 3600]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, value_parser = whole::<u64>)]
    pub wait: Option<u64>,

    /// Continue after failures, with the next chunk or file
    #[arg(long = "continue", visible_alias = "keep-going")]
    pub keep_going: bool,

    #[command(flatten)]
    pub ci: CiArgs,

    #[command(flatten)]
    pub output: ResultArgs,
}

impl ImpexOptions {
    /// The flags that a command repeats to go on with the same import, each after a blank.
    pub(crate) fn repeated(&self) -> String {
        let mut flags = String::new();
        if self.encoding != "UTF-8" {
            flags.extend([" --encoding ", &os::quoted(&self.encoding)]);
        }
        if matches!(self.validation, ValidationArg::Relaxed | ValidationArg::ImportRelaxed) {
            flags.push_str(" --validation relaxed");
        }
        for (given, flag) in [
            (self.legacy, " --legacy"),
            (self.code_execution, " --code-execution"),
            (self.distributed, " --distributed"),
            (self.sld, " --sld"),
        ] {
            flags += if given { flag } else { "" };
        }
        flags
    }

    /// What is ignored of these options, as sentences.
    pub(crate) fn ignored(&self) -> impl Iterator<Item = &'static str> {
        [
            (self.wait.is_some() && !self.distributed, "--wait does nothing without --distributed"),
            (self.sld && !self.distributed, "HAC ignores --sld without --distributed"),
            (self.distributed && self.threads > NonZeroU16::MIN, "HAC ignores --threads with --distributed"),
            (self.distributed && self.legacy, "HAC ignores --legacy with --distributed"),
        ]
        .into_iter()
        .filter_map(|(ignored, sentence)| ignored.then_some(sentence))
    }

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

/// How strictly HAC validates rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(clippy::doc_markdown, reason = "these comments are the help text, which shows no backticks")]
pub(crate) enum ValidationArg {
    /// HAC's IMPORT_STRICT: invalid values are errors
    Strict,
    /// HAC's IMPORT_RELAXED: tolerates more
    Relaxed,
    /// The same as strict, as hac-client-cli calls it
    #[value(name = "import_strict")]
    ImportStrict,
    /// The same as relaxed, as hac-client-cli calls it
    #[value(name = "import_relaxed")]
    ImportRelaxed,
}

impl From<ValidationArg> for ValidationMode {
    fn from(given: ValidationArg) -> Self {
        match given {
            ValidationArg::Strict | ValidationArg::ImportStrict => Self::Strict,
            ValidationArg::Relaxed | ValidationArg::ImportRelaxed => Self::Relaxed,
        }
    }
}

/// Run an export script and download the archive.
///
/// The archive is written only if it is complete. A script is a header with a line of code below it,
/// such as "#% impex.exportItems( ""Product"" , false );". A SCRIPT that ends in .impex is the name of a file.
#[derive(Debug, Args)]
pub(crate) struct ImpexExportArgs {
    #[command(flatten)]
    pub source: SourceArgs,

    /// File for the archive
    #[arg(short, long, value_name = "OUT.zip")]
    pub output: PathBuf,

    /// Purpose of the archive
    #[arg(long, value_name = "MODE", default_value = "reimport-strict")]
    pub mode: ExportModeArg,

    /// Encoding of the files in the archive
    #[arg(long, value_name = "NAME", default_value = "UTF-8")]
    pub encoding: String,

    /// Replace an existing file
    #[arg(long)]
    pub force: bool,

    #[command(flatten)]
    pub result: ResultArgs,
}

/// The purpose of an exported archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportModeArg {
    /// For reading only
    ExportOnly,
    /// For importing it again with strict validation
    ReimportStrict,
    /// For importing it again with relaxed validation
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
