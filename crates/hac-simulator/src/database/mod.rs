//! The sample database: real rows in memory, searched with `FlexibleSearch` or SQL.

mod connection;
mod ddl;
mod file;
mod flexible;
mod impex;
mod jobs;
mod sample;
mod schema;
mod statements;
mod upkeep;
mod vocabulary;
mod watch;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::Connection;

pub(crate) use connection::{Cell, Lease, RowSink, RowView, SqlError, Table, within};
use connection::{LEASE_LIMIT, Ran, STATEMENT_LIMIT, Storage};
pub(crate) use file::DatabaseError;
pub(crate) use impex::{ExportScript, ImpexReport, ImpexScript};
pub(crate) use sample::Contents;
pub(crate) use statements::{StatementLog, Switch};

/// The sample rows and whatever was committed since.
#[derive(Debug)]
pub(crate) struct Database {
    pool: Arc<connection::Pool>,
    /// What it was opened with, for an initialisation.
    contents: Contents,
}

/// What the `FlexibleSearch` console asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Query<'a> {
    pub(crate) text: &'a str,
    /// The text is SQL.
    pub(crate) raw_sql: bool,
    pub(crate) max_count: usize,
    pub(crate) user: &'a str,
    pub(crate) locale: &'a str,
    /// Whether what the SQL changed stays.
    pub(crate) commit: bool,
}

/// What a query found, beside its rows.
#[derive(Debug)]
pub(crate) struct Found {
    /// The SQL that was run, without the limit on the rows.
    pub(crate) sql: String,
    pub(crate) headers: Vec<String>,
    /// How many rows there were.
    pub(crate) count: usize,
    pub(crate) millis: u64,
}

#[derive(Debug)]
pub(crate) struct QueryFailure {
    pub(crate) class: String,
    pub(crate) message: String,
    /// The SQL, if it came to that.
    pub(crate) sql: Option<String>,
}

/// What a PK says of its item.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct PkParts {
    pub(crate) typecode: u16,
    /// The type that is deployed with the typecode.
    pub(crate) deployed: Option<&'static str>,
    pub(crate) counter: u64,
}

/// Reads a PK.
pub(crate) fn pk_parts(pk: u64) -> PkParts {
    let (typecode, counter) = schema::parts(pk);
    PkParts { typecode, deployed: sample::deployed(typecode), counter }
}

/// The codes of all types.
pub(crate) fn type_codes() -> Vec<&'static str> {
    schema::TYPES.iter().map(|described| described.code).collect()
}

/// The attributes of a type, by its code in any case.
pub(crate) fn attributes_of(code: &str) -> Option<Vec<&'static str>> {
    schema::ItemType::find(code).map(schema::ItemType::attribute_names)
}

impl Database {
    /// Opens it in memory with this number of products, the same each time.
    #[cfg(test)]
    pub(crate) fn open(products: usize) -> Result<Self, DatabaseError> {
        Self::in_memory(Contents { products, ..Contents::default() })
    }

    /// Opens it in memory, filled.
    pub(crate) fn in_memory(contents: Contents) -> Result<Self, DatabaseError> {
        let mut connection = Connection::open_in_memory()?;
        let transaction = connection.transaction()?;
        sample::fill(&transaction, &contents)?;
        transaction.commit()?;
        Ok(Self { pool: Arc::new(connection::Pool::new(connection, Storage::Memory)?), contents })
    }

    /// Opens it in a file. One that is new or empty is filled; the rows of others stay, and users that are not there are added.
    pub(crate) fn in_file(path: &Path, contents: Contents) -> Result<Self, DatabaseError> {
        let connection = file::open(path, &contents)?;
        Ok(Self { pool: Arc::new(connection::Pool::new(connection, Storage::File)?), contents })
    }

    /// Runs a query to its end, and gives its rows away as they come. Blocks.
    pub(crate) fn search(&self, query: &Query<'_>, sink: &mut dyn RowSink) -> Result<Found, QueryFailure> {
        let start = Instant::now();
        let mut sql = query.raw_sql.then(|| query.text.to_owned());
        match self.run(query, &mut sql, sink) {
            Ok(ran) => Ok(Found {
                sql: sql.unwrap_or_default(),
                headers: ran.headers,
                count: ran.rows,
                millis: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
            }),
            Err(failure) => Err(QueryFailure { sql, ..failure }),
        }
    }

    /// What users have run, where that is recorded.
    pub(crate) fn statements(&self) -> &StatementLog {
        self.pool.statements()
    }

    /// The connection, for a script that talks to the database itself. Waits for it at most this long.
    pub(crate) fn lease(&self, limit: Duration) -> Result<Lease, SqlError> {
        self.pool.lease(limit)
    }

    /// The attributes that no query can name, each with its type.
    fn hidden(&self) -> &'static [(&'static str, &'static str)] {
        if self.contents.hides_encrypted { &[("AttributeDescriptor", "encrypted")] } else { &[] }
    }

    fn run(&self, query: &Query<'_>, sql: &mut Option<String>, sink: &mut dyn RowSink) -> Result<Ran, QueryFailure> {
        let lease = self.lease(LEASE_LIMIT)?;
        if !lease.has_user(query.user)? {
            return Err(QueryFailure::flexible_search(format!("no user with id {} found", query.user)));
        }
        let deadline = Instant::now() + STATEMENT_LIMIT;
        if query.raw_sql {
            return Ok(lease.run_alone(query.text, query.max_count, query.commit, deadline, sink)?);
        }

        let flexible::Translation { sql: translated, derived } =
            flexible::translate_without(query.text, query.locale, self.hidden())?;
        let translated = &*sql.insert(translated);
        lease.refuse_duplicate_columns(&derived)?;
        // The limit goes behind the text, all on one line, and the parenthesis is closed behind that: so a LIMIT, a
        // semicolon or a comment to the end of the line breaks the statement, as it does in HAC.
        let limited = format!("{translated} LIMIT {}", i64::try_from(query.max_count).unwrap_or(i64::MAX));
        let mut ran = lease.run_into(&format!("SELECT * FROM ({limited})"), query.max_count, deadline, sink)?;
        // A select from a select renames columns of the same name.
        ran.headers = lease.labels(&limited)?;
        Ok(ran)
    }
}

impl QueryFailure {
    fn flexible_search(message: String) -> Self {
        Self { class: String::from("FlexibleSearchException"), message, sql: None }
    }
}

impl From<flexible::Failure> for QueryFailure {
    fn from(failure: flexible::Failure) -> Self {
        match failure {
            flexible::Failure::Query(message) => Self::flexible_search(message),
            flexible::Failure::Unsupported(construct) => SqlError::Unsupported(construct).into(),
            flexible::Failure::Database(message) => SqlError::Database(message).into(),
        }
    }
}

impl From<SqlError> for QueryFailure {
    fn from(error: SqlError) -> Self {
        let class = match error {
            SqlError::Unsupported(_) => "UnsupportedOperationException",
            SqlError::TooLong | SqlError::Busy => "SQLTimeoutException",
            SqlError::Database(_) => "SQLException",
        };
        Self { class: class.to_owned(), message: error.to_string(), sql: None }
    }
}
