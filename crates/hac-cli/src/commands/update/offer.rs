//! `hac update data` and `hac update patches`: what the server offers.

use hac_client::nearest_names;
use hac_client::platform::{PendingPatch, ProjectData, UpdateData, UpdateParameter};
use serde::Serialize;

use crate::args::{DataArgs, PatchesArgs, RowFormat};
use crate::diagnostics::{CommandResult, Effect, Outcome, usage};
use crate::job::Job;
use crate::output::{InPipe, Listing, Picked, is_for_scripts};
use crate::printer::Printer;
use crate::settings::Settings;

#[derive(Serialize)]
struct DataJson<'a> {
    success: bool,
    is_initializing: bool,
    extensions: Picked<'a, &'a ProjectData>,
}

pub(super) async fn data(job: Job<'_>, args: &DataArgs) -> CommandResult {
    let connection = job.connect()?;
    let Job { settings, printer, .. } = job;
    let data = connection.client.update_data().await?;
    if let Some(name) = &args.extension {
        return parameters(known(&data, name)?, settings, printer);
    }
    let shown: Vec<&ProjectData> = data
        .project_datas
        .iter()
        .filter(|extension| !args.patches || holds_patches(extension))
        .filter(|extension| !args.with_params || extension.has_parameters())
        .collect();
    if settings.output.is(RowFormat::Json) {
        let extensions = Picked::of(&shown, &settings.output.columns)?;
        printer.data.json_whole(&DataJson { success: true, is_initializing: data.is_initializing, extensions });
        return Ok(Outcome::Done(Effect::Read));
    }
    let (mut for_people, mut in_pipe) = (Listing::new(&["name", "parameters"]), Listing::new(&["name", "parameters"]));
    for extension in &shown {
        // A line for each, so that none is broken.
        for_people.push([extension.name.clone(), selections(extension).join("\n")]);
        in_pipe.push([extension.name.clone(), selections(extension).join(",")]);
    }
    let list = Listing::of_records(&["name", "description", "parameters"], &shown);
    list.print_compatibly(&for_people, InPipe::FilledCells(&in_pipe), settings, printer)?;
    if shown.is_empty() {
        printer.data.flush();
        printer.talk.say("no extension is offered that the flags select");
    }
    Ok(Outcome::Done(Effect::Read))
}

fn parameters(extension: &ProjectData, settings: &Settings, printer: &mut Printer) -> CommandResult {
    #[derive(Serialize)]
    struct OneJson<'a> {
        success: bool,
        #[serde(flatten)]
        extension: &'a ProjectData,
    }
    if settings.output.is_json() {
        printer.data.json(&OneJson { success: true, extension });
        return Ok(Outcome::Done(Effect::Read));
    }
    if extension.parameters.is_empty() {
        printer.talk.say(&format!("{} has no parameters", extension.name));
        return Ok(Outcome::Done(Effect::Read));
    }
    let mut listing = Listing::new(&["parameter", "selected", "values"]);
    let mut for_scripts = Listing::new(&["name", "selected", "values"]);
    for parameter in &extension.parameters {
        let values = parameter.available_values().collect::<Vec<_>>().join(",");
        for_scripts.push([parameter.name.clone(), selection(parameter), values.clone()]);
        let values = match (parameter.is_free_text(), parameter.multi_select) {
            (true, _) => "any text".to_owned(),
            (false, true) => format!("{values} (one or more)"),
            (false, false) => values,
        };
        listing.push([format!("{}_{}", extension.name, parameter.name), selection(parameter), values]);
    }
    if settings.output.wants_names(settings.volume.quiet) {
        // All columns, as hac-client-cli prints them with `--quiet`.
        for_scripts.print_lines(settings, printer)?;
        return Ok(Outcome::Done(Effect::Read));
    }
    listing.print_compatibly(&listing, InPipe::Lines(&for_scripts), settings, printer)?;
    Ok(Outcome::Done(Effect::Read))
}

/// The keys of hac-client-cli, which knows the parameters of one extension, and what else can be a patch.
#[derive(Serialize)]
struct PatchesJson<'a> {
    success: bool,
    extension: Option<&'a str>,
    patches: Picked<'a, Patch<'a>>,
    /// Of the system.
    pending: Picked<'a, Patch<'a>>,
    /// Parameters of other extensions with patches.
    others: Picked<'a, Patch<'a>>,
}

/// A patch of either kind.
#[derive(Serialize)]
struct Patch<'a> {
    kind: Kind,
    name: &'a str,
    extension: &'a str,
    /// Of a pending one.
    hash: Option<&'a str>,
    required: bool,
    /// Of a parameter.
    label: Option<&'a str>,
    selected: Option<&'a str>,
    values: Option<Vec<&'a str>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Pending,
    Parameter,
}

const PATCH_FIELDS: [&str; 8] = ["kind", "name", "extension", "hash", "required", "label", "selected", "values"];

impl Patch<'_> {
    fn state(&self) -> String {
        match self.kind {
            Kind::Pending if self.required => "pending, required".to_owned(),
            Kind::Pending => "pending".to_owned(),
            Kind::Parameter => format!("parameter, {}", self.selected.unwrap_or("not set")),
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
    let only = args.extension.as_deref();
    let of_system = of_system(&pending, only);
    let holder = only.map_or_else(|| patches_extension(&data), |name| data.extension(name));
    let of_holder: Vec<Patch<'_>> = holder.map(of_extension).unwrap_or_default();
    let is_other =
        |its: &&ProjectData| only.is_none() && holds_patches(its) && holder.is_none_or(|one| one.name != its.name);
    let of_others: Vec<Patch<'_>> = data.project_datas.iter().filter(is_other).flat_map(of_extension).collect();
    if settings.output.is(RowFormat::Json) {
        let columns = &settings.output.columns;
        printer.data.json_whole(&PatchesJson {
            success: true,
            extension: holder.map(|extension| extension.name.as_str()),
            patches: Picked::of(&of_holder, columns)?,
            pending: Picked::of(&of_system, columns)?,
            others: Picked::of(&of_others, columns)?,
        });
        return Ok(Outcome::Done(Effect::Read));
    }
    let mut for_scripts = Listing::new(&["name", "state"]);
    for patch in &of_holder {
        for_scripts.push([patch.name, if patch.selected == Some("yes") { "applied" } else { "pending" }]);
    }
    let waiting = of_system.len();
    let all: Vec<Patch<'_>> = of_system.into_iter().chain(of_holder).chain(of_others).collect();
    if all.is_empty() && !settings.output.is_for_programs() {
        printer.talk.say("there are no patches");
    } else {
        let mut for_people = Listing::new(&["name", "extension", "state", "hash"]);
        for patch in &all {
            let (name, extension) = (Some(patch.name.to_owned()), Some(patch.extension.to_owned()));
            for_people.push([name, extension, Some(patch.state()), patch.hash.map(str::to_owned)]);
        }
        let list = Listing::of_records(&PATCH_FIELDS, &all);
        list.print_compatibly(&for_people, InPipe::Lines(&for_scripts), settings, printer)?;
        if waiting > 0 && is_for_scripts(settings, printer) {
            let only = only.map(|name| format!(" -x {name}")).unwrap_or_default();
            printer.talk.note(&format!(
                "the system has pending patches, too ({waiting}): `hac update patches{only} --format table` shows them"
            ));
        }
    }
    Ok(Outcome::Done(Effect::Read))
}

/// The pending patches of the system, or of one extension.
fn of_system<'a>(pending: &'a [PendingPatch], only: Option<&str>) -> Vec<Patch<'a>> {
    let waiting = pending.iter().filter(|patch| only.is_none_or(|name| patch.extension == name));
    let patch = |patch: &'a PendingPatch| Patch {
        kind: Kind::Pending,
        name: &patch.name,
        extension: &patch.extension,
        hash: Some(&patch.hash),
        required: patch.required,
        label: None,
        selected: None,
        values: None,
    };
    waiting.map(patch).collect()
}

/// The parameters of an extension.
fn of_extension<'a>(extension: &'a ProjectData) -> Vec<Patch<'a>> {
    let patch = |parameter: &'a UpdateParameter| Patch {
        kind: Kind::Parameter,
        name: &parameter.name,
        extension: &extension.name,
        hash: None,
        required: false,
        label: Some(&parameter.label),
        selected: parameter.selected_value(),
        values: Some(parameter.available_values().collect()),
    };
    extension.parameters.iter().map(patch).collect()
}

/// The extension whose parameters are the patches, as hac-client-core finds it: nothing in the data says it.
fn patches_extension(data: &UpdateData) -> Option<&ProjectData> {
    let named = || data.project_datas.iter().filter(|extension| extension.name.to_lowercase().contains("patches"));
    let is_of_project = |extension: &&ProjectData| !extension.name.eq_ignore_ascii_case("patches");
    let with_parameters = || named().filter(|extension| extension.has_parameters());
    let ends_so = |extension: &&ProjectData| extension.name.to_lowercase().ends_with("patches");
    with_parameters()
        .find(is_of_project)
        .or_else(|| with_parameters().next())
        .or_else(|| named().filter(is_of_project).find(ends_so))
        .or_else(|| named().next())
}

/// By its name, as hac-client-cli looks for it: nothing in the data says it.
fn holds_patches(extension: &ProjectData) -> bool {
    extension.name.to_lowercase().contains("patch")
}

fn selections(extension: &ProjectData) -> Vec<String> {
    let one = |parameter: &UpdateParameter| format!("{}={}", parameter.name, selection(parameter));
    extension.parameters.iter().map(one).collect()
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
