//! ZIP archives: what an export sends, and what an upload may bring.

use std::io::{self, Read as _, Write as _};

use bytes::{Buf as _, Bytes};
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// The most that one file of an upload may unpack to.
const LARGEST_FILE: u64 = 256 << 20;

/// Packs files into an archive.
pub(crate) fn pack(files: &[(String, String)]) -> io::Result<Vec<u8>> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let mut checksum = Crc::new();
        checksum.update(content.as_bytes());
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content.as_bytes())?;
        let packed = encoder.finish()?;
        let mut common = Vec::new();
        // Version 2.0, names in UTF-8, deflated, no time: the same each time.
        common.extend([20, 0, 0, 8, 8, 0, 0, 0, 33, 0]);
        common.extend(checksum.sum().to_le_bytes());
        common.extend(long(packed.len())?);
        common.extend(long(content.len())?);
        common.extend(short(name.len())?);
        common.extend([0, 0]);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend(long(archive.len())?);
        directory.extend(name.as_bytes());
        archive.extend(b"PK\x03\x04");
        archive.extend(common);
        archive.extend(name.as_bytes());
        archive.extend(packed);
    }
    let begins = long(archive.len())?;
    let length = long(directory.len())?;
    let count = short(files.len())?;
    archive.extend(directory);
    archive.extend(b"PK\x05\x06\0\0\0\0");
    archive.extend([count, count].concat());
    archive.extend(length);
    archive.extend(begins);
    archive.extend([0, 0]);
    Ok(archive)
}

/// The content of one file of an archive; `None` if there is no such file.
pub(crate) fn file(archive: &Bytes, wanted: &str) -> io::Result<Option<Vec<u8>>> {
    let broken = || io::Error::new(io::ErrorKind::InvalidData, "the archive is broken");
    let end = archive.windows(4).rposition(|bytes| bytes == b"PK\x05\x06").ok_or_else(broken)?;
    let number = |at: usize, length: usize| -> io::Result<usize> {
        let mut bytes = archive.get(at..at + length).ok_or_else(broken)?;
        usize::try_from(bytes.get_uint_le(length)).map_err(|_| broken())
    };
    let mut at = number(end + 16, 4)?;
    while archive.get(at..at + 4) == Some(b"PK\x01\x02") {
        let (name, extra, comment) = (number(at + 28, 2)?, number(at + 30, 2)?, number(at + 32, 2)?);
        if archive.get(at + 46..at + 46 + name) == Some(wanted.as_bytes()) {
            let (method, packed, offset) = (number(at + 10, 2)?, number(at + 20, 4)?, number(at + 42, 4)?);
            let begins = offset + 30 + number(offset + 26, 2)? + number(offset + 28, 2)?;
            let packed = archive.get(begins..begins + packed).ok_or_else(broken)?;
            let mut content = Vec::new();
            match method {
                0 => content.extend(packed),
                8 => {
                    DeflateDecoder::new(packed).take(LARGEST_FILE).read_to_end(&mut content)?;
                }
                _ => return Err(broken()),
            }
            return Ok(Some(content));
        }
        at += 46 + name + extra + comment;
    }
    Ok(None)
}

fn long(number: usize) -> io::Result<[u8; 4]> {
    u32::try_from(number).map(u32::to_le_bytes).map_err(io::Error::other)
}

fn short(number: usize) -> io::Result<[u8; 2]> {
    u16::try_from(number).map(u16::to_le_bytes).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_is_found_again() {
        let files = [("a.csv".to_owned(), "x;y\n".repeat(1000)), ("ä/b.impex".to_owned(), String::new())];
        let archive = Bytes::from(pack(&files).unwrap());
        assert!(archive.len() < 1000);
        for (name, content) in &files {
            assert_eq!(file(&archive, name).unwrap().as_deref(), Some(content.as_bytes()));
        }
        assert_eq!(file(&archive, "other").unwrap(), None);
    }

    #[test]
    fn a_broken_archive_is_an_error_and_no_panic() {
        let whole = pack(&[("a.csv".to_owned(), "x;y\n".repeat(10))]).unwrap();
        assert!(file(&Bytes::from_static(b"PK\x03\x04"), "a.csv").is_err());
        for at in 0..whole.len() {
            let mut broken = whole.clone();
            broken[at] ^= 0xff;
            let _ = file(&Bytes::from(broken), "a.csv");
        }
    }
}
