//! Who confirms a call to a server that wants it confirmed.

use crate::auth::BoxFuture;
use crate::error::{Error, ErrorKind, Result};
use crate::hint::Hint;

use super::CallClass;

/// A call that waits for a confirmation. Nothing of it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlannedCall {
    /// Whether it writes or destroys.
    pub class: CallClass,
    /// What it does, as it completes "cannot …": `run the script`.
    pub doing: String,
    /// The base URL of the server.
    pub base_url: String,
    /// The environment of the client.
    pub environment: String,
    /// The user of HAC.
    pub username: String,
}

impl PlannedCall {
    /// "the environment prod (<https://…>)"
    pub(super) fn place(&self) -> String {
        format!("the environment {} ({})", self.environment, self.base_url)
    }
}

/// Whether somebody confirmed a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Confirmation {
    /// The call is sent.
    Yes,
    /// The call fails with [`Protected`](ErrorKind::Protected), and nothing is sent.
    #[default]
    No,
}

/// Confirms calls that write or destroy, for clients with [`Protection::Confirm`](super::Protection::Confirm).
///
/// Implemented for closures that take a [`PlannedCall`] and return a result, and by [`ConfirmAs`]. Calls of one client ask one after
/// the other. An error ends the call and is returned as it is.
///
/// ```
/// use hac_client::protection::{Confirmation, PlannedCall};
///
/// let at_a_terminal = |call: &PlannedCall| -> hac_client::Result<Confirmation> {
///     eprint!("{} on {}? [y/N] ", call.doing, call.base_url);
///     let mut answer = String::new();
///     let typed = std::io::stdin().read_line(&mut answer).is_ok() && answer.trim() == "y";
///     Ok(if typed { Confirmation::Yes } else { Confirmation::No })
/// };
/// # fn builder(confirm: impl hac_client::protection::ConfirmHandler + 'static) {
/// let builder = hac_client::HacClient::builder("https://localhost:9002").confirmed_by(confirm);
/// # }
/// # builder(at_a_terminal);
/// ```
pub trait ConfirmHandler: Send + Sync {
    /// Asks whether to send the call. May prompt, do I/O and block: it is called on a separate thread, before a login and without any
    /// time limit.
    ///
    /// # Errors
    /// Any error ends the call, and nothing is sent.
    fn confirm(&self, call: &PlannedCall) -> Result<Confirmation>;

    /// Asks asynchronously. Default: `None`, and [`confirm`](Self::confirm) is called.
    fn confirm_later<'a>(&'a self, call: &'a PlannedCall) -> Option<BoxFuture<'a, Result<Confirmation>>> {
        let _ = call;
        None
    }
}

impl<F: Fn(&PlannedCall) -> Result<Confirmation> + Send + Sync> ConfirmHandler for F {
    fn confirm(&self, call: &PlannedCall) -> Result<Confirmation> {
        self(call)
    }
}

/// A [`ConfirmHandler`] that confirms every call if its environment has this name: for scripts and pipelines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfirmAs(String);

impl ConfirmAs {
    /// Returns a confirmation for the environment of this name.
    pub fn new(environment: impl Into<String>) -> Self {
        Self(environment.into())
    }

    fn answer(&self, call: &PlannedCall) -> Result<Confirmation> {
        if self.0 == call.environment {
            return Ok(Confirmation::Yes);
        }
        Err(Error::new(ErrorKind::Protected, call.doing.clone())
            .because(format!(
                "{} was to be changed, but the confirmation is for {:?}; nothing was sent",
                call.place(),
                self.0
            ))
            .with_hint(Hint::Confirm { environment: call.environment.clone() }))
    }
}

impl ConfirmHandler for ConfirmAs {
    fn confirm(&self, call: &PlannedCall) -> Result<Confirmation> {
        self.answer(call)
    }

    /// Compares two names, for which no thread is needed.
    fn confirm_later<'a>(&'a self, call: &'a PlannedCall) -> Option<BoxFuture<'a, Result<Confirmation>>> {
        Some(Box::pin(std::future::ready(self.answer(call))))
    }
}
