//! What an update is to do, checked against what the server offers before anything is sent.

mod check;

use std::collections::BTreeMap;

use serde::Serialize;

use super::data::{PendingPatch, Setting, UpdateData};
use crate::error::Result;

/// What happens to the type system: tables, columns, and the types themselves.
///
/// HAC's field `initMethod`. Without one it skips the type system *without a word*, and prints the headings all the same
/// (found out by hac-client-core, which sends none up to 0.1.2): that is why it has to be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// Bring the type system up to date: `initMethod` is `UPDATE`.
    Update,
    /// Leave the type system alone, do the rest: `initMethod` is null.
    LeaveAlone,
}

/// A system update: what is to be done.
///
/// Nothing is done unless it is named here, required patches excepted. Parameters that are not named keep the value that the
/// server preselected.
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

/// An initialisation: all tables are dropped and built anew, essential data is created and types are localised.
///
/// Apart from [`Update`], so that no update becomes an initialisation by a slip.
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

        /// Creates project data (HAC's `createProjectData`, which releases of 5.x do not know).
        #[must_use]
        pub fn create_project_data(mut self) -> Self {
            self.wishes.tasks.create_project_data = true;
            self
        }

        /// Switches the project data of one extension on: its parameter `<extension>_sample`.
        ///
        /// Is also where [`patch`](Self::patch) looks for parameters, if it is named.
        #[must_use]
        pub fn extension(mut self, name: impl Into<String>) -> Self {
            self.wishes.extensions.push(name.into());
            self
        }

        /// Runs a patch: a pending one by its name or hash, or an extension's parameter of that name, which is then set to
        /// `yes`, and the project data of its extension switched on.
        #[must_use]
        pub fn patch(mut self, name: impl Into<String>) -> Self {
            self.wishes.patches.push(name.into());
            self
        }

        /// Sets a parameter, named `<extension>_<parameter>`. Called again with the same name, it adds an option.
        #[must_use]
        pub fn parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            self.wishes.parameters.push((name.into(), value.into()));
            self
        }
    };
}

impl Update {
    /// An update that does nothing but what `schema` and the required patches say.
    pub fn new(schema: Schema) -> Self {
        Self { schema, wishes: Wishes::default() }
    }

    /// Drops all tables first: everything in them is gone.
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

    /// Checks it against what the server offers.
    ///
    /// # Errors
    /// `usage` for an extension, a patch or a parameter that the server does not have (the error names the one that was
    /// probably meant), and for a value that the parameter does not take; `initializing` if an update runs.
    pub fn plan(&self, data: &UpdateData, pending: &[PendingPatch]) -> Result<UpdatePlan> {
        let method = match self.schema {
            Schema::Update => Some("UPDATE"),
            Schema::LeaveAlone => None,
        };
        self.wishes.plan(method, data, pending)
    }
}

impl Initialization {
    /// An initialisation with essential data and localised types.
    pub fn new() -> Self {
        let tasks = Tasks { drop_tables: true, create_essential_data: true, localize_types: true, ..Tasks::default() };
        Self { wishes: Wishes { tasks, ..Wishes::default() } }
    }

    common_wishes!();

    /// Checks it against what the server offers; errors as for [`Update::plan`].
    pub fn plan(&self, data: &UpdateData, pending: &[PendingPatch]) -> Result<InitializationPlan> {
        self.wishes.plan(Some("INIT"), data, pending).map(InitializationPlan)
    }
}

impl Default for Initialization {
    fn default() -> Self {
        Self::new()
    }
}

/// An update that was checked: what will be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdatePlan {
    request: ExecuteRequest,
    patches: Vec<PendingPatch>,
    /// Parameters that the user named, as they will be sent.
    named: Vec<(String, Vec<String>)>,
    extensions: Vec<String>,
}

/// An initialisation that was checked: what will be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitializationPlan(UpdatePlan);

impl InitializationPlan {
    /// What it does, in the terms of an update.
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
    /// `INIT`, `UPDATE`, or `None` where the type system is left alone.
    pub fn init_method(&self) -> Option<&str> {
        self.request.init_method
    }

    /// Whether all tables are dropped first.
    pub fn drops_tables(&self) -> bool {
        self.request.tasks.drop_tables
    }

    /// Whether the configuration of the old HMC is cleared.
    pub fn clears_hmc(&self) -> bool {
        self.request.tasks.clear_hmc
    }

    /// Whether essential data is created.
    pub fn creates_essential_data(&self) -> bool {
        self.request.tasks.create_essential_data
    }

    /// Whether project data is created.
    pub fn creates_project_data(&self) -> bool {
        self.request.tasks.create_project_data
    }

    /// Whether the types are localised.
    pub fn localizes_types(&self) -> bool {
        self.request.tasks.localize_types
    }

    /// The pending patches that will run: the required ones and those that were named.
    pub fn patches(&self) -> &[PendingPatch] {
        &self.patches
    }

    /// The extensions whose project data is switched on.
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }

    /// The parameters that were named, by [`patch`](Update::patch) or by themselves, with their values. The others keep what the server
    /// preselected.
    pub fn named_parameters(&self) -> &[(String, Vec<String>)] {
        &self.named
    }

    /// The JSON that will be sent.
    pub fn request_body(&self) -> String {
        // Strings, lists and booleans: nothing in it can fail to be JSON.
        serde_json::to_string(&self.request).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
