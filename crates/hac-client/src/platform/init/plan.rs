//! Updates and initialisations, checked against what the server offers before anything is sent.

mod check;

use std::collections::BTreeMap;

use serde::Serialize;

use super::data::{PendingPatch, Setting, UpdateData};
use crate::error::Result;
use crate::protection::Class;

/// What to do with the type system (tables, columns, types).
///
/// HAC's field `initMethod`. Without it, HAC *silently* skips the type system and prints the headings anyway (as with
/// hac-client-core up to 0.1.2, which sends none). That is why this is a required choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Schema {
    /// Update the type system: `initMethod` is `UPDATE`.
    Update,
    /// Do not change the type system: `initMethod` is null.
    LeaveAlone,
}

/// A system update to plan.
///
/// Only what is selected here is done, and required patches. Other parameters keep the server's defaults, but those of an
/// extension of which a patch is selected are `no`.
///
/// ```
/// use hac_client::platform::{Schema, Update};
/// let update = Update::new(Schema::Update)
///     .create_essential_data()
///     .patch("Patch_2602")
///     .parameter("samplestore_importCoreData", "yes");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    schema: Schema,
    wishes: Wishes,
}

/// An initialisation to plan: drops and recreates all tables, creates essential data and localises types.
///
/// A type of its own, so that an update cannot become an initialisation by mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Initialization {
    wishes: Wishes,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Wishes {
    tasks: Tasks,
    extensions: Vec<String>,
    patches: Vec<String>,
    parameters: Vec<(String, String)>,
}

/// The switches of HAC's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of HAC's form")]
struct Tasks {
    drop_tables: bool,
    #[serde(rename = "clearHMC")]
    clear_hmc: bool,
    create_essential_data: bool,
    create_project_data: bool,
    localize_types: bool,
}

macro_rules! common_wishes {
    () => {
        /// Clears the configuration of the old HMC.
        #[must_use]
        pub fn clear_hmc(mut self) -> Self {
            self.wishes.tasks.clear_hmc = true;
            self
        }

        /// Creates project data (HAC's `createProjectData`, unknown to releases 5.x).
        #[must_use]
        pub fn create_project_data(mut self) -> Self {
            self.wishes.tasks.create_project_data = true;
            self
        }

        /// Selects the project data of an extension: its parameter `<extension>_sample`.
        ///
        /// If extensions are selected, [`patch`](Self::patch) looks for names only in them.
        #[must_use]
        pub fn extension(mut self, name: impl Into<String>) -> Self {
            self.wishes.extensions.push(name.into());
            self
        }

        /// Selects a patch: a pending one by its name or hash, or an extension's parameter of that name, which is set to
        /// `yes` together with the project data of its extension.
        ///
        /// The other parameters of its extension are set to `no` if they accept it, and otherwise not sent, unless
        /// [`parameter`](Self::parameter) sets them: the patch runs alone.
        #[must_use]
        pub fn patch(mut self, name: impl Into<String>) -> Self {
            self.wishes.patches.push(name.into());
            self
        }

        /// Sets the parameter `<extension>_<parameter>`, or `<parameter>` of a selected [`extension`](Self::extension). A
        /// further call with the same name adds an option.
        #[must_use]
        pub fn parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            self.wishes.parameters.push((name.into(), value.into()));
            self
        }
    };
}

impl Update {
    /// Returns an update with this choice for the type system, the patches that the server requires, and nothing else.
    pub fn new(schema: Schema) -> Self {
        Self { schema, wishes: Wishes::default() }
    }

    /// Drops all tables first: all data is lost.
    #[must_use]
    pub fn drop_tables(mut self) -> Self {
        self.wishes.tasks.drop_tables = true;
        self
    }

    /// Creates essential data.
    #[must_use]
    pub fn create_essential_data(mut self) -> Self {
        self.wishes.tasks.create_essential_data = true;
        self
    }

    /// Localises the types.
    #[must_use]
    pub fn localize_types(mut self) -> Self {
        self.wishes.tasks.localize_types = true;
        self
    }

    common_wishes!();

    /// Checks the update against what the server offers.
    ///
    /// # Errors
    /// [`Usage`](crate::ErrorKind::Usage) for an extension, a patch or a parameter that the server does not have (the error
    /// names the closest one), and for a value that the parameter does not accept;
    /// [`Initializing`](crate::ErrorKind::Initializing) if an update is running.
    pub fn plan(&self, data: &UpdateData, pending: &[PendingPatch]) -> Result<UpdatePlan> {
        let method = match self.schema {
            Schema::Update => Some("UPDATE"),
            Schema::LeaveAlone => None,
        };
        self.wishes.plan(method, data, pending)
    }
}

impl Initialization {
    /// Returns an initialisation with essential data and localised types.
    pub fn new() -> Self {
        let tasks = Tasks { drop_tables: true, create_essential_data: true, localize_types: true, ..Tasks::default() };
        Self { wishes: Wishes { tasks, ..Wishes::default() } }
    }

    common_wishes!();

    /// Checks the initialisation against what the server offers.
    ///
    /// # Errors
    /// Those of [`Update::plan`].
    pub fn plan(&self, data: &UpdateData, pending: &[PendingPatch]) -> Result<InitializationPlan> {
        self.wishes.plan(Some("INIT"), data, pending).map(InitializationPlan)
    }
}

impl Default for Initialization {
    fn default() -> Self {
        Self::new()
    }
}

/// A checked update: what will be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdatePlan {
    request: ExecuteRequest,
    patches: Vec<PendingPatch>,
    /// Parameters that the user named, as they will be sent.
    named: Vec<(String, Vec<String>)>,
    extensions: Vec<String>,
}

/// A checked initialisation: what will be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitializationPlan(UpdatePlan);

impl InitializationPlan {
    /// Returns its steps, as an update.
    pub fn steps(&self) -> &UpdatePlan {
        &self.0
    }
}

/// The body of `/platform/init/execute` and `/platform/dumpConfiguration`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct ExecuteRequest {
    #[serde(flatten)]
    tasks: Tasks,
    all_parameters: BTreeMap<String, Setting>,
    patches: BTreeMap<String, Vec<String>>,
    init_method: Option<&'static str>,
}

impl UpdatePlan {
    /// Returns `INIT`, `UPDATE`, or `None` if the type system is not changed.
    pub fn init_method(&self) -> Option<&str> {
        self.request.init_method
    }

    pub(super) fn class(&self) -> Class {
        if self.drops_tables() || self.init_method() == Some("INIT") { Class::Destroy } else { Class::Write }
    }

    /// Returns whether all tables are dropped first.
    pub fn drops_tables(&self) -> bool {
        self.request.tasks.drop_tables
    }

    /// Returns whether the configuration of the old HMC is cleared.
    pub fn clears_hmc(&self) -> bool {
        self.request.tasks.clear_hmc
    }

    /// Returns whether essential data is created.
    pub fn creates_essential_data(&self) -> bool {
        self.request.tasks.create_essential_data
    }

    /// Returns whether project data is created.
    pub fn creates_project_data(&self) -> bool {
        self.request.tasks.create_project_data
    }

    /// Returns whether the types are localised.
    pub fn localizes_types(&self) -> bool {
        self.request.tasks.localize_types
    }

    /// Returns the pending patches that will run: the required and the selected ones.
    pub fn patches(&self) -> &[PendingPatch] {
        &self.patches
    }

    /// Returns the extensions whose project data is selected.
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }

    /// Returns the parameters that were set, directly or by [`patch`](Update::patch), with their values. The others keep the
    /// server's defaults, or are not sent.
    pub fn named_parameters(&self) -> &[(String, Vec<String>)] {
        &self.named
    }

    /// Returns the other parameters that are sent, with the values that the server selected, or with `no` beside a chosen
    /// [`patch`](Update::patch). Switches of extensions are not among them.
    pub fn other_parameters(&self) -> impl Iterator<Item = (&str, &[String])> {
        let is_named = |name: &str| self.named.iter().any(|(named, _)| named == name);
        self.request.all_parameters.iter().filter_map(move |(name, setting)| match setting {
            Setting::Values(values) if !is_named(name) => Some((name.as_str(), values.as_slice())),
            _ => None,
        })
    }

    /// Returns the JSON that will be sent.
    pub fn request_body(&self) -> String {
        // Strings, lists and booleans: nothing in it can fail to be JSON.
        serde_json::to_string(&self.request).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
