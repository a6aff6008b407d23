//! Rows as a stream of values, read from the network on demand.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll};

use futures_core::Stream;
use serde::de::DeserializeOwned;

use super::layout::Layout;
use super::pages::{PageSink, PagedSearch};
use super::row;
use super::sink::{FlexibleSearchSummary, RowSink};
use super::{DOING, FlexibleSearch};
use crate::client::HacClient;
use crate::error::{Error, ErrorKind, Result};
use crate::outcome::checked;
use crate::server_text::{REASON_CHARS, Secrets, ServerText};
use crate::transport::Pace;

/// The rows of a query as they arrive, each as a `T`.
///
/// Created by [`HacClient::stream_rows`]. Implements [`Stream`]; [`next`](Self::next) works without the crate `futures`. Rows
/// are read from the network on demand, so only the rows of one network read are in memory.
///
/// The stream ends after the first error. Until it ends or is dropped, it occupies a connection and counts as a call [in
/// flight](crate::HacClientBuilder::max_in_flight).
#[must_use = "nothing is sent until the stream is read"]
pub struct RowStream<T> {
    /// Reads on until rows have come; `None` when it is done.
    reading: Option<Reading>,
    arrived: Arc<Arrived<T>>,
    summary: Option<FlexibleSearchSummary>,
}

type Reading = Pin<Box<dyn Future<Output = Result<FlexibleSearchSummary>> + Send>>;

/// The rows that have come and were not taken yet.
struct Arrived<T> {
    rows: Mutex<VecDeque<Result<T>>>,
    /// There are some: reading on has to wait.
    some: AtomicBool,
    headers: OnceLock<Vec<String>>,
}

impl<T> Arrived<T> {
    fn push(&self, row: Result<T>) {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner).push_back(row);
        self.some.store(true, Ordering::SeqCst);
    }

    fn take(&self) -> Option<Result<T>> {
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let row = rows.pop_front();
        if rows.is_empty() {
            self.some.store(false, Ordering::SeqCst);
        }
        row
    }
}

impl<T> RowStream<T> {
    /// Returns the next row; `None` after the last one and after an error.
    pub async fn next(&mut self) -> Option<Result<T>> {
        std::future::poll_fn(|context| self.poll_row(context)).await
    }

    /// Returns the column labels; `None` before the first row. If the query has no rows, its summary has them.
    pub fn headers(&self) -> Option<&[String]> {
        self.arrived.headers.get().map(Vec::as_slice)
    }

    /// Returns the summary of the query; `None` before the stream has ended and after an error.
    pub fn summary(&self) -> Option<&FlexibleSearchSummary> {
        self.summary.as_ref()
    }

    fn poll_row(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        loop {
            if let Some(row) = self.arrived.take() {
                if row.is_err() {
                    self.reading = None;
                }
                return Poll::Ready(Some(row));
            }
            let Some(reading) = &mut self.reading else { return Poll::Ready(None) };
            match reading.as_mut().poll(context) {
                Poll::Ready(ended) => {
                    self.reading = None;
                    match ended {
                        Ok(summary) => self.summary = Some(summary),
                        Err(error) => self.arrived.push(Err(error)),
                    }
                }
                Poll::Pending if self.arrived.some.load(Ordering::SeqCst) => {}
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

impl<T> Stream for RowStream<T> {
    type Item = Result<T>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_row(context)
    }
}

impl<T> fmt::Debug for RowStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowStream").field("ended", &self.reading.is_none()).finish_non_exhaustive()
    }
}

impl HacClient {
    /// Runs a query and returns its rows, each as a `T`: a struct, a tuple, a map, or for a single column its value.
    ///
    /// The fields of a struct match columns by name. `p_code`, `P_CODE` and `code` are the same name, and `catalog_version`
    /// matches `p_catalogversion`; other columns are ignored. A null is `None` of an [`Option`]. A missing column is an error
    /// unless its field has `#[serde(default)]`. (In types with `#[serde(alias)]` or `#[serde(flatten)]`, serde reads a
    /// missing column of an `Option` as `None`.) Numbers are parsed; a boolean is `true`, `false`, `1` or `0`.
    ///
    /// Returns at most 64 MiB of cells; [`stream_rows`](Self::stream_rows) has no limit. HAC returns at most
    /// [`max_count`](FlexibleSearch::max_count) rows, 200 by default.
    ///
    /// ```no_run
    /// # async fn example(client: &hac_client::HacClient) -> hac_client::Result<()> {
    /// #[derive(serde::Deserialize)]
    /// struct Product {
    ///     code: String,
    ///     name: Option<String>,
    /// }
    /// for product in client.rows::<Product>("SELECT {code}, {name[en]} AS name FROM {Product}").await? {
    ///     println!("{}: {}", product.code, product.name.unwrap_or_default());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`execute_flexiblesearch`](Self::execute_flexiblesearch), and [`Protocol`](ErrorKind::Protocol) for a row
    /// that does not match the type; the error names the row and the column.
    pub async fn rows<T: DeserializeOwned + Send>(&self, query: impl Into<FlexibleSearch>) -> Result<Vec<T>> {
        let result = self.execute_flexiblesearch(query).await?;
        let layout = Layout::of::<T>(result.headers());
        let mut rows = Vec::with_capacity(result.rows.len());
        for (at, cells) in result.rows.iter().enumerate() {
            let cells: Vec<_> = cells.iter().map(|cell| cell.as_deref().map(Cow::Borrowed)).collect();
            rows.push(row::read(&layout, &cells).map_err(|fault| self.unfit(&fault.told(at + 1, layout.headers())))?);
        }
        Ok(rows)
    }

    /// Runs a query and returns its rows as a stream of `T`, read as by [`rows`](Self::rows). Uses constant memory; the
    /// number of rows is unlimited, and one row may have 16 MiB.
    ///
    /// The query is sent when the first row is requested. A query that is a read is sent again after a network error, but
    /// only if no row has arrived.
    ///
    /// # Errors
    /// The stream yields those of [`rows`](Self::rows), except for the limit of 64 MiB, and ends after the first.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn example(client: &hac_client::HacClient) -> hac_client::Result<()> {
    /// use hac_client::FlexibleSearch;
    ///
    /// let all = FlexibleSearch::new("SELECT {code}, {ean} FROM {Product}").max_count(0);
    /// let mut rows = client.stream_rows::<(String, Option<String>)>(all);
    /// while let Some(row) = rows.next().await {
    ///     let (code, ean) = row?;
    ///     println!("{code} {}", ean.unwrap_or_default());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn stream_rows<T: DeserializeOwned + Send + 'static>(&self, query: impl Into<FlexibleSearch>) -> RowStream<T> {
        let query = query.into();
        self.row_stream(|client, mut typed| async move {
            checked(DOING, client.query(&query, &mut typed, Pace::Pieces).await?)
        })
    }

    /// Runs a query and returns all its rows as a stream of `T`, read in pages by key as by [`stream_pages`](Self::stream_pages).
    /// Of the [summary](RowStream::summary), the counts of the server and its execution time are not set.
    ///
    /// # Errors
    /// The stream yields those of [`stream_pages`](Self::stream_pages) and those of [`rows`](Self::rows) for a row that does not
    /// match the type, and ends after the first.
    pub fn stream_all_rows<T: DeserializeOwned + Send + 'static>(
        &self,
        search: impl Into<PagedSearch>,
    ) -> RowStream<T> {
        let search = search.into();
        self.row_stream(|client, mut typed| async move {
            let read = client.stream_pages(&search, &mut typed).await?;
            Ok(FlexibleSearchSummary {
                headers: read.headers,
                row_count: usize::try_from(read.row_count).unwrap_or(usize::MAX),
                sql: read.sql,
                elapsed: read.elapsed,
                stopped: read.stopped,
                ..FlexibleSearchSummary::default()
            })
        })
    }

    fn row_stream<T, F>(&self, read: impl FnOnce(Self, Typed<T>) -> F) -> RowStream<T>
    where
        F: Future<Output = Result<FlexibleSearchSummary>> + Send + 'static,
    {
        let arrived = Arrived { rows: Mutex::default(), some: AtomicBool::new(false), headers: OnceLock::new() };
        let arrived = Arc::new(arrived);
        let typed = Typed { client: self.clone(), arrived: Arc::clone(&arrived), layout: None, row: 0 };
        RowStream { reading: Some(Box::pin(read(self.clone(), typed))), arrived, summary: None }
    }

    /// A row that does not fit the type that the caller asked for.
    fn unfit(&self, why: &str) -> Error {
        unfit(self.engine().transport.secrets(), why)
    }
}

fn unfit(secrets: &Secrets, why: &str) -> Error {
    Error::new(ErrorKind::Protocol, "read the rows")
        .because(secrets.show(&ServerText::new(why), REASON_CHARS))
        .with_hint("the query was run; its columns must match the fields of the type")
}

/// Makes values of the rows.
struct Typed<T> {
    client: HacClient,
    arrived: Arc<Arrived<T>>,
    layout: Option<Layout>,
    row: usize,
}

impl<T: DeserializeOwned + Send> RowSink for Typed<T> {
    fn begin(&mut self, headers: &[String]) -> ControlFlow<()> {
        self.layout = Some(Layout::of::<T>(headers));
        // A query that is sent again has the same.
        self.arrived.headers.get_or_init(|| headers.to_vec());
        ControlFlow::Continue(())
    }

    fn row(&mut self, cells: &[Option<Cow<'_, str>>]) -> ControlFlow<()> {
        self.row += 1;
        let layout = self.layout.get_or_insert_with(|| Layout::of::<T>(&[]));
        let row = row::read(layout, cells).map_err(|fault| self.client.unfit(&fault.told(self.row, layout.headers())));
        let flow = if row.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
        self.arrived.push(row);
        flow
    }

    fn is_full(&self) -> bool {
        self.arrived.some.load(Ordering::SeqCst)
    }
}

impl<T: DeserializeOwned + Send> PageSink for Typed<T> {}
