//! What a change that can be undone was made to: a property, or the level of a logger.

use hac_client::audit::AuditEntry;
use hac_client::platform::{LogLevel, Logger, Property, effective_level};
use hac_client::{Error, ErrorKind, HacClient, Result};
use serde::Serialize;

use crate::commands::logger::{self, Levelled};
use crate::commands::property::{Changed, unconfirmed};
use crate::diagnostics::Report;

/// What fails where a change cannot be undone.
pub(super) const DOING: &str = "undo the change";

const PROPERTY: &str = "/platform/config/configstore";
const LOGGER: &str = "/platform/log4j/changeLevel";

pub(super) enum Setting<'a> {
    Property { key: &'a str, value: &'a str },
    Logger { name: &'a str, level: LogLevel },
}

/// The name of the property or the logger. The line of a log level ends with the level.
pub(super) fn name_in(entry: &AuditEntry) -> Option<&str> {
    let line = entry.first_line.as_deref()?;
    if entry.path.ends_with(LOGGER) { line.rsplit_once(' ').map(|(name, _)| name) } else { Some(line) }
}

/// What the server shows of a setting that is to be put back.
pub(super) enum Present {
    Value(String),
    Level(Logger, String),
    Masked,
    Absent,
    /// Its page cannot be read.
    Unseen,
}

impl Present {
    /// The value or the level.
    pub(super) fn value(&self) -> Option<&str> {
        match self {
            Self::Value(value) | Self::Level(_, value) => Some(value),
            Self::Masked | Self::Absent | Self::Unseen => None,
        }
    }
}

/// What became of a setting that was put back.
pub(super) struct Restored<'a> {
    pub(super) json: ChangeJson<'a>,
    /// The value until then.
    pub(super) previous: Option<String>,
    pub(super) failure: Option<Report>,
    /// What could not be restored.
    pub(super) note: Option<String>,
}

/// The JSON of the command that would have set it.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum ChangeJson<'a> {
    Property(Changed<'a>),
    Logger(Levelled<'a>),
}

impl<'a> Setting<'a> {
    /// The setting with its value before the change, if that can be restored.
    pub(super) fn of(entry: &'a AuditEntry) -> Result<Self> {
        let cannot = |why: String, hint: String| Err(Error::new(ErrorKind::Usage, DOING).because(why).with_hint(hint));
        let look = || {
            "look at the entry with `hac audit --format jsonl`, and change the server with a command of your own"
                .to_owned()
        };
        let is_level = entry.path.ends_with(LOGGER);
        if !is_level && !entry.path.ends_with(PROPERTY) {
            let why = format!("only properties and log levels can be put back, and the entry is: {}", entry.operation);
            return cannot(why, look());
        }
        if entry.outcome.as_deref() != Some("ok") {
            let outcome = entry.outcome.as_deref().unwrap_or("not known");
            let why = format!("the outcome of the change is {outcome}, so it is not certain what was changed");
            return cannot(why, look());
        }
        match (name_in(entry), entry.before.as_deref()) {
            (Some(name), Some(level)) if is_level => match level.parse() {
                Ok(level) => Ok(Self::Logger { name, level }),
                Err(_) => cannot(format!("{name} was {level} before, a level that HAC cannot set"), look()),
            },
            (Some(key), Some(value)) => Ok(Self::Property { key, value }),
            (Some(key), None) if entry.created && !is_level => cannot(
                format!("the server showed no property {key} before, and `hac` cannot remove one"),
                format!(
                    "it is gone when the node restarts; until then, remove it on HAC's page Platform > Configuration, or set another value with `hac property set {key} VALUE`"
                ),
            ),
            _ => cannot("the value before was not recorded".to_owned(), look()),
        }
    }

    pub(super) fn name(&self) -> &'a str {
        match self {
            Self::Property { key: name, .. } | Self::Logger { name, .. } => name,
        }
    }

    /// The value before the change.
    pub(super) fn before(&self) -> &'a str {
        match self {
            Self::Property { value, .. } => value,
            Self::Logger { level, .. } => level.as_str(),
        }
    }

    /// What has a value: `property`, `logger`.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Property { .. } => "property",
            Self::Logger { .. } => "logger",
        }
    }

    /// What it has: `value`, `level`.
    pub(super) fn noun(&self) -> &'static str {
        match self {
            Self::Property { .. } => "value",
            Self::Logger { .. } => "level",
        }
    }

    /// What is under way while it is put back.
    pub(super) fn activity(&self) -> &'static str {
        match self {
            Self::Property { .. } => "change of the property",
            Self::Logger { .. } => "change of the log level",
        }
    }

    /// The line of a setting that has the value from before the change.
    pub(super) fn line(&self) -> String {
        match self {
            Self::Property { key, value } => format!("{key}={value}"),
            Self::Logger { name, level } => format!("{name} is {level} now"),
        }
    }

    /// The JSON of a setting that has the value already.
    pub(super) fn untouched(&self, present: &Present) -> Option<ChangeJson<'a>> {
        Some(match (self, present) {
            (Self::Property { key, value }, Present::Value(now)) if now == value => {
                ChangeJson::Property(Changed::untouched(key, value))
            }
            (Self::Logger { name, level }, Present::Level(logger, now)) if now == level.as_str() => {
                ChangeJson::Logger(Levelled::untouched(name, *level, logger))
            }
            _ => return None,
        })
    }

    /// The value that it has now.
    pub(super) async fn look(&self, client: &HacClient) -> Result<Present> {
        let seen = match *self {
            Self::Property { key, .. } => client.properties().await.map(|properties| {
                match properties.into_iter().find(|property| property.key == key) {
                    Some(property) if property.is_masked() => Present::Masked,
                    Some(Property { value, .. }) => Present::Value(value),
                    None => Present::Absent,
                }
            }),
            Self::Logger { name, .. } => {
                client.loggers().await.map(|loggers| match loggers.into_iter().find(|logger| logger.name == name) {
                    Some(logger) => logger.level.clone().map_or(Present::Unseen, |level| Present::Level(logger, level)),
                    None => Present::Absent,
                })
            }
        };
        match seen {
            // To set it does not need the page.
            Err(error) if matches!(error.kind(), ErrorKind::Protocol | ErrorKind::Rejected | ErrorKind::TooLarge) => {
                Ok(Present::Unseen)
            }
            seen => seen,
        }
    }

    /// Sets the value from before the change; `was_created` if the server did not show the setting then.
    pub(super) async fn put_back(&self, client: &HacClient, was_created: bool) -> Result<Restored<'a>> {
        match *self {
            Self::Property { key, value } => {
                let change = client.replace_property(key, value).await?;
                let failure = (!change.success()).then(|| unconfirmed(key, &change));
                let previous = change.previous.clone();
                let json = ChangeJson::Property(Changed::new(key, value, change, failure.clone()));
                Ok(Restored { json, previous, failure, note: None })
            }
            Self::Logger { name, level } => {
                let change = client.replace_log_level(name, level).await?;
                let failure = (!change.success()).then(|| logger::not_set(name, &change));
                let parent = change.logger().and_then(|logger| logger.parent.as_deref());
                let follows =
                    |parent: &&str| was_created || effective_level(&change.loggers, parent) == Some(level.as_str());
                let note = parent.filter(follows).map(|parent| {
                    format!(
                        "HAC cannot remove the level of a logger: {name} stays {level} even if {parent} is changed, until the node restarts"
                    )
                });
                let previous = change.previous.clone();
                let json = ChangeJson::Logger(Levelled::new(name, &change, None, failure.clone()));
                Ok(Restored { json, previous, failure, note })
            }
        }
    }
}
