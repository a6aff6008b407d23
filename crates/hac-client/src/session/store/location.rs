//! The default directory for sessions.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::error::{Error, ErrorKind, Result};

/// A directory for sessions, and whether it is the default one, whose mode may be restricted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Location {
    pub(super) path: PathBuf,
    /// `false` for `HAC_CACHE_DIR`: the user chose that directory, and its mode.
    pub(super) is_default: bool,
}

impl Location {
    /// Returns `HAC_CACHE_DIR`, else `$XDG_CACHE_HOME/hac-client`, else `~/.cache/hac-client`.
    pub(super) fn from_environment() -> Result<Self> {
        Self::from(|name| std::env::var_os(name), std::env::home_dir())
    }

    fn from(variable: impl Fn(&str) -> Option<OsString>, home: Option<PathBuf>) -> Result<Self> {
        let set = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        if let Some(path) = set("HAC_CACHE_DIR") {
            return Ok(Self { path, is_default: false });
        }
        // XDG Base Directory Specification: relative paths are invalid and must be ignored.
        let cache = set("XDG_CACHE_HOME")
            .filter(|path| path.is_absolute())
            .or_else(|| home.filter(|home| !home.as_os_str().is_empty()).map(|home| home.join(".cache")));
        cache.map(|cache| Self { path: cache.join("hac-client"), is_default: true }).ok_or_else(|| {
            Error::new(ErrorKind::Cache, "find the directory for sessions")
                .because("the home directory is unknown")
                .with_hint("set HAC_CACHE_DIR")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(variables: &[(&str, &str)], home: Option<&str>) -> Result<Location> {
        let variable =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value));
        Location::from(variable, home.map(PathBuf::from))
    }

    /// Of paths that begin with a drive where an absolute path has one.
    fn path(variables: &[(&str, &str)], home: Option<&str>) -> String {
        let drive = if cfg!(windows) { "C:" } else { "" };
        let with_drive = |path: &str| if path.starts_with('/') { format!("{drive}{path}") } else { path.to_owned() };
        let variables: Vec<_> = variables.iter().map(|(name, path)| (*name, with_drive(path))).collect();
        let variables: Vec<_> = variables.iter().map(|(name, path)| (*name, path.as_str())).collect();
        let path = found(&variables, home.map(with_drive).as_deref()).expect("a directory").path;
        path.display().to_string().replace('\\', "/").replacen(drive, "", 1)
    }

    #[test]
    fn our_own_variable_comes_before_xdg_and_xdg_before_home() {
        let all = [("HAC_CACHE_DIR", "/ours"), ("XDG_CACHE_HOME", "/xdg")];
        assert_eq!(path(&all, Some("/home/u")), "/ours");
        assert_eq!(path(&all[1..], Some("/home/u")), "/xdg/hac-client");
        assert_eq!(path(&[], Some("/home/u")), "/home/u/.cache/hac-client");
    }

    #[test]
    fn an_empty_variable_is_not_set_and_a_relative_xdg_directory_is_ignored() {
        assert_eq!(path(&[("HAC_CACHE_DIR", ""), ("XDG_CACHE_HOME", "")], Some("/h")), "/h/.cache/hac-client");
        assert_eq!(path(&[("XDG_CACHE_HOME", "cache")], Some("/h")), "/h/.cache/hac-client");
    }

    #[test]
    fn a_directory_that_someone_chose_is_not_the_default_one() {
        assert!(!found(&[("HAC_CACHE_DIR", "/tmp")], Some("/h")).expect("found").is_default);
        let absolute = if cfg!(windows) { "C:/xdg" } else { "/xdg" };
        assert!(found(&[("XDG_CACHE_HOME", absolute)], None).expect("found").is_default);
        assert!(found(&[], Some("/h")).expect("found").is_default);
    }

    #[test]
    fn without_any_home_the_error_says_what_to_set() {
        let error = found(&[], None).expect_err("no home");
        assert_eq!(error.kind(), ErrorKind::Cache);
        assert_eq!(error.hint().map(ToString::to_string).as_deref(), Some("set HAC_CACHE_DIR"));
    }
}
