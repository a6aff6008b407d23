//! Where a fault happens.

/// The moment at which a fault happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    /// A connection has been accepted; nothing has been read from it.
    Connection,
    /// HAC's first page is asked for without a session.
    FirstPage,
    LoginPage,
    LoginPost,
    /// HAC's first page is asked for with the session of the login.
    PageAfterLogin,
    /// HAC's first page is asked for with an older session: to find out whether it is alive.
    Probe,
    Logout,
    /// The operation's own request.
    Call,
    Elsewhere,
}
