//! What the user set: argument over environment over default, each value with its origin.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use hac_client::network::{BaseUrl, ContextPath, Proxy};
use hac_client::tls::{Fingerprint, Trust};
use hac_client::{Error, ErrorKind, Result};

use crate::args::GlobalArgs;
use crate::context::RunContext;
use crate::diagnostics::usage;
use crate::env;
use crate::printer::Volume;

/// Where a value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Argument(&'static str),
    Environment(&'static str),
    Default,
}

#[cfg(feature = "simulator")]
const WITHOUT_A_URL: &str = "pass --url https://HOST:9002 or set HAC_URL; without a server, try `hac demo`";
#[cfg(not(feature = "simulator"))]
const WITHOUT_A_URL: &str = "pass --url https://HOST:9002 or set HAC_URL";

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument(name) | Self::Environment(name) => f.write_str(name),
            Self::Default => f.write_str("the default"),
        }
    }
}

/// A value and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting<T> {
    pub value: T,
    pub origin: Origin,
}

impl<T> Setting<T> {
    fn argument(name: &'static str, value: T) -> Self {
        Self { value, origin: Origin::Argument(name) }
    }

    /// Whether it was typed, and not found in the surroundings.
    pub(crate) fn is_explicit(&self) -> bool {
        matches!(self.origin, Origin::Argument(_))
    }
}

/// The client certificate and its key.
#[derive(Debug, Clone)]
pub(crate) struct CertificateFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// From so long on a limit is none: ten years.
const NO_LIMIT: Duration = Duration::from_secs(10 * 365 * 24 * 3600);
/// A shorter limit is a slip: nothing can be answered in it.
const SHORTEST: Duration = Duration::from_millis(1);

/// How long an answer may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeLimit {
    /// As long as the library says.
    Default,
    /// For ever.
    Never,
    After(Duration),
}

/// Everything that the flags and the environment say, checked as far as no file or server is needed.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct Settings {
    url: Option<Setting<String>>,
    username: Option<Setting<String>>,
    environment: Setting<String>,
    endpoint: Option<String>,
    pub password_stdin: bool,
    pub context_path: Option<ContextPath>,
    pub route: Option<String>,
    pub trust: Trust,
    pub ignore_ssl: bool,
    pub client_certificate: Option<CertificateFiles>,
    pub proxy: Proxy,
    pub gate: Option<String>,
    pub headers: Vec<(String, String)>,
    pub session_cookie: Option<String>,
    pub timeout: TimeLimit,
    pub cache_dir: Option<Setting<PathBuf>>,
    pub no_cache: bool,
    pub volume: Volume,
    pub json: bool,
    pub csv: bool,
}

impl Settings {
    /// The same with this limit for an answer, unless one was given.
    pub(crate) fn patient(self, limit: Option<Duration>) -> Self {
        match (self.timeout, limit) {
            (TimeLimit::Default, Some(limit)) => Self { timeout: TimeLimit::After(limit), ..self },
            _ => self,
        }
    }

    pub(crate) fn new(args: GlobalArgs, context: &RunContext) -> Result<Self> {
        Ok(Self {
            url: text(args.url.clone(), "--url", env::URL, context)?,
            username: text(args.username.clone(), "--username", env::USERNAME, context)?,
            environment: match &args.environment {
                Some(name) => Setting::argument("--environment", name.clone()),
                None => Setting { value: "local".to_owned(), origin: Origin::Default },
            },
            endpoint: args.endpoint.clone(),
            password_stdin: args.password_stdin,
            context_path: context_path(args.context_path.as_deref())?,
            trust: trust(&args)?,
            ignore_ssl: args.ignore_ssl,
            client_certificate: client_certificate(&args)?,
            proxy: proxy(&args)?,
            headers: args.headers.iter().map(|text| header(text)).collect::<Result<_>>()?,
            timeout: timeout(args.timeout)?,
            cache_dir: match args.cache_dir {
                Some(path) => Some(Setting::argument("--cache-dir", path)),
                None => context
                    .environment
                    .raw(env::CACHE_DIR)
                    .map(|path| Setting { value: PathBuf::from(path), origin: Origin::Environment(env::CACHE_DIR) }),
            },
            route: args.route,
            gate: args.gate,
            session_cookie: args.session_cookie,
            no_cache: args.no_cache,
            volume: Volume { quiet: args.quiet, verbose: args.verbose },
            json: args.json,
            csv: args.csv,
        })
    }

    /// The base URL, if one was given.
    pub(crate) fn url_given(&self) -> Option<&Setting<String>> {
        self.url.as_ref()
    }

    /// The username, if one was given.
    pub(crate) fn username_given(&self) -> Option<&Setting<String>> {
        self.username.as_ref()
    }

    /// The base URL; an error that says how to give one.
    pub(crate) fn base_url(&self) -> Result<BaseUrl> {
        let Some(url) = &self.url else {
            return Err(Error::new(ErrorKind::Config, "find HAC")
                .because("no base URL was given")
                .with_hint(WITHOUT_A_URL));
        };
        BaseUrl::parse(&url.value).map_err(|error| error.while_doing(format!("use the base URL of {}", url.origin)))
    }

    /// The username; an error that says how to give one.
    pub(crate) fn username(&self) -> Result<String> {
        let given = self.username.as_ref().map(|name| name.value.clone()).filter(|name| !name.is_empty());
        given.ok_or_else(|| {
            Error::new(ErrorKind::Config, "find the session")
                .because("no username was given")
                .with_hint("pass --username NAME or set HAC_USERNAME")
        })
    }

    /// The label of the session: `environment`, or `environment/endpoint`.
    ///
    /// A command that takes the environment as an argument passes it here.
    pub(crate) fn label(&self, argument: Option<&str>) -> Result<String> {
        let name = match argument {
            Some(name) if self.environment.is_explicit() && self.environment.value != name => {
                return Err(usage(
                    "choose the session",
                    format!("two environments were given, {name} and {}", self.environment.value),
                    "use only one of them",
                ));
            }
            Some(name) => name,
            None => &self.environment.value,
        };
        if name.trim().is_empty() {
            return Err(usage("choose the session", "the environment is empty", "omit it for the default, local"));
        }
        Ok(match &self.endpoint {
            Some(endpoint) => format!("{name}/{endpoint}"),
            None => name.to_owned(),
        })
    }

    /// Whether the environment or the endpoint was typed.
    pub(crate) fn has_typed_label(&self) -> bool {
        self.environment.is_explicit() || self.endpoint.is_some()
    }

    /// The cache directory, if one was given.
    pub(crate) fn cache_dir(&self) -> Option<&PathBuf> {
        self.cache_dir.as_ref().map(|dir| &dir.value)
    }

    /// Every value with its origin, for the log.
    pub(crate) fn log(&self) {
        let origin =
            |setting: Option<Origin>| setting.map_or_else(|| "nowhere".to_owned(), |origin| origin.to_string());
        tracing::debug!(
            url = self.url.as_ref().map_or("", |url| url.value.rsplit('@').next().unwrap_or_default()),
            url_from = origin(self.url.as_ref().map(|url| url.origin)),
            username = self.username.as_ref().map_or("", |name| name.value.as_str()),
            username_from = origin(self.username.as_ref().map(|name| name.origin)),
            environment = self.environment.value,
            environment_from = %self.environment.origin,
            cache_dir_from = origin(self.cache_dir.as_ref().map(|dir| dir.origin)),
            "settings"
        );
    }
}

/// A password in the arguments is refused: other users of the machine can read them.
pub(crate) fn password_refused() -> Error {
    usage(
        "take a password from the command line",
        "other users of this machine can read it there",
        "set HAC_PASSWORD, or pass --password-stdin, or leave it out to be asked on a terminal; \
         a password that was typed here may stand in the shell's history",
    )
}

fn text(
    argument: Option<String>,
    flag: &'static str,
    variable: &'static str,
    context: &RunContext,
) -> Result<Option<Setting<String>>> {
    if let Some(value) = argument {
        return Ok(Some(Setting::argument(flag, value)));
    }
    let found = context.environment.text(variable)?;
    Ok(found.map(|value| Setting { value, origin: Origin::Environment(variable) }))
}

fn context_path(text: Option<&str>) -> Result<Option<ContextPath>> {
    let Some(text) = text else { return Ok(None) };
    ContextPath::new(text).map(Some).ok_or_else(|| {
        usage("use --context-path", format!("{text} is not a path"), "write it as /hac, or as / for the root")
    })
}

fn trust(args: &GlobalArgs) -> Result<Trust> {
    let given: Vec<&str> =
        [("--cacert", args.cacert.is_some()), ("--pin", args.pin.is_some()), ("--ignore-ssl", args.ignore_ssl)]
            .into_iter()
            .filter_map(|(flag, given)| given.then_some(flag))
            .collect();
    if given.len() > 1 {
        return Err(usage(
            "decide which certificate to trust",
            format!("{} cannot be used together", given.join(" and ")),
            "use only one of them",
        ));
    }
    if let Some(pin) = &args.pin {
        let fingerprint: Fingerprint =
            pin.parse().map_err(|error: Error| error.while_doing("use the fingerprint of --pin"))?;
        return Ok(Trust::Pin(fingerprint));
    }
    Ok(match &args.cacert {
        Some(file) => Trust::Bundle(file.clone()),
        None if args.ignore_ssl => Trust::Nothing,
        None => Trust::System,
    })
}

fn client_certificate(args: &GlobalArgs) -> Result<Option<CertificateFiles>> {
    match (&args.client_cert, &args.client_key) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => {
            Ok(Some(CertificateFiles { certificate: certificate.clone(), key: key.clone() }))
        }
        (Some(_), None) => Err(usage("use --client-cert", "its key is missing", "pass --client-key FILE too")),
        (None, Some(_)) => Err(usage("use --client-key", "its certificate is missing", "pass --client-cert FILE too")),
    }
}

fn proxy(args: &GlobalArgs) -> Result<Proxy> {
    match (&args.proxy, args.no_proxy) {
        (Some(_), true) => {
            Err(usage("choose the proxy", "--proxy and --no-proxy cannot be used together", "use only one of them"))
        }
        (Some(url), false) => Ok(Proxy::Url(url.clone())),
        (None, true) => Ok(Proxy::Direct),
        (None, false) => Ok(Proxy::Environment),
    }
}

fn header(text: &str) -> Result<(String, String)> {
    let split = text.split_once(':').map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
    // The value may be a secret: it is not repeated.
    split.filter(|(name, _)| !name.is_empty()).ok_or_else(|| {
        usage("use --header", "it is not of the form 'Name: value'", "write it as --header 'X-Name: value'")
    })
}

fn timeout(seconds: Option<f64>) -> Result<TimeLimit> {
    let Some(seconds) = seconds else { return Ok(TimeLimit::Default) };
    let refused = |why: String| Err(usage("use --timeout", why, "pass seconds, or 0 for no limit"));
    if seconds == 0.0 || (seconds >= NO_LIMIT.as_secs_f64() && seconds.is_finite()) {
        return Ok(TimeLimit::Never);
    }
    match Duration::try_from_secs_f64(seconds) {
        Ok(limit) if limit < SHORTEST => refused(format!("{seconds} is less than a millisecond")),
        Ok(limit) => Ok(TimeLimit::After(limit)),
        Err(_) => refused(format!("{seconds} is not a number of seconds")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_limit_is_a_sensible_time_or_none() {
        let limit = |seconds| timeout(Some(seconds)).map_err(|error| error.kind());
        for seconds in [0.0, -0.0, 1e9, 1e12, 1e19, 1e300, f64::MAX] {
            assert_eq!(limit(seconds), Ok(TimeLimit::Never), "{seconds}");
        }
        for seconds in [-1.0, -1e-300, 1e-300, f64::MIN_POSITIVE, 0.0005, f64::NAN, f64::INFINITY, -f64::INFINITY] {
            assert_eq!(limit(seconds), Err(ErrorKind::Usage), "{seconds}");
        }
        assert_eq!(limit(0.25), Ok(TimeLimit::After(Duration::from_millis(250))));
        assert_eq!(timeout(None).expect("the default"), TimeLimit::Default);
    }
}
