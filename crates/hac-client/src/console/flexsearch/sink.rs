//! Whom rows are given to while they arrive, and what remains of the answer.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::time::Duration;

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
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueryFailure {
    /// What the exception says.
    pub message: String,
    /// The stack trace as HAC sends it; may be empty.
    pub stack_trace: String,
}

/// What a query came to, without its rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct FlexibleSearchSummary {
    /// The column labels as the database gives them: `PK`, `p_code`.
    pub headers: Vec<String>,
    /// How many rows were received.
    pub row_count: usize,
    /// How many rows the server counts. Old releases say nothing, or 0.
    pub result_count: Option<usize>,
    /// How long the server says it took, in milliseconds.
    pub execution_time_ms: Option<u64>,
    /// Set when the query failed: such a query is a result, not an `Err`.
    pub failure: Option<QueryFailure>,
    /// As many rows came as were asked for: there may be more.
    pub truncated: bool,
    /// The SQL that was run.
    pub sql: Option<String>,
    /// From sending to the last row, measured here.
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
