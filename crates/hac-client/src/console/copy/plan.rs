//! What is copied: the columns of the `ImpEx`, and the query that reads them.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::attributes::Holds;
use super::cells::DATE_FORMAT;
use super::paths::KeyPath;
use super::references::COLON;
use super::usage::usage;
use crate::console::flexsearch::FlexibleSearch;
use crate::error::{Error, Result};
use crate::hint::CopyAdvice;

/// The columns in front of those of the attributes, and the key of the pages among them.
pub(super) const PK: &str = "copied_pk";
pub(super) const FRONT: [(&str, &str); 2] = [("pk", PK), ("itemtype", "copied_type")];

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CopyKind {
    /// Text.
    Text,
    /// `true` or `false`.
    Boolean,
    /// A point in time, in the time zone of the server that it is read from: `2024-01-02 03:04:05.000`.
    Time,
    /// A number.
    Number,
    /// The key of another item.
    Reference,
}

impl CopyKind {
    /// Returns the name: `text`, `boolean`, `time`, `number` or `reference`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Boolean => "boolean",
            Self::Time => "time",
            Self::Number => "number",
            Self::Reference => "reference",
        }
    }
}

/// A column of a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyColumn {
    pub(super) attribute: String,
    pub(super) language: Option<String>,
    pub(super) holds: Holds,
    /// How the items that it names are found.
    pub(super) path: Option<KeyPath>,
    pub(super) unique: bool,
    /// Where it stands in a row of the query.
    pub(super) place: usize,
    pub(super) mask: Option<Mask>,
}

impl CopyColumn {
    /// Returns the attribute.
    pub fn attribute(&self) -> &str {
        &self.attribute
    }

    /// Returns the ISO code of the language; `None` for an attribute that has one value for all languages.
    pub fn language(&self) -> Option<&str> {
        self.language.as_deref()
    }

    /// Returns what its values are.
    pub fn kind(&self) -> CopyKind {
        match self.holds {
            Holds::Boolean => CopyKind::Boolean,
            Holds::Time => CopyKind::Time,
            Holds::Number => CopyKind::Number,
            Holds::Item(_) => CopyKind::Reference,
            // Collections and objects become no column.
            Holds::Text | Holds::Several | Holds::Object(_) => CopyKind::Text,
        }
    }

    /// Returns whether an import finds rows by it.
    pub fn is_unique(&self) -> bool {
        self.unique
    }

    /// Returns the column as in a header: `name[lang=en]`, `catalogVersion(catalog(id),version)[unique=true]`.
    pub fn header(&self) -> String {
        self.header_with(COLON)
    }

    /// The same, if the parts of keys are separated in this way: `user(uid)[path-delimiter=!]`.
    fn header_with(&self, separator: char) -> String {
        let path = self.path.as_ref().map(KeyPath::expression).unwrap_or_default();
        let mut modifiers: Vec<String> = self.language.iter().map(|language| format!("lang={language}")).collect();
        if self.holds == Holds::Time {
            modifiers.push(format!("dateformat={DATE_FORMAT}"));
        }
        if self.unique {
            modifiers.push("unique=true".to_owned());
        }
        if separator != COLON {
            modifiers.push(format!("path-delimiter={separator}"));
        }
        let modifiers = if modifiers.is_empty() { String::new() } else { format!("[{}]", modifiers.join(",")) };
        format!("{}{path}{modifiers}", self.attribute)
    }
}

/// What takes the place of a value.
#[derive(Clone)]
pub(super) struct Mask(Arc<dyn Fn(&str) -> String + Send + Sync>);

impl Mask {
    pub(super) fn new(mask: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        Self(Arc::new(mask))
    }

    pub(super) fn value(&self, text: &str) -> String {
        (self.0)(text)
    }
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mask(..)")
    }
}

/// The same function.
impl PartialEq for Mask {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Mask {}

/// An attribute that is not copied, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LeftOut {
    /// The attribute; or `texts in de`, for the texts of a language that the other environment does not have.
    pub attribute: String,
    /// Why it is left out, for people: `it is encrypted`.
    pub reason: String,
    /// Whether the caller [excluded](super::ImpexCopy::exclude) it.
    pub excluded: bool,
}

impl LeftOut {
    pub(super) fn new(attribute: &str, reason: impl Into<String>) -> Self {
        Self { attribute: attribute.to_owned(), reason: reason.into(), excluded: false }
    }

    pub(super) fn excluded(attribute: &str) -> Self {
        Self { excluded: true, ..Self::new(attribute, "it is excluded") }
    }
}

/// How rows are copied: which attributes become columns, and which do not. Made by
/// [`HacClient::plan_copy`](crate::HacClient::plan_copy).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyPlan {
    pub(super) type_code: String,
    pub(super) columns: Vec<CopyColumn>,
    pub(super) left_out: Vec<LeftOut>,
    pub(super) query: FlexibleSearch,
    /// Whether the query is one of ours, in which an attribute that cannot be searched for may be left out.
    pub(super) is_of_type: bool,
    pub(super) page_rows: usize,
}

impl CopyPlan {
    /// Returns the code of the type whose rows are copied.
    pub fn type_code(&self) -> &str {
        &self.type_code
    }

    /// Returns the columns, in the order of the header.
    pub fn columns(&self) -> &[CopyColumn] {
        &self.columns
    }

    /// Returns the attributes that are not copied.
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// Returns the header of the rows: `INSERT_UPDATE Product;code[unique=true];name[lang=en]`.
    ///
    /// Rows with references whose keys contain a colon come below a header of their own, with the modifier `path-delimiter`.
    pub fn header(&self) -> String {
        self.header_with(&vec![COLON; self.columns.len()])
    }

    /// Leaves out texts in other languages than these, which are those of the environment to copy into: its
    /// [`languages`](crate::HacClient::languages). [`left_out`](Self::left_out) names them then.
    ///
    /// # Errors
    /// [`Usage`](crate::ErrorKind::Usage) if the copy is of a query, and a column of it is in another language.
    pub fn keep_languages(&mut self, languages: &[String]) -> Result<()> {
        self.only_in(languages)
    }

    /// The header of rows. The parts of keys in each column are separated by its separator.
    pub(super) fn header_with(&self, separators: &[char]) -> String {
        let columns = self.columns.iter().zip(separators);
        let columns = columns.map(|(column, separator)| format!(";{}", column.header_with(*separator)));
        format!("INSERT_UPDATE {}{}", self.type_code, columns.collect::<String>())
    }

    /// Leaves out an attribute that the server cannot search for. `false` if there is none of the name.
    pub(super) fn without(&mut self, attribute: &str) -> Result<bool> {
        let is_it = |column: &CopyColumn| column.attribute.eq_ignore_ascii_case(attribute);
        let Some(found) = self.columns.iter().find(|column| is_it(column)) else { return Ok(false) };
        let left_out = LeftOut::new(&found.attribute, "it is not in the database");
        if found.unique {
            return Err(key_left_out(&self.type_code, &left_out));
        }
        self.columns.retain(|column| !is_it(column));
        self.left_out.push(left_out);
        self.arrange();
        Ok(true)
    }

    fn only_in(&mut self, languages: &[String]) -> Result<()> {
        let is_there =
            |column: &CopyColumn| column.language.as_ref().is_none_or(|language| languages.contains(language));
        let mut missing: Vec<String> = self
            .columns
            .iter()
            .filter(|column| !is_there(column))
            .filter_map(|column| column.language.clone())
            .collect();
        missing.sort();
        missing.dedup();
        if missing.is_empty() {
            return Ok(());
        }
        let missing = missing.join(", ");
        if !self.is_of_type {
            let why =
                format!("the query has texts in {missing}, a language that the environment to copy into does not have");
            return Err(usage(why, "create the language there, or leave it out of the query"));
        }
        self.columns.retain(is_there);
        let reason = "the environment to copy into does not have the language";
        self.left_out.push(LeftOut::new(&format!("texts in {missing}"), reason));
        self.arrange();
        Ok(())
    }

    /// Writes the query for the columns that there are.
    pub(super) fn arrange(&mut self) {
        let mut selected: Vec<String> = FRONT.iter().map(|(name, alias)| format!("{{t.{name}}} AS {alias}")).collect();
        for column in &mut self.columns {
            column.place = selected.len();
            selected.push(match &column.language {
                // Of an item without a text in the language, too.
                Some(language) => format!("{{t.{}[{language}]:o}}", column.attribute),
                None => format!("{{t.{}}}", column.attribute),
            });
        }
        // Its own rows: those of subtypes have other attributes.
        let text = format!("SELECT {} FROM {{{}! AS t}}", selected.join(", "), self.type_code);
        self.query = FlexibleSearch::new(text);
    }
}

/// Rows cannot be found by an attribute that is not copied.
pub(super) fn key_left_out(code: &str, left_out: &LeftOut) -> Error {
    let LeftOut { attribute, reason, excluded } = left_out;
    usage(
        format!("rows of {code} are found by {attribute}, which cannot be copied: {reason}"),
        CopyAdvice::NameOtherKey { type_code: code.to_owned(), attribute: attribute.clone(), excluded: *excluded },
    )
}
