//! Which lines of a log are new, while it grows or is replaced by another.

use std::hash::{BuildHasher as _, RandomState};

use super::log::errors;
use crate::limits::COLLECTED_LIMIT;
use crate::page::update_log::{LogLine, LogText};

/// How many lines must be the same for a log to count as the rest of an older one.
const OVERLAP: usize = 3;

/// How much is remembered of logs that replaced each other; one log has half of it at most.
const HISTORY_LIMIT: usize = 2 * COLLECTED_LIMIT;

/// How many failures of forgotten lines are remembered.
const MOST_ERRORS: usize = 1_000;

/// Knows which lines were seen.
#[derive(Debug, Default)]
pub(crate) struct Tracker {
    seen: Vec<LogLine>,
    /// Where the lines of the run begin that is followed.
    begin: usize,
    /// The failures that lines told of which are forgotten by now.
    forgotten_errors: Vec<String>,
}

impl Tracker {
    /// A log from before the run: none of it is new.
    pub(crate) fn before(html: &str) -> Self {
        let seen = LogText::read(html).into_lines();
        Self { begin: seen.len(), seen, forgotten_errors: Vec::new() }
    }

    /// The whole lines that are new.
    pub(crate) fn grown(&mut self, html: &str) -> Vec<LogLine> {
        self.take(LogText::read(html).lines)
    }

    /// All lines that are new, the last one whole or not.
    pub(crate) fn ended(&mut self, html: &str) -> Vec<LogLine> {
        self.take(LogText::read(html).into_lines())
    }

    /// What the answer of the run itself has on top of what was followed: the same log, or only this run's part of it.
    pub(crate) fn answered(&mut self, html: &str) -> Vec<LogLine> {
        let lines = LogText::read(html).into_lines();
        if self.run().is_empty() && lines == self.seen {
            // A run writes at least its own beginning: this log took the place of that of an equal run before it.
            self.begin = 0;
            return lines;
        }
        if lines.starts_with(&self.seen) {
            return self.take(lines);
        }
        let followed = self.run();
        // Where the two texts are not the same at all, the one that was shown is enough.
        let common = overlap(followed, &lines);
        if common == 0 && !followed.is_empty() {
            return Vec::new();
        }
        self.append(&lines, common)
    }

    /// The lines of the run that were seen.
    pub(crate) fn run(&self) -> &[LogLine] {
        &self.seen[self.begin.min(self.seen.len())..]
    }

    /// What the lines of the run say of failures.
    pub(crate) fn errors(&self) -> Vec<String> {
        self.forgotten_errors.iter().cloned().chain(errors(self.run())).collect()
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
        let common = overlap(&self.seen, &lines);
        if common >= OVERLAP {
            return self.append(&lines, common);
        }
        // Another log: that of this run, if an older one was known so far.
        if self.begin == self.seen.len() {
            self.begin = 0;
            self.seen = lines;
            return self.seen.clone();
        }
        let new = self.append(&lines, 0);
        // What comes next is compared with the new log alone, but belongs to the same run.
        let run = self.seen.split_off(self.begin);
        self.begin = 0;
        self.seen = run;
        new
    }

    /// Adds the lines of a log that were not seen yet, and returns them.
    fn append(&mut self, lines: &[LogLine], common: usize) -> Vec<LogLine> {
        let log_length = lines.len();
        let new = lines[common..].to_vec();
        self.seen.extend_from_slice(&new);
        self.forget(log_length);
        new
    }

    /// Keeps the last log alone where its predecessors have become too many.
    fn forget(&mut self, log_length: usize) {
        let weight: usize = self.seen.iter().map(|line| size_of::<LogLine>() + line.text.len()).sum();
        if weight <= HISTORY_LIMIT {
            return;
        }
        let forgotten = self.seen.len() - log_length;
        let room = MOST_ERRORS.saturating_sub(self.forgotten_errors.len());
        let told = errors(&self.seen[self.begin.min(forgotten)..forgotten]);
        self.forgotten_errors.extend(told.into_iter().take(room));
        self.seen.drain(..forgotten);
        self.begin = self.begin.saturating_sub(forgotten);
    }
}

/// How many of the first lines of a log are the last ones that were seen, in time that grows with the length of both.
fn overlap(seen: &[LogLine], log: &[LogLine]) -> usize {
    // Numbers are compared faster than long lines that are almost the same.
    let hasher = RandomState::new();
    let hashed = |lines: &[LogLine]| -> Vec<u64> { lines.iter().map(|line| hasher.hash_one(&line.text)).collect() };
    let end = &seen[seen.len().saturating_sub(log.len())..];
    let common = longest_overlap(&hashed(end), &hashed(log));
    if end[end.len() - common..] == log[..common] { common } else { 0 }
}

/// The length of the longest end of one list that is the beginning of another (Knuth, Morris and Pratt).
fn longest_overlap<T: PartialEq>(end: &[T], begin: &[T]) -> usize {
    // Of each prefix: the length of its longest end, shorter than itself, that is a prefix again.
    let mut borders = vec![0; begin.len()];
    for at in 1..begin.len() {
        borders[at] = extended(borders[at - 1], &begin[at], begin, &borders);
    }
    let mut common = 0;
    for item in end {
        if common == begin.len() {
            common = borders.last().copied().unwrap_or_default();
        }
        common = extended(common, item, begin, &borders);
    }
    common
}

/// The length of the longest prefix that ends with the item, where so many items before it are a prefix.
fn extended<T: PartialEq>(mut length: usize, item: &T, begin: &[T], borders: &[usize]) -> usize {
    while begin.get(length).is_some_and(|next| next != item) {
        if length == 0 {
            return 0;
        }
        length = borders[length - 1];
    }
    if begin.is_empty() { 0 } else { length + 1 }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use proptest::prelude::*;

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
    fn the_log_of_a_run_that_repeats_the_one_before_is_its_own() {
        let same = log(&["begin", "FINISHED"]);
        let mut tracker = Tracker::before(&same);
        assert_eq!(texts(&tracker.answered(&same)), ["begin", "FINISHED"]);
        assert_eq!(texts(tracker.run()), ["begin", "FINISHED"]);
        let mut tracker = Tracker::before(&same);
        assert_eq!(texts(&tracker.answered(&log(&["begin", "FINISHED", "begin"]))), ["begin"]);
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
    fn an_outdated_log_adds_no_lines() {
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

    thread_local! {
        static COMPARED: Cell<usize> = const { Cell::new(0) };
    }

    /// Counts how often it is compared.
    struct Counted(u8);

    impl PartialEq for Counted {
        fn eq(&self, other: &Self) -> bool {
            COMPARED.set(COMPARED.get() + 1);
            self.0 == other.0
        }
    }

    #[test]
    fn equal_lines_are_compared_a_few_times_each() {
        const LINES: usize = 200_000;
        let lines = |first: u8, last: u8| -> Vec<Counted> {
            (0..LINES)
                .map(|at| {
                    Counted(if at == 0 {
                        first
                    } else if at == LINES - 1 {
                        last
                    } else {
                        b'x'
                    })
                })
                .collect()
        };
        for (end, begin, common) in [
            (lines(b'x', b'x'), lines(b'y', b'x'), 0),
            (lines(b'x', b'y'), lines(b'x', b'x'), 0),
            (lines(b'x', b'x'), lines(b'x', b'y'), LINES - 1),
            (lines(b'y', b'x'), lines(b'x', b'x'), LINES - 1),
            (lines(b'x', b'x'), lines(b'x', b'x'), LINES),
        ] {
            COMPARED.set(0);
            assert_eq!(longest_overlap(&end, &begin), common);
            assert!(COMPARED.get() <= 6 * LINES, "{}", COMPARED.get());
        }
    }

    #[test]
    fn a_log_of_very_many_equal_lines_is_followed() {
        let equal = "x<br/>".repeat(100_000);
        let mut tracker = Tracker::default();
        assert_eq!(tracker.grown(&format!("first<br/>{equal}")).len(), 100_001);
        // Its beginning was cut off, and it has grown by a line.
        assert_eq!(texts(&tracker.grown(&format!("{equal}y<br/>"))), ["y"]);
        assert_eq!(texts(&tracker.answered(&format!("{equal}y<br/>end"))), ["end"]);
        assert_eq!(tracker.run().len(), 100_003);
    }

    #[test]
    fn of_logs_that_replace_each_other_the_last_is_remembered_and_the_failures_of_all() {
        let mut tracker = Tracker::default();
        let long = "x".repeat(10 << 20);
        for number in 0..20 {
            let new = tracker.grown(&format!("log {number}<br/>ERROR {number}<br/>{number} {long}<br/>"));
            assert_eq!(new.len(), 3, "{number}");
            let kept: usize = tracker.seen.iter().map(|line| line.text.len()).sum();
            assert!(kept <= HISTORY_LIMIT, "{kept}");
        }
        assert_eq!(tracker.errors(), (0..20).map(|number| format!("ERROR {number}")).collect::<Vec<_>>());
        assert!(tracker.run().len() >= 3 && tracker.run().len() < 60);
    }

    proptest! {
        #[test]
        fn the_overlap_is_the_longest_there_is(end in prop::collection::vec(0_u8..3, 0..12), begin in prop::collection::vec(0_u8..3, 0..12)) {
            let longest = (0..=end.len().min(begin.len())).rev().find(|&count| end[end.len() - count..] == begin[..count]);
            prop_assert_eq!(longest_overlap(&end, &begin), longest.unwrap_or_default());
        }
    }
}
