//! Who confirms a change to a server that is protected so: `--yes-i-mean NAME`, or somebody at the terminal who types the name.

use std::sync::{Mutex, PoisonError};

use hac_client::protection::{CallClass, ConfirmHandler, Confirmation, PlannedCall};
use hac_client::{Error, ErrorKind, Hint, Result};

use crate::printer::Talk;

/// Confirms changes in the name of an environment.
pub(crate) struct ByName {
    /// The environment whose protection it is.
    pub(crate) environment: String,
    /// Other names for the same: the label of the session, host and port.
    pub(crate) others: Vec<String>,
    /// What was given on the command line.
    pub(crate) given: Option<String>,
    /// To ask on the terminal, if there is one.
    pub(crate) talk: Option<Talk>,
    /// The worst that was typed a name for: a command that imports ten files asks once.
    pub(crate) typed_for: Mutex<Option<CallClass>>,
}

impl ByName {
    fn is_meant(&self, name: &str) -> bool {
        name == self.environment || self.others.iter().any(|other| other == name)
    }
}

impl ConfirmHandler for ByName {
    fn confirm(&self, call: &PlannedCall) -> Result<Confirmation> {
        let refused = |why: String| {
            Error::new(ErrorKind::Protected, call.doing.clone())
                .because(format!("{why}; nothing was sent"))
                .with_hint(Hint::Confirm { environment: self.environment.clone() })
        };
        let place = format!("{} ({})", self.environment, call.base_url);
        match (&self.given, &self.talk) {
            (Some(given), _) if self.is_meant(given) => Ok(Confirmation::Yes),
            (Some(given), _) => Err(refused(format!("the server is {place}, and --yes-i-mean names {given}"))),
            (None, Some(talk)) => {
                let mut typed_for = self.typed_for.lock().unwrap_or_else(PoisonError::into_inner);
                if typed_for.is_some_and(|class| class >= call.class) {
                    return Ok(Confirmation::Yes);
                }
                let question = format!("{place} is protected. To {}, type {}: ", call.doing, self.environment);
                let typed = talk.ask(&question);
                if self.is_meant(&typed) {
                    *typed_for = Some(call.class);
                    return Ok(Confirmation::Yes);
                }
                let typed = if typed.is_empty() { "nothing".to_owned() } else { format!("'{typed}'") };
                Err(refused(format!("{place} requires confirmation, but {typed} was typed")))
            }
            (None, None) => Err(refused(format!("{place} requires confirmation, and there is no terminal to ask on"))),
        }
    }
}
