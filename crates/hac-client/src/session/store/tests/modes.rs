//! The modes of files, which no other system than Unix has.

use super::*;

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
