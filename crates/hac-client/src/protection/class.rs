//! What a call does to the server.

use crate::named::{is_named, named, one_of};
use crate::transport::resend::Effect;

/// What a call does to the server, which decides how it is [protected](super::Protection).
///
/// Login, logout and the check of a session have no class: they are never protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum CallClass {
    /// Changes nothing: `FlexibleSearch` without commit, lists, validation, downloads.
    Read,
    /// May change something: scripts (also if they are rolled back), raw SQL, imports, exports (they create media), log levels,
    /// properties, caches, updates.
    Write,
    /// Loses all data: an initialisation, or an update that drops tables.
    Destroy,
}

named! {
    CallClass is "a class of calls", "choose the class";
    /// Every class, the most harmless first.
    ALL
    /// Returns the name: `read`, `write` or `destroy`.
    as_str { Read => "read", Write => "write", Destroy => "destroy" }
    /// Parses a name, in any case.
    from_str(text, known) { is_named(text, known, "") } or one_of(Self::ALL)
}

/// The class of a call as the engine needs it. No call can be made without one: effect and protection follow from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    Read,
    /// A script whose transaction is rolled back. A write, because files, mails, log levels, caches and jobs are not part of it.
    RolledBackScript,
    Write,
    Destroy,
}

impl Class {
    /// Whether the call may be sent again.
    pub(crate) const fn effect(self) -> Effect {
        match self {
            Self::Read => Effect::Read,
            Self::RolledBackScript | Self::Write | Self::Destroy => Effect::Write,
        }
    }

    pub(crate) const fn of_effect(effect: Effect) -> Self {
        match effect {
            Effect::Read => Self::Read,
            Effect::Write => Self::Write,
        }
    }

    pub(crate) const fn public(self) -> CallClass {
        match self {
            Self::Read => CallClass::Read,
            Self::RolledBackScript | Self::Write => CallClass::Write,
            Self::Destroy => CallClass::Destroy,
        }
    }
}
