use super::*;
use crate::session::store::directory::Directory;

/// Whether a directory of this mode is used, and the mode that it has afterwards.
fn used(mode_before: u32, is_default: bool) -> (bool, u32) {
    let place = Place::made();
    set_mode(&place.directory, mode_before);
    let store = FileStore::new(place.directory.clone(), is_default);
    let saved = store.save(&key(), &session("A"));
    assert_eq!(saved.is_ok(), store.load(&key()).is_ok(), "reading and writing agree");
    assert_eq!(saved.is_ok(), matches!(store.try_lock(&key()), LockAttempt::Held(_)), "and so does locking");
    assert_eq!(saved.is_ok(), place.main().exists());
    (saved.is_ok(), mode(&place.directory))
}

#[test]
fn a_directory_that_we_make_is_private_and_so_are_those_above_it() {
    let root = tempfile::tempdir().expect("a temporary directory");
    let above = root.path().join("cache");
    let directory = above.join("hac-client");
    FileStore::new(directory.clone(), true).save(&key(), &session("A")).expect("saved");
    assert_eq!((mode(&above), mode(&directory)), (0o700, 0o700));
}

#[test]
fn locking_makes_the_directory_private_too() {
    let place = Place::new();
    assert!(matches!(place.store.try_lock(&key()), LockAttempt::Held(_)));
    assert_eq!(mode(&place.directory), 0o700);
}

#[test]
fn the_default_directory_is_tightened() {
    for before in [0o755, 0o775, 0o777, 0o1777, 0o710] {
        assert_eq!(used(before, true), (true, 0o700), "{before:o}");
    }
}

#[test]
fn a_directory_that_someone_chose_is_not_tightened() {
    for before in [0o700, 0o755, 0o750] {
        assert_eq!(used(before, false), (true, before), "{before:o}");
    }
}

#[test]
fn a_directory_that_others_may_write_to_is_refused_unless_it_is_sticky() {
    for before in [0o777, 0o770, 0o720, 0o702] {
        assert_eq!(used(before, false), (false, before), "{before:o}");
        assert_eq!(used(before | 0o1000, false), (true, before | 0o1000), "{before:o}");
    }
}

#[test]
fn the_default_directory_of_someone_else_is_not_tightened_but_refused() {
    let place = Place::made();
    set_mode(&place.directory, 0o777);
    let opened_by = |mode: u32| {
        set_mode(&place.directory, 0o700);
        let directory = Directory::open(&place.directory, false, &System::default()).expect("opened").expect("there");
        set_mode(&place.directory, mode);
        directory.seen_by(rustix::process::geteuid().as_raw() + 1)
    };
    assert!(is_cache_error(opened_by(0o777).check(true)));
    assert_eq!(mode(&place.directory), 0o777);
    assert!(opened_by(0o755).check(true).is_ok());
    assert_eq!(mode(&place.directory), 0o755);
}

#[test]
fn a_link_on_the_way_to_the_directory_is_legitimate() {
    let place = Place::made();
    let link = place.root.path().join("link");
    std::os::unix::fs::symlink(&place.directory, &link).expect("linked");
    for directory in [link.clone(), link.join("below")] {
        let store = FileStore::new(directory.clone(), false);
        store.save(&key(), &session("A")).expect("saved");
        assert!(store.load(&key()).expect("loaded").is_some(), "{}", directory.display());
    }
    assert!(place.main().exists());
}

#[test]
fn making_a_store_makes_no_directory() {
    let place = Place::new();
    let _store = FileStore::new(place.directory.clone(), true);
    assert!(!place.directory.exists());
}
