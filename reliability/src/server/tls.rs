//! TLS as the server speaks it: both versions, certificates of each kind, and alerts at any moment.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use rustls::crypto::CryptoProvider;
use rustls::crypto::ring as provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{ConnectionTrafficSecrets, RootCertStore, ServerConfig, ServerConnection, SupportedProtocolVersion};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// How a server speaks TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Security {
    Tls12,
    Tls13,
    /// Version 1.3, and a certificate that nobody vouches for.
    SelfSigned,
    OtherName,
    Expired,
    NotYetValid,
    /// Version 1.3, and a client certificate is required.
    WantsClientCertificate,
}

/// The certificates of a run, made once.
pub(crate) struct Trusts {
    configs: Vec<(Security, TlsAcceptor)>,
    bundle: PathBuf,
}

const ALL: [Security; 7] = [
    Security::Tls12,
    Security::Tls13,
    Security::SelfSigned,
    Security::OtherName,
    Security::Expired,
    Security::NotYetValid,
    Security::WantsClientCertificate,
];

impl Trusts {
    /// Makes an authority, whose certificate goes into the directory, and what it signs.
    pub(crate) fn make(directory: &Path) -> Result<Self, Box<dyn std::error::Error>> {
        let mut parameters = parameters(&[])?;
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate()?;
        let authority = CertificateDer::from(parameters.self_signed(&key)?);
        let issuer = Issuer::new(parameters, key);
        let bundle = directory.join("authority.pem");
        let text = BASE64_STANDARD.encode(&authority);
        std::fs::write(&bundle, format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n"))?;
        let mut configs = Vec::new();
        for security in ALL {
            configs.push((security, acceptor(security, &issuer, &authority)?));
        }
        Ok(Self { configs, bundle })
    }

    /// The file with the authority's certificate.
    pub(crate) fn bundle(&self) -> &Path {
        &self.bundle
    }

    pub(crate) async fn accept(&self, security: Security, stream: TcpStream) -> Option<TlsStream<TcpStream>> {
        let (_, acceptor) = self.configs.iter().find(|(one, _)| *one == security)?;
        match acceptor.accept(stream).into_fallible().await {
            Ok(stream) => Some(stream),
            Err((_, mut stream)) => {
                // Closing with something unread would reset the connection, and the alert might be lost.
                let mut buffer = [0; 1024];
                while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
                None
            }
        }
    }
}

fn parameters(names: &[&str]) -> Result<CertificateParams, rcgen::Error> {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut parameters = CertificateParams::new(names)?;
    parameters.distinguished_name.push(DnType::CommonName, "reliability");
    parameters.not_before = rcgen::date_time_ymd(2020, 1, 1);
    parameters.not_after = rcgen::date_time_ymd(2220, 1, 1);
    Ok(parameters)
}

fn acceptor(
    security: Security,
    issuer: &Issuer<'_, KeyPair>,
    authority: &CertificateDer<'static>,
) -> Result<TlsAcceptor, Box<dyn std::error::Error>> {
    let name = if security == Security::OtherName { "shop.example" } else { "127.0.0.1" };
    let mut parameters = parameters(&[name])?;
    match security {
        Security::Expired => parameters.not_after = rcgen::date_time_ymd(2021, 1, 1),
        Security::NotYetValid => parameters.not_before = rcgen::date_time_ymd(2200, 1, 1),
        _ => {}
    }
    let key = KeyPair::generate()?;
    let certificate = match security {
        Security::SelfSigned => parameters.self_signed(&key)?,
        _ => parameters.signed_by(&key, issuer)?,
    };
    let versions: &[&SupportedProtocolVersion] =
        if security == Security::Tls12 { &[&rustls::version::TLS12] } else { &[&rustls::version::TLS13] };
    // One kind of cipher, so that alerts are encrypted in one way.
    let cipher_suites: Vec<_> = provider::default_provider()
        .cipher_suites
        .into_iter()
        .filter(|suite| format!("{:?}", suite.suite()).contains("CHACHA20"))
        .collect();
    let provider = Arc::new(CryptoProvider { cipher_suites, ..provider::default_provider() });
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(versions)?;
    let builder = if security == Security::WantsClientCertificate {
        let mut roots = RootCertStore::empty();
        roots.add(authority.clone())?;
        builder
            .with_client_cert_verifier(WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build()?)
    } else {
        builder.with_no_client_auth()
    };
    let key = PrivateKeyDer::try_from(key.serialize_der())?;
    let mut config = builder.with_single_cert(vec![certificate.into()], key)?;
    config.enable_secret_extraction = true;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// A fatal alert as a record, encrypted as the connection's next one.
pub(crate) fn alert(connection: ServerConnection, number: u8) -> Option<Vec<u8>> {
    const FATAL: u8 = 2;
    const ALERT: u8 = 21;
    let is_13 = connection.protocol_version() == Some(rustls::ProtocolVersion::TLSv1_3);
    let (sequence, secrets) = connection.dangerous_extract_secrets().ok()?.tx;
    let ConnectionTrafficSecrets::Chacha20Poly1305 { key, iv } = secrets else { return None };
    let key = LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, key.as_ref()).ok()?);
    let mut nonce: [u8; 12] = iv.as_ref().try_into().ok()?;
    nonce[4..].iter_mut().zip(sequence.to_be_bytes()).for_each(|(byte, other)| *byte ^= other);
    let nonce = Nonce::assume_unique_for_key(nonce);
    let mut content = vec![FATAL, number];
    let (kind, associated) = if is_13 {
        // Version 1.3 hides what kind of record it is.
        content.push(ALERT);
        let length = u16::try_from(content.len() + 16).ok()?.to_be_bytes();
        (23, vec![23, 3, 3, length[0], length[1]])
    } else {
        let mut associated = sequence.to_be_bytes().to_vec();
        associated.extend_from_slice(&[ALERT, 3, 3, 0, 2]);
        (ALERT, associated)
    };
    key.seal_in_place_append_tag(nonce, Aad::from(associated), &mut content).ok()?;
    let length = u16::try_from(content.len()).ok()?.to_be_bytes();
    let mut record = vec![kind, 3, 3, length[0], length[1]];
    record.extend_from_slice(&content);
    Some(record)
}
