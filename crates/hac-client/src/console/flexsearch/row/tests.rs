use std::collections::BTreeMap;

use serde::Deserialize;

use super::*;

fn headers(labels: &[&str]) -> Vec<String> {
    labels.iter().map(|label| (*label).to_owned()).collect()
}

fn row<T: DeserializeOwned>(labels: &[&str], cells: &[Option<&'static str>]) -> Result<T, String> {
    let labels = headers(labels);
    let cells: Vec<_> = cells.iter().map(|cell| cell.map(Cow::Borrowed)).collect();
    read(&Layout::of::<T>(&labels), &cells).map_err(|fault| fault.told(3, &labels))
}

#[derive(Debug, PartialEq, Deserialize)]
struct Product {
    code: String,
    name: Option<String>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Versioned {
    catalog_version: u64,
    p_pk: u64,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Lenient {
    code: String,
    #[serde(default)]
    name: Option<String>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Renamed {
    #[serde(alias = "isocode", alias = "uid")]
    code: String,
    #[serde(rename = "name")]
    title: String,
}

#[derive(Debug, PartialEq, Deserialize)]
enum Status {
    #[serde(rename = "approved")]
    Approved,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Typed {
    pk: i64,
    price: f64,
    active: bool,
    status: Status,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Inner {
    name: Option<String>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Outer {
    code: String,
    #[serde(flatten)]
    inner: Inner,
}

fn product(code: &str, name: Option<&str>) -> Product {
    Product { code: code.to_owned(), name: name.map(str::to_owned) }
}

#[test]
fn a_field_finds_its_column_whatever_the_database_calls_it() {
    for labels in [["p_code", "p_name"], ["P_CODE", "P_NAME"], ["code", "name"], ["Code", "p_Name"]] {
        assert_eq!(row(&labels, &[Some("a"), None]), Ok(product("a", None)), "{labels:?}");
        let turned: Vec<_> = labels.into_iter().rev().collect();
        assert_eq!(row(&turned, &[Some("b"), Some("a")]), Ok(product("a", Some("b"))), "{labels:?}");
    }
    let versioned = row(&["PK", "p_catalogVersion", "P_OTHER"], &[Some("1"), Some("2"), None]);
    assert_eq!(versioned, Ok(Versioned { catalog_version: 2, p_pk: 1 }));
}

#[test]
fn two_columns_for_one_field_are_an_error_unless_one_has_its_very_name() {
    let cells = [Some("a"), Some("b"), None];
    let error = row::<Product>(&["p_code", "P_CODE", "name"], &cells).expect_err("which one?");
    assert!(error.contains("p_code and P_CODE both match the field code"), "{error}");
    assert_eq!(row(&["p_code", "code", "name"], &cells), Ok(product("b", None)));
}

#[test]
fn a_null_is_none_and_a_missing_column_is_an_error() {
    assert_eq!(row(&["code", "name"], &[Some("a"), None]), Ok(product("a", None)));
    let error = row::<Product>(&["code", "ean"], &[Some("a"), None]).expect_err("no name");
    assert_eq!(error, "no column matches the field name; the columns are code, ean");
    let error = row::<Product>(&["code", "name"], &[None, None]).expect_err("no code");
    assert_eq!(error, "row 3, column code: the value is null, but the field is not an Option");

    assert_eq!(row(&["code"], &[Some("a")]), Ok(Lenient { code: "a".to_owned(), name: None }));
}

#[test]
fn an_alias_finds_its_column_too() {
    for label in ["p_code", "P_ISOCODE", "uid"] {
        let found = row(&["p_name", label], &[Some("b"), Some("a")]);
        assert_eq!(found, Ok(Renamed { code: "a".to_owned(), title: "b".to_owned() }), "{label}");
    }
    let error = row::<Renamed>(&["p_name"], &[Some("b")]).expect_err("no code");
    assert!(error.contains("no column matches the field code"), "{error}");
}

#[test]
fn a_value_of_the_wrong_type_names_row_and_column() {
    let labels = ["PK", "p_price", "p_active", "p_status"];
    let read = |cells: [&'static str; 4]| row::<Typed>(&labels, &cells.map(Some));
    let good = Typed { pk: -7, price: 19.9, active: true, status: Status::Approved };
    assert_eq!(read(["-7", "19.90", "1", "approved"]), Ok(good));
    for (cells, words) in [
        (["x7", "1", "1", "approved"], "row 3, column PK: \"x7\" is not a whole number (i64)"),
        (["1", "dear", "1", "approved"], "row 3, column p_price: \"dear\" is not a number (f64)"),
        (["1", "1", "perhaps", "approved"], "row 3, column p_active: \"perhaps\" is not true or false (bool)"),
        (["1", "1", "0", "lost"], "row 3, column p_status: unknown variant `lost`"),
    ] {
        let error = read(cells).expect_err("wrong");
        assert!(error.contains(words), "{error}");
    }
    let long = "9".repeat(100);
    let error = row::<u8>(&["n"], &[Some(Box::leak(long.into_boxed_str()))]).expect_err("too much");
    assert_eq!(error, format!("row 3, column n: \"{}…\" is not a whole number (u8)", "9".repeat(60)));
}

#[test]
fn a_row_may_be_a_tuple_a_map_a_list_or_a_single_value() {
    let labels = ["p_code", "P_STOCK"];
    let cells = [Some("a"), Some("3")];
    assert_eq!(row(&labels, &cells), Ok(("a".to_owned(), 3_u32)));
    assert_eq!(row(&labels, &cells), Ok(vec![Some("a".to_owned()), Some("3".to_owned())]));
    let map: BTreeMap<String, String> = row(&labels, &cells).expect("a map");
    assert_eq!(map.into_iter().collect::<Vec<_>>(), [("code".into(), "a".into()), ("stock".into(), "3".into())]);
    assert_eq!(row(&["n"], &[Some("3")]), Ok(3_u8));
    assert_eq!(row::<Option<u8>>(&["n"], &[None]), Ok(None));
    assert!(row::<u8>(&labels, &cells).expect_err("two").contains("2 cells"));
    assert!(row::<(String,)>(&labels, &cells).expect_err("two").contains("takes 1 values"));
    assert!(row::<Product>(&["code", "name"], &[Some("a")]).expect_err("ragged").contains("1 cells"));
}

#[test]
fn a_flattened_struct_finds_its_columns() {
    let outer: Outer = row(&["P_CODE", "p_name"], &[Some("a"), Some("b")]).expect("flattened");
    assert_eq!(outer, Outer { code: "a".to_owned(), inner: Inner { name: Some("b".to_owned()) } });
}
