//! Rows as a table that fits the terminal.

use std::borrow::Cow;

use clap::builder::styling::Style as Paint;

use super::grid::{BELOW_HEADERS, BOTTOM, Column, Grid, TOP};
use super::kept::Kept;
use super::tsv::Tsv;
use super::vertical::Fields;
use super::{Cells, End, Format, NULL, Style};
use crate::foreign::visible;
use crate::printer::Data;

/// A cell longer than this is cut: the table is for eyes, the other formats are for programs.
const LONGEST: usize = 1_000;

/// What the rows may take in memory. With more of them the table turns into lines.
const KEPT: usize = 64 * 1024 * 1024;

/// How large the table may be when it is drawn: one wide cell widens every row.
const DRAWN: usize = 4 * KEPT;

/// Collects the rows and prints them at the end, when the widths are known.
pub(crate) struct Table<'a> {
    data: &'a mut Data,
    headers: Vec<String>,
    /// Whether the names of the columns are printed.
    names: bool,
    kept: Kept,
    limit: usize,
    /// A row has not as many cells as there are headers.
    ragged: bool,
    /// There were too many rows, and each is printed as it comes.
    lines: bool,
}

impl<'a> Table<'a> {
    pub(crate) fn new(style: &Style, data: &'a mut Data) -> Self {
        Self::limited(style, data, KEPT)
    }

    fn limited(style: &Style, data: &'a mut Data, limit: usize) -> Self {
        Self {
            data,
            headers: Vec::new(),
            names: style.headers,
            kept: Kept::default(),
            limit,
            ragged: false,
            lines: false,
        }
    }

    /// Prints what has come, and from now on each row as it comes.
    fn turn_into_lines(&mut self, why: &str) {
        self.lines = true;
        self.data.warn(&format!("the table {why}: the rows follow as tab-separated lines"));
        let mut tsv = Tsv::new(self.names, self.data);
        tsv.begin(&self.headers);
        for row in std::mem::take(&mut self.kept).rows() {
            tsv.line(row);
        }
    }

    /// Draws the table, unless a word would have to break.
    fn grid(&mut self) -> bool {
        let mut columns = vec![Column::default(); self.headers.len()];
        if self.names {
            for (column, header) in columns.iter_mut().zip(&self.headers) {
                column.takes(&shown(header));
            }
        }
        for row in self.kept.rows() {
            for (column, cell) in columns.iter_mut().zip(row) {
                match cell {
                    Some(cell) => column.takes_value(&shown(cell)),
                    None => column.takes(NULL),
                }
            }
        }
        let Some(grid) = Grid::new(&columns, self.data.room()) else { return false };
        if grid.width().saturating_mul(self.kept.len()) > DRAWN {
            self.turn_into_lines("would be larger than 256 MiB");
            return true;
        }
        let (bold, dimmed) = (self.data.bold(), self.data.dimmed());
        self.data.line(&grid.border(TOP));
        if self.names {
            self.data.safe_line(&grid.row(self.headers.iter().map(|header| (shown(header), bold))));
            self.data.line(&grid.border(BELOW_HEADERS));
        }
        for row in self.kept.rows() {
            let cells = row.map(|cell| match cell {
                Some(cell) => (shown(cell), Paint::new()),
                None => (Cow::Borrowed(NULL), dimmed),
            });
            self.data.safe_line(&grid.row(cells));
        }
        self.data.line(&grid.border(BOTTOM));
        true
    }
}

impl Format for Table<'_> {
    fn begin(&mut self, headers: &[String]) {
        self.headers = headers.iter().map(|header| cut(header).into_owned()).collect();
    }

    fn row(&mut self, cells: &Cells<'_>) {
        let cells: Vec<_> = cells.iter().map(|cell| cell.as_deref().map(cut)).collect();
        let cells = cells.iter().map(Option::as_deref);
        if self.lines {
            return Tsv::new(self.names, self.data).line(cells);
        }
        self.ragged |= cells.len() != self.headers.len();
        self.kept.push(cells);
        if self.kept.bytes() > self.limit {
            self.turn_into_lines("would take more than 64 MiB of memory");
        }
    }

    fn end(&mut self, end: &End) {
        if self.lines || end.failure.is_some() || (self.headers.is_empty() && self.kept.len() == 0) {
            return;
        }
        if !self.ragged && self.grid() {
            return;
        }
        // Rows of different lengths, or wider than the terminal.
        let mut fields = Fields::new(true);
        fields.begin(&self.headers);
        for row in self.kept.rows() {
            fields.row(row, self.data);
        }
    }
}

fn cut(cell: &str) -> Cow<'_, str> {
    match cell.char_indices().nth(LONGEST) {
        Some((cut, _)) => Cow::Owned(format!("{}… ({} more)", &cell[..cut], cell[cut..].chars().count())),
        None => Cow::Borrowed(cell),
    }
}

/// A tab has no width of its own and would shift the borders.
pub(super) fn shown(cell: &str) -> Cow<'_, str> {
    let cell = visible(cell);
    if cell.contains('\t') { Cow::Owned(cell.replace('\t', "    ")) } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::RowFormat;

    fn printed(limit: usize, headers: &[&str], rows: &[&[&str]]) -> String {
        let (mut data, memory) = Data::in_memory();
        let mut table = Table::limited(&Style::plain(RowFormat::Table), &mut data, limit);
        let headers: Vec<String> = headers.iter().map(|header| (*header).to_owned()).collect();
        table.begin(&headers);
        for row in rows {
            table.row(&row.iter().map(|cell| Some(Cow::Borrowed(*cell))).collect::<Vec<_>>());
        }
        table.end(&End::default());
        data.flush();
        let memory = memory.lock().expect("the memory");
        String::from_utf8(memory.clone()).expect("UTF-8")
    }

    #[test]
    fn a_table_over_the_limit_turns_into_lines_and_keeps_nothing_more() {
        let rows: &[&[&str]] = &[&["1", "a\tb"], &["2", ""], &["3", "c"]];
        let row = 2 * 8 + 8;
        assert!(printed(3 * row + 20, &["pk", "name"], rows).starts_with('┌'));
        let lines = "pk\tname\n1\ta\\tb\n2\t\n3\tc\n";
        assert_eq!(printed(row, &["pk", "name"], rows), lines);
        assert_eq!(printed(2 * row, &["pk", "name"], rows), lines);
        let (mut data, _) = Data::in_memory();
        let mut table = Table::limited(&Style::plain(RowFormat::Table), &mut data, 100);
        for _ in 0..1_000 {
            table.row(&[None, None]);
        }
        assert_eq!(table.kept.bytes(), 0);
    }

    #[test]
    fn a_table_that_one_wide_cell_would_make_too_large_turns_into_lines() {
        let wide = "x".repeat(LONGEST);
        let mut rows: Vec<&[&str]> = vec![&["1"]; 300_000];
        let row = [wide.as_str()];
        rows.push(&row);
        assert!(printed(KEPT, &["n"], &rows).starts_with("n\n1\n1\n"));
    }

    #[test]
    fn rows_of_different_lengths_lose_no_cell() {
        let text = printed(KEPT, &["pk", "code"], &[&["1"], &["2", "b", "c"]]);
        assert_eq!(text, "-- row 1 --\npk    1\n-- row 2 --\npk    2\ncode  b\ncolumn_3  c\n");
        assert_eq!(printed(KEPT, &[], &[&["1"]]), "-- row 1 --\ncolumn_1  1\n");
        assert_eq!(printed(KEPT, &[], &[]), "");
    }

    #[test]
    fn a_cell_can_neither_move_the_cursor_nor_flood_the_terminal() {
        assert_eq!(shown("\x1b[2J\t."), "\\x1b[2J    .");
        assert_eq!(cut(&"x".repeat(LONGEST + 7)), format!("{}… (7 more)", "x".repeat(LONGEST)));
    }
}
