//! All sessions of a directory: listing, clearing, removing.

use std::time::{Duration, Instant, SystemTime};

use super::directory::{Content, Directory};
use super::file::{FileStore, Names, PAUSES, lock_until};
use super::format;
use super::{SessionKey, StoredSession};
use crate::error::Result;
use crate::session::metadata::{SessionMetadata, now};

impl FileStore {
    /// [`SessionStore::remove`](super::SessionStore::remove), with what else happens meanwhile.
    pub(super) fn remove_noting(&self, key: &SessionKey, meanwhile: impl FnOnce()) -> Result<bool> {
        let Some(directory) = self.open()? else { return Ok(false) };
        remove_files(&directory, &Names::of(key), Instant::now() + self.patience, meanwhile)
    }

    /// Every session, the newest use first. What cannot be used is left out.
    pub(crate) fn list(&self) -> Result<Vec<SessionMetadata>> {
        self.list_pausing(&mut std::thread::sleep)
    }

    pub(super) fn list_pausing(&self, pause: &mut dyn FnMut(Duration)) -> Result<Vec<SessionMetadata>> {
        let Some(directory) = self.open()? else { return Ok(Vec::new()) };
        let mut pending: Vec<_> = directory.names()?.into_iter().filter(|name| md5_in(name).is_some()).collect();
        let mut sessions = Vec::new();
        let mut pauses = PAUSES.iter();
        loop {
            // What is dangerous or too large stays out; what does not parse is read again.
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
        let now = now();
        let mut sessions: Vec<_> = sessions
            .into_iter()
            .filter(|(name, metadata)| listable(name, metadata))
            .map(|(_, metadata)| metadata)
            .collect();
        sessions.sort_by(|a, b| a.idle_seconds_at(now).total_cmp(&b.idle_seconds_at(now)));
        Ok(sessions)
    }

    /// Removes every session, with the side files and what killed processes left; lock files
    /// stay. Returns how many session files there were.
    pub(crate) fn clear(&self) -> Result<usize> {
        let Some(directory) = self.open()? else { return Ok(0) };
        let deadline = Instant::now() + self.patience;
        let mut keys: Vec<_> = directory.names()?.iter().filter_map(|name| md5_in_any(name)).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut removed = 0;
        for md5 in keys {
            removed += usize::from(remove_files(&directory, &Names::of_md5(md5), deadline, || ())?);
        }
        directory.sweep(".tmp-", SystemTime::now());
        Ok(removed)
    }
}

/// Removes a session and its side file; says whether there was a session. `meanwhile` is what
/// else happens between taking the lock and removing.
fn remove_files(directory: &Directory, names: &Names, deadline: Instant, meanwhile: impl FnOnce()) -> Result<bool> {
    if !directory.exists(&names.main) && !directory.exists(&names.side) {
        return Ok(false);
    }
    // Whoever holds the lock for longer is passed over: removing must not hang.
    let _lock = lock_until(directory, &names.lock, deadline);
    meanwhile();
    let removed = directory.remove(&names.main)?;
    directory.remove(&names.side)?;
    directory.sweep(&format!(".tmp-{}-", names.md5), SystemTime::now());
    Ok(removed)
}

/// Whether a file is what a session with this content is kept in, and may be used.
fn listable(name: &str, metadata: &SessionMetadata) -> bool {
    let session = StoredSession { metadata: metadata.clone(), context_path: None, cookies: Vec::new() };
    metadata.is_authenticated
        && format::unusable_field(&session).is_none()
        && md5_in(name) == Some(SessionKey::of(metadata).md5())
}

/// The key in the name of a main file.
fn md5_in(name: &str) -> Option<String> {
    let md5 = name.strip_prefix("session_")?.strip_suffix(".json")?;
    (md5.len() == 32 && md5.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| md5.to_owned())
}

/// The key in the name of a main file or a side file.
fn md5_in_any(name: &str) -> Option<String> {
    md5_in(name).or_else(|| md5_in(&name.replacen("extra_", "session_", 1)))
}
