//! Information about sessions, without their secrets.

use serde::Serialize;

use crate::origin::ContextPath;

/// What to do with a stored session before its first use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Validation {
    /// Check it first with a small GET request, which takes at most 5 seconds.
    #[default]
    Probe,
    /// Use it unchecked; if it has ended, the first call renews it. Saves a request.
    OnUse,
}

/// Where the session of a client comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SessionSource {
    /// This client logged in.
    LoggedIn,
    /// The cache.
    Stored,
    /// Another process created it while this one waited.
    Adopted,
}

/// The state of a session, see [`HacClient::check`](crate::HacClient::check).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SessionState {
    /// Alive.
    Alive,
    /// Alive, but its user has no access to HAC's first page.
    AliveWithoutRight,
    /// Unknown: the system is being initialised or updated.
    Initializing,
    /// Ended: the server does not know it any more.
    Dead,
    /// There is no session, neither in memory nor stored.
    Absent,
}

/// What is known of a stored session from its last answer, see [`SessionManager::last_known`](super::SessionManager::last_known).
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum LastKnown {
    /// Nothing: it was stored, and not used since.
    Unknown,
    /// It was alive at this time, in seconds since 1970 UTC, accurate to five seconds.
    AliveAt(f64),
    /// The server did not know it any more at this time, in seconds since 1970 UTC.
    EndedAt(f64),
}

/// The session that a client uses, without its secrets.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SessionInfo {
    /// The base URL, without trailing slashes.
    pub base_url: String,
    /// The environment of the session.
    pub environment: String,
    /// The user of the session.
    pub username: String,
    /// The context path of HAC on the server.
    pub context_path: ContextPath,
    /// The time of the login, in seconds since 1970 UTC.
    pub created_at: f64,
    /// Where the client's session comes from.
    pub source: SessionSource,
}

/// Where HAC's login page was found.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct FoundHac {
    /// The context path of HAC on the server.
    pub context_path: ContextPath,
    /// The node that served it, as the cookie `ROUTE` names it: the one that the load balancer chose, or the one that was asked for
    /// if the balancer did not choose another. `None` if nobody named one.
    pub node: Option<String>,
}
