//! Unix: the directory is opened once, and files are opened through its descriptor.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, MetadataExt as _, PermissionsExt};
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, RenameFlags};
use rustix::io::Errno;

use super::{Access, Entry, Exposed, Opened};
use crate::session::store::note::{LARGEST_NOTE, is_note};

const OWNER_ONLY: Mode = Mode::from_raw_mode(0o600);

/// Opening an unknown file with these flags follows no link, does not block, and makes no terminal the controlling one.
const CAREFULLY: OFlags = OFlags::NOFOLLOW.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

/// An open directory, and the user that must own its files.
#[derive(Debug)]
pub(crate) struct Folder {
    handle: File,
    uid: u32,
}

impl Folder {
    /// Opens a directory; `None` if it does not exist.
    pub(crate) fn open(path: &Path) -> io::Result<Option<Self>> {
        // Follows links: a cache may be on another disk.
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        match rustix::fs::open(path, flags, Mode::empty()) {
            Ok(handle) => Ok(Some(Self { handle: File::from(handle), uid: rustix::process::geteuid().as_raw() })),
            Err(Errno::NOENT) => Ok(None),
            Err(cause) => Err(cause.into()),
        }
    }

    /// Returns the directory as another user sees it.
    #[cfg(test)]
    pub(in crate::session::store) fn seen_by(mut self, uid: u32) -> Self {
        self.uid = uid;
        self
    }

    /// Makes the default directory private if this user owns it, then returns who else can write to the directory.
    pub(crate) fn check(&self, path: &Path, is_default: bool) -> io::Result<Option<Exposed>> {
        let metadata = self.handle.metadata()?;
        let mode = metadata.mode();
        if is_default && metadata.uid() == self.uid && mode & 0o077 != 0 {
            match self.handle.set_permissions(PermissionsExt::from_mode(0o700)) {
                Ok(()) => return Ok(None),
                Err(cause) => tracing::debug!(%cause, "the directory could not be made private"),
            }
        }
        if mode & 0o022 == 0 || mode & 0o1000 != 0 {
            return Ok(None);
        }
        Ok(Some(Exposed {
            why: "other users can write to this directory".to_owned(),
            hint: format!("chmod go-w {}, or choose another directory", path.display()),
        }))
    }

    /// Opens a name.
    pub(crate) fn open_file(&self, name: &str, access: Access) -> io::Result<Opened> {
        let flags = match access {
            Access::Read => OFlags::RDONLY,
            Access::Append => OFlags::RDWR | OFlags::APPEND | OFlags::CREATE,
            Access::Lock => OFlags::RDWR | OFlags::CREATE,
        };
        match rustix::fs::openat(&self.handle, name, flags | CAREFULLY, OWNER_ONLY) {
            Ok(file) => Ok(Opened::File(File::from(file))),
            Err(Errno::NOENT) => Ok(Opened::Nothing),
            // A link; a socket, or a device without a driver; a directory.
            Err(Errno::LOOP | Errno::NXIO | Errno::NODEV | Errno::OPNOTSUPP | Errno::ISDIR) => Ok(Opened::Foreign),
            Err(cause) => Err(cause.into()),
        }
    }

    /// Creates a file that only its owner can read; fails if it exists.
    pub(in crate::session::store) fn create_new(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | CAREFULLY;
        Ok(File::from(rustix::fs::openat(&self.handle, name, flags, OWNER_ONLY)?))
    }

    /// Makes a new file private, whatever the umask.
    #[expect(clippy::unused_self, reason = "a method on every system")]
    pub(crate) fn make_private(&self, file: &File) -> io::Result<()> {
        file.set_permissions(PermissionsExt::from_mode(0o600))
    }

    /// Makes a lock file private, unless it has the content of another file, or its name does not refer to it alone any more.
    pub(in crate::session::store) fn make_lock_private(
        &self,
        name: &str,
        file: &File,
        metadata: &Metadata,
    ) -> io::Result<()> {
        if metadata.mode() & 0o7777 == 0o600 || !holds_a_note(file) || !self.is_still(name, file) {
            return Ok(());
        }
        self.make_private(file)
    }

    /// Returns whether an open file is one that only this library changes.
    ///
    /// A second hard link may belong to any file: writing here or changing the mode would affect that file. A file that was
    /// replaced after it was opened has no link left, or a single one elsewhere: [`is_still`](Self::is_still) tells.
    pub(crate) fn is_ours(&self, _: &File, metadata: &Metadata) -> bool {
        metadata.is_file() && metadata.uid() == self.uid && metadata.nlink() <= 1
    }

    /// Returns what a name refers to, without opening it.
    pub(in crate::session::store) fn entry(&self, name: &str) -> io::Result<Entry> {
        match rustix::fs::statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat)
                if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
                    && stat.st_uid == self.uid
                    && stat.st_nlink <= 1 =>
            {
                Ok(Entry::Ours)
            }
            Ok(_) => Ok(Entry::Foreign),
            Err(Errno::NOENT) => Ok(Entry::Nothing),
            Err(cause) => Err(cause.into()),
        }
    }

    /// Returns whether a name exists.
    pub(in crate::session::store) fn exists(&self, name: &str) -> bool {
        rustix::fs::statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW).is_ok()
    }

    /// Returns whether a name still refers to an open file, and no other name does.
    ///
    /// Both are seen in one look. In two, a link to somebody's file could be there for the first and gone for the second.
    pub(crate) fn is_still(&self, name: &str, file: &File) -> bool {
        let named = rustix::fs::statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW);
        let open = rustix::fs::fstat(file);
        matches!((named, open), (Ok(a), Ok(b)) if a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_nlink <= 1)
    }

    /// Renames a file, replacing the destination if it exists.
    pub(crate) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        Ok(rustix::fs::renameat(&self.handle, from, &self.handle, to)?)
    }

    /// Renames a file to a destination that must exist; otherwise fails with `NotFound`.
    pub(in crate::session::store) fn replace_existing(
        &self,
        from: &str,
        to: &str,
        remove: impl Fn(&str) -> io::Result<bool>,
    ) -> io::Result<()> {
        let exchange = || rustix::fs::renameat_with(&self.handle, from, &self.handle, to, RenameFlags::EXCHANGE);
        // An exchange fails if the destination does not exist; a rename would create it.
        match exchange() {
            Ok(()) => remove(from).map(|_| ()).inspect_err(|_| {
                // It is not a file, so it cannot be removed: put it back.
                let _ = exchange();
            }),
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
                rustix::fs::statat(&self.handle, to, AtFlags::SYMLINK_NOFOLLOW)?;
                self.rename(from, to)
            }
            Err(cause) => Err(cause.into()),
        }
    }

    /// Removes a file and returns whether it existed: `true` for only one of several processes that remove it at the same moment.
    pub(in crate::session::store) fn remove(&self, name: &str, _: &str) -> io::Result<bool> {
        self.unlink(name)
    }

    /// Removes a file and returns whether it existed.
    pub(in crate::session::store) fn unlink(&self, name: &str) -> io::Result<bool> {
        match rustix::fs::unlinkat(&self.handle, name, AtFlags::empty()) {
            Ok(()) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(cause) => Err(cause.into()),
        }
    }

    /// Returns the names of all files, in no particular order. Names that are not UTF-8 are skipped.
    pub(in crate::session::store) fn names(&self) -> io::Result<Vec<String>> {
        let listed =
            rustix::fs::Dir::read_from(&self.handle).and_then(Iterator::collect::<rustix::io::Result<Vec<_>>>)?;
        Ok(listed.iter().filter_map(|entry| entry.file_name().to_str().ok().map(str::to_owned)).collect())
    }
}

/// The note that names the holder of a lock: in the lock file itself.
#[derive(Debug)]
pub(in crate::session::store) struct Note;

impl Note {
    /// Returns the note of a lock that was just taken; `None` if the file has other content, which is not changed.
    pub(in crate::session::store) fn of(_: &Folder, _: &str, lock: &File) -> Option<Self> {
        holds_a_note(lock).then_some(Self)
    }

    #[expect(clippy::unused_self, reason = "a method on every system")]
    pub(in crate::session::store) fn write(&self, lock: &File, text: &[u8]) -> io::Result<()> {
        lock.set_len(0)?;
        lock.write_all_at(text, 0)
    }

    #[expect(clippy::unused_self, reason = "a method on every system")]
    pub(in crate::session::store) fn clear(&self, lock: &File) {
        let _ = lock.set_len(0);
    }

    /// Reads the note of a lock's holder.
    pub(in crate::session::store) fn read(_: &Folder, _: &str, lock: &File, into: &mut [u8]) -> io::Result<usize> {
        lock.read_at(into, 0)
    }
}

/// Returns whether a lock file is empty or contains a note, so that it may be overwritten.
fn holds_a_note(file: &File) -> bool {
    let mut text = [0; LARGEST_NOTE + 1];
    file.read_at(&mut text, 0).is_ok_and(|length| is_note(&text[..length]))
}

/// Creates a directory and its parents, private whatever the umask.
pub(crate) fn make(path: &Path) -> io::Result<()> {
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty() && !parent.exists()) {
        make(parent)?;
    }
    match std::fs::DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => tighten(path),
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(cause) => Err(cause),
    }
}

/// Sets the mode of a new directory to 0700, whatever the umask and the parent directory.
///
/// Uses a descriptor: if others may write to the parent, the name may refer to another directory by now.
fn tighten(path: &Path) -> io::Result<()> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let made = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    let metadata = made.metadata()?;
    if metadata.uid() == rustix::process::geteuid().as_raw() && metadata.mode() & 0o7777 != 0o700 {
        made.set_permissions(PermissionsExt::from_mode(0o700))?;
    }
    Ok(())
}
