//! What the simulator says about itself: JSON for whoever asks for it, else a page.

use http::StatusCode;
use http::header::ACCEPT;
use serde::Serialize;

use crate::answer::Answer;
use crate::pages::{Visit, layout};

/// That the answer is an object is known; its keys are this project's own.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct About<'a> {
    product: &'static str,
    version: &'static str,
    nodes: usize,
    user: &'a str,
}

pub(super) fn about(visit: &Visit<'_>) -> Answer {
    let about = About {
        product: "hac-simulator",
        version: env!("CARGO_PKG_VERSION"),
        nodes: visit.state.cluster.len(),
        user: &visit.user.name,
    };
    if visit.request.header(&ACCEPT).is_some_and(|accepted| accepted.contains("application/json")) {
        return Answer::json(&about);
    }
    let body = format!("<h2>About</h2><p>{} {}</p>", about.product, about.version);
    Answer::html(StatusCode::OK, layout(&visit.state.knobs, "About", &visit.token, &body))
}
