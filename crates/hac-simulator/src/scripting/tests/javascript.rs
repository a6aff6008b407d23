use std::time::{Duration, Instant};

use super::*;

fn javascript(script: &str) -> ScriptOutcome {
    Scripts::new(None, database()).run("javascript", script, false)
}

fn result(script: &str) -> String {
    let outcome = javascript(script);
    assert_eq!(outcome.stacktrace_text, "", "{script}");
    outcome.execution_result
}

fn products(database: &Database) -> String {
    let sql = "SELECT count(*) FROM products";
    let query = Query { text: sql, raw_sql: true, max_count: 1, user: "admin", locale: "en", commit: false };
    database.rows(&query).expect("it runs").rows[0][0].clone().expect("a count")
}

#[test]
fn the_value_of_the_last_statement_is_the_result() {
    assert_eq!(result("2 + 2"), "4");
    assert_eq!(result("7 / 2"), "3.5");
    assert_eq!(result("x = 'ä'; x + '€'"), "ä€");
    assert_eq!(result("[1, 'a']"), "1,a");
    assert_eq!(result("var unused = 1"), "null");
    assert_eq!(result("null"), "null");
    assert_eq!(result(""), "null");
}

#[test]
fn what_a_script_prints_is_apart_from_its_result() {
    let outcome = javascript("print('a'); println('b', 1); console.log({}); 5");
    assert_eq!(outcome.output_text, "ab 1\n[object Object]\n");
    assert_eq!(outcome.execution_result, "5");
}

#[test]
fn an_exception_keeps_the_output_and_tells_its_line() {
    let outcome = javascript("println('before');\nfunction f() { throw new TypeError('oops') }\nf()");
    assert_eq!(outcome.execution_result, "");
    assert_eq!(outcome.output_text, "before\n");
    assert!(outcome.stacktrace_text.starts_with("TypeError: oops\n"), "{outcome:?}");
    assert!(outcome.stacktrace_text.contains("script.js:2"), "{outcome:?}");
}

#[test]
fn a_thrown_value_that_is_not_an_error_is_reported() {
    assert_eq!(javascript("throw 'just text'").stacktrace_text, "thrown: just text");
}

#[test]
fn a_value_that_cannot_be_text_is_a_failure() {
    assert!(javascript("Symbol('x')").stacktrace_text.contains("TypeError"));
}

#[test]
fn half_a_character_is_no_panic() {
    let outcome = javascript("print('\\uD800'); '\\uDC00'");
    assert!(outcome.execution_result.is_empty() || outcome.stacktrace_text.is_empty(), "{outcome:?}");
}

#[test]
fn return_at_the_top_is_groovy_and_no_javascript() {
    let outcome = javascript("return 'Hello'");
    assert!(outcome.stacktrace_text.starts_with("SyntaxError"), "{outcome:?}");
}

#[test]
fn nothing_of_the_host_is_in_reach() {
    assert_eq!(
        result("[typeof require, typeof std, typeof os, typeof process, typeof fetch]"),
        ["undefined"; 5].join(",")
    );
    assert!(!javascript("import('os').then(m => { throw m }); import('std')").output_text.contains("object"));
    assert!(javascript("import * as os from 'os'").stacktrace_text.contains("SyntaxError"));
}

#[test]
fn an_endless_script_is_ended() {
    let start = Instant::now();
    let outcome = crate::scripting::javascript::run_for(Duration::from_millis(200), "for (;;) {}", false, &database());
    assert!(outcome.stacktrace_text.starts_with("the script was ended after"), "{outcome:?}");
    assert!(start.elapsed() < Duration::from_secs(60));
}

#[test]
fn endless_promises_are_ended() {
    let script = "(function again() { Promise.resolve().then(again) })()";
    let outcome = crate::scripting::javascript::run_for(Duration::from_millis(200), script, false, &database());
    assert!(outcome.stacktrace_text.starts_with("the script was ended after"), "{outcome:?}");
}

#[test]
fn a_statement_of_a_script_ends_with_the_script() {
    let script = "db.query(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n`)";
    let outcome = crate::scripting::javascript::run_for(Duration::from_millis(200), script, false, &database());
    assert!(outcome.stacktrace_text.starts_with("the script was ended after"), "{outcome:?}");
}

#[test]
fn more_memory_than_the_limit_is_refused() {
    let outcome = javascript("var all = []; for (var i = 0; i < 300; i++) all.push(new Uint8Array(1 << 20))");
    assert!(outcome.stacktrace_text.contains("memory"), "{outcome:?}");
}

#[test]
fn output_without_end_is_refused() {
    let outcome = javascript("var line = 'x'.repeat(1 << 20); for (;;) println(line)");
    assert!(outcome.stacktrace_text.contains("more than 64 MB of output"), "{}", outcome.stacktrace_text);
}

#[test]
fn recursion_without_end_is_an_exception() {
    let outcome = javascript("function f() { return f() + 1 } f()");
    assert!(outcome.stacktrace_text.contains("stack"), "{outcome:?}");
}

#[test]
fn a_committed_script_leaves_its_changes() {
    let database = database();
    let scripts = Scripts::new(None, Arc::clone(&database));
    let delete = "db.update(\"DELETE FROM products WHERE p_code LIKE 'CAM%'\")";
    assert_eq!(scripts.run("javascript", delete, true).execution_result, "2");
    assert_eq!(products(&database), "8");
}

#[test]
fn a_script_without_commit_sees_its_changes_and_leaves_none() {
    let database = database();
    let scripts = Scripts::new(None, Arc::clone(&database));
    let delete = "db.update('DELETE FROM products'); db.query('SELECT count(*), NULL FROM products')";
    let outcome = scripts.run("javascript", delete, false);
    assert_eq!(outcome.execution_result, "0,", "{outcome:?}");
    assert_eq!(products(&database), "10");
}

#[test]
fn a_script_that_throws_leaves_no_changes_though_it_commits() {
    let database = database();
    let scripts = Scripts::new(None, Arc::clone(&database));
    let outcome = scripts.run("javascript", "db.update('DELETE FROM products'); throw new Error('late')", true);
    assert!(outcome.stacktrace_text.starts_with("Error: late"));
    assert_eq!(products(&database), "10");
}

#[test]
fn a_wrong_statement_can_be_caught_in_the_script() {
    assert_eq!(result("try { db.query('SELECT nothing') } catch (e) { e.message.includes('nothing') }"), "true");
}

#[test]
fn a_script_cannot_commit_by_itself() {
    let outcome = javascript("db.update('COMMIT')");
    assert!(outcome.stacktrace_text.contains("not supported by the simulator"), "{outcome:?}");
}

#[test]
fn other_types_of_script_are_named_as_unsupported() {
    for unsupported in ["beanshell", "cobol"] {
        let outcome = Scripts::new(None, database()).run(unsupported, "1", false);
        assert_eq!(
            outcome.stacktrace_text,
            format!("scripts of type {unsupported} are not supported by the simulator")
        );
    }
}
