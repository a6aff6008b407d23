//! What becomes of a request: an answer, or the end of the connection.

use http::Response;

use crate::body::AnswerBody;

/// The connection ends without an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the connection ends here")]
pub(crate) enum Hangup {
    /// By an orderly close.
    Close,
    /// By a reset.
    Reset,
}

pub(crate) type Outcome = Result<Response<AnswerBody>, Hangup>;
