//! `hac copy`: what one of the two servers does not have, or does not say.

use std::time::{Duration, Instant};

use hac_simulator::{Fault, On, Simulator};

use crate::all_rows::EXECUTE;
use crate::copy::Two;

const IMPORT: &str = "/console/impex/import";
const REFUSED: &str = r#"{"exception":{"message":"no rights"},"exceptionStackTrace":"at a.b","resultList":null}"#;

#[test]
fn a_server_that_does_not_answer_what_a_copy_has_to_know_is_named() {
    let two = Two::new();
    for (simulator, name) in [(&two.bench.simulator, "one"), (&two.other, "two")] {
        simulator.faults().always(On::post(EXECUTE), Fault::Body(REFUSED.into()));
        let ran = two.copy(&["Product"]);
        simulator.faults().clear();
        // Exit code 1 is for rows that failed.
        assert_eq!(ran.code, Some(3), "{name}: {ran}");
        assert!(ran.stderr.contains(&format!(" of {name}: no rights")), "{name}: {ran}");
    }
    assert_eq!((two.other.ledger().count(IMPORT), two.files().len()), (0, 0));
    // No query is to blame for it.
    two.bench.simulator.faults().always(On::post(EXECUTE), Fault::refused_after(404));
    let ran = two.copy(&["Product"]);
    assert!(ran.code == Some(3) && ran.stderr.contains(" of one: ") && !ran.stderr.contains("runs the query"), "{ran}");
}

#[test]
fn texts_in_a_language_that_the_other_server_does_not_have_are_left_out_of_a_type_and_refused_in_a_query() {
    let two = Two::new();
    let removed = "DELETE FROM languages WHERE p_isocode = 'de'";
    assert_eq!(two.run(&["flexsearch", "-e", "two", "--sql", "--commit", removed]).code, Some(0));
    let refused = two.copy(&["SELECT {code}, {catalogVersion}, {name[de]} FROM {Product}"]);
    assert_eq!((refused.code, two.other.ledger().count(IMPORT)), (Some(2), 0), "{refused}");
    assert!(refused.stderr.contains("the query has texts in de, a language that the environment"), "{refused}");
    let ran = two.copy(&["Product"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.stderr.contains("not copied: texts in de (the environment to copy into does not have"), "{ran}");
    assert!(!ran.stderr.contains("lang=de"), "{ran}");
    let names = "SELECT {code}, {name[en]:o}, {description[en]:o} FROM {Product}";
    assert_eq!(two.rows("two", names), two.rows("one", names));
}

#[test]
fn a_copy_goes_on_behind_failures_if_it_is_told_to() {
    let two = Two::new();
    two.import("one", "INSERT Language;isocode\n;zz\n");
    two.import("one", "INSERT Customer;uid;sessionLanguage(isocode)\n;c1;zz\n;c2;zz\n");
    let query = "SELECT {uid}, {sessionLanguage} FROM {Customer} WHERE {uid} LIKE 'c_'";
    for (flags, failed, not_processed) in [(&[][..], 1, 1), (&["--keep-going"], 2, 0)] {
        let ran = two.copy(&[&[query, "--chunk-lines", "1", "--json"], flags].concat());
        assert_eq!(ran.code, Some(1), "{ran}");
        let counts = ["failed", "not_processed"].map(|name| ran.json()[name].as_u64());
        assert_eq!(counts, [Some(failed), Some(not_processed)], "{ran}");
    }
}

#[test]
fn chunks_are_imported_at_the_same_time_if_that_is_asked_for() {
    let two = Two::new();
    two.other.faults().times(2, On::post(IMPORT), Fault::Hold);
    std::thread::scope(|scope| {
        let copy = scope.spawn(|| two.copy(&["Language", "--chunk-lines", "1", "--parallel", "2"]));
        let began = Instant::now();
        while two.other.faults().held() < 2 && !copy.is_finished() && began.elapsed() < Duration::from_secs(60) {
            std::thread::yield_now();
        }
        let held = two.other.faults().held();
        // Also what is held after it.
        while !copy.is_finished() {
            two.other.faults().release();
            std::thread::yield_now();
        }
        let ran = copy.join().expect("no panic");
        assert_eq!((ran.code, held), (Some(0), 2), "{ran}");
    });
}

#[test]
fn rows_cannot_be_found_by_what_is_not_copied() {
    let two = Two::with(Simulator::builder().knobs(|knobs| knobs.encrypted_attributes = false), "");
    for (what, key, reason) in [
        ("Language", "pk", "each environment gives it values of its own"),
        ("Language", "creationTime", "each environment gives it values of its own"),
        ("SELECT {pk}, {isocode} FROM {Language}", "PK", "each environment gives it values of its own"),
        ("AttributeDescriptor", "encrypted", "it is not in the database"),
    ] {
        let ran = two.copy(&[what, "--key", key, "--encrypted", "none", "--dry-run"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{key}: {ran}");
        assert!(ran.stderr.contains(&format!("which cannot be copied: {reason}")), "{key}: {ran}");
    }
}

#[test]
fn a_type_is_told_from_a_query_and_a_list_of_no_attributes_from_one_of_some() {
    let two = Two::with(Simulator::builder().knobs(|knobs| knobs.encrypted_attributes = false), "");
    let ran = two.copy(&[" Language ", "--encrypted", "NONE", "--dry-run"]);
    assert_eq!((ran.code, ran.stdout.lines().count()), (Some(0), 3), "{ran}");
    for (arguments, said) in [
        (&["No_Such_Type", "--encrypted", "none"][..], "the server has no type No_Such_Type"),
        (&["", "--encrypted", "none"], "the query does not say of which single type its rows are"),
        (
            &["Language", "--encrypted", "none", "--param", "code=x"],
            "--param sets code of a query, and Language is a type",
        ),
    ] {
        let ran = two.copy(&[arguments, &["--dry-run"]].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran}");
        assert!(ran.stderr.contains(said), "{ran}");
    }
}

#[test]
fn the_other_server_is_asked_for_its_languages_only_if_there_are_texts_in_some() {
    let two = Two::new();
    two.run(&["session", "start", "two"]);
    for (query, asked) in
        [("SELECT {isocode}, {active} FROM {Language}", 0), ("SELECT {isocode}, {name[en]} FROM {Language}", 1)]
    {
        two.other.ledger().clear();
        let ran = two.copy(&[query]);
        assert_eq!((ran.code, two.other.ledger().count(EXECUTE)), (Some(0), asked), "{ran}");
    }
}

#[test]
fn rows_without_a_key_are_not_sent() {
    let two = Two::new();
    let cleared = "UPDATE products SET p_ean = NULL";
    assert_eq!(two.run(&["flexsearch", "-e", "one", "--sql", "--commit", cleared]).code, Some(0));
    let ran = two.copy(&["SELECT {code}, {ean} FROM {Product}", "--key", "ean"]);
    assert_eq!((ran.code, two.other.ledger().count(IMPORT), two.files().len()), (Some(2), 0, 0), "{ran}");
    assert!(ran.stderr.contains("of Product has no value in ean, by which an import finds rows"), "{ran}");
    assert!(ran.stderr.contains("--key"), "{ran}");
}
