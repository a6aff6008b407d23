//! Flags that every command knows, before and after its name.

#![expect(clippy::doc_markdown, reason = "these comments are the help text, which shows no backticks")]

use std::path::PathBuf;

use clap::{ArgAction, Args};

use super::number::seconds;
use super::password::{Refuse, Refused};

/// Where HAC is, who logs in, and how the way there is trusted.
#[derive(Debug, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct GlobalArgs {
    /// The base URL of HAC, such as https://localhost:9002 [env: HAC_URL]
    #[arg(long, global = true, value_name = "URL", help_heading = "Target")]
    pub url: Option<String>,

    /// The user who logs in [env: HAC_USERNAME]
    #[arg(short, long, global = true, value_name = "NAME", help_heading = "Target")]
    pub username: Option<String>,

    /// Read the password from the first line of standard input
    ///
    /// Otherwise it comes from HAC_PASSWORD, or is asked for on a terminal. It is needed for a
    /// login only.
    #[arg(long, global = true, help_heading = "Target")]
    pub password_stdin: bool,

    /// Refused: other users of this machine could read it. See --password-stdin
    // A command whose -p is something else has `WithoutShortForm` in its place.
    #[arg(id = "password", short = 'p', long = "password", global = true, value_name = "VALUE", num_args = 0..=1,
        default_missing_value = "", hide = true, allow_hyphen_values = true, value_parser = Refuse)]
    pub _refused: Option<Refused>,

    /// The label of the session [default: local]
    #[arg(short, long, global = true, value_name = "NAME", help_heading = "Target")]
    pub environment: Option<String>,

    /// The endpoint in the environment: the session is labelled ENVIRONMENT/ENDPOINT
    #[arg(short = 'n', long, global = true, value_name = "NAME", help_heading = "Target")]
    pub endpoint: Option<String>,

    /// The path under which HAC is mounted, such as /hac or / [default: found out]
    #[arg(long, global = true, value_name = "PATH", help_heading = "Target")]
    pub context_path: Option<String>,

    /// Stay on this node: the value of the cookie ROUTE
    #[arg(long, global = true, value_name = "NODE", help_heading = "Target")]
    pub route: Option<String>,

    /// Trust the certificates in this PEM file, and no others
    #[arg(long, global = true, value_name = "FILE", help_heading = "Network")]
    pub cacert: Option<PathBuf>,

    /// Trust only the certificate with this SHA-256 fingerprint (sha256:…)
    #[arg(long, global = true, value_name = "FINGERPRINT", help_heading = "Network")]
    pub pin: Option<String>,

    /// Trust any certificate: whoever is in between can read and change everything
    #[arg(long, visible_alias = "insecure", global = true, help_heading = "Network")]
    pub ignore_ssl: bool,

    /// The client certificate, a PEM file
    #[arg(long, global = true, value_name = "FILE", help_heading = "Network")]
    pub client_cert: Option<PathBuf>,

    /// The key of the client certificate, a PEM file
    #[arg(long, global = true, value_name = "FILE", help_heading = "Network")]
    pub client_key: Option<PathBuf>,

    /// The proxy to go through [default: HTTPS_PROXY, HTTP_PROXY, NO_PROXY]
    #[arg(long, global = true, value_name = "URL", help_heading = "Network")]
    pub proxy: Option<String>,

    /// Go through no proxy, whatever the environment says
    #[arg(long, global = true, help_heading = "Network")]
    pub no_proxy: bool,

    /// The user of a Basic-auth gate in front of HAC; its password is in HAC_GATE_PASSWORD
    #[arg(long, global = true, value_name = "NAME", help_heading = "Network")]
    pub gate: Option<String>,

    /// A header for every request, as 'Name: value'; may be repeated
    #[arg(long = "header", global = true, value_name = "NAME: VALUE", help_heading = "Network")]
    pub headers: Vec<String>,

    /// The name of the session cookie, where it is not JSESSIONID
    #[arg(long, global = true, value_name = "NAME", help_heading = "Network")]
    pub session_cookie: Option<String>,

    /// How long an answer may take, in seconds; 0 waits for ever [default: 30; 600 for impex]
    #[arg(long, global = true, value_name = "SECONDS", help_heading = "Network", value_parser = seconds)]
    pub timeout: Option<f64>,

    /// Where sessions are kept [env: HAC_CACHE_DIR] [default: ~/.cache/hac-client]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Session")]
    pub cache_dir: Option<PathBuf>,

    /// Keep no session: neither read nor write the cache
    #[arg(long, global = true, help_heading = "Session")]
    pub no_cache: bool,

    /// Print results, warnings and errors only
    #[arg(short, long, global = true, help_heading = "Output")]
    pub quiet: bool,

    /// Tell what happens; -vv and -vvv log more, never a secret
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = "Output")]
    pub verbose: u8,

    /// Print the result as JSON, failures too
    #[arg(long, global = true, help_heading = "Output")]
    pub json: bool,

    /// Print rows as CSV
    #[arg(long, global = true, help_heading = "Output")]
    pub csv: bool,
}
