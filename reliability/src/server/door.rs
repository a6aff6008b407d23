//! A port that is one server's own, whether it listens or not.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown};

use socket2::SockRef;
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1024;

/// How many ports are tried that somebody else has of `[::1]`.
const MOST_TRIES: usize = 100;

/// A listening socket, and a second one at its port that never listens.
///
/// The second one keeps the port when the first is closed: no other server gets it from the system, so whoever connects is
/// refused. On Linux two sockets share an address if both set `SO_REUSEADDR` and not both listen.
pub(crate) struct Door {
    listener: TcpListener,
    port: u16,
    _held: TcpSocket,
    /// The same port of `[::1]`, where `localhost` is tried first; nothing where the system has no IPv6.
    _held_v6: Option<TcpSocket>,
}

impl Door {
    /// At a port of 127.0.0.1 that the system chooses.
    pub(crate) fn open() -> io::Result<Self> {
        let mut tries = 0;
        loop {
            let held = reusable(0)?;
            let port = held.local_addr()?.port();
            match v6(port) {
                Err(cause) if cause.kind() == io::ErrorKind::AddrInUse && tries < MOST_TRIES => tries += 1,
                v6 => {
                    let listener = reusable(port)?.listen(BACKLOG)?;
                    return Ok(Self { listener, port, _held: held, _held_v6: v6? });
                }
            }
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) async fn accept(&self) -> io::Result<TcpStream> {
        Ok(self.listener.accept().await?.0)
    }

    /// Ends the listening itself, not only this descriptor of it.
    ///
    /// A child that another thread is about to start has a copy of each descriptor until it runs its program. Through that
    /// copy the port would still take connections, which nobody answers.
    pub(crate) fn close(&self) -> io::Result<()> {
        SockRef::from(&self.listener).shutdown(Shutdown::Both)
    }
}

fn reusable(port: u16) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
    Ok(socket)
}

/// Binds a port of `[::1]`; `None` if the system has no IPv6.
fn v6(port: u16) -> io::Result<Option<TcpSocket>> {
    let Ok(socket) = TcpSocket::new_v6() else { return Ok(None) };
    match socket.bind((Ipv6Addr::LOCALHOST, port).into()) {
        Err(cause) if cause.kind() == io::ErrorKind::AddrNotAvailable => Ok(None),
        bound => bound.map(|()| Some(socket)),
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    use super::*;

    /// Without the closing of the socket itself, a connection in some thousands was taken and broken off.
    #[test]
    fn a_closed_door_refuses_while_other_threads_start_programs() {
        let over = AtomicBool::new(false);
        let taken = thread::scope(|scope| {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    Command::new("true").status().expect("a program");
                }
            });
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            let refused = (0..2000).map(|_| {
                runtime.block_on(async {
                    let door = Door::open()?;
                    door.close()?;
                    TcpStream::connect((Ipv4Addr::LOCALHOST, door.port())).await
                })
            });
            let taken: Vec<_> = refused
                .map(|refused| refused.map(drop).map_err(|error| error.kind()))
                .filter(|refused| *refused != Err(io::ErrorKind::ConnectionRefused))
                .collect();
            over.store(true, Ordering::Relaxed);
            taken
        });
        assert_eq!(taken, []);
    }
}
