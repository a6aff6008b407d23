//! The directory for what is kept between runs and is no cache: `$XDG_STATE_HOME/hac-client`, else `~/.local/state/hac-client`; on
//! Windows `%LOCALAPPDATA%\hac-client`.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::os;

/// Returns the directory of this process; `None` if there is no home directory.
pub(crate) fn directory() -> Option<PathBuf> {
    directory_from(|name| std::env::var_os(name), std::env::home_dir())
}

pub(crate) fn directory_from(variable: impl Fn(&str) -> Option<OsString>, home: Option<PathBuf>) -> Option<PathBuf> {
    // The XDG specification: a relative path is invalid and to be ignored.
    let set = |name| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let of_the_user = || home.filter(|home| home.is_absolute()).map(|home| home.join(os::STATE_BELOW_HOME));
    let state = set("XDG_STATE_HOME").or_else(|| set(os::STATE_VARIABLE)).or_else(of_the_user);
    state.map(|state| state.join("hac-client"))
}
