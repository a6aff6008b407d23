//! HAC's tab "Monitoring".

mod cache;

use super::{Visit, not_found};
use crate::answer::Answer;

/// `path` is below the context path.
pub(super) fn dispatch(visit: &Visit<'_>, path: &str) -> Answer {
    let (get, post) = (visit.is_get(), visit.is_post());
    match path {
        "/monitoring/cache" if get => cache::page(visit),
        "/monitoring/cache/regionCache/clear" if post => cache::clear(visit),
        "/monitoring/cache" => Answer::not_allowed("GET"),
        "/monitoring/cache/regionCache/clear" => Answer::not_allowed("POST"),
        _ => not_found(),
    }
}
