//! `hac flexsearch`.

use std::path::PathBuf;

use clap::Args;

use super::number::whole;
use super::{Mask, ParamArgs, QueryRowsArgs, SourceArgs};

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

    /// Read all rows, in pages by key: any number of rows, without the server holding them in memory
    ///
    /// The query needs a unique column that is never null: {pk}, or the one that --key names. It must not have an order of
    /// its own. The rows come in the order of the key, and are not a snapshot of the database. With -o FILE, an
    /// interrupted export goes on with --resume.
    #[arg(long, conflicts_with_all = ["max_count", "show_sql"])]
    pub all: bool,

    /// Unique column that pages are read by [default: PK]
    ///
    /// An alias, an expression such as {p.code}, or an attribute. A text is the default type; write NAME:int for a
    /// number. With a text, the collation of the database decides which values are equal.
    #[arg(long, value_name = "COLUMN", requires = "all")]
    pub key: Option<String>,

    /// Rows of a page [default: 10000, more where the server is quick]
    ///
    /// Without it, pages grow up to 40,000 rows while each takes less than half a second. Pages get smaller by themselves where
    /// the server takes long.
    #[arg(long, value_name = "ROWS", requires = "all", allow_negative_numbers = true, value_parser = page_rows)]
    pub page_rows: Option<usize>,

    /// Fail with exit code 1 if there may be more rows than were read
    #[arg(long, conflicts_with = "all")]
    pub fail_on_truncation: bool,

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
    /// Costs further queries: one for each type and each 200 PKs. What cannot be looked up stays a PK. So does, with --mask, a
    /// column that is not masked itself: a key may have the value that is masked elsewhere.
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

    /// Go on with an export of --all that was interrupted: the same command with --resume
    ///
    /// Rows are kept page by page in FILE.hac-part, beside FILE. If nothing was begun, the export begins; if FILE is
    /// complete, nothing is done.
    #[arg(long, requires_all = ["all", "output"], help_heading = "Output")]
    pub resume: bool,

    #[command(flatten)]
    pub rows: QueryRowsArgs,
}

fn page_rows(text: &str) -> Result<usize, String> {
    let rows = whole::<usize>(text)?;
    if rows == 0 { Err("must be at least 1".to_owned()) } else { Ok(rows) }
}
