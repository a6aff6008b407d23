//! Parses the dump of unresolved lines that HAC shows after an import with problems.
//!
//! The dump is ImpEx with reasons: after a `#` on the line of an invalid header, and in the first cell
//! of a row, after type, PK and two more fields: `Product,8796093054977,,,reason;4711;…` (seen by a
//! public Java client, whose tests contain such dumps). Processed cells are marked `<ignore>` (seen in
//! public issue reports with the server's log).

use std::borrow::Cow;

use super::script::{cells, first_line, has_odd_quotes, mode_of};

/// Marks a cell that an earlier pass has processed.
const DONE: &str = "<ignore>";

/// An entry of the dump.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry<'a> {
    /// A header; with a reason if it is invalid.
    Header { text: &'a str, reason: Option<&'a str> },
    /// A row with its reason. `cells` does not contain the first cell.
    ///
    /// A row is partial if an item was created or found for it, and only some of its cells were processed.
    Row { text: &'a str, reason: String, cells: Vec<Cow<'a, str>>, is_partial: bool },
}

/// Parses the dump. Ignores lines before the first header or row.
pub(crate) fn read(dump: &str) -> impl Iterator<Item = Entry<'_>> {
    let entries = |piece| if mode_of(piece).is_some() { header(piece) } else { [Some(row(piece)), None] };
    pieces(dump).into_iter().flat_map(entries).flatten()
}

/// Returns the first line above all entries that says something, if there is one.
pub(crate) fn preface(dump: &str) -> Option<&str> {
    let mut rest = dump;
    while !rest.is_empty() {
        let line = first_line(rest);
        if mode_of(line).is_some() || begins_row(line) {
            return None;
        }
        rest = &rest[line.len()..];
        let told = line.trim();
        if !told.is_empty() && !told.starts_with('#') {
            return Some(told);
        }
    }
    None
}

/// A header, and what stands below it without being marked as a row: it must not be lost.
fn header(text: &str) -> [Option<Entry<'_>>; 2] {
    let length = quoted_extent(text).unwrap_or(first_line(text).len());
    let (first, below) = (text[..length].trim(), text[length..].trim());
    let (header, _) = header_and_reason(first);
    if header.len() < first.len() || below.is_empty() {
        // The reason may have several lines.
        let (text, reason) = header_and_reason(text);
        return [Some(Entry::Header { text, reason }), None];
    }
    [Some(Entry::Header { text: first, reason: None }), Some(row(below))]
}

fn row(text: &str) -> Entry<'_> {
    let mut cells = cells(text);
    let first = if cells.is_empty() { Cow::Borrowed("") } else { cells.remove(0) };
    let reason = reason_of(&first);
    let mut is_partial = first.split(',').nth(1).is_some_and(|pk| !pk.trim().is_empty());
    for cell in &mut cells {
        if let Some(value) = cell.strip_prefix(DONE) {
            *cell = Cow::Owned(value.trim().to_owned());
            is_partial = true;
        }
    }
    Entry::Row { text, reason, cells, is_partial }
}

/// Returns the reason in the first cell of a row: the text after type, PK and two more fields.
fn reason_of(first: &str) -> String {
    let mut parts = first.splitn(5, ',');
    let places: Vec<&str> = parts.by_ref().take(4).collect();
    let plain = places.iter().all(|place| !place.contains(char::is_whitespace));
    match parts.next() {
        Some(reason) if plain => reason.trim().to_owned(),
        _ => first.trim_start_matches(',').trim().to_owned(),
    }
}

/// Splits a line at the first `#` outside of quotes and brackets.
fn header_and_reason(text: &str) -> (&str, Option<&str>) {
    let (mut in_quotes, mut depth) = (false, 0_usize);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => in_quotes = !in_quotes,
            b'[' if !in_quotes => depth += 1,
            b']' if !in_quotes => depth = depth.saturating_sub(1),
            b'#' if !in_quotes && depth == 0 => {
                let reason = text[at + 1..].trim();
                return (text[..at].trim(), Some(reason).filter(|reason| !reason.is_empty()));
            }
            _ => {}
        }
    }
    (text.trim(), None)
}

/// Splits the dump into entries. A line that begins neither a header nor a row belongs to the entry above it.
fn pieces(dump: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut begun: Option<usize> = None;
    let mut at = 0;
    while at < dump.len() {
        let line = first_line(&dump[at..]);
        let is_header = mode_of(line).is_some();
        let mut length = line.len();
        if is_header || begins_row(line) {
            if let Some(from) = begun.replace(at) {
                pieces.push(&dump[from..at]);
            }
            // A line within quotes may look like a header or a row. The reason of a header may contain a single quote.
            if !is_header {
                length = quoted_extent(&dump[at..]).unwrap_or(length);
            }
        }
        at += length;
    }
    pieces.extend(begun.map(|from| &dump[from..]));
    pieces.into_iter().map(|piece| piece.trim_end_matches(['\n', '\r'])).collect()
}

/// Returns the length of the lines up to the one that closes all quotes; `None` if none does.
fn quoted_extent(text: &str) -> Option<usize> {
    let (mut length, mut in_quotes) = (0, false);
    while length < text.len() {
        let line = first_line(&text[length..]);
        length += line.len();
        in_quotes ^= has_odd_quotes(line.as_bytes());
        if !in_quotes {
            return Some(length);
        }
    }
    None
}

/// Returns whether a line begins a row: `,,,,…`, `Product,8796093054977,,,…`, or the same in quotes.
fn begins_row(line: &str) -> bool {
    let line = line.strip_prefix('"').unwrap_or(line);
    let mut places = line.splitn(3, ',');
    let (Some(code), Some(pk), Some(_)) = (places.next(), places.next(), places.next()) else { return false };
    code.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && pk.chars().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(dump: &str) -> Vec<Entry<'_>> {
        read(dump).collect()
    }

    fn row<'a>(reason: &str, cells: &[&'a str], text: &'a str) -> Entry<'a> {
        let cells = cells.iter().map(|cell| Cow::Borrowed(*cell)).collect();
        Entry::Row { text, reason: reason.into(), cells, is_partial: text.contains(DONE) }
    }

    #[test]
    fn reasons_stand_behind_the_header_and_in_front_of_the_row() {
        let dump = "INSERT_UPDATE Foo;uid[unique = true, x='#']  # unknown type 'Foo'\n\
                    insert_update Product;code;unit(code)\n\
                    ,,,,column 2: cannot resolve value 'x' for attribute 'unit';4711; x\n\
                    Product,8796093054977,,,could not, really;<ignore>4712;<ignore>\n";
        assert_eq!(
            all(dump),
            [
                Entry::Header {
                    text: "INSERT_UPDATE Foo;uid[unique = true, x='#']",
                    reason: Some("unknown type 'Foo'")
                },
                Entry::Header { text: "insert_update Product;code;unit(code)", reason: None },
                row(
                    "column 2: cannot resolve value 'x' for attribute 'unit'",
                    &["4711", "x"],
                    ",,,,column 2: cannot resolve value 'x' for attribute 'unit';4711; x"
                ),
                row(
                    "could not, really",
                    &["4712", ""],
                    "Product,8796093054977,,,could not, really;<ignore>4712;<ignore>"
                )
            ]
        );
    }

    #[test]
    fn a_cell_of_several_lines_belongs_to_its_row_whatever_its_lines_look_like() {
        let text = ",,,,reason;4711;\"first\nINSERT_UPDATE Product;code\n,,,,like a row;\n\nlast\";end";
        assert_eq!(
            all(&format!("UPDATE Product;code;a;b\n{text}\n,,,,other;1;;\n")),
            [
                Entry::Header { text: "UPDATE Product;code;a;b", reason: None },
                row("reason", &["4711", "first\nINSERT_UPDATE Product;code\n,,,,like a row;\n\nlast", "end"], text),
                row("other", &["1", "", ""], ",,,,other;1;;")
            ]
        );
    }

    #[test]
    fn a_reason_may_be_quoted_or_hold_a_single_quote() {
        assert_eq!(
            all("\",,,,bad; \"\"x\"\" it is\";4711\n,,,,a \" in it;1\n,,,,next;2"),
            [
                row("bad; \"x\" it is", &["4711"], "\",,,,bad; \"\"x\"\" it is\";4711"),
                row("a \" in it;1", &[], ",,,,a \" in it;1"),
                row("next", &["2"], ",,,,next;2"),
            ]
        );
    }

    #[test]
    fn what_stands_below_a_header_without_a_mark_is_a_row_without_a_reason() {
        assert_eq!(
            all("INSERT Title;code\n;1\n,,,,why;2\n"),
            [
                Entry::Header { text: "INSERT Title;code", reason: None },
                row("", &["1"], ";1"),
                row("why", &["2"], ",,,,why;2")
            ]
        );
        let reason = [Entry::Header { text: "INSERT Title;code", reason: Some("bad\n;it \" is") }];
        assert_eq!(all("INSERT Title;code # bad\n;it \" is\n"), reason);
    }

    #[test]
    fn what_stands_above_all_entries_is_known_unless_it_is_a_comment() {
        assert_eq!(preface("\n# a comment\n  gave up\nINSERT Title;code\n"), Some("gave up"));
        assert_eq!(preface("\n# a comment\nINSERT Title;code\nmore"), None);
        assert_eq!(preface(",,,,why;1\nmore"), None);
    }

    #[test]
    fn a_dump_without_rows_is_no_entry() {
        assert!(all("Something else happened\nand more").is_empty());
        assert!(all("").is_empty());
    }
}
