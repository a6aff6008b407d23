//! A call: one request, and what it does to the server.

use http::Method;

use crate::progress::OnProgress;
use crate::protection::Class;
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
    /// There is no call without one: whether it may be sent, and sent again, follows from it.
    pub(crate) class: Class,
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
            class: Class::Read,
            progress: OnProgress::default(),
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
