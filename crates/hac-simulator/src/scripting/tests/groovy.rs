use std::time::Duration;

use super::*;

#[test]
fn groovy_without_a_groovy_says_how_to_get_one() {
    let outcome = Scripts::new(None, database()).run("groovy", "1", false);
    assert!(outcome.stacktrace_text.contains("hac simulator --groovy"));
    assert_eq!(outcome.execution_result, "");
}

#[test]
fn a_missing_groovy_is_reported() {
    let outcome = Scripts::new(Some("no-such-groovy".into()), database()).run("groovy", "1", false);
    assert!(outcome.stacktrace_text.starts_with("no-such-groovy did not run"), "{outcome:?}");
}

/// A Groovy that starts, or the reason to go on without one.
fn installed_groovy() -> Option<PathBuf> {
    let found = Scripts::find_groovy();
    if found.is_none() {
        eprintln!("left out: no groovy on the PATH");
    }
    found
}

#[test]
fn groovy_keeps_result_output_and_trace_apart() {
    let Some(groovy) = installed_groovy() else {
        return;
    };
    let scripts = Scripts::new(Some(groovy), database());

    let fine = scripts.run("groovy", "println 'Grüße'; System.out.println 'zwei'; return 2 + 2", false);
    assert_eq!(fine.execution_result, "4", "{fine:?}");
    assert_eq!(fine.output_text, "Grüße\nzwei\n");
    assert_eq!(fine.stacktrace_text, "");

    let nothing = scripts.run("groovy", "null", false);
    assert_eq!(nothing.execution_result, "null");

    let thrown = scripts.run("groovy", "print 'a'\nthrow new RuntimeException('oops')", false);
    assert_eq!((thrown.execution_result.as_str(), thrown.output_text.as_str()), ("", "a"));
    // The frames between depend on the Java.
    assert!(thrown.stacktrace_text.starts_with("java.lang.RuntimeException: oops\n\tat "), "{thrown:?}");
    assert!(thrown.stacktrace_text.contains("at Script1.run(Script1.groovy:2)"), "{thrown:?}");
    assert!(!thrown.stacktrace_text.contains("wrapper"), "{thrown:?}");
}

#[test]
fn groovy_that_does_not_compile_or_leaves_early_is_a_failure() {
    let Some(groovy) = installed_groovy() else {
        return;
    };
    let scripts = Scripts::new(Some(groovy), database());
    let outcome = scripts.run("groovy", "def (", false);
    assert!(outcome.stacktrace_text.contains("MultipleCompilationErrorsException"), "{outcome:?}");
    let outcome = scripts.run("groovy", "println 'bye'; System.exit(3)", false);
    assert!(outcome.stacktrace_text.starts_with("the process of the script ended early"), "{outcome:?}");
    assert_eq!(outcome.output_text, "bye\n");
}

#[test]
fn groovy_without_end_is_killed() {
    let Some(groovy) = installed_groovy() else {
        return;
    };
    let outcome =
        crate::scripting::groovy::run_for(Duration::from_secs(5), &groovy, "println 'on'; while (true) { sleep 1000 }");
    assert_eq!(outcome.stacktrace_text, "the script was ended after 5 s");
    // On a busy machine it may not have come so far.
    assert!("on\n".starts_with(&outcome.output_text), "{outcome:?}");
}
