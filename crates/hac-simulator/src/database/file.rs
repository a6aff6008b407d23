//! The database in a file: what was committed survives the process, however that ends.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};
use sha2::{Digest as _, Sha256};

use super::ddl;
use super::jobs;
use super::sample::{self, Contents};

/// Marks a file as the simulator's: "HACS".
const APPLICATION_ID: i32 = 0x4841_4353;
/// How long a process that was killed may take to give the file free.
const PATIENCE: Duration = Duration::from_secs(3);

/// The sample database did not open.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DatabaseError {
    #[error("the sample database did not open: {0}")]
    Database(#[from] rusqlite::Error),
    #[error("{} cannot be opened: {source}", path.display())]
    Unreadable { path: PathBuf, source: rusqlite::Error },
    #[error("{} is in use by another process", .0.display())]
    InUse(PathBuf),
    #[error("{} is not a database of the simulator", .0.display())]
    Foreign(PathBuf),
    #[error("{} is a database of another version of the simulator", .0.display())]
    OtherVersion(PathBuf),
}

/// Opens the file, and fills it if it is new or empty.
pub(super) fn open(path: &Path, contents: &Contents) -> Result<Connection, DatabaseError> {
    let failed = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => DatabaseError::InUse(path.to_owned()),
        Some(ErrorCode::NotADatabase) => DatabaseError::Foreign(path.to_owned()),
        _ => DatabaseError::Unreadable { path: path.to_owned(), source: error },
    };
    let mut connection = Connection::open(path).map_err(failed)?;
    let version = version();
    match prepare(&connection).map_err(failed)? {
        Mark { application_id: 0, empty: true, .. } => fill(&mut connection, contents, version).map_err(failed)?,
        Mark { application_id: APPLICATION_ID, version: found, .. } if found == version => {
            sample::add_users(&connection, &contents.uids).map_err(failed)?;
            jobs::abort_all(&connection).map_err(failed)?;
        }
        Mark { application_id: APPLICATION_ID, .. } => return Err(DatabaseError::OtherVersion(path.to_owned())),
        Mark { .. } => return Err(DatabaseError::Foreign(path.to_owned())),
    }
    Ok(connection)
}

/// What a file says of itself.
struct Mark {
    application_id: i32,
    version: i32,
    empty: bool,
}

impl Mark {
    fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i32>(0));
        Ok(Self {
            application_id: number("PRAGMA application_id")?,
            version: number("PRAGMA user_version")?,
            empty: number("SELECT count(*) FROM sqlite_master")? == 0,
        })
    }
}

/// Locks the file for this process alone, and reads whose it is.
fn prepare(connection: &Connection) -> rusqlite::Result<Mark> {
    connection.busy_timeout(PATIENCE)?;
    let mark = Mark::of(connection)?;
    if mark.application_id == 0 && !mark.empty {
        // Somebody else's: not even the way of its journal is changed.
        return Ok(mark);
    }
    // A commit is in the log, which outlives the process; only a machine that loses its power loses the last ones.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    // Two processes would number their new items alike.
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    connection.execute_batch("BEGIN IMMEDIATE; COMMIT")?;
    // Who had it before may have filled it.
    Mark::of(connection)
}

/// All at once: a process that is killed meanwhile leaves an empty file.
fn fill(connection: &mut Connection, contents: &Contents, version: i32) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    sample::fill(&transaction, contents)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", version)?;
    transaction.commit()
}

/// Another one for each change to the tables.
fn version() -> i32 {
    let digest = Sha256::digest(format!("{}{}", ddl::tables(), ddl::indexes()));
    i32::from_be_bytes([digest[0] & 0x7f, digest[1], digest[2], digest[3]])
}
