//! Columns that stand below each other, in every script.

use std::borrow::Cow;
use std::fmt::Write as _;

use clap::builder::styling::Style;
use unicode_width::UnicodeWidthStr as _;

use super::is_number;
use crate::foreign::visible;

/// The characters of a border: its left end, the line, between two columns, its right end.
pub(super) type Border = [char; 4];
pub(super) const TOP: Border = ['┌', '─', '┬', '┐'];
pub(super) const BELOW_HEADERS: Border = ['╞', '═', '╪', '╡'];
pub(super) const BOTTOM: Border = ['└', '─', '┴', '┘'];

/// A line of so many columns, such as a time or a state, is hard to read in pieces.
const SHORT: usize = 30;

/// What a column needs, and on which side its cells stand.
#[derive(Debug, Clone, Default)]
pub(super) struct Column {
    /// The width of its widest line.
    widest: usize,
    /// The width of its longest word, which must not break.
    longest_word: usize,
    /// The width of the widest line that is short enough to stay whole where that is possible.
    short: usize,
    /// Whether all that is in it are numbers, and there is one.
    numbers: Option<bool>,
}

impl Column {
    /// Counts a cell that is shown as this text.
    pub(super) fn takes(&mut self, shown: &str) {
        let lines = || shown.split('\n').map(str::width);
        self.widest = self.widest.max(widest_line(shown));
        self.short = self.short.max(lines().filter(|width| *width <= SHORT).max().unwrap_or(0));
        self.longest_word = self.longest_word.max(shown.split([' ', '\n']).map(str::width).max().unwrap_or(0));
    }

    /// What it needs at least where short cells stay whole.
    fn whole(&self) -> usize {
        self.broken().max(self.short)
    }

    /// What it needs at least where each cell may be broken between words.
    fn broken(&self) -> usize {
        self.longest_word.max(1)
    }

    /// The same, of a cell that says whether the column is one of numbers.
    pub(super) fn takes_value(&mut self, shown: &str) {
        self.takes(shown);
        self.numbers = Some(self.numbers.unwrap_or(true) && is_number(shown));
    }
}

/// The widths of the columns. Rows are drawn one by one.
#[derive(Debug)]
pub(super) struct Grid {
    widths: Vec<usize>,
    /// Whether the cells of each stand to the right.
    right: Vec<bool>,
}

impl Grid {
    /// Each column as wide as its widest cell, or less where the line has only so much `room`. `None` where a word would have to
    /// break.
    pub(super) fn new(columns: &[Column], room: Option<usize>) -> Option<Self> {
        let right = columns.iter().map(|column| column.numbers == Some(true)).collect();
        let widths: Vec<usize> = columns.iter().map(|column| column.widest).collect();
        let Some(room) = room.filter(|room| widths.iter().sum::<usize>() + frame(columns) > *room) else {
            return Some(Self { widths, right });
        };
        let widths = shared(columns, room, Column::whole).or_else(|| shared(columns, room, Column::broken))?;
        Some(Self { widths, right })
    }

    /// Whether there is room for the columns without breaking a short cell.
    pub(super) fn keeps_short_cells(columns: &[Column], room: usize) -> bool {
        shared(columns, room, Column::whole).is_some()
    }

    /// How wide a line is.
    pub(super) fn width(&self) -> usize {
        self.widths.iter().sum::<usize>() + 3 * self.widths.len() + 1
    }

    pub(super) fn border(&self, [left, line, between, right]: Border) -> String {
        let mut border = String::from(left);
        for (index, width) in self.widths.iter().enumerate() {
            if index > 0 {
                border.push(between);
            }
            border.extend(std::iter::repeat_n(line, width + 2));
        }
        border.push(right);
        border
    }

    /// The lines of a row, as many as its highest cell has. The text of a cell is safe to show already.
    pub(super) fn row<'a>(&self, cells: impl Iterator<Item = (Cow<'a, str>, Style)>) -> String {
        let cells: Vec<(Vec<String>, Style)> =
            cells.zip(&self.widths).map(|((cell, style), width)| (wrapped_words(&cell, Some(*width)), style)).collect();
        let height = cells.iter().map(|(lines, _)| lines.len()).max().unwrap_or(1);
        let mut row = String::new();
        for line in 0..height {
            row.push_str(if line == 0 { "│" } else { "\n│" });
            for (index, ((lines, style), width)) in cells.iter().zip(&self.widths).enumerate() {
                row.push_str(if index > 0 { "┆ " } else { " " });
                let text = lines.get(line).map_or("", String::as_str);
                let room = width.saturating_sub(text.width());
                let before = if self.right[index] { room } else { 0 };
                row.extend(std::iter::repeat_n(' ', before));
                if !text.is_empty() {
                    // Writing to a String cannot fail.
                    let _ = write!(row, "{style}{text}{style:#}");
                }
                row.extend(std::iter::repeat_n(' ', room - before + 1));
            }
            row.push('│');
        }
        row
    }
}

/// What the borders take.
fn frame(columns: &[Column]) -> usize {
    3 * columns.len() + 1
}

/// The widths of the columns in so much room, each at least what it needs; `None` where that is more.
fn shared(columns: &[Column], room: usize, least: fn(&Column) -> usize) -> Option<Vec<usize>> {
    let mut widths: Vec<usize> = columns.iter().map(least).collect();
    let mut left = room.checked_sub(widths.iter().sum::<usize>() + frame(columns))?;
    let need = |at: usize| columns[at].widest.saturating_sub(least(&columns[at]));
    let mut order: Vec<usize> = (0..columns.len()).collect();
    order.sort_by_key(|at| need(*at));
    // Those that need little more get it, the others share the rest.
    for (done, at) in order.iter().enumerate() {
        let more = need(*at).min(left / (order.len() - done));
        widths[*at] += more;
        left -= more;
    }
    Some(widths)
}

/// How wide the widest line of the cell is.
pub(super) fn widest_line(cell: &str) -> usize {
    cell.split('\n').map(str::width).max().unwrap_or(0)
}

/// The cell in lines of this width, broken between words. A word that is too long has a line of its own.
pub(super) fn wrapped_words(cell: &str, width: Option<usize>) -> Vec<String> {
    let mut lines = Vec::new();
    for line in cell.split('\n') {
        let Some(width) = width.filter(|width| line.width() > *width) else {
            lines.push(line.to_owned());
            continue;
        };
        // Blanks at the end of a line that is full are not shown.
        let ended = |line: String| {
            if line.width() > width { line.trim_end_matches(' ').to_owned() } else { line }
        };
        let mut begun = String::new();
        for word in line.split_inclusive(' ') {
            if !begun.is_empty() && begun.width() + word.trim_end_matches(' ').width() > width {
                lines.push(ended(std::mem::take(&mut begun)));
            }
            begun.push_str(word);
        }
        lines.push(ended(begun));
    }
    lines
}

/// As many columns wide: letters of Asia and emoji take two, marks on other letters none.
pub(super) fn pad(text: &str, width: usize, into: &mut String) {
    into.push_str(text);
    into.extend(std::iter::repeat_n(' ', width.saturating_sub(text.width())));
}

/// Plain aligned columns without borders, for lists of a few things. Numbers stand to the right.
pub(crate) fn columns(headers: Option<&[&str]>, rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or_default();
    let is_right =
        |at: usize| !rows.is_empty() && rows.iter().all(|row| row.get(at).is_some_and(|cell| is_number(cell)));
    let right: Vec<bool> = (0..count).map(is_right).collect();
    let headers = headers.map(|headers| headers.iter().map(|header| Cow::Borrowed(*header)).collect::<Vec<_>>());
    let rows = rows.iter().map(|row| row.iter().map(|text| visible(text)).collect());
    let rows: Vec<Vec<Cow<'_, str>>> = headers.into_iter().chain(rows).collect();
    let mut widths = Vec::new();
    for row in &rows {
        widths.resize(widths.len().max(row.len()), 0);
        for (width, text) in widths.iter_mut().zip(row) {
            *width = text.width().max(*width);
        }
    }
    let line = |row: &Vec<Cow<'_, str>>| {
        let mut line = String::new();
        for (index, (text, width)) in row.iter().zip(&widths).enumerate() {
            line.push_str(if index > 0 { "  " } else { "" });
            let before = if right.get(index) == Some(&true) { width.saturating_sub(text.width()) } else { 0 };
            line.extend(std::iter::repeat_n(' ', before));
            pad(text, width - before, &mut line);
        }
        line.trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(headers: &[&str], row: &[&str], room: Option<usize>) -> Option<String> {
        let mut columns = vec![Column::default(); headers.len()];
        for ((column, header), cell) in columns.iter_mut().zip(headers).zip(row) {
            column.takes(header);
            column.takes_value(cell);
        }
        let grid = Grid::new(&columns, room)?;
        let line = |cells: &[&str]| grid.row(cells.iter().map(|cell| ((*cell).to_owned().into(), Style::new())));
        Some([grid.border(TOP), line(headers), grid.border(BELOW_HEADERS), line(row), grid.border(BOTTOM)].join("\n"))
    }

    #[test]
    fn a_table_is_never_wider_than_the_terminal_and_breaks_no_word() {
        for name in [
            "a rather long name ",
            "東京都 ",
            "e\u{301}a\u{308} ",
            "😀 👩\u{200d}👩\u{200d}👧 🇩🇪 ",
            "ﷺ ",
            "❤\u{fe0f} ",
            "  ",
        ] {
            let name = name.repeat(30);
            for width in [40, 80, 200] {
                let text = drawn(&["pk", "name"], &["8796093054977", &name], Some(width)).expect("there is room");
                assert!(text.lines().all(|line| line.width() <= width), "{width}:\n{text}");
                let widest = text.lines().map(str::width).max();
                assert!(text.lines().all(|line| Some(line.width()) == widest), "the right border is straight:\n{text}");
                for word in name.split(' ').filter(|word| !word.is_empty()) {
                    assert!(text.contains(word), "{word} is whole:\n{text}");
                }
                assert!(text.contains("8796093054977"), "{text}");
            }
        }
        assert_eq!(drawn(&["pk", "name"], &["8796093054977", "onelongword"], Some(30)), None);
        assert!(drawn(&["pk", "name"], &["8796093054977", "onelongword"], Some(31)).is_some());
    }

    #[test]
    fn lines_break_between_words_and_no_letter_is_lost() {
        assert_eq!(
            drawn(&["pk", "name"], &["1", "a rather long name"], Some(20)).expect("there is room"),
            "┌────┬─────────────┐\n\
             │ pk ┆ name        │\n\
             ╞════╪═════════════╡\n\
             │  1 ┆ a rather    │\n\
             │    ┆ long name   │\n\
             └────┴─────────────┘"
        );
        assert_eq!(wrapped_words("onelongword and", Some(4)), ["onelongword", "and"]);
        assert_eq!(wrapped_words("aa bb cc", Some(5)), ["aa bb", "cc"], "a word that just fits stays");
        assert_eq!(wrapped_words("one\n\ntwo", Some(4)), ["one", "", "two"]);
        assert_eq!(wrapped_words("  in front", Some(6)), ["  in ", "front"]);
    }

    #[test]
    fn columns_stand_below_each_other_in_every_script() {
        let rows = [["東京", "1"], ["e\u{301}", "2"], ["abc", "3"]].map(|row| row.map(String::from).to_vec());
        assert_eq!(columns(Some(&["name", "n"]), &rows), "name  n\n東京  1\ne\u{301}     2\nabc   3");
        let rows = [["a", "1"], ["b", "20"]].map(|row| row.map(String::from).to_vec());
        assert_eq!(columns(Some(&["x", "all"]), &rows), "x  all\na    1\nb   20");
    }
}
