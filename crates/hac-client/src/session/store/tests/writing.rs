use super::*;
use crate::session::store::directory::{Directory, Replace};

#[test]
fn a_temporary_file_is_named_after_key_and_process_and_private_from_the_start() {
    let place = Place::made();
    let directory = Directory::open(&place.directory, false, &System::default()).expect("opened").expect("there");
    let (name, _file) = directory.create_temporary("abc").expect("created");
    assert_eq!(name, format!(".tmp-abc-{}", std::process::id()));
    assert!(is_private(&place.directory.join(name)));
}

#[test]
fn a_temporary_file_that_is_in_use_is_left_to_its_user() {
    let place = Place::made();
    let taken = place.directory.join(format!(".tmp-{}-{}", key().md5(), std::process::id()));
    fs::write(&taken, "half").expect("written");
    place.store.save(&key(), &session("A")).expect("saved");
    assert_eq!(fs::read_to_string(&taken).expect("still there"), "half");
    assert!(place.loaded().is_some());
}

#[test]
fn a_save_leaves_nothing_but_its_two_files() {
    let place = Place::new();
    place.store.save(&key(), &session("A")).expect("saved");
    place.store.save(&key(), &session("B")).expect("saved");
    let md5 = key().md5();
    assert_eq!(place.names(), [format!("extra_{md5}.json"), format!("session_{md5}.json")]);
}

#[test]
fn a_write_replaces_the_file_instead_of_changing_it() {
    let place = Place::new();
    place.store.save(&key(), &session("A")).expect("saved");
    let opened_before = fs::File::open(place.main()).expect("opened");
    place.store.save(&key(), &session("B")).expect("saved");
    let before = std::io::read_to_string(opened_before).expect("read");
    assert!(before.contains("\"A\"") && !before.contains("\"B\""), "{before}");
}

#[test]
fn a_write_that_fails_leaves_the_old_file_and_no_temporary_one() {
    let place = Place::new();
    place.store.save(&key(), &session("A")).expect("saved");
    let directory = Directory::open(&place.directory, false, &System::default()).expect("opened").expect("there");
    let gone = directory.write("session_gone.json", "abc", "text", Replace::ExistingOnly);
    assert!(is_cache_error(gone));
    let mut large = session("B");
    large.metadata.csrf_token = "x".repeat(70_000).into();
    assert!(is_cache_error(place.store.save(&key(), &large)));
    assert_eq!(place.names().len(), 2);
    assert!(fs::read_to_string(place.main()).expect("read").contains("\"A\""));
}

#[test]
fn the_side_file_is_written_before_the_main_file() {
    let place = Place::new();
    let mut large = session("A");
    large.metadata.csrf_token = "x".repeat(70_000).into(); // only the main file holds it
    assert!(is_cache_error(place.store.save(&key(), &large)));
    assert!(place.side().exists());
    assert!(!place.main().exists());
}

#[test]
fn a_save_removes_temporary_files_of_its_key_that_are_older_than_a_minute() {
    let place = Place::made();
    let other = "0123456789abcdef0123456789abcdef";
    let others = place.leave_temporary(other, 3600);
    for (age, stays) in [(50, true), (70, false), (-3600, false)] {
        let ours = place.leave_temporary(&key().md5(), age);
        place.store.save(&key(), &session("A")).expect("saved");
        assert_eq!(ours.exists(), stays, "{age}");
    }
    assert!(others.exists());
}

#[test]
fn clearing_removes_sessions_side_files_and_old_temporary_files_and_keeps_locks() {
    let place = Place::new();
    for username in ["a", "b"] {
        let key = SessionKey::new("https://h", username, "local");
        drop(place.store.try_lock(&key));
        place.store.save(&key, &session(username)).expect("saved");
    }
    place.store.mark_refused(&key(), 1.0).expect("a side file without a session");
    let (old, young) = ("a".repeat(32), "b".repeat(32));
    let (old, young) = (place.leave_temporary(&old, 61), place.leave_temporary(&young, 1));
    let foreign = ["session_notes.json", "extra_notes.json", "session_x.txt"].map(|name| place.directory.join(name));
    for path in &foreign {
        fs::write(path, "mine").expect("written");
    }
    fs::write(place.directory.join(format!("session_{:032x}.json", 7)), "{").expect("no session, but its file");
    assert_eq!(place.store.clear().expect("cleared"), 3);
    assert!(!old.exists() && young.exists());
    assert!(foreign.iter().all(|path| path.exists()));
    let names = place.names();
    assert_eq!(names.iter().filter(|name| name.starts_with("lock_")).count(), 4, "{names:?}");
    assert_eq!(place.names_beside_locks().len(), 3 + 1, "{names:?}");
    assert_eq!(place.store.clear().expect("cleared"), 0);
}

#[test]
fn the_temporary_files_of_other_programs_are_left_alone() {
    let place = Place::made();
    let hour_ago = SystemTime::now() - Duration::from_secs(3600);
    let md5 = key().md5();
    let names = [".tmp-x".to_owned(), ".tmp-backup-1".to_owned(), format!(".tmp-{md5}-notes"), format!(".tmp-{md5}")];
    for name in &names {
        fs::File::create(place.directory.join(name)).expect("made").set_modified(hour_ago).expect("aged");
    }
    place.store.save(&key(), &session("A")).expect("saved");
    assert_eq!(place.store.clear().expect("cleared"), 1);
    assert!(names.iter().all(|name| place.directory.join(name).exists()), "{:?}", place.names());
}

#[test]
fn clearing_tries_every_file_and_names_each_that_stays() {
    let place = Place::made();
    let name = |prefix: &str, n: u32| place.directory.join(format!("{prefix}_{n:032x}.json"));
    // The first, the last and one in the middle, in whatever order they are listed.
    for path in [name("session", 0), name("extra", 5), name("session", u32::MAX)] {
        fs::create_dir(path).expect("made");
    }
    for n in [1, 5, 9] {
        fs::write(name("session", n), "{").expect("written");
    }
    fs::write(name("extra", 0), "{").expect("written");
    place.store.save(&key(), &session("A")).expect("saved");
    let error = place.store.clear().expect_err("three stay");
    assert_eq!(error.kind(), ErrorKind::Cache);
    assert!(error.to_string().contains("4 sessions cleared"), "{error}");
    for stays in [name("session", 0), name("extra", 5), name("session", u32::MAX)] {
        assert!(stays.exists() && error.to_string().contains(&stays.display().to_string()), "{error}");
    }
    let left = place.names_beside_locks();
    assert_eq!(left.len(), 3, "{left:?}");
}

#[test]
fn removing_a_session_removes_its_side_file_whatever_becomes_of_the_other() {
    let place = Place::new();
    place.store.save(&key(), &session("A")).expect("saved");
    fs::remove_file(place.main()).expect("removed");
    fs::create_dir(place.main()).expect("in the way");
    assert!(is_cache_error(place.store.remove(&key())));
    assert!(!place.side().exists() && place.main().exists());
}

#[test]
fn created_at_survives_for_the_same_session_and_starts_anew_with_another() {
    let place = Place::new();
    let save = |id: &str, created_at: f64| {
        let mut session = session(id);
        session.metadata.created_at = created_at;
        place.store.save(&key(), &session).expect("saved");
        place.loaded().expect("a session").metadata.created_at.to_bits()
    };
    assert_eq!(save("A", 100.0), 100.0_f64.to_bits());
    assert_eq!(save("A", 200.0), 100.0_f64.to_bits());
    assert_eq!(save("B", 300.0), 300.0_f64.to_bits());
    assert_eq!(save("B", 250.0), 300.0_f64.to_bits());
}

#[test]
fn a_created_at_in_the_future_does_not_survive_and_no_number_becomes_now() {
    let place = Place::new();
    let mut wrong = session("A");
    wrong.metadata.created_at = 9e12;
    place.store.save(&key(), &wrong).expect("saved");
    wrong.metadata.created_at = f64::NAN;
    place.store.save(&key(), &wrong).expect("saved");
    let read = place.loaded().expect("a session").metadata.created_at;
    assert!((now() - read).abs() < 60.0, "{read}");
}
