//! The environment variables. Nothing else in the program reads the environment.

use std::ffi::OsString;
use std::path::PathBuf;

pub(crate) const URL: &str = "HAC_URL";
pub(crate) const USERNAME: &str = "HAC_USERNAME";
pub(crate) const PASSWORD: &str = "HAC_PASSWORD";
pub(crate) const GATE_PASSWORD: &str = "HAC_GATE_PASSWORD";
pub(crate) const CACHE_DIR: &str = "HAC_CACHE_DIR";
pub(crate) const SESSION_ID: &str = "HAC_SESSION_ID";
pub(crate) const CSRF_TOKEN: &str = "HAC_CSRF_TOKEN";
pub(crate) const ROUTE_COOKIE: &str = "HAC_ROUTE_COOKIE";
pub(crate) const MASK_KEY: &str = "HAC_MASK_KEY";
pub(crate) const PATH: &str = "PATH";
pub(crate) const TERM: &str = "TERM";
pub(crate) const COLUMNS: &str = "COLUMNS";
pub(crate) const CONFIG_PATH: &str = "HAC_CLIENT_CONFIG_PATH";
pub(crate) const VISUAL: &str = "VISUAL";
pub(crate) const EDITOR: &str = "EDITOR";
pub(crate) const PAGER_OF_HAC: &str = "HAC_PAGER";
pub(crate) const PAGER: &str = "PAGER";
pub(crate) const NO_COLOR: &str = "NO_COLOR";
pub(crate) const CLICOLOR: &str = "CLICOLOR";
pub(crate) const CLICOLOR_FORCE: &str = "CLICOLOR_FORCE";
pub(crate) const XDG_STATE_HOME: &str = "XDG_STATE_HOME";
pub(crate) const XDG_CONFIG_HOME: &str = "XDG_CONFIG_HOME";

/// What people set in the belief that it chooses the environment. No version reads it.
pub(crate) const NOT_READ: &str = "HAC_ENVIRONMENT";

/// Every variable of our own, and what it does.
pub(crate) const OURS: &[(&str, &str)] = &[
    (URL, "base URL of HAC; overridden by --url"),
    (USERNAME, "username for the login; overridden by --username"),
    (PASSWORD, "password, needed only to log in; overridden by --password-stdin"),
    (GATE_PASSWORD, "password for the HTTP Basic authentication of --gate"),
    (CONFIG_PATH, "configuration file; see `hac config path`"),
    (PAGER_OF_HAC, "program that shows long results on a terminal; cat for none; overridden by --no-pager"),
    (MASK_KEY, "key for --mask, so that each run masks a value alike; at least 16 characters"),
    (CACHE_DIR, "directory for cached sessions; overridden by --cache-dir"),
    (SESSION_ID, "session id for `hac session import`"),
    (CSRF_TOKEN, "CSRF token for `hac session import`"),
    (ROUTE_COOKIE, "cookie ROUTE for `hac session import`"),
];

/// Variables that our libraries use.
pub(crate) const OTHERS: &[(&str, &str)] = &[
    ("HTTPS_PROXY, HTTP_PROXY, NO_PROXY", "proxy settings; overridden by --proxy and --no-proxy"),
    ("XDG_CONFIG_HOME", "the configuration is in its hac-client/config.toml; overridden by HAC_CLIENT_CONFIG_PATH"),
    ("XDG_STATE_HOME", "the audit log is in its subdirectory hac-client; see `hac audit`"),
    ("XDG_CACHE_HOME", "sessions are cached in its subdirectory hac-client; overridden by HAC_CACHE_DIR"),
    ("SSL_CERT_FILE", "PEM file of authorities to trust instead of the system's; overridden by --cacert, --pin"),
    (PAGER, "the same for all programs; the default is less -FRX, if it is there"),
    (NO_COLOR, "disables colour; so do CLICOLOR=0 and TERM=dumb"),
    (CLICOLOR_FORCE, "enables colour, also where the output is no terminal"),
];

/// The environment of the process, or one for a test.
#[derive(Clone)]
pub(crate) struct Environment {
    source: Source,
}

#[derive(Clone)]
enum Source {
    Process,
    Empty,
    #[cfg(test)]
    Fixed(std::collections::BTreeMap<String, OsString>),
}

impl Environment {
    /// The environment of the process. Each variable is read when it is needed: most never are.
    pub(crate) fn of_this_process() -> Self {
        Self { source: Source::Process }
    }

    /// An environment without variables, to look at a configuration alone.
    pub(crate) fn empty() -> Self {
        Self { source: Source::Empty }
    }

    /// The raw value. A variable that is set to nothing counts as not set.
    pub(crate) fn raw(&self, name: &str) -> Option<OsString> {
        let value = match &self.source {
            Source::Process => std::env::var_os(name),
            Source::Empty => None,
            #[cfg(test)]
            Source::Fixed(variables) => variables.get(name).cloned(),
        };
        value.filter(|value| !value.is_empty())
    }

    /// The value as text; `Err` with a sentence where it is no UTF-8.
    pub(crate) fn text(&self, name: &str) -> hac_client::Result<Option<String>> {
        let Some(value) = self.raw(name) else { return Ok(None) };
        value.into_string().map(Some).map_err(|_| {
            hac_client::Error::new(hac_client::ErrorKind::Config, format!("read the variable {name}"))
                .because("it is not valid UTF-8")
        })
    }

    /// The home directory of the user.
    pub(crate) fn home(&self) -> Option<PathBuf> {
        let home = match &self.source {
            Source::Process => std::env::home_dir(),
            Source::Empty => None,
            #[cfg(test)]
            Source::Fixed(variables) => variables.get("HOME").map(PathBuf::from),
        };
        home.filter(|home| !home.as_os_str().is_empty())
    }
}

#[cfg(test)]
impl Environment {
    /// An environment of these variables only.
    pub(crate) fn of(variables: &[(&str, &str)]) -> Self {
        let fixed = variables.iter().map(|(name, value)| ((*name).to_owned(), value.into())).collect();
        Self { source: Source::Fixed(fixed) }
    }
}

#[cfg(test)]
impl<const N: usize> From<[(&'static str, &str); N]> for Environment {
    fn from(variables: [(&'static str, &str); N]) -> Self {
        Self::of(&variables)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_is_set_to_nothing_counts_as_not_set() {
        let environment = Environment::from([(URL, ""), (USERNAME, "admin")]);
        assert_eq!(environment.text(URL).expect("text"), None);
        assert_eq!(environment.text(USERNAME).expect("text").as_deref(), Some("admin"));
    }
}
