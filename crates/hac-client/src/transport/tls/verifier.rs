//! The verifiers of server certificates. Each records the certificate that it refuses.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, OtherError, SignatureScheme};

use super::certificate::{Certificate, Moment, SeenCertificate};
use super::fingerprint::Fingerprint;

/// Who is accepted.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// Whom one of these authorities vouches for.
    Issued(Arc<WebPkiServerVerifier>),
    /// The same, and the given certificates themselves.
    Given(Arc<WebPkiServerVerifier>, Vec<CertificateDer<'static>>),
    /// The holder of this certificate.
    Pinned(Fingerprint),
    Anybody,
    /// There is no authority that could vouch for anyone.
    Nobody,
}

/// The presented certificate is not the pinned one.
#[derive(Debug, thiserror::Error)]
#[error("expected {wanted}, got {got}")]
pub(crate) struct WrongPin {
    pub wanted: Fingerprint,
    pub got: Fingerprint,
}

/// There are no authorities to ask.
#[derive(Debug, thiserror::Error)]
#[error("there are no certificate authorities on this system")]
pub(crate) struct NoAuthorities;

/// Accepts or refuses a server certificate. Handshake signatures are verified whatever is
/// trusted: a certificate is public, only its key proves who presents it.
#[derive(Debug)]
pub(crate) struct Verifier {
    verdict: Verdict,
    algorithms: WebPkiSupportedAlgorithms,
    seen: Arc<SeenCertificate>,
}

impl Verifier {
    pub(crate) fn new(verdict: Verdict, provider: &CryptoProvider, seen: Arc<SeenCertificate>) -> Self {
        Self { verdict, algorithms: provider.signature_verification_algorithms, seen }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verdict = match &self.verdict {
            Verdict::Given(_, given) if given.iter().any(|given| given == end_entity) => {
                fits(end_entity, server_name, now)
            }
            Verdict::Issued(issued) | Verdict::Given(issued, _) => {
                issued.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now).map(drop)
            }
            Verdict::Pinned(wanted) => is_pinned(*wanted, end_entity),
            Verdict::Anybody => Ok(()),
            Verdict::Nobody => Err(CertificateError::Other(OtherError(Arc::new(NoAuthorities))).into()),
        };
        match verdict {
            Ok(()) => {
                self.seen.accept(server_name.to_str().into_owned(), end_entity);
                Ok(ServerCertVerified::assertion())
            }
            Err(refusal) => {
                self.seen.refuse(server_name.to_str().into_owned(), end_entity);
                Err(refusal)
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
            .inspect_err(|_| self.seen.refuse("the server".into(), certificate))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
            .inspect_err(|_| self.seen.refuse("the server".into(), certificate))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

fn is_pinned(wanted: Fingerprint, end_entity: &CertificateDer<'_>) -> Result<(), rustls::Error> {
    let got = Fingerprint::of(end_entity);
    if got == wanted {
        return Ok(());
    }
    Err(CertificateError::Other(OtherError(Arc::new(WrongPin { wanted, got }))).into())
}

/// A certificate that was given itself needs no issuer, and may be an authority's own, which
/// webpki refuses as a server certificate. Its name and dates count nevertheless.
fn fits(end_entity: &CertificateDer<'_>, server_name: &ServerName<'_>, now: UnixTime) -> Result<(), rustls::Error> {
    let contents = Certificate::read(end_entity).contents.ok_or(CertificateError::BadEncoding)?;
    let moment = Moment(i64::try_from(now.as_secs()).unwrap_or(i64::MAX));
    if moment < contents.valid_from {
        return Err(CertificateError::NotValidYet.into());
    }
    if moment > contents.valid_to {
        return Err(CertificateError::Expired.into());
    }
    verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)
}

/// One verifier for the proxy, by its name, and one for everybody else.
#[derive(Debug)]
pub(crate) struct ProxyApart {
    pub proxy: ServerName<'static>,
    pub for_proxy: Verifier,
    pub for_server: Verifier,
}

impl ServerCertVerifier for ProxyApart {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verifier = if *server_name == self.proxy { &self.for_proxy } else { &self.for_server };
        verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.for_server.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.for_server.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.for_server.supported_verify_schemes()
    }
}
