//! What can be updated: extensions with parameters, and patches.

/// An extension that can create project data.
#[derive(Debug)]
pub(crate) struct Extension {
    pub(crate) name: &'static str,
    pub(crate) description: Option<&'static str>,
    /// Its parameters are patches: HAC tells of them only after its page was shown.
    pub(crate) holds_patches: bool,
    pub(crate) parameters: &'static [Parameter],
}

/// A parameter: options with whether each is preselected, or free text where there are none.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) values: &'static [(&'static str, bool)],
    pub(crate) multi_select: bool,
    pub(crate) default: Option<&'static str>,
}

/// A system patch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PendingPatch {
    pub(crate) extension: &'static str,
    pub(crate) hash: &'static str,
    pub(crate) name: &'static str,
    pub(crate) required: bool,
}

const fn choice(
    name: &'static str,
    label: &'static str,
    values: &'static [(&'static str, bool)],
    default: Option<&'static str>,
) -> Parameter {
    Parameter { name, label, values, multi_select: false, default }
}

/// The extensions, in the order in which they are offered and run.
pub(crate) const EXTENSIONS: &[Extension] = &[
    Extension { name: "core", description: None, holds_patches: false, parameters: &[] },
    Extension {
        name: "basecommerce",
        description: None,
        holds_patches: false,
        // With a space in its name, and nothing preselected.
        parameters: &[choice(
            "create geocoding cron job",
            "Create geocoding cron job",
            &[("yes", false), ("no", false)],
            None,
        )],
    },
    Extension {
        name: "samplestore",
        description: Some("Products of a sample store"),
        holds_patches: false,
        parameters: &[
            choice("importCoreData", "Import Core Data", &[("yes", true), ("no", false)], Some("yes")),
            choice("importSampleData", "Import Sample Data", &[("yes", false), ("no", true)], Some("no")),
            Parameter {
                name: "languages",
                label: "Languages",
                values: &[("en", true), ("de", true), ("fr", false)],
                multi_select: true,
                default: None,
            },
            choice("manufacturer", "Manufacturer", &[], Some("Sample & Sons")),
        ],
    },
    Extension {
        name: "samplepatches",
        description: Some("Patches of a sample project"),
        holds_patches: true,
        parameters: &[
            choice("Patch_2601_1_0", "Patch 2601.1.0", &[("yes", false), ("no", true)], Some("no")),
            choice("Patch_2602_1_0", "Patch 2602.1.0", &[("yes", false), ("no", true)], Some("no")),
        ],
    },
];

/// The patches that a fresh system has not run.
pub(super) const PENDING: &[PendingPatch] = &[
    PendingPatch { extension: "core", hash: "3f9a1c07", name: "Indexes of the type system", required: true },
    PendingPatch { extension: "core", hash: "b2d45e18", name: "Clean up orphaned attributes", required: false },
    PendingPatch { extension: "validation", hash: "77c0e2aa", name: "Default constraints", required: true },
];
