//! The receiver of rows, and the summary of a query.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::time::Duration;

use serde::Serialize;

use crate::error::{Error, ErrorKind};
use crate::outcome::Outcome;
use crate::outcome::sealed::Sealed;
use crate::serialized::{millis, optional_millis};
use crate::server_text::{REASON_CHARS, one_line};

/// Receives the rows of a query while they arrive.
pub trait RowSink: Send {
    /// Called with the column labels before the first row, even if the query has no rows.
    fn begin(&mut self, headers: &[String]) -> ControlFlow<()> {
        let _ = headers;
        ControlFlow::Continue(())
    }

    /// Called with each row; `None` is a null cell. `Break` stops reading, see [`stopped`](FlexibleSearchSummary::stopped).
    fn row(&mut self, cells: &[Option<Cow<'_, str>>]) -> ControlFlow<()>;

    /// Returns whether reading has to pause; asked after the rows of each network read. Default: never.
    ///
    /// While it has to, the call is pending and wakes nobody. This is for a caller that polls the call itself, and does so again
    /// when there is room, as [`RowStream`](crate::console::RowStream) does.
    fn is_full(&self) -> bool {
        false
    }
}

/// Why a query failed on the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct QueryFailure {
    /// The message of the exception.
    pub message: String,
    /// The stack trace; may be empty.
    pub stack_trace: String,
}

/// The summary of a query: everything but its rows.
///
/// Serialized, the durations are `execution_time_ms` and `elapsed_ms`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct FlexibleSearchSummary {
    /// The column labels as the database gives them: `PK`, `p_code`.
    pub headers: Vec<String>,
    /// How many rows were received.
    pub row_count: usize,
    /// How many rows the server counted. Old releases send nothing or 0.
    pub result_count: Option<usize>,
    /// The execution time that the server reports.
    #[serde(rename = "execution_time_ms", serialize_with = "optional_millis")]
    pub execution_time: Option<Duration>,
    /// Why the query failed; `None` after a success.
    pub failure: Option<QueryFailure>,
    /// Whether as many rows arrived as were requested: there may be more.
    pub truncated: bool,
    /// The SQL that was run.
    pub sql: Option<String>,
    /// The time from sending to the last row, measured by the client.
    #[serde(rename = "elapsed_ms", serialize_with = "millis")]
    pub elapsed: Duration,
    /// Whether the sink stopped reading.
    pub stopped: bool,
}

impl FlexibleSearchSummary {
    /// Returns whether the query succeeded.
    pub fn success(&self) -> bool {
        self.failure.is_none()
    }
}

impl Sealed for FlexibleSearchSummary {
    fn to_error(&self, doing: &str) -> Error {
        let message = self.failure.as_ref().map(|failure| failure.message.trim()).unwrap_or_default();
        let why = if message.is_empty() { "the server gave no reason".into() } else { one_line(message, REASON_CHARS) };
        Error::new(ErrorKind::QueryFailed, doing).because(why).with_hint(
            "FlexibleSearch has no LIMIT, no `;` at the end and no `--` comments; FlexibleSearch::sql takes raw SQL",
        )
    }
}

impl Outcome for FlexibleSearchSummary {
    fn success(&self) -> bool {
        self.success()
    }
}
