//! Flags that every command knows, before and after its name.

#![expect(clippy::doc_markdown, reason = "these comments are the help text, which shows no backticks")]

use std::path::PathBuf;

use clap::{ArgAction, Args};

use super::number::seconds;
use super::password::{Refuse, Refused};

/// The target, the credentials, and how to connect.
#[derive(Debug, Clone, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct GlobalArgs {
    /// Base URL of HAC, such as https://localhost:9002 [env: HAC_URL]
    #[arg(long, global = true, value_name = "URL", help_heading = "Target")]
    pub url: Option<String>,

    /// Username for the login [env: HAC_USERNAME]
    #[arg(short, long, global = true, value_name = "NAME", help_heading = "Target")]
    pub username: Option<String>,

    /// Read the password from the first line of standard input
    ///
    /// Otherwise it is taken from HAC_PASSWORD, or prompted for on a terminal. It is needed only
    /// to log in.
    #[arg(long, global = true, help_heading = "Target")]
    pub password_stdin: bool,

    /// Refused: other users of this machine could read it. See --password-stdin
    // A command whose -p is something else has `WithoutShortForm` in its place.
    #[arg(id = "password", short = 'p', long = "password", global = true, value_name = "VALUE", num_args = 0..=1,
        default_missing_value = "", hide = true, allow_hyphen_values = true, value_parser = Refuse)]
    pub _refused: Option<Refused>,

    /// Environment of the configuration, or with --url a label for the session [default: the configuration's default environment, else local]
    #[arg(short, long, alias = "env", global = true, value_name = "NAME", help_heading = "Target")]
    pub environment: Option<String>,

    /// Endpoint in the environment [default: its default endpoint]
    #[arg(short = 'n', long, global = true, value_name = "NAME", help_heading = "Target")]
    pub endpoint: Option<String>,

    /// Confirm changes to this environment without a terminal; another server is refused. To drop all tables: HOST:PORT
    #[arg(long, global = true, value_name = "NAME", help_heading = "Target")]
    pub yes_i_mean: Option<String>,

    /// Context path of HAC, such as /hac or / [default: detected]
    #[arg(long, global = true, value_name = "PATH", help_heading = "Target")]
    pub context_path: Option<String>,

    /// Use this node of the cluster: the value of the cookie ROUTE
    #[arg(long, global = true, value_name = "NODE", help_heading = "Target")]
    pub route: Option<String>,

    /// Trust only the certificates in this PEM file
    #[arg(long, global = true, value_name = "FILE", help_heading = "Network")]
    pub cacert: Option<PathBuf>,

    /// Trust only the certificate with this SHA-256 fingerprint (sha256:…)
    #[arg(long, global = true, value_name = "FINGERPRINT", help_heading = "Network")]
    pub pin: Option<String>,

    /// Trust any certificate: anyone on the network path can read and change everything
    #[arg(long, visible_alias = "insecure", global = true, help_heading = "Network")]
    pub ignore_ssl: bool,

    /// Client certificate, a PEM file
    #[arg(long, global = true, value_name = "FILE", help_heading = "Network")]
    pub client_cert: Option<PathBuf>,

    /// Private key of the client certificate, a PEM file
    #[arg(long, global = true, value_name = "FILE", help_heading = "Network")]
    pub client_key: Option<PathBuf>,

    /// Proxy to use [default: from HTTPS_PROXY, HTTP_PROXY, NO_PROXY]
    #[arg(long, global = true, value_name = "URL", help_heading = "Network")]
    pub proxy: Option<String>,

    /// Do not use a proxy, even if the environment sets one
    #[arg(long, global = true, help_heading = "Network")]
    pub no_proxy: bool,

    /// Username for HTTP Basic authentication in front of HAC; set the password in HAC_GATE_PASSWORD
    #[arg(long, global = true, value_name = "NAME", help_heading = "Network")]
    pub gate: Option<String>,

    /// Add a header to every request, as 'Name: value'; may be repeated
    #[arg(long = "header", global = true, value_name = "NAME: VALUE", help_heading = "Network")]
    pub headers: Vec<String>,

    /// Name of the session cookie [default: JSESSIONID]
    #[arg(long, global = true, value_name = "NAME", help_heading = "Network")]
    pub session_cookie: Option<String>,

    /// Time limit for an answer, in seconds; 0 for no limit [default: 30; 600 for impex; none for update run]
    #[arg(long, global = true, value_name = "SECONDS", help_heading = "Network", allow_negative_numbers = true, value_parser = seconds)]
    pub timeout: Option<f64>,

    /// Directory for cached sessions [env: HAC_CACHE_DIR] [default: ~/.cache/hac-client]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Session")]
    pub cache_dir: Option<PathBuf>,

    /// Do not cache the session: neither read nor write the cache
    #[arg(long, global = true, help_heading = "Session")]
    pub no_cache: bool,

    /// Print only results, warnings and errors
    #[arg(short, long, global = true, help_heading = "Output")]
    pub quiet: bool,

    /// Verbose output; -vv and -vvv log more, but never a secret
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = "Output")]
    pub verbose: u8,

    /// Print results and errors as JSON
    #[arg(long, global = true, help_heading = "Output")]
    pub json: bool,

    /// Print rows as CSV
    #[arg(long, global = true, help_heading = "Output")]
    pub csv: bool,
}

impl GlobalArgs {
    /// The flags for a connection, and whether each was typed.
    pub(crate) fn of_a_server(&self) -> [(bool, &'static str); 21] {
        [
            (self.url.is_some(), "--url"),
            (self.username.is_some(), "--username"),
            (self.password_stdin, "--password-stdin"),
            (self.environment.is_some(), "--environment"),
            (self.endpoint.is_some(), "--endpoint"),
            (self.yes_i_mean.is_some(), "--yes-i-mean"),
            (self.context_path.is_some(), "--context-path"),
            (self.route.is_some(), "--route"),
            (self.cacert.is_some(), "--cacert"),
            (self.pin.is_some(), "--pin"),
            (self.ignore_ssl, "--ignore-ssl"),
            (self.client_cert.is_some(), "--client-cert"),
            (self.client_key.is_some(), "--client-key"),
            (self.proxy.is_some(), "--proxy"),
            (self.no_proxy, "--no-proxy"),
            (self.gate.is_some(), "--gate"),
            (!self.headers.is_empty(), "--header"),
            (self.session_cookie.is_some(), "--session-cookie"),
            (self.timeout.is_some(), "--timeout"),
            (self.cache_dir.is_some(), "--cache-dir"),
            (self.no_cache, "--no-cache"),
        ]
    }
}
