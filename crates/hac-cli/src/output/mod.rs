//! Rows on standard output or in a file, in one of several formats.
//!
//! Every format takes time and memory in proportion to what it prints; a table keeps its rows up
//! to a limit, the others keep none or a few.

mod column_type;
mod compatible;
mod csv;
mod document;
mod fields;
mod file;
mod grid;
mod impex;
mod json;
mod kept;
mod listing;
mod markdown;
mod mask;
mod names;
#[cfg(feature = "parquet")]
mod parquet;
mod picked;
mod record;
mod table;
mod tsv;
mod vertical;
mod xlsx;

use std::borrow::Cow;

use hac_client::Error;

use crate::args::RowFormat;
use crate::diagnostics::Report;
use crate::printer::Data;

pub(crate) use column_type::ColumnType;
pub(crate) use compatible::{InPipe, is_for_scripts};
pub(crate) use document::print_document;
pub(crate) use fields::Fields;
pub(crate) use file::{RowFile, RowFilePlan};
pub(crate) use grid::columns;
pub(crate) use impex::Header as ImpexHeader;
pub(crate) use listing::{Listing, style};
pub(crate) use mask::{Masks, in_flags};
pub(crate) use picked::places;
pub(crate) use record::{Picked, Success, printer_of};

/// The cells of a row; `None` is a null.
pub(crate) type Cells<'a> = [Option<Cow<'a, str>>];

/// What people see in place of a null: the word that databases have.
const NULL: &str = "NULL";

/// A way to print rows: begin, then each row, then end. Only a table waits for the end.
pub(crate) trait Format {
    /// What each column holds, as far as that is known. Called before `begin`, if at all.
    fn types(&mut self, columns: &[ColumnType]) {
        let _ = columns;
    }
    /// Where the columns stand in the query, if not all of them are printed. Called before `begin`, if at all.
    fn picks(&mut self, places: &[usize]) {
        let _ = places;
    }
    /// The names of the columns. Not called if the server never sent them.
    fn begin(&mut self, headers: &[String]);
    /// One row.
    fn row(&mut self, cells: &Cells<'_>);
    /// Why the rows cannot be written in this format. Asked after each row and at the end.
    fn refusal(&mut self) -> Option<Error> {
        None
    }
    /// Gives the output what is still held back, where a format of lines holds back some.
    fn flush(&mut self) {}
    /// The last row was given, or there will be no more because it failed.
    fn end(&mut self, end: &End);
}

/// How rows are printed.
#[derive(Debug, Clone)]
pub(crate) struct Style {
    pub format: RowFormat,
    /// Whether the names of the columns are printed.
    pub headers: bool,
    /// The columns to print, if not all.
    pub columns: Vec<String>,
    /// What the rows of a query are in ImpEx.
    pub impex: Option<ImpexHeader>,
    /// Whether a spreadsheet is kept from taking text for a formula.
    pub guards_formulas: bool,
    /// What the columns of the query hold, where that is known.
    pub types: Vec<ColumnType>,
    /// The columns of which other values are shown.
    pub masks: Option<Masks>,
}

impl Style {
    /// All columns in a format.
    pub(crate) fn plain(format: RowFormat) -> Self {
        Self {
            format,
            headers: true,
            columns: Vec::new(),
            impex: None,
            guards_formulas: false,
            types: Vec::new(),
            masks: None,
        }
    }
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

/// The format, printing to `data`. The columns of the style are the caller's part.
pub(crate) fn format<'d>(style: &Style, data: &'d mut Data) -> Box<dyn Format + Send + 'd> {
    match style.format {
        RowFormat::Table => Box::new(table::Table::new(style, data)),
        RowFormat::Tsv => Box::new(tsv::Tsv::new(style.headers, data).guarding(style.guards_formulas)),
        RowFormat::Csv => Box::new(csv::Csv::new(style, data)),
        RowFormat::Json => Box::new(json::Json::new(data)),
        RowFormat::Jsonl => Box::new(json::JsonLines::new(data)),
        RowFormat::Markdown => Box::new(markdown::Markdown::new(style, data)),
        RowFormat::Vertical => Box::new(vertical::Vertical::new(style, data)),
        RowFormat::Xlsx => Box::new(xlsx::Xlsx::new(style.headers, data)),
        #[cfg(feature = "parquet")]
        RowFormat::Parquet => Box::new(parquet::Parquet::new(data)),
        RowFormat::Impex => Box::new(impex::Impex::new(style.headers, style.impex.clone().unwrap_or_default(), data)),
    }
}

/// Text that a spreadsheet does not take for a formula.
fn guarded(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        return Cow::Owned(format!("'{cell}"));
    }
    Cow::Borrowed(cell)
}

/// The name of a column that has no header, counted from 0.
fn nameless(index: usize) -> String {
    format!("column_{}", index + 1)
}

/// Whether the text is a number: it stands to the right. Masks ask for more, for they would change a code that only looks like one.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, rest) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (fraction, power) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
    is_digits(whole) && is_digits(fraction) && is_digits(power.strip_prefix(['-', '+']).unwrap_or(power))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_from_texts() {
        for number in ["0", "-1", "8796093054977", "1.50", "-0.5", "1.0E10", "1.5e-7"] {
            assert!(is_number(number), "{number}");
        }
        for text in ["", "-", "1.", ".5", "1,5", "1 2", "0x1", "1.2.3", "NaN", "١"] {
            assert!(!is_number(text), "{text}");
        }
    }
}
