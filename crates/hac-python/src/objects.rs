//! Rows as Python objects: lists of strings, where equal texts of a column are often one string.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

use crate::batch::{Batch, Column};

/// So many strings of a column are remembered. After as many texts in a row that were new, no text of it is looked up any more.
const REMEMBERED: usize = 512;
/// Longer texts are not remembered: they seldom repeat.
const LONGEST: usize = 64;

/// Makes the rows of a batch, one after the other.
pub(crate) struct Maker {
    batch: Arc<Batch>,
    columns: Vec<Strings>,
    next: usize,
}

impl Maker {
    pub(crate) fn new(batch: Arc<Batch>) -> Self {
        let columns = batch.columns.iter().map(|_| Strings::default()).collect();
        Self { batch, columns, next: 0 }
    }

    /// How many rows are left.
    pub(crate) fn left(&self) -> usize {
        self.batch.rows - self.next
    }

    /// The next row, a list; `None` after the last one.
    pub(crate) fn row<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyList>>> {
        if self.left() == 0 {
            return Ok(None);
        }
        let row = self.next;
        let cells = self.columns.iter_mut().zip(&self.batch.columns);
        let list = PyList::new(py, cells.map(|(strings, column)| strings.cell(py, column, row)))?;
        self.next += 1;
        Ok(Some(list))
    }
}

/// The strings of a column that were made last: a catalog version, a type or a state are the same in many rows.
#[derive(Default)]
struct Strings {
    /// The row of a text and its string, in a place that its hash names.
    remembered: Vec<Option<(usize, Py<PyString>)>>,
    /// How many texts in a row were new.
    new: usize,
}

impl Strings {
    fn cell<'py>(&mut self, py: Python<'py>, column: &Column, row: usize) -> Option<Bound<'py, PyString>> {
        let text = column.cell(row)?;
        if text.len() > LONGEST || self.new == REMEMBERED {
            return Some(PyString::new(py, text));
        }
        if self.remembered.is_empty() {
            self.remembered.resize_with(REMEMBERED, || None);
        }
        let place = &mut self.remembered[place(text)];
        if let Some((known, string)) = place
            && column.cell(*known) == Some(text)
        {
            self.new = 0;
            return Some(string.bind(py).clone());
        }
        let string = PyString::new(py, text);
        *place = Some((row, string.clone().unbind()));
        self.new += 1;
        if self.new == REMEMBERED {
            self.remembered = Vec::new();
        }
        Some(string)
    }
}

/// Below [`REMEMBERED`]. Quick rather than good: of texts with the same place one is remembered.
fn place(text: &str) -> usize {
    let mix = |hash: u64, word: u64| (hash ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(32);
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let hash = words.iter().fold(0, |hash, word| mix(hash, u64::from_le_bytes(*word)));
    let rest = rest.iter().fold(0, |word, byte| (word << 8) | u64::from(*byte));
    usize::try_from(mix(hash, rest) % REMEMBERED as u64).unwrap_or_default()
}

/// The rows of a batch, one after the other, made when they are asked for.
#[pyclass(module = "hac_client_core._native")]
#[derive(Default)]
pub(crate) struct Rows(Option<Maker>);

impl Rows {
    pub(crate) fn of(batch: Arc<Batch>) -> Self {
        Self(Some(Maker::new(batch)))
    }
}

#[pymethods]
impl Rows {
    /// No rows.
    #[new]
    fn new() -> Self {
        Self::default()
    }

    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyList>>> {
        let Some(maker) = &mut self.0 else { return Ok(None) };
        let row = maker.row(py)?;
        if row.is_none() {
            self.0 = None;
        }
        Ok(row)
    }

    /// How many rows are left.
    fn __length_hint__(&self) -> usize {
        self.0.as_ref().map_or(0, Maker::left)
    }

    /// Leaves out the rest.
    fn end(&mut self) {
        self.0 = None;
    }
}
