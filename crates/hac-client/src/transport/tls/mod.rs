//! Whom we trust: the system's authorities, given ones, one pinned certificate, or anybody.

pub(crate) mod certificate;
mod fingerprint;
pub(crate) mod verifier;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::ServerCertVerifier;
use rustls::client::{ResolvesClientCert, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, RootCertStore, SignatureScheme};

use crate::error::{Error, ErrorKind, Result};
use certificate::SeenCertificate;
pub use fingerprint::Fingerprint;
use verifier::{Verdict, Verifier};

/// Which server certificates are accepted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trust {
    /// Certificates that were issued by an authority of the system. If the environment variable `SSL_CERT_FILE` names a PEM file,
    /// its authorities are trusted instead.
    #[default]
    System,
    /// Only certificates that were issued by an authority in this PEM file. A server certificate in the file is accepted too,
    /// if its name and dates match.
    Bundle(PathBuf),
    /// Only this certificate, whatever its name, issuer and dates.
    Pin(Fingerprint),
    /// Any certificate. Anyone on the network path can read and change everything.
    Nothing,
}

impl Trust {
    /// Returns the text that is noted with a stored session; `None` for the default.
    pub(crate) fn noted(&self) -> Option<String> {
        match self {
            Self::System => None,
            Self::Bundle(path) => std::path::absolute(path).ok()?.to_str().map(|path| format!("{BUNDLE}{path}")),
            Self::Pin(fingerprint) => Some(fingerprint.to_string()),
            Self::Nothing => Some(ANY.to_owned()),
        }
    }

    /// Parses such a text.
    pub(crate) fn from_note(text: &str) -> Option<Self> {
        match text.strip_prefix(BUNDLE) {
            Some(path) => Some(Self::Bundle(PathBuf::from(path))),
            None if text == ANY => Some(Self::Nothing),
            None => text.parse().ok().map(Self::Pin),
        }
    }
}

/// What is noted in place of a fingerprint.
const BUNDLE: &str = "bundle:";
const ANY: &str = "any";

/// A client certificate, for servers that require one.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ClientCertificate {
    /// The PEM file with the client certificate first, then the intermediate ones.
    pub certificate: PathBuf,
    /// The PEM file with its unencrypted private key; may be the same file.
    pub key: PathBuf,
}

impl ClientCertificate {
    /// Returns a client certificate from the PEM files of the certificate and its private key, which may be the same file.
    pub fn new(certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        Self { certificate: certificate.into(), key: key.into() }
    }
}

/// The authorities of this system, which are read only where they are needed.
pub(crate) fn system_roots() -> Vec<CertificateDer<'static>> {
    // Single files that cannot be read do not matter as long as the rest vouches for the server;
    // where nothing is left, the handshake says so and shows the certificate.
    rustls_native_certs::load_native_certs().certs
}

/// Where [`Trust::System`] gets its authorities from.
pub(crate) type Roots<'a> = &'a dyn Fn() -> Vec<CertificateDer<'static>>;

/// The TLS settings of a connection: TLS 1.2 and 1.3, ring, this verifier, our certificate.
pub(crate) fn client_config(
    verifier: Arc<dyn ServerCertVerifier>,
    identity: Option<&ClientCertificate>,
    seen: Arc<SeenCertificate>,
) -> Result<ClientConfig> {
    let provider = provider();
    let key = identity.map(|identity| identity.load(&provider)).transpose()?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|cause| Error::new(ErrorKind::Config, "set up TLS").because(cause.to_string()).with_source(cause))?;
    Ok(builder
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_client_cert_resolver(Arc::new(Identity { key, seen })))
}

/// The verifier for what is trusted. `roots` is called for [`Trust::System`] only.
pub(crate) fn verifier(trust: &Trust, roots: Roots<'_>, seen: Arc<SeenCertificate>) -> Result<Verifier> {
    let provider = provider();
    let verdict = match trust {
        Trust::System => issued_by(roots(), &provider).map_or(Verdict::Nobody, Verdict::Issued),
        Trust::Bundle(path) => {
            let given = certificates(path, "read the CA bundle")?;
            let unusable = || {
                Error::new(ErrorKind::Config, "read the CA bundle")
                    .because(format!("{} contains no certificate that can be read", path.display()))
                    .with_hint("use a PEM file with the certificates of authorities, or of the server itself")
            };
            Verdict::Given(issued_by(given.clone(), &provider).ok_or_else(unusable)?, given)
        }
        Trust::Pin(pin) => Verdict::Pinned(*pin),
        Trust::Nothing => Verdict::Anybody,
    };
    Ok(Verifier::new(verdict, &provider, seen))
}

/// The verifier of connections without TLS, which accepts no certificate and reads no file.
pub(crate) fn no_verifier(seen: Arc<SeenCertificate>) -> Verifier {
    Verifier::new(Verdict::Nobody, &provider(), seen)
}

/// `None` if there is no usable authority among them.
fn issued_by(roots: Vec<CertificateDer<'static>>, provider: &Arc<CryptoProvider>) -> Option<Arc<WebPkiServerVerifier>> {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(roots);
    WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(provider)).build().ok()
}

/// ring, named here, so that no provider of the whole process is needed or touched: the default
/// one costs 40 ms of CPU in every process that opens TLS.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn certificates(path: &Path, doing: &str) -> Result<Vec<CertificateDer<'static>>> {
    let certificates = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|cause| unreadable(doing, path, cause))?;
    if certificates.is_empty() {
        return Err(unreadable(doing, path, pem::Error::NoItemsFound));
    }
    Ok(certificates)
}

fn unreadable(doing: &str, path: &Path, cause: pem::Error) -> Error {
    let file = path.display();
    let why = match &cause {
        pem::Error::Io(cause) => format!("{file}: {cause}"),
        pem::Error::NoItemsFound => format!("{file} contains nothing in PEM format"),
        _ => format!("{file} is not valid PEM"),
    };
    let error = Error::new(ErrorKind::Config, doing).because(why).with_source(cause);
    error.with_hint("use a PEM file; `openssl x509 -inform DER -in FILE` turns a DER certificate into PEM")
}

impl ClientCertificate {
    fn load(&self, provider: &CryptoProvider) -> Result<Arc<CertifiedKey>> {
        const DOING: &str = "use the client certificate";
        let chain = certificates(&self.certificate, DOING)?;
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|cause| {
            unreadable("read the key of the client certificate", &self.key, cause).with_hint(
                "use an unencrypted PEM key; `openssl pkey -in FILE` removes the password, \
                 `openssl pkcs12 -in FILE -nodes` reads a PKCS#12 store",
            )
        })?;
        CertifiedKey::from_der(chain, key, provider).map(Arc::new).map_err(|cause| {
            let (certificate, key) = (self.certificate.display(), self.key.display());
            let why = match cause {
                rustls::Error::InconsistentKeys(_) => format!("the key in {key} does not belong to {certificate}"),
                _ => format!("the key in {key} or the certificate in {certificate} cannot be used: {cause}"),
            };
            Error::new(ErrorKind::Config, DOING).because(why).with_source(cause)
        })
    }
}

/// Our certificate, and whether it was asked for.
#[derive(Debug)]
struct Identity {
    key: Option<Arc<CertifiedKey>>,
    seen: Arc<SeenCertificate>,
}

impl ResolvesClientCert for Identity {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.seen.ours_was_asked_for();
        self.key.clone()
    }

    fn has_certs(&self) -> bool {
        self.key.is_some()
    }
}

#[cfg(test)]
mod tests;
