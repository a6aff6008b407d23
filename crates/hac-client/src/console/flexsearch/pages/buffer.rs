//! The rows of one page, until the page is complete.

use std::borrow::Cow;
use std::ops::ControlFlow;

use super::super::sink::RowSink;

/// The memory of a page. A page that needs more ends there: what has come is read on from.
pub(super) const PAGE_BYTES: usize = 4 << 20;

/// The rows of a page, their text in one piece.
#[derive(Debug, Default)]
pub(super) struct PageBuffer {
    /// The column of the key.
    key: usize,
    /// The key of the first row of the page, if that row is known already.
    known: Option<String>,
    /// Whether the first row was the known one. It is not kept.
    pub(super) met_known: bool,
    text: String,
    /// Where each cell ends in the text; `None` is a null.
    cells: Vec<Option<u32>>,
    /// How many cells there are up to the end of each row, and where its text begins.
    rows: Vec<(u32, u32)>,
    /// How many rows have come, with the known one.
    pub(super) received: usize,
}

impl PageBuffer {
    pub(super) fn new(key: usize) -> Self {
        Self { key, ..Self::default() }
    }

    /// Makes room for a page that begins with a row that is known.
    pub(super) fn expect(&mut self, known: Option<String>) {
        self.known = known;
        self.clear();
    }

    fn clear(&mut self) {
        self.met_known = false;
        self.received = 0;
        self.text.clear();
        self.cells.clear();
        self.rows.clear();
        if self.text.capacity() > 2 * PAGE_BYTES {
            self.text = String::new();
        }
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = Vec<Option<Cow<'_, str>>>> {
        let mut begin = 0;
        self.rows.iter().map(move |(end, at)| {
            let row = &self.cells[begin..*end as usize];
            begin = *end as usize;
            let mut at = *at as usize;
            row.iter()
                .map(|cell| {
                    cell.map(|end| {
                        let text = &self.text[at..end as usize];
                        at = end as usize;
                        Cow::Borrowed(text)
                    })
                })
                .collect()
        })
    }

    /// The key of each row: `None` if the row has no such cell, `Some(None)` if it is null.
    pub(super) fn keys(&self) -> impl Iterator<Item = Option<Option<&str>>> {
        let mut begin = 0;
        self.rows.iter().map(move |(end, at)| {
            let row = &self.cells[begin..*end as usize];
            begin = *end as usize;
            let cell = *row.get(self.key)?;
            let from = row[..self.key].iter().rev().find_map(|before| *before).unwrap_or(*at);
            Some(cell.map(|end| &self.text[from as usize..end as usize]))
        })
    }

    fn weight(&self) -> usize {
        self.text.len() + self.cells.len() * size_of::<Option<u32>>() + self.rows.len() * size_of::<(u32, u32)>()
    }
}

impl RowSink for PageBuffer {
    /// The answer begins, perhaps once more.
    fn begin(&mut self, _: &[String]) -> ControlFlow<()> {
        self.clear();
        ControlFlow::Continue(())
    }

    fn row(&mut self, cells: &[Option<Cow<'_, str>>]) -> ControlFlow<()> {
        self.received += 1;
        if self.received == 1
            && let Some(known) = &self.known
            && cells.get(self.key).is_some_and(|key| key.as_deref() == Some(known))
        {
            self.met_known = true;
            return ControlFlow::Continue(());
        }
        // Below 4 GiB: a row is not kept where there are 4 MiB already, and has 16 MiB at most.
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let begin = place(self.text.len());
        for cell in cells {
            if let Some(cell) = cell {
                self.text.push_str(cell);
            }
            self.cells.push(cell.as_ref().map(|_| place(self.text.len())));
        }
        self.rows.push((place(self.cells.len()), begin));
        if self.weight() >= PAGE_BYTES { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Row = Vec<Option<String>>;

    fn give(buffer: &mut PageBuffer, row: &Row) -> ControlFlow<()> {
        let cells: Vec<_> = row.iter().map(|cell| cell.as_deref().map(Cow::Borrowed)).collect();
        buffer.row(&cells)
    }

    fn row(cells: &[Option<&str>]) -> Row {
        cells.iter().map(|cell| cell.map(str::to_owned)).collect()
    }

    fn kept(buffer: &PageBuffer) -> Vec<Row> {
        buffer.rows().map(|row| row.into_iter().map(|cell| cell.map(Cow::into_owned)).collect()).collect()
    }

    #[test]
    fn the_row_that_is_known_is_not_kept() {
        let mut buffer = PageBuffer::new(1);
        buffer.expect(Some("5".into()));
        let rows = [row(&[Some("a"), Some("5")]), row(&[None, Some("6")]), row(&[Some("b"), Some("5")])];
        assert!(rows.iter().all(|row| give(&mut buffer, row).is_continue()));
        assert_eq!((kept(&buffer), buffer.met_known, buffer.received), (rows[1..].to_vec(), true, 3));
        assert_eq!(buffer.keys().collect::<Vec<_>>(), [Some(Some("6")), Some(Some("5"))]);
        let _ = buffer.begin(&[]);
        assert!(give(&mut buffer, &rows[1]).is_continue());
        assert_eq!((kept(&buffer), buffer.met_known), (rows[1..2].to_vec(), false), "an answer that comes once more");
    }

    #[test]
    fn a_page_ends_where_its_memory_does_and_has_a_row_even_then() {
        let mut buffer = PageBuffer::new(0);
        buffer.expect(Some("k".into()));
        assert!(give(&mut buffer, &row(&[Some("k")])).is_continue());
        let large = row(&[Some(&"x".repeat(PAGE_BYTES))]);
        assert!(give(&mut buffer, &large).is_break());
        assert_eq!(buffer.len(), 1);
        buffer.expect(None);
        let nulls: Row = vec![None; PAGE_BYTES / 8];
        assert!(give(&mut buffer, &nulls).is_break(), "nulls take memory, too");
    }

    proptest::proptest! {
        #[test]
        fn rows_come_out_as_they_went_in(
            rows in proptest::collection::vec(proptest::collection::vec(proptest::option::of("\\PC{0,5}"), 0..4), 0..6),
            key in 0_usize..4,
        ) {
            let mut buffer = PageBuffer::new(key);
            for row in &rows {
                proptest::prop_assert!(give(&mut buffer, row).is_continue());
            }
            proptest::prop_assert_eq!(&kept(&buffer), &rows);
            let keys: Vec<_> = buffer.keys().map(|key| key.map(|key| key.map(str::to_owned))).collect();
            let expected: Vec<_> = rows.iter().map(|row| row.get(key).cloned()).collect();
            proptest::prop_assert_eq!(keys, expected);
        }
    }
}
