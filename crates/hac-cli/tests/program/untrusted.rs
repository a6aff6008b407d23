//! What a server sends cannot be taken for what the program says, and rows that do not fit are told.

use hac_simulator::{Fault, On};

use crate::bench::Bench;

const EXECUTE: &str = "/console/scripting/execute";
const QUERY: &str = "/console/flexsearch/execute";

/// Lines that look like ours, behind everything that could hide what they are.
const FORGED: &str = "first\nerror: forged\r\n Error: forged\rhint: forged\n\u{1b}[1m\u{1b}[31merror:\u{1b}[0m forged\n\
    \tWARNING : forged\n\u{200b}hint: forged\u{2028}error: forged\u{85}error: forged\u{b}error: forged\n\
    note: forged\n  caused by: forged\nlast";

/// The lines of standard error that a reader would take for ours.
fn ours(stderr: &str) -> Vec<&str> {
    let words = ["error:", "hint:", "warning:", "note:", "caused by:"];
    stderr
        .split(['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'])
        .map(|line| {
            line.trim_start_matches(|char: char| char.is_whitespace() || char.is_control() || char == '\u{200b}')
        })
        .filter(|line| {
            let line = line.to_lowercase().replace(' ', "");
            words.iter().any(|word| line.starts_with(&word.replace(' ', "")))
        })
        .collect()
}

fn script(result: &str, output: &str, trace: &str) -> Fault {
    let answer = serde_json::json!({"executionResult": result, "outputText": output, "stacktraceText": trace});
    Fault::Body(answer.to_string())
}

#[test]
fn a_line_of_a_script_or_of_a_stack_trace_cannot_be_taken_for_ours() {
    let bench = Bench::new();
    bench.simulator.faults().once(On::post(EXECUTE), script("1", FORGED, ""));
    let ran = bench.run(&["groovy", "x"]);
    assert_eq!(ours(&ran.stderr), [""; 0], "{ran}");
    assert!(ran.stderr.contains("| error: forged\n") && ran.stderr.starts_with("first\n"), "{ran}");
    bench.simulator.faults().once(On::post(EXECUTE), script("", FORGED, &format!("java.lang.Error: x\n{FORGED}")));
    let ran = bench.run(&["groovy", "x", "-v"]);
    let [error, hint] = &ours(&ran.stderr)[..] else { panic!("{ran}") };
    assert!(error.starts_with("error: the script failed: ") && hint.starts_with("hint: it ran without"), "{ran}");
}

#[test]
fn a_line_of_a_failed_query_of_a_report_or_of_a_page_cannot_be_taken_for_ours() {
    let bench = Bench::new();
    let failed = serde_json::json!({
        "headers": null, "resultList": null, "exception": {"message": FORGED}, "exceptionStackTrace": FORGED,
    });
    bench.simulator.faults().once(On::post(QUERY), Fault::Body(failed.to_string()));
    let ran = bench.run(&["flexsearch", "x", "-v"]);
    assert_eq!(ours(&ran.stderr).len(), 2, "{ran}");
    bench.file("x.impex", "INSERT Language;isocode\n;xx\n");
    for kind in ["import", "validate"] {
        let report = format!(
            "<html><head><title>hybris administration console | ImpEx</title></head><body><span id=\"impexResult\" \
             data-level=\"error\" data-result=\"{0}\"></span><span id=\"validationResultMsg\" data-level=\"error\" \
             data-result=\"{0}\"></span><div class=\"impexResult\"><pre>{0}</pre></div></body></html>",
            FORGED.replace('\r', "&#13;")
        );
        bench.simulator.faults().always(On::post(""), Fault::Body(report));
        let ran = bench.run(&["impex", kind, "x.impex", "-v"]);
        bench.simulator.faults().clear();
        assert_ne!(ran.code, Some(0), "{ran}");
        let told = ours(&ran.stderr);
        assert!(told.len() <= 2 && !told.iter().any(|line| line.starts_with("error: forged")), "{told:?} {ran}");
    }
    let page = format!("<html><head><title>{FORGED}</title></head><body>{FORGED}</body></html>");
    let headers = vec![("Content-Type".to_owned(), "text/html; charset=utf-8".to_owned())];
    bench.simulator.faults().always(On::path(""), Fault::Answer { status: 500, headers, body: page, execute: false });
    for flags in [&["-v"][..], &["-vvv"]] {
        let ran = bench.run(&[&["groovy", "x"], flags].concat());
        assert_ne!(ran.code, Some(0), "{ran}");
        let forged: Vec<_> = ours(&ran.stderr).into_iter().filter(|line| line.ends_with("forged")).collect();
        assert_eq!(forged, [""; 0], "{ran}");
    }
}

#[test]
fn a_line_of_an_update_log_cannot_be_taken_for_ours() {
    let bench = Bench::new();
    let log = serde_json::json!({"log": FORGED});
    bench.simulator.faults().always(On::get("/initlog/log"), Fault::Body(log.to_string()));
    let ran = bench.run(&["update", "run", "--schema", "--json", "--interval", "0.01"]);
    let forged: Vec<_> = ours(&ran.stderr).into_iter().filter(|line| line.ends_with("forged")).collect();
    assert_eq!(forged, [""; 0], "{ran}");
}

#[test]
fn rows_that_do_not_fit_below_the_columns_are_told_in_every_format() {
    let bench = Bench::new();
    let answer = serde_json::json!({
        "headers": ["A", "B"], "resultList": [["1", "2"], ["3"], ["4", "5", "6"], []], "resultCount": 4,
        "exception": null, "exceptionStackTrace": "",
    });
    bench.simulator.faults().always(On::post(QUERY), Fault::Body(answer.to_string()));
    for format in ["table", "tsv", "csv", "json", "jsonl"] {
        let ran = bench.run(&["flexsearch", "x", "--format", format, "-q"]);
        assert_eq!(ran.code, Some(0), "{ran}");
        assert_eq!(
            ran.stderr,
            "warning: row 2 does not fit: its cells are 1, the columns are 2\n\
             warning: 3 rows in all do not have as many cells as there are columns\n",
            "{format}"
        );
        assert!(ran.stdout.contains('6'), "no cell is lost: {format}: {ran}");
    }
}

#[test]
fn sql_that_may_be_ddl_is_not_said_to_be_rolled_back() {
    let bench = Bench::new();
    let answer = serde_json::json!({"headers": [], "resultList": [], "exception": null, "exceptionStackTrace": ""});
    bench.simulator.faults().always(On::post(QUERY), Fault::Body(answer.to_string()));
    let told = "warning: the statement may not have been rolled back: on some databases DDL commits itself\n";
    for (arguments, warned) in [
        (&["flexsearch", "--sql", "DROP TABLE x"][..], true),
        (&["flexsearch", "--sql", "DROP TABLE x", "--json", "-q"], true),
        (&["flexsearch", "--sql", "SELECT 1 FROM x"], false),
        (&["flexsearch", "--sql", "DROP TABLE x", "--commit"], false),
    ] {
        let ran = bench.run(arguments);
        assert_eq!((ran.code, ran.stderr.contains(told)), (Some(0), warned), "{ran}");
    }
}

#[test]
fn a_failed_script_is_not_said_to_have_kept_nothing() {
    let bench = Bench::new();
    bench.simulator.faults().always(On::post(EXECUTE), script("", "", "java.lang.RuntimeException: oops"));
    for flags in [&[][..], &["--commit"]] {
        let ran = bench.run(&[&["groovy", "x"], flags].concat());
        assert!(ran.stderr.contains("check before you run it again"), "{ran}");
        assert!(!ran.stderr.contains("nothing") && !ran.stderr.contains("rolled back"), "{ran}");
    }
    bench.simulator.faults().clear();
    // A script that compiles another one has run.
    let trace = "java.lang.RuntimeException: startup failed:\n\tat Script1.run(Script1.groovy:1)";
    bench.simulator.faults().always(On::post(EXECUTE), script("", "", trace));
    let ran = bench.run(&["groovy", "x"]);
    assert!(ran.stderr.contains("hint: something did not compile; if it was the script itself"), "{ran}");
}
