//! The scripting console.

use std::sync::Arc;

use http::StatusCode;
use serde::Serialize;

use crate::answer::Answer;
use crate::pages::{Visit, layout};

/// The answer, its keys in HAC's order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    execution_result: String,
    output_text: String,
    stacktrace_text: String,
}

pub(super) fn page(visit: &Visit<'_>) -> Answer {
    let knobs = &visit.state.knobs;
    let body = format!(
        "<h2>Scripting Languages</h2>\n<form action=\"{}/console/scripting/execute\" method=\"POST\">\n\
         <textarea name=\"script\"></textarea>\n<select name=\"scriptType\"><option>groovy</option>\
         <option>beanshell</option><option>javascript</option></select>\n\
         <input type=\"checkbox\" name=\"commit\" value=\"true\" />\n</form>",
        knobs.context_path
    );
    Answer::html(StatusCode::OK, layout(knobs, "Scripting", &visit.token, &body))
}

pub(super) async fn execute(visit: &Visit<'_>) -> Answer {
    let (Some(script), Some(script_type)) = (visit.request.text("script"), visit.request.text("scriptType")) else {
        return Answer::error(StatusCode::BAD_REQUEST, "A required parameter is not present: script, scriptType");
    };
    let Some(commit) = visit.request.boolean("commit") else {
        return Answer::error(StatusCode::BAD_REQUEST, "commit is neither true nor false");
    };
    let state = Arc::clone(visit.state);
    let work = move || state.scripts.run(&script_type, &script, commit);
    match visit.state.workers.run(|| visit.ticket.executed(), work).await {
        Ok(outcome) => Answer::json(&Outcome {
            execution_result: outcome.execution_result,
            output_text: outcome.output_text,
            stacktrace_text: outcome.stacktrace_text,
        }),
        Err(none) => none.answer(),
    }
}
