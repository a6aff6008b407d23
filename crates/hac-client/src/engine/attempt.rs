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
    /// 404: the console is disabled, or HAC has another context path now.
    NotThere(Error),
    /// 429 to a read: it was not executed. Has the time to wait.
    TooMany(Duration, Error),
    Failed(Error),
    /// No answer, or a 5xx. Has the error for the case that the request is not sent again.
    Lost(FailurePoint, Error),
}
