//! Requests to the operating system that fail.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// Lets each request of one kind fail with one error, from one of them on.
#[derive(Debug)]
struct Failing {
    request: Request,
    from: usize,
    cause: io::ErrorKind,
    seen: AtomicUsize,
}

impl Trouble for Failing {
    fn strike(&self, request: Request) -> io::Result<()> {
        if request == self.request && self.seen.fetch_add(1, Ordering::Relaxed) >= self.from {
            return Err(self.cause.into());
        }
        Ok(())
    }

    fn clock(&self, time: SystemTime) -> SystemTime {
        time
    }
}

fn failing(place: &Place, request: Request, from: usize, cause: io::ErrorKind) -> FileStore {
    place.store.clone().in_trouble(Arc::new(Failing { request, from, cause, seen: AtomicUsize::new(0) }))
}

#[test]
fn where_locks_do_not_work_sessions_are_written_without_one() {
    let place = Place::new();
    let store = failing(&place, Request::Lock, 0, io::ErrorKind::Unsupported);
    let LockAttempt::Unsupported(error) = store.try_lock(&key()) else { panic!("a lock") };
    assert!(error.why().contains("locks do not work"), "{error}");
    store.save(&key(), &session("A")).expect("saved");
    store.touch(&key(), &"A".into(), now()).expect("touched");
    assert!(place.loaded().expect("a session").metadata.idle_seconds() < 60.0);
    let replaced = store.replace(&key(), &"A".into(), &session("B")).expect("replaced");
    assert!(matches!(replaced, Replaced::SavedWithoutLock(_)), "{replaced:?}");
    assert_eq!(place.loaded().expect("a session").metadata.session_id.expose(), "B");
    assert!(store.remove(&key()).expect("removed"));
}

#[test]
fn a_session_in_place_of_another_is_not_written_while_someone_holds_the_lock() {
    let place = Place::new();
    place.store.save(&key(), &session("A")).expect("saved");
    let guard = place.store.try_lock(&key());
    assert!(matches!(guard, LockAttempt::Held(_)));
    let replace = |before: &str| place.store.replace(&key(), &before.into(), &session("B")).expect("no error");
    assert!(matches!(replace("A"), Replaced::Skipped));
    drop(guard);
    assert!(matches!(replace("OTHER"), Replaced::Superseded));
    assert!(matches!(replace("A"), Replaced::Saved));
    fs::write(place.main(), &CORE[..40]).expect("half of it");
    assert!(matches!(replace("A"), Replaced::Skipped), "someone is writing in place");
    place.store.remove(&key()).expect("removed");
    assert!(matches!(replace("A"), Replaced::Superseded));
    assert!(!place.main().exists() && !place.side().exists());
}

#[test]
fn a_session_that_is_removed_while_it_is_replaced_leaves_nothing_behind() {
    /// Removes the main file when a side file has been put in its place: the next rename is the main file's.
    #[derive(Debug)]
    struct Remover(PathBuf, AtomicUsize);
    impl Trouble for Remover {
        fn strike(&self, request: Request) -> io::Result<()> {
            if request == Request::Rename && self.1.fetch_add(1, Ordering::Relaxed) == 1 {
                fs::remove_file(&self.0)?;
            }
            Ok(())
        }

        fn clock(&self, time: SystemTime) -> SystemTime {
            time
        }
    }
    let place = Place::new();
    place.store.save(&key(), &session("A")).expect("saved");
    let store = place.store.clone().in_trouble(Arc::new(Remover(place.main(), AtomicUsize::new(0))));
    let replaced = store.replace(&key(), &"A".into(), &session("B")).expect("no error");
    assert!(matches!(replaced, Replaced::Superseded), "{replaced:?}");
    let left = place.names_beside_locks();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_temporary_file_that_someone_with_a_wrong_clock_removed_is_written_again() {
    /// Removes every temporary file before the first rename.
    #[derive(Debug)]
    struct Sweeper(PathBuf, AtomicUsize);
    impl Trouble for Sweeper {
        fn strike(&self, request: Request) -> io::Result<()> {
            if request == Request::Rename && self.1.fetch_add(1, Ordering::Relaxed) == 0 {
                for entry in fs::read_dir(&self.0)? {
                    let path = entry?.path();
                    if path.display().to_string().contains(".tmp-") {
                        fs::remove_file(path)?;
                    }
                }
            }
            Ok(())
        }

        fn clock(&self, time: SystemTime) -> SystemTime {
            time
        }
    }
    let place = Place::made();
    let store = place.store.clone().in_trouble(Arc::new(Sweeper(place.directory.clone(), AtomicUsize::new(0))));
    store.save(&key(), &session("A")).expect("saved");
    assert_eq!(place.loaded().expect("a session").cookies, session("A").cookies);
}

#[test]
fn whatever_fails_is_an_error_of_the_cache_and_leaves_whole_files_and_nothing_else() {
    let requests = [Request::Open, Request::Read, Request::Create, Request::Write, Request::Rename, Request::Lock];
    let causes = [io::ErrorKind::StorageFull, io::ErrorKind::ReadOnlyFilesystem, io::ErrorKind::PermissionDenied];
    for request in requests {
        for (from, cause) in (0..4).flat_map(|from| causes.map(|cause| (from, cause))) {
            let place = Place::new();
            place.store.save(&key(), &session("A")).expect("saved");
            let store = failing(&place, request, from, cause);
            let what = format!("{request:?} from {from} on: {cause}");
            for outcome in [
                store.save(&key(), &session("B")),
                store.replace(&key(), &"A".into(), &session("B")).map(drop),
                store.touch(&key(), &"A".into(), now()),
                store.mark_refused(&key(), now()),
                store.load(&key()).map(drop),
            ] {
                assert!(outcome.is_ok() || is_cache_error(outcome), "{what}");
            }
            drop(store.try_lock(&key()));
            let loaded = place.loaded().expect("one of the two");
            assert!(["A", "B"].contains(&loaded.metadata.session_id.expose()), "{what}");
            assert!(!place.names().iter().any(|name| name.starts_with(".tmp-")), "{what}: {:?}", place.names());
        }
    }
}
