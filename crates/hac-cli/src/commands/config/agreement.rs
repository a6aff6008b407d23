//! Whether somebody means to take a server out of the protection of its environment.

use hac_client::protection::Protection;
use hac_client::{Error, ErrorKind, Result};

use crate::config::Config;
use crate::job::Job;

/// Asks for the name of a protected environment before it loses a server, and with it the protection of that server.
pub(super) fn obtain(job: &Job<'_>, config: &Config, name: &str, doing: &str) -> Result<()> {
    let protection = config.environment(name).and_then(|its| its.protection.as_ref()).map(|its| its.value);
    let Some(protection) = protection.filter(|protection| *protection > Protection::Open) else { return Ok(()) };
    let refused = |why: String| {
        Error::new(ErrorKind::Protected, doing)
            .because(why)
            .with_hint(format!("pass --yes-i-mean {name}; nothing was changed"))
    };
    let named = match &job.settings.yes_i_mean {
        Some(named) => named.clone(),
        None if job.context.terminals.can_ask() => {
            job.printer.talk.ask(&format!("{name} is {protection}. To {doing} all the same, type {name}: "))
        }
        None => {
            return Err(refused(format!("{name} is {protection}, and there is no terminal to ask for confirmation")));
        }
    };
    if named == name {
        return Ok(());
    }
    let given = if named.is_empty() { "nothing was typed".to_owned() } else { format!("'{named}' was given") };
    Err(refused(format!("{name} is {protection}, and {given}")))
}
