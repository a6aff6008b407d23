//! Odd objects where files of the store should be, and the files that they lead to.

use std::os::unix::fs::MetadataExt as _;
use std::os::unix::fs::{chown, lchown, symlink};

use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::super::*;
use super::dice::Dice;
use super::sessions::{KEYS, WRITTEN_IN_PLACE, key_of};

/// From this key on an odd object may stand in place of the lock too.
const ODD_LOCKS: usize = 9;
/// Somebody else.
const SOMEONE: u32 = 54_321;

pub(super) fn may_stand_at_the_lock_of(key: usize) -> bool {
    key >= ODD_LOCKS
}

/// Whether something odd may stand at a name.
pub(super) fn is_odd_place(name: &str) -> bool {
    places().any(|place| place == name)
}

fn places() -> impl Iterator<Item = String> {
    (WRITTEN_IN_PLACE..KEYS).flat_map(|number| {
        let md5 = key_of(number).md5();
        let lock = may_stand_at_the_lock_of(number).then(|| format!("lock_{md5}"));
        [Some(format!("session_{md5}.json")), Some(format!("extra_{md5}.json")), lock].into_iter().flatten()
    })
}

/// Files outside of the store that nobody may change, whatever leads to them.
pub(super) struct Victims {
    pub(super) directory: PathBuf,
    before: Vec<(PathBuf, Vec<u8>, u32, u32)>,
}

impl Victims {
    pub(super) fn make(root: &Path) -> Self {
        let directory = root.join("victims");
        fs::create_dir(&directory).expect("made");
        for (name, text) in [("ours", "precious"), ("empty", ""), ("session", CORE), ("note", "{\"pid\":1}")] {
            let path = directory.join(name);
            fs::write(&path, text).expect("written");
            set_mode(&path, 0o644);
        }
        let theirs = directory.join("theirs");
        fs::write(&theirs, CORE).expect("written");
        if !rustix::process::geteuid().is_root() {
            super::say("without files of another user: only root can make them");
        } else if let Err(cause) = chown(&theirs, Some(SOMEONE), Some(SOMEONE)) {
            super::say(&format!("without files of another user: {cause}"));
        }
        let mut victims = Self { directory, before: Vec::new() };
        victims.before = victims.look();
        victims
    }

    fn look(&self) -> Vec<(PathBuf, Vec<u8>, u32, u32)> {
        let entries = fs::read_dir(&self.directory).expect("the victims").map(|entry| entry.expect("an entry").path());
        let mut seen: Vec<_> = entries
            .map(|path| {
                let metadata = fs::metadata(&path).expect("a victim");
                let text = fs::read(&path).expect("readable");
                (path, text, metadata.mode(), metadata.uid())
            })
            .collect();
        seen.sort();
        seen
    }

    #[track_caller]
    pub(super) fn assert_untouched(&self) {
        assert_eq!(self.look(), self.before, "a file outside of the store was changed");
    }
}

/// Puts an odd object somewhere, in place of what is there.
pub(super) fn put_odd_object(directory: &Path, victims: &Path, name: &str, dice: &mut Dice) -> bool {
    let places: Vec<_> = places().collect();
    let place = directory.join(dice.pick(&places));
    let object = victims.parent().unwrap_or(victims).join(name);
    let victim = victims.join(*dice.pick(&["ours", "empty", "session", "note", "theirs"]));
    let node = |kind| mknodat(CWD, &object, kind, Mode::from_raw_mode(0o600), rustix::fs::makedev(1, 3));
    let made = match dice.below(8) {
        0 => fs::create_dir(&object),
        1 => node(FileType::Fifo).map_err(Into::into),
        2 => node(FileType::Socket).map_err(Into::into),
        // /dev/null, where one may make devices.
        3 => node(FileType::CharacterDevice).map_err(Into::into),
        4 => symlink(&victim, &object),
        5 => symlink("/nowhere/at/all", &object),
        6 => fs::hard_link(&victim, &object),
        _ => fs::write(&object, CORE).and_then(|()| lchown(&object, Some(SOMEONE), None)),
    };
    if made.is_err() {
        let _ = fs::remove_file(&object);
        return false;
    }
    let _ = fs::remove_dir(&place);
    // A directory does not take the place of a file.
    if fs::symlink_metadata(&object).is_ok_and(|metadata| metadata.is_dir()) {
        let _ = fs::remove_file(&place);
    }
    let put = fs::rename(&object, &place).is_ok();
    if !put {
        let _ = fs::remove_dir(&object);
        let _ = fs::remove_file(&object);
    }
    put
}

/// Removes what stands in an odd place; what is there may be a session of the store, which is as good.
pub(super) fn remove_from_odd_place(directory: &Path, dice: &mut Dice) {
    let places: Vec<_> = places().collect();
    let place = directory.join(dice.pick(&places));
    let _ = fs::remove_dir(&place);
    let _ = fs::remove_file(&place);
}

pub(super) fn remove_odd_objects(directory: &Path) {
    for place in places() {
        let path = directory.join(place);
        let _ = fs::remove_dir(&path);
        let _ = fs::remove_file(&path);
    }
}
