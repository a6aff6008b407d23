//! ZIP archives: what an export sends, and what an upload may bring.

use std::io::{self, Read as _, Write as _};

use bytes::{Buf as _, Bytes};
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// The most that an upload may unpack to.
const MOST_UNPACKED: u64 = 256 << 20;

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

/// The files of an archive, by their names.
pub(crate) fn unpack(archive: &Bytes) -> io::Result<Vec<(String, Bytes)>> {
    let broken = || io::Error::new(io::ErrorKind::InvalidData, "the archive is corrupt");
    let end = archive.windows(4).rposition(|bytes| bytes == b"PK\x05\x06").ok_or_else(broken)?;
    let number = |at: usize, length: usize| -> io::Result<usize> {
        let mut bytes = archive.get(at..at + length).ok_or_else(broken)?;
        usize::try_from(bytes.get_uint_le(length)).map_err(|_| broken())
    };
    let mut files = Vec::new();
    let mut left = MOST_UNPACKED;
    let mut at = number(end + 16, 4)?;
    while archive.get(at..at + 4) == Some(b"PK\x01\x02") {
        let (name, extra, comment) = (number(at + 28, 2)?, number(at + 30, 2)?, number(at + 32, 2)?);
        let (method, packed, offset) = (number(at + 10, 2)?, number(at + 20, 4)?, number(at + 42, 4)?);
        let begins = offset + 30 + number(offset + 26, 2)? + number(offset + 28, 2)?;
        let packed = archive.get(begins..begins + packed).ok_or_else(broken)?;
        let mut content = Vec::new();
        match method {
            0 => io::Read::take(packed, left + 1).read_to_end(&mut content)?,
            8 => DeflateDecoder::new(packed).take(left + 1).read_to_end(&mut content)?,
            _ => return Err(broken()),
        };
        left = left
            .checked_sub(content.len() as u64)
            .ok_or_else(|| io::Error::other(format!("the archive unpacks to more than {} MiB", MOST_UNPACKED >> 20)))?;
        let name_bytes = archive.get(at + 46..at + 46 + name).ok_or_else(broken)?;
        files.push((String::from_utf8_lossy(name_bytes).into_owned(), content.into()));
        at += 46 + name + extra + comment;
    }
    Ok(files)
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
        let found: Vec<_> = unpack(&archive).unwrap();
        assert_eq!(found, files.map(|(name, content)| (name, Bytes::from(content))));
    }

    #[test]
    fn an_archive_that_unpacks_to_too_much_is_an_error() {
        let half = "\0".repeat(usize::try_from(MOST_UNPACKED / 2 + 1).unwrap());
        let files = ["a", "b"].map(|name| (name.to_owned(), half.clone()));
        assert!(unpack(&Bytes::from(pack(&files[..1]).unwrap())).is_ok());
        let error = unpack(&Bytes::from(pack(&files).unwrap())).unwrap_err();
        assert_eq!(error.to_string(), "the archive unpacks to more than 256 MiB");
    }

    #[test]
    fn a_broken_archive_is_an_error_and_no_panic() {
        let whole = pack(&[("a.csv".to_owned(), "x;y\n".repeat(10))]).unwrap();
        assert!(unpack(&Bytes::from_static(b"PK\x03\x04")).is_err());
        for at in 0..whole.len() {
            let mut broken = whole.clone();
            broken[at] ^= 0xff;
            let _ = unpack(&Bytes::from(broken));
        }
    }
}
