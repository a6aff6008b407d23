//! The environment variables. Nothing else in the program reads the environment.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::sync::LazyLock;

pub(crate) const URL: &str = "HAC_URL";
pub(crate) const USERNAME: &str = "HAC_USERNAME";
pub(crate) const PASSWORD: &str = "HAC_PASSWORD";
pub(crate) const GATE_PASSWORD: &str = "HAC_GATE_PASSWORD";
pub(crate) const CACHE_DIR: &str = "HAC_CACHE_DIR";
pub(crate) const SESSION_ID: &str = "HAC_SESSION_ID";
pub(crate) const CSRF_TOKEN: &str = "HAC_CSRF_TOKEN";
pub(crate) const ROUTE_COOKIE: &str = "HAC_ROUTE_COOKIE";
pub(crate) const PATH: &str = "PATH";
pub(crate) const TERM: &str = "TERM";

/// Every variable of our own, and what it does.
const OURS: &[(&str, &str)] = &[
    (URL, "base URL of HAC; overridden by --url"),
    (USERNAME, "username for the login; overridden by --username"),
    (PASSWORD, "password, needed only to log in; overridden by --password-stdin"),
    (GATE_PASSWORD, "password for the HTTP Basic authentication of --gate"),
    (CACHE_DIR, "directory for cached sessions; overridden by --cache-dir"),
    (SESSION_ID, "session id for `hac session import`"),
    (CSRF_TOKEN, "CSRF token for `hac session import`"),
    (ROUTE_COOKIE, "cookie ROUTE for `hac session import`"),
];

/// Variables that our libraries use.
const OTHERS: &[(&str, &str)] = &[
    ("HTTPS_PROXY, HTTP_PROXY, NO_PROXY", "proxy settings; overridden by --proxy and --no-proxy"),
    ("XDG_CACHE_HOME", "sessions are cached in its subdirectory hac-client; overridden by HAC_CACHE_DIR"),
    ("SSL_CERT_FILE", "PEM file of authorities to trust instead of the system's; overridden by --cacert, --pin"),
    ("NO_COLOR", "disables colour; so do CLICOLOR=0 and TERM=dumb"),
];

/// The part of the help that lists them.
pub(crate) static HELP: LazyLock<String> = LazyLock::new(|| {
    let mut text = String::from("Environment variables:\n");
    for (name, what) in OURS.iter().chain(OTHERS) {
        let _ = writeln!(text, "  {name}\n          {what}");
    }
    text.push_str(
        "\nExit codes:\n  \
         0    success\n  \
         1    the operation failed on the server: a script threw, a query failed\n  \
         2    wrong usage or configuration\n  \
         3    no connection, an untrusted certificate, or the server is not HAC\n  \
         4    wrong credentials, a missing permission, or the session has ended\n  \
         5    timeout, or unknown outcome: it may have been executed\n  \
         70   a bug in hac\n  \
         130  interrupted (129 for SIGHUP, 131 for SIGQUIT, 143 for SIGTERM)\n\n\
         New to hac? `hac demo` shows what it does, without a server.",
    );
    text
});

/// The environment of the process, read once.
#[derive(Clone, Default)]
pub(crate) struct Environment {
    variables: BTreeMap<&'static str, OsString>,
}

impl Environment {
    /// Reads the variables that we know, and no others.
    pub(crate) fn capture() -> Self {
        let names = OURS.iter().map(|(name, _)| *name).chain([PATH, TERM]);
        Self { variables: names.filter_map(|name| Some((name, std::env::var_os(name)?))).collect() }
    }

    /// The raw value. A variable that is set to nothing counts as not set.
    pub(crate) fn raw(&self, name: &str) -> Option<&OsString> {
        self.variables.get(name).filter(|value| !value.is_empty())
    }

    /// The value as text; `Err` with a sentence where it is no UTF-8.
    pub(crate) fn text(&self, name: &'static str) -> hac_client::Result<Option<String>> {
        let Some(value) = self.raw(name) else { return Ok(None) };
        value.to_str().map(|text| Some(text.to_owned())).ok_or_else(|| {
            hac_client::Error::new(hac_client::ErrorKind::Config, format!("read the variable {name}"))
                .because("it is not valid UTF-8")
        })
    }
}

impl<const N: usize> From<[(&'static str, &str); N]> for Environment {
    fn from(variables: [(&'static str, &str); N]) -> Self {
        Self { variables: variables.into_iter().map(|(name, value)| (name, value.into())).collect() }
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

    #[test]
    fn every_variable_of_ours_is_in_the_help() {
        for (name, _) in OURS {
            assert!(HELP.contains(name), "{name}");
        }
    }
}
