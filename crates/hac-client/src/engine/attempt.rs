//! What one attempt came to.

use std::time::Duration;

use http::{HeaderMap, StatusCode};

use crate::error::Error;
use crate::session::flight::Refusal;
use crate::transport::resend::Reached;

/// What one attempt came to.
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
    Lost(Reached, Error),
}
