//! `hac support …`.

use hac_client::Overwrite;
use serde::Serialize;
use serde_json::{Map, Value};

use super::acknowledged;
use crate::args::{FilterArgs, SupportCommand, SupportZipArgs};
use crate::diagnostics::{CommandResult, Effect, Outcome, usage};
use crate::interrupt::Activity;
use crate::job::Job;
use crate::outfile::OutFile;
use crate::output::Listing;

pub(crate) async fn run(job: Job<'_>, command: &SupportCommand) -> CommandResult {
    match command {
        SupportCommand::List(args) => list(job, args).await,
        SupportCommand::Zip(args) => zip(job, args).await,
    }
}

async fn list(job: Job<'_>, args: &FilterArgs) -> CommandResult {
    let style = job.style();
    let connection = job.connect()?;
    let Job { printer, .. } = job;
    let files: Vec<Map<String, Value>> = connection
        .client
        .support_files()
        .await?
        .into_iter()
        .map(record)
        .filter(|record| record.values().any(|value| value.as_str().is_some_and(|text| args.admits(text))))
        .collect();
    Listing::of_records(&[], &files).print(&style, &mut printer.data)?;
    if files.is_empty() {
        printer.talk.say(&args.nothing("file"));
    }
    Ok(Outcome::Done(Effect::Read))
}

/// A file as the server describes it: an object unchanged, anything else as its path.
fn record(file: Value) -> Map<String, Value> {
    match file {
        Value::Object(record) => record,
        path => Map::from_iter([("path".to_owned(), path)]),
    }
}

/// What `support zip` says as JSON.
#[derive(Serialize)]
struct ZipJson<'a> {
    success: bool,
    file: String,
    bytes: u64,
    /// What was asked for.
    files: &'a [String],
}

async fn zip(job: Job<'_>, args: &SupportZipArgs) -> CommandResult {
    // Before the server packs anything.
    let mut out = OutFile::create(&args.output, if args.force { Overwrite::Yes } else { Overwrite::No })?
        .told_on(job.printer.talk.screen());
    let connection = job.connect()?;
    let Job { context, settings, printer } = job;
    let files = if args.all { every_path(connection.client.support_files().await?)? } else { args.files.clone() };
    context.interrupt.now(Activity::Writing { what: "packing of the support files", host: connection.host });
    let answer = connection.client.prepare_support_zip(&files).await?;
    context.interrupt.now(Activity::Reading);
    if let Some(failure) = acknowledged::failure(&answer, "support_files_not_packed", "pack the support files") {
        return Ok(acknowledged::tell(&answer, Some(&failure), "", settings, printer));
    }
    printer.talk.detail(&format!("the server answered {}", answer.answer));
    let bytes = connection.client.download_support_zip(&mut out).await?;
    out.finish(Effect::Write)?;
    let file = args.output.display().to_string();
    if settings.json {
        printer.data.json(&ZipJson { success: true, file, bytes, files: &files });
    } else {
        printer.talk.say(&format!("{bytes} bytes written to {file}"));
    }
    Ok(Outcome::Done(Effect::Write))
}

/// The path of every file that is offered, where the list says which of its texts is one.
fn every_path(files: Vec<Value>) -> hac_client::Result<Vec<String>> {
    let paths: Option<Vec<String>> =
        files.into_iter().map(|file| record(file).remove("path")?.as_str().map(str::to_owned)).collect();
    paths.filter(|paths| !paths.is_empty()).ok_or_else(|| {
        usage(
            "pack the support files",
            "the server's answer does not list any files",
            "name the files: `hac support list` shows what is available",
        )
    })
}
