//! Imports of unknown outcome: what the messages name, and that the commands in them work.

use std::fmt::Write as _;

use hac_simulator::{Fault, On};

use crate::bench::{Bench, Ran};
use crate::snapshot;

const IMPORT: &str = "/console/impex/import";
const UPLOAD: &str = "/console/impex/import/upload";

/// A file with rows that the server refuses to import a second time.
fn bench(rows: usize) -> Bench {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    bench.file("users.impex", users(rows));
    bench
}

fn users(rows: usize) -> String {
    let mut script = String::from("INSERT Customer;uid\n");
    for row in 0..rows {
        writeln!(script, ";bulk{row}").expect("a string");
    }
    script
}

fn count(bench: &Bench, like: &str) -> String {
    let query = format!("SELECT count(*) FROM {{User}} WHERE {{uid}} LIKE '{like}'");
    let ran = bench.run(&["flexsearch", "--no-headers", "--format", "csv", &query]);
    ran.stdout.trim().to_owned()
}

/// Runs the first command in a hint, with more flags.
fn run_from(bench: &Bench, ran: &Ran, more: &[&str]) -> Ran {
    let command = ran.stderr.split('`').nth(1).unwrap_or_else(|| panic!("no command: {ran}"));
    let url = bench.simulator.url();
    let command = command.replace("http://SIMULATOR", &url);
    let words: Vec<&str> = command.split(' ').skip(1).collect();
    bench.run(&[&words, more].concat())
}

#[test]
fn all_chunks_of_unknown_outcome_are_named_and_each_is_decided_by_its_lines() {
    let bench = bench(20);
    bench.simulator.faults().once(On::post(IMPORT), Fault::ResetAfter);
    bench.simulator.faults().once(On::post(IMPORT), Fault::ResetBefore);
    let import = |flags: &[&str]| bench.run(&[&["impex", "import", "users.impex"], flags].concat());
    bench.file("more.impex", users(1));
    let mut all = String::new();
    for flags in [
        &["--chunk-lines", "10", "--parallel", "2"][..],
        &["--resume", "--json"],
        &["--resume", "--assume", "imported"],
        &["--resume", "--assume", "not-imported"],
        &["--resume", "--assume", "imported:1-11"],
        &["--resume", "--assume", "imported:1-10", "--assume", "not-imported:12-21"],
    ] {
        let ran = import(flags);
        assert_eq!(ran.code, Some(5), "{ran}");
        assert!(ran.stderr.contains("--assume imported:1-11 --assume imported:12-21`"), "{ran}");
        writeln!(all, "$ hac impex import users.impex {}\n{ran}", flags.join(" ")).expect("a string");
    }
    for flags in [
        &["--resume", "--assume", "imported:1-11", "--assume", "not-imported:1-11"][..],
        &["--resume", "--assume", "imported", "--assume", "not-imported"],
        &["--resume", "--assume", "imported:11-1"],
        &["more.impex", "--resume", "--assume", "imported:1-11"],
    ] {
        let ran = import(flags);
        assert_eq!(ran.code, Some(2), "{ran}");
        writeln!(all, "$ hac impex import users.impex {}\n{ran}", flags.join(" ")).expect("a string");
    }
    assert_eq!(bench.simulator.ledger().count(IMPORT), 2);
    snapshot!(all);
    let (first, second) = match count(&bench, "bulk0").as_str() {
        "1" => ("imported:1-11", "not-imported:12-21"),
        _ => ("not-imported:1-11", "imported:12-21"),
    };
    let ran = import(&["--resume", "--assume", first, "--assume", second]);
    assert_eq!((ran.code, count(&bench, "bulk%").as_str()), (Some(0), "20"), "{ran}");
}

#[test]
fn the_command_in_a_hint_works_whatever_form_the_import_had() {
    for (flags, options) in [(&["impex", "-f"][..], &[][..]), (&["impex", "import"], &["--encoding", "latin1"])] {
        let bench = bench(3);
        let url = bench.simulator.url();
        let typed = [flags, &["users.impex", "-e", "shop", "--url", &url], options].concat();
        // A text in another encoding is uploaded.
        bench.simulator.faults().once(On::post(IMPORT), Fault::ResetAfter);
        bench.simulator.faults().once(On::post(UPLOAD), Fault::ResetAfter);
        let unknown = bench.run(&typed);
        assert_eq!(unknown.code, Some(5), "{unknown}");
        // Without an answer it goes on as far as the question.
        let refused = bench.run(&typed);
        assert_eq!(refused.code, Some(2), "{refused}");
        assert_eq!(run_from(&bench, &refused, &[]).code, Some(5));
        let ran = run_from(&bench, &unknown, &[]);
        let sent = bench.simulator.ledger().count(IMPORT) + bench.simulator.ledger().count(UPLOAD);
        assert_eq!((ran.code, sent), (Some(0), 1), "{unknown}\n{ran}");
        assert_eq!(count(&bench, "bulk%"), "3");
    }
}

#[test]
fn an_unfinished_import_is_not_begun_again_under_another_name_of_the_same_server() {
    for chunks in [&["--chunk-lines", "10"][..], &[]] {
        let bench = bench(20);
        bench.file("other.impex", users(3).replace("bulk", "other"));
        let url = bench.simulator.url();
        let import = |environment: &str, files: &[&str], flags: &[&str]| {
            bench.run(&[&["impex", "import"], files, &["-e", environment, "--url", &url], flags].concat())
        };
        bench.simulator.faults().once(On::post(IMPORT), Fault::ResetAfter);
        assert_eq!(import("b", &["users.impex"], chunks).code, Some(5));
        let refused = import("b2", &["users.impex"], chunks);
        assert_eq!(refused.code, Some(2), "{refused}");
        assert!(
            refused.stderr.contains("`hac impex import users.impex -e b --url http://SIMULATOR --resume`"),
            "{refused}"
        );
        // Of several files, none is sent.
        let several = import("b2", &["other.impex", "users.impex"], &[]);
        assert_eq!(several.code, Some(2), "{several}");
        assert!(
            several.stderr.contains("`hac impex import users.impex -e b --url http://SIMULATOR --resume`"),
            "{several}"
        );
        assert_eq!(bench.simulator.ledger().count(IMPORT), 1);
        let ran = run_from(&bench, &refused, &["--assume", "imported"]);
        assert_eq!((ran.code, count(&bench, "bulk%").as_str()), (Some(0), "20"), "{ran}");
    }
}

#[test]
fn what_was_undecided_of_a_file_that_has_changed_or_begins_anew_is_named() {
    let bench = bench(20);
    bench.simulator.faults().once(On::post(IMPORT), Fault::ResetBefore);
    let import = |flags: &[&str]| bench.run(&[&["impex", "import", "users.impex"], flags].concat());
    assert_eq!(import(&["--chunk-lines", "10"]).code, Some(5));
    bench.file("users.impex", users(21));
    let changed = import(&["--resume", "--assume", "imported"]);
    let again = import(&["--restart"]);
    assert_eq!((changed.code, again.code), (Some(2), Some(0)), "{changed}\n{again}");
    assert!(again.stderr.contains("lines 1 to 11 of users.impex"), "{again}");
    snapshot!(format!("$ --resume --assume imported\n{changed}\n$ --restart\n{again}"));
}
