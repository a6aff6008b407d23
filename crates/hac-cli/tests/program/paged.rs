//! Long results on a terminal go to a pager.

use std::os::unix::fs::PermissionsExt as _;

use crate::bench::Bench;
use crate::terminal::Terminal;

const LONG: [&str; 2] = ["flexsearch", "SELECT {code} FROM {Product} ORDER BY {code}"];

fn warm() -> Bench {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    bench
}

/// A script in a directory of its own, by its path.
fn script(bench: &Bench, name: &str, text: &str) -> String {
    let directory = bench.home.path().join("bin");
    std::fs::create_dir_all(&directory).expect("a directory");
    let path = directory.join(name);
    std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("set");
    path.display().to_string()
}

fn seen(bench: &Bench, environment: &[(&str, &str)], arguments: &[&str]) -> (String, Option<i32>) {
    Terminal::start_with(bench, 80, environment, None, arguments).finish_without_waiting()
}

#[test]
fn a_long_result_goes_to_the_pager_and_the_words_beside_it_come_after_it() {
    let bench = warm();
    let pager = ("HAC_PAGER", "sed -e s/^/paged:/");
    for (format, last) in [("table", "└"), ("tsv", "CAM"), ("vertical", "p_code")] {
        let (text, code) = seen(&bench, &[pager, ("NO_COLOR", "1")], &[&LONG[..], &["--format", format]].concat());
        assert_eq!(code, Some(0), "{text}");
        let lines: Vec<&str> = text.lines().collect();
        let (words, rows) = lines.split_last().expect("lines");
        assert_eq!(*words, "100 results", "{format}: {text}");
        assert!(rows.len() >= 100 && rows.iter().all(|row| row.starts_with("paged:")), "{format}: {text}");
        assert!(rows[rows.len() - 1].contains(last) || format == "tsv", "{format}: {text}");
    }
}

#[test]
fn a_short_result_does_not() {
    let bench = warm();
    let (text, code) = seen(&bench, &[("HAC_PAGER", "false")], &["logger", "list", "root"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("root"), "{text}");
}

#[test]
fn there_is_no_pager_where_none_is_wanted_or_nobody_reads() {
    let bench = warm();
    let pager = ("HAC_PAGER", "sed -e s/^/paged:/");
    let without_pager = |environment: &[(&str, &str)], arguments: &[&str]| {
        let (text, code) = seen(&bench, environment, arguments);
        assert_eq!(code, Some(0), "{text}");
        assert!(!text.contains("paged:") && text.contains("100 results"), "{text}");
    };
    without_pager(&[pager], &[&LONG[..], &["--no-pager"]].concat());
    without_pager(&[pager, ("TERM", "dumb")], &LONG);
    without_pager(&[("PAGER", pager.1), ("HAC_PAGER", "cat")], &LONG);
    let piped = bench.ran(bench.hac().env(pager.0, pager.1).args(LONG));
    assert!(!piped.stdout.contains("paged:") && piped.stdout.lines().count() == 101, "{piped}");
    bench.file(".hac.toml", "[output]\npager = false\n");
    let mut terminal = Terminal::start_shell_with(
        &bench,
        80,
        &[pager],
        "cd \"$HOME\" && \"$HAC\" flexsearch 'SELECT {code} FROM {Product}'",
    );
    terminal.until_the_end();
    assert!(!terminal.seen.contains("paged:") && terminal.seen.contains("100 results"), "{}", terminal.seen);
}

#[test]
fn without_a_variable_the_pager_is_less_if_it_is_there() {
    let bench = warm();
    script(&bench, "less", "echo \"less $* LESS=$LESS\"; cat > /dev/null");
    let path = bench.home.path().join("bin").display().to_string();
    let everywhere = format!("{path}:{}", std::env::var("PATH").unwrap_or_default());
    let (text, code) = seen(&bench, &[("PATH", everywhere.as_str()), ("HAC_PAGER", "")], &LONG);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.starts_with("less -FRX LESS=FRX\n"), "{text}");
    // Where there is no less, the result is printed.
    let nowhere = bench.home.path().join("bin2");
    std::fs::create_dir_all(&nowhere).expect("a directory");
    let line = format!(
        "HAC_PAGER=; PATH={}; export PATH HAC_PAGER; exec \"$HAC\" {} '{}'",
        nowhere.display(),
        LONG[0],
        LONG[1]
    );
    let (text, code) = Terminal::start_shell(&bench, 80, &line).finish_without_waiting();
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("100 results") && !text.contains("warning"), "{text}");
}

#[test]
fn who_leaves_the_pager_early_has_seen_enough() {
    let bench = warm();
    for format in ["table", "csv", "jsonl", "vertical"] {
        let arguments = [&LONG[..], &["--format", format]].concat();
        let (text, code) = seen(&bench, &[("HAC_PAGER", "head -n 3")], &arguments);
        assert_eq!(code, Some(0), "{format}: {text}");
        assert!(!text.contains("error"), "{format}: {text}");
    }
}

#[test]
fn ctrl_c_is_meant_for_the_pager() {
    let bench = warm();
    let pager =
        script(&bench, "keeps", "trap '' INT\ncat > /dev/null\necho READY\nread line < /dev/tty\necho \"got $line\"");
    let mut terminal = Terminal::start_with(&bench, 80, &[("HAC_PAGER", &pager)], None, &LONG);
    terminal.wait_for("READY");
    terminal.type_in("\u{3}");
    terminal.wait_for("^C");
    terminal.type_in("on\n");
    let (text, code) = terminal.finish_without_waiting();
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("got on") && text.contains("100 results") && !text.contains("interrupted"), "{text}");
}

#[test]
fn a_signal_that_ends_the_program_ends_the_pager_too() {
    let bench = warm();
    let pager = script(
        &bench,
        "waits",
        "trap 'echo ENDED; exit 0' TERM\ncat > /dev/null\necho READY\nwhile :; do read line < /dev/tty; done",
    );
    let line = format!(
        "HAC_PAGER={pager} \"$HAC\" flexsearch 'SELECT {{code}} FROM {{Product}}' & wait_for=$!; echo PID $wait_for; wait $wait_for; echo CODE $?"
    );
    let mut terminal = Terminal::start_shell(&bench, 80, &line);
    terminal.wait_for("READY");
    let pid = terminal.seen.split("PID ").nth(1).and_then(|rest| rest.split_whitespace().next()).expect("a number");
    let pid = rustix::process::Pid::from_raw(pid.parse().expect("a number")).expect("a process");
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("sent");
    terminal.wait_for("ENDED");
    terminal.wait_for("CODE 143");
    assert!(terminal.seen.contains("ENDED"), "{}", terminal.seen);
}

#[test]
fn a_pager_that_is_not_there_is_a_warning_and_the_result_is_printed() {
    let bench = warm();
    let (text, code) = seen(&bench, &[("HAC_PAGER", "/no/such/pager")], &LONG);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("cannot start the pager /no/such/pager") && text.contains("100 results"), "{text}");
}
