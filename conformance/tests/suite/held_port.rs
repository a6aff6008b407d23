//! A port that stays this run's while nobody listens at it.

use std::io;
use std::net::Ipv4Addr;

use tokio::net::TcpSocket;

/// A port of 127.0.0.1, held by a socket that is bound and does not listen.
///
/// Whoever asks the system for any free port gets another one, but a server that asks for this one may listen there, and again
/// after it was killed: on Linux two sockets share an address if both set `SO_REUSEADDR` and not both listen.
pub(crate) struct HeldPort {
    number: u16,
    _socket: TcpSocket,
}

impl HeldPort {
    /// A port that the system chooses.
    pub(crate) fn any() -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        Ok(Self { number: socket.local_addr()?.port(), _socket: socket })
    }

    pub(crate) fn number(&self) -> u16 {
        self.number
    }
}
