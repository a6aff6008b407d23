//! The configuration page.

use std::fmt::Write as _;

use http::StatusCode;
use serde::Serialize;

use crate::answer::Answer;
use crate::pages::{Visit, escape, layout};

/// The answer, its keys in HAC's order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    action: &'static str,
    has_edited: bool,
}

pub(super) fn page(visit: &Visit<'_>) -> Answer {
    let properties = visit.system.properties.shown();
    let mut body = String::with_capacity(properties.len() * 200);
    body.push_str("<h2>Configuration</h2>\n<table id=\"props\"><tbody>\n");
    for (key, value) in properties {
        let (key, value) = (escape(&key), escape(&value));
        let _ = writeln!(
            body,
            "<tr id=\"{key}\"><td>{key}</td><td><input type=\"text\" class=\"configValue\" name=\"{key}\" value=\"{value}\" /></td></tr>"
        );
    }
    body.push_str("</tbody></table>");
    Answer::html(StatusCode::OK, layout(&visit.state.knobs, "Configuration", &visit.token, &body))
}

/// What a real server says of a key that is new is not known; here it is said to be updated as any other.
pub(super) fn store(visit: &Visit<'_>) -> Answer {
    let (Some(key), Some(value)) = (visit.request.parameter("key"), visit.request.parameter("val")) else {
        return Answer::error(StatusCode::BAD_REQUEST, "A required parameter is not present: key, val");
    };
    visit.ticket.executed();
    visit.system.properties.set(key, value);
    Answer::json(&Stored { action: "update", has_edited: false })
}
