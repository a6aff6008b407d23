//! The result of one attempt.

use std::time::Duration;

use http::{HeaderMap, StatusCode};

use crate::error::Error;
use crate::session::flight::Refusal;
use crate::transport::resend::FailurePoint;

/// The result of one attempt.
pub(super) enum Attempt<T> {
    Answered(T, HeaderMap),
    Refused,
    Suspicious {
        status: StatusCode,
        refusal: Refusal,
        described: Error,
    },
    /// 404: switched off, or HAC has moved.
    NotThere(Error),
    /// 429 to a read: it was not executed, and how long to wait.
    TooMany(Duration, Error),
    Failed(Error),
    /// No answer, or a 5xx, and what to say if it is not sent again.
    Lost(FailurePoint, Error),
}
