//! HAC's tab "Monitoring".

mod cache;
mod cronjobs;
mod database;

use super::{Visit, not_found};
use crate::answer::Answer;
use crate::database::Switch;

/// `path` is below the context path.
pub(super) fn dispatch(visit: &Visit<'_>, path: &str) -> Answer {
    if let Some((switch, on)) = switched(path) {
        return if visit.is_post() { database::switch(visit, switch, on) } else { Answer::not_allowed("POST") };
    }
    let (get, post) = (visit.is_get(), visit.is_post());
    match path {
        "/monitoring/cache" if get => cache::page(visit),
        "/monitoring/cache/regionCache/clear" if post => cache::clear(visit),
        "/monitoring/cronjobs/data" if get => cronjobs::data(visit),
        "/monitoring/database" if get => database::page(visit),
        "/monitoring/database/clearlog" if post => database::clear(visit),
        "/monitoring/database/logs/download" if get => database::download(visit),
        "/monitoring/cache"
        | "/monitoring/cronjobs/data"
        | "/monitoring/database"
        | "/monitoring/database/logs/download" => Answer::not_allowed("GET"),
        "/monitoring/cache/regionCache/clear" | "/monitoring/database/clearlog" => Answer::not_allowed("POST"),
        _ => not_found(),
    }
}

/// The switch that a path such as `/monitoring/database/logs/true` sets, and to what.
fn switched(path: &str) -> Option<(Switch, bool)> {
    let (name, on) = path.strip_prefix("/monitoring/database/")?.split_once('/')?;
    let switch = match name {
        "logs" => Switch::Log,
        "stacktrace" => Switch::StackTrace,
        "params" => Switch::Params,
        _ => return None,
    };
    Some((switch, on.parse().ok()?))
}
