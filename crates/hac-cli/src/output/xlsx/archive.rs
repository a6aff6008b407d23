//! A ZIP archive whose entries are written one after the other, each while it grows.
//!
//! Their sizes stand behind them, so nothing is kept and nothing is written twice. All times are those with which ZIP begins: the same
//! entries make the same bytes.

use std::io::{self, Write};

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// The version that one needs to unpack it.
const VERSION: u16 = 20;
/// Sizes and checksum stand behind the entry.
const SIZES_FOLLOW: u16 = 1 << 3;
const DEFLATED: u16 = 8;
/// The first of January 1980.
const DATE: u16 = 0x21;

/// The archive.
pub(super) struct Archive<W: Write> {
    /// None while an entry takes what is written.
    out: Option<Counted<W>>,
    open: Option<Open<W>>,
    entries: Vec<Entry>,
}

/// An entry that is being written.
struct Open<W: Write> {
    name: String,
    offset: u64,
    begin: u64,
    checksum: Crc,
    deflated: DeflateEncoder<Counted<W>>,
}

/// An entry that is there.
struct Entry {
    name: String,
    offset: u64,
    checksum: u32,
    packed: u64,
    size: u64,
}

/// Counts what is written.
struct Counted<W> {
    out: W,
    bytes: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl<W: Write> Archive<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out: Some(Counted { out, bytes: 0 }), open: None, entries: Vec::new() }
    }

    /// Begins an entry, whose name is ASCII. The one before it must have ended.
    pub(super) fn begin(&mut self, name: &str) -> io::Result<()> {
        let Some(mut out) = self.out.take() else { return Err(io::ErrorKind::ResourceBusy.into()) };
        let offset = out.bytes;
        let mut header = Record::of(0x0403_4b50);
        header.shorts(&[VERSION, SIZES_FOLLOW, DEFLATED, 0, DATE]).longs(&[0, 0, 0]);
        header.short_length(name)?.shorts(&[0]).text(name);
        out.write_all(&header.0)?;
        let (name, begin) = (name.to_owned(), out.bytes);
        let deflated = DeflateEncoder::new(out, Compression::default());
        self.open = Some(Open { name, offset, begin, checksum: Crc::new(), deflated });
        Ok(())
    }

    /// Writes into the entry that was begun.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some(open) = &mut self.open else { return Err(io::ErrorKind::NotFound.into()) };
        open.checksum.update(bytes);
        open.deflated.write_all(bytes)
    }

    /// Ends the entry.
    pub(super) fn end(&mut self) -> io::Result<()> {
        let Some(Open { name, offset, begin, checksum, deflated }) = self.open.take() else { return Ok(()) };
        let size = deflated.total_in();
        let mut out = deflated.finish()?;
        let (packed, checksum) = (out.bytes - begin, checksum.sum());
        let mut behind = Record::of(0x0807_4b50);
        behind.longs(&[checksum, long(packed)?, long(size)?]);
        out.write_all(&behind.0)?;
        self.entries.push(Entry { name, offset, checksum, packed, size });
        self.out = Some(out);
        Ok(())
    }

    /// Writes a whole entry.
    pub(super) fn add(&mut self, name: &str, content: &str) -> io::Result<()> {
        self.begin(name)?;
        self.write(content.as_bytes())?;
        self.end()
    }

    /// Ends the archive: the directory of all entries.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.end()?;
        let Some(mut out) = self.out.take() else { return Ok(()) };
        let begin = out.bytes;
        for entry in &self.entries {
            let mut record = Record::of(0x0201_4b50);
            record.shorts(&[VERSION, VERSION, SIZES_FOLLOW, DEFLATED, 0, DATE]);
            record.longs(&[entry.checksum, long(entry.packed)?, long(entry.size)?]);
            record.short_length(&entry.name)?.shorts(&[0, 0, 0, 0]).longs(&[0, long(entry.offset)?]).text(&entry.name);
            out.write_all(&record.0)?;
        }
        let entries = u16::try_from(self.entries.len()).map_err(|_| too_large())?;
        let mut end = Record::of(0x0605_4b50);
        end.shorts(&[0, 0, entries, entries]).longs(&[long(out.bytes - begin)?, long(begin)?]).shorts(&[0]);
        out.write_all(&end.0)?;
        out.flush()
    }
}

/// A piece of the archive's own, in little endian.
struct Record(Vec<u8>);

impl Record {
    fn of(signature: u32) -> Self {
        Self(signature.to_le_bytes().to_vec())
    }

    fn shorts(&mut self, values: &[u16]) -> &mut Self {
        for value in values {
            self.0.extend_from_slice(&value.to_le_bytes());
        }
        self
    }

    fn longs(&mut self, values: &[u32]) -> &mut Self {
        for value in values {
            self.0.extend_from_slice(&value.to_le_bytes());
        }
        self
    }

    fn short_length(&mut self, text: &str) -> io::Result<&mut Self> {
        let length = u16::try_from(text.len()).map_err(|_| too_large())?;
        Ok(self.shorts(&[length]))
    }

    fn text(&mut self, text: &str) -> &mut Self {
        self.0.extend_from_slice(text.as_bytes());
        self
    }
}

/// The archive that every program reads has 32 bits for sizes.
fn long(size: u64) -> io::Result<u32> {
    u32::try_from(size).map_err(|_| too_large())
}

fn too_large() -> io::Error {
    io::ErrorKind::FileTooLarge.into()
}
