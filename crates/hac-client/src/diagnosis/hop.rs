//! The host that connections are made to: its addresses, and a connection without a request.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::Diagnosis;
use crate::error::Result;
use crate::transport::Transport;

/// The proxy that everything goes through.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProxyInUse {
    /// Its URL, without credentials.
    pub url: String,
    /// The environment variable that names it; `None` if a setting does.
    pub variable: Option<&'static str>,
}

/// The host that connections are made to: the server's, or the proxy's if there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResolvedHost {
    /// Its name or address.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Its addresses, in the order in which they are tried; at least one.
    pub addresses: Vec<IpAddr>,
    /// How long it took to look them up.
    pub elapsed: Duration,
}

/// A connection that was made, and closed at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReachedHost {
    /// The address that accepted it.
    pub address: IpAddr,
    /// How long it took, with the addresses that did not accept one.
    pub elapsed: Duration,
}

impl Diagnosis {
    fn transport(&self) -> &Transport {
        &self.client.engine().transport
    }

    fn doing(&self) -> String {
        format!("connect to {}", self.transport().origin())
    }

    /// Returns the proxy that everything goes through; `None` for a direct way.
    pub fn proxy(&self) -> Option<ProxyInUse> {
        let connection = self.transport().connection();
        let url = connection.proxy()?.to_owned();
        Some(ProxyInUse { url, variable: connection.proxy_variable() })
    }

    /// Looks up the host that connections are made to. With a proxy, that is the proxy's: the proxy looks up the server's.
    ///
    /// # Errors
    /// [`Connect`](crate::ErrorKind::Connect) if the host is not known.
    pub async fn resolve(&self) -> Result<ResolvedHost> {
        self.client.engine().check_process()?;
        let transport = self.transport();
        let (host, port) = transport.connection().first_hop(transport.origin());
        let began = Instant::now();
        let addresses = transport.connection().addresses(&self.doing(), transport.origin()).await?;
        Ok(ResolvedHost { host: host.to_owned(), port, addresses, elapsed: began.elapsed() })
    }

    /// Connects to the host, and closes the connection at once: nothing is sent.
    ///
    /// # Errors
    /// [`Connect`](crate::ErrorKind::Connect) if no address accepts a connection in time.
    pub async fn connect(&self, host: &ResolvedHost) -> Result<ReachedHost> {
        let transport = self.transport();
        let reached = transport.connection().reach(&self.doing(), transport.origin(), &host.addresses).await?;
        Ok(ReachedHost { address: reached.address, elapsed: reached.elapsed })
    }
}
