//! The cache page.

use std::fmt::Write as _;

use http::StatusCode;
use serde::Serialize;

use crate::answer::Answer;
use crate::pages::{Visit, layout};
use crate::system::caches::Shown;

/// What HAC answers is in no public source but for this: JSON, and the text does not say that it went wrong.
#[derive(Serialize)]
struct Cleared {
    success: bool,
}

pub(super) fn page(visit: &Visit<'_>) -> Answer {
    let mut rows = String::new();
    for Shown { name, most, entries, hits, misses } in visit.system.caches.shown() {
        let _ =
            writeln!(rows, "<tr><td>{name}</td><td>{most}</td><td>{entries}</td><td>{hits}</td><td>{misses}</td></tr>");
    }
    let body = format!(
        "<h2>Cache</h2>\n<table><thead><tr><th>Region</th><th>Max entries</th><th>Entries</th><th>Hits</th>\
         <th>Misses</th></tr></thead>\n<tbody>\n{rows}</tbody></table>"
    );
    Answer::html(StatusCode::OK, layout(&visit.state.knobs, "Cache", &visit.token, &body))
}

pub(super) fn clear(visit: &Visit<'_>) -> Answer {
    visit.ticket.executed();
    visit.system.caches.clear();
    Answer::json(&Cleared { success: true })
}
