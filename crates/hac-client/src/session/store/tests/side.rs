use super::*;

#[test]
fn context_path_and_cookies_with_their_paths_come_back() {
    let place = Place::new();
    place.store.save(&key(), &session("A")).expect("saved");
    let loaded = place.loaded().expect("a session");
    assert_eq!(loaded.context_path, ContextPath::new("/hac_admin"));
    assert_eq!(loaded.cookies, session("A").cookies);
}

#[test]
fn the_root_is_a_context_path_and_not_none() {
    let place = Place::new();
    let root = StoredSession { context_path: ContextPath::new("/"), cookies: Vec::new(), ..session("A") };
    place.store.save(&key(), &root).expect("saved");
    assert_eq!(place.loaded().expect("a session").context_path, ContextPath::new("/"));
}

#[test]
fn the_side_file_names_its_session_by_hash_only_where_the_id_is_no_cookie() {
    let place = Place::new();
    let session = StoredSession { cookies: Vec::new(), ..session("5E55ION") };
    place.store.save(&key(), &session).expect("saved");
    let text = fs::read_to_string(place.side()).expect("read");
    assert!(text.contains(&SessionId::from("5E55ION").sha256()) && text.contains("\"version\": 1"), "{text}");
    assert!(!text.contains("5E55ION") && !text.contains("t0ken"), "{text}");
}

#[test]
fn a_side_file_of_another_session_counts_as_absent_but_for_the_refusal() {
    let place = Place::new();
    place.store.save(&key(), &session("A")).expect("saved");
    place.store.mark_refused(&key(), 1000.0).expect("marked");
    // hac-client-core logged in anew: it knows the main file only.
    fs::write(place.main(), CORE).expect("written");
    let loaded = place.loaded().expect("a session");
    assert_eq!(loaded.metadata.session_id.expose(), "5E55ION");
    assert_eq!((loaded.context_path, loaded.cookies.len()), (None, 0));
    assert_eq!(place.store.refused_at(&key()), Some(1000.0));
}

#[test]
fn a_side_file_that_cannot_be_used_counts_as_absent() {
    let place = Place::new();
    for (from, to) in [
        ("\"version\": 1", "\"version\": 2"),
        ("\"/hac_admin\",", "\"/../x\","),
        ("\"ROUTE\"", "\"RO;UTE\""),
        ("\".n1\"", "\"a\\nb\""),
        ("{", "{{"),
    ] {
        place.store.save(&key(), &session("A")).expect("saved");
        let text = fs::read_to_string(place.side()).expect("read");
        assert!(text.contains(from), "{text}");
        fs::write(place.side(), text.replacen(from, to, 1)).expect("written");
        let loaded = place.loaded().expect("the session itself is fine");
        assert_eq!((loaded.context_path, loaded.cookies.len()), (None, 0), "{to}");
    }
}

#[test]
fn a_reader_between_the_two_writes_of_a_save_waits_for_the_second() {
    let place = Place::new();
    place.store.save(&key(), &session("A")).expect("saved");
    let main = fs::read(place.main()).expect("read");
    place.store.save(&key(), &session("B")).expect("saved");
    let new_main = fs::read(place.main()).expect("read");
    fs::write(place.main(), &main).expect("as if the second write were still to come");
    let loaded = place.load_pausing(&mut |_| fs::write(place.main(), &new_main).expect("it comes"));
    let loaded = loaded.expect("no error").expect("a session");
    assert_eq!(loaded.metadata.session_id.expose(), "B");
    assert_eq!(loaded.cookies, session("B").cookies);
}

#[test]
fn a_session_of_hac_client_core_beside_an_old_side_file_is_loaded_at_once() {
    let place = Place::new();
    place.store.save(&key(), &session("A")).expect("saved");
    let hour_ago = SystemTime::now() - Duration::from_secs(3600);
    fs::File::options().write(true).open(place.side()).expect("opened").set_modified(hour_ago).expect("aged");
    fs::write(place.main(), CORE).expect("written");
    let (loaded, pauses) = place.load();
    assert!(loaded.expect("no error").is_some());
    assert!(pauses.is_empty());
}

#[test]
fn a_refusal_is_remembered_beside_the_session_until_the_next_save() {
    let place = Place::new();
    place.store.mark_refused(&key(), 1000.0).expect("marked before any session");
    assert_eq!(place.store.refused_at(&key()), Some(1000.0));
    place.store.save(&key(), &session("A")).expect("saved");
    assert_eq!(place.store.refused_at(&key()), None);
    place.store.mark_refused(&key(), 2000.0).expect("marked");
    assert_eq!(place.store.refused_at(&key()), Some(2000.0));
    assert_eq!(place.loaded().expect("still there").cookies, session("A").cookies);
    place.store.save(&key(), &bare("A")).expect("saved without cookies and context path");
    assert_eq!(place.store.refused_at(&key()), None);
    assert_eq!(place.loaded().expect("a session").context_path, None);
}

#[test]
fn a_refusal_in_the_future_counts_as_long_ago() {
    let place = Place::new();
    place.store.mark_refused(&key(), now() + 3600.0).expect("marked");
    assert_eq!(place.store.refused_at(&key()), None);
}

#[test]
fn removing_a_session_forgets_the_refusal() {
    let place = Place::new();
    place.store.save(&key(), &session("A")).expect("saved");
    place.store.mark_refused(&key(), 1000.0).expect("marked");
    assert!(place.store.remove(&key()).expect("removed"));
    assert_eq!(place.store.refused_at(&key()), None);
    assert!(!place.store.remove(&key()).expect("nothing there"));
}
