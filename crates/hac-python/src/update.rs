//! System update and initialisation.

use hac_client::platform::{
    Initialization, LogLine, LogLineKind, LogSink, OutcomeSource, Schema, Update, UpdateData, UpdateLog, UpdateOutcome,
    UpdateResult, UpdateRun, UpdateStatus, Watch,
};
use hac_client::request::Effect;
use hac_client::serde_json::{self, Value};
use hac_client::{Error, ErrorKind, HacClient, Result};
use pyo3::prelude::*;

use crate::call::{Call, Caller, Convert, Event};
use crate::client::{Client, value};
use crate::console::{millis, seconds};
use crate::errors::raised;

type Parameter = (String, String, Vec<(String, bool)>, bool, bool, Option<String>);
type Project = (String, Option<String>, Vec<Parameter>);

/// What is to be done, as the Python half has it.
#[derive(FromPyObject, Clone)]
#[pyo3(from_item_all)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of HAC's form")]
pub(crate) struct Wishes {
    /// Drops everything first.
    initialize: bool,
    schema: bool,
    drop_tables: bool,
    clear_hmc: bool,
    essential_data: bool,
    project_data: bool,
    localize_types: bool,
    extensions: Vec<String>,
    patches: Vec<String>,
    parameters: Vec<(String, String)>,
}

macro_rules! with_common_wishes {
    ($update:ident, $wishes:ident) => {{
        if $wishes.clear_hmc {
            $update = $update.clear_hmc();
        }
        if $wishes.project_data {
            $update = $update.create_project_data();
        }
        for name in $wishes.extensions {
            $update = $update.extension(name);
        }
        for name in $wishes.patches {
            $update = $update.patch(name);
        }
        for (name, value) in $wishes.parameters {
            $update = $update.parameter(name, value);
        }
        $update
    }};
}

impl Wishes {
    fn update(self) -> Update {
        let mut update = Update::new(if self.schema { Schema::Update } else { Schema::LeaveAlone });
        if self.drop_tables {
            update = update.drop_tables();
        }
        if self.essential_data {
            update = update.create_essential_data();
        }
        if self.localize_types {
            update = update.localize_types();
        }
        with_common_wishes!(update, self)
    }

    fn initialization(self) -> Initialization {
        let mut initialization = Initialization::new();
        with_common_wishes!(initialization, self)
    }
}

/// Gives the lines of a log to whoever waits.
struct Lines(Option<Caller>);

impl LogSink for Lines {
    fn line(&mut self, line: &LogLine) {
        if let Some(caller) = &self.0 {
            caller.event(Event::Line(line.text.clone(), line.kind == LogLineKind::Heading));
        }
    }

    fn answer_lost(&mut self, error: &Error) {
        if let Some(caller) = &self.0 {
            caller.event(Event::Notice("answer_lost", error.to_string(), true));
        }
    }
}

fn watch(poll_interval: f64, patience: f64, answer_timeout: Option<f64>) -> Watch {
    Watch::default()
        .poll_interval(seconds(poll_interval))
        .patience(seconds(patience))
        .answer_timeout(answer_timeout.map(seconds))
}

fn outcome_name(outcome: UpdateOutcome) -> &'static str {
    match outcome {
        UpdateOutcome::Finished => "finished",
        UpdateOutcome::FinishedWithErrors => "finished_with_errors",
        UpdateOutcome::Refused => "refused",
        _ => "lost",
    }
}

fn run_result(run: UpdateRun) -> Convert {
    let known_from = if run.known_from == OutcomeSource::Log { "log" } else { "answer" };
    let reason = run.reason.as_ref().map(ToString::to_string);
    value((outcome_name(run.outcome), known_from, run.errors, reason, millis(run.elapsed)))
}

fn update_result(result: &UpdateResult) -> Convert {
    value((result.success(), result.log_html.clone()))
}

fn projects(data: UpdateData) -> (bool, Vec<Project>) {
    let projects = data.project_datas.into_iter().map(|project| {
        let parameters = project.parameters.into_iter().map(|parameter| {
            let hac_client::platform::UpdateParameter { name, label, values, legacy, multi_select, default, .. } =
                parameter;
            (name, label, values, legacy, multi_select, default)
        });
        (project.name, project.description, parameters.collect())
    });
    (data.is_initializing, projects.collect())
}

async fn run(client: HacClient, wishes: Wishes, watch: Watch) -> Result<Convert> {
    let mut lines = Lines(Caller::current());
    if wishes.initialize {
        let plan = client.plan_initialization(&wishes.initialization()).await?;
        client.run_initialization(&plan, watch, &mut lines).await.map(run_result)
    } else {
        let plan = client.plan_update(&wishes.update()).await?;
        client.run_update(&plan, watch, &mut lines).await.map(run_result)
    }
}

#[pymethods]
impl Client {
    fn update_data(&self, py: Python<'_>) -> Call {
        self.call(
            py,
            Effect::Read,
            |client| async move { client.update_data().await.map(|data| value(projects(data))) },
        )
        .doing("read what can be updated")
    }

    fn pending_patches(&self, py: Python<'_>) -> Call {
        self.call(py, Effect::Read, |client| async move {
            let pending = client.pending_patches().await?;
            let tuples = pending.into_iter().map(|patch| (patch.extension, patch.hash, patch.name, patch.required));
            Ok(value(tuples.collect::<Vec<_>>()))
        })
        .doing("read the pending patches")
    }

    fn update_log(&self, py: Python<'_>) -> Call {
        self.call(py, Effect::Read, |client| async move { client.update_log().await.map(|log| value(log.log_html)) })
            .doing("read the update log")
    }

    fn update_status(&self, py: Python<'_>) -> Call {
        self.call(py, Effect::Read, |client| async move {
            client
                .update_status()
                .await
                .map(|status| value(if status == UpdateStatus::Idle { "idle" } else { "running" }))
        })
    }

    /// The request as JSON text; nothing in it is checked.
    fn execute_update(&self, py: Python<'_>, request: &str) -> PyResult<Call> {
        let Ok(Value::Object(request)) = serde_json::from_str(request) else {
            let error = Error::new(ErrorKind::Usage, "run the update").because("the request is not a JSON object");
            return Err(raised(py, &error));
        };
        Ok(self
            .call(py, Effect::Write, move |client| async move {
                client.execute_update_request(&request).await.map(|result| update_result(&result))
            })
            .doing("run the update"))
    }

    fn run_update(
        &self,
        py: Python<'_>,
        wishes: Wishes,
        poll_interval: f64,
        patience: f64,
        answer_timeout: Option<f64>,
    ) -> Call {
        let watch = watch(poll_interval, patience, answer_timeout);
        self.call(py, Effect::Write, move |client| run(client, wishes, watch))
    }

    /// What an update would send, checked against what the server offers.
    fn plan_update(&self, py: Python<'_>, wishes: Wishes) -> Call {
        self.call(py, Effect::Read, move |client| async move {
            let body = if wishes.initialize {
                client.plan_initialization(&wishes.initialization()).await?.steps().request_body()
            } else {
                client.plan_update(&wishes.update()).await?.request_body()
            };
            Ok(value(body))
        })
    }

    fn dump_configuration(&self, py: Python<'_>, wishes: Wishes) -> Call {
        self.call(py, Effect::Read, move |client| async move {
            let plan = client.plan_update(&wishes.update()).await?;
            client.dump_configuration(&plan).await.map(value)
        })
    }

    fn follow_update_log(&self, py: Python<'_>, poll_interval: f64, patience: f64) -> Call {
        let watch = watch(poll_interval, patience, None);
        self.call(py, Effect::Read, move |client| async move {
            let mut lines = Lines(Caller::current());
            let run = client.follow_update_log(watch, &mut lines).await?;
            Ok(value((run.was_running, outcome_name(run.outcome), run.errors)))
        })
    }
}

/// Text, completeness and failures of an update log.
#[pyfunction]
pub(crate) fn read_update_log(py: Python<'_>, log_html: &str) -> PyResult<(String, bool, Vec<String>)> {
    let log = UpdateLog::from_html(log_html).map_err(|error| raised(py, &error))?;
    Ok((log.log_text(), log.is_complete(), log.errors()))
}
