//! HAC's tab "Console".

mod flexsearch;
mod scripting;
mod types;

use super::{Visit, not_found};
use crate::answer::Answer;

/// `path` is below the context path.
pub(super) async fn dispatch(visit: &Visit<'_>, path: &str) -> Answer {
    let (get, post) = (visit.is_get(), visit.is_post());
    match path {
        "/console/scripting" if get => scripting::page(visit),
        "/console/scripting/execute" if post => scripting::execute(visit).await,
        "/console/flexsearch" if get => flexsearch::page(visit),
        "/console/flexsearch/execute" if post => flexsearch::execute(visit).await,
        "/console/impex/allTypes" if post => types::all(),
        "/console/impex/typeAndAttributes" if post => types::attributes(visit),
        "/console/scripting" | "/console/flexsearch" => Answer::not_allowed("GET"),
        "/console/scripting/execute"
        | "/console/flexsearch/execute"
        | "/console/impex/allTypes"
        | "/console/impex/typeAndAttributes" => Answer::not_allowed("POST"),
        _ => not_found(),
    }
}
