//! Tab-separated rows: one line a row, whatever is in the cells.

use std::borrow::Cow;

use super::{Cells, End, Format, guarded};
use crate::printer::Data;

/// Tabs, newlines, carriage returns and backslashes in cells become `\t \n \r \\`; a null is empty.
pub(crate) struct Tsv<'a> {
    names: bool,
    guards: bool,
    data: &'a mut Data,
}

impl<'a> Tsv<'a> {
    /// `names` says whether the names of the columns are printed.
    pub(crate) fn new(names: bool, data: &'a mut Data) -> Self {
        Self { names, guards: false, data }
    }

    /// Whether a spreadsheet is kept from taking text for a formula.
    pub(super) fn guarding(self, guards: bool) -> Self {
        Self { guards, ..self }
    }

    pub(super) fn line<'b>(&mut self, cells: impl Iterator<Item = Option<&'b str>>) {
        for (index, cell) in cells.enumerate() {
            if index > 0 {
                self.data.text("\t");
            }
            if let Some(cell) = cell {
                let cell = if self.guards { guarded(cell) } else { Cow::Borrowed(cell) };
                self.data.text(&escaped(&cell));
            }
        }
        self.data.text("\n");
    }
}

impl Format for Tsv<'_> {
    fn begin(&mut self, headers: &[String]) {
        if self.names && !headers.is_empty() {
            self.line(headers.iter().map(|header| Some(header.as_str())));
        }
    }

    fn row(&mut self, cells: &Cells<'_>) {
        self.line(cells.iter().map(Option::as_deref));
    }

    fn flush(&mut self) {
        self.data.flush();
    }

    fn end(&mut self, _: &End) {}
}

fn escaped(cell: &str) -> Cow<'_, str> {
    if !cell.contains(['\t', '\n', '\r', '\\']) {
        return Cow::Borrowed(cell);
    }
    let mut text = String::with_capacity(cell.len() + 8);
    for char in cell.chars() {
        match char {
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\\' => text.push_str("\\\\"),
            other => text.push(other),
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_break_a_line_apart_is_escaped() {
        assert_eq!(escaped("a\tb\nc\r\\d"), "a\\tb\\nc\\r\\\\d");
        assert!(matches!(escaped("plain"), Cow::Borrowed("plain")));
    }
}
