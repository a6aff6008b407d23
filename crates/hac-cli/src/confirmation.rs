//! Who confirms a change to a server that is protected so: `--yes-i-mean NAME`, or somebody at the terminal who types the name.

use std::sync::{Mutex, PoisonError};

use hac_client::network::BaseUrl;
use hac_client::protection::{CallClass, ConfirmHandler, Confirmation, PlannedCall};
use hac_client::{Error, ErrorKind, Hint, Result};

use crate::context::RunContext;
use crate::printer::Talk;
use crate::settings::Settings;

/// Confirms changes in the name of an environment.
pub(crate) struct ByName {
    /// The environment whose protection it is.
    environment: String,
    /// Other names for the same: the label of the session, host and port.
    others: Vec<String>,
    /// What was given on the command line.
    given: Option<String>,
    /// To ask on the terminal, if there is one.
    talk: Option<Talk>,
    /// The worst that was typed a name for: a command that imports ten files asks once.
    typed_for: Mutex<Option<CallClass>>,
}

impl ByName {
    /// For the server of the settings; `None` where no environment protects it. `label` is that of its session.
    pub(crate) fn of(
        settings: &Settings,
        url: &BaseUrl,
        label: &str,
        context: &RunContext,
        talk: &Talk,
    ) -> Option<Self> {
        let environment = settings.guard.environment.clone()?;
        let mut others = vec![format!("{}:{}", url.origin().host(), url.origin().port())];
        // The label of its session, if it is one of that environment: a free label says nothing about the server.
        others.extend(
            label.strip_prefix(&environment).is_some_and(|rest| rest.starts_with('/')).then(|| label.to_owned()),
        );
        Some(Self {
            environment,
            others,
            given: settings.yes_i_mean.clone(),
            talk: context.terminals.can_ask().then(|| talk.clone()),
            typed_for: Mutex::default(),
        })
    }

    fn is_meant(&self, name: &str) -> bool {
        name == self.environment || self.others.iter().any(|other| other == name)
    }

    /// Asks whether a change of a class is meant: `doing` is what it does, as it completes "cannot …".
    pub(crate) fn ask(&self, class: CallClass, doing: &str, base_url: &str) -> Result<Confirmation> {
        let refused = |why: String| {
            Error::new(ErrorKind::Protected, doing)
                .because(format!("{why}; nothing was sent"))
                .with_hint(Hint::Confirm { environment: self.environment.clone() })
        };
        let place = format!("{} ({base_url})", self.environment);
        match (&self.given, &self.talk) {
            (Some(given), _) if self.is_meant(given) => Ok(Confirmation::Yes),
            (Some(given), _) => Err(refused(format!("the server is {place}, and --yes-i-mean names {given}"))),
            (None, Some(talk)) => {
                let mut typed_for = self.typed_for.lock().unwrap_or_else(PoisonError::into_inner);
                if typed_for.is_some_and(|typed| typed >= class) {
                    return Ok(Confirmation::Yes);
                }
                let question = format!("{place} is protected. To {doing}, type {}: ", self.environment);
                let typed = talk.ask(&question);
                if self.is_meant(&typed) {
                    *typed_for = Some(class);
                    return Ok(Confirmation::Yes);
                }
                let typed = if typed.is_empty() { "nothing".to_owned() } else { format!("'{typed}'") };
                Err(refused(format!("{place} requires confirmation, but {typed} was typed")))
            }
            (None, None) => Err(refused(format!("{place} requires confirmation, and there is no terminal to ask on"))),
        }
    }
}

impl ConfirmHandler for ByName {
    fn confirm(&self, call: &PlannedCall) -> Result<Confirmation> {
        self.ask(call.class, &call.doing, &call.base_url)
    }
}
