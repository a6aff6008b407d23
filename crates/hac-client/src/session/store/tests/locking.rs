use std::time::Instant;

use super::*;
use crate::session::store::directory::Directory;
use crate::session::store::file::PATIENCE;
use crate::session::store::lock::Holder;

fn held(store: &FileStore) -> LockGuard {
    match store.try_lock(&key()) {
        LockAttempt::Held(guard) => guard,
        other => panic!("{other:?}"),
    }
}

fn is_busy(store: &FileStore) -> bool {
    matches!(store.try_lock(&key()), LockAttempt::Busy(_))
}

#[test]
fn a_lock_excludes_other_stores_of_the_same_directory_until_it_is_dropped() {
    let place = Place::new();
    let other = FileStore::new(place.directory.clone(), false);
    let guard = held(&place.store);
    assert!(is_busy(&other));
    assert!(matches!(other.try_lock(&SessionKey::new("https://h", "u", "e")), LockAttempt::Held(_)));
    drop(guard);
    drop(held(&other));
    assert!(is_private(&place.lock()));
}

#[test]
fn the_lock_names_its_holder() {
    let place = Place::new();
    let before = now();
    let _guard = held(&place.store);
    let LockAttempt::Busy(Some(holder)) = place.store.try_lock(&key()) else { panic!("no holder") };
    assert_eq!(holder.pid, std::process::id());
    assert_eq!(holder.host, crate::os::host_name());
    assert!(holder.since >= before && holder.since <= now());
    let text = Holder { pid: 4711, host: "HOST".into(), since: 0.0 }.to_string();
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    assert_eq!(shape, "process 0000 on HOST since 00:00:00");
}

#[test]
fn after_a_release_nobody_is_named() {
    let place = Place::new();
    drop(held(&place.store));
    assert_eq!(fs::read_to_string(place.note()).expect("read"), "");
}

#[test]
fn what_a_killed_holder_left_is_not_appended_to() {
    let place = Place::made();
    for left in [r#"{"pid":4711,"host":"a-name-that-is-longer-than-ours.example","since":1764000000.25}"#, r#"{"p"#, ""]
    {
        fs::write(place.note(), left).expect("written");
        let _guard = held(&place.store);
        assert!(matches!(place.store.try_lock(&key()), LockAttempt::Busy(Some(_))), "{left}");
    }
}

#[test]
fn a_file_with_other_content_can_be_locked_and_is_left_as_it_is() {
    for content in ["precious".to_owned(), "{}".to_owned(), format!("{{\"pid\":{}", "1".repeat(5000))] {
        let place = Place::made();
        fs::write(place.note(), &content).expect("written");
        let guard = held(&place.store);
        assert!(matches!(place.store.try_lock(&key()), LockAttempt::Busy(None)));
        assert_eq!(fs::read_to_string(place.note()).expect("read"), content);
        drop(guard);
        assert_eq!(fs::read_to_string(place.note()).expect("read"), content);
    }
}

#[test]
fn a_holder_that_nobody_could_read_is_not_named() {
    let place = Place::new();
    let _guard = held(&place.store);
    for host in ["a\\nerror: b", "\\u001b[2J", "\u{202e}x"] {
        fs::write(place.note(), format!("{{\"pid\":1,\"host\":\"{host}\",\"since\":1.0}}")).expect("written");
        assert!(matches!(place.store.try_lock(&key()), LockAttempt::Busy(None)), "{host}");
    }
}

#[test]
fn a_lock_is_released_explicitly_because_a_forked_child_would_keep_it() {
    let place = Place::new();
    let guard = held(&place.store);
    // What a fork makes: the same open file, open a second time.
    let _in_the_child = guard.file().try_clone().expect("duplicated");
    drop(guard);
    drop(held(&place.store));
}

#[test]
fn a_forked_child_does_not_release_what_its_parent_holds() {
    let place = Place::new();
    let mut guard = held(&place.store);
    let _in_the_parent = guard.file().try_clone().expect("duplicated");
    guard.inherited_by(std::process::id() + 1);
    drop(guard);
    assert!(is_busy(&place.store));
}

#[test]
fn a_lock_file_that_was_removed_is_not_taken_for_a_lock() {
    let place = Place::made();
    let directory = Directory::open(&place.directory, false, &System::default()).expect("opened").expect("there");
    let file = directory.open_lock("lock_x").expect("opened");
    assert!(directory.is_still("lock_x", &file));
    fs::remove_file(place.directory.join("lock_x")).expect("removed");
    assert!(!directory.is_still("lock_x", &file));
    let _new = directory.open_lock("lock_x").expect("opened");
    assert!(!directory.is_still("lock_x", &file));
}

#[test]
fn removing_and_clearing_wait_for_the_lock_and_go_on() {
    assert_eq!(PATIENCE, Duration::from_secs(2));
    let remove = |store: &FileStore| store.remove(&key()).expect("removed");
    let clear = |store: &FileStore| store.clear().expect("cleared") == 1;
    let ways: [&dyn Fn(&FileStore) -> bool; 2] = [&remove, &clear];
    for way in ways {
        let mut place = Place::new();
        place.store.patience = Duration::from_millis(150);
        place.store.save(&key(), &session("A")).expect("saved");
        let _guard = held(&place.store);
        let started = Instant::now();
        assert!(way(&place.store));
        // That it does not wait for ever is all that a busy machine lets us say of the other end.
        assert!(started.elapsed() >= Duration::from_millis(150));
        assert!(!place.main().exists() && !place.side().exists() && place.lock().exists());
    }
}

#[test]
fn removing_goes_on_as_soon_as_the_lock_is_free() {
    let mut place = Place::new();
    // Far more than a busy machine needs: it is not what ends the wait.
    place.store.patience = Duration::from_secs(600);
    place.store.save(&key(), &session("A")).expect("saved");
    let guard = held(&place.store);
    let store = place.store.clone();
    let remover = std::thread::spawn(move || (store.remove(&key()).expect("removed"), Instant::now()));
    std::thread::sleep(Duration::from_millis(100)); // the remover has met the lock by now
    assert!(place.main().exists());
    let released = Instant::now();
    drop(guard);
    let (removed, at) = remover.join().expect("joined");
    assert!(removed && at >= released && at < released + Duration::from_secs(300));
}

#[test]
fn nobody_removes_a_lock_file() {
    let place = Place::new();
    drop(held(&place.store));
    place.store.save(&key(), &session("A")).expect("saved");
    place.store.remove(&key()).expect("removed");
    place.store.save(&key(), &session("A")).expect("saved");
    place.store.clear().expect("cleared");
    assert!(place.lock().exists());
}

#[test]
fn removing_holds_the_lock_while_it_removes() {
    let place = Place::new();
    place.store.save(&key(), &session("A")).expect("saved");
    let mut was_held = false;
    assert!(place.store.remove_noting(&key(), || was_held = is_busy(&place.store)).expect("removed"));
    assert!(was_held);
}
