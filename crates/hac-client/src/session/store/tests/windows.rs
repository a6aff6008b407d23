//! What only Windows has: access control lists, files that others have open, and notes beside locked files.

use std::fs::{self, OpenOptions};
use std::os::windows::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use windows_permissions::constants::{SeObjectType, SecurityInformation};
use windows_permissions::utilities::current_process_sid;
use windows_permissions::wrappers::SetNamedSecurityInfo;
use windows_permissions::{LocalBox, SecurityDescriptor};

use super::{Place, System, is_cache_error, key, session};
use crate::session::store::directory::Directory;
use crate::session::store::folder::Folder;
use crate::session::store::{LockAttempt, Request, SessionStore as _, Trouble};

/// What opens a file to rename or delete it.
const DELETE: u32 = 0x0001_0000;

/// `FILE_SHARE_READ | FILE_SHARE_WRITE`: who opens a file so keeps others from removing or replacing it.
const WITHOUT_LEAVE_TO_REMOVE: u32 = 0x1 | 0x2;

/// A clock that is so many seconds ahead.
#[derive(Debug)]
struct Later(u64);

impl Trouble for Later {
    fn strike(&self, _: Request) -> std::io::Result<()> {
        Ok(())
    }

    fn clock(&self, time: SystemTime) -> SystemTime {
        time + Duration::from_secs(self.0)
    }
}

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
fn the_name_of_a_removed_file_is_free_while_someone_still_reads_the_file() {
    let place = Place::new();
    place.store.save(&key(), &session("A")).expect("saved");
    let reader = fs::File::open(place.main()).expect("opened");
    assert!(place.store.remove(&key()).expect("removed"));
    assert!(!place.store.remove(&key()).expect("it is gone"));
    assert!(place.loaded().is_none());
    place.store.save(&key(), &session("B")).expect("saved");
    assert_eq!(place.loaded().expect("a session").metadata.session_id, "B".into());
    assert!(std::io::read_to_string(reader).expect("read").contains("\"A\""));
    assert!(place.store.remove(&key()).expect("removed"));
    assert!(place.names_beside_locks().is_empty(), "{:?}", place.names());
}

#[test]
fn a_file_that_another_process_renamed_again_is_removed_by_that_one() {
    let place = Place::new();
    place.store.save(&key(), &session("A")).expect("saved");
    let name = place.main().file_name().expect("a name").to_string_lossy().into_owned();
    let folder = Folder::open(&place.directory).expect("opened").expect("there");
    assert!(folder.set_aside(&name, "one").expect("renamed"));
    assert!(!folder.set_aside(&name, "late").expect("it is gone"));
    // It had opened the file before.
    fs::rename(place.directory.join("one"), place.directory.join("two")).expect("renamed");
    assert!(!folder.unlink_aside("one").expect("it is gone"));
    assert!(folder.unlink_aside("two").expect("removed"));
}

#[test]
fn a_file_that_another_process_can_still_rename_is_not_said_to_be_removed() {
    let place = Place::new();
    place.store.save(&key(), &session("A")).expect("saved");
    let hour_ago = SystemTime::now() - Duration::from_secs(3600);
    OpenOptions::new().write(true).open(place.main()).expect("opened").set_modified(hour_ago).expect("aged");
    let other = OpenOptions::new().access_mode(DELETE).open(place.main()).expect("opened to rename it");
    let error = place.store.remove(&key()).expect_err("it may be the other one that removes it");
    assert!(error.why().contains("another program has it open"), "{error}");
    drop(other);
    assert!(place.loaded().is_none() && !place.store.remove(&key()).expect("it has its name no more"));
    // What was left is as old as the removal: it is not swept at once.
    let left = place.names_beside_locks();
    assert!(left.len() == 1 && left[0].starts_with(".tmp-"), "{left:?}");
    let later = System::with(Arc::new(Later(61)));
    Directory::open(&place.directory, false, &later).expect("opened").expect("there").sweep(None);
    assert!(place.names_beside_locks().is_empty(), "{:?}", place.names());
}

#[test]
fn a_file_that_cannot_be_renamed_stays_and_is_an_error_after_a_second() {
    let place = Place::new();
    place.store.save(&key(), &session("A")).expect("saved");
    let _open = OpenOptions::new().read(true).share_mode(WITHOUT_LEAVE_TO_REMOVE).open(place.main()).expect("opened");
    let began = Instant::now();
    let error = place.store.remove(&key()).expect_err("it is open");
    assert!(error.why().contains("another program has it open"), "{error}");
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert_eq!(place.loaded().expect("a session").metadata.session_id, "A".into());
}

#[test]
fn a_read_only_file_is_removed() {
    let place = Place::new();
    place.store.save(&key(), &session("A")).expect("saved");
    let mut permissions = fs::metadata(place.main()).expect("its attributes").permissions();
    permissions.set_readonly(true);
    fs::set_permissions(place.main(), permissions).expect("changed");
    assert!(place.store.remove(&key()).expect("removed"));
    assert!(place.names_beside_locks().is_empty(), "{:?}", place.names());
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
