//! `hac session start` and `hac login`.

use hac_client::session::{SessionInfo, SessionSource};
use hac_client::{Error, Password};
use serde::Serialize;

use crate::commands::config::{Saved, has_news, save};
use crate::connection::{Connection, connect_apart};
use crate::credentials::KeyringUse;
use crate::diagnostics::{CommandResult, Effect, Outcome, usage};
use crate::ending::blocking;
use crate::job::Job;
use crate::keyring::Account;
use crate::printer::Printer;
use crate::settings::Settings;

/// What is printed of a session that has started.
#[derive(Serialize)]
struct StartedJson<'a> {
    success: bool,
    environment: &'a str,
    url: &'a str,
    username: &'a str,
    context_path: String,
    created_at: String,
    created_at_utc: String,
    source: SessionSource,
    #[serde(skip_serializing_if = "Option::is_none")]
    password_saved: Option<bool>,
}

/// Logs in unless a session is alive. With `save_endpoint` URL, user and trust are kept in the configuration.
pub(super) async fn start(job: Job<'_>, save_endpoint: bool) -> CommandResult {
    let saved = if save_endpoint { Some(to_save(job.settings)?) } else { None };
    let connection = connect(&job, saved.as_ref(), KeyringUse::Source)?;
    let info = connection.client.login().await?;
    if let Some(saved) = &saved {
        save(job.settings, saved, false, job.context)?;
    }
    print(&info, None, job.settings, job.printer);
    if connection.auth.is_given_a_password() && info.source != SessionSource::LoggedIn {
        job.printer.data.flush();
        let target = job.settings.typed_target();
        job.printer.talk.note(&format!(
            "the password was not looked at, since the session is still good; to log in with it, run `hac logout{target}` first"
        ));
    }
    Ok(Outcome::Done(Effect::Read))
}

/// The same, and keeps the password in the keyring. Where that cannot be, the rest is kept all the same, if it has a name.
pub(super) async fn remember(job: Job<'_>) -> CommandResult {
    let settings = job.settings;
    // An endpoint has no place in the configuration without a name, and is there already if nothing new was typed.
    let is_named = settings.typed_environment().is_some();
    let is_new = is_named && has_news(settings)?;
    let saved = if is_new { Some(to_save(settings)?) } else { None };
    let connection = connect(&job, saved.as_ref(), KeyringUse::Destination)?;
    let account = Account::new(&settings.base_url()?, connection.auth.username());
    // Before anybody types a password.
    let checked = account.check();
    if !is_named {
        checked.clone().map_err(|error| {
            let hint = error.hint().map(|hint| format!("{hint}; ")).unwrap_or_default();
            error.with_hint(format!("{hint}`hac login NAME --save` keeps URL, user and trust in the configuration"))
        })?;
    }
    let info = connection.client.login().await?;
    let kept = match checked {
        Ok(()) => account.keep(&accepted(&job, &connection, &info).await?),
        cannot => cannot,
    };
    if let Some(saved) = &saved {
        save(settings, saved, false, job.context)?;
    }
    if !is_named {
        kept.clone()?;
    }
    print(&info, Some(kept.is_ok()), settings, job.printer);
    if let Err(error) = kept {
        job.printer.data.flush();
        let hint = error.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
        job.printer.talk.warn(&format!("the password was not saved: {}{hint}", error.why()));
    }
    Ok(Outcome::Done(Effect::Write))
}

fn connect(job: &Job<'_>, saved: Option<&Saved<'_>>, keyring: KeyringUse) -> Result<Connection, Error> {
    let label = match saved {
        Some(Saved { environment, endpoint }) => format!("{environment}/{endpoint}"),
        None => job.settings.label(),
    };
    if job.settings.no_cache {
        return Err(usage("start a session", "--no-cache would discard it at once", "remove --no-cache"));
    }
    if let Some(saved) = saved {
        // What cannot be kept is said before anybody types a password.
        save(job.settings, saved, true, job.context)?;
    }
    job.connect_to_start(&label, keyring)
}

/// A password that the server has accepted: that of the login, or if there was none, that of another login for this purpose alone.
async fn accepted(job: &Job<'_>, connection: &Connection, info: &SessionInfo) -> Result<Password, Error> {
    if info.source != SessionSource::LoggedIn {
        let apart = connect_apart(job.settings, job.context, &job.printer.talk, connection)?;
        apart.login().await?;
        if let Err(error) = apart.logout().await {
            job.printer.talk.warn(&format!("the session that was started to check the password may be alive: {error}"));
        }
    }
    let password = blocking(|| connection.auth.password())?;
    password.ok_or_else(|| usage("save the password", "there is none", connection.auth.ways()))
}

fn print(info: &SessionInfo, password_saved: Option<bool>, settings: &Settings, printer: &mut Printer) {
    if settings.json {
        printer.data.json(&StartedJson {
            success: true,
            environment: &info.environment,
            url: &info.base_url,
            username: &info.username,
            context_path: info.context_path.to_string(),
            created_at: super::stored::time(info.created_at),
            created_at_utc: super::stored::utc(info.created_at),
            source: info.source,
            password_saved,
        });
    } else if !settings.volume.quiet {
        let verb = match info.source {
            SessionSource::LoggedIn => "started",
            _ => "reused",
        };
        printer.data.line(&format!("Session {verb} for '{}'", info.environment));
        printer.data.line(&format!("  User: {}", info.username));
        printer.data.line(&format!("  URL: {}", info.base_url));
        if password_saved == Some(true) {
            printer.data.line("  Password: saved in the system's keyring");
        }
    }
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
