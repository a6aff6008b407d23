//! Whom rows are given to while they arrive, and what remains of the answer.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::time::Duration;

use serde::Serialize;

use crate::error::{Error, ErrorKind};
use crate::outcome::Outcome;
use crate::outcome::sealed::Sealed;
use crate::serialized::{millis, optional_millis};
use crate::server_text::{REASON_CHARS, one_line};

/// Takes the rows of a query while they arrive.
pub trait RowSink: Send {
    /// The column labels, before the first row; also of a query without rows.
    fn begin(&mut self, headers: &[String]) -> ControlFlow<()> {
        let _ = headers;
        ControlFlow::Continue(())
    }

    /// One row; `None` is a null cell. `Break` ends the reading, see
    /// [`stopped`](FlexibleSearchSummary::stopped).
    fn row(&mut self, cells: &[Option<Cow<'_, str>>]) -> ControlFlow<()>;
}

/// Why a query failed on the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct QueryFailure {
    /// What the exception says.
    pub message: String,
    /// The stack trace as HAC sends it; may be empty.
    pub stack_trace: String,
}

/// What the server says of a query, without its rows.
///
/// Serialized, durations are `execution_time_ms` and `elapsed_ms`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct FlexibleSearchSummary {
    /// The column labels as the database gives them: `PK`, `p_code`.
    pub headers: Vec<String>,
    /// How many rows were received.
    pub row_count: usize,
    /// How many rows the server counts. Old releases say nothing, or 0.
    pub result_count: Option<usize>,
    /// How long the server says it took.
    #[serde(rename = "execution_time_ms", serialize_with = "optional_millis")]
    pub execution_time: Option<Duration>,
    /// Why the query failed; `None` after a success.
    pub failure: Option<QueryFailure>,
    /// As many rows came as were asked for: there may be more.
    pub truncated: bool,
    /// The SQL that was run.
    pub sql: Option<String>,
    /// From sending to the last row, measured here.
    #[serde(rename = "elapsed_ms", serialize_with = "millis")]
    pub elapsed: Duration,
    /// The sink ended the reading.
    pub stopped: bool,
}

impl FlexibleSearchSummary {
    /// Whether the query ran.
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
