//! `flexsearch --mask`: what is masked leaves the program nowhere.

use hac_simulator::{Fault, On};

use crate::bench::Bench;

const EXECUTE: &str = "/console/flexsearch/execute";
const KEY: &str = "a key for the tests";
/// What nobody may see: each once, so that a test finds any of them.
const SECRETS: [&str; 4] = ["anna@shop.example.de", "Anna Secretowa", "SECRET-4711", "1999-12-31 23:59:58.0"];

fn people() -> Fault {
    let answer = serde_json::json!({
        "headers": ["PK", "p_uid", "p_name", "p_customerid", "p_birth", "p_city", "p_name"],
        "resultList": [
            ["1", SECRETS[0], SECRETS[1], SECRETS[2], SECRETS[3], "Köln", SECRETS[1]],
            ["2", SECRETS[0], null, "", SECRETS[3], "Ulm", SECRETS[1]],
        ],
        "resultCount": 2, "executionTime": 7, "exception": null, "exceptionStackTrace": "", "query": "SELECT 1",
    });
    Fault::Body(answer.to_string())
}

const MASKS: [&str; 8] =
    ["--mask", "uid", "--mask", "name=fake", "--mask", "CustomerId=hash", "--mask", "p_birth=fake"];

fn bench() -> Bench {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    bench.simulator.faults().always(On::post(EXECUTE), people());
    bench
}

fn no_secret(text: &str, whose: &str) {
    for secret in SECRETS.iter().chain(&["Secretowa", "shop.example"]) {
        assert!(!text.contains(secret), "{whose} shows {secret}: {text}");
    }
}

#[test]
fn masked_values_are_on_no_stream_and_in_no_file() {
    let bench = bench();
    for format in ["table", "tsv", "csv", "json", "jsonl", "markdown", "vertical"] {
        let printed = bench.run(&[&["flexsearch", "x", "--format", format, "-vvv"], &MASKS[..]].concat());
        assert_eq!(printed.code, Some(0), "{printed}");
        assert!(printed.stdout.contains("Köln"), "{printed}");
        no_secret(&printed.to_string(), format);
        let written = bench
            .run(&[&["flexsearch", "x", "--format", format, "-o", "rows.out", "--force", "-vvv"], &MASKS[..]].concat());
        let file = std::fs::read_to_string(bench.home.path().join("rows.out")).expect("a file");
        assert!(file.contains("Köln"), "{file}");
        no_secret(&format!("{written}{file}"), format);
    }
}

#[test]
fn a_mask_is_the_same_for_the_same_value_and_with_the_same_key() {
    let bench = bench();
    let run = |key: Option<&str>| {
        let mut command = bench.hac();
        if let Some(key) = key {
            command.env("HAC_MASK_KEY", key);
        }
        let ran = bench.ran(command.args(["flexsearch", "x", "--csv"]).args(MASKS));
        assert_eq!(ran.code, Some(0), "{ran}");
        ran.stdout
    };
    let first = run(Some(KEY));
    let rows: Vec<Vec<&str>> = first.lines().skip(1).map(|line| line.split(',').collect()).collect();
    assert_eq!(rows[0][1], rows[1][1], "the same user");
    assert!(rows[0][1].len() == 32 && rows[0][1].bytes().all(|byte| byte.is_ascii_hexdigit()), "{first}");
    assert_eq!(
        (rows[0][2], rows[1][2], rows[1][3]),
        (rows[0][6], "", ""),
        "both columns of the name, nulls and empty texts"
    );
    assert_eq!(run(Some(KEY)), first);
    assert_ne!(run(Some("another key for the tests")), first);
    assert_ne!(run(None), run(None), "a key for each run");
    let ran = bench.ran(bench.hac().env("HAC_MASK_KEY", "short").args(["flexsearch", "x"]).args(MASKS));
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stderr.contains("HAC_MASK_KEY has fewer than 16 characters") && ran.stdout.is_empty(), "{ran}");
}

#[test]
fn a_column_that_is_not_there_is_named_and_no_row_gets_out() {
    let bench = bench();
    for arguments in [&["--csv"][..], &["-o", "rows.csv"], &["--json"]] {
        let ran = bench.run(&[&["flexsearch", "x", "--mask", "emial", "--mask", "uid"], arguments].concat());
        assert_eq!(ran.code, Some(2), "{ran}");
        assert!(ran.stderr.contains("there is no column emial"), "{ran}");
        assert!(
            ran.stderr.contains("the columns are PK, p_uid, p_name, p_customerid, p_birth, p_city, p_name"),
            "{ran}"
        );
        no_secret(&ran.to_string(), "the failure");
    }
    assert!(!bench.home.path().join("rows.csv").exists());
    let wrong = bench.run(&["flexsearch", "x", "--mask", "uid=secret"]);
    assert!(wrong.code == Some(2) && wrong.stderr.contains("must be hash or fake"), "{wrong}");
}

#[test]
fn what_is_masked_need_not_be_among_the_printed_columns() {
    let bench = bench();
    let ran = bench.run(&["flexsearch", "x", "--csv", "--mask", "uid", "--columns", "pk,city"]);
    assert_eq!(ran.stdout, "PK,p_city\n1,Köln\n2,Ulm\n");
}

#[test]
fn a_row_of_another_length_is_refused_since_its_cells_may_stand_in_other_columns() {
    let bench = bench();
    bench.simulator.faults().clear();
    let answer = serde_json::json!({
        "headers": ["p_city", "p_uid"], "resultList": [["Köln", "anna"], [SECRETS[0]]], "resultCount": 2, "executionTime": 7,
        "exception": null, "exceptionStackTrace": "", "query": "SELECT 1",
    });
    bench.simulator.faults().always(On::post(EXECUTE), Fault::Body(answer.to_string()));
    let ran = bench.run(&["flexsearch", "x", "-o", "rows.csv", "--mask", "uid"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("row 2 has 1 cells, and there are 2 columns"), "{ran}");
    no_secret(&ran.to_string(), "the failure");
    assert!(!bench.home.path().join("rows.csv").exists());
}

#[test]
fn keys_in_place_of_pks_are_masked_too() {
    let bench = Bench::new();
    let query = "SELECT {pk}, {code} FROM {Product} ORDER BY {code}";
    let plain = bench.run(&["flexsearch", query, "-m", "3", "--pk-as-key", "--csv"]).stdout;
    let masked = bench.run(&["flexsearch", query, "-m", "3", "--pk-as-key", "--csv", "--mask", "pk"]).stdout;
    for line in plain.lines().skip(1) {
        let (key, code) = line.split_once(',').expect("two columns");
        assert!(!masked.contains(key) && masked.contains(code), "{masked}");
    }
    // The key has the code in clear text.
    let beside = bench.run(&["flexsearch", query, "-m", "3", "--pk-as-key", "--csv", "--mask", "code"]);
    assert!(beside.stderr.contains("PKs stay where the column is not masked"), "{beside}");
    for line in plain.lines().skip(1) {
        let (key, code) = line.split_once(',').expect("two columns");
        assert!(!beside.stdout.contains(key) && !beside.stdout.contains(code), "{beside}");
    }
    assert_eq!(beside.stdout.lines().count(), 4, "{beside}");
}

#[test]
fn the_key_by_which_all_rows_are_read_cannot_be_masked() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let query = "SELECT {pk}, {code}, {name[en]} FROM {Product}";
    let aliased = "SELECT {pk}, {code} AS c FROM {Product}";
    for (query, arguments) in [
        (query, &["--mask", "pk"][..]),
        (query, &["--mask", "code", "--key", "code"]),
        (query, &["--mask", "code=fake", "--key", "{code}:string"]),
        (aliased, &["--mask", "c", "--key", "code"]),
    ] {
        for into in [&["-o", "rows.csv"][..], &["--csv"]] {
            let ran = bench.run(&[&["flexsearch", query, "--all", "--page-rows", "7", "-v"], arguments, into].concat());
            assert!(ran.code == Some(2) && ran.stderr.contains("key of --all"), "{arguments:?}: {ran}");
            assert!(!ran.to_string().contains("CAB-"), "{arguments:?}: {ran}");
            let files = std::fs::read_dir(bench.home.path()).expect("a directory");
            let names = files.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"));
            assert_eq!(names.filter(|name| name.contains("rows")).count(), 0, "{arguments:?}");
        }
    }
    for arguments in [&["--mask", "code", "--mask", "name=fake"][..], &["--mask", "pk", "--key", "code"]] {
        let ran = bench.run(&[&["flexsearch", query, "--all", "--page-rows", "7", "--csv"], arguments].concat());
        assert!(ran.code == Some(0) && ran.stdout.lines().count() == 101, "{arguments:?}: {ran}");
    }
}
