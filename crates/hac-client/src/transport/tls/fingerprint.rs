//! What identifies one certificate.

use std::fmt;
use std::str::FromStr;

use rustls::pki_types::CertificateDer;
use sha2::{Digest, Sha256};

use crate::error::{Error, ErrorKind, Result};

/// The SHA-256 of a certificate: `sha256:` and 64 hexadecimal digits.
///
/// Also parses the output of `openssl x509 -noout -fingerprint -sha256` and of browsers: with colons between the bytes, in
/// capital letters, with the prefix `sha256 Fingerprint=` or without a prefix.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub(crate) fn of(certificate: &CertificateDer<'_>) -> Self {
        Self(Sha256::digest(certificate).into())
    }
}

impl FromStr for Fingerprint {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = |why: String| {
            Error::new(ErrorKind::Config, "read the certificate fingerprint").because(why).with_hint(
                "write sha256: and 64 hexadecimal digits, as `openssl s_client -connect HOST:PORT </dev/null | \
                 openssl x509 -noout -fingerprint -sha256` prints them",
            )
        };
        let lower = text.trim().to_ascii_lowercase();
        let digits = ["sha256 fingerprint=", "sha256:"].iter().find_map(|prefix| lower.strip_prefix(prefix));
        let digits = digits.unwrap_or(&lower).trim();
        let hex = if digits.contains(':') {
            if digits.split(':').any(|byte| byte.len() != 2) {
                return Err(wrong("its colons do not separate bytes of two digits".into()));
            }
            digits.replace(':', "")
        } else {
            digits.to_owned()
        };
        if let Some(letter) = hex.chars().find(|letter| !letter.is_ascii_hexdigit()) {
            return Err(wrong(format!("{letter:?} is not a hexadecimal digit")));
        }
        let mut bytes = [0; 32];
        match hex.len() {
            64 => {}
            40 => {
                return Err(wrong(
                    "it is a SHA-1 fingerprint (40 digits), which does not identify a certificate safely".into(),
                ));
            }
            length => return Err(wrong(format!("it has {length} hexadecimal digits where a SHA-256 has 64"))),
        }
        for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&hex[at..at + 2], 16).map_err(|cause| wrong(cause.to_string()))?;
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
