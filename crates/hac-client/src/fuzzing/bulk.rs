//! Files that are split into chunks.

use super::text;
use crate::console::impex::bulk::fuzzed;
use crate::console::impex::script::{Kind, Statements};

/// A file, split into chunks of few rows.
///
/// # Panics
/// Where a promise is broken: a row that is missing, comes twice, in another order or with another line; a chunk that has more rows than
/// it may; a file that a stream understands otherwise than memory does.
pub fn impex_chunks(data: &[u8]) {
    // Text in another encoding is recognised or refused; what it becomes is the same text.
    let script = match data {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, 0, 0xfe, 0xff, ..] => None,
        data => Some(text(data)),
    };
    let rows_of = |limit: usize| fuzzed::rows(data, limit);
    let Some(script) = script else {
        let _ = rows_of(3);
        return;
    };
    let expected: Vec<_> = Statements::of(&script)
        .filter(|statement| matches!(statement.kind, Kind::Row | Kind::Code))
        .map(|statement| (statement.line, statement.text.to_owned()))
        .collect();
    for limit in [1, 2, 7, usize::MAX] {
        // A file that cannot be split is refused before anything is sent.
        if let Some(rows) = rows_of(limit) {
            assert_eq!(rows, expected, "in chunks of {limit}");
        }
    }
}
