//! `hac copy`: references by keys that an import would take apart.

use std::fmt::Write as _;

use crate::copy::Two;

const IMPORT: &str = "/console/impex/import";

/// Items that refer to users with such uids: in an import, a colon would take them apart.
fn odd_references(two: &Two, uids: &[&str]) {
    for (at, uid) in uids.iter().enumerate() {
        two.import("one", &format!("INSERT Customer;uid\n;{uid}\n"));
        two.import("two", &format!("INSERT Customer;uid\n;{uid}\n"));
        two.import("one", &format!("INSERT CreditCardPaymentInfo;code;user(uid)\n;odd{at};admin\n"));
        let update = format!(
            "UPDATE paymentinfos SET p_user = (SELECT PK FROM users WHERE p_uid = '{uid}') WHERE p_code = 'odd{at}'"
        );
        assert_eq!(two.run(&["flexsearch", "-e", "one", "--sql", "--commit", &update]).code, Some(0));
    }
}

const ODD: &str = "SELECT {c.code}, {u.uid} FROM {CreditCardPaymentInfo AS c JOIN User AS u ON {c.user} = {u.pk}} \
    WHERE {c.code} LIKE 'odd%'";

#[test]
fn references_by_keys_with_colons_arrive_as_they_were() {
    let two = Two::new();
    // The first part of another key is a key, too.
    odd_references(&two, &["a:b", "a", "c:d!"]);
    let query = "SELECT {code}, {user} FROM {CreditCardPaymentInfo} WHERE {code} LIKE 'odd%'";
    let dry = two.copy(&[query, "--dry-run"]);
    assert_eq!(dry.code, Some(0), "{dry}");
    assert!(
        dry.stdout.starts_with("INSERT_UPDATE CreditCardPaymentInfo;code[unique=true];user(uid)[path-delimiter=~]\n"),
        "{dry}"
    );
    let ran = two.copy(&[query]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(two.rows("two", ODD), ["odd0,a:b", "odd1,a", "odd2,c:d!"]);
}

#[test]
fn another_separator_takes_another_header_and_only_where_it_is_needed() {
    let two = Two::new();
    let mut cards = String::from("INSERT CreditCardPaymentInfo;code;user(uid)\n");
    for row in 0..600 {
        writeln!(cards, ";many{row};admin").expect("a string");
    }
    two.import("one", &cards);
    odd_references(&two, &["a:b"]);
    let query = "SELECT {code}, {user} FROM {CreditCardPaymentInfo} WHERE {code} LIKE 'many%' OR {code} LIKE 'odd%'";
    let dry = two.copy(&[query, "--dry-run"]);
    let headers: Vec<&str> = dry.stdout.lines().filter(|line| line.starts_with("INSERT_UPDATE")).collect();
    let header = "INSERT_UPDATE CreditCardPaymentInfo;code[unique=true];user(uid)";
    assert_eq!(headers, [header.to_owned(), format!("{header}[path-delimiter=!]")], "{dry}");
    assert_eq!(two.copy(&[query, "--chunk-lines", "7"]).code, Some(0));
    assert_eq!(two.rows("two", "SELECT count(*) FROM {CreditCardPaymentInfo} WHERE {code} LIKE 'many%'"), ["600"]);
    assert_eq!(two.rows("two", ODD), ["odd0,a:b"]);
}

#[test]
fn a_key_within_a_key_that_an_import_would_take_apart_is_refused() {
    let two = Two::new();
    two.import("one", "INSERT Catalog;id\n;a:b\n;plain\n");
    two.import("one", "INSERT CatalogVersion;catalog(id);version\n;plain;Online\n");
    two.import("one", "INSERT Product;code;catalogVersion(catalog(id),version)\n;odd;plain:Online\n");
    let update = "UPDATE catalogversions SET p_catalog = (SELECT PK FROM catalogs WHERE p_id = 'a:b') \
        WHERE p_catalog = (SELECT PK FROM catalogs WHERE p_id = 'plain')";
    assert_eq!(two.run(&["flexsearch", "-e", "one", "--sql", "--commit", update]).code, Some(0));
    let query = "SELECT {code}, {catalogVersion} FROM {Product} WHERE {code} = 'odd'";
    let refused = two.copy(&[query]);
    assert_eq!((refused.code, two.other.ledger().count(IMPORT), two.files().len()), (Some(2), 0, 0), "{refused}");
    assert!(refused.stderr.contains("names a Catalog with the id a:b"), "{refused}");
}
