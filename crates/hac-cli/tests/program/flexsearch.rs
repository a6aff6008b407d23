use std::process::Stdio;

use hac_simulator::{Fault, On, Simulator};

use crate::bench::{Bench, isolated};
use crate::snapshot;

const EXECUTE: &str = "/console/flexsearch/execute";
const LANGUAGES: &str = "SELECT {isocode}, {name[en]} FROM {Language} ORDER BY {isocode}";

/// A row of everything that breaks a format.
fn wild() -> Fault {
    let answer = serde_json::json!({
        "headers": ["p_code", "p_name", "p_code"],
        "resultList": [
            ["x,y", "q\"z", "line\nbreak"],
            ["tab\there", "back\\slash\r", null],
            ["", "\u{1b}[31mred\u{9b}0m\u{7}", "&lt;b&gt; &amp;amp;"],
        ],
        "resultCount": 3, "executionTime": 7, "exception": null, "exceptionStackTrace": "", "query": "SELECT 1",
    });
    Fault::Body(answer.to_string())
}

#[test]
fn text_without_quotes_in_a_condition_is_named() {
    let bench = Bench::new();
    let query = |text: &str| bench.run(&["flexsearch", text]);
    let ran = query("SELECT {pk} FROM {Product} WHERE {code} = abc");
    assert!(ran.code == Some(1) && ran.stderr.contains("hint: text needs single quotes: 'abc'; "), "{ran}");
    let quoted = query("SELECT {pk} FROM {Product} WHERE {code} = 'abc'");
    assert_eq!(quoted.code, Some(0), "{quoted}");
    let other = query("SELECT nothing FROM {Product} WHERE {code} = 'abc'");
    assert!(other.code == Some(1) && !other.stderr.contains("single quotes"), "{other}");
}

#[test]
fn names_of_files_that_the_shell_put_into_a_query_are_not_repeated() {
    let bench = Bench::new();
    bench.file("a.impex", "");
    bench.file("b.impex", "");
    let globbed = bench.run(&["flexsearch", "SELECT", "a.impex", "b.impex", "FROM", "{Product}"]);
    assert_eq!(globbed.code, Some(2), "{globbed}");
    assert!(globbed.stderr.contains("hint: put it in quotes: hac flexsearch \"SELECT …\"\n"), "{globbed}");
    assert!(globbed.stderr.contains("names of files in the place of *"), "{globbed}");
    let split = bench.run(&["flexsearch", "SELECT", "{pk}", "FROM", "{Product}"]);
    assert!(split.stderr.contains("hac flexsearch \"SELECT {pk} FROM {Product}\""), "{split}");
}

#[test]
fn rows_in_a_pipe_are_tab_separated_with_their_count_on_stderr() {
    snapshot!(Bench::new().run(&["flexsearch", LANGUAGES]));
}

#[test]
fn rows_as_a_table() {
    snapshot!(Bench::new().run(&["flexsearch", LANGUAGES, "--format", "table"]));
}

#[test]
fn rows_as_csv() {
    snapshot!(Bench::new().run(&["flexsearch", LANGUAGES, "--csv"]));
}

#[test]
fn rows_as_json_have_the_keys_of_hac_client_cli() {
    let ran = Bench::new().run(&["flexsearch", LANGUAGES, "--json"]);
    let json = ran.json();
    assert_eq!(json["success"], true);
    assert_eq!(json["result_count"], 2);
    snapshot!(ran);
}

#[test]
fn rows_as_json_lines_are_one_object_each() {
    snapshot!(Bench::new().run(&["flexsearch", LANGUAGES, "--format", "jsonl"]));
}

#[test]
fn no_rows_are_no_failure() {
    let bench = Bench::new();
    let query = "SELECT {isocode} FROM {Language} WHERE {isocode} = 'xx'";
    assert_eq!(
        bench.run(&["flexsearch", query]).to_string(),
        "exit code 0\n--- stdout\np_isocode\n\n--- stderr\n0 results\n"
    );
    let json = bench.run(&["flexsearch", query, "--json"]).json();
    assert_eq!(json["rows"], serde_json::json!([]));
}

#[test]
fn csv_is_quoted_where_it_must_be_and_keeps_every_byte() {
    let bench = Bench::new();
    bench.simulator.faults().once(On::post(EXECUTE), wild());
    let ran = bench.run(&["flexsearch", "x", "--csv"]);
    assert_eq!(
        ran.stdout,
        "p_code,p_name,p_code\n\"x,y\",\"q\"\"z\",\"line\nbreak\"\ntab\there,\"back\\slash\r\",\n\
         ,\u{1b}[31mred\u{9b}0m\u{7},<b> &amp;\n"
    );
}

#[test]
fn tab_separated_rows_are_one_line_each_whatever_the_cells_hold() {
    let bench = Bench::new();
    bench.simulator.faults().once(On::post(EXECUTE), wild());
    let ran = bench.run(&["flexsearch", "x"]);
    assert_eq!(
        ran.stdout,
        "p_code\tp_name\tp_code\nx,y\tq\"z\tline\\nbreak\ntab\\there\tback\\\\slash\\r\t\n\
         \t\u{1b}[31mred\u{9b}0m\u{7}\t<b> &amp;\n"
    );
}

#[test]
fn json_tells_null_from_an_empty_cell_and_keeps_every_character() {
    let bench = Bench::new();
    bench.simulator.faults().once(On::post(EXECUTE), wild());
    let json = bench.run(&["flexsearch", "x", "--json"]).json();
    assert_eq!(json["rows"][1], serde_json::json!(["tab\there", "back\\slash\r", null]));
    assert_eq!(json["rows"][2][0], "");
    assert_eq!(json["rows"][2][1], "\u{1b}[31mred\u{9b}0m\u{7}");
}

#[test]
fn a_header_that_comes_twice_gets_a_number_in_json_lines() {
    let bench = Bench::new();
    bench.simulator.faults().once(On::post(EXECUTE), wild());
    let ran = bench.run(&["flexsearch", "x", "--format", "jsonl"]);
    let first: serde_json::Value = serde_json::from_str(ran.stdout.lines().next().expect("a line")).expect("JSON");
    assert_eq!(first, serde_json::json!({"p_code": "x,y", "p_name": "q\"z", "p_code_2": "line\nbreak"}));
}

#[test]
fn raw_cells_are_not_decoded() {
    let bench = Bench::new();
    bench.simulator.faults().once(On::post(EXECUTE), wild());
    let json = bench.run(&["flexsearch", "x", "--json", "--raw-cells"]).json();
    assert_eq!(json["rows"][2][2], "&lt;b&gt; &amp;amp;");
}

#[test]
fn a_truncated_result_is_a_warning_that_says_how_to_get_more() {
    let bench = Bench::new();
    let query = ["flexsearch", "SELECT {code} FROM {Product} ORDER BY {code}"];
    snapshot!(bench.run(&[&query[..], &["-m", "2"]].concat()));
    let all = bench.run(&[&query[..], &["-m", "0", "--csv"]].concat());
    assert_eq!((all.stdout.lines().count(), all.stderr.as_str()), (101, ""), "{all}");
    assert!(bench.run(&[&query[..], &["-m", "2", "-q"]].concat()).stderr.starts_with("warning: stopped at 2"));
    let one = bench.run(&[&query[..], &["-m", "1", "-q"]].concat());
    assert_eq!((one.stdout.lines().count(), one.stderr.as_str()), (2, ""), "a header and the one row: {one}");
    let one = bench.run(&[&query[..], &["-m", "1"]].concat());
    assert!(one.stderr.ends_with("note: stopped at 1, there may be more: -m 10 reads more, -m 0 reads all\n"), "{one}");
    assert_eq!(bench.run(&[&query[..], &["-m", "1", "--json"]].concat()).json()["truncated"], true);
}

#[test]
fn what_is_asked_for_arrives() {
    let bench = Bench::new();
    let flags = ["--user", "viewer", "--locale", "de", "--data-source", "master", "-m", "7"];
    bench.run(&[&["flexsearch", "SELECT {pk} FROM {Language}"], &flags[..]].concat());
    let entries = bench.simulator.ledger().entries();
    let sent = entries.iter().find(|entry| entry.path.ends_with(EXECUTE)).expect("it was sent");
    for (name, value) in [("user", "viewer"), ("locale", "de"), ("dataSource", "master"), ("maxCount", "7")] {
        assert_eq!(sent.field(name), Some(value), "{name}");
    }
}

#[test]
fn sql_goes_to_the_database_and_is_committed_when_told_to() {
    let bench = Bench::new();
    assert_eq!(bench.run(&["flexsearch", "--sql", "-c", "SELECT 1 AS one"]).code, Some(0));
    let entries = bench.simulator.ledger().entries();
    let sent = entries.iter().find(|entry| entry.path.ends_with(EXECUTE)).expect("it was sent");
    assert_eq!((sent.field("sqlQuery"), sent.field("commit")), (Some("SELECT 1 AS one"), Some("true")));
    let refused = bench.run(&["flexsearch", "-c", "SELECT {pk} FROM {Language}"]);
    assert_eq!(refused.code, Some(2), "{refused}");
}

#[test]
fn a_query_that_fails_exits_1_and_says_why() {
    snapshot!(Bench::new().run(&["flexsearch", "SELECT {nothing} FROM {Nowhere}"]));
}

#[test]
fn a_query_that_fails_with_json_prints_the_failure_as_json() {
    let ran = Bench::new().run(&["flexsearch", "--json", "SELECT {nothing} FROM {Nowhere}"]);
    assert_eq!(ran.json()["success"], false);
    assert_eq!(ran.json()["error"]["kind"], "query_failed");
    assert_eq!(ran.code, Some(1));
}

#[test]
fn an_answer_cut_off_in_the_middle_leaves_json_that_can_be_read() {
    let bench = Bench::with(Simulator::builder().products(3_000));
    bench.run(&["session", "start"]);
    bench.simulator.faults().always(On::post(EXECUTE), Fault::CutBody);
    let ran = bench.run(&["flexsearch", "--json", "-m", "0", "SELECT {code} FROM {Product}"]);
    let json = ran.json();
    assert_eq!(json["success"], false, "{ran}");
    assert!(json["error"]["kind"].is_string(), "{ran}");
    assert_ne!(ran.code, Some(0));
}

#[test]
fn formats_that_exclude_each_other_are_a_usage_error() {
    let bench = Bench::new();
    for flags in [["--json", "--csv"], ["--format=table", "--csv"]] {
        let ran = bench.run(&[&["flexsearch", "SELECT {pk} FROM {Language}"], &flags[..]].concat());
        assert_eq!(ran.code, Some(2), "{ran}");
    }
}

#[test]
fn a_pipe_that_is_closed_early_is_no_failure() {
    let bench = Bench::with(Simulator::builder().products(20_000));
    bench.run(&["session", "start"]);
    let mut child = isolated(bench.home.path())
        .args(["flexsearch", "-m", "0", "SELECT {code}, {name[en]}, {description[en]} FROM {Product}"])
        .env("HAC_URL", bench.simulator.url())
        .env("HAC_USERNAME", "admin")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn an_unknown_name_gets_the_nearest_of_the_server_only_where_somebody_reads_it() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    for (query, hint, page) in [
        ("SELECT {cod} FROM {Product}", "did you mean code", "/hac/console/impex/typeAndAttributes"),
        ("SELECT {pk} FROM {Prodcut}", "did you mean Product", "/hac/console/impex/allTypes"),
    ] {
        bench.simulator.ledger().clear();
        let ran = bench.run(&["flexsearch", query]);
        assert!(
            ran.code == Some(1) && ran.stderr.contains("`hac type ") && !ran.stderr.contains("did you mean"),
            "{ran}"
        );
        assert!(ran.stderr.contains(", and -v names those that resemble "), "{ran}");
        assert_eq!(bench.simulator.ledger().entries().len(), 1, "a script waits for no hint");
        bench.simulator.ledger().clear();
        let ran = bench.run(&["flexsearch", query, "-v"]);
        assert!(ran.code == Some(1) && ran.stderr.contains(hint), "{ran}");
        let paths: Vec<String> = bench.simulator.ledger().entries().into_iter().map(|entry| entry.path).collect();
        assert_eq!(paths, ["/hac/console/flexsearch/execute", page]);
    }
    bench.simulator.ledger().clear();
    let sql = bench.run(&["flexsearch", "--sql", "SELECT cod FROM products", "-v"]);
    assert_eq!((sql.code, bench.simulator.ledger().entries().len()), (Some(1), 1), "{sql}");
}

#[test]
fn a_hint_that_the_server_cannot_give_leaves_the_failure_as_it_is() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    bench.simulator.faults().always(On::post("/console/impex/typeAndAttributes"), Fault::ResetAfter);
    let ran = bench.run(&["flexsearch", "SELECT {cod} FROM {Product}", "-v"]);
    assert!(ran.code == Some(1) && ran.stderr.contains("`hac type show Product`"), "{ran}");
    assert_eq!(ran.stderr.matches("error:").count(), 1, "{ran}");
}

#[test]
fn a_placeholder_without_a_value_is_named_with_the_flag() {
    let bench = Bench::new();
    let query = "SELECT {code} FROM {Product} WHERE {name} = 'who?me' AND {code} = ?code";
    let ran = bench.run(&["flexsearch", query]);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(ran.stderr.contains("hint: give the placeholder ?code a value: --param code=VALUE; "), "{ran}");
}
