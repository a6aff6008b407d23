//! Splits ImpEx into statements, each with the line on which it begins.
//!
//! This is only what finding a failed line takes; what statements mean is up to the server. The rules
//! were observed on 2211-jdk21 by the author of a public client (comments, macros, quotes, modes) and
//! described in public articles (the backslash that continues a header or a macro, code in quotes).

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

/// The words that begin a header, case-insensitive.
const MODES: [&str; 4] = ["INSERT", "INSERT_UPDATE", "UPDATE", "REMOVE"];

/// A statement: a header, a row, a macro, or code. Comments and blank lines are not statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Statement<'a> {
    pub(crate) kind: Kind,
    /// The first line, counted from 1.
    pub(crate) line: usize,
    /// The last line: a quoted cell may span many.
    pub(crate) last_line: usize,
    /// The text in the script, without the line break at its end.
    pub(crate) text: &'a str,
}

/// The kind of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `INSERT_UPDATE Product;code[unique=true]`.
    Header,
    /// `;4711;name`.
    Row,
    /// `$catalog=shop`.
    Macro,
    /// `#% …`, or the same in quotes over several lines.
    Code,
}

/// Iterates over the statements of a script.
pub(crate) struct Statements<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Statements<'a> {
    pub(crate) fn of(script: &'a str) -> Self {
        Self { rest: script.strip_prefix('\u{feff}').unwrap_or(script), line: 1 }
    }
}

impl<'a> Iterator for Statements<'a> {
    type Item = Statement<'a>;

    fn next(&mut self) -> Option<Statement<'a>> {
        while !self.rest.is_empty() {
            let begun = self.rest;
            let line = self.line;
            let kind = kind_of(first_line(begun));
            let (length, lines) = extent(begun, kind);
            self.rest = &begun[length..];
            self.line += lines;
            if let Some(kind) = kind {
                let text = begun[..length].trim_end_matches(['\n', '\r']);
                return Some(Statement { kind, line, last_line: line + lines - 1, text });
            }
        }
        None
    }
}

/// Returns the kind of the statement that begins with this line; `None` for a comment or a blank line.
pub(super) fn kind_of(line: &str) -> Option<Kind> {
    let line = line.trim_start();
    if line.starts_with("#%") || line.strip_prefix('"').is_some_and(|quoted| quoted.trim_start().starts_with("#%")) {
        Some(Kind::Code)
    } else if line.trim_end().is_empty() || line.starts_with('#') {
        None
    } else if is_macro(line) {
        Some(Kind::Macro)
    } else if mode_of(line).is_some() {
        Some(Kind::Header)
    } else {
        Some(Kind::Row)
    }
}

/// Returns the mode and the rest of the line, if the line is a header.
pub(crate) fn mode_of(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start();
    let (word, rest) = line.split_at(line.find(|c: char| !c.is_ascii_alphabetic() && c != '_')?);
    let known = MODES.iter().any(|mode| mode.eq_ignore_ascii_case(word));
    // For HAC, a mode alone or followed by a separator is a row.
    let named = rest.starts_with(char::is_whitespace) && rest.trim_start().starts_with(|c: char| c != ';');
    (known && named).then_some((word, rest.trim_start()))
}

fn is_macro(line: &str) -> bool {
    definition(line).is_some()
}

/// Returns the name of a macro, with its `$`, and its value, if the line defines one.
pub(super) fn definition(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.trim_start().split_once('=')?;
    let name = name.trim_end();
    let word = name.strip_prefix('$')?;
    let plain = !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    plain.then_some((name, value))
}

/// Returns the length of the statement in bytes, with its last line break, and in lines.
fn extent(text: &str, kind: Option<Kind>) -> (usize, usize) {
    let continues = matches!(kind, Some(Kind::Header | Kind::Macro));
    // A comment, and code that is not in quotes, ends at the end of its line, whatever quotes it contains.
    let quotes_count = match kind {
        None => false,
        Some(Kind::Code) => text.trim_start().starts_with('"'),
        Some(_) => true,
    };
    let (mut length, mut lines, mut in_quotes) = (0, 0, false);
    while length < text.len() {
        let line = first_line(&text[length..]);
        length += line.len();
        lines += 1;
        if quotes_count {
            in_quotes ^= has_odd_quotes(line.as_bytes());
        }
        let goes_on = in_quotes || (continues && line.trim_end().ends_with('\\'));
        if !goes_on {
            break;
        }
    }
    if in_quotes {
        // The quote is never closed: the mistake is in this line, and the rest of the file is not one cell.
        return (first_line(text).len(), 1);
    }
    (length, lines)
}

/// Returns whether the text has an odd number of quotes.
pub(crate) fn has_odd_quotes(text: &[u8]) -> bool {
    memchr::memchr_iter(b'"', text).count() % 2 == 1
}

/// Returns the first line, including its line break: `\n`, `\r\n`, or a single `\r`.
pub(crate) fn first_line(text: &str) -> &str {
    let bytes = text.as_bytes();
    match memchr::memchr2(b'\n', b'\r', bytes) {
        Some(at) if bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n') => &text[..at + 2],
        Some(at) => &text[..=at],
        None => text,
    }
}

/// Returns the cells of a row, without surrounding quotes and white space.
pub(crate) fn cells(row: &str) -> Vec<Cow<'_, str>> {
    let mut cells = Vec::new();
    let (mut from, mut in_quotes) = (0, false);
    for (at, byte) in row.bytes().enumerate() {
        match byte {
            b'"' => in_quotes = !in_quotes,
            b';' if !in_quotes => {
                cells.push(unquoted(&row[from..at]));
                from = at + 1;
            }
            _ => {}
        }
    }
    cells.push(unquoted(&row[from..]));
    cells
}

fn unquoted(cell: &str) -> Cow<'_, str> {
    let cell = cell.trim();
    let Some(inner) = cell.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return Cow::Borrowed(cell);
    };
    let inner = inner.trim();
    if inner.contains("\"\"") { Cow::Owned(inner.replace("\"\"", "\"")) } else { Cow::Borrowed(inner) }
}

/// The macros defined so far.
#[derive(Debug, Default)]
pub(crate) struct Macros {
    values: HashMap<String, String>,
    /// The length of all values in bytes, including redefined ones.
    defined: usize,
    /// The lengths of the names.
    lengths: BTreeSet<usize>,
}

/// The limit of a macro's name, in bytes.
const NAME_LIMIT: usize = 100;

/// The limit by which macros may lengthen a text, in bytes. Each macro may double the one before it, so 40 lines could exhaust
/// any memory.
const GROWTH_LIMIT: usize = 64 << 10;

/// The limit of all values together, in bytes: ten bytes of a script can repeat a macro of 64 KiB.
const VALUES_LIMIT: usize = 64 << 20;

impl Macros {
    /// Defines a macro; its value may use earlier ones.
    pub(crate) fn define(&mut self, statement: &str) {
        let joined = joined(statement);
        if let Some((name, value)) = definition(&joined)
            && name.len() <= NAME_LIMIT
        {
            let value = self.expand(value.trim()).into_owned();
            self.defined = self.defined.saturating_add(value.len());
            if self.defined > VALUES_LIMIT {
                // All are dropped: with some missing, a shorter name would be replaced within a longer one.
                *self = Self { defined: self.defined, ..Self::default() };
                return;
            }
            self.values.insert(name.to_owned(), value);
            self.lengths.insert(name.len());
        }
    }

    /// Returns the length of the longest name that the text begins with, and its value.
    fn fitting(&self, text: &str) -> Option<(usize, &str)> {
        let mut longest_first = self.lengths.iter().rev();
        longest_first.find_map(|length| Some((*length, self.values.get(text.get(..*length)?)?.as_str())))
    }

    /// Returns the text with its macros replaced. Undefined names stay; so do all names if the text would become far longer.
    pub(crate) fn expand<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.values.is_empty() || !text.contains('$') {
            return Cow::Borrowed(text);
        }
        let mut expanded = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            expanded.push_str(&rest[..at]);
            rest = &rest[at..];
            let (taken, value) = self.fitting(rest).unwrap_or((1, "$"));
            expanded.push_str(value);
            rest = &rest[taken..];
            if expanded.len() > text.len() + GROWTH_LIMIT {
                return Cow::Borrowed(text);
            }
        }
        expanded.push_str(rest);
        Cow::Owned(expanded)
    }
}

/// Joins the lines of a header or a macro, without the backslashes that continue them.
pub(crate) fn joined(statement: &str) -> Cow<'_, str> {
    if !statement.contains('\\') {
        return Cow::Borrowed(statement);
    }
    let mut line = String::with_capacity(statement.len());
    let mut rest = statement;
    while !rest.is_empty() {
        let physical = first_line(rest);
        rest = &rest[physical.len()..];
        match physical.trim_end().strip_suffix('\\') {
            Some(before) if !rest.is_empty() => line.push_str(before),
            _ => line.push_str(physical),
        }
    }
    Cow::Owned(line)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Kind::{Code, Header, Macro, Row};
    use super::*;

    fn lines(script: &str) -> Vec<(Kind, usize, usize)> {
        Statements::of(script).map(|found| (found.kind, found.line, found.last_line)).collect()
    }

    #[test]
    fn each_statement_is_found_on_its_line() {
        let script = "\u{feff}# a comment with \" in it\r\n$catalog=shop\r\n\r\n\
            INSERT_UPDATE Product; code[unique=true]; \\\r\n  name\r\n;1;\"two\r\nlines; \"\"quoted\"\"\"\r\n;2;x\r\n\
            #% impex.println(\"it's\r\n\"#% if: \"\"a\"\"\r\n.equals(b)\"\r\ninsert_update Product;code\r;3\n";
        assert_eq!(
            lines(script),
            [
                (Macro, 2, 2),
                (Header, 4, 5),
                (Row, 6, 7),
                (Row, 8, 8),
                (Code, 9, 9),
                (Code, 10, 11),
                (Header, 12, 12),
                (Row, 13, 13)
            ]
        );
    }

    #[test]
    fn a_backslash_continues_a_header_or_a_macro_and_no_row() {
        assert_eq!(lines("$a=1\\\n2\n;x\\\n;y\n"), [(Macro, 1, 2), (Row, 3, 3), (Row, 4, 4)]);
        assert_eq!(joined("INSERT A;b \\ \n  ;c"), "INSERT A;b   ;c");
    }

    #[test]
    fn a_quote_without_an_end_takes_no_other_line_with_it() {
        assert_eq!(lines(";\"a\n;b\n;c\n").iter().map(|found| found.1).collect::<Vec<_>>(), [1, 2, 3]);
    }

    #[test]
    fn what_only_looks_like_a_header_is_a_row() {
        for row in ["UPDATEX Type;a", "UPDATE ;a", "INSERT", "$START_USERRIGHTS;;;;"] {
            assert_eq!(lines(row), [(Row, 1, 1)], "{row}");
        }
        for header in ["insert_update Type", "\tREMOVE $item[batchmode=true];x", "Update\tT;a"] {
            assert_eq!(lines(header), [(Header, 1, 1)], "{header}");
        }
    }

    #[test]
    fn cells_lose_their_quotes_and_the_space_around_them() {
        assert_eq!(cells("; a ;\" b;\"\"c\"\"\nd \";;e # no comment"), ["", "a", "b;\"c\"\nd", "", "e # no comment"]);
    }

    #[test]
    fn of_several_macros_the_longest_name_counts_and_later_ones_do_not() {
        let mut macros = Macros::default();
        macros.define("$p=zz");
        macros.define("$pv = $p:$later");
        macros.define("$later=x");
        assert_eq!(macros.expand("a$p $pv $pNone $unknown $"), "azz zz:$later zzNone $unknown $");
    }

    #[test]
    fn many_names_of_a_large_macro_take_no_more_than_the_limit() {
        let mut macros = Macros::default();
        macros.define(&format!("$large={}", "x".repeat(60 << 10)));
        for number in 0..2_000 {
            macros.define(&format!("$m{number}=$large"));
            assert!(macros.values.len() * (60 << 10) <= VALUES_LIMIT);
        }
        assert_eq!(macros.expand("$m1999 $large"), "$m1999 $large", "what there is no room for stays as it stands");
    }

    /// A statement as text, and how many lines it has.
    fn statement() -> impl Strategy<Value = (Option<Kind>, String)> {
        let cell = prop_oneof![
            "[a-z äß0-9,#$]{0,8}",
            "[a-z;äß\n,]{0,12}".prop_map(|text| format!("\"{text}\"")),
            "[a-z]{0,3}".prop_map(|text| format!("\"\"\"{text}\"\";\n\n\"")),
        ];
        prop_oneof![
            Just((None, String::new())),
            "[ \t]{0,3}# ?[a-z\";$=]{0,9}".prop_map(|text| (None, text)),
            prop::collection::vec(cell, 1..4).prop_map(|cells| (Some(Row), format!(";{}", cells.join(";")))),
            "[a-z]{1,5}".prop_map(|name| (Some(Macro), format!("${name} = a\\\nb;\"c\nd\""))),
            "[A-Z][a-z]{1,5}".prop_map(|code| (Some(Header), format!("INSERT_UPDATE {code};\\\ncode;x"))),
            "[a-z\"]{0,5}".prop_map(|code| (Some(Code), format!("#% {code}"))),
            "[a-z;]{0,5}".prop_map(|code| (Some(Code), format!("\"#% {code}\n;\n\""))),
        ]
    }

    proptest! {
        #[test]
        fn every_statement_is_found_where_it_was_written(
            written in prop::collection::vec(statement(), 0..12),
            line_break in prop::sample::select(vec!["\n", "\r\n"]),
            ends in any::<bool>(),
        ) {
            let mut script = String::new();
            let mut expected = Vec::new();
            let mut line = 1;
            for (position, (kind, text)) in written.iter().enumerate() {
                let text = text.replace('\n', line_break);
                let count = text.matches('\n').count() + 1;
                if let Some(kind) = kind {
                    expected.push((*kind, line, line + count - 1, text.clone()));
                }
                line += count;
                script.push_str(&text);
                if ends || position + 1 < written.len() {
                    script.push_str(line_break);
                }
            }
            let found: Vec<_> = Statements::of(&script)
                .map(|found| (found.kind, found.line, found.last_line, found.text.to_owned()))
                .collect();
            prop_assert_eq!(found, expected, "{:?}", script);
        }

        #[test]
        fn any_text_is_read_to_its_end_without_losing_a_line(text in "[;\"#%$=\\\\a\r\n INSERT]{0,60}") {
            let mut last = 0;
            for found in Statements::of(&text) {
                prop_assert!(found.line > last && found.last_line >= found.line);
                prop_assert!(!found.text.ends_with('\n'));
                last = found.last_line;
            }
        }

        #[test]
        fn a_cell_that_was_quoted_is_read_as_it_was(cell in "[a-z;\"\n, #]{0,12}") {
            let row = format!(";\"{}\";x", cell.replace('"', "\"\""));
            let found = cells(&row);
            prop_assert_eq!(found.len(), 3);
            prop_assert_eq!(found[1].as_ref(), cell.trim());
        }
    }
}
