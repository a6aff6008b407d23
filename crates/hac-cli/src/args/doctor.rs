//! `hac doctor`.

use clap::Args;

use super::ResultArgs;

/// Find out why a server cannot be reached or used.
///
/// Goes the way of every command step by step: configuration, DNS, TCP, proxy, TLS, context path, login, rights, session file and
/// clock. Each step says what it found, and what to do if it failed. Steps behind one that failed are skipped.
///
/// Nothing on the server is changed. A login is the same as for any other command: it reuses the cached session if it is alive. If the
/// certificate is not trusted, a terminal is asked whether to pin it.
///
/// The exit code is 0, or that of the first step that failed. --json prints the same for a support request, without any secret.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// The environment, as with --environment
    // Its own id: a flag of the same id would shadow the global one.
    #[arg(id = "ENVIRONMENT")]
    pub environment: Option<String>,

    #[command(flatten)]
    pub output: ResultArgs,
}
