//! The user's configuration file: environments, their endpoints, and how each is protected.
//!
//! The format is that of hac-client-cli, and more keys. A configuration never holds a password.

mod decode;
mod edit;
mod keys;
mod location;
mod project;
mod read;

use std::path::{Path, PathBuf};

pub(crate) use edit::{Change, Edit, replace, target};
#[cfg(test)]
pub(crate) use keys::{ENDPOINT_KEYS, OUTPUT_KEYS};
pub(crate) use location::{absence, path};
pub(crate) use project::{NAME as PROJECT_FILE, Project};

use crate::args::RowFormat;
use crate::env::Environment;
use hac_client::Result;
use hac_client::protection::Protection;

/// The value of `proxy` for none at all.
pub(crate) const NO_PROXY: &str = "none";

/// A value, and the line of the file that it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Located<T> {
    pub value: T,
    pub line: usize,
}

impl<T> Located<T> {
    /// The same with another value.
    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Located<U> {
        Located { value: change(self.value), line: self.line }
    }
}

/// What a configuration file says.
#[derive(Debug, Default)]
pub(crate) struct Config {
    /// Where the file is, or would be.
    pub path: PathBuf,
    /// Whether there is a file.
    pub exists: bool,
    pub default_environment: Option<Located<String>>,
    /// By name.
    pub environments: Vec<EnvironmentConfig>,
    pub output: OutputConfig,
    /// What was found that is no reason to stop.
    pub warnings: Vec<String>,
}

/// How results are printed.
#[derive(Debug, Default)]
pub(crate) struct OutputConfig {
    pub format: Option<Located<RowFormat>>,
    /// Whether long results are shown in a pager. Which one no file says: a project's file could run any program then.
    pub pager: Option<Located<bool>>,
    /// The width of tables, in place of that of the terminal.
    pub width: Option<Located<u16>>,
    pub color: Option<Located<Color>>,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Color {
    /// On a terminal.
    Auto,
    Always,
    Never,
}

impl Color {
    pub(crate) const ALL: &'static [Self] = &[Self::Auto, Self::Always, Self::Never];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Always => "always",
            Self::Never => "never",
        }
    }
}

/// An environment: some endpoints of one installation.
#[derive(Debug, Default)]
pub(crate) struct EnvironmentConfig {
    pub name: String,
    /// Where it begins in the file.
    pub line: usize,
    pub default_endpoint: Option<Located<String>>,
    pub protection: Option<Located<Protection>>,
    pub allow_scripts: Option<Located<bool>>,
    pub data_source: Option<Located<String>>,
    pub audit: Option<Located<Auditing>>,
    /// By name.
    pub endpoints: Vec<EndpointConfig>,
}

/// An endpoint: one address, and how to connect to it.
#[derive(Debug, Default)]
pub(crate) struct EndpointConfig {
    pub name: String,
    pub url: Option<Located<String>>,
    pub ignore_ssl: Option<Located<bool>>,
    pub timeout: Option<Located<f64>>,
    pub username: Option<Located<String>>,
    pub password_command: Option<Located<PasswordCommand>>,
    pub pin: Option<Located<String>>,
    pub cacert: Option<Located<PathBuf>>,
    pub client_cert: Option<Located<PathBuf>>,
    pub client_key: Option<Located<PathBuf>>,
    pub proxy: Option<Located<String>>,
    pub gate: Option<Located<String>>,
    pub headers: Option<Located<Vec<(String, String)>>>,
    pub context_path: Option<Located<String>>,
    pub route: Option<Located<String>>,
    pub session_cookie: Option<Located<String>>,
}

/// Whether a write that cannot be recorded is sent all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Auditing {
    /// It is, with a warning.
    On,
    /// It is refused.
    Required,
}

impl Auditing {
    pub(crate) const ALL: &'static [Self] = &[Self::On, Self::Required];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Required => "required",
        }
    }
}

/// A program that prints a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PasswordCommand {
    /// A line for the shell.
    Line(String),
    /// A program and its arguments.
    Program(Vec<String>),
}

impl Config {
    /// Reads the user's file, if there is one.
    pub(crate) fn load(environment: &Environment) -> Result<Self> {
        let path = path(environment)?;
        match read::text(&path)? {
            Some(text) => decode::config(&text, &path, environment.home().as_deref()),
            None => Ok(Self { path, ..Self::default() }),
        }
    }

    /// The files that have a say in this directory, the stronger first: that of a project, and the user's.
    pub(crate) fn all(environment: &Environment, directory: Option<&Path>) -> Result<Vec<Self>> {
        let mut warnings = Vec::new();
        let project = directory.and_then(|directory| Project::find(directory, &mut warnings));
        let mut files = Vec::with_capacity(2);
        if let Some(project) = project {
            files.push(project.config(environment)?);
        }
        files.push(Self::load(environment)?);
        files[0].warnings.splice(0..0, warnings);
        Ok(files)
    }

    /// The same files for a command that is not about a server: how they want results printed, and no word about the rest of them.
    pub(crate) fn of_output(environment: &Environment, directory: Option<&Path>) -> Vec<Self> {
        let files = Self::all(environment, directory).unwrap_or_default().into_iter();
        files.map(|file| Self { path: file.path, output: file.output, ..Self::default() }).collect()
    }

    /// The text of a file of settings, checked as far as its owner goes; `None` where there is none.
    pub(crate) fn text_of(path: &Path) -> Result<Option<String>> {
        read::text(path)
    }

    /// Reads a text as `load` does.
    pub(crate) fn of_text(text: &str, path: &Path, environment: &Environment) -> Result<Self> {
        decode::config(text, path, environment.home().as_deref())
    }

    /// The environment of this name.
    pub(crate) fn environment(&self, name: &str) -> Option<&EnvironmentConfig> {
        self.environments.iter().find(|environment| environment.name == name)
    }

    /// Every endpoint, with its environment.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&EnvironmentConfig, &EndpointConfig)> {
        self.environments
            .iter()
            .flat_map(|environment| environment.endpoints.iter().map(move |endpoint| (environment, endpoint)))
    }
}

impl EnvironmentConfig {
    /// The endpoint of this name.
    pub(crate) fn endpoint(&self, name: &str) -> Option<&EndpointConfig> {
        self.endpoints.iter().find(|endpoint| endpoint.name == name)
    }

    /// The names of its endpoints.
    pub(crate) fn endpoint_names(&self) -> Vec<&str> {
        self.endpoints.iter().map(|endpoint| endpoint.name.as_str()).collect()
    }
}

#[cfg(test)]
mod tests;
