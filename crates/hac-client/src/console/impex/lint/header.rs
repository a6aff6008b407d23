//! A header with the place of each of its parts.

use std::ops::Range;

use super::super::script::mode_of;

/// The parts of a header.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) mode: Range<usize>,
    pub(super) type_code: Range<usize>,
    /// The modifiers of the type.
    pub(super) modifiers: Vec<Modifier>,
    pub(super) columns: Vec<Column>,
    /// A bracket without its other half.
    pub(super) open_bracket: Option<usize>,
}

/// A column of a header.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Column {
    /// The whole column, without the space around it.
    pub(super) whole: Range<usize>,
    /// Its name, such as `code` or `@media`; may be empty.
    pub(super) name: Range<usize>,
    pub(super) modifiers: Vec<Modifier>,
}

/// `unique=true`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Modifier {
    pub(super) name: Range<usize>,
    pub(super) value: Range<usize>,
}

impl Header {
    /// Reads a header; `None` if the text is none.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (mode, rest) = mode_of(text)?;
        let mode_start = mode.as_ptr().addr() - text.as_ptr().addr();
        let rest_start = rest.as_ptr().addr() - text.as_ptr().addr();
        let mut header = Self { mode: mode_start..mode_start + mode.len(), ..Self::default() };
        let mut parts = Parts { text, at: rest_start, open_bracket: None };
        let mut is_first = true;
        while let Some(part) = parts.next() {
            let column = column(text, part);
            if is_first {
                header.type_code = column.name;
                header.modifiers = column.modifiers;
                is_first = false;
            } else {
                header.columns.push(column);
            }
        }
        header.open_bracket = parts.open_bracket;
        Some(header)
    }
}

/// The parts between semicolons that are not in quotes or brackets.
struct Parts<'a> {
    text: &'a str,
    at: usize,
    open_bracket: Option<usize>,
}

impl Parts<'_> {
    fn next(&mut self) -> Option<Range<usize>> {
        if self.at > self.text.len() {
            return None;
        }
        let (start, mut in_quotes, mut open) = (self.at, None, Vec::new());
        for (offset, byte) in self.text[start..].bytes().enumerate() {
            let at = start + offset;
            match (byte, in_quotes) {
                (b'"' | b'\'', None) => in_quotes = Some(byte),
                (_, Some(quote)) if byte == quote => in_quotes = None,
                (b'[' | b'(', None) => open.push((byte, at)),
                (b']' | b')', None) => {
                    let fits = open
                        .pop()
                        .is_some_and(|(opened, _)| (opened, byte) == (b'[', b']') || (opened, byte) == (b'(', b')'));
                    if !fits {
                        self.open_bracket.get_or_insert(at);
                    }
                }
                (b';', None) if open.is_empty() => {
                    self.at = at + 1;
                    return Some(start..at);
                }
                _ => {}
            }
        }
        if let Some((_, at)) = open.first() {
            self.open_bracket.get_or_insert(*at);
        }
        self.at = self.text.len() + 1;
        Some(start..self.text.len())
    }
}

/// Reads `name(references)[modifiers]`.
fn column(text: &str, part: Range<usize>) -> Column {
    let whole = trimmed(text, part);
    let inner = &text[whole.clone()];
    let name_end = inner.find(['[', '(']).unwrap_or(inner.len());
    let name = trimmed(text, whole.start..whole.start + name_end);
    // References may have modifiers of their own: only those behind them are the column's.
    let (mut depth, mut modifiers) = (0_usize, Vec::new());
    let mut bracket = None;
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b'[' if depth == 0 && bracket.is_none() => bracket = Some(at + 1),
            b']' if depth == 0 => {
                if let Some(from) = bracket.take() {
                    modifiers.extend(list(text, whole.start + from..whole.start + at));
                }
            }
            _ => {}
        }
    }
    Column { whole, name, modifiers }
}

/// Reads `unique=true,lang=en`.
fn list(text: &str, part: Range<usize>) -> Vec<Modifier> {
    let (mut modifiers, mut start, mut in_quotes) = (Vec::new(), part.start, None);
    let bytes = &text.as_bytes()[part.clone()];
    for at in part.start..=part.end {
        let byte = bytes.get(at - part.start).copied();
        match (byte, in_quotes) {
            (Some(quote @ (b'"' | b'\'')), None) => in_quotes = Some(quote),
            (Some(byte), Some(quote)) if byte == quote => in_quotes = None,
            (Some(b','), None) | (None, _) => {
                let (name_end, value_start) = match text[start..at].find('=') {
                    Some(equals) => (start + equals, start + equals + 1),
                    None => (at, at),
                };
                modifiers
                    .push(Modifier { name: trimmed(text, start..name_end), value: trimmed(text, value_start..at) });
                start = at + 1;
            }
            _ => {}
        }
    }
    modifiers
}

/// The part without the space, and the backslash that continues a line, at its ends.
pub(super) fn trimmed(text: &str, part: Range<usize>) -> Range<usize> {
    let is_space = |char: char| char.is_whitespace() || char == '\\';
    let inner = &text[part.clone()];
    let start = part.start + (inner.len() - inner.trim_start_matches(is_space).len());
    let end = part.start + inner.trim_end_matches(is_space).len();
    start..end.max(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(text: &str) -> Vec<(&str, Vec<(&str, &str)>)> {
        let header = Header::read(text).expect("a header");
        let part = |part: &Range<usize>| &text[part.clone()];
        let modifiers = |list: &[Modifier]| list.iter().map(|one| (part(&one.name), part(&one.value))).collect();
        std::iter::once((part(&header.type_code), modifiers(&header.modifiers)))
            .chain(header.columns.iter().map(|column| (part(&column.name), modifiers(&column.modifiers))))
            .collect()
    }

    #[test]
    fn columns_have_names_and_their_own_modifiers() {
        let text = "insert_update Product[batchmode=true]; code [unique=true, default='a;b,c'] ;v(catalog(id[default=x]),version)[unique=true];;@m";
        assert_eq!(
            columns(text),
            [
                ("Product", vec![("batchmode", "true")]),
                ("code", vec![("unique", "true"), ("default", "'a;b,c'")]),
                ("v", vec![("unique", "true")]),
                ("", vec![]),
                ("@m", vec![]),
            ]
        );
    }

    #[test]
    fn a_bracket_without_its_other_half_is_found() {
        for (text, at) in [("INSERT A;b[c", 10), ("INSERT A;b)", 10), ("INSERT A;b(c]", 12), ("INSERT A;b(c);d", 0)] {
            let found = Header::read(text).expect("a header").open_bracket;
            assert_eq!(found, (at > 0).then_some(at), "{text}");
        }
    }
}
