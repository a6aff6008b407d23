//! Random values and CSRF tokens.

use std::fmt::Write as _;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use rustls::crypto::CryptoProvider;
use sha2::{Digest as _, Sha256};

use crate::knobs::TokenStyle;

fn provider() -> &'static CryptoProvider {
    static PROVIDER: OnceLock<CryptoProvider> = OnceLock::new();
    PROVIDER.get_or_init(rustls::crypto::ring::default_provider)
}

fn random(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    provider().secure_random.fill(&mut bytes).expect("the system has random numbers");
    bytes
}

/// `length` random bytes as upper-case hex, the alphabet of Tomcat's session ids.
pub(crate) fn hex(length: usize) -> String {
    random(length).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02X}");
        text
    })
}

/// A new raw token: a UUID, which is also what a masked token hides.
pub(crate) fn fresh() -> String {
    let text = hex(16).to_lowercase();
    format!("{}-{}-4{}-a{}-{}", &text[..8], &text[8..12], &text[13..16], &text[17..20], &text[20..])
}

/// The token as a page shows it.
pub(crate) fn shown(raw: &str, style: TokenStyle) -> String {
    match style {
        TokenStyle::Uuid => raw.to_owned(),
        TokenStyle::Masked => {
            let mut bytes = random(raw.len());
            for index in 0..raw.len() {
                let masked = bytes[index] ^ raw.as_bytes()[index];
                bytes.push(masked);
            }
            URL_SAFE.encode(bytes)
        }
        TokenStyle::AnotherOnEachPage => derived(raw, &hex(8).to_lowercase()),
    }
}

/// The text of a token that goes with this salt. The dot keeps it from being read as Base64, and so as masked.
fn derived(raw: &str, salt: &str) -> String {
    let digest = Sha256::digest(format!("{raw}.{salt}"));
    let digest = digest.iter().take(16).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    format!("{salt}.{digest}")
}

/// Whether what was sent is the session's token.
pub(crate) fn matches(raw: &str, sent: &str, style: TokenStyle) -> bool {
    match style {
        TokenStyle::Uuid => raw == sent,
        TokenStyle::Masked => unmasked(sent).is_some_and(|bytes| bytes == raw.as_bytes()),
        TokenStyle::AnotherOnEachPage => sent.split_once('.').is_some_and(|(salt, _)| derived(raw, salt) == sent),
    }
}

fn unmasked(sent: &str) -> Option<Vec<u8>> {
    let bytes = URL_SAFE.decode(sent).ok()?;
    if !bytes.len().is_multiple_of(2) {
        return None;
    }
    let (mask, masked) = bytes.split_at(bytes.len() / 2);
    Some(mask.iter().zip(masked).map(|(a, b)| a ^ b).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_token_differs_on_every_page_and_stays_valid() {
        let raw = fresh();
        let (one, two) = (shown(&raw, TokenStyle::Masked), shown(&raw, TokenStyle::Masked));
        assert_ne!(one, two);
        assert!(matches(&raw, &one, TokenStyle::Masked));
        assert!(matches(&raw, &two, TokenStyle::Masked));
    }

    #[test]
    fn a_raw_token_is_refused_where_tokens_are_masked() {
        let raw = fresh();
        assert!(!matches(&raw, &raw, TokenStyle::Masked));
        assert!(!matches(&raw, &shown(&fresh(), TokenStyle::Masked), TokenStyle::Masked));
    }

    #[test]
    fn a_raw_token_has_the_form_of_a_uuid() {
        let lengths: Vec<_> = fresh().split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
    }
}
