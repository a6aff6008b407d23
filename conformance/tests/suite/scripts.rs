//! Scripts, in a real engine and a real transaction.

use std::sync::Arc;

use hac_client::{Commit, Error, ErrorKind, FlexibleSearch, HacClient, Script, ScriptResult};

use crate::behaviours;
use crate::browser::Browser;
use crate::server::Server;

pub(crate) const BEHAVIOURS: &[crate::Behaviour] = behaviours![Usual:
    the_output_and_the_result_of_a_script_are_returned,
    a_script_that_throws_is_a_result_with_a_stack_trace,
    an_invalid_script_is_a_result_with_a_stack_trace,
    only_committed_changes_persist,
    a_script_in_the_wrong_language_is_a_failed_result,
    a_form_over_the_limit_runs_nothing_and_the_hint_names_the_limit,
    a_form_below_the_limit_arrives_complete,
    a_form_below_the_limit_is_sent_again_after_its_session_expired,
    a_long_output_arrives_complete,
    quotes_and_line_breaks_arrive_unchanged,
    the_usual_words_for_true_commit,
];

pub(crate) const ELSEWHERE: &[crate::Behaviour] = behaviours![Elsewhere:
    a_big_form_is_sent_again_after_its_session_expired,
];

async fn run(server: &Server, client: &HacClient, script: &str, commit: Commit) -> ScriptResult {
    let script = Script::new(server.expected.script_type, script).commit(commit);
    client.execute_script(script).await.or_else(Error::into_outcome).expect("a result")
}

async fn the_output_and_the_result_of_a_script_are_returned(server: Arc<Server>) {
    let result = run(&server, &server.admin(), server.expected.scripts.prints, Commit::No).await;
    assert!(result.success(), "{result:?}");
    assert_eq!(result.output_text, "one\nzwei ä€😀\n");
    assert_eq!(result.execution_result.as_deref(), Some("null"));
}

async fn a_script_that_throws_is_a_result_with_a_stack_trace(server: Arc<Server>) {
    let result = run(&server, &server.admin(), server.expected.scripts.throws, Commit::No).await;
    assert!(!result.success());
    assert!(result.stacktrace_text.contains("over the edge"), "{result:?}");
    assert!(result.stacktrace_text.contains(server.expected.scripts.trace), "{result:?}");
    assert_eq!((result.output_text.as_str(), result.execution_result.as_deref()), ("before\n", Some("")));
}

async fn an_invalid_script_is_a_result_with_a_stack_trace(server: Arc<Server>) {
    let result = run(&server, &server.admin(), server.expected.scripts.nonsense, Commit::No).await;
    assert!(!result.success(), "{result:?}");
}

async fn only_committed_changes_persist(server: Arc<Server>) {
    let client = server.admin();
    let emptied = FlexibleSearch::sql("DROP TABLE IF EXISTS kept").commit(Commit::Yes);
    client.execute_flexiblesearch(emptied).await.or_else(Error::into_outcome).expect("a result");
    let created = run(&server, &client, server.expected.scripts.create, Commit::Yes).await;
    assert!(created.success(), "{created:?}");
    for (commit, seen_inside, kept) in [(Commit::No, "1", "0"), (Commit::Yes, "1", "1"), (Commit::No, "2", "1")] {
        let result = run(&server, &client, server.expected.scripts.insert, commit).await;
        assert_eq!(result.execution_result.as_deref(), Some(seen_inside), "{result:?}");
        let rows = client.execute_flexiblesearch(FlexibleSearch::sql("SELECT COUNT(*) FROM kept")).await.expect("rows");
        assert_eq!(rows.rows, [[Some(kept.to_owned())]], "after {commit:?}");
    }
}

async fn a_form_below_the_limit_is_sent_again_after_its_session_expired(server: Arc<Server>) {
    let client = server.admin();
    let script = format!("/*{}*/ {}", "x".repeat(2_000_000), server.expected.scripts.answer);
    client.login().await.expect("a login");
    for _ in 0..3 {
        server.expire_sessions().await;
        let before = server.counts().await;
        let result = run(&server, &client, &script, Commit::No).await;
        assert_eq!(result.execution_result.as_deref(), Some("42"), "{}", result.stacktrace_text);
        let counts = server.counts().await.since(&before);
        assert_eq!((counts.executed, counts.logins), (1, 1), "{counts:?}");
    }
}

/// More than the server would read of a form that it does not want.
async fn a_big_form_is_sent_again_after_its_session_expired(server: Arc<Server>) {
    let client = server.admin();
    let script = format!("/*{}*/ {}", "x".repeat(6_000_000), server.expected.scripts.answer);
    client.login().await.expect("a login");
    for _ in 0..3 {
        server.expire_sessions().await;
        let before = server.counts().await;
        let result = run(&server, &client, &script, Commit::No).await;
        assert_eq!(result.execution_result.as_deref(), Some("42"), "{}", result.stacktrace_text);
        let counts = server.counts().await.since(&before);
        assert_eq!((counts.executed, counts.logins), (1, 1), "{counts:?}");
    }
}

async fn a_long_output_arrives_complete(server: Arc<Server>) {
    let result = run(&server, &server.admin(), server.expected.scripts.long, Commit::No).await;
    assert_eq!(result.output_text.len(), 5_000_001, "{}", result.stacktrace_text);
}

async fn quotes_and_line_breaks_arrive_unchanged(server: Arc<Server>) {
    let text = "a'b\"c\\d$e`f</script>&amp;%2B+\u{1f600}\u{2028}";
    let client = server.admin();
    for line_end in ["\n", "\r\n"] {
        let literal: String =
            text.chars().map(|c| if "'\\".contains(c) { format!("\\{c}") } else { c.to_string() }).collect();
        let script = format!("//{line_end}println({line_end}'{literal}'){line_end}");
        assert_eq!(run(&server, &client, &script, Commit::No).await.output_text, format!("{text}\n"));
    }
}

async fn the_usual_words_for_true_commit(server: Arc<Server>) {
    let mut browser = Browser::at(&server);
    let token = browser.admin().await;
    let client = server.admin();
    let emptied = FlexibleSearch::sql("DROP TABLE IF EXISTS kept").commit(Commit::Yes);
    client.execute_flexiblesearch(emptied).await.or_else(Error::into_outcome).expect("a result");
    run(&server, &client, server.expected.scripts.create, Commit::Yes).await;
    let mut kept = 0;
    for (word, status) in [("TRUE", 200), ("on", 200), ("yes", 200), ("1", 200), ("maybe", 400)] {
        let (script, script_type) = (server.expected.scripts.insert, server.expected.script_type.as_str());
        let fields = [("script", script), ("scriptType", script_type), ("commit", word)];
        assert_eq!(browser.post("/console/scripting/execute", &token, &fields).await.status, status, "{word}");
        kept += usize::from(status == 200);
        let rows = client.execute_flexiblesearch(FlexibleSearch::sql("SELECT COUNT(*) FROM kept")).await.expect("rows");
        assert_eq!(rows.rows, [[Some(kept.to_string())]], "after {word}");
    }
}

async fn a_script_in_the_wrong_language_is_a_failed_result(server: Arc<Server>) {
    let script = Script::new(hac_client::ScriptType::BeanShell, "1");
    let result = server.admin().execute_script(script).await.or_else(Error::into_outcome).expect("a result");
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
        assert_eq!(error.kind(), ErrorKind::Rejected, "{error:?}");
        assert!(error.hint().expect("a hint").to_string().contains("maxPostSize"), "{error:?}");
    }
    assert_eq!(server.counts().await.since(&before).executed, 0);
}

async fn a_form_below_the_limit_arrives_complete(server: Arc<Server>) {
    let script = format!("/*{}*/ {}", "x".repeat(2_000_000), server.expected.scripts.answer);
    let result = run(&server, &server.admin(), &script, Commit::No).await;
    assert_eq!(result.execution_result.as_deref(), Some("42"), "{}", result.stacktrace_text);
}
