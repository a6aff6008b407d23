//! Types for what must never be printed: passwords, tokens, session ids.
//!
//! None of them has a `Display`, their `Debug` is redacted, and our copies are wiped when they
//! are dropped. Copies inside HTTP and TLS buffers are not ours to wipe: SECURITY.md says so.

use std::fmt;

use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

macro_rules! secret {
    ($(#[$docs:meta])* $name:ident) => {
        $(#[$docs])*
        #[derive(Clone)]
        pub struct $name(SecretString);

        impl $name {
            /// Returns the text, for a header, a form field, or a private file.
            pub fn expose(&self) -> &str {
                self.0.expose_secret()
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(SecretString::from(text))
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(SecretString::from(text))
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.expose() == other.expose()
            }
        }

        impl Eq for $name {}

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }
    };
}

secret! {
    /// A password. It is kept in memory only and never written to disk.
    Password
}

secret! {
    /// The CSRF token of a session.
    CsrfToken
}

secret! {
    /// The value of the session cookie (`JSESSIONID` by default): whoever has it is logged in.
    SessionId
}

impl CsrfToken {
    /// Returns whether both represent the same token.
    ///
    /// Spring Security 6 masks the token differently on every page: base64url of random bytes followed by those bytes XOR the
    /// token. Tokens in another form are compared as text.
    pub fn same_as(&self, other: &Self) -> bool {
        match (self.unmasked(), other.unmasked()) {
            (Some(ours), Some(theirs)) => ours == theirs,
            _ => self == other,
        }
    }

    fn unmasked(&self) -> Option<Vec<u8>> {
        use base64::Engine as _;
        use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
        let text = self.expose();
        // A plain UUID has hyphens, which base64url knows too; its 36 characters decode to 27
        // bytes, an odd length, so it is never taken for a masked token.
        let bytes = URL_SAFE.decode(text).or_else(|_| URL_SAFE_NO_PAD.decode(text)).ok()?;
        if bytes.is_empty() || bytes.len() % 2 != 0 {
            return None;
        }
        let (mask, masked) = bytes.split_at(bytes.len() / 2);
        Some(mask.iter().zip(masked).map(|(a, b)| a ^ b).collect())
    }
}

impl SessionId {
    /// Returns the SHA-256 of the id in lower-case hex, which identifies a session without revealing it.
    pub fn sha256(&self) -> String {
        use fmt::Write as _;
        Sha256::digest(self.expose().as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

/// A header value that logs and traces of the HTTP library leave out.
pub(crate) fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;

    fn masked(token: &[u8], mask: u8) -> CsrfToken {
        let mut bytes = vec![mask; token.len()];
        bytes.extend(token.iter().map(|byte| byte ^ mask));
        CsrfToken::from(base64::engine::general_purpose::URL_SAFE.encode(bytes))
    }

    #[test]
    fn a_masked_token_is_the_same_under_another_mask() {
        assert!(masked(b"0a1b2c3d-token", 7).same_as(&masked(b"0a1b2c3d-token", 99)));
        assert!(!masked(b"0a1b2c3d-token", 7).same_as(&masked(b"0a1b2c3d-other", 7)));
    }

    #[test]
    fn a_plain_token_is_compared_as_text() {
        let token = CsrfToken::from("5c1f7c7e-2f59-4a0e-9a53-0c3cf3a3a0d1");
        assert!(token.same_as(&token.clone()));
        assert!(!token.same_as(&CsrfToken::from("5c1f7c7e-2f59-4a0e-9a53-0c3cf3a3a0d2")));
    }

    #[test]
    fn header_values_with_secrets_are_marked() {
        assert!(sensitive("tok").expect("a value").is_sensitive());
    }

    #[test]
    fn debug_output_is_redacted() {
        let all = format!("{:?} {:?} {:?}", Password::from("nimda"), CsrfToken::from("tok"), SessionId::from("A1"));
        assert_eq!(all, "Password(redacted) CsrfToken(redacted) SessionId(redacted)");
    }
}
