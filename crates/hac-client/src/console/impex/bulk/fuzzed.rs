//! The splitter, for the fuzz target.

use encoding_rs::UTF_8;

use super::split::Splitter;
use crate::console::impex::script::{Kind, Statements};

/// Returns the rows of all chunks of a file, each with its first line in the file; `None` if the file is refused.
///
/// # Panics
/// If a chunk does not stand alone, or has more rows than it may.
pub(crate) fn rows(file: &[u8], limit: usize) -> Option<Vec<(usize, String)>> {
    let mut splitter = Splitter::new(file, UTF_8).ok()?;
    let mut rows = Vec::new();
    while let Some(chunk) = splitter.next(limit, &mut |_: Kind, _: usize| true).ok()? {
        let trimmed = |text: &str| text.trim_end_matches(['\n', '\r']).to_owned();
        let own: Vec<_> = chunk.places.iter().enumerate().filter(|(_, place)| !place.carried).collect();
        let has_code = chunk.places.iter().any(|place| place.kind == Kind::Code);
        assert!(chunk.rows <= limit || has_code, "{} rows, and at most {limit} may be", chunk.rows);
        // What the server reads is what was read here.
        let read: Vec<_> =
            Statements::of(&chunk.text).map(|found| (found.kind, found.line, found.text.to_owned())).collect();
        let told: Vec<_> = chunk
            .places
            .iter()
            .enumerate()
            .map(|(index, place)| (place.kind, place.at, trimmed(chunk.text_of(index))))
            .collect();
        assert_eq!(read, told);
        let (first, last) = chunk.range();
        assert!(own.iter().all(|(_, place)| place.line >= first && place.last_line <= last));
        rows.extend(
            own.iter()
                .filter(|(_, place)| place.is_row())
                .map(|(index, place)| (place.line, trimmed(chunk.text_of(*index)))),
        );
    }
    Some(rows)
}
