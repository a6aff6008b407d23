//! The one place that decides whether a call may be sent, before anything is.

use std::sync::Arc;

use super::class::Class;
use super::confirm::{ConfirmHandler, Confirmation, PlannedCall};
use super::{CallClass, Protection};
use crate::error::{Error, ErrorKind, Result};
use crate::hint::Hint;
use crate::offload::offload;

/// What the builder of a client was told.
#[derive(Default, Clone)]
pub(crate) struct Rules {
    pub(crate) protection: Protection,
    /// Whether scripts that are rolled back may run in `read-only`.
    pub(crate) allow_scripts: bool,
    pub(crate) confirm: Option<Arc<dyn ConfirmHandler>>,
}

/// Admits calls or refuses them.
pub(crate) struct Guard {
    rules: Rules,
    /// Held while somebody is asked.
    asking: tokio::sync::Mutex<()>,
}

/// Shows that the guard has admitted a call of a class.
#[derive(Debug, Clone, Copy)]
#[must_use = "the call is asked after again otherwise"]
pub(crate) struct Admission(Class);

impl Admission {
    pub(crate) fn covers(self, class: Class) -> bool {
        self.0 == class
    }
}

/// What a class of calls needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Admitted,
    ToConfirm,
    ReadOnly,
    /// Refused, but a setting of the client would admit it.
    ScriptsNotAllowed,
}

impl Guard {
    pub(crate) fn new(rules: Rules) -> Self {
        Self { rules, asking: tokio::sync::Mutex::default() }
    }

    pub(crate) const fn protection(&self) -> Protection {
        self.rules.protection
    }

    /// The policy, all of it.
    pub(super) const fn verdict(&self, class: Class) -> Verdict {
        match (self.rules.protection, class) {
            (_, Class::Read) | (Protection::Open, _) => Verdict::Admitted,
            (Protection::Confirm, _) => Verdict::ToConfirm,
            (Protection::ReadOnly, Class::RolledBackScript) if self.rules.allow_scripts => Verdict::Admitted,
            (Protection::ReadOnly, Class::RolledBackScript) => Verdict::ScriptsNotAllowed,
            (Protection::ReadOnly, Class::Write | Class::Destroy) => Verdict::ReadOnly,
        }
    }

    /// Whether a call of this class needs more than a look.
    pub(crate) const fn admits_at_once(&self, class: Class) -> bool {
        matches!(self.verdict(class), Verdict::Admitted)
    }

    /// Asks for a confirmation, or refuses. Nothing was sent before, not even a login.
    pub(crate) async fn admit(&self, class: Class, call: PlannedCall) -> Result<Admission> {
        match self.verdict(class) {
            Verdict::Admitted => Ok(Admission(class)),
            Verdict::ToConfirm => self.ask(call).await.map(|()| Admission(class)),
            Verdict::ReadOnly => Err(refused(&call, "is read-only").with_hint(Hint::ReadOnly)),
            Verdict::ScriptsNotAllowed => {
                let why = "is read-only, and a script may change the server even if it is rolled back";
                Err(refused(&call, why).with_hint(Hint::AllowScripts))
            }
        }
    }

    async fn ask(&self, call: PlannedCall) -> Result<()> {
        let unconfirmed = |call: &PlannedCall, why: &str| {
            refused(call, why).with_hint(Hint::Confirm { environment: call.environment.clone() })
        };
        let Some(handler) = &self.rules.confirm else {
            return Err(unconfirmed(&call, "requires confirmation, and the change was not confirmed"));
        };
        let _one_at_a_time = self.asking.lock().await;
        let answer = if let Some(answer) = handler.confirm_later(&call) {
            answer.await?
        } else {
            let (handler, asked) = (Arc::clone(handler), call.clone());
            offload(&call.doing, move || handler.confirm(&asked)).await??
        };
        match answer {
            Confirmation::Yes => Ok(()),
            Confirmation::No => Err(unconfirmed(&call, "requires confirmation, and the change was not confirmed")),
        }
    }
}

fn refused(call: &PlannedCall, why: &str) -> Error {
    let lost = if call.class == CallClass::Destroy { ", which drops all tables" } else { "" };
    Error::new(ErrorKind::Protected, call.doing.clone())
        .because(format!("{} {why}{lost}; nothing was sent", call.place()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASSES: [Class; 4] = [Class::Read, Class::RolledBackScript, Class::Write, Class::Destroy];

    fn verdicts(protection: Protection, allow_scripts: bool) -> [Verdict; 4] {
        let guard = Guard::new(Rules { protection, allow_scripts, confirm: None });
        CLASSES.map(|class| guard.verdict(class))
    }

    #[test]
    fn the_policy_has_one_verdict_for_each_protection_and_class() {
        use Verdict::{Admitted, ReadOnly, ScriptsNotAllowed, ToConfirm};
        for allow in [false, true] {
            assert_eq!(verdicts(Protection::Open, allow), [Admitted; 4]);
            assert_eq!(verdicts(Protection::Confirm, allow), [Admitted, ToConfirm, ToConfirm, ToConfirm]);
        }
        assert_eq!(verdicts(Protection::ReadOnly, false), [Admitted, ScriptsNotAllowed, ReadOnly, ReadOnly]);
        assert_eq!(verdicts(Protection::ReadOnly, true), [Admitted, Admitted, ReadOnly, ReadOnly]);
    }
}
