//! Which rows of a chunk failed, by the report of the server.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::journal::Entry;
use super::split::Chunk;
use crate::console::impex::locate::{self, Located, Spot};
use crate::console::impex::script::{Kind, mode_of};
use crate::console::impex::{ImpexFailure, ImpexResult, dump};

/// How many failures of a chunk are told, and how many that are in no line of it.
const MOST_TOLD: usize = 10_000;
const MOST_ELSEWHERE: usize = 1_000;

/// What became of the rows of a chunk. All that are not mentioned were imported.
#[derive(Debug, Default)]
pub(super) struct ChunkOutcome {
    /// For the journal.
    pub(super) entries: Vec<Entry>,
    /// The number of rows that failed, and of those that are kept for the second round.
    pub(super) failed: usize,
    pub(super) kept: usize,
    /// The number of failures that are those of no row.
    pub(super) elsewhere: usize,
    /// The failures, with lines of the file.
    pub(super) failures: Vec<ImpexFailure>,
}

/// Reads the result of a chunk. `script` is what was sent. At most `room` rows are kept for the second round.
///
/// Where it is not certain which row failed, all that it may be count as failed: a row that counts as imported was imported.
pub(super) fn of(result: &ImpexResult, chunk: &Chunk, script: &str, room: usize) -> ChunkOutcome {
    if result.success() {
        return ChunkOutcome::default();
    }
    let mut reader = Reader {
        chunk,
        headers: headers(chunk),
        room,
        rows: BTreeMap::new(),
        suspects: BTreeMap::new(),
        anywhere: None,
        headers_without_rows: BTreeMap::new(),
        elsewhere: Vec::new(),
        unlisted: 0,
        failures: Vec::new(),
    };
    locate::located(&result.output, Some(script), usize::MAX, |located| reader.take(located));
    if reader.failures.is_empty() && reader.rows.is_empty() {
        return aborted(result, chunk);
    }
    if let Some(told) = dump::preface(&result.output) {
        reader.anywhere.get_or_insert_with(|| told.into());
        reader.note_elsewhere(told.to_owned());
    }
    reader.outcome()
}

struct Row {
    reason: String,
    kept: bool,
    /// Whether the server named the row itself, and not only its header.
    is_named: bool,
}

struct Reader<'a> {
    chunk: &'a Chunk,
    headers: Vec<(usize, bool)>,
    room: usize,
    /// The rows that failed, by their place in the chunk.
    rows: BTreeMap<usize, Row>,
    /// What may be, or have, a row that failed, by its place in the chunk; with the reason of that row.
    suspects: BTreeMap<usize, Rc<str>>,
    /// The reason of a failure that may be that of any row.
    anywhere: Option<Rc<str>>,
    /// The headers that failed and have no rows here, by their place in the chunk, with their reasons.
    headers_without_rows: BTreeMap<usize, String>,
    /// The reasons of what is in no line of the chunk, and the number of those that are not listed.
    elsewhere: Vec<String>,
    unlisted: usize,
    failures: Vec<ImpexFailure>,
}

impl Reader<'_> {
    fn take(&mut self, located: Located) {
        let Located { mut failure, is_partial, spot } = located;
        failure.line = failure.line.and_then(|at| self.in_file(at));
        failure.candidate_lines = failure.candidate_lines.iter().filter_map(|at| self.in_file(*at)).collect();
        if failure.reason.is_empty() {
            "the server gave no reason".clone_into(&mut failure.reason);
        }
        match spot {
            Spot::Line(at) => match self.chunk.place(at) {
                Some(index) if self.chunk.places[index].is_row() => self.row(index, failure, is_partial),
                Some(index) => self.header(index, failure),
                None => self.anywhere(failure),
            },
            Spot::Among(lines) => {
                let reason: Rc<str> = failure.reason.as_str().into();
                for index in lines.into_iter().filter_map(|at| self.chunk.place(at)) {
                    self.suspects.entry(index).or_insert_with(|| Rc::clone(&reason));
                }
                if failure.candidate_lines.is_empty() {
                    self.note_elsewhere(format!("{}: {}", failure.reason, failure.text));
                }
                self.tell(failure);
            }
            Spot::Anywhere => self.anywhere(failure),
        }
    }

    fn row(&mut self, index: usize, failure: ImpexFailure, is_partial: bool) {
        if self.rows.get(&index).is_some_and(|row| row.is_named) {
            // Two failures cannot be that of one row: another row failed that looks like it.
            self.anywhere(failure);
            return;
        }
        let kept = self.room > 0 && is_unresolved(&failure.reason) && (!is_partial || self.may_be_repeated(index));
        self.room -= usize::from(kept);
        self.rows.insert(index, Row { reason: failure.reason.clone(), kept, is_named: true });
        if !kept {
            self.tell(failure);
        }
    }

    /// A header that fails takes its rows with it.
    fn header(&mut self, index: usize, failure: ImpexFailure) {
        let line = self.chunk.places[index].line;
        let places = self.chunk.places.iter().enumerate().skip(index + 1);
        let below = places.take_while(|(_, place)| place.kind != Kind::Header).filter(|(_, place)| place.is_row());
        let mut has_rows = false;
        for (below, _) in below {
            has_rows = true;
            let reason = format!("the header in line {line} failed: {}", failure.reason);
            self.rows.entry(below).or_insert(Row { reason, kept: false, is_named: false });
        }
        if !has_rows {
            self.headers_without_rows.entry(index).or_insert_with(|| failure.reason.clone());
        }
        self.tell(failure);
    }

    fn anywhere(&mut self, failure: ImpexFailure) {
        self.anywhere.get_or_insert_with(|| failure.reason.as_str().into());
        self.note_elsewhere(format!("{}: {}", failure.reason, failure.text));
        self.tell(failure);
    }

    fn note_elsewhere(&mut self, told: String) {
        if self.elsewhere.len() < MOST_ELSEWHERE { self.elsewhere.push(told) } else { self.unlisted += 1 }
    }

    fn tell(&mut self, failure: ImpexFailure) {
        if self.failures.len() < MOST_TOLD {
            self.failures.push(failure);
        }
    }

    fn in_file(&self, at: usize) -> Option<usize> {
        self.chunk.place(at).map(|index| self.chunk.places[index].line)
    }

    /// Returns whether a row that was processed in part may be imported as a whole again: only if its header finds the item.
    fn may_be_repeated(&self, index: usize) -> bool {
        let above = self.headers.partition_point(|(header, _)| *header < index);
        above.checked_sub(1).is_some_and(|header| self.headers[header].1)
    }

    /// Marks the rows that may have failed.
    fn suspect(&mut self) {
        let mut below = None;
        for (index, place) in self.chunk.places.iter().enumerate() {
            if place.kind == Kind::Header {
                below = self.suspects.get(&index);
            }
            if !place.is_row() {
                continue;
            }
            if let Some(reason) = self.suspects.get(&index).or(below).or(self.anywhere.as_ref()) {
                let reason =
                    format!("a row failed, and it is unknown which: {reason}; this row may have been imported");
                self.rows.entry(index).or_insert(Row { reason, kept: false, is_named: false });
            }
        }
    }

    fn outcome(mut self) -> ChunkOutcome {
        self.suspect();
        let mut outcome = ChunkOutcome { failures: self.failures, ..ChunkOutcome::default() };
        for (index, row) in self.rows {
            outcome.entries.push(Entry::new(self.chunk.places[index].line, &row.reason, row.kept));
            *(if row.kept { &mut outcome.kept } else { &mut outcome.failed }) += 1;
        }
        for (index, reason) in self.headers_without_rows {
            outcome.entries.push(Entry::new(self.chunk.places[index].line, &reason, false));
            outcome.elsewhere += 1;
        }
        if outcome.failed + outcome.kept + outcome.elsewhere == 0 {
            outcome.elsewhere = 1;
        }
        outcome.entries.extend(self.elsewhere.iter().map(|reason| Entry::new(0, reason, false)));
        if self.unlisted > 0 {
            outcome.entries.push(Entry::new(0, &format!("and {} more", self.unlisted), false));
        }
        outcome
    }
}

/// Returns the headers of a chunk, by their places, and whether each finds the items of its rows.
fn headers(chunk: &Chunk) -> Vec<(usize, bool)> {
    let finds = |header: &str| {
        let lower: String = header.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
        mode_of(header).is_some_and(|(mode, _)| !mode.eq_ignore_ascii_case("INSERT")) && lower.contains("unique=true")
    };
    let headers = chunk.places.iter().enumerate().filter(|(_, place)| place.kind == Kind::Header);
    headers.map(|(index, _)| (index, finds(chunk.text_of(index)))).collect()
}

/// Returns whether a row failed only because something that it refers to was missing. A row may have several reasons.
fn is_unresolved(reason: &str) -> bool {
    const WORDS: [&str; 3] = ["cannot resolve", "could not resolve", "unresolved"];
    reason.split('|').all(|reason| {
        let reason = reason.to_lowercase();
        WORDS.iter().any(|words| reason.contains(words))
    })
}

/// The server reports an error and no rows: what it imported before it gave up is unknown.
fn aborted(result: &ImpexResult, chunk: &Chunk) -> ChunkOutcome {
    let named = result.failures.first();
    let place = named.and_then(|named| named.line).and_then(|at| chunk.place(at)).map(|index| chunk.places[index]);
    let reason = named.map_or(result.summary.as_str(), |named| named.reason.as_str());
    let told = place.map_or_else(
        || format!("the server gave up: {reason}; this row may have been imported"),
        |place| format!("the server gave up in line {}: {reason}; this row may have been imported", place.line),
    );
    let mut outcome = ChunkOutcome::default();
    for row in chunk.places.iter().filter(|place| place.is_row()) {
        let is_named = place.is_some_and(|place| place.line == row.line);
        outcome.entries.push(Entry::new(row.line, if is_named { reason } else { &told }, false));
        outcome.failed += 1;
    }
    if outcome.failed == 0 {
        outcome.entries.push(Entry::new(place.map_or(0, |place| place.line), reason, false));
        outcome.elsewhere = 1;
    }
    let text = named.map_or_else(String::new, |named| named.text.clone());
    outcome.failures.push(ImpexFailure {
        line: place.map(|place| place.line),
        candidate_lines: Vec::new(),
        reason: reason.to_owned(),
        text,
    });
    outcome
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use encoding_rs::UTF_8;

    use super::*;
    use crate::console::impex::bulk::split::Splitter;

    const SCRIPT: &str = "$a=1\nINSERT A;x[default=$a]\n;1\n;2\n;2\nINSERT_UPDATE B;x[unique = true];y\n;3;z\n;4;z\n";

    fn outcome(dump: &str) -> ChunkOutcome {
        let mut splitter = Splitter::new(SCRIPT.as_bytes(), UTF_8).expect("text");
        let chunk = splitter.next(100, &mut |_, _| true).expect("statements").expect("a chunk");
        of(&failed(dump), &chunk, &chunk.text, 2)
    }

    fn failed(dump: &str) -> ImpexResult {
        ImpexResult {
            level: "error".into(),
            summary: "problems".into(),
            failures: Vec::new(),
            output: dump.into(),
            elapsed: Duration::ZERO,
        }
    }

    fn entries(dump: &str) -> Vec<(usize, String, bool)> {
        outcome(dump).entries.into_iter().map(|entry| (entry.line, entry.reason, entry.kept)).collect()
    }

    #[test]
    fn rows_that_only_miss_a_reference_are_kept_and_others_have_failed() {
        let b = "INSERT_UPDATE B;x[unique = true];y\n";
        let missing = "column 2: cannot resolve value 'z' for attribute 'y'";
        let mixed = format!("{missing} | column 1: too long");
        let dump = format!("{b}\",,,,{missing}\";3;z\n\",,,,{mixed}\";4;z\n");
        assert_eq!(entries(&dump), [(7, missing.to_owned(), true), (8, mixed, false)]);
        let outcome = outcome(&dump);
        assert_eq!((outcome.failed, outcome.kept, outcome.failures.len()), (1, 1, 1));
        assert_eq!(outcome.failures[0].line, Some(8));
    }

    #[test]
    fn a_row_that_was_processed_in_part_is_repeated_only_where_its_item_is_found() {
        let missing = "column 2: cannot resolve value 'z' for attribute 'y'";
        let dump = format!(
            "INSERT A;x[default=$a]\n\"A,123,,,{missing}\";1\nINSERT_UPDATE B;x[unique = true];y\n\"B,124,,,{missing}\";<ignore>3;z\n"
        );
        assert_eq!(entries(&dump), [(3, missing.to_owned(), false), (7, missing.to_owned(), true)]);
    }

    #[test]
    fn of_rows_that_are_the_same_as_many_are_marked_as_failed() {
        let dump = "INSERT A;x[default=$a]\n,,,,why;2\n";
        assert_eq!(entries(dump), [(4, "why".to_owned(), false)]);
        assert_eq!(outcome(dump).failures[0].candidate_lines, [4, 5]);
    }

    /// The outcome of a script that is one chunk.
    fn outcome_of(script: &str, dump: &str) -> ChunkOutcome {
        let mut splitter = Splitter::new(script.as_bytes(), UTF_8).expect("text");
        let chunk = splitter.next(usize::MAX, &mut |_, _| true).expect("statements").expect("a chunk");
        of(&failed(dump), &chunk, &chunk.text, 0)
    }

    fn lines(outcome: &ChunkOutcome) -> Vec<usize> {
        outcome.entries.iter().map(|entry| entry.line).collect()
    }

    #[test]
    fn of_very_many_rows_that_are_the_same_as_many_are_marked_as_failed() {
        const ROWS: usize = 100_000;
        const FAILED: usize = 60_000;
        let script = format!("INSERT A;x\n{}", ";1\n".repeat(ROWS));
        let outcome = outcome_of(&script, &format!("INSERT A;x\n{}", ",,,,why;1\n".repeat(FAILED)));
        assert_eq!((outcome.failed, outcome.kept, outcome.failures.len()), (FAILED, 0, MOST_TOLD));
        assert_eq!(lines(&outcome), (2..FAILED + 2).collect::<Vec<_>>());
        // What would grow with their square: the lines that each may be.
        let held: usize = outcome.failures.iter().map(|failure| failure.candidate_lines.len()).sum();
        assert!(held <= MOST_TOLD * 100, "{held}");
    }

    #[test]
    fn of_very_many_failures_that_are_in_no_line_some_are_listed() {
        let dump = format!("INSERT A;x\n{}", ",,,,why;unknown\n".repeat(100_000));
        let outcome = outcome_of("INSERT A;x\n;1\n;2\n", &dump);
        assert_eq!((outcome.failed, outcome.entries.len()), (2, 2 + MOST_ELSEWHERE + 1));
        assert_eq!(outcome.entries.last().map(|entry| entry.reason.as_str()), Some("and 99000 more"));
    }

    #[test]
    fn a_row_that_may_have_failed_never_counts_as_imported() {
        for (script, dump, expected) in [
            // More failures than rows with that content: one more row of the header failed.
            ("INSERT A;x\n;1\n;2\nINSERT B;x\n;1\n", "INSERT A;x\n,,,,why;1\n,,,,why;1\n", &[2, 3][..]),
            // A header that is not in the script: it may be any row.
            ("INSERT A;x\n;1\nINSERT B;x\n;2\n", "INSERT C;x\n,,,,why;3\n", &[2, 4, 0]),
            // Two failures that look like the same row.
            ("INSERT A;x\n;1\nINSERT B;x\n;2\n", "INSERT A;x\n,,,,why;1\nINSERT C;x\n,,,,why;1\n", &[2, 4, 0]),
            // Rows with the same text and another meaning.
            ("$m=1\nINSERT A;x\n;$m\n$m=2\n;$m\n;3\n", "INSERT A;x\n,,,,why;$m\n", &[3, 5]),
            // One of two headers with the same text.
            ("INSERT A;x\n;1\nINSERT B;x\n;2\nINSERT A;x\n;3\n", "INSERT A;x # no\n", &[2, 6]),
            // A row without a mark.
            ("INSERT A;x\n;1\n;2\n", "INSERT A;x\n;1\n,,,,why;2\n", &[2, 3]),
            ("INSERT A;x\n;1\n;2\n", "INSERT A;x\n;1\n;4\n,,,,why;2\n", &[2, 3, 0]),
            // Something went wrong besides.
            ("INSERT A;x\n;1\nINSERT B;x\n;2\n", "gave up\nINSERT A;x\n,,,,why;1\n", &[2, 4, 0]),
        ] {
            let outcome = outcome_of(script, dump);
            assert_eq!(lines(&outcome), expected, "{script}{dump}");
            assert_eq!(outcome.failed, expected.iter().filter(|line| **line > 0).count(), "{script}{dump}");
            assert!(!outcome.failures.is_empty(), "{script}{dump}");
        }
    }

    #[test]
    fn a_header_that_fails_takes_its_rows_with_it() {
        let dump = "INSERT A;x[default=$a] # no such type\n";
        let told = "the header in line 2 failed: no such type".to_owned();
        assert_eq!(entries(dump), [3, 4, 5].map(|line| (line, told.clone(), false)));
        assert_eq!(outcome(dump).failures.len(), 1);
    }

    #[test]
    fn what_is_in_no_line_is_told_too_and_may_be_any_row_of_its_header() {
        let dump = "INSERT A;x[default=$a]\n,,,,why;unknown\n";
        let reason = "a row failed, and it is unknown which: why; this row may have been imported";
        let rows = [3, 4, 5].map(|line| (line, reason.to_owned(), false));
        let told = [(0, "why: ,,,,why;unknown".to_owned(), false)];
        assert_eq!(entries(dump), rows.into_iter().chain(told).collect::<Vec<_>>());
    }

    #[test]
    fn without_a_report_no_row_counts_as_imported() {
        let outcome = outcome("");
        assert_eq!((outcome.failed, outcome.entries.len()), (5, 5));
        assert!(outcome.entries[0].reason.contains("may have been imported"));
    }
}
