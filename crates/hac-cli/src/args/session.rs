//! `hac session …`.

#![expect(clippy::doc_markdown, reason = "these comments are the help text, which shows no backticks")]

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{ListArgs, ResultArgs, TextArgs};

/// Start, list, check, end, move and clear sessions.
#[derive(Debug, Subcommand)]
pub(crate) enum SessionCommand {
    /// Log in, unless the cached session is still alive
    Start(StartArgs),
    /// List cached sessions, most recently used first
    List(SessionListArgs),
    /// Show a cached session
    Show(ShowArgs),
    /// Check on the server whether a session is alive: exit code 0 if it is, 4 if not
    Check(CheckArgs),
    /// Log out and remove the session
    End(EndArgs),
    /// Remove a session from this machine
    Clear(ClearArgs),
    /// Remove all sessions from this machine
    ClearAll(ClearAllArgs),
    /// Print a session as JSON, for `hac session import` on another machine
    Export(ExportArgs),
    /// Import a session: JSON or a browser's request on standard input, flags, or HAC_SESSION_ID and HAC_CSRF_TOKEN
    Import(ImportArgs),
}

/// The session to use.
#[derive(Debug, Clone, Args)]
pub(crate) struct Target {
    /// Environment or label of the session, as with --environment
    // Its own id: a flag of the same id would shadow the global one.
    #[arg(id = "ENVIRONMENT")]
    pub environment: Option<String>,
}

/// Arguments of `session start`.
#[derive(Debug, Args)]
pub(crate) struct StartArgs {
    #[command(flatten)]
    pub target: Target,

    /// Keep URL, user and trust in the configuration, as this environment: later commands need no flags
    #[arg(long)]
    pub save: bool,

    #[command(flatten)]
    pub output: ResultArgs,
}

/// Log in, unless the cached session is still alive.
///
/// The password comes from the first of these: --password-stdin, HAC_PASSWORD, password_command of the configuration, standard input
/// if it is not a terminal, the system's keyring, a question on the terminal.
#[derive(Debug, Args)]
pub(crate) struct LoginArgs {
    #[command(flatten)]
    pub target: Target,

    /// Remember the login: the password in the system's keyring; and with ENVIRONMENT, URL, user and trust in the configuration
    #[cfg_attr(
        not(feature = "keyring"),
        doc = "\n\nThis hac was built without the keyring, so that the password cannot be kept"
    )]
    #[arg(long)]
    pub save: bool,

    #[command(flatten)]
    pub output: ResultArgs,
}

/// Log out and remove the session.
#[derive(Debug, Args)]
pub(crate) struct LogoutArgs {
    #[command(flatten)]
    pub target: Target,

    /// Remove the password from the system's keyring too, whether or not there is a session
    #[arg(long)]
    pub forget: bool,

    #[command(flatten)]
    pub output: ResultArgs,
}

/// Arguments of `session check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub target: Target,

    #[command(flatten)]
    pub rows: TextArgs,
}

/// List cached sessions, most recently used first.
///
/// --environment, --url and --username limit the list.
#[derive(Debug, Args)]
pub(crate) struct SessionListArgs {
    #[command(flatten)]
    pub list: ListArgs,

    /// Ask the servers whether the sessions are alive
    #[arg(long)]
    pub check: bool,
}

/// Arguments of `session end`.
#[derive(Debug, Args)]
pub(crate) struct EndArgs {
    #[command(flatten)]
    pub target: Target,

    #[command(flatten)]
    pub output: ResultArgs,
}

/// Arguments of `session show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    pub target: Target,

    /// Print the full session id and token: anyone who has them is logged in
    #[arg(long)]
    pub reveal: bool,

    #[command(flatten)]
    pub rows: TextArgs,
}

/// Arguments of `session clear`.
#[derive(Debug, Args)]
pub(crate) struct ClearArgs {
    #[command(flatten)]
    pub target: Target,

    /// Log out on the server first
    #[arg(long)]
    pub logout: bool,

    #[command(flatten)]
    pub output: ResultArgs,
}

/// Arguments of `session clear-all`.
#[derive(Debug, Args)]
pub(crate) struct ClearAllArgs {
    /// Do not ask for confirmation
    #[arg(short, long)]
    pub force: bool,

    #[command(flatten)]
    pub output: ResultArgs,
}

/// Print a session as JSON, for `hac session import` on another machine.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    pub target: Target,

    /// Write it to this file, which only you can read
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Replace an existing file
    #[arg(long, requires = "output")]
    pub force: bool,

    /// Print it even on a terminal: anyone who sees it can use the session
    #[arg(long)]
    pub reveal: bool,

    #[command(flatten)]
    pub result: ResultArgs,
}

/// Import a session: JSON or a browser's request on standard input, flags, or HAC_SESSION_ID and HAC_CSRF_TOKEN.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    #[command(flatten)]
    pub target: Target,

    /// Read a command of curl: the request that a browser's developer tools copied as cURL
    #[arg(long, conflicts_with_all = ["session_id", "csrf_token", "route_cookie"])]
    pub from_curl: bool,

    /// Read this file instead of standard input
    #[arg(short, long, value_name = "FILE", conflicts_with_all = ["session_id", "csrf_token"])]
    pub file: Option<PathBuf>,

    /// Ask the server whether the session is alive before it is stored; if not, exit with 4
    #[arg(long)]
    pub check: bool,

    /// Value of the session cookie; HAC_SESSION_ID keeps it out of the process list
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    pub session_id: Option<String>,

    /// CSRF token; HAC_CSRF_TOKEN keeps it out of the process list
    #[arg(long, value_name = "TOKEN", allow_hyphen_values = true)]
    pub csrf_token: Option<String>,

    /// Cookie ROUTE, with or without its name [env: HAC_ROUTE_COOKIE]
    #[arg(long, value_name = "ROUTE", allow_hyphen_values = true)]
    pub route_cookie: Option<String>,

    #[command(flatten)]
    pub output: ResultArgs,
}
