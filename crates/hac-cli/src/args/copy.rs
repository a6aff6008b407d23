//! `hac copy`.

#![expect(clippy::doc_markdown, reason = "these comments are the help text, which shows no backticks")]

use std::num::{NonZeroU16, NonZeroUsize};
use std::path::PathBuf;

use clap::Args;

use super::number::whole;
use super::{Mask, ParamArgs, ResultArgs};

/// Copy rows of one environment into another.
///
/// A TYPE stands for its own rows, without those of its subtypes, with all attributes that ImpEx can set; a QUERY for its columns.
/// References are written by the unique attributes of the items that they name, and rows that are there already are updated. Left
/// out are collections, maps and passwords, each named in a warning. Encrypted attributes are refused.
#[derive(Debug, Args)]
pub(crate) struct CopyArgs {
    /// Environment to read from
    #[arg(long, value_name = "ENVIRONMENT")]
    pub from: String,

    /// Environment to import into
    #[arg(long, value_name = "ENVIRONMENT")]
    pub to: String,

    /// Type, such as Product, or FlexibleSearch query on one type
    #[arg(value_name = "TYPE|QUERY")]
    pub what: String,

    #[command(flatten)]
    pub params: ParamArgs,

    /// Print the ImpEx, on a terminal its first rows, and send nothing to the environment that it is for
    #[arg(long)]
    pub dry_run: bool,

    /// Attributes by which an import finds the rows that are there already [default: the unique ones of the type]
    #[arg(long, value_name = "ATTRIBUTE,…", value_delimiter = ',')]
    pub key: Vec<String>,

    /// Leave out these attributes
    #[arg(long, value_name = "ATTRIBUTE,…", value_delimiter = ',')]
    pub exclude: Vec<String>,

    /// Leave out these attributes, which are encrypted; none if the type has no such attribute
    ///
    /// Needed where the server does not say which of its attributes are encrypted.
    #[arg(long, value_name = "ATTRIBUTE,…|none", value_delimiter = ',')]
    pub encrypted: Vec<String>,

    /// Copy other values in place of those of this attribute: hash, or fake for made-up ones; may be repeated
    ///
    /// The same value is masked alike in each row, and in each run with the same HAC_MASK_KEY. Nulls and empty texts stay.
    #[arg(long, value_name = "ATTRIBUTE[=hash|fake]")]
    pub mask: Vec<Mask>,

    /// Read so many rows in one request. Pages get smaller by themselves where the server takes long
    #[arg(long, value_name = "ROWS", default_value = "10000", allow_negative_numbers = true, value_parser = whole::<NonZeroUsize>)]
    pub page_rows: NonZeroUsize,

    /// Import chunks of this many rows [default: by time]
    #[arg(long, value_name = "N", value_parser = whole::<NonZeroUsize>, allow_negative_numbers = true, help_heading = "Import")]
    pub chunk_lines: Option<NonZeroUsize>,

    /// Import this many chunks at the same time, which loses the order of the rows [default: 1]
    #[arg(long, value_name = "N", value_parser = whole::<NonZeroU16>, allow_negative_numbers = true, help_heading = "Import")]
    pub parallel: Option<NonZeroU16>,

    /// Continue after failures, with the next chunk
    #[arg(long = "continue", visible_alias = "keep-going", help_heading = "Import")]
    pub keep_going: bool,

    /// Write imported.impex, failed.impex (with reasons) and not-processed.impex to this directory
    #[arg(long, value_name = "DIR", help_heading = "Import")]
    pub report: Option<PathBuf>,

    #[command(flatten)]
    pub output: ResultArgs,
}
