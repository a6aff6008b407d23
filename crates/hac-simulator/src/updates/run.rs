//! One run, step by step.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use super::{EXTENSIONS, Extension, Order, Updates};
use crate::database::SqlError;
use crate::html::escape;
use crate::state::State;

/// The right to run. It is given back when this is dropped.
pub(crate) struct Run<'a> {
    updates: &'a Updates,
}

/// How it ended.
pub(crate) struct Finished {
    pub(crate) success: bool,
    pub(crate) log: String,
}

/// What is done in one step, and the lines that it logs.
#[derive(Debug)]
enum Step {
    /// Drop and build the tables anew.
    Rebuild,
    /// The table that tells of updates: what an update of the type system adds.
    AddTypes,
    /// A heading only: no method was named.
    SkipTypes,
    Patch {
        extension: String,
        hash: String,
    },
    EssentialData,
    ClearHmc,
    LocalizeTypes,
    ProjectData(&'static Extension),
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        self.updates.end();
    }
}

impl<'a> Run<'a> {
    pub(super) fn new(updates: &'a Updates) -> Self {
        Self { updates }
    }

    /// Runs to its end.
    pub(crate) async fn go(self, order: &Order, state: &Arc<State>) -> Finished {
        let steps = steps(order);
        let pause = state.knobs.update_duration / u32::try_from(steps.len() + 1).unwrap_or(u32::MAX);
        let what = if order.init_method.as_deref() == Some("INIT") { "Initialization" } else { "Update" };
        self.updates.write(&format!("<h3>{what} of the system</h3>"));
        let mut success = true;
        for (made, step) in steps.into_iter().enumerate() {
            self.wait(state, made, pause).await;
            success &= self.step(step, order, state).await;
        }
        tokio::time::sleep(pause).await;
        let errors = if success { "" } else { " with errors" };
        self.line(&format!("{what} finished{errors}"));
        self.heading(&format!("#### FINISHED{errors} ####"));
        Finished { success, log: self.updates.log() }
    }

    async fn wait(&self, state: &State, made: usize, pause: Duration) {
        state.faults.pass_update_stop(made).await;
        tokio::time::sleep(pause).await;
    }

    /// Whether it succeeded.
    async fn step(&self, step: Step, order: &Order, state: &Arc<State>) -> bool {
        let database = Arc::clone(&state.database);
        let failing = state.knobs.failing_patch.clone();
        let fails = move |name: &str| failing.as_deref() == Some(name);
        let done = match step {
            Step::Rebuild => {
                self.heading("Drop tables and create the type system");
                let done = blocking(state, move || database.rebuild()).await;
                if done.is_ok() {
                    self.updates.forget_patches();
                }
                done
            }
            Step::AddTypes => {
                self.heading("Update the type system");
                blocking(state, move || database.add_update_table()).await
            }
            Step::SkipTypes => {
                self.heading("Update the type system");
                return self.skipped("no method was named");
            }
            Step::Patch { extension, hash } => {
                let known = self.updates.pending().into_iter().find(|patch| patch.hash == hash);
                let Some(patch) = known else {
                    self.line(&format!(">>> {extension}: patch {hash} is not pending"));
                    return true;
                };
                self.heading(&format!("Patch {} of {extension}", patch.name));
                if fails(patch.hash) || fails(patch.name) {
                    return self.failed(patch.name);
                }
                let done = blocking(state, move || database.note_update(patch.name)).await;
                if done.is_ok() {
                    self.updates.is_done(patch.hash);
                }
                done
            }
            Step::EssentialData => {
                self.heading("Create essential data");
                blocking(state, move || database.add_language("fr")).await
            }
            Step::ClearHmc => {
                self.heading("Clear the configuration of the HMC");
                return self.skipped("the simulator has none");
            }
            Step::LocalizeTypes => {
                self.heading("Localize types");
                return self.skipped("the simulator's types have no names in languages");
            }
            Step::ProjectData(extension) => {
                self.heading(&format!("Create project data of {}", extension.name));
                return self.project_data(extension, order, state, fails).await;
            }
        };
        match done {
            Ok(()) => {
                self.line(">>> done");
                true
            }
            Err(error) => {
                self.line(&format!("ERROR {error}"));
                false
            }
        }
    }

    /// A product for each of the parameters that is set to something: `samplestore-importCoreData`.
    async fn project_data(
        &self,
        extension: &Extension,
        order: &Order,
        state: &Arc<State>,
        fails: impl Fn(&str) -> bool,
    ) -> bool {
        let mut success = true;
        for parameter in extension.parameters {
            let values = order.values(extension, parameter);
            if values.is_empty() || values == ["no"] {
                continue;
            }
            if fails(parameter.name) {
                success = self.failed(parameter.name);
                continue;
            }
            let code = format!("{}-{}", extension.name, parameter.name);
            self.line(&format!(">>> {} = {}: product {code}", parameter.label, values.join(", ")));
            let (database, manufacturer) = (Arc::clone(&state.database), values.join(","));
            if let Err(error) = blocking(state, move || database.add_product(&code, &manufacturer)).await {
                self.line(&format!("ERROR {error}"));
                success = false;
            }
        }
        success
    }

    /// Nothing was done, which is no failure.
    fn skipped(&self, why: &str) -> bool {
        self.line(&format!(">>> skipped: {why}"));
        true
    }

    fn failed(&self, patch: &str) -> bool {
        self.line(&format!("de.hybris.simulator.PatchException: the patch {patch} failed"));
        self.updates.write("\tat de.hybris.simulator.Patches.run(Patches.java:1)<br/>");
        false
    }

    fn heading(&self, text: &str) {
        self.updates.write(&format!("<h3>{}</h3>", escape(text)));
    }

    fn line(&self, text: &str) {
        let mut html = String::new();
        // Writing to a String cannot fail.
        let _ = write!(html, "{}<br/>", escape(text));
        self.updates.write(&html);
    }
}

fn steps(order: &Order) -> Vec<Step> {
    let mut steps = Vec::new();
    if order.rebuilds() {
        steps.push(Step::Rebuild);
    }
    steps.push(if order.touches_types() { Step::AddTypes } else { Step::SkipTypes });
    if order.clear_hmc {
        steps.push(Step::ClearHmc);
    }
    for (extension, hashes) in &order.patches {
        let patch = |hash: &String| Step::Patch { extension: extension.clone(), hash: hash.clone() };
        steps.extend(hashes.iter().map(patch));
    }
    if order.create_essential_data {
        steps.push(Step::EssentialData);
    }
    if order.localize_types {
        steps.push(Step::LocalizeTypes);
    }
    steps.extend(EXTENSIONS.iter().filter(|extension| order.creates_data_of(extension)).map(Step::ProjectData));
    steps
}

async fn blocking(state: &State, work: impl FnOnce() -> Result<(), SqlError> + Send + 'static) -> Result<(), String> {
    match state.workers.run(|| (), work).await {
        Ok(done) => done.map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    }
}
