//! Several files in one run: what is done is not sent again.

use std::fs;

use hac_simulator::{Fault, On};

use crate::bench::{Bench, Ran};

const IMPORT: &str = "/console/impex/import";

/// A bench with three files of two users each, in a directory.
fn bench() -> Bench {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    fs::create_dir(bench.home.path().join("data")).expect("made");
    for file in 1..=3 {
        bench.file(&format!("data/{file}.impex"), format!("INSERT Customer;uid\n;u{file}a\n;u{file}b\n"));
    }
    bench.simulator.ledger().clear();
    bench
}

fn import(bench: &Bench, flags: &[&str]) -> Ran {
    bench.run(&[&["impex", "import", "data"], flags].concat())
}

fn users(bench: &Bench) -> String {
    let query = "SELECT count(*) FROM {User} WHERE {uid} LIKE 'u%'";
    bench.run(&["flexsearch", "--no-headers", "--format", "csv", query]).stdout.trim().to_owned()
}

#[test]
fn a_run_goes_on_behind_the_file_whose_answer_was_lost() {
    for (flags, requests) in [(&[][..], 3), (&["--distributed"], 3), (&["--chunk-lines", "1"], 6)] {
        let bench = bench();
        let lost = if requests == 6 { 3 } else { 1 };
        bench.simulator.faults().once(On::post(IMPORT).skip(lost), Fault::ResetAfter);
        let run = |more: &[&str]| import(&bench, &[flags, more].concat());
        let ran = run(&[]);
        assert_eq!(ran.code, Some(5), "{ran}");
        assert!(ran.stderr.contains("--resume --assume imported"), "{ran}");
        // Without that flag, the file would go on in chunks.
        let kept = if flags == ["--distributed"] { " --distributed" } else { "" };
        let go_on = format!("`hac impex import data{kept} --resume`");
        for (more, code, told) in [
            (&[][..], 2, &*go_on),
            (&["--resume"], 5, "data/2.impex"),
            (&["--resume", "--assume", "imported"], 0, ""),
            (&["--resume"], 0, ""),
        ] {
            let ran = run(more);
            assert_eq!(ran.code, Some(code), "{more:?} {ran}");
            assert!(ran.stderr.replace('\\', "/").contains(told), "{told}: {ran}");
        }
        assert_eq!((bench.simulator.ledger().count(IMPORT), users(&bench).as_str()), (requests, "6"), "{flags:?}");
    }
}

#[test]
fn a_run_goes_on_behind_a_file_that_failed_and_a_new_run_begins_with_the_first_file() {
    let bench = bench();
    bench.file("data/2.impex", "INSERT Customer;uid\n;u2a\n;\n");
    assert_eq!(import(&bench, &[]).code, Some(1));
    assert_eq!(bench.simulator.ledger().count(IMPORT), 2);
    import(&bench, &["--resume"]);
    assert_eq!((bench.simulator.ledger().count(IMPORT), users(&bench).as_str()), (3, "5"));
    // What was mended is imported by itself, and counts as done.
    bench.file("data/2.impex", "INSERT Customer;uid\n;u2b\n");
    let ran = import(&bench, &["--resume"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stderr.contains("by itself, then go on with `hac impex import data --resume`"), "{ran}");
    let ran = bench.run(&["impex", "import", "data/2.impex"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let ran = import(&bench, &["--resume"]);
    assert_eq!((ran.code, bench.simulator.ledger().count(IMPORT)), (Some(0), 4), "{ran}");
    // All of them are there already.
    let ran = import(&bench, &["--continue"]);
    assert_eq!((ran.code, bench.simulator.ledger().count(IMPORT)), (Some(1), 7), "{ran}");
}

#[test]
fn each_of_several_files_has_its_outcome_files() {
    let bench = bench();
    bench.file("data/2.impex", "INSERT Customer;uid\n;u2a\n;\n");
    let ran = import(&bench, &["--report", "out", "--continue"]);
    assert_eq!(ran.code, Some(1), "{ran}");
    let read = |path: &str| fs::read_to_string(bench.home.path().join(path)).expect("written");
    assert!(read("out/2.impex/failed.impex").contains("# line 3: "));
    assert_eq!(read("out/3.impex/imported.impex"), read("data/3.impex"));
    assert_eq!(read("out/1.impex/failed.impex"), "");
    // There is a file already where its directory would be.
    let ran = import(&bench, &["--report", "data"]);
    assert_eq!(ran.code, Some(2), "{ran}");
}
