//! A call: one request, and whether it reads or writes.

use http::Method;

use crate::progress::OnProgress;
use crate::transport::Body;
use crate::transport::resend::Effect;

/// What is sent, apart from the session.
pub(crate) struct Call {
    /// "run the script": completes "cannot …".
    pub(crate) doing: String,
    pub(crate) method: Method,
    /// Below the context path, without a trailing slash.
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) body: Body,
    pub(crate) effect: Effect,
    pub(crate) progress: OnProgress,
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
            effect: Effect::Read,
            progress: OnProgress::default(),
        }
    }

    /// A POST, and what it does.
    pub(crate) fn post(path: impl Into<String>, doing: impl Into<String>, effect: Effect, body: Body) -> Self {
        Self {
            doing: doing.into(),
            method: Method::POST,
            path: path.into(),
            query: None,
            body,
            effect,
            progress: OnProgress::default(),
        }
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
