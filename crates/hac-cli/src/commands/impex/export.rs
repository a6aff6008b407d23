//! `hac impex export`: an archive, whole or not at all.

use hac_client::console::{ArchiveEntry, ImpexExport, ImpexExportResult};
use hac_client::{Error, ErrorKind, Overwrite};
use serde::Serialize;

use crate::args::ImpexExportArgs;
use crate::diagnostics::{CommandResult, Effect, Failure, Outcome, Report};
use crate::interrupt::Activity;
use crate::job::Job;
use crate::outfile::Receiving;
use crate::source;

#[derive(Serialize)]
struct ExportJson<'a> {
    success: bool,
    level: &'a str,
    summary: &'a str,
    output: &'a str,
    /// The file, after a success.
    file: Option<String>,
    size: Option<u64>,
    rows: Option<u64>,
    entries: &'a [ArchiveEntry],
    further_downloads: &'a [String],
    execution_time_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Report>,
}

pub(super) async fn run(job: Job<'_>, args: &ImpexExportArgs) -> CommandResult {
    let script = source::read(&args.source, "script", &["impex"], &job)?;
    let mut export = ImpexExport::new(script).mode(args.mode.into()).encoding(&args.encoding);
    if let Some(file) = source::file(&args.source, "script", &["impex"], &job) {
        export = export.read_from(file);
    }
    let overwrite = if args.force { Overwrite::Yes } else { Overwrite::No };
    let connection = job.connect()?;
    let Job { context, settings, printer } = job;
    context.interrupt.now(Activity::Writing { what: "export", host: connection.host });
    let mut receiving = Receiving::of(&args.output, printer.talk.screen());
    let result = connection
        .client
        .export_impex_watched(export, &args.output, overwrite, &mut receiving)
        .await
        .or_else(Error::into_outcome)
        .map_err(|error: Error| {
            // Before it was sent it would be a usage error.
            if error.kind() == ErrorKind::Io { Failure::Unwritten(error, Effect::Write) } else { error.into() }
        })?;
    drop(receiving);
    context.interrupt.now(Activity::Reading);
    let report = (!result.success()).then(|| report(&result));
    let rows = result.archive.as_ref().map(|archive| archive.entries.iter().filter_map(|entry| entry.rows).sum());
    if settings.json {
        let archive = result.archive.as_ref();
        printer.data.json(&ExportJson {
            success: report.is_none(),
            level: &result.level,
            summary: &result.summary,
            output: &result.output,
            file: archive.map(|_| args.output.display().to_string()),
            size: archive.map(|archive| archive.size),
            rows,
            entries: archive.map_or(&[], |archive| &archive.entries),
            further_downloads: &result.further_downloads,
            execution_time_ms: u64::try_from(result.elapsed.as_millis()).unwrap_or(u64::MAX),
            error: report.clone(),
        });
    }
    if let Some(report) = report {
        printer.data.flush();
        printer.talk.error(&report.message);
        if !settings.json {
            printer.talk.output(&result.output);
        }
        if let Some(hint) = &report.hint {
            printer.talk.hint(hint);
        }
        return Ok(Outcome::Refused);
    }
    if !settings.json
        && let Some(archive) = &result.archive
    {
        printer.data.line(&args.output.display().to_string());
        printer.data.flush();
        for entry in &archive.entries {
            let rows = entry.rows.map(|rows| format!(", {}", counted(rows, "row"))).unwrap_or_default();
            let size = entry.size.map_or_else(|| "over 4 GiB".to_owned(), |size| counted(size, "byte"));
            printer.talk.detail(&format!("  {}: {size}{rows}", entry.name));
        }
        let files = counted(archive.entries.len() as u64, "file");
        printer.talk.say(&format!(
            "{} in {files}, {}",
            counted(rows.unwrap_or_default(), "row"),
            counted(archive.size, "byte")
        ));
    }
    if !result.further_downloads.is_empty() {
        printer
            .talk
            .warn(&format!("HAC offers more, which was not downloaded: {}", result.further_downloads.join(", ")));
    }
    Ok(Outcome::Done(Effect::Write))
}

fn counted(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

fn report(result: &ImpexExportResult) -> Report {
    let why = if result.level.trim().eq_ignore_ascii_case("notice") { "; HAC offers no archive" } else { "" };
    Report {
        kind: "impex_failed".to_owned(),
        message: format!("the export failed: {}{why}", result.summary),
        hint: Some("no file was written; check that a line of code below the header exports something".to_owned()),
    }
}
