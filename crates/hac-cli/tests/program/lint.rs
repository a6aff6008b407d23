//! `hac impex lint`: mistakes in files, without importing anything.

use std::fmt::Write as _;

use crate::bench::Bench;
use crate::snapshot;

const SCRIPT: &str = "# languages\n$active=true\nINSERT_UPDATE Languge;isocode[uniqe=true];activ;name[lang=en]\n;es;$actve;\"Español; España\"\n\
                      ;pt;true;Português; Brasil\nINSERTUPDATE Language;isocode[unique=true]\n;fr\nINSERT Language;isocode;nam\u{1b}e\n;it;\"Italian\n";

#[test]
fn mistakes_are_shown_below_their_lines() {
    let bench = Bench::new();
    bench.file("languages.impex", SCRIPT);
    let ran = bench.run(&["impex", "lint", "languages.impex"]);
    assert_eq!((ran.code, bench.simulator.ledger().len()), (Some(1), 0), "{ran}");
    snapshot!(ran);
}

#[test]
fn types_and_attributes_are_looked_up_online() {
    let bench = Bench::new();
    bench.file("types.impex", "INSERT_UPDATE Languge;isocode[unique=true]\n;es\nINSERT_UPDATE Language;isocode[unique=true];activ;ISOCODE;@media;pk\n;es;true\n");
    bench.run(&["session", "start"]);
    bench.simulator.ledger().clear();
    let ran = bench.run(&["impex", "lint", "--online", "types.impex"]);
    assert_eq!(ran.code, Some(1), "{ran}");
    // One for each type, and one for the names of all.
    assert_eq!(bench.simulator.ledger().len(), 3, "{ran}");
    snapshot!(ran);
}

#[test]
fn references_and_macros_are_looked_up_online_as_an_import_reads_them() {
    let bench = Bench::new();
    let script = "$t=Custmer\n$cv=catalogVersion(catalog(idd),version)[unique=true]\n$right=catalogVersion(catalog(id),version)\n\
                  INSERT_UPDATE $t;uid[unique=true]\n;a\n\
                  INSERT_UPDATE Product;code[unique=true];catalogVersion(catalog(idd),versionn)\n;a;shop:Online\n\
                  INSERT_UPDATE Product;code[unique=true];$cv\n;a;shop:Online\n\
                  INSERT_UPDATE Product;code[unique=true];$right;catalogVersion(pk);catalogVersion(CatalogVersion.versio)\n;a;shop:Online;1\n";
    bench.file("references.impex", script);
    let ran = bench.run(&["impex", "lint", "--online", "references.impex"]);
    assert_eq!(ran.code, Some(1), "{ran}");
    snapshot!(ran);
    bench.file(
        "right.impex",
        "$t=Product\nINSERT_UPDATE $t;code[unique=true];catalogVersion(catalog(id),version)\n;a;shop:Online\n",
    );
    bench.simulator.ledger().clear();
    let right = bench.run(&["impex", "lint", "--online", "right.impex"]);
    assert_eq!((right.code, right.stdout.as_str()), (Some(0), ""), "{right}");
    // Three types, and the references of two of them.
    assert_eq!(bench.simulator.ledger().len(), 5, "{right}");
}

#[test]
fn findings_in_every_format_and_for_pipelines() {
    let bench = Bench::new();
    bench.file("a.impex", "INSERT Title;code\n;a;b\n");
    bench.file("b.impex", "INSERT Title;code;code\n;a;b\n");
    let mut told = String::new();
    for format in ["csv", "json", "jsonl", "table"] {
        let ran = bench.run(&["impex", "lint", "a.impex", "b.impex", "--format", format, "--junit", "report.xml"]);
        assert_eq!(ran.code, Some(1), "{ran}");
        writeln!(told, "=== {format}\n{ran}").expect("a string");
    }
    let junit = std::fs::read_to_string(bench.home.path().join("report.xml")).expect("written");
    assert!(junit.contains("a.impex:2: the row has 2 cells") && junit.contains("failures=\"1\""), "{junit}");
    snapshot!(told);
}

#[test]
fn a_file_without_mistakes_and_one_with_warnings_exit_0() {
    let bench = Bench::new();
    bench.file("good.impex", "INSERT Title;code\n;a\n");
    bench.file("empty.impex", "INSERT Title;code\n");
    let good = bench.run(&["impex", "lint", "good.impex"]);
    assert_eq!((good.code, good.stdout.as_str()), (Some(0), ""), "{good}");
    let told = "0 errors, 0 warnings; types and attributes were not checked\n\
                note: --online checks them; `hac impex validate` has the server read the files\n";
    assert_eq!(good.stderr, told, "{good}");
    assert_eq!(bench.run(&["impex", "lint", "good.impex", "-q"]).stderr, "");
    let online = bench.run(&["impex", "lint", "good.impex", "--online"]);
    assert!(!online.stderr.contains("note:") && !online.stderr.contains("not checked"), "{online}");
    let warned = bench.run(&["impex", "lint", "empty.impex"]);
    assert_eq!(warned.code, Some(0), "{warned}");
    assert!(warned.stdout.contains("header-without-rows") && warned.stderr.contains("0 errors, 1 warning"), "{warned}");
    let absent = bench.run(&["impex", "lint", "nowhere.impex"]);
    assert_eq!(absent.code, Some(2), "{absent}");
    let empty = bench.ran(bench.hac().args(["impex", "lint"]).write_stdin("\n"));
    assert_eq!(empty.code, Some(2), "{empty}");
    assert!(empty.stderr.contains("standard input: it is empty"), "{empty}");
}

#[test]
fn an_empty_file_is_refused_by_each_command_in_its_own_name() {
    let bench = Bench::new();
    bench.file("nothing.impex", "\n");
    // What --report leaves without rows is no mistake.
    bench.file("failed.impex", "");
    for (command, doing) in
        [("lint", "cannot check the ImpEx: "), ("import", "cannot import"), ("validate", "cannot validate")]
    {
        let refused = bench.run(&["impex", command, "nothing.impex"]);
        assert_eq!(refused.code, Some(2), "{refused}");
        assert!(refused.stderr.contains(doing) && refused.stderr.contains("nothing.impex is empty"), "{refused}");
        assert_eq!(bench.run(&["impex", command, "failed.impex"]).code, Some(0), "{command}");
    }
}

#[test]
fn compressed_files_and_other_encodings_are_read_or_named() {
    let bench = Bench::new();
    let script = "INSERT Title;code\n;\u{e4};b\n";
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut packed, script.as_bytes()).expect("packed");
    bench.file("packed.impex.gz", packed.finish().expect("packed"));
    let units = |order: fn(u16) -> [u8; 2]| script.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    bench.file("marked.impex", [b"\xff\xfe".to_vec(), units(u16::to_le_bytes)].concat());
    bench.file("latin1.impex", script.chars().map(|letter| u8::try_from(letter).expect("Latin-1")).collect::<Vec<_>>());
    for arguments in [&["packed.impex.gz"][..], &["marked.impex"], &["latin1.impex", "--encoding", "ISO-8859-1"]] {
        let ran = bench.run(&[&["impex", "lint", "--format", "csv"], arguments].concat());
        let expected = format!("{},2,4,error,too-many-cells", arguments[0]);
        assert!(ran.code == Some(1) && ran.stdout.contains(&expected), "{ran}");
    }
    bench.file("unmarked.impex", units(u16::to_le_bytes));
    bench.file("archive.zip", b"PK\x03\x04rest");
    let mut told = String::new();
    for (command, name) in [
        ("lint", "unmarked.impex"),
        ("import", "unmarked.impex"),
        ("lint", "latin1.impex"),
        ("import", "latin1.impex"),
        ("lint", "archive.zip"),
    ] {
        let ran = bench.run(&["impex", command, name]);
        assert_eq!(ran.code, Some(2), "{ran}");
        writeln!(told, "$ hac impex {command} {name}\n{ran}").expect("a string");
        if command == "import" {
            let in_chunks = bench.run(&["impex", command, name, "--chunk-lines", "10"]);
            assert_eq!(in_chunks.code, Some(2), "{in_chunks}");
            writeln!(told, "$ hac impex {command} {name} --chunk-lines 10\n{in_chunks}").expect("a string");
        }
    }
    assert!(bench.simulator.ledger().is_empty());
    snapshot!(told);
}
