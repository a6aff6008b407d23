//! The database page: the log of the statements.

use http::StatusCode;
use serde::Serialize;

use crate::answer::Answer;
use crate::database::Switch;
use crate::pages::{Visit, layout};

/// That the answer is JSON is known, and no more.
#[derive(Serialize)]
struct Done {
    success: bool,
}

pub(super) fn page(visit: &Visit<'_>) -> Answer {
    let log = visit.state.database.statements();
    let state = |switch| if log.is_on(switch) { "on" } else { "off" };
    let body = format!(
        "<h2>Database</h2>\n<ul><li>JDBC log: {}</li><li>stack traces: {}</li><li>parameters: {}</li></ul>",
        state(Switch::Log),
        state(Switch::StackTrace),
        state(Switch::Params),
    );
    Answer::html(StatusCode::OK, layout(&visit.state.knobs, "Database", &visit.token, &body))
}

pub(super) fn switch(visit: &Visit<'_>, switch: Switch, on: bool) -> Answer {
    visit.ticket.executed();
    visit.state.database.statements().switch(switch, on);
    Answer::json(&Done { success: true })
}

pub(super) fn clear(visit: &Visit<'_>) -> Answer {
    visit.ticket.executed();
    visit.state.database.statements().clear();
    Answer::json(&Done { success: true })
}

/// What a size other than -1 means to a real server is not known.
pub(super) fn download(visit: &Visit<'_>) -> Answer {
    if visit.request.parameter("downloadSize").as_deref() != Some("-1") {
        return Answer::error(StatusCode::BAD_REQUEST, "downloadSize is not -1");
    }
    Answer::text(StatusCode::OK, "text/plain;charset=UTF-8", visit.state.database.statements().text())
}
