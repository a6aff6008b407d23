//! What is recorded of a call that writes: before it is sent, and when it has ended.

use super::Engine;
use super::call::Call;
use crate::audit::{FIRST_LINE_CHARS, Planned, Subject};
use crate::error::{ErrorKind, Result};
use crate::server_text::ServerText;
use crate::session::ActiveSession;
use crate::transport::Body;

/// A longer value of a property is not kept.
const LONGEST_VALUE: usize = 4096;

/// How much of the path of a file is kept.
const FILE_CHARS: usize = 1024;

/// How much of a node's name is kept.
const NODE_CHARS: usize = 64;

impl Engine {
    /// What is recorded of a call, if anything is: the subject is not made otherwise.
    pub(crate) fn subject(&self, subject: impl FnOnce() -> Subject) -> Option<Subject> {
        self.audit.is_some().then(subject)
    }

    /// Records a call that is about to be sent for the first time.
    pub(super) fn record(&self, call: &Call, session: &ActiveSession) -> Result<()> {
        let Some(audit) = &self.audit else { return Ok(()) };
        let subject = call.subject.as_deref().cloned().unwrap_or_else(|| of_body(&call.body));
        let key = self.sessions.key();
        let (node, first_line, file) = (session.node(), subject.first_line.as_deref(), subject.file.as_deref());
        let (before, after) = (subject.before.as_deref(), subject.after.as_deref());
        // On one line each and without secrets: the file outlives the session.
        let [
            hac_user,
            url,
            environment,
            operation,
            path,
            shown_line,
            shown_before,
            shown_after,
            shown_file,
            shown_node,
        ] = self.transport.secrets().show_all([
            (&key.username, FIRST_LINE_CHARS),
            (&key.base_url, FIRST_LINE_CHARS),
            (&key.environment, FIRST_LINE_CHARS),
            (&call.doing, FIRST_LINE_CHARS),
            (&call.path, FIRST_LINE_CHARS),
            (first_line.unwrap_or_default(), FIRST_LINE_CHARS),
            (before.unwrap_or_default(), LONGEST_VALUE),
            (after.unwrap_or_default(), LONGEST_VALUE),
            (file.unwrap_or_default(), FILE_CHARS),
            (node.unwrap_or_default(), NODE_CHARS),
        ]);
        let (first_line, file) = (first_line.map(|_| shown_line), file.map(|_| shown_file));
        // Only as they are: what was changed by showing it can neither be put back nor be compared.
        let before = subject.before.filter(|before| shown_before == *before);
        let after = subject.after.filter(|after| shown_after == *after);
        let node = node.map(|_| shown_node);
        let record = audit.begin(Planned {
            hac_user,
            url,
            environment,
            node,
            class: call.class.public(),
            operation,
            path,
            subject: Subject { first_line, before, after, file, ..subject },
        })?;
        if let Some(record) = record {
            let _ = call.record.set(Box::new(record));
        }
        Ok(())
    }

    /// Notes how the request of a recorded call ended.
    pub(super) fn note_outcome(&self, call: &Call, failed: Option<ErrorKind>) {
        let Some(record) = call.record.get() else { return };
        record.note(failed.map_or("ok", ErrorKind::code));
        record.note_node(self.sessions.in_memory().and_then(|session| self.shown_node(&session)));
    }

    fn shown_node(&self, session: &ActiveSession) -> Option<String> {
        session.node().map(|node| self.transport.secrets().show(&ServerText::new(node), NODE_CHARS))
    }
}

fn of_body(body: &Body) -> Subject {
    match body {
        Body::Empty => Subject::bytes(b""),
        Body::Form(bytes) | Body::Raw(_, bytes) => Subject::bytes(bytes),
        Body::Upload(upload) => Subject { bytes: upload.len(), ..Subject::default() },
    }
}
