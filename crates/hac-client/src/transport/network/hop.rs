//! The first hop: the host that connections are made to, and a connection to it without a request.

use std::net::IpAddr;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use super::{Connection, connect, resolver};
use crate::error::Result;
use crate::origin::Origin;

/// A connection that was made, and closed at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reached {
    pub(crate) address: IpAddr,
    pub(crate) elapsed: Duration,
}

impl Connection {
    /// Host and port that connections are made to: those of the proxy, or of the server.
    pub(crate) fn first_hop<'a>(&'a self, origin: &'a Origin) -> (&'a str, u16) {
        self.proxy.as_ref().map_or((origin.host(), origin.port()), |proxy| (proxy.host.as_str(), proxy.port))
    }

    /// The addresses of the first hop, as a request would look them up.
    pub(crate) async fn addresses(&self, doing: &str, origin: &Origin) -> Result<Vec<IpAddr>> {
        let (host, _) = self.first_hop(origin);
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = host.parse() {
            return Ok(vec![address]);
        }
        let found = resolver::addresses(host).await.map_err(|cause| self.explained(doing, origin, cause.as_ref()))?;
        let mut addresses: Vec<IpAddr> = found.iter().map(std::net::SocketAddr::ip).collect();
        addresses.dedup();
        Ok(addresses)
    }

    /// Connects to one of the addresses, in the time that a request has for it.
    pub(crate) async fn reach(&self, doing: &str, origin: &Origin, addresses: &[IpAddr]) -> Result<Reached> {
        let (_, port) = self.first_hop(origin);
        let began = Instant::now();
        let mut failure = std::io::Error::from(std::io::ErrorKind::AddrNotAvailable);
        for (at, address) in addresses.iter().enumerate() {
            let left = self.connect_timeout.saturating_sub(began.elapsed());
            let share = left / u32::try_from(addresses.len() - at).unwrap_or(u32::MAX);
            match timeout(share, TcpStream::connect((*address, port))).await {
                Ok(Ok(_)) => return Ok(Reached { address: *address, elapsed: began.elapsed() }),
                Ok(Err(cause)) => failure = cause,
                Err(_) => failure = std::io::ErrorKind::TimedOut.into(),
            }
        }
        Err(self.explained(doing, origin, &failure).with_source(failure))
    }

    fn explained(&self, doing: &str, origin: &Origin, cause: &(dyn std::error::Error + 'static)) -> crate::Error {
        let way = connect::Way { origin, proxy: self.proxy(), timeout: self.connect_timeout };
        connect::explained(doing, cause, false, &way)
    }
}
