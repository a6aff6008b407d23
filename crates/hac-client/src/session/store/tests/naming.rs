use super::*;

#[test]
fn the_file_is_named_as_hac_client_core_names_it() {
    let key = SessionKey::new("https://localhost:9002", "admin", "local");
    assert_eq!(key.md5(), "c1fa7aee06e7ee1171f96151bdd99065");
}

#[test]
fn trailing_slashes_make_no_other_key() {
    for url in ["https://localhost:9002/", "https://localhost:9002///"] {
        let key = SessionKey { base_url: url.into(), username: "admin".into(), environment: "local".into() };
        assert_eq!(key.md5(), "c1fa7aee06e7ee1171f96151bdd99065");
    }
}

#[test]
fn the_main_file_is_byte_for_byte_what_hac_client_core_writes() {
    let place = Place::new();
    place.store.save(&key(), &session("5E55ION")).expect("saved");
    assert_eq!(fs::read_to_string(place.main()).expect("read"), CORE);
}

#[test]
fn a_session_without_a_route_says_null() {
    let place = Place::new();
    let mut session = session("5E55ION");
    session.metadata.route_cookie = None;
    place.store.save(&key(), &session).expect("saved");
    let text = fs::read_to_string(place.main()).expect("read");
    assert!(text.contains("\"route_cookie\": null,"), "{text}");
}

#[test]
fn a_file_of_hac_client_core_is_read_and_has_no_context_path() {
    let place = Place::made();
    fs::write(place.main(), CORE).expect("written");
    let loaded = place.loaded().expect("a session");
    assert_eq!(loaded.metadata, session("5E55ION").metadata);
    assert_eq!((loaded.context_path, loaded.cookies.len()), (None, 0));
}

#[test]
fn the_session_is_written_under_the_key_that_it_is_asked_for_with() {
    let place = Place::new();
    let mut other = session("5E55ION");
    other.metadata.base_url = "https://localhost:9002//".into();
    place.store.save(&key(), &other).expect("saved");
    assert_eq!(place.loaded().expect("a session").metadata.base_url, "https://localhost:9002");
}

#[test]
fn debug_output_shows_no_cookie_value() {
    let text = format!("{:?}", session("5E55ION"));
    assert!(text.contains("JSESSIONID") && !text.contains("5E55ION") && !text.contains(".n1"), "{text}");
}

#[test]
fn with_persistence_off_nothing_is_kept_and_the_lock_is_always_free() {
    let store = MemoryStore;
    store.save(&key(), &session("A")).expect("saved");
    store.mark_refused(&key(), now()).expect("marked");
    assert!(store.load(&key()).expect("loaded").is_none());
    assert_eq!(store.refused_at(&key()), None);
    assert!(!store.remove(&key()).expect("removed"));
    let first = store.try_lock(&key());
    assert!(matches!((first, store.try_lock(&key())), (LockAttempt::Held(_), LockAttempt::Held(_))));
}
