use http::HeaderMap;

use super::cookie::Jar;
use super::login::LoggedIn;
use super::metadata::now;
use super::*;
use crate::{BasicAuthHandler, HacClient, HacClientBuilder};

fn client(adjust: impl FnOnce(HacClientBuilder) -> HacClientBuilder) -> HacClient {
    let builder = HacClient::builder("http://127.0.0.1:9").auth_handler(BasicAuthHandler::new("admin", "nimda"));
    adjust(builder).build().expect("a client")
}

fn session(id: &str) -> ActiveSession {
    let mut jar = Jar::new("JSESSIONID");
    jar.insert("JSESSIONID", id, "/hac", false);
    ActiveSession::from_login(LoggedIn {
        session_id: id.into(),
        token: "T".into(),
        context_path: ContextPath::new("/hac").expect("a path"),
        jar,
        login_path: None,
    })
}

#[test]
fn an_answer_to_a_session_that_was_replaced_meanwhile_changes_nothing() {
    let client = client(|builder| builder.session_persistence(false));
    let sessions = &client.engine().sessions;
    let first = sessions.install(session("FIRST"));
    let second = sessions.install(session("SECOND"));
    let mut headers = HeaderMap::new();
    headers.insert(http::header::SET_COOKIE, http::HeaderValue::from_static("JSESSIONID=MOVED; Path=/hac"));
    let id = || sessions.in_memory().map(|live| live.session_id.expose().to_owned());
    sessions.answered(&first, &headers, "/hac/console/scripting/execute");
    assert_eq!(id().as_deref(), Some("SECOND"));
    sessions.answered(&second, &headers, "/hac/console/scripting/execute");
    assert_eq!(id().as_deref(), Some("MOVED"));
}

#[tokio::test]
async fn a_cookie_that_was_not_stored_at_once_is_stored_with_the_next_use() {
    let directory = tempfile::tempdir().expect("a directory");
    let client = client(|builder| builder.cache_dir(directory.path()));
    let sessions = &client.engine().sessions;
    let live = sessions.install(session("A"));
    sessions.store.save(&sessions.key, &live.to_stored(&sessions.key)).expect("saved");
    let names = async || {
        let stored = sessions.stored().await.expect("a session");
        stored.cookies.iter().map(|cookie| cookie.name.clone()).collect::<Vec<_>>()
    };
    let mut headers = HeaderMap::new();
    headers.insert(http::header::SET_COOKIE, http::HeaderValue::from_static("AFFINITY=blue; Path=/"));
    sessions.answered(&live, &headers, "/hac/console/scripting/execute");
    assert_eq!(names().await, ["JSESSIONID"], "it was stored just now");
    let used_at = |at: f64| {
        if let Some(current) = &mut sessions.state().current {
            Arc::make_mut(current).last_used_at = at;
        }
    };
    used_at(now() - 6.0);
    sessions.answered(&live, &HeaderMap::new(), "/hac/console/scripting/execute");
    assert_eq!(names().await, ["JSESSIONID", "AFFINITY"]);
    // Another process has made another session: that one stays.
    sessions.store.save(&sessions.key, &session("B").to_stored(&sessions.key)).expect("saved");
    used_at(now() - 6.0);
    sessions.answered(&live, &headers, "/hac/x");
    headers.insert(http::header::SET_COOKIE, http::HeaderValue::from_static("AFFINITY=green; Path=/"));
    used_at(now() - 6.0);
    sessions.answered(&live, &headers, "/hac/x");
    assert_eq!(sessions.stored().await.expect("a session").metadata.session_id.expose(), "B");
}
fn moved_to(id: &'static str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(http::header::SET_COOKIE, http::HeaderValue::from_static(id));
    headers
}

#[tokio::test]
async fn a_new_session_id_is_stored_with_a_later_answer_if_the_lock_was_busy() {
    let directory = tempfile::tempdir().expect("a directory");
    let client = client(|builder| builder.cache_dir(directory.path()));
    let sessions = &client.engine().sessions;
    let live = sessions.install(session("A"));
    sessions.store.save(&sessions.key, &live.to_stored(&sessions.key)).expect("saved");
    let id = async || sessions.stored().await.expect("a session").metadata.session_id.expose().to_owned();
    let busy = sessions.store.try_lock(&sessions.key);
    assert!(matches!(busy, store::LockAttempt::Held(_)));
    sessions.answered(&live, &moved_to("JSESSIONID=B; Path=/hac"), "/hac/x");
    sessions.answered(&live, &moved_to("JSESSIONID=C; Path=/hac"), "/hac/x");
    assert_eq!(id().await, "A", "someone else is changing it");
    drop(busy);
    sessions.answered(&live, &HeaderMap::new(), "/hac/x");
    assert_eq!(id().await, "C");
    assert!(sessions.in_memory().expect("a session").unsaved.is_none(), "it is stored once");
    sessions.answered(&live, &moved_to("JSESSIONID=D; Path=/hac"), "/hac/x");
    assert_eq!(id().await, "D", "and the next change in its place");
}

#[tokio::test]
async fn a_new_token_is_stored_with_a_later_answer_if_the_lock_was_busy() {
    let directory = tempfile::tempdir().expect("a directory");
    let client = client(|builder| builder.cache_dir(directory.path()));
    let sessions = &client.engine().sessions;
    let live = sessions.install(session("A"));
    sessions.store.save(&sessions.key, &live.to_stored(&sessions.key)).expect("saved");
    let token = async || sessions.stored().await.expect("a session").metadata.csrf_token.expose().to_owned();
    let busy = sessions.store.try_lock(&sessions.key);
    let refreshed = ActiveSession { token: "NEW".into(), ..(*live).clone() };
    let live = sessions.install(refreshed.needing_storage());
    sessions.store_change(&live);
    assert_eq!(token().await, "T", "someone else is changing it");
    drop(busy);
    sessions.answered(&live, &HeaderMap::new(), "/hac/x");
    assert_eq!(token().await, "NEW");
}

#[tokio::test]
async fn a_change_does_not_bring_back_a_session_that_someone_cleared() {
    let directory = tempfile::tempdir().expect("a directory");
    let client = client(|builder| builder.cache_dir(directory.path()));
    let sessions = &client.engine().sessions;
    let live = sessions.install(session("A"));
    sessions.store.save(&sessions.key, &live.to_stored(&sessions.key)).expect("saved");
    assert!(sessions.store.remove(&sessions.key).expect("removed"));
    sessions.answered(&live, &moved_to("JSESSIONID=B; Path=/hac"), "/hac/x");
    assert!(sessions.stored().await.is_none());
}
