//! The `FlexibleSearch` console.

use std::fmt::Display;
use std::sync::Arc;

use http::StatusCode;
use serde::Serialize;

use crate::answer::Answer;
use crate::content::Spool;
use crate::database::{Cell, Found, Query, QueryFailure, RowSink, RowView, SqlError, within};
use crate::html::escaped;
use crate::knobs::Knobs;
use crate::pages::{Visit, escape, layout};
use crate::request::Request;

const DEFAULT_MAX_COUNT: usize = 200;
const DATA_SOURCE: &str = "master";

/// The answer, its keys in HAC's order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    query: Option<String>,
    execution_time: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    result_count: Option<usize>,
    exception: Option<Exception>,
    headers: Option<Vec<String>>,
    result_list: Option<[(); 0]>,
    raw_execution: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_source_id: Option<String>,
    exception_stack_trace: String,
    parameters_as_string: &'static str,
    catalog_versions_as_string: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Exception {
    message: String,
    localized_message: String,
    cause: Option<()>,
    suppressed: [(); 0],
    stack_trace: [Frame; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Frame {
    class_name: String,
    method_name: &'static str,
    file_name: &'static str,
    line_number: u32,
    native_method: bool,
}

pub(super) fn page(visit: &Visit<'_>) -> Answer {
    let knobs = &visit.state.knobs;
    let data_source = if knobs.data_source {
        format!("<select name=\"dataSource\"><option>{DATA_SOURCE}</option></select>\n")
    } else {
        String::new()
    };
    let body = format!(
        "<h2>FlexibleSearch</h2>\n<form action=\"{}/console/flexsearch/execute\" method=\"POST\">\n\
         <textarea name=\"flexibleSearchQuery\"></textarea>\n<textarea name=\"sqlQuery\"></textarea>\n\
         <input type=\"text\" name=\"maxCount\" value=\"{DEFAULT_MAX_COUNT}\" />\n\
         <input type=\"text\" name=\"user\" value=\"{}\" />\n\
         <select name=\"locale\"><option>en</option><option>de</option></select>\n{data_source}\
         <input type=\"checkbox\" name=\"commit\" value=\"true\" />\n</form>",
        knobs.context_path,
        escape(&visit.user.name)
    );
    Answer::html(StatusCode::OK, layout(knobs, "FlexibleSearch", &visit.token, &body))
}

pub(super) async fn execute(visit: &Visit<'_>) -> Answer {
    let request = visit.request;
    let given = |name| request.text(name).filter(|value| !value.is_empty());
    let flexible = request.text("flexibleSearchQuery");
    let sql = given("sqlQuery");
    if flexible.is_none() && sql.is_none() {
        return Answer::error(StatusCode::BAD_REQUEST, "A required parameter is not present: flexibleSearchQuery");
    }
    let Some(max_count) = max_count(request) else {
        return Answer::error(StatusCode::BAD_REQUEST, "maxCount is not a number");
    };
    let Some(commit) = request.boolean("commit") else {
        return Answer::error(StatusCode::BAD_REQUEST, "commit is neither true nor false");
    };
    let raw_sql = sql.is_some() && flexible.as_deref().unwrap_or_default().is_empty();
    let text = if raw_sql { sql } else { flexible }.unwrap_or_default();
    let user = given("user").unwrap_or_else(|| visit.user.name.clone());
    let locale = given("locale").unwrap_or_else(|| "en".to_owned());
    let data_source = given("dataSource").unwrap_or_else(|| DATA_SOURCE.to_owned());
    let queried = text.clone();
    let begun = || {
        if raw_sql || commit {
            visit.ticket.executed();
        } else {
            visit.ticket.queried();
        }
        visit.system.caches.query(&queried);
    };
    let database = Arc::clone(&visit.state.database);
    let knobs = visit.state.knobs.clone();
    let work = move || {
        let mut list = ResultList { spool: Spool::default(), escape: knobs.escape_cells };
        let query = Query { text: &text, raw_sql, max_count, user: &user, locale: &locale, commit };
        match database.search(&query, &mut list) {
            Ok(found) => found_answer(found, list.spool, raw_sql, data_source, &knobs),
            Err(failure) => Answer::json(&failed(failure, raw_sql, data_source, &knobs)),
        }
    };
    visit.state.workers.run(begun, work).await.unwrap_or_else(|none| none.answer())
}

/// A Java `int`; of several the first counts.
fn max_count(request: &Request) -> Option<usize> {
    match request.parameter("maxCount").as_deref().map(str::trim) {
        None | Some("") => Some(DEFAULT_MAX_COUNT),
        Some(text) => text.parse::<i32>().ok().and_then(|count| usize::try_from(count).ok()),
    }
}

/// The rows as JSON, written while they are read: of very many, only the last are in memory.
struct ResultList {
    spool: Spool,
    escape: bool,
}

impl RowSink for ResultList {
    fn row(&mut self, row: &RowView<'_>) -> Result<(), SqlError> {
        let first = self.spool.len() == 0;
        let json = self.spool.buffer();
        json.extend_from_slice(if first { b"[" } else { b",[" });
        for (column, cell) in row.cells().enumerate() {
            if column > 0 {
                json.push(b',');
            }
            // Text is always JSON, and a Vec takes it.
            match cell {
                Cell::Null => json.extend_from_slice(b"null"),
                Cell::Integer(number) => {
                    json.push(b'"');
                    serde_json::to_writer(&mut *json, &number).map_err(unwritten)?;
                    json.push(b'"');
                }
                Cell::Text(text) => {
                    let text = if self.escape { escaped(text) } else { text };
                    serde_json::to_writer(&mut *json, &text).map_err(unwritten)?;
                }
            }
        }
        json.push(b']');
        within(self.spool.len())?;
        self.spool.settle().map_err(unwritten)
    }
}

fn unwritten(error: impl Display) -> SqlError {
    SqlError::Database(error.to_string())
}

/// What stands in for the rows until they are put in.
const NO_ROWS: &str = "\"resultList\":[]";

fn found_answer(found: Found, rows: Spool, raw_execution: bool, data_source: String, knobs: &Knobs) -> Answer {
    let outcome = Outcome {
        query: Some(found.sql),
        execution_time: found.millis,
        result_count: knobs.result_count.then_some(found.count),
        exception: None,
        headers: Some(found.headers),
        result_list: Some([]),
        raw_execution,
        data_source_id: knobs.data_source.then_some(data_source),
        exception_stack_trace: String::new(),
        parameters_as_string: "",
        catalog_versions_as_string: "",
    };
    let json = serde_json::to_string(&outcome).unwrap_or_default();
    let mut answer = Answer::json(&outcome);
    // No text in the JSON has quotes that are not escaped: this is the key itself.
    if let Some(at) = json.find(NO_ROWS) {
        let (before, after) = json.split_at(at + NO_ROWS.len() - 1);
        match rows.finish(before, after) {
            Ok(content) => answer.body = content,
            Err(error) => return Answer::error(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
        }
    }
    answer
}

fn failed(failure: QueryFailure, raw_execution: bool, data_source: String, knobs: &Knobs) -> Outcome {
    Outcome {
        query: failure.sql.clone(),
        execution_time: 0,
        result_count: knobs.result_count.then_some(0),
        headers: None,
        result_list: None,
        raw_execution,
        data_source_id: knobs.data_source.then_some(data_source),
        exception_stack_trace: stack_trace(&failure),
        exception: Some(exception(failure)),
        parameters_as_string: "",
        catalog_versions_as_string: "",
    }
}

fn stack_trace(failure: &QueryFailure) -> String {
    format!("{}: {}\n\tat hac.simulator.Database.search(Database:1)", failure.class, failure.message)
}

fn exception(failure: QueryFailure) -> Exception {
    Exception {
        localized_message: failure.message.clone(),
        message: failure.message,
        cause: None,
        suppressed: [],
        stack_trace: [Frame {
            class_name: "hac.simulator.Database".to_owned(),
            method_name: "search",
            file_name: "Database",
            line_number: 1,
            native_method: false,
        }],
    }
}
