//! The logging page.

use std::fmt::Write as _;

use http::StatusCode;
use serde::Serialize;

use crate::answer::Answer;
use crate::pages::{Visit, escape, layout};
use crate::system::loggers::{self, LEVELS};

/// The class of the levels since log4j 2.
const LEVEL_CLASS: &str = "org.apache.logging.log4j.Level";

/// The answer, its keys in HAC's order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Changed {
    logger_name: String,
    level_name: &'static str,
    levels: Vec<Level>,
    loggers: Vec<Logger>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Level {
    standard_level: &'static str,
    declaring_class: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Logger {
    name: String,
    parent_name: Option<String>,
    effective_level: Level,
}

impl From<&'static str> for Level {
    fn from(standard_level: &'static str) -> Self {
        Self { standard_level, declaring_class: LEVEL_CLASS }
    }
}

pub(super) fn page(visit: &Visit<'_>) -> Answer {
    let mut rows = String::new();
    for logger in visit.system.loggers.list() {
        let options = LEVELS.iter().fold(String::new(), |mut options, level| {
            let selected = if *level == logger.effective { " selected=\"selected\"" } else { "" };
            let _ = write!(options, "<option value=\"{level}\"{selected}>{level}</option>");
            options
        });
        let name = escape(&logger.name);
        let parent = escape(logger.parent.as_deref().unwrap_or_default());
        let _ = writeln!(
            rows,
            "<tr><td title=\"{name}\">{name}</td><td title=\"{parent}\">{parent}</td><td><select>{options}</select></td></tr>"
        );
    }
    let body = format!(
        "<h2>Logging</h2>\n<table id=\"loggers\"><thead><tr><th>Logger</th><th>Parent</th><th>Level</th></tr></thead>\n\
         <tbody>\n{rows}</tbody></table>"
    );
    Answer::html(StatusCode::OK, layout(&visit.state.knobs, "Logging", &visit.token, &body))
}

pub(super) fn change_level(visit: &Visit<'_>) -> Answer {
    let request = visit.request;
    let (Some(logger_name), Some(level)) = (request.parameter("loggerName"), request.parameter("levelName")) else {
        return Answer::error(StatusCode::BAD_REQUEST, "A required parameter is not present: loggerName, levelName");
    };
    let Some(level_name) = loggers::level(&level) else {
        return Answer::error(StatusCode::BAD_REQUEST, "levelName is no level");
    };
    visit.ticket.executed();
    let loggers = &visit.system.loggers;
    loggers.set(&logger_name, level_name, visit.state.knobs.creates_loggers);
    let listed = |logger: loggers::Logger| Logger {
        name: logger.name,
        parent_name: logger.parent,
        effective_level: logger.effective.into(),
    };
    Answer::json(&Changed {
        logger_name,
        level_name,
        levels: LEVELS.into_iter().map(Level::from).collect(),
        loggers: loggers.list().into_iter().map(listed).collect(),
    })
}
