use std::fmt::Write as _;

use hac_simulator::{Fault, On};

use crate::bench::{Bench, bare, home, ran};
use crate::snapshot;

const EXECUTE: &str = "/console/scripting/execute";

/// An answer of the scripting console.
fn answer(result: &str, output: &str, trace: &str) -> Fault {
    let answer = serde_json::json!({"executionResult": result, "outputText": output, "stacktraceText": trace});
    Fault::Body(answer.to_string())
}

#[test]
fn a_script_prints_its_result_to_stdout_and_its_output_to_stderr() {
    let bench = Bench::new();
    snapshot!(bench.run(&["script", "--type", "javascript", "println('hello'); 6 * 7"]));
}

#[test]
fn a_groovy_script_prints_its_result_to_stdout_and_its_output_to_stderr() {
    let bench = Bench::new();
    bench.simulator.faults().once(On::post(EXECUTE), answer("42", "hello", ""));
    let ran = bench.run(&["groovy", "println 'hello'; 6 * 7"]);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str(), ran.code), ("42\n", "hello\n", Some(0)));
}

#[test]
fn a_script_as_json_has_the_keys_of_hac_client_cli() {
    let bench = Bench::new();
    snapshot!(bench.run(&["--json", "script", "--type", "javascript", "println('hello'); 6 * 7"]));
}

#[test]
fn a_script_that_throws_exits_1_with_its_stack_trace_on_stderr() {
    let bench = Bench::new();
    let trace = "Script execution has failed\njava.lang.RuntimeException: oops\n\tat Script1.run(Script1.groovy:3)\n";
    bench.simulator.faults().once(On::post(EXECUTE), answer("", "before", trace));
    snapshot!(bench.run(&["groovy", "throw new RuntimeException('oops')"]));
}

#[test]
fn a_script_that_does_not_compile_is_said_not_to_have_run() {
    let bench = Bench::new();
    let trace = "Script compilation has failed [startup failed:\nScript1.groovy: 1: unexpected token\n]";
    bench.simulator.faults().once(On::post(EXECUTE), answer("", "", trace));
    snapshot!(bench.run(&["groovy", "return ("]));
}

#[test]
fn a_script_that_throws_with_json_prints_the_failure_as_json() {
    let bench = Bench::new();
    snapshot!(bench.run(&["script", "--type", "javascript", "--json", "throw new Error('oops')"]));
}

#[test]
fn the_result_is_byte_exact_in_a_pipe() {
    let bench = Bench::new();
    let wild = "a\u{1b}[2J\r\n\t\u{9b}b\u{7}\u{202e}";
    bench.simulator.faults().once(On::post(EXECUTE), answer(wild, wild, ""));
    let ran = bench.run(&["groovy", "x"]);
    assert_eq!(ran.stdout, format!("{wild}\n"));
    // Standard error is for people, who look at it in a terminal or in the log of a build.
    assert_eq!(ran.stderr, "a\\x1b[2J\n\t\\x9bb\\x07\\u{202e}\n");
}

#[test]
fn a_script_commits_only_when_told_to() {
    let bench = Bench::new();
    for (flags, commit) in [(&[][..], "false"), (&["-c"][..], "true"), (&["--commit"][..], "true")] {
        bench.simulator.ledger().clear();
        let arguments = [&["script", "--type", "javascript", "1"], flags].concat();
        assert_eq!(bench.run(&arguments).code, Some(0));
        let entries = bench.simulator.ledger().entries();
        let sent = entries.iter().find(|entry| entry.path.ends_with(EXECUTE)).expect("it was sent");
        assert_eq!(sent.field("commit"), Some(commit), "{flags:?}");
    }
}

#[test]
fn a_script_comes_from_a_file_or_from_standard_input() {
    let bench = Bench::new();
    let file = bench.file("sum.js", "1 + 2");
    let with_mark = bench.file("mark.js", "\u{feff}1 + 2");
    let script = &["script", "--type", "javascript"];
    for arguments in [&["-f", &file][..], &["--file", &file], &[&file, "-f"], &["-f", &with_mark]] {
        let ran = bench.run(&[script, arguments].concat());
        assert_eq!(ran.stdout, "3\n", "{arguments:?}: {ran}");
    }
    for arguments in [&["-"][..], &["-f", "-"]] {
        let ran = bench.ran(bench.hac().args(script).args(arguments).write_stdin("1 + 2"));
        assert_eq!(ran.stdout, "3\n", "{arguments:?}: {ran}");
    }
    // The simulator answers Groovy with a failure that says so: what counts is what arrived.
    let groovy = bench.file("sum.groovy", "1 + 2");
    bench.simulator.ledger().clear();
    bench.run(&["groovy", &groovy]);
    let entries = bench.simulator.ledger().entries();
    assert_eq!(entries.iter().find_map(|entry| entry.field("script")), Some("1 + 2"));
}

#[test]
fn a_script_that_cannot_be_read_is_a_usage_error_that_names_it() {
    let bench = Bench::new();
    bench.file("latin1.groovy", b"return '\xe4'");
    bench.file("empty.groovy", " \n\t");
    std::fs::create_dir(bench.home.path().join("folder")).expect("a directory");
    let mut all = String::new();
    for arguments in [
        &["-f", "missing.groovy"][..],
        &["missing.groovy"],
        &["-f", "folder"],
        &["-f", "latin1.groovy"],
        &["-f", "empty.groovy"],
        &[""],
        &[],
        &["-f"],
        &["-f", "empty.groovy", "text"],
        &["-f", "-", "--password-stdin"],
    ] {
        let ran = bench.run(&[&["groovy"], arguments].concat());
        writeln!(all, "$ hac groovy {}\n{ran}", arguments.join(" ")).expect("a string");
    }
    assert!(bench.simulator.ledger().is_empty(), "nothing was sent");
    snapshot!(all);
}

#[test]
fn a_script_whose_answer_is_lost_exits_5_and_is_not_sent_again() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    bench.simulator.ledger().clear();
    bench.simulator.faults().once(On::post(EXECUTE), Fault::ResetAfter);
    let ran = bench.run(&["script", "--type", "javascript", "--json", "1"]);
    assert_eq!(ran.code, Some(5), "{ran}");
    assert_eq!(ran.json()["error"]["kind"], "outcome_unknown");
    assert_eq!(bench.simulator.ledger().executed(), 1);
}

#[test]
fn an_unknown_script_type_is_a_usage_error_that_lists_the_known_ones() {
    let home = home();
    snapshot!(ran(bare(home.path()).args(["script", "--type", "perl", "1"]), home.path(), None));
}

#[test]
fn the_name_of_a_file_is_not_run_as_a_script_or_a_query() {
    let bench = Bench::new();
    bench.file("x.js", "6 * 7");
    bench.file("q.fxs", "SELECT {isocode} FROM {Language}");
    for (command, file) in [(&["script", "-t", "javascript"][..], "x.js"), (&["flexsearch"], "q.fxs")] {
        let refused = bench.run(&[command, &[file]].concat());
        assert_eq!((refused.code, bench.simulator.ledger().len()), (Some(2), 0), "{refused}");
        assert!(refused.stderr.contains(&format!("hint: read it with -f {file}")), "{refused}");
    }
    bench.file("my x.groovy", "return 1");
    bench.file("x.gsh", "return 1");
    for file in ["my x.groovy", "x.gsh"] {
        let refused = bench.run(&["groovy", file]);
        assert_eq!((refused.code, bench.simulator.ledger().len()), (Some(2), 0), "{refused}");
        assert!(refused.stderr.contains("hint: read it with -f "), "{refused}");
    }
    for (file, tip) in [
        ("x.js", "`hac script --type javascript -f x.js`\n"),
        ("x.gsh", "`hac groovy -f x.gsh`\n"),
        ("q.fxs", "`hac script --type TYPE -f q.fxs`; TYPE is "),
    ] {
        let refused = bench.run(&["script", file]);
        assert_eq!(refused.code, Some(2), "{refused}");
        assert!(refused.stderr.contains(&format!("tip: to run this file, use {tip}")), "{refused}");
    }
    for arguments in [&["x.js", "-f"][..], &["-f", "x.js"], &["6*7"]] {
        let ran = bench.run(&[&["script", "-t", "javascript"], arguments].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "42\n"), "{ran}");
    }
    bench.file("-", "1");
    let piped = bench.ran(bench.hac().args(["script", "-t", "javascript", "-"]).write_stdin("6 * 7"));
    assert_eq!(piped.stdout, "42\n", "{piped}");
}

#[test]
fn an_environment_before_a_text_is_suggested_with_its_flag() {
    let bench = Bench::new();
    let directory = bench.home.path().join(".config/hac-client");
    std::fs::create_dir_all(&directory).expect("made");
    let text = "[environments.dev.endpoints.hac]\nurl = 'http://127.0.0.1:9'\n";
    std::fs::write(directory.join("config.toml"), text).expect("written");
    for (line, right) in [
        (&["flexsearch", "dev", "SELECT {pk} FROM {Title}"][..], "hac flexsearch -e dev \"SELECT {pk} FROM {Title}\""),
        (&["groovy", "dev", "6 * 7"], "hac groovy -e dev \"6 * 7\""),
        (&["script", "--type", "groovy", "dev", "6 * 7"], "hac script --type groovy -e dev \"6 * 7\""),
    ] {
        let told = bench.run(line);
        assert_eq!(told.code, Some(2), "{told}");
        assert!(told.stderr.contains(&format!("hint: name the environment with -e: {right}\n")), "{told}");
    }
    let other = bench.run(&["groovy", "prod", "6 * 7"]);
    assert!(other.stderr.contains("hint: put it in quotes: hac groovy \"prod 6 * 7\"\n"), "{other}");
}
