//! Rows in constant memory: read from the network only while somebody asks for them.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use hac_client::console::{FlexibleSearch, PageSink, PagedSearch, RowSink};
use hac_client::mask::{Masking, Masks};
use hac_client::request::Effect;
use hac_client::{Error, HacClient, Result, Writes};
use pyo3::prelude::*;

use crate::arrow::{self, Batches};
use crate::batch::Batch;
use crate::call::{Call, Convert};
use crate::client::{Client, WHEN_CLOSED};
use crate::interpreter::text_for_c;
use crate::table::Table;

/// How the rows are asked for.
pub(crate) enum Search {
    /// In one request.
    Once(FlexibleSearch),
    /// All of them, page by page.
    Paged(PagedSearch),
}

/// The rows of a query, batch by batch.
#[pyclass(frozen, module = "hac_client_core._native")]
pub(crate) struct RowReader {
    answer: Arc<tokio::sync::Mutex<Answer>>,
    client: Py<Client>,
    effect: Effect,
    doing: &'static str,
    /// Of all batches: what the first one sent may still be running when the last one is read.
    writes: Writes,
}

impl RowReader {
    /// Nothing is sent before the first batch is asked for.
    pub(crate) fn new(
        search: Search,
        masks: Option<Masks>,
        effect: Effect,
        doing: &'static str,
        client: Py<Client>,
        batch_rows: usize,
    ) -> Self {
        let answer = Answer::new(client.get().library().clone(), search, masks, batch_rows);
        Self { answer: Arc::new(tokio::sync::Mutex::new(answer)), client, effect, doing, writes: Writes::default() }
    }
}

#[pymethods]
impl RowReader {
    /// A call for the next rows: `(headers, table, is_last)`.
    fn next_batch(&self, py: Python<'_>) -> Call {
        let answer = Arc::clone(&self.answer);
        self.client
            .get()
            .call_counted(py, self.effect, self.writes.clone(), WHEN_CLOSED, move |_| async move {
                let mut answer = answer.lock().await;
                let batch = std::future::poll_fn(|context| answer.poll_batch(context)).await?;
                let (headers, key) = {
                    let arrived = answer.arrived();
                    (arrived.headers.clone(), arrived.key)
                };
                let is_last = answer.has_ended();
                let table = Table::of(headers.clone(), batch.unwrap_or_else(|| Batch::new(headers.len())), key);
                Ok(Box::new(move |py: Python<'_>| {
                    Ok((headers, Py::new(py, table)?, is_last).into_pyobject(py)?.into_any().unbind())
                }) as Convert)
            })
            .doing(self.doing)
    }
}

/// The labels of the columns.
type Headers = Vec<String>;

/// An answer that is being read.
struct Answer {
    /// Reads on until a batch is there; `None` when all rows have come.
    reading: Option<Pin<Box<dyn Future<Output = Result<Headers>> + Send>>>,
    arrived: Arc<Mutex<Arrived>>,
}

impl Answer {
    fn new(client: HacClient, search: Search, masks: Option<Masks>, batch_rows: usize) -> Self {
        let arrived = Arc::new(Mutex::new(Arrived::default()));
        let (begun, batch_rows) = (Batch::default(), batch_rows.max(1));
        let mut sink =
            Arriving { arrived: Arc::clone(&arrived), begun, batch_rows, masks, masked: Vec::new(), refusal: None };
        let reading = Box::pin(async move {
            let headers = match search {
                Search::Once(query) => client.stream_flexiblesearch(query, &mut sink).await?.headers,
                Search::Paged(search) => client.stream_pages(search, &mut sink).await?.headers,
            };
            sink.end_batch();
            sink.refusal.map_or(Ok(headers), Err)
        });
        Self { reading: Some(reading), arrived }
    }

    fn arrived(&self) -> MutexGuard<'_, Arrived> {
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has_ended(&self) -> bool {
        self.reading.is_none() && self.arrived().whole.is_empty()
    }

    /// The next batch; `None` after the last one.
    fn poll_batch(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Batch>>> {
        loop {
            if let Some(batch) = self.arrived().whole.pop_front() {
                return Poll::Ready(Ok(Some(batch)));
            }
            let Some(reading) = &mut self.reading else { return Poll::Ready(Ok(None)) };
            match reading.as_mut().poll(context) {
                Poll::Ready(ended) => {
                    self.reading = None;
                    let mut arrived = self.arrived();
                    match ended {
                        Ok(headers) if arrived.headers.is_empty() => arrived.headers = headers,
                        Ok(_) => {}
                        // What is missing would not be noticed behind the rows that came before it.
                        Err(error) => return Poll::Ready(Err(error)),
                    }
                }
                Poll::Pending if !self.arrived().whole.is_empty() => {}
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

/// The rows that have come and were not taken yet.
#[derive(Default)]
struct Arrived {
    headers: Vec<String>,
    /// The column of the key, where the rows are read in pages.
    key: Option<usize>,
    whole: VecDeque<Batch>,
}

struct Arriving {
    arrived: Arc<Mutex<Arrived>>,
    begun: Batch,
    batch_rows: usize,
    masks: Option<Masks>,
    /// How each column is masked.
    masked: Vec<Option<Masking>>,
    /// Why the rows cannot be masked: none of them may be seen.
    refusal: Option<Error>,
}

impl Arriving {
    fn arrived(&self) -> MutexGuard<'_, Arrived> {
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end_batch(&mut self) {
        if self.begun.rows > 0 {
            let next = self.begun.another();
            let batch = std::mem::replace(&mut self.begun, next);
            self.arrived().whole.push_back(batch);
        }
    }

    fn refuse(&mut self, error: Error) -> ControlFlow<()> {
        self.refusal = Some(error);
        ControlFlow::Break(())
    }
}

impl RowSink for Arriving {
    fn begin(&mut self, headers: &[String]) -> ControlFlow<()> {
        self.begun = Batch::new(headers.len());
        let key = {
            let mut arrived = self.arrived();
            arrived.headers = headers.to_vec();
            arrived.key.and_then(|column| headers.get(column))
        };
        let Some(masks) = self.masks.take() else { return ControlFlow::Continue(()) };
        // The keys of pages are handed out as positions.
        let masks = match key {
            Some(key) => masks.read_by(key),
            None => masks,
        };
        match masks.places(headers) {
            Ok(masked) => self.masked = masked,
            Err(error) => return self.refuse(error),
        }
        self.masks = Some(masks);
        ControlFlow::Continue(())
    }

    fn row(&mut self, cells: &[Option<Cow<'_, str>>]) -> ControlFlow<()> {
        let masked = match self.masks.as_ref().map(|masks| masks.row(&self.masked, cells)).transpose() {
            Ok(masked) => masked,
            Err(error) => return self.refuse(error),
        };
        match masked {
            Some(masked) => self.begun.push(&masked),
            None => self.begun.push(cells),
        }
        if self.begun.rows >= self.batch_rows || self.begun.is_full() {
            self.end_batch();
        }
        ControlFlow::Continue(())
    }

    fn is_full(&self) -> bool {
        !self.arrived().whole.is_empty()
    }
}

impl PageSink for Arriving {
    fn key_column(&mut self, column: usize) {
        self.arrived().key = Some(column);
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
    fn called(&self, py: Python<'_>) -> PyResult<(Vec<String>, Option<Arc<Batch>>, bool)> {
        let (headers, table, is_last): (_, Py<Table>, _) = self.next_batch.call0(py)?.extract(py)?;
        Ok((headers, table.get().only_batch(), is_last))
    }

    fn ask(&mut self) -> Result<Option<Arc<Batch>>, String> {
        if self.ended {
            return Ok(None);
        }
        let asked = Python::try_attach(|py| self.called(py).map_err(|error| text_for_c(py, error)));
        let answer = asked.unwrap_or_else(|| Err("the interpreter is shutting down".to_owned()));
        let (headers, batch, is_last) = answer.inspect_err(|_| self.ended = true)?;
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
