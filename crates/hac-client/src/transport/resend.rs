//! The only code that decides whether a request is sent again.

use std::time::Duration;

use crate::error::ErrorKind;

/// Whether a call changes anything on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Changes nothing: may be sent again after a network error.
    Read,
    /// May change something: never sent again once it may have been executed.
    Write,
}

/// How far a request came that got no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailurePoint {
    /// A kept-alive connection was closed before the request was sent.
    NotStarted,
    /// The connection was reset or closed after sending, before an answer.
    Reset,
    /// The answer's body is incomplete.
    CutBody,
    /// The time limit was reached.
    TimedOut,
    /// The server or something in front of it answered 5xx.
    ServerError(u16),
}

impl FailurePoint {
    /// The kind of error if nothing was changed.
    pub(crate) fn kind(self) -> ErrorKind {
        match self {
            Self::NotStarted => ErrorKind::Connect,
            Self::Reset | Self::CutBody => ErrorKind::ConnectionLost,
            Self::TimedOut => ErrorKind::Timeout,
            Self::ServerError(_) => ErrorKind::Protocol,
        }
    }
}

/// Returns whether to send the same request again, and after which pause.
///
/// `again` counts how often it was already sent again; `delivered` says that the caller has received a part of an answer.
/// Refusals are not decided here: they are answers, see `Engine::perform`.
pub(crate) fn send_again(effect: Effect, point: FailurePoint, again: u32, delivered: bool) -> Option<Duration> {
    if delivered || again >= 2 {
        return None;
    }
    let pause = Duration::from_millis(if again == 0 { 100 } else { 400 });
    match (point, effect) {
        (FailurePoint::NotStarted, _) => Some(Duration::ZERO),
        (FailurePoint::Reset | FailurePoint::CutBody | FailurePoint::ServerError(502 | 503), Effect::Read) => {
            Some(pause)
        }
        _ => None,
    }
}

/// Returns whether to read fewer rows in place of a page that failed for good, which is a new read. `halvings` counts how often
/// the page was made smaller.
///
/// A timeout and a 504 say that it takes too long, a 500 and a body that breaks off that it is too large.
pub(crate) fn reads_less(point: FailurePoint, halvings: u32) -> bool {
    halvings < 5
        && matches!(
            point,
            FailurePoint::TimedOut | FailurePoint::Reset | FailurePoint::CutBody | FailurePoint::ServerError(500 | 504)
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    const POINTS: [FailurePoint; 8] = [
        FailurePoint::NotStarted,
        FailurePoint::Reset,
        FailurePoint::CutBody,
        FailurePoint::TimedOut,
        FailurePoint::ServerError(500),
        FailurePoint::ServerError(502),
        FailurePoint::ServerError(503),
        FailurePoint::ServerError(504),
    ];

    #[test]
    fn a_write_that_left_is_never_sent_again() {
        for point in POINTS.into_iter().filter(|point| *point != FailurePoint::NotStarted) {
            assert_eq!(send_again(Effect::Write, point, 0, false), None, "{point:?}");
        }
    }

    #[test]
    fn a_request_that_never_began_may_go_again_whatever_it_does() {
        assert!(send_again(Effect::Write, FailurePoint::NotStarted, 0, false).is_some());
        assert!(send_again(Effect::Read, FailurePoint::NotStarted, 0, false).is_some());
    }

    #[test]
    fn a_read_goes_again_twice_at_most_and_never_after_a_row_was_given_away() {
        for point in
            [FailurePoint::Reset, FailurePoint::CutBody, FailurePoint::ServerError(502), FailurePoint::ServerError(503)]
        {
            assert!(send_again(Effect::Read, point, 0, false).is_some(), "{point:?}");
            assert!(send_again(Effect::Read, point, 1, false).is_some(), "{point:?}");
            assert_eq!(send_again(Effect::Read, point, 2, false), None, "{point:?}");
            assert_eq!(send_again(Effect::Read, point, 0, true), None, "{point:?}");
        }
    }

    #[test]
    fn nothing_is_sent_again_after_a_timeout_a_500_or_a_504() {
        for point in [FailurePoint::TimedOut, FailurePoint::ServerError(500), FailurePoint::ServerError(504)] {
            assert_eq!(send_again(Effect::Read, point, 0, false), None, "{point:?}");
        }
    }
}
