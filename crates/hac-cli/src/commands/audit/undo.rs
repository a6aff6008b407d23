//! `hac audit undo`: a property gets the value back that it had before `hac property set`.

use hac_client::audit::{Audit, AuditEntry};
use hac_client::platform::Property;
use hac_client::protection::Protection;
use hac_client::{Error, ErrorKind, HacClient, Result};
use serde::Serialize;

use crate::args::UndoArgs;
use crate::commands::property::{Changed, unconfirmed};
use crate::conclusion::refused;
use crate::diagnostics::{CommandResult, Effect, Outcome, usage};
use crate::ending;
use crate::interrupt::Activity;
use crate::job::Job;

const DOING: &str = "undo the change";

/// What `audit undo` says as JSON.
#[derive(Serialize)]
struct UndoneJson<'a> {
    #[serde(flatten)]
    change: Changed<'a>,
    /// The entry of the change that was undone.
    undone: &'a str,
    /// Whether something was sent: not for a change that is undone already.
    written: bool,
}

/// What the server shows of a property that is to be put back.
enum Present {
    Value(String),
    Masked,
    Absent,
    /// The page of the properties cannot be read.
    Unseen,
}

pub(super) async fn run(job: Job<'_>, args: &UndoArgs) -> CommandResult {
    let entry = find(&args.id)?;
    let (key, before) = recorded(&entry)?;
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
        let present = look(&connection.client, key).await?;
        if matches!(&present, Present::Value(value) if value == before) {
            if settings.json {
                let change = Changed::untouched(key, before);
                printer.data.json(&UndoneJson { change, undone: &entry.id, written: false });
            } else if !settings.volume.quiet {
                printer.data.line(&format!("{key}={before}"));
            }
            printer.data.flush();
            printer.talk.say("it is undone already: the property has this value; nothing was written");
            return Ok(Outcome::Done(Effect::Read));
        }
        let by = || known_change(&entry, key, &present);
        if let Some(told) = obstacle(key, &present, entry.after.as_deref(), by)? {
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
    context.interrupt.now(Activity::Writing { what: "change of the property", host: connection.host });
    let change = connection.client.replace_property(key, before).await?;
    context.interrupt.now(Activity::Reading);
    let failure = (!change.success()).then(|| unconfirmed(key, &change));
    if settings.json {
        let change = Changed::new(key, before, &change, failure.clone());
        printer.data.json(&UndoneJson { change, undone: &entry.id, written: true });
    } else if failure.is_none() && !settings.volume.quiet {
        printer.data.line(&format!("{key}={before}"));
    }
    printer.data.flush();
    if let Some(report) = failure {
        return Ok(refused(&report, printer));
    }
    if let Some(now) = change.previous.as_deref().filter(|now| *now != before) {
        printer.talk.say(&format!("it was {now}"));
    }
    Ok(Outcome::Done(Effect::Write))
}

/// The value that a property has now.
async fn look(client: &HacClient, key: &str) -> Result<Present> {
    match client.properties().await {
        Ok(properties) => Ok(match properties.into_iter().find(|property| property.key == key) {
            Some(property) if property.is_masked() => Present::Masked,
            Some(Property { value, .. }) => Present::Value(value),
            None => Present::Absent,
        }),
        // To set it does not need the page.
        Err(error) if matches!(error.kind(), ErrorKind::Protocol | ErrorKind::Rejected | ErrorKind::TooLarge) => {
            Ok(Present::Unseen)
        }
        Err(error) => Err(error),
    }
}

/// The later change that set the value which the property has now: the last one that was recorded on this machine.
fn known_change(undone: &AuditEntry, key: &str, present: &Present) -> Result<Option<AuditEntry>> {
    let Present::Value(value) = present else { return Ok(None) };
    let is_of_it = |entry: &AuditEntry| {
        entry.url == undone.url
            && entry.path == undone.path
            && entry.node == undone.node
            && entry.first_line.as_deref() == Some(key)
    };
    // An entry that is looked at while the log is read has no outcome yet.
    let found = ending::blocking(|| Audit::in_default_file().entries(0, is_of_it))?.entries;
    let last = found.into_iter().rfind(|entry| entry.outcome.as_deref() == Some("ok"));
    Ok(last.filter(|last| last.id != undone.id && last.after.as_ref() == Some(value)))
}

/// Why it is not certain that the value is still the one that the change left behind; `by` is the later change, if one is known.
fn obstacle(
    key: &str,
    present: &Present,
    after: Option<&str>,
    by: impl FnOnce() -> Result<Option<AuditEntry>>,
) -> Result<Option<String>> {
    Ok(Some(match (present, after) {
        (Present::Value(value), Some(after)) if value == after => return Ok(None),
        (Present::Value(value), Some(after)) => {
            let by = match by()? {
                Some(entry) => format!("by {} at {}, entry {}", entry.hac_user, entry.at_formatted(), entry.id),
                None => "it is not known by whom".to_owned(),
            };
            format!("{key} was changed again, {by}: the recorded change set '{after}', and now it is '{value}'")
        }
        (Present::Value(value), None) => {
            format!(
                "{key} is '{value}' now, and the value that the change set is not recorded: it may have been changed again"
            )
        }
        (Present::Masked, _) => format!("the server masks the value of {key} now: it may have been changed again"),
        (Present::Absent, _) => format!("the server shows no property {key} any more"),
        (Present::Unseen, _) => format!("the value of {key} cannot be read: it may have been changed again"),
    }))
}

/// A property of another node is another one.
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

/// The property and its value before, if the change can be undone.
fn recorded(entry: &AuditEntry) -> Result<(&str, &str)> {
    let cannot = |why: String| {
        let hint =
            "look at the entry with `hac audit --format jsonl`, and change the server with a command of your own";
        Err(Error::new(ErrorKind::Usage, DOING).because(why).with_hint(hint))
    };
    if !entry.path.ends_with("/platform/config/configstore") {
        return cannot(format!("only properties can be put back, and the entry is: {}", entry.operation));
    }
    if entry.outcome.as_deref() != Some("ok") {
        let outcome = entry.outcome.as_deref().unwrap_or("not known");
        return cannot(format!("the outcome of the change is {outcome}, so it is not certain what was changed"));
    }
    match (entry.first_line.as_deref(), entry.before.as_deref()) {
        (Some(key), Some(before)) => Ok((key, before)),
        _ => cannot("the value before was not recorded".to_owned()),
    }
}
