//! `hac audit undo`: a property or a logger gets the value back that it had before it was set.

mod setting;

use hac_client::audit::{Audit, AuditEntry};
use hac_client::protection::Protection;
use hac_client::{HacClient, Result};
use serde::Serialize;

use self::setting::{ChangeJson, DOING, Present, Setting};
use crate::args::UndoArgs;
use crate::conclusion::refused;
use crate::diagnostics::{CommandResult, Effect, Outcome, usage};
use crate::ending;
use crate::interrupt::Activity;
use crate::job::Job;

/// What `audit undo` says as JSON.
#[derive(Serialize)]
struct UndoneJson<'a> {
    #[serde(flatten)]
    change: ChangeJson<'a>,
    /// The entry of the change that was undone.
    undone: &'a str,
    /// Whether something was sent: not for a change that is undone already.
    written: bool,
}

pub(super) async fn run(job: Job<'_>, args: &UndoArgs) -> CommandResult {
    let entry = find(&args.id)?;
    let setting = Setting::of(&entry)?;
    let before = setting.before();
    let url = job.settings.base_url()?;
    if url.as_str() != entry.url {
        return Err(usage(
            DOING,
            format!(
                "it was made on {} (environment {}), and this command is for {}",
                entry.url,
                entry.environment,
                url.as_str()
            ),
            format!("choose the environment with -e, or pass --url {}", entry.url),
        )
        .into());
    }
    let connection = job.connect()?;
    let Job { context, settings, printer } = job;
    if let Some(its) = entry.node.as_deref().filter(|_| connection.client.protection() != Protection::ReadOnly) {
        connection.client.login().await?;
        refuse_other_node(its, &connection.client)?;
    }
    // On a server that is read-only the change itself is refused.
    if connection.client.protection() != Protection::ReadOnly {
        let present = setting.look(&connection.client).await?;
        if let Some(change) = setting.untouched(&present) {
            if settings.json {
                printer.data.json(&UndoneJson { change, undone: &entry.id, written: false });
            } else if !settings.volume.quiet {
                printer.data.line(&setting.line());
            }
            printer.data.flush();
            printer.talk.say(&format!(
                "it is undone already: the {} has this {}; nothing was written",
                setting.kind(),
                setting.noun()
            ));
            return Ok(Outcome::Done(Effect::Read));
        }
        let by = || known_change(&entry, &present);
        if let Some(told) = obstacle(&setting, &present, entry.after.as_deref(), by)? {
            if args.force {
                printer.talk.note(&told);
            } else if context.terminals.can_ask() {
                printer.talk.warn(&told);
                if !printer.talk.confirm(&format!("Put '{before}' back anyway? [y/N] ")) {
                    return Err(usage(DOING, "it was not confirmed", "nothing was written").into());
                }
            } else {
                let hint = format!("to put '{before}' back all the same, pass --force; nothing was written");
                return Err(usage(DOING, told, hint).into());
            }
        }
    }
    context.interrupt.now(Activity::Writing { what: setting.activity(), host: connection.host });
    let restored = setting.put_back(&connection.client, entry.created).await?;
    context.interrupt.now(Activity::Reading);
    if settings.json {
        printer.data.json(&UndoneJson { change: restored.json, undone: &entry.id, written: true });
    } else if restored.failure.is_none() && !settings.volume.quiet {
        printer.data.line(&setting.line());
    }
    printer.data.flush();
    if let Some(report) = restored.failure {
        return Ok(refused(&report, printer));
    }
    if let Some(now) = restored.previous.as_deref().filter(|now| *now != before) {
        printer.talk.say(&format!("it was {now}"));
    }
    if let Some(note) = restored.note {
        printer.talk.note(&note);
    }
    Ok(Outcome::Done(Effect::Write))
}

/// The later change that set the value which the setting has now: the last one that was recorded on this machine.
fn known_change(undone: &AuditEntry, present: &Present) -> Result<Option<AuditEntry>> {
    let Some(value) = present.value() else { return Ok(None) };
    let is_of_it = |entry: &AuditEntry| {
        entry.url == undone.url
            && entry.path == undone.path
            && entry.node == undone.node
            && setting::name_in(entry) == setting::name_in(undone)
    };
    // An entry that is looked at while the log is read has no outcome yet.
    let found = ending::blocking(|| Audit::in_default_file().entries(0, is_of_it))?.entries;
    let last = found.into_iter().rfind(|entry| entry.outcome.as_deref() == Some("ok"));
    Ok(last.filter(|last| last.id != undone.id && last.after.as_deref() == Some(value)))
}

/// Why it is not certain that the value is still the one that the change left behind; `by` is the later change, if one is known.
fn obstacle(
    setting: &Setting<'_>,
    present: &Present,
    after: Option<&str>,
    by: impl FnOnce() -> Result<Option<AuditEntry>>,
) -> Result<Option<String>> {
    let (name, kind, noun) = (setting.name(), setting.kind(), setting.noun());
    Ok(Some(match (present, after) {
        (Present::Value(value) | Present::Level(_, value), Some(after)) if value == after => return Ok(None),
        (Present::Value(value) | Present::Level(_, value), Some(after)) => {
            let by = match by()? {
                Some(entry) => format!("by {} at {}, entry {}", entry.hac_user, entry.at_formatted(), entry.id),
                None => "it is not known by whom".to_owned(),
            };
            format!("{name} was changed again, {by}: the recorded change set '{after}', and now it is '{value}'")
        }
        (Present::Value(value) | Present::Level(_, value), None) => {
            format!(
                "{name} is '{value}' now, and the {noun} that the change set is not recorded: it may have been changed again"
            )
        }
        (Present::Masked, _) => format!("the server masks the value of {name} now: it may have been changed again"),
        (Present::Absent, _) => format!("the server shows no {kind} {name} any more"),
        (Present::Unseen, _) => format!("the {noun} of {name} cannot be read: it may have been changed again"),
    }))
}

/// A property of another node is another one, and so is a logger.
fn refuse_other_node(its: &str, client: &HacClient) -> Result<()> {
    let session = client.export_session().and_then(|session| session.metadata().route_cookie.clone());
    let node = session.as_deref().map(|cookie| cookie.strip_prefix("ROUTE=").unwrap_or(cookie));
    if node == Some(its) {
        return Ok(());
    }
    let here = node.unwrap_or("one that the load balancer does not name");
    Err(usage(
        DOING,
        format!("it was made on the node {its}, and this session is on {here}"),
        format!("pass --route {its}"),
    ))
}

/// The one entry whose id begins so.
fn find(id: &str) -> Result<AuditEntry> {
    let mut found = ending::blocking(|| Audit::in_default_file().entries(0, |entry| entry.id.starts_with(id)))?.entries;
    // The beginning of an id may be a whole one, too: `a-1` of `a-10`.
    if found.len() > 1 && found.iter().any(|entry| entry.id == id) {
        found.retain(|entry| entry.id == id);
    }
    let hint = "the column id of `hac audit` shows the ids";
    match found.pop() {
        Some(entry) if found.is_empty() && !id.is_empty() => Ok(entry),
        Some(_) => Err(usage(DOING, format!("several entries have an id that begins with '{id}'"), hint)),
        None => Err(usage(DOING, format!("no entry of the audit log has the id '{id}'"), hint)),
    }
}
