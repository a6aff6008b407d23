//! All rows of a query, read in pages by key.
//!
//! FlexibleSearch has no offset that is stable: rows move between two requests. So the query is put into another one, which
//! orders by a unique key and begins at the last key that was read.

mod buffer;
mod column;
pub(crate) mod lexer;
mod order;
mod passing;
mod reading;
pub(crate) mod select;
mod size;
mod wrapped;

use std::ops::ControlFlow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::FlexibleSearch;
use super::sink::RowSink;
use crate::serialized::millis;
pub use wrapped::KeyType;

/// The number of rows in a page by default, at first.
pub const DEFAULT_PAGE_ROWS: usize = 10_000;

/// A query of which all rows are read, in pages: see [`HacClient::stream_pages`](crate::HacClient::stream_pages).
///
/// The pages are not a snapshot of the database. A row that is inserted or changed meanwhile may be among the rows or not, as its
/// key comes behind what has been read; a row that stays is there exactly once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PagedSearch {
    query: FlexibleSearch,
    key: Option<String>,
    key_type: Option<KeyType>,
    page_rows: Option<usize>,
    start: Option<PagePosition>,
}

impl PagedSearch {
    /// Returns a search for all rows of a query, whose own [`max_count`](FlexibleSearch::max_count) does not matter.
    pub fn new(query: impl Into<FlexibleSearch>) -> Self {
        Self { query: query.into(), key: None, key_type: None, page_rows: None, start: None }
    }

    /// Sets the column that is the key: its alias, its expression (`{p.code}`), or its attribute (`code`). Default: `PK`.
    ///
    /// The values must be unique and never null. A second row with the same key and a null end the call with an error. With a text,
    /// the collation of the database decides which values are equal: a number, above all the PK, is the better key. A
    /// [notice](crate::Notice::TextKey) says so.
    #[must_use]
    pub fn key(mut self, column: impl Into<String>) -> Self {
        self.key = Some(column.into());
        self
    }

    /// Sets the type of the key. Default: a number for a PK, a text for any other column.
    #[must_use]
    pub fn key_type(mut self, key_type: KeyType) -> Self {
        self.key_type = Some(key_type);
        self
    }

    /// Sets how many rows a page has at most, at least 1. Default: 10,000, and up to 40,000 while pages take less than half a second and
    /// twice the rows still have room.
    ///
    /// Pages get smaller by themselves where the server takes long or fails, or where their rows take more than 4 MiB of memory.
    #[must_use]
    pub fn page_rows(mut self, rows: usize) -> Self {
        self.page_rows = Some(rows);
        self
    }

    /// Sets where to start: behind the rows that an earlier call has passed on. Default: with the first row.
    #[must_use]
    pub fn start_at(mut self, position: PagePosition) -> Self {
        self.start = Some(position);
        self
    }
}

impl From<&str> for PagedSearch {
    fn from(query: &str) -> Self {
        Self::new(query)
    }
}

impl From<String> for PagedSearch {
    fn from(query: String) -> Self {
        Self::new(query)
    }
}

impl From<FlexibleSearch> for PagedSearch {
    fn from(query: FlexibleSearch) -> Self {
        Self::new(query)
    }
}

impl From<&PagedSearch> for PagedSearch {
    fn from(search: &PagedSearch) -> Self {
        search.clone()
    }
}

/// How far the rows of a query have been read. Can be stored, and read on from by a later process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PagePosition {
    key: String,
    rows: u64,
}

impl PagePosition {
    /// Returns the position behind the row with this key, which is the last of so many rows.
    pub fn new(key: impl Into<String>, rows: u64) -> Self {
        Self { key: key.into(), rows }
    }

    /// Returns the key of the last row.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns how many rows have been read.
    pub fn rows(&self) -> u64 {
        self.rows
    }
}

/// Receives all rows of a query, page by page.
pub trait PageSink: RowSink {
    /// Called once, before the rows begin, with the place of the key among the cells of a row, from 0: the key of any row makes a
    /// [`PagePosition`], not only that of the last row of a page.
    fn key_column(&mut self, column: usize) {
        let _ = column;
    }

    /// Called behind the last row of each page, with the position behind it. `Break` stops reading.
    fn page_end(&mut self, position: &PagePosition) -> ControlFlow<()> {
        let _ = position;
        ControlFlow::Continue(())
    }
}

/// The summary of a query that was read in pages.
///
/// Serialized, the duration is `elapsed_ms`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct PagedSummary {
    /// The column labels, as the server gives them for the query itself.
    pub headers: Vec<String>,
    /// How many rows were passed on by this call.
    pub row_count: u64,
    /// How many pages were read.
    pub pages: u64,
    /// The position behind the last row; `None` if there was none.
    pub position: Option<PagePosition>,
    /// The SQL that the server makes of the query itself.
    pub sql: Option<String>,
    /// The time of the whole call, measured by the client.
    #[serde(rename = "elapsed_ms", serialize_with = "millis")]
    pub elapsed: Duration,
    /// Whether the sink stopped reading.
    pub stopped: bool,
}
