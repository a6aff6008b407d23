//! `hac update …` and `hac init …`.

mod consent;
mod lines;
mod offer;
mod plan;
mod run;

use std::time::Duration;

use hac_client::platform::{FollowedRun, Schema, Update, UpdateLog, UpdateOutcome, UpdateStatus, Watch};
use hac_client::{Error, ErrorKind};
use serde::Serialize;

use crate::args::{ChoiceArgs, InitCommand, LogArgs, UpdateArgs, UpdateCommand, UpdateConfigArgs};
use crate::conclusion::refused;
use crate::diagnostics::{CommandResult, Effect, Outcome, Report, usage};
use crate::job::Job;
use crate::output::print_document;
use crate::printer::Printer;
use lines::{Lines, PATIENCE};

/// How to find a run again.
const FIND_IT: &str =
    "`hac update log --follow` follows its log, `hac update status` shows whether it is still running";

pub(crate) async fn run(job: Job<'_>, command: &UpdateCommand) -> CommandResult {
    match command {
        UpdateCommand::Data(args) => offer::data(job, args).await,
        UpdateCommand::Patches(args) => offer::patches(job, args).await,
        UpdateCommand::Config(args) => config(job, args).await,
        UpdateCommand::Run(args) => Box::pin(run::update(job, args)).await,
        UpdateCommand::Status(_) => status(job).await,
        UpdateCommand::Log(args) => log(job, args).await,
    }
}

pub(crate) async fn init(job: Job<'_>, command: &InitCommand) -> CommandResult {
    match command {
        InitCommand::Run(args) => Box::pin(run::init(job, args)).await,
    }
}

/// What the flags of an update say.
fn update(args: &UpdateArgs) -> hac_client::Result<Update> {
    let schema = if args.schema { Schema::Update } else { Schema::LeaveAlone };
    let mut update = Update::new(schema);
    if args.drop_tables {
        update = update.drop_tables();
    }
    if args.create_essential_data {
        update = update.create_essential_data();
    }
    if args.localize_types {
        update = update.localize_types();
    }
    let ChoiceArgs { patches, extensions, parameters, clear_hmc, create_project_data, password: _ } = &args.choice;
    if *clear_hmc {
        update = update.clear_hmc();
    }
    if *create_project_data {
        update = update.create_project_data();
    }
    update = extensions.iter().fold(update, Update::extension);
    update = patches.iter().fold(update, Update::patch);
    for (name, value) in pairs(parameters)? {
        update = update.parameter(name, value);
    }
    Ok(update)
}

/// Parameters as they were typed, taken apart.
fn pairs(parameters: &[String]) -> hac_client::Result<Vec<(&str, &str)>> {
    let pair = |text: &String| {
        Err(usage(
            "plan the update",
            format!("--param {text} has no ="),
            "write it as --param EXTENSION_PARAMETER=VALUE; `hac update data --with-params` lists them",
        ))
    };
    parameters.iter().map(|text| text.split_once('=').map_or_else(|| pair(text), Ok)).collect()
}

async fn config(job: Job<'_>, args: &UpdateConfigArgs) -> CommandResult {
    let style = job.style();
    let connection = job.connect()?;
    let Job { settings, printer, .. } = job;
    let planned = connection.client.plan_update(&update(&args.update)?).await?;
    let text = connection.client.dump_configuration(&planned).await?;
    if settings.json {
        // The library returns the server's text, which is printed as it is; fields are printed anew.
        let configuration = serde_json::from_str(&text).map_err(|cause| {
            Error::new(ErrorKind::Internal, "print the configuration")
                .because("it is not a JSON object")
                .with_source(cause)
        })?;
        print_document("configuration", &configuration, &style, &mut printer.data)?;
    } else {
        printer.data.line(text.trim_end());
    }
    printer.data.flush();
    let missing: Vec<String> =
        planned.patches().iter().filter(|patch| !text.contains(&patch.hash)).map(plan::of_patch).collect();
    if !missing.is_empty() {
        printer.talk.note(&format!(
            "the server's text does not name these patches, which `hac update run` runs: {}; look for them in the log of `ant updatesystem`",
            missing.join(", ")
        ));
    }
    Ok(Outcome::Done(Effect::Read))
}

async fn status(job: Job<'_>) -> CommandResult {
    #[derive(Serialize)]
    struct StatusJson {
        success: bool,
        status: UpdateStatus,
        running: bool,
    }
    let connection = job.connect()?;
    let Job { settings, printer, .. } = job;
    let status = connection.client.update_status().await?;
    let running = status == UpdateStatus::Running;
    if settings.json {
        printer.data.json(&StatusJson { success: true, status, running });
    } else {
        printer.data.line(if running { "running" } else { "idle" });
    }
    printer.data.flush();
    if running {
        printer.talk.detail("`hac update log --follow` follows it");
    }
    Ok(Outcome::Done(Effect::Read))
}

/// The keys of hac-client-cli, and further ones.
#[derive(Serialize)]
struct LogJson<'a> {
    success: bool,
    log: &'a str,
    is_complete: bool,
    has_errors: bool,
    errors: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<UpdateOutcome>,
    #[serde(skip_serializing_if = "Option::is_none")]
    was_running: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Report>,
}

async fn log(job: Job<'_>, args: &LogArgs) -> CommandResult {
    if args.follow {
        return follow(job, args).await;
    }
    let connection = job.connect()?;
    let Job { settings, printer, .. } = job;
    let log: UpdateLog = connection.client.update_log().await?;
    if settings.json {
        let errors = log.errors();
        printer.data.json(&LogJson {
            success: true,
            log: &log.log_text(),
            is_complete: log.is_complete(),
            has_errors: !errors.is_empty(),
            errors: &errors,
            outcome: None,
            was_running: None,
            error: None,
        });
        return Ok(Outcome::Done(Effect::Read));
    }
    let lines = log.lines();
    if lines.is_empty() {
        printer.talk.say("the log is empty: nothing has run since the server started");
    }
    for line in lines {
        printer.data.line(&line.text);
    }
    Ok(Outcome::Done(Effect::Read))
}

async fn follow(job: Job<'_>, args: &LogArgs) -> CommandResult {
    let connection = job.connect()?;
    let Job { settings, printer, .. } = job;
    let watch = Watch::default().patience(PATIENCE).poll_interval(Duration::from_secs_f64(args.interval));
    let mut lines = Lines::followed(printer, settings);
    let FollowedRun { was_running, outcome, errors, .. } =
        connection.client.follow_update_log(watch, &mut lines).await?;
    let text = lines.finish();
    if !was_running {
        let server = settings.base_url()?;
        printer.talk.say(&format!("nothing is running on {server}; this is the log of the last run"));
    }
    let failure = match outcome {
        UpdateOutcome::FinishedWithErrors => Some(with_errors("run", &errors)),
        // Of a run that was not seen, nobody asked how it ended.
        UpdateOutcome::Lost if was_running => Some(lost("run", None)),
        _ => None,
    };
    let log = LogJson {
        success: failure.is_none(),
        log: &text,
        is_complete: outcome != UpdateOutcome::Lost,
        has_errors: !errors.is_empty(),
        errors: &errors,
        outcome: Some(outcome),
        was_running: Some(was_running),
        error: failure.clone(),
    };
    if settings.output.is_json() {
        // The last of the lines.
        printer.data.json_compact(&log);
        printer.data.json_text("\n");
    } else if settings.json {
        printer.data.json(&log);
    }
    printer.data.flush();
    Ok(conclude(outcome, failure.as_ref(), Effect::Read, printer))
}

fn with_errors(what: &str, errors: &[String]) -> Report {
    let told = match errors {
        [] => "the server says so, but its log shows nothing".to_owned(),
        [one] => one.clone(),
        [first, rest @ ..] => format!("{first} (and {} more)", rest.len()),
    };
    Report {
        kind: "update_failed".to_owned(),
        message: format!("the {what} finished with errors: {told}"),
        hint: Some("see the log above; `hac update patches` lists the patches that are still pending".into()),
    }
}

fn lost(what: &str, why: Option<&str>) -> Report {
    let why = why.map(|why| format!(": {why}")).unwrap_or_default();
    Report {
        kind: ErrorKind::OutcomeUnknown.code().to_owned(),
        message: format!("the {what} ended with an unknown outcome{why}"),
        hint: Some(format!("it was not sent again. {FIND_IT}; the server's own log says more")),
    }
}

/// Tells how it ended, and the exit code.
fn conclude(outcome: UpdateOutcome, failure: Option<&Report>, effect: Effect, printer: &Printer) -> Outcome {
    let Some(report) = failure else { return Outcome::Done(effect) };
    let told = refused(report, printer);
    if outcome == UpdateOutcome::Lost { Outcome::Unknown } else { told }
}
