//! `hac flexsearch`.

use std::path::PathBuf;

use clap::Args;

use super::number::whole;
use super::{Mask, ParamArgs, RowsArgs, SourceArgs};

/// Run a FlexibleSearch query, or raw SQL, and print its rows.
///
/// Rows are printed as a table on a terminal and tab-separated otherwise. In tab-separated output, a
/// tab, newline, carriage return or backslash in a cell is written as \t, \n, \r or \\, and a null is
/// an empty cell.
#[derive(Debug, Args)]
#[expect(clippy::doc_markdown, reason = "these comments are the help text, which shows no backticks")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct FlexsearchArgs {
    #[command(flatten)]
    pub source: SourceArgs,

    #[command(flatten)]
    pub params: ParamArgs,

    /// Treat the text as SQL for the database, not as FlexibleSearch
    #[arg(long)]
    pub sql: bool,

    /// Maximum number of rows; 0 for all rows
    #[arg(short, long, value_name = "ROWS", default_value_t = 200, allow_negative_numbers = true, value_parser = whole::<usize>)]
    pub max_count: usize,

    /// Language of localised attributes
    #[arg(short, long, value_name = "CODE", default_value = "en")]
    pub locale: String,

    /// Run the query as this user, with that user's search restrictions [default: the user who is logged in]
    #[arg(long, value_name = "UID")]
    pub user: Option<String>,

    /// Data source to read from, such as master
    #[arg(long, value_name = "NAME")]
    pub data_source: Option<String>,

    /// Commit the changes of an SQL statement. Without it HAC rolls them back, but on some databases
    /// DDL (CREATE, ALTER, DROP) commits itself
    #[arg(short, long)]
    pub commit: bool,

    /// Print cells as the server sends them, without decoding HTML
    #[arg(long)]
    pub raw_cells: bool,

    /// Print the unique attributes of items in place of their PKs, such as CAM-100006:shop:Online
    ///
    /// Costs further queries: one for each type and each 200 PKs. What cannot be looked up stays a PK.
    #[arg(long, conflicts_with = "sql")]
    pub pk_as_key: bool,

    /// Print the SQL that the server makes of the query, not its rows
    #[arg(long, conflicts_with_all = ["sql", "pk_as_key"])]
    pub show_sql: bool,

    /// Type of the rows with --format impex [default: the type in FROM]
    #[arg(long, value_name = "TYPE")]
    pub impex_type: Option<String>,

    /// Show other values in place of those of this column: hash, or fake for made-up ones; may be repeated
    ///
    /// The same value is masked alike in each row, and in each run with the same HAC_MASK_KEY. Nulls and empty texts stay.
    #[arg(long, value_name = "COLUMN[=hash|fake]", conflicts_with = "show_sql", help_heading = "Output")]
    pub mask: Vec<Mask>,

    /// Put an apostrophe before text in csv and tsv that a spreadsheet would take for a formula: it begins with = + - @ tab CR
    #[arg(long, conflicts_with = "show_sql", help_heading = "Output")]
    pub guard_formulas: bool,

    /// Write the rows to this file; its ending names the format, such as rows.csv
    ///
    /// The endings are csv, tsv, json, jsonl, md, impex, xlsx and parquet; .gz or .zst behind one of a text compresses the
    /// file. --format sets another format. The file appears when it is complete.
    #[arg(short, long, value_name = "FILE", conflicts_with_all = ["show_sql", "watch"], help_heading = "Output")]
    pub output: Option<PathBuf>,

    /// Make text of all columns of xlsx and parquet, without asking the server for their types
    #[arg(long, requires = "output", help_heading = "Output")]
    pub untyped: bool,

    /// Replace an existing file
    #[arg(long, requires = "output", help_heading = "Output")]
    pub force: bool,

    #[command(flatten)]
    pub rows: RowsArgs,
}
