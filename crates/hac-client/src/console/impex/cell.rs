//! Cells of ImpEx.

use std::borrow::Cow;

/// Returns a value as a cell of ImpEx that an import reads back as it is: in quotes where ImpEx needs them. An empty text becomes `""`,
/// because an empty cell is a null.
pub fn impex_cell(cell: &str) -> Cow<'_, str> {
    let needs_it = cell.is_empty()
        || cell.contains([';', '"', '\n', '\r', '\\'])
        || cell.starts_with(char::is_whitespace)
        || cell.ends_with(char::is_whitespace)
        // Macros, comments and what is not to be imported.
        || cell.starts_with(['$', '#', '<', '&']);
    if needs_it { Cow::Owned(format!("\"{}\"", cell.replace('"', "\"\""))) } else { Cow::Borrowed(cell) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_an_import_would_read_them_differently() {
        for (cell, expected) in [
            ("plain text", "plain text"),
            ("a;b", "\"a;b\""),
            ("say \"x\"", "\"say \"\"x\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            (" before", "\" before\""),
            ("after\t", "\"after\t\""),
            ("$macro", "\"$macro\""),
            ("", "\"\""),
        ] {
            assert_eq!(impex_cell(cell), expected);
        }
    }
}
