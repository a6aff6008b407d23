//! The log of a run: its lines, which of them are new, and what they say of its end.

use serde::Serialize;

use crate::error::{Error, ErrorKind, Result};
use crate::limits::COLLECTED_LIMIT;
use crate::page::update_log::{LogLine, LogText};

/// The log of the current or last initialisation or update.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct UpdateLog {
    /// The log as HAC sends it.
    pub log_html: String,
}

/// The limit of what the lines of a log take in memory, each of them apart.
const LIMIT: usize = COLLECTED_LIMIT;

/// What a line takes beside its text.
const LINE: usize = 96;

impl UpdateLog {
    /// Reads a log that was fetched elsewhere, as HAC sends it.
    ///
    /// # Errors
    /// `too_large` where its lines would take too much memory.
    pub fn from_html(log_html: impl Into<String>) -> Result<Self> {
        Self::new(log_html)
            .ok_or_else(|| Error::new(ErrorKind::TooLarge, "read the log").because("it has too many lines"))
    }

    /// `None` for a log of so many lines that they would take more than 64 MiB.
    pub(crate) fn new(log_html: impl Into<String>) -> Option<Self> {
        let log_html = log_html.into();
        let breaks = memchr::memchr2_iter(b'<', b'\n', log_html.as_bytes()).count();
        (log_html.len() + breaks * LINE <= LIMIT).then_some(Self { log_html })
    }

    /// Returns its lines, without empty ones.
    pub fn lines(&self) -> Vec<LogLine> {
        LogText::read(&self.log_html).into_lines()
    }

    /// Returns its lines as text.
    pub fn log_text(&self) -> String {
        self.lines().into_iter().map(|line| line.text).collect::<Vec<_>>().join("\n")
    }

    /// Returns whether one of its last lines says that the run is finished.
    ///
    /// It looks for the same words as public clients; [`update_status`](crate::HacClient::update_status) is more reliable.
    pub fn is_complete(&self) -> bool {
        says_finished(&self.lines())
    }

    /// Returns whether there are lines that report a failure, see [`errors`](Self::errors).
    pub fn has_errors(&self) -> bool {
        !self.errors().is_empty()
    }

    /// Returns the lines that report a failure, as far as the text reveals it.
    ///
    /// How HAC marks failures is not documented publicly. Counted are the first line of an exception (`a.b.SomeException:
    /// …`), `Caused by: …`, and lines of the level `ERROR` or `FATAL`; frames of a stack trace are omitted. The words "error"
    /// or "failed" in a sentence do not count (in hac-client-core they do).
    pub fn errors(&self) -> Vec<String> {
        errors(&self.lines())
    }
}

/// How many of the last lines may hold the word of the end.
const LAST_LINES: usize = 10;

/// Whether one of the last lines says that the run is finished, and does not take it back in the same breath.
pub(super) fn says_finished(lines: &[LogLine]) -> bool {
    const SIGNS: [&str; 5] = [
        "update finished",
        "initialization finished",
        "initialisation finished",
        "completed successfully",
        "update completed",
    ];
    lines.iter().rev().take(LAST_LINES).any(|line| {
        let small = line.text.to_lowercase();
        let is_sign = SIGNS.iter().any(|sign| small.contains(sign))
            || line.text.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == "FINISHED");
        is_sign && !speaks_of_failure(&small)
    })
}

/// "not", "failed", "with errors", but not "0 errors", "no errors", "without errors".
fn speaks_of_failure(small: &str) -> bool {
    const BAD: [&str; 7] = ["fail", "error", "exception", "abort", "cancel", "incomplete", "unsuccessful"];
    let mut before = "";
    small.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).any(|word| {
        let denied = matches!(std::mem::replace(&mut before, word), "0" | "no" | "without");
        matches!(word, "not" | "never") || (BAD.iter().any(|bad| word.starts_with(bad)) && !denied)
    })
}

/// The lines that tell of a failure.
pub(super) fn errors(lines: &[LogLine]) -> Vec<String> {
    lines.iter().filter(|line| is_error(&line.text)).map(|line| line.text.trim().to_owned()).collect()
}

fn is_error(line: &str) -> bool {
    let line = line.trim_start();
    if line.strip_prefix("Caused by: ").is_some_and(names_exception) || names_exception(line) {
        return true;
    }
    // The level stands first, or behind a time: "12:00:01 ERROR …", "[main] ERROR …".
    line.split_whitespace()
        .find(|word| !is_decoration(word))
        .is_some_and(|word| matches!(word.trim_matches(|letter: char| !letter.is_alphanumeric()), "ERROR" | "FATAL"))
}

/// A time, a date, or something in brackets or of signs only.
fn is_decoration(word: &str) -> bool {
    !word.chars().any(char::is_alphabetic)
        || (word.starts_with('[') && word.ends_with(']') && !matches!(word, "[ERROR]" | "[FATAL]"))
}

/// Whether the text begins with the full name of an exception or an error of Java.
fn names_exception(text: &str) -> bool {
    let name = text.split([':', ' ', ';']).next().unwrap_or_default();
    let Some((package, class)) = name.rsplit_once('.') else { return false };
    let is_name = |part: &str| {
        !part.is_empty() && part.chars().all(|letter| letter.is_alphanumeric() || letter == '_' || letter == '$')
    };
    package.split('.').all(is_name)
        && is_name(class)
        && class.starts_with(|letter: char| letter.is_uppercase())
        && (class.ends_with("Exception") || class.ends_with("Error"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update_log(html: &str) -> UpdateLog {
        UpdateLog::new(html).expect("a short log")
    }

    fn log(lines: &[&str]) -> String {
        lines.iter().flat_map(|line| [line, "<br/>"]).collect()
    }

    #[test]
    fn errors_are_exceptions_and_levels_and_not_words_in_passing() {
        for line in [
            "de.hybris.platform.core.PKException: no such type",
            "java.lang.OutOfMemoryError",
            "Caused by: a.b.C$DException: x",
            "ERROR patch failed",
            "[ERROR] x",
            "2026-01-02 12:00:01,123 ERROR [Initialization] x",
            "[main] FATAL: x",
        ] {
            assert_eq!(errors(&update_log(line).lines()).len(), 1, "{line}");
        }
        for line in [
            "creating type ErrorPage",
            "0 errors, 0 failed",
            "importing error_codes.impex",
            "Exception handling is configured",
            "\tat a.b.C.d(C.java:1)",
            "Localizing java.lang.Exception",
            "no ERROR",
            "error: none",
        ] {
            assert!(errors(&update_log(line).lines()).is_empty(), "{line}");
        }
    }

    #[test]
    fn the_end_is_said_in_the_last_lines_only() {
        for end in ["FINISHED", ">>> Update finished in 3m", "<h3>Initialization finished</h3>", "#### FINISHED ####"] {
            assert!(update_log(&format!("a<br/>{end}<br/>b")).is_complete(), "{end}");
        }
        assert!(!update_log("unfinished<br/>will be finished").is_complete());
        for end in [
            "NOT FINISHED",
            "update finished with errors",
            "Update completed: 3 failures",
            "not completed successfully",
        ] {
            assert!(!update_log(&format!("a<br/>{end}<br/>b")).is_complete(), "{end}");
        }
        for end in ["update finished, 0 errors", "Update completed without failures"] {
            assert!(update_log(end).is_complete(), "{end}");
        }
        let long = log(&[&["Update finished"][..], &["x"; 20]].concat());
        assert!(!update_log(&long).is_complete(), "that was an earlier run");
    }

    #[test]
    fn a_log_whose_lines_would_take_more_than_64_mebibytes_is_none() {
        assert!(UpdateLog::new("one line of the usual length<br/>".repeat(200_000)).is_some());
        for line in ["a\n", "<br>", "a<p>"] {
            assert!(UpdateLog::new(line.repeat(700_000)).is_none(), "{line}");
        }
    }
}
