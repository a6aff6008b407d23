//! Rows that wait for the widths of their columns, counted as they lie in memory.

use std::ops::Range;

/// All text in one piece, and where its cells and rows end: an empty cell takes the place of a number.
#[derive(Debug, Default)]
pub(super) struct Kept {
    text: String,
    /// Where each cell ends in the text.
    cells: Vec<usize>,
    /// Where each row ends in the cells.
    rows: Vec<usize>,
}

impl Kept {
    pub(super) fn push<'a>(&mut self, cells: impl Iterator<Item = &'a str>) {
        for cell in cells {
            self.text.push_str(cell);
            self.cells.push(self.text.len());
        }
        self.rows.push(self.cells.len());
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// How much memory they take.
    pub(super) fn bytes(&self) -> usize {
        self.text.len() + (self.cells.len() + self.rows.len()) * size_of::<usize>()
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = impl Iterator<Item = &str>> {
        let mut begin = 0;
        self.rows.iter().map(move |end| self.cells(std::mem::replace(&mut begin, *end)..*end))
    }

    fn cells(&self, range: Range<usize>) -> impl Iterator<Item = &str> {
        range.map(|index| {
            let begin = if index == 0 { 0 } else { self.cells[index - 1] };
            &self.text[begin..self.cells[index]]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_they_were_and_empty_ones_are_counted_too() {
        let mut kept = Kept::default();
        let rows = [vec!["a", "", "東"], vec![], vec!["b"]];
        for row in &rows {
            kept.push(row.iter().copied());
        }
        assert_eq!(kept.rows().map(Iterator::collect::<Vec<_>>).collect::<Vec<_>>(), rows);
        assert_eq!((kept.len(), kept.bytes()), (3, 5 + 7 * 8));
    }
}
