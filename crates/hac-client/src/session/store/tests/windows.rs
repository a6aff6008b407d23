//! What only Windows has: access control lists, files that others have open, and notes beside locked files.

use std::fs::{self, OpenOptions};
use std::os::windows::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use windows_permissions::constants::{SeObjectType, SecurityInformation};
use windows_permissions::utilities::current_process_sid;
use windows_permissions::wrappers::SetNamedSecurityInfo;
use windows_permissions::{LocalBox, SecurityDescriptor};

use super::{Place, is_cache_error, key, session};
use crate::session::store::folder::Folder;
use crate::session::store::{LockAttempt, SessionStore as _};

/// `FILE_SHARE_READ | FILE_SHARE_WRITE`: who opens a file so keeps others from removing or replacing it.
const WITHOUT_LEAVE_TO_REMOVE: u32 = 0x1 | 0x2;

/// A new directory is as private as the one above it.
pub(super) fn make_private(_: &Path) {}

/// Whether nobody else may read what is in the directory of a file.
pub(super) fn is_private(path: &Path) -> bool {
    let directory = path.parent().expect("a directory");
    let folder = Folder::open(directory).expect("opened").expect("there");
    folder.check(directory, false).expect("checked").is_none()
}

/// Beside the locked file, which nobody else can read.
pub(super) fn name_of_note() -> &'static str {
    "holder"
}

/// Lets these do what is said, beside ourselves.
fn let_others(directory: &Path, entries: &str) {
    let ourselves = current_process_sid().expect("a user").to_string();
    let list = format!("D:P(A;OICI;FA;;;{ourselves}){entries}");
    let descriptor: LocalBox<SecurityDescriptor> = list.parse().expect("a list");
    let what = SecurityInformation::Dacl | SecurityInformation::ProtectedDacl;
    SetNamedSecurityInfo(directory, SeObjectType::SE_FILE_OBJECT, what, None, None, descriptor.dacl(), None)
        .expect("the list is set");
}

#[test]
fn a_directory_that_others_may_write_to_is_refused() {
    let place = Place::made();
    place.store.save(&key(), &session("A")).expect("private");
    let_others(&place.directory, "(A;OICI;FA;;;WD)");
    let error = place.store.save(&key(), &session("B")).expect_err("refused");
    assert!(error.to_string().contains("other users can write to this directory"), "{error}");
    assert!(error.hint().is_some_and(|hint| hint.to_string().contains("icacls")), "{error:?}");
    assert!(is_cache_error(place.store.load(&key())));
    assert!(matches!(place.store.try_lock(&key()), LockAttempt::Unsupported(_)));
    let_others(&place.directory, "(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)");
    assert!(place.store.load(&key()).expect("private again").is_some());
}

#[test]
fn a_directory_in_which_others_may_read_files_is_refused() {
    let place = Place::made();
    let_others(&place.directory, "(A;OICI;FR;;;WD)");
    let error = place.store.save(&key(), &session("A")).expect_err("refused");
    assert!(error.to_string().contains("other users can read the files in this directory"), "{error}");
}

#[test]
fn a_file_that_another_program_has_open_is_replaced_as_soon_as_it_is_closed() {
    let place = Place::new();
    place.store.save(&key(), &session("A")).expect("saved");
    let open = OpenOptions::new().read(true).share_mode(WITHOUT_LEAVE_TO_REMOVE).open(place.main()).expect("opened");
    let closing = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        drop(open);
    });
    place.store.save(&key(), &session("B")).expect("saved in the end");
    closing.join().expect("closed");
    assert_eq!(place.loaded().expect("a session").metadata.session_id, "B".into());
}

#[test]
fn a_file_that_another_program_keeps_open_is_an_error_after_a_second() {
    let place = Place::new();
    place.store.save(&key(), &session("A")).expect("saved");
    let _open = OpenOptions::new().read(true).share_mode(WITHOUT_LEAVE_TO_REMOVE).open(place.main()).expect("opened");
    let began = Instant::now();
    assert!(is_cache_error(place.store.save(&key(), &session("B"))));
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert_eq!(place.loaded().expect("a session").metadata.session_id, "A".into());
    assert!(!place.names().iter().any(|name| name.starts_with(".tmp-")), "{:?}", place.names());
}

#[test]
fn another_handle_cannot_read_a_locked_file_and_the_holder_is_named_all_the_same() {
    let place = Place::new();
    let guard = place.store.try_lock(&key());
    assert!(matches!(guard, LockAttempt::Held(_)));
    assert!(fs::read(place.lock()).is_err() || fs::read(place.lock()).is_ok_and(|text| text.is_empty()));
    let LockAttempt::Busy(Some(holder)) = place.store.try_lock(&key()) else { panic!("nobody is named") };
    assert_eq!(holder.pid, std::process::id());
    assert!(place.note().exists());
}

#[test]
fn what_is_no_file_of_ours_is_neither_read_nor_written() {
    let place = Place::made();
    fs::create_dir(place.main()).expect("a directory in the way");
    assert!(is_cache_error(place.load().0));
    assert!(is_cache_error(place.store.save(&key(), &session("A"))));
    fs::remove_dir(place.main()).expect("removed");
    let target = place.root.path().join("target");
    fs::write(&target, "precious").expect("written");
    fs::hard_link(&target, place.main()).expect("linked");
    assert!(is_cache_error(place.load().0));
    assert!(is_cache_error(place.store.save(&key(), &session("A"))));
    assert_eq!(fs::read_to_string(&target).expect("read"), "precious");
}

#[test]
fn a_link_is_neither_read_nor_written() {
    let place = Place::made();
    let target = place.root.path().join("target");
    fs::write(&target, "precious").expect("written");
    if let Err(cause) = std::os::windows::fs::symlink_file(&target, place.main()) {
        eprintln!("left out: this user may not make links: {cause}");
        return;
    }
    assert!(is_cache_error(place.load().0));
    assert!(is_cache_error(place.store.save(&key(), &session("A"))));
    assert_eq!(fs::read_to_string(&target).expect("read"), "precious");
}
