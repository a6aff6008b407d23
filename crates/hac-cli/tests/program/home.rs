//! A home directory, and what the audit log in there must have at the end of every test.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use hac_simulator::{Account, SimulatorHandle};
use serde_json::Value;
use tempfile::TempDir;

use crate::bench::system;

/// A shorter secret may be a part of anything.
const SHORTEST_SECRET: usize = 4;

/// A home directory, which every test that starts the program needs.
///
/// When it is dropped, it reads every audit log below it: the log has a line for each change of each server that the test named, and none
/// of the secrets that those servers know of. A test that expects anything else says so, with a reason.
pub(crate) struct Home {
    directory: TempDir,
    expected: Mutex<Expected>,
}

#[derive(Default)]
struct Expected {
    /// With the context path of each server.
    accounts: Vec<(String, Account)>,
    /// Changes beside those of the accounts.
    changes: BTreeMap<String, usize>,
    secrets: BTreeSet<String>,
    unrecorded: BTreeMap<String, usize>,
}

/// A home directory without a server whose changes are recorded.
pub(crate) fn home() -> Home {
    system::prepare();
    Home { directory: tempfile::tempdir().expect("a temporary directory"), expected: Mutex::default() }
}

impl Home {
    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Expects what this server executes in the audit log.
    pub(crate) fn records(&self, simulator: &SimulatorHandle) {
        let context = simulator.knobs().context_path.clone();
        self.expected().accounts.push((context, simulator.ledger().account()));
    }

    /// Expects changes of a server that is a process of its own.
    pub(crate) fn records_of_a_process(&self, path: &str, changes: usize) {
        *self.expected().changes.entry(path.to_owned()).or_default() += changes;
    }

    /// Expects that a text is nowhere in the audit log, which no server can know to be a secret.
    pub(crate) fn hides(&self, secret: &str) {
        assert!(secret.len() >= SHORTEST_SECRET, "{secret}");
        self.expected().secrets.insert(secret.to_owned());
    }

    /// Expects that exactly so many changes by a path are not in the audit log.
    pub(crate) fn lacks(&self, changes: usize, path: &str, _reason: &'static str) {
        *self.expected().unrecorded.entry(path.to_owned()).or_default() += changes;
    }

    fn expected(&self) -> MutexGuard<'_, Expected> {
        self.expected.lock().expect("unpoisoned")
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let logs = logs(self.path());
            for log in &logs {
                system::assert_private(log);
            }
            let texts: Vec<String> = logs.iter().map(|log| fs::read_to_string(log).expect("a text")).collect();
            self.expected().compare(&texts).unwrap_or_else(|why| panic!("{why}"));
        }
    }
}

impl Expected {
    /// Compares with the texts of the audit logs.
    fn compare(&self, logs: &[String]) -> Result<(), String> {
        let mut recorded = Vec::new();
        for log in logs {
            recorded.extend(changes_in(log)?);
        }
        self.find_secrets(logs, &recorded)?;
        self.find_gaps(&recorded)
    }

    fn find_secrets(&self, logs: &[String], recorded: &[Value]) -> Result<(), String> {
        let of_servers = self.accounts.iter().flat_map(|(_, account)| account.secrets());
        for secret in of_servers.chain(self.secrets.iter().cloned()) {
            // Who is called like their password has no secret.
            if secret.len() < SHORTEST_SECRET || recorded.iter().any(|line| line["hac_user"] == *secret) {
                continue;
            }
            let in_json = Value::from(secret.as_str()).to_string();
            let in_json = &in_json[1..in_json.len() - 1];
            if let Some(line) = logs.iter().flat_map(|log| log.lines()).find(|line| line.contains(in_json)) {
                return Err(format!("the secret {secret} is in the audit log: {line}"));
            }
        }
        Ok(())
    }

    fn find_gaps(&self, recorded: &[Value]) -> Result<(), String> {
        let mut executed = self.changes.clone();
        for (context_path, account) in &self.accounts {
            for (path, count) in account.changes() {
                let below = path.strip_prefix(context_path).unwrap_or(&path);
                *executed.entry(below.to_owned()).or_default() += count;
            }
        }
        let paths: BTreeSet<_> = executed.keys().chain(self.unrecorded.keys()).collect();
        let mut gaps = Vec::new();
        for path in paths {
            let executed = executed.get(path).copied().unwrap_or_default();
            let lines = recorded.iter().filter(|line| line["path"] == *path).count();
            // More lines than changes are right: the server may have executed nothing of what was sent.
            if executed.saturating_sub(lines) != self.unrecorded.get(path).copied().unwrap_or_default() {
                gaps.push(format!("{path} executed {executed} changes, and the audit log has {lines} of them"));
            }
        }
        if gaps.is_empty() { Ok(()) } else { Err(gaps.join("\n")) }
    }
}

/// Every audit log below a directory, and what was moved out of its way.
fn logs(directory: &Path) -> Vec<PathBuf> {
    let mut logs = Vec::new();
    for entry in fs::read_dir(directory).into_iter().flatten() {
        let entry = entry.expect("an entry");
        let kind = entry.file_type().expect("a type");
        if kind.is_dir() {
            logs.extend(self::logs(&entry.path()));
        } else if kind.is_file() && entry.file_name().to_string_lossy().starts_with("audit.jsonl") {
            logs.push(entry.path());
        }
    }
    logs
}

/// The lines of a log that say what is about to be sent. Each end in there belongs to one of them.
fn changes_in(log: &str) -> Result<Vec<Value>, String> {
    const BEFORE: [&str; 11] =
        ["at", "id", "run", "host", "pid", "hac_user", "url", "class", "operation", "path", "bytes"];
    if !log.is_empty() && !log.ends_with('\n') {
        return Err(format!("the audit log ends in the middle of a line: {log}"));
    }
    let mut changes: Vec<Value> = Vec::new();
    for text in log.lines() {
        let line: Value = serde_json::from_str(text).map_err(|error| format!("{error} in the audit log: {text}"))?;
        let is_whole = |keys: &[&str]| keys.iter().all(|key| !line[key].is_null());
        match line["event"].as_str() {
            Some("sending") if is_whole(&BEFORE) && (line["class"] == "write" || line["class"] == "destroy") => {
                changes.push(line);
            }
            Some("ended")
                if is_whole(&["at", "outcome", "ms"]) && changes.iter().any(|begun| begun["id"] == line["id"]) => {}
            _ => return Err(format!("this is no line of an audit log: {text}")),
        }
    }
    Ok(changes)
}

/// The lines of a script that was run.
const LINES: [&str; 2] = [
    r#"{"event":"sending","at":"2026-12-01T11:00:00.000Z","id":"a-1","run":"a","host":"h","pid":1,"hac_user":"admin","url":"http://h","environment":"local","class":"write","operation":"run the script","path":"/console/scripting/execute","bytes":5,"first_line":"hunter \"2\""}"#,
    r#"{"event":"ended","at":"2026-12-01T11:00:01.000Z","id":"a-1","outcome":"ok","ms":7}"#,
];

#[test]
fn a_gap_a_secret_and_what_is_no_line_are_found_in_an_audit_log() {
    let script = "/console/scripting/execute";
    let whole = LINES.join("\n") + "\n";
    let begun = format!("{}\n", LINES[0]);
    let expecting = |changes: usize, lacking: usize, secret: &str| Expected {
        changes: [(script.to_owned(), changes)].into(),
        unrecorded: [(script.to_owned(), lacking)].into(),
        secrets: [secret.to_owned()].into(),
        ..Expected::default()
    };
    let compared = |expected: Expected, log: &str| expected.compare(&[log.to_owned()]).err().unwrap_or_default();
    for (expected, log) in [
        (expecting(1, 0, "nimda"), whole.as_str()),
        (expecting(1, 0, "nimda"), &begun),
        (expecting(2, 1, "nimda"), &whole),
        (expecting(0, 0, "admin"), &whole),
        (expecting(0, 0, "nimda"), ""),
    ] {
        assert_eq!(compared(expected, log), "");
    }
    for (expected, log, found) in [
        (expecting(1, 1, "nimda"), whole.as_str(), "executed 1 changes, and the audit log has 1 of them"),
        (expecting(2, 0, "nimda"), whole.as_str(), "executed 2 changes, and the audit log has 1 of them"),
        (expecting(1, 0, "nimda"), "", "executed 1 changes, and the audit log has 0 of them"),
        (expecting(1, 0, "hunter \"2\""), &whole, "the secret hunter \"2\" is in the audit log"),
        (expecting(1, 0, "nimda"), whole.trim_end(), "ends in the middle of a line"),
        (expecting(1, 0, "nimda"), &format!("{}\n", LINES[1]), "no line of an audit log"),
        (expecting(1, 0, "nimda"), &whole.replace("write", "read"), "no line of an audit log"),
        (expecting(1, 0, "nimda"), &whole.replace("path", "way"), "no line of an audit log"),
        (expecting(1, 0, "nimda"), &format!("nonsense\n{whole}"), "in the audit log: nonsense"),
    ] {
        let why = compared(expected, log);
        assert!(why.contains(found), "{found}: {why}");
    }
}
