//! The operations on HAC's console tab.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use hac_client::console::{
    Commit, FlexibleSearch, ImpexFailure, ImpexResult, ImpexSwitch, KeyType, PagePosition, PagedSearch, ParamType,
    ParamValue, Script, ScriptResult, ScriptType,
};
use hac_client::request::Effect;
use hac_client::{Error, ErrorKind, Outcome, Progress, Result};
use pyo3::prelude::*;

use crate::call::{Call, Caller, Convert, Event};
use crate::client::{Client, value};
use crate::errors::{raised, summary_of};
use crate::masks::Mask;
use crate::rows::{RowReader, Search};
use crate::table::Collected;

/// Parameters: name, type, value as text.
type Params = Vec<(String, String, String)>;

/// The key of pages, whether it is a number, how many rows a page has, and the position to go on from: a key, and how many rows there
/// were up to it.
type Pages = (Option<String>, Option<bool>, Option<usize>, Option<(String, u64)>);

fn commit_of(commit: bool) -> Commit {
    if commit { Commit::Yes } else { Commit::No }
}

/// A result in place of an error that holds one: in Python a failed script is a result.
pub(crate) fn with_outcome<T: Outcome>(result: Result<T>) -> Result<T> {
    result.or_else(Error::into_outcome)
}

fn param(name: &str, of: &str, text: &str) -> Result<ParamValue> {
    let of: ParamType = of.parse()?;
    ParamValue::parse(of, text).map_err(|error| error.while_doing(format!("use the parameter {name}")))
}

pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A time that may be longer than every clock.
pub(crate) fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

/// Whom the progress of a request is reported to: known when its call begins, and called where the body is sent.
#[derive(Clone, Default)]
pub(crate) struct Reports(Arc<OnceLock<Caller>>);

impl Reports {
    pub(crate) fn begin(&self) {
        if let Some(caller) = Caller::current() {
            let _ = self.0.set(caller);
        }
    }

    pub(crate) fn callback(&self) -> impl Fn(Progress) + Send + Sync + 'static {
        let reports = self.clone();
        move |progress| {
            if let Some(caller) = reports.0.get() {
                caller.event(Event::Progress(progress.sent, progress.total));
            }
        }
    }
}

fn script_result(result: ScriptResult) -> Convert {
    value((
        result.output_text,
        result.execution_result,
        result.stacktrace_text,
        result.commit == Commit::Yes,
        millis(result.elapsed),
    ))
}

/// Line, candidate lines, reason and text of each line that failed.
pub(crate) type Failures = Vec<(Option<usize>, Vec<usize>, String, String)>;

pub(crate) fn failures_of(result: &ImpexResult) -> Failures {
    let parts = |failure: &ImpexFailure| {
        (failure.line, failure.candidate_lines.clone(), failure.reason.clone(), failure.text.clone())
    };
    result.failures.iter().map(parts).collect()
}

/// A switch of HAC's form, by its name in Python.
pub(crate) fn switch_named(name: &str) -> Result<ImpexSwitch> {
    Ok(match name {
        "legacy_mode" => ImpexSwitch::LegacyMode,
        "code_execution" => ImpexSwitch::CodeExecution,
        "distributed_mode" => ImpexSwitch::DistributedMode,
        "direct_persistence" => ImpexSwitch::ServiceLayerDirect,
        other => return Err(Error::new(ErrorKind::Usage, "import").because(format!("there is no switch {other}"))),
    })
}

/// A query as the Python half has it.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Query {
    #[pyo3(item("query"))]
    text: String,
    sql: bool,
    max_count: usize,
    locale: String,
    user: Option<String>,
    data_source: Option<String>,
    commit: bool,
    decode_cells: bool,
    params: Params,
}

impl Query {
    pub(crate) fn effect(&self) -> Effect {
        if self.sql || self.commit { Effect::Write } else { Effect::Read }
    }

    /// What is being done, for an exception.
    pub(crate) fn doing(&self) -> &'static str {
        if self.sql { "run the SQL" } else { "run the query" }
    }

    pub(crate) fn build(self) -> Result<FlexibleSearch> {
        let query = if self.sql { FlexibleSearch::sql(self.text) } else { FlexibleSearch::new(self.text) };
        let mut query = query
            .max_count(self.max_count)
            .locale(self.locale)
            .commit(commit_of(self.commit))
            .decode_cells(self.decode_cells);
        if let Some(user) = self.user {
            query = query.user(user);
        }
        if let Some(data_source) = self.data_source {
            query = query.data_source(data_source);
        }
        for (name, of, text) in &self.params {
            query = query.param(name, param(name, of, text)?)?;
        }
        Ok(query)
    }
}

#[pymethods]
impl Client {
    fn execute_script(
        &self,
        py: Python<'_>,
        script_type: &str,
        text: String,
        commit: bool,
        params: Params,
    ) -> PyResult<Call> {
        let reports = Reports::default();
        let build = || -> Result<Script> {
            let mut script = Script::new(script_type.parse::<ScriptType>()?, text).commit(commit_of(commit));
            for (name, of, text) in &params {
                script = script.param(name, param(name, of, text)?)?;
            }
            Ok(script.on_progress(reports.callback()))
        };
        let script = build().map_err(|error| raised(py, &error))?;
        let doing = match script_type.parse() {
            Ok(ScriptType::JavaScript) => "run the JavaScript script",
            Ok(ScriptType::BeanShell) => "run the BeanShell script",
            _ => "run the script",
        };
        Ok(self
            .call(py, Effect::Write, |client| async move {
                reports.begin();
                with_outcome(client.execute_script(&script).await).map(script_result)
            })
            .doing(doing))
    }

    fn flexible_search(&self, py: Python<'_>, query: Query) -> PyResult<Call> {
        let (effect, doing) = (query.effect(), query.doing());
        let query = query.build().map_err(|error| raised(py, &error))?;
        Ok(self
            .call(py, effect, |client| async move {
                let mut rows = Collected::default();
                let summary = client.stream_flexiblesearch(&query, &mut rows).await.or_else(summary_of)?;
                let table = rows.into_table();
                Ok(Box::new(move |py: Python<'_>| {
                    let failure = summary.failure.map(|failure| (failure.message, failure.stack_trace));
                    let counted = summary.result_count.unwrap_or(summary.row_count);
                    let parts = (
                        summary.headers,
                        Py::new(py, table)?,
                        counted,
                        summary.execution_time.map(millis),
                        failure,
                        summary.truncated,
                        summary.sql,
                        millis(summary.elapsed),
                    );
                    Ok(parts.into_pyobject(py)?.into_any().unbind())
                }) as Convert)
            })
            .doing(doing))
    }

    /// Nothing is sent before the first batch is asked for.
    fn stream_rows(
        slf: Bound<'_, Self>,
        query: Query,
        batch_rows: usize,
        pages: Option<Pages>,
        mask: Option<Mask>,
    ) -> PyResult<RowReader> {
        let py = slf.py();
        let (effect, doing) = (query.effect(), query.doing());
        let query = query.build().map_err(|error| raised(py, &error))?;
        let search = match pages {
            None => Search::Once(query),
            Some((key, is_number, page_rows, start)) => {
                let mut search = PagedSearch::new(query);
                if let Some(rows) = page_rows {
                    search = search.page_rows(rows);
                }
                if let Some(key) = key {
                    search = search.key(key);
                }
                if let Some(is_number) = is_number {
                    search = search.key_type(if is_number { KeyType::Number } else { KeyType::Text });
                }
                if let Some((key, rows)) = start {
                    search = search.start_at(PagePosition::new(key, rows));
                }
                Search::Paged(search)
            }
        };
        let masks = mask.map(Mask::build).transpose().map_err(|error| raised(py, &error))?;
        Ok(RowReader::new(search, masks, effect, doing, slf.clone().unbind(), batch_rows))
    }
}
