//! The initialisation page: where everything leads while the platform initialises.

use http::StatusCode;

use crate::answer::Answer;
use crate::knobs::Knobs;
use crate::pages::{Visit, layout};

/// Below the context path.
pub(crate) const PATH: &str = "/platform/init";

pub(super) fn page(visit: &Visit<'_>) -> Answer {
    let body = "<h2>Initialization</h2>";
    let knobs = &visit.state.knobs;
    Answer::html(StatusCode::OK, layout(knobs, "Initialization", &visit.token, body))
}

/// What everybody gets while the platform initialises: no session, no login.
pub(crate) fn initializing(knobs: &Knobs) -> Answer {
    let body = "<h2>Initialization</h2><p>The system is being initialized.</p>";
    Answer::html(StatusCode::OK, layout(knobs, "Initialization", "", body))
}
