//! `hac flexsearch`.

use clap::Args;

use super::number::whole;
use super::{ParamArgs, RowFormat, SourceArgs};

/// Run a FlexibleSearch query, or raw SQL, and print its rows.
///
/// Rows are printed as a table on a terminal and tab-separated otherwise. In tab-separated output, a
/// tab, newline, carriage return or backslash in a cell is written as \t, \n, \r or \\, and a null is
/// an empty cell.
#[derive(Debug, Args)]
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

    /// Output format for rows [default: table on a terminal, tsv otherwise]
    #[arg(long, value_name = "FORMAT", conflicts_with_all = ["json", "csv"])]
    pub format: Option<RowFormat>,
}
