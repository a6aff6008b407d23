//! The directory of the session files, opened once for each operation.
//!
//! Links below it are not followed, and files are checked after opening, so that no file can be exchanged between a check and
//! its use. The code for each operating system is in `folder`.

use std::collections::hash_map::RandomState;
use std::fs::{File, TryLockError};
use std::hash::BuildHasher as _;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use zeroize::Zeroizing;

use super::folder::{Access, Entry, Folder, Note, Opened, make};
use super::system::{Request, System};
use crate::error::{Error, ErrorKind, Result};
use crate::os;

/// The limit of a file, in bytes: far more than this library writes. Larger files count as absent.
pub(super) const LARGEST: u64 = 64 * 1024;

/// The age after which a temporary file counts as abandoned: no write takes a minute.
const ABANDONED: Duration = Duration::from_secs(60);

/// An open directory for sessions.
#[derive(Debug)]
pub(super) struct Directory {
    folder: Folder,
    path: PathBuf,
    system: System,
}

/// A file's content.
pub(super) enum Content {
    Text { bytes: Zeroizing<Vec<u8>>, modified: Option<SystemTime> },
    TooLarge,
}

/// Whether a write may create the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Replace {
    OrMake,
    ExistingOnly,
}

impl Directory {
    /// Opens the directory; `None` if it does not exist.
    pub(super) fn open(path: &Path, is_default: bool, system: &System) -> Result<Option<Self>> {
        system.ask(Request::Open).map_err(|cause| failed("open", path, cause))?;
        let folder = match Folder::open(path) {
            Ok(Some(folder)) => folder,
            Ok(None) => return Ok(None),
            Err(cause) => return Err(failed("open", path, cause)),
        };
        let directory = Self { folder, path: path.to_owned(), system: system.clone() };
        directory.check(is_default)?;
        Ok(Some(directory))
    }

    /// Opens the directory, or creates it, private.
    pub(super) fn open_or_make(path: &Path, is_default: bool, system: &System) -> Result<Self> {
        // Twice: another process may remove it in between.
        for _ in 0..2 {
            if let Some(directory) = Self::open(path, is_default, system)? {
                return Ok(directory);
            }
            make(path).map_err(|cause| failed("make", path, cause))?;
        }
        Err(failed("open", path, io::ErrorKind::NotFound.into()))
    }

    /// Returns the directory as another user sees it.
    #[cfg(all(test, unix))]
    pub(super) fn seen_by(mut self, uid: u32) -> Self {
        self.folder = self.folder.seen_by(uid);
        self
    }

    pub(super) fn check(&self, is_default: bool) -> Result<()> {
        match self.folder.check(&self.path, is_default) {
            Ok(None) => Ok(()),
            Ok(Some(exposed)) => Err(self.error("use", "").because(exposed.why).with_hint(exposed.hint)),
            Err(cause) => Err(self.failed("open", "", cause)),
        }
    }

    /// Reads a file; `None` if it does not exist. Fails for an unsafe file.
    pub(super) fn read(&self, name: &str) -> Result<Option<Content>> {
        let Some(file) = self.open_file("read", name, Access::Read)? else { return Ok(None) };
        let metadata = file.metadata().map_err(|cause| self.failed("read", name, cause))?;
        if !self.folder.is_ours(&file, &metadata) {
            return Err(self.foreign("read", name));
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(4096));
        file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|cause| self.failed("read", name, cause))?;
        if bytes.len() as u64 > LARGEST {
            return Ok(Some(Content::TooLarge));
        }
        Ok(Some(Content::Text { bytes, modified: metadata.modified().ok() }))
    }

    /// Opens a file; `None` if it does not exist.
    fn open_file(&self, verb: &str, name: &str, access: Access) -> Result<Option<File>> {
        let request = if access == Access::Lock { Request::Create } else { Request::Read };
        let opened = self.system.ask(request).and_then(|()| self.folder.open_file(name, access));
        match opened.map_err(|cause| self.failed(verb, name, cause))? {
            Opened::File(file) => Ok(Some(file)),
            Opened::Nothing => Ok(None),
            Opened::Foreign => Err(self.foreign(verb, name)),
        }
    }

    /// Writes a file completely or not at all. Only its owner can read it, from the first byte on.
    pub(super) fn write(&self, name: &str, md5: &str, text: &str, replace: Replace) -> Result<()> {
        if text.len() as u64 > LARGEST {
            return Err(self.error("write", name).because("the session is larger than 64 KiB"));
        }
        self.refuse_foreign(name)?;
        // Again, if a process with a wrong clock removed the temporary file as abandoned.
        let written = self.write_once(name, md5, text, replace).or_else(|cause| match cause.kind() {
            io::ErrorKind::NotFound if replace == Replace::OrMake => self.write_once(name, md5, text, replace),
            _ => Err(cause),
        });
        written.map_err(|cause| self.failed("write", name, cause))
    }

    fn write_once(&self, name: &str, md5: &str, text: &str, replace: Replace) -> io::Result<()> {
        let (temporary, mut file) = self.create_temporary(md5)?;
        let written = self
            .folder
            .make_private(&file)
            .and_then(|()| self.system.write_all(&mut file, text.as_bytes()))
            .and_then(|()| self.put_in_place(&temporary, name, replace));
        if written.is_err() {
            let _ = self.unlink(&temporary);
        }
        written
    }

    pub(super) fn create_temporary(&self, md5: &str) -> io::Result<(String, File)> {
        let first = format!(".tmp-{md5}-{}", std::process::id());
        self.system.ask(Request::Create)?;
        // An existing file may be in use: processes in different containers can have the same id.
        let mut name = first.clone();
        for attempt in 1..100 {
            match self.folder.create_new(&name) {
                Ok(file) => return Ok((name, file)),
                Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => name = format!("{first}-{attempt}"),
                Err(cause) => return Err(cause),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Creates a temporary file and removes it. `name` is the file that it stands for.
    pub(super) fn try_writing(&self, name: &str) -> Result<()> {
        let md5 = name.trim_start_matches("session_").trim_end_matches(".json");
        let written = self.create_temporary(md5).and_then(|(temporary, mut file)| {
            let written = self.folder.make_private(&file).and_then(|()| self.system.write_all(&mut file, b"check"));
            self.unlink(&temporary).and(written)
        });
        written.map_err(|cause| self.failed("write", name, cause))
    }

    pub(super) fn put_in_place(&self, temporary: &str, name: &str, replace: Replace) -> io::Result<()> {
        self.system.ask(Request::Rename)?;
        match replace {
            Replace::ExistingOnly => self.folder.replace_existing(temporary, name, |name| self.unlink(name)),
            Replace::OrMake => self.folder.rename(temporary, name),
        }
    }

    /// Fails if the name exists and is not a regular file that belongs to this user.
    pub(super) fn refuse_foreign(&self, name: &str) -> Result<()> {
        match self.folder.entry(name) {
            Ok(Entry::Ours | Entry::Nothing) => Ok(()),
            Ok(Entry::Foreign) => Err(self.foreign("write", name)),
            Err(cause) => Err(self.failed("write", name, cause)),
        }
    }

    /// Opens a lock file, or creates it. Lock files are never removed.
    pub(super) fn open_lock(&self, name: &str) -> Result<File> {
        let file = self.open_file("lock", name, Access::Lock)?;
        // There is no file only if the directory was removed.
        let file = file.ok_or_else(|| self.failed("lock", name, io::ErrorKind::NotFound.into()))?;
        let metadata = file.metadata().map_err(|cause| self.failed("lock", name, cause))?;
        if !self.folder.is_ours(&file, &metadata) {
            return Err(self.foreign("lock", name));
        }
        self.folder.make_lock_private(name, &file, &metadata).map_err(|cause| self.failed("lock", name, cause))?;
        Ok(file)
    }

    /// Tries to lock an open lock file.
    pub(super) fn try_lock(&self, file: &File) -> Result<(), TryLockError> {
        self.system.try_lock(file)
    }

    /// Returns the note for the holder of a lock that was just taken, if one can be written.
    pub(super) fn note(&self, name: &str, lock: &File) -> Option<Note> {
        Note::of(&self.folder, name, lock)
    }

    /// Reads the note of a lock's holder.
    pub(super) fn read_note(&self, name: &str, lock: &File, into: &mut [u8]) -> io::Result<usize> {
        Note::read(&self.folder, name, lock, into)
    }

    /// Returns whether a name still refers to an open file, and no other name does.
    pub(super) fn is_still(&self, name: &str, file: &File) -> bool {
        self.folder.is_still(name, file)
    }

    pub(super) fn exists(&self, name: &str) -> bool {
        self.folder.exists(name)
    }

    /// Removes a file of a session and returns whether it existed: `true` for only one of several processes that remove it at the
    /// same moment.
    pub(super) fn remove(&self, name: &str, md5: &str) -> Result<bool> {
        self.system
            .ask(Request::Remove)
            .and_then(|()| self.folder.remove(name, &removed_name(md5)))
            .map_err(|cause| self.failed("remove", name, cause))
    }

    /// Removes a temporary file and returns whether it existed.
    fn unlink(&self, name: &str) -> io::Result<bool> {
        self.system.ask(Request::Remove)?;
        self.folder.unlink(name)
    }

    /// Returns the names of all files, in no particular order. Names that are not Unicode are skipped.
    pub(super) fn names(&self) -> Result<Vec<String>> {
        self.system
            .ask(Request::List)
            .and_then(|()| self.folder.names())
            .map_err(|cause| self.failed("list", "", cause))
    }

    /// Removes temporary files of killed processes, of writers and removers: those of a key, or of all keys, that are older than a minute.
    pub(super) fn sweep(&self, md5: Option<&str>) {
        let now = self.system.time();
        for name in self.names().unwrap_or_default() {
            let is_meant = md5_in_temporary(&name).is_some_and(|its| md5.is_none_or(|md5| md5 == its));
            if is_meant && self.is_abandoned(&name, now) {
                let _ = self.unlink(&name);
            }
        }
    }

    fn is_abandoned(&self, name: &str, now: SystemTime) -> bool {
        let Ok(Opened::File(file)) = self.folder.open_file(name, Access::Read) else { return false };
        let Ok(metadata) = file.metadata() else { return false };
        // A time in the future counts as old.
        self.folder.is_ours(&file, &metadata)
            && metadata
                .modified()
                .is_ok_and(|modified| modified > now || now.duration_since(modified).is_ok_and(|age| age > ABANDONED))
    }

    /// Returns the system, whose clock the files are compared with.
    pub(super) fn system(&self) -> &System {
        &self.system
    }

    /// Returns an error about a file in this directory.
    pub(super) fn error(&self, verb: &str, name: &str) -> Error {
        Error::new(ErrorKind::Cache, format!("{verb} {}", self.path.join(name).display()))
    }

    fn failed(&self, verb: &str, name: &str, cause: io::Error) -> Error {
        failed(verb, &self.path.join(name), cause)
    }

    fn foreign(&self, verb: &str, name: &str) -> Error {
        self.error(verb, name)
            .because("it is a symbolic link, has hard links, is not a regular file, or belongs to another user")
            .with_hint("remove it, or choose another directory")
    }
}

/// Returns a name that no other file has, for a file that has to be renamed before it can be removed. The name is one of a temporary
/// file, so that a leftover is never read and is swept, and none that [`Directory::create_temporary`] uses.
pub(super) fn removed_name(md5: &str) -> String {
    let number = RandomState::new().hash_one(0_u8) | 1 << 63;
    format!(".tmp-{md5}-{}-{number}", std::process::id())
}

/// Returns the MD5 in the name of a temporary file, `.tmp-<md5>-<pid>`; `None` for files of other programs.
fn md5_in_temporary(name: &str) -> Option<&str> {
    let (md5, rest) = name.strip_prefix(".tmp-")?.split_once('-')?;
    (is_md5(md5) && rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')).then_some(md5)
}

/// Returns whether a part of a name is an MD5 in lower-case hexadecimal.
pub(super) fn is_md5(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn failed(verb: &str, what: &Path, cause: io::Error) -> Error {
    let (why, hint) = match cause.kind() {
        _ if os::is_in_use(&cause) => ("another program has it open", "try again when it is closed"),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ("the disk is full", "free some space"),
        io::ErrorKind::ReadOnlyFilesystem => ("the file system is read-only", "choose another directory"),
        io::ErrorKind::PermissionDenied => ("permission denied", "choose another directory with HAC_CACHE_DIR"),
        io::ErrorKind::NotADirectory => ("it is not a directory", "choose another directory"),
        io::ErrorKind::NotFound => ("it no longer exists", "try again"),
        io::ErrorKind::IsADirectory => ("it is a directory", "remove it"),
        io::ErrorKind::FileTooLarge => ("the limit for the size of files is too low", "raise it (ulimit -f)"),
        _ => ("the operating system refused", "see the cause"),
    };
    Error::new(ErrorKind::Cache, format!("{verb} {}", what.display())).because(why).with_hint(hint).with_source(cause)
}
