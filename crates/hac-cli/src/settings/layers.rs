//! The one place where layers are laid over each other.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hac_client::Result;
use hac_client::network::Proxy;
use hac_client::tls::Trust;

use super::guard::{self, Guard};
use super::meant::Meant;
use super::origin::{Origin, Setting};
use super::output::OutputSettings;
use super::target::{self, Kind, Wanted, of_file};
use super::values::{self, TimeLimit, TrustGiven};
use super::variables::Levels;
use super::{Settings, Standing};
use crate::args::{GlobalArgs, Output};
use crate::config::{Config, EndpointConfig, Located, NO_PROXY};
use crate::diagnostics::usage;
use crate::env::{self, Environment};
use crate::printer::Volume;

/// Below flags and variables: the endpoint in each file, the stronger file first.
struct Files<'c> {
    entries: Vec<(&'c EndpointConfig, Arc<Path>)>,
}

impl Files<'_> {
    fn get<T>(&self, get: impl Fn(&EndpointConfig) -> Option<Located<T>>) -> Option<Setting<T>> {
        self.entries.iter().find_map(|(entry, path)| Some(of_file(get(entry)?, path)))
    }
}

pub(super) fn resolve(
    args: GlobalArgs,
    argument: Option<&str>,
    output: Output,
    files: &[Config],
    environment: &Environment,
) -> Result<Settings> {
    let mut args = args;
    let wanted = Wanted {
        environment: environment_of(args.environment.take(), argument)?,
        endpoint: flag("--endpoint", args.endpoint.take()),
        url: match flag("--url", args.url.take()) {
            Some(url) => Some(url),
            None => Levels::default().text(env::URL, environment)?,
        },
    };
    lay(args, wanted, output, files, environment)
}

fn flag(name: &'static str, value: Option<String>) -> Option<Setting<String>> {
    value.map(|value| Setting::argument(name, value))
}

/// Lays the layers over each other, once it is known which target is wanted.
pub(super) fn lay(
    args: GlobalArgs,
    wanted: Wanted,
    output: Output,
    files: &[Config],
    environment: &Environment,
) -> Result<Settings> {
    let output = OutputSettings::resolve(&args, output, files, environment)?;
    let target = target::find(wanted, files)?;
    let (standing, entries) = match target.kind {
        Kind::Configured(entries) => (Standing::Configured, entries),
        Kind::BuiltIn => (Standing::BuiltIn, Vec::new()),
        Kind::Free => (Standing::Free, Vec::new()),
    };
    // The label of a URL that nobody gave a name is no reason to take the variables of an environment that has that name.
    let levels = if standing == Standing::Free && !target.environment.is_explicit() {
        Levels::default()
    } else {
        Levels::of(&target.environment.value, target.endpoint.as_ref().map(|endpoint| endpoint.value.as_str()), files)
    };
    let below = Files { entries };
    let given = TrustGiven { cacert: args.cacert, pin: args.pin, ignore_ssl: args.ignore_ssl };
    Ok(Settings {
        username: match flag("--username", args.username) {
            Some(name) => Some(name),
            None => levels.text(env::USERNAME, environment)?.or_else(|| below.get(|entry| entry.username.clone())),
        },
        password_stdin: args.password_stdin,
        password_command: below.get(|entry| entry.password_command.clone()),
        context_path: flag("--context-path", args.context_path)
            .or_else(|| below.get(|entry| entry.context_path.clone()))
            .map(|path| path.read(|path, origin| values::context_path(&path, origin)))
            .transpose()?,
        route: flag("--route", args.route).or_else(|| below.get(|entry| entry.route.clone())),
        trust: trust(given, standing, &below)?,
        client_certificate: client_certificate(args.client_cert, args.client_key, &below)?,
        proxy: match values::proxy(args.proxy, args.no_proxy)? {
            Some((proxy, name)) => Setting::argument(name, proxy),
            None => match below.get(|entry| entry.proxy.clone()) {
                Some(proxy) if proxy.value == NO_PROXY => proxy.map(|_| Proxy::Direct),
                Some(proxy) => proxy.map(Proxy::Url),
                None => Setting::default(Proxy::Environment),
            },
        },
        gate: flag("--gate", args.gate).or_else(|| below.get(|entry| entry.gate.clone())),
        headers: headers(&args.headers, &below)?,
        session_cookie: flag("--session-cookie", args.session_cookie)
            .or_else(|| below.get(|entry| entry.session_cookie.clone())),
        timeout: match args.timeout {
            Some(seconds) => Some(Setting::argument("--timeout", seconds)),
            None => below.get(|entry| entry.timeout.clone()),
        }
        .map_or(Ok(Setting::default(TimeLimit::Default)), |seconds| seconds.read(values::timeout))?,
        cache_dir: match args.cache_dir {
            Some(path) => Some(Setting::argument("--cache-dir", path)),
            None => environment.raw(env::CACHE_DIR).map(|path| Setting {
                value: PathBuf::from(path),
                origin: Origin::Variable(env::CACHE_DIR.to_owned()),
            }),
        },
        no_cache: args.no_cache,
        volume: Volume { quiet: args.quiet, verbose: args.verbose },
        counterpart: None,
        json: output.wants_fields(),
        guard: match &target.url {
            Ok(url) => guard::of(&url.value, Some(&target.environment.value), files)?,
            Err(_) => Guard::default(),
        },
        meant: match &target.url {
            Ok(url) => Meant::of(args.yes_i_mean.as_deref(), &url.value, files),
            Err(_) => Meant::default(),
        },
        yes_i_mean: args.yes_i_mean,
        output,
        url: target.url,
        environment: target.environment,
        endpoint: target.endpoint,
        standing,
        levels,
    })
}

/// The environment that was typed, with its flag or as an argument.
fn environment_of(flag: Option<String>, argument: Option<&str>) -> Result<Option<Setting<String>>> {
    match (flag, argument) {
        (Some(flag), Some(argument)) if flag != argument => Err(usage(
            "choose the session",
            format!("two environments were given, {argument} and {flag}"),
            "use only one of them",
        )),
        (Some(flag), _) => Ok(Some(Setting::argument("--environment", flag))),
        (None, argument) => Ok(argument.map(|name| Setting::argument("ENVIRONMENT", name.to_owned()))),
    }
}

/// The ways to trust a certificate exclude each other: the strongest layer that names one decides.
fn trust(given: TrustGiven, standing: Standing, below: &Files<'_>) -> Result<Setting<Trust>> {
    if let Some((trust, flag)) = values::trust(given, values::FLAGS, &Origin::Argument("--pin"))? {
        return Ok(Setting::argument(flag, trust));
    }
    for (entry, path) in &below.entries {
        let given = TrustGiven {
            cacert: entry.cacert.as_ref().map(|file| file.value.clone()),
            pin: entry.pin.as_ref().map(|pin| pin.value.clone()),
            ignore_ssl: entry.ignore_ssl.as_ref().is_some_and(|on| on.value),
        };
        let line = [
            entry.cacert.as_ref().map(|file| file.line),
            entry.pin.as_ref().map(|pin| pin.line),
            entry.ignore_ssl.as_ref().filter(|on| on.value).map(|on| on.line),
        ];
        let Some(line) = line.into_iter().flatten().next() else { continue };
        let origin = Origin::File(Arc::clone(path), line);
        if let Some((trust, _)) = values::trust(given, values::KEYS, &origin)? {
            return Ok(Setting { value: trust, origin });
        }
    }
    // As hac-client-cli has it: a development installation has a certificate that nobody signed, and is on this machine.
    let trust = if standing == Standing::BuiltIn { Trust::Nothing } else { Trust::System };
    Ok(Setting::default(trust))
}

fn client_certificate(
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    below: &Files<'_>,
) -> Result<Option<Setting<values::CertificateFiles>>> {
    let flags = Origin::Argument("--client-cert");
    if let Some(pair) = values::client_certificate(certificate, key, ["--client-cert", "--client-key"], &flags)? {
        return Ok(Some(Setting { value: pair, origin: flags }));
    }
    for (entry, path) in &below.entries {
        let (certificate, key) = (entry.client_cert.clone(), entry.client_key.clone());
        let Some(line) = certificate.as_ref().or(key.as_ref()).map(|file| file.line) else { continue };
        let origin = Origin::File(Arc::clone(path), line);
        let [certificate, key] = [certificate, key].map(|file| file.map(|file| file.value));
        let pair = values::client_certificate(certificate, key, ["client_cert", "client_key"], &origin)?;
        return Ok(pair.map(|value| Setting { value, origin }));
    }
    Ok(None)
}

/// Headers add up; of one name, the strongest layer has its way.
fn headers(flags: &[String], below: &Files<'_>) -> Result<Setting<Vec<(String, String)>>> {
    let typed = flags.iter().map(|text| values::header(text)).collect::<Result<Vec<_>>>()?;
    let configured = below.get(|entry| entry.headers.clone());
    let mut headers = match (typed.is_empty(), configured) {
        (false, None) => return Ok(Setting::argument("--header", typed)),
        (true, Some(configured)) => return Ok(configured),
        (true, None) => return Ok(Setting::default(Vec::new())),
        (false, Some(configured)) => configured.value,
    };
    headers.retain(|(name, _)| !typed.iter().any(|(its, _)| its.eq_ignore_ascii_case(name)));
    headers.extend(typed);
    Ok(Setting::argument("--header", headers))
}
