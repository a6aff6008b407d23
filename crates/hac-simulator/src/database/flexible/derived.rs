//! The tables that FROM derives from subselects: `({{ … }}) x`. Databases ask more of their columns than of those of a query:
//! each has a name, and no two have the same.

use super::Failure;
use super::tree::{Piece, Select, Text};

/// A derived table, translated.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::database) struct Derived {
    /// The subselect that names the columns: the first one.
    pub(in crate::database) sql: String,
}

/// Where the subselect stands that names the columns of a derived table, and what the table is called.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place<'a> {
    pub(super) position: usize,
    pub(super) alias: &'a str,
}

/// Words that are no alias behind a derived table.
const NO_ALIAS: [&str; 14] = [
    "ON", "JOIN", "LEFT", "INNER", "RIGHT", "FULL", "CROSS", "NATURAL", "WHERE", "GROUP", "HAVING", "ORDER", "UNION",
    "AS",
];

/// The derived tables in a part of FROM.
///
/// One stands in a parenthesis that comes first, behind a comma or behind JOIN; anywhere else the parenthesis holds values, such
/// as those of IN.
pub(super) fn places<'a>(text: &Text<'a>, at_start: bool) -> Result<Vec<Place<'a>>, Failure> {
    let mut found: Vec<Place<'a>> = Vec::new();
    let mut expected = at_start;
    // The open parentheses; of each, whether it may hold a derived table.
    let mut open = Vec::new();
    let mut closed = false;
    for (position, piece) in significant(text) {
        let word = match piece {
            Piece::Sql(word) => *word,
            Piece::Subselect(_) if expected && open.last() == Some(&true) => {
                found.push(Place { position, alias: "" });
                expected = false;
                continue;
            }
            _ => "",
        };
        if closed && !word.eq_ignore_ascii_case("AS") {
            closed = false;
            if let Some(table) = found.last_mut().filter(|_| is_name(word)) {
                table.alias = word;
                expected = false;
                continue;
            }
            return Err(without_alias());
        }
        match word {
            "(" => open.push(expected),
            ")" => {
                closed = open.pop() == Some(true) && open.last() != Some(&true) && !found.is_empty();
                expected = false;
            }
            "," => expected = open.is_empty(),
            _ => expected = word.eq_ignore_ascii_case("JOIN"),
        }
    }
    if closed { Err(without_alias()) } else { Ok(found) }
}

/// The first column without a name, counted from 1. Its name is that of an attribute or a column, or an alias.
pub(super) fn unnamed_column(select: &Select<'_>) -> Option<usize> {
    let mut pieces = significant(&select.head).map(|(_, piece)| piece).peekable();
    if let Some(Piece::Subselect(first)) = pieces.peek() {
        return unnamed_column(first);
    }
    let mut columns: Vec<Vec<&Piece<'_>>> = vec![Vec::new()];
    let mut depth = 0_usize;
    for piece in pieces {
        match piece {
            Piece::Sql("(") => depth += 1,
            Piece::Sql(")") => depth = depth.saturating_sub(1),
            Piece::Sql(",") if depth == 0 => {
                columns.push(Vec::new());
                continue;
            }
            _ => {}
        }
        if let Some(column) = columns.last_mut() {
            let first = columns_begin(column.is_empty(), piece);
            if !first {
                column.push(piece);
            }
        }
    }
    columns.iter().position(|column| !has_name(column)).map(|position| position + 1)
}

/// Whether this is a word in front of the columns.
fn columns_begin(nothing_before: bool, piece: &Piece<'_>) -> bool {
    nothing_before
        && matches!(piece, Piece::Sql(word) if ["SELECT", "DISTINCT", "ALL"].iter().any(|first| word.eq_ignore_ascii_case(first)))
}

fn has_name(column: &[&Piece<'_>]) -> bool {
    match column {
        [Piece::Attribute(_) | Piece::Sql("*")] | [.., Piece::Sql("."), Piece::Sql("*")] => true,
        [Piece::Sql(only)] => is_name(only),
        [.., before, Piece::Sql(last)] if is_name(last) => match before {
            Piece::Sql(word) => *word == "." || *word == ")" || word.eq_ignore_ascii_case("AS") || ends_value(word),
            _ => true,
        },
        _ => false,
    }
}

/// Whether a word can be the end of a value, so that a name behind it is an alias.
fn ends_value(word: &str) -> bool {
    const OPERATORS: [&str; 9] = ["AND", "OR", "NOT", "LIKE", "IN", "IS", "BETWEEN", "ELSE", "THEN"];
    word.starts_with(|first: char| first.is_alphanumeric() || matches!(first, '_' | '\'' | '"'))
        && !OPERATORS.iter().any(|operator| word.eq_ignore_ascii_case(operator))
}

fn is_name(word: &str) -> bool {
    const VALUES: [&str; 4] = ["END", "NULL", "TRUE", "FALSE"];
    word.starts_with(|first: char| first.is_alphabetic() || matches!(first, '_' | '"'))
        && !VALUES.iter().chain(&NO_ALIAS).any(|reserved| word.eq_ignore_ascii_case(reserved))
}

fn without_alias() -> Failure {
    Failure::database("Every derived table must have its own alias")
}

/// The pieces that are neither blanks nor comments.
fn significant<'t, 'a>(text: &'t Text<'a>) -> impl Iterator<Item = (usize, &'t Piece<'a>)> {
    text.iter().enumerate().filter(|(_, piece)| match piece {
        Piece::Space => false,
        Piece::Sql(sql) => !sql.starts_with("/*"),
        _ => true,
    })
}
