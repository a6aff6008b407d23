//! What a program may know of a client's session: never its secrets.

use crate::origin::ContextPath;

/// What to do with a stored session before its first use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Validation {
    /// Ask the server first with a light GET: one request more, and no surprise later.
    #[default]
    Probe,
    /// Use it; the first call finds out, and recovers if it has to.
    OnUse,
}

/// Where the session of a client came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionSource {
    /// This client logged in.
    LoggedIn,
    /// It lay in the cache.
    Stored,
    /// Another process made it while this one waited.
    Adopted,
}

/// What a server says of a session, see [`HacClient::check`](crate::HacClient::check).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionState {
    /// Alive.
    Alive,
    /// Alive, but its user may not see HAC's first page.
    AliveWithoutRight,
    /// Not to be told: the system is being initialised or updated.
    Initializing,
    /// Over.
    Dead,
    /// There is no stored session.
    Absent,
}

/// The session that a client uses, without its secrets.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SessionInfo {
    /// The base URL, without trailing slashes.
    pub base_url: String,
    /// The environment that the session is tagged with.
    pub environment: String,
    /// Whose session it is.
    pub username: String,
    /// Where HAC is mounted.
    pub context_path: ContextPath,
    /// When the login was made, in seconds since 1970.
    pub created_at: f64,
    /// Where this client has it from.
    pub source: SessionSource,
}
