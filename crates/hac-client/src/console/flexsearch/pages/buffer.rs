//! The rows of one page, until the page is complete.

use std::borrow::Cow;
use std::ops::ControlFlow;

use super::super::cells::{self, JsonRows};

/// The memory of a page. A page that needs more ends there: what has come is read on from.
pub(super) const PAGE_BYTES: usize = 4 << 20;

/// The rows of a page as they came, as JSON. They are read when the next page has been asked for.
#[derive(Debug, Default)]
pub(super) struct PageBuffer {
    /// The column of the key.
    key: usize,
    /// Whether HTML entities in cells are decoded.
    decode: bool,
    /// The key of the first row of the page, if that row is known already.
    known: Option<String>,
    json: Vec<u8>,
    /// Where each row ends.
    ends: Vec<u32>,
    /// How many rows have come, with the known one.
    pub(super) received: usize,
}

/// A cell; `None` is a null.
pub(super) type Cell<'b> = Option<Cow<'b, str>>;

/// The cells of a row.
pub(super) type Cells<'b> = Vec<Cell<'b>>;

impl PageBuffer {
    pub(super) fn new(key: usize, decode: bool) -> Self {
        Self { key, decode, ..Self::default() }
    }

    /// Makes room for a page that begins with a row that is known.
    pub(super) fn expect(&mut self, known: Option<String>) {
        self.known = known;
        self.clear();
    }

    fn clear(&mut self) {
        self.received = 0;
        self.json.clear();
        self.ends.clear();
        if self.json.capacity() > 2 * PAGE_BYTES {
            self.json = Vec::new();
        }
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// How many bytes the rows take.
    pub(super) fn weight(&self) -> usize {
        self.json.len() + self.ends.len() * size_of::<u32>()
    }

    /// The rows, each with what is wrong with its JSON.
    pub(super) fn rows(&self) -> impl Iterator<Item = Result<Cells<'_>, String>> {
        (0..self.len()).map_while(|row| self.row_at(row))
    }

    fn row_at(&self, row: usize) -> Option<Result<Cells<'_>, String>> {
        let end = *self.ends.get(row)? as usize;
        let begin = row.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        Some(cells::read(&self.json[begin..end], self.decode))
    }

    /// The cell of the key, if the row has one.
    pub(super) fn key<'c, 'b>(&self, cells: &'c Cells<'b>) -> Option<&'c Cell<'b>> {
        cells.get(self.key)
    }

    /// The key of the row before this one, counted from 0; `None` if there is none, or if that row is not as it should be.
    pub(super) fn key_before(&self, row: usize) -> Option<String> {
        let row = self.row_at(row.checked_sub(1)?)?.ok()?;
        self.key(&row)?.as_deref().map(str::to_owned)
    }

    /// The key of the last row.
    pub(super) fn last_key(&self) -> Option<String> {
        self.key_before(self.len())
    }
}

impl JsonRows for PageBuffer {
    /// The answer begins, perhaps once more.
    fn begin(&mut self, _: &[String]) -> ControlFlow<()> {
        self.clear();
        ControlFlow::Continue(())
    }

    fn row(&mut self, json: &[u8]) -> Result<ControlFlow<()>, String> {
        self.received += 1;
        if self.received == 1
            && let Some(known) = &self.known
            && self.key(&cells::read(json, self.decode)?).is_some_and(|key| key.as_deref() == Some(known))
        {
            return Ok(ControlFlow::Continue(()));
        }
        self.json.extend_from_slice(json);
        // Below 4 GiB: a row is not kept where there are 4 MiB already, and has 16 MiB at most.
        self.ends.push(u32::try_from(self.json.len()).unwrap_or(u32::MAX));
        Ok(if self.weight() >= PAGE_BYTES { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Row = Vec<Option<String>>;

    fn give(buffer: &mut PageBuffer, row: &Row) -> ControlFlow<()> {
        buffer.row(serde_json::to_string(row).expect("JSON").as_bytes()).expect("a row")
    }

    fn row(cells: &[Option<&str>]) -> Row {
        cells.iter().map(|cell| cell.map(str::to_owned)).collect()
    }

    fn kept(buffer: &PageBuffer) -> Vec<Row> {
        let owned = |row: Cells<'_>| row.into_iter().map(|cell| cell.map(Cow::into_owned)).collect();
        buffer.rows().map(|row| owned(row.expect("a row"))).collect()
    }

    #[test]
    fn the_row_that_is_known_is_not_kept() {
        let mut buffer = PageBuffer::new(1, true);
        buffer.expect(Some("5".into()));
        let rows = [row(&[Some("a"), Some("5")]), row(&[None, Some("6")]), row(&[Some("b"), Some("5")])];
        assert!(rows.iter().all(|row| give(&mut buffer, row).is_continue()));
        assert_eq!((kept(&buffer), buffer.received), (rows[1..].to_vec(), 3));
        assert_eq!(buffer.last_key().as_deref(), Some("5"));
        let _ = buffer.begin(&[]);
        assert!(give(&mut buffer, &rows[1]).is_continue());
        assert_eq!(kept(&buffer), rows[1..2], "an answer that comes once more");
    }

    #[test]
    fn a_row_without_a_key_and_a_row_that_is_none_are_kept_and_tell_no_key() {
        for (json, wrong) in [("[]", false), ("[null]", false), ("[1]", true), ("[\"", true)] {
            let mut buffer = PageBuffer::new(0, true);
            assert!(buffer.last_key().is_none());
            assert!(buffer.row(b"[\"1\"]").is_ok_and(|flow| flow.is_continue()));
            assert!(buffer.row(json.as_bytes()).is_ok_and(|flow| flow.is_continue()));
            assert!(buffer.last_key().is_none(), "{json}");
            assert_eq!(buffer.rows().filter(Result::is_err).count() == 1, wrong, "{json}");
        }
    }

    #[test]
    fn a_page_ends_where_its_memory_does_and_has_a_row_even_then() {
        let mut buffer = PageBuffer::new(0, true);
        buffer.expect(Some("k".into()));
        assert!(give(&mut buffer, &row(&[Some("k")])).is_continue());
        let large = row(&[Some(&"x".repeat(PAGE_BYTES))]);
        assert!(give(&mut buffer, &large).is_break());
        assert_eq!(buffer.len(), 1);
        buffer.expect(None);
        assert!((0..PAGE_BYTES).any(|_| give(&mut buffer, &Vec::new()).is_break()), "empty rows take memory, too");
        assert!(buffer.len() < PAGE_BYTES / 5);
    }

    #[test]
    fn a_page_that_is_expected_has_nothing_of_the_one_before_and_no_room_for_its_largest_row() {
        let mut buffer = PageBuffer::new(0, true);
        assert!(give(&mut buffer, &row(&[Some(&"x".repeat(3 * PAGE_BYTES))])).is_break());
        buffer.expect(None);
        assert_eq!((buffer.len(), buffer.received, buffer.last_key()), (0, 0, None));
        assert!(buffer.json.capacity() <= 2 * PAGE_BYTES, "{}", buffer.json.capacity());
    }

    proptest::proptest! {
        #[test]
        fn rows_come_out_as_they_went_in(
            rows in proptest::collection::vec(proptest::collection::vec(proptest::option::of("\\PC{0,5}"), 0..4), 0..6),
            key in 0_usize..4,
        ) {
            let mut buffer = PageBuffer::new(key, false);
            for row in &rows {
                proptest::prop_assert!(give(&mut buffer, row).is_continue());
            }
            proptest::prop_assert_eq!(&kept(&buffer), &rows);
            let expected = rows.last().and_then(|row| row.get(key).cloned().flatten());
            proptest::prop_assert_eq!(buffer.last_key(), expected);
        }
    }
}
