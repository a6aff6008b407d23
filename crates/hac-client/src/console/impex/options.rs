//! What can be set for an import.

use crate::named::{is_named, named};

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

named! {
    ValidationMode is "a validation that HAC knows", "choose the validation";
    /// Every mode.
    ALL
    /// The value of HAC's field `validationEnum`.
    as_str { Strict => "IMPORT_STRICT", Relaxed => "IMPORT_RELAXED" }
    /// Reads `import_strict`, `import_relaxed`, `strict` and `relaxed`, the four of hac-client-core, in any case.
    from_str(text, name) { is_named(text, name, "IMPORT_") } or "give strict or relaxed"
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
