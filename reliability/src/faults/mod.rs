//! The faults, as data: where each happens, what it does, and to which class it belongs.

mod bodies;
mod bombs;
mod connections;
mod garbage;
mod logins;
mod redirects;
mod refusals;
mod repeats;
mod shapes;
mod statuses;

use std::sync::Arc;

use crate::expectations::Class;
use crate::operations::{Form, Nature, Operation};
use crate::server::hac::Mischief;
use crate::server::tls::Security;
use crate::server::{Act, Place, Scene, Wire};

/// What the client has when the fault is armed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// Nothing.
    Cold,
    /// A session on disk that another client made.
    Stored,
    /// A session and an open connection of its own.
    Warm,
}

/// How long an answer may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    /// A few seconds: for faults that let the client wait.
    Short,
    /// Far more than is needed, so that a busy machine changes nothing.
    Usual,
}

/// Which operations can meet a fault.
type Meets = fn(&Operation) -> bool;

/// A fault.
#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a property of its own")]
pub(crate) struct Fault {
    pub(crate) name: String,
    pub(crate) class: Class,
    pub(crate) place: Place,
    pub(crate) once: bool,
    pub(crate) executes: bool,
    pub(crate) mischief: Option<Mischief>,
    pub(crate) wire: Option<Wire>,
    pub(crate) security: Option<Security>,
    pub(crate) start: Start,
    pub(crate) limit: Limit,
    pub(crate) listens: bool,
    /// Whether the operation is called twice, and the second time counts.
    pub(crate) twice: bool,
    /// Whether the client is told HAC's context path.
    pub(crate) told_context: bool,
    pub(crate) repeats_secrets: bool,
    /// Whether its memory is measured, in a process of its own.
    pub(crate) alone: bool,
    meets: Meets,
    narrowed: bool,
}

impl Fault {
    /// A fault at the operation's own request, each time, with a stored session.
    fn new(
        class: Class,
        name: impl Into<String>,
        acts: impl Fn(&Scene<'_>) -> Vec<Act> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            class,
            place: Place::Call,
            once: false,
            executes: true,
            mischief: None,
            wire: Some(Arc::new(acts)),
            security: None,
            start: Start::Stored,
            limit: Limit::Usual,
            listens: true,
            twice: false,
            told_context: false,
            repeats_secrets: false,
            alone: false,
            meets: |_| true,
            narrowed: false,
        }
    }

    /// No fault on the wire: the server only changes its mind about sessions.
    fn of_the_session(class: Class, name: impl Into<String>, mischief: Mischief) -> Self {
        Self { wire: None, mischief: Some(mischief), ..Self::new(class, name, |_| Vec::new()) }
    }

    /// On the way to a login: for a client that has no session.
    fn at(self, place: Place) -> Self {
        let start = if matches!(place, Place::Call) { Start::Stored } else { Start::Cold };
        Self { place, start, ..self }
    }

    fn once(self) -> Self {
        Self { once: true, name: format!("{}, once", self.name), ..self }
    }

    fn unexecuted(self) -> Self {
        Self { executes: false, ..self }
    }

    fn with(self, mischief: Mischief) -> Self {
        Self { mischief: Some(mischief), ..self }
    }

    fn over(self, security: Security) -> Self {
        Self { security: Some(security), ..self }
    }

    fn short(self) -> Self {
        Self { limit: Limit::Short, ..self }
    }

    fn warm(self) -> Self {
        Self { start: Start::Warm, ..self }
    }

    fn twice(self) -> Self {
        Self { twice: true, start: Start::Warm, meets: has_call, ..self }
    }

    fn told_context(self) -> Self {
        Self { told_context: true, ..self }
    }

    fn only(self, meets: Meets) -> Self {
        Self { meets, ..self }
    }

    /// Met by some operations of each form only.
    fn of_each_form(self) -> Self {
        Self { narrowed: true, ..self }
    }

    /// Whether the operation can meet it.
    pub(crate) fn meets(&self, operation: &Operation) -> bool {
        let has_session = matches!(operation.nature, Nature::Check | Nature::Logout);
        let needs_login = self.start == Start::Cold;
        if needs_login && has_session {
            return false;
        }
        // A login has no session to lose, and no request of its own but the login form.
        if operation.nature == Nature::Login && self.place == Place::Call && self.start == Start::Warm {
            return false;
        }
        (self.meets)(operation) && (!self.narrowed || each_form(operation))
    }

    /// The place as this operation has it.
    pub(crate) fn place_for(&self, operation: &Operation) -> Place {
        if self.place == Place::Call { operation.place() } else { self.place }
    }
}

/// Those that stand for all on the way to a login, which is the same for each.
fn some(operation: &Operation) -> bool {
    matches!(operation.name, "login" | "script" | "query, row by row")
}

/// Those that stand for all where only the form of the answer, and what the operation does, make a difference.
fn each_form(operation: &Operation) -> bool {
    matches!(
        operation.name,
        "login"
            | "check the session"
            | "log out"
            | "script"
            | "query, row by row"
            | "SQL"
            | "ImpEx import"
            | "ImpEx validation"
            | "loggers"
            | "clear the cache"
            | "update"
            | "log of an update"
            | "cron jobs"
            | "JDBC log"
    )
}

fn has_call(operation: &Operation) -> bool {
    operation.form != Form::Session
}

/// Every fault.
pub(crate) fn all() -> Vec<Fault> {
    let parts = [
        connections::faults(),
        garbage::faults(),
        bodies::faults(),
        shapes::faults(),
        statuses::faults(),
        redirects::faults(),
        refusals::faults(),
        repeats::faults(),
        logins::faults(),
        bombs::faults(),
    ];
    parts.into_iter().flatten().collect()
}
