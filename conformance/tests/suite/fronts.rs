//! What a balancer does besides: TLS and Basic authentication in front, and answers that it does not wait for.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hac_client::request::{Effect, HacRequest};
use hac_client::tls::Trust;
use hac_client::{Commit, Error, ErrorKind, HacClient, Script};

use crate::balancer::{Front, GATE, TOO_LONG};
use crate::behaviours;
use crate::nodes::{runs, write};
use crate::server::Server;

pub(crate) const BEHAVIOURS: &[crate::Behaviour] = behaviours![Balanced:
    behind_a_tls_proxy_the_client_stays_on_its_origin,
    behind_a_tls_proxy_only_the_pinned_certificate_is_trusted,
    a_gate_gets_its_own_credentials,
    a_rejection_by_a_gate_is_distinguished_from_one_by_hac,
    a_gate_behind_tls_gets_its_own_credentials,
    behind_a_gate_an_expired_session_is_renewed,
    a_script_that_exceeds_the_balancers_timeout_runs_once,
    a_read_that_exceeds_the_balancers_timeout_is_not_repeated,
];

async fn answer(server: &Server, client: &HacClient) -> Result<(), Error> {
    let script = Script::new(server.expected.script_type, server.expected.scripts.answer);
    let result = client.execute_script(script).await?;
    assert_eq!(result.execution_result.as_deref(), Some("42"), "{result:?}");
    Ok(())
}

async fn one_login_then_warm(server: &Server, client: &HacClient) {
    let before = server.counts().await;
    for _ in 0..3 {
        answer(server, client).await.expect("a result");
    }
    let counts = server.counts().await.since(&before);
    assert_eq!((counts.executed, counts.logins, counts.requests.len()), (3, 1, 7), "{counts:?}");
}

/// The nodes know nothing of TLS: their redirects lead to `http://`, with the port of the client's `https://`.
async fn behind_a_tls_proxy_the_client_stays_on_its_origin(server: Arc<Server>) {
    let client = server.builder_at(Front::Tls).build().expect("a client");
    one_login_then_warm(&server, &client).await;
    server.expire_sessions().await;
    answer(&server, &client).await.expect("a result");
}

async fn behind_a_tls_proxy_only_the_pinned_certificate_is_trusted(server: Arc<Server>) {
    let before = server.counts().await;
    for trust in [Trust::System, Trust::Pin("0".repeat(64).parse().expect("a fingerprint"))] {
        let client = server.builder_at(Front::Tls).trust(trust).build().expect("a client");
        assert_eq!(answer(&server, &client).await.expect_err("another certificate").kind(), ErrorKind::Tls);
    }
    assert_eq!(server.counts().await.since(&before).requests, [""; 0]);
}

async fn a_gate_gets_its_own_credentials(server: Arc<Server>) {
    let client = server.builder_at(Front::Gate).gate(GATE.0, GATE.1).build().expect("a client");
    one_login_then_warm(&server, &client).await;
}

async fn a_rejection_by_a_gate_is_distinguished_from_one_by_hac(server: Arc<Server>) {
    let before = server.counts().await;
    for builder in [server.builder_at(Front::Gate), server.builder_at(Front::Gate).gate(GATE.0, "wrong")] {
        let error = answer(&server, &builder.build().expect("a client")).await.expect_err("the gate is closed");
        assert_ne!(error.kind(), ErrorKind::BadCredentials, "HAC was not asked: {error:?}");
        assert!(error.to_string().contains("401"), "{error:?}");
        assert!(error.hint().is_some_and(|hint| hint.to_string().contains("gate")), "{error:?}");
    }
    assert_eq!(server.counts().await.since(&before).requests, [""; 0]);
}

async fn a_gate_behind_tls_gets_its_own_credentials(server: Arc<Server>) {
    let client = server.builder_at(Front::TlsGate).gate(GATE.0, GATE.1).build().expect("a client");
    one_login_then_warm(&server, &client).await;
}

async fn behind_a_gate_an_expired_session_is_renewed(server: Arc<Server>) {
    let client = server.builder_at(Front::TlsGate).gate(GATE.0, GATE.1).build().expect("a client");
    answer(&server, &client).await.expect("a result");
    server.expire_sessions().await;
    let before = server.counts().await;
    answer(&server, &client).await.expect("a result");
    let counts = server.counts().await.since(&before);
    assert_eq!((counts.executed, counts.logins), (1, 1), "{counts:?}");
}

async fn a_script_that_exceeds_the_balancers_timeout_runs_once(server: Arc<Server>) {
    let client = server.builder_at(Front::Impatient).build().expect("a client");
    answer(&server, &client).await.expect("a result");
    let before = server.counts().await;
    // It leaves the line after it has slept.
    let slow = format!("Thread.sleep({}); {}", TOO_LONG.as_millis(), write(&server, "outlived", ""));
    let slow = Script::new(server.expected.script_type, slow).commit(Commit::Yes);
    let error = client.execute_script(slow).await.expect_err("the balancer has no patience");
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error:?}");
    assert!(error.to_string().contains("504"), "{error}");
    assert!(error.hint().is_some_and(|hint| hint.to_string().contains("not sent again")), "{error:?}");
    let began = Instant::now();
    while runs(&server, "outlived") == 0 {
        assert!(began.elapsed() < Duration::from_secs(60), "it does not end");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!((server.counts().await.since(&before).executed, runs(&server, "outlived")), (1, 1));
    answer(&server, &client).await.expect("a result on the same session");
    assert_eq!(server.counts().await.since(&before).logins, 0);
}

async fn a_read_that_exceeds_the_balancers_timeout_is_not_repeated(server: Arc<Server>) {
    let client = server.builder_at(Front::Impatient).build().expect("a client");
    answer(&server, &client).await.expect("a result");
    let before = server.counts().await;
    let slow = format!("Thread.sleep({}); return 42", TOO_LONG.as_millis());
    let script_type = server.expected.script_type;
    let read = HacRequest::post("/console/scripting/execute", Effect::Read)
        .form([("script", slow.as_str()), ("scriptType", script_type.as_str()), ("commit", "false")])
        .expect_json(["executionResult"]);
    let error = client.send(&read).await.expect_err("the balancer has no patience");
    assert!(error.to_string().contains("504") && error.hint().is_some(), "{error:?}");
    assert_eq!(server.counts().await.since(&before).executed, 1);
}
