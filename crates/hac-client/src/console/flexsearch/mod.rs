//! The FlexibleSearch console: `/console/flexsearch/execute`.

pub(crate) mod answer;
pub(crate) mod cells;
pub(crate) mod columns;
mod csv;
mod fault;
mod layout;
pub(crate) mod pages;
mod probe;
mod row;
mod rows;
pub(crate) mod sink;
pub(crate) mod stream;
pub(crate) mod unknown;
mod words;

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::parameter::sql::{self, Language};
use super::parameter::{self, Param, ParamValue};
use super::scripting::Commit;
use crate::audit::Subject;
use crate::client::HacClient;
use crate::engine::call::Call;
use crate::engine::weight::row_weight;
use crate::error::{Error, ErrorKind, Result};
use crate::outcome::sealed::Sealed;
use crate::outcome::{Outcome, checked};
use crate::progress::{OnProgress, Progress};
use crate::protection::Class;
use crate::transport::resend::{Effect, FailurePoint};
use crate::transport::{Body, Pace};
use answer::Streaming;
use cells::AtOnce;
use sink::{FlexibleSearchSummary, RowSink};

/// The default limit of rows, as in HAC's console.
pub const DEFAULT_MAX_COUNT: usize = 200;

/// What stands for "all rows" on the wire, as public clients send it.
const ALL_ROWS: usize = 999_999_999;

/// A query in FlexibleSearch or SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlexibleSearch {
    query: String,
    sql: bool,
    max_count: usize,
    user: Option<String>,
    locale: String,
    data_source: Option<String>,
    commit: Commit,
    decode_cells: bool,
    params: Vec<Param>,
    progress: OnProgress,
    file: Option<String>,
}

impl FlexibleSearch {
    /// Returns a FlexibleSearch query, such as `SELECT {code} FROM {Product}`.
    pub fn new(query: impl Into<String>) -> Self {
        Self {
            query: query.into(),
            sql: false,
            max_count: DEFAULT_MAX_COUNT,
            user: None,
            locale: "en".into(),
            data_source: None,
            commit: Commit::No,
            decode_cells: true,
            params: Vec::new(),
            progress: OnProgress::default(),
            file: None,
        }
    }

    /// Returns a query in raw SQL. It is a write even if it is rolled back, because some databases commit DDL implicitly.
    pub fn sql(query: impl Into<String>) -> Self {
        Self { sql: true, ..Self::new(query) }
    }

    /// Sets the maximum number of rows; 0 means all. Default: 200. HAC cannot return the rows after them in a further call.
    #[must_use]
    pub fn max_count(mut self, max_count: usize) -> Self {
        self.max_count = max_count;
        self
    }

    /// Sets the user whose search restrictions apply. Default: the user of the session.
    #[must_use]
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// Sets the language of localized attributes. Default: `en`.
    #[must_use]
    pub fn locale(mut self, locale: impl Into<String>) -> Self {
        self.locale = locale.into();
        self
    }

    /// Sets the data source. Default: that of the [client](crate::HacClientBuilder::data_source), or else of the server. Supported since release 2211.
    #[must_use]
    pub fn data_source(mut self, data_source: impl Into<String>) -> Self {
        self.data_source = Some(data_source.into());
        self
    }

    /// Sets whether to commit; with [`Commit::Yes`] the call is a write. Default: roll back.
    #[must_use]
    pub fn commit(mut self, commit: Commit) -> Self {
        self.commit = commit;
        self
    }

    /// Sets whether HTML entities in cells are decoded, once. Default: `true`, because HAC escapes cells. Text that was
    /// stored escaped is decoded too.
    #[must_use]
    pub fn decode_cells(mut self, decode: bool) -> Self {
        self.decode_cells = decode;
        self
    }

    /// Sets the value of `?name` in the text. The value becomes a literal, whatever it contains, and can never become part of
    /// the query.
    ///
    /// HAC itself has no parameters. `?name` in quotes or comments is not a placeholder, and `?session.…` is left to
    /// FlexibleSearch. When the query runs, every placeholder needs a value and every value a placeholder. Otherwise the call
    /// fails with [`Usage`](ErrorKind::Usage) before anything is sent, as it does if databases differ in where the quotes and
    /// comments of the text end.
    ///
    /// A text becomes `'…'`, a number its digits, a boolean `1` or `0`, and a JSON list of them the content of `IN (?name)`.
    /// Values that some database or FlexibleSearch would interpret are refused: backslashes, NUL, dates, and in
    /// FlexibleSearch `{`, `}` and `?name`.
    ///
    /// # Errors
    /// [`Usage`](ErrorKind::Usage) if the name is not an identifier or already set.
    pub fn param(mut self, name: impl Into<String>, value: impl Into<ParamValue>) -> Result<Self> {
        let (name, value) = (name.into(), value.into());
        sql::check(self.language(), &name, &value)?;
        parameter::add(&mut self.params, name, value)?;
        Ok(self)
    }

    /// Names the file that the text was read from, for the [audit log](crate::audit). Default: none.
    #[must_use]
    pub fn read_from(mut self, file: impl Into<String>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// Registers a callback for the progress of sending the query. Not called for requests of less than 1 MiB.
    ///
    /// The callback runs on the task that sends; it must not block.
    #[must_use]
    pub fn on_progress(mut self, callback: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.progress = OnProgress::call(callback);
        self
    }

    /// The text without its values.
    pub(crate) fn text(&self) -> &str {
        &self.query
    }

    /// The same query with another text.
    pub(crate) fn with_text(&self, text: String) -> Self {
        Self { query: text, ..self.clone() }
    }

    pub(crate) fn is_sql(&self) -> bool {
        self.sql
    }

    fn language(&self) -> Language {
        if self.sql { Language::Sql } else { Language::FlexibleSearch }
    }

    /// The value of HAC's field `maxCount`.
    fn row_limit(&self) -> usize {
        if self.max_count == 0 { ALL_ROWS } else { self.max_count }
    }

    /// The text with its values in it.
    fn filled(&self) -> Result<Cow<'_, str>> {
        if self.query.trim().is_empty() {
            return Err(Error::new(ErrorKind::Usage, DOING).because("the query is empty"));
        }
        sql::bind(self.language(), &self.query, &self.params)
    }

    /// The same query with its values in its text.
    fn bound(&self) -> Result<Self> {
        let query = self.filled()?.into_owned();
        Ok(Self { query, params: Vec::new(), ..self.clone() })
    }

    fn class(&self) -> Class {
        if self.sql || self.commit == Commit::Yes { Class::Write } else { Class::Read }
    }

    fn effect(&self) -> Effect {
        self.class().effect()
    }
}

impl From<&FlexibleSearch> for FlexibleSearch {
    fn from(query: &FlexibleSearch) -> Self {
        query.clone()
    }
}

impl From<&str> for FlexibleSearch {
    fn from(query: &str) -> Self {
        Self::new(query)
    }
}

impl From<String> for FlexibleSearch {
    fn from(query: String) -> Self {
        Self::new(query)
    }
}

/// The collected rows of a query, and its summary.
///
/// A call returns it for a query that succeeded. For a failed query it is in the error: see [`Error::into_outcome`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct FlexibleSearchResult {
    /// The rows; `None` is a null cell.
    pub rows: Vec<Vec<Option<String>>>,
    /// The summary.
    #[serde(flatten)]
    pub summary: FlexibleSearchSummary,
}

impl FlexibleSearchResult {
    /// Returns the column labels.
    pub fn headers(&self) -> &[String] {
        &self.summary.headers
    }

    /// Returns whether the query succeeded.
    pub fn success(&self) -> bool {
        self.summary.success()
    }
}

impl Sealed for FlexibleSearchResult {
    fn to_error(&self, doing: &str) -> Error {
        self.summary.to_error(doing)
    }
}

impl Outcome for FlexibleSearchResult {
    fn success(&self) -> bool {
        self.success()
    }
}

impl HacClient {
    /// Runs a query and returns its rows as text. They may take 64 MiB of memory.
    ///
    /// HAC returns at most [`max_count`](FlexibleSearch::max_count) rows, 200 by default;
    /// [`truncated`](FlexibleSearchSummary::truncated) says whether there may be more.
    ///
    /// # Errors
    /// [`QueryFailed`](ErrorKind::QueryFailed) if the server cannot run the query; [`Error::into_outcome`] has its result, with
    /// the stack trace. [`TooLarge`](ErrorKind::TooLarge) beyond the limit. Those of
    /// [every call](crate::guide::errors#every-call).
    pub async fn execute_flexiblesearch(&self, query: impl Into<FlexibleSearch>) -> Result<FlexibleSearchResult> {
        let mut collector = Collector::default();
        let query = query.into();
        let summary = self.query(&query, &mut collector, Pace::Whole).await?;
        if summary.stopped {
            let executed = if query.effect() == Effect::Write { "; the query was executed" } else { "" };
            return Err(Error::new(ErrorKind::TooLarge, DOING)
                .because(format!(
                    "the rows take more than {} MiB of memory{executed}",
                    crate::limits::COLLECTED_LIMIT >> 20
                ))
                .with_hint("request fewer rows, or stream them (stream_flexiblesearch)"));
        }
        checked(DOING, FlexibleSearchResult { rows: collector.rows, summary })
    }

    /// Runs a query and passes each row to the sink as soon as it arrives. The number of rows is unlimited; one row may have
    /// 16 MiB.
    ///
    /// If the server counts more rows than it sends, the call fails with [`Protocol`](ErrorKind::Protocol).
    ///
    /// A query is a read: it is sent again after a network error, but only if no row has reached the sink. Raw SQL and
    /// `Commit::Yes` make it a write, which is never sent again.
    ///
    /// # Errors
    /// [`QueryFailed`](ErrorKind::QueryFailed) if the server cannot run the query; [`Error::into_outcome`] has its summary.
    /// Those of [every call](crate::guide::errors#every-call). The sink may have received a part of the rows.
    pub async fn stream_flexiblesearch(
        &self,
        query: impl Into<FlexibleSearch>,
        sink: &mut dyn RowSink,
    ) -> Result<FlexibleSearchSummary> {
        checked(DOING, self.query(&query.into(), sink, Pace::Pieces).await?)
    }

    async fn query(&self, query: &FlexibleSearch, sink: &mut dyn RowSink, pace: Pace) -> Result<FlexibleSearchSummary> {
        let mut rows = AtOnce::new(sink, query.decode_cells);
        self.answered(query, Streaming::new(&mut rows, pace)).await.result
    }

    /// Runs a query. The sink of one that `restarts` takes its answer from the beginning again.
    async fn answered(&self, query: &FlexibleSearch, mut expected: Streaming<'_>) -> Answered {
        let result = self.answer(query, &mut expected).await;
        Answered { result, lost: expected.why_lost(), took: expected.took(), waited: expected.has_waited() }
    }

    async fn answer(&self, query: &FlexibleSearch, expected: &mut Streaming<'_>) -> Result<FlexibleSearchSummary> {
        let text = query.filled()?;
        let max_count = query.row_limit().to_string();
        let (flexible, sql) = if query.sql { ("", &*text) } else { (&*text, "") };
        let mut fields = vec![
            ("flexibleSearchQuery", flexible),
            ("sqlQuery", sql),
            ("maxCount", max_count.as_str()),
            ("user", query.user.as_deref().unwrap_or_else(|| self.username())),
            ("locale", query.locale.as_str()),
            ("commit", query.commit.as_str()),
        ];
        if let Some(data_source) = query.data_source.as_ref().or(self.engine().data_source.as_ref()) {
            fields.push(("dataSource", data_source));
        }
        let call = Call::post("/console/flexsearch/execute", DOING, query.class(), Body::form(fields))
            .reporting_to(&query.progress);
        let call = match query.class() {
            Class::Read => call,
            _ => call.recorded_as(
                self.engine().subject(|| Subject::text(&text, &query.query).of_file(query.file.as_deref())),
            ),
        };
        let began = Instant::now();
        let mut summary = self.engine().perform(&call, expected).await?;
        let secrets = self.engine().transport.secrets();
        if let Some(sql) = &mut summary.sql {
            secrets.cut(sql);
        }
        if let Some(failure) = &mut summary.failure {
            secrets.cut(&mut failure.message);
            secrets.cut(&mut failure.stack_trace);
        }
        summary.elapsed = began.elapsed();
        if summary.stopped || !summary.success() {
            if !summary.success() {
                call.failed(Some(ErrorKind::QueryFailed));
            }
            return Ok(summary);
        }
        summary.truncated = summary.row_count >= query.row_limit();
        if let Some(counted) = summary.result_count.filter(|counted| *counted > summary.row_count && !summary.truncated)
        {
            return call.concluded(Err(incomplete(query, counted, summary.row_count)));
        }
        Ok(summary)
    }
}

/// What came of a query, and how.
struct Answered {
    result: Result<FlexibleSearchSummary>,
    /// Why there is no answer, if the server sent none.
    lost: Option<FailurePoint>,
    /// How long the last attempt took.
    took: Duration,
    /// Whether the server said that there were too many requests.
    waited: bool,
}

/// The server counts more rows than it sent.
fn incomplete(query: &FlexibleSearch, counted: usize, received: usize) -> Error {
    let executed = if query.effect() == Effect::Write { "; the query was executed" } else { "" };
    Error::new(ErrorKind::Protocol, DOING)
        .because(format!("the server counted {counted} rows but sent {received}{executed}"))
        .with_hint("the result is incomplete; does something in front of HAC truncate its answers?")
}

const DOING: &str = "run the query";

#[derive(Default)]
struct Collector {
    rows: Vec<Vec<Option<String>>>,
    weight: usize,
}

impl RowSink for Collector {
    fn row(&mut self, cells: &[Option<Cow<'_, str>>]) -> ControlFlow<()> {
        self.weight += row_weight(cells);
        if self.weight > crate::limits::COLLECTED_LIMIT {
            return ControlFlow::Break(());
        }
        self.rows.push(cells.iter().map(|cell| cell.as_deref().map(str::to_owned)).collect());
        ControlFlow::Continue(())
    }
}
