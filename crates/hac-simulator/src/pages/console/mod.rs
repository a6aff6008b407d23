//! HAC's tab "Console".

mod flexsearch;
mod impex;
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
        impex::IMPORT if get => impex::import_page(visit),
        impex::IMPORT => impex::import(visit).await,
        impex::VALIDATE if post => impex::validate(visit),
        impex::UPLOAD if post => impex::upload(visit).await,
        impex::EXPORT if get => impex::export_page(visit),
        impex::EXPORT => impex::export(visit).await,
        _ if get && path.starts_with(impex::DOWNLOADS) => impex::download(visit, path),
        "/console/impex/allTypes" if post => types::all(),
        "/console/impex/typeAndAttributes" if post => types::attributes(visit),
        "/console/scripting" | "/console/flexsearch" => Answer::not_allowed("GET"),
        "/console/scripting/execute"
        | "/console/flexsearch/execute"
        | impex::VALIDATE
        | impex::UPLOAD
        | "/console/impex/allTypes"
        | "/console/impex/typeAndAttributes" => Answer::not_allowed("POST"),
        _ => not_found(),
    }
}
