//! The options of an import.

use std::time::Duration;

use crate::named::{is_named, named};

/// How strictly HAC validates rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ValidationMode {
    /// `IMPORT_STRICT`: HAC's default.
    #[default]
    Strict,
    /// `IMPORT_RELAXED`.
    Relaxed,
}

named! {
    ValidationMode is "a validation mode", "set the validation mode";
    /// Every mode.
    ALL
    /// The value of HAC's field `validationEnum`.
    as_str { Strict => "IMPORT_STRICT", Relaxed => "IMPORT_RELAXED" }
    /// Parses `import_strict`, `import_relaxed`, `strict` and `relaxed`, as hac-client-core does, case-insensitively.
    from_str(text, name) { is_named(text, name, "IMPORT_") } or "choose strict or relaxed"
}

/// The checkboxes of HAC's page. All are off by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ImpexSwitch {
    /// `legacyMode`: use the old importer.
    LegacyMode,
    /// `enableCodeExecution`: run lines that begin with `#%`.
    CodeExecution,
    /// `distributedMode`: share the work between the nodes of the cluster, as a cron job, whose end the call waits for. HAC then
    /// ignores the number of threads and [`LegacyMode`](Self::LegacyMode), and takes neither archives nor conditions (`#% if:`).
    DistributedMode,
    /// `sldEnabled`: Service Layer Direct. HAC ignores it without [`DistributedMode`](Self::DistributedMode).
    ServiceLayerDirect,
}

impl ImpexSwitch {
    /// Every option, in the order of the page.
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

/// How long to wait for the cron job of a distributed import, and how often to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) limit: Duration,
    pub(super) interval: Duration,
}

impl Default for Waiting {
    fn default() -> Self {
        Self { limit: Duration::from_secs(3600), interval: Duration::from_secs(2) }
    }
}
