//! Logging in by the client.

use std::sync::Arc;

use hac_client::session::{SessionSource, SessionState};
use hac_client::tls::Trust;
use hac_client::{Commit, ErrorKind};

use crate::behaviours;
use crate::server::{FOREIGN, Server};

pub(crate) const BEHAVIOURS: &[crate::Behaviour] = behaviours![Usual:
    a_cold_client_finds_the_context_path_and_logs_in,
    a_context_path_in_the_address_is_used_as_given,
    a_wrong_password_is_posted_once,
    username_and_password_may_contain_any_character,
    two_clients_of_one_user_have_separate_sessions,
    a_wrong_context_path_is_reported_and_no_password_is_sent,
    gate_credentials_that_hac_itself_accepts_are_reported,
];

pub(crate) const ELSEWHERE: &[crate::Behaviour] = behaviours![Elsewhere:
    a_client_finds_hac_at_the_root,
    the_session_cookie_is_secure_if_the_server_knows_of_https,
    only_the_pinned_certificate_is_trusted,
];

async fn a_cold_client_finds_the_context_path_and_logs_in(server: Arc<Server>) {
    let before = server.counts().await;
    let client = server.admin();
    let info = client.login().await.expect("a login");
    assert_eq!((info.context_path.as_str(), info.source), ("/hac", SessionSource::LoggedIn));
    let counts = server.counts().await.since(&before);
    assert_eq!((counts.logins, counts.login_posts(), counts.requests.len()), (1, 1, 4), "{counts:?}");
    assert_eq!(client.check().await.expect("an answer"), SessionState::Alive);
}

async fn a_context_path_in_the_address_is_used_as_given(server: Arc<Server>) {
    let client = hac_client::HacClient::builder(format!("{}/hac", server.url))
        .auth_handler(hac_client::BasicAuthHandler::new("admin", "nimda"))
        .session_persistence(false)
        .build()
        .expect("a client");
    assert_eq!(client.login().await.expect("a login").context_path.as_str(), "/hac");
}

async fn a_wrong_password_is_posted_once(server: Arc<Server>) {
    let before = server.counts().await;
    let client = server.client("admin", "wrong");
    for _ in 0..2 {
        let error = client.execute_groovy("1", Commit::No).await.expect_err("no login");
        assert_eq!(error.kind(), ErrorKind::BadCredentials, "{error:?}");
    }
    let counts = server.counts().await.since(&before);
    assert_eq!((counts.logins, counts.login_posts(), counts.executed), (0, 1, 0), "{counts:?}");
}

async fn username_and_password_may_contain_any_character(server: Arc<Server>) {
    let client = server.client(FOREIGN.0, FOREIGN.1);
    client.login().await.expect("a login");
    assert_eq!(client.check().await.expect("an answer"), SessionState::Alive);
}

async fn two_clients_of_one_user_have_separate_sessions(server: Arc<Server>) {
    let (first, second) = (server.admin(), server.admin());
    first.login().await.expect("a login");
    second.login().await.expect("another");
    assert_eq!(first.check().await.expect("an answer"), SessionState::Alive);
    assert!(first.logout().await.expect("logged out"));
    assert_eq!(second.check().await.expect("an answer"), SessionState::Alive);
}

async fn a_wrong_context_path_is_reported_and_no_password_is_sent(server: Arc<Server>) {
    let client = server.builder("admin", "nimda").context_path("/nowhere").session_persistence(false).build();
    let before = server.counts().await;
    let error = client.expect("a client").login().await.expect_err("no HAC there");
    assert_eq!(error.kind(), ErrorKind::NotHac, "{error:?}");
    assert_eq!(server.counts().await.since(&before).login_posts(), 0);
}

/// They go with each request, so the first page is the console already, and nobody could tell when the session ends.
async fn gate_credentials_that_hac_itself_accepts_are_reported(server: Arc<Server>) {
    let builder = server.builder("admin", "nimda").session_persistence(false).gate("admin", "nimda");
    let client = builder.build().expect("a client");
    let before = server.counts().await;
    let error = client.login().await.expect_err("no login page");
    assert_eq!(error.kind(), ErrorKind::Config, "{error:?}");
    assert!(error.hint().is_some_and(|hint| hint.to_string().contains("gate")), "{error:?}");
    let counts = server.counts().await.since(&before);
    assert_eq!((counts.requests, counts.executed), (vec!["GET /hac/".to_owned()], 0));
}

async fn a_client_finds_hac_at_the_root(server: Arc<Server>) {
    let before = server.counts().await;
    let client = server.admin();
    let info = client.login().await.expect("a login");
    assert_eq!(info.context_path.as_str(), "");
    let counts = server.counts().await.since(&before);
    assert_eq!(counts.requests, server.expected.finding_the_root);
    assert_eq!(counts.logins, 1);
}

async fn the_session_cookie_is_secure_if_the_server_knows_of_https(server: Arc<Server>) {
    let seen = crate::browser::Browser::at(&server).get(server.expected.login_page).await;
    let cookie = seen.set_cookies.iter().find(|cookie| cookie.starts_with("JSESSIONID=")).expect("a session");
    let (_, attributes) = cookie.split_at(cookie.find(';').expect("attributes"));
    assert_eq!(attributes, server.expected.cookie_on_https);
}

async fn only_the_pinned_certificate_is_trusted(server: Arc<Server>) {
    let login = |trust| {
        let client =
            server.builder("admin", "nimda").trust(trust).session_persistence(false).build().expect("a client");
        async move { client.login().await }
    };
    login(Trust::Pin(server.pin.expect("https"))).await.expect("a login");
    login(Trust::Nothing).await.expect("a login");
    let before = server.counts().await;
    for trust in [Trust::System, Trust::Pin("0".repeat(64).parse().expect("a fingerprint"))] {
        let error = login(trust).await.expect_err("another certificate");
        assert_eq!(error.kind(), ErrorKind::Tls, "{error:?}");
    }
    assert_eq!(server.counts().await.since(&before).requests, [""; 0]);
}
