use std::os::unix::fs::symlink;

use super::*;
use crate::session::store::directory::{Directory, Replace};

#[test]
fn links_are_neither_read_nor_written() {
    let place = Place::made();
    let target = place.root.path().join("target");
    for path in [place.main(), place.side()] {
        fs::write(place.main(), CORE).expect("written");
        fs::write(&target, CORE).expect("written");
        let _ = fs::remove_file(&path);
        symlink(&target, &path).expect("linked");
        assert!(is_cache_error(place.load().0), "{}", path.display());
        assert!(is_cache_error(place.store.save(&key(), &session("NEW"))), "{}", path.display());
        assert!(fs::symlink_metadata(&path).expect("still there").is_symlink());
        assert_eq!(fs::read_to_string(&target).expect("read"), CORE);
        fs::remove_file(&path).expect("removed");
    }
}

#[test]
fn a_lock_is_not_taken_through_a_link() {
    let place = Place::made();
    let target = place.root.path().join("target");
    fs::write(&target, "precious").expect("written");
    set_mode(&target, 0o644);
    symlink(&target, place.lock()).expect("linked");
    assert!(matches!(place.store.try_lock(&key()), LockAttempt::Unsupported(_)));
    assert_eq!(fs::read_to_string(&target).expect("read"), "precious");
    assert_eq!(mode(&target), 0o644);
}

#[test]
fn what_is_no_regular_file_is_neither_read_nor_written_and_does_not_block() {
    for path in ["main", "side", "lock"] {
        let place = Place::made();
        let pipe = match path {
            "main" => place.main(),
            "side" => place.side(),
            _ => place.lock(),
        };
        if path == "side" {
            fs::write(place.main(), CORE).expect("written");
        }
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
        assert!(made.success());
        if path == "lock" {
            assert!(matches!(place.store.try_lock(&key()), LockAttempt::Unsupported(_)));
        } else {
            assert!(is_cache_error(place.load().0), "{path}");
            assert!(is_cache_error(place.store.save(&key(), &session("NEW"))), "{path}");
            assert!(!fs::symlink_metadata(&pipe).expect("still there").is_file());
        }
    }
}

#[test]
fn the_file_of_another_user_is_neither_read_nor_written_nor_locked() {
    let place = Place::new();
    drop(place.store.try_lock(&key()));
    place.store.save(&key(), &session("A")).expect("saved");
    let md5 = key().md5();
    let main = format!("session_{md5}.json");
    let before = fs::read(place.main()).expect("read");
    let open = || Directory::open(&place.directory, false).expect("opened").expect("there");
    let someone = rustix::process::geteuid().as_raw() + 1;
    let theirs = open().seen_by(someone);
    assert!(is_cache_error(theirs.read(&main).map(drop)));
    assert!(is_cache_error(theirs.write(&main, &md5, "{}", Replace::OrMake)));
    assert!(is_cache_error(theirs.write(&main, &md5, "{}", Replace::ExistingOnly)));
    assert!(is_cache_error(theirs.open_lock(&format!("lock_{md5}"))));
    assert_eq!(fs::read(place.main()).expect("read"), before);
    assert!(open().read(&main).expect("ours").is_some());
}

#[test]
fn a_place_that_cannot_be_a_directory_is_an_error_of_the_cache_and_has_no_locks() {
    let place = Place::new();
    fs::write(&place.directory, "a file").expect("written");
    assert!(is_cache_error(place.load().0));
    assert!(is_cache_error(place.store.save(&key(), &session("A"))));
    assert!(
        matches!(place.store.try_lock(&key()), LockAttempt::Unsupported(error) if error.kind() == ErrorKind::Cache)
    );
    assert_eq!(fs::read_to_string(&place.directory).expect("read"), "a file");
}

#[test]
fn errors_name_the_file_and_show_no_secret() {
    let place = Place::made();
    fs::create_dir(place.main()).expect("in the way");
    let error = place.store.save(&key(), &session("5E55ION")).expect_err("refused");
    let text = format!("{error} {error:?}");
    assert!(text.contains(&key().md5()) && !text.contains("5E55ION") && !text.contains("t0ken"), "{text}");
    assert!(error.hint().is_some());
}
