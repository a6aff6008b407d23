//! Rows in a file of ours, in a form that can be added to, cut at the end of a page, and read again.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};

/// Stands for the length of a null.
const NULL: u32 = u32::MAX;

/// More than any row has: the library gives up one of 16 MiB.
const LONGEST: u32 = 64 << 20;

/// Rows, one after the other: the number of cells, then each with its length.
#[derive(Debug)]
pub(super) struct Spool {
    file: BufWriter<File>,
    bytes: u64,
}

impl Spool {
    /// Goes on behind so many bytes; what is behind them belongs to a page that did not end.
    pub(super) fn at(mut file: File, bytes: u64) -> io::Result<Self> {
        file.set_len(bytes)?;
        file.seek(SeekFrom::Start(bytes))?;
        Ok(Self { file: BufWriter::with_capacity(1 << 16, file), bytes })
    }

    pub(super) fn row(&mut self, cells: &[Option<Cow<'_, str>>]) -> io::Result<()> {
        let length = |length: usize| {
            u32::try_from(length).ok().filter(|length| *length <= LONGEST).ok_or(io::ErrorKind::FileTooLarge)
        };
        self.put(&length(cells.len())?.to_le_bytes())?;
        for cell in cells {
            match cell {
                None => self.put(&NULL.to_le_bytes())?,
                Some(text) => {
                    self.put(&length(text.len())?.to_le_bytes())?;
                    self.put(text.as_bytes())?;
                }
            }
        }
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes += bytes.len() as u64;
        self.file.write_all(bytes)
    }

    /// Gives all rows to the operating system, and returns where they end.
    pub(super) fn flush(&mut self) -> io::Result<u64> {
        self.file.flush()?;
        Ok(self.bytes)
    }

    /// The file once more.
    pub(super) fn file(&self) -> io::Result<File> {
        self.file.get_ref().try_clone()
    }

    /// Reads the rows from the first one on, and gives each away. `false` ends it.
    pub(super) fn read(&mut self, mut take: impl FnMut(&[Option<Cow<'_, str>>]) -> bool) -> io::Result<()> {
        self.file.flush()?;
        let mut file = self.file.get_ref();
        file.seek(SeekFrom::Start(0))?;
        let mut reader = BufReader::with_capacity(1 << 16, file).take(self.bytes);
        let mut text = String::new();
        let mut ends = Vec::new();
        while reader.limit() > 0 {
            let count = number(&mut reader)?;
            text.clear();
            ends.clear();
            for _ in 0..count {
                let length = number(&mut reader)?;
                if length == NULL {
                    ends.push(None);
                    continue;
                }
                if length > LONGEST {
                    return Err(io::ErrorKind::InvalidData.into());
                }
                let read = reader.by_ref().take(length.into()).read_to_string(&mut text)?;
                if read != length as usize {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                ends.push(Some(text.len()));
            }
            let mut begin = 0;
            let cells: Vec<Option<Cow<'_, str>>> = ends
                .iter()
                .map(|end| {
                    end.map(|end| {
                        let cell = &text[begin..end];
                        begin = end;
                        Cow::Borrowed(cell)
                    })
                })
                .collect();
            if !take(&cells) {
                break;
            }
        }
        Ok(())
    }
}

fn number(reader: &mut impl io::Read) -> io::Result<u32> {
    let mut bytes = [0; 4];
    reader.read_exact(&mut bytes)?;
    Ok(u32::from_le_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Row = Vec<Option<String>>;

    fn rows() -> Vec<Row> {
        let row = |cells: &[Option<&str>]| cells.iter().map(|cell| cell.map(str::to_owned)).collect();
        vec![row(&[Some("a"), None, Some("")]), row(&[]), row(&[Some("ä\0\n")]), row(&[None])]
    }

    fn put(spool: &mut Spool, row: &Row) {
        let cells: Vec<_> = row.iter().map(|cell| cell.as_deref().map(Cow::Borrowed)).collect();
        spool.row(&cells).expect("written");
    }

    fn read(spool: &mut Spool) -> Vec<Row> {
        let mut rows = Vec::new();
        let taken = |cells: &[Option<Cow<'_, str>>]| {
            rows.push(cells.iter().map(|cell| cell.as_deref().map(str::to_owned)).collect());
            true
        };
        spool.read(taken).expect("read");
        rows
    }

    #[test]
    fn rows_come_out_as_they_went_in_and_what_no_page_end_covers_is_cut() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let mut spool = Spool::at(file.reopen().expect("a file"), 0).expect("begun");
        for row in rows() {
            put(&mut spool, &row);
        }
        let end = spool.flush().expect("written");
        spool.file().and_then(|file| file.sync_data()).expect("on the disk");
        put(&mut spool, &vec![Some("of a page that did not end".to_owned())]);
        drop(spool);
        let mut spool = Spool::at(file.reopen().expect("a file"), end).expect("gone on with");
        assert_eq!(read(&mut spool), rows());
        put(&mut spool, &vec![Some("more".to_owned())]);
        assert_eq!(read(&mut spool).len(), 5);
    }

    #[test]
    fn a_cell_that_could_not_be_read_again_is_not_written() {
        let mut spool = Spool::at(tempfile::tempfile().expect("a file"), 0).expect("begun");
        let large = "x".repeat(LONGEST as usize + 1);
        let failure = spool.row(&[Some(Cow::Borrowed(&large))]).expect_err("too large");
        assert_eq!(failure.kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn a_file_of_something_else_is_an_error() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), [1, 0, 0, 0, 9, 0, 0, 0, b'a']).expect("written");
        assert!(Spool::at(file.reopen().expect("a file"), 9).expect("begun").read(|_| true).is_err());
        // Nothing so long is looked for in the rest of the file.
        std::fs::write(file.path(), [1, 0, 0, 0, 1, 0, 0, 4, b'a']).expect("written");
        let failure =
            Spool::at(file.reopen().expect("a file"), 9).expect("begun").read(|_| true).expect_err("too long");
        assert_eq!(failure.kind(), io::ErrorKind::InvalidData);
        std::fs::write(file.path(), [1, 0, 0, 0, 1, 0, 0, 0, 0xff]).expect("written");
        assert!(Spool::at(file.reopen().expect("a file"), 9).expect("begun").read(|_| true).is_err());
    }
}
