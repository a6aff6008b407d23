//! Scripts, in a real engine and a real transaction.

use std::sync::Arc;

use hac_client::{Commit, ErrorKind, FlexibleSearch, HacClient, Script, ScriptResult};

use crate::behaviours;
use crate::server::Server;

pub(crate) const BEHAVIOURS: &[crate::Behaviour] = behaviours![Usual:
    what_a_script_prints_and_returns_comes_back,
    a_script_that_throws_is_a_result_with_a_stack_trace,
    what_is_no_script_is_a_result_with_a_stack_trace,
    only_what_is_committed_stays,
    a_script_of_another_language_fails_as_a_result,
    a_form_over_the_limit_runs_nothing_and_the_hint_names_the_limit,
    a_form_below_the_limit_arrives_whole,
];

async fn run(server: &Server, client: &HacClient, script: &str, commit: Commit) -> ScriptResult {
    let script = Script::new(server.expected.script_type, script).commit(commit);
    client.execute_script(&script).await.expect("a result")
}

async fn what_a_script_prints_and_returns_comes_back(server: Arc<Server>) {
    let result = run(&server, &server.admin(), server.expected.scripts.prints, Commit::No).await;
    assert!(result.success(), "{result:?}");
    assert_eq!(result.output_text, "one\nzwei ä€😀\n");
    assert_eq!(result.execution_result.as_deref(), Some("null"));
}

async fn a_script_that_throws_is_a_result_with_a_stack_trace(server: Arc<Server>) {
    let result = run(&server, &server.admin(), server.expected.scripts.throws, Commit::No).await;
    assert!(!result.success());
    assert!(result.stacktrace_text.contains("over the edge"), "{result:?}");
    assert!(
        result.stacktrace_text.contains(server.expected.scripts.trace),
        "{result:?}"
    );
    assert_eq!(
        (result.output_text.as_str(), result.execution_result.as_deref()),
        ("before\n", Some(""))
    );
}

async fn what_is_no_script_is_a_result_with_a_stack_trace(server: Arc<Server>) {
    let result = run(&server, &server.admin(), server.expected.scripts.nonsense, Commit::No).await;
    assert!(!result.success(), "{result:?}");
}

async fn only_what_is_committed_stays(server: Arc<Server>) {
    let client = server.admin();
    let created = run(&server, &client, server.expected.scripts.create, Commit::Yes).await;
    assert!(created.success(), "{created:?}");
    for (commit, seen_inside, kept) in [(Commit::No, "1", "0"), (Commit::Yes, "1", "1"), (Commit::No, "2", "1")] {
        let result = run(&server, &client, server.expected.scripts.insert, commit).await;
        assert_eq!(result.execution_result.as_deref(), Some(seen_inside), "{result:?}");
        let rows = client
            .execute_flexiblesearch(FlexibleSearch::sql("SELECT COUNT(*) FROM kept"))
            .await
            .expect("rows");
        assert_eq!(rows.rows, [[Some(kept.to_owned())]], "after {commit:?}");
    }
}

async fn a_script_of_another_language_fails_as_a_result(server: Arc<Server>) {
    let script = Script::new(hac_client::ScriptType::BeanShell, "1");
    let result = server.admin().execute_script(&script).await.expect("a result");
    assert!(result.stacktrace_text.contains("beanshell"), "{result:?}");
}

async fn a_form_over_the_limit_runs_nothing_and_the_hint_names_the_limit(server: Arc<Server>) {
    let client = server.admin();
    client.login().await.expect("a login");
    let before = server.counts().await;
    let script = format!("/*{}*/ {}", "x".repeat(5_000_000), server.expected.scripts.answer);
    let script = Script::new(server.expected.script_type, script);
    for _ in 0..5 {
        let error = client.execute_script(&script).await.expect_err("too much for a form");
        assert_eq!(error.kind(), server.expected.big_form, "{error:?}");
        assert_eq!(
            error.kind() == ErrorKind::Rejected,
            error.hint().is_some_and(|hint| hint.contains("maxPostSize"))
        );
    }
    assert_eq!(server.counts().await.since(&before).executed, 0);
}

async fn a_form_below_the_limit_arrives_whole(server: Arc<Server>) {
    let script = format!("/*{}*/ {}", "x".repeat(2_000_000), server.expected.scripts.answer);
    let result = run(&server, &server.admin(), &script, Commit::No).await;
    assert_eq!(
        result.execution_result.as_deref(),
        Some("42"),
        "{}",
        result.stacktrace_text
    );
}
