//! What the tests do in a way of its own on Windows.

use std::ffi::OsString;
use std::path::Path;

/// A console sends its signals to everybody.
pub(crate) fn prepare() {}

/// What the program needs in its environment to find its home, and Windows to find its own parts.
pub(crate) fn variables(home: &Path) -> Vec<(&'static str, OsString)> {
    const SYSTEM: [&str; 6] = ["SystemRoot", "SystemDrive", "windir", "PATH", "TEMP", "TMP"];
    let ours = ("USERPROFILE", home.into());
    SYSTEM.iter().filter_map(|name| Some((*name, std::env::var_os(name)?))).chain([ours]).collect()
}

/// What the state of programs lies in, in a home.
pub(crate) const STATE: &str = "AppData";

/// How a shell is told the URL.
pub(crate) const SETS_THE_URL: &str = "$env:HAC_URL = '";

/// What the program printed, as it is printed on Unix: the snapshots are of there.
pub(crate) fn as_elsewhere(text: String) -> String {
    let text = text.replace("hac.exe", "hac").replace("HOME\\", "HOME/");
    let text = text.replace("hac-client\\\\audit", "hac-client/audit").replace("hac-client\\audit", "hac-client/audit");
    text.replace(".cache\\hac-client\\", ".cache/hac-client/").replace(".config\\hac-client\\", ".config/hac-client/")
}

/// A file is as private as its directory, which the store itself checks at every use.
#[track_caller]
pub(crate) fn assert_private(file: &Path) {
    assert!(file.is_file(), "{}", file.display());
}
