//! Columns that stand below each other, in every script.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

use crate::foreign::visible;

/// The characters of a border: its left end, the line, between two columns, its right end.
pub(super) type Border = [char; 4];
pub(super) const TOP: Border = ['┌', '─', '┬', '┐'];
pub(super) const BELOW_HEADERS: Border = ['╞', '═', '╪', '╡'];
pub(super) const BOTTOM: Border = ['└', '─', '┴', '┘'];

/// The widths of the columns. Rows are drawn one by one.
#[derive(Debug)]
pub(super) struct Grid {
    widths: Vec<usize>,
}

impl Grid {
    /// Each column as wide as its widest cell, or less where the line has only so much `room`.
    pub(super) fn new(widest: Vec<usize>, room: Option<usize>) -> Self {
        let Some(room) = room else { return Self { widths: widest } };
        let mut order: Vec<usize> = (0..widest.len()).collect();
        order.sort_by_key(|column| widest[*column]);
        let mut left = room.saturating_sub(3 * widest.len() + 1);
        let mut widths = widest;
        // The narrow ones take what they need, the others share the rest.
        for (done, column) in order.iter().enumerate() {
            let share = left / (order.len() - done);
            widths[*column] = widths[*column].min(share.max(1));
            left = left.saturating_sub(widths[*column]);
        }
        Self { widths }
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

    /// The lines of a row, as many as its highest cell has.
    pub(super) fn row<'a>(&self, cells: impl Iterator<Item = Cow<'a, str>>) -> String {
        let cells: Vec<Vec<String>> = cells.zip(&self.widths).map(|(cell, width)| wrapped(&cell, *width)).collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or(1);
        let mut row = String::new();
        for line in 0..height {
            row.push_str(if line == 0 { "│" } else { "\n│" });
            for (index, (cell, width)) in cells.iter().zip(&self.widths).enumerate() {
                row.push_str(if index > 0 { "┆ " } else { " " });
                pad(cell.get(line).map_or("", String::as_str), *width, &mut row);
                row.push(' ');
            }
            row.push('│');
        }
        row
    }
}

/// How wide the widest line of the cell is.
pub(super) fn widest_line(cell: &str) -> usize {
    cell.split('\n').map(str::width).max().unwrap_or(0)
}

/// The cell in lines of this width: broken between words, or within one that is too long.
fn wrapped(cell: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for line in cell.split('\n') {
        if line.width() <= width {
            lines.push(line.to_owned());
            continue;
        }
        let mut begun = String::new();
        let mut used = 0;
        for word in line.split_inclusive(' ') {
            if used > 0 && used + word.trim_end_matches(' ').width() > width {
                lines.push(std::mem::take(&mut begun));
                used = 0;
            }
            for letter in word.graphemes(true) {
                if used > 0 && used + letter.width() > width {
                    if letter == " " {
                        continue;
                    }
                    lines.push(std::mem::take(&mut begun));
                    used = 0;
                }
                begun.push_str(letter);
                used += letter.width();
            }
        }
        lines.push(begun);
    }
    lines
}

/// As many columns wide: letters of Asia and emoji take two, marks on other letters none.
pub(super) fn pad(text: &str, width: usize, into: &mut String) {
    into.push_str(text);
    into.extend(std::iter::repeat_n(' ', width.saturating_sub(text.width())));
}

/// Plain aligned columns without borders, for lists of a few things.
pub(crate) fn columns(headers: Option<&[&str]>, rows: &[Vec<String>]) -> String {
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
            pad(text, *width, &mut line);
        }
        line.trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(headers: &[&str], row: &[&str], room: Option<usize>) -> String {
        let widest = headers.iter().zip(row).map(|(header, cell)| widest_line(header).max(widest_line(cell))).collect();
        let grid = Grid::new(widest, room);
        let line = |cells: &[&str]| grid.row(cells.iter().map(|cell| Cow::Owned((*cell).to_owned())));
        [grid.border(TOP), line(headers), grid.border(BELOW_HEADERS), line(row), grid.border(BOTTOM)].join("\n")
    }

    #[test]
    fn a_table_is_never_wider_than_the_terminal() {
        for name in [
            "a rather long name ",
            "onelongword",
            "東京都",
            "e\u{301}a\u{308}",
            "😀 👩\u{200d}👩\u{200d}👧 🇩🇪 ",
            "ﷺ",
            "❤\u{fe0f}",
            "  ",
        ] {
            let name = name.repeat(30);
            for width in [20, 40, 80, 200] {
                let text = drawn(&["pk", "name"], &["8796093054977", &name], Some(width));
                assert!(text.lines().all(|line| line.width() <= width), "{width}:\n{text}");
                let widest = text.lines().map(str::width).max();
                assert!(text.lines().all(|line| Some(line.width()) == widest), "the right border is straight:\n{text}");
            }
        }
    }

    #[test]
    fn lines_break_between_words_and_no_letter_is_lost() {
        assert_eq!(
            drawn(&["pk", "name"], &["1", "a rather long name"], Some(20)),
            "┌────┬─────────────┐\n\
             │ pk ┆ name        │\n\
             ╞════╪═════════════╡\n\
             │ 1  ┆ a rather    │\n\
             │    ┆ long name   │\n\
             └────┴─────────────┘"
        );
        assert_eq!(wrapped("onelongword and", 4), ["onel", "ongw", "ord ", "and"]);
        assert_eq!(wrapped("one\n\ntwo", 4), ["one", "", "two"]);
    }

    #[test]
    fn columns_stand_below_each_other_in_every_script() {
        let rows = [["東京", "1"], ["e\u{301}", "2"], ["abc", "3"]].map(|row| row.map(String::from).to_vec());
        assert_eq!(columns(Some(&["name", "n"]), &rows), "name  n\n東京  1\ne\u{301}     2\nabc   3");
    }
}
