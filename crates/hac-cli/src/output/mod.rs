//! Rows on standard output, in one of several formats.
//!
//! Every format takes time and memory in proportion to what it prints; a table keeps its rows up
//! to a limit, the others keep none.

mod csv;
mod grid;
mod json;
mod kept;
mod listing;
mod records;
mod table;
mod tsv;

use std::borrow::Cow;

use crate::args::RowFormat;
use crate::diagnostics::Report;
use crate::printer::Data;

pub(crate) use grid::columns;
pub(crate) use listing::{Listing, row_format};
pub(crate) use records::{print_records, text};

/// The cells of a row; `None` is a null.
pub(crate) type Cells<'a> = [Option<Cow<'a, str>>];

/// A way to print rows: begin, then each row, then end. Only a table waits for the end.
pub(crate) trait Format {
    /// The names of the columns. Not called if the server never sent them.
    fn begin(&mut self, headers: &[String]);
    /// One row.
    fn row(&mut self, cells: &Cells<'_>);
    /// The last row was given, or there will be no more because it failed.
    fn end(&mut self, end: &End);
}

/// What is known when all rows are there.
#[derive(Debug, Default)]
pub(crate) struct End {
    pub execution_time_ms: Option<u64>,
    pub truncated: bool,
    pub failure: Option<Report>,
}

impl End {
    pub(crate) fn failed(report: Report) -> Self {
        Self { failure: Some(report), ..Self::default() }
    }
}

/// The format, printing to `data`.
pub(crate) fn format(format: RowFormat, data: &mut Data) -> Box<dyn Format + Send + '_> {
    match format {
        RowFormat::Table => Box::new(table::Table::new(data)),
        RowFormat::Tsv => Box::new(tsv::Tsv::new(data)),
        RowFormat::Csv => Box::new(csv::Csv::new(data)),
        RowFormat::Json => Box::new(json::Json::new(data)),
        RowFormat::Jsonl => Box::new(json::JsonLines::new(data)),
    }
}

/// The name of a column that has no header, counted from 0.
fn nameless(index: usize) -> String {
    format!("column_{}", index + 1)
}
