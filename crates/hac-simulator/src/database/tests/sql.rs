use std::sync::Arc;
use std::thread;

use super::*;

fn sql(text: &str) -> Query<'_> {
    Query { raw_sql: true, ..query(text) }
}

fn count(database: &Database) -> String {
    cells(&run(database, &sql("SELECT count(*) FROM products")))[0][0].to_owned()
}

#[test]
fn sql_reads_the_tables() {
    let rows = run(&open(), &sql("SELECT p_code, 1.5, NULL, x'0aff' FROM products ORDER BY PK LIMIT 1;"));
    assert_eq!(cells(&rows), [["CAM-100000", "1.5", "-", "0aff"]]);
    assert_eq!(rows.sql, "SELECT p_code, 1.5, NULL, x'0aff' FROM products ORDER BY PK LIMIT 1;");
}

#[test]
fn sql_gives_no_more_rows_than_asked_for() {
    let rows = run(&open(), &Query { max_count: 3, ..sql("SELECT * FROM products") });
    assert_eq!(rows.rows.len(), 3);
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";
    assert_eq!(run(&open(), &Query { max_count: 5, ..sql(endless) }).rows.len(), 5);
}

#[test]
fn changes_are_kept_only_when_committed() {
    let database = open();
    run(&database, &sql("DELETE FROM products WHERE p_code LIKE 'CAM%'"));
    assert_eq!(count(&database), "60");
    run(&database, &Query { commit: true, ..sql("DELETE FROM products WHERE p_code LIKE 'CAM%'") });
    assert_eq!(count(&database), "50");
}

#[test]
fn a_failed_statement_leaves_nothing_even_when_committed() {
    let database = open();
    let failure =
        fail(&database, &Query { commit: true, ..sql("INSERT INTO products (PK) SELECT PK + 1 FROM products") });
    assert!(failure.message.contains("NOT NULL"), "{failure:?}");
    assert_eq!(count(&database), "60");
}

#[test]
fn a_change_that_returns_rows_is_whole_whatever_the_limit() {
    let database = open();
    let delete = "DELETE FROM products WHERE p_code LIKE 'CAM%' RETURNING p_code";
    let rows = run(&database, &Query { commit: true, max_count: 0, ..sql(delete) });
    assert_eq!((rows.headers.as_slice(), rows.rows.len()), (&["p_code".to_owned()][..], 0));
    assert_eq!(count(&database), "50");
}

#[test]
fn the_definition_of_a_table_commits_itself() {
    let database = open();
    run(&database, &sql("CREATE TABLE notes (text TEXT)"));
    run(&database, &Query { commit: true, ..sql("INSERT INTO notes VALUES ('kept')") });
    assert_eq!(cells(&run(&database, &sql("SELECT text FROM notes"))), [["kept"]]);
    run(&database, &sql("ALTER TABLE notes RENAME COLUMN text TO body"));
    run(&database, &sql("CREATE INDEX notes_body ON notes (body)"));
    assert_eq!(cells(&run(&database, &sql("SELECT body FROM notes"))), [["kept"]]);
    run(&database, &sql("DROP TABLE notes"));
    assert!(fail(&database, &sql("SELECT text FROM notes")).message.contains("no such table"));
}

#[test]
fn what_reaches_beyond_the_tables_is_refused() {
    let database = open();
    for (text, construct) in [
        ("ATTACH 'other.db' AS other", "ATTACH"),
        ("DETACH main", "DETACH"),
        ("PRAGMA user_version", "PRAGMA"),
        ("PRAGMA user_version = 7", "PRAGMA"),
        ("SELECT * FROM pragma_table_info('products')", "PRAGMA"),
        ("SELECT load_extension('x')", "load_extension"),
        ("BEGIN", "transaction"),
        ("COMMIT", "transaction"),
        ("ROLLBACK", "transaction"),
        ("SAVEPOINT s", "transaction"),
        ("CREATE VIRTUAL TABLE t USING fts5(x)", "virtual table"),
        ("VACUUM INTO 'copy.db'", "VACUUM"),
        ("VACUUM", "VACUUM"),
    ] {
        let failure = fail(&database, &Query { commit: true, ..sql(text) });
        assert!(failure.message.contains("not supported by the simulator"), "{text}: {}", failure.message);
        assert!(failure.message.contains(construct), "{text}: {}", failure.message);
    }
    assert!(!Path::new("copy.db").exists());
    assert_eq!(count(&database), "60");
}

#[test]
fn one_statement_at_a_time() {
    let database = open();
    let failure = fail(&database, &Query { commit: true, ..sql("SELECT 1; DELETE FROM products") });
    assert!(failure.message.contains("Multiple statements"), "{}", failure.message);
    assert_eq!(count(&database), "60");
}

#[test]
fn an_empty_statement_is_no_panic() {
    for text in ["", " ", ";", "-- nothing"] {
        let _ = open().rows(&sql(text));
    }
}

#[test]
fn values_have_a_size() {
    let failure = fail(&open(), &sql("SELECT length(zeroblob(100000000))"));
    assert!(failure.message.contains("too big"), "{failure:?}");
}

#[test]
fn a_statement_without_end_is_ended() {
    let database = open();
    let lease = database.lease(LEASE_LIMIT).expect("it is free");
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    let start = Instant::now();
    let error = lease
        .run_alone(endless, 1, false, start + Duration::from_millis(200), &mut Collected::default())
        .expect_err("it never ends");
    assert!(matches!(error, SqlError::TooLong), "{error:?}");
    assert!(start.elapsed() < Duration::from_secs(60));
    drop(lease);
    assert_eq!(count(&database), "60");
}

#[test]
fn nobody_sees_what_another_has_not_committed() {
    let database = Arc::new(open());
    let writer = database.lease(LEASE_LIMIT).expect("it is free");
    writer.begin().expect("it begins");
    writer.run("DELETE FROM products", 0, Instant::now() + STATEMENT_LIMIT).expect("it deletes");
    let reader = thread::spawn({
        let database = Arc::clone(&database);
        move || count(&database)
    });
    drop(writer);
    assert_eq!(reader.join().expect("it reads"), "60");
}

#[test]
fn many_at_once_all_get_their_rows() {
    let database = Arc::new(open());
    let readers: Vec<_> = (0..8)
        .map(|_| {
            let database = Arc::clone(&database);
            thread::spawn(move || count(&database))
        })
        .collect();
    for reader in readers {
        assert_eq!(reader.join().expect("it reads"), "60");
    }
}

#[test]
fn who_waits_too_long_for_the_database_is_told() {
    let database = open();
    let _held = database.lease(LEASE_LIMIT).expect("it is free");
    assert!(matches!(database.lease(Duration::from_millis(50)), Err(SqlError::Busy)));
}

#[test]
fn the_database_does_not_grow_without_end() {
    let database = open();
    run(&database, &sql("CREATE TABLE notes (body BLOB)"));
    let insert = "INSERT INTO notes SELECT zeroblob(60000000) FROM products LIMIT 5";
    let failure = fail(&database, &Query { commit: true, ..sql(insert) });
    assert!(failure.message.contains("full"), "{failure:?}");
    assert_eq!(cells(&run(&database, &sql("SELECT count(*) FROM notes"))), [["0"]]);
}

#[test]
fn items_are_looked_up_by_their_unique_attributes_without_reading_the_table() {
    use crate::database::schema::TYPES;

    let database = open();
    let mut lease = database.lease(LEASE_LIMIT).expect("a connection");
    let mut looked_up = 0;
    for deployed in TYPES.iter().filter(|deployed| !deployed.unique_columns().is_empty()) {
        let conditions: Vec<_> = deployed.unique_columns().iter().map(|column| format!("{column} IS 'x'")).collect();
        let text = format!(
            "EXPLAIN QUERY PLAN SELECT PK FROM {} WHERE TypePkString IN (1) AND {}",
            deployed.table,
            conditions.join(" AND ")
        );
        let plan: String =
            lease.with(|connection| connection.query_row(&text, [], |row| row.get("detail"))).expect("a plan");
        assert!(plan.starts_with("SEARCH"), "{}: {plan}", deployed.code);
        looked_up += 1;
    }
    assert!(looked_up >= 10, "{looked_up}");
}
