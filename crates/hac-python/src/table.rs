//! Rows in columns, as Arrow lays them out: little memory while nobody asks for them as Python objects.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::sync::Arc;

use hac_client::console::RowSink;
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::arrow::{self, Batches};
use crate::batch::Batch;
use crate::errors::guarded;
use crate::interpreter::without_collections;
use crate::objects::{Maker, Rows};

/// All rows of a result.
#[derive(Default)]
pub(crate) struct Collected {
    pub(crate) headers: Vec<String>,
    done: Vec<Arc<Batch>>,
    current: Batch,
}

impl Collected {
    pub(crate) fn with_headers(headers: Vec<String>) -> Self {
        Self { current: Batch::new(headers.len()), headers, ..Self::default() }
    }

    pub(crate) fn push<C: AsRef<str>>(&mut self, cells: &[Option<C>]) {
        self.current.push(cells);
        if self.current.is_full() {
            let next = self.current.another();
            self.end_batch(next);
        }
    }

    fn end_batch(&mut self, next: Batch) {
        let mut batch = std::mem::replace(&mut self.current, next);
        if batch.rows > 0 {
            batch.shrink();
            self.done.push(Arc::new(batch));
        }
    }

    pub(crate) fn into_table(mut self) -> Table {
        self.end_batch(Batch::default());
        Table { headers: self.headers, batches: self.done, key: None }
    }
}

impl RowSink for Collected {
    fn begin(&mut self, headers: &[String]) -> ControlFlow<()> {
        *self = Self::with_headers(headers.to_vec());
        ControlFlow::Continue(())
    }

    fn row(&mut self, cells: &[Option<Cow<'_, str>>]) -> ControlFlow<()> {
        self.push(cells);
        ControlFlow::Continue(())
    }
}

/// The rows of a result, not yet Python objects.
#[pyclass(frozen, module = "hac_client_core._native")]
pub(crate) struct Table {
    headers: Vec<String>,
    batches: Vec<Arc<Batch>>,
    /// The column of the key, where the rows are read in pages.
    key: Option<usize>,
}

impl Table {
    pub(crate) fn of(headers: Vec<String>, batch: Batch, key: Option<usize>) -> Self {
        Self { headers, batches: vec![Arc::new(batch)], key }
    }

    /// The batch of a table that has one.
    pub(crate) fn only_batch(&self) -> Option<Arc<Batch>> {
        self.batches.first().cloned()
    }
}

#[pymethods]
impl Table {
    /// A table of rows that are Python lists.
    #[staticmethod]
    fn of_rows(py: Python<'_>, headers: Vec<String>, rows: Vec<Vec<Option<String>>>) -> Self {
        py.detach(|| {
            let mut collected = Collected::with_headers(headers);
            for row in &rows {
                collected.push(row);
            }
            collected.into_table()
        })
    }

    fn __len__(&self) -> usize {
        self.batches.iter().map(|batch| batch.rows).sum()
    }

    /// The key of a row, counted from 0; `None` where the rows are not read in pages.
    fn key_at(&self, row: usize) -> Option<&str> {
        let mut row = row;
        for batch in &self.batches {
            match row.checked_sub(batch.rows) {
                Some(left) => row = left,
                None => return batch.cell(row, self.key?),
            }
        }
        None
    }

    /// The same rows under other labels.
    fn labelled(&self, headers: Vec<String>) -> Self {
        Self { headers, batches: self.batches.clone(), key: self.key }
    }

    /// The rows: each a list of `str` or `None`.
    fn to_rows<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        guarded(py, || {
            let all = PyList::empty(py);
            without_collections(py, || {
                for batch in &self.batches {
                    let mut maker = Maker::new(Arc::clone(batch));
                    while let Some(row) = maker.row(py)? {
                        all.append(row)?;
                    }
                }
                Ok(all)
            })
        })
    }

    /// The rows of a table that has one batch.
    fn rows(&self) -> Rows {
        self.only_batch().map_or_else(Rows::default, Rows::of)
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        // Another layout is only a wish, which may be left unanswered.
        let _ = requested_schema;
        let batches = self.batches.clone().into_iter();
        arrow::capsule(py, Box::new(Stored { headers: self.headers.clone(), batches }))
    }
}

struct Stored {
    headers: Vec<String>,
    batches: std::vec::IntoIter<Arc<Batch>>,
}

impl Batches for Stored {
    fn headers(&mut self) -> Result<Vec<String>, String> {
        Ok(self.headers.clone())
    }

    fn next(&mut self) -> Result<Option<Arc<Batch>>, String> {
        Ok(self.batches.next())
    }
}
