use std::fs;
use std::path::PathBuf;

use super::*;

/// A file in a directory of its own, which the caller keeps.
fn file() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("hac.db");
    (directory, file)
}

fn in_file(path: &Path) -> Result<Database, DatabaseError> {
    Database::in_file(
        path,
        Contents { products: 60, stock_levels: 3, uids: vec!["robot".to_owned()], ..Contents::default() },
    )
}

fn of_codes(database: &Database) -> Vec<Vec<Option<String>>> {
    run(database, &query("SELECT {code}, {manufacturerName} FROM {Product} ORDER BY {code}")).rows
}

#[test]
fn a_new_file_has_the_rows_of_the_sample() {
    let (_directory, path) = file();
    assert_eq!(of_codes(&in_file(&path).expect("it opens")), of_codes(&open()));
}

#[test]
fn an_opened_file_goes_on_with_what_was_committed() {
    let (_directory, path) = file();
    let database = in_file(&path).expect("it opens");
    let change = "UPDATE products SET p_manufacturername = 'kept' WHERE p_code = 'CAM-100000'";
    run(&database, &Query { raw_sql: true, commit: true, ..query(change) });
    run(&database, &Query { raw_sql: true, ..query("DELETE FROM products") });
    let before = of_codes(&database);
    drop(database);
    let again = in_file(&path).expect("it opens again");
    assert_eq!(of_codes(&again), before);
    assert!(before.iter().flatten().flatten().any(|cell| cell == "kept"));
    // Users that were there already are there once.
    assert_eq!(cells(&run(&again, &query("SELECT count(*) FROM {User} WHERE {uid} = 'robot'"))), [["1"]]);
}

#[test]
fn users_are_added_to_a_file_that_is_not_new() {
    let (_directory, path) = file();
    drop(in_file(&path).expect("it opens"));
    let contents = Contents { uids: vec!["robot".to_owned(), "late".to_owned()], ..Contents::default() };
    let database = Database::in_file(&path, contents).expect("it opens again");
    run(&database, &Query { user: "late", ..query("SELECT {pk} FROM {Product}") });
    assert_eq!(of_codes(&database).len(), 60);
}

#[test]
fn an_initialisation_fills_the_file_anew() {
    let (_directory, path) = file();
    let database = in_file(&path).expect("it opens");
    run(&database, &Query { raw_sql: true, commit: true, ..query("DELETE FROM products") });
    database.rebuild().expect("it is rebuilt");
    assert_eq!(of_codes(&database), of_codes(&open()));
    drop(database);
    assert_eq!(of_codes(&in_file(&path).expect("it opens again")), of_codes(&open()));
}

#[test]
fn files_of_others_are_refused_and_stay_as_they_are() {
    let (_directory, path) = file();
    fs::write(&path, "this is a text, and not a short one: ".repeat(100)).expect("written");
    let before = fs::read(&path).expect("read");
    assert!(matches!(in_file(&path), Err(DatabaseError::Foreign(_))));
    assert_eq!(fs::read(&path).expect("read"), before);

    let (_directory, path) = file();
    Connection::open(&path).expect("it opens").execute_batch("CREATE TABLE notes (text TEXT)").expect("created");
    let before = fs::read(&path).expect("read");
    assert!(matches!(in_file(&path), Err(DatabaseError::Foreign(_))));
    assert_eq!(fs::read(&path).expect("read"), before);
}

#[test]
fn a_file_of_another_version_is_refused() {
    let (_directory, path) = file();
    drop(in_file(&path).expect("it opens"));
    let other = Connection::open(&path).expect("it opens");
    other.pragma_update(None, "user_version", 7).expect("written");
    drop(other);
    let error = in_file(&path).expect_err("it is refused");
    assert!(matches!(error, DatabaseError::OtherVersion(_)), "{error}");
}

#[test]
fn a_path_that_cannot_be_is_told() {
    let (directory, _) = file();
    let error = in_file(&directory.path().join("missing").join("hac.db")).expect_err("no such directory");
    assert!(error.to_string().contains("missing"), "{error}");
}

#[test]
fn stock_levels_are_many_and_have_eight_columns() {
    let contents = Contents { stock_levels: 20_000, ..Contents::default() };
    let database = Database::in_memory(contents).expect("it opens");
    let columns = "{productCode}, {available}, {reserved}, {overSelling}, {preOrder}, {maxPreOrder}, {treatNegativeAsZero}, \
                   {nextDeliveryTime}";
    let text = format!("SELECT {columns} FROM {{StockLevel}} ORDER BY {{pk}}");
    let rows = run(&database, &Query { max_count: usize::MAX, ..query(&text) });
    assert_eq!((rows.rows.len(), rows.headers.len()), (20_000, 8));
    assert_eq!(cells(&rows)[0], ["STOCK-00000001", "919", "1", "1", "1", "100", "1", "2024-02-02 06:00:00.0"]);
    assert_eq!(cells(&rows)[19_999][0], "STOCK-00020000");
    let keys = run(&database, &query("SELECT {pk} FROM {StockLevel} ORDER BY {pk}"));
    assert_eq!(
        pk_parts(keys.rows[0][0].as_deref().expect("a PK").parse().expect("a number")).deployed,
        Some("StockLevel")
    );
    let none = Database::open(1).expect("it opens");
    assert_eq!(cells(&run(&none, &query("SELECT count(*) FROM {StockLevel}"))), [["0"]]);
}

#[test]
fn jobs_of_a_process_that_is_gone_were_aborted() {
    let (_directory, path) = file();
    let database = in_file(&path).expect("it opens");
    database.begin_import_job("admin").expect("it begins");
    drop(database);
    let again = in_file(&path).expect("it opens again");
    let text = "SELECT {s.code}, {r.code} FROM {ImpExImportCronJob AS j JOIN EnumerationValue AS s ON {j.status} = {s.pk} \
                JOIN EnumerationValue AS r ON {j.result} = {r.pk}}";
    assert_eq!(cells(&run(&again, &query(text))), [["ABORTED", "ERROR"]]);
}
