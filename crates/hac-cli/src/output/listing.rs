//! A list that is there as a whole: the loggers, the properties.

use std::borrow::Cow;

use hac_client::Result;

use super::picked::picked;
use super::{End, Style, format, places};
use crate::args::RowFormat;
use crate::diagnostics::Report;
use crate::printer::Data;
use crate::settings::Settings;

/// What people see of a list where there is nothing to say. In a query it is the word that databases have.
pub(super) const NOTHING: &str = "-";

/// Columns and rows; `None` is a cell of which nothing is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Listing {
    pub headers: Vec<String>,
    pub rows: Vec<Vec<Option<String>>>,
    /// The columns that hold numbers and booleans, as JSON has them.
    literals: Vec<bool>,
}

impl Listing {
    pub(crate) fn new(headers: &[&str]) -> Self {
        Self::of(headers.iter().map(|header| (*header).to_owned()).collect(), Vec::new())
    }

    pub(super) fn of(headers: Vec<String>, rows: Vec<Vec<Option<String>>>) -> Self {
        Self { headers, rows, literals: Vec::new() }
    }

    /// The same with columns of numbers and booleans.
    pub(crate) fn with_literals(mut self, names: &[&str]) -> Self {
        self.literals = self.headers.iter().map(|header| names.contains(&header.as_str())).collect();
        self
    }

    pub(crate) fn push<const N: usize>(&mut self, cells: [Option<String>; N]) {
        self.rows.push(cells.into());
    }

    /// Prints it to its end.
    pub(crate) fn print(&self, style: &Style, data: &mut Data) -> Result<()> {
        self.print_to(None, style, data)
    }

    /// Prints what there is of it, and where the format has a place for that, why it is not all.
    pub(crate) fn print_to(&self, failure: Option<&Report>, style: &Style, data: &mut Data) -> Result<()> {
        if failure.is_some() && self.rows.is_empty() && !style.format.is_json() {
            return Ok(());
        }
        let places = places(&style.columns, &self.headers)?;
        let places = places.unwrap_or_else(|| (0..self.headers.len()).collect());
        // A table that failed shows nothing; here the rows that are there are worth it.
        let failure = failure.filter(|_| style.format != RowFormat::Table).cloned();
        let mut format = format(style, data);
        if !self.literals.is_empty() {
            let literals: Vec<bool> = picked(&places, &self.literals).map(|is| is == Some(&true)).collect();
            format.literals(&literals);
        }
        let headers: Vec<String> = picked(&places, &self.headers).flatten().cloned().collect();
        format.begin(&headers);
        for row in &self.rows {
            let cells: Vec<_> = picked(&places, row).map(|cell| cell?.as_deref().map(Cow::Borrowed)).collect();
            format.row(&cells);
        }
        format.end(&End { failure, ..End::default() });
        drop(format);
        data.flush();
        Ok(())
    }
}

/// How a list is printed: as the flags or the configuration say, else as a table for people and as lines for programs.
pub(crate) fn style(settings: &Settings, terminal: bool) -> Style {
    Style { null: NOTHING, ..query_style(settings, terminal) }
}

/// The same for the rows of a query.
pub(crate) fn query_style(settings: &Settings, terminal: bool) -> Style {
    let output = &settings.output;
    let usual = if terminal { RowFormat::Table } else { RowFormat::Tsv };
    let format = output.format.as_ref().map_or(usual, |format| format.value);
    Style { headers: output.headers, columns: output.columns.clone(), null: "NULL", ..Style::plain(format) }
}
