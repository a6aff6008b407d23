use std::os::unix::fs::{MetadataExt as _, symlink};

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

/// The places of a key in which something else may stand.
const PLACES: [&str; 3] = ["session", "extra", "lock"];

/// What is not a file of ours stands in one place, and everything is tried that could read, change or take it.
fn meet(place: &Place, where_it_is: &str) {
    if where_it_is == "lock" {
        assert!(matches!(place.store.try_lock(&key()), LockAttempt::Unsupported(_)));
        place.store.save(&key(), &session("NEW")).expect("saved without a lock");
        return;
    }
    if where_it_is == "extra" {
        fs::write(place.main(), CORE).expect("written");
    }
    assert!(is_cache_error(place.load().0), "{where_it_is}");
    assert!(is_cache_error(place.store.save(&key(), &session("NEW"))), "{where_it_is}");
    let replaced = place.store.replace(&key(), &"5E55ION".into(), &session("NEW"));
    assert!(is_cache_error(replaced), "{where_it_is}");
    assert!(is_cache_error(place.store.mark_refused(&key(), 1.0)) || where_it_is == "session");
    assert!(place.store.touch(&key(), &"5E55ION".into(), now()).is_ok());
}

fn path_of(place: &Place, where_it_is: &str) -> PathBuf {
    place.path(where_it_is, if where_it_is == "lock" { "" } else { ".json" })
}

#[test]
fn what_is_no_regular_file_is_neither_read_nor_written_and_does_not_block() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    let is_root = rustix::process::geteuid().is_root();
    for where_it_is in PLACES {
        for (what, kind) in [
            ("a directory", FileType::Directory),
            ("a pipe", FileType::Fifo),
            ("a socket", FileType::Socket),
            ("a device", FileType::CharacterDevice),
        ] {
            let place = Place::made();
            let path = path_of(&place, where_it_is);
            let made = match kind {
                FileType::Directory => fs::create_dir(&path),
                FileType::Socket => std::os::unix::net::UnixListener::bind(&path).map(drop),
                // /dev/null: what is written there harms nobody.
                _ => {
                    mknodat(CWD, &path, kind, Mode::from_raw_mode(0o600), rustix::fs::makedev(1, 3)).map_err(Into::into)
                }
            };
            match made {
                Err(cause) if kind == FileType::CharacterDevice => {
                    eprintln!("without a device, which cannot be made here (root: {is_root}): {cause}");
                    continue;
                }
                made => made.expect(what),
            }
            meet(&place, where_it_is);
            let metadata = fs::symlink_metadata(&path).expect("still there");
            assert!(!metadata.is_file(), "{what} at {where_it_is}");
        }
    }
}

#[test]
fn a_hard_link_is_neither_read_nor_written_and_its_file_stays_as_it_is() {
    for where_it_is in PLACES {
        for text in [CORE, "", "precious"] {
            let place = Place::made();
            let target = place.root.path().join("target");
            fs::write(&target, text).expect("written");
            set_mode(&target, 0o644);
            let path = path_of(&place, where_it_is);
            fs::hard_link(&target, &path).expect("linked");
            meet(&place, where_it_is);
            assert_eq!(fs::read_to_string(&target).expect("read"), text, "{where_it_is}");
            assert_eq!(mode(&target), 0o644, "{where_it_is}");
            if where_it_is == "lock" {
                continue;
            }
            // Removing takes the name away, and nothing else.
            place.store.clear().expect("cleared");
            assert!(!path.exists());
            assert_eq!(fs::read_to_string(&target).expect("read"), text, "{where_it_is}");
        }
    }
}

#[test]
fn a_session_that_is_replaced_while_it_is_read_is_still_ours() {
    let place = Place::new();
    place.store.save(&key(), &session("A")).expect("saved");
    let opened = fs::File::open(place.main()).expect("opened");
    place.store.save(&key(), &session("B")).expect("saved");
    assert_eq!(opened.metadata().expect("its links").nlink(), 0, "no reader may take this for a hard link");
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..200 {
                place.store.save(&key(), &session(&n.to_string())).expect("saved");
            }
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
        });
        while !stop.load(std::sync::atomic::Ordering::Relaxed) {
            assert!(place.loaded().is_some(), "there is a session all the time");
        }
    });
}

#[test]
fn the_file_of_another_user_is_neither_read_nor_written_nor_locked() {
    let place = Place::new();
    drop(place.store.try_lock(&key()));
    place.store.save(&key(), &session("A")).expect("saved");
    let md5 = key().md5();
    let main = format!("session_{md5}.json");
    let before = fs::read(place.main()).expect("read");
    let open = || Directory::open(&place.directory, false, &System::default()).expect("opened").expect("there");
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
