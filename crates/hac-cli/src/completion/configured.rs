//! Names of the configuration and of the audit log: no server is asked for them.

use hac_client::audit::{Audit, AuditEntry};

use super::Candidate;
use super::place::Place;
use crate::config::{Config, EnvironmentConfig};
use crate::context::RunContext;

/// The files that are read for a command, without their warnings.
pub(super) fn files(context: &RunContext) -> Vec<Config> {
    Config::all(&context.environment, context.directory.as_deref()).unwrap_or_default()
}

pub(super) fn environments(context: &RunContext) -> Vec<Candidate> {
    let mut names: Vec<Candidate> = Vec::new();
    for environment in files(context).iter().flat_map(|file| &file.environments) {
        if names.iter().all(|known| known.word != environment.name) {
            let urls: Vec<&str> = environment
                .endpoints
                .iter()
                .filter_map(|endpoint| endpoint.url.as_ref().map(|url| url.value.as_str()))
                .collect();
            names.push(Candidate::new(&environment.name).meaning(urls.join(", ")));
        }
    }
    names
}

/// So many changes are offered.
const MOST_CHANGES: usize = 20;

/// The ids of changes that can be undone, the last one first.
pub(super) fn changes() -> Vec<Candidate> {
    let was_set = |entry: &AuditEntry| entry.before.is_some() && entry.after.is_some();
    let log = Audit::in_default_file().entries(MOST_CHANGES, was_set).unwrap_or_default();
    let described = |entry: AuditEntry| {
        let key = entry.first_line.as_deref().unwrap_or_default();
        let meaning = format!("{key} in {}, {}", entry.environment, entry.at_formatted());
        Candidate::new(entry.id).meaning(meaning)
    };
    log.entries.into_iter().rev().map(described).collect()
}

/// The endpoints of the environment that was named, or of the default one.
pub(super) fn endpoints(place: &Place<'_>, context: &RunContext) -> Vec<Candidate> {
    let files = files(context);
    let named = place.value("ENVIRONMENT").or_else(|| place.value("environment"));
    let default = files.iter().find_map(|file| file.default_environment.as_ref()).map(|name| name.value.as_str());
    let Some(name) = named.or(default) else { return Vec::new() };
    let mut found: Vec<Candidate> = Vec::new();
    for endpoint in files.iter().filter_map(|file| file.environment(name)).flat_map(endpoints_of) {
        if found.iter().all(|known| known.word != endpoint.word) {
            found.push(endpoint);
        }
    }
    found
}

fn endpoints_of(environment: &EnvironmentConfig) -> impl Iterator<Item = Candidate> {
    environment.endpoints.iter().map(|endpoint| {
        let url = endpoint.url.as_ref().map(|url| url.value.clone()).unwrap_or_default();
        Candidate::new(&endpoint.name).meaning(url)
    })
}
