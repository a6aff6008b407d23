use std::fmt::Write as _;

use hac_simulator::{Fault, On};

use crate::bench::Bench;
use crate::snapshot;

const DOWNLOAD: &str = "/monitoring/database/logs/download";
const QUERY: [&str; 2] = ["flexsearch", "SELECT {isocode} FROM {Language}"];

#[test]
fn the_log_is_switched_on_and_off_with_what_was_asked_for() {
    let bench = Bench::new();
    let mut all = String::new();
    for arguments in [
        &["on"][..],
        &["on", "--stacktrace", "--params", "--json"],
        &["off"],
        &["off", "--params", "--json"],
        &["clear"],
        &["clear", "--json"],
        &["on", "-q"],
    ] {
        bench.simulator.ledger().clear();
        let ran = bench.run(&[&["jdbclog"], arguments].concat());
        let entries = bench.simulator.ledger().entries();
        let sent: Vec<_> = entries.iter().filter(|entry| entry.executed).map(|entry| entry.path.as_str()).collect();
        writeln!(all, "$ hac jdbclog {}\n{ran}\n--- sent {sent:?}\n", arguments.join(" ")).expect("a string");
    }
    snapshot!(all);
}

#[test]
fn what_runs_while_the_log_is_on_is_in_it() {
    let bench = Bench::new();
    let empty = bench.run(&["jdbclog", "download"]);
    assert_eq!(
        empty.to_string(),
        "exit code 0\n--- stdout\n\n--- stderr\nthe JDBC log is empty; it is written only after `hac jdbclog on`\n"
    );
    bench.run(&QUERY);
    bench.run(&["jdbclog", "on"]);
    bench.run(&QUERY);
    bench.run(&["jdbclog", "off"]);
    bench.run(&QUERY);
    let log = bench.run(&["jdbclog", "download"]);
    assert_eq!(log.stdout.lines().count(), 1, "{log}");
    assert!(log.stdout.starts_with("1|master|") && log.stdout.contains("|statement|SELECT "), "{log}");
    let json = bench.run(&["jdbclog", "download", "--json"]).json();
    assert_eq!((&json["success"], &json["text"]), (&true.into(), &log.stdout.as_str().into()));
    bench.run(&["jdbclog", "clear"]);
    assert_eq!(bench.run(&["jdbclog", "download"]).stdout, "");
}

#[test]
fn the_log_is_written_to_a_file_that_is_whole_or_absent() {
    let bench = Bench::new();
    let file = bench.home.path().join("jdbc.log");
    let download = |flags: &[&str]| bench.run(&[&["jdbclog", "download", "-o", "jdbc.log"], flags].concat());
    bench.run(&["jdbclog", "on"]);
    bench.run(&QUERY);
    bench.simulator.faults().times(3, On::get(DOWNLOAD), Fault::CutBody);
    let cut = download(&[]);
    assert_eq!(cut.code, Some(3), "{cut}");
    assert!(!file.exists());
    assert_eq!(
        std::fs::read_dir(bench.home.path())
            .expect("a directory")
            .filter(|entry| { entry.as_ref().expect("an entry").file_name().to_string_lossy().starts_with(".hac") })
            .count(),
        0,
        "nothing is left behind"
    );
    bench.simulator.faults().clear();
    let written = download(&[]);
    let length = std::fs::metadata(&file).expect("a file").len();
    assert_eq!(written.stderr, format!("{length} bytes written to jdbc.log\n"));
    let refused = download(&[]);
    assert_eq!(refused.code, Some(2), "{refused}");
    assert!(
        refused.stderr.contains("cannot write jdbc.log: it already exists\nhint: choose another name"),
        "{refused}"
    );
    let json = download(&["--force", "--json"]).json();
    assert_eq!(json, serde_json::json!({"success": true, "bytes": length, "file": "jdbc.log"}));
}

#[test]
fn a_log_is_byte_exact_in_a_pipe_and_a_page_is_no_log() {
    let bench = Bench::new();
    let log = format!("1|master|x|0 ms|statement|SELECT '\u{1b}[2Jü{}'\n2|\u{9b}", "🚲".repeat(40_000));
    bench.simulator.faults().once(On::get(DOWNLOAD), Fault::Body(log.clone()));
    assert_eq!(bench.run(&["jdbclog", "download"]).stdout, log);
    bench.simulator.faults().once(On::get(DOWNLOAD), Fault::Body("<html>1|2".into()));
    let ran = bench.run(&["jdbclog", "download", "--json"]);
    assert_eq!((ran.code, &ran.json()["error"]["kind"]), (Some(3), &"not_hac".into()), "{ran}");
}

#[test]
fn a_switch_that_the_server_refuses_exits_1_and_says_what_was_switched() {
    let bench = Bench::new();
    let failed = Fault::Body(r#"{"result":"failed"}"#.into());
    bench.simulator.faults().once(On::post("/database/logs/true"), failed.clone());
    snapshot!(bench.run(&["jdbclog", "on", "--params", "--json"]));
    bench.simulator.faults().once(On::post("/database/clearlog"), failed);
    assert_eq!(bench.run(&["jdbclog", "clear"]).code, Some(1));
}
