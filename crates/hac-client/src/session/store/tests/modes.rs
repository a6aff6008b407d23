//! The modes of files, which no other system than Unix has.

use super::*;
use crate::session::store::folder::{Access, Folder, Opened};

#[test]
fn every_file_is_ours_alone_even_where_hac_client_core_made_it_public() {
    let place = Place::made();
    for (path, text) in [(place.main(), CORE), (place.side(), CORE), (place.lock(), "")] {
        fs::write(&path, text).expect("written");
        set_mode(&path, 0o666);
    }
    let guard = place.store.try_lock(&key());
    assert!(matches!(guard, LockAttempt::Held(_)));
    place.store.save(&key(), &session("A")).expect("saved");
    for path in [place.main(), place.side(), place.lock()] {
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    let later = now();
    place.store.mark_refused(&key(), later).expect("marked");
    drop(guard);
    place.store.touch(&key(), &"A".into(), later).expect("touched");
    for path in [place.main(), place.side()] {
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[test]
fn the_mode_of_a_lock_file_with_other_content_is_left_as_it_is() {
    let place = Place::made();
    fs::write(place.lock(), "precious").expect("written");
    set_mode(&place.lock(), 0o644);
    drop(place.store.try_lock(&key()));
    assert_eq!(mode(&place.lock()), 0o644);
    fs::write(place.lock(), "").expect("written");
    drop(place.store.try_lock(&key()));
    assert_eq!(mode(&place.lock()), 0o600);
}

#[test]
fn a_file_that_was_opened_by_a_link_and_stands_elsewhere_is_not_taken_for_ours() {
    let place = Place::made();
    let (victim, link) = (place.root.path().join("victim"), place.directory.join("lock_x"));
    fs::write(&victim, "").expect("written");
    set_mode(&victim, 0o644);
    fs::hard_link(&victim, &link).expect("linked");
    let folder = Folder::open(&place.directory).expect("opened").expect("there");
    let Ok(Opened::File(file)) = folder.open_file("lock_x", Access::Lock) else { panic!("it can be opened") };
    assert!(!folder.is_still("lock_x", &file), "it has two names");
    // Somebody puts another file in the place of the link: now the one that is open has one name, as ours have.
    fs::remove_file(&link).expect("removed");
    fs::write(&link, "").expect("written");
    let metadata = file.metadata().expect("metadata");
    assert!(folder.is_ours(&file, &metadata), "at a look at the file alone");
    assert!(!folder.is_still("lock_x", &file));
    folder.make_lock_private("lock_x", &file, &metadata).expect("nothing to do");
    assert_eq!(mode(&victim), 0o644);
}
