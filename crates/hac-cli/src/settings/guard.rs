//! Which protection holds: the strictest of all entries of the configuration that name the server of the call.

use std::path::Path;
use std::sync::Arc;

use hac_client::network::{BaseUrl, Origin as Server};
use hac_client::protection::Protection;
use hac_client::{Error, ErrorKind, Result};

use super::origin::Setting;
use super::target::of_file;
use crate::config::{Auditing, Config, EndpointConfig, EnvironmentConfig};

/// How a server is protected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Guard {
    pub protection: Setting<Protection>,
    /// Whether an entry that names the server says how it is protected, be it `open`.
    pub is_decided: bool,
    /// The environment that asks for it: its name confirms a change.
    pub environment: Option<String>,
    /// Whether scripts that are rolled back run in `read-only`.
    pub allow_scripts: Setting<bool>,
    pub data_source: Option<Setting<String>>,
    /// Whether a write that cannot be recorded is refused.
    pub audit: Setting<Auditing>,
}

impl Default for Guard {
    fn default() -> Self {
        Self {
            protection: Setting::default(Protection::Open),
            is_decided: false,
            environment: None,
            allow_scripts: Setting::default(false),
            data_source: None,
            audit: Setting::default(Auditing::On),
        }
    }
}

/// Finds what holds for a server, whichever environment was chosen.
pub(crate) fn of_server(url: &str, files: &[Config]) -> Result<Guard> {
    of(url, None, files)
}

/// Finds what holds for a server, whatever names it: `-e`, `--url` or a variable. `environment` is the one that was chosen.
pub(super) fn of(url: &str, environment: Option<&str>, files: &[Config]) -> Result<Guard> {
    let rules = |its: &EnvironmentConfig| {
        its.protection.is_some() || its.allow_scripts.is_some() || its.data_source.is_some() || its.audit.is_some()
    };
    // Most configurations protect nothing, and the URL is read again where it is used.
    if !files.iter().flat_map(|file| &file.environments).any(rules) {
        return Ok(Guard::default());
    }
    let Ok(url) = BaseUrl::parse(url) else { return Ok(Guard::default()) };
    let mut guard = Guard::default();
    let mut scripts = Vec::new();
    for file in files {
        let path: Arc<Path> = Arc::from(file.path.as_path());
        for its in file.environments.iter().filter(|its| rules(its)) {
            if !names(its, url.origin(), &path)? {
                continue;
            }
            guard.is_decided |= its.protection.is_some();
            if let Some(protection) = its.protection.clone().map(|found| of_file(found, &path))
                && protection.value > guard.protection.value
            {
                guard.protection = protection;
                guard.environment = Some(its.name.clone());
            }
            if let Some(audit) = its.audit.clone().map(|found| of_file(found, &path))
                && audit.value > guard.audit.value
            {
                guard.audit = audit;
            }
            match its.allow_scripts.clone() {
                Some(allow) => scripts.push(of_file(allow, &path)),
                None if its.protection.as_ref().is_some_and(|its| its.value == Protection::ReadOnly) => {
                    scripts.push(Setting::default(false));
                }
                None => {}
            }
            if let Some(source) = its.data_source.clone()
                && (guard.data_source.is_none() || environment == Some(&its.name))
            {
                guard.data_source = Some(of_file(source, &path));
            }
        }
    }
    // One that forbids scripts is stricter than any that allow them.
    let strictest = scripts.iter().find(|allow| !allow.value).or(scripts.first());
    if let Some(allow) = strictest {
        guard.allow_scripts = allow.clone();
    }
    Ok(guard)
}

/// Whether one of the endpoints is at this server.
fn names(environment: &EnvironmentConfig, server: &Server, path: &Path) -> Result<bool> {
    for EndpointConfig { name, url, .. } in &environment.endpoints {
        let Some(url) = url else { continue };
        // A protection that cannot be read may be the one that holds.
        let its = BaseUrl::parse(&url.value).map_err(|error| {
            let hint = error.hint().cloned();
            let place = format!("{}:{}", path.display(), url.line);
            let error = Error::new(ErrorKind::Config, format!("use the url of {}/{name} ({place})", environment.name))
                .because(error.why().to_owned());
            match hint {
                Some(hint) => error.with_hint(hint),
                None => error,
            }
        })?;
        if is_same(its.origin(), server) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether two URLs are known to be of one server: of this machine's names and addresses each leads to what listens on the port.
pub(super) fn is_same(one: &Server, other: &Server) -> bool {
    let place = |of: &Server| (of.is_loopback(), of.is_https(), of.port());
    one == other || (one.is_loopback() && place(one) == place(other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::Environment;

    #[test]
    fn an_audit_that_one_environment_requires_is_required_of_its_server() {
        let text = "[environments.a]\naudit = 'on'\n[environments.a.endpoints.x]\nurl = 'https://x'\n\
             [environments.b]\naudit = 'required'\n[environments.b.endpoints.y]\nurl = 'https://x/hac'\n";
        assert_eq!(guard("https://x", &[text]).expect("a guard").audit.value, Auditing::Required);
        assert_eq!(guard("https://y", &[text]).expect("a guard").audit.value, Auditing::On);
    }

    fn guard(url: &str, texts: &[&str]) -> Result<Guard> {
        let files: Vec<Config> = texts
            .iter()
            .map(|text| Config::of_text(text, Path::new("/c.toml"), &Environment::empty()).expect("a configuration"))
            .collect();
        of(url, None, &files)
    }

    const FILE: &str = "[environments.a]\nprotection = 'confirm'\nallow_scripts = true\n[environments.a.endpoints.x]\nurl = 'https://x'\n\
         [environments.b]\nprotection = 'read-only'\n[environments.b.endpoints.y]\nurl = 'https://y:9002/hac'\n\
         [environments.b.endpoints.x]\nurl = 'https://X:443/other'\n\
         [environments.c.endpoints.z]\nurl = 'https://z'\n";

    #[test]
    fn the_strictest_entry_that_names_the_server_holds() {
        let of = |url| {
            let guard = guard(url, &[FILE]).expect("a guard");
            (guard.protection.value, guard.environment, guard.allow_scripts.value)
        };
        assert_eq!(of("https://x"), (Protection::ReadOnly, Some("b".to_owned()), false));
        assert_eq!(of("https://x/anything"), (Protection::ReadOnly, Some("b".to_owned()), false));
        assert_eq!(of("https://y:9002"), (Protection::ReadOnly, Some("b".to_owned()), false));
        assert_eq!(of("https://y"), (Protection::Open, None, false));
        assert_eq!(of("http://x"), (Protection::Open, None, false));
        assert_eq!(of("https://z"), (Protection::Open, None, false));
    }

    #[test]
    fn this_machine_is_one_server_whatever_it_is_called() {
        let text =
            "[environments.a]\nprotection = 'read-only'\n[environments.a.endpoints.x]\nurl = 'http://127.0.0.1:9001'\n";
        let of = |url| guard(url, &[text]).expect("a guard").protection.value;
        for url in ["http://localhost:9001/hac", "http://127.0.0.2:9001", "http://[::1]:9001", "http://LOCALHOST:9001"]
        {
            assert_eq!(of(url), Protection::ReadOnly, "{url}");
        }
        for url in ["http://localhost:9002", "https://localhost:9001", "http://shop:9001"] {
            assert_eq!(of(url), Protection::Open, "{url}");
        }
    }

    #[test]
    fn a_file_tightens_what_another_says_and_never_loosens_it() {
        let open = FILE.replace("'read-only'", "'open'");
        for texts in [[FILE, &open], [&open, FILE]] {
            assert_eq!(guard("https://y:9002", &texts).expect("a guard").protection.value, Protection::ReadOnly);
        }
        assert_eq!(guard("https://x", &[&open]).expect("a guard").protection.value, Protection::Confirm);
        assert!(guard("https://x", &[&open]).expect("a guard").allow_scripts.value);
    }

    #[test]
    fn a_url_of_a_protected_environment_that_cannot_be_read_is_no_hole() {
        let error = guard("https://q", &[&FILE.replace("https://y:9002/hac", "y")]).expect_err("no URL");
        assert!(error.to_string().contains("b/y (/c.toml:9)"), "{error}");
    }
}
