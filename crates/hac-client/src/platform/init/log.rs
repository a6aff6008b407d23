//! The log of a run: its lines, which of them are new, and what they say of its end.

use crate::page::update_log::{LogLine, LogText};

/// The log of the last initialisation or update, running or over.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct UpdateLog {
    /// The log as HAC sends it.
    pub log_html: String,
}

impl UpdateLog {
    pub(super) fn new(log_html: impl Into<String>) -> Self {
        Self { log_html: log_html.into() }
    }

    /// Its lines, without empty ones.
    pub fn lines(&self) -> Vec<LogLine> {
        LogText::read(&self.log_html).into_lines()
    }

    /// Its lines as text.
    pub fn log_text(&self) -> String {
        self.lines().into_iter().map(|line| line.text).collect::<Vec<_>>().join("\n")
    }

    /// Whether one of its last lines says that the run is finished.
    ///
    /// The words are those that public clients look for; whether something runs is better told by
    /// [`update_status`](crate::HacClient::update_status).
    pub fn is_complete(&self) -> bool {
        says_finished(&self.lines())
    }

    /// The lines that tell of a failure, see [`errors`](Self::errors).
    pub fn has_errors(&self) -> bool {
        !self.errors().is_empty()
    }

    /// The lines that tell of a failure, as far as it can be told from a text.
    ///
    /// No public source says how HAC marks one. What counts is what nobody writes in passing: a frame of a Java stack trace is
    /// not listed, but the exception above it is (`a.b.SomeException: …`, `Caused by: …`), and so is a line whose level is
    /// `ERROR` or `FATAL`. A mere "error" or "failed" in a sentence does not count (hac-client-core takes it for a failure).
    pub fn errors(&self) -> Vec<String> {
        errors(&self.lines())
    }
}

/// How many of the last lines may hold the word of the end.
const LAST_LINES: usize = 10;

/// Whether one of the last lines says that the run is finished.
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
        SIGNS.iter().any(|sign| small.contains(sign))
            || line.text.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == "FINISHED")
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

/// Knows which lines were seen, while the log grows or is replaced by another.
#[derive(Debug, Default)]
pub(super) struct Tracker {
    seen: Vec<LogLine>,
    /// Where the lines of the run begin that is followed.
    begin: usize,
}

/// How many lines must be the same for a log to count as the rest of an older one.
const OVERLAP: usize = 3;

impl Tracker {
    /// A log from before the run: none of it is new.
    pub(super) fn before(html: &str) -> Self {
        let seen = LogText::read(html).into_lines();
        Self { begin: seen.len(), seen }
    }

    /// The whole lines that are new.
    pub(super) fn grown(&mut self, html: &str) -> Vec<LogLine> {
        self.take(LogText::read(html).lines)
    }

    /// All lines that are new, the last one whole or not.
    pub(super) fn ended(&mut self, html: &str) -> Vec<LogLine> {
        self.take(LogText::read(html).into_lines())
    }

    /// What the answer of the run itself has on top of what was followed: the same log, or only this run's part of it.
    pub(super) fn answered(&mut self, html: &str) -> Vec<LogLine> {
        let lines = LogText::read(html).into_lines();
        if lines.starts_with(&self.seen) {
            return self.take(lines);
        }
        let followed = self.run();
        // Where the two texts are not the same at all, the one that was shown is enough.
        let common = (0..=followed.len().min(lines.len()))
            .rev()
            .find(|&count| followed[followed.len() - count..] == lines[..count])
            .unwrap_or_default();
        if common == 0 && !followed.is_empty() {
            return Vec::new();
        }
        let new = lines[common..].to_vec();
        self.seen.extend_from_slice(&new);
        new
    }

    /// The lines of the run that were seen.
    pub(super) fn run(&self) -> &[LogLine] {
        &self.seen[self.begin.min(self.seen.len())..]
    }

    fn take(&mut self, lines: Vec<LogLine>) -> Vec<LogLine> {
        if lines.starts_with(&self.seen) {
            let new = lines[self.seen.len()..].to_vec();
            self.seen = lines;
            return new;
        }
        if self.seen.starts_with(&lines) && !lines.is_empty() && self.begin < self.seen.len() {
            // An older state of the same log: another node, or an answer that was overtaken.
            return Vec::new();
        }
        // The beginning may have been cut off.
        let overlap = (OVERLAP..=self.seen.len().min(lines.len()))
            .rev()
            .find(|&count| self.seen[self.seen.len() - count..] == lines[..count]);
        if let Some(count) = overlap {
            let new = lines[count..].to_vec();
            self.seen.extend_from_slice(&new);
            return new;
        }
        // Another log: that of this run, if an older one was known so far.
        if self.begin == self.seen.len() {
            self.begin = 0;
            self.seen = lines;
            return self.seen.clone();
        }
        let new = lines;
        self.seen.extend_from_slice(&new);
        // What comes next is compared with the new log alone, but belongs to the same run.
        let run = self.seen.split_off(self.begin);
        self.begin = 0;
        self.seen = run;
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(lines: &[LogLine]) -> Vec<&str> {
        lines.iter().map(|line| line.text.as_str()).collect()
    }

    fn log(lines: &[&str]) -> String {
        lines.iter().flat_map(|line| [line, "<br/>"]).collect()
    }

    #[test]
    fn of_a_log_that_grows_each_line_is_given_once_and_only_whole() {
        let mut tracker = Tracker::default();
        assert_eq!(texts(&tracker.grown("<h3>Begin</h3>one<br/>tw")), ["Begin", "one"]);
        assert_eq!(texts(&tracker.grown("<h3>Begin</h3>one<br/>two<br/>")), ["two"]);
        assert!(tracker.grown("<h3>Begin</h3>one<br/>two<br/>").is_empty());
        assert_eq!(texts(&tracker.ended("<h3>Begin</h3>one<br/>two<br/>end")), ["end"]);
        assert_eq!(texts(tracker.run()), ["Begin", "one", "two", "end"]);
    }

    #[test]
    fn of_the_log_from_before_the_run_nothing_is_new() {
        let before = log(&["old", "FINISHED"]);
        // It is appended to.
        let mut tracker = Tracker::before(&before);
        assert!(tracker.grown(&before).is_empty() && tracker.run().is_empty());
        assert_eq!(texts(&tracker.grown(&log(&["old", "FINISHED", "new"]))), ["new"]);
        assert_eq!(texts(tracker.run()), ["new"]);
        // It is replaced, be it by one that begins like it.
        for replaced in [&["new", "more"][..], &["old"]] {
            let mut tracker = Tracker::before(&before);
            assert_eq!(texts(&tracker.grown(&log(replaced))), replaced);
            assert_eq!(texts(tracker.run()), replaced);
        }
    }

    #[test]
    fn a_log_whose_beginning_was_cut_off_goes_on() {
        let mut tracker = Tracker::default();
        tracker.grown(&log(&["1", "2", "3", "4"]));
        assert_eq!(texts(&tracker.grown(&log(&["2", "3", "4", "5"]))), ["5"]);
        assert_eq!(texts(&tracker.grown(&log(&["3", "4", "5", "6"]))), ["6"]);
        assert_eq!(texts(tracker.run()), ["1", "2", "3", "4", "5", "6"]);
    }

    #[test]
    fn an_answer_that_was_overtaken_tells_nothing_again() {
        let mut tracker = Tracker::default();
        tracker.grown(&log(&["1", "2", "3"]));
        assert!(tracker.grown(&log(&["1", "2"])).is_empty());
        assert_eq!(texts(&tracker.grown(&log(&["1", "2", "3", "4"]))), ["4"]);
    }

    #[test]
    fn the_answer_adds_what_was_not_followed() {
        let answer = log(&["a", "b", "c"]);
        assert_eq!(texts(&Tracker::default().answered(&answer)), ["a", "b", "c"]);
        assert_eq!(texts(&Tracker::before(&log(&["old"])).answered(&answer)), ["a", "b", "c"]);
        let mut tracker = Tracker::before(&log(&["old"]));
        tracker.grown(&log(&["old", "a", "b"]));
        assert_eq!(texts(&tracker.answered(&answer)), ["c"], "it holds this run only");
        let mut other = Tracker::default();
        other.grown(&log(&["something", "else"]));
        assert!(other.answered(&answer).is_empty(), "the log that was shown is enough");
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
            assert_eq!(errors(&UpdateLog::new(line).lines()).len(), 1, "{line}");
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
            assert!(errors(&UpdateLog::new(line).lines()).is_empty(), "{line}");
        }
    }

    #[test]
    fn the_end_is_said_in_the_last_lines_only() {
        for end in ["FINISHED", ">>> Update finished in 3m", "<h3>Initialization finished</h3>", "#### FINISHED ####"] {
            assert!(UpdateLog::new(format!("a<br/>{end}<br/>b")).is_complete(), "{end}");
        }
        assert!(!UpdateLog::new("unfinished<br/>will be finished").is_complete());
        let long = log(&[&["Update finished"][..], &["x"; 20]].concat());
        assert!(!UpdateLog::new(long).is_complete(), "that was an earlier run");
    }
}
