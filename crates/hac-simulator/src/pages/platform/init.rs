//! Initialisation and update: the pages, what they offer, the run, and its log.

use std::collections::BTreeMap;

use http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::knobs::Knobs;
use crate::pages::{Visit, layout, not_found};
use crate::state::State;
use crate::updates::{EXTENSIONS, Extension, Order, Parameter};

/// Below the context path.
pub(crate) const PATH: &str = "/platform/init";
/// Below the context path. It answers also while the platform initialises.
pub(crate) const LOG_PATH: &str = "/initlog/log";

/// `path` is below the context path.
pub(super) async fn dispatch(visit: &Visit<'_>, path: &str) -> Answer {
    let (get, post) = (visit.is_get(), visit.is_post());
    match path {
        PATH if get => page(visit, "Initialization"),
        "/platform/update" if get => page(visit, "Update"),
        "/platform/init/data" if get => data(visit),
        "/platform/init/pendingPatches" if get => pending_patches(visit),
        "/platform/init/execute" if post => execute(visit).await,
        "/platform/dumpConfiguration" if post => dump_configuration(visit),
        PATH | "/platform/update" | "/platform/init/data" | "/platform/init/pendingPatches" => {
            Answer::not_allowed("GET")
        }
        "/platform/init/execute" | "/platform/dumpConfiguration" => Answer::not_allowed("POST"),
        _ => not_found(),
    }
}

fn page(visit: &Visit<'_>, title: &str) -> Answer {
    visit.state.updates.was_visited(&visit.user.name);
    let knobs = &visit.state.knobs;
    Answer::html(StatusCode::OK, layout(knobs, title, &visit.token, &format!("<h2>{title}</h2>")))
}

/// What everybody gets while the platform initialises: no session, no login.
pub(crate) fn initializing(knobs: &Knobs) -> Answer {
    let body = "<h2>Initialization</h2><p>The system is being initialized.</p>";
    Answer::html(StatusCode::OK, layout(knobs, "Initialization", "", body))
}

/// The log of the last run.
pub(crate) fn log(state: &State) -> Answer {
    Answer::json(&json!({ "log": state.updates.log() }))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    is_initializing: bool,
    project_datas: Vec<ProjectData>,
}

#[derive(Serialize)]
struct ProjectData {
    name: &'static str,
    description: Option<&'static str>,
    parameter: Vec<ShownParameter>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownParameter {
    name: &'static str,
    label: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<Choices>,
    legacy: bool,
    multi_select: bool,
    default: Option<&'static str>,
}

/// Options in their order.
struct Choices(&'static [(&'static str, bool)]);

impl Serialize for Choices {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(option, selected)| (option, selected)))
    }
}

/// Patches are filled in only after the page of the update was shown.
fn data(visit: &Visit<'_>) -> Answer {
    let filled = visit.state.updates.is_visited_by(&visit.user.name);
    let shown = |extension: &Extension| ProjectData {
        name: extension.name,
        description: extension.description,
        parameter: extension
            .parameters
            .iter()
            .filter(|_| filled || !extension.holds_patches)
            .map(ShownParameter::from)
            .collect(),
    };
    Answer::json(&Data {
        is_initializing: visit.state.updates.is_running(),
        project_datas: EXTENSIONS.iter().map(shown).collect(),
    })
}

impl From<&Parameter> for ShownParameter {
    fn from(parameter: &Parameter) -> Self {
        Self {
            name: parameter.name,
            label: parameter.label,
            values: (!parameter.values.is_empty()).then_some(Choices(parameter.values)),
            legacy: false,
            multi_select: parameter.multi_select,
            default: parameter.default,
        }
    }
}

fn pending_patches(visit: &Visit<'_>) -> Answer {
    let mut patches: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for patch in visit.state.updates.pending() {
        patches.entry(patch.extension).or_default().push(json!({
            "hash": patch.hash, "name": patch.name, "required": patch.required,
        }));
    }
    Answer::json(&patches)
}

/// Runs to its end, and answers then.
async fn execute(visit: &Visit<'_>) -> Answer {
    let order = match order(visit) {
        Ok(order) => order,
        Err(answer) => return *answer,
    };
    let Some(run) = visit.state.updates.begin() else {
        // Two at the same moment: the second one goes where everybody goes while the first one runs.
        return Answer::redirect(&format!("{}{PATH}", visit.state.knobs.context_path));
    };
    visit.ticket.executed();
    let finished = run.go(&order, visit.state).await;
    Answer::json(&json!({ "success": finished.success, "log": finished.log }))
}

/// The order in the form of the file for `ant updatesystem`.
fn dump_configuration(visit: &Visit<'_>) -> Answer {
    let order = match order(visit) {
        Ok(order) => order,
        Err(answer) => return *answer,
    };
    let mut dump = Map::new();
    dump.insert("init".to_owned(), json!("Go"));
    if let Some(method) = &order.init_method {
        dump.insert("initmethod".to_owned(), json!(method.to_lowercase()));
    }
    for (name, on) in [
        ("droptables", order.drop_tables),
        ("clearhmc", order.clear_hmc),
        ("essential", order.create_essential_data),
        ("localizetypes", order.localize_types),
    ] {
        if on {
            dump.insert(name.to_owned(), json!("true"));
        }
    }
    dump.extend(order.all_parameters.clone());
    Answer::json(&dump)
}

fn order(visit: &Visit<'_>) -> Result<Order, Box<Answer>> {
    let Some(text) = visit.request.json() else {
        return Err(Box::new(Answer::error(StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body is no JSON.")));
    };
    serde_json::from_str(text)
        .map_err(|error| format!("The body cannot be read: {error}"))
        .map_err(|why| Box::new(Answer::error(StatusCode::BAD_REQUEST, &why)))
}
