//! A session in use: warm calls, changed tokens, sessions that ended, many calls at once.

use std::sync::Arc;
use std::time::Duration;

use hac_client::session::SessionState;
use hac_client::{Commit, HacClient, Script, ScriptResult, Validation};
use tokio::task::JoinSet;

use crate::behaviours;
use crate::server::{SHORT_SESSION, Server};

pub(crate) const BEHAVIOURS: &[crate::Behaviour] = behaviours![Usual:
    a_warm_call_is_one_request,
    a_stored_session_is_used_by_the_next_client,
    a_changed_token_is_adopted_without_a_login,
    an_expired_session_is_renewed_and_the_script_runs_once,
    a_logout_ends_the_session_and_the_next_call_logs_in,
    logging_out_of_an_expired_session_is_not_an_error,
    concurrent_calls_share_a_session,
    concurrent_calls_run_concurrently,
    concurrent_calls_renew_an_expired_session_once,
    concurrent_calls_of_a_new_client_log_in_once,
];

pub(crate) const ELSEWHERE: &[crate::Behaviour] = behaviours![Elsewhere:
    a_session_that_was_idle_for_too_long_is_renewed,
];

const EXECUTE: &str = "POST /hac/console/scripting/execute";

fn answer(server: &Server) -> Script {
    Script::new(server.expected.script_type, server.expected.scripts.answer)
}

async fn run(server: &Server, client: &HacClient) -> ScriptResult {
    let result = client.execute_script(answer(server)).await.expect("a result");
    assert_eq!(result.execution_result.as_deref(), Some("42"), "{result:?}");
    result
}

async fn a_warm_call_is_one_request(server: Arc<Server>) {
    let client = server.admin();
    run(&server, &client).await;
    let before = server.counts().await;
    for _ in 0..3 {
        run(&server, &client).await;
    }
    let counts = server.counts().await.since(&before);
    assert_eq!(counts.requests, [EXECUTE; 3]);
    assert_eq!((counts.executed, counts.logins), (3, 0));
}

async fn a_stored_session_is_used_by_the_next_client(server: Arc<Server>) {
    let directory = tempfile::tempdir().expect("a directory");
    let stored = || server.builder("admin", "nimda").cache_dir(directory.path());
    run(&server, &stored().build().expect("a client")).await;
    let before = server.counts().await;
    run(&server, &stored().validation(Validation::OnUse).build().expect("a client")).await;
    assert_eq!(server.counts().await.since(&before).requests, [EXECUTE]);
    let before = server.counts().await;
    run(&server, &stored().validation(Validation::Probe).build().expect("a client")).await;
    assert_eq!(server.counts().await.since(&before).requests, ["GET /hac/", EXECUTE]);
}

async fn a_changed_token_is_adopted_without_a_login(server: Arc<Server>) {
    let client = server.admin();
    run(&server, &client).await;
    server.rotate_tokens().await;
    let before = server.counts().await;
    run(&server, &client).await;
    let counts = server.counts().await.since(&before);
    // Two pages must show the same new token before a write is sent again.
    assert_eq!(counts.requests, [EXECUTE, "GET /hac/", "GET /hac/", EXECUTE]);
    assert_eq!((counts.executed, counts.logins), (1, 0));
}

async fn an_expired_session_is_renewed_and_the_script_runs_once(server: Arc<Server>) {
    let client = server.admin();
    run(&server, &client).await;
    server.expire_sessions().await;
    let before = server.counts().await;
    run(&server, &client).await;
    let counts = server.counts().await.since(&before);
    assert_eq!((counts.executed, counts.logins, counts.login_posts()), (1, 1, 1), "{counts:?}");
    let before = server.counts().await;
    run(&server, &client).await;
    assert_eq!(server.counts().await.since(&before).requests, [EXECUTE]);
}

async fn a_logout_ends_the_session_and_the_next_call_logs_in(server: Arc<Server>) {
    let client = server.admin();
    assert!(!client.logout().await.expect("nothing to do"));
    run(&server, &client).await;
    let before = server.counts().await;
    assert!(client.logout().await.expect("logged out"));
    assert_eq!(server.counts().await.since(&before).requests, ["POST /hac/j_spring_security_logout"]);
    assert_eq!(client.check().await.expect("an answer"), SessionState::Absent);
    let before = server.counts().await;
    run(&server, &client).await;
    assert_eq!(server.counts().await.since(&before).logins, 1);
}

async fn logging_out_of_an_expired_session_is_not_an_error(server: Arc<Server>) {
    let client = server.admin();
    run(&server, &client).await;
    server.expire_sessions().await;
    assert!(client.logout().await.expect("it is over"));
}

async fn at_once(server: &Arc<Server>, client: &HacClient, calls: usize) {
    let mut running = JoinSet::new();
    for _ in 0..calls {
        let (server, client) = (Arc::clone(server), client.clone());
        running.spawn(async move { run(&server, &client).await });
    }
    while let Some(ended) = running.join_next().await {
        ended.expect("a call that succeeds");
    }
}

fn wide(server: &Server) -> HacClient {
    server.builder("admin", "nimda").session_persistence(false).max_in_flight(32).build().expect("a client")
}

async fn concurrent_calls_share_a_session(server: Arc<Server>) {
    let client = wide(&server);
    run(&server, &client).await;
    for calls in [1, 2, 4, 8, 16, 32] {
        let before = server.counts().await;
        at_once(&server, &client, calls).await;
        let counts = server.counts().await.since(&before);
        assert_eq!(counts.requests, vec![EXECUTE; calls]);
        assert_eq!((counts.executed, counts.logins), (calls, 0));
    }
}

async fn concurrent_calls_run_concurrently(server: Arc<Server>) {
    const CALLS: usize = 32;
    let client = wide(&server);
    run(&server, &client).await;
    let meeting = Script::new(server.expected.script_type, server.meeting_of(CALLS));
    let mut running = JoinSet::new();
    for _ in 0..CALLS {
        let (script, client) = (meeting.clone(), client.clone());
        running.spawn(async move { client.execute_script(script).await.expect("a result") });
    }
    for result in running.join_all().await {
        assert_eq!(result.execution_result.as_deref(), Some("42"), "they did not meet: {result:?}");
    }
}

async fn concurrent_calls_renew_an_expired_session_once(server: Arc<Server>) {
    let client = wide(&server);
    run(&server, &client).await;
    server.expire_sessions().await;
    let before = server.counts().await;
    at_once(&server, &client, 32).await;
    let counts = server.counts().await.since(&before);
    assert_eq!((counts.executed, counts.logins, counts.login_posts()), (32, 1, 1), "{counts:?}");
}

async fn concurrent_calls_of_a_new_client_log_in_once(server: Arc<Server>) {
    let client = wide(&server);
    let before = server.counts().await;
    at_once(&server, &client, 32).await;
    let counts = server.counts().await.since(&before);
    assert_eq!((counts.executed, counts.logins, counts.login_posts()), (32, 1, 1), "{counts:?}");
}

async fn a_session_that_was_idle_for_too_long_is_renewed(server: Arc<Server>) {
    let client = server.admin();
    run(&server, &client).await;
    // The server's own clock is what is tested here.
    tokio::time::sleep(SHORT_SESSION + Duration::from_secs(1)).await;
    assert_eq!(client.check().await.expect("an answer"), SessionState::Dead);
    let before = server.counts().await;
    let result = client.execute_script(answer(&server).commit(Commit::No)).await.expect("a result");
    assert_eq!(result.execution_result.as_deref(), Some("42"));
    let counts = server.counts().await.since(&before);
    assert_eq!((counts.executed, counts.logins), (1, 1), "{counts:?}");
}
