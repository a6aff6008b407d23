//! The expectation of an answer.

use crate::transport::Pace;
use crate::transport::resend::FailurePoint;

/// What a call expects, and what it reads from the answer.
pub(crate) trait Expectation: Send {
    type Output;

    /// Called when a 2xx answer begins, with the length of the body if the server sends it.
    fn begin(&mut self, _length: Option<u64>) {}

    /// Called with each piece of the body of a 2xx answer. `Err`: the limit is exceeded.
    fn take(&mut self, piece: &[u8]) -> Result<Taken, TooLarge>;

    /// The body is complete: the expected answer, or the text of something else.
    fn conclude(&mut self) -> Result<Self::Output, Unexpected>;

    /// The value of `Accept`, if the server has several forms of the answer.
    fn accepts(&self) -> Option<&'static str> {
        None
    }

    /// Whether the caller has received a part of the answer.
    fn delivered(&self) -> bool;

    /// How the time of the answer is measured.
    fn pace(&self) -> Pace {
        Pace::Whole
    }

    /// Whether reading must pause until the caller takes what has arrived.
    fn is_full(&self) -> bool {
        false
    }

    /// How many times in a row the call waits after a 429 and is sent again, if it is a read.
    fn cool_downs(&self) -> u32 {
        1
    }

    /// Called before each of these waits.
    fn cools_down(&mut self) {}

    /// Discards what an earlier attempt received.
    fn restart(&mut self);

    /// Called when the call fails because its last attempt got no answer, or a 5xx.
    fn lost(&mut self, _point: FailurePoint) {}
}

/// Whether to read more of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    More,
    /// The receiver of the rows has stopped.
    Enough,
}

/// A limit that the answer exceeded.
#[derive(Debug)]
pub(crate) struct TooLarge {
    pub(crate) what: &'static str,
    pub(crate) limit: usize,
}

/// An answer that is not the expected one.
#[derive(Debug)]
pub(crate) struct Unexpected {
    pub(crate) body: Vec<u8>,
    /// What is wrong with it, if it began like the expected one.
    pub(crate) defect: Option<String>,
}
