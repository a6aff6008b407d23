//! A failed handshake in words: what is wrong, with which certificate, and what can be done.

use std::io;

use rustls::{AlertDescription, CertificateError};

use crate::error::{Error, ErrorKind};
use crate::hint::Hint;
use crate::transport::causes::{causes, find};
use crate::transport::tls::certificate::{Certificate, Moment, Presented, SeenCertificate};
use crate::transport::tls::verifier::{NoAuthorities, WrongPin};

/// The failure as an error, if TLS is what failed.
pub(super) fn explain(
    doing: &str,
    error: &reqwest::Error,
    seen: &SeenCertificate,
    has_client_certificate: bool,
) -> Option<Error> {
    let tls = |why: String| Error::new(ErrorKind::Tls, doing).because(why);
    let Some(failure) = find::<rustls::Error>(error) else {
        // The server left in the middle. A proxy that leaves its tunnel has no such error.
        let left = |cause: &io::Error| cause.kind() == io::ErrorKind::UnexpectedEof;
        return (error.is_connect() && causes(error).any(|cause| cause.downcast_ref().is_some_and(left))).then(|| {
            ended("the server closed the connection during the handshake", seen, has_client_certificate, &tls)
        });
    };
    if !error.is_connect() && !is_about_our_certificate(failure) {
        // The connection stood and the request may have been executed.
        return None;
    }
    let explained = match failure {
        rustls::Error::InvalidCertificate(problem) => refused_by_us(problem, seen.refused().as_ref(), &tls),
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => client_certificate_wanted(&tls),
        rustls::Error::AlertReceived(alert) if is_about_our_certificate(failure) => {
            let why = format!("the server refused the client certificate ({alert:?})");
            if has_client_certificate {
                tls(why)
                    .with_hint("is the client certificate valid, and issued by an authority that this server knows?")
            } else if seen.was_ours_asked_for() {
                client_certificate_wanted(&tls)
            } else {
                ended(&format!("the server sent the alert {alert:?}"), seen, has_client_certificate, &tls)
            }
        }
        rustls::Error::AlertReceived(AlertDescription::ProtocolVersion) | rustls::Error::PeerIncompatible(_) => {
            tls(format!("client and server have no TLS version or cipher suite in common ({failure})"))
                .with_hint("the server must offer TLS 1.2 or 1.3 with a current cipher suite")
        }
        rustls::Error::AlertReceived(AlertDescription::UnrecognisedName) => {
            tls("the server does not know this host name".into())
                .with_hint("use the host name that the server is configured for")
        }
        rustls::Error::AlertReceived(alert) => {
            ended(&format!("the server sent the alert {alert:?}"), seen, has_client_certificate, &tls)
        }
        rustls::Error::InvalidMessage(_) => tls("the server does not speak TLS on this port".into())
            .with_hint("is this the https port? Try the URL with http://, or another port"),
        other => tls(other.to_string()),
    };
    Some(explained.with_source(failure.clone()))
}

/// The server refused us, for a reason that it names badly or not at all.
fn ended(how: &str, seen: &SeenCertificate, has_client_certificate: bool, tls: &dyn Fn(String) -> Error) -> Error {
    if seen.was_ours_asked_for() && !has_client_certificate {
        return client_certificate_wanted(tls);
    }
    tls(format!("the handshake failed: {how}"))
        .with_hint("is this the https port of the server, and does it offer TLS 1.2 or 1.3?")
}

fn client_certificate_wanted(tls: &dyn Fn(String) -> Error) -> Error {
    tls("the server requires a client certificate".into())
        .with_hint("set a client certificate and its key; the operator of the server issues them")
}

fn refused_by_us(problem: &CertificateError, refused: Option<&Presented>, tls: &dyn Fn(String) -> Error) -> Error {
    let Some(refused) = refused else {
        return tls(problem.to_string());
    };
    let certificate = Certificate::read(&refused.certificate);
    let fault = in_words(problem, refused, &certificate);
    tls(format!("the certificate of {} {fault} ({certificate})", refused.server))
        .with_hint(Hint::TrustCertificate { fingerprint: certificate.fingerprint.to_string() })
}

/// What is wrong, as the rest of "the certificate of HOST …".
fn in_words(problem: &CertificateError, refused: &Presented, certificate: &Certificate) -> String {
    let contents = certificate.contents.as_ref();
    let from = contents.map_or(Moment(0), |contents| contents.valid_from);
    let to = contents.map_or(Moment(0), |contents| contents.valid_to);
    match problem {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => format!("has expired on {to}"),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            format!("is not valid before {from}; is the clock right?")
        }
        CertificateError::UnknownIssuer if contents.is_some_and(|contents| contents.self_signed) => {
            "is self-signed and not trusted".into()
        }
        CertificateError::UnknownIssuer => "has an unknown issuer".into(),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            let names = contents.map(|contents| contents.names.join(", ")).unwrap_or_default();
            if names.is_empty() {
                format!("is not for {}: it has no subjectAltName", refused.server)
            } else {
                format!("is not for {}, only for {names}", refused.server)
            }
        }
        CertificateError::Revoked => "was revoked".into(),
        CertificateError::BadSignature => "or the handshake has an invalid signature".into(),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "is not meant for servers".into()
        }
        CertificateError::Other(other) => {
            if let Some(WrongPin { wanted, got }) = other.0.downcast_ref() {
                format!("is not the pinned one: expected {wanted}, got {got}")
            } else if other.0.is::<NoAuthorities>() {
                "cannot be verified: this system has no certificate authorities".into()
            } else if contents.is_some_and(|contents| contents.version < 3) {
                "is of an X.509 version before 3, which cannot be verified".into()
            } else if contents.is_some_and(|contents| contents.authority) {
                "is an authority's own (CA:TRUE) and cannot be verified as a server's".into()
            } else {
                format!("is invalid: {other}")
            }
        }
        other => format!("is invalid: {other}"),
    }
}

/// What a server says when our certificate is missing or does not please it. With TLS 1.3 it says
/// so after the handshake is over for us, when the request is under way. It should have read none of
/// it, but the alert does not prove that: who asks has to look at how far the request came.
fn is_about_our_certificate(failure: &rustls::Error) -> bool {
    use AlertDescription as Alert;
    matches!(
        failure,
        rustls::Error::AlertReceived(
            Alert::CertificateRequired
                | Alert::BadCertificate
                | Alert::UnsupportedCertificate
                | Alert::CertificateRevoked
                | Alert::CertificateExpired
                | Alert::CertificateUnknown
                | Alert::UnknownCA
        )
    )
}
