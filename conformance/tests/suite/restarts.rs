//! A server that stops, and starts again at its port without knowing anybody.

use std::sync::Arc;

use hac_client::session::SessionState;
use hac_client::{Commit, Error, ErrorKind, HacClient, Script, Validation};
use tokio::task::JoinSet;

use crate::behaviours;
use crate::server::Server;

pub(crate) const BEHAVIOURS: &[crate::Behaviour] = behaviours![Alone:
    after_a_restart_the_session_is_renewed_once_and_the_write_runs_once,
    after_a_restart_concurrent_calls_renew_the_session_once,
    a_server_that_is_down_is_reported_and_the_session_is_kept,
];

const EXECUTE: &str = "POST /hac/console/scripting/execute";

async fn write(server: &Server, client: &HacClient) -> Result<(), Error> {
    let script = Script::new(server.expected.script_type, server.expected.scripts.answer).commit(Commit::Yes);
    let result = client.execute_script(script).await?;
    assert_eq!(result.execution_result.as_deref(), Some("42"), "{result:?}");
    Ok(())
}

async fn after_a_restart_the_session_is_renewed_once_and_the_write_runs_once(server: Arc<Server>) {
    let directory = tempfile::tempdir().expect("a directory");
    let client = || {
        let builder = server.builder("admin", "nimda").cache_dir(directory.path());
        builder.validation(Validation::OnUse).build().expect("a client")
    };
    let first = client();
    for another in [first.clone(), client()] {
        write(&server, &first).await.expect("a result");
        server.stop();
        server.start_again();
        let before = server.counts().await;
        write(&server, &another).await.expect("a result");
        let counts = server.counts().await.since(&before);
        assert_eq!((counts.executed, counts.logins, counts.login_posts()), (1, 1, 1), "{counts:?}");
        // The new session is in the cache.
        let before = server.counts().await;
        write(&server, &client()).await.expect("a result");
        assert_eq!(server.counts().await.since(&before).requests, [EXECUTE]);
    }
}

async fn after_a_restart_concurrent_calls_renew_the_session_once(server: Arc<Server>) {
    const CALLS: usize = 32;
    let client = server.builder("admin", "nimda").session_persistence(false).max_in_flight(CALLS).build();
    let client = client.expect("a client");
    write(&server, &client).await.expect("a result");
    server.stop();
    server.start_again();
    let before = server.counts().await;
    let mut running = JoinSet::new();
    for _ in 0..CALLS {
        let (server, client) = (Arc::clone(&server), client.clone());
        running.spawn(async move { write(&server, &client).await.expect("a result") });
    }
    while let Some(ended) = running.join_next().await {
        ended.expect("a call that succeeds");
    }
    let counts = server.counts().await.since(&before);
    assert_eq!((counts.executed, counts.logins, counts.login_posts()), (CALLS, 1, 1), "{counts:?}");
}

async fn a_server_that_is_down_is_reported_and_the_session_is_kept(server: Arc<Server>) {
    let directory = tempfile::tempdir().expect("a directory");
    let client = server.builder("admin", "nimda").cache_dir(directory.path()).build().expect("a client");
    write(&server, &client).await.expect("a result");
    server.stop();
    for _ in 0..2 {
        let error = write(&server, &client).await.expect_err("nobody listens");
        assert_eq!(error.kind(), ErrorKind::Connect, "not an unknown outcome: {error:?}");
        assert!(error.kind().may_be_resent() && error.hint().is_some(), "{error:?}");
    }
    assert_eq!(client.check().await.expect_err("nobody listens").kind(), ErrorKind::Connect);
    server.start_again();
    assert_eq!(client.check().await.expect("an answer"), SessionState::Dead, "the session was not thrown away");
    let before = server.counts().await;
    write(&server, &client).await.expect("a result");
    let counts = server.counts().await.since(&before);
    assert_eq!((counts.executed, counts.logins), (1, 1), "{counts:?}");
}
