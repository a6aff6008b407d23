//! The key of the masks: who has it can find out a value by trying.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::{DOING, refused};
use crate::error::{Error, ErrorKind, Result};
use crate::hint::MaskAdvice;

/// A shorter key is guessed.
const SHORTEST: usize = 16;
/// A block of SHA-256.
const BLOCK: usize = 64;
/// So many bytes of a hash are shown: no two of very many values have the same.
const SHOWN: usize = 16;

/// A key for masks. The same value has the same mask under the same key, and another one under any other.
#[derive(Clone)]
pub struct MaskKey {
    /// For HMAC-SHA-256.
    key: [u8; 32],
    is_random: bool,
}

impl fmt::Debug for MaskKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MaskKey([redacted])")
    }
}

impl MaskKey {
    /// Returns the key that a text stands for. Keep it as you keep a password: with it a value can be found out by trying.
    ///
    /// # Errors
    /// [`Usage`](ErrorKind::Usage) if it has fewer than 16 characters, which can be guessed.
    pub fn of(text: &str) -> Result<Self> {
        if text.chars().count() < SHORTEST {
            let why = format!("the key has fewer than {SHORTEST} characters, which can be guessed");
            return Err(refused(why, MaskAdvice::LongerKey));
        }
        Ok(Self { key: Sha256::digest(text.as_bytes()).into(), is_random: false })
    }

    /// Returns a key that nobody knows, and that is gone with the process.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) if the system gives no random numbers.
    pub fn random() -> Result<Self> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|cause| {
            Error::new(ErrorKind::Config, DOING)
                .because(format!("the system gives no random numbers: {cause}"))
                .with_hint(MaskAdvice::NameKey)
        })?;
        Ok(Self { key, is_random: true })
    }

    /// Returns whether the key is [random](Self::random), so that another run masks in another way.
    pub fn is_random(&self) -> bool {
        self.is_random
    }

    /// The hash of a value as text.
    pub(super) fn hash(&self, value: &str) -> String {
        use std::fmt::Write as _;
        let mut text = String::with_capacity(2 * SHOWN);
        for byte in &self.authenticate(&[value.as_bytes()])[..SHOWN] {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }

    /// HMAC-SHA-256 of what the parts are together.
    pub(super) fn authenticate(&self, parts: &[&[u8]]) -> [u8; 32] {
        let padded = |pad: u8| {
            let mut block = [pad; BLOCK];
            block.iter_mut().zip(self.key).for_each(|(byte, key)| *byte ^= key);
            block
        };
        let mut inner = Sha256::new();
        inner.update(padded(0x36));
        for part in parts {
            inner.update(part);
        }
        let mut outer = Sha256::new();
        outer.update(padded(0x5c));
        outer.update(inner.finalize());
        outer.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2 with its key filled up: a key of 32 bytes that ends in zeros is the same as the shorter one.
    #[test]
    fn the_hash_is_that_of_the_standard() {
        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        let hash = MaskKey { key, is_random: false }.hash("what do ya want for nothing?");
        assert_eq!(hash, "5bdcc146bf60754e6a042426089575c7");
    }

    #[test]
    fn a_short_key_is_refused_and_no_key_is_ever_shown() {
        assert!(MaskKey::of("secret").is_err_and(|error| error.to_string().contains("fewer than 16 characters")));
        // Characters, not bytes: of 15 letters with umlauts there are 30.
        for short in ["a key of fiftee", "ÄÖÜäöüßÄÖÜäöüßÄ"] {
            assert!(MaskKey::of(short).is_err(), "{short}");
        }
        assert!(MaskKey::of("ÄÖÜäöüßÄÖÜäöüßÄÖ").is_ok());
        let key = MaskKey::of("a key of sixteen").expect("long enough");
        assert_eq!(format!("{key:?}"), "MaskKey([redacted])");
    }
}
