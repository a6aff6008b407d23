//! Comma-separated rows, quoted where the text needs it.

use std::borrow::Cow;
use std::io::BufWriter;

use super::{Cells, End, Format, Style, guarded};
use crate::foreign::visible;
use crate::printer::{Data, Output};

/// Quotes as RFC 4180 says; a null is an empty cell.
pub(crate) struct Csv<'a> {
    writer: csv::Writer<&'a mut BufWriter<Output>>,
    terminal: bool,
    names: bool,
    guards: bool,
}

impl<'a> Csv<'a> {
    pub(crate) fn new(style: &Style, data: &'a mut Data) -> Self {
        let (terminal, names, guards) = (data.is_terminal(), style.headers, style.guards_formulas);
        Self { writer: csv::WriterBuilder::new().flexible(true).from_writer(data.writer()), terminal, names, guards }
    }

    /// Its results are no news: writing to the output never fails, and rows of any length are welcome.
    fn line<'b>(&mut self, cells: impl Iterator<Item = &'b str>) {
        for cell in cells {
            let cell = if self.guards { guarded(cell) } else { Cow::Borrowed(cell) };
            // Made safe here: the writer may cut its output within a letter.
            let shown = if self.terminal { visible(&cell) } else { Cow::Borrowed(&*cell) };
            let _ = self.writer.write_field(shown.as_bytes());
        }
        let _ = self.writer.write_record(None::<&[u8]>);
    }
}

impl Format for Csv<'_> {
    fn begin(&mut self, headers: &[String]) {
        if self.names && !headers.is_empty() {
            self.line(headers.iter().map(String::as_str));
        }
    }

    fn row(&mut self, cells: &Cells<'_>) {
        self.line(cells.iter().map(|cell| cell.as_deref().unwrap_or_default()));
    }

    fn flush(&mut self) {
        let _ = self.writer.flush();
    }

    fn end(&mut self, _: &End) {
        self.flush();
    }
}
