//! Whether somebody means it: what drops tables wants the name of the environment.

use hac_client::{Error, ErrorKind, Result};

use crate::context::RunContext;
use crate::diagnostics::usage;
use crate::printer::Talk;

const DOING: &str = "drop all tables";

/// What is still to be done before tables may be dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Consent {
    /// Nothing: the name was given.
    Given,
    /// The name has to be typed.
    ToBeAsked,
}

/// Looks at the flag and the terminal; asks and sends nothing.
pub(super) fn required(label: &str, named: Option<&str>, context: &RunContext) -> Result<Consent> {
    match named {
        Some(named) if named == label => Ok(Consent::Given),
        Some(named) => Err(other(label, named)),
        None if context.terminals.can_ask() => Ok(Consent::ToBeAsked),
        None => Err(usage(
            DOING,
            "there is no terminal to ask on whether you mean it",
            format!("pass --yes-i-mean {label}, the name of the environment; nothing was sent"),
        )),
    }
}

/// Asks for the name on the terminal.
pub(super) async fn ask(label: &str, host: &str, talk: &Talk) -> Result<()> {
    let question = format!("ALL DATA of {label} ({host}) will be lost. Type the name of the environment to go on: ");
    let talk = talk.clone();
    // On a thread of its own, so that Ctrl-C is heard meanwhile.
    let typed = tokio::task::spawn_blocking(move || talk.ask(&question))
        .await
        .map_err(|cause| Error::new(ErrorKind::Interrupted, DOING).with_source(cause))?;
    if typed == label { Ok(()) } else { Err(other(label, &typed)) }
}

fn other(label: &str, named: &str) -> Error {
    let why = if named.is_empty() {
        format!("the name of the environment is {label}, and none was given")
    } else {
        format!("the name of the environment is {label}, not {named}")
    };
    usage(DOING, why, "is it the environment that you meant (--environment, --url)? Nothing was sent")
}
