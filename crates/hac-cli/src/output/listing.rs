//! A list that is there as a whole: the loggers, the properties.

use std::borrow::Cow;

use super::{End, format};
use crate::args::RowFormat;
use crate::diagnostics::{Report, usage};
use crate::printer::Data;
use crate::settings::Settings;

/// Columns and rows; `None` is a cell of which nothing is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Listing {
    pub headers: Vec<String>,
    pub rows: Vec<Vec<Option<String>>>,
}

impl Listing {
    pub(crate) fn new(headers: &[&str]) -> Self {
        Self { headers: headers.iter().map(|header| (*header).to_owned()).collect(), rows: Vec::new() }
    }

    pub(crate) fn push<const N: usize>(&mut self, cells: [Option<String>; N]) {
        self.rows.push(cells.into());
    }

    /// Prints it to its end.
    pub(crate) fn print(&self, row_format: RowFormat, data: &mut Data) {
        self.print_to(None, row_format, data);
    }

    /// Prints what there is of it, and where the format has a place for that, why it is not all.
    pub(crate) fn print_to(&self, failure: Option<&Report>, row_format: RowFormat, data: &mut Data) {
        if failure.is_some() && self.rows.is_empty() && row_format != RowFormat::Json {
            return;
        }
        // A table that failed shows nothing; here the rows that are there are worth it.
        let failure = failure.filter(|_| row_format != RowFormat::Table).cloned();
        let mut format = format(row_format, data);
        format.begin(&self.headers);
        for row in &self.rows {
            let cells: Vec<_> = row.iter().map(|cell| cell.as_deref().map(Cow::Borrowed)).collect();
            format.row(&cells);
        }
        format.end(&End { failure, ..End::default() });
        drop(format);
        data.flush();
    }
}

/// The requested format: `--format`, `--json`, `--csv`, or the default for the kind of output.
pub(crate) fn row_format(
    given: Option<RowFormat>,
    settings: &Settings,
    terminal: bool,
) -> hac_client::Result<RowFormat> {
    if settings.json && settings.csv {
        return Err(usage("choose the output", "--json and --csv cannot be used together", "use only one of them"));
    }
    Ok(match given {
        Some(format) => format,
        None if settings.json => RowFormat::Json,
        None if settings.csv => RowFormat::Csv,
        None => match &settings.format {
            Some(format) => format.value,
            None if terminal => RowFormat::Table,
            None => RowFormat::Tsv,
        },
    })
}
