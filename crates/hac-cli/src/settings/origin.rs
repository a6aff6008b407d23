//! A value, and where it came from.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    Argument(&'static str),
    Variable(String),
    File(Arc<Path>, usize),
    /// The cached session of the label.
    Session,
    Default,
}

impl Origin {
    /// What to do so that the value counts no more, if it was given for this call.
    pub(super) fn how_to_leave_out(&self) -> Option<String> {
        match self {
            Self::Argument(_) => Some(format!("omit {self}")),
            Self::Variable(_) => Some(format!("unset {self}")),
            Self::File(..) | Self::Session | Self::Default => None,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument(name) => f.write_str(name),
            Self::Variable(name) => f.write_str(name),
            Self::File(path, line) => write!(f, "{}:{line}", path.display()),
            Self::Session => f.write_str("the cached session"),
            Self::Default => f.write_str("the default"),
        }
    }
}

/// A value and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting<T> {
    pub value: T,
    pub origin: Origin,
}

impl<T> Setting<T> {
    pub(super) fn argument(name: &'static str, value: T) -> Self {
        Self { value, origin: Origin::Argument(name) }
    }

    pub(super) fn default(value: T) -> Self {
        Self { value, origin: Origin::Default }
    }

    /// Whether it was typed, and not found in the surroundings.
    pub(crate) fn is_explicit(&self) -> bool {
        matches!(self.origin, Origin::Argument(_))
    }

    /// Whether a variable has it.
    pub(crate) fn is_of_a_variable(&self) -> bool {
        matches!(self.origin, Origin::Variable(_))
    }

    /// Whether it stands in a file.
    pub(crate) fn is_of_a_file(&self) -> bool {
        matches!(self.origin, Origin::File(..))
    }

    /// The same with another value.
    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> Setting<U> {
        Setting { value: change(self.value), origin: self.origin }
    }

    /// The same, if the value can be read.
    pub(super) fn read<U>(
        self,
        read: impl FnOnce(T, &Origin) -> hac_client::Result<U>,
    ) -> hac_client::Result<Setting<U>> {
        Ok(Setting { value: read(self.value, &self.origin)?, origin: self.origin })
    }
}
