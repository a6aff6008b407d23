//! Whether somebody means it: what drops tables wants the name of the server, and an update for
//! which nothing was selected wants a yes.

use hac_client::network::BaseUrl;
use hac_client::{Error, Result};

use crate::context::RunContext;
use crate::diagnostics::usage;
use crate::printer::Talk;

const DROP: &str = "drop all tables";
const UPDATE: &str = "run the update";

/// What is still to be done before a run may begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Consent {
    /// Nothing.
    Given,
    /// This has to be typed, because tables are dropped.
    Typed(String),
    /// Nothing was selected: a yes is enough.
    Confirmed,
}

/// Looks at the flag and the terminal before tables are dropped; asks and sends nothing.
///
/// A name that somebody chose here says nothing about the server: what is typed is host and port.
pub(super) fn to_drop_tables(url: &BaseUrl, named: Option<&str>, context: &RunContext) -> Result<Consent> {
    let server = format!("{}:{}", url.origin().host(), url.origin().port());
    match named {
        Some(named) if named == server => Ok(Consent::Given),
        Some(named) => Err(other(&server, named)),
        None if context.terminals.can_ask() => Ok(Consent::Typed(server)),
        None => Err(usage(
            DROP,
            format!("all data of {server} would be lost, and there is no terminal to ask for confirmation"),
            format!("pass --yes-i-mean {server}; nothing was sent"),
        )),
    }
}

/// Looks whether there is a terminal to ask on before an update runs for which nothing was selected.
pub(super) fn to_select_nothing(url: &BaseUrl, context: &RunContext) -> Result<Consent> {
    if context.terminals.can_ask() {
        return Ok(Consent::Confirmed);
    }
    Err(usage(
        UPDATE,
        format!("nothing is selected, and there is no terminal to ask whether {} should run an update", url.origin()),
        "select something: --schema, --create-essential-data, --localize-types, --clear-hmc, --create-project-data, \
         --extension, --patch, --param; nothing was sent",
    ))
}

impl Consent {
    /// Asks on the terminal for what is still missing.
    pub(super) fn obtain(self, host: &str, talk: &Talk) -> Result<()> {
        let question = match &self {
            Self::Given => return Ok(()),
            Self::Typed(server) => format!("ALL DATA of {host} will be lost. Type {server} to continue: "),
            Self::Confirmed => format!("Nothing is selected. Run an update on {host} anyway? [y/N] "),
        };
        let typed = talk.ask(&question);
        match self {
            Self::Typed(server) if typed != server => Err(other(&server, &typed)),
            Self::Confirmed if !matches!(typed.to_ascii_lowercase().as_str(), "y" | "yes") => Err(usage(
                UPDATE,
                "it was not confirmed",
                "select something, for example --schema; no update was started",
            )),
            _ => Ok(()),
        }
    }
}

fn other(server: &str, named: &str) -> Error {
    let why = if named.is_empty() {
        format!("the server is {server}, and nothing was typed")
    } else {
        format!("the server is {server}, not {named}")
    };
    usage(DROP, why, "check --url: is it the right server? Nothing was dropped")
}
