//! Lists, clears and removes the sessions of a directory.

use std::time::{Duration, Instant};

use super::directory::{Content, Directory, is_md5};
use super::file::{FileStore, Names, PAUSES, lock_until};
use super::format;
use super::{SessionKey, StoredSession};
use crate::error::{Error, ErrorKind, Result};
use crate::session::metadata::SessionMetadata;

impl FileStore {
    /// As [`SessionStore::remove`](super::SessionStore::remove); calls `meanwhile` before removing.
    pub(super) fn remove_noting(&self, key: &SessionKey, meanwhile: impl FnOnce()) -> Result<bool> {
        let Some(directory) = self.open()? else { return Ok(false) };
        let removal = remove_files(&directory, &Names::of(key), Instant::now() + self.patience, meanwhile);
        // The error about the main file comes first: without that file the side file is useless.
        removal.failures.into_iter().next().map_or(Ok(removal.sessions > 0), Err)
    }

    /// Returns every usable session, the most recently used first.
    pub(crate) fn list(&self) -> Result<Vec<SessionMetadata>> {
        self.list_pausing(&mut std::thread::sleep)
    }

    pub(super) fn list_pausing(&self, pause: &mut dyn FnMut(Duration)) -> Result<Vec<SessionMetadata>> {
        let Some(directory) = self.open()? else { return Ok(Vec::new()) };
        let mut pending: Vec<_> = directory.names()?.into_iter().filter(|name| md5_in(name).is_some()).collect();
        let mut sessions = Vec::new();
        let mut pauses = PAUSES.iter();
        loop {
            // Unsafe and too large files are skipped; those that do not parse are read again.
            pending.retain(|name| match directory.read(name) {
                Ok(Some(Content::Text { bytes, .. })) => match format::main_from(&bytes) {
                    Some(metadata) => {
                        sessions.push((name.clone(), metadata));
                        false
                    }
                    None => true,
                },
                _ => false,
            });
            match pauses.next() {
                Some(length) if !pending.is_empty() => pause(*length),
                _ => break,
            }
        }
        let now = directory.system().now();
        let mut sessions: Vec<_> = sessions
            .into_iter()
            .filter(|(name, metadata)| listable(name, metadata))
            .map(|(_, metadata)| metadata)
            .collect();
        sessions.sort_by(|a, b| a.idle_seconds_at(now).total_cmp(&b.idle_seconds_at(now)));
        Ok(sessions)
    }

    /// Removes every session, with side files and the temporary files of killed processes; lock files
    /// stay. Returns the number of sessions.
    ///
    /// Continues after a failure; the error names every file that could not be removed.
    pub(crate) fn clear(&self) -> Result<usize> {
        let Some(directory) = self.open()? else { return Ok(0) };
        let deadline = Instant::now() + self.patience;
        let mut keys: Vec<_> = directory.names()?.iter().filter_map(|name| md5_in_any(name)).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut cleared = Removal::default();
        for md5 in keys {
            let removal = remove_files(&directory, &Names::of_md5(md5), deadline, || ());
            cleared.sessions += removal.sessions;
            cleared.failures.extend(removal.failures);
        }
        directory.sweep(None);
        if cleared.failures.is_empty() {
            return Ok(cleared.sessions);
        }
        let failures: Vec<_> = cleared.failures.iter().map(ToString::to_string).collect();
        let sessions = if cleared.sessions == 1 { "session" } else { "sessions" };
        Err(Error::new(ErrorKind::Cache, "clear every session")
            .because(format!("{} {sessions} cleared, but {}", cleared.sessions, failures.join("; ")))
            .with_hint("remove these files yourself, then clear again"))
    }
}

/// The result of removing files.
#[derive(Default)]
struct Removal {
    sessions: usize,
    failures: Vec<Error>,
}

/// Removes a session and its side file, the latter even if the former fails. Calls `meanwhile` between
/// taking the lock and removing.
fn remove_files(directory: &Directory, names: &Names, deadline: Instant, meanwhile: impl FnOnce()) -> Removal {
    let mut removal = Removal::default();
    if !directory.exists(&names.main) && !directory.exists(&names.side) {
        return removal;
    }
    // Removes without the lock after the deadline: removing must not hang.
    let _lock = lock_until(directory, &names.lock, deadline);
    meanwhile();
    match directory.remove(&names.main, &names.md5) {
        Ok(removed) => removal.sessions += usize::from(removed),
        Err(error) => removal.failures.push(error),
    }
    removal.failures.extend(directory.remove(&names.side, &names.md5).err());
    directory.sweep(Some(&names.md5));
    removal
}

/// Returns whether the session in a file is usable and belongs under the file's name.
fn listable(name: &str, metadata: &SessionMetadata) -> bool {
    let session = StoredSession { metadata: metadata.clone(), context_path: None, cookies: Vec::new() };
    metadata.is_authenticated
        && format::unusable_field(&session).is_none()
        && md5_in(name) == Some(SessionKey::of(metadata).md5())
}

/// Returns the MD5 in the name of a main file.
fn md5_in(name: &str) -> Option<String> {
    let md5 = name.strip_prefix("session_")?.strip_suffix(".json")?;
    is_md5(md5).then(|| md5.to_owned())
}

/// Returns the MD5 in the name of a main file or a side file.
fn md5_in_any(name: &str) -> Option<String> {
    md5_in(name).or_else(|| md5_in(&name.replacen("extra_", "session_", 1)))
}
