//! What a client tells beside its results: that it waits, that it renewed, that it could not keep.

use std::fmt;

use crate::error::Error;

/// Something that happened to the session, for whoever wants to show it.
///
/// Given to [`on_notice`](crate::HacClientBuilder::on_notice). Its `Display` is one line
/// without secrets.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Notice {
    /// Another process is logging in; this one waits for its session.
    Waiting {
        /// Who holds the lock, where it could be read.
        holder: Option<String>,
    },
    /// The stored session is used.
    Reused,
    /// A session that another process made meanwhile is used.
    Adopted,
    /// A fresh login was made.
    LoggedIn,
    /// The server refused the session; a new one is being found.
    Renewing,
    /// The session is good, its token had changed.
    TokenRefreshed,
    /// A read is sent again after a fault on the way.
    ReadAgain {
        /// What went wrong the first time.
        why: String,
    },
    /// The load balancer chose another node than the one that was asked for: that one is gone, or not known to it.
    OtherNode {
        /// The value of `ROUTE` that was asked for.
        asked: String,
        /// The one that came instead.
        chosen: String,
    },
    /// The session could not be read from or written to the cache; it lives on in memory.
    NotKept(Error),
    /// The session was stored without its lock, because locks do not work there: processes that start together may each log in.
    NotLocked(Error),
}

impl Notice {
    /// Whether the user should see it unasked.
    pub fn is_warning(&self) -> bool {
        matches!(self, Self::OtherNode { .. } | Self::NotKept(_) | Self::NotLocked(_))
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waiting { holder: Some(holder) } => write!(f, "waiting for the login of {holder}"),
            Self::Waiting { holder: None } => f.write_str("waiting for the login of another process"),
            Self::Reused => f.write_str("using the stored session"),
            Self::Adopted => f.write_str("using the session that another process made"),
            Self::LoggedIn => f.write_str("logged in"),
            Self::Renewing => f.write_str("the session has ended, renewing it"),
            Self::TokenRefreshed => f.write_str("the session's token had changed, took the new one"),
            Self::ReadAgain { why } => write!(f, "reading again: {why}"),
            Self::OtherNode { asked, chosen } => {
                write!(f, "the load balancer did not give the node {asked}, the session is on {chosen}")
            }
            Self::NotKept(error) => write!(f, "the session was not kept on disk: {error}"),
            Self::NotLocked(error) => {
                write!(
                    f,
                    "the session was stored without a lock, so commands that start together may each log in: {error}"
                )
            }
        }
    }
}
