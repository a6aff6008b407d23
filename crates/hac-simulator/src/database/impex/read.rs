//! A script as statements: macros replaced, comments gone, cells taken apart.

use std::collections::HashMap;

/// One statement, and the line on which it begins, from 1.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) line: usize,
    pub(super) kind: Kind,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Mode in upper case, and what follows it.
    Header {
        mode: String,
        rest: String,
    },
    Row(Vec<String>),
    /// What follows `#%`.
    Code(String),
}

/// The script cannot be taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Corrupt {
    pub(super) line: usize,
}

const MODES: [&str; 4] = ["INSERT_UPDATE", "INSERT", "UPDATE", "REMOVE"];

/// Reads a whole script.
pub(super) fn read(script: &str) -> Result<Vec<Statement>, Corrupt> {
    let mut lines = script.split_inclusive(['\n']).enumerate().peekable();
    let mut macros = Macros::default();
    let mut statements = Vec::new();
    while let Some((index, first)) = lines.next() {
        let line = index + 1;
        let begin = first.trim_start();
        if begin.trim_end().is_empty() || (begin.starts_with('#') && !begin.starts_with("#%")) {
            continue;
        }
        if let Some(code) = begin.strip_prefix("#%") {
            statements.push(Statement { line, kind: Kind::Code(macros.replaced(code.trim())) });
            continue;
        }
        let mut text = first.to_owned();
        // Counted line for line: a cell may have very many.
        let mut open = odd_quotes(first);
        let continues = begin.starts_with('$') || header(begin).is_some();
        loop {
            if open {
                let (_, more) = lines.next().ok_or(Corrupt { line })?;
                open ^= odd_quotes(more);
                text.push_str(more);
            } else if continues && text.trim_end().ends_with('\\') {
                text.truncate(text.trim_end().len() - 1);
                let Some((_, more)) = lines.next() else { break };
                open ^= odd_quotes(more);
                text.push_str(more);
            } else {
                break;
            }
        }
        let text = text.trim_end_matches(['\n', '\r']);
        if macros.define(text) {
            continue;
        }
        let text = macros.replaced(text);
        let kind = if let Some((mode, rest)) = header(&text) {
            Kind::Header { mode, rest: rest.to_owned() }
        } else {
            let cells = cells(&text);
            match cells[0].strip_prefix("#%") {
                Some(code) => Kind::Code(code.trim().to_owned()),
                None => Kind::Row(cells),
            }
        };
        statements.push(Statement { line, kind });
    }
    Ok(statements)
}

/// Reads a file that holds rows and nothing else.
pub(super) fn rows(text: &str) -> Result<Vec<Vec<String>>, Corrupt> {
    let mut lines = text.split_inclusive('\n').enumerate();
    let mut rows = Vec::new();
    while let Some((index, first)) = lines.next() {
        let mut row = first.to_owned();
        let mut open = odd_quotes(first);
        while open {
            let (_, more) = lines.next().ok_or(Corrupt { line: index + 1 })?;
            open ^= odd_quotes(more);
            row.push_str(more);
        }
        if !row.trim().is_empty() {
            rows.push(cells(row.trim_end_matches(['\n', '\r'])));
        }
    }
    Ok(rows)
}

/// Whether a quote is open behind the text that was closed before it, or the other way round.
fn odd_quotes(text: &str) -> bool {
    text.matches('"').count() % 2 == 1
}

/// Mode and rest of a header.
fn header(text: &str) -> Option<(String, &str)> {
    let text = text.trim();
    let (word, rest) = text.split_once(char::is_whitespace)?;
    let mode = MODES.iter().find(|mode| mode.eq_ignore_ascii_case(word))?;
    let rest = rest.trim();
    (!rest.is_empty() && !rest.starts_with(';')).then(|| ((*mode).to_owned(), rest))
}

/// The cells of a line, without quotes and the space around.
pub(super) fn cells(line: &str) -> Vec<String> {
    split(line, ';')
        .into_iter()
        .map(|cell| {
            let cell = cell.trim();
            match cell.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
                Some(inner) => inner.replace("\"\"", "\"").trim().to_owned(),
                None => cell.to_owned(),
            }
        })
        .collect()
}

/// Split where the separator is in no quotes.
pub(super) fn split(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut from, mut quoted) = (0, false);
    for (at, character) in text.char_indices() {
        if character == '"' {
            quoted = !quoted;
        } else if character == separator && !quoted {
            parts.push(&text[from..at]);
            from = at + character.len_utf8();
        }
    }
    parts.push(&text[from..]);
    parts
}

#[derive(Default)]
struct Macros(HashMap<String, String>);

impl Macros {
    /// Whether the line defined one.
    fn define(&mut self, line: &str) -> bool {
        let Some((name, value)) = line.trim_start().split_once('=') else { return false };
        let name = name.trim_end();
        let is_name = name.strip_prefix('$').is_some_and(|word| {
            !word.is_empty() && word.chars().all(|letter| letter.is_alphanumeric() || "_-.".contains(letter))
        });
        if is_name {
            let value = self.replaced(value.trim());
            self.0.insert(name.to_owned(), value);
        }
        is_name
    }

    /// Textually; the longest name that fits, and names that are not defined stay.
    fn replaced(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            let fitting = self.0.iter().filter(|(name, _)| rest.starts_with(name.as_str()));
            let (taken, value) = fitting
                .max_by_key(|(name, _)| name.len())
                .map_or((1, "$"), |(name, value)| (name.len(), value.as_str()));
            out.push_str(value);
            rest = &rest[taken..];
        }
        out.push_str(rest);
        out
    }
}
