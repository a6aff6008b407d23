//! Rows in constant memory: read from the network only while somebody asks for them.

use std::sync::Arc;

use hac_client::Writes;
use hac_client::console::RowStream;
use hac_client::request::Effect;
use pyo3::prelude::*;

use crate::arrow::{self, Batches};
use crate::batch::Batch;
use crate::call::{Call, Convert};
use crate::client::Client;
use crate::table::Table;

type Cells = Vec<Option<String>>;

/// The rows of a query, batch by batch.
#[pyclass(frozen, module = "hac_client_core._native")]
pub(crate) struct RowReader {
    stream: Arc<tokio::sync::Mutex<RowStream<Cells>>>,
    client: Py<Client>,
    effect: Effect,
    /// Of all batches: what the first one sent may still be running when the last one is read.
    writes: Writes,
    batch_rows: usize,
}

impl RowReader {
    pub(crate) fn new(stream: RowStream<Cells>, client: Py<Client>, effect: Effect, batch_rows: usize) -> Self {
        let stream = Arc::new(tokio::sync::Mutex::new(stream));
        Self { stream, client, effect, writes: Writes::default(), batch_rows: batch_rows.max(1) }
    }
}

#[pymethods]
impl RowReader {
    /// A call for the next rows: `(headers, table, is_last)`.
    fn next_batch(&self, py: Python<'_>) -> Call {
        let (stream, wanted) = (Arc::clone(&self.stream), self.batch_rows);
        self.client
            .get()
            .call_counted(py, self.effect, self.writes.clone(), move |_| async move {
                let mut stream = stream.lock().await;
                let mut batch: Option<Batch> = None;
                let mut is_last = false;
                loop {
                    let Some(cells) = stream.next().await.transpose()? else {
                        is_last = true;
                        break;
                    };
                    let batch = batch.get_or_insert_with(|| Table::batch(stream.headers().unwrap_or_default()));
                    batch.push(&cells);
                    if batch.rows >= wanted || batch.is_full() {
                        break;
                    }
                }
                let labels = stream.headers().or_else(|| stream.summary().map(|summary| &*summary.headers));
                let headers = labels.unwrap_or_default().to_vec();
                let table = Table::of(headers.clone(), batch.unwrap_or_else(|| Table::batch(&headers)));
                Ok(Box::new(move |py: Python<'_>| {
                    Ok((headers, Py::new(py, table)?, is_last).into_pyobject(py)?.into_any().unbind())
                }) as Convert)
            })
            .doing("run the query")
    }
}

/// An Arrow stream of batches that a Python function returns, as `next_batch` has them.
#[pyfunction]
pub(crate) fn arrow_stream(py: Python<'_>, next_batch: Py<PyAny>) -> PyResult<Bound<'_, PyAny>> {
    arrow::capsule(py, Box::new(Asked { next_batch, ahead: None, headers: None, ended: false }))
}

struct Asked {
    next_batch: Py<PyAny>,
    ahead: Option<Arc<Batch>>,
    headers: Option<Vec<String>>,
    ended: bool,
}

impl Asked {
    fn ask(&mut self) -> Result<Option<Arc<Batch>>, String> {
        if self.ended {
            return Ok(None);
        }
        let asked = Python::try_attach(|py| -> PyResult<_> {
            let (headers, table, is_last): (Vec<String>, Py<Table>, bool) = self.next_batch.call0(py)?.extract(py)?;
            Ok((headers, table.get().only_batch(), is_last))
        });
        let answer =
            asked.unwrap_or_else(|| Err(pyo3::exceptions::PyRuntimeError::new_err("the interpreter is shutting down")));
        let (headers, batch, is_last) = answer.map_err(|error| {
            self.ended = true;
            error.to_string()
        })?;
        self.headers.get_or_insert(headers);
        self.ended = is_last;
        Ok(batch)
    }
}

impl Batches for Asked {
    fn headers(&mut self) -> Result<Vec<String>, String> {
        if self.headers.is_none() {
            self.ahead = self.ask()?;
        }
        Ok(self.headers.clone().unwrap_or_default())
    }

    fn next(&mut self) -> Result<Option<Arc<Batch>>, String> {
        match self.ahead.take() {
            Some(batch) => Ok(Some(batch)),
            None => self.ask(),
        }
    }
}
