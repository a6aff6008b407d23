use super::*;
use crate::session::LastKnown;
use crate::session::store::directory::{Directory, Replace};
use crate::transport::tls::{Fingerprint, Trust};

fn last_used(place: &Place) -> f64 {
    place.loaded().expect("a session").metadata.last_used_at
}

fn used_at(last_used_at: f64) -> Place {
    let place = Place::new();
    let mut session = session("A");
    session.metadata.last_used_at = last_used_at;
    place.store.save(&key(), &session).expect("saved");
    place
}

#[test]
#[expect(clippy::float_cmp, reason = "what was written is read back exactly")]
fn use_is_noted_at_most_once_in_five_seconds() {
    let place = used_at(1000.0);
    for (at, expected) in [(1004.9, 1000.0), (1005.0, 1005.0), (1009.0, 1005.0), (1010.5, 1010.5)] {
        place.store.touch(&key(), &"A".into(), at).expect("touched");
        assert_eq!(last_used(&place), expected, "{at}");
    }
}

#[test]
#[expect(clippy::float_cmp, reason = "what was written is read back exactly")]
fn a_last_use_in_the_future_counts_as_old() {
    let place = used_at(5000.0);
    place.store.touch(&key(), &"A".into(), 1000.0).expect("touched");
    assert_eq!(last_used(&place), 1000.0);
}

#[test]
fn touching_keeps_everything_else() {
    let place = used_at(1000.0);
    place.store.mark_refused(&key(), 7.0).expect("marked");
    place.store.touch(&key(), &"A".into(), 2000.0).expect("touched");
    let mut expected = session("A");
    expected.metadata.last_used_at = 2000.0;
    let loaded = place.loaded().expect("a session");
    assert_eq!(loaded.metadata, expected.metadata);
    assert_eq!((loaded.context_path, &loaded.cookies), (expected.context_path.clone(), &expected.cookies));
    assert_eq!(place.store.refused_at(&key()), Some(7.0));
}

#[test]
fn touching_does_not_bring_back_a_session_that_someone_removed() {
    let place = used_at(1000.0);
    fs::remove_file(place.main()).expect("removed");
    place.store.touch(&key(), &"A".into(), 2000.0).expect("touched");
    assert!(!place.main().exists());
}

#[test]
fn not_even_one_that_is_removed_between_looking_and_writing() {
    let place = used_at(1000.0);
    let remove = || fs::remove_file(place.main()).expect("removed");
    place.store.touch_after(&key(), &"A".into(), 2000.0, remove).expect("touched");
    assert!(!place.main().exists());
}

#[test]
fn a_file_that_is_removed_while_it_is_touched_stays_removed() {
    let place = Place::made();
    let directory = Directory::open(&place.directory, false, &System::default()).expect("opened").expect("there");
    assert!(is_cache_error(directory.write("session_x.json", "abc", "{}", Replace::ExistingOnly)));
    assert!(place.names().is_empty());
    fs::write(place.directory.join("session_x.json"), "old").expect("written");
    directory.write("session_x.json", "abc", "{}", Replace::ExistingOnly).expect("written");
    assert_eq!(fs::read_to_string(place.directory.join("session_x.json")).expect("read"), "{}");
    assert_eq!(place.names(), ["session_x.json"]);
}

#[test]
#[expect(clippy::float_cmp, reason = "what was written is read back exactly")]
fn the_session_of_someone_else_is_left_alone() {
    let place = used_at(1000.0);
    place.store.touch(&key(), &"B".into(), 2000.0).expect("touched");
    assert_eq!(last_used(&place), 1000.0);
}

#[test]
#[expect(clippy::float_cmp, reason = "what was written is read back exactly")]
fn while_someone_holds_the_lock_touching_is_skipped_at_once() {
    let mut place = used_at(1000.0);
    place.store.patience = Duration::from_secs(600);
    let guard = place.store.try_lock(&key());
    assert!(matches!(guard, LockAttempt::Held(_)));
    let started = std::time::Instant::now();
    place.store.touch(&key(), &"A".into(), 2000.0).expect("touched");
    assert!(started.elapsed() < Duration::from_secs(300), "it waited for the lock");
    assert_eq!(last_used(&place), 1000.0);
    drop(guard);
    place.store.touch(&key(), &"A".into(), 2000.0).expect("touched");
    assert_eq!(last_used(&place), 2000.0);
}

#[test]
fn what_is_known_of_a_session_is_what_its_last_answer_said() {
    let place = used_at(1000.0);
    let metadata = || place.loaded().expect("a session").metadata;
    let known = || place.store.last_known(&metadata()).expect("read");
    assert_eq!(known(), LastKnown::AliveAt(1000.0));
    place.store.mark_seen(&key(), &"A".into(), LastKnown::EndedAt(1010.0)).expect("marked");
    assert_eq!(known(), LastKnown::EndedAt(1010.0));
    let loaded = place.loaded().expect("a session");
    let expected = session("A");
    assert_eq!((loaded.context_path, &loaded.cookies), (expected.context_path.clone(), &expected.cookies));
    // It answered again: what was taken for its end was none.
    place.store.touch(&key(), &"A".into(), 1020.0).expect("touched");
    assert_eq!(known(), LastKnown::AliveAt(1020.0));
}

#[test]
fn the_end_of_a_session_is_not_that_of_the_one_in_its_place() {
    let place = used_at(1000.0);
    place.store.mark_seen(&key(), &"B".into(), LastKnown::EndedAt(1010.0)).expect("another one");
    let loaded = place.loaded().expect("a session");
    assert_eq!(loaded.context_path, session("A").context_path, "its own side file stays");
    assert_eq!(place.store.last_known(&loaded.metadata).expect("read"), LastKnown::AliveAt(1000.0));
    place.store.mark_seen(&key(), &"A".into(), LastKnown::EndedAt(1010.0)).expect("marked");
    let mut next = session("B");
    next.metadata.last_used_at = 1005.0;
    next.context_path = None;
    next.cookies.clear();
    place.store.save(&key(), &next).expect("saved");
    let known = place.store.last_known(&place.loaded().expect("a session").metadata).expect("read");
    assert!(!matches!(known, LastKnown::EndedAt(_)), "{known:?}");
    fs::remove_file(place.main()).expect("removed");
    place.store.mark_seen(&key(), &"B".into(), LastKnown::EndedAt(1030.0)).expect("nothing to mark");
    assert!(!place.main().exists());
}

#[test]
fn how_a_server_was_trusted_is_noted_with_its_session_and_with_no_other() {
    let pin: Fingerprint = "ab".repeat(32).parse().expect("a fingerprint");
    let file = std::env::temp_dir().join("hac.pem");
    for trust in [Trust::Pin(pin), Trust::Nothing, Trust::Bundle(file)] {
        let place = Place::new();
        let store = place.store.clone().trusting(&trust);
        store.save(&key(), &session("A")).expect("saved");
        let loaded = place.loaded().expect("a session").metadata;
        assert_eq!(place.store.trust(&loaded).expect("read"), Some(trust.clone()));
        // A record of the last answer leaves it as it is.
        place.store.mark_seen(&key(), &"A".into(), LastKnown::AliveAt(1.0)).expect("marked");
        assert_eq!(place.store.trust(&loaded).expect("read"), Some(trust));
        let another = SessionMetadata { session_id: "B".into(), ..loaded };
        assert_eq!(place.store.trust(&another).expect("read"), None);
    }
    let place = Place::new();
    place.store.clone().trusting(&Trust::System).save(&key(), &session("A")).expect("saved");
    assert_eq!(place.store.trust(&session("A").metadata).expect("read"), None);
    assert!(!fs::read_to_string(place.side()).expect("a file").contains("trust"), "as before");
}

#[test]
fn nothing_is_known_of_a_session_that_was_only_stored() {
    let place = Place::new();
    let mut stored = session("A");
    stored.metadata.last_used_at = stored.metadata.created_at;
    stored.context_path = None;
    stored.cookies.clear();
    place.store.save(&key(), &stored).expect("saved");
    let known = || place.store.last_known(&stored.metadata).expect("read");
    assert_eq!(known(), LastKnown::Unknown);
    let at = stored.metadata.last_used_at + 1.0;
    place.store.mark_seen(&key(), &"A".into(), LastKnown::AliveAt(at)).expect("marked");
    assert_eq!(known(), LastKnown::AliveAt(at));
}
