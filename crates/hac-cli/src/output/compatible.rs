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
    /// Cells between tabs, of another list, without names. `--quiet` prints its first column, too.
    Lines(&'a Listing),
    /// The same without empty cells at the end.
    FilledCells(&'a Listing),
}

/// Whether a list is printed as scripts know it: it is for a pipe, and nothing was asked for.
pub(crate) fn is_for_scripts(settings: &Settings, printer: &Printer) -> bool {
    let output = &settings.output;
    let typed = output.format.as_ref().is_some_and(|format| format.is_explicit() || format.value.is_json());
    !typed && output.columns.is_empty() && !printer.data.is_terminal()
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
        let for_scripts = match in_pipe {
            InPipe::Lines(list) | InPipe::FilledCells(list) => list,
            InPipe::Columns(_) => for_people,
        };
        if output.wants_names(settings.volume.quiet) {
            for name in for_scripts.rows.iter().filter_map(|row| row.first()?.as_str()) {
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
        let is_known = places(&output.columns, &for_scripts.headers).is_ok();
        let list = if is_known { for_scripts } else { for_people };
        list.print_in_pipe(in_pipe, settings, printer)
    }

    /// Prints the cells between tabs, without names.
    pub(crate) fn print_lines(&self, settings: &Settings, printer: &mut Printer) -> Result<()> {
        self.print_in_pipe(InPipe::Lines(self), settings, printer)
    }

    fn print_in_pipe(&self, in_pipe: InPipe<'_>, settings: &Settings, printer: &mut Printer) -> Result<()> {
        let output = &settings.output;
        let places = places(&output.columns, &self.headers)?;
        let places = places.unwrap_or_else(|| (0..self.headers.len()).collect());
        let null = if matches!(in_pipe, InPipe::Columns(_)) { NOTHING } else { "" };
        let cell = |cell: Option<&Value>| cell.and_then(shown).map_or_else(|| null.to_owned(), Into::into);
        let rows = self.rows.iter().map(|row| picked(&places, row).map(cell).collect::<Vec<String>>());
        match in_pipe {
            InPipe::Columns(names) => {
                let names: Vec<&str> = picked(&places, names).flatten().copied().collect();
                let rows: Vec<Vec<String>> = rows.collect();
                printer.data.line(&columns(output.headers.then_some(names.as_slice()), &rows));
            }
            InPipe::Lines(_) => rows.for_each(|cells| printer.data.line(&cells.join("\t"))),
            InPipe::FilledCells(_) => rows.for_each(|cells| printer.data.line(cells.join("\t").trim_end())),
        }
        Ok(())
    }
}
