//! What an answer has to be, to be the answer.

use crate::transport::Pace;

/// What a call expects, and what it makes of it.
pub(crate) trait Expectation: Send {
    type Output;

    /// A 2xx answer begins; its body has so many bytes, where the server says it.
    fn begin(&mut self, _length: Option<u64>) {}

    /// Takes a piece of the body of a 2xx answer. `Err`: more than the limit.
    fn take(&mut self, piece: &[u8]) -> Result<Taken, TooLarge>;

    /// The body is complete: the expected answer, or the text of something else.
    fn conclude(&mut self) -> Result<Self::Output, Unexpected>;

    /// What is said to the server to be wanted, where it has several forms of the answer.
    fn accepts(&self) -> Option<&'static str> {
        None
    }

    /// Whether a part of the answer was given away already.
    fn delivered(&self) -> bool;

    /// How the time of the answer is measured.
    fn pace(&self) -> Pace {
        Pace::Whole
    }

    /// Whether the reader has to wait until somebody takes what it brought.
    fn is_full(&self) -> bool {
        false
    }

    /// Forgets what an earlier attempt brought.
    fn restart(&mut self);
}

/// Whether more of the body is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    More,
    /// Whoever takes the rows has had enough.
    Enough,
}

/// A limit that the answer went over.
#[derive(Debug)]
pub(crate) struct TooLarge {
    pub(crate) what: &'static str,
    pub(crate) limit: usize,
}

/// An answer that is not the expected one.
#[derive(Debug)]
pub(crate) struct Unexpected {
    pub(crate) body: Vec<u8>,
    /// What is wrong with it, where it began like the expected one.
    pub(crate) defect: Option<String>,
}
