//! The loggers: `/platform/log4j`.

use serde::{Deserialize, Serialize};

use crate::client::HacClient;
use crate::engine::call::Call;
use crate::engine::json::JsonAnswer;
use crate::engine::page::PageAnswer;
use crate::error::{Error, ErrorKind, Result};
use crate::limits::COLLECTED_LIMIT;
use crate::named::{named, one_of};
use crate::page::TooManyRows;
use crate::page::loggers::{LoggerRow, loggers};
use crate::platform::too_many_rows;
use crate::transport::Body;
use crate::transport::resend::Effect;

/// The levels that a logger can be set to.
///
/// Seen in public clients; one of them leaves out `TRACE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogLevel {
    /// Everything.
    All,
    /// Nothing.
    Off,
    /// Every step.
    Trace,
    /// What helps to find a mistake.
    Debug,
    /// What happens.
    Info,
    /// What may be wrong.
    Warn,
    /// What is wrong.
    Error,
    /// What ends the system.
    Fatal,
}

named! {
    LogLevel is "a log level", "choose the log level";
    /// Every level.
    ALL
    /// The value of HAC's field `levelName`: `ALL`, `OFF`, `TRACE`, …
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
    /// In upper or lower case.
    from_str(text, name) { name.eq_ignore_ascii_case(text) } or one_of(LogLevel::ALL)
}

/// A logger, as the server tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Logger {
    /// Its name; `root` for the root logger.
    pub name: String,
    /// The logger that it inherits from; `None` for the root, or where the server does not say.
    pub parent: Option<String>,
    /// The level in effect, its own or inherited, in upper case; `None` where the server does not
    /// say.
    ///
    /// Text, since a system may define levels of its own.
    pub level: Option<String>,
}

/// What the server answered to a change of a level.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogLevelChange {
    /// The logger that was asked for.
    asked_name: String,
    /// The logger, by the name that the server answered; empty where it answered none.
    pub logger_name: String,
    /// The level that was asked for.
    pub level: LogLevel,
    /// The level, by the name that the server answered; empty where it answered none.
    pub level_name: String,
    /// All loggers as they are after the change. Empty where the server does not list them.
    pub loggers: Vec<Logger>,
}

impl LogLevelChange {
    /// The logger as it is after the change; `None` where it is not among those that the server
    /// lists.
    pub fn logger(&self) -> Option<&Logger> {
        self.named().next()
    }

    /// Whether the server says that the logger has the level now.
    ///
    /// Where it lists the loggers, that list decides; else the answer itself.
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
    /// The loggers with their levels, read from the logging page: nothing is changed by it.
    ///
    /// The page was seen on 2211. A page that has no table of loggers is an error of the kind
    /// [`Protocol`](ErrorKind::Protocol): there is no other way to list them without setting a
    /// level.
    pub async fn loggers(&self) -> Result<Vec<Logger>> {
        const DOING: &str = "list the loggers";
        let call = Call::get("/platform/log4j", DOING);
        let mut expected = PageAnswer::new(COLLECTED_LIMIT, loggers);
        let rows = self.engine().perform(&call, &mut expected).await.map_err(|error| match error.kind() {
            ErrorKind::Protocol => error.with_hint(
                "this release's logging page is not known: it has no table of loggers. \
                 Levels can still be set by the logger's name",
            ),
            _ => error,
        })?;
        let rows = rows.map_err(|TooManyRows| too_many_rows(&call))?;
        Ok(rows.into_iter().map(Logger::from).collect())
    }

    /// Sets the level of a logger, in the memory of the node that answers, until its restart.
    ///
    /// The name is passed on as it is. HAC makes a logger of a name that it does not have yet (seen in one public client, whose
    /// author shows it), and lists it in its answer. Look at [`LogLevelChange::success`].
    pub async fn change_log_level(&self, logger_name: &str, level: LogLevel) -> Result<LogLevelChange> {
        const DOING: &str = "set the log level";
        if logger_name.trim().is_empty() {
            return Err(Error::new(ErrorKind::Usage, DOING)
                .because("the logger has no name")
                .with_hint("the name of a class or package; the root logger is called root"));
        }
        let call = Call::post(
            "/platform/log4j/changeLevel",
            DOING,
            Effect::Write,
            Body::form([("loggerName", logger_name), ("levelName", level.as_str())]),
        );
        let mut expected = JsonAnswer::<Changed>::with_keys(["loggerName", "levelName"]);
        let answer = self.engine().perform(&call, &mut expected).await?;
        Ok(LogLevelChange {
            asked_name: logger_name.to_owned(),
            logger_name: answer.logger_name.unwrap_or_default(),
            level,
            level_name: answer.level_name.unwrap_or_default(),
            loggers: answer.loggers.unwrap_or_default().into_iter().map(Logger::from).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_read_in_any_case_and_an_unknown_one_is_told_the_known() {
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
