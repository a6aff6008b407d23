//! The outcome files of `hac impex import --report`.

use std::fs;

use crate::bench::Bench;

const ROWS: &str = "INSERT_UPDATE Title;code[unique=true]\n;a\n;b\n";

#[test]
fn an_outcome_file_never_replaces_the_file_that_is_imported() {
    let bench = Bench::new();
    fs::create_dir(bench.home.path().join("out")).expect("made");
    let files = ["out/failed.impex", "out/imported.impex", "out/not-processed.impex", "out/unknown.impex"];
    for file in files {
        bench.file(file, ROWS);
        for report in ["out", "out/../out", file] {
            let ran = bench.run(&["impex", "import", file, "--report", report]);
            assert_eq!(ran.code, Some(2), "{ran}");
            assert!(ran.stderr.contains("choose another directory for the outcome files; nothing was sent"), "{ran}");
        }
        let ran = bench.run(&["impex", "import", file, "--junit", file]);
        assert_eq!(ran.code, Some(2), "{ran}");
        assert!(ran.stderr.contains("choose another file for the report"), "{ran}");
        assert_eq!(fs::read_to_string(bench.home.path().join(file)).expect("it is still there"), ROWS);
        fs::remove_file(bench.home.path().join(file)).expect("removed");
    }
    assert!(bench.simulator.ledger().is_empty());
}

#[cfg(unix)] // Links need rights on Windows.
#[test]
fn links_do_not_hide_the_file_that_is_imported() {
    let bench = Bench::new();
    let home = bench.home.path();
    fs::create_dir(home.join("out")).expect("made");
    bench.file("rows.impex", ROWS);
    bench.file("out/failed.impex", ROWS);
    std::os::unix::fs::symlink(home.join("out"), home.join("other")).expect("linked");
    std::os::unix::fs::symlink(home.join("out/failed.impex"), home.join("link.impex")).expect("linked");
    fs::hard_link(home.join("rows.impex"), home.join("out/imported.impex")).expect("linked");
    for (file, report) in [("out/failed.impex", "other"), ("link.impex", "out"), ("rows.impex", "out")] {
        let ran = bench.run(&["impex", "import", file, "--report", report]);
        assert_eq!(ran.code, Some(2), "{ran}");
        assert!(ran.stderr.contains("would replace it"), "{ran}");
        assert_eq!(fs::read_to_string(home.join(file)).expect("it is still there"), ROWS);
    }
    assert!(bench.simulator.ledger().is_empty());
}
