//! Some rows in columns, as Arrow lays them out.

/// So many rows lie in one batch at most.
pub(crate) const BATCH_ROWS: usize = 8192;
/// A batch ends when a column has so many bytes: its offsets have 32 bits.
const BATCH_BYTES: usize = 1 << 26;

fn place(offset: i32) -> usize {
    usize::try_from(offset).unwrap_or_default()
}

/// Texts, one after the other; a bit says which are null.
#[derive(Default)]
pub(crate) struct Column {
    pub(crate) offsets: Vec<i32>,
    pub(crate) data: String,
    /// A bit for each cell, set where it is not null.
    pub(crate) valid: Vec<u8>,
    pub(crate) nulls: usize,
}

impl Column {
    fn push(&mut self, cell: Option<&str>) {
        if self.offsets.is_empty() {
            self.offsets.push(0);
        }
        let at = self.offsets.len() - 1;
        if at.is_multiple_of(8) {
            self.valid.push(0);
        }
        match cell {
            Some(text) => {
                self.data.push_str(text);
                self.valid[at / 8] |= 1 << (at % 8);
            }
            None => self.nulls += 1,
        }
        // One cell has 16 MiB at most, and BATCH_BYTES leaves room for it.
        self.offsets.push(i32::try_from(self.data.len()).unwrap_or(i32::MAX));
    }

    /// An empty one with room for as many cells, a little longer than these.
    fn another(&self) -> Self {
        let text = self.data.len() + self.data.len() / 32;
        Self {
            offsets: Vec::with_capacity(self.offsets.len()),
            data: String::with_capacity(text),
            valid: Vec::with_capacity(self.valid.len()),
            nulls: 0,
        }
    }

    fn is_valid(&self, row: usize) -> bool {
        self.nulls == 0 || self.valid[row / 8] >> (row % 8) & 1 == 1
    }

    /// The cell of a row; `None` for a null, and where there is no such row.
    pub(crate) fn cell(&self, row: usize) -> Option<&str> {
        let (begin, end) = (*self.offsets.get(row)?, *self.offsets.get(row + 1)?);
        self.is_valid(row).then(|| self.data.get(place(begin)..place(end)).unwrap_or_default())
    }

    fn shrink(&mut self) {
        self.offsets.shrink_to_fit();
        self.data.shrink_to_fit();
        self.valid.shrink_to_fit();
    }
}

/// Some rows, in columns.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: usize,
}

impl Batch {
    pub(crate) fn new(columns: usize) -> Self {
        Self { columns: (0..columns).map(|_| Column::default()).collect(), rows: 0 }
    }

    /// An empty one with room for as many rows of this kind.
    pub(crate) fn another(&self) -> Self {
        Self { columns: self.columns.iter().map(Column::another).collect(), rows: 0 }
    }

    pub(crate) fn push<C: AsRef<str>>(&mut self, cells: &[Option<C>]) {
        // Every row that HAC sends has as many cells as there are labels; one that does not loses nothing all the same.
        while self.columns.len() < cells.len() {
            let mut column = Column::default();
            (0..self.rows).for_each(|_| column.push(None));
            self.columns.push(column);
        }
        for (at, column) in self.columns.iter_mut().enumerate() {
            column.push(cells.get(at).and_then(|cell| cell.as_ref().map(AsRef::as_ref)));
        }
        self.rows += 1;
    }

    pub(crate) fn cell(&self, row: usize, column: usize) -> Option<&str> {
        self.columns.get(column)?.cell(row)
    }

    pub(crate) fn is_full(&self) -> bool {
        self.rows >= BATCH_ROWS || self.columns.iter().any(|column| column.data.len() >= BATCH_BYTES)
    }

    /// Gives back the room that further rows would have had.
    pub(crate) fn shrink(&mut self) {
        self.columns.iter_mut().for_each(Column::shrink);
    }
}
