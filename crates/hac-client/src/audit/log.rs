//! Recording: who asks the file for a line, and what happens if it takes none.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use jiff::Timestamp;

use super::line::{Ended, Line, Sending};
use super::place::Place;
use super::subject::Subject;
use super::{Audit, file};
use crate::error::{Error, ErrorKind, Result};
use crate::notice::Notice;
use crate::os;
use crate::protection::CallClass;

type Notify = Arc<dyn Fn(&Notice) + Send + Sync>;

/// The log of a client. Where it is and what the run is called is found out by the first write: most clients only read.
pub(crate) struct AuditLog {
    audit: Audit,
    place: OnceLock<Result<Place>>,
    run: OnceLock<String>,
    /// How many writes were recorded.
    count: AtomicU64,
    warned: AtomicBool,
    notify: Notify,
    process: u32,
}

/// What is recorded of a call before it is sent. All texts are without secrets.
pub(crate) struct Planned {
    pub(crate) hac_user: String,
    pub(crate) url: String,
    pub(crate) environment: String,
    pub(crate) node: Option<String>,
    pub(crate) class: CallClass,
    pub(crate) operation: String,
    pub(crate) path: String,
    pub(crate) subject: Subject,
}

impl AuditLog {
    pub(crate) fn new(audit: Audit, notify: Notify) -> Self {
        Self {
            audit,
            place: OnceLock::new(),
            run: OnceLock::new(),
            count: AtomicU64::new(0),
            warned: AtomicBool::new(false),
            notify,
            process: std::process::id(),
        }
    }

    /// Records a call that is about to be sent; `None` where that was not possible and does not matter.
    pub(crate) fn begin(self: &Arc<Self>, planned: Planned) -> Result<Option<Record>> {
        let doing = planned.operation.clone();
        let id = format!("{}-{}", self.run(), self.count.fetch_add(1, Ordering::Relaxed) + 1);
        let (user, uid) = os::user();
        let line = Line::Sending(Box::new(Sending {
            at: now(),
            id: id.clone(),
            run: self.run().to_owned(),
            user,
            uid,
            host: os::host_name(),
            pid: self.process,
            hac_user: planned.hac_user,
            url: planned.url,
            environment: planned.environment,
            node: planned.node,
            class: planned.class,
            operation: planned.operation,
            path: planned.path,
            bytes: planned.subject.bytes,
            sha256: planned.subject.sha256,
            first_line: planned.subject.first_line,
            before: planned.subject.before,
            after: planned.subject.after,
            created: planned.subject.created,
            file: planned.subject.file,
        }));
        match self.write(&line) {
            Ok(()) => Ok(Some(Record {
                log: Arc::clone(self),
                id,
                began: Instant::now(),
                outcome: Mutex::new(("interrupted", None)),
            })),
            Err(cause) if self.audit.required => Err(Error::new(ErrorKind::Protected, doing)
                .because(format!("it must be recorded, and cannot be: {cause}; nothing was executed"))
                .with_hint(cause.hint().cloned().unwrap_or_else(|| "make the audit log writable".into()))
                .with_source(cause)),
            Err(cause) => {
                self.warn(cause);
                Ok(None)
            }
        }
    }

    fn run(&self) -> &str {
        let random = || format!("{:016x}", RandomState::new().hash_one(0_u8));
        self.run.get_or_init(|| self.audit.run.clone().unwrap_or_else(random))
    }

    fn write(&self, line: &Line) -> Result<()> {
        let place = self.place.get_or_init(|| self.audit.place()).as_ref().map_err(Clone::clone)?;
        let text = serde_json::to_string(line).map_err(|cause| file::failed("write to", &place.path, &cause.into()))?;
        file::append(place, &text)
    }

    /// Says once that something was not recorded.
    fn warn(&self, cause: Error) {
        if !self.warned.swap(true, Ordering::Relaxed) {
            let notice = Notice::NotAudited(cause);
            tracing::debug!(warning = true, "{notice}");
            (self.notify)(&notice);
        }
    }
}

/// A call that was recorded and has no outcome yet. When this is dropped, its outcome is recorded too.
pub(crate) struct Record {
    log: Arc<AuditLog>,
    id: String,
    began: Instant,
    /// What to record, and the node if it is known.
    outcome: Mutex<(&'static str, Option<String>)>,
}

impl Record {
    /// Notes the outcome; a later one takes the place of an earlier one.
    pub(crate) fn note(&self, outcome: &'static str) {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner).0 = outcome;
    }

    pub(crate) fn note_node(&self, node: Option<String>) {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner).1 = node;
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        // The child of a fork has the records of its parent.
        if self.log.process != std::process::id() {
            return;
        }
        let (outcome, node) = std::mem::take(self.outcome.get_mut().unwrap_or_else(PoisonError::into_inner));
        let ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let ended = Ended { at: now(), id: std::mem::take(&mut self.id), outcome: outcome.to_owned(), node, ms };
        if let Err(cause) = self.log.write(&Line::Ended(ended)) {
            self.log.warn(cause);
        }
    }
}

/// The time in UTC to the millisecond.
fn now() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}
