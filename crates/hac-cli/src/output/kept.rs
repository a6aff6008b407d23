//! Rows that wait for the widths of their columns, counted as they lie in memory.

use std::ops::Range;

/// A null has this bit in the place where its cell ends.
const NULL: usize = 1 << (usize::BITS - 1);

/// All text in one piece, and where its cells and rows end: an empty cell takes the place of a number.
#[derive(Debug, Default)]
pub(super) struct Kept {
    text: String,
    /// Where each cell ends in the text, and whether it is a null.
    cells: Vec<usize>,
    /// Where each row ends in the cells.
    rows: Vec<usize>,
}

impl Kept {
    pub(super) fn push<'a>(&mut self, cells: impl Iterator<Item = Option<&'a str>>) {
        for cell in cells {
            self.text.push_str(cell.unwrap_or_default());
            self.cells.push(self.text.len() | if cell.is_none() { NULL } else { 0 });
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

    pub(super) fn rows(&self) -> impl Iterator<Item = impl Iterator<Item = Option<&str>>> {
        let mut begin = 0;
        self.rows.iter().map(move |end| self.cells(std::mem::replace(&mut begin, *end)..*end))
    }

    fn cells(&self, range: Range<usize>) -> impl Iterator<Item = Option<&str>> {
        range.map(|index| {
            let begin = if index == 0 { 0 } else { self.cells[index - 1] & !NULL };
            let end = self.cells[index];
            (end & NULL == 0).then(|| &self.text[begin..end])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_they_were_and_empty_ones_are_counted_too() {
        let mut kept = Kept::default();
        let rows = [vec![Some("a"), Some(""), None, Some("東")], vec![], vec![None, Some("b")]];
        for row in &rows {
            kept.push(row.iter().copied());
        }
        assert_eq!(kept.rows().map(Iterator::collect::<Vec<_>>).collect::<Vec<_>>(), rows);
        assert_eq!((kept.len(), kept.bytes()), (3, 5 + 9 * 8));
    }
}
