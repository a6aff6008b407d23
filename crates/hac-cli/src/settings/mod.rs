//! What the user set: argument over variable over file over default, each value with its origin.

mod guard;
mod layers;
mod meant;
mod origin;
mod output;
mod report;
mod session;
mod target;
mod values;
mod variables;

use std::path::PathBuf;
use std::time::Duration;

use hac_client::network::{BaseUrl, ContextPath, Proxy};
use hac_client::tls::{Fingerprint, Trust};
use hac_client::{Error, ErrorKind, Hint, Result};

use crate::args::{GlobalArgs, Output};
use crate::config::{Config, PasswordCommand};
use crate::context::RunContext;
use crate::diagnostics::usage;
use crate::env::{self, Environment};
use crate::os;
use crate::password_ways::ways;
use crate::printer::Volume;

pub(crate) use guard::{Guard, of_server as guard_of};
use meant::Meant;
pub(crate) use origin::{Origin, Setting};
pub(crate) use output::{OutputSettings, check_output, refuse_without_names};
pub(crate) use report::Line;
pub(crate) use target::BUILT_IN;
pub(crate) use values::{CertificateFiles, TimeLimit};
pub(crate) use variables::Levels;

/// Everything that the flags, the variables and the configuration say, checked as far as no server is needed.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    url: std::result::Result<Setting<String>, target::NoUrl>,
    username: Option<Setting<String>>,
    environment: Setting<String>,
    endpoint: Option<Setting<String>>,
    standing: Standing,
    levels: Levels,
    pub guard: Guard,
    pub yes_i_mean: Option<String>,
    /// What the configuration knows of that name.
    meant: Meant,
    pub output: OutputSettings,
    pub password_stdin: bool,
    pub password_command: Option<Setting<PasswordCommand>>,
    pub context_path: Option<Setting<ContextPath>>,
    pub route: Option<Setting<String>>,
    pub trust: Setting<Trust>,
    pub client_certificate: Option<Setting<CertificateFiles>>,
    pub proxy: Setting<Proxy>,
    pub gate: Option<Setting<String>>,
    pub headers: Setting<Vec<(String, String)>>,
    pub session_cookie: Option<Setting<String>>,
    pub timeout: Setting<TimeLimit>,
    pub cache_dir: Option<Setting<PathBuf>>,
    pub no_cache: bool,
    pub volume: Volume,
    /// Whether a result that is no list is printed field by field: as JSON, or in another format that was asked for.
    pub json: bool,
    /// The other environment, for a command that has to do with two.
    pub counterpart: Option<Box<Settings>>,
}

/// Where the target stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Configured,
    BuiltIn,
    Free,
}

impl Settings {
    /// The same with this limit for an answer, unless a longer one is configured or any was typed.
    pub(crate) fn patient(mut self, limit: Option<Duration>) -> Self {
        let Some(limit) = limit else { return self };
        match self.timeout.value {
            TimeLimit::Default => self.timeout.value = TimeLimit::After(limit),
            // The limit of an endpoint is meant for quick answers.
            TimeLimit::After(configured) if !self.timeout.is_explicit() && configured < limit => {
                self.timeout = Setting::default(TimeLimit::After(limit));
            }
            _ => {}
        }
        self
    }

    /// The same at this node, for a command that takes it as an argument.
    pub(crate) fn at_node(mut self, node: Option<String>) -> Self {
        if let Some(node) = node {
            self.route = Some(Setting::argument("--until", node));
        }
        self
    }

    /// Resolves the settings of a call. `argument` is the environment, for a command that takes it as an argument; `files` are the
    /// configuration, the stronger file first.
    pub(crate) fn new(
        args: GlobalArgs,
        argument: Option<&str>,
        output: Output,
        files: &[Config],
        context: &RunContext,
    ) -> Result<Self> {
        Self::resolved(args, argument, output, files, &context.environment)
    }

    fn resolved(
        args: GlobalArgs,
        argument: Option<&str>,
        output: Output,
        files: &[Config],
        environment: &Environment,
    ) -> Result<Self> {
        layers::resolve(args, argument, output, files, environment)
    }

    /// The environment as it was named.
    pub(crate) fn environment_given(&self) -> String {
        self.environment.value.clone()
    }

    /// Fails if `--yes-i-mean` names another server than that of the call. A protected server is compared when its change is confirmed.
    pub(crate) fn check_meant(&self, url: &BaseUrl, label: &str) -> Result<()> {
        let Some(named) = self.yes_i_mean.as_deref().filter(|_| self.guard.environment.is_none()) else {
            return Ok(());
        };
        let server = format!("{}:{}", url.origin().host(), url.origin().port());
        if self.meant.is_of_the_server || [self.environment.value.as_str(), label, server.as_str()].contains(&named) {
            return Ok(());
        }
        let place = match self.configured() {
            Some((environment, endpoint)) => format!("{environment}/{endpoint} ({url})"),
            None => url.to_string(),
        };
        let hint = if self.meant.is_environment {
            format!("for {named}, pass -e {}; for this server, remove --yes-i-mean", os::quoted(named))
        } else {
            "choose the server with -e or --url; for this one, remove --yes-i-mean".to_owned()
        };
        Err(usage("connect", format!("the server is {place}, and --yes-i-mean names {named}; nothing was sent"), hint))
    }

    /// The base URL, if one is known.
    pub(crate) fn url_given(&self) -> Option<&Setting<String>> {
        self.url.as_ref().ok()
    }

    /// The username, if one is known.
    pub(crate) fn username_given(&self) -> Option<&Setting<String>> {
        self.username.as_ref()
    }

    /// Sets the other one of two servers. Fails if one URL was given for both.
    pub(crate) fn pair_with(&mut self, mut other: Self) -> Result<()> {
        if let (Ok(url), Ok(of_other)) = (&self.url, &other.url)
            && url.origin == of_other.origin
            && let Some(leave_out) = url.origin.how_to_leave_out()
        {
            let (origin, one, two) = (&url.origin, &self.environment.value, &other.environment.value);
            let why = format!("{origin} names one server for both environments, '{one}' and '{two}'");
            let hint = format!(
                "{leave_out}, and name two environments of the configuration: `hac env list` shows them, \
                 `hac env add NAME --url https://HOST:9002` adds one; nothing was sent"
            );
            return Err(usage("choose the servers", why, hint));
        }
        for one in [&mut *self, &mut other] {
            if let Err(no_url) = &mut one.url {
                no_url.of_two();
            }
        }
        self.counterpart = Some(Box::new(other));
        Ok(())
    }

    /// The base URL; an error that says how to give one.
    pub(crate) fn base_url(&self) -> Result<BaseUrl> {
        let given = self.url.as_ref().map_err(target::NoUrl::error)?;
        let doing = || format!("use the base URL of {}", given.origin);
        let url = BaseUrl::parse(&given.value).map_err(|error| error.while_doing(doing()))?;
        if let (Some(named), Some(in_url)) = (&self.context_path, url.context_path())
            && named.value != *in_url
        {
            let (of_url, of_path) = (&given.origin, &named.origin);
            let why = format!("the URL of {of_url} has the context path {in_url}, and {of_path} says {}", named.value);
            return Err(values::wrong(doing(), why, "remove one of them, the one that is not HAC's", of_path));
        }
        Ok(url)
    }

    /// The username; an error that says how to give one.
    pub(crate) fn username(&self) -> Result<String> {
        let given = self.username.as_ref().map(|name| name.value.clone()).filter(|name| !name.is_empty());
        given.ok_or_else(|| {
            let ways = match self.standing {
                Standing::Configured => format!(
                    "pass --username NAME, set {}, or save it: hac endpoint update {} {} --username NAME",
                    self.levels.closest(env::USERNAME),
                    self.environment.value,
                    self.endpoint.as_ref().map_or("ENDPOINT", |endpoint| endpoint.value.as_str()),
                ),
                Standing::Free => "pass --username NAME or set HAC_USERNAME".to_owned(),
                Standing::BuiltIn => format!(
                    "pass --username NAME or set HAC_USERNAME. Nothing names a server, so it would be {}: \
                     pass --url, set HAC_URL, or add one: hac env add NAME --url https://HOST:9002{WITHOUT_A_SERVER}",
                    BUILT_IN.2
                ),
            };
            Error::new(ErrorKind::Config, "find the session").because("no username was given").with_hint(ways)
        })
    }

    /// The label of the session: `environment/endpoint`, or `environment` where no endpoint is known.
    pub(crate) fn label(&self) -> String {
        match &self.endpoint {
            Some(endpoint) => format!("{}/{}", self.environment.value, endpoint.value),
            None => self.environment.value.clone(),
        }
    }

    /// The labels under which a session of the target may be stored, the likeliest first.
    pub(crate) fn labels(&self) -> Vec<String> {
        let mut labels = vec![self.label()];
        if self.standing == Standing::BuiltIn {
            // As it is called with a URL.
            labels.push(self.environment.value.clone());
        }
        labels
    }

    /// The environment that was typed.
    pub(crate) fn typed_environment(&self) -> Option<&str> {
        self.environment.is_explicit().then_some(self.environment.value.as_str())
    }

    /// The endpoint, if one is known.
    pub(crate) fn endpoint_given(&self) -> Option<&str> {
        self.endpoint.as_ref().map(|endpoint| endpoint.value.as_str())
    }

    /// The endpoint that was typed.
    pub(crate) fn typed_endpoint(&self) -> Option<&str> {
        self.endpoint.as_ref().filter(|endpoint| endpoint.is_explicit()).map(|endpoint| endpoint.value.as_str())
    }

    /// What was typed to name the server, to be typed again: a blank, and flags; nothing where the surroundings name it.
    pub(crate) fn typed_target(&self) -> String {
        let url = self.url_given().filter(|url| url.is_explicit()).map(|url| url.value.as_str());
        let typed = [("-e", self.typed_environment()), ("-n", self.typed_endpoint()), ("--url", url)];
        let flags = typed.into_iter().filter_map(|(flag, value)| Some(format!(" {flag} {}", os::quoted(value?))));
        flags.collect()
    }

    /// The URL that was typed, as a flag after a blank.
    pub(crate) fn typed_url(&self) -> String {
        let url = self.url_given().filter(|url| url.is_explicit());
        url.map_or_else(String::new, |url| format!(" --url {}", os::quoted(&url.value)))
    }

    /// The user that was typed, as a flag after a blank: nobody but this user may have a session or a password at hand.
    pub(crate) fn typed_user(&self) -> String {
        let typed = self.username.as_ref().filter(|name| name.is_explicit());
        typed.map_or_else(String::new, |name| format!(" --username {}", os::quoted(&name.value)))
    }

    /// The environment and the endpoint, if the configuration names them.
    pub(crate) fn configured(&self) -> Option<(&str, &str)> {
        let endpoint = self.endpoint.as_ref().filter(|_| self.standing == Standing::Configured)?;
        Some((&self.environment.value, &endpoint.value))
    }

    /// The same settings, with this certificate as the only one that is trusted.
    pub(crate) fn pinned(&self, fingerprint: Fingerprint) -> Self {
        Self { trust: Setting::argument("--pin", Trust::Pin(fingerprint)), ..self.clone() }
    }

    /// The same settings without a context path: HAC is looked for.
    pub(crate) fn at_any_path(&self) -> Self {
        Self { context_path: None, ..self.clone() }
    }

    /// The same settings, wherever the load balancer leads.
    pub(crate) fn at_any_node(&self) -> Self {
        Self { route: None, ..self.clone() }
    }

    /// Takes from others how to reach any server, as far as it was typed.
    pub(crate) fn connect_like(&mut self, others: &Self) {
        if others.timeout.is_explicit() {
            self.timeout = others.timeout.clone();
        }
        if others.proxy.is_explicit() {
            self.proxy = others.proxy.clone();
        }
    }

    /// Whether the server is the one that is taken where nothing names one.
    pub(crate) fn is_built_in(&self) -> bool {
        self.standing == Standing::BuiltIn
    }

    /// Whether the environment or the endpoint was typed.
    pub(crate) fn has_typed_label(&self) -> bool {
        self.environment.is_explicit() || self.endpoint.as_ref().is_some_and(Setting::is_explicit)
    }

    /// Whether a flag names a server, a session or a user.
    pub(crate) fn has_typed_target(&self) -> bool {
        self.has_typed_label()
            || self.url_given().is_some_and(Setting::is_explicit)
            || self.username.as_ref().is_some_and(Setting::is_explicit)
    }

    /// The variable of the closest level that is set.
    pub(crate) fn variable(&self, name: &'static str, context: &RunContext) -> Result<Option<Setting<String>>> {
        self.levels.text(name, &context.environment)
    }

    /// The variable for a password of the target, for hints.
    pub(crate) fn password_variable(&self) -> String {
        match self.standing {
            Standing::Configured => self.levels.closest(env::PASSWORD),
            Standing::BuiltIn | Standing::Free => env::PASSWORD.to_owned(),
        }
    }

    /// Says whose protection refused a call, if that is not the environment of the call: several may name one server.
    pub(crate) fn naming_the_guard(&self, error: Error) -> Error {
        let Some(guard) = self.guard.environment.as_deref().filter(|_| error.kind() == ErrorKind::Protected) else {
            return error;
        };
        let label = self.label();
        if label.split('/').next() == Some(guard) {
            return error;
        }
        let whose =
            Hint::from(format!("the environment '{guard}', which names the same server, asks for this protection"));
        let hint = match error.hint() {
            Some(hint) => Hint::All(vec![whose, hint.clone()]),
            None => whose,
        };
        error.with_hint(hint)
    }

    /// The cache directory, if one was given.
    pub(crate) fn cache_dir(&self) -> Option<&PathBuf> {
        self.cache_dir.as_ref().map(|dir| &dir.value)
    }

    /// The limit of a wait: `otherwise`, unless one was typed. The limit of an endpoint is meant for answers.
    pub(crate) fn limit_of_a_wait(&self, otherwise: Duration) -> Option<Duration> {
        match self.timeout.value {
            TimeLimit::Never if self.timeout.is_explicit() => None,
            _ => Some(self.limit_of_a_run().unwrap_or(otherwise)),
        }
    }

    /// The limit for the answer to a run that takes as long as it takes: none, but for one that was typed.
    pub(crate) fn limit_of_a_run(&self) -> Option<Duration> {
        match self.timeout.value {
            TimeLimit::After(limit) if self.timeout.is_explicit() => Some(limit),
            _ => None,
        }
    }

    /// Every value with its origin, for the log.
    pub(crate) fn log(&self) {
        if !tracing::enabled!(tracing::Level::DEBUG) {
            return;
        }
        for line in self.lines_to_pass_on() {
            tracing::debug!(key = line.key, value = line.text(), origin = line.origin, "setting");
        }
    }
}

/// Checks what one endpoint of a configuration says, as a call would.
pub(crate) fn check(config: &Config, environment: &str, endpoint: &str) -> Result<()> {
    let wanted = target::Wanted {
        environment: Some(Setting::default(environment.to_owned())),
        endpoint: Some(Setting::default(endpoint.to_owned())),
        url: None,
    };
    let (args, output, files) = (GlobalArgs::default(), Output::default(), std::slice::from_ref(config));
    let settings = layers::lay(args, wanted, output, files, &Environment::empty())?;
    settings.base_url().map(drop)
}

#[cfg(feature = "simulator")]
const WITHOUT_A_SERVER: &str = "; without a server, try `hac demo`";
#[cfg(not(feature = "simulator"))]
const WITHOUT_A_SERVER: &str = "";

/// A password in the arguments is refused: other users of the machine can read them.
pub(crate) fn password_refused() -> Error {
    usage(
        "take a password from the command line",
        "other users of this machine can read it there",
        format!(
            "{}; the password that you typed may be in your shell history",
            ways(env::PASSWORD, "omit it to be prompted on a terminal")
        ),
    )
}

#[cfg(test)]
mod tests;
