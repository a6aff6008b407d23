//! The physical lines of a file, decoded, one at a time.

use std::io::{self, Read};

use encoding_rs::{CoderResult, Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::flaw::{Flaw, STATEMENT_LIMIT};
use crate::console::impex::source::unmarked;

/// The room for a statement that is kept for the next one, in bytes. A longer one is rare.
pub(super) const LARGE: usize = 1 << 20;

/// How much is read and decoded at a time.
const STEP: usize = 64 << 10;

/// Reads lines from a reader, in memory of a constant size. A line ends with `\n`, `\r\n` or a single `\r`.
pub(super) struct Lines<R> {
    reader: R,
    decoder: Decoder,
    /// The encoding of the text, which a byte order mark may decide.
    encoding: &'static Encoding,
    /// What was read and is not decoded yet.
    raw: Vec<u8>,
    /// What was decoded, and how much of it has been taken.
    text: String,
    taken: usize,
    /// The number of lines that have been taken.
    line: usize,
    has_line_feeds: bool,
    read_all: bool,
    decoded_all: bool,
}

impl<R: Read> Lines<R> {
    /// Looks for a byte order mark, which wins over the name of the encoding only if that is UTF-8, the default.
    pub(super) fn new(mut reader: R, encoding: &'static Encoding) -> Result<Self, Flaw> {
        let mut head = [0; 4];
        let mut length = 0;
        while length < head.len() {
            match reader.read(&mut head[length..]) {
                Ok(0) => break,
                Ok(read) => length += read,
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                Err(cause) => return Err(Flaw::Read(cause)),
            }
        }
        let head = &head[..length];
        let (encoding, mark) = match head {
            [0xff, 0xfe, 0, 0] | [0, 0, 0xfe, 0xff] => return Err(Flaw::Foreign("UTF-32")),
            [0xef, 0xbb, 0xbf, ..] => (encoding, 3),
            [0xff, 0xfe, ..] if encoding == UTF_8 || encoding == UTF_16LE => (UTF_16LE, 2),
            [0xfe, 0xff, ..] if encoding == UTF_8 || encoding == UTF_16BE => (UTF_16BE, 2),
            _ if encoding == UTF_8
                && let Some(name) = unmarked(head) =>
            {
                return Err(Flaw::Foreign(name));
            }
            _ => (encoding, 0),
        };
        Ok(Self {
            reader,
            decoder: encoding.new_decoder_without_bom_handling(),
            encoding,
            raw: head[mark..].to_vec(),
            text: String::new(),
            taken: 0,
            line: 0,
            has_line_feeds: false,
            read_all: false,
            decoded_all: false,
        })
    }

    pub(super) fn encoding(&self) -> &'static Encoding {
        self.encoding
    }

    /// Returns the number of the line that was taken last, counted from 1.
    pub(super) fn line(&self) -> usize {
        self.line
    }

    /// Returns whether there were several lines, and none of them ended with a line feed.
    pub(super) fn has_only_carriage_returns(&self) -> bool {
        self.line > 1 && !self.has_line_feeds
    }

    /// Gives the reader back, once all lines have been taken.
    pub(super) fn into_inner(self) -> R {
        self.reader
    }

    /// Appends the next line with its line break. Returns `false` at the end. `begun` is the line that is blamed if the text
    /// becomes too long.
    pub(super) fn take(&mut self, into: &mut String, begun: Option<usize>) -> Result<bool, Flaw> {
        let before = into.len();
        loop {
            let rest = &self.text[self.taken..];
            let bytes = rest.as_bytes();
            let end = match memchr::memchr2(b'\n', b'\r', bytes) {
                // Whether a line feed follows is not known yet.
                Some(at) if bytes[at] == b'\r' && at + 1 == bytes.len() && !self.decoded_all => None,
                Some(at) if bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n') => Some(at + 2),
                Some(at) => Some(at + 1),
                None => None,
            };
            let end = match end {
                Some(end) => end,
                None if self.decoded_all => rest.len(),
                None if into.len() + rest.len() > STATEMENT_LIMIT => {
                    return Err(Flaw::TooLong { line: begun.unwrap_or(self.line + 1) });
                }
                None => {
                    // A long line is held once. Whether a carriage return ends it is known with what follows.
                    let certain = rest.strip_suffix('\r').unwrap_or(rest);
                    if into.len() + certain.len() > LARGE && into.capacity() < STATEMENT_LIMIT {
                        // Room for the longest one at once, of which only what is used takes memory: each time it grew, it would
                        // be held twice.
                        into.reserve_exact(STATEMENT_LIMIT - into.len());
                    }
                    into.push_str(certain);
                    self.taken += certain.len();
                    self.decode_more()?;
                    continue;
                }
            };
            if into.len() + end > STATEMENT_LIMIT {
                return Err(Flaw::TooLong { line: begun.unwrap_or(self.line + 1) });
            }
            into.push_str(&rest[..end]);
            self.taken += end;
            if into.len() == before {
                return Ok(false);
            }
            self.has_line_feeds |= into.ends_with('\n');
            self.line += 1;
            return Ok(true);
        }
    }

    fn decode_more(&mut self) -> Result<(), Flaw> {
        self.text.drain(..self.taken);
        self.taken = 0;
        if !self.read_all {
            let held = self.raw.len();
            self.raw.resize(held + STEP, 0);
            let read = loop {
                match self.reader.read(&mut self.raw[held..]) {
                    Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                    read => break read,
                }
            };
            let read = read.map_err(Flaw::Read)?;
            self.raw.truncate(held + read);
            self.read_all = read == 0;
        }
        let room = self.decoder.max_utf8_buffer_length_without_replacement(self.raw.len()).unwrap_or(4 * STEP);
        self.text.reserve(room);
        let (result, read) =
            self.decoder.decode_to_string_without_replacement(&self.raw, &mut self.text, self.read_all);
        self.raw.drain(..read);
        match result {
            DecoderResult::InputEmpty => {
                self.decoded_all = self.read_all;
                Ok(())
            }
            DecoderResult::OutputFull => Ok(()),
            DecoderResult::Malformed(..) => {
                let text = self.text.as_bytes();
                let ends_line = |at: &usize| text[*at] == b'\n' || text.get(at + 1) != Some(&b'\n');
                let breaks = memchr::memchr2_iter(b'\n', b'\r', text).filter(ends_line).count();
                Err(Flaw::Encoding { name: self.encoding.name(), line: self.line + breaks + 1 })
            }
        }
    }
}

/// Returns the text in an encoding; what the encoding lacks becomes a numeric reference.
pub(super) fn encoded(text: &str, encoding: &'static Encoding) -> Vec<u8> {
    if encoding == UTF_8 || encoding.output_encoding() == UTF_8 {
        return text.as_bytes().to_vec();
    }
    let mut encoder = encoding.new_encoder();
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    loop {
        let room = encoder.max_buffer_length_from_utf8_if_no_unmappables(rest.len()).unwrap_or(rest.len() * 4) + 16;
        bytes.reserve(room);
        let (result, read, _) = encoder.encode_from_utf8_to_vec(rest, &mut bytes, true);
        rest = &rest[read..];
        if result == CoderResult::InputEmpty {
            return bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::WINDOWS_1252;

    use super::*;

    /// A reader that gives so many bytes at a time.
    struct Pieces<'a>(&'a [u8], usize);

    impl Read for Pieces<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let length = self.0.len().min(self.1).min(into.len());
            into[..length].copy_from_slice(&self.0[..length]);
            self.0 = &self.0[length..];
            Ok(length)
        }
    }

    fn lines(bytes: &[u8], encoding: &'static Encoding, piece: usize) -> Result<Vec<String>, Flaw> {
        let mut lines = Lines::new(Pieces(bytes, piece), encoding)?;
        let mut all = Vec::new();
        loop {
            let mut line = String::new();
            if !lines.take(&mut line, None)? {
                return Ok(all);
            }
            all.push(line);
            assert_eq!(lines.line(), all.len());
        }
    }

    #[test]
    fn lines_are_the_same_however_the_file_is_read() {
        let text = "a\r\nb\rc\n\n\r\rä\u{1f600}\r\n";
        let expected = ["a\r\n", "b\r", "c\n", "\n", "\r", "\r", "ä\u{1f600}\r\n"];
        let mark = |units: Vec<u16>, order: fn(u16) -> [u8; 2]| units.into_iter().flat_map(order).collect::<Vec<u8>>();
        let units: Vec<u16> = [0xfeff].into_iter().chain(text.encode_utf16()).collect();
        let files = [
            text.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            mark(units.clone(), u16::to_le_bytes),
            mark(units, u16::to_be_bytes),
        ];
        for file in files {
            for piece in 1..8 {
                assert_eq!(lines(&file, UTF_8, piece).expect("text"), expected);
            }
        }
        assert_eq!(lines(b"\xe4\r", WINDOWS_1252, 1).expect("text"), ["ä\r"]);
        assert!(lines(b"", UTF_8, 1).expect("text").is_empty());
    }

    #[test]
    fn what_is_not_in_its_encoding_is_named_with_its_line() {
        assert!(matches!(lines(b"a\nb\xe4;x\n", UTF_8, 100), Err(Flaw::Encoding { name: "UTF-8", line: 2 })));
        assert!(matches!(lines(b"\xff\xfea", UTF_8, 100), Err(Flaw::Encoding { name: "UTF-16LE", line: 1 })));
        assert!(matches!(lines(b"\xff\xfe\0\0a\0\0\0", UTF_8, 1), Err(Flaw::Foreign("UTF-32"))));
        assert!(matches!(lines(b"I\0N\0S\0", UTF_8, 1), Err(Flaw::Foreign("UTF-16LE"))));
        assert_eq!(lines(b"I\0\n\0", UTF_16LE, 1).expect("text"), ["I\n"]);
    }

    #[test]
    fn a_line_without_end_is_not_held_in_memory() {
        let endless = io::repeat(b'x');
        let mut lines = Lines::new(endless, UTF_8).expect("text");
        let mut line = String::new();
        assert!(matches!(lines.take(&mut line, None), Err(Flaw::TooLong { line: 1 })));
        assert!(line.len() <= STATEMENT_LIMIT);
    }

    #[test]
    fn reports_are_in_the_encoding_of_the_file() {
        assert_eq!(encoded("ä€", WINDOWS_1252), b"\xe4\x80");
        assert_eq!(encoded("日", WINDOWS_1252), b"&#26085;");
        assert_eq!(encoded("ä", UTF_16LE), "ä".as_bytes());
    }
}
