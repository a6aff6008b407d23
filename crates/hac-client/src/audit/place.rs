//! Where the audit log is.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::error::{Error, ErrorKind, Result};
use crate::state;

/// A file, and whether it is the default one, whose directory is ours to tighten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) path: PathBuf,
    pub(super) is_default: bool,
}

const NAME: &str = "audit.jsonl";

impl Place {
    /// `$XDG_STATE_HOME/hac-client/audit.jsonl`, else `~/.local/state/hac-client/audit.jsonl`; on Windows
    /// `%LOCALAPPDATA%\hac-client\audit.jsonl`.
    pub(super) fn by_default() -> Result<Self> {
        Self::from(|name| std::env::var_os(name), std::env::home_dir())
    }

    fn from(variable: impl Fn(&str) -> Option<OsString>, home: Option<PathBuf>) -> Result<Self> {
        let directory = state::directory_from(variable, home);
        directory.map(|directory| Self { path: directory.join(NAME), is_default: true }).ok_or_else(|| {
            Error::new(ErrorKind::Io, "find the audit log")
                .because("the home directory is unknown")
                .with_hint("set XDG_STATE_HOME")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os;

    fn found(variables: &[(&str, &str)], home: Option<&str>) -> Option<String> {
        // Of paths that begin with a drive where an absolute path has one.
        let drive = if cfg!(windows) { "C:" } else { "" };
        let with_drive = |path: &str| if path.starts_with('/') { format!("{drive}{path}") } else { path.to_owned() };
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(with_drive(value)))
        };
        let place = Place::from(variable, home.map(with_drive).map(PathBuf::from)).ok()?;
        assert!(place.is_default);
        Some(place.path.display().to_string().replace('\\', "/").replacen(drive, "", 1))
    }

    #[test]
    fn the_log_is_in_the_state_directory_of_the_user() {
        assert_eq!(
            found(&[("XDG_STATE_HOME", "/state")], Some("/home/u")).as_deref(),
            Some("/state/hac-client/audit.jsonl")
        );
        let of_the_user = format!("/home/u/{}/hac-client/audit.jsonl", os::STATE_BELOW_HOME);
        for ignored in [&[][..], &[("XDG_STATE_HOME", "")], &[("XDG_STATE_HOME", "relative")]] {
            assert_eq!(found(ignored, Some("/home/u")), Some(of_the_user.clone()), "{ignored:?}");
        }
        assert_eq!(found(&[], None), None);
        assert_eq!(found(&[], Some("")), None);
    }
}
