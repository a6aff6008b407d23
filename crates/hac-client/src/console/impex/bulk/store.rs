//! The files of an import: its checkpoint, its journal, and the lock that keeps a second process out.

use std::ffi::OsStr;
use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::checkpoint::Checkpoint;
use super::journal::Journal;
use crate::audit::hexadecimal;
use crate::error::{Error, ErrorKind, Result};
use crate::origin::{BaseUrl, Origin};
use crate::session::store::folder::{Access, Folder, Opened, make};
use crate::state;

/// The limit of a checkpoint, in bytes.
const LARGEST: u64 = 16 << 20;

/// How often a lock is opened that another process removes at the same moment.
const MOST_TRIES: usize = 10;

/// The files of one import, which this process has locked.
#[derive(Debug)]
pub(super) struct Store {
    directory: PathBuf,
    folder: Folder,
    name: String,
    /// Unlocked when it is closed.
    lock: File,
}

/// What was found of an earlier import.
#[derive(Debug)]
pub(super) enum Found {
    Nothing,
    Checkpoint(Box<Checkpoint>),
    /// A checkpoint that cannot be used, and why.
    Unusable(String),
}

/// Returns the directory of all imports.
fn directory(chosen: Option<&Path>) -> Result<PathBuf> {
    let default = || state::directory().map(|state| state.join("imports"));
    chosen.map(Path::to_owned).or_else(default).ok_or_else(|| {
        Error::new(ErrorKind::Config, "find the directory for checkpoints")
            .because("the home directory is unknown")
            .with_hint("set XDG_STATE_HOME")
    })
}

/// Returns a file beside the checkpoints that nobody else sees, or one of the system if there is no room for it.
pub(super) fn temporary(chosen: Option<&Path>) -> io::Result<File> {
    let beside = directory(chosen).ok().filter(|directory| make(directory).is_ok());
    beside.and_then(|directory| tempfile::tempfile_in(directory).ok()).map_or_else(tempfile::tempfile, Ok)
}

/// Returns what the files of an import are called: by the absolute path of the imported file and the environment.
fn name(file: &Path, environment: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(file.as_os_str().as_encoded_bytes());
    hash.update(b"\0");
    hash.update(environment);
    let mut name = hexadecimal(&hash.finalize());
    name.truncate(32);
    name
}

impl Store {
    /// Makes the directory, and locks the import. Fails if another process has locked it.
    pub(super) fn open(chosen: Option<&Path>, file: &Path, environment: &str) -> Result<Self> {
        let directory = directory(chosen)?;
        let failed = |cause: io::Error| failed("use", &directory, &cause);
        make(&directory).map_err(failed)?;
        let Some(folder) = Folder::open(&directory).map_err(failed)? else {
            return Err(failed(io::ErrorKind::NotFound.into()));
        };
        if let Some(exposed) = folder.check(&directory, chosen.is_none()).map_err(failed)? {
            return Err(doing("use", &directory).because(exposed.why).with_hint(exposed.hint));
        }
        let name = name(file, environment);
        let lock_name = format!("{name}.lock");
        let mut tries = 0;
        let lock = loop {
            let lock = opened(&folder, &lock_name, Access::Lock).map_err(failed)?.ok_or(io::ErrorKind::NotFound);
            let lock = lock.map_err(|cause| failed(cause.into()))?;
            let locked = lock.try_lock();
            // Whoever had the lock may have removed the file before it let go.
            if locked.is_err() || folder.is_still(&lock_name, &lock) {
                break locked.map(|()| lock);
            }
            tries += 1;
            if tries == MOST_TRIES {
                break Err(TryLockError::WouldBlock);
            }
        };
        match lock {
            Ok(lock) => {
                let store = Self { directory, folder, name, lock };
                store.sweep();
                Ok(store)
            }
            Err(TryLockError::WouldBlock) => Err(Error::new(ErrorKind::Usage, format!("import {}", file.display()))
                .because(format!("another process is importing this file into {environment}"))
                .with_hint("wait for it, or end it; nothing was sent")),
            Err(TryLockError::Error(cause)) => Err(doing("lock", &directory)
                .because("locks do not work on this file system")
                .with_hint("choose a directory on a local file system with XDG_STATE_HOME")
                .with_source(cause)),
        }
    }

    /// Removes what a process that was killed while it wrote has left. Whoever has the lock is the only one that writes.
    fn sweep(&self) {
        let begin = self.unfinished();
        let entries = std::fs::read_dir(&self.directory).into_iter().flatten().flatten();
        for entry in entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(&begin)) {
            let _ = std::fs::remove_file(entry.path());
        }
    }

    /// Returns how the names of files begin that are being written.
    fn unfinished(&self) -> String {
        format!(".tmp-{}-", self.name)
    }

    /// Reads the checkpoint without a lock, to look at it.
    pub(super) fn peek(chosen: Option<&Path>, file: &Path, environment: &str) -> Result<Found> {
        let directory = directory(chosen)?;
        match Folder::open(&directory).map_err(|cause| failed("use", &directory, &cause))? {
            Some(folder) => load(&folder, &directory, &name(file, environment)),
            None => Ok(Found::Nothing),
        }
    }

    /// Returns an unfinished import of the same file into the same server under the name of another environment.
    pub(super) fn elsewhere(
        chosen: Option<&Path>,
        file: &Path,
        environment: &str,
        base_url: &str,
    ) -> Result<Option<Box<Checkpoint>>> {
        let directory = directory(chosen)?;
        let Some(folder) = Folder::open(&directory).map_err(|cause| failed("use", &directory, &cause))? else {
            return Ok(None);
        };
        let (own, shown) = (name(file, environment), file.display().to_string());
        let mut names: Vec<_> = std::fs::read_dir(&directory)
            .map_err(|cause| failed("use", &directory, &cause))?
            .filter_map(|entry| Some(entry.ok()?.file_name().to_str()?.strip_suffix(".json")?.to_owned()))
            .filter(|found| *found != own && !found.starts_with('.'))
            .collect();
        names.sort();
        Ok(names.iter().find_map(|at| match load(&folder, &directory, at) {
            // A copy under another name is nobody's: no import looks for it there, or removes it.
            Ok(Found::Checkpoint(found))
                if found.file == shown
                    && *at == name(file, &found.environment)
                    && found.is_unfinished()
                    && is_same_server(&found.base_url, base_url) =>
            {
                Some(found)
            }
            // It is that of another file, or of nobody's.
            _ => None,
        }))
    }

    pub(super) fn load(&self) -> Result<Found> {
        load(&self.folder, &self.directory, &self.name)
    }

    /// Writes the checkpoint as a whole, so that it outlasts a loss of power: a chunk that was sent is never forgotten.
    pub(super) fn save(&self, checkpoint: &Checkpoint) -> Result<()> {
        let write = || -> io::Result<()> {
            let mut file = tempfile::Builder::new().prefix(&self.unfinished()).tempfile_in(&self.directory)?;
            file.write_all(&serde_json::to_vec(checkpoint)?)?;
            file.as_file().sync_all()?;
            // Not by its path: on Windows the folder waits for whoever has the checkpoint open, such as a scanner for viruses.
            let unfinished = file.into_temp_path();
            let from = unfinished.file_name().and_then(OsStr::to_str).ok_or(io::ErrorKind::InvalidFilename)?;
            self.folder.rename(from, &format!("{}.json", self.name))?;
            // It is not there any more.
            let _ = unfinished.keep();
            // Windows cannot open a directory.
            File::open(&self.directory).map_or(Ok(()), |directory| directory.sync_all())
        };
        write().map_err(|cause| failed("write to", &self.directory, &cause))
    }

    /// Returns whether there is no checkpoint.
    pub(super) fn is_empty(&self) -> bool {
        self.path("json").try_exists().is_ok_and(|exists| !exists)
    }

    /// Removes all files of the import. The lock is held on until this is dropped, but nobody else waits for it.
    pub(super) fn forget(&self) -> Result<()> {
        let remove = |ending: &str| match std::fs::remove_file(self.path(ending)) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(failed("write to", &self.directory, &cause)),
            _ => Ok(()),
        };
        remove("json")?;
        remove("rows")?;
        // Windows may keep it as long as it is open.
        let _ = remove("lock");
        Ok(())
    }

    /// Opens the journal with so many bytes of it.
    pub(super) fn journal(&self, length: u64) -> Result<Journal> {
        let failed = |cause: io::Error| failed("use", &self.directory, &cause);
        let file = opened(&self.folder, &format!("{}.rows", self.name), Access::Lock).map_err(failed)?;
        let file = file.ok_or_else(|| failed(io::ErrorKind::NotFound.into()))?;
        Journal::of(file, length).map_err(failed)
    }

    fn path(&self, ending: &str) -> PathBuf {
        self.directory.join(format!("{}.{ending}", self.name))
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // A forked child would keep the lock otherwise.
        let _ = self.lock.unlock();
    }
}

/// Whether two base URLs are of one server. A context path that only one of them names is no difference, and neither is which name of
/// this machine is used.
fn is_same_server(one: &str, other: &str) -> bool {
    let (Ok(one), Ok(other)) = (BaseUrl::parse(one), BaseUrl::parse(other)) else { return one == other };
    let place = |of: &Origin| (of.is_loopback(), of.is_https(), of.port());
    let (here, there) = (one.origin(), other.origin());
    (here == there || (here.is_loopback() && place(here) == place(there)))
        && (one.context_path() == other.context_path()
            || one.context_path().is_none()
            || other.context_path().is_none())
}

fn load(folder: &Folder, directory: &Path, name: &str) -> Result<Found> {
    let failed = |cause: io::Error| failed("read from", directory, &cause);
    let Some(file) = opened(folder, &format!("{name}.json"), Access::Read).map_err(failed)? else {
        return Ok(Found::Nothing);
    };
    let mut bytes = Vec::new();
    file.take(LARGEST).read_to_end(&mut bytes).map_err(failed)?;
    Ok(match Checkpoint::parse(&bytes) {
        Ok(checkpoint) => Found::Checkpoint(Box::new(checkpoint)),
        Err(why) => Found::Unusable(why),
    })
}

/// Opens a file of ours; `None` if it does not exist.
fn opened(folder: &Folder, name: &str, access: Access) -> io::Result<Option<File>> {
    let foreign =
        || io::Error::new(io::ErrorKind::PermissionDenied, format!("{name} is a link, or belongs to another user"));
    match folder.open_file(name, access)? {
        Opened::Nothing => Ok(None),
        Opened::Foreign => Err(foreign()),
        Opened::File(file) => {
            let metadata = file.metadata()?;
            if folder.is_ours(&file, &metadata) { Ok(Some(file)) } else { Err(foreign()) }
        }
    }
}

fn doing(verb: &str, directory: &Path) -> Error {
    Error::new(ErrorKind::Config, format!("{verb} the directory for checkpoints {}", directory.display()))
}

fn failed(verb: &str, directory: &Path, cause: &io::Error) -> Error {
    let why = match cause.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "the disk is full".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        _ => cause.to_string(),
    };
    doing(verb, directory)
        .because(why)
        .with_hint("an import that can be resumed needs this directory; XDG_STATE_HOME chooses another")
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn the_lock_is_let_go_of_though_a_child_process_has_its_file_open() {
        let directory = tempfile::tempdir().expect("a directory");
        let (state, file) = (directory.path().join("state"), directory.path().join("rows.impex"));
        let store = Store::open(Some(&state), &file, "local").expect("locked");
        // As a fork makes it: another descriptor of the same open file.
        let of_a_child = store.lock.try_clone().expect("a descriptor");
        Store::open(Some(&state), &file, "local").expect_err("it is locked");
        drop(store);
        Store::open(Some(&state), &file, "local").expect("it is free");
        drop(of_a_child);
    }

    #[test]
    fn a_lock_whose_file_was_removed_meanwhile_is_none() {
        let directory = tempfile::tempdir().expect("a directory");
        let (state, file) = (directory.path().join("state"), directory.path().join("rows.impex"));
        let holders = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..2_000 {
                        // Another one has it now.
                        let Ok(store) = Store::open(Some(&state), &file, "local") else { continue };
                        assert_eq!(holders.fetch_add(1, Ordering::SeqCst), 0, "two have the lock");
                        std::thread::yield_now();
                        holders.fetch_sub(1, Ordering::SeqCst);
                        store.forget().expect("removed");
                    }
                });
            }
        });
    }
}
