//! `hac flexsearch`.

use clap::Args;

use super::number::whole;
use super::{ParamArgs, RowFormat, SourceArgs};

/// Run a FlexibleSearch query, or raw SQL, and print its rows.
///
/// On a terminal the rows are a table, in a pipe they are tab-separated: there a tab, a newline, a
/// carriage return and a backslash in a cell are written \t, \n, \r and \\, and a null is an empty
/// cell.
#[derive(Debug, Args)]
pub(crate) struct FlexsearchArgs {
    #[command(flatten)]
    pub source: SourceArgs,

    #[command(flatten)]
    pub params: ParamArgs,

    /// The text is SQL for the database, not FlexibleSearch
    #[arg(long)]
    pub sql: bool,

    /// Read this many rows at most; 0 reads all
    #[arg(short, long, value_name = "ROWS", default_value_t = 200, value_parser = whole::<usize>)]
    pub max_count: usize,

    /// The language of localized attributes
    #[arg(short, long, value_name = "CODE", default_value = "en")]
    pub locale: String,

    /// Search as this user, whose search restrictions then apply [default: who is logged in]
    #[arg(long, value_name = "UID")]
    pub user: Option<String>,

    /// The data source to read from, such as master
    #[arg(long, value_name = "NAME")]
    pub data_source: Option<String>,

    /// Commit what an SQL statement changes; without it HAC rolls it back, but on some databases DDL
    /// (CREATE, ALTER, DROP) commits itself
    #[arg(short, long)]
    pub commit: bool,

    /// Print cells as the server sends them, without decoding HTML
    #[arg(long)]
    pub raw_cells: bool,

    /// How to print the rows [default: table on a terminal, tsv otherwise]
    #[arg(long, value_name = "FORMAT", conflicts_with_all = ["json", "csv"])]
    pub format: Option<RowFormat>,
}
