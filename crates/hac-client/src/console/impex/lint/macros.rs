//! The macros of a script: where they are defined, and where they are used.

use std::collections::BTreeMap;
use std::ops::Range;

use super::super::script::{Kind, Statements, joined};

/// Begins like a macro, and is something else.
const OTHERS: [&str; 3] = ["$START_USERRIGHTS", "$END_USERRIGHTS", "$config-"];

/// The lines in which macros are defined first.
#[derive(Debug, Default)]
pub(super) struct Definitions(BTreeMap<String, usize>);

impl Definitions {
    pub(super) fn of(text: &str) -> Self {
        let mut lines = BTreeMap::new();
        for statement in Statements::of(text).filter(|statement| statement.kind == Kind::Macro) {
            if let Some((name, _)) = joined(statement.text).split_once('=') {
                lines.entry(name.trim().to_owned()).or_insert(statement.line);
            }
        }
        Self(lines)
    }

    /// Whether a text begins with the name of a macro that is defined before this line.
    fn defines(&self, text: &str, line: usize) -> bool {
        let name_end = text[1..].find(|char: char| !is_part(char)).map_or(text.len(), |at| at + 1);
        // A name ends where the longest name that is defined ends: `$a` is in `$abc`.
        (2..=name_end)
            .filter(|end| text.is_char_boundary(*end))
            .any(|end| self.0.get(&text[..end]).is_some_and(|at| *at < line))
    }

    /// The line in which a macro of this name is defined.
    pub(super) fn line_of(&self, name: &str) -> Option<usize> {
        self.0.get(name).copied()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The names in a text that no macro is defined for before this line.
    pub(super) fn undefined(&self, text: &str, line: usize) -> Vec<Range<usize>> {
        let mut names = Vec::new();
        for (at, _) in text.match_indices('$') {
            let rest = &text[at..];
            let is_name = rest[1..].starts_with(|char: char| char.is_alphabetic() || char == '_');
            if !is_name || OTHERS.iter().any(|other| rest.starts_with(other)) || self.defines(rest, line) {
                continue;
            }
            let end = rest[1..].find(|char: char| !is_part(char)).map_or(rest.len(), |end| end + 1);
            names.push(at..at + end);
        }
        names
    }
}

fn is_part(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, '_' | '-' | '.')
}
