use std::sync::Barrier;

use super::*;
use crate::session::store::directory::{Directory, removed_name};

/// How many remove a file at the same moment, and how often.
const REMOVERS: usize = 4;
const ROUNDS: usize = 50;

#[test]
fn of_many_who_remove_a_file_at_the_same_moment_one_hears_that_it_was_there() {
    let place = Place::made();
    let (main, md5) = (place.main(), key().md5());
    let name = main.file_name().and_then(|name| name.to_str()).expect("a name");
    let (start, end) = (Barrier::new(REMOVERS + 1), Barrier::new(REMOVERS + 1));
    let removals: Vec<usize> = std::thread::scope(|scope| {
        let removers: Vec<_> = (0..REMOVERS)
            .map(|_| {
                let directory = open(&place);
                let (start, end, md5) = (&start, &end, &md5);
                scope.spawn(move || {
                    let mut removed = Vec::new();
                    for _ in 0..ROUNDS {
                        start.wait();
                        removed.push(directory.remove(name, md5));
                        end.wait();
                    }
                    removed
                })
            })
            .collect();
        for _ in 0..ROUNDS {
            fs::write(&main, CORE).expect("written");
            start.wait();
            end.wait();
        }
        let removed: Vec<_> = removers.into_iter().map(|remover| remover.join().expect("no panic")).collect();
        (0..ROUNDS).map(|round| removed.iter().filter(|of| *of[round].as_ref().expect("no error")).count()).collect()
    });
    assert_eq!(removals, [1; ROUNDS]);
    assert!(place.names().is_empty(), "{:?}", place.names());
}

#[test]
fn what_a_killed_remover_left_is_no_session_and_is_swept_like_the_file_of_a_killed_writer() {
    let ways: [fn(&FileStore); 2] = [
        |store| store.save(&key(), &session("B")).expect("saved"),
        |store| assert_eq!(store.clear().expect("cleared"), 0, "what was left counts as a session"),
    ];
    for way in ways {
        for (age, stays) in [(50, true), (70, false)] {
            let place = Place::new();
            place.store.save(&key(), &bare("A")).expect("saved");
            let left = place.directory.join(removed_name(&key().md5()));
            fs::rename(place.main(), &left).expect("renamed");
            let file = fs::OpenOptions::new().write(true).open(&left).expect("opened");
            file.set_modified(SystemTime::now() - Duration::from_secs(age)).expect("its time");
            drop(file);
            assert!(place.loaded().is_none());
            assert!(place.store.list().expect("listed").is_empty());
            way(&place.store);
            assert_eq!(left.exists(), stays, "{age}");
        }
    }
}

#[test]
fn a_file_that_must_be_renamed_to_be_removed_takes_the_name_of_no_other() {
    let md5 = key().md5();
    assert_ne!(removed_name(&md5), removed_name(&md5));
    let place = Place::made();
    let (written, _file) = open(&place).create_temporary(&md5).expect("created");
    assert_ne!(removed_name(&md5), written);
}

fn open(place: &Place) -> Directory {
    Directory::open(&place.directory, false, &System::default()).expect("opened").expect("there")
}
