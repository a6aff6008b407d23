//! What is split, and what is sent as it is: compressed files, files that cannot be split, and line ends.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;

use crate::bench::Bench;

const IMPORT: &str = "/console/impex/import";
const UPLOAD: &str = "/console/impex/import/upload";

fn users(rows: usize) -> String {
    let mut script = String::from("INSERT Customer;uid;description\n");
    for row in 0..rows {
        writeln!(script, ";u{row};{}", "x".repeat(20_000)).expect("a string");
    }
    script
}

fn packed(text: &str) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(text.as_bytes()).expect("packed");
    packed.finish().expect("packed")
}

#[test]
fn a_compressed_file_is_split_by_the_size_of_its_text() {
    let bench = Bench::new();
    // Not 100 KiB on disk, and over 2 MiB of text.
    bench.file("users.impex.gz", packed(&users(120).replace(";u7;", ";;")));
    let ran = bench.run(&["impex", "import", "users.impex.gz", "--continue", "--report", "out"]);
    assert_eq!((ran.code, bench.simulator.ledger().executed()), (Some(1), 2), "{ran}");
    assert!(ran.stderr.contains("users.impex.gz:9: ") && ran.stderr.contains("119 rows imported"), "{ran}");
    let failed = fs::read_to_string(bench.home.path().join("out/failed.impex")).expect("written");
    assert!(failed.starts_with("# line 9: "), "{failed}");
    let left: Vec<_> = fs::read_dir(bench.home.path().join("out")).expect("a directory").collect();
    assert_eq!(left.len(), 3, "{left:?}");
}

#[test]
fn a_flag_sends_a_file_as_it_is_whatever_its_size() {
    let bench = Bench::new();
    bench.file("users.impex", users(120));
    let ran = bench.run(&["impex", "import", "users.impex", "--whole"]);
    assert_eq!((ran.code, bench.simulator.ledger().count(UPLOAD)), (Some(0), 1), "{ran}");
    assert_eq!(bench.simulator.ledger().executed(), 1);
    let ran = bench.run(&["impex", "import", "users.impex", "--whole", "--chunk-lines", "3"]);
    assert_eq!(ran.code, Some(2), "{ran}");
}

#[test]
fn of_several_files_all_are_looked_at_before_the_first_is_sent() {
    let bench = Bench::new();
    fs::create_dir(bench.home.path().join("data")).expect("made");
    bench.file("data/1.impex", "INSERT_UPDATE Language;isocode[unique=true]\n;aa\n");
    for (bad, told) in [
        ("INSERT Address;&id\n;1\n", "data/2.impex:1: the file cannot be split"),
        ("INSERT Language;isocode\n;\"aa\n", "data/2.impex:2: a quote is never closed"),
    ] {
        bench.file("data/2.impex", bad);
        let ran = bench.run(&["impex", "import", "data", "--chunk-lines", "10"]);
        assert_eq!(ran.code, Some(2), "{ran}");
        assert!(ran.stderr.replace('\\', "/").contains(told), "{ran}");
    }
    bench.file("archive.zip", b"PK\x03\x04");
    let ran = bench.run(&["impex", "import", "archive.zip", "--chunk-lines", "10"]);
    assert!(ran.stderr.contains("with --whole"), "{ran}");
    assert!(bench.simulator.ledger().is_empty());
}

#[test]
fn carriage_returns_as_only_line_ends_are_refused_by_name() {
    let bench = Bench::new();
    let text = "INSERT_UPDATE Language;isocode[unique=true]\r;aa\r;bb\r";
    bench.file("old.impex", text);
    bench.file("old.impex.gz", packed(text));
    for arguments in [
        &["import", "old.impex"][..],
        &["import", "old.impex.gz"],
        &["import", "old.impex", "--chunk-lines", "1"],
        &["import", "old.impex", "--whole"],
        &["validate", "old.impex"],
        &["lint", "old.impex"],
    ] {
        let ran = bench.run(&[&["impex"], arguments].concat());
        assert_eq!(ran.code, Some(2), "{ran}");
        assert!(ran.stderr.contains("has only carriage returns (CR) as line ends"), "{ran}");
    }
    assert!(bench.simulator.ledger().is_empty());
    // Within a cell, or at the end of the only line, they are no line ends of the file.
    bench.file("new.impex", "INSERT_UPDATE Language;isocode[unique=true]\n;\"aa\r\"\n");
    let ran = bench.run(&["impex", "import", "new.impex"]);
    assert_eq!((ran.code, bench.simulator.ledger().count(IMPORT)), (Some(0), 1), "{ran}");
}
