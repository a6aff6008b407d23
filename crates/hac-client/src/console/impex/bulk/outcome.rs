//! Which rows of a chunk failed, by the report of the server.

use std::collections::BTreeMap;

use super::journal::Entry;
use super::split::Chunk;
use crate::console::impex::locate::{self, Located};
use crate::console::impex::script::{Kind, mode_of};
use crate::console::impex::{ImpexFailure, ImpexResult};

/// What became of the rows of a chunk. All that are not mentioned were imported.
#[derive(Debug, Default)]
pub(super) struct ChunkOutcome {
    /// For the journal.
    pub(super) entries: Vec<Entry>,
    /// The number of rows that failed, and of those that are kept for the second round.
    pub(super) failed: usize,
    pub(super) kept: usize,
    /// The failures, with lines of the file.
    pub(super) failures: Vec<ImpexFailure>,
}

/// Reads the result of a chunk. `script` is what was sent. At most `room` rows are kept for the second round.
pub(super) fn of(result: &ImpexResult, chunk: &Chunk, script: &str, room: usize) -> ChunkOutcome {
    if result.success() {
        return ChunkOutcome::default();
    }
    let located = locate::located(&result.output, Some(script), usize::MAX);
    if located.is_empty() {
        return aborted(result, chunk);
    }
    let mut reader = Reader { chunk, room, rows: BTreeMap::new(), elsewhere: Vec::new(), failures: Vec::new() };
    for located in located {
        reader.take(located);
    }
    reader.outcome()
}

struct Row {
    reason: String,
    kept: bool,
}

struct Reader<'a> {
    chunk: &'a Chunk,
    room: usize,
    /// The rows that failed, by their place in the chunk.
    rows: BTreeMap<usize, Row>,
    /// The reasons of what is in no line of the chunk.
    elsewhere: Vec<String>,
    failures: Vec<ImpexFailure>,
}

impl Reader<'_> {
    fn take(&mut self, located: Located) {
        let Located { mut failure, is_partial } = located;
        // Among lines with the same content it does not matter which one is marked, but each is marked once.
        let free = |at: &usize| self.chunk.place(*at).is_some_and(|index| !self.rows.contains_key(&index));
        let place = failure.line.or_else(|| failure.candidate_lines.iter().copied().find(free));
        let place = place.and_then(|at| self.chunk.place(at));
        failure.line = failure.line.and_then(|at| self.in_file(at));
        failure.candidate_lines = failure.candidate_lines.iter().filter_map(|at| self.in_file(*at)).collect();
        let Some(index) = place else {
            self.elsewhere.push(format!("{}: {}", failure.reason, failure.text));
            self.failures.push(failure);
            return;
        };
        let place = self.chunk.places[index];
        if place.is_row() {
            let kept = self.room > 0 && is_unresolved(&failure.reason) && (!is_partial || self.may_be_repeated(index));
            self.room -= usize::from(kept);
            self.rows.insert(index, Row { reason: failure.reason.clone(), kept });
            if !kept {
                self.failures.push(failure);
            }
            return;
        }
        // A header that fails takes its rows with it.
        let below =
            self.chunk.places.iter().enumerate().skip(index + 1).take_while(|(_, place)| place.kind != Kind::Header);
        let below: Vec<usize> = below.filter(|(_, place)| place.is_row()).map(|(index, _)| index).collect();
        for index in below {
            let reason = format!("the header in line {} failed: {}", place.line, failure.reason);
            self.rows.entry(index).or_insert(Row { reason, kept: false });
        }
        self.failures.push(failure);
    }

    fn in_file(&self, at: usize) -> Option<usize> {
        self.chunk.place(at).map(|index| self.chunk.places[index].line)
    }

    /// Returns whether a row that was processed in part may be imported as a whole again: only if its header finds the item.
    fn may_be_repeated(&self, index: usize) -> bool {
        let header = (0..index).rev().find(|before| self.chunk.places[*before].kind == Kind::Header);
        header.is_some_and(|header| {
            let header = self.chunk.text_of(header);
            let lower: String = header.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
            mode_of(header).is_some_and(|(mode, _)| !mode.eq_ignore_ascii_case("INSERT"))
                && lower.contains("unique=true")
        })
    }

    fn outcome(self) -> ChunkOutcome {
        let mut outcome = ChunkOutcome { failures: self.failures, ..ChunkOutcome::default() };
        for (index, row) in self.rows {
            outcome.entries.push(Entry::new(self.chunk.places[index].line, &row.reason, row.kept));
            *(if row.kept { &mut outcome.kept } else { &mut outcome.failed }) += 1;
        }
        outcome.entries.extend(self.elsewhere.iter().map(|reason| Entry::new(0, reason, false)));
        outcome
    }
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
        let result = ImpexResult {
            level: "error".into(),
            summary: "problems".into(),
            failures: Vec::new(),
            output: dump.into(),
            elapsed: Duration::ZERO,
        };
        of(&result, &chunk, &chunk.text, 2)
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

    #[test]
    fn a_header_that_fails_takes_its_rows_with_it() {
        let dump = "INSERT A;x[default=$a] # no such type\n";
        let told = "the header in line 2 failed: no such type".to_owned();
        assert_eq!(entries(dump), [3, 4, 5].map(|line| (line, told.clone(), false)));
        assert_eq!(outcome(dump).failures.len(), 1);
    }

    #[test]
    fn what_is_in_no_line_is_told_too() {
        let dump = "INSERT A;x[default=$a]\n,,,,why;unknown\n";
        assert_eq!(entries(dump), [(0, "why: ,,,,why;unknown".to_owned(), false)]);
    }

    #[test]
    fn without_a_report_no_row_counts_as_imported() {
        let outcome = outcome("");
        assert_eq!((outcome.failed, outcome.entries.len()), (5, 5));
        assert!(outcome.entries[0].reason.contains("may have been imported"));
    }
}
