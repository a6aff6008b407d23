//! Linux, macOS and their relatives: the directory is opened once, and everything goes through its descriptor.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, MetadataExt as _, PermissionsExt};
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, RenameFlags};
use rustix::io::Errno;

use super::{Access, Entry, Exposed, Opened};
use crate::session::store::note::{LARGEST_NOTE, is_note};

const OWNER_ONLY: Mode = Mode::from_raw_mode(0o600);

/// For whatever may stand at a name: opening it follows no link, waits for nobody and takes no terminal.
const CAREFULLY: OFlags = OFlags::NOFOLLOW.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

/// An open directory, with the user that its files must belong to.
#[derive(Debug)]
pub(crate) struct Folder {
    handle: File,
    uid: u32,
}

impl Folder {
    /// Opens a directory; `None` where there is none.
    pub(crate) fn open(path: &Path) -> io::Result<Option<Self>> {
        // Links on the way are followed: a cache on another disk is legitimate.
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        match rustix::fs::open(path, flags, Mode::empty()) {
            Ok(handle) => Ok(Some(Self { handle: File::from(handle), uid: rustix::process::geteuid().as_raw() })),
            Err(Errno::NOENT) => Ok(None),
            Err(cause) => Err(cause.into()),
        }
    }

    /// The same directory, in the eyes of another user.
    #[cfg(test)]
    pub(in crate::session::store) fn seen_by(mut self, uid: u32) -> Self {
        self.uid = uid;
        self
    }

    /// Who else could write here, after the default directory, if it is ours, was made private.
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

    /// Opens what stands at a name.
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

    /// Makes a file that was not there, for its owner alone.
    pub(in crate::session::store) fn create_new(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | CAREFULLY;
        Ok(File::from(rustix::fs::openat(&self.handle, name, flags, OWNER_ONLY)?))
    }

    /// Makes a new file private, whatever the umask took away.
    #[expect(clippy::unused_self, reason = "a method on every system")]
    pub(crate) fn make_private(&self, file: &File) -> io::Result<()> {
        file.set_permissions(PermissionsExt::from_mode(0o600))
    }

    /// Makes a lock file private. One that holds something else than a lock file does is left as it is.
    pub(in crate::session::store) fn make_lock_private(&self, file: &File, metadata: &Metadata) -> io::Result<()> {
        if metadata.mode() & 0o7777 == 0o600 || !holds_a_note(file) {
            return Ok(());
        }
        self.make_private(file)
    }

    /// Whether a file that was opened is one that only this library changes.
    ///
    /// A second hard link may be anybody's file: what is written or made private here would be so there. None is left where the
    /// file was replaced after it was opened.
    pub(crate) fn is_ours(&self, _: &File, metadata: &Metadata) -> bool {
        metadata.is_file() && metadata.uid() == self.uid && metadata.nlink() <= 1
    }

    /// What stands at a name, without opening it.
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

    /// Whether anything stands at a name.
    pub(in crate::session::store) fn exists(&self, name: &str) -> bool {
        rustix::fs::statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW).is_ok()
    }

    /// Whether a name still stands for an open file.
    pub(in crate::session::store) fn is_still(&self, name: &str, file: &File) -> bool {
        let named = rustix::fs::statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW);
        let open = rustix::fs::fstat(file);
        matches!((named, open), (Ok(a), Ok(b)) if a.st_dev == b.st_dev && a.st_ino == b.st_ino)
    }

    /// Puts a file in the place of another, or where there was none.
    pub(in crate::session::store) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        Ok(rustix::fs::renameat(&self.handle, from, &self.handle, to)?)
    }

    /// Puts a file in the place of one that is there; an error of the kind `NotFound` if there is none.
    pub(in crate::session::store) fn replace_existing(
        &self,
        from: &str,
        to: &str,
        remove: impl Fn(&str) -> io::Result<bool>,
    ) -> io::Result<()> {
        let exchange = || rustix::fs::renameat_with(&self.handle, from, &self.handle, to, RenameFlags::EXCHANGE);
        // An exchange fails where there is nothing to exchange with; a rename would make it.
        match exchange() {
            Ok(()) => remove(from).map(|_| ()).inspect_err(|_| {
                // What came out is no file, and stays where it was.
                let _ = exchange();
            }),
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
                rustix::fs::statat(&self.handle, to, AtFlags::SYMLINK_NOFOLLOW)?;
                self.rename(from, to)
            }
            Err(cause) => Err(cause.into()),
        }
    }

    /// Removes a name; says whether it was there.
    pub(in crate::session::store) fn unlink(&self, name: &str) -> io::Result<bool> {
        match rustix::fs::unlinkat(&self.handle, name, AtFlags::empty()) {
            Ok(()) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(cause) => Err(cause.into()),
        }
    }

    /// The names of all files, in no order. What is not UTF-8 is not ours.
    pub(in crate::session::store) fn names(&self) -> io::Result<Vec<String>> {
        let listed =
            rustix::fs::Dir::read_from(&self.handle).and_then(Iterator::collect::<rustix::io::Result<Vec<_>>>)?;
        Ok(listed.iter().filter_map(|entry| entry.file_name().to_str().ok().map(str::to_owned)).collect())
    }
}

/// Where the holder of a lock is noted: in the locked file itself.
#[derive(Debug)]
pub(in crate::session::store) struct Note;

impl Note {
    /// The note of a lock that was just taken; `None` if the file holds something else, which is left as it is.
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

/// Whether a lock file holds nothing, or what its holder wrote, so that it may be overwritten.
fn holds_a_note(file: &File) -> bool {
    let mut text = [0; LARGEST_NOTE + 1];
    file.read_at(&mut text, 0).is_ok_and(|length| is_note(&text[..length]))
}

/// Makes a directory and those above it, private to us whatever the umask is.
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
