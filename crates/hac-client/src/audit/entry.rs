//! What is read back from the log.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::line::{Ended, Sending};
use crate::protection::CallClass;

/// Entries of the log.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct AuditEntries {
    /// The entries, the oldest first.
    pub entries: Vec<AuditEntry>,
    /// How many lines could not be read: what a full disk left, or a later version wrote.
    pub unreadable: usize,
}

/// A call that wrote or destroyed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AuditEntry {
    /// When it was sent: RFC 3339, in UTC.
    pub at: String,
    /// Identifies the call: the run and a number.
    pub id: String,
    /// The run that it belongs to.
    pub run: String,
    /// The user of this machine, as the environment named them.
    pub user: Option<String>,
    /// The number of that user, on Unix.
    pub uid: Option<u32>,
    /// The machine that sent it.
    pub host: String,
    /// The process that sent it.
    pub pid: u32,
    /// The user of HAC.
    pub hac_user: String,
    /// The base URL.
    pub url: String,
    /// The environment of the client.
    pub environment: String,
    /// The node that was asked, if the load balancer named it.
    pub node: Option<String>,
    /// Whether it writes or destroys.
    pub class: CallClass,
    /// What it does: `run the script`.
    pub operation: String,
    /// The path of its request, below HAC's context path.
    pub path: String,
    /// How many bytes the script, the file or the form has.
    pub bytes: u64,
    /// Their SHA-256, in hexadecimal.
    pub sha256: Option<String>,
    /// The first line of the script, or what else says what it was.
    pub first_line: Option<String>,
    /// The value of a property before [`replace_property`](crate::HacClient::replace_property) changed it, or the level of a logger, its own
    /// or inherited, before [`replace_log_level`](crate::HacClient::replace_log_level) did.
    pub before: Option<String>,
    /// The value that it set. Without a value before, only of what was [created](Self::created).
    pub after: Option<String>,
    /// Whether the server showed no such property, or no such logger, before.
    pub created: bool,
    /// The file on this machine that was sent, as the caller named it.
    pub file: Option<String>,
    /// `ok`, `failed` if the server says so, `interrupted` if the client stopped waiting, or the [code](crate::ErrorKind::code) of its
    /// error. `None` if no outcome was recorded: it may be running, or its process was killed.
    pub outcome: Option<String>,
    /// How long it took until then, in milliseconds.
    pub ms: Option<u64>,
}

impl AuditEntry {
    /// An entry without an outcome; `None` if its time is none.
    pub(super) fn begun(sending: Sending) -> Option<Self> {
        sending.at.parse::<Timestamp>().ok()?;
        Some(Self {
            at: sending.at,
            id: sending.id,
            run: sending.run,
            user: sending.user,
            uid: sending.uid,
            host: sending.host,
            pid: sending.pid,
            hac_user: sending.hac_user,
            url: sending.url,
            environment: sending.environment,
            node: sending.node,
            class: sending.class,
            operation: sending.operation,
            path: sending.path,
            bytes: sending.bytes,
            sha256: sending.sha256,
            first_line: sending.first_line,
            before: sending.before,
            after: sending.after,
            created: sending.created,
            file: sending.file,
            outcome: None,
            ms: None,
        })
    }

    pub(super) fn end(&mut self, ended: Ended) {
        self.outcome = Some(ended.outcome);
        self.ms = Some(ended.ms);
        if ended.node.is_some() {
            self.node = ended.node;
        }
    }

    /// Returns when it was sent, in seconds since 1970.
    pub fn seconds(&self) -> f64 {
        self.timestamp().as_duration().as_secs_f64()
    }

    /// Returns when it was sent, in the time zone of this machine: `2026-11-29 14:23:53`.
    pub fn at_formatted(&self) -> String {
        self.timestamp().to_zoned_datetime(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    fn timestamp(&self) -> Timestamp {
        self.at.parse().unwrap_or_default()
    }
}
