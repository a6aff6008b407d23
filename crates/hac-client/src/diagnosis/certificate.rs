//! The certificate of the server.

use super::Diagnosis;
use crate::transport::tls::Fingerprint;
use crate::transport::tls::certificate::{Contents, Moment};

/// The certificate that the server presented.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerCertificate {
    /// Identifies it: what [`Trust::Pin`](crate::tls::Trust::Pin) takes.
    pub fingerprint: Fingerprint,
    /// Whether the client accepted it.
    pub is_accepted: bool,
    /// What it says of itself; `None` if it cannot be read.
    pub contents: Option<CertificateContents>,
}

/// What a certificate says of itself. Nobody has verified it unless the client accepted the certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CertificateContents {
    /// Whose it is: `CN=hac.example.com`.
    pub subject: String,
    /// Who issued it.
    pub issuer: String,
    /// The hosts that it is for.
    pub names: Vec<String>,
    /// When it begins to be valid, in seconds since 1970.
    pub valid_from: i64,
    /// When it expires, in seconds since 1970.
    pub valid_to: i64,
    /// Whether its issuer is its subject.
    pub is_self_signed: bool,
}

impl CertificateContents {
    /// Returns when it begins to be valid: `2026-01-01T00:00:00Z`.
    pub fn valid_from_formatted(&self) -> String {
        Moment(self.valid_from).to_string()
    }

    /// Returns when it expires: `2026-12-31T23:59:59Z`.
    pub fn valid_to_formatted(&self) -> String {
        Moment(self.valid_to).to_string()
    }
}

impl From<Contents> for CertificateContents {
    fn from(contents: Contents) -> Self {
        Self {
            subject: contents.subject,
            issuer: contents.issuer,
            names: contents.names,
            valid_from: contents.valid_from.0,
            valid_to: contents.valid_to.0,
            is_self_signed: contents.self_signed,
        }
    }
}

impl Diagnosis {
    /// Returns the certificate that the server presented in the client's last handshake; `None` before the first one, and over plain
    /// http.
    pub fn certificate(&self) -> Option<ServerCertificate> {
        let transport = &self.client.engine().transport;
        let (certificate, is_accepted) = transport.connection().certificate(transport.origin())?;
        Some(ServerCertificate {
            fingerprint: certificate.fingerprint,
            is_accepted,
            contents: certificate.contents.map(CertificateContents::from),
        })
    }
}
