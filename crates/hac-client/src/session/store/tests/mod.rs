//! The rules of the store, one by one.

#[cfg(unix)] // owners and modes of files
mod access;
#[cfg(unix)] // owners and modes of files
mod directory;
#[cfg(unix)] // links, pipes and sockets in the place of files
mod fire;
mod locking;
#[cfg(unix)] // modes of files
mod modes;
mod naming;
mod reading;
mod removing;
mod side;
mod touching;
mod trouble;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;
mod writing;

use std::fs;
#[cfg(unix)]
use std::path::Path;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

#[cfg(unix)]
use unix::{is_private, make_private, mode, name_of_note, set_mode};
#[cfg(windows)]
use windows::{is_private, make_private, name_of_note};

use super::system::System;
use super::*;
use crate::error::ErrorKind;
use crate::session::metadata::now;

/// A file of hac-client-core 0.1.2, as that package writes it.
const CORE: &str = r#"{
  "session_id": "5E55ION",
  "csrf_token": "t0ken",
  "route_cookie": "ROUTE=.n1",
  "environment": "local",
  "base_url": "https://localhost:9002",
  "username": "j\u00f6rg\ud83d\ude00\u007f",
  "created_at": 1764000000.25,
  "last_used_at": 1764000001.0,
  "is_authenticated": true
}"#;

/// A store in a directory that is not there yet, inside one that is removed at the end.
struct Place {
    store: FileStore,
    directory: PathBuf,
    root: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let root = tempfile::tempdir().expect("a temporary directory");
        let directory = root.path().join("sessions");
        Self { store: FileStore::new(directory.clone(), false), directory, root }
    }

    fn made() -> Self {
        let place = Self::new();
        fs::create_dir(&place.directory).expect("made");
        make_private(&place.directory);
        place
    }

    fn path(&self, prefix: &str, suffix: &str) -> PathBuf {
        self.directory.join(format!("{prefix}_{}{suffix}", key().md5()))
    }

    fn main(&self) -> PathBuf {
        self.path("session", ".json")
    }

    fn side(&self) -> PathBuf {
        self.path("extra", ".json")
    }

    fn lock(&self) -> PathBuf {
        self.path("lock", "")
    }

    /// The file in which the holder of the lock is noted.
    fn note(&self) -> PathBuf {
        self.path(name_of_note(), "")
    }

    /// A temporary file of this key as process 1 would have left it, so many seconds ago.
    fn leave_temporary(&self, md5: &str, age: i64) -> PathBuf {
        let path = self.directory.join(format!(".tmp-{md5}-1"));
        let file = fs::File::create(&path).expect("a temporary file");
        let distance = Duration::from_secs(age.unsigned_abs());
        let time = if age < 0 { SystemTime::now() + distance } else { SystemTime::now() - distance };
        file.set_modified(time).expect("its time");
        path
    }

    fn load_pausing(&self, pause: &mut dyn FnMut(Duration)) -> Result<Option<StoredSession>> {
        file::read_again(|| self.store.read(&key()), pause)
    }

    /// Loads, and says how long it paused; a pause takes no time here.
    fn load(&self) -> (Result<Option<StoredSession>>, Vec<Duration>) {
        let mut pauses = Vec::new();
        let loaded = self.load_pausing(&mut |pause| pauses.push(pause));
        (loaded, pauses)
    }

    fn loaded(&self) -> Option<StoredSession> {
        self.load().0.expect("no error")
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(&self.directory)
            .expect("the directory")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// The same, without locks and the notes of their holders, which stay for good.
    fn names_beside_locks(&self) -> Vec<String> {
        let stays = |name: &String| name.starts_with("lock_") || name.starts_with(name_of_note());
        self.names().into_iter().filter(|name| !stays(name)).collect()
    }
}

fn key() -> SessionKey {
    SessionKey::new("https://localhost:9002", "jörg😀\u{7f}", "local")
}

fn session(id: &str) -> StoredSession {
    let key = key();
    StoredSession {
        metadata: SessionMetadata {
            session_id: id.into(),
            csrf_token: "t0ken".into(),
            route_cookie: Some("ROUTE=.n1".into()),
            environment: key.environment,
            base_url: key.base_url,
            username: key.username,
            created_at: 1_764_000_000.25,
            last_used_at: 1_764_000_001.0,
            is_authenticated: true,
        },
        context_path: ContextPath::new("/hac_admin"),
        cookies: vec![cookie("JSESSIONID", id, "/hac_admin"), cookie("ROUTE", ".n1", "/")],
    }
}

/// A session of which nothing but the nine fields is known.
fn bare(id: &str) -> StoredSession {
    StoredSession { context_path: None, cookies: Vec::new(), ..session(id) }
}

fn cookie(name: &str, value: &str, path: &str) -> StoredCookie {
    StoredCookie { name: name.into(), value: value.into(), path: path.into(), secure: true }
}

fn is_cache_error<T>(result: Result<T>) -> bool {
    result.is_err_and(|error| error.kind() == ErrorKind::Cache)
}
