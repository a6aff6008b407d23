//! What the tests do in a way of its own on Unix.

use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::{Arc, Once};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

/// Lets the programs that the tests start heed signals, also where the tests were started by `nohup` or in the background of a
/// script: what is ignored here would be ignored in there. A signal with a handler is ignored here all the same, and is at its
/// default in there.
pub(crate) fn prepare() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap_or_default();
        let mask = u64::from_str_radix(mask.trim(), 16).unwrap_or_default();
        for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM].into_iter().filter(|signal| mask >> (signal - 1) & 1 == 1) {
            signal_hook::flag::register(signal, Arc::default()).expect("a handler");
        }
    });
}

/// What the program needs in its environment to find its home.
pub(crate) fn variables(home: &Path) -> Vec<(&'static str, OsString)> {
    vec![("HOME", home.into())]
}

/// What the state of programs lies in, in a home.
pub(crate) const STATE: &str = ".local";

/// How a shell is told the URL.
pub(crate) const SETS_THE_URL: &str = "export HAC_URL=";

/// What the program printed, as it is printed on Unix.
pub(crate) fn as_elsewhere(text: String) -> String {
    text
}

/// Only the user may read a file.
#[track_caller]
pub(crate) fn assert_private(file: &Path) {
    let mode = std::fs::metadata(file).expect("metadata").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "{}", file.display());
}
