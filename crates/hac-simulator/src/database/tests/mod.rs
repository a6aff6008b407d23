use std::borrow::Cow;

use super::*;

mod files;
mod flexible;
mod samples;
mod sql;

const PRODUCTS: usize = 60;

fn open() -> Database {
    Database::open(PRODUCTS).expect("it opens")
}

fn query(text: &str) -> Query<'_> {
    Query { text, raw_sql: false, max_count: 200, user: "admin", locale: "en", commit: false }
}

fn run(database: &Database, query: &Query<'_>) -> Rows {
    database.rows(query).unwrap_or_else(|failure| panic!("{}: {failure:?}", query.text))
}

fn fail(database: &Database, query: &Query<'_>) -> QueryFailure {
    match database.rows(query) {
        Ok(rows) => panic!("{}: {rows:?}", query.text),
        Err(failure) => failure,
    }
}

/// A whole result.
#[derive(Debug)]
#[expect(clippy::struct_field_names, reason = "rows beside their headers are called rows")]
pub(crate) struct Rows {
    pub(crate) sql: String,
    pub(crate) headers: Vec<String>,
    pub(crate) rows: Vec<Vec<Option<String>>>,
}

#[derive(Default)]
struct Collected(Vec<Vec<Option<String>>>);

impl RowSink for Collected {
    fn row(&mut self, row: &RowView<'_>) -> Result<(), SqlError> {
        self.0.push(row.cells().map(|cell| cell.into_text().map(Cow::into_owned)).collect());
        Ok(())
    }
}

impl Database {
    pub(crate) fn rows(&self, query: &Query<'_>) -> Result<Rows, QueryFailure> {
        let mut rows = Collected::default();
        let Found { sql, headers, count, .. } = self.search(query, &mut rows)?;
        assert_eq!(count, rows.0.len());
        Ok(Rows { sql, headers, rows: rows.0 })
    }
}

/// The rows, a null as `-`.
fn cells(rows: &Rows) -> Vec<Vec<&str>> {
    rows.rows.iter().map(|row| row.iter().map(|cell| cell.as_deref().unwrap_or("-")).collect()).collect()
}
