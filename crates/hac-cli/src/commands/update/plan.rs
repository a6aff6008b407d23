//! What an update will do: said before it starts, and all that `--dry-run` prints.

use std::collections::BTreeMap;

use hac_client::platform::{Initialization, PendingPatch, Update, UpdatePlan};
use serde::Serialize;

use crate::connection::Connection;
use crate::diagnostics::{CommandResult, Effect, Outcome};
use crate::job::Job;

/// The keys are those of the flags.
#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of JSON")]
struct PlanJson<'a> {
    success: bool,
    environment: &'a str,
    url: &'a str,
    /// `UPDATE`, `INIT`, or null if the type system is not changed.
    init_method: Option<&'a str>,
    drop_tables: bool,
    clear_hmc: bool,
    create_essential_data: bool,
    localize_types: bool,
    create_project_data: bool,
    extensions: &'a [String],
    patches: Vec<PatchJson<'a>>,
    parameters: BTreeMap<&'a str, &'a [String]>,
    /// What is sent too, with the values that the server selected.
    preselected: BTreeMap<&'a str, &'a [String]>,
}

#[derive(Serialize)]
struct PatchJson<'a> {
    name: &'a str,
    extension: &'a str,
    hash: &'a str,
    required: bool,
}

/// Checks the update against the server's data and prints it. Nothing is started.
pub(super) async fn of_update(job: Job<'_>, wanted: &Update) -> CommandResult {
    let connection = job.connect()?;
    let plan = connection.client.plan_update(wanted).await?;
    Ok(print(job, "update", &connection, &plan))
}

/// The same for an initialisation.
pub(super) async fn of_initialization(job: Job<'_>, wanted: &Initialization) -> CommandResult {
    let connection = job.connect()?;
    let plan = connection.client.plan_initialization(wanted).await?;
    Ok(print(job, "initialisation", &connection, plan.steps()))
}

fn print(job: Job<'_>, what: &str, connection: &Connection, plan: &UpdatePlan) -> Outcome {
    let label = job.settings.label();
    let Job { settings, printer, .. } = job;
    if settings.json {
        let patches = plan.patches().iter().map(|patch| PatchJson {
            name: &patch.name,
            extension: &patch.extension,
            hash: &patch.hash,
            required: patch.required,
        });
        printer.data.json(&PlanJson {
            success: true,
            environment: &label,
            url: connection.client.base_url(),
            init_method: plan.init_method(),
            drop_tables: plan.drops_tables(),
            clear_hmc: plan.clears_hmc(),
            create_essential_data: plan.creates_essential_data(),
            localize_types: plan.localizes_types(),
            create_project_data: plan.creates_project_data(),
            extensions: plan.extensions(),
            patches: patches.collect(),
            parameters: plan.named_parameters().iter().map(|(name, values)| (name.as_str(), &values[..])).collect(),
            preselected: plan.other_parameters().collect(),
        });
    } else {
        for line in lines(what, &label, &connection.host, plan) {
            printer.data.line(&line);
        }
        for (name, values) in plan.other_parameters() {
            printer.data.line(&format!("  parameter, as the server selected it: {name} = {}", values.join(", ")));
        }
    }
    printer.data.flush();
    printer.talk.say("nothing was started");
    Outcome::Done(Effect::Read)
}

/// A patch for people: its name, where it is from, and whether the server requires it.
pub(super) fn of_patch(patch: &PendingPatch) -> String {
    let required = if patch.required { ", required" } else { "" };
    format!("{} ({}{required})", patch.name, patch.extension)
}

/// The same for people.
pub(super) fn lines(what: &str, label: &str, host: &str, plan: &UpdatePlan) -> Vec<String> {
    let mut lines = vec![format!("{what} of {label} ({host}):")];
    let mut item = |name: &str, text: &str| lines.push(format!("  {name}: {text}"));
    match plan.init_method() {
        Some("INIT") => item("type system", "initialised"),
        Some(_) => item("type system", "updated"),
        None => item("type system", "not updated (no --schema)"),
    }
    if plan.drops_tables() {
        item("tables", "ALL ARE DROPPED");
    }
    for (done, name, text) in [
        (plan.clears_hmc(), "configuration of the HMC", "cleared"),
        (plan.creates_essential_data(), "essential data", "created"),
        (plan.localizes_types(), "types", "localised"),
        (plan.creates_project_data(), "project data", "created"),
    ] {
        if done {
            item(name, text);
        }
    }
    if !plan.extensions().is_empty() {
        item("project data of", &plan.extensions().join(", "));
    }
    for patch in plan.patches() {
        item("patch", &of_patch(patch));
    }
    for (name, values) in plan.named_parameters() {
        item("parameter", &format!("{name} = {}", values.join(", ")));
    }
    lines
}
