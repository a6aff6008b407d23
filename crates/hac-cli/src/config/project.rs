//! The file of a project, `.hac.toml`, found from the current directory upwards.
//!
//! Whoever wrote the project wrote it. So it sets how results are printed, and nothing else before its user trusts it: this text at this path.

use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};

use hac_client::{Error, ErrorKind, Result};
use sha2::{Digest as _, Sha256};

use super::{Config, decode, read};
use crate::env::Environment;
use crate::os;
use crate::state;

/// The name of the file.
pub(crate) const NAME: &str = ".hac.toml";

/// A project's file.
#[derive(Debug)]
pub(crate) struct Project {
    pub path: PathBuf,
    text: String,
}

/// Whether the user trusts the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    Trusted,
    /// Another text at this path was trusted.
    Changed,
    NotTrusted,
}

impl Project {
    /// Finds the file of the directory, or of the closest one above it. One that somebody else could have written is as good as none;
    /// the words for that are in `warnings`.
    pub(crate) fn find(directory: &Path, warnings: &mut Vec<String>) -> Option<Self> {
        let path = directory.ancestors().map(|above| above.join(NAME)).find(|path| path.is_file())?;
        match read::text(&path) {
            Ok(text) => Some(Self { path, text: text? }),
            Err(error) => {
                warnings.push(format!("{} is ignored: {}", path.display(), error.why()));
                None
            }
        }
    }

    /// What the file says, as far as it has a say.
    pub(crate) fn config(&self, environment: &Environment) -> Result<Config> {
        let home = environment.home();
        let read = decode::config(&self.text, &self.path, home.as_deref());
        let trust = self.trust(environment);
        if trust == Trust::Trusted {
            return read;
        }
        // Nobody vouches for it: what is wrong with it is no reason to stop.
        let config = match read {
            Ok(config) => config,
            Err(error) => {
                let hint = error.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
                let warnings = vec![format!("{} is ignored: {}{hint}", self.path.display(), error.why())];
                return Ok(Config { path: self.path.clone(), warnings, ..Config::default() });
            }
        };
        let mut warnings = config.warnings;
        if config.default_environment.is_some() || !config.environments.is_empty() {
            let state = if trust == Trust::Changed { "has changed since you trusted it" } else { "is not trusted" };
            warnings.push(format!(
                "{} {state}, so only its output options are used; read it, then run `hac trust`",
                self.path.display()
            ));
        }
        Ok(Config { path: self.path.clone(), output: config.output, warnings, ..Config::default() })
    }

    /// Whether this text at this path was trusted.
    pub(crate) fn trust(&self, environment: &Environment) -> Trust {
        let is_ours = |mark: Result<PathBuf>| {
            let metadata = mark.ok().and_then(|mark| File::open(mark).ok()?.metadata().ok());
            metadata.is_some_and(|metadata| metadata.is_file() && os::is_own(&metadata))
        };
        if is_ours(self.mark(environment)) {
            Trust::Trusted
        } else if is_ours(self.mark_of_path(environment)) {
            Trust::Changed
        } else {
            Trust::NotTrusted
        }
    }

    /// Trusts this text at this path. A file that cannot be used is refused.
    pub(crate) fn set_trusted(&self, environment: &Environment) -> Result<()> {
        decode::config(&self.text, &self.path, environment.home().as_deref())?;
        // The one of the path last: it says nothing but that there was a text to be trusted.
        for mark in [self.mark(environment)?, self.mark_of_path(environment)?] {
            let failed = |cause: std::io::Error| self.failed(&mark, &cause);
            os::make_private_directory(mark.parent().unwrap_or(Path::new("."))).map_err(failed)?;
            let mut file = os::open_private(&mark).map_err(failed)?;
            std::io::Write::write_all(&mut file, self.path.as_os_str().as_encoded_bytes()).map_err(failed)?;
        }
        Ok(())
    }

    /// Takes the trust back; says whether there was any.
    pub(crate) fn revoke(&self, environment: &Environment) -> Result<bool> {
        let remove = |mark: PathBuf| match std::fs::remove_file(&mark) {
            Ok(()) => Ok(true),
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(cause) => Err(self.failed(&mark, &cause)),
        };
        let was_trusted = remove(self.mark(environment)?)?;
        remove(self.mark_of_path(environment)?)?;
        Ok(was_trusted)
    }

    fn failed(&self, mark: &Path, cause: &std::io::Error) -> Error {
        Error::new(ErrorKind::Config, format!("trust {}", self.path.display()))
            .because(format!("{}: {cause}", mark.display()))
    }

    /// The file whose existence says that this text at this path is trusted.
    fn mark(&self, environment: &Environment) -> Result<PathBuf> {
        self.mark_of(Some(&self.text), environment)
    }

    /// The file whose existence says that some text at this path was trusted.
    fn mark_of_path(&self, environment: &Environment) -> Result<PathBuf> {
        self.mark_of(None, environment)
    }

    fn mark_of(&self, text: Option<&str>, environment: &Environment) -> Result<PathBuf> {
        let state = state::directory(environment).ok_or_else(|| {
            Error::new(ErrorKind::Config, "look up which projects are trusted")
                .because("the home directory is unknown")
                .with_hint("set HOME or XDG_STATE_HOME")
        })?;
        // The real path: a link to another project is another project.
        let path = self.path.canonicalize().unwrap_or_else(|_| self.path.clone());
        let mut hash = Sha256::new();
        hash.update(path.as_os_str().as_encoded_bytes());
        if let Some(text) = text {
            hash.update([0]);
            hash.update(text);
        }
        let mut name = String::with_capacity(64);
        for byte in hash.finalize() {
            let _ = write!(name, "{byte:02x}");
        }
        Ok(state.join("trusted").join(name))
    }
}
