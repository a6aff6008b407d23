//! A first look at the whole file, before anything is sent: its hash, its rows, and whether it can be split.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use encoding_rs::Encoding;
use sha2::{Digest as _, Sha256};

use super::flaw::Flaw;
use super::safety::Safety;
use super::split::{CHUNK_LIMIT, Splitter};
use super::statements::StatementReader;
use super::store;
use crate::audit::hexadecimal;
use crate::console::impex::script::Kind;
use crate::console::impex::source::{DECOMPRESSED_LIMIT, decompressed_into};
use crate::error::{Error, ErrorKind, Result};
use crate::hint::Hint;
use crate::os;

/// The rows of larger files are not counted if the file is sent as it is, in bytes.
const COUNTED: u64 = 1 << 20;

/// A file that stays the same one, whatever its name refers to later.
#[derive(Debug, Clone)]
pub(super) struct BulkFile {
    file: Arc<File>,
    /// What is read: the file itself, or its content, decompressed.
    text: Arc<File>,
    /// The name that the user gave.
    pub(super) path: PathBuf,
    /// The absolute path, without links.
    pub(super) absolute: PathBuf,
    /// The length of what is read.
    length: u64,
    /// The length of the file.
    on_disk: u64,
    modified: Option<SystemTime>,
}

/// What is known of a file before its first chunk.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) sha256: String,
    pub(super) rows: usize,
    pub(super) encoding: &'static Encoding,
    /// The first line that forbids splitting, and why.
    pub(super) indivisible: Option<(usize, &'static str)>,
}

impl BulkFile {
    /// Opens a script that can be split. `state` is the directory for checkpoints.
    pub(super) fn open(path: &Path, state: Option<&Path>) -> Result<Self> {
        let file = Self::open_any(path, state)?;
        if file.is_archive()? {
            let hint = Hint::ImportWhole.and("or unpack it and import its importscript.impex; nothing was sent".into());
            return Err(refused(path, "it is an archive, which cannot be split".to_owned(), hint));
        }
        Ok(file)
    }

    /// Opens a file, whatever is in it. What is compressed is decompressed to a file beside the checkpoints that nobody else sees, and
    /// that is gone with its last handle.
    pub(super) fn open_any(path: &Path, state: Option<&Path>) -> Result<Self> {
        let failed = |cause: io::Error| {
            let why = match cause.kind() {
                io::ErrorKind::NotFound => "the file does not exist".to_owned(),
                io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
                _ => cause.to_string(),
            };
            refused(path, why, "choose an ImpEx file; nothing was sent")
        };
        let absolute = std::fs::canonicalize(path).map_err(failed)?;
        let file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if !metadata.is_file() {
            let hint = "choose an ImpEx file; what can be read only once cannot be resumed";
            return Err(refused(path, "it is not a regular file".to_owned(), hint));
        }
        let (on_disk, modified) = (metadata.len(), metadata.modified().ok());
        let unpacked = |cause: io::Error| {
            let why = format!("it could not be decompressed: {cause}");
            refused(path, why, "is the file complete, and is there enough space? Nothing was sent")
        };
        let file = Arc::new(file);
        let mut head = [0; 2];
        let begins = os::read_at(&file, &mut head, 0).map_err(failed)?;
        let (text, length) = if head[..begins] == [0x1f, 0x8b] {
            let plain = store::temporary(state).map_err(unpacked)?;
            let plain = decompressed_into(plain, &file, DECOMPRESSED_LIMIT).map_err(unpacked)?;
            let length = plain.metadata().map_err(unpacked)?.len();
            (Arc::new(plain), length)
        } else {
            (Arc::clone(&file), on_disk)
        };
        Ok(Self { file, text, path: path.to_owned(), absolute, length, on_disk, modified })
    }

    fn is_archive(&self) -> Result<bool> {
        let mut head = [0; 4];
        let begins = os::read_at(&self.text, &mut head, 0).map_err(|cause| self.flawed(Flaw::Read(cause)))?;
        Ok(head[..begins] == *b"PK\x03\x04")
    }

    /// Returns the hash of the file and the number of its rows, 0 if they are not counted: they are many, or a server has to say what is
    /// wrong with them.
    pub(super) fn outline(&self, encoding: &'static Encoding) -> Result<(String, usize)> {
        if self.length <= COUNTED
            && !self.is_archive()?
            && let Ok(survey) = self.survey(encoding)
        {
            return Ok((survey.sha256, survey.rows));
        }
        let mut reader = Hashing { reader: self.reader(), hash: Sha256::new() };
        io::copy(&mut reader, &mut io::sink()).map_err(|cause| self.flawed(Flaw::Read(cause)))?;
        Ok((hexadecimal(&reader.hash.finalize()), 0))
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Returns a reader of the whole file.
    pub(super) fn reader(&self) -> FileReader {
        FileReader { file: Arc::clone(&self.text), at: 0 }
    }

    pub(super) fn splitter(&self, encoding: &'static Encoding) -> Result<Splitter<FileReader>> {
        Splitter::new(self.reader(), encoding).map_err(|flaw| self.flawed(flaw))
    }

    /// Returns whether a path is another name of this file, also through links.
    pub(super) fn is_at(&self, path: &Path) -> bool {
        let is_same = |other: &Metadata| self.file.metadata().is_ok_and(|own| os::is_same(&own, other));
        std::fs::canonicalize(path).is_ok_and(|there| there == self.absolute)
            || std::fs::metadata(path).is_ok_and(|other| is_same(&other))
    }

    pub(super) fn flawed(&self, flaw: Flaw) -> Error {
        flaw.into_error(&self.path)
    }

    /// Fails if the file has changed since it was opened, or if its name refers to another one: what is left to be sent would not be what
    /// was surveyed.
    pub(super) fn check_unchanged(&self) -> Result<()> {
        let same = |now: &Metadata| now.len() == self.on_disk && now.modified().ok() == self.modified;
        let named = std::fs::metadata(&self.path);
        if self.file.metadata().is_ok_and(|now| same(&now)) && named.is_ok_and(|now| same(&now)) {
            return Ok(());
        }
        let hint = "put the old content back and resume the import, or begin anew with the new one";
        Err(refused(&self.path, "the file was changed while it was being imported".to_owned(), hint))
    }

    /// Reads the whole file once. Blocks.
    pub(super) fn survey(&self, encoding: &'static Encoding) -> Result<Survey> {
        let reader = Hashing { reader: self.reader(), hash: Sha256::new() };
        let mut statements = StatementReader::new(reader, encoding).map_err(|flaw| self.flawed(flaw))?;
        let encoding = statements.encoding();
        let (mut safety, mut indivisible, mut rows) = (Safety::default(), None, 0);
        let mut together = 0;
        while let Some(statement) = statements.next().map_err(|flaw| self.flawed(flaw))? {
            rows += usize::from(matches!(statement.kind, Kind::Row | Kind::Code));
            if indivisible.is_some() {
                continue;
            }
            together = if safety.is_within_condition() { together + statement.text.len() } else { 0 };
            indivisible = match safety.forbids(&statement) {
                None if together > CHUNK_LIMIT => Some("the condition around this line is longer than a chunk may be"),
                reason => reason,
            }
            .map(|reason| (statement.line, reason));
        }
        if statements.has_only_carriage_returns() {
            return Err(self.flawed(Flaw::CarriageReturns));
        }
        if rows == 0 && self.length == 0 {
            return Err(refused(&self.path, format!("{} is empty", self.path.display()), "nothing was sent"));
        }
        let sha256 = hexadecimal(&statements.into_inner().hash.finalize());
        Ok(Survey { sha256, rows, encoding, indivisible })
    }
}

fn refused(path: &Path, why: String, hint: impl Into<Hint>) -> Error {
    Error::new(ErrorKind::Usage, format!("import {}", path.display())).because(why).with_hint(hint)
}

/// Reads a file from its beginning, without moving the cursor that its other readers share.
#[derive(Debug)]
pub(super) struct FileReader {
    file: Arc<File>,
    at: u64,
}

impl Read for FileReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = os::read_at(&self.file, into, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// Hashes what is read.
struct Hashing {
    reader: FileReader,
    hash: Sha256,
}

impl Read for Hashing {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(into)?;
        self.hash.update(&into[..read]);
        Ok(read)
    }
}
