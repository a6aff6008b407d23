//! `hac session show`, `clear` and `clear-all`: what lies on this machine.

use std::collections::BTreeSet;

use hac_client::nearest_names;
use hac_client::session::SessionMetadata;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::Value;

use super::{Nothing, find, find_metadata, nothing_there, removed};
use crate::args::{ClearAllArgs, ShowArgs};
use crate::config::Config;
use crate::connection::manager;
use crate::context::RunContext;
use crate::diagnostics::{CommandResult, Effect, Outcome, usage};
use crate::interrupt::Activity;
use crate::job::Job;
use crate::output::Success;
use crate::printer::Printer;
use crate::settings::Settings;

/// The keys of hac-client-cli, whose times are local, and the same times as every other result has them.
#[derive(Serialize)]
pub(super) struct SessionJson {
    environment: String,
    url: String,
    username: String,
    session_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    csrf_token: Option<String>,
    /// A session without one has a null.
    #[serde(skip_serializing_if = "Option::is_none")]
    route_cookie: Option<Value>,
    created_at: String,
    last_used_at: String,
    age_seconds: f64,
    idle_seconds: f64,
    is_authenticated: bool,
    created_at_utc: String,
    last_used_at_utc: String,
}

impl SessionJson {
    pub(super) fn new(session: &SessionMetadata, detail: bool, reveal: bool) -> Self {
        let secret = |text: &str| if reveal { text.to_owned() } else { shortened(text) };
        Self {
            environment: session.environment.clone(),
            url: session.base_url.clone(),
            username: session.username.clone(),
            session_id: secret(session.session_id.expose()),
            csrf_token: detail.then(|| secret(session.csrf_token.expose())),
            route_cookie: detail.then(|| session.route_cookie.clone().into()),
            created_at: session.created_at_formatted(),
            last_used_at: session.last_used_at_formatted(),
            age_seconds: session.age_seconds(),
            idle_seconds: session.idle_seconds(),
            is_authenticated: session.is_authenticated,
            created_at_utc: utc(session.created_at),
            last_used_at_utc: utc(session.last_used_at),
        }
    }
}

pub(super) fn show(settings: &Settings, args: &ShowArgs, context: &RunContext, printer: &mut Printer) -> CommandResult {
    let Some(session) = find_metadata(settings)? else {
        let outcome = nothing_there(&settings.label(), Nothing::ToShow, settings, printer);
        if let Some(told) = not_configured(settings, context) {
            printer.data.flush();
            printer.talk.note(&told);
        }
        return Ok(outcome);
    };
    if settings.json {
        printer.data.json(&Success::of(SessionJson::new(&session, true, args.reveal)));
        return Ok(Outcome::Done(Effect::None));
    }
    let secret = |text: &str| if args.reveal { text.to_owned() } else { shortened(text) };
    let mut lines = vec![
        format!("Session: {}", session.environment),
        format!("  URL: {}", session.base_url),
        format!("  Username: {}", session.username),
        format!("  Status: {}", if session.is_authenticated { "authenticated" } else { "not authenticated" }),
        format!("  Session ID: {}", secret(session.session_id.expose())),
        format!("  CSRF Token: {}", secret(session.csrf_token.expose())),
    ];
    lines.extend(session.route_cookie.as_ref().map(|route| format!("  Route Cookie: {route}")));
    lines.extend([
        String::new(),
        format!("  Created: {}", session.created_at_formatted()),
        format!("  Last used: {}", session.last_used_at_formatted()),
        format!("  Age: {}", duration(session.age_seconds())),
        format!("  Idle: {}", duration(session.idle_seconds())),
    ]);
    for line in lines {
        printer.data.line(&line);
    }
    printer.data.flush();
    printer.talk.detail("`hac session check` checks whether it is still alive on the server");
    Ok(Outcome::Done(Effect::None))
}

/// That the environment is none of those that are configured, if there are any: its name may be misspelt.
fn not_configured(settings: &Settings, context: &RunContext) -> Option<String> {
    let typed = settings.typed_environment()?.split('/').next()?;
    let files = Config::all(&context.environment, context.directory.as_deref()).ok()?;
    let names: BTreeSet<&str> =
        files.iter().flat_map(|file| &file.environments).map(|environment| environment.name.as_str()).collect();
    if names.is_empty() || names.contains(typed) {
        return None;
    }
    let told = format!("the environment '{typed}' is not configured");
    Some(match nearest_names(typed, names).first() {
        Some(near) => format!("{told}: did you mean {near}?"),
        None => format!("{told}: `hac env list` lists those that are"),
    })
}

pub(super) fn clear(settings: &Settings, printer: &mut Printer) -> CommandResult {
    let Some(key) = find(settings)? else {
        // A logout has removed it already.
        return Ok(nothing_there(&settings.label(), Nothing::ToRemove, settings, printer));
    };
    manager(settings)?.remove_session(&key.base_url, &key.username, &key.label)?;
    Ok(removed(&key.label, &key, "Session cleared", settings, printer))
}

#[derive(Serialize)]
struct ClearedJson {
    success: bool,
    cleared: usize,
}

pub(super) fn clear_all(job: Job<'_>, args: &ClearAllArgs) -> CommandResult {
    let Job { context, settings, printer } = job;
    if settings.has_typed_target() {
        return Err(usage(
            "clear all sessions",
            "--environment, --endpoint, --url or --username names some of them",
            "to remove one session: hac session clear ENVIRONMENT",
        )
        .into());
    }
    if !args.force {
        let is_terminal = context.terminals.stdin;
        if is_terminal && !context.terminals.can_ask() {
            return Err(usage("clear all sessions", "the question would not be visible", "pass --force").into());
        }
        context.interrupt.now(Activity::Asking { doing: "clear all sessions", undone: "none was cleared" });
        let answer = printer.talk.ask("Clear all sessions? [y/N] ");
        context.interrupt.now(Activity::Reading);
        if !is_terminal {
            printer.talk.end_line();
        }
        // Piped in, an answer is an answer. Nothing at all is none.
        if answer.is_empty() && !is_terminal {
            return Err(usage("clear all sessions", "it was not confirmed", "pass --force").into());
        }
        if !matches!(answer.to_ascii_lowercase().as_str(), "y" | "yes") {
            if settings.json {
                printer.data.json(&ClearedJson { success: true, cleared: 0 });
            } else {
                printer.data.line("Cancelled");
            }
            return Ok(Outcome::Done(Effect::None));
        }
    }
    let cleared = manager(settings)?.clear_all_sessions()?;
    if settings.json {
        printer.data.json(&ClearedJson { success: true, cleared });
    } else if !settings.volume.quiet {
        printer.data.line(&format!("Cleared {cleared} session(s)"));
    }
    Ok(Outcome::Done(Effect::Write))
}

/// Enough to distinguish two sessions, too little to use one.
pub(super) fn shortened(secret: &str) -> String {
    let kept = (secret.chars().count() / 4).min(6);
    format!("{}...", secret.chars().take(kept).collect::<String>())
}

/// A time in the time zone of this machine: `2026-11-29 14:23:53`.
pub(super) fn time(seconds: f64) -> String {
    let time = SignedDuration::try_from_secs_f64(seconds).and_then(Timestamp::from_duration).unwrap_or_default();
    time.to_zoned_datetime(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// The same in UTC, as JSON has it: `2026-11-29T13:23:53.000Z`.
pub(super) fn utc(seconds: f64) -> String {
    let time = SignedDuration::try_from_secs_f64(seconds).and_then(Timestamp::from_duration).unwrap_or_default();
    time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// `12s`, `3m 4s`, `5h 6m`, as hac-client-cli writes it; `7d 8h` beyond.
pub(super) fn duration(seconds: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "ages are finite and never negative")]
    let seconds = seconds.max(0.0) as u64;
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{minutes}m {}s", seconds % 60),
        3_600..86_400 => format!("{hours}h {}m", minutes % 60),
        _ => format!("{days}d {}h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortened_secret_keeps_six_characters_at_most_and_a_quarter_of_a_short_one() {
        assert_eq!(shortened("0123456789ABCDEF0123456789ABCDEF"), "012345...");
        assert_eq!(shortened("12345678"), "12...");
        assert_eq!(shortened("abc"), "...");
    }

    #[test]
    fn durations_are_short() {
        let texts = [0.4, 59.9, 61.0, 3_599.0, 7_320.0, 90_000.0].map(duration);
        assert_eq!(texts, ["0s", "59s", "1m 1s", "59m 59s", "2h 2m", "1d 1h"]);
    }
}
