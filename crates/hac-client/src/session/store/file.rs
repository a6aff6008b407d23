//! Sessions in files, shared with every process of the user and with hac-client-core.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use super::directory::{Content, Directory, Replace};
use super::format::{self, Side};
use super::location::Location;
use super::lock::{self, LockAttempt};
use super::system::System;
use super::{LostLogin, Reading, Replaced, SessionKey, SessionStore, StoredSession};
use crate::error::{Error, Result};
use crate::secret::SessionId;
use crate::session::LastKnown;
use crate::session::metadata::{SessionMetadata, elapsed};
use crate::transport::tls::Trust;

/// The pauses before a file that does not parse is read again: 100 ms in all.
pub(crate) const PAUSES: [Duration; 3] =
    [Duration::from_millis(20), Duration::from_millis(30), Duration::from_millis(50)];

/// How long a removal waits for the lock before it proceeds without it.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// `last_used_at` is written at most this often, in seconds.
const TOUCH_EVERY: f64 = 5.0;

/// Stores sessions in files. The first write creates the directory.
#[derive(Debug, Clone)]
pub(crate) struct FileStore {
    directory: PathBuf,
    is_default: bool,
    pub(in crate::session) patience: Duration,
    system: System,
    /// Noted with each session that is saved.
    trust: Option<String>,
}

/// The names of the files of a key.
pub(super) struct Names {
    pub(super) md5: String,
    pub(super) main: String,
    pub(super) side: String,
    pub(super) lock: String,
}

impl Names {
    pub(super) fn of(key: &SessionKey) -> Self {
        Self::of_md5(key.md5())
    }

    pub(super) fn of_md5(md5: String) -> Self {
        Self {
            main: format!("session_{md5}.json"),
            side: format!("extra_{md5}.json"),
            lock: format!("lock_{md5}"),
            md5,
        }
    }
}

impl FileStore {
    /// Returns a store in a directory. `is_default`: the user did not choose it, so its mode may be restricted to 0700.
    pub(crate) fn new(directory: PathBuf, is_default: bool) -> Self {
        Self { directory, is_default, patience: PATIENCE, system: System::default(), trust: None }
    }

    /// Returns the store for sessions with a server that is trusted so.
    pub(crate) fn trusting(mut self, trust: &Trust) -> Self {
        self.trust = trust.noted();
        self
    }

    /// Returns the store with requests to the system that fail.
    #[cfg(test)]
    pub(in crate::session) fn in_trouble(mut self, trouble: std::sync::Arc<dyn super::Trouble>) -> Self {
        self.system = System::with(trouble);
        self
    }

    /// Returns a store in `HAC_CACHE_DIR` (whose mode is not changed) or in the default directory.
    pub(crate) fn in_default_dir() -> Result<Self> {
        Location::from_environment().map(|location| Self::new(location.path, location.is_default))
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(super) fn open(&self) -> Result<Option<Directory>> {
        Directory::open(&self.directory, self.is_default, &self.system)
    }

    fn open_or_make(&self) -> Result<Directory> {
        Directory::open_or_make(&self.directory, self.is_default, &self.system)
    }

    /// As [`SessionStore::touch`]; calls `meanwhile` between reading and writing.
    pub(super) fn touch_after(
        &self,
        key: &SessionKey,
        session_id: &SessionId,
        at: f64,
        meanwhile: impl FnOnce(),
    ) -> Result<()> {
        let Some(directory) = self.open()? else { return Ok(()) };
        let names = Names::of(key);
        let due = || {
            parsed_main(&directory, &names).filter(|stored| {
                let is_due = elapsed(stored.last_used_at, at) >= TOUCH_EVERY;
                is_due && stored.session_id == *session_id && key.owns(stored)
            })
        };
        if due().is_none() {
            return Ok(());
        }
        // Without working locks, at worst two processes write the time of use.
        let _guard = match lock::try_lock(&directory, &names.lock) {
            LockAttempt::Busy(_) => return Ok(()),
            attempt => attempt,
        };
        let Some(mut metadata) = due() else { return Ok(()) };
        meanwhile();
        metadata.last_used_at = at;
        match write_main(&directory, &names, key, &metadata, Replace::ExistingOnly) {
            Err(_) if !directory.exists(&names.main) => Ok(()),
            other => other,
        }
    }

    /// Returns what the files say of a session, without asking the server.
    pub(crate) fn last_known(&self, session: &SessionMetadata) -> Result<LastKnown> {
        let side = match self.open()? {
            Some(directory) => read_side(&directory, &Names::of(&SessionKey::of(session)))?.map(|(side, _)| side),
            None => None,
        };
        let side = side.filter(|side| side.fits(&session.session_id));
        let seen = side.as_ref().map_or(LastKnown::Unknown, Side::last_seen);
        // An import stores a session that nobody has asked about; a login finds out where HAC is.
        let was_used = session.last_used_at - session.created_at >= TOUCH_EVERY;
        let is_confirmed = was_used || side.is_some_and(|side| side.into_parts().0.is_some());
        Ok(match seen {
            LastKnown::AliveAt(at) | LastKnown::EndedAt(at) if at >= session.last_used_at => seen,
            _ if is_confirmed => LastKnown::AliveAt(session.last_used_at),
            _ => LastKnown::Unknown,
        })
    }

    /// Returns how the server of a session was trusted when it was saved, if that is noted.
    pub(crate) fn trust(&self, session: &SessionMetadata) -> Result<Option<Trust>> {
        let Some(directory) = self.open()? else { return Ok(None) };
        let side = read_side(&directory, &Names::of(&SessionKey::of(session)))?.map(|(side, _)| side);
        Ok(side.filter(|side| side.fits(&session.session_id)).and_then(|side| side.trust()))
    }

    /// Writes a file and removes it, as a check.
    pub(crate) fn check(&self) -> Result<()> {
        let name = Names::of(&SessionKey::new("check", "", "")).main;
        self.open_or_make()?.try_writing(&name)
    }

    fn change_side(&self, key: &SessionKey, change: impl FnOnce(Side) -> Side) -> Result<()> {
        let directory = self.open_or_make()?;
        let names = Names::of(key);
        let side = read_side(&directory, &names)?.map(|(side, _)| side).unwrap_or_default();
        write_side(&directory, &names, &change(side))
    }

    /// Takes a lock, waiting as long as a removal does.
    pub(crate) fn lock_patiently(&self, key: &SessionKey) -> LockAttempt {
        let deadline = Instant::now() + self.patience;
        match self.open_or_make() {
            Ok(directory) => lock_until(&directory, &Names::of(key).lock, deadline),
            Err(error) => LockAttempt::Unsupported(error),
        }
    }
}

impl SessionStore for FileStore {
    fn read(&self, key: &SessionKey) -> Result<Reading> {
        const ABSENT: Reading = Reading { session: None, settled: true };
        let Some(directory) = self.open()? else { return Ok(ABSENT) };
        let names = Names::of(key);
        let Some(Content::Text { bytes, .. }) = directory.read(&names.main)? else { return Ok(ABSENT) };
        let Some(metadata) = format::main_from(&bytes) else { return Ok(Reading { session: None, settled: false }) };
        if !metadata.is_authenticated || !key.owns(&metadata) {
            return Ok(ABSENT);
        }
        let (session, settled) = with_side(&directory, &names, metadata)?;
        if let Some(field) = format::unusable_field(&session) {
            tracing::debug!(field, "a stored session cannot be sent and counts as absent");
            return Ok(ABSENT);
        }
        Ok(Reading { session: Some(session), settled })
    }

    fn refused_at(&self, key: &SessionKey) -> Option<f64> {
        let directory = self.open().ok()??;
        read_side(&directory, &Names::of(key)).ok()??.0.refused_at(self.system.now())
    }

    fn mark_refused(&self, key: &SessionKey, at: f64) -> Result<()> {
        self.change_side(key, |side| side.refused(at))
    }

    fn lost_login(&self, key: &SessionKey) -> Option<LostLogin> {
        let directory = self.open().ok()??;
        read_side(&directory, &Names::of(key)).ok()??.0.lost(self.system.now())
    }

    fn mark_lost(&self, key: &SessionKey, lost: LostLogin) -> Result<()> {
        self.change_side(key, |side| side.with_lost(lost))
    }

    fn save(&self, key: &SessionKey, session: &StoredSession) -> Result<()> {
        save_in(&self.open_or_make()?, key, session, self.trust.clone(), Replace::OrMake)
    }

    fn replace(&self, key: &SessionKey, before: &SessionId, session: &StoredSession) -> Result<Replaced> {
        let Some(directory) = self.open()? else { return Ok(Replaced::Superseded) };
        let names = Names::of(key);
        let (_guard, not_locked) = match lock::try_lock(&directory, &names.lock) {
            LockAttempt::Held(guard) => (Some(guard), None),
            LockAttempt::Unsupported(error) => (None, Some(error)),
            LockAttempt::Busy(_) => return Ok(Replaced::Skipped),
        };
        let Some(Content::Text { bytes, .. }) = directory.read(&names.main)? else { return Ok(Replaced::Superseded) };
        let Some(stored) = format::main_from(&bytes) else { return Ok(Replaced::Skipped) };
        if !key.owns(&stored) || stored.session_id != *before {
            return Ok(Replaced::Superseded);
        }
        match save_in(&directory, key, session, self.trust.clone(), Replace::ExistingOnly) {
            Ok(()) => Ok(not_locked.map_or(Replaced::Saved, Replaced::SavedWithoutLock)),
            // Another process removed the session without the lock, which it did not get in time.
            Err(_) if !directory.exists(&names.main) => {
                directory.remove(&names.side, &names.md5).map(|_| Replaced::Superseded)
            }
            Err(error) => Err(error),
        }
    }

    fn touch(&self, key: &SessionKey, session_id: &SessionId, at: f64) -> Result<()> {
        self.touch_after(key, session_id, at, || ())
    }

    fn mark_seen(&self, key: &SessionKey, session_id: &SessionId, seen: LastKnown) -> Result<()> {
        let Some(directory) = self.open()? else { return Ok(()) };
        let names = Names::of(key);
        let is_there = || {
            let stored = parsed_main(&directory, &names);
            stored.is_some_and(|stored| stored.session_id == *session_id && key.owns(&stored))
        };
        if !is_there() {
            return Ok(());
        }
        let _guard = match lock::try_lock(&directory, &names.lock) {
            LockAttempt::Busy(_) => return Ok(()),
            attempt => attempt,
        };
        if !is_there() {
            return Ok(());
        }
        let side = read_side(&directory, &names)?.map(|(side, _)| side).unwrap_or_default();
        write_side(&directory, &names, &side.seen(session_id, seen))
    }

    fn remove(&self, key: &SessionKey) -> Result<bool> {
        self.remove_noting(key, || ())
    }

    fn remove_session(&self, key: &SessionKey, session_id: &SessionId) -> Result<bool> {
        let Some(directory) = self.open()? else { return Ok(false) };
        let names = Names::of(key);
        let _guard = self.lock_patiently(key);
        let is_that_one = parsed_main(&directory, &names).is_some_and(|stored| stored.session_id == *session_id);
        if !is_that_one {
            return Ok(false);
        }
        let remove = |name: &str| directory.remove(name, &names.md5);
        let (main, side) = (remove(&names.main), remove(&names.side));
        let removed = main?;
        side?;
        Ok(removed)
    }

    fn try_lock(&self, key: &SessionKey) -> LockAttempt {
        match self.open_or_make() {
            Ok(directory) => lock::try_lock(&directory, &Names::of(key).lock),
            Err(error) => LockAttempt::Unsupported(error),
        }
    }
}

/// Writes the two files of a session.
fn save_in(
    directory: &Directory,
    key: &SessionKey,
    session: &StoredSession,
    trust: Option<String>,
    replace: Replace,
) -> Result<()> {
    let names = Names::of(key);
    directory.sweep(Some(&names.md5));
    directory.refuse_foreign(&names.main)?;
    let mut metadata = session.metadata.clone();
    let now = directory.system().now();
    for time in [&mut metadata.created_at, &mut metadata.last_used_at] {
        // JSON cannot represent them.
        if !time.is_finite() {
            *time = now;
        }
    }
    if let Some(stored) = parsed_main(directory, &names)
        && key.owns(&stored)
        && stored.session_id == metadata.session_id
        && stored.created_at <= now
    {
        metadata.created_at = stored.created_at;
    }
    // The side file first: no process must see a new session id with an old side file.
    let has_side = session.context_path.is_some() || !session.cookies.is_empty();
    if has_side {
        write_side(directory, &names, &Side::of(session, trust))?;
    }
    write_main(directory, &names, key, &metadata, replace)?;
    if !has_side {
        directory.remove(&names.side, &names.md5)?;
    }
    Ok(())
}

/// Reads until no other process seems to be writing, or the pauses are used up.
pub(super) fn read_again(
    read: impl Fn() -> Result<Reading>,
    pause: &mut dyn FnMut(Duration),
) -> Result<Option<StoredSession>> {
    for length in PAUSES {
        let reading = read()?;
        if reading.settled {
            return Ok(reading.session);
        }
        pause(length);
    }
    Ok(read()?.session)
}

/// Combines a session with its side file. Returns `false` while another process may have written only one of the two.
fn with_side(directory: &Directory, names: &Names, metadata: SessionMetadata) -> Result<(StoredSession, bool)> {
    let mut settled = true;
    let (context_path, cookies) = match read_side(directory, names)? {
        Some((side, _)) if side.fits(&metadata.session_id) => side.into_parts(),
        Some((_, modified)) => {
            settled = !modified.is_some_and(|modified| is_fresh(modified, directory.system().time()));
            (None, Vec::new())
        }
        None => (None, Vec::new()),
    };
    Ok((StoredSession { metadata, context_path, cookies }, settled))
}

fn is_fresh(modified: SystemTime, now: SystemTime) -> bool {
    now.duration_since(modified).is_ok_and(|age| age < Duration::from_secs(1))
}

fn read_side(directory: &Directory, names: &Names) -> Result<Option<(Side, Option<SystemTime>)>> {
    Ok(match directory.read(&names.side)? {
        Some(Content::Text { bytes, modified }) => Side::parse(&bytes).map(|side| (side, modified)),
        _ => None,
    })
}

fn write_side(directory: &Directory, names: &Names, side: &Side) -> Result<()> {
    let text = side.text().map_err(|cause| directory.error("write", &names.side).with_source(cause))?;
    directory.write(&names.side, &names.md5, &text, Replace::OrMake)
}

/// Reads and parses the main file once.
fn parsed_main(directory: &Directory, names: &Names) -> Option<SessionMetadata> {
    match directory.read(&names.main) {
        Ok(Some(Content::Text { bytes, .. })) => format::main_from(&bytes),
        _ => None,
    }
}

fn write_main(
    directory: &Directory,
    names: &Names,
    key: &SessionKey,
    metadata: &SessionMetadata,
    replace: Replace,
) -> Result<()> {
    let text =
        format::main_text(metadata, key).map_err(|cause| directory.error("write", &names.main).with_source(cause))?;
    directory.write(&names.main, &names.md5, &text, replace)
}

/// Tries to take a lock every 10 to 200 ms, until the deadline.
pub(super) fn lock_until(directory: &Directory, name: &str, deadline: Instant) -> LockAttempt {
    let mut pause = Duration::from_millis(10);
    loop {
        match lock::try_lock(directory, name) {
            LockAttempt::Busy(_) if Instant::now() < deadline => {}
            other => return other,
        }
        std::thread::sleep(pause.min(deadline.saturating_duration_since(Instant::now())));
        pause = (pause * 2).min(Duration::from_millis(200));
    }
}

/// Returns the error for a lock that is held by another process.
pub(crate) fn busy(error: Error, holder: Option<&lock::Holder>) -> Error {
    let who = holder.map_or_else(|| "another process".to_owned(), ToString::to_string);
    error.because(format!("{who} is changing it")).with_hint("try again when it is done")
}
