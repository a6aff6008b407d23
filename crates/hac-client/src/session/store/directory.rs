//! The directory of the session files, opened once for each operation.
//!
//! Everything goes through its descriptor, no link is followed below it, and what is opened is
//! checked after opening, so that nobody can slip in another file between a check and its use.

use std::fs::{File, TryLockError};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, RenameFlags};
use zeroize::Zeroizing;

use super::note::{LARGEST_NOTE, is_note};
use super::system::{Request, System};
use crate::error::{Error, ErrorKind, Result};

/// Nothing that we write comes near this; what is larger counts as absent.
pub(super) const LARGEST: u64 = 64 * 1024;

/// A file that someone is writing is not touched by sweeping; a minute is more than any write takes.
const ABANDONED: Duration = Duration::from_secs(60);

const OWNER_ONLY: Mode = Mode::from_raw_mode(0o600);

/// For whatever may stand at a name: opening it follows no link, waits for nobody and takes no terminal.
const CAREFULLY: OFlags = OFlags::NOFOLLOW.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

/// An open directory for sessions, with the user that its files must belong to.
#[derive(Debug)]
pub(super) struct Directory {
    handle: File,
    path: PathBuf,
    uid: u32,
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
        // Links on the way are followed: a cache on another disk is legitimate.
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let handle = match rustix::fs::open(path, flags, Mode::empty()) {
            Ok(handle) => File::from(handle),
            Err(rustix::io::Errno::NOENT) => return Ok(None),
            Err(cause) => return Err(failed("open", path, cause.into())),
        };
        let directory =
            Self { handle, path: path.to_owned(), uid: rustix::process::geteuid().as_raw(), system: system.clone() };
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
    #[cfg(test)]
    pub(super) fn seen_by(mut self, uid: u32) -> Self {
        self.uid = uid;
        self
    }

    pub(super) fn check(&self, is_default: bool) -> Result<()> {
        let metadata = self.handle.metadata().map_err(|cause| self.failed("open", "", cause))?;
        let mode = metadata.mode();
        if is_default && metadata.uid() == self.uid && mode & 0o077 != 0 {
            match self.handle.set_permissions(PermissionsExt::from_mode(0o700)) {
                Ok(()) => return Ok(()),
                Err(cause) => tracing::debug!(%cause, "the session directory could not be made private"),
            }
        }
        if mode & 0o022 != 0 && mode & 0o1000 == 0 {
            return Err(self
                .error("use", "")
                .because("others may write to this directory")
                .with_hint(format!("chmod go-w {}, or choose another directory", self.path.display())));
        }
        Ok(())
    }

    /// A file's content, `None` where there is none; an error where it is dangerous.
    pub(super) fn read(&self, name: &str) -> Result<Option<Content>> {
        let Some(file) = self.open_file("read", name, OFlags::RDONLY)? else { return Ok(None) };
        let metadata = file.metadata().map_err(|cause| self.failed("read", name, cause))?;
        if !self.is_ours(&metadata) {
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
    fn open_file(&self, verb: &str, name: &str, flags: OFlags) -> Result<Option<File>> {
        let request = if flags.contains(OFlags::CREATE) { Request::Create } else { Request::Read };
        self.system.ask(request).map_err(|cause| self.failed(verb, name, cause))?;
        match rustix::fs::openat(&self.handle, name, flags | CAREFULLY, OWNER_ONLY) {
            Ok(file) => Ok(Some(File::from(file))),
            Err(rustix::io::Errno::NOENT) => Ok(None),
            // A link; a socket, or a device without a driver; a directory.
            Err(
                rustix::io::Errno::LOOP
                | rustix::io::Errno::NXIO
                | rustix::io::Errno::NODEV
                | rustix::io::Errno::OPNOTSUPP
                | rustix::io::Errno::ISDIR,
            ) => Err(self.foreign(verb, name)),
            Err(cause) => Err(self.failed(verb, name, cause.into())),
        }
    }

    /// Whether a file that was opened is one that only this library changes.
    ///
    /// A second hard link may be anybody's file: what is written or made private here would be so there. None is left where the
    /// file was replaced after it was opened.
    fn is_ours(&self, metadata: &std::fs::Metadata) -> bool {
        metadata.is_file() && metadata.uid() == self.uid && metadata.nlink() <= 1
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
        let written = file
            .set_permissions(PermissionsExt::from_mode(0o600)) // whatever the umask took away
            .and_then(|()| self.system.write_all(&mut file, text.as_bytes()))
            .and_then(|()| self.put_in_place(&temporary, name, replace));
        if written.is_err() {
            let _ = self.unlink(&temporary);
        }
        written
    }

    pub(super) fn create_temporary(&self, md5: &str) -> io::Result<(String, File)> {
        let first = format!(".tmp-{md5}-{}", std::process::id());
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | CAREFULLY;
        self.system.ask(Request::Create)?;
        // A name that is taken may be in use: in a container every process can have our id.
        let mut name = first.clone();
        for attempt in 1..100 {
            match rustix::fs::openat(&self.handle, name.as_str(), flags, OWNER_ONLY) {
                Ok(file) => return Ok((name, File::from(file))),
                Err(rustix::io::Errno::EXIST) => name = format!("{first}-{attempt}"),
                Err(cause) => return Err(cause.into()),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    pub(super) fn put_in_place(&self, temporary: &str, name: &str, replace: Replace) -> io::Result<()> {
        self.system.ask(Request::Rename)?;
        if replace == Replace::ExistingOnly {
            // An exchange fails where there is nothing to exchange with; a rename would make it.
            match rustix::fs::renameat_with(&self.handle, temporary, &self.handle, name, RenameFlags::EXCHANGE) {
                Ok(()) => {
                    return self.unlink(temporary).map(|_| ()).inspect_err(|_| {
                        // What came out is no file, and stays where it was.
                        let flags = RenameFlags::EXCHANGE;
                        let _ = rustix::fs::renameat_with(&self.handle, temporary, &self.handle, name, flags);
                    });
                }
                Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::OPNOTSUPP) => {
                    rustix::fs::statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW)?;
                }
                Err(cause) => return Err(cause.into()),
            }
        }
        Ok(rustix::fs::renameat(&self.handle, temporary, &self.handle, name)?)
    }

    /// An error if something stands at a name that is not a file of ours.
    pub(super) fn refuse_foreign(&self, name: &str) -> Result<()> {
        match rustix::fs::statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat)
                if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
                    && stat.st_uid == self.uid
                    && stat.st_nlink <= 1 =>
            {
                Ok(())
            }
            Ok(_) => Err(self.foreign("write", name)),
            Err(rustix::io::Errno::NOENT) => Ok(()),
            Err(cause) => Err(self.failed("write", name, cause.into())),
        }
    }

    /// Opens a lock file, and makes it where there is none. Nobody ever removes it.
    pub(super) fn open_lock(&self, name: &str) -> Result<File> {
        let file = self.open_file("lock", name, OFlags::RDWR | OFlags::CREATE)?;
        // Without a file only where the directory is gone.
        let file = file.ok_or_else(|| self.failed("lock", name, io::ErrorKind::NotFound.into()))?;
        let metadata = file.metadata().map_err(|cause| self.failed("lock", name, cause))?;
        if !self.is_ours(&metadata) {
            return Err(self.foreign("lock", name));
        }
        // What holds something else than a lock file does is locked, and otherwise left as it is.
        if metadata.mode() & 0o7777 != 0o600 && Self::holds_a_note(&file) {
            let private = file.set_permissions(PermissionsExt::from_mode(0o600));
            private.map_err(|cause| self.failed("lock", name, cause))?;
        }
        Ok(file)
    }

    /// Tries to lock a lock file that is open.
    pub(super) fn try_lock(&self, file: &File) -> Result<(), TryLockError> {
        self.system.try_lock(file)
    }

    /// Whether a lock file holds nothing, or what its holder wrote, so that it may be overwritten.
    pub(super) fn holds_a_note(file: &File) -> bool {
        let mut text = [0; LARGEST_NOTE + 1];
        file.read_at(&mut text, 0).is_ok_and(|length| is_note(&text[..length]))
    }

    /// Whether a name still stands for an open file.
    pub(super) fn is_still(&self, name: &str, file: &File) -> bool {
        let named = rustix::fs::statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW);
        let open = rustix::fs::fstat(file);
        matches!((named, open), (Ok(a), Ok(b)) if a.st_dev == b.st_dev && a.st_ino == b.st_ino)
    }

    pub(super) fn exists(&self, name: &str) -> bool {
        rustix::fs::statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW).is_ok()
    }

    /// Removes a name; says whether it was there.
    pub(super) fn remove(&self, name: &str) -> Result<bool> {
        self.unlink(name).map_err(|cause| self.failed("remove", name, cause))
    }

    fn unlink(&self, name: &str) -> io::Result<bool> {
        self.system.ask(Request::Remove)?;
        match rustix::fs::unlinkat(&self.handle, name, AtFlags::empty()) {
            Ok(()) => Ok(true),
            Err(rustix::io::Errno::NOENT) => Ok(false),
            Err(cause) => Err(cause.into()),
        }
    }

    /// The names of all files, in no order. What is not UTF-8 is not ours.
    pub(super) fn names(&self) -> Result<Vec<String>> {
        self.system.ask(Request::List).map_err(|cause| self.failed("list", "", cause))?;
        let listed = rustix::fs::Dir::read_from(&self.handle)
            .and_then(Iterator::collect::<rustix::io::Result<Vec<_>>>)
            .map_err(|cause| self.failed("list", "", cause.into()))?;
        Ok(listed.iter().filter_map(|entry| entry.file_name().to_str().ok().map(str::to_owned)).collect())
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
        let opened = rustix::fs::openat(&self.handle, name, OFlags::RDONLY | CAREFULLY, Mode::empty());
        let Ok(metadata) = opened.map_err(io::Error::from).and_then(|file| File::from(file).metadata()) else {
            return false;
        };
        // A time in the future counts as old.
        self.is_ours(&metadata)
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
            .because("it is a link, or has another name too, or is no regular file, or belongs to someone else")
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

/// Makes a directory and those above it, private to us whatever the umask is.
fn make(path: &Path) -> io::Result<()> {
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty() && !parent.exists()) {
        make(parent)?;
    }
    match std::fs::DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => tighten(path),
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(cause) => Err(cause),
    }
}

/// Makes a new directory 0700, whatever the umask took away and the directory above gave.
///
/// Through a descriptor: where others may write, the name may stand for another directory by now.
fn tighten(path: &Path) -> io::Result<()> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let made = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    let metadata = made.metadata()?;
    if metadata.uid() == rustix::process::geteuid().as_raw() && metadata.mode() & 0o7777 != 0o700 {
        made.set_permissions(PermissionsExt::from_mode(0o700))?;
    }
    Ok(())
}

fn failed(verb: &str, what: &Path, cause: io::Error) -> Error {
    let (why, hint) = match cause.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ("the disk is full", "free some space"),
        io::ErrorKind::ReadOnlyFilesystem => ("the file system is read-only", "choose another directory"),
        io::ErrorKind::PermissionDenied => ("permission denied", "choose another directory with HAC_CACHE_DIR"),
        io::ErrorKind::NotADirectory => ("it is not a directory", "choose another directory"),
        io::ErrorKind::NotFound => ("it is gone", "try again"),
        io::ErrorKind::IsADirectory => ("it is a directory", "remove it"),
        io::ErrorKind::FileTooLarge => ("the limit for the size of files is too low", "raise it (ulimit -f)"),
        _ => ("the operating system refused", "see the cause"),
    };
    Error::new(ErrorKind::Cache, format!("{verb} {}", what.display())).because(why).with_hint(hint).with_source(cause)
}
