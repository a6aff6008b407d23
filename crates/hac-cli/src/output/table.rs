//! Rows as a table that fits the terminal.

use std::borrow::Cow;

use super::grid::{BELOW_HEADERS, BOTTOM, Grid, TOP, pad, widest_line};
use super::kept::Kept;
use super::tsv::Tsv;
use super::{Cells, End, Format, nameless};
use crate::foreign::visible;
use crate::printer::Data;

/// Below this many characters a column cannot be read any more.
const NARROWEST: usize = 5;

/// A cell longer than this is cut: the table is for eyes, the other formats are for programs.
const LONGEST: usize = 1_000;

/// A name is padded to no more than this where cells stand one below the other.
const WIDEST_NAME: usize = 40;

/// What the rows may take in memory. With more of them the table turns into lines.
const KEPT: usize = 64 * 1024 * 1024;

/// How large the table may be when it is drawn: one wide cell widens every row.
const DRAWN: usize = 4 * KEPT;

/// Collects the rows and prints them at the end, when the widths are known.
pub(crate) struct Table<'a> {
    data: &'a mut Data,
    headers: Vec<String>,
    kept: Kept,
    limit: usize,
    /// A row has not as many cells as there are headers.
    ragged: bool,
    /// There were too many rows, and each is printed as it comes.
    lines: bool,
}

impl<'a> Table<'a> {
    pub(crate) fn new(data: &'a mut Data) -> Self {
        Self::limited(data, KEPT)
    }

    fn limited(data: &'a mut Data, limit: usize) -> Self {
        Self { data, headers: Vec::new(), kept: Kept::default(), limit, ragged: false, lines: false }
    }

    /// Prints what has come, and from now on each row as it comes.
    fn turn_into_lines(&mut self, why: &str) {
        self.lines = true;
        self.data.warn(&format!("the table {why}: the rows follow as tab-separated lines"));
        let mut tsv = Tsv::new(self.data);
        tsv.begin(&self.headers);
        for row in std::mem::take(&mut self.kept).rows() {
            tsv.line(row.map(Some));
        }
    }

    fn grid(&mut self, room: Option<usize>) {
        let mut widest: Vec<usize> = self.headers.iter().map(|header| widest_line(&shown(header))).collect();
        for row in self.kept.rows() {
            for (width, cell) in widest.iter_mut().zip(row) {
                *width = widest_line(&shown(cell)).max(*width);
            }
        }
        let grid = Grid::new(widest, room);
        if grid.width().saturating_mul(self.kept.len()) > DRAWN {
            return self.turn_into_lines("would be larger than 256 MiB");
        }
        self.data.line(&grid.border(TOP));
        self.data.line(&grid.row(self.headers.iter().map(|header| shown(header))));
        self.data.line(&grid.border(BELOW_HEADERS));
        for row in self.kept.rows() {
            self.data.line(&grid.row(row.map(shown)));
        }
        self.data.line(&grid.border(BOTTOM));
    }

    /// Rows of many columns, or of different lengths: one line a cell.
    fn one_below_the_other(&mut self) {
        let headers: Vec<_> = self.headers.iter().map(|header| shown(header)).collect();
        let longest = headers.iter().map(|header| widest_line(header)).max().unwrap_or(0).min(WIDEST_NAME);
        let mut line = String::new();
        for (index, row) in self.kept.rows().enumerate() {
            self.data.line(&format!("-- row {} --", index + 1));
            for (column, cell) in row.enumerate() {
                line.clear();
                let name =
                    headers.get(column).map_or_else(|| Cow::Owned(nameless(column)), |name| Cow::Borrowed(&**name));
                pad(&name, longest, &mut line);
                line.push_str("  ");
                line.push_str(&shown(cell));
                self.data.line(&line);
            }
        }
    }
}

impl Format for Table<'_> {
    fn begin(&mut self, headers: &[String]) {
        self.headers = headers.iter().map(|header| cut(header).into_owned()).collect();
    }

    fn row(&mut self, cells: &Cells<'_>) {
        let cut = cells.iter().map(|cell| cut(cell.as_deref().unwrap_or_default()));
        if self.lines {
            let cells: Vec<_> = cut.collect();
            return Tsv::new(self.data).line(cells.iter().map(|cell| Some(&**cell)));
        }
        self.ragged |= cells.len() != self.headers.len();
        let cells: Vec<_> = cut.collect();
        self.kept.push(cells.iter().map(|cell| &**cell));
        if self.kept.bytes() > self.limit {
            self.turn_into_lines("would take more than 64 MiB of memory");
        }
    }

    fn end(&mut self, end: &End) {
        if self.lines || end.failure.is_some() || (self.headers.is_empty() && self.kept.len() == 0) {
            return;
        }
        let room = room(self.data.is_terminal());
        if self.ragged || room.is_some_and(|room| self.headers.len() * (NARROWEST + 3) + 1 > room) {
            self.one_below_the_other();
        } else {
            self.grid(room);
        }
    }
}

fn room(terminal: bool) -> Option<usize> {
    if !terminal {
        return None;
    }
    terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)).filter(|width| *width > 0)
}

fn cut(cell: &str) -> Cow<'_, str> {
    match cell.char_indices().nth(LONGEST) {
        Some((cut, _)) => Cow::Owned(format!("{}… ({} more)", &cell[..cut], cell[cut..].chars().count())),
        None => Cow::Borrowed(cell),
    }
}

/// A tab has no width of its own and would shift the borders.
fn shown(cell: &str) -> Cow<'_, str> {
    let cell = visible(cell);
    if cell.contains('\t') { Cow::Owned(cell.replace('\t', "    ")) } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(limit: usize, headers: &[&str], rows: &[&[&str]]) -> String {
        let (mut data, memory) = Data::in_memory();
        let mut table = Table::limited(&mut data, limit);
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
        let mut table = Table::limited(&mut data, 100);
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
