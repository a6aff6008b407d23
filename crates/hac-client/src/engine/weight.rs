//! How much memory an answer takes once it is parsed, estimated while it arrives.
//!
//! Text and values differ a lot: in `[[],[],…` a value has three bytes and takes 32 in memory, and an object with one key takes
//! 700. So what is collected is counted as it will lie in memory, and an answer that is too large is given up before it is
//! parsed.

use std::borrow::Cow;

/// A place in a list. A value of `serde_json` has 32 bytes, and a list that grows has up to twice as many places.
const PLACE: usize = 64;

/// A text beside its bytes: what the allocator needs.
const TEXT: usize = 32;

/// The first node of an object, which has room for eleven keys with their values.
const OBJECT: usize = 640;

/// The first places of a list that is not empty.
const LIST: usize = 160;

/// Weighs JSON piece by piece without parsing it.
#[derive(Debug, Default)]
pub(crate) struct JsonWeight {
    bytes: usize,
    in_string: bool,
    escaped: bool,
    /// The bracket before this byte, if nothing stands between.
    opened: Option<u8>,
}

impl JsonWeight {
    /// Adds a piece of the text. Returns the weight of all pieces so far.
    pub(crate) fn add(&mut self, piece: &[u8]) -> usize {
        let mut at = 0;
        while at < piece.len() {
            if self.in_string {
                at = self.skip_string(piece, at);
                continue;
            }
            let byte = piece[at];
            at += 1;
            if byte.is_ascii_whitespace() {
                continue;
            }
            self.bytes += match (self.opened.take(), byte) {
                (_, b']' | b'}') | (None, _) => 0,
                (Some(b'{'), _) => OBJECT,
                (Some(_), _) => LIST,
            };
            match byte {
                b'"' => {
                    self.in_string = true;
                    self.bytes += TEXT;
                }
                b'[' | b'{' => self.opened = Some(byte),
                b',' | b':' => self.bytes += PLACE,
                _ => {}
            }
        }
        self.bytes
    }

    /// Counts up to the end of the string or of the piece, and returns where that is.
    fn skip_string(&mut self, piece: &[u8], from: usize) -> usize {
        let mut at = from;
        if self.escaped {
            self.escaped = false;
            at += 1;
        }
        while let Some(next) = memchr::memchr2(b'"', b'\\', &piece[at..]) {
            at += next + 1;
            if piece[at - 1] == b'"' {
                self.in_string = false;
                self.bytes += at - from;
                return at;
            }
            if at == piece.len() {
                self.escaped = true;
                break;
            }
            at += 1;
        }
        self.bytes += piece.len() - from;
        piece.len()
    }
}

/// What a row takes that is kept, with its place among the others.
pub(crate) fn row_weight(cells: &[Option<Cow<'_, str>>]) -> usize {
    let texts: usize = cells.iter().flatten().map(|cell| TEXT + cell.len()).sum();
    PLACE + TEXT + cells.len() * size_of::<Option<String>>() + texts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(json: &str) -> usize {
        JsonWeight::default().add(json.as_bytes())
    }

    #[test]
    fn short_values_weigh_what_they_take_in_memory_and_not_what_they_have_as_text() {
        for (one, least) in [("[],", 32), ("1,", 32), ("\"\",", 24), ("{\"a\":1},", 650), ("[1],", 170), ("null,", 32)]
        {
            let many = one.repeat(10_000);
            assert!(weight(&many) >= least * 10_000, "{one}: {}", weight(&many));
        }
        assert!(weight(&"{},".repeat(10_000)) < 1_000_000, "an empty object takes nothing beside its place");
    }

    #[test]
    fn a_text_weighs_as_many_bytes_whatever_stands_in_it() {
        for text in ["x", "[", "{", ",", ":", "\\\"", "\\\\", "ä"] {
            let json = format!("\"{}\"", text.repeat(1_000));
            let bytes = text.len() * 1_000;
            assert!((bytes..bytes + 100).contains(&weight(&json)), "{text}: {}", weight(&json));
        }
    }

    #[test]
    fn a_row_of_null_cells_has_a_weight() {
        assert!(row_weight(&[]) >= 32);
        assert!(row_weight(&[const { None }; 100]) >= 2_400);
    }

    proptest::proptest! {
        #[test]
        fn the_weight_is_the_same_however_the_text_is_cut(json in "[\\[\\]{}:,\"\\\\ a1]{0,60}", piece in 1_usize..20) {
            let mut cut = JsonWeight::default();
            let summed = json.as_bytes().chunks(piece).fold(0, |_, piece| cut.add(piece));
            proptest::prop_assert_eq!(summed, weight(&json));
        }
    }
}
