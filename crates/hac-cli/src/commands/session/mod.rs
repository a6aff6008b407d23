//! `hac session …`.

mod export;
mod import;
mod list;
mod start;
mod stored;

use hac_client::network::BaseUrl;
use hac_client::session::{SessionMetadata, SessionState};
use hac_client::{Error, ErrorKind};
use serde::Serialize;

use crate::args::{LoginArgs, LogoutArgs, SessionCommand};
use crate::conclusion::refused;
use crate::connection::{Key, manager};
use crate::diagnostics::{CommandResult, Effect, Outcome, Report, usage};
use crate::hints::hint_of;
use crate::job::Job;
use crate::keyring::Account;
use crate::printer::Printer;
use crate::settings::Settings;

pub(crate) async fn run(job: Job<'_>, command: &SessionCommand) -> CommandResult {
    match command {
        SessionCommand::Start(args) => start::start(job, args.save).await,
        SessionCommand::List(args) => list::list(job, args).await,
        SessionCommand::Show(args) => stored::show(job.settings, args, job.context, job.printer),
        SessionCommand::Check(_) => check(job).await,
        SessionCommand::End(_) => end(job, false).await,
        SessionCommand::Clear(args) => {
            if args.logout {
                logout_for_clear(&job).await?;
            }
            stored::clear(job.settings, job.printer)
        }
        SessionCommand::ClearAll(args) => stored::clear_all(job, args),
        SessionCommand::Export(args) => export::export(job.settings, args, job.printer),
        SessionCommand::Import(args) => import::import(job, args).await,
    }
}

pub(crate) async fn login(job: Job<'_>, args: &LoginArgs) -> CommandResult {
    if args.save { start::remember(job).await } else { start::start(job, false).await }
}

pub(crate) async fn logout(job: Job<'_>, args: &LogoutArgs) -> CommandResult {
    end(job, args.forget).await
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
    password_removed: Option<bool>,
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
            password_removed: None,
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

/// What to do where there is no session.
fn where_sessions_are(settings: &Settings) -> String {
    match settings.base_url() {
        Ok(_) => "`hac session list` shows the cached ones, `hac session start` creates one".to_owned(),
        // None can be started for what is not configured.
        Err(error) => match hint_of(&error) {
            Some(hint) => format!("{hint}; `hac session list` shows the cached sessions"),
            None => "`hac session list` shows the cached ones".to_owned(),
        },
    }
}

fn absent(label: &str, settings: &Settings, printer: &mut Printer) -> Outcome {
    let report = Report {
        kind: ErrorKind::SessionEnded.code().to_owned(),
        message: format!("there is no session for '{label}'"),
        hint: Some(where_sessions_are(settings)),
    };
    if settings.json {
        printer.data.json(&AnswerJson {
            success: false,
            environment: label,
            url: settings.url_given().map(|url| url.value.as_str()),
            username: settings.username_given().map(|name| name.value.as_str()),
            state: "absent",
            password_removed: None,
            error: Some(report.clone()),
        });
        printer.data.flush();
    }
    refused(&report, printer);
    Outcome::NoSession
}

/// Logs out. `forget` is whether the keyring's password is removed too.
async fn end(job: Job<'_>, forget: bool) -> CommandResult {
    let key = find(job.settings)?;
    let label = label_of(key.as_ref(), job.settings);
    // Even if the server cannot be reached afterwards.
    let forgotten = if forget { Some(account(key.as_ref(), job.settings)?.forget()?) } else { None };
    let connection = key.as_ref().map(|key| job.connect_without_password(key)).transpose()?;
    let ended = match &connection {
        Some(connection) => connection.client.logout().await?,
        None => false,
    };
    let Job { settings, printer, .. } = job;
    if !ended && forgotten != Some(true) {
        return Ok(absent(&label, settings, printer));
    }
    if settings.json {
        printer.data.json(&AnswerJson {
            success: true,
            environment: &label,
            url: key.as_ref().map(|key| key.base_url.as_str()),
            username: key.as_ref().map(|key| key.username.as_str()),
            state: if ended { "removed" } else { "absent" },
            password_removed: forgotten,
            error: None,
        });
    } else if !settings.volume.quiet {
        let ended = if ended { "Session ended" } else { "No active session" };
        printer.data.line(&format!("{ended} for environment '{label}'"));
        if let Some(forgotten) = forgotten {
            let what = if forgotten { "removed from" } else { "not in" };
            printer.data.line(&format!("Password {what} the system's keyring"));
        }
    }
    Ok(Outcome::Done(Effect::Write))
}

/// Whose password the keyring has: that of the session, or of the user whom the settings name.
fn account(key: Option<&Key>, settings: &Settings) -> Result<Account, Error> {
    match key {
        Some(key) => Ok(Account::new(&BaseUrl::parse(&key.base_url)?, &key.username)),
        None => Ok(Account::new(&settings.base_url()?, &settings.username()?)),
    }
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

/// What a session was wanted for that is not there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nothing {
    ToShow,
    ToRemove,
}

/// Says what hac-client-cli says, which is no error there. There being nothing to remove is a success.
fn nothing_there(label: &str, nothing: Nothing, settings: &Settings, printer: &mut Printer) -> Outcome {
    if settings.json {
        printer.data.json(&AnswerJson {
            success: nothing == Nothing::ToRemove,
            environment: label,
            url: None,
            username: None,
            state: "absent",
            password_removed: None,
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
            password_removed: None,
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
        (session.environment == label || full_name(session) == label)
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

/// The name of a session among those that have the same label, as `hac session list -q` prints it.
fn full_name(session: &SessionMetadata) -> String {
    format!("{}:{}@{}", session.environment, session.username, session.base_url)
}

/// Keeps what fits, if something does.
fn narrow(sessions: &mut Vec<SessionMetadata>, fits: impl Fn(&SessionMetadata) -> bool) {
    if sessions.iter().any(&fits) {
        sessions.retain(fits);
    }
}
