//! The two environments, and what is compared of them.

use hac_client::comparison::{Comparison, Snapshot};
use hac_client::{Error, HacClient, Result};

use crate::diagnostics::usage;
use crate::job::Job;

/// What came of a comparison.
pub(super) struct Found {
    pub(super) comparison: Comparison,
    /// What could not be compared; may be empty.
    pub(super) left_out: String,
}

impl Found {
    /// Compares the snapshots of both sides.
    pub(super) fn of(both: &[Snapshot]) -> Result<Self> {
        let [ours, theirs] = both else { return Err(two_needed("-e ONE,OTHER")) };
        Ok(Self { comparison: ours.compare(theirs)?, left_out: String::new() })
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
            return Err(two_needed("name both: -e ONE,OTHER"));
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

/// A comparison of fewer environments than two.
pub(super) fn two_needed(hint: &'static str) -> Error {
    usage("compare", "two environments are needed", hint)
}
