//! The loggers: `/platform/log4j`.

use serde::{Deserialize, Serialize};

use crate::audit::Subject;
use crate::client::HacClient;
use crate::engine::call::Call;
use crate::engine::json::JsonAnswer;
use crate::engine::page::PageAnswer;
use crate::error::{Error, ErrorKind, Result};
use crate::limits::COLLECTED_LIMIT;
use crate::named::{named, one_of};
use crate::page::TooManyRows;
use crate::page::loggers::{LoggerRow, loggers};
use crate::platform::{in_the_name_of_the_change, is_unreadable, too_many_rows};
use crate::protection::{Admission, Class};
use crate::transport::Body;

const DOING: &str = "set the log level";

/// The log levels.
///
/// Observed in public clients; one of them lacks `TRACE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LogLevel {
    /// Everything.
    All,
    /// Nothing.
    Off,
    /// The finest details.
    Trace,
    /// Details for debugging.
    Debug,
    /// Normal events.
    Info,
    /// Possible problems.
    Warn,
    /// Errors.
    Error,
    /// Errors that the system does not survive.
    Fatal,
}

named! {
    LogLevel is "a log level", "set the log level";
    /// Every level.
    ALL
    /// Returns the value of HAC's field `levelName`: `ALL`, `OFF`, `TRACE`, …
    as_str {
        All => "ALL",
        Off => "OFF",
        Trace => "TRACE",
        Debug => "DEBUG",
        Info => "INFO",
        Warn => "WARN",
        Error => "ERROR",
        Fatal => "FATAL",
    }
    /// Case-insensitive.
    from_str(text, name) { name.eq_ignore_ascii_case(text) } or one_of(LogLevel::ALL)
}

/// A logger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Logger {
    /// The name; `root` for the root logger.
    pub name: String,
    /// The logger that it inherits from; `None` for the root, or if the server does not say.
    pub parent: Option<String>,
    /// The effective level, its own or inherited, in upper case; `None` if the server does not say.
    ///
    /// A text, because a system may define its own levels.
    pub level: Option<String>,
}

/// The server's answer to a change of a log level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LogLevelChange {
    /// The requested logger.
    asked_name: String,
    /// The name of the logger in the answer; empty if it has none.
    pub logger_name: String,
    /// The requested level.
    pub level: LogLevel,
    /// The name of the level in the answer; empty if it has none.
    pub level_name: String,
    /// All loggers after the change; empty if the server does not list them.
    pub loggers: Vec<Logger>,
    /// The level before the change, its own or inherited, if [`HacClient::replace_log_level`] found one.
    pub previous: Option<String>,
    /// Whether [`HacClient::replace_log_level`] saw that the server listed no such logger before.
    pub is_new: bool,
}

impl LogLevelChange {
    /// Returns the logger after the change; `None` if the server does not list it.
    pub fn logger(&self) -> Option<&Logger> {
        self.named().next()
    }

    /// Returns whether the server confirms that the logger has the level.
    ///
    /// If the server lists the loggers, the list decides; otherwise the answer itself.
    pub fn success(&self) -> bool {
        let is_set = |level: &str| level.eq_ignore_ascii_case(self.level.as_str());
        match self.logger() {
            Some(_) => self.named().all(|logger| logger.level.as_deref().is_some_and(is_set)),
            None => self.loggers.is_empty() && self.logger_name == self.asked_name && is_set(&self.level_name),
        }
    }

    fn named(&self) -> impl Iterator<Item = &Logger> {
        self.loggers.iter().filter(|logger| logger.name == self.asked_name)
    }
}

/// Returns the level of a logger, which need not be listed: its own, or else that of the closest listed logger above it.
pub fn effective_level<'a>(loggers: &'a [Logger], name: &str) -> Option<&'a str> {
    let listed = |name: &str| loggers.iter().find(|logger| logger.name == name)?.level.as_deref();
    let mut above = Some(name);
    while let Some(closest) = above {
        if let Some(level) = listed(closest) {
            return Some(level);
        }
        above = closest.rsplit_once('.').map(|(package, _)| package);
    }
    listed("root")
}

/// What was seen of a logger before its level is set.
#[derive(Default)]
struct Before {
    level: Option<String>,
    is_new: bool,
}

impl From<LoggerRow> for Logger {
    fn from(row: LoggerRow) -> Self {
        Self { name: row.name, parent: Some(row.parent).filter(|parent| !parent.is_empty()), level: row.level }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Changed {
    #[serde(default)]
    logger_name: Option<String>,
    #[serde(default)]
    level_name: Option<String>,
    #[serde(default)]
    loggers: Option<Vec<Listed>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    name: String,
    #[serde(default)]
    parent_name: Option<String>,
    #[serde(default)]
    effective_level: Option<Level>,
}

/// An object since log4j 2; that older releases send a plain text is a guess.
#[derive(Deserialize)]
#[serde(untagged)]
enum Level {
    Object {
        #[serde(rename = "standardLevel")]
        standard_level: String,
    },
    Text(String),
}

impl From<Listed> for Logger {
    fn from(listed: Listed) -> Self {
        let level = listed.effective_level.map(|level| match level {
            Level::Object { standard_level: level } | Level::Text(level) => level,
        });
        Self { name: listed.name, parent: listed.parent_name.filter(|parent| !parent.is_empty()), level }
    }
}

impl HacClient {
    /// Returns the loggers with their levels, read from the logging page. Changes nothing.
    ///
    /// The page was observed on 2211.
    ///
    /// # Errors
    /// Those of [every call](crate::guide::errors#every-call). A page without a table of loggers is
    /// [`Protocol`](ErrorKind::Protocol): there is no other way to list them without setting a level.
    pub async fn loggers(&self) -> Result<Vec<Logger>> {
        let call = Call::get("/platform/log4j", "list the loggers");
        let mut expected = PageAnswer::new(COLLECTED_LIMIT, loggers);
        let rows = self.engine().perform(&call, &mut expected).await.map_err(|error| match error.kind() {
            ErrorKind::Protocol => error.with_hint(
                "the logging page of this release has no table of loggers; a level can still be set by the name of \
                 its logger",
            ),
            _ => error,
        })?;
        let rows = rows.map_err(|TooManyRows| too_many_rows(&call))?;
        Ok(rows.into_iter().map(Logger::from).collect())
    }

    /// Sets the level of a logger in the memory of the node that answers, until the node restarts.
    ///
    /// HAC creates a logger for an unknown name and lists it in its answer (observed in one public client). Check
    /// [`LogLevelChange::success`].
    ///
    /// # Errors
    /// Those of [every call](crate::guide::errors#every-call), and [`Usage`](ErrorKind::Usage) for an empty name.
    pub async fn change_log_level(&self, logger_name: &str, level: LogLevel) -> Result<LogLevelChange> {
        self.set_level(logger_name, level, Before::default(), None).await
    }

    /// Works as [`change_log_level`](Self::change_log_level), but reads the level first: it is in [`LogLevelChange::previous`], and is
    /// recorded in the [audit log](crate::audit) with the new level, so that it can be set back. One request more.
    ///
    /// The level is the effective one, its own or inherited: the server does not say which. It is `None` if the logging page cannot be read.
    /// HAC cannot remove the level of a logger, so one that inherited keeps a level of its own, until the node restarts.
    ///
    /// # Errors
    /// Those of [`change_log_level`](Self::change_log_level).
    pub async fn replace_log_level(&self, logger_name: &str, level: LogLevel) -> Result<LogLevelChange> {
        let admission = self.engine().admit(Class::Write, DOING).await?;
        let before = match self.loggers().await {
            Ok(loggers) => Before {
                level: effective_level(&loggers, logger_name).map(str::to_owned),
                is_new: loggers.iter().all(|logger| logger.name != logger_name),
            },
            // To set it does not need the page.
            Err(error) if is_unreadable(error.kind()) => Before::default(),
            Err(error) => return Err(in_the_name_of_the_change(error, DOING)),
        };
        self.set_level(logger_name, level, before, Some(admission)).await
    }

    async fn set_level(
        &self,
        logger_name: &str,
        level: LogLevel,
        before: Before,
        admission: Option<Admission>,
    ) -> Result<LogLevelChange> {
        if logger_name.trim().is_empty() {
            return Err(Error::new(ErrorKind::Usage, DOING)
                .because("the logger has no name")
                .with_hint("use the name of a class or package; the root logger is called root"));
        }
        let call = Call::post(
            "/platform/log4j/changeLevel",
            DOING,
            Class::Write,
            Body::form([("loggerName", logger_name), ("levelName", level.as_str())]),
        );
        let line = || format!("{logger_name} {level}");
        let is_new = before.is_new;
        let call = call.recorded_as(self.engine().subject(|| {
            let (before, after) = (before.level.as_deref(), level.as_str());
            Subject::text(&line(), &line()).replacing_level(before, after).creating(is_new)
        }));
        let mut expected = JsonAnswer::<Changed>::with_keys(["loggerName", "levelName"]);
        let engine = self.engine();
        let answer = engine.perform_admitted(&call, &mut expected, engine.answer_timeout, admission).await?;
        let change = LogLevelChange {
            asked_name: logger_name.to_owned(),
            logger_name: answer.logger_name.unwrap_or_default(),
            level,
            level_name: answer.level_name.unwrap_or_default(),
            loggers: answer.loggers.unwrap_or_default().into_iter().map(Logger::from).collect(),
            previous: before.level,
            is_new: before.is_new,
        };
        if !change.success() {
            call.failed(None);
        }
        Ok(change)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_case_insensitive_and_an_unknown_one_lists_the_known() {
        for level in LogLevel::ALL {
            assert_eq!(level.as_str().to_lowercase().parse::<LogLevel>().expect("a level"), *level);
        }
        let error = "LOUD".parse::<LogLevel>().expect_err("no level");
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert!(error.hint().is_some_and(|hint| hint.to_string().contains("WARN")), "{error:?}");
    }

    fn change(level_name: &str, loggers: &[(&str, &str)]) -> LogLevelChange {
        let listed =
            |(name, level): &(&str, &str)| Logger { name: (*name).into(), parent: None, level: Some((*level).into()) };
        LogLevelChange {
            asked_name: "a.b".into(),
            logger_name: "a.b".into(),
            level: LogLevel::Debug,
            level_name: level_name.into(),
            loggers: loggers.iter().map(listed).collect(),
            previous: None,
            is_new: false,
        }
    }

    #[test]
    fn a_change_succeeded_if_the_server_lists_the_logger_with_the_level() {
        assert!(change("DEBUG", &[("root", "INFO"), ("a.b", "DEBUG")]).success());
        assert!(!change("DEBUG", &[("root", "INFO"), ("a.b", "INFO")]).success());
        assert!(!change("DEBUG", &[("root", "DEBUG")]).success(), "it is not listed");
        assert!(change("DEBUG", &[]).success(), "nothing is listed: the answer counts");
        assert!(!change("", &[]).success(), "nothing is said of the level");
        assert!(!LogLevelChange { logger_name: "other".into(), ..change("DEBUG", &[]) }.success(), "of another logger");
        assert!(!change("DEBUG", &[("a.b", "DEBUG"), ("a.b", "INFO")]).success(), "listed twice");
        assert!(!change("INFO", &[]).success() && !change("INFO", &[("a.b", "INFO")]).success(), "another level");
    }

    #[test]
    fn the_effective_level_is_its_own_or_that_of_the_closest_logger_above() {
        let listed = [("root", "INFO"), ("com.shop", "WARN"), ("com.shop.search", "DEBUG")];
        let loggers = change("", &listed).loggers;
        for (name, level) in [
            ("com.shop.search", "DEBUG"),
            ("com.shop.search.Index", "DEBUG"),
            ("com.shop.silent", "WARN"),
            ("com.shopping", "INFO"),
            ("root", "INFO"),
        ] {
            assert_eq!(effective_level(&loggers, name), Some(level), "{name}");
        }
        assert_eq!(effective_level(&[], "a.b"), None);
    }

    #[test]
    fn levels_are_objects_or_plain_texts() {
        let json = r#"{"loggerName":"a","levelName":"INFO","loggers":[{"name":"a","parentName":"root",
            "effectiveLevel":{"standardLevel":"INFO","declaringClass":"x"}},
            {"name":"root","parentName":null,"effectiveLevel":"WARN"},{"name":"bare"}]}"#;
        let answer: Changed = serde_json::from_str(json).expect("an answer");
        let loggers: Vec<Logger> = answer.loggers.expect("loggers").into_iter().map(Logger::from).collect();
        let levels: Vec<_> = loggers.iter().map(|logger| logger.level.as_deref()).collect();
        assert_eq!(levels, [Some("INFO"), Some("WARN"), None]);
        assert_eq!(loggers[0].parent.as_deref(), Some("root"));
    }
}
