//! `hac logger …`.

use hac_client::nearest_names;
use hac_client::platform::{LogLevel, LogLevelChange, Logger};
use serde::Serialize;

use crate::args::{FilterArgs, LoggerCommand, LoggerSetArgs};
use crate::conclusion::refused;
use crate::diagnostics::{CommandResult, Effect, Outcome, Report};
use crate::interrupt::Activity;
use crate::job::Job;
use crate::output::Listing;

/// A change of the server's memory is lost with it.
const UNTIL_RESTART: &str = "on this node only, until it restarts";

pub(crate) async fn run(job: Job<'_>, command: &LoggerCommand) -> CommandResult {
    match command {
        LoggerCommand::List(args) => list(job, args).await,
        LoggerCommand::Set(args) => set(job, args).await,
    }
}

async fn list(job: Job<'_>, args: &FilterArgs) -> CommandResult {
    let format = job.row_format(args.rows.format)?;
    let connection = job.connect()?;
    let Job { printer, .. } = job;
    let loggers = connection.client.loggers().await?;
    let mut listing = Listing::new(&["name", "level", "parent"]);
    for Logger { name, level, parent, .. } in loggers.into_iter().filter(|logger| args.admits(&logger.name)) {
        listing.push([Some(name), level, parent]);
    }
    listing.print(format, &mut printer.data);
    if listing.rows.is_empty() {
        printer.talk.say(&args.nothing("logger"));
    }
    Ok(Outcome::Done(Effect::Read))
}

/// What `logger set` says as JSON.
#[derive(Serialize)]
struct ChangeJson<'a> {
    success: bool,
    logger: &'a str,
    level: &'a str,
    /// What the server lists after the change; null where it does not list the logger.
    effective_level: Option<&'a str>,
    parent: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Report>,
}

async fn set(job: Job<'_>, args: &LoggerSetArgs) -> CommandResult {
    let level: LogLevel = args.level.parse()?;
    let connection = job.connect()?;
    let Job { context, settings, printer } = job;
    context.interrupt.now(Activity::Writing { what: "change of the log level", host: connection.host });
    let change = connection.client.change_log_level(&args.name, level).await?;
    context.interrupt.now(Activity::Reading);
    let failure = (!change.success()).then(|| not_set(&args.name, &change));
    if settings.json {
        let listed = change.logger();
        printer.data.json(&ChangeJson {
            success: failure.is_none(),
            logger: &args.name,
            level: level.as_str(),
            effective_level: listed.and_then(|logger| logger.level.as_deref()),
            parent: listed.and_then(|logger| logger.parent.as_deref()),
            error: failure.clone(),
        });
    } else if failure.is_none() && !settings.volume.quiet {
        printer.data.line(&format!("{} is {level} now", args.name));
    }
    printer.data.flush();
    if let Some(report) = failure {
        return Ok(refused(&report, printer));
    }
    printer.talk.note(UNTIL_RESTART);
    Ok(Outcome::Done(Effect::Write))
}

/// Why the change failed.
fn not_set(name: &str, change: &LogLevelChange) -> Report {
    let LogLevelChange { level, loggers, .. } = change;
    let (message, hint) = match change.logger() {
        Some(logger) => (
            format!(
                "the server says that {name} is {}, not {level}",
                logger.level.as_deref().unwrap_or("without a level")
            ),
            "does something else set it? `hac logger list` shows all".to_owned(),
        ),
        None if loggers.is_empty() => (
            format!(
                "the server answered with the level {:?} of the logger {:?}, not {level} of {name}",
                change.level_name, change.logger_name
            ),
            "`hac logger list` shows the levels".to_owned(),
        ),
        None => {
            let near = nearest_names(name, loggers.iter().map(|logger| logger.name.as_str()));
            let hint = if near.is_empty() {
                "`hac logger list` shows the loggers".to_owned()
            } else {
                format!("did you mean {}? `hac logger list` shows all", near.join(" or "))
            };
            (format!("the server does not list a logger {name} after the change"), hint)
        }
    };
    Report { kind: "level_not_set".to_owned(), message, hint: Some(hint) }
}
