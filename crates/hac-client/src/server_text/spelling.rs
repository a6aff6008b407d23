//! The spellings in which a server may give a secret back: as it is, encoded, or torn apart.

use std::borrow::Cow;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use memchr::arch::all::rabinkarp;
use memchr::memmem;
use zeroize::Zeroizing;

use crate::entities;

/// A secret that is shorter than this, or a plain word, is not cut out: the gaps would give it away.
const CUTTABLE: usize = 8;

/// What is shorter in base64 may stand anywhere.
const SHORTEST_BASE64: usize = 4;

/// In a text that is shorter, one by one is faster: `memmem` begins by studying what it looks for.
const SHORT: usize = 1 << 10;

/// How often a text is decoded: `%2541` is `%41` is `A`.
const ROUNDS: usize = 3;

/// Secrets in every spelling that is looked for.
pub(super) struct Spellings {
    /// As they are, the longest first, so that one within another leaves nothing over.
    secrets: Vec<Zeroizing<String>>,
    /// As they stand in a text that was decoded and pressed together: see [`pressed`].
    pressed: Vec<Zeroizing<String>>,
    /// The part of their base64 that does not depend on what stands around them; case matters. Made for the first text that may hold it.
    base64: OnceLock<Vec<Zeroizing<String>>>,
}

impl Spellings {
    pub(super) fn of(mut secrets: Vec<Zeroizing<String>>) -> Self {
        secrets.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        secrets.dedup();
        let mut pressed = Vec::with_capacity(2 * secrets.len());
        for secret in &secrets {
            pressed.extend([Zeroizing::new(press(secret)), Zeroizing::new(hex(secret))]);
        }
        pressed.retain(|text| !text.is_empty());
        Self { secrets, pressed, base64: OnceLock::new() }
    }

    /// Whether a text holds any of them in any spelling.
    pub(super) fn occur_in(&self, text: &str) -> bool {
        if self.secrets.is_empty() || text.is_empty() {
            return false;
        }
        if self.secrets.iter().any(|secret| contains(text, secret)) {
            return true;
        }
        let close: String = text.chars().filter(|c| !is_blank(*c)).collect();
        if self.may_hold_base64(&close) && self.base64().iter().any(|secret| contains(&close, secret)) {
            return true;
        }
        // A secret may hold what one of the encodings gives a meaning: each is undone by itself, in every order.
        let mut round = vec![Cow::Borrowed(text)];
        for _ in 0..=ROUNDS {
            if round.iter().any(|text| self.occur_pressed_in(text)) {
                return true;
            }
            let mut next: Vec<_> = round
                .iter()
                .flat_map(|text| DECODERS.iter().filter_map(|decoder| decoder(text)))
                .map(Cow::Owned)
                .collect();
            next.sort();
            next.dedup();
            round = next;
        }
        false
    }

    fn occur_pressed_in(&self, text: &str) -> bool {
        let pressed = press(text);
        self.pressed.iter().any(|secret| contains(&pressed, secret))
    }

    /// Whether so many characters of base64 stand in a row as the shortest secret has there at least. Most texts have not.
    fn may_hold_base64(&self, text: &str) -> bool {
        let lengths = self.secrets.iter().flat_map(|secret| [secret.len(), 2 * secret.encode_utf16().count()]);
        let shortest = lengths.map(shortest_base64).min();
        let of_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
        let mut runs = text.as_bytes().split(|byte| !of_base64(byte));
        shortest.is_some_and(|shortest| runs.any(|run| run.len() >= shortest))
    }

    fn base64(&self) -> &[Zeroizing<String>] {
        self.base64.get_or_init(|| {
            let mut base64 = Vec::new();
            for secret in &self.secrets {
                base64.extend(base64_of(secret.as_bytes()));
                let wide: Zeroizing<Vec<u8>> =
                    Zeroizing::new(secret.encode_utf16().flat_map(u16::to_le_bytes).collect());
                base64.extend(base64_of(&wide));
            }
            base64.retain(|text| text.len() >= SHORTEST_BASE64);
            base64
        })
    }

    /// Those that can be cut out of a text.
    pub(super) fn plain(&self) -> impl Iterator<Item = &str> {
        let cuttable =
            |secret: &&Zeroizing<String>| secret.len() >= CUTTABLE && !secret.chars().all(char::is_alphabetic);
        self.secrets.iter().filter(cuttable).map(|secret| secret.as_str())
    }
}

fn contains(text: &str, secret: &str) -> bool {
    let (text, secret) = (text.as_bytes(), secret.as_bytes());
    if text.len() < SHORT {
        return rabinkarp::Finder::new(secret).find(text, secret).is_some();
    }
    memmem::find(text, secret).is_some()
}

/// Without what may stand between the characters of a text that was torn apart, in lower case.
fn press(text: &str) -> String {
    let mut pressed = String::with_capacity(text.len());
    for character in text.chars().filter(|c| !is_filler(*c)) {
        if character.is_ascii() {
            pressed.push(character.to_ascii_lowercase());
        } else {
            pressed.extend(character.to_lowercase());
        }
    }
    pressed
}

/// What an encoding may put between two characters, or in the place of a blank: a backslash, a plus.
fn is_filler(character: char) -> bool {
    is_blank(character) || matches!(character, '\\' | '+')
}

fn is_blank(character: char) -> bool {
    if character.is_ascii() {
        return character <= ' ' || character == '\x7f';
    }
    character.is_whitespace() || super::is_invisible(character)
}

fn hex(secret: &str) -> String {
    let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
    secret.bytes().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The length of what [`base64_of`] gives for so many bytes, at its shortest.
fn shortest_base64(bytes: usize) -> usize {
    let lengths = [(0, 0), (1, 2), (2, 3)].map(|(shift, begin)| ((bytes + shift) / 3 * 4).saturating_sub(begin));
    lengths.into_iter().filter(|length| *length >= SHORTEST_BASE64).min().unwrap_or(usize::MAX)
}

/// Its base64 at each of the three places that it can have in a group, without the characters that its neighbours change.
fn base64_of(secret: &[u8]) -> Vec<Zeroizing<String>> {
    (0..3)
        .flat_map(|shift| {
            let mut bytes = Zeroizing::new(vec![0; shift]);
            bytes.extend_from_slice(secret);
            let text = Zeroizing::new(STANDARD_NO_PAD.encode(&*bytes));
            let begin = [0, 2, 3][shift];
            let end = bytes.len() / 3 * 4;
            let stable = Zeroizing::new(text.get(begin..end).unwrap_or_default().to_owned());
            let url_safe = stable.contains(['+', '/']).then(|| stable.replace('+', "-").replace('/', "_"));
            [stable].into_iter().chain(url_safe.map(Zeroizing::new))
        })
        .collect()
}

/// Each undoes one encoding, once; `None` where the text has none of it.
const DECODERS: [fn(&str) -> Option<String>; 3] = [
    |text| match entities::decode(text) {
        Cow::Owned(decoded) if decoded != text => Some(decoded),
        _ => None,
    },
    |text| text.contains('%').then(|| percent_decoded(text)).filter(|decoded| decoded != text),
    |text| text.contains('\\').then(|| unescaped(text)),
];

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let value = (*byte == b'%')
            .then(|| bytes.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(value) = value {
            decoded.push(value);
            at += 3;
        } else {
            decoded.push(*byte);
            at += 1;
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// `\u0041` and `\x41` as the characters that they stand for, and no backslash before any other.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let digits = match rest.as_bytes().first() {
            Some(b'u') => 4,
            Some(b'x') => 2,
            _ => continue,
        };
        let value = rest.get(1..=digits).and_then(|hex| u32::from_str_radix(hex, 16).ok()).and_then(char::from_u32);
        if let Some(value) = value {
            plain.push(value);
            rest = &rest[digits + 1..];
        }
    }
    plain.push_str(rest);
    plain
}
