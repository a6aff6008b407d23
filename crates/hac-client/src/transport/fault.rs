//! Translates the errors of the HTTP library: how far the request came, and why it failed.

use super::Transport;
use super::big::BodyError;
use super::causes::{causes, find};
use super::resend::FailurePoint;
use crate::error::{Error, ErrorKind};

/// Why there is no whole answer.
#[derive(Debug)]
pub(crate) enum Fault {
    /// No connection: nothing was sent.
    NotSent(Error),
    /// Something answered, but not in HTTP: what else answers there, or the server's TLS, which refuses our certificate after
    /// the request had begun to leave.
    Garbled(Error),
    /// Sent, or begun to be sent.
    Lost { point: FailurePoint, why: String, source: Option<reqwest::Error> },
}

impl Fault {
    pub(super) fn lost(point: FailurePoint, why: &str, source: Option<reqwest::Error>) -> Self {
        Self::Lost { point, why: why.to_owned(), source: source.map(reqwest::Error::without_url) }
    }

    /// Whether the server cannot have seen the request.
    pub(crate) fn is_before_sending(&self) -> bool {
        match self {
            Self::NotSent(_) => true,
            Self::Garbled(_) => false,
            Self::Lost { point, .. } => *point == FailurePoint::NotStarted,
        }
    }

    /// As an error of something that may be done again: a login, a probe.
    pub(crate) fn into_error(self, doing: &str) -> Error {
        match self {
            Self::NotSent(error) | Self::Garbled(error) => error,
            Self::Lost { point, why, source } => {
                let hint = if point == FailurePoint::TimedOut {
                    "is the server overloaded or starting? Try again, or allow more time"
                } else {
                    "try again; if it happens again, check the server and everything in front of it"
                };
                let error = Error::new(point.kind(), doing).because(why).with_hint(hint);
                match source {
                    Some(source) => error.with_source(source),
                    None => error,
                }
            }
        }
    }
}

/// What failed, determined by the types of the causes, never by the text of another library.
enum Cause {
    /// TLS, in words; whether the request had not begun to leave.
    Tls {
        error: Error,
        not_sent: bool,
    },
    /// No connection could be made.
    Connect,
    /// The request cannot be built.
    Build,
    /// The rest of the body cannot be read.
    Unreadable,
    /// A kept connection was closed before it took the request.
    ClosedBefore,
    /// The answer is not valid HTTP/1.1.
    NotHttp,
    /// The header section of the answer is over the HTTP library's limit.
    HeadTooLarge,
    TimedOut,
    /// The connection was closed behind the request.
    Reset,
}

impl Transport {
    fn cause(&self, doing: &str, error: &reqwest::Error) -> Cause {
        let http = |is: fn(&hyper::Error) -> bool| causes(error).any(|cause| cause.downcast_ref().is_some_and(is));
        let closed_before = http(hyper::Error::is_canceled);
        if let Some(tls) = self.connection.tls_error(doing, error) {
            return Cause::Tls { error: tls, not_sent: error.is_connect() || closed_before };
        }
        match () {
            () if error.is_connect() => Cause::Connect,
            () if error.is_builder() => Cause::Build,
            () if matches!(find(error), Some(BodyError::Unreadable(_))) => Cause::Unreadable,
            () if closed_before => Cause::ClosedBefore,
            () if http(hyper::Error::is_parse_too_large) => Cause::HeadTooLarge,
            () if http(hyper::Error::is_parse) => Cause::NotHttp,
            () if error.is_timeout() => Cause::TimedOut,
            () => Cause::Reset,
        }
    }

    /// Why a request brought no answer.
    pub(super) fn fault(&self, error: reqwest::Error) -> Fault {
        let doing = format!("connect to {}", self.origin);
        match self.cause(&doing, &error) {
            Cause::Tls { error, not_sent: true } => Fault::NotSent(error),
            // A connection that stood had taken the request over, and the server may have executed it before it complained.
            Cause::Tls { error, not_sent: false } => Fault::Garbled(error),
            Cause::Connect => Fault::NotSent(self.connection.connect_error(&doing, &self.origin, error)),
            Cause::Build => Fault::NotSent(
                Error::new(ErrorKind::Usage, doing)
                    .because("the request cannot be built")
                    .with_source(error.without_url()),
            ),
            Cause::Unreadable => Fault::NotSent(
                Error::new(ErrorKind::Usage, doing)
                    .because("the file to send cannot be read to its end")
                    .with_hint(
                        "was the file truncated while it was sent? The server received only a part of it, and did \
                         nothing",
                    )
                    .with_source(error.without_url()),
            ),
            Cause::NotHttp => Fault::Garbled(
                Error::new(ErrorKind::NotHac, doing)
                    .because("the answer is not valid HTTP/1.1")
                    .with_hint(if self.origin.is_https() {
                        "is this the port of HAC?"
                    } else {
                        "does this port require https? Try the URL with https://"
                    })
                    .with_source(error.without_url()),
            ),
            Cause::HeadTooLarge => Fault::Garbled(
                Error::new(ErrorKind::NotHac, doing)
                    .because("the answer has more than 100 headers, or more than 400 KiB of them")
                    .with_hint("does a proxy or a portal in front of HAC add headers? HAC itself sends about 20")
                    .with_source(error.without_url()),
            ),
            Cause::ClosedBefore => {
                Fault::lost(FailurePoint::NotStarted, "the server closed the idle connection", Some(error))
            }
            Cause::TimedOut => Fault::lost(FailurePoint::TimedOut, "no answer came in time", Some(error)),
            Cause::Reset => {
                Fault::lost(FailurePoint::Reset, "the connection was closed before an answer came", Some(error))
            }
        }
    }
}
