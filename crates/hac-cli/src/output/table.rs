//! Rows as a table that fits the terminal.

use std::borrow::Cow;
use std::io;

use comfy_table::{ContentArrangement, Table as Grid, presets};
use unicode_width::UnicodeWidthStr as _;

use super::{Cells, End, Format};
use crate::printer::{Data, visible};

/// Below this many characters a column cannot be read any more.
const NARROWEST: usize = 5;

/// A cell longer than this is cut: the table is for eyes, the other formats are for programs.
const LONGEST: usize = 1_000;

/// Collects the rows and prints them at the end, when the widths are known.
pub(crate) struct Table<'a> {
    data: &'a mut Data,
    headers: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl<'a> Table<'a> {
    pub(crate) fn new(data: &'a mut Data) -> Self {
        Self { data, headers: Vec::new(), rows: Vec::new() }
    }
}

impl Format for Table<'_> {
    fn begin(&mut self, headers: &[String]) -> io::Result<()> {
        self.headers = headers.iter().map(|header| cell(Some(header))).collect();
        Ok(())
    }

    fn row(&mut self, cells: &Cells<'_>) -> io::Result<()> {
        self.rows.push(cells.iter().map(|value| cell(value.as_deref())).collect());
        Ok(())
    }

    fn end(&mut self, end: &End) -> io::Result<()> {
        if end.failure.is_some() || self.headers.is_empty() {
            return Ok(());
        }
        let width = width(self.data.is_terminal());
        let text = if width.is_some_and(|width| self.headers.len() * (NARROWEST + 3) + 1 > width) {
            one_below_the_other(&self.headers, &self.rows)
        } else {
            grid(&self.headers, &self.rows, width)
        };
        self.data.line(&text)
    }
}

fn width(terminal: bool) -> Option<usize> {
    if !terminal {
        return None;
    }
    terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)).filter(|width| *width > 0)
}

fn grid(headers: &[String], rows: &[Vec<String>], width: Option<usize>) -> String {
    let mut grid = Grid::new();
    grid.load_style(presets::UTF8_FULL_CONDENSED);
    if let Some(width) = width {
        grid.set_content_arrangement(ContentArrangement::Dynamic);
        grid.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    }
    grid.set_header(headers);
    for row in rows {
        grid.add_row(row);
    }
    grid.to_string()
}

/// A row of many columns, one line a cell.
fn one_below_the_other(headers: &[String], rows: &[Vec<String>]) -> String {
    let longest = headers.iter().map(|header| header.width()).max().unwrap_or(0);
    let mut lines = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        lines.push(format!("-- row {} --", index + 1));
        for (header, cell) in headers.iter().zip(row) {
            lines.push(format!("{}  {cell}", padded(header, longest)));
        }
    }
    lines.join("\n")
}

fn cell(text: Option<&str>) -> String {
    let text = text.unwrap_or_default();
    let shown = visible(text);
    match shown.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}… ({} more)", &shown[..cut], shown[cut..].chars().count()),
        // A tab has no width of its own and would shift the borders.
        None => shown.replace('\t', "    "),
    }
}

/// As many columns wide: letters of Asia and emoji take two, marks on other letters none.
fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// Plain aligned columns without borders, for lists of a few things.
pub(crate) fn columns(headers: Option<&[&str]>, rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let all = || {
        let headers = headers.map(|headers| headers.iter().map(|header| Cow::Borrowed(*header)).collect::<Vec<_>>());
        let rows = rows.iter().map(|row| row.iter().map(|text| visible(text)).collect::<Vec<_>>());
        headers.into_iter().chain(rows)
    };
    let widths: Vec<usize> = (0..count)
        .map(|column| all().filter_map(|row| row.get(column).map(|text| text.width())).max().unwrap_or(0))
        .collect();
    let lines: Vec<String> = all()
        .map(|row| {
            let cells: Vec<String> = row.iter().zip(&widths).map(|(text, width)| padded(text, *width)).collect();
            cells.join("  ").trim_end().to_owned()
        })
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_never_wider_than_the_terminal() {
        let headers = ["pk", "name"].map(String::from);
        for name in
            ["a rather long name ", "onelongword", "東京都", "e\u{301}a\u{308}", "😀 👩\u{200d}👩\u{200d}👧 🇩🇪 ", "ﷺ"]
        {
            let rows = vec![vec!["8796093054977".to_owned(), name.repeat(30)], vec![String::new(), "x".to_owned()]];
            for width in [20, 40, 80, 200] {
                let text = grid(&headers, &rows, Some(width));
                assert!(text.lines().all(|line| line.width() <= width), "{width}:\n{text}");
                let widest = text.lines().map(str::width).max();
                assert!(text.lines().all(|line| Some(line.width()) == widest), "the right border is straight:\n{text}");
            }
        }
    }

    #[test]
    fn columns_stand_below_each_other_in_every_script() {
        let rows = [["東京", "1"], ["e\u{301}", "2"], ["abc", "3"]].map(|row| row.map(String::from).to_vec());
        assert_eq!(columns(Some(&["name", "n"]), &rows), "name  n\n東京  1\ne\u{301}     2\nabc   3");
        let headers = ["東京", "n"].map(String::from);
        assert_eq!(one_below_the_other(&headers, &rows[2..]), "-- row 1 --\n東京  abc\nn     3");
    }

    #[test]
    fn a_row_with_many_columns_is_shown_one_cell_a_line() {
        let headers = ["pk", "code"].map(String::from);
        let rows = vec![vec!["1".to_owned(), "a".to_owned()], vec!["2".to_owned(), String::new()]];
        assert_eq!(one_below_the_other(&headers, &rows), "-- row 1 --\npk    1\ncode  a\n-- row 2 --\npk    2\ncode  ");
    }

    #[test]
    fn a_cell_can_neither_move_the_cursor_nor_flood_the_terminal() {
        assert_eq!(cell(Some("\x1b[2J")), "\\x1b[2J");
        assert_eq!(cell(Some(&"x".repeat(LONGEST + 7))), format!("{}… (7 more)", "x".repeat(LONGEST)));
    }
}
