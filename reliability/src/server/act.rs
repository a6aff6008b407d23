//! What a fault does on the wire.

use std::time::Duration;

/// What the server does in place of answering.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    Send(Vec<u8>),
    /// One byte at a time.
    Drip(Vec<u8>, Duration),
    /// The same bytes, again and again, until the client goes or so many bytes were sent.
    Endless(Vec<u8>, u64),
    /// The same bytes again and again, with pauses.
    Slowly(Vec<u8>, Duration),
    Wait(Duration),
    /// Says nothing more, and keeps the connection open until the client goes.
    Hang,
    /// Closes the connection, with TLS's farewell where there is TLS.
    Close,
    /// Resets the connection.
    Reset,
    /// Closes the connection without TLS's farewell.
    Drop,
    /// Sends a fatal TLS alert of this number, then closes.
    Alert(u8),
    /// Sends bytes below TLS, as they are.
    Raw(Vec<u8>),
}
