//! The content of an exported archive.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::Path;

use flate2::read::DeflateDecoder;
use serde::Serialize;

use super::script::has_odd_quotes;

/// The record at the end of every ZIP archive, without its comment.
const END_LENGTH: usize = 22;
const END: &[u8] = b"PK\x05\x06";
const ENTRY: &[u8] = b"PK\x01\x02";
/// The limit of the comment after that record.
const LONGEST_COMMENT: u64 = 65_535;
/// The limit of an archive's table of contents, in bytes: enough for about 300,000 files.
const DIRECTORY_LIMIT: u32 = 32 << 20;
/// The limit of unpacking an archive to count its rows, in bytes. 1 MiB may unpack to 1 GiB, and files may share their content.
const COUNTED_LIMIT: u64 = 1 << 30;
/// Replaces a number that does not fit, in archives over 4 GiB.
const ELSEWHERE: u32 = u32::MAX;

/// A complete ZIP archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ImpexArchive {
    /// The size in bytes.
    pub size: u64,
    /// The files in the archive. Empty for archives over 4 GiB or with more than about 300,000 files.
    pub entries: Vec<ArchiveEntry>,
}

/// A file in an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ArchiveEntry {
    /// The name in the archive.
    pub name: String,
    /// The unpacked size in bytes; `None` over 4 GiB.
    pub size: Option<u64>,
    /// The number of data rows in a `.csv` file. `None` for other files, for unsupported compression methods, and once more
    /// than 1 GiB of the archive has been unpacked.
    pub rows: Option<u64>,
}

impl ImpexArchive {
    /// Reads the table of contents of an archive on disk. Blocks.
    ///
    /// # Errors
    /// The system's error if the file cannot be read; [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) for an archive without its
    /// end.
    pub fn read(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::of(&File::open(path)?)
    }

    pub(super) fn of(file: &File) -> io::Result<Self> {
        let size = file.metadata()?.len();
        let tail_begins = size.saturating_sub(LONGEST_COMMENT + END_LENGTH as u64);
        let tail = bytes(file, tail_begins, usize::try_from(size - tail_begins).unwrap_or(usize::MAX))?;
        let end = (0..tail.len().saturating_sub(END_LENGTH - 1))
            .rev()
            .find(|at| tail[*at..].starts_with(END) && at + END_LENGTH + short(&tail, at + 20) == tail.len())
            .ok_or_else(|| io::Error::new(io::ErrorKind::UnexpectedEof, "the archive has no end"))?;
        let (length, begins) = (long(&tail, end + 12), long(&tail, end + 16));
        if begins == ELSEWHERE || length > DIRECTORY_LIMIT {
            return Ok(Self { size, entries: Vec::new() });
        }
        let directory = bytes(file, u64::from(begins), usize::try_from(length).unwrap_or(usize::MAX))?;
        let mut entries = Vec::new();
        let mut allowed = COUNTED_LIMIT;
        let mut at = 0;
        while directory.len() >= at + 46 && directory[at..].starts_with(ENTRY) {
            let (name, extra, comment) =
                (short(&directory, at + 28), short(&directory, at + 30), short(&directory, at + 32));
            let Some(raw) = directory.get(at + 46..at + 46 + name) else { break };
            let packed = Packed {
                method: short(&directory, at + 10),
                length: long(&directory, at + 20),
                offset: long(&directory, at + 42),
            };
            let unpacked = long(&directory, at + 24);
            let name = String::from_utf8_lossy(raw).into_owned();
            let is_csv = Path::new(&name).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
            entries.push(ArchiveEntry {
                rows: if is_csv { packed.rows(file, &mut allowed)? } else { None },
                size: (unpacked != ELSEWHERE).then_some(u64::from(unpacked)),
                name,
            });
            at += 46 + raw.len() + extra + comment;
        }
        Ok(Self { size, entries })
    }
}

/// The position of a file's content, and how it is packed.
struct Packed {
    method: usize,
    length: u32,
    offset: u32,
}

impl Packed {
    /// Counts the rows; `None` if that would unpack more than is allowed.
    fn rows(&self, mut file: &File, allowed: &mut u64) -> io::Result<Option<u64>> {
        if self.length == ELSEWHERE || self.offset == ELSEWHERE {
            return Ok(None);
        }
        let head = bytes(file, u64::from(self.offset), 30)?;
        let skipped = 30 + short(&head, 26) + short(&head, 28);
        file.seek(SeekFrom::Start(u64::from(self.offset) + skipped as u64))?;
        let packed = file.take(u64::from(self.length));
        let mut content: Box<dyn Read + '_> = match self.method {
            0 => Box::new(packed),
            8 => Box::new(DeflateDecoder::new(packed)),
            _ => return Ok(None),
        };
        let (mut counter, mut piece) = (RowCounter::default(), vec![0; 1 << 16]);
        loop {
            let read = match content.read(&mut piece) {
                Ok(0) => return Ok(Some(counter.rows)),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let Some(left) = allowed.checked_sub(read as u64) else { return Ok(None) };
            *allowed = left;
            counter.take(&piece[..read]);
        }
    }
}

/// Counts rows: lines that are neither blank nor a comment; the lines of a quoted cell count as one. Stores no content.
#[derive(Default)]
struct RowCounter {
    rows: u64,
    in_quotes: bool,
    line: Line,
}

/// The kind of a line, as far as it was read.
#[derive(Default, PartialEq, Eq)]
enum Line {
    /// Blank so far.
    #[default]
    Blank,
    Comment,
    Row,
}

impl RowCounter {
    fn take(&mut self, piece: &[u8]) {
        let mut rest = piece;
        while let Some((first, behind)) = rest.split_first() {
            rest = match self.line {
                _ if *first == b'\n' => {
                    self.line = Line::Blank;
                    behind
                }
                Line::Blank if self.in_quotes => {
                    self.line = Line::Row;
                    rest
                }
                Line::Blank if first.is_ascii_whitespace() => behind,
                Line::Blank if *first == b'#' => {
                    self.line = Line::Comment;
                    behind
                }
                Line::Blank => {
                    self.rows += 1;
                    self.line = Line::Row;
                    rest
                }
                Line::Comment => &rest[memchr::memchr(b'\n', rest).unwrap_or(rest.len())..],
                Line::Row => {
                    let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                    self.in_quotes ^= has_odd_quotes(&rest[..end]);
                    &rest[end..]
                }
            };
        }
    }
}

fn bytes(mut file: &File, from: u64, length: usize) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(from))?;
    let mut read = Vec::new();
    file.take(length as u64).read_to_end(&mut read)?;
    if read.len() == length { Ok(read) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// Returns a number of two bytes; 0 beyond the end.
fn short(bytes: &[u8], at: usize) -> usize {
    bytes.get(at..at + 2).map_or(0, |two| usize::from(u16::from_le_bytes([two[0], two[1]])))
}

fn long(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).map_or(0, |four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::DeflateEncoder;

    use super::*;

    /// An archive, its entries packed with the method.
    fn archive(entries: &[(&str, &str)], method: u16) -> Vec<u8> {
        let (mut archive, mut directory) = (Vec::new(), Vec::new());
        for (name, content) in entries {
            let packed = if method == 8 {
                let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
                encoder.write_all(content.as_bytes()).expect("in memory");
                encoder.finish().expect("in memory")
            } else {
                content.as_bytes().to_vec()
            };
            let numbers = [
                &20_u16.to_le_bytes()[..],
                &[0, 0],
                &method.to_le_bytes(),
                &[0; 8],
                &u32::try_from(packed.len()).expect("short").to_le_bytes(),
                &u32::try_from(content.len()).expect("short").to_le_bytes(),
                &u16::try_from(name.len()).expect("short").to_le_bytes(),
                &[0, 0],
            ]
            .concat();
            let offset = u32::try_from(archive.len()).expect("short").to_le_bytes();
            directory.extend([ENTRY, &[20, 0], &numbers, &[0; 10], &offset, name.as_bytes()].concat());
            archive.extend([b"PK\x03\x04", &numbers[..], name.as_bytes(), &packed].concat());
        }
        let begins = u32::try_from(archive.len()).expect("short").to_le_bytes();
        let length = u32::try_from(directory.len()).expect("short").to_le_bytes();
        archive.extend(directory);
        archive.extend([END, &[0; 8], &length, &begins, &[3, 0], b"end"].concat());
        archive
    }

    fn read(bytes: &[u8]) -> io::Result<ImpexArchive> {
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(bytes).expect("written");
        ImpexArchive::of(&file)
    }

    const ENTRIES: [(&str, &str); 3] = [
        ("importscript.impex", "INSERT Product;code\n"),
        ("Product.CSV", "#code;name\nA;\"two\n# lines\n\nof it\"\n\nB;x\r\nC;\"\"\"\"\n"),
        ("empty.csv", ""),
    ];

    #[test]
    fn the_rows_of_tables_are_counted_packed_or_not() {
        for (method, rows) in [(0, Some(3)), (8, Some(3)), (12, None)] {
            let found = read(&archive(&ENTRIES, method)).expect("an archive");
            let counted: Vec<_> = found.entries.iter().map(|entry| (entry.name.as_str(), entry.rows)).collect();
            assert_eq!(
                counted,
                [("importscript.impex", None), ("Product.CSV", rows), ("empty.csv", rows.map(|_| 0))],
                "{method}"
            );
            assert_eq!(found.entries[0].size, Some(20));
        }
    }

    #[test]
    fn rows_are_counted_alike_however_the_text_is_cut() {
        for (_, text) in ENTRIES {
            let count = |piece: usize| {
                let mut counter = RowCounter::default();
                text.as_bytes().chunks(piece).for_each(|piece| counter.take(piece));
                counter.rows
            };
            for piece in 1..20 {
                assert_eq!(count(piece), count(1_000), "{text:?}");
            }
        }
    }

    #[test]
    fn so_much_is_unpacked_and_no_more_also_where_files_share_their_content() {
        let content = "x".repeat(1 << 20);
        let bytes = archive(&[("a.csv", &content)], 8);
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(&bytes).expect("written");
        let packed = Packed { method: 8, length: ELSEWHERE - 1, offset: 0 };
        let mut allowed = (5 << 20) + 1;
        let counted: Vec<_> = (0..7).map(|_| packed.rows(&file, &mut allowed).expect("read")).collect();
        assert_eq!(counted, [Some(1), Some(1), Some(1), Some(1), Some(1), None, None]);
    }

    #[test]
    fn a_list_of_too_many_files_is_not_read() {
        let mut bytes = archive(&ENTRIES, 8);
        let length = bytes.len() - 3 - END_LENGTH + 12;
        bytes[length..length + 4].copy_from_slice(&(DIRECTORY_LIMIT + 1).to_le_bytes());
        assert!(read(&bytes).expect("an archive").entries.is_empty());
    }

    #[test]
    fn a_truncated_archive_is_not_an_archive() {
        let whole = archive(&ENTRIES, 8);
        for length in 0..whole.len() {
            assert!(read(&whole[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn bytes_that_are_wrong_are_no_panic() {
        let whole = archive(&ENTRIES, 8);
        for at in 0..whole.len() {
            let mut broken = whole.clone();
            broken[at] ^= 0xff;
            let _ = read(&broken);
        }
    }
}
