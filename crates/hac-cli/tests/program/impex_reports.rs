//! The outcome files of `hac impex import --report`.

use std::fs;
use std::process::Stdio;

use hac_simulator::{Fault, On};

use crate::bench::{Bench, Ran, isolated};

const IMPORT: &str = "/console/impex/import";

const ROWS: &str = "INSERT_UPDATE Language;isocode[unique=true];active\n;aa;true\n;bb;true\n";

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

#[test]
fn a_directory_that_cannot_be_written_to_is_found_before_anything_is_sent() {
    let bench = Bench::new();
    bench.file("rows.impex", ROWS);
    bench.file("notes.txt", "mine");
    fs::create_dir_all(bench.home.path().join("out/failed.impex")).expect("made");
    for report in ["notes.txt", "notes.txt/below", "out"] {
        for flags in [&[][..], &["--chunk-lines", "1"], &["--resume"]] {
            let ran = bench.run(&[&["impex", "import", "rows.impex", "--report", report], flags].concat());
            assert_eq!(ran.code, Some(2), "{ran}");
            assert!(ran.stderr.contains("nothing was sent"), "{ran}");
        }
    }
    assert!(bench.simulator.ledger().is_empty());
    assert_eq!(fs::read_to_string(bench.home.path().join("notes.txt")).expect("it is still there"), "mine");
    // Nothing is left of the attempts.
    let ran = bench.run(&["impex", "import", "rows.impex"]);
    assert_eq!(ran.code, Some(0), "{ran}");
}

/// Imports rows of which the second fails, and puts a file in the place of the report's directory meanwhile.
fn without_a_report(bench: &Bench, flags: &[&str]) -> Ran {
    bench.run(&["session", "start"]);
    let out = bench.home.path().join("out");
    let _ = fs::remove_file(&out);
    bench.file("rows.impex", "INSERT_UPDATE Language;isocode[unique=true];active\n;aa;true\n;bb;maybe\n;cc;true\n");
    bench.simulator.faults().once(On::post(IMPORT), Fault::Hold);
    let mut command = isolated(bench.home.path());
    command.env("HAC_URL", bench.simulator.url()).env("HAC_USERNAME", "admin").env("HAC_PASSWORD", "nimda");
    command.args(["impex", "import", "rows.impex", "--report", "out"]).args(flags);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    while bench.simulator.faults().held() == 0 {
        assert_eq!(child.try_wait().expect("its state"), None, "it ended before it sent anything");
        std::thread::yield_now();
    }
    fs::remove_dir_all(out).expect("removed");
    bench.file("out", "in the way");
    bench.simulator.faults().release();
    Ran::new(&child.wait_with_output().expect("it ends"), bench.home.path(), Some(&bench.simulator.url()))
}

#[test]
fn an_outcome_that_cannot_be_written_is_told_all_the_same() {
    let bench = Bench::new();
    let ran = without_a_report(&bench, &[]);
    assert_eq!(ran.code, Some(5), "{ran}");
    for told in [
        "rows.impex:3: ",
        "2 rows imported in 1 chunk, 1 failed, 0 not processed",
        "error: cannot write the outcome files to out: ",
        "hac impex import rows.impex --resume --report DIR",
    ] {
        assert!(ran.stderr.contains(told), "{told}: {ran}");
    }
    let json = without_a_report(&bench, &["--restart", "--json"]);
    assert_eq!((json.code, &json.json()["failed"], &json.json()["success"]), (Some(5), &1.into(), &false.into()));
    // The command of the hint.
    bench.run(&["impex", "import", "rows.impex", "--resume", "--report", "other"]);
    let failed = fs::read_to_string(bench.home.path().join("other/failed.impex")).expect("written");
    assert!(failed.contains("# line 3: "), "{failed}");
}

#[test]
fn behind_a_lost_answer_a_missing_report_is_told_too() {
    let bench = Bench::new();
    bench.simulator.faults().once(On::post(IMPORT).skip(1), Fault::ResetAfter);
    let ran = without_a_report(&bench, &["--chunk-lines", "1", "--continue"]);
    assert_eq!(ran.code, Some(5), "{ran}");
    assert!(
        ran.stderr.contains("--resume --assume imported") && ran.stderr.contains("outcome files are missing"),
        "{ran}"
    );
}

#[test]
fn a_header_that_fails_and_has_no_rows_is_a_failure_that_stays() {
    let header = "INSERT_UPDATE Nothing;code[unique=true]\n";
    for (script, line) in [(format!("{ROWS}$m=1\n{header}"), 5), (format!("# only\n{header}"), 2)] {
        let bench = Bench::new();
        bench.file("rows.impex", script);
        for flags in [&["--report", "out"][..], &["--resume", "--report", "out"]] {
            let ran = bench.run(&[&["impex", "import", "rows.impex"], flags].concat());
            assert_eq!(ran.code, Some(1), "{ran}");
            assert!(ran.stderr.contains(&format!("rows.impex:{line}: ")) && ran.stderr.contains("1 failed"), "{ran}");
            let failed = fs::read_to_string(bench.home.path().join("out/failed.impex")).expect("written");
            assert!(failed.starts_with(&format!("# line {line}: ")) && failed.ends_with(header), "{failed}");
        }
        assert_eq!(bench.simulator.ledger().count(IMPORT), 1);
    }
}

#[test]
fn what_failed_is_told_again_by_resuming_an_import_that_is_finished() {
    let bench = Bench::new();
    bench.file("rows.impex", format!("{ROWS};cc;maybe\n"));
    for flags in [&["--chunk-lines", "2"][..], &["--resume"], &["--resume", "--json"]] {
        let ran = bench.run(&[&["impex", "import", "rows.impex", "--continue"], flags].concat());
        assert_eq!(ran.code, Some(1), "{ran}");
        let told = if flags.len() == 2 && flags[1] == "--json" { &ran.stdout } else { &ran.stderr };
        assert!(told.contains(";cc;maybe"), "{ran}");
        assert!(ran.stderr.contains("2 rows imported in 2 chunks, 1 failed, 0 not processed"), "{ran}");
    }
    assert_eq!(bench.simulator.ledger().count(IMPORT), 2);
}
