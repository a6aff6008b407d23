//! The source of an import: text, bytes, or a file that is read each time it is sent.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};
use flate2::read::MultiGzDecoder;
use sha2::{Digest as _, Sha256};

use crate::audit::{first_line, hexadecimal};
use crate::error::{Error, ErrorKind, Result};
use crate::os;
use crate::transport::UploadFile;

/// The byte order mark of UTF-8. It is not sent: HAC would read it as part of the first word.
const MARK: &[u8] = b"\xef\xbb\xbf";
const DIRECTORY: &str = "it is a directory";

/// The limit of files in UTF-16 that are converted, in bytes: the conversion is done in memory.
const UTF_16_LIMIT: u64 = 64 << 20;

/// How a file begins that is compressed with gzip.
const GZIP: &[u8] = b"\x1f\x8b";

/// The limit of the content of a compressed file, in bytes. It is decompressed to a temporary file.
pub(super) const DECOMPRESSED_LIMIT: u64 = 16 << 30;

/// A script or an archive.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    Text(Arc<str>),
    Bytes(Bytes),
    File(OpenFile),
}

/// A file that is opened once, so that a request that is sent again has the content of the same file, even if its name
/// refers to another one by then.
#[derive(Debug, Clone)]
pub(crate) struct OpenFile {
    file: Arc<File>,
    /// The number of bytes at the beginning that are not sent.
    skipped: u64,
    /// The number of bytes that are sent.
    length: u64,
}

impl Source {
    /// Opens a file and notes its size.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let failed = |why: String| {
            Error::new(ErrorKind::Usage, format!("read {}", path.display()))
                .because(why)
                .with_hint("choose an ImpEx file, or a ZIP archive that contains importscript.impex")
        };
        let explained = |cause: &io::Error| {
            failed(match cause.kind() {
                io::ErrorKind::NotFound => "the file does not exist".into(),
                io::ErrorKind::PermissionDenied => "permission denied".into(),
                _ => cause.to_string(),
            })
        };
        // Windows cannot open a directory.
        let file = File::open(path)
            .map_err(|cause| if path.is_dir() { failed(DIRECTORY.into()) } else { explained(&cause) })?;
        let metadata = file.metadata().map_err(|cause| explained(&cause))?;
        if metadata.is_dir() {
            return Err(failed(DIRECTORY.into()));
        }
        if !metadata.is_file() {
            // A pipe, such as the shell's <(…), can be read only once.
            let mut bytes = Vec::new();
            (&file).read_to_end(&mut bytes).map_err(|cause| explained(&cause))?;
            return Ok(Self::bytes(bytes));
        }
        let mut head = [0; 4];
        let begins = os::read_at(&file, &mut head, 0).map_err(|cause| explained(&cause))?;
        if head[..begins].starts_with(GZIP) {
            let plain = decompressed(&file, DECOMPRESSED_LIMIT)
                .map_err(|cause| failed(format!("it could not be decompressed: {cause}")))?;
            return Self::opened(plain).map_err(|cause| explained(&cause));
        }
        Self::opened(file).map_err(|cause| explained(&cause))
    }

    /// A file on disk that can be read anywhere.
    fn opened(file: File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        let mut head = [0; 4];
        let begins = os::read_at(&file, &mut head, 0)?;
        let head = &head[..begins];
        if utf_16(head).is_some() && metadata.len() <= UTF_16_LIMIT {
            let mut bytes = vec![0; usize::try_from(metadata.len()).unwrap_or(usize::MAX)];
            os::read_exact_at(&file, &mut bytes, 0)?;
            if let Some(text) = from_utf_16(&bytes) {
                return Ok(text);
            }
        }
        let skipped = if head.starts_with(MARK) { MARK.len() as u64 } else { 0 };
        let length = metadata.len() - skipped.min(metadata.len());
        Ok(Self::File(OpenFile { file: Arc::new(file), skipped, length }))
    }

    pub(crate) fn bytes(bytes: impl Into<Bytes>) -> Self {
        let bytes: Bytes = bytes.into();
        if bytes.len() as u64 <= UTF_16_LIMIT
            && let Some(text) = from_utf_16(&bytes)
        {
            return text;
        }
        Self::Bytes(if bytes.starts_with(MARK) { bytes.slice(MARK.len()..) } else { bytes })
    }

    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.strip_prefix('\u{feff}').unwrap_or(text).into())
    }

    /// Returns whether the first bytes are those of a ZIP archive.
    pub(crate) fn is_archive(&self) -> io::Result<bool> {
        Ok(self.part(0, 4)?.starts_with(b"PK\x03\x04"))
    }

    /// Returns the encoding that the first bytes indicate, unless it is UTF-8 or the script was converted.
    pub(crate) fn foreign_encoding(&self) -> io::Result<Option<&'static str>> {
        if matches!(self, Self::Text(_)) {
            return Ok(None);
        }
        let head = self.part(0, 4)?;
        if is_utf_32(&head) {
            return Ok(Some("UTF-32"));
        }
        Ok(utf_16(&head).map(|_| "UTF-16").or_else(|| unmarked(&head)))
    }

    /// Returns the whole text, decoded.
    pub(super) fn decoded(&self, encoding: &'static Encoding) -> io::Result<Cow<'_, str>> {
        match self {
            Self::Text(text) => Ok(Cow::Borrowed(text)),
            Self::Bytes(bytes) => Ok(encoding.decode_without_bom_handling(bytes).0),
            Self::File(_) => {
                let bytes = self.part(0, usize::try_from(self.len()).unwrap_or(usize::MAX))?;
                Ok(Cow::Owned(encoding.decode_without_bom_handling(&bytes).0.into_owned()))
            }
        }
    }

    /// Returns the SHA-256 of the whole source, in hexadecimal.
    pub(super) fn sha256(&self) -> io::Result<String> {
        const STEP: usize = 1 << 20;
        let mut hash = Sha256::new();
        let mut from = 0;
        while from < self.len() {
            let piece = self.part(from, STEP)?;
            hash.update(&piece);
            from += piece.len() as u64;
        }
        Ok(hexadecimal(&hash.finalize()))
    }

    /// Returns the first line that is not blank, if it is within the first 16 KiB.
    pub(super) fn first_line(&self, encoding: &'static Encoding) -> Option<String> {
        let head = self.part(0, 16 << 10).ok()?;
        match self {
            Self::Text(_) => first_line(&String::from_utf8_lossy(&head)),
            Self::Bytes(_) | Self::File(_) => first_line(&encoding.decode_without_bom_handling(&head).0),
        }
    }

    /// Returns the number of the first line of which the beginning passes the test. Reads it in pieces.
    pub(super) fn first_line_that(&self, test: impl Fn(&[u8]) -> bool) -> io::Result<Option<usize>> {
        const STEP: usize = 1 << 20;
        /// So much of a line is looked at.
        const BEGINNING: usize = 256;
        let (mut at, mut line) = (0, 1);
        let mut beginning = Vec::new();
        loop {
            let piece = self.part(at, STEP)?;
            if piece.is_empty() {
                return Ok(test(&beginning).then_some(line));
            }
            at += piece.len() as u64;
            for (number, part) in piece.split(|byte| *byte == b'\n').enumerate() {
                if number > 0 {
                    if test(&beginning) {
                        return Ok(Some(line));
                    }
                    beginning.clear();
                    line += 1;
                }
                beginning.extend_from_slice(&part[..part.len().min(BEGINNING - beginning.len().min(BEGINNING))]);
            }
        }
    }

    /// Returns whether lines end with carriage returns, and none with a line feed.
    pub(super) fn has_only_carriage_returns(&self) -> io::Result<bool> {
        const STEP: usize = 1 << 20;
        let (mut at, mut ended, mut goes_on) = (0, false, false);
        while at < self.len() {
            let piece = self.part(at, STEP)?;
            if memchr::memchr(b'\n', &piece).is_some() {
                return Ok(false);
            }
            let behind = if ended { Some(0) } else { memchr::memchr(b'\r', &piece) };
            ended |= behind.is_some();
            goes_on |= behind.is_some_and(|behind| !piece[behind..].trim_ascii().is_empty());
            at += piece.len() as u64;
        }
        Ok(goes_on)
    }

    /// Returns the line, and the byte within it, of the first invalid UTF-8, both counted from 1.
    pub(crate) fn first_that_is_no_utf8(&self) -> io::Result<Option<(usize, usize)>> {
        const STEP: usize = 1 << 20;
        if matches!(self, Self::Text(_)) {
            return Ok(None);
        }
        let (mut from, mut line, mut line_begins) = (0_u64, 1, 0_u64);
        while from < self.len() {
            let piece = self.part(from, STEP)?;
            let (valid, broken) = match std::str::from_utf8(&piece) {
                Ok(_) => (piece.len(), false),
                // A character may continue in the next piece, but not at the end.
                Err(error) => {
                    let at_end = from + piece.len() as u64 == self.len();
                    (error.valid_up_to(), error.error_len().is_some() || at_end)
                }
            };
            for at in memchr::memchr_iter(b'\n', &piece[..valid]) {
                line += 1;
                line_begins = from + at as u64 + 1;
            }
            from += valid as u64;
            if broken {
                return Ok(Some((line, usize::try_from(from - line_begins).unwrap_or(usize::MAX) + 1)));
            }
        }
        Ok(None)
    }
}

/// Decompresses a file to one that nobody else sees and that is gone with its last handle.
fn decompressed(file: &File, limit: u64) -> io::Result<File> {
    decompressed_into(tempfile::tempfile()?, file, limit)
}

/// Decompresses a file into another one, which is returned.
pub(super) fn decompressed_into(mut plain: File, file: &File, limit: u64) -> io::Result<File> {
    let mut file = file;
    // Where it was looked at, the cursor has moved on some systems.
    file.rewind()?;
    let mut content = MultiGzDecoder::new(io::BufReader::new(file)).take(limit + 1);
    if io::copy(&mut content, &mut plain)? > limit {
        return Err(io::Error::other(format!("its content has more than {limit} bytes")));
    }
    Ok(plain)
}

/// Returns the encoding of a text with a byte order mark of UTF-16, which editors and shells on Windows write.
fn utf_16(head: &[u8]) -> Option<&'static Encoding> {
    match head {
        _ if is_utf_32(head) => None,
        [0xff, 0xfe, ..] => Some(UTF_16LE),
        [0xfe, 0xff, ..] => Some(UTF_16BE),
        _ => None,
    }
}

/// Returns the encoding of a text without a byte order mark: ASCII letters with zeros between them.
pub(super) fn unmarked(head: &[u8]) -> Option<&'static str> {
    match head {
        [1..=127, 0, 0, 0, ..] => Some("UTF-32LE"),
        [0, 0, 0, 1..=127, ..] => Some("UTF-32BE"),
        [1..=127, 0, 1..=127, 0, ..] => Some("UTF-16LE"),
        [0, 1..=127, 0, 1..=127, ..] => Some("UTF-16BE"),
        _ => None,
    }
}

fn is_utf_32(head: &[u8]) -> bool {
    matches!(head, [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..])
}

/// Converts a script to text if it is valid UTF-16.
fn from_utf_16(bytes: &[u8]) -> Option<Source> {
    let text = utf_16(bytes)?.decode_without_bom_handling_and_without_replacement(&bytes[2..])?;
    Some(Source::Text(text.into()))
}

impl UploadFile for Source {
    fn len(&self) -> u64 {
        match self {
            Self::Text(text) => text.len() as u64,
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(file) => file.length,
        }
    }

    fn part(&self, from: u64, most: usize) -> io::Result<Bytes> {
        let within = |length: usize| {
            let from = usize::try_from(from).unwrap_or(usize::MAX).min(length);
            from..length.min(from.saturating_add(most))
        };
        match self {
            Self::Text(text) => Ok(Bytes::copy_from_slice(&text.as_bytes()[within(text.len())])),
            Self::Bytes(bytes) => Ok(bytes.slice(within(bytes.len()))),
            Self::File(open) => {
                let left = open.length.saturating_sub(from);
                let mut buffer = vec![0; most.min(usize::try_from(left).unwrap_or(most))];
                // A file that was truncated must not be sent as a shorter script.
                os::read_exact_at(&open.file, &mut buffer, open.skipped + from)?;
                Ok(buffer.into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(content: &[u8]) -> (Source, tempfile::TempDir) {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("a.impex");
        std::fs::write(&path, content).expect("written");
        (Source::open(&path).expect("opened"), directory)
    }

    #[test]
    fn a_byte_order_mark_is_not_part_of_a_script() {
        let (opened, _directory) = file(b"\xef\xbb\xbf;1");
        for source in [opened, Source::bytes(&b"\xef\xbb\xbf;1"[..]), Source::text("\u{feff};1")] {
            assert_eq!(source.len(), 2, "{source:?}");
            assert_eq!(source.part(0, 100).expect("read"), ";1".as_bytes());
            assert_eq!(source.part(1, 1).expect("read"), "1".as_bytes());
            assert!(source.part(2, 1).expect("read").is_empty());
        }
    }

    #[test]
    fn a_script_in_utf_16_is_text_and_what_only_begins_so_is_named() {
        let script = "INSERT Title;code\n;ä\u{1f600}\n";
        let little: Vec<u8> = [0xfeff].into_iter().chain(script.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = [0xfeff].into_iter().chain(script.encode_utf16()).flat_map(u16::to_be_bytes).collect();
        for bytes in [little, big] {
            for source in [file(&bytes).0, Source::bytes(bytes.clone())] {
                assert!(matches!(&source, Source::Text(text) if &**text == script), "{source:?}");
                assert_eq!(source.foreign_encoding().expect("read"), None);
            }
            let cut = &bytes[..bytes.len() - 1];
            for source in [file(cut).0, Source::bytes(cut.to_vec())] {
                assert_eq!(source.foreign_encoding().expect("read"), Some("UTF-16"), "{source:?}");
            }
        }
        for (bytes, name) in [
            (&b"I\0N\0S\0"[..], "UTF-16LE"),
            (b"\0I\0N\0S", "UTF-16BE"),
            (b"I\0\0\0N\0\0\0", "UTF-32LE"),
            (b"\0\0\0I\0\0\0N", "UTF-32BE"),
        ] {
            assert_eq!(Source::bytes(bytes).foreign_encoding().expect("read"), Some(name));
        }
        let wide = Source::bytes(&b"\xff\xfe\0\0I\0\0\0"[..]);
        assert_eq!(wide.foreign_encoding().expect("read"), Some("UTF-32"));
        assert_eq!(Source::bytes(&b";1"[..]).foreign_encoding().expect("read"), None);
    }

    #[test]
    fn what_is_no_utf8_is_found_also_behind_a_letter_that_is_cut_in_two() {
        let mut content = "a".repeat((1 << 20) - 1).into_bytes();
        content.extend("ä\nxy".as_bytes());
        let (good, _directory) = file(&content);
        assert_eq!(good.first_that_is_no_utf8().expect("read"), None);
        content.push(0xe4);
        for source in [file(&content).0, Source::bytes(content.clone())] {
            assert_eq!(source.first_that_is_no_utf8().expect("read"), Some((2, 3)));
        }
        assert_eq!(Source::bytes(&b"\xe4;x\n"[..]).first_that_is_no_utf8().expect("read"), Some((1, 1)));
    }

    #[test]
    fn a_truncated_file_is_not_sent_as_a_shorter_script() {
        let (source, directory) = file(b"INSERT Title;code\n;a\n;b\n");
        std::fs::write(directory.path().join("a.impex"), b"INSERT").expect("written");
        assert!(source.part(0, 1000).is_err());
    }

    #[test]
    fn an_archive_is_known_by_its_first_bytes() {
        assert!(Source::bytes(&b"PK\x03\x04rest"[..]).is_archive().expect("read"));
        assert!(!Source::text("PK").is_archive().expect("read"));
    }

    #[test]
    fn a_compressed_file_is_read_as_its_content_and_no_further_than_the_limit() {
        use std::io::Write as _;

        let pack = |content: &[u8]| {
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            packed.write_all(content).expect("packed");
            packed.finish().expect("packed")
        };
        // Two members, as `cat one.gz two.gz` makes them, and a byte order mark in front.
        let both = [pack(b"\xef\xbb\xbfINSERT Title;code\n"), pack(b";a\n")].concat();
        let (source, _directory) = file(&both);
        assert_eq!(source.decoded(encoding_rs::UTF_8).expect("read"), "INSERT Title;code\n;a\n");

        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("large.impex.gz");
        std::fs::write(&path, pack(&[b'x'; 5000])).expect("written");
        let packed = File::open(&path).expect("opened");
        assert!(decompressed(&packed, 5000).is_ok());
        let packed = File::open(&path).expect("opened");
        assert!(decompressed(&packed, 4999).expect_err("too much").to_string().contains("more than 4999 bytes"));

        std::fs::write(&path, &both[..30]).expect("written");
        let error = Source::open(&path).expect_err("it is cut");
        assert!(error.to_string().contains("could not be decompressed"), "{error}");
    }

    #[test]
    fn the_first_line_that_passes_is_found_wherever_the_pieces_end() {
        let long = format!("{}\n#% if: true\nlast", "x".repeat((1 << 20) - 3));
        let is_code = |line: &[u8]| line.starts_with(b"#%");
        let (source, _directory) = file(long.as_bytes());
        assert_eq!(source.first_line_that(is_code).expect("read"), Some(2));
        assert_eq!(Source::text("a\nb\n#%").first_line_that(is_code).expect("read"), Some(3));
        assert_eq!(Source::text("a #%\nb\n").first_line_that(is_code).expect("read"), None);
        assert_eq!(Source::text("").first_line_that(is_code).expect("read"), None);
    }
}
