use super::*;

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
    match database.flexible_search(query) {
        QueryOutcome::Rows(rows) => rows,
        QueryOutcome::Failed(failure) => panic!("{}: {failure:?}", query.text),
    }
}

fn fail(database: &Database, query: &Query<'_>) -> QueryFailure {
    match database.flexible_search(query) {
        QueryOutcome::Rows(rows) => panic!("{}: {rows:?}", query.text),
        QueryOutcome::Failed(failure) => failure,
    }
}

/// The rows, a null as `-`.
fn cells(rows: &Rows) -> Vec<Vec<&str>> {
    rows.rows.iter().map(|row| row.iter().map(|cell| cell.as_deref().unwrap_or("-")).collect()).collect()
}
