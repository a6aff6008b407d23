use super::*;
use crate::database::Query;

mod exporting;
mod importing;
mod validating;

fn open() -> Database {
    Database::open(20).expect("it opens")
}

fn import(database: &Database, text: &str) -> ImpexReport {
    import_as(database, &ImpexScript { text, strict: true, code_execution: false, files: &[] })
}

fn import_as(database: &Database, script: &ImpexScript<'_>) -> ImpexReport {
    database.import_impex(script).expect("the database is free")
}

/// Imports what must not fail.
fn imported(database: &Database, text: &str) {
    assert_eq!(import(database, text), ImpexReport::default(), "{text}");
}

/// The rows of a query, cells joined with `|`, a null as `-`.
fn found(database: &Database, text: &str) -> Vec<String> {
    let query = Query { text, raw_sql: false, max_count: 200, user: "admin", locale: "en", commit: false };
    let rows = database.rows(&query).unwrap_or_else(|failure| panic!("{text}: {failure:?}"));
    let shown =
        |row: &Vec<Option<String>>| row.iter().map(|cell| cell.as_deref().unwrap_or("-")).collect::<Vec<_>>().join("|");
    rows.rows.iter().map(shown).collect()
}
