//! Bytes, eight at once. The Python package is built for size, where the compiler does not do so by itself.

/// The highest bit of each byte.
const HIGH: u64 = each(0x80);

const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// Eight bytes.
#[derive(Clone, Copy)]
pub(super) struct Word(u64);

impl Word {
    /// All bytes of a text, the last word filled up with blanks.
    pub(super) fn of(text: &[u8]) -> impl Iterator<Item = Self> {
        let (words, rest) = text.as_chunks();
        let last = rest.iter().fold(each(b' '), |word, byte| (word << 8) | u64::from(*byte));
        words.iter().map(|word| Self(u64::from_ne_bytes(*word))).chain([Self(last)])
    }

    /// A bit for each byte that is this one.
    pub(super) fn equal(self, byte: u8) -> u64 {
        let other = self.0 ^ each(byte);
        !(((other & !HIGH) + !HIGH) | other) & HIGH
    }

    /// A bit for each byte between these two of ASCII, and for them.
    pub(super) fn between(self, first: u8, last: u8) -> u64 {
        let low = self.0 & !HIGH;
        (low + each(0x80 - first)) & !(low + each(0x7f - last)) & !self.0 & HIGH
    }

    /// Letters in lower case, and some other bytes 32 higher.
    pub(super) fn lower(self) -> Self {
        Self(self.0 | each(0x20))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_is_seen_wherever_it_stands() {
        for at in 0..19 {
            for byte in 0..=u8::MAX {
                let mut text = [b'x'; 19];
                text[at] = byte;
                let found = |of: fn(Word) -> u64| Word::of(&text).map(|word| of(word).count_ones()).sum::<u32>();
                assert_eq!(found(|word| word.equal(b'"')), u32::from(byte == b'"'), "{byte} at {at}");
                assert_eq!(found(|word| word.between(0, 0x1f)), u32::from(byte < b' '), "{byte} at {at}");
                let folded = u32::from((b'{'..=b'}').contains(&(byte | 0x20)));
                assert_eq!(found(|word| word.lower().between(b'{', b'}')), folded, "{byte} at {at}");
            }
        }
    }
}
