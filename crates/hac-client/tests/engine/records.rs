//! The audit log of the clients of a test, and what must be in there at its end.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use hac_client::audit::Audit;
use hac_simulator::{Account, SimulatorHandle};
use tempfile::TempDir;

/// A directory with audit logs, of which each client of a [`Hac`](super::support::Hac) has one.
///
/// When this is dropped, it reads them: each change that the server executed is in there, and none of the secrets that the server knows
/// of. A test that expects anything else says so, with a reason.
pub(crate) struct Records {
    directory: TempDir,
    context_path: String,
    account: Account,
    unrecorded: Mutex<BTreeMap<String, usize>>,
}

impl Records {
    pub(crate) fn of(simulator: &SimulatorHandle) -> Self {
        Self {
            directory: TempDir::new().expect("a directory"),
            context_path: simulator.knobs().context_path.clone(),
            account: simulator.ledger().account(),
            unrecorded: Mutex::default(),
        }
    }

    /// A log in this directory.
    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The log of the clients that need none of their own.
    pub(crate) fn audit(&self) -> Audit {
        Audit::in_file(self.log("audit.jsonl"))
    }

    /// Expects that exactly so many changes by a path are in no log.
    pub(crate) fn lack(&self, changes: usize, path: &str, _reason: &'static str) {
        *self.unrecorded.lock().expect("unpoisoned").entry(path.to_owned()).or_default() += changes;
    }
}

impl Drop for Records {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let logs = logs(self.directory.path());
        let entries: Vec<_> = logs
            .iter()
            .flat_map(|log| {
                let read = Audit::in_file(log).entries(0, |_| true).expect("an audit log");
                assert_eq!(read.unreadable, 0, "lines that are none in {}", log.display());
                read.entries
            })
            .collect();
        let mut unrecorded = std::mem::take(&mut *self.unrecorded.lock().expect("unpoisoned"));
        for (path, executed) in self.account.changes() {
            let path = path.strip_prefix(&self.context_path).unwrap_or(&path);
            let recorded = entries.iter().filter(|entry| entry.path == path).count();
            // More lines than changes are right: the server may have executed nothing of what was sent.
            assert_eq!(
                executed.saturating_sub(recorded),
                unrecorded.remove(path).unwrap_or_default(),
                "{executed} changes by {path} were executed, and the audit log has {recorded} of them"
            );
        }
        assert!(unrecorded.values().all(|count| *count == 0), "these were not executed: {unrecorded:?}");
        let text: String = logs.iter().map(|log| fs::read_to_string(log).expect("a text")).collect();
        for secret in self.account.secrets().iter().filter(|secret| secret.len() > 3) {
            // Who is called like their password has no secret.
            let is_a_name = entries.iter().any(|entry| entry.hac_user == *secret);
            assert!(is_a_name || !text.contains(secret.as_str()), "the secret {secret} is in the audit log: {text}");
        }
    }
}

fn logs(directory: &Path) -> Vec<PathBuf> {
    let mut logs = Vec::new();
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            logs.extend(self::logs(&path));
        } else if path.extension().is_some_and(|extension| extension == "jsonl") {
            logs.push(path);
        }
    }
    logs
}
