//! GitLab's code quality report: what failed, shown beside the line in a merge request.

use std::fmt::Write as _;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::{Check, path};

#[derive(Serialize)]
struct Issue<'a> {
    description: &'a str,
    check_name: &'a str,
    /// What tells that it is the same as in another run.
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
}

/// The whole document.
pub(super) fn document(checks: &[Check]) -> Vec<u8> {
    let issues: Vec<Issue<'_>> = checks
        .iter()
        .flat_map(|check| check.problems().iter().map(move |problem| (path(&check.file), problem)))
        .map(|(path, problem)| Issue {
            description: &problem.message,
            check_name: &problem.kind,
            fingerprint: fingerprint(&[&path, &problem.kind, &problem.message, &problem.detail]),
            severity: "critical",
            // The report has no place for what belongs to no line.
            location: Location { path, lines: Lines { begin: problem.line.unwrap_or(1) } },
        })
        .collect();
    let mut bytes = serde_json::to_vec_pretty(&issues).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

fn fingerprint(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let mut fingerprint = String::new();
    for byte in &hash.finalize()[..16] {
        // Writing to a String cannot fail.
        let _ = write!(fingerprint, "{byte:02x}");
    }
    fingerprint
}
