//! `hac property …`.

use hac_client::nearest_names;
use hac_client::platform::{Property, PropertyChange};
use serde::Serialize;
use serde_json::json;

use crate::args::{FilterArgs, PropertyCommand, PropertyGetArgs, PropertySetArgs};
use crate::conclusion::refused;
use crate::diagnostics::{CommandResult, Effect, Outcome, Report, usage};
use crate::interrupt::Activity;
use crate::job::Job;
use crate::output::Listing;

pub(crate) async fn run(job: Job<'_>, command: &PropertyCommand) -> CommandResult {
    match command {
        PropertyCommand::List(args) => list(job, args).await,
        PropertyCommand::Get(args) => get(job, args).await,
        PropertyCommand::Set(args) => set(job, args).await,
    }
}

async fn list(job: Job<'_>, args: &FilterArgs) -> CommandResult {
    let style = job.style();
    let connection = job.connect()?;
    let Job { printer, .. } = job;
    let properties = connection.client.properties().await?;
    let mut listing = Listing::new(&["key", "value", "masked"]);
    let mut masked = 0;
    for property in properties.into_iter().filter(|property| args.admits(&property.key)) {
        let is_masked = property.is_masked();
        masked += usize::from(is_masked);
        listing.push([json!(property.key), json!(property.value), json!(is_masked)]);
    }
    listing.print(&style, &mut printer.data)?;
    if listing.rows.is_empty() {
        printer.talk.say(&args.nothing("property"));
    }
    if masked > 0 {
        let (noun, verb) = if masked == 1 { ("value", "is") } else { ("values", "are") };
        printer.talk.note(&format!("{masked} {noun} {verb} masked by the server"));
    }
    Ok(Outcome::Done(Effect::Read))
}

/// What `property get` says as JSON.
#[derive(Serialize)]
struct PropertyJson<'a> {
    success: bool,
    key: &'a str,
    value: Option<&'a str>,
    masked: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Report>,
}

async fn get(job: Job<'_>, args: &PropertyGetArgs) -> CommandResult {
    let connection = job.connect()?;
    let Job { settings, printer, .. } = job;
    let properties = connection.client.properties().await?;
    let found = properties.iter().find(|property| property.key == args.key);
    let failure = found.is_none().then(|| absent(&args.key, &properties));
    let masked = found.is_some_and(Property::is_masked);
    if settings.json {
        printer.data.json(&PropertyJson {
            success: found.is_some(),
            key: &args.key,
            value: found.map(|property| property.value.as_str()),
            masked,
            error: failure.clone(),
        });
    } else if let Some(found) = found {
        printer.data.line(&found.value);
    }
    printer.data.flush();
    if masked {
        printer.talk.warn("the server masks this value: the asterisks are not what is set");
    }
    Ok(failure.map_or(Outcome::Done(Effect::Read), |report| refused(&report, printer)))
}

/// Why there is no value, and what may have been meant.
fn absent(key: &str, properties: &[Property]) -> Report {
    let near = nearest_names(key, properties.iter().map(|property| property.key.as_str()));
    let hint = if near.is_empty() {
        "`hac property list TEXT` searches the keys; the server may hide some".to_owned()
    } else {
        format!("did you mean {}?", near.join(" or "))
    };
    Report {
        kind: "unknown_property".to_owned(),
        message: format!("the server shows no property {key}"),
        hint: Some(hint),
    }
}

/// What a command that sets a property says as JSON.
#[derive(Serialize)]
pub(super) struct Changed<'a> {
    success: bool,
    key: &'a str,
    /// The value, or the mask of one that may be a secret.
    value: &'a str,
    masked: bool,
    /// The value before; null if there was none, or if it may be a secret.
    previous: Option<String>,
    /// What the server says that it did.
    action: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Report>,
}

impl<'a> Changed<'a> {
    pub(super) fn new(key: &'a str, value: &'a str, change: PropertyChange, error: Option<Report>) -> Self {
        let masked = change.is_secret;
        let previous = change.previous.filter(|_| !masked);
        Self {
            success: error.is_none(),
            key,
            value: shown(value, masked),
            masked,
            previous,
            action: change.action,
            error,
        }
    }
}

impl<'a> Changed<'a> {
    /// Of a property that has the value already.
    pub(super) fn untouched(key: &'a str, value: &'a str) -> Self {
        let previous = Some(value.to_owned());
        Self { success: true, key, value, masked: false, previous, action: "none".to_owned(), error: None }
    }
}

/// A value, or the mask that stands for a secret.
fn shown(value: &str, is_secret: bool) -> &str {
    const MASK: &str = "*****";
    if is_secret { MASK } else { value }
}

/// Why a change does not count as made.
pub(super) fn unconfirmed(key: &str, change: &PropertyChange) -> Report {
    Report {
        kind: "property_not_set".to_owned(),
        message: format!(
            "the server reported {:?}, which does not confirm that the property was changed",
            change.action
        ),
        hint: Some(format!("check it with `hac property get {key}`")),
    }
}

async fn set(job: Job<'_>, args: &PropertySetArgs) -> CommandResult {
    let (key, value) = assignment(args)?;
    let connection = job.connect()?;
    let Job { context, settings, printer } = job;
    context.interrupt.now(Activity::Writing { what: "change of the property", host: connection.host });
    let change = connection.client.replace_property(key, value).await?;
    context.interrupt.now(Activity::Reading);
    let failure = (!change.success()).then(|| unconfirmed(key, &change));
    if settings.json {
        printer.data.json(&Changed::new(key, value, change.clone(), failure.clone()));
    } else if failure.is_none() && !settings.volume.quiet {
        printer.data.line(&format!("{key}={}", shown(value, change.is_secret)));
    }
    printer.data.flush();
    if let Some(report) = failure {
        return Ok(refused(&report, printer));
    }
    if let Some(previous) = change.previous.as_deref().filter(|previous| !change.is_secret && *previous != value) {
        printer.talk.say(&format!("it was {previous}"));
    }
    if change.is_new {
        printer.talk.note(&format!("the server showed no property {key} before"));
    }
    printer.talk.note("set only in the memory of the node that answered; lost when it restarts");
    Ok(Outcome::Done(Effect::Write))
}

/// Key and value, as two arguments or as KEY=VALUE.
fn assignment(args: &PropertySetArgs) -> hac_client::Result<(&str, &str)> {
    let given = match &args.value {
        Some(value) => Some((args.key.as_str(), value.as_str())),
        None => args.key.split_once('='),
    };
    given.filter(|(key, _)| !key.trim().is_empty()).ok_or_else(|| {
        let why = if args.value.is_some() || args.key.contains('=') { "the key is empty" } else { "it has no value" };
        usage(
            "set the property",
            why,
            "hac property set KEY VALUE, or KEY=VALUE; an empty value is written KEY= or as \"\"",
        )
    })
}
