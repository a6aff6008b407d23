//! Windows: files are opened by path, and the access control list of the directory decides who may read them.
//!
//! Only the user, the system and administrators may read and write files in a profile; new files inherit that. Locks are mandatory:
//! no other process can read a locked file, so the note about its holder is a file of its own.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::windows::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use windows_permissions::constants::{SeObjectType, SecurityInformation};
use windows_permissions::utilities::current_process_sid;
use windows_permissions::wrappers::{ConvertSecurityDescriptorToStringSecurityDescriptor, GetNamedSecurityInfo};

use super::descriptor::{Others, who_else};
use super::{Access, Entry, Exposed, Opened};
use crate::session::store::note::{LARGEST_NOTE, is_note};

/// `FILE_FLAG_OPEN_REPARSE_POINT`: opens a link itself, not its target.
const NO_LINKS: u32 = 0x0020_0000;

/// `DELETE` and `FILE_WRITE_ATTRIBUTES`: what a handle is for.
const DELETE: u32 = 0x0001_0000;
const CHANGE_TIMES: u32 = 0x0000_0100;

/// `FILE_SHARE_READ` and `FILE_SHARE_WRITE`: without `FILE_SHARE_DELETE`, nobody else can have a handle to rename or delete the file.
const SHARE_READ: u32 = 0x1;
const SHARE_WRITE: u32 = 0x2;

/// `ERROR_ACCESS_DENIED`, `ERROR_SHARING_VIOLATION` and `ERROR_LOCK_VIOLATION`.
const ACCESS_DENIED: i32 = 5;
const SHARING_VIOLATION: i32 = 32;
const LOCK_VIOLATION: i32 = 33;

/// How long to wait for a file that another program has open, before giving up.
const PATIENCE: Duration = Duration::from_secs(1);
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(10);

/// An existing directory.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Finds a directory; `None` if it does not exist.
    pub(crate) fn open(path: &Path) -> io::Result<Option<Self>> {
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => Ok(Some(Self { path: path.to_owned() })),
            Ok(_) => Err(io::ErrorKind::NotADirectory.into()),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(cause),
        }
    }

    /// Returns who else can read or write here, if the directory's access control list is readable.
    #[expect(clippy::unnecessary_wraps, reason = "on Unix it can fail")]
    pub(crate) fn check(&self, path: &Path, _: bool) -> io::Result<Option<Exposed>> {
        let others = match others(&self.path) {
            Ok(others) => others,
            Err(cause) => {
                tracing::debug!(%cause, "the access control list of the directory could not be read");
                return Ok(None);
            }
        };
        let may = match others {
            Others::Nothing => return Ok(None),
            Others::Read => "read the files in",
            Others::Write => "write to",
        };
        let hint = format!(
            "take it from them (icacls \"{}\" /inheritance:r /grant:r \"%USERNAME%:(OI)(CI)F\"), or choose a directory in your \
             profile",
            path.display()
        );
        Ok(Some(Exposed { why: format!("other users can {may} this directory"), hint }))
    }

    /// Opens a name.
    pub(crate) fn open_file(&self, name: &str, access: Access) -> io::Result<Opened> {
        let path = self.path.join(name);
        let mut options = OpenOptions::new();
        match access {
            Access::Read => &mut options,
            Access::Append => options.append(true).create(true),
            Access::Lock => options.write(true).create(true),
        };
        match options.read(true).custom_flags(NO_LINKS).open(&path) {
            Ok(file) => Ok(Opened::File(file)),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(Opened::Nothing),
            // A directory needs other flags to be opened.
            Err(_) if path.symlink_metadata().is_ok_and(|found| !found.is_file()) => Ok(Opened::Foreign),
            Err(cause) => Err(cause),
        }
    }

    /// Creates a file, which inherits its permissions; fails if it exists.
    pub(in crate::session::store) fn create_new(&self, name: &str) -> io::Result<File> {
        OpenOptions::new().write(true).create_new(true).custom_flags(NO_LINKS).open(self.path.join(name))
    }

    /// Nothing to do: a file is as private as its directory.
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "on Unix it changes the mode")]
    pub(crate) fn make_private(&self, _: &File) -> io::Result<()> {
        Ok(())
    }

    /// Nothing to do: a file is as private as its directory.
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "on Unix it changes the mode")]
    pub(in crate::session::store) fn make_lock_private(&self, _: &str, _: &File, _: &Metadata) -> io::Result<()> {
        Ok(())
    }

    /// Returns whether an open file is one that only this library changes: not a link or a directory, and without a second hard link.
    #[expect(clippy::unused_self, reason = "on Unix it knows the user")]
    pub(crate) fn is_ours(&self, file: &File, metadata: &Metadata) -> bool {
        metadata.is_file() && winapi_util::file::information(file).is_ok_and(|found| found.number_of_links() <= 1)
    }

    /// Returns what a name refers to.
    pub(in crate::session::store) fn entry(&self, name: &str) -> io::Result<Entry> {
        match self.open_file(name, Access::Read)? {
            Opened::Nothing => Ok(Entry::Nothing),
            Opened::File(file) if self.is_ours(&file, &file.metadata()?) => Ok(Entry::Ours),
            Opened::File(_) | Opened::Foreign => Ok(Entry::Foreign),
        }
    }

    /// Returns whether a name exists.
    pub(in crate::session::store) fn exists(&self, name: &str) -> bool {
        self.path.join(name).symlink_metadata().is_ok()
    }

    /// Returns whether a name still refers to an open file, and no other name does.
    pub(crate) fn is_still(&self, name: &str, file: &File) -> bool {
        let Ok(Opened::File(named)) = self.open_file(name, Access::Read) else { return false };
        let identity = |file: &File| {
            let found = winapi_util::file::information(file)?;
            io::Result::Ok(((found.volume_serial_number(), found.file_index()), found.number_of_links()))
        };
        matches!((identity(&named), identity(file)), (Ok((a, links)), Ok((b, _))) if a == b && links <= 1)
    }

    /// Renames a file, replacing the destination if it exists. Waits up to a second while another program has the destination open.
    pub(crate) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let (from, to) = (self.path.join(from), self.path.join(to));
        // Also denied while it is open without permission to delete it, or is being deleted.
        patiently(&[SHARING_VIOLATION, LOCK_VIOLATION, ACCESS_DENIED], || std::fs::rename(&from, &to))
    }

    /// Renames a file to a destination that must exist; otherwise fails with `NotFound`.
    ///
    /// A destination that another process removes at this moment is created again: Windows has no exchange.
    pub(in crate::session::store) fn replace_existing(
        &self,
        from: &str,
        to: &str,
        _: impl Fn(&str) -> io::Result<bool>,
    ) -> io::Result<()> {
        self.path.join(to).symlink_metadata()?;
        self.rename(from, to)
    }

    /// Removes a file and returns whether it existed: `true` for only one of several processes that remove it at the same moment. Waits
    /// up to a second while another program has it open.
    ///
    /// Windows deletes a file when its last handle is closed: until then two processes can delete it, and in older versions its name
    /// is in use. So the file is first renamed to `aside`, a name of this process alone, which also works while others read the file.
    ///
    /// If it cannot be renamed, it stays. If it cannot be deleted then, it no longer has its name, and is swept with the temporary files.
    pub(in crate::session::store) fn remove(&self, name: &str, aside: &str) -> io::Result<bool> {
        // A directory stays, with an error; a link has no content.
        if self.path.join(name).symlink_metadata().is_ok_and(|found| !found.is_file()) {
            return self.unlink(name);
        }
        Ok(self.set_aside(name, aside)? && self.unlink_aside(aside)?)
    }

    /// Renames a file to a name of this process and returns whether it existed.
    pub(in crate::session::store) fn set_aside(&self, name: &str, aside: &str) -> io::Result<bool> {
        // A leftover is swept by its age. Without the new time, at worst another process sweeps it before this one deletes it.
        let _ = OpenOptions::new()
            .access_mode(CHANGE_TIMES)
            .custom_flags(NO_LINKS)
            .open(self.path.join(name))
            .and_then(|file| file.set_modified(SystemTime::now()));
        found(self.rename(name, aside))
    }

    /// Deletes a file that was set aside, and returns whether this process was the last to do that.
    ///
    /// A rename works through a handle: a process that opened the file before another set it aside can rename it again. So only a
    /// file that nobody else can rename, because nobody else has such a handle, was removed by this process.
    pub(in crate::session::store) fn unlink_aside(&self, aside: &str) -> io::Result<bool> {
        let path = self.path.join(aside);
        let mut alone = OpenOptions::new();
        alone.access_mode(DELETE).share_mode(SHARE_READ | SHARE_WRITE).custom_flags(NO_LINKS);
        if !found(patiently(&[SHARING_VIOLATION], || alone.open(&path).map(drop)))? {
            return Ok(false);
        }
        // If it is not there, a process with a wrong clock has swept it.
        self.unlink(aside).map(|_| true)
    }

    /// Removes a file and returns whether it existed, which may be `true` for two processes that remove it at the same moment. Waits up
    /// to a second while another program has it open.
    pub(in crate::session::store) fn unlink(&self, name: &str) -> io::Result<bool> {
        let path = self.path.join(name);
        let removed = patiently(&[SHARING_VIOLATION, LOCK_VIOLATION], || std::fs::remove_file(&path));
        // Not every file system deletes a file that is read-only.
        found(removed.or_else(|cause| if make_writable(&path) { std::fs::remove_file(&path) } else { Err(cause) }))
    }

    /// Returns the names of all files, in no particular order. Names that are not Unicode are skipped.
    pub(in crate::session::store) fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.path)? {
            names.extend(entry?.file_name().into_string().ok());
        }
        Ok(names)
    }
}

/// The note that names the holder of a lock: in `holder_<md5>`, which stays next to `lock_<md5>`.
#[derive(Debug)]
pub(in crate::session::store) struct Note(File);

impl Note {
    /// Returns the note of a lock that was just taken; `None` if it cannot be opened or has other content, which is not changed.
    pub(in crate::session::store) fn of(folder: &Folder, lock_name: &str, _: &File) -> Option<Self> {
        let Ok(Opened::File(file)) = folder.open_file(&name_of_note(lock_name), Access::Lock) else { return None };
        let mut text = [0; LARGEST_NOTE + 1];
        let length = crate::os::read_at(&file, &mut text, 0).ok()?;
        (folder.is_ours(&file, &file.metadata().ok()?) && is_note(&text[..length])).then_some(Self(file))
    }

    pub(in crate::session::store) fn write(&self, _: &File, text: &[u8]) -> io::Result<()> {
        use std::os::windows::fs::FileExt as _;
        self.0.set_len(0)?;
        // It is short: a part that does not fit at once does not fit at all.
        self.0.seek_write(text, 0).map(drop)
    }

    pub(in crate::session::store) fn clear(&self, _: &File) {
        let _ = self.0.set_len(0);
    }

    /// Reads the note of a lock's holder.
    pub(in crate::session::store) fn read(
        folder: &Folder,
        lock_name: &str,
        _: &File,
        into: &mut [u8],
    ) -> io::Result<usize> {
        match folder.open_file(&name_of_note(lock_name), Access::Read)? {
            Opened::File(file) => crate::os::read_at(&file, into, 0),
            Opened::Nothing | Opened::Foreign => Ok(0),
        }
    }
}

fn name_of_note(lock_name: &str) -> String {
    lock_name.replacen("lock_", "holder_", 1)
}

/// Creates a directory and its parents, which inherit their permissions.
pub(crate) fn make(path: &Path) -> io::Result<()> {
    std::fs::create_dir_all(path)
}

/// Returns what other users may do in a directory.
fn others(path: &Path) -> io::Result<Others> {
    let asked = SecurityInformation::Owner | SecurityInformation::Dacl;
    let descriptor = GetNamedSecurityInfo(path, SeObjectType::SE_FILE_OBJECT, asked)?;
    let text = ConvertSecurityDescriptorToStringSecurityDescriptor(&descriptor, asked)?;
    Ok(who_else(&text.to_string_lossy(), &current_process_sid()?.to_string()))
}

/// Returns whether there was a file to do something with.
fn found(done: io::Result<()>) -> io::Result<bool> {
    match done {
        Ok(()) => Ok(true),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(cause) => Err(cause),
    }
}

/// Makes a read-only file writable and returns whether it was read-only.
#[expect(
    clippy::permissions_set_readonly_false,
    reason = "an attribute on Windows, which says nothing about other users"
)]
fn make_writable(path: &Path) -> bool {
    let Ok(found) = path.symlink_metadata() else { return false };
    let mut permissions = found.permissions();
    if !found.is_file() || !permissions.readonly() {
        return false;
    }
    permissions.set_readonly(false);
    std::fs::set_permissions(path, permissions).is_ok()
}

/// Repeats an attempt that fails for one of these reasons, for up to a second.
fn patiently(reasons_to_wait: &[i32], attempt: impl Fn() -> io::Result<()>) -> io::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match attempt() {
            Err(cause)
                if cause.raw_os_error().is_some_and(|code| reasons_to_wait.contains(&code))
                    && Instant::now() < deadline =>
            {
                std::thread::sleep(BETWEEN_ATTEMPTS);
            }
            done => return done,
        }
    }
}
