//! Which server a call is for: an endpoint of the configuration, or a URL with a free label.

use std::path::Path;
use std::sync::Arc;

use hac_client::network::BaseUrl;
use hac_client::{Error, ErrorKind, Result, nearest_names};

use super::origin::{Origin, Setting};
use crate::config::{Config, EndpointConfig, EnvironmentConfig, Located};
use crate::diagnostics::usage;

/// Without a configuration and a URL, as hac-client-cli has it.
pub(crate) const BUILT_IN: (&str, &str, &str) = ("local", "hac", "https://localhost:9002");

/// What the flags and variables say of the target.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) environment: Option<Setting<String>>,
    pub(super) endpoint: Option<Setting<String>>,
    pub(super) url: Option<Setting<String>>,
}

/// The target of a call.
#[derive(Debug)]
pub(super) struct Target<'c> {
    pub(super) environment: Setting<String>,
    pub(super) endpoint: Option<Setting<String>>,
    pub(super) kind: Kind<'c>,
    pub(super) url: std::result::Result<Setting<String>, NoUrl>,
}

#[derive(Debug)]
pub(super) enum Kind<'c> {
    /// Endpoints of this name in the files, the stronger file first.
    Configured(Vec<(&'c EndpointConfig, Arc<Path>)>),
    /// `local/hac`, for who has neither a configuration nor a URL.
    BuiltIn,
    /// A label for a URL, or for a session that is there already.
    Free,
}

/// Ways to name one server.
const OR_NAME_ONE: &str = "pass --url https://HOST:9002, set HAC_URL, or ";

/// A way to name one server that was given in the place of a name.
const WITH_THE_FLAG: &str = "pass it with --url, or ";

/// Whether it was meant as the URL of a server.
pub(super) fn is_url(name: &str) -> bool {
    name.contains("://")
}

/// Why no URL is known, and what to do.
#[derive(Debug, Clone)]
pub(super) struct NoUrl {
    why: String,
    pub(super) hint: String,
}

impl NoUrl {
    pub(super) fn new(why: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { why: why.into(), hint: hint.into() }
    }

    /// Where two servers are named, `--url` and its variable would be that of both.
    pub(super) fn of_two(&mut self) {
        self.hint = self.hint.replace(OR_NAME_ONE, "").replace(WITH_THE_FLAG, "");
    }

    pub(super) fn error(&self) -> Error {
        Error::new(ErrorKind::Config, "find HAC").because(self.why.clone()).with_hint(self.hint.clone())
    }
}

/// Finds the target. The configuration is `files`, the stronger file first.
pub(super) fn find(mut wanted: Wanted, files: &[Config]) -> Result<Target<'_>> {
    split_label(&mut wanted, files)?;
    if let Some(typed) = &wanted.environment
        && typed.value.trim().is_empty()
    {
        return Err(usage("choose the environment", "its name is empty", "omit it for the default"));
    }
    match wanted.url.take() {
        Some(url) => with_url(wanted, url, files),
        None => Ok(without_url(wanted, files)),
    }
}

/// `ENVIRONMENT/ENDPOINT`, as sessions are listed.
fn split_label(wanted: &mut Wanted, files: &[Config]) -> Result<()> {
    let Some(typed) = &wanted.environment else { return Ok(()) };
    let Some((name, endpoint)) = typed.value.split_once('/') else { return Ok(()) };
    if is_configured(&typed.value, files) || !is_configured(name, files) {
        return Ok(());
    }
    let (name, endpoint, origin) = (name.to_owned(), endpoint.to_owned(), typed.origin.clone());
    if let Some(other) = &wanted.endpoint
        && other.value != endpoint
    {
        return Err(usage(
            "choose the endpoint",
            format!("two endpoints were given, {endpoint} and {}", other.value),
            "use only one of them",
        ));
    }
    wanted.environment = Some(Setting { value: name, origin: origin.clone() });
    wanted.endpoint = Some(Setting { value: endpoint, origin });
    Ok(())
}

fn environments<'c>(name: &str, files: &'c [Config]) -> Vec<(&'c EnvironmentConfig, &'c Config)> {
    files.iter().filter_map(|file| Some((file.environment(name)?, file))).collect()
}

fn is_configured(name: &str, files: &[Config]) -> bool {
    files.iter().any(|file| file.environment(name).is_some_and(|environment| !environment.endpoints.is_empty()))
}

/// The URL decides. An environment that is configured has to agree.
fn with_url(wanted: Wanted, url: Setting<String>, files: &[Config]) -> Result<Target<'_>> {
    if let Some(typed) = &wanted.environment
        && is_configured(&typed.value, files)
    {
        return agreeing(typed.clone(), wanted.endpoint, url, files);
    }
    let environment = wanted.environment.unwrap_or_else(|| Setting::default(BUILT_IN.0.to_owned()));
    Ok(Target { environment, endpoint: wanted.endpoint, kind: Kind::Free, url: Ok(url) })
}

fn agreeing(
    environment: Setting<String>,
    endpoint: Option<Setting<String>>,
    url: Setting<String>,
    files: &[Config],
) -> Result<Target<'_>> {
    let asked =
        BaseUrl::parse(&url.value).map_err(|error| error.while_doing(format!("use the base URL of {}", url.origin)))?;
    let found = environments(&environment.value, files);
    let all = found.iter().flat_map(|(environment, _)| &environment.endpoints);
    let mut meant = all.filter(|its| endpoint.as_ref().is_none_or(|endpoint| endpoint.value == its.name));
    let same = meant.clone().find(|its| is_same(its, &asked));
    if let Some(same) = same {
        let url = Setting { value: url_of(same).unwrap_or(url.value), origin: url.origin };
        let name = same.name.clone();
        let kind = Kind::Configured(layers(&environment.value, &name, files));
        let endpoint = Some(endpoint.unwrap_or_else(|| Setting::default(name)));
        return Ok(Target { environment, endpoint, kind, url: Ok(url) });
    }
    let name = &environment.value;
    let why = match (meant.next().and_then(url_of), &endpoint) {
        (Some(its), _) => format!("'{name}' is configured with {its}, and {} is {}", url.origin, asked.as_str()),
        (None, Some(endpoint)) => format!("'{name}' has no endpoint '{}'", endpoint.value),
        (None, None) => format!("'{name}' has no endpoints"),
    };
    let hint = match &url.origin {
        Origin::Variable(variable) => format!("unset {variable}, or omit the environment '{name}'"),
        origin => format!("omit {origin}, or the environment '{name}'"),
    };
    Err(usage("choose the server", why, hint))
}

fn url_of(endpoint: &EndpointConfig) -> Option<String> {
    endpoint.url.as_ref().map(|url| url.value.clone())
}

/// Whether the endpoint is at this URL. A context path that only one of them names is no difference.
fn is_same(endpoint: &EndpointConfig, url: &BaseUrl) -> bool {
    let Some(its) = &endpoint.url else { return false };
    BaseUrl::parse(&its.value).is_ok_and(|its| {
        its.origin() == url.origin()
            && (its.context_path() == url.context_path()
                || its.context_path().is_none()
                || url.context_path().is_none())
    })
}

/// The configuration decides; without any, the built-in endpoint.
fn without_url(wanted: Wanted, files: &[Config]) -> Target<'_> {
    let exists = files.iter().any(|file| file.exists);
    let is = |wanted: &Option<Setting<String>>, name: &str| wanted.as_ref().is_none_or(|wanted| wanted.value == name);
    let (environment, endpoint, url) = BUILT_IN;
    if !exists && is(&wanted.environment, environment) && is(&wanted.endpoint, endpoint) {
        return Target {
            environment: wanted.environment.unwrap_or_else(|| Setting::default(environment.to_owned())),
            endpoint: Some(wanted.endpoint.unwrap_or_else(|| Setting::default(endpoint.to_owned()))),
            kind: Kind::BuiltIn,
            url: Ok(Setting::default(url.to_owned())),
        };
    }
    let default = || first(files, |file| file.default_environment.clone());
    let environment = wanted.environment.or_else(default).unwrap_or_else(|| Setting::default(BUILT_IN.0.to_owned()));
    let endpoint = wanted.endpoint;
    let chosen = endpoint_of(&environment, endpoint.clone(), files).map(|endpoint| {
        let entries = layers(&environment.value, &endpoint.value, files);
        let url = entries.iter().find_map(|(entry, path)| Some(of_file(entry.url.clone()?, path)));
        (endpoint, entries, url)
    });
    match chosen {
        Ok((endpoint, entries, Some(url))) => {
            Target { environment, endpoint: Some(endpoint), kind: Kind::Configured(entries), url: Ok(url) }
        }
        Ok((endpoint, ..)) => {
            let why = format!("'{}/{}' has no url", environment.value, endpoint.value);
            let no = NoUrl { why, hint: "add one to the configuration: `hac config edit`".to_owned() };
            Target { environment, endpoint: Some(endpoint), kind: Kind::Free, url: Err(no) }
        }
        Err(no) => Target { environment, endpoint, kind: Kind::Free, url: Err(no) },
    }
}

/// The endpoint of a configured environment: the one that was asked for, the default one, or the only one.
fn endpoint_of(
    environment: &Setting<String>,
    asked: Option<Setting<String>>,
    files: &[Config],
) -> std::result::Result<Setting<String>, NoUrl> {
    let name = &environment.value;
    let found = environments(name, files);
    let mut names: Vec<&str> = found.iter().flat_map(|(environment, _)| environment.endpoint_names()).collect();
    names.sort_unstable();
    names.dedup();
    if found.is_empty() {
        return Err(not_configured(environment, files));
    }
    if names.is_empty() {
        return Err(NoUrl {
            why: format!("the environment '{name}' has no endpoints"),
            hint: format!("add one: hac endpoint add {name} hac --url https://HOST:9002"),
        });
    }
    let default = found.iter().find_map(|(environment, file)| {
        Some(of_file(environment.default_endpoint.clone()?, &Arc::from(file.path.as_path())))
    });
    let Some(endpoint) = asked.or(default).or_else(|| match names.as_slice() {
        [only] => Some(Setting::default((*only).to_owned())),
        _ => None,
    }) else {
        return Err(NoUrl {
            why: format!("the environment '{name}' has several endpoints and no default: {}", names.join(", ")),
            hint: format!("choose one with -n, or set the default: hac endpoint set-default {name} {}", names[0]),
        });
    };
    if names.contains(&endpoint.value.as_str()) {
        return Ok(endpoint);
    }
    let near = nearest_names(&endpoint.value, names.iter().copied());
    Err(NoUrl {
        why: format!("the environment '{name}' has no endpoint '{}'", endpoint.value),
        hint: match near.first() {
            Some(near) => format!("did you mean {near}? `hac endpoint list {name}` lists them"),
            None => format!("its endpoints are {}", names.join(", ")),
        },
    })
}

fn not_configured(environment: &Setting<String>, files: &[Config]) -> NoUrl {
    let name = &environment.value;
    let names: Vec<&str> = files.iter().flat_map(|file| &file.environments).map(|its| its.name.as_str()).collect();
    if is_url(name) {
        return NoUrl {
            why: format!("{name} is a URL, and no name of a configured environment"),
            hint: format!("{WITH_THE_FLAG}add an environment for it: hac env add NAME --url {name}"),
        };
    }
    let add = format!("{OR_NAME_ONE}add it: hac env add {name} --url https://HOST:9002");
    if !files.iter().any(|file| file.exists) || names.is_empty() {
        let hint = if environment.is_explicit() {
            add
        } else {
            format!("{OR_NAME_ONE}add one: hac env add NAME --url https://HOST:9002")
        };
        let why = if environment.is_explicit() {
            format!("the environment '{name}' is not configured, and no base URL was given")
        } else {
            "no environment is configured, and no base URL was given".to_owned()
        };
        return NoUrl { why, hint };
    }
    let near = nearest_names(name, names.iter().copied());
    let hint = match near.first() {
        Some(near) => format!("did you mean {near}? `hac env list` lists them all"),
        None if environment.is_explicit() => format!("the configured environments are {}; {add}", names.join(", ")),
        None => format!("choose one with -e, or a default: hac env set-default {}", names[0]),
    };
    let why = match &environment.origin {
        Origin::Default => "no environment was given, and the configuration has no default_environment".to_owned(),
        Origin::File(..) => format!("the default environment '{name}' is not configured ({})", environment.origin),
        _ => format!("the environment '{name}' is not configured"),
    };
    NoUrl { why, hint }
}

/// The endpoint of this name in each file.
fn layers<'c>(environment: &str, endpoint: &str, files: &'c [Config]) -> Vec<(&'c EndpointConfig, Arc<Path>)> {
    let found = environments(environment, files);
    found.iter().filter_map(|(its, file)| Some((its.endpoint(endpoint)?, Arc::from(file.path.as_path())))).collect()
}

fn first(files: &[Config], get: impl Fn(&Config) -> Option<Located<String>>) -> Option<Setting<String>> {
    files.iter().find_map(|file| Some(of_file(get(file)?, &Arc::from(file.path.as_path()))))
}

/// A value of a file, with its place.
pub(super) fn of_file<T>(found: Located<T>, path: &Arc<Path>) -> Setting<T> {
    Setting { value: found.value, origin: Origin::File(Arc::clone(path), found.line) }
}
