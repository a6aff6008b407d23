//! Lists that hac-client-cli has, too: in a pipe they look as scripts know them.

use hac_client::Result;

use super::picked::picked;
use super::{Listing, Style, columns, places, style};
use crate::args::RowFormat;
use crate::printer::Printer;
use crate::settings::{Setting, Settings};

/// What such a list is in a pipe, where no format was asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum InPipe {
    /// Aligned columns below these names.
    Columns(&'static [&'static str]),
    /// Cells between tabs, without names.
    Lines,
}

impl Listing {
    /// Prints the list: only its first column with `--quiet`, in a format that was asked for, as a table for people, or as scripts
    /// know it.
    pub(crate) fn print_compatibly(&self, in_pipe: InPipe, settings: &Settings, printer: &mut Printer) -> Result<()> {
        let output = &settings.output;
        if output.wants_names(settings.volume.quiet) {
            for name in self.rows.iter().filter_map(|row| row.first()?.as_deref()) {
                printer.data.line(name);
            }
            return Ok(());
        }
        // Scripts know these lists: a format of the configuration is not for them.
        let is_typed = output.format.as_ref().is_some_and(Setting::is_explicit);
        if is_typed || printer.data.is_terminal() {
            let style = style(settings, printer.data.is_terminal());
            let format = if is_typed { style.format } else { RowFormat::Table };
            return self.print(&Style { format, ..style }, &mut printer.data);
        }
        let places = places(&output.columns, &self.headers)?;
        let places = places.unwrap_or_else(|| (0..self.headers.len()).collect());
        let cell = |cell: Option<&Option<String>>| cell.cloned().flatten();
        let rows = self.rows.iter().map(|row| picked(&places, row).map(cell).collect::<Vec<_>>());
        match in_pipe {
            InPipe::Columns(names) => {
                let names: Vec<&str> = picked(&places, names).flatten().copied().collect();
                let rows: Vec<Vec<String>> = rows
                    .map(|row| {
                        row.into_iter().map(|cell| cell.unwrap_or_else(|| super::listing::NOTHING.to_owned())).collect()
                    })
                    .collect();
                printer.data.line(&columns(output.headers.then_some(names.as_slice()), &rows));
            }
            InPipe::Lines => {
                for row in rows {
                    let cells: Vec<String> = row.into_iter().map(Option::unwrap_or_default).collect();
                    printer.data.line(cells.join("\t").trim_end());
                }
            }
        }
        Ok(())
    }
}
