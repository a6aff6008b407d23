//! What can be set for an import.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, ErrorKind, Result};

/// How strictly HAC takes the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ValidationMode {
    /// `IMPORT_STRICT`: HAC's default.
    #[default]
    Strict,
    /// `IMPORT_RELAXED`.
    Relaxed,
}

impl ValidationMode {
    /// Every mode.
    pub const ALL: &'static [Self] = &[Self::Strict, Self::Relaxed];

    /// The value of HAC's field `validationEnum`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "IMPORT_STRICT",
            Self::Relaxed => "IMPORT_RELAXED",
        }
    }
}

impl fmt::Display for ValidationMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ValidationMode {
    type Err = Error;

    /// Reads `import_strict`, `import_relaxed`, `strict` and `relaxed`, the four of hac-client-core, in any case.
    fn from_str(text: &str) -> Result<Self> {
        let bare = text.to_ascii_uppercase();
        let bare = bare.strip_prefix("IMPORT_").unwrap_or(&bare);
        match bare {
            "STRICT" => Ok(Self::Strict),
            "RELAXED" => Ok(Self::Relaxed),
            _ => Err(Error::new(ErrorKind::Usage, "choose the validation")
                .because(format!("{text} is none that HAC knows"))
                .with_hint("strict or relaxed")),
        }
    }
}

/// What HAC's page has a checkbox for. All of them are off unless switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ImpexSwitch {
    /// `legacyMode`: the old importer.
    LegacyMode,
    /// `enableCodeExecution`: lines that begin with `#%` are run.
    CodeExecution,
    /// `distributedMode`: the nodes of the cluster share the work.
    DistributedMode,
    /// `sldEnabled`: saves directly in the service layer. What exactly it means is a guess from its name.
    ServiceLayerDirect,
}

impl ImpexSwitch {
    /// Every switch, in the order of the page.
    pub const ALL: &'static [Self] =
        &[Self::LegacyMode, Self::CodeExecution, Self::DistributedMode, Self::ServiceLayerDirect];

    /// The checkbox. Fields with `_` in front, which other clients send in its place, are Spring's
    /// markers: they say that the page has the checkbox, and switch nothing on.
    pub const fn field(self) -> &'static str {
        match self {
            Self::LegacyMode => "legacyMode",
            Self::CodeExecution => "enableCodeExecution",
            Self::DistributedMode => "distributedMode",
            Self::ServiceLayerDirect => "sldEnabled",
        }
    }
}
