//! `--watch`: reads that are repeated until a signal.

use std::io::{BufRead as _, BufReader};
use std::process::Child;

use hac_simulator::{Fault, On};

use crate::bench::Bench;
use crate::interruption::{interrupt, start};
use crate::terminal::Terminal;

const EXECUTE: &str = "/console/flexsearch/execute";
const QUERY: [&str; 5] = ["flexsearch", "SELECT {isocode} FROM {Language} ORDER BY {isocode}", "-q", "--watch", "0.1"];

fn read_until(child: &mut Child, mut enough: impl FnMut(&str) -> bool) -> String {
    let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
    let mut seen = String::new();
    while !enough(&seen) {
        assert!(stdout.read_line(&mut seen).expect("UTF-8") > 0, "{seen}");
    }
    child.stdout = Some(stdout.into_inner());
    seen
}

#[test]
fn a_read_is_repeated_with_one_request_each_time_until_ctrl_c() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let before = bench.simulator.ledger().entries().len();
    let mut child = start(&bench, &QUERY);
    let seen = read_until(&mut child, |seen| seen.matches("\nde\n").count() == 3);
    interrupt(&child);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let rounds: Vec<&str> = seen.split("-- 2").collect();
    assert_eq!(rounds.len(), 3, "{seen}");
    assert_eq!(rounds[0], "p_isocode\nde\nen\n");
    assert!(rounds[1].contains("every 0.1 s --\np_isocode\nde\n"), "{seen}");
    let entries = bench.simulator.ledger().entries();
    assert!(entries[before..].iter().all(|entry| entry.path.ends_with(EXECUTE)), "one request a round");
    assert!(entries.len() - before >= 3);
}

#[test]
fn rounds_of_json_are_not_separated_by_anything_else() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let mut child = start(&bench, &[&QUERY[..], &["--format", "jsonl"]].concat());
    let seen = read_until(&mut child, |seen| seen.lines().count() >= 4);
    interrupt(&child);
    child.wait().expect("it ends");
    for line in seen.lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "{line}");
    }
}

#[test]
fn a_round_that_fails_is_told_and_the_exit_code_remembers_it() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let answer = Fault::Answer { status: 500, headers: Vec::new(), body: "no".to_owned(), execute: false };
    bench.simulator.faults().once(On::post(EXECUTE), answer);
    let mut child = start(&bench, &QUERY);
    read_until(&mut child, |seen| seen.matches("\nde\n").count() == 2);
    interrupt(&child);
    let output = child.wait_with_output().expect("it ends");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(stderr.matches("error:").count(), 1, "{stderr}");
    assert!(output.status.code().is_some_and(|code| code != 0 && code != 130), "{:?}", output.status);
}

#[test]
fn a_failure_that_waiting_does_not_mend_ends_it() {
    let bench = Bench::new();
    let ran = bench.ran(bench.hac().env("HAC_PASSWORD", "wrong").args(QUERY));
    assert_eq!((ran.code, bench.simulator.ledger().login_attempts()), (Some(4), 1), "{ran}");
}

#[test]
fn what_writes_is_not_repeated() {
    let bench = Bench::new();
    for arguments in [
        &["groovy", "x", "--watch", "1"][..],
        &["flexsearch", "--sql", "SELECT 1", "--watch", "1"],
        &["property", "set", "a", "b", "--watch", "1"],
        &["cache", "clear", "--watch", "1"],
    ] {
        let ran = bench.run(arguments);
        assert_eq!((ran.code, bench.simulator.ledger().entries().len()), (Some(2), 0), "{ran}");
        assert!(ran.stderr.contains("--watch repeats commands that read"), "{ran}");
    }
}

#[test]
fn what_is_not_repeated_for_another_reason_says_which() {
    let bench = Bench::new();
    for (arguments, why) in [
        (&["doctor"][..], "it may ask which certificate to trust"),
        (&["wait"], "it looks again and again by itself"),
        (&["update", "log", "--follow"], "it looks again and again by itself"),
        (&["login"], "it changes the sessions of this machine"),
        (&["env", "add", "x", "--url", "http://x"], "it changes the configuration"),
        (&["property", "set", "a", "b"], "it may change something on the server"),
    ] {
        let ran = bench.run(&[arguments, &["--watch", "1"]].concat());
        assert_eq!((ran.code, bench.simulator.ledger().entries().len()), (Some(2), 0), "{ran}");
        assert!(ran.stderr.contains(&format!("{why}, and is not repeated")), "{ran}");
    }
}

#[test]
fn a_validation_is_repeated_and_sees_what_is_saved_meanwhile() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let file = bench.file("a.impex", "INSERT_UPDATE Language;isocode[unique=true]\n;de\n");
    let mut child = start(&bench, &["impex", "validate", &file, "--watch", "0.1"]);
    read_until(&mut child, |seen| seen.contains("every 0.1 s --"));
    bench.file("a.impex", "INSERT_UPDATE Language;isocode[unique=true];nonsense\n;de;x\n");
    let sent = || bench.simulator.ledger().count("/console/impex/import/validate");
    let before = sent();
    read_until(&mut child, |_| sent() > before + 1);
    interrupt(&child);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1), "the round that failed is remembered");
    assert!(String::from_utf8_lossy(&output.stderr).contains("nonsense"), "{output:?}");
}

#[test]
fn a_terminal_is_cleared_for_each_round() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let mut terminal = Terminal::start(&bench, 80, None, &QUERY);
    terminal.wait_for("└");
    let first = terminal.seen.len();
    while terminal.seen[first..].matches('└').count() == 0 {
        terminal.wait_for_more();
    }
    assert!(terminal.seen.matches("\u{1b}[H\u{1b}[2J").count() >= 2, "{:?}", terminal.seen);
    terminal.type_in("\u{3}");
    let (seen, code) = terminal.finish_without_waiting();
    assert_eq!(code, Some(130), "{seen}");
    assert!(!seen.contains("interrupted"), "{seen}");
}
