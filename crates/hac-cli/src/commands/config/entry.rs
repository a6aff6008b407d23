//! What is known of an endpoint: as JSON, and as the keys of the file that the flags of a call set.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hac_client::network::Proxy;
use hac_client::protection::Protection;
use hac_client::tls::{Fingerprint, Trust};
use hac_client::{Error, ErrorKind, Result};
use serde::Serialize;
use serde_json::{Number, Value as Json, json};
use toml_edit::{InlineTable, Value};

use super::guards::{Guards, Holding};
use crate::config::{self, Change, Config, Edit, EndpointConfig, EnvironmentConfig, Located};
use crate::context::RunContext;
use crate::diagnostics::usage;
use crate::env::Environment;
use crate::settings::{Setting, Settings, TimeLimit};

/// What hac-client-cli takes where the file says nothing, in seconds.
const TIMEOUT: f64 = 30.0;

/// The keys of an endpoint in a list.
pub(super) const ENDPOINT_FIELDS: [&str; 6] = ["name", "url", "ignore_ssl", "timeout", "username", "is_default"];

/// The columns of a list of environments in CSV and TSV: a row for each endpoint, and one for an environment without any.
pub(super) const ENVIRONMENT_COLUMNS: [&str; 9] =
    ["name", "endpoint", "url", "ignore_ssl", "timeout", "username", "is_default_endpoint", "is_default", "protection"];

/// The keys of an environment.
pub(super) const ENVIRONMENT_FIELDS: [&str; 6] =
    ["name", "endpoints", "default_endpoint", "is_default", "protection", "protected_by"];

/// An endpoint with the keys of hac-client-cli, and with ours.
#[derive(Serialize)]
pub(super) struct EndpointJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    url: &'a str,
    ignore_ssl: bool,
    timeout: Number,
    username: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_default: Option<bool>,
    #[serde(flatten)]
    further: BTreeMap<&'static str, Option<String>>,
}

impl<'a> EndpointJson<'a> {
    pub(super) fn new(endpoint: &'a EndpointConfig) -> Self {
        Self {
            name: None,
            url: url_of(endpoint),
            ignore_ssl: ignores_certificates(endpoint),
            timeout: seconds(endpoint),
            username: endpoint.username.as_ref().map(|name| name.value.as_str()),
            is_default: None,
            further: all_further(endpoint).into(),
        }
    }

    /// The same, in a list.
    pub(super) fn named(endpoint: &'a EndpointConfig, is_default: bool) -> Self {
        Self { name: Some(&endpoint.name), is_default: Some(is_default), ..Self::new(endpoint) }
    }
}

/// An environment with the keys of hac-client-cli, and with ours.
#[derive(Serialize)]
pub(super) struct EnvironmentJson<'a> {
    name: &'a str,
    endpoints: BTreeMap<&'a str, EndpointJson<'a>>,
    default_endpoint: Option<&'a str>,
    is_default: bool,
    /// The one that holds.
    protection: &'static str,
    /// The environment whose entry asks for it.
    protected_by: Option<String>,
}

impl<'a> EnvironmentJson<'a> {
    pub(super) fn new(environment: &'a EnvironmentConfig, default: &str, guards: &Guards) -> Self {
        let Holding { protection, by, .. } = guards.of_environment(environment);
        let endpoint = |endpoint: &'a EndpointConfig| (endpoint.name.as_str(), EndpointJson::new(endpoint));
        Self {
            name: &environment.name,
            endpoints: environment.endpoints.iter().map(endpoint).collect(),
            default_endpoint: default_endpoint(environment),
            is_default: environment.name == default,
            protection: protection.as_str(),
            protected_by: by,
        }
    }
}

/// The rows of an environment, in the order of [`ENVIRONMENT_COLUMNS`].
pub(super) fn environment_rows(environment: &EnvironmentConfig, default: &str, guards: &Guards) -> Vec<[Json; 9]> {
    let row = |endpoint: Option<&EndpointConfig>| {
        let of = |value: fn(&EndpointConfig) -> Json| endpoint.map_or(Json::Null, value);
        [
            json!(environment.name),
            of(|endpoint| json!(endpoint.name)),
            of(|endpoint| json!(url_of(endpoint))),
            of(|endpoint| json!(ignores_certificates(endpoint))),
            of(|endpoint| json!(seconds(endpoint))),
            of(|endpoint| json!(endpoint.username.as_ref().map(|name| &name.value))),
            endpoint.map_or(Json::Null, |endpoint| json!(default_endpoint(environment) == Some(&endpoint.name))),
            json!(environment.name == default),
            json!(
                endpoint
                    .map_or_else(|| protection_of(environment), |endpoint| guards.of_endpoint(environment, endpoint))
                    .as_str()
            ),
        ]
    };
    if environment.endpoints.is_empty() {
        return vec![row(None)];
    }
    environment.endpoints.iter().map(|endpoint| row(Some(endpoint))).collect()
}

pub(super) fn url_of(endpoint: &EndpointConfig) -> &str {
    endpoint.url.as_ref().map_or("", |url| url.value.as_str())
}

pub(super) fn ignores_certificates(endpoint: &EndpointConfig) -> bool {
    endpoint.ignore_ssl.as_ref().is_some_and(|on| on.value)
}

/// The protection that the entry of an environment asks for: open if it names none.
pub(super) fn protection_of(environment: &EnvironmentConfig) -> Protection {
    environment.protection.as_ref().map_or(Protection::Open, |protection| protection.value)
}

pub(super) fn default_endpoint(environment: &EnvironmentConfig) -> Option<&str> {
    environment.default_endpoint.as_ref().map(|name| name.value.as_str())
}

/// What is known of an endpoint, in lines for people.
pub(super) fn lines(endpoint: &EndpointConfig) -> Vec<String> {
    /// The width of hac-client-cli.
    const NAME: usize = 11;
    let ignores = if ignores_certificates(endpoint) { "True" } else { "False" };
    let mut all = vec![
        ("URL", url_of(endpoint).to_owned()),
        ("Ignore SSL", ignores.to_owned()),
        ("Timeout", format!("{}s", seconds(endpoint))),
    ];
    all.extend(endpoint.username.as_ref().map(|name| ("Username", name.value.clone())));
    all.extend(further(endpoint));
    let width = all.iter().map(|(name, _)| name.len() + 1).fold(NAME, usize::max);
    all.into_iter().map(|(name, value)| format!("{:width$} {value}", format!("{name}:"))).collect()
}

/// The keys that hac-client-cli does not know, as far as they are set, as they stand in the file.
fn further(endpoint: &EndpointConfig) -> impl Iterator<Item = (&'static str, String)> {
    all_further(endpoint).into_iter().filter_map(|(key, value)| Some((key, value?)))
}

/// The same, and those that are not set.
fn all_further(endpoint: &EndpointConfig) -> [(&'static str, Option<String>); 8] {
    let text = |value: &Option<Located<String>>| value.as_ref().map(|found| found.value.clone());
    let path = |value: &Option<Located<PathBuf>>| value.as_ref().map(|found| found.value.display().to_string());
    [
        ("pin", text(&endpoint.pin)),
        ("cacert", path(&endpoint.cacert)),
        ("client_cert", path(&endpoint.client_cert)),
        ("proxy", text(&endpoint.proxy)),
        ("gate", text(&endpoint.gate)),
        ("context_path", text(&endpoint.context_path)),
        ("route", text(&endpoint.route)),
        ("session_cookie", text(&endpoint.session_cookie)),
    ]
}

/// The time limit: a whole number where it is one.
pub(super) fn seconds(endpoint: &EndpointConfig) -> Number {
    let seconds = endpoint.timeout.as_ref().map_or(TIMEOUT, |seconds| seconds.value);
    match whole(seconds) {
        Some(whole) => whole.into(),
        None => Number::from_f64(seconds).unwrap_or_else(|| 0.into()),
    }
}

fn whole(seconds: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "what is no whole number is not used")]
    let rounded = seconds as i64;
    #[expect(clippy::cast_precision_loss, clippy::float_cmp, reason = "equal only where nothing is lost")]
    let is_whole = rounded as f64 == seconds;
    is_whole.then_some(rounded)
}

/// The keys of an endpoint that a call sets with its flags.
pub(super) fn typed(settings: &Settings) -> Result<Vec<Change>> {
    used(settings, Setting::is_explicit)
}

/// The same, and the URL and the user that variables name.
pub(super) fn used_from_surroundings(settings: &Settings) -> Result<Vec<Change>> {
    used(settings, |setting| setting.is_explicit() || setting.is_of_a_variable())
}

/// The keys of an endpoint for the settings of a call, as far as they are wanted.
fn used(settings: &Settings, of_the_target: impl Fn(&Setting<String>) -> bool) -> Result<Vec<Change>> {
    let mut changes: Vec<Change> = Vec::new();
    let mut add = |key: &'static str, value: Value| changes.push((key, Some(value)));
    if settings.url_given().is_some_and(&of_the_target) {
        add("url", settings.base_url()?.as_str().into());
    }
    if let Some(name) = settings.username_given().filter(|name| of_the_target(name) && !name.value.is_empty()) {
        add("username", name.value.clone().into());
    }
    for (key, setting) in
        [("gate", &settings.gate), ("route", &settings.route), ("session_cookie", &settings.session_cookie)]
    {
        if let Some(setting) = setting.as_ref().filter(|setting| setting.is_explicit()) {
            add(key, setting.value.clone().into());
        }
    }
    if let Some(path) = settings.context_path.as_ref().filter(|path| path.is_explicit()) {
        add("context_path", path.value.to_string().into());
    }
    if let Some(files) = settings.client_certificate.as_ref().filter(|files| files.is_explicit()) {
        add("client_cert", file(&files.value.certificate)?);
        add("client_key", file(&files.value.key)?);
    }
    if settings.proxy.is_explicit() {
        match &settings.proxy.value {
            Proxy::Url(url) => add("proxy", url.clone().into()),
            _ => add("proxy", config::NO_PROXY.into()),
        }
    }
    if settings.headers.is_explicit() {
        let mut headers = InlineTable::new();
        for (name, value) in &settings.headers.value {
            headers.insert(name, value.clone().into());
        }
        add("headers", headers.into());
    }
    if settings.timeout.is_explicit() {
        let seconds = match settings.timeout.value {
            TimeLimit::After(limit) => limit.as_secs_f64(),
            _ => 0.0,
        };
        add("timeout", whole(seconds).map_or_else(|| seconds.into(), Value::from));
    }
    if settings.trust.is_explicit() {
        changes.extend(trusted(&settings.trust.value)?);
    }
    Ok(changes)
}

/// Whether an endpoint is in the user's own file, which the commands change.
pub(crate) fn own_endpoint((environment, endpoint): (&str, &str), surroundings: &Environment) -> bool {
    let config = Config::load(surroundings);
    config.is_ok_and(|config| config.environment(environment).is_some_and(|its| its.endpoint(endpoint).is_some()))
}

/// Writes a pin to an endpoint of the user's file, in the place of any other trust.
pub(crate) fn pin(environment: &str, endpoint: &str, fingerprint: Fingerprint, context: &RunContext) -> Result<()> {
    let mut edit = Edit::open(&context.environment)?;
    edit.change_endpoint(environment, endpoint, trusted(&Trust::Pin(fingerprint))?)?;
    edit.config()?;
    edit.save()
}

/// The ways to trust exclude each other: one takes the place of the others.
pub(super) fn trusted(trust: &Trust) -> Result<Vec<Change>> {
    let (cacert, pin, ignore_ssl) = match trust {
        Trust::Bundle(path) => (Some(file(path)?), None, None),
        Trust::Pin(fingerprint) => (None, Some(fingerprint.to_string().into()), None),
        Trust::Nothing => (None, None, Some(true.into())),
        _ => (None, None, None),
    };
    Ok(vec![("cacert", cacert), ("pin", pin), ("ignore_ssl", ignore_ssl)])
}

/// A path as it can be read from everywhere.
fn file(path: &Path) -> Result<Value> {
    let failed = |why: &str| usage(&format!("keep the path {}", path.display()), why, "name another file");
    let absolute: PathBuf = std::path::absolute(path).map_err(|cause| failed(&cause.to_string()))?;
    if !absolute.is_file() {
        return Err(failed("there is no such file"));
    }
    absolute.to_str().map(Value::from).ok_or_else(|| failed("it is not valid Unicode"))
}

/// The environment and the endpoint that `session start --save` writes.
pub(crate) struct Saved<'a> {
    pub(crate) environment: &'a str,
    pub(crate) endpoint: &'a str,
}

/// Whether a call used anything that is not in the configuration.
pub(crate) fn has_news(settings: &Settings) -> Result<bool> {
    Ok(!used(settings, |setting| !setting.is_of_a_file())?.is_empty())
}

/// Keeps what a call used, as an endpoint of the configuration. With `only_try` nothing is written, and everything is checked.
pub(crate) fn save(settings: &Settings, saved: &Saved<'_>, only_try: bool, context: &RunContext) -> Result<()> {
    let Saved { environment, endpoint } = *saved;
    let mut edit = Edit::open(&context.environment)?;
    let config = edit.config()?;
    let is_of_a_file = |setting: &Setting<String>| setting.is_of_a_file();
    let changes = used(settings, |setting| !is_of_a_file(setting))?;
    match config.environment(environment) {
        Some(known) if known.endpoint(endpoint).is_some() => edit.change_endpoint(environment, endpoint, changes)?,
        Some(_) => edit.add_endpoint(environment, endpoint, changes, false)?,
        None => {
            edit.add_environment(environment)?;
            edit.add_endpoint(environment, endpoint, changes, false)?;
            if config.default_environment.is_none() {
                edit.set_default_environment(environment)?;
            }
        }
    }
    edit.config()?;
    if only_try { Ok(()) } else { edit.save() }
}

/// An error about what is not in the configuration.
pub(super) fn unknown(what: &str, near: &[&str], list: &str) -> Error {
    let error = Error::new(ErrorKind::Config, format!("find {what}")).because("it is not configured");
    match near.first() {
        Some(near) => error.with_hint(format!("did you mean {near}? `{list}` lists them")),
        None => error.with_hint(format!("`{list}` lists them")),
    }
}
