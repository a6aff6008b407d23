//! Bytes that are compressed on their way into a file.

use std::fmt;
use std::io::{self, Write};

use flate2::write::GzEncoder;

use crate::printer::Target;

/// How a file is compressed. The same bytes give the same file: neither has a name or a time in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    Gzip,
    Zstd,
}

impl Compression {
    /// The compression that an ending stands for.
    pub(super) fn of(ending: &str) -> Option<Self> {
        match ending {
            "gz" => Some(Self::Gzip),
            "zst" => Some(Self::Zstd),
            _ => None,
        }
    }

    /// Compresses what goes to a target.
    pub(super) fn into(self, target: Box<dyn Target>) -> io::Result<Box<dyn Target>> {
        Ok(match self {
            Self::Gzip => Box::new(Packed(GzEncoder::new(target, flate2::Compression::default()))),
            Self::Zstd => {
                let mut encoder = zstd::Encoder::new(target, zstd::DEFAULT_COMPRESSION_LEVEL)?;
                encoder.include_checksum(true)?;
                Box::new(Packed(encoder))
            }
        })
    }
}

/// A compressing writer, with an end.
trait Encoder: Write + Send {
    fn end(self) -> io::Result<Box<dyn Target>>;
}

impl Encoder for GzEncoder<Box<dyn Target>> {
    fn end(self) -> io::Result<Box<dyn Target>> {
        self.finish()
    }
}

impl Encoder for zstd::Encoder<'static, Box<dyn Target>> {
    fn end(self) -> io::Result<Box<dyn Target>> {
        self.finish()
    }
}

struct Packed<E>(E);

impl<E> fmt::Debug for Packed<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Packed")
    }
}

impl<E: Encoder> Write for Packed<E> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    /// What is flushed would be compressed on its own, and nobody reads an unfinished file.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<E: Encoder> Target for Packed<E> {
    fn complete(self: Box<Self>) -> io::Result<u64> {
        self.0.end()?.complete()
    }
}
