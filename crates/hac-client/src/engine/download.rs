//! An answer that is a file, passed on while it arrives.

use std::ops::ControlFlow;

use crate::auth::BoxFuture;
use crate::engine::expectation::{Expectation, Taken, TooLarge, Unexpected};
use crate::limits::PAGE_LIMIT;
use crate::transport::Pace;

/// Receives a file while it is downloaded.
pub trait ByteSink: Send {
    /// Called once before the first piece, with the total number of bytes if the server sends it.
    fn begin(&mut self, length: Option<u64>) {
        let _ = length;
    }

    /// Called with each piece. `Break` cancels the download.
    fn piece(&mut self, bytes: &[u8]) -> ControlFlow<()>;

    /// Called once behind the last piece of an [export](crate::HacClient::export_impex_watched), whose file appears when the
    /// future says `Continue`. `Break` cancels it. Default: `Continue`, at once.
    fn end(&mut self) -> BoxFuture<'_, ControlFlow<()>> {
        Box::pin(std::future::ready(ControlFlow::Continue(())))
    }
}

impl ByteSink for Vec<u8> {
    fn piece(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        self.extend_from_slice(bytes);
        ControlFlow::Continue(())
    }
}

/// The kind of file that is expected. A page is neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A complete ZIP archive.
    Zip,
    /// Text whose first line contains this character, or an empty file.
    LinesWith(char),
}

/// How much of a file is examined before it is passed on.
const LOOKED_AT: usize = 64 << 10;

/// The end of a zip archive: a record of 22 bytes, and a comment of 64 KiB at most behind it.
const ZIP_END: [u8; 4] = *b"PK\x05\x06";
const ZIP_END_REACH: usize = 22 + (64 << 10);

/// Recognises the file by its beginning and passes it to a sink. The result is the number of bytes.
pub(crate) struct Download<'a> {
    kind: Kind,
    sink: &'a mut dyn ByteSink,
    /// What has arrived before the file was recognised, and all of an answer that is not the file.
    held: Vec<u8>,
    is_file: Option<bool>,
    /// The length that the server sent.
    length: Option<u64>,
    given: u64,
    broken_off: bool,
    /// The last bytes of an archive.
    tail: Vec<u8>,
}

impl<'a> Download<'a> {
    pub(crate) fn new(kind: Kind, sink: &'a mut dyn ByteSink) -> Self {
        Self {
            kind,
            sink,
            held: Vec::new(),
            is_file: None,
            length: None,
            given: 0,
            broken_off: false,
            tail: Vec::new(),
        }
    }

    fn give(&mut self, bytes: &[u8]) -> Taken {
        if self.given == 0 {
            self.sink.begin(self.length);
        }
        if self.kind == Kind::Zip {
            self.tail.extend_from_slice(bytes);
            let surplus = self.tail.len().saturating_sub(ZIP_END_REACH);
            self.tail.drain(..surplus);
        }
        self.given += bytes.len() as u64;
        self.broken_off |= !bytes.is_empty() && self.sink.piece(bytes).is_break();
        if self.broken_off { Taken::Enough } else { Taken::More }
    }

    fn has_its_end(&self) -> bool {
        self.kind != Kind::Zip || self.tail.windows(ZIP_END.len()).any(|window| window == ZIP_END)
    }
}

/// Whether this is the beginning of such a file; `None` while that cannot be said.
fn recognised(kind: Kind, begin: &[u8], complete: bool) -> Option<bool> {
    match kind {
        Kind::Zip if begin.len() < 4 && !complete => None,
        Kind::Zip => Some(begin.starts_with(b"PK\x03\x04") || begin.starts_with(&ZIP_END)),
        Kind::LinesWith(mark) => {
            let text = String::from_utf8_lossy(begin);
            let text = text.trim_start_matches('\u{feff}').trim_start();
            match text.chars().next() {
                None => complete.then_some(true),
                Some('<') => Some(false),
                Some(_) => match text.split_once('\n') {
                    Some((first, _)) => Some(first.contains(mark)),
                    None if complete || text.len() >= LOOKED_AT => Some(text.contains(mark)),
                    None => None,
                },
            }
        }
    }
}

impl Expectation for Download<'_> {
    type Output = u64;

    fn pace(&self) -> Pace {
        Pace::Pieces
    }

    fn begin(&mut self, length: Option<u64>) {
        self.length = length;
    }

    fn take(&mut self, piece: &[u8]) -> Result<Taken, TooLarge> {
        if self.is_file == Some(true) {
            return Ok(self.give(piece));
        }
        self.held.extend_from_slice(piece);
        if self.is_file.is_none() {
            self.is_file = recognised(self.kind, &self.held, false);
        }
        if self.is_file == Some(true) {
            let held = std::mem::take(&mut self.held);
            return Ok(self.give(&held));
        }
        if self.held.len() > PAGE_LIMIT {
            return Err(TooLarge { what: "the page", limit: PAGE_LIMIT });
        }
        Ok(Taken::More)
    }

    fn conclude(&mut self) -> Result<u64, Unexpected> {
        if self.is_file.is_none() && recognised(self.kind, &self.held, true) == Some(true) {
            self.is_file = Some(true);
            let held = std::mem::take(&mut self.held);
            self.give(&held);
        }
        if self.is_file != Some(true) {
            return Err(Unexpected { body: std::mem::take(&mut self.held), defect: None });
        }
        if !self.broken_off && !self.has_its_end() {
            let defect = Some("the archive is incomplete".to_owned());
            return Err(Unexpected { body: Vec::new(), defect });
        }
        Ok(self.given)
    }

    fn delivered(&self) -> bool {
        self.given > 0
    }

    fn restart(&mut self) {
        self.held.clear();
        self.tail.clear();
        self.is_file = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The smallest archive: its end alone.
    const EMPTY_ZIP: [u8; 22] = *b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

    fn download(kind: Kind, body: &[u8], pieces: usize) -> (Result<u64, Unexpected>, Vec<u8>) {
        let mut taken = Vec::new();
        let mut expected = Download::new(kind, &mut taken);
        for piece in body.chunks(pieces.max(1)) {
            expected.take(piece).expect("small");
        }
        let concluded = expected.conclude();
        (concluded, taken)
    }

    #[test]
    fn an_archive_is_one_from_its_beginning_to_its_end() {
        let mut archive = b"PK\x03\x04 some entries ".to_vec();
        archive.extend(std::iter::repeat_n(7, 200_000));
        archive.extend(EMPTY_ZIP);
        for pieces in [1_000, 65_536, usize::MAX] {
            let (concluded, taken) = download(Kind::Zip, &archive, pieces);
            assert_eq!((concluded.expect("whole"), taken.len()), (archive.len() as u64, archive.len()));
            let (concluded, _) = download(Kind::Zip, &archive[..archive.len() - 22], pieces);
            assert!(concluded.expect_err("cut").defect.expect("told").contains("incomplete"));
        }
        assert_eq!(download(Kind::Zip, &EMPTY_ZIP, 1).0.expect("an empty archive"), 22);
        for other in [&b"<html>PK\x03\x04"[..], b"PK", b"", b"{\"success\":false}"] {
            let (concluded, taken) = download(Kind::Zip, other, 1);
            assert_eq!(concluded.expect_err("no archive").body, other);
            assert!(taken.is_empty());
        }
    }

    #[test]
    fn lines_are_known_by_the_character_in_the_first_of_them() {
        let lines = Kind::LinesWith('|');
        for log in ["1|a|b\n2|c", "1|", "", "  \n1|x\nno bar in the second", "\u{feff}1|ö"] {
            for pieces in [1, 3, usize::MAX] {
                let (concluded, taken) = download(lines, log.as_bytes(), pieces);
                assert_eq!(concluded.expect(log), log.len() as u64);
                assert_eq!(taken, log.as_bytes());
            }
        }
        for other in ["<p>1|2", "  <html>|", "no bar\n1|2", "{\"a\":1}"] {
            let (concluded, taken) = download(lines, other.as_bytes(), 1);
            assert_eq!(concluded.expect_err(other).body, other.as_bytes());
            assert!(taken.is_empty());
        }
    }

    #[test]
    fn what_was_given_away_is_not_asked_for_again() {
        let mut taken = Vec::new();
        let mut expected = Download::new(Kind::Zip, &mut taken);
        expected.take(b"PK").expect("small");
        assert!(!expected.delivered(), "it is still held");
        expected.restart();
        expected.take(b"PK\x03\x04").expect("small");
        assert!(expected.delivered());
        assert_eq!(taken, b"PK\x03\x04", "what was held before the restart is forgotten");
    }

    #[derive(Default)]
    struct Recorder(Vec<Option<u64>>, usize);

    impl ByteSink for Recorder {
        fn begin(&mut self, length: Option<u64>) {
            self.0.push(length);
        }

        fn piece(&mut self, bytes: &[u8]) -> ControlFlow<()> {
            self.1 += bytes.len();
            ControlFlow::Continue(())
        }
    }

    #[test]
    fn the_length_is_reported_once_before_the_first_piece_and_only_for_files() {
        let mut sink = Recorder::default();
        let mut expected = Download::new(Kind::Zip, &mut sink);
        expected.begin(Some(7));
        for piece in [&b"PK"[..], b"\x03\x04", b"..."] {
            expected.take(piece).expect("small");
        }
        assert_eq!((sink.0.as_slice(), sink.1), (&[Some(7)][..], 7));
        let mut sink = Recorder::default();
        let mut expected = Download::new(Kind::Zip, &mut sink);
        expected.begin(Some(6));
        expected.take(b"<html>").expect("small");
        assert!(sink.0.is_empty());
    }

    struct Full(usize);

    impl ByteSink for Full {
        fn piece(&mut self, _: &[u8]) -> ControlFlow<()> {
            self.0 += 1;
            ControlFlow::Break(())
        }
    }

    #[test]
    fn a_sink_that_stops_ends_the_reading_without_an_error() {
        let mut sink = Full(0);
        let mut expected = Download::new(Kind::Zip, &mut sink);
        assert_eq!(expected.take(b"PK\x03\x04...").expect("small"), Taken::Enough);
        assert_eq!(expected.conclude().expect("enough"), 7);
        assert_eq!(sink.0, 1);
    }
}
