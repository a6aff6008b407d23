//! Where the configuration file is.

use std::path::{Path, PathBuf};

use hac_client::{Error, ErrorKind, Result};

use super::Config;
use crate::env::{self, Environment};

/// `HAC_CLIENT_CONFIG_PATH`, else `$XDG_CONFIG_HOME/hac-client/config.toml`, else `~/.config/hac-client/config.toml`, on every system.
pub(crate) fn path(environment: &Environment) -> Result<PathBuf> {
    let home = environment.home();
    if let Some(path) = environment.raw(env::CONFIG_PATH) {
        return Ok(expanded(Path::new(&path), home.as_deref()));
    }
    // The XDG specification: a relative path is invalid and to be ignored.
    let directory = environment
        .raw(env::XDG_CONFIG_HOME)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| home.map(|home| home.join(".config")));
    directory.map(|directory| directory.join("hac-client").join("config.toml")).ok_or_else(|| {
        Error::new(ErrorKind::Config, "find the configuration")
            .because("the home directory is unknown")
            .with_hint("set HAC_CLIENT_CONFIG_PATH to the path of a file")
    })
}

/// What to say where the variable names a file that is not there: no environment is known then, and none is protected.
pub(crate) fn absence(environment: &Environment, files: &[Config]) -> Option<String> {
    let named = environment.raw(env::CONFIG_PATH)?;
    let path = path(environment).ok()?;
    // It is read last: a project's file goes before it.
    let is_absent = files.last().is_some_and(|file| file.path == path && !file.exists);
    is_absent.then(|| {
        format!(
            "{} names {}, which does not exist: no environment and no protection is configured",
            env::CONFIG_PATH,
            Path::new(&named).display()
        )
    })
}

/// A path whose `~` is the home directory.
pub(crate) fn expanded(path: &Path, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}

#[cfg(all(test, unix))] // an absolute path of Windows begins with a drive
mod tests {
    use super::*;

    fn found<const N: usize>(variables: [(&'static str, &str); N]) -> Option<String> {
        let path = path(&Environment::from(variables)).ok()?;
        Some(path.display().to_string())
    }

    #[test]
    fn the_variable_wins_over_the_xdg_directory_and_that_over_the_home() {
        let at = |path: &str| Some(path.to_owned());
        assert_eq!(found([("HOME", "/h")]), at("/h/.config/hac-client/config.toml"));
        assert_eq!(found([("HOME", "/h"), ("XDG_CONFIG_HOME", "/x")]), at("/x/hac-client/config.toml"));
        assert_eq!(found([("HOME", "/h"), ("XDG_CONFIG_HOME", "x")]), at("/h/.config/hac-client/config.toml"));
        assert_eq!(found([("HOME", "/h"), ("XDG_CONFIG_HOME", "")]), at("/h/.config/hac-client/config.toml"));
        let chosen = |path| found([("HOME", "/h"), ("XDG_CONFIG_HOME", "/x"), ("HAC_CLIENT_CONFIG_PATH", path)]);
        assert_eq!(chosen("/etc/hac.toml"), at("/etc/hac.toml"));
        assert_eq!(chosen("~/hac.toml"), at("/h/hac.toml"));
        assert_eq!(chosen("~other/hac.toml"), at("~other/hac.toml"));
    }
}
