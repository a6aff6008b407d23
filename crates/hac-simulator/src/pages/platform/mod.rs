//! HAC's tab "Platform".

mod about;
mod config;
pub(super) mod init;
mod log4j;
mod pkanalyzer;
mod support;

use super::Visit;
use crate::answer::Answer;

/// `path` is below the context path.
pub(super) async fn dispatch(visit: &Visit<'_>, path: &str) -> Answer {
    let (get, post) = (visit.is_get(), visit.is_post());
    match path {
        "/platform/about" if get => about::about(visit),
        "/platform/support/data" if get => support::data(),
        "/platform/support/zip" if post => support::zip(visit),
        "/platform/support/zip/download" if get => support::download(visit),
        "/platform/config" if get => config::page(visit),
        "/platform/config/configstore" if post => config::store(visit),
        "/platform/log4j" if get => log4j::page(visit),
        "/platform/log4j/changeLevel" if post => log4j::change_level(visit),
        "/platform/pkanalyzer" if get => pkanalyzer::page(visit),
        "/platform/pkanalyzer/analyze" if post => pkanalyzer::analyze(visit),
        "/platform/about"
        | "/platform/config"
        | "/platform/log4j"
        | "/platform/pkanalyzer"
        | "/platform/support/data"
        | "/platform/support/zip/download" => Answer::not_allowed("GET"),
        "/platform/config/configstore"
        | "/platform/log4j/changeLevel"
        | "/platform/pkanalyzer/analyze"
        | "/platform/support/zip" => Answer::not_allowed("POST"),
        _ => init::dispatch(visit, path).await,
    }
}
