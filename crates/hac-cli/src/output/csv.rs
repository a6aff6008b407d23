//! Comma-separated rows, quoted where the text needs it.

use std::borrow::Cow;
use std::io::Write as _;

use super::{Cells, End, Format, Style, guarded};
use crate::foreign::visible;
use crate::printer::Data;

/// Rows that are longer are written cell by cell.
const SHORT_LINE: usize = 64 << 10;

/// Quotes as RFC 4180 says; a null is an empty cell.
///
/// Nearly all rows need no quotes. A row is put together as if it were one of them, and looked at once and not cell by cell.
pub(crate) struct Csv<'a> {
    data: &'a mut Data,
    terminal: bool,
    names: bool,
    guards: bool,
    line: Vec<u8>,
}

impl<'a> Csv<'a> {
    pub(crate) fn new(style: &Style, data: &'a mut Data) -> Self {
        let (terminal, names, guards) = (data.is_terminal(), style.headers, style.guards_formulas);
        Self { data, terminal, names, guards, line: Vec::new() }
    }

    fn line<'b>(&mut self, cells: impl Iterator<Item = &'b str> + Clone) {
        if !self.guards && !self.terminal {
            return self.cells(cells);
        }
        let (guards, terminal) = (self.guards, self.terminal);
        let shown = cells.map(|cell| {
            let cell = if guards { guarded(cell) } else { Cow::Borrowed(cell) };
            // Made safe here: a piece of the output may end within a letter.
            if terminal { Cow::Owned(visible(&cell).into_owned()) } else { cell }
        });
        let shown: Vec<_> = shown.collect();
        self.cells(shown.iter().map(Cow::as_ref));
    }

    fn cells<'b>(&mut self, cells: impl Iterator<Item = &'b str> + Clone) {
        // Its results are no news: the output keeps its error.
        let out = self.data.writer();
        if plain(cells.clone(), &mut self.line) {
            let _ = out.write_all(&self.line);
            return;
        }
        let mut is_empty = true;
        for (index, cell) in cells.enumerate() {
            if index > 0 {
                let _ = out.write_all(b",");
            }
            is_empty &= index == 0 && cell.is_empty();
            if cell.contains(NEEDS_QUOTES) {
                let _ = write!(out, "\"{}\"", cell.replace('"', "\"\""));
            } else {
                let _ = out.write_all(cell.as_bytes());
            }
        }
        // An empty line would be no row.
        let _ = out.write_all(if is_empty { b"\"\"\n" } else { b"\n" });
    }
}

const NEEDS_QUOTES: [char; 4] = ['"', ',', '\r', '\n'];

/// Puts the line together. `false` if some cell needs quotes, or the line is long.
fn plain<'b>(cells: impl Iterator<Item = &'b str>, line: &mut Vec<u8>) -> bool {
    line.clear();
    let mut count = 0_usize;
    for cell in cells {
        if line.len() + cell.len() > SHORT_LINE {
            return false;
        }
        line.extend_from_slice(cell.as_bytes());
        line.push(b',');
        count += 1;
    }
    // Counted to the end: a loop that may end early is slower.
    let (mut commas, mut other) = (0_usize, false);
    for byte in &*line {
        commas += usize::from(*byte == b',');
        other |= matches!(byte, b'"' | b'\r' | b'\n');
    }
    // A line of nothing would be no row.
    if commas != count || other || line.len() < 2 {
        return false;
    }
    line.pop();
    line.push(b'\n');
    true
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
        self.data.flush();
    }

    fn end(&mut self, _: &End) {
        self.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::RowFormat;

    fn written(rows: &[Vec<Option<String>>]) -> String {
        let (mut data, memory) = Data::in_memory();
        let mut csv = Csv::new(&Style::plain(RowFormat::Csv), &mut data);
        for row in rows {
            csv.row(&row.iter().map(|cell| cell.as_deref().map(Cow::Borrowed)).collect::<Vec<_>>());
        }
        csv.flush();
        let text = memory.lock().expect("not poisoned").clone();
        String::from_utf8(text).expect("UTF-8")
    }

    /// What the crate of that name makes of the same rows.
    fn expected(rows: &[Vec<Option<String>>]) -> String {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        for row in rows {
            writer.write_record(row.iter().map(|cell| cell.as_deref().unwrap_or_default())).expect("in memory");
        }
        String::from_utf8(writer.into_inner().expect("in memory")).expect("UTF-8")
    }

    proptest::proptest! {
        #[test]
        fn any_rows_are_written_as_the_crate_csv_writes_them(
            rows in proptest::collection::vec(proptest::collection::vec(proptest::option::of("[aé,\"\r\n; ]{0,4}"), 0..4), 0..4),
        ) {
            proptest::prop_assert_eq!(written(&rows), expected(&rows));
        }
    }

    #[test]
    fn long_rows_and_rows_that_seem_to_be_none_are_written_too() {
        let long = |text: &str| Some(text.repeat(SHORT_LINE));
        let rows = [vec![long("a"), None, long("\"")], vec![None], vec![None, None], vec![Some(String::new())]];
        assert_eq!(written(&rows), expected(&rows));
    }
}
