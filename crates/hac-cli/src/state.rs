//! The directory for what the program remembers between runs: `$XDG_STATE_HOME/hac-client`, else `~/.local/state/hac-client`.

use std::path::PathBuf;

use crate::env::{self, Environment};

/// The directory; `None` where there is no home.
pub(crate) fn directory(environment: &Environment) -> Option<PathBuf> {
    // The XDG specification: a relative path is invalid and to be ignored.
    let chosen = environment.raw(env::XDG_STATE_HOME).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = chosen.or_else(|| environment.home().map(|home| home.join(".local").join("state")));
    state.map(|state| state.join("hac-client"))
}
