//! `hac session …`.

#![expect(clippy::doc_markdown, reason = "these comments are the help text, which shows no backticks")]

use clap::{Args, Subcommand, ValueEnum};

/// Start, list, check, end, move and clear sessions.
#[derive(Debug, Subcommand)]
pub(crate) enum SessionCommand {
    /// Log in, unless the stored session is still alive
    Start(Target),
    /// List the stored sessions, the last used first
    List(ListArgs),
    /// Show a stored session
    Show(ShowArgs),
    /// Ask the server whether a session is alive: exit code 0 if it is, 4 if not
    Check(Target),
    /// Log out and remove the session
    End(Target),
    /// Remove a session from this machine
    Clear(ClearArgs),
    /// Remove all sessions from this machine
    ClearAll(ClearAllArgs),
    /// Print a session as JSON, for `hac session import` on another machine
    Export(ExportArgs),
    /// Take over a session: JSON on standard input, flags, or HAC_SESSION_ID and HAC_CSRF_TOKEN
    Import(ImportArgs),
}

/// Which session is meant.
#[derive(Debug, Clone, Args)]
pub(crate) struct Target {
    /// The environment of the session, as with --environment
    // Its own id: a flag of the same id would shadow the global one.
    #[arg(id = "ENVIRONMENT")]
    pub environment: Option<String>,
}

/// What `session list` takes.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// How to print the list
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub format: ListFormat,

    /// Leave out the line with the column names
    #[arg(long)]
    pub no_headers: bool,
}

/// How the list of sessions is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// Aligned columns
    Table,
    /// A list of objects
    Json,
    /// The environments, one a line
    Quiet,
}

/// What `session show` takes.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    pub target: Target,

    /// Print the whole session id and token: whoever has them is logged in
    #[arg(long)]
    pub reveal: bool,
}

/// What `session clear` takes.
#[derive(Debug, Args)]
pub(crate) struct ClearArgs {
    #[command(flatten)]
    pub target: Target,

    /// Log out on the server first
    #[arg(long)]
    pub logout: bool,
}

/// What `session clear-all` takes.
#[derive(Debug, Args)]
pub(crate) struct ClearAllArgs {
    /// Do not ask
    #[arg(short, long)]
    pub force: bool,
}

/// What `session export` takes.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    pub target: Target,

    /// Print it even on a terminal: whoever sees it is logged in
    #[arg(long)]
    pub reveal: bool,
}

/// What `session import` takes.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    #[command(flatten)]
    pub target: Target,

    /// The session cookie's value; HAC_SESSION_ID keeps it out of the process list
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    pub session_id: Option<String>,

    /// The CSRF token; HAC_CSRF_TOKEN keeps it out of the process list
    #[arg(long, value_name = "TOKEN", allow_hyphen_values = true)]
    pub csrf_token: Option<String>,

    /// The cookie ROUTE, with or without its name [env: HAC_ROUTE_COOKIE]
    #[arg(long, value_name = "ROUTE", allow_hyphen_values = true)]
    pub route_cookie: Option<String>,
}
