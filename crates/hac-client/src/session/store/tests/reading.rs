use super::*;

/// The main file with one line replaced.
fn core_with(field: &str, value: &str) -> String {
    let lines = CORE.lines().map(|line| {
        if line.trim_start().starts_with(&format!("\"{field}\"")) {
            format!("  \"{field}\": {value}{}", if line.ends_with(',') { "," } else { "" })
        } else {
            line.to_owned()
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn unknown_fields_are_ignored() {
    let place = Place::made();
    fs::write(place.main(), CORE.replacen('{', "{\"new\": {\"deep\": [1]},", 1)).expect("written");
    assert!(place.loaded().is_some());
}

#[test]
fn a_file_that_does_not_parse_is_read_again_three_times_over_100_ms_and_not_deleted() {
    for text in ["", "{", "[]", &CORE[..CORE.len() - 9], &core_with("created_at", "\"x\"")] {
        let place = Place::made();
        fs::write(place.main(), text).expect("written");
        let (loaded, pauses) = place.load();
        assert!(loaded.expect("no error").is_none(), "{text}");
        assert_eq!((pauses.len(), pauses.iter().sum()), (3, Duration::from_millis(100)), "{text}");
        assert_eq!(fs::read_to_string(place.main()).expect("still there"), text);
    }
}

#[test]
fn a_file_that_is_being_written_in_place_is_found_when_it_is_whole() {
    for whole_after in 1..=3 {
        let place = Place::made();
        fs::write(place.main(), &CORE[..40]).expect("written");
        let mut pauses = 0;
        let loaded = place.load_pausing(&mut |_| {
            pauses += 1;
            if pauses == whole_after {
                fs::write(place.main(), CORE).expect("written");
            }
        });
        assert!(loaded.expect("no error").is_some(), "whole after {whole_after}");
        assert_eq!(pauses, whole_after);
    }
}

#[test]
fn what_is_wrong_with_a_session_makes_it_absent_at_once_and_the_next_save_replaces_it() {
    let cases = [
        ("other base url", core_with("base_url", "\"https://evil.example.com\"")),
        ("other username", core_with("username", "\"other\"")),
        ("other environment", core_with("environment", "\"prod\"")),
        ("line break in the id", core_with("session_id", "\"A\\r\\nX: 1\"")),
        ("second cookie in the id", core_with("session_id", "\"A; B=1\"")),
        ("empty id", core_with("session_id", "\"\"")),
        ("line break in the token", core_with("csrf_token", "\"A\\nX: 1\"")),
        ("letter beyond ASCII in the token", core_with("csrf_token", "\"\u{e4}\"")),
        ("line break in the route", core_with("route_cookie", "\"ROUTE=\\n\"")),
        ("second cookie in the route", core_with("route_cookie", "\"ROUTE=1; B=1\"")),
        ("not logged in", core_with("is_authenticated", "false")),
        ("more than 64 KiB", format!("{CORE}{}", " ".repeat(64 * 1024))),
    ];
    for (what, text) in cases {
        let place = Place::made();
        fs::write(place.main(), &text).expect("written");
        let (loaded, pauses) = place.load();
        assert!(loaded.expect("no error").is_none(), "{what}");
        assert!(pauses.is_empty(), "{what}");
        assert_eq!(fs::read_to_string(place.main()).expect("still there"), text, "{what}");
        place.store.save(&key(), &session("NEW")).expect("saved");
        assert_eq!(place.loaded().expect("a session").metadata.session_id.expose(), "NEW", "{what}");
    }
}

#[test]
fn a_session_of_64_kib_is_read() {
    let place = Place::made();
    fs::write(place.main(), format!("{CORE}{}", " ".repeat(64 * 1024 - CORE.len()))).expect("written");
    assert!(place.loaded().is_some());
}

#[test]
fn two_keys_of_the_same_name_do_not_get_each_others_session() {
    let place = Place::new();
    let (ours, theirs) = (SessionKey::new("https://h", "a:b", "c"), SessionKey::new("https://h", "a", "b:c"));
    assert_eq!(ours.md5(), theirs.md5());
    place.store.save(&ours, &session("OURS")).expect("saved");
    assert!(place.store.load(&ours).expect("loaded").is_some());
    assert!(place.store.load(&theirs).expect("loaded").is_none());
}

#[test]
fn listing_leaves_out_what_cannot_be_used_and_puts_the_newest_use_first() {
    let place = Place::made();
    for (username, last_used_at) in [("old", 1000.0), ("future", 9e12), ("new", 2000.0)] {
        let key = SessionKey::new("https://h", username, "local");
        let mut session = session(username);
        session.metadata.last_used_at = last_used_at;
        place.store.save(&key, &session).expect("saved");
    }
    let name = |n: u32| place.directory.join(format!("session_{n:032x}.json"));
    fs::write(name(1), "{").expect("written");
    fs::write(name(2), CORE).expect("written under a name that is not its key's");
    fs::write(place.main(), core_with("is_authenticated", "false")).expect("written");
    fs::create_dir(name(3)).expect("made");
    #[cfg(unix)]
    std::os::unix::fs::symlink(name(2), name(4)).expect("linked");
    let mut pauses = Vec::new();
    let listed = place.store.list_pausing(&mut |pause| pauses.push(pause)).expect("listed");
    let names: Vec<_> = listed.iter().map(|session| session.username.as_str()).collect();
    assert_eq!(names, ["new", "old", "future"]);
    assert_eq!(pauses.iter().sum::<Duration>(), Duration::from_millis(100));
    assert!(name(1).exists());
}

#[test]
fn a_missing_directory_has_no_sessions_and_reading_does_not_make_it() {
    let place = Place::new();
    assert!(place.loaded().is_none());
    assert_eq!(place.store.refused_at(&key()), None);
    assert!(place.store.list().expect("listed").is_empty());
    assert_eq!(place.store.clear().expect("cleared"), 0);
    assert!(!place.store.remove(&key()).expect("removed"));
    place.store.touch(&key(), &"A".into(), now()).expect("touched");
    assert!(!place.directory.exists());
}
