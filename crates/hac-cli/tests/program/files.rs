//! `flexsearch --output`: rows in a file, complete or absent.

use std::fmt::Write as _;
use std::io::Read;
use std::path::Path;

use hac_simulator::{Fault, On};

use crate::bench::{Bench, Ran, system};
use crate::snapshot;

const EXECUTE: &str = "/console/flexsearch/execute";
const LANGUAGES: &str = "SELECT {isocode}, {name[en]} FROM {Language} ORDER BY {isocode}";
const THINGS: &str = "SELECT {pk}, {code}, {name[en]}, {code} FROM {Product}";

/// A null, an empty text, equal names, and what formats have to escape.
fn wild() -> Fault {
    let answer = serde_json::json!({
        "headers": ["PK", "p_code", "p_name", "p_code"],
        "resultList": [
            ["8796093054977", "a;b", "say \"x\" | *y*", "1"],
            ["8796093087745", "", "two\nlines 東京 🚲\u{1b}[2J", "-20.5"],
            ["8796093120513", null, "=1+1", null],
        ],
        "resultCount": 3, "executionTime": 7, "exception": null, "exceptionStackTrace": "", "query": "SELECT 1",
    });
    Fault::Body(answer.to_string())
}

fn read(bench: &Bench, name: &str) -> String {
    std::fs::read_to_string(bench.home.path().join(name)).expect("a file")
}

/// What lies in the home directory beside the program's own files.
fn left(home: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(home).expect("a directory");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"));
    names.filter(|name| name != ".cache" && name != system::STATE).collect()
}

#[test]
fn the_ending_of_the_file_names_its_format() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let mut told = String::new();
    for ending in ["csv", "tsv", "json", "jsonl", "md", "impex"] {
        let name = format!("rows.{ending}");
        bench.simulator.faults().clear();
        // What is unique in the type is asked for first.
        let query = if ending == "impex" { LANGUAGES } else { THINGS };
        if ending != "impex" {
            bench.simulator.faults().once(On::post(EXECUTE), wild());
        }
        let ran = bench.run(&["flexsearch", query, "-o", &name]);
        writeln!(told, "=== {name}\n{ran}\n--- file\n{}", read(&bench, &name)).expect("a string");
    }
    snapshot!(told);
}

#[test]
fn a_format_that_was_asked_for_wins_over_the_ending() {
    let bench = Bench::new();
    for (arguments, begin) in [
        (&["--format", "csv"][..], "p_isocode,p_name"),
        (&["--csv"], "p_isocode,"),
        (&["--format", "table"], "┌"),
        (&["--format", "jsonl"], "{\"p_isocode\":"),
    ] {
        let ran = bench.run(&[&["flexsearch", LANGUAGES, "-o", "rows.tsv", "--force", "-q"], arguments].concat());
        assert_eq!(ran.to_string(), "exit code 0\n--- stdout\n\n--- stderr\n", "{arguments:?}");
        let file = read(&bench, "rows.tsv");
        assert!(file.contains(begin), "{arguments:?}: {file}");
    }
    // A configured format is for standard output.
    bench.file("config.toml", "[output]\nformat = \"vertical\"\n");
    let config = bench.home.path().join("config.toml");
    let ran =
        bench.ran(bench.hac().env("HAC_CLIENT_CONFIG_PATH", config).args(["flexsearch", LANGUAGES, "-o", "a.csv"]));
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(read(&bench, "a.csv").starts_with("p_isocode,p_name\n"));
}

#[test]
fn what_was_written_is_said_as_json_too() {
    let bench = Bench::new();
    let ran = bench.run(&["flexsearch", LANGUAGES, "-o", "rows.csv", "--json"]);
    let bytes = read(&bench, "rows.csv").len();
    assert_eq!(ran.json()["bytes"], bytes);
    snapshot!(ran);
    let cut = bench.run(&["flexsearch", "SELECT {code} FROM {Product}", "-m", "2", "-o", "cut.json", "--json"]);
    assert_eq!((cut.json()["truncated"].clone(), cut.json()["rows"].clone()), (true.into(), 2.into()), "{cut}");
    assert!(cut.stderr.contains("warning: stopped at 2"), "{cut}");
    let file: serde_json::Value = serde_json::from_str(&read(&bench, "cut.json")).expect("JSON");
    assert_eq!((&file["truncated"], &file["result_count"]), (&true.into(), &2.into()));
    // The columns are those of the file.
    let narrow = bench.run(&["flexsearch", LANGUAGES, "-o", "narrow.csv", "--json", "--columns", "p_name"]);
    assert_eq!((narrow.code, narrow.json()["format"].clone()), (Some(0), "csv".into()), "{narrow}");
    assert!(read(&bench, "narrow.csv").starts_with("p_name\n"), "{narrow}");
}

#[test]
fn an_unknown_ending_is_refused_before_anything_is_sent() {
    let bench = Bench::new();
    let mut told = String::new();
    for arguments in [
        &["-o", "rows.xml"][..],
        &["-o", "rows"],
        &["-o", "no/such/rows.csv"],
        &["-o", "."],
        &["--force"],
        &["-o", "rows.csv", "--watch", "1"],
        &["-o", "rows.csv", "--show-sql"],
    ] {
        let ran = bench.run(&[&["flexsearch", LANGUAGES], arguments].concat());
        writeln!(told, "$ {}\n{ran}", arguments.join(" ")).expect("a string");
    }
    assert!(bench.simulator.ledger().is_empty(), "nothing was sent");
    assert!(left(bench.home.path()).is_empty());
    snapshot!(told);
}

#[test]
fn an_existing_file_is_kept_unless_it_may_be_replaced() {
    let bench = Bench::new();
    bench.file("rows.csv", "old");
    let refused = bench.run(&["flexsearch", LANGUAGES, "-o", "rows.csv"]);
    assert_eq!((refused.code, read(&bench, "rows.csv").as_str()), (Some(2), "old"), "{refused}");
    assert!(refused.stderr.contains("it already exists") && refused.stderr.contains("--force"), "{refused}");
    assert!(bench.simulator.ledger().is_empty(), "nothing was sent");
    let replaced = bench.run(&["flexsearch", LANGUAGES, "-o", "rows.csv", "--force"]);
    assert_eq!(replaced.to_string(), "exit code 0\n--- stdout\n\n--- stderr\n2 rows written to rows.csv\n");
    assert!(read(&bench, "rows.csv").starts_with("p_isocode,p_name\nde,"));
}

#[test]
fn a_query_that_fails_leaves_no_file_and_keeps_the_old_one() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let failed = serde_json::json!({
        "headers": null, "resultList": null, "exception": {"message": "no such type"}, "exceptionStackTrace": "",
    });
    let rows = r#"{"headers":["a"],"resultList":[["1"],["2"#;
    for (fault, code) in [
        (Fault::Body(failed.to_string()), 1),
        (Fault::CutBody, 3),
        (Fault::Body(rows.to_owned()), 3),
        (Fault::refused_after(500), 3),
    ] {
        for ending in ["csv", "json", "jsonl", "md"] {
            bench.simulator.faults().clear();
            bench.simulator.faults().always(On::post(EXECUTE), fault.clone());
            let name = format!("rows.{ending}");
            let ran = bench.run(&["flexsearch", THINGS, "-o", &name]);
            assert_eq!(ran.code, Some(code), "{fault:?} {ending}: {ran}");
            assert!(left(bench.home.path()).is_empty(), "{fault:?} {ending}: {:?}", left(bench.home.path()));
            bench.file(&name, "old");
            let ran = bench.run(&["flexsearch", THINGS, "-o", &name, "--force"]);
            assert_eq!((ran.code, read(&bench, &name).as_str()), (Some(code), "old"), "{fault:?} {ending}: {ran}");
            std::fs::remove_file(bench.home.path().join(&name)).expect("removed");
        }
    }
}

#[test]
fn some_columns_in_a_file_without_their_names() {
    let bench = Bench::new();
    bench.run(&["flexsearch", LANGUAGES, "-o", "a.csv", "--columns", "name,isocode", "--no-headers"]);
    assert_eq!(read(&bench, "a.csv"), "German,de\nEnglish,en\n");
    let ran = bench.run(&["flexsearch", LANGUAGES, "-o", "b.csv", "--columns", "nam"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stderr.contains("there is no column nam") && ran.stderr.contains("did you mean name"), "{ran}");
    assert_eq!(left(bench.home.path()), ["a.csv"]);
}

#[test]
fn keys_in_place_of_pks_are_written_too() {
    let bench = Bench::new();
    let query = "SELECT {code}, {catalogVersion} FROM {Product} ORDER BY {code}";
    let printed: Ran = bench.run(&["flexsearch", query, "-m", "3", "--pk-as-key", "--csv"]);
    bench.run(&["flexsearch", query, "-m", "3", "--pk-as-key", "-o", "rows.csv"]);
    assert_eq!(read(&bench, "rows.csv"), printed.stdout);
}

#[test]
fn a_file_is_compressed_by_its_ending_and_the_same_rows_are_the_same_bytes() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let plain = bench.run(&["flexsearch", LANGUAGES, "--csv"]).stdout;
    let unpacked = |name: &str, packed: &[u8]| {
        let mut text = String::new();
        let mut reader: Box<dyn Read + '_> = match name.rsplit('.').next() {
            Some("gz") => Box::new(flate2::read::GzDecoder::new(packed)),
            _ => Box::new(zstd::Decoder::new(packed).expect("a decoder")),
        };
        reader.read_to_string(&mut text).expect("whole");
        text
    };
    for name in ["a.csv.gz", "a.csv.zst"] {
        let ran = bench.run(&["flexsearch", LANGUAGES, "-o", name]);
        assert_eq!(ran.to_string(), format!("exit code 0\n--- stdout\n\n--- stderr\n2 rows written to {name}\n"));
        let first = std::fs::read(bench.home.path().join(name)).expect("a file");
        assert_eq!(unpacked(name, &first), plain, "{name}");
        let json = bench.run(&["flexsearch", LANGUAGES, "-o", name, "--force", "--json"]).json();
        assert_eq!(json["bytes"], first.len(), "{name}");
        assert!(std::fs::read(bench.home.path().join(name)).expect("a file") == first, "{name}: the same bytes again");
    }
    bench.run(&["flexsearch", LANGUAGES, "-o", "rows.gz", "--format", "csv"]);
    let packed = std::fs::read(bench.home.path().join("rows.gz")).expect("a file");
    assert_eq!(unpacked("rows.gz", &packed), plain);
}

#[test]
fn a_spreadsheet_takes_no_guarded_cell_for_a_formula() {
    let bench = Bench::new();
    let answer = serde_json::json!({
        "headers": ["=h", "b"],
        "resultList": [
            ["=1+1", "+1"], ["-1", "@x"], ["\tx", "\rx"], ["x=1", "'=1"], ["", null],
        ],
        "resultCount": 5, "executionTime": 7, "exception": null, "exceptionStackTrace": "", "query": "SELECT 1",
    });
    bench.simulator.faults().always(On::post(EXECUTE), Fault::Body(answer.to_string()));
    let csv = "'=h,b\n'=1+1,'+1\n'-1,'@x\n'\tx,\"'\rx\"\nx=1,'=1\n,\n";
    assert_eq!(bench.run(&["flexsearch", "x", "--csv", "--guard-formulas"]).stdout, csv);
    bench.run(&["flexsearch", "x", "-o", "rows.csv", "--guard-formulas"]);
    assert_eq!(read(&bench, "rows.csv"), csv);
    bench.run(&["flexsearch", "x", "-o", "rows.tsv", "--guard-formulas"]);
    assert_eq!(read(&bench, "rows.tsv"), "'=h\tb\n'=1+1\t'+1\n'-1\t'@x\n'\\tx\t'\\rx\nx=1\t'=1\n\t\n");
    assert!(
        bench.run(&["flexsearch", "x", "--csv"]).stdout.starts_with("=h,b\n=1+1,+1\n"),
        "only where it is asked for"
    );
    let refused = bench.run(&["flexsearch", "x", "-o", "a.json", "--guard-formulas"]);
    assert_eq!(refused.code, Some(2), "{refused}");
    assert!(refused.stderr.contains("it is for csv and tsv"), "{refused}");
}

#[test]
fn sixty_columns_of_one_name_get_a_number_each() {
    let bench = Bench::new();
    let (headers, cells) = (vec!["p_name"; 60], (0..60).map(|number| number.to_string()).collect::<Vec<_>>());
    let answer = serde_json::json!({
        "headers": headers, "resultList": [cells], "resultCount": 1, "executionTime": 7, "exception": null,
        "exceptionStackTrace": "", "query": "SELECT 1",
    });
    bench.simulator.faults().always(On::post(EXECUTE), Fault::Body(answer.to_string()));
    for ending in ["json", "jsonl", "csv"] {
        bench.run(&["flexsearch", "x", "-o", &format!("rows.{ending}")]);
    }
    let row: serde_json::Value = serde_json::from_str(&read(&bench, "rows.jsonl")).expect("JSON");
    let json: serde_json::Value = serde_json::from_str(&read(&bench, "rows.json")).expect("JSON");
    let names: Vec<String> =
        (1..=60).map(|number| if number == 1 { "p_name".into() } else { format!("p_name_{number}") }).collect();
    assert_eq!(json["headers"], serde_json::json!(names));
    for (number, name) in names.iter().enumerate() {
        assert_eq!(row[name], number.to_string());
    }
    assert!(read(&bench, "rows.csv").starts_with("p_name,p_name,"), "the names of the server");
}
