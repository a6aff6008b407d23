//! From the name of a host to its addresses, without the thread pool of the runtime.

use std::error::Error as StdError;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs as _};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::offload::offload;
use crate::origin::is_localhost;

/// Asks the system, on a thread of its own. Addresses never come here, and this machine's own names are not asked for: they mean
/// this machine whatever a name server says, because Secure cookies go there over plain http.
#[derive(Debug)]
pub(super) struct Resolver;

/// The system knows no address for the name, or could not be asked.
#[derive(Debug, thiserror::Error)]
#[error("the host has no address")]
pub(super) struct Unresolved(#[source] pub(super) io::Error);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move { addresses(name.as_str()).await.map(|found| Box::new(found.into_iter()) as Addrs) })
    }
}

/// The addresses of a host, with the port 0.
pub(super) async fn addresses(name: &str) -> Result<Vec<SocketAddr>, Box<dyn StdError + Send + Sync>> {
    if is_localhost(name) {
        return Ok(this_machine().into());
    }
    let name = name.to_owned();
    let found =
        offload("look up the host", move || (name.as_str(), 0).to_socket_addrs().map(Iterator::collect::<Vec<_>>));
    match found.await {
        Ok(Ok(addresses)) => Ok(addresses),
        Ok(Err(cause)) => Err(Box::new(Unresolved(cause))),
        Err(error) => Err(Box::new(error)),
    }
}

/// In the order that the system would give.
fn this_machine() -> [SocketAddr; 2] {
    [(Ipv6Addr::LOCALHOST, 0).into(), (Ipv4Addr::LOCALHOST, 0).into()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, ErrorKind};
    use crate::offload::tests::WithoutThreads;

    async fn resolved(name: &str) -> Result<Vec<SocketAddr>, Box<dyn StdError + Send + Sync>> {
        Resolver.resolve(name.parse().expect("a name")).await.map(Iterator::collect)
    }

    #[tokio::test]
    async fn names_of_this_machine_need_no_thread_and_no_name_server() {
        let _none = WithoutThreads::begin();
        for name in ["localhost", "LOCALHOST", "localhost.", "hac.localhost"] {
            let addresses = resolved(name).await.expect(name);
            assert!(!addresses.is_empty() && addresses.iter().all(|address| address.ip().is_loopback()), "{name}");
        }
    }

    #[tokio::test]
    async fn other_names_are_looked_up_on_another_thread_or_end_with_an_error() {
        let error = resolved("hac.invalid").await.expect_err("there is no such host");
        assert!(error.is::<Unresolved>(), "{error:?}");
        let _none = WithoutThreads::begin();
        let error = resolved("hac.invalid").await.expect_err("no thread");
        let error = error.downcast_ref::<Error>().expect("an error of ours");
        assert_eq!(error.kind(), ErrorKind::Config);
    }
}
