//! What a certificate says of itself, and the one that a handshake refused.

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::pki_types::CertificateDer;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::time::ASN1Time;

use super::fingerprint::Fingerprint;

/// Subjects come from a server that nobody has verified: longer ones are cut.
const NAME_LIMIT: usize = 200;

/// The end-entity certificate of the last handshake that failed over it, and of the last handshake, and for which name.
#[derive(Debug, Default)]
pub(crate) struct SeenCertificate {
    refused: Mutex<Option<Presented>>,
    /// The last one, and whether it was accepted.
    last: Mutex<Option<(Presented, bool)>>,
    asked_for_ours: AtomicBool,
}

/// A certificate that a server presented.
#[derive(Debug, Clone)]
pub(crate) struct Presented {
    /// The name under which the server was asked.
    pub server: String,
    /// What it presented.
    pub certificate: CertificateDer<'static>,
}

impl SeenCertificate {
    pub(crate) fn refuse(&self, server: String, certificate: &CertificateDer<'_>) {
        let refused = Presented { server, certificate: certificate.clone().into_owned() };
        *locked(&self.last) = Some((refused.clone(), false));
        *locked(&self.refused) = Some(refused);
    }

    pub(crate) fn accept(&self, server: String, certificate: &CertificateDer<'_>) {
        *locked(&self.last) = Some((Presented { server, certificate: certificate.clone().into_owned() }, true));
    }

    /// What the server of this name presented in the last handshake, and whether it was accepted.
    pub(crate) fn of(&self, server: &str) -> Option<(CertificateDer<'static>, bool)> {
        let (presented, accepted) = locked(&self.last).clone()?;
        presented.server.eq_ignore_ascii_case(server).then_some((presented.certificate, accepted))
    }

    pub(crate) fn refused(&self) -> Option<Presented> {
        locked(&self.refused).clone()
    }

    /// Notes that the server asked for a client certificate, which it may or may not insist on.
    pub(crate) fn ours_was_asked_for(&self) {
        self.asked_for_ours.store(true, Ordering::Relaxed);
    }

    pub(crate) fn was_ours_asked_for(&self) -> bool {
        self.asked_for_ours.load(Ordering::Relaxed)
    }
}

fn locked<T>(presented: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // The value is replaced whole, so a panic elsewhere leaves nothing half done.
    presented.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// What people need to know of a certificate in order to decide about it.
pub(crate) struct Certificate {
    pub fingerprint: Fingerprint,
    /// `None` where the certificate cannot be read.
    pub contents: Option<Contents>,
}

/// What a readable certificate says of itself.
pub(crate) struct Contents {
    pub subject: String,
    pub issuer: String,
    pub valid_from: Moment,
    pub valid_to: Moment,
    /// Of the `subjectAltName`: the common name does not count.
    pub names: Vec<String>,
    pub self_signed: bool,
    pub authority: bool,
    /// 3 in any certificate of this century; rustls reads no other.
    pub version: u32,
}

impl Certificate {
    pub(crate) fn read(der: &CertificateDer<'_>) -> Self {
        let contents = X509Certificate::from_der(der).ok().map(|(_, parsed)| Contents {
            subject: printable(&parsed.subject().to_string()),
            issuer: printable(&parsed.issuer().to_string()),
            valid_from: Moment::of(parsed.validity().not_before),
            valid_to: Moment::of(parsed.validity().not_after),
            names: names(&parsed),
            self_signed: parsed.subject().as_raw() == parsed.issuer().as_raw(),
            authority: parsed.is_ca(),
            version: parsed.version().0.saturating_add(1),
        });
        Self { fingerprint: Fingerprint::of(der), contents }
    }
}

impl fmt::Display for Certificate {
    /// `subject CN=…, issuer CN=…, valid from … to …, sha256:…`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.contents {
            Some(contents) => write!(
                f,
                "subject {}, issuer {}, valid from {} to {}, {}",
                contents.subject, contents.issuer, contents.valid_from, contents.valid_to, self.fingerprint
            ),
            None => write!(f, "it cannot be read, {}", self.fingerprint),
        }
    }
}

/// Seconds since 1970, printed as a date and time in UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(pub i64);

impl Moment {
    fn of(time: ASN1Time) -> Self {
        Self(time.timestamp())
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_second(self.0) {
            Ok(timestamp) => write!(f, "{timestamp}"),
            Err(_) => f.write_str("a time that cannot be read"),
        }
    }
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else {
        return Vec::new();
    };
    let names = extension.value.general_names.iter();
    names
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some(printable(name)),
            GeneralName::IPAddress(bytes) => address(bytes),
            _ => None,
        })
        .collect()
}

fn address(bytes: &[u8]) -> Option<String> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(|octets| std::net::Ipv4Addr::from(octets).to_string()),
        16 => <[u8; 16]>::try_from(bytes).ok().map(|octets| std::net::Ipv6Addr::from(octets).to_string()),
        _ => None,
    }
}

/// Text of an unverified server as it may stand on a terminal: no control characters, not long.
fn printable(text: &str) -> String {
    let clean = text.chars().map(|letter| if letter.is_control() { '?' } else { letter });
    let mut short: String = clean.take(NAME_LIMIT).collect();
    if text.chars().count() > NAME_LIMIT {
        short.push('…');
    }
    if short.is_empty() { "(empty)".into() } else { short }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_an_unverified_server_cannot_move_the_cursor_or_fill_the_screen() {
        assert_eq!(printable("CN=\u{1b}[2Jshop\r\n"), "CN=?[2Jshop??");
        assert_eq!(printable(&"x".repeat(1000)).chars().count(), NAME_LIMIT + 1);
        assert_eq!(printable(""), "(empty)");
    }

    #[test]
    fn bytes_that_are_no_certificate_still_have_a_fingerprint() {
        let read = Certificate::read(&CertificateDer::from(b"not DER".to_vec()));
        assert!(read.contents.is_none());
        assert!(read.to_string().starts_with("it cannot be read, sha256:"));
    }
}
