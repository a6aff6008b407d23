//! `hac groovy` and `hac script`: what the script returns to standard output, what it prints to
//! standard error.

use std::path::PathBuf;
use std::time::Instant;

use hac_client::{Commit, Error, ErrorKind, Script, ScriptResult, ScriptType};
use serde::Serialize;

use crate::args::{CiArgs, GroovyArgs, ParamArgs, ScriptArgs, ScriptTypeArg, SourceArgs};
use crate::ci::{CiReports, Problem, State};
use crate::diagnostics::{CommandResult, Effect, Failure, Outcome, Report};
use crate::interrupt::Activity;
use crate::job::Job;
use crate::parameters;
use crate::printer::Printer;
use crate::source;

pub(crate) async fn groovy(job: Job<'_>, args: &GroovyArgs) -> CommandResult {
    run(job, ScriptType::Groovy, &args.source, &args.params, args.commit, &args.ci).await
}

pub(crate) async fn any(job: Job<'_>, args: &ScriptArgs) -> CommandResult {
    let script_type = match args.script_type {
        ScriptTypeArg::Groovy => ScriptType::Groovy,
        ScriptTypeArg::JavaScript => ScriptType::JavaScript,
        ScriptTypeArg::BeanShell => ScriptType::BeanShell,
    };
    run(job, script_type, &args.source, &args.params, args.commit, &args.ci).await
}

async fn run(
    job: Job<'_>,
    script_type: ScriptType,
    source: &SourceArgs,
    params: &ParamArgs,
    commit: bool,
    ci: &CiArgs,
) -> CommandResult {
    let extensions: &[&str] = match script_type {
        ScriptType::Groovy => &["groovy"],
        _ => &[],
    };
    let text = source::read(source, "script", extensions, &job)?;
    let file = source::file(source, "script", extensions, &job);
    let unused = parameters::unused(params, &text);
    let read: Vec<PathBuf> = file.iter().map(PathBuf::from).collect();
    let mut reports = CiReports::create(ci, "hac script", &read)?;
    let mut script = Script::new(script_type, text)
        .commit(if commit { Commit::Yes } else { Commit::No })
        .on_progress(job.printer.talk.screen().sending());
    if let Some(file) = &file {
        script = script.read_from(file);
    }
    for (name, value) in parameters::read(params)? {
        script = script.param(name, value)?;
    }
    for name in unused {
        job.printer.talk.warn(&format!("the script never uses the parameter {name}"));
    }
    let connection = job.connect()?;
    let Job { context, settings, printer } = job;
    context.interrupt.now(Activity::Writing { what: "script", host: connection.host });
    let began = Instant::now();
    let answered = connection.client.execute_script(script).await.or_else(Error::into_outcome);
    context.interrupt.now(Activity::Reading);
    reports.add(file.as_deref().unwrap_or("script"), state(&answered, script_type), began.elapsed());
    let told = answered.map(|result| tell(&result, script_type, settings.json, printer)).map_err(Failure::from);
    // Of two failures the first is told.
    let written = reports.finish(Effect::Write, &printer.talk);
    told.and_then(|outcome| written.map(|()| outcome))
}

/// What a pipeline reads of it.
fn state(answered: &hac_client::Result<ScriptResult>, script_type: ScriptType) -> State {
    match answered {
        Ok(result) if result.success() => State::Passed,
        Ok(result) => {
            let report = report(result, script_type);
            let line = line_of(&result.stacktrace_text);
            let detail = result.stacktrace_text.trim().to_owned();
            State::Failed(vec![Problem { kind: report.kind, line, message: report.message, detail }])
        }
        Err(error) => State::Broken(Problem::without_result(error)),
    }
}

/// The line of the script in its stack trace: `Script7.groovy:12`, or the simulator's `script.js:1:11`.
fn line_of(trace: &str) -> Option<usize> {
    let after = |sign: &str| trace.find(sign).map(|at| &trace[at + sign.len()..]);
    let rest = after(".groovy:").or_else(|| after("script.js:"))?;
    rest[..rest.find(|char: char| !char.is_ascii_digit()).unwrap_or(rest.len())].parse().ok()
}

/// The keys of hac-client-cli, and `stacktrace_text` and `error` where the script failed.
#[derive(Serialize)]
struct ScriptJson<'a> {
    success: bool,
    #[serde(flatten)]
    result: &'a ScriptResult,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Report>,
}

fn tell(result: &ScriptResult, script_type: ScriptType, json: bool, printer: &mut Printer) -> Outcome {
    let failure = (!result.success()).then(|| report(result, script_type));
    if json {
        printer.data.json(&ScriptJson { success: failure.is_none(), result, error: failure.clone() });
    } else {
        printer.talk.output(&result.output_text);
        if failure.is_none() {
            printer.data.line(result.execution_result.as_deref().unwrap_or_default());
        }
    }
    let Some(report) = failure else { return Outcome::Done(Effect::Write) };
    printer.data.flush();
    printer.talk.error(&report.message);
    // A failure of one line has been said.
    if !json && result.stacktrace_text.trim().lines().nth(1).is_some() {
        printer.talk.output(&result.stacktrace_text);
    }
    if let Some(hint) = report.hint {
        printer.talk.hint(&hint);
    }
    Outcome::Refused
}

fn report(result: &ScriptResult, script_type: ScriptType) -> Report {
    let trace = &result.stacktrace_text;
    let first = result.error().unwrap_or("no reason given");
    let signs = ["MultipleCompilationErrorsException", "startup failed"];
    let hint = if trace.trim_start().starts_with("Script compilation has failed") {
        "the script did not compile, so nothing ran".to_owned()
    } else if script_type == ScriptType::Groovy && signs.iter().any(|sign| trace.contains(sign)) {
        // A script that runs may compile another one.
        "something did not compile; if it was the script itself, nothing ran".to_owned()
    } else {
        let kept = match result.commit {
            Commit::Yes => "changes made before the failure may have been committed",
            Commit::No => {
                "it ran without --commit, but files, mails, log levels, caches and started jobs are not transactional"
            }
        };
        let line = "; ScriptN.groovy:LINE in the stack trace is a line of your script";
        format!("{kept}: check before you run it again{}", if trace.contains(".groovy:") { line } else { "" })
    };
    Report {
        kind: ErrorKind::ScriptFailed.code().to_owned(),
        message: format!("the script failed: {first}"),
        hint: Some(hint),
    }
}
