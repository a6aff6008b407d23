use super::*;
use crate::origin::ContextPath;
use crate::session::store::StoredCookie;

fn manager() -> (tempfile::TempDir, SessionManager) {
    let root = tempfile::tempdir().expect("a temporary directory");
    let manager = SessionManager::with_cache_dir(root.path().join("sessions"));
    (root, manager)
}

fn metadata(id: &str) -> SessionMetadata {
    SessionMetadata {
        session_id: id.into(),
        csrf_token: "t0ken".into(),
        route_cookie: None,
        environment: "local".into(),
        base_url: "https://h/".into(),
        username: "admin".into(),
        created_at: 1000.0,
        last_used_at: 1000.0,
        is_authenticated: true,
    }
}

fn with_context(manager: &SessionManager, id: &str) {
    let session = StoredSession {
        metadata: metadata(id),
        context_path: ContextPath::new("/hac_admin"),
        cookies: vec![StoredCookie { name: "X".into(), value: "y".into(), path: "/".into(), secure: false }],
    };
    manager.store.save(&SessionKey::of(&session.metadata), &session).expect("saved");
}

#[test]
fn a_session_is_saved_loaded_listed_and_removed() {
    let (_root, manager) = manager();
    assert!(manager.load_session("https://h", "admin", "local").expect("loaded").is_none());
    manager.save_session(&metadata("A")).expect("saved");
    let loaded = manager.load_session("https://h//", "admin", "local").expect("loaded").expect("a session");
    assert_eq!(loaded, SessionMetadata { base_url: "https://h".into(), ..metadata("A") });
    assert_eq!(manager.list_sessions().expect("listed"), [loaded]);
    assert!(manager.load_session("https://h", "admin", "prod").expect("loaded").is_none());
    assert!(manager.remove_session("https://h", "admin", "local").expect("removed"));
    assert!(!manager.remove_session("https://h", "admin", "local").expect("removed"));
    assert!(manager.list_sessions().expect("listed").is_empty());
}

#[test]
fn clearing_says_how_many_sessions_there_were() {
    let (_root, manager) = manager();
    for username in ["a", "b", "c"] {
        manager.save_session(&SessionMetadata { username: username.into(), ..metadata(username) }).expect("saved");
    }
    assert_eq!(manager.clear_all_sessions().expect("cleared"), 3);
    assert_eq!(manager.clear_all_sessions().expect("cleared"), 0);
}

#[test]
fn touching_notes_the_use_now_and_brings_nothing_back() {
    let (_root, manager) = manager();
    manager.save_session(&metadata("A")).expect("saved");
    manager.touch_session("https://h", "admin", "local").expect("touched");
    let used = manager.load_session("https://h", "admin", "local").expect("loaded").expect("a session");
    assert!(used.idle_seconds() < 60.0);
    manager.remove_session("https://h", "admin", "local").expect("removed");
    manager.touch_session("https://h", "admin", "local").expect("touched");
    assert!(manager.load_session("https://h", "admin", "local").expect("loaded").is_none());
}

#[test]
fn making_a_manager_makes_no_directory_and_neither_does_looking() {
    let (_root, manager) = manager();
    assert!(manager.list_sessions().expect("listed").is_empty());
    assert!(!manager.remove_session("https://h", "admin", "local").expect("removed"));
    assert_eq!(manager.clear_all_sessions().expect("cleared"), 0);
    assert!(!manager.cache_dir().exists());
}

#[test]
fn saving_the_same_session_keeps_what_metadata_does_not_hold() {
    let (_root, manager) = manager();
    with_context(&manager, "A");
    let exported = |manager: &SessionManager| {
        let session = manager.export_session("https://h", "admin", "local").expect("read").expect("a session");
        session.context_path().map(ToString::to_string)
    };
    manager.save_session(&metadata("A")).expect("saved");
    assert_eq!(exported(&manager).as_deref(), Some("/hac_admin"));
    manager.save_session(&metadata("B")).expect("saved");
    assert_eq!(exported(&manager), None);
}

#[test]
fn a_session_is_carried_to_another_directory_with_all_that_belongs_to_it() {
    let (_one, from) = manager();
    let (_other, to) = manager();
    with_context(&from, "A");
    let json = from.export_session("https://h", "admin", "local").expect("read").expect("a session").to_json();
    to.import_session(&PortableSession::from_json(&json).expect("parsed")).expect("imported");
    let again = to.export_session("https://h", "admin", "local").expect("read").expect("a session");
    assert_eq!(again.to_json(), json);
    assert!(json.contains("/hac_admin") && json.contains("\"X\""));
    assert!(to.export_session("https://h", "other", "local").expect("read").is_none());
}

#[test]
fn what_cannot_be_sent_is_not_saved() {
    let (_root, manager) = manager();
    let error = manager.save_session(&metadata("A\nB")).expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(error.why().contains("session_id"));
    let error = manager.import_session(&PortableSession::from(metadata("A\nB"))).expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(!manager.cache_dir().exists());
}

#[test]
fn the_lock_of_someone_who_logs_in_is_respected_and_the_error_names_them() {
    let (_root, mut manager) = manager();
    manager.store.patience = std::time::Duration::from_millis(50);
    let key = SessionKey::of(&metadata("A"));
    let guard = manager.store.try_lock(&key);
    assert!(matches!(guard, LockAttempt::Held(_)));
    let error = manager.save_session(&metadata("A")).expect_err("busy");
    assert_eq!(error.kind(), ErrorKind::Cache);
    assert!(error.why().contains(&format!("process {}", std::process::id())), "{error}");
    drop(guard);
    manager.save_session(&metadata("A")).expect("saved");
}

#[test]
fn errors_are_returned() {
    let root = tempfile::tempdir().expect("a temporary directory");
    let file = root.path().join("file");
    std::fs::write(&file, "").expect("written");
    let manager = SessionManager::with_cache_dir(file);
    let is_cache = |error: Error| error.kind() == ErrorKind::Cache;
    assert!(is_cache(manager.save_session(&metadata("A")).expect_err("no directory")));
    assert!(is_cache(manager.load_session("https://h", "admin", "local").expect_err("no directory")));
    assert!(is_cache(manager.list_sessions().expect_err("no directory")));
    assert!(is_cache(manager.clear_all_sessions().expect_err("no directory")));
    assert!(is_cache(manager.remove_session("https://h", "admin", "local").expect_err("no directory")));
}
