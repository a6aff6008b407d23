//! Some rows in columns, as Arrow lays them out.

use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

/// So many rows lie in one batch at most.
pub(crate) const BATCH_ROWS: usize = 8192;
/// A batch ends when a column has so many bytes: its offsets have 32 bits.
const BATCH_BYTES: usize = 1 << 26;

/// Texts, one after the other; a bit says which are null.
#[derive(Default)]
pub(crate) struct Column {
    pub(crate) offsets: Vec<i32>,
    pub(crate) data: Vec<u8>,
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
                self.data.extend_from_slice(text.as_bytes());
                self.valid[at / 8] |= 1 << (at % 8);
            }
            None => self.nulls += 1,
        }
        // One cell has 16 MiB at most, and BATCH_BYTES leaves room for it.
        self.offsets.push(i32::try_from(self.data.len()).unwrap_or(i32::MAX));
    }

    pub(crate) fn get(&self, row: usize) -> Option<&str> {
        let is_valid = self.valid.get(row / 8)? >> (row % 8) & 1 == 1;
        let (from, to) = (usize::try_from(self.offsets[row]).ok()?, usize::try_from(self.offsets[row + 1]).ok()?);
        is_valid.then(|| std::str::from_utf8(&self.data[from..to]).unwrap_or_default())
    }
}

/// Some rows, in columns.
pub(crate) struct Batch {
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: usize,
}

impl Batch {
    pub(crate) fn new(columns: usize) -> Self {
        Self { columns: (0..columns).map(|_| Column::default()).collect(), rows: 0 }
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

    pub(crate) fn is_full(&self) -> bool {
        self.rows >= BATCH_ROWS || self.columns.iter().any(|column| column.data.len() >= BATCH_BYTES)
    }

    /// As lists of Python strings.
    pub(crate) fn to_rows<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyList>>> {
        // Neighbours are often equal: a catalog version, a type.
        let mut last: Vec<Option<(&str, Bound<'py, PyString>)>> = vec![None; self.columns.len()];
        let mut rows = Vec::with_capacity(self.rows);
        for row in 0..self.rows {
            let cells = self.columns.iter().zip(&mut last).map(|(column, last)| {
                let text = column.get(row)?;
                match last {
                    Some((before, object)) if *before == text => Some(object.clone()),
                    _ => {
                        let object = PyString::new(py, text);
                        *last = Some((text, object.clone()));
                        Some(object)
                    }
                }
            });
            rows.push(PyList::new(py, cells.collect::<Vec<_>>())?);
        }
        Ok(rows)
    }
}
