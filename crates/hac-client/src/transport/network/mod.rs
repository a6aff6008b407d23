//! The connection to one origin: how it is reached, whom it trusts, and what its failures mean.

mod connect;
mod handshake;
mod hop;
mod proxy;
mod resolver;

pub use proxy::Proxy;

use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::ServerName;
use url::Url;

use super::tls::certificate::{Certificate, SeenCertificate};
use super::tls::verifier::ProxyApart;
use super::tls::{ClientCertificate, Roots, Trust, client_config, no_verifier, system_roots, verifier};
use crate::error::{Error, ErrorKind, Result};
use crate::origin::Origin;

/// How long an idle connection is kept. Servers close theirs after 5 seconds (Apache's default) or
/// more: a request must never meet that moment, because a write that does is of unknown outcome.
const POOL_IDLE: Duration = Duration::from_secs(2);

/// How an origin is reached.
#[derive(Debug, Clone)]
pub(crate) struct Network {
    pub(crate) trust: Trust,
    pub(crate) client_certificate: Option<ClientCertificate>,
    pub(crate) proxy: Proxy,
    /// For resolving, connecting, the proxy's part and the TLS handshake together.
    pub(crate) connect_timeout: Duration,
}

/// A client for one origin.
pub(crate) struct Connection {
    pub(crate) client: reqwest::Client,
    proxy: Option<ChosenProxy>,
    connect_timeout: Duration,
    seen: Arc<SeenCertificate>,
    has_client_certificate: bool,
}

/// The proxy that everything goes through.
struct ChosenProxy {
    /// As it may be shown: without credentials.
    shown: String,
    host: String,
    port: u16,
    variable: Option<&'static str>,
}

impl ChosenProxy {
    fn of(url: &Url, variable: Option<&'static str>) -> Self {
        Self {
            shown: proxy::without_credentials(url),
            host: url.host_str().unwrap_or_default().to_owned(),
            port: url.port_or_known_default().unwrap_or_default(),
            variable,
        }
    }
}

impl Connection {
    /// Reads what is needed (authorities, certificates, the proxy variables) and connects to
    /// nobody yet.
    pub(crate) fn open(network: &Network, origin: &Origin) -> Result<Self> {
        Self::open_with(network, origin, &|name| std::env::var(name).ok(), &system_roots)
    }

    fn open_with(
        network: &Network,
        origin: &Origin,
        environment: proxy::Environment<'_>,
        roots: Roots<'_>,
    ) -> Result<Self> {
        let (proxy, variable) = network.proxy.chosen(origin, environment)?.unzip();
        let variable = variable.flatten();
        let seen = Arc::new(SeenCertificate::default());
        // Without TLS nothing of it is read: plain http works where there are no CA files.
        let identity = network.client_certificate.as_ref().filter(|_| origin.is_https());
        let verifier = verifier_for(network, origin, proxy.as_ref(), roots, &seen)?;
        let tls = client_config(verifier, identity, Arc::clone(&seen))?;

        // What is sent again below us: `retry::never` turns off reqwest's own policy (protocol
        // NACKs of HTTP/2 and 3). hyper-util's retry of cancelled requests stays on, as reqwest
        // has no switch for it. It resends only what hyper hands back, and the dispatcher of an
        // HTTP/1 connection hands back only a message that it has not yet taken out of its queue,
        // on a connection that had been used before: not a byte of it was encoded. A message that
        // it took, even if the write of its first byte fails, comes back as an error.
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .gzip(true)
            .tcp_nodelay(true)
            .pool_idle_timeout(POOL_IDLE)
            .connect_timeout(network.connect_timeout)
            .dns_resolver(Arc::new(resolver::Resolver))
            .user_agent(concat!("hac-client/", env!("CARGO_PKG_VERSION")))
            // First of all the environment is shut out; what it says has been read above.
            .no_proxy();
        if let Some(url) = &proxy {
            builder = builder.proxy(reqwest::Proxy::all(url.clone()).map_err(|cause| set_up(cause.without_url()))?);
        }
        Ok(Self {
            client: builder.build().map_err(|cause| set_up(cause.without_url()))?,
            proxy: proxy.as_ref().map(|url| ChosenProxy::of(url, variable)),
            connect_timeout: network.connect_timeout,
            seen,
            has_client_certificate: identity.is_some(),
        })
    }

    /// The proxy that everything goes through, without its credentials: what failed to connect
    /// then is the way to the proxy, not to the origin.
    pub(crate) fn proxy(&self) -> Option<&str> {
        self.proxy.as_ref().map(|proxy| proxy.shown.as_str())
    }

    /// The environment variable that names the proxy, if one does.
    pub(crate) fn proxy_variable(&self) -> Option<&'static str> {
        self.proxy.as_ref().and_then(|proxy| proxy.variable)
    }

    /// The certificate that the last handshake with this server showed, and whether it was accepted.
    pub(crate) fn certificate(&self, origin: &Origin) -> Option<(Certificate, bool)> {
        let host = origin.host().trim_start_matches('[').trim_end_matches(']');
        self.seen.of(host).map(|(der, accepted)| (Certificate::read(&der), accepted))
    }

    /// The failure in words, for a connection that could not be made and no failure of TLS.
    pub(crate) fn connect_error(&self, doing: &str, origin: &Origin, error: reqwest::Error) -> Error {
        let way = connect::Way { origin, proxy: self.proxy(), timeout: self.connect_timeout };
        connect::explain(doing, error, &way)
    }

    /// The failure in words, if it is one of TLS.
    pub(crate) fn tls_error(&self, doing: &str, error: &reqwest::Error) -> Option<Error> {
        handshake::explain(doing, error, &self.seen, self.has_client_certificate)
    }
}

fn set_up(cause: reqwest::Error) -> Error {
    Error::new(ErrorKind::Config, "set up the connection").because(cause.to_string()).with_source(cause)
}

/// The server's verifier, and where the proxy itself speaks TLS, the proxy's: a pin is the
/// server's, and not to verify the server says nothing about the proxy, which gets a password of
/// its own. Both are verified by the system's authorities then.
fn verifier_for(
    network: &Network,
    origin: &Origin,
    proxy: Option<&Url>,
    roots: Roots<'_>,
    seen: &Arc<SeenCertificate>,
) -> Result<Arc<dyn ServerCertVerifier>> {
    let for_server = if origin.is_https() {
        verifier(&network.trust, roots, Arc::clone(seen))?
    } else {
        no_verifier(Arc::clone(seen))
    };
    let proxy = proxy.filter(|proxy| proxy.scheme() == "https").and_then(Url::host_str);
    let Some(proxy) = proxy.filter(|proxy| !(origin.is_https() && *proxy == origin.host())) else {
        return Ok(Arc::new(for_server));
    };
    let name = proxy.trim_start_matches('[').trim_end_matches(']').to_owned();
    let name = ServerName::try_from(name).map_err(|cause| {
        Error::new(ErrorKind::Config, "use the proxy")
            .because(format!("{proxy} is not a valid host name"))
            .with_source(cause)
    })?;
    let trust = match &network.trust {
        bundle @ Trust::Bundle(_) => bundle,
        Trust::System | Trust::Pin(_) | Trust::Nothing => &Trust::System,
    };
    let for_proxy = verifier(trust, roots, Arc::clone(seen))?;
    Ok(Arc::new(ProxyApart { proxy: name, for_proxy, for_server }))
}

#[cfg(test)]
mod tests;
