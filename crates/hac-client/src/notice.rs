//! Notices: events of the session.

use std::fmt;

use crate::error::Error;

/// An event of the session.
///
/// Passed to the callback of [`on_notice`](crate::HacClientBuilder::on_notice). Its `Display` is one line without secrets.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Notice {
    /// Another process is logging in; this one waits for its session.
    Waiting {
        /// The holder of the lock, if known.
        holder: Option<String>,
    },
    /// A stored session is used.
    Reused,
    /// A session that another process created meanwhile is used.
    Adopted,
    /// The client logged in.
    LoggedIn,
    /// The server refused the session; it is being renewed.
    Renewing,
    /// The session is alive, but its token had changed.
    TokenRefreshed,
    /// A read is sent again after a network error.
    ReadAgain {
        /// Why the first attempt failed.
        why: String,
    },
    /// All rows are read by a key that is a text: the collation of the database decides which values are equal.
    TextKey {
        /// The column of the key.
        key: String,
    },
    /// The load balancer did not use the requested node, which is gone or unknown to it.
    OtherNode {
        /// The requested value of `ROUTE`.
        asked: String,
        /// The value that the load balancer set.
        chosen: String,
    },
    /// The session could not be read from or written to the cache; the client keeps it in memory.
    NotKept(Error),
    /// The session was stored without a lock, because locks do not work in that directory: processes that start at the same
    /// time may each log in.
    NotLocked(Error),
    /// A write could not be recorded in the [audit log](crate::audit). Reported once for a client.
    NotAudited(Error),
    /// An import goes on without a checkpoint, or its checkpoint could not be removed.
    NotResumable(Error),
}

impl Notice {
    /// Returns whether the user should see it without asking for details.
    pub fn is_warning(&self) -> bool {
        matches!(
            self,
            Self::OtherNode { .. }
                | Self::TextKey { .. }
                | Self::NotKept(_)
                | Self::NotLocked(_)
                | Self::NotAudited(_)
                | Self::NotResumable(_)
        )
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waiting { holder: Some(holder) } => write!(f, "waiting for the login of {holder}"),
            Self::Waiting { holder: None } => f.write_str("waiting for the login of another process"),
            Self::Reused => f.write_str("using the stored session"),
            Self::Adopted => f.write_str("using the session of another process"),
            Self::LoggedIn => f.write_str("logged in"),
            Self::Renewing => f.write_str("the session has ended; renewing it"),
            Self::TokenRefreshed => f.write_str("the CSRF token has changed; using the new one"),
            Self::ReadAgain { why } => write!(f, "sending a read again: {why}"),
            Self::TextKey { key } => write!(
                f,
                "the key {key} is compared as text: the collation of the database decides which values are equal, such as \
                 abc and ABC, and a number, above all {{pk}}, is the better key"
            ),
            Self::OtherNode { asked, chosen } => {
                write!(f, "the load balancer did not use node {asked}; the session is on {chosen}")
            }
            Self::NotKept(error) => write!(f, "the session could not be saved: {error}"),
            Self::NotAudited(error) => write!(f, "the audit log is not complete: {error}"),
            Self::NotResumable(error) => write!(f, "the checkpoint of the import is missing or out of date: {error}"),
            Self::NotLocked(error) => {
                write!(
                    f,
                    "the session was saved without a lock, so commands that start at the same time may each log in: \
                     {error}"
                )
            }
        }
    }
}
