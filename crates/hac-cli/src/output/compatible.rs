//! Lists that hac-client-cli has, too: for people and in a pipe they look as scripts know them.

use hac_client::Result;
use serde_json::Value;

use super::fields::shown;
use super::picked::picked;
use super::{Listing, Style, columns, places, style};
use crate::args::RowFormat;
use crate::printer::Printer;
use crate::settings::Settings;

/// What stands for a null in aligned columns, as in hac-client-cli.
const NOTHING: &str = "-";

/// What such a list is in a pipe, where no format was asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum InPipe<'a> {
    /// Aligned columns below these names.
    Columns(&'a [&'a str]),
    /// Rows of their own, tab-separated, without names.
    Lines(&'a Listing),
}

impl Listing {
    /// Prints the list: only the first column for people with `--quiet`, in a format that was asked for, as a table for people, or as
    /// scripts know it. The formats for programs have the values; those for people what is easier to read.
    ///
    /// Scripts know its JSON, too: that is for whoever calls this.
    pub(crate) fn print_compatibly(
        &self,
        for_people: &Self,
        in_pipe: InPipe<'_>,
        settings: &Settings,
        printer: &mut Printer,
    ) -> Result<()> {
        let output = &settings.output;
        if output.wants_names(settings.volume.quiet) {
            for name in for_people.rows.iter().filter_map(|row| row.first()?.as_str()) {
                printer.data.line(name);
            }
            return Ok(());
        }
        // Scripts know these lists: only JSON of the configuration is for them.
        let typed = output.format.as_ref().filter(|format| format.is_explicit() || format.value.is_json());
        let style = style(settings, printer.data.is_terminal());
        // Whoever names a column of the others wants those.
        let fits =
            places(&output.columns, &for_people.headers).is_ok() || places(&output.columns, &self.headers).is_err();
        if typed.is_some() || printer.data.is_terminal() || !fits {
            let format = if typed.is_none() && printer.data.is_terminal() { RowFormat::Table } else { style.format };
            let list = if format.is_for_people() && fits { for_people } else { self };
            return list.print(&Style { format, ..style }, &mut printer.data);
        }
        match in_pipe {
            InPipe::Columns(names) => for_people.print_aligned(names, settings, printer),
            InPipe::Lines(rows) => rows.print_lines(settings, printer),
        }
    }

    fn print_aligned(&self, names: &[&str], settings: &Settings, printer: &mut Printer) -> Result<()> {
        let places = self.wanted_places(settings)?;
        let names: Vec<&str> = picked(&places, names).flatten().copied().collect();
        let rows = self.texts(&places, NOTHING);
        printer.data.line(&columns(settings.output.headers.then_some(names.as_slice()), &rows));
        Ok(())
    }

    fn print_lines(&self, settings: &Settings, printer: &mut Printer) -> Result<()> {
        for cells in self.texts(&self.wanted_places(settings)?, "") {
            printer.data.line(cells.join("\t").trim_end());
        }
        Ok(())
    }

    /// Where the columns stand that are wanted.
    fn wanted_places(&self, settings: &Settings) -> Result<Vec<usize>> {
        let places = places(&settings.output.columns, &self.headers)?;
        Ok(places.unwrap_or_else(|| (0..self.headers.len()).collect()))
    }

    fn texts(&self, places: &[usize], null: &str) -> Vec<Vec<String>> {
        let cell = |cell: Option<&Value>| cell.and_then(shown).map_or_else(|| null.to_owned(), Into::into);
        self.rows.iter().map(|row| picked(places, row).map(cell).collect()).collect()
    }
}
