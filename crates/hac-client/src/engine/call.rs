//! A call: one request, and what it does to the server.

use std::sync::{Arc, OnceLock};

use http::Method;

use crate::audit::{Record, Subject};
use crate::error::{ErrorKind, Result};
use crate::progress::OnProgress;
use crate::protection::Class;
use crate::transport::Body;
use crate::transport::resend::Effect;
use crate::writes::Witness;

/// What is sent, apart from the session.
pub(crate) struct Call {
    /// "run the script": completes "cannot …".
    pub(crate) doing: String,
    pub(crate) method: Method,
    /// Below the context path, without a trailing slash.
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) body: Body,
    /// There is no call without one: whether it may be sent, and sent again, follows from it.
    pub(crate) class: Class,
    pub(crate) progress: OnProgress,
    /// What is recorded of a write; `None`: the hash of its body.
    pub(crate) subject: Option<Box<Subject>>,
    /// What was recorded of it. Its outcome is recorded when the call is dropped.
    pub(crate) record: OnceLock<Box<Record>>,
    /// Who takes note of it before it leaves. Only for a write.
    pub(crate) witness: Option<Arc<dyn Witness>>,
}

impl Call {
    /// A GET, which reads.
    pub(crate) fn get(path: impl Into<String>, doing: impl Into<String>) -> Self {
        Self {
            doing: doing.into(),
            method: Method::GET,
            path: path.into(),
            query: None,
            body: Body::Empty,
            class: Class::Read,
            progress: OnProgress::default(),
            subject: None,
            record: OnceLock::new(),
            witness: None,
        }
    }

    /// A POST, and what it does.
    pub(crate) fn post(path: impl Into<String>, doing: impl Into<String>, class: Class, body: Body) -> Self {
        Self {
            doing: doing.into(),
            method: Method::POST,
            path: path.into(),
            query: None,
            body,
            class,
            progress: OnProgress::default(),
            subject: None,
            record: OnceLock::new(),
            witness: None,
        }
    }

    /// Sets what is recorded of it.
    pub(crate) fn recorded_as(self, subject: Option<Subject>) -> Self {
        Self { subject: subject.map(Box::new), ..self }
    }

    /// Sets who takes note of it before it leaves.
    pub(crate) fn witnessed_by(self, witness: Option<Arc<dyn Witness>>) -> Self {
        Self { witness, ..self }
    }

    /// Notes the outcome of the whole operation, where it is another than that of the request.
    pub(crate) fn concluded<T>(&self, outcome: Result<T>) -> Result<T> {
        if let (Err(error), Some(record)) = (&outcome, self.record.get()) {
            record.note(error.kind().code());
        }
        outcome
    }

    /// Notes that the server did not do it.
    pub(crate) fn failed(&self, kind: Option<ErrorKind>) {
        if let Some(record) = self.record.get() {
            record.note(kind.map_or("failed", ErrorKind::code));
        }
    }

    pub(crate) const fn effect(&self) -> Effect {
        self.class.effect()
    }

    /// Sets the callback for its progress.
    pub(crate) fn reporting_to(self, progress: &OnProgress) -> Self {
        Self { progress: progress.clone(), ..self }
    }

    /// Sets the query, already encoded.
    pub(crate) fn query(self, query: impl Into<String>) -> Self {
        Self { query: Some(query.into()), ..self }
    }
}
