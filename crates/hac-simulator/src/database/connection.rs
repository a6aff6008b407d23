//! The one connection, who has it, and what a statement of a user may do on it.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, Statement};

use super::flexible::Derived;
use super::statements::StatementLog;
use super::watch::{self, Author, Watch, lock};

/// How long a statement may run.
pub(super) const STATEMENT_LIMIT: Duration = Duration::from_secs(30);
/// How long a statement waits for the connection: longer than anybody may hold it.
pub(super) const LEASE_LIMIT: Duration = Duration::from_secs(45);
/// The longest text or blob that a statement may make.
const LONGEST_VALUE: i32 = 64 << 20;
/// Where the rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Storage {
    Memory,
    File,
}

impl Storage {
    /// The most pages, of 4 kB each, that users may add to the sample rows.
    fn most_pages_added(self) -> i64 {
        match self {
            Self::Memory => 65_536,
            Self::File => 4_194_304,
        }
    }

    /// Where a large sort goes. The simulator leaves no files, unless it was given one: those of a sort go with it.
    fn temporary(self) -> &'static str {
        match self {
            Self::Memory => "MEMORY",
            Self::File => "FILE",
        }
    }
}

/// The most text that one result may hold.
const LARGEST_RESULT: u64 = 512 << 20;

/// Why a statement gave no rows.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SqlError {
    #[error("{0} is not supported by the simulator")]
    Unsupported(String),
    #[error("the statement was stopped after {} s", STATEMENT_LIMIT.as_secs())]
    TooLong,
    #[error("the database is busy with another script or statement")]
    Busy,
    #[error("{0}")]
    Database(String),
}

/// What a statement gave.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) rows: Vec<Vec<Option<String>>>,
    /// Rows inserted, changed or deleted.
    pub(crate) changed: usize,
}

/// A single connection, so that uncommitted changes are never visible to others.
#[derive(Debug)]
pub(super) struct Pool {
    idle: Mutex<Option<Connection>>,
    returned: Condvar,
    watch: Arc<Mutex<Watch>>,
    statements: StatementLog,
}

/// What the log of the statements gives for the place of each.
const PLACE: &str = "hac.simulator.database.Lease";

impl Pool {
    pub(super) fn statements(&self) -> &StatementLog {
        &self.statements
    }

    pub(super) fn new(mut connection: Connection, storage: Storage) -> rusqlite::Result<Self> {
        connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST_VALUE)?;
        connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
        connection.pragma_update(None, "temp_store", storage.temporary())?;

        let pages: i64 = connection.query_row("PRAGMA page_count", [], |row| row.get(0))?;
        let _: i64 = connection.query_row(
            &format!("PRAGMA max_page_count = {}", pages + storage.most_pages_added()),
            [],
            |row| row.get(0),
        )?;
        let watch = watch::put_on(&mut connection)?;
        Ok(Self {
            idle: Mutex::new(Some(connection)),
            returned: Condvar::new(),
            watch,
            statements: StatementLog::default(),
        })
    }

    /// Waits for the connection, at most this long.
    pub(super) fn lease(self: &Arc<Self>, limit: Duration) -> Result<Lease, SqlError> {
        let (mut idle, _) = self
            .returned
            .wait_timeout_while(lock(&self.idle), limit, |idle| idle.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        let connection = idle.take().ok_or(SqlError::Busy)?;
        Ok(Lease { pool: Arc::clone(self), connection: Some(connection) })
    }
}

/// The connection while somebody has it. Dropped, it rolls back what was not committed and goes home.
#[derive(Debug)]
pub(crate) struct Lease {
    pool: Arc<Pool>,
    /// Always there until the drop.
    connection: Option<Connection>,
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            lock(&self.pool.watch).author = Author::Simulator;
            // A failed statement may have ended the transaction itself.
            if !connection.is_autocommit() && connection.execute_batch("ROLLBACK").is_err() {
                tracing::error!("the sample database could not roll back");
            }
            *lock(&self.pool.idle) = Some(connection);
            self.pool.returned.notify_one();
        }
    }
}

impl Lease {
    /// Starts a transaction; without [`Lease::commit`] it is rolled back.
    pub(crate) fn begin(&self) -> Result<(), SqlError> {
        self.own("BEGIN")
    }

    pub(crate) fn commit(self) -> Result<(), SqlError> {
        // A statement with ON CONFLICT ROLLBACK ends the transaction itself.
        if self.connection()?.is_autocommit() { Ok(()) } else { self.own("COMMIT") }
    }

    /// Runs one statement of a user and takes at most `most` rows.
    pub(crate) fn run(&self, sql: &str, most: usize, deadline: Instant) -> Result<Table, SqlError> {
        let mut rows = Collected::default();
        let ran = self.run_into(sql, most, deadline, &mut rows)?;
        Ok(Table { rows: rows.rows, changed: ran.changed })
    }

    /// The same, each row given away as it comes.
    pub(super) fn run_into(
        &self,
        sql: &str,
        most: usize,
        deadline: Instant,
        sink: &mut dyn RowSink,
    ) -> Result<Ran, SqlError> {
        let connection = self.connection()?;
        self.watch(deadline);
        let began = Instant::now();
        let outcome =
            self.explain(connection.prepare(sql)).and_then(|mut statement| self.step(&mut statement, most, sink));
        self.pool.statements.record("statement", sql, began.elapsed(), PLACE);
        lock(&self.pool.watch).author = Author::Simulator;
        outcome
    }

    /// Runs one statement of a user in a transaction of its own; one that defines tables outside of it.
    pub(super) fn run_alone(
        &self,
        sql: &str,
        most: usize,
        commit: bool,
        deadline: Instant,
        sink: &mut dyn RowSink,
    ) -> Result<Ran, SqlError> {
        let connection = self.connection()?;
        self.watch(deadline);
        let mut statement = self.explain(connection.prepare(sql))?;
        // Databases commonly commit before and after such a statement, whatever the caller asked for.
        let defines = lock(&self.pool.watch).defines;
        if !defines {
            self.begin()?;
        }
        lock(&self.pool.watch).author = Author::User;
        let began = Instant::now();
        let ran = self.step(&mut statement, most, sink);
        self.pool.statements.record("statement", sql, began.elapsed(), PLACE);
        let ran = ran?;
        drop(statement);
        if !connection.is_autocommit() {
            self.own(if commit { "COMMIT" } else { "ROLLBACK" })?;
        }
        Ok(ran)
    }

    /// The labels of the columns of a query that is not run.
    pub(crate) fn labels(&self, sql: &str) -> Result<Vec<String>, SqlError> {
        let connection = self.connection()?;
        self.watch(Instant::now() + STATEMENT_LIMIT);
        let statement = self.explain(connection.prepare(sql))?;
        Ok(statement.column_names().map(str::to_owned).collect())
    }

    /// Refuses derived tables that have two columns of one name, as other databases do; this one would number them.
    pub(super) fn refuse_duplicate_columns(&self, derived: &[Derived]) -> Result<(), SqlError> {
        for table in derived {
            // What does not stand alone is broken, or names a table around it: the whole statement tells.
            let labels = self.labels(&table.sql).unwrap_or_default();
            let mut seen = HashSet::new();
            if let Some(label) = labels.iter().find(|label| !seen.insert(label.to_ascii_lowercase())) {
                return Err(SqlError::Database(format!("Duplicate column name '{label}'")));
            }
        }
        Ok(())
    }

    /// Whether a user with this id exists.
    pub(crate) fn has_user(&self, uid: &str) -> Result<bool, SqlError> {
        let connection = self.connection()?;
        lock(&self.pool.watch).author = Author::Simulator;
        let found =
            connection.query_row("SELECT count(*) FROM users WHERE p_uid = ?1", [uid], |row| row.get::<_, i64>(0));
        self.explain(found).map(|count| count > 0)
    }

    /// Works on the connection for the simulator's own purposes.
    pub(super) fn with<T>(&mut self, work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>) -> Result<T, SqlError> {
        lock(&self.pool.watch).author = Author::Simulator;
        let done = work(self.connection.as_mut().ok_or(SqlError::Busy)?);
        self.explain(done)
    }

    /// The connection for statements of the simulator's own.
    pub(super) fn unwatched(&self) -> Result<&Connection, SqlError> {
        lock(&self.pool.watch).author = Author::Simulator;
        self.connection()
    }

    fn connection(&self) -> Result<&Connection, SqlError> {
        self.connection.as_ref().ok_or(SqlError::Busy)
    }

    fn own(&self, sql: &str) -> Result<(), SqlError> {
        lock(&self.pool.watch).author = Author::Simulator;
        let began = Instant::now();
        let outcome = self.explain(self.connection()?.execute_batch(sql));
        if sql != "BEGIN" {
            self.pool.statements.record(&sql.to_ascii_lowercase(), "", began.elapsed(), PLACE);
        }
        outcome
    }

    fn watch(&self, deadline: Instant) {
        *lock(&self.pool.watch) = Watch::until(deadline);
    }

    fn step(&self, statement: &mut Statement<'_>, most: usize, sink: &mut dyn RowSink) -> Result<Ran, SqlError> {
        let headers: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let writes = !statement.readonly();
        // VACUUM alone writes without asking; it writes a file if told to.
        if writes && !lock(&self.pool.watch).asked {
            return Err(SqlError::Unsupported(String::from("VACUUM")));
        }
        let before = self.connection()?.total_changes();
        let mut taken = 0;
        let mut cursor = self.explain(statement.query([]))?;
        // One step even for no rows: a statement that writes does its work there.
        while taken < most || (writes && taken == 0) {
            let Some(row) = self.explain(cursor.next())? else {
                break;
            };
            if taken < most {
                sink.row(&RowView { row, columns: headers.len() })?;
            }
            taken += 1;
        }
        drop(cursor);
        let changed = self.connection()?.total_changes().saturating_sub(before);
        Ok(Ran { headers, rows: taken.min(most), changed: usize::try_from(changed).unwrap_or(usize::MAX) })
    }

    fn explain<T>(&self, outcome: rusqlite::Result<T>) -> Result<T, SqlError> {
        outcome.map_err(|error| {
            if let Some(construct) = lock(&self.pool.watch).refused.take() {
                return SqlError::Unsupported(construct);
            }
            if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) {
                return SqlError::TooLong;
            }
            match error {
                rusqlite::Error::SqliteFailure(_, Some(message)) => SqlError::Database(message),
                // The offset is enough; the text of the statement stands beside the message anyway.
                rusqlite::Error::SqlInputError { msg, offset, .. } => {
                    SqlError::Database(format!("{msg} at offset {offset}"))
                }
                other => SqlError::Database(other.to_string()),
            }
        })
    }
}

/// What a statement did, beside its rows.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) headers: Vec<String>,
    /// How many were given away.
    pub(super) rows: usize,
    changed: usize,
}

/// Takes rows, one after the other.
pub(crate) trait RowSink {
    /// Takes a row; an error ends the statement.
    fn row(&mut self, row: &RowView<'_>) -> Result<(), SqlError>;
}

/// A row that is there until the next one.
pub(crate) struct RowView<'a> {
    row: &'a rusqlite::Row<'a>,
    columns: usize,
}

/// A cell of a row. HAC gives each as text; digits need no room of their own until they are written.
pub(crate) enum Cell<'a> {
    Null,
    Integer(i64),
    Text(Cow<'a, str>),
}

impl<'a> Cell<'a> {
    pub(crate) fn into_text(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Null => None,
            Self::Integer(number) => Some(Cow::Owned(number.to_string())),
            Self::Text(text) => Some(text),
        }
    }
}

impl RowView<'_> {
    /// The cells, from left to right.
    pub(crate) fn cells(&self) -> impl Iterator<Item = Cell<'_>> {
        // There is no column that the statement does not have.
        (0..self.columns).map(|column| self.row.get_ref(column).map_or(Cell::Null, Cell::from))
    }
}

/// All rows in memory.
#[derive(Default)]
struct Collected {
    rows: Vec<Vec<Option<String>>>,
    size: usize,
}

impl RowSink for Collected {
    fn row(&mut self, row: &RowView<'_>) -> Result<(), SqlError> {
        let cells: Vec<Option<String>> = row.cells().map(|cell| cell.into_text().map(Cow::into_owned)).collect();
        self.size += cells.iter().flatten().map(String::len).sum::<usize>() + cells.len() * size_of::<Option<String>>();
        self.rows.push(cells);
        within(self.size as u64)
    }
}

/// Refuses a result that is too large.
pub(crate) fn within(size: u64) -> Result<(), SqlError> {
    if size > LARGEST_RESULT {
        return Err(SqlError::Unsupported(format!("a result of more than {} MB", LARGEST_RESULT >> 20)));
    }
    Ok(())
}

impl<'a> From<ValueRef<'a>> for Cell<'a> {
    fn from(value: ValueRef<'a>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(number) => Self::Integer(number),
            ValueRef::Real(number) => Self::Text(Cow::Owned(number.to_string())),
            ValueRef::Text(text) => {
                Self::Text(str::from_utf8(text).map_or_else(|_| String::from_utf8_lossy(text), Cow::Borrowed))
            }
            ValueRef::Blob(bytes) => {
                Self::Text(Cow::Owned(bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
                    for digit in [byte >> 4, byte & 15] {
                        hex.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
                    }
                    hex
                })))
            }
        }
    }
}
