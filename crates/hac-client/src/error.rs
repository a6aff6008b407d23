//! The error type of this library.

use std::any::Any;
use std::error::Error as StdError;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::hint::Hint;
use crate::server_text::Secrets;

/// The result type of this library.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The kind of an [`Error`]. Programs match on the kind; the text is for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The call is invalid: an empty script, an unknown script type, a client used after a fork.
    Usage,
    /// A setting is wrong or missing: the base URL, `http` where the server wants `https`.
    Config,
    /// The client [protects](crate::protection) its server, and the call would change it. Nothing was sent.
    Protected,
    /// No connection could be made: unknown host, refused port, unreachable proxy. Nothing was sent.
    Connect,
    /// The connection broke after a part of the request was sent, in an operation that changes nothing: a query, a login.
    ConnectionLost,
    /// The TLS handshake failed: untrusted certificate, wrong pin, wrong name. The server executed nothing. (With TLS 1.3 a
    /// server may refuse a client certificate when the first request has already been sent.)
    Tls,
    /// The answer did not arrive in time, and nothing was changed.
    Timeout,
    /// Something answered that is not HAC: a shop, a single sign-on, an IP filter.
    NotHac,
    /// The server rejected the username or the password. They were posted once.
    BadCredentials,
    /// There is no session, or it has ended, and there are no credentials for a new one; or the server accepted two logins and lost both
    /// sessions at once.
    SessionEnded,
    /// The request was refused although the session is alive: its user lacks the right, or something in front of HAC refused
    /// it, perhaps after HAC executed it.
    Forbidden,
    /// The server rejected the request itself (a 4xx that is not about the session): the form is too large, the console is
    /// switched off, too many requests.
    Rejected,
    /// The system is being initialised or updated, and serves nothing else meanwhile. The request was not executed.
    Initializing,
    /// The request was sent, but its answer was lost: it may have been executed, or may still be running.
    OutcomeUnknown,
    /// HAC's answer is not understood, or its rows do not match the type that the caller requested. The request may have been
    /// executed.
    Protocol,
    /// The script threw or did not compile. [`Error::into_outcome`] has its [`ScriptResult`](crate::ScriptResult).
    ScriptFailed,
    /// The query failed on the server. [`Error::into_outcome`] has its result.
    QueryFailed,
    /// An import, a validation or an export of ImpEx ended with errors. [`Error::into_outcome`] has its result.
    ImportFailed,
    /// An answer was larger than the limit for answers held in memory. A script or another write was executed.
    TooLarge,
    /// The session cache on disk could not be read or written.
    Cache,
    /// The caller's file or writer could not be written: a full disk, a closed pipe. The request itself was executed.
    Io,
    /// The call was interrupted, for example by Ctrl-C. Not returned by this library: for programs that use it.
    Interrupted,
    /// A bug in this library or in the program that uses it.
    Internal,
}

impl ErrorKind {
    /// Every kind, in the order of the documentation.
    pub const ALL: &'static [Self] = &[
        Self::Usage,
        Self::Config,
        Self::Protected,
        Self::Connect,
        Self::ConnectionLost,
        Self::Tls,
        Self::Timeout,
        Self::NotHac,
        Self::BadCredentials,
        Self::SessionEnded,
        Self::Forbidden,
        Self::Rejected,
        Self::Initializing,
        Self::OutcomeUnknown,
        Self::Protocol,
        Self::ScriptFailed,
        Self::QueryFailed,
        Self::ImportFailed,
        Self::TooLarge,
        Self::Cache,
        Self::Io,
        Self::Interrupted,
        Self::Internal,
    ];

    /// Returns the stable name of the kind, as used in JSON output: `bad_credentials`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Config => "config",
            Self::Protected => "protected",
            Self::Connect => "connect",
            Self::ConnectionLost => "connection_lost",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::NotHac => "not_hac",
            Self::BadCredentials => "bad_credentials",
            Self::SessionEnded => "session_ended",
            Self::Forbidden => "forbidden",
            Self::Rejected => "rejected",
            Self::Initializing => "initializing",
            Self::OutcomeUnknown => "outcome_unknown",
            Self::Protocol => "protocol",
            Self::ScriptFailed => "script_failed",
            Self::QueryFailed => "query_failed",
            Self::ImportFailed => "import_failed",
            Self::TooLarge => "too_large",
            Self::Cache => "cache",
            Self::Io => "io",
            Self::Interrupted => "interrupted",
            Self::Internal => "internal",
        }
    }

    /// Returns whether the same call may be sent again without the risk of executing it twice.
    ///
    /// `true` means that the server did not execute it, not that trying again helps: a rejected password stays rejected.
    pub const fn may_be_resent(self) -> bool {
        match self {
            Self::Usage
            | Self::Config
            | Self::Protected
            | Self::Connect
            | Self::Tls
            | Self::BadCredentials
            | Self::SessionEnded
            | Self::Initializing
            | Self::Timeout
            | Self::Cache => true,
            // Something in front of HAC may answer in its place after the script ran.
            Self::NotHac
            | Self::ConnectionLost
            | Self::Forbidden
            | Self::Rejected
            | Self::OutcomeUnknown
            | Self::Protocol
            | Self::ScriptFailed
            | Self::QueryFailed
            | Self::ImportFailed
            | Self::TooLarge
            | Self::Io
            | Self::Interrupted
            | Self::Internal => false,
        }
    }
}

impl Serialize for ErrorKind {
    /// Serializes as [`code`](Self::code).
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// What was being done, why it failed, and what to do next.
///
/// `Display` is one line, `cannot <doing>: <why>`. Only [`source`](StdError::source) has the technical cause, and only
/// [`hint`](Self::hint) the advice, so that a program can arrange the three as it likes. No part ever contains a password, a
/// token or a session id. See [`guide::errors`](crate::guide::errors).
///
/// The error is one pointer wide and cheap to clone: calls that waited for the same login get the same error.
#[derive(Clone)]
pub struct Error(std::sync::Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    doing: String,
    why: String,
    hint: Option<Hint>,
    source: Option<std::sync::Arc<dyn StdError + Send + Sync>>,
    /// The result of which this error is the short form.
    outcome: Option<std::sync::Arc<dyn Any + Send + Sync>>,
}

impl Error {
    /// Returns an error of this kind. `doing` completes "cannot …": `Error::new(kind, "log in")`.
    pub fn new(kind: ErrorKind, doing: impl Into<String>) -> Self {
        Self(std::sync::Arc::new(Inner {
            kind,
            doing: doing.into(),
            why: String::new(),
            hint: None,
            source: None,
            outcome: None,
        }))
    }

    /// Sets the reason, worded for people.
    #[must_use]
    pub fn because(mut self, why: impl Into<String>) -> Self {
        self.inner_mut().why = why.into();
        self
    }

    /// Sets the hint.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<Hint>) -> Self {
        self.inner_mut().hint = Some(hint.into());
        self
    }

    /// Sets the technical cause.
    #[must_use]
    pub fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.inner_mut().source = Some(std::sync::Arc::new(source));
        self
    }

    /// Keeps the result that the server itself calls a failure.
    #[must_use]
    pub(crate) fn with_outcome<T: Any + Send + Sync>(mut self, outcome: T) -> Self {
        self.inner_mut().outcome = Some(std::sync::Arc::new(outcome));
        self
    }

    /// The result of this type that the error holds.
    pub(crate) fn held_outcome<T: Any + Send + Sync>(&self) -> Option<std::sync::Arc<T>> {
        self.0.outcome.clone()?.downcast().ok()
    }

    /// Replaces what was being done.
    #[must_use]
    pub fn while_doing(mut self, doing: impl Into<String>) -> Self {
        self.inner_mut().doing = doing.into();
        self
    }

    /// The same without what must not be shown: the last look at an error before it leaves the library.
    pub(crate) fn without_secrets(mut self, secrets: &Secrets) -> Self {
        let inner = self.inner_mut();
        secrets.cut_from_ours(&mut inner.doing);
        secrets.cut_from_ours(&mut inner.why);
        if let Some(hint) = &mut inner.hint {
            hint.map_texts(&mut |text| secrets.cut_from_ours(text));
        }
        let mut cause = inner.source.as_deref().map(|source| source as &(dyn StdError + 'static));
        while let Some(current) = cause {
            if secrets.occur_in(&format!("{current} {current:?}")) {
                inner.source = None;
                break;
            }
            cause = current.source();
        }
        self
    }

    /// Returns the kind.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns what was being done: `log in to https://localhost:9002`.
    pub fn doing(&self) -> &str {
        &self.0.doing
    }

    /// Returns the reason.
    pub fn why(&self) -> &str {
        if self.0.why.is_empty() { self.0.kind.code() } else { &self.0.why }
    }

    /// Returns the hint, if there is one. Its `Display` is worded for programs that use this library.
    pub fn hint(&self) -> Option<&Hint> {
        self.0.hint.as_ref()
    }

    fn inner_mut(&mut self) -> &mut Inner {
        std::sync::Arc::make_mut(&mut self.0)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}: {}", self.0.doing, self.why())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("doing", &self.0.doing)
            .field("why", &self.0.why)
            .field("hint", &self.0.hint)
            .field("source", &self.0.source.as_ref().map(ToString::to_string))
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_says_what_and_why_and_leaves_cause_and_hint_apart() {
        let error = Error::new(ErrorKind::Cache, "save the session")
            .because("the disk is full")
            .with_source(std::io::Error::other("ENOSPC"))
            .with_hint("free some space");
        assert_eq!(error.to_string(), "cannot save the session: the disk is full");
        assert_eq!(StdError::source(&error).map(ToString::to_string).as_deref(), Some("ENOSPC"));
        assert_eq!(error.hint(), Some(&Hint::from("free some space")));
    }

    #[test]
    fn every_kind_has_a_code_of_its_own() {
        let codes: std::collections::HashSet<_> = ErrorKind::ALL.iter().map(|kind| kind.code()).collect();
        assert_eq!(codes.len(), ErrorKind::ALL.len());
    }
}
