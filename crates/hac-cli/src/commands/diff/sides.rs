//! The two environments, and what is compared of them.

use std::collections::BTreeMap;

use hac_client::{HacClient, Result};

use crate::diagnostics::usage;
use crate::job::Job;

/// What is compared: names, each with its value.
pub(super) type Entries = BTreeMap<String, Option<String>>;

/// What was found on both sides.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) entries: [Entries; 2],
    /// How many names were compared.
    pub(super) compared: usize,
    /// What could not be compared; may be empty.
    pub(super) left_out: String,
}

impl Found {
    pub(super) fn of(entries: [Entries; 2]) -> Self {
        let only_there = entries[1].keys().filter(|name| !entries[0].contains_key(*name)).count();
        Self { compared: entries[0].len() + only_there, entries, left_out: String::new() }
    }
}

/// Two servers.
pub(super) struct Sides {
    /// The environments as the user named them.
    pub(super) names: [String; 2],
    pub(super) clients: [HacClient; 2],
}

impl Sides {
    pub(super) fn connect(job: &Job<'_>) -> Result<Self> {
        let Some(other) = job.settings.counterpart.as_deref() else {
            return Err(usage("compare", "two environments are needed", "name both: -e ONE,OTHER"));
        };
        let clients = [job.connect()?.client, job.connect_to(other)?.client];
        Ok(Self { names: [job.settings.environment_given(), other.environment_given()], clients })
    }
}

impl Sides {
    pub(super) fn iter(&self) -> impl Iterator<Item = (&String, &HacClient)> {
        self.names.iter().zip(&self.clients)
    }
}

/// The names whose values differ, each with both of them; `None` where a side does not have the name, or no value.
pub(super) fn difference(ours: &Entries, theirs: &Entries) -> Vec<(String, [Option<String>; 2])> {
    let mut names: Vec<&String> = ours.keys().chain(theirs.keys()).collect();
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .filter(|name| ours.get(*name) != theirs.get(*name))
        .map(|name| (name.clone(), [ours.get(name).cloned().flatten(), theirs.get(name).cloned().flatten()]))
        .collect()
}
