//! The directory of the session files, opened once for each operation.
//!
//! No link is followed below it, and what is opened is checked after opening, so that nobody can slip in another file between a
//! check and its use. What that takes on each operating system is in `folder`.

use std::fs::{File, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use zeroize::Zeroizing;

use super::folder::{Access, Entry, Folder, Note, Opened, make};
use super::system::{Request, System};
use crate::error::{Error, ErrorKind, Result};
use crate::os;

/// Nothing that we write comes near this; what is larger counts as absent.
pub(super) const LARGEST: u64 = 64 * 1024;

/// A file that someone is writing is not touched by sweeping; a minute is more than any write takes.
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

/// Whether a write may make a file that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Replace {
    OrMake,
    ExistingOnly,
}

impl Directory {
    /// Opens the directory; `None` where there is none.
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

    /// Opens the directory, and makes it, private, where there is none.
    pub(super) fn open_or_make(path: &Path, is_default: bool, system: &System) -> Result<Self> {
        // Twice: somebody may remove it in between.
        for _ in 0..2 {
            if let Some(directory) = Self::open(path, is_default, system)? {
                return Ok(directory);
            }
            make(path).map_err(|cause| failed("make", path, cause))?;
        }
        Err(failed("open", path, io::ErrorKind::NotFound.into()))
    }

    /// The same directory, in the eyes of another user.
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

    /// A file's content, `None` where there is none; an error where it is dangerous.
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

    /// Opens what stands at a name; `None` where nothing does.
    fn open_file(&self, verb: &str, name: &str, access: Access) -> Result<Option<File>> {
        let request = if access == Access::Lock { Request::Create } else { Request::Read };
        let opened = self.system.ask(request).and_then(|()| self.folder.open_file(name, access));
        match opened.map_err(|cause| self.failed(verb, name, cause))? {
            Opened::File(file) => Ok(Some(file)),
            Opened::Nothing => Ok(None),
            Opened::Foreign => Err(self.foreign(verb, name)),
        }
    }

    /// Writes a file whole or not at all, readable by us only from its first byte.
    pub(super) fn write(&self, name: &str, md5: &str, text: &str, replace: Replace) -> Result<()> {
        if text.len() as u64 > LARGEST {
            return Err(self.error("write", name).because("the session is larger than 64 KiB"));
        }
        self.refuse_foreign(name)?;
        // A second time, if someone whose clock is wrong took the temporary file for an old one.
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
        // A name that is taken may be in use: in a container every process can have our id.
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

    pub(super) fn put_in_place(&self, temporary: &str, name: &str, replace: Replace) -> io::Result<()> {
        self.system.ask(Request::Rename)?;
        match replace {
            Replace::ExistingOnly => self.folder.replace_existing(temporary, name, |name| self.unlink(name)),
            Replace::OrMake => self.folder.rename(temporary, name),
        }
    }

    /// An error if something stands at a name that is not a file of ours.
    pub(super) fn refuse_foreign(&self, name: &str) -> Result<()> {
        match self.folder.entry(name) {
            Ok(Entry::Ours | Entry::Nothing) => Ok(()),
            Ok(Entry::Foreign) => Err(self.foreign("write", name)),
            Err(cause) => Err(self.failed("write", name, cause)),
        }
    }

    /// Opens a lock file, and makes it where there is none. Nobody ever removes it.
    pub(super) fn open_lock(&self, name: &str) -> Result<File> {
        let file = self.open_file("lock", name, Access::Lock)?;
        // Without a file only where the directory is gone.
        let file = file.ok_or_else(|| self.failed("lock", name, io::ErrorKind::NotFound.into()))?;
        let metadata = file.metadata().map_err(|cause| self.failed("lock", name, cause))?;
        if !self.folder.is_ours(&file, &metadata) {
            return Err(self.foreign("lock", name));
        }
        self.folder.make_lock_private(&file, &metadata).map_err(|cause| self.failed("lock", name, cause))?;
        Ok(file)
    }

    /// Tries to lock a lock file that is open.
    pub(super) fn try_lock(&self, file: &File) -> Result<(), TryLockError> {
        self.system.try_lock(file)
    }

    /// Where the holder of a lock that was just taken is noted, if it can be.
    pub(super) fn note(&self, name: &str, lock: &File) -> Option<Note> {
        Note::of(&self.folder, name, lock)
    }

    /// Reads the note of a lock's holder.
    pub(super) fn read_note(&self, name: &str, lock: &File, into: &mut [u8]) -> io::Result<usize> {
        Note::read(&self.folder, name, lock, into)
    }

    /// Whether a name still stands for an open file.
    pub(super) fn is_still(&self, name: &str, file: &File) -> bool {
        self.folder.is_still(name, file)
    }

    pub(super) fn exists(&self, name: &str) -> bool {
        self.folder.exists(name)
    }

    /// Removes a name; says whether it was there.
    pub(super) fn remove(&self, name: &str) -> Result<bool> {
        self.unlink(name).map_err(|cause| self.failed("remove", name, cause))
    }

    fn unlink(&self, name: &str) -> io::Result<bool> {
        self.system.ask(Request::Remove)?;
        self.folder.unlink(name)
    }

    /// The names of all files, in no order. What is not Unicode is not ours.
    pub(super) fn names(&self) -> Result<Vec<String>> {
        self.system
            .ask(Request::List)
            .and_then(|()| self.folder.names())
            .map_err(|cause| self.failed("list", "", cause))
    }

    /// Removes what killed processes left: temporary files of a key, or of all keys, older than a minute.
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

    /// The clock that this directory's files are compared with.
    pub(super) fn system(&self) -> &System {
        &self.system
    }

    /// An error about a file in this directory.
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

/// The key in the name of a temporary file, `.tmp-<md5>-<pid>`. Other programs may have files that begin alike.
fn md5_in_temporary(name: &str) -> Option<&str> {
    let (md5, rest) = name.strip_prefix(".tmp-")?.split_once('-')?;
    (is_md5(md5) && rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')).then_some(md5)
}

/// Whether a part of a name is a key as we write it.
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
