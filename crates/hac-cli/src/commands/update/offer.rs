//! `hac update data` and `hac update patches`: what the server offers.

use hac_client::nearest_names;
use hac_client::platform::{PendingPatch, ProjectData, UpdateData, UpdateParameter};
use serde::Serialize;

use crate::args::{DataArgs, PatchesArgs};
use crate::diagnostics::{CommandResult, Effect, Outcome, usage};
use crate::job::Job;
use crate::output::columns;
use crate::printer::{Data, Printer};
use crate::settings::Settings;

#[derive(Serialize)]
struct DataJson<'a> {
    success: bool,
    is_initializing: bool,
    extensions: Vec<&'a ProjectData>,
}

pub(super) async fn data(job: Job<'_>, args: &DataArgs) -> CommandResult {
    let connection = job.connect()?;
    let Job { settings, printer, .. } = job;
    let data = connection.client.update_data().await?;
    if let Some(name) = &args.extension {
        return Ok(parameters(known(&data, name)?, settings, printer));
    }
    let shown: Vec<&ProjectData> = data
        .project_datas
        .iter()
        .filter(|extension| !args.patches || holds_patches(extension))
        .filter(|extension| !args.with_params || extension.has_parameters())
        .collect();
    if settings.json {
        printer.data.json(&DataJson { success: true, is_initializing: data.is_initializing, extensions: shown });
    } else if settings.volume.quiet {
        for extension in shown {
            printer.data.line(&extension.name);
        }
    } else {
        let rows = shown.iter().map(|extension| vec![extension.name.clone(), selections(extension)]).collect();
        table(&["EXTENSION", "PARAMETERS"], rows, &mut printer.data);
    }
    Ok(Outcome::Done(Effect::Read))
}

fn parameters(extension: &ProjectData, settings: &Settings, printer: &mut Printer) -> Outcome {
    #[derive(Serialize)]
    struct OneJson<'a> {
        success: bool,
        #[serde(flatten)]
        extension: &'a ProjectData,
    }
    if settings.json {
        printer.data.json(&OneJson { success: true, extension });
        return Outcome::Done(Effect::Read);
    }
    let row = |parameter: &UpdateParameter| {
        let values = if parameter.is_free_text() {
            "any text".to_owned()
        } else {
            let several = if parameter.multi_select { " (one or more)" } else { "" };
            format!("{}{several}", parameter.available_values().collect::<Vec<_>>().join(","))
        };
        vec![format!("{}_{}", extension.name, parameter.name), selection(parameter), values]
    };
    let rows: Vec<Vec<String>> = extension.parameters.iter().map(row).collect();
    if settings.volume.quiet {
        for row in &rows {
            printer.data.line(&row[0]);
        }
        return Outcome::Done(Effect::Read);
    }
    if rows.is_empty() {
        printer.talk.say(&format!("{} has no parameters", extension.name));
        return Outcome::Done(Effect::Read);
    }
    table(&["PARAMETER", "SELECTED", "VALUES"], rows, &mut printer.data);
    Outcome::Done(Effect::Read)
}

#[derive(Serialize)]
struct PatchesJson<'a> {
    success: bool,
    patches: Vec<PatchJson<'a>>,
}

/// A patch of either kind.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum PatchJson<'a> {
    Pending(&'a PendingPatch),
    Parameter { name: &'a str, extension: &'a str, label: &'a str, selected: Option<&'a str>, values: Vec<&'a str> },
}

impl PatchJson<'_> {
    fn name(&self) -> &str {
        match self {
            Self::Pending(patch) => &patch.name,
            Self::Parameter { name, .. } => name,
        }
    }

    fn row(&self) -> Vec<String> {
        match self {
            Self::Pending(patch) => {
                let state = if patch.required { "pending, required" } else { "pending" };
                vec![patch.name.clone(), patch.extension.clone(), state.to_owned(), patch.hash.clone()]
            }
            Self::Parameter { name, extension, selected, .. } => {
                let state = format!("parameter, {}", selected.unwrap_or("not set"));
                vec![(*name).to_owned(), (*extension).to_owned(), state, String::new()]
            }
        }
    }
}

pub(super) async fn patches(job: Job<'_>, args: &PatchesArgs) -> CommandResult {
    let connection = job.connect()?;
    let Job { settings, printer, .. } = job;
    let data = connection.client.update_data().await?;
    let pending = connection.client.pending_patches().await?;
    if let Some(name) = &args.extension
        && !pending.iter().any(|patch| patch.extension == *name)
    {
        known(&data, name)?;
    }
    let all = gathered(&data, &pending, args.extension.as_deref());
    if settings.json {
        printer.data.json(&PatchesJson { success: true, patches: all });
    } else if settings.volume.quiet {
        for patch in &all {
            printer.data.line(patch.name());
        }
    } else if all.is_empty() {
        printer.talk.say("there are no patches");
    } else {
        let rows = all.iter().map(PatchJson::row).collect();
        table(&["PATCH", "EXTENSION", "STATE", "HASH"], rows, &mut printer.data);
    }
    Ok(Outcome::Done(Effect::Read))
}

/// Pending patches, and parameters that can be set to yes.
fn gathered<'a>(data: &'a UpdateData, pending: &'a [PendingPatch], only: Option<&str>) -> Vec<PatchJson<'a>> {
    let waiting =
        pending.iter().filter(|patch| only.is_none_or(|name| patch.extension == name)).map(PatchJson::Pending);
    let settable = data
        .project_datas
        .iter()
        .filter(|extension| only.map_or_else(|| holds_patches(extension), |name| extension.name == name))
        .flat_map(|extension| extension.parameters.iter().map(move |parameter| (extension, parameter)))
        .filter(|(_, parameter)| parameter.available_values().any(|value| value.eq_ignore_ascii_case("yes")))
        .map(|(extension, parameter)| PatchJson::Parameter {
            name: &parameter.name,
            extension: &extension.name,
            label: &parameter.label,
            selected: parameter.selected_value(),
            values: parameter.available_values().collect(),
        });
    waiting.chain(settable).collect()
}

/// By its name, as hac-client-core looks for it: nothing in the data says it.
fn holds_patches(extension: &ProjectData) -> bool {
    extension.name.to_lowercase().contains("patch")
}

fn selections(extension: &ProjectData) -> String {
    let one = |parameter: &UpdateParameter| format!("{}={}", parameter.name, selection(parameter));
    extension.parameters.iter().map(one).collect::<Vec<_>>().join(",")
}

fn selection(parameter: &UpdateParameter) -> String {
    let selected: Vec<&str> =
        parameter.values.iter().filter(|(_, selected)| *selected).map(|(value, _)| value.as_str()).collect();
    if selected.is_empty() { parameter.selected_value().unwrap_or_default().to_owned() } else { selected.join("+") }
}

fn known<'a>(data: &'a UpdateData, name: &str) -> hac_client::Result<&'a ProjectData> {
    data.extension(name).ok_or_else(|| {
        let names = data.project_datas.iter().map(|extension| extension.name.as_str());
        let hint = match nearest_names(name, names).as_slice() {
            [] => "`hac update data` lists them".to_owned(),
            near => format!("did you mean {}? `hac update data` lists them", near.join(" or ")),
        };
        usage("show the extension", format!("the server has no extension {name}"), hint)
    })
}

/// Aligned on a terminal, tab-separated without headers in a pipe, as hac-client-cli does.
fn table(headers: &[&str], rows: Vec<Vec<String>>, data: &mut Data) {
    if data.is_terminal() {
        return data.line(&columns(Some(headers), &rows));
    }
    for row in rows {
        data.line(row.join("\t").trim_end());
    }
}
