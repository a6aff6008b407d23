//! The rows that failed, with their reasons: appended to while the import goes on, read for the outcome files.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};

use serde::{Deserialize, Serialize};

use crate::os;
use crate::server_text::one_line;

/// How much of a reason is kept.
const REASON_CHARS: usize = 1_000;

/// The limit of an entry, in bytes.
const ENTRY_LIMIT: usize = 32 << 10;

/// A row that failed, or whose failure waits for the second round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// The first line of the row. 0: the server reported a failure that is in no line of the file.
    #[serde(rename = "l")]
    pub(super) line: usize,
    #[serde(rename = "r")]
    pub(super) reason: String,
    /// Whether the row is kept for the second round.
    #[serde(rename = "k", default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) kept: bool,
}

impl Entry {
    pub(super) fn new(line: usize, reason: &str, kept: bool) -> Self {
        Self { line, reason: one_line(reason, REASON_CHARS), kept }
    }
}

/// The file of the entries.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    length: u64,
}

/// A row of the journal: where its entry is, and whether it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mark {
    pub(super) line: usize,
    offset: u64,
    pub(super) kept: bool,
}

impl Journal {
    /// Takes the first `length` bytes of a file as the journal: what is behind them belongs to an answer whose checkpoint was not
    /// written.
    pub(super) fn of(file: File, length: u64) -> io::Result<Self> {
        if file.metadata()?.len() < length {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the journal of the import is shorter than it was",
            ));
        }
        file.set_len(length)?;
        Ok(Self { file, length })
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Appends entries, and returns when they are on the disk.
    pub(super) fn append(&mut self, entries: &[Entry]) -> io::Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut text = Vec::new();
        for entry in entries {
            serde_json::to_writer(&mut text, entry)?;
            text.push(b'\n');
        }
        self.file.seek(SeekFrom::Start(self.length))?;
        self.file.write_all(&text)?;
        self.file.sync_data()?;
        self.length += text.len() as u64;
        Ok(())
    }

    /// Returns where the entries are, sorted by line. Of several entries for a line, the last one counts.
    pub(super) fn marks(&mut self) -> io::Result<Vec<Mark>> {
        self.file.seek(SeekFrom::Start(0))?;
        let mut marks = Vec::new();
        let mut reader = BufReader::new(&self.file);
        let (mut offset, mut text) = (0, Vec::new());
        while offset < self.length {
            text.clear();
            let read = io::Read::take(&mut reader, ENTRY_LIMIT as u64).read_until(b'\n', &mut text)?;
            let entry: Entry = serde_json::from_slice(&text)?;
            marks.push(Mark { line: entry.line, offset, kept: entry.kept });
            offset += read as u64;
        }
        marks.sort_unstable();
        marks.reverse();
        // Sorted backwards, the last entry of a line comes first. Entries without a line are all different.
        marks.dedup_by(|earlier, later| earlier.line != 0 && earlier.line == later.line);
        marks.reverse();
        Ok(marks)
    }

    /// Returns the reason of an entry.
    pub(super) fn reason(&self, mark: Mark) -> io::Result<String> {
        let mut text = vec![0; ENTRY_LIMIT];
        let read = os::read_at(&self.file, &mut text, mark.offset)?;
        let end = memchr::memchr(b'\n', &text[..read]).unwrap_or(read);
        let entry: Entry = serde_json::from_slice(&text[..end])?;
        Ok(entry.reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_entry_of_a_line_counts_and_what_no_checkpoint_knows_is_gone() {
        let file = tempfile::tempfile().expect("a file");
        let mut journal = Journal::of(file.try_clone().expect("a file"), 0).expect("a journal");
        let entries = [
            Entry::new(7, "a\nb", true),
            Entry::new(3, "why", false),
            Entry::new(0, "x", false),
            Entry::new(0, "y", false),
        ];
        journal.append(&entries).expect("written");
        let length = journal.length();
        journal.append(&[Entry::new(7, "later", false)]).expect("written");
        let marks = journal.marks().expect("read");
        let found: Vec<_> =
            marks.iter().map(|mark| (mark.line, mark.kept, journal.reason(*mark).expect("read"))).collect();
        let expected = [(0, false, "x"), (0, false, "y"), (3, false, "why"), (7, false, "later")];
        assert_eq!(found, expected.map(|(line, kept, reason)| (line, kept, reason.to_owned())));
        let mut resumed = Journal::of(file, length).expect("a journal");
        let marks = resumed.marks().expect("read");
        assert_eq!((marks.len(), marks[3].kept), (4, true));
        assert!(Journal::of(tempfile::tempfile().expect("a file"), 1).is_err(), "it was cut");
    }
}
