//! Proxies and other hazards must not cost a password, a session or a second execution.

use std::sync::Arc;

use hac_client::{Commit, Error, ErrorKind, HacClient, Script};

use crate::behaviours;
use crate::middle::{Manners, Middle, Shop};
use crate::server::{Counts, Server};

pub(crate) const BEHAVIOURS: &[crate::Behaviour] = behaviours![Usual:
    behind_tls_an_http_address_does_not_downgrade_https,
    a_shop_next_to_hac_gets_no_request,
    a_shop_in_place_of_hac_gets_no_password,
    a_missing_token_is_an_error_and_not_a_loop,
    a_rejection_with_another_session_does_not_replace_the_session,
    a_missing_session_is_an_error_and_not_a_loop,
];

const EXECUTE: &str = "POST /hac/console/scripting/execute";

async fn answer(server: &Server, client: &HacClient) -> Result<(), Error> {
    let script = Script::new(server.expected.script_type, server.expected.scripts.answer).commit(Commit::Yes);
    let result = client.execute_script(script).await?;
    assert_eq!(result.execution_result.as_deref(), Some("42"), "{result:?}");
    Ok(())
}

/// Where several nodes stand behind a balancer, nobody knows in which order they were asked.
fn asked(counts: &Counts) -> Vec<&str> {
    let mut requests: Vec<_> = counts.requests.iter().map(String::as_str).collect();
    requests.sort_unstable();
    requests
}

async fn behind_tls_an_http_address_does_not_downgrade_https(server: Arc<Server>) {
    let middle = Middle::before(&server, Manners { tls: true, ..Manners::default() }).await;
    // The server knows nothing of TLS, and announces itself as it sees itself.
    let by_hand = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .danger_accept_invalid_certs(true)
        .no_proxy()
        .build()
        .expect("an HTTP client");
    let seen = by_hand.get(format!("{}/hac/", middle.url)).send().await.expect("an answer");
    let location = seen.headers()[reqwest::header::LOCATION].to_str().expect("a text");
    assert!(location.starts_with(&middle.url.replace("https://", "http://")), "{location}");

    let before = server.counts().await;
    let client = middle.builder().build().expect("a client");
    answer(&server, &client).await.expect("a result");
    server.expire_sessions().await;
    answer(&server, &client).await.expect("a result");
    let counts = server.counts().await.since(&before);
    assert_eq!((counts.executed, counts.logins, counts.login_posts()), (2, 2, 2), "{counts:?}");
    assert_eq!(middle.plain(), 0, "somebody came in plain");
}

async fn a_shop_next_to_hac_gets_no_request(server: Arc<Server>) {
    let middle = Middle::before(&server, Manners { shop: Shop::BesideHac, ..Manners::default() }).await;
    let client = middle.builder().build().expect("a client");
    let before = server.counts().await;
    answer(&server, &client).await.expect("a result");
    server.expire_sessions().await;
    answer(&server, &client).await.expect("a result");
    assert!(client.logout().await.expect("logged out"));
    let counts = server.counts().await.since(&before);
    assert_eq!((counts.executed, counts.logins), (2, 2), "{counts:?}");
    assert_eq!(middle.asked_of_the_shop(), [""; 0]);
}

async fn a_shop_in_place_of_hac_gets_no_password(server: Arc<Server>) {
    let middle = Middle::before(&server, Manners { shop: Shop::InPlaceOfHac, ..Manners::default() }).await;
    let client = middle.builder().build().expect("a client");
    let error = answer(&server, &client).await.expect_err("a shop");
    assert_eq!(error.kind(), ErrorKind::NotHac, "{error:?}");
    assert!(error.to_string().contains("My Shop") && error.hint().is_some(), "{error:?}");
    assert_eq!(middle.asked_of_the_shop(), ["GET /hac/", "GET /"]);
}

/// The POST is refused, and the page shows the token that was sent.
async fn a_missing_token_is_an_error_and_not_a_loop(server: Arc<Server>) {
    let manners = Manners { loses: Some("x-csrf-token"), times: usize::MAX, ..Manners::default() };
    let middle = Middle::before(&server, manners).await;
    let client = middle.builder().build().expect("a client");
    client.login().await.expect("a login");
    for _ in 0..2 {
        let before = server.counts().await;
        let error = answer(&server, &client).await.expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Forbidden, "{error:?}");
        assert!(error.to_string().contains("the session is still valid"), "{error:?}");
        assert!(error.hint().is_some_and(|hint| hint.to_string().contains("X-CSRF-TOKEN")), "{error:?}");
        let counts = server.counts().await.since(&before);
        assert_eq!(asked(&counts), ["GET /hac/", EXECUTE]);
        assert_eq!((counts.executed, counts.logins), (0, 0), "{counts:?}");
    }
}

/// The refusing answer sets an anonymous session.
async fn a_rejection_with_another_session_does_not_replace_the_session(server: Arc<Server>) {
    let middle = Middle::before(&server, Manners { loses: Some("cookie"), times: 1, ..Manners::default() }).await;
    let directory = tempfile::tempdir().expect("a directory");
    let client = || middle.builder().session_persistence(true).cache_dir(directory.path()).build().expect("a client");
    let first = client();
    first.login().await.expect("a login");
    let before = server.counts().await;
    answer(&server, &first).await.expect("a result");
    let counts = server.counts().await.since(&before);
    assert_eq!(asked(&counts), ["GET /hac/", EXECUTE, EXECUTE]);
    assert_eq!((counts.executed, counts.logins), (1, 0), "{counts:?}");
    // Nor was it stored.
    let before = server.counts().await;
    for client in [first, client()] {
        answer(&server, &client).await.expect("a result");
    }
    let counts = server.counts().await.since(&before);
    assert_eq!((counts.executed, counts.logins), (2, 0), "{counts:?}");
}

async fn a_missing_session_is_an_error_and_not_a_loop(server: Arc<Server>) {
    let manners = Manners { loses: Some("cookie"), times: usize::MAX, ..Manners::default() };
    let middle = Middle::before(&server, manners).await;
    let client = middle.builder().build().expect("a client");
    client.login().await.expect("a login");
    let before = server.counts().await;
    let error = answer(&server, &client).await.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Forbidden, "{error:?}");
    assert!(error.hint().is_some(), "{error:?}");
    let counts = server.counts().await.since(&before);
    assert_eq!(counts.requests.iter().filter(|request| *request == EXECUTE).count(), 2, "{counts:?}");
    assert_eq!((counts.executed, counts.logins), (0, 0), "{counts:?}");
}
