//! HAC's tab "Platform".

mod config;
pub(super) mod init;
mod log4j;
mod pkanalyzer;

use super::{Visit, not_found};
use crate::answer::Answer;

/// `path` is below the context path.
pub(super) fn dispatch(visit: &Visit<'_>, path: &str) -> Answer {
    let (get, post) = (visit.is_get(), visit.is_post());
    match path {
        init::PATH if get => init::page(visit),
        "/platform/config" if get => config::page(visit),
        "/platform/config/configstore" if post => config::store(visit),
        "/platform/log4j" if get => log4j::page(visit),
        "/platform/log4j/changeLevel" if post => log4j::change_level(visit),
        "/platform/pkanalyzer/analyze" if post => pkanalyzer::analyze(visit),
        "/platform/config" | "/platform/log4j" | init::PATH => Answer::not_allowed("GET"),
        "/platform/config/configstore" | "/platform/log4j/changeLevel" | "/platform/pkanalyzer/analyze" => {
            Answer::not_allowed("POST")
        }
        _ => not_found(),
    }
}
