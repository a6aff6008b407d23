//! `hac logger set`: for good, or for a while.

use std::time::Duration;

use hac_client::platform::{LogLevel, LogLevelChange, Logger};
use hac_client::{Error, ErrorKind, HacClient, Hint, nearest_names};
use serde::Serialize;
use tokio::time::{Instant, sleep};

use super::level::level_without;
use crate::args::LoggerSetArgs;
use crate::conclusion::refused;
use crate::connection::Connection;
use crate::context::RunContext;
use crate::diagnostics::{CommandResult, Effect, Outcome, Report};
use crate::ending;
use crate::interrupt::Activity;
use crate::job::Job;

/// A change of the server's memory is lost with it.
const UNTIL_RESTART: &str = "on this node only, until it restarts";

/// How often the session is used during a wait at the least, so that it does not end because nobody uses it.
const KEEP_ALIVE: Duration = Duration::from_secs(60);

/// How soon a signal is noticed.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// What `logger set` says as JSON.
#[derive(Serialize)]
pub(in crate::commands) struct Levelled<'a> {
    success: bool,
    logger: &'a str,
    level: &'a str,
    /// What the server lists after the change; null where it does not list the logger.
    effective_level: Option<String>,
    parent: Option<String>,
    /// The level before, its own or inherited; null where the server does not say.
    previous_level: Option<String>,
    /// The level after `--for`.
    #[serde(skip_serializing_if = "Option::is_none")]
    restored_level: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Report>,
}

impl<'a> Levelled<'a> {
    pub(in crate::commands) fn new(
        logger: &'a str,
        change: &LogLevelChange,
        restored_level: Option<&'a str>,
        error: Option<Report>,
    ) -> Self {
        let listed = change.logger();
        Self {
            success: error.is_none(),
            logger,
            level: change.level.as_str(),
            effective_level: listed.and_then(|logger| logger.level.clone()),
            parent: listed.and_then(|logger| logger.parent.clone()),
            previous_level: change.previous.clone(),
            restored_level,
            error,
        }
    }

    /// Of a logger that has the level already.
    pub(in crate::commands) fn untouched(name: &'a str, level: LogLevel, now: &Logger) -> Self {
        Self {
            success: true,
            logger: name,
            level: level.as_str(),
            effective_level: now.level.clone(),
            parent: now.parent.clone(),
            previous_level: now.level.clone(),
            restored_level: None,
            error: None,
        }
    }
}

pub(super) async fn run(job: Job<'_>, args: &LoggerSetArgs) -> CommandResult {
    let level: LogLevel = args.level.parse()?;
    let connection = job.connect()?;
    let Job { context, settings, printer } = job;
    let lent = match args.lasting {
        Some(time) => {
            let loggers = connection.client.loggers().await?;
            Some((time, level_without(&args.name, &loggers)?))
        }
        None => None,
    };
    let host = connection.host.clone();
    match lent {
        // Before it is sent, so that there is no moment in which a signal leaves the level changed.
        Some((_, before)) => {
            let (what, put_back) = (format!("level of {}", args.name), command(&args.name, before));
            context.interrupt.now(Activity::Lending { what, host, put_back });
            ending::restore_first();
        }
        None => context.interrupt.now(Activity::Writing { what: "change of the log level", host }),
    }
    let change = connection.client.replace_log_level(&args.name, level).await?;
    if lent.is_none() {
        context.interrupt.now(Activity::Reading);
    }
    let mut failure = (!change.success()).then(|| not_set(&args.name, &change));
    let mut restored = None;
    if failure.is_none() && !settings.json && !settings.volume.quiet {
        printer.data.line(&format!("{} is {level} now", args.name));
        printer.data.flush();
    }
    if failure.is_none() && change.is_new {
        printer.talk.note(&unlisted(&args.name, &change));
    }
    if let (Some((time, before)), None) = (lent, &failure) {
        printer.talk.say(&format!("it is set back to {before} in {} s, or on Ctrl-C", time.as_secs()));
        failure = put_back(&connection, context, &args.name, (level, before), time).await?;
        restored = failure.is_none().then_some(before.as_str());
        if restored.is_some() && !settings.json && !settings.volume.quiet {
            printer.data.line(&format!("{} is {before} again", args.name));
        }
    }
    if settings.json {
        printer.data.json(&Levelled::new(&args.name, &change, restored, failure.clone()));
    }
    printer.data.flush();
    if let Some(report) = failure {
        return Ok(refused(&report, printer));
    }
    if args.lasting.is_none() {
        if let Some(previous) = change.previous.as_deref().filter(|previous| *previous != level.as_str()) {
            printer.talk.say(&format!("it was {previous}"));
        }
        printer.talk.note(UNTIL_RESTART);
    }
    Ok(Outcome::Done(Effect::Write))
}

/// Waits, and sets the level that was there before, unless somebody else has changed it since. A signal ends the wait; what is set back is the same.
async fn put_back(
    connection: &Connection,
    context: &RunContext,
    name: &str,
    (lent, before): (LogLevel, LogLevel),
    time: Duration,
) -> hac_client::Result<Option<Report>> {
    let command = command(name, before);
    let node = node_of(&connection.client);
    wait(&connection.client, context, time).await;
    // What cannot be read is set back.
    let loggers = connection.client.loggers().await.unwrap_or_default();
    let now = loggers.iter().find(|logger| logger.name == name).and_then(|logger| logger.level.as_deref());
    if let Some(now) = now.filter(|now| *now != lent.as_str() && *now != before.as_str()) {
        return Ok(Some(Report {
            kind: "level_not_set".to_owned(),
            message: format!(
                "{name} was changed again in the meantime: it is {now}, not {lent}, and was not set back to {before}"
            ),
            hint: Some(format!("to set it back all the same, use `{command}`")),
        }));
    }
    let change = connection
        .client
        .replace_log_level(name, before)
        .await
        .map_err(|error| not_set_back(error, name, before, &command))?;
    let elsewhere = node_of(&connection.client) != node;
    Ok(if elsewhere {
        Some(Report {
            kind: "level_not_set".to_owned(),
            message: format!(
                "{name} was set back on another node than the one on which it was changed, which may have gone"
            ),
            hint: Some(format!("set it there with `{command} --route NODE`")),
        })
    } else {
        (!change.success()).then(|| not_set(name, &change))
    })
}

/// Waits for a time, or until a signal comes. The session is kept alive meanwhile; nobody logs in for that.
async fn wait(client: &HacClient, context: &RunContext, time: Duration) {
    let until = Instant::now() + time;
    let pause = (time / 2).clamp(Duration::from_secs(1), KEEP_ALIVE);
    let mut next = Instant::now() + pause;
    while next < until {
        signal_or(next, context).await;
        if context.interrupt.signal().is_some() {
            return;
        }
        tokio::select! {
            // Whether it was of any use shows when the level is set back.
            _ = client.check() => {}
            () = signal_or(until, context) => return,
        }
        next += pause;
    }
    signal_or(until, context).await;
}

/// Waits until then, or until a signal comes.
async fn signal_or(until: Instant, context: &RunContext) {
    while Instant::now() < until && context.interrupt.signal().is_none() {
        sleep(BETWEEN_LOOKS.min(until - Instant::now())).await;
    }
}

/// The error of a level that could not be set back, whatever call it came from.
fn not_set_back(error: Error, name: &str, before: LogLevel, command: &str) -> Error {
    let next = Hint::from(format!("{name} may still be changed: set it with `{command}`"));
    // Without the ways to give a password the command would end as this one did.
    let hint = match error.hint() {
        Some(ways) if error.kind() == ErrorKind::SessionEnded => Hint::All(vec![next, ways.clone()]),
        _ => next,
    };
    error.while_doing(format!("set {name} back to {before}")).with_hint(hint)
}

/// The command that sets a level back.
fn command(name: &str, level: LogLevel) -> String {
    format!("hac logger set {name} {level}")
}

/// The node of the session, if the balancer named it.
fn node_of(client: &HacClient) -> Option<String> {
    client.export_session()?.metadata().route_cookie.clone()
}

/// A note of a logger that came to be by the change.
fn unlisted(name: &str, change: &LogLevelChange) -> String {
    let others = change.loggers.iter().map(|logger| logger.name.as_str()).filter(|other| *other != name);
    let near = nearest_names(name, others).into_iter().find(|near| is_slip(name, near));
    let meant = near.map(|near| format!(" (did you mean {near}?)")).unwrap_or_default();
    format!("the server listed no logger {name} before{meant}")
}

/// Whether two names differ by one or two letters in one place. A new logger beside known ones is no mistake.
fn is_slip(one: &str, other: &str) -> bool {
    const LETTERS: usize = 2;
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let before = one.iter().zip(&other).take_while(|(one, other)| one == other).count();
    let (one, other) = (&one[before..], &other[before..]);
    let behind = one.iter().rev().zip(other.iter().rev()).take_while(|(one, other)| one == other).count();
    one.len() - behind <= LETTERS && other.len() - behind <= LETTERS
}

/// Why the change failed.
pub(in crate::commands) fn not_set(name: &str, change: &LogLevelChange) -> Report {
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
