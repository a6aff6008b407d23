//! What an initialisation or an update does to the rows. Blocks.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::connection::LEASE_LIMIT;
use super::schema::{ItemType, NEXT};
use super::{Database, SqlError, sample};

/// When an update creates something: always the same time, as with the sample rows.
const TIME: &str = "2024-02-01 00:00:00.0";

impl Database {
    /// Drops every table, and creates the sample anew.
    pub(crate) fn rebuild(&self) -> Result<(), SqlError> {
        self.lease(LEASE_LIMIT)?.with(|connection| {
            // All at once: a process that is killed meanwhile leaves what was there before.
            let transaction = connection.transaction()?;
            drop_everything(&transaction)?;
            sample::fill(&transaction, &self.contents)?;
            transaction.commit()
        })
    }

    /// Creates the table that tells of updates: what an update of the type system adds.
    pub(crate) fn add_update_table(&self) -> Result<(), SqlError> {
        self.lease(LEASE_LIMIT)?.with(|connection| {
            connection.execute_batch("CREATE TABLE IF NOT EXISTS systemupdates (p_what TEXT NOT NULL)")
        })
    }

    /// Notes a patch in that table, if it is there.
    pub(crate) fn note_update(&self, what: &str) -> Result<(), SqlError> {
        self.lease(LEASE_LIMIT)?.with(|connection| {
            let is_there: bool = connection.query_row(
                "SELECT count(*) > 0 FROM sqlite_master WHERE type = 'table' AND name = 'systemupdates'",
                [],
                |row| row.get(0),
            )?;
            if is_there {
                connection.execute("INSERT INTO systemupdates VALUES (?1)", [what])?;
            }
            Ok(())
        })
    }

    /// Adds a language, unless it is there.
    pub(crate) fn add_language(&self, isocode: &str) -> Result<(), SqlError> {
        self.add("Language", "languages", "p_isocode", isocode, |connection, own, of_type| {
            connection
                .execute("INSERT INTO languages VALUES (?1, ?2, ?3, ?3, ?4, 1)", params![own, of_type, TIME, isocode])
                .map(|_| ())
        })
    }

    /// Adds a product, unless it is there.
    pub(crate) fn add_product(&self, code: &str, manufacturer: &str) -> Result<(), SqlError> {
        self.add("Product", "products", "p_code", code, |connection, own, of_type| {
            connection
                .execute(
                    "INSERT INTO products VALUES (?1, ?2, ?3, ?3, ?4, NULL, ?5, NULL, NULL)",
                    params![own, of_type, TIME, code, manufacturer],
                )
                .map(|_| ())
        })
    }

    /// Adds a row behind the last one, if none has this value.
    fn add(
        &self,
        code: &str,
        table: &str,
        column: &str,
        value: &str,
        insert: impl FnOnce(&Connection, i64, i64) -> rusqlite::Result<()>,
    ) -> Result<(), SqlError> {
        let of_type = ItemType::find(code).map_or(0, ItemType::own_pk);
        self.lease(LEASE_LIMIT)?.with(|connection| {
            let there = connection
                .query_row(&format!("SELECT 1 FROM {table} WHERE {column} = ?1"), [value], |row| row.get::<_, i64>(0))
                .optional()?;
            if there.is_some() {
                return Ok(());
            }
            let last: i64 =
                connection.query_row(&format!("SELECT coalesce(max(PK), 0) FROM {table}"), [], |row| row.get(0))?;
            insert(connection, last + NEXT, of_type)
        })
    }
}

fn drop_everything(connection: &Connection) -> rusqlite::Result<()> {
    let mut found = connection.prepare(
        "SELECT type, name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    )?;
    let things: Vec<(String, String)> =
        found.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
    drop(found);
    for (kind, name) in things {
        connection.execute_batch(&format!("DROP {kind} IF EXISTS \"{}\"", name.replace('"', "\"\"")))?;
    }
    Ok(())
}
