//! `hac session …`.

mod carry;
mod stored;

use hac_client::session::{SessionMetadata, SessionSource, SessionState};
use hac_client::{Error, ErrorKind};
use serde::Serialize;

use crate::args::{SessionCommand, StartArgs};
use crate::commands::config::{Saved, save};
use crate::conclusion::refused;
use crate::connection::{Key, manager};
use crate::diagnostics::{CommandResult, Effect, Outcome, Report, usage};
use crate::job::Job;
use crate::printer::Printer;
use crate::settings::Settings;

pub(crate) async fn run(job: Job<'_>, command: &SessionCommand) -> CommandResult {
    match command {
        SessionCommand::Start(args) => start(job, args).await,
        SessionCommand::List(args) => stored::list(job.settings, args, job.printer),
        SessionCommand::Show(args) => stored::show(job.settings, args, job.printer),
        SessionCommand::Check(_) => check(job).await,
        SessionCommand::End(_) => end(job).await,
        SessionCommand::Clear(args) => {
            if args.logout {
                logout_for_clear(&job).await?;
            }
            stored::clear(job.settings, job.printer)
        }
        SessionCommand::ClearAll(args) => stored::clear_all(job, args),
        SessionCommand::Export(args) => carry::export(job.settings, args, job.printer),
        SessionCommand::Import(args) => carry::import(job, args),
    }
}

/// The output of `session start`.
#[derive(Serialize)]
struct StartedJson<'a> {
    success: bool,
    environment: &'a str,
    url: &'a str,
    username: &'a str,
    context_path: String,
    created_at: f64,
    source: SessionSource,
}

async fn start(job: Job<'_>, args: &StartArgs) -> CommandResult {
    let saved = if args.save { Some(to_save(job.settings)?) } else { None };
    let label = match &saved {
        Some(Saved { environment, endpoint }) => format!("{environment}/{endpoint}"),
        None => job.settings.label(),
    };
    if job.settings.no_cache {
        return Err(usage("start a session", "--no-cache would discard it at once", "remove --no-cache").into());
    }
    if let Some(saved) = &saved {
        // What cannot be kept is said before anybody types a password.
        save(job.settings, saved, true, job.context)?;
    }
    let connection = job.connect_to_start(&label)?;
    let Job { settings, printer, context } = job;
    let info = connection.client.login().await?;
    if let Some(saved) = &saved {
        save(settings, saved, false, context)?;
    }
    if settings.json {
        printer.data.json(&StartedJson {
            success: true,
            environment: &info.environment,
            url: &info.base_url,
            username: &info.username,
            context_path: info.context_path.to_string(),
            created_at: info.created_at,
            source: info.source,
        });
    } else if !settings.volume.quiet {
        let verb = match info.source {
            SessionSource::LoggedIn => "started",
            _ => "reused",
        };
        printer.data.line(&format!("Session {verb} for '{}'", info.environment));
        printer.data.line(&format!("  User: {}", info.username));
        printer.data.line(&format!("  URL: {}", info.base_url));
    }
    Ok(Outcome::Done(Effect::Read))
}

/// The endpoint for `--save`: it needs a name.
fn to_save(settings: &Settings) -> Result<Saved<'_>, Error> {
    let Some(environment) = settings.typed_environment() else {
        return Err(usage(
            "keep the endpoint",
            "it has no name",
            "name the environment: hac session start NAME --save",
        ));
    };
    settings.base_url()?;
    Ok(Saved { environment, endpoint: settings.endpoint_given().unwrap_or("hac") })
}

/// The answer of `check`, `end` and `clear`.
#[derive(Serialize)]
struct AnswerJson<'a> {
    success: bool,
    environment: &'a str,
    url: Option<&'a str>,
    username: Option<&'a str>,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Report>,
}

async fn check(job: Job<'_>) -> CommandResult {
    let key = find(job.settings)?;
    let label = label_of(key.as_ref(), job.settings);
    let connection = key.as_ref().map(|key| job.connect_without_password(key)).transpose()?;
    let Job { settings, printer, .. } = job;
    let (Some(key), Some(connection)) = (key, connection) else { return Ok(absent(&label, settings, printer)) };
    let (state, alive, text) = match connection.client.check().await? {
        SessionState::Alive => ("alive", true, "is alive"),
        SessionState::AliveWithoutRight => {
            ("alive_without_right", true, "is alive, without permission to see HAC's first page")
        }
        SessionState::Initializing => ("initializing", true, "is kept, but the system is being initialised or updated"),
        SessionState::Absent => return Ok(absent(&label, settings, printer)),
        _ => ("dead", false, ""),
    };
    let error = (!alive).then(|| Report {
        kind: ErrorKind::SessionEnded.code().to_owned(),
        message: format!("the session for '{label}' has ended: {} on {}", key.username, key.base_url),
        hint: Some("the next command logs in again if it has a password; or run `hac session start`".to_owned()),
    });
    if settings.json {
        printer.data.json(&AnswerJson {
            success: alive,
            environment: &label,
            url: Some(&key.base_url),
            username: Some(&key.username),
            state,
            error: error.clone(),
        });
    } else if alive && !settings.volume.quiet {
        printer.data.line(&format!("The session for '{label}' {text}: {} on {}", key.username, key.base_url));
    }
    printer.data.flush();
    let Some(report) = error else { return Ok(Outcome::Done(Effect::Read)) };
    refused(&report, printer);
    Ok(Outcome::NoSession)
}

fn absent(label: &str, settings: &Settings, printer: &mut Printer) -> Outcome {
    let report = Report {
        kind: ErrorKind::SessionEnded.code().to_owned(),
        message: format!("there is no session for '{label}'"),
        hint: Some("`hac session list` shows the cached ones, `hac session start` creates one".to_owned()),
    };
    if settings.json {
        printer.data.json(&AnswerJson {
            success: false,
            environment: label,
            url: settings.url_given().map(|url| url.value.as_str()),
            username: settings.username_given().map(|name| name.value.as_str()),
            state: "absent",
            error: Some(report.clone()),
        });
        printer.data.flush();
    }
    refused(&report, printer);
    Outcome::NoSession
}

async fn end(job: Job<'_>) -> CommandResult {
    let key = find(job.settings)?;
    let label = label_of(key.as_ref(), job.settings);
    let connection = key.as_ref().map(|key| job.connect_without_password(key)).transpose()?;
    let Job { settings, printer, .. } = job;
    let (Some(key), Some(connection)) = (key, connection) else {
        return Ok(nothing_to_remove(&label, settings, printer));
    };
    if !connection.client.logout().await? {
        return Ok(nothing_to_remove(&label, settings, printer));
    }
    Ok(removed(&label, &key, "Session ended", settings, printer))
}

/// Logs out for `clear --logout`. The session is removed afterwards whatever the server said.
async fn logout_for_clear(job: &Job<'_>) -> Result<(), Error> {
    let Some(key) = find(job.settings)? else { return Ok(()) };
    let connection = job.connect_without_password(&key)?;
    if let Err(error) = connection.client.logout().await {
        job.printer.talk.warn(&format!("the session may still be alive on the server: {error}"));
    }
    Ok(())
}

fn nothing_to_remove(label: &str, settings: &Settings, printer: &mut Printer) -> Outcome {
    if settings.json {
        printer.data.json(&AnswerJson {
            success: true,
            environment: label,
            url: None,
            username: None,
            state: "absent",
            error: None,
        });
    } else if !settings.volume.quiet {
        printer.data.line(&format!("No active session for environment '{label}'"));
    }
    Outcome::Done(Effect::None)
}

fn removed(label: &str, key: &Key, text: &str, settings: &Settings, printer: &mut Printer) -> Outcome {
    if settings.json {
        printer.data.json(&AnswerJson {
            success: true,
            environment: label,
            url: Some(&key.base_url),
            username: Some(&key.username),
            state: "removed",
            error: None,
        });
    } else if !settings.volume.quiet {
        printer.data.line(&format!("{text} for environment '{label}'"));
    }
    Outcome::Done(Effect::Write)
}

/// The label of the session that was found, or of the one that was looked for.
fn label_of(key: Option<&Key>, settings: &Settings) -> String {
    key.map_or_else(|| settings.label(), |key| key.label.clone())
}

/// The stored session of the label. What was typed decides; what the environment says helps only
/// where there are several.
fn find(settings: &Settings) -> Result<Option<Key>, Error> {
    Ok(find_metadata(settings)?.map(|found| Key {
        base_url: found.base_url,
        username: found.username,
        label: found.environment,
    }))
}

fn find_metadata(settings: &Settings) -> Result<Option<SessionMetadata>, Error> {
    for label in settings.labels() {
        if let Some(found) = find_labelled(settings, &label)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn find_labelled(settings: &Settings, label: &str) -> Result<Option<SessionMetadata>, Error> {
    let url = match settings.url_given() {
        Some(given) => Some((settings.base_url()?.as_str().to_owned(), given.is_explicit())),
        None => None,
    };
    let user = settings.username_given().map(|given| (given.value.clone(), given.is_explicit()));
    let mut found = manager(settings)?.list_sessions()?;
    found.retain(|session| {
        session.environment == label
            && url.as_ref().is_none_or(|(url, explicit)| !explicit || *url == session.base_url)
            && user.as_ref().is_none_or(|(user, explicit)| !explicit || *user == session.username)
    });
    if found.len() > 1 {
        narrow(&mut found, |session| url.as_ref().is_some_and(|(url, _)| *url == session.base_url));
        narrow(&mut found, |session| user.as_ref().is_some_and(|(user, _)| *user == session.username));
    }
    if found.len() > 1 {
        let names: Vec<String> =
            found.iter().map(|session| format!("{} on {}", session.username, session.base_url)).collect();
        return Err(usage(
            "choose the session",
            format!("'{label}' has several: {}", names.join(", ")),
            "choose one with --url and --username",
        ));
    }
    Ok(found.pop())
}

/// Keeps what fits, if something does.
fn narrow(sessions: &mut Vec<SessionMetadata>, fits: impl Fn(&SessionMetadata) -> bool) {
    if sessions.iter().any(&fits) {
        sessions.retain(fits);
    }
}
