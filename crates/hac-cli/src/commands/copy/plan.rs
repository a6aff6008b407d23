//! What is copied: the columns of the `ImpEx`, and the query that reads them.

use hac_client::Result;

use super::attributes::Holds;
use super::cells::DATE_FORMAT;
use super::paths::KeyPath;
use super::references::COLON;
use crate::diagnostics::usage;

/// The columns in front of those of the attributes, and the key of the pages among them.
pub(super) const PK: &str = "copied_pk";
pub(super) const FRONT: [(&str, &str); 2] = [("pk", PK), ("itemtype", "copied_type")];

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) attribute: String,
    pub(super) language: Option<String>,
    pub(super) holds: Holds,
    /// How the items that it names are found.
    pub(super) path: Option<KeyPath>,
    pub(super) unique: bool,
    /// Where it stands in a row of the query.
    pub(super) place: usize,
}

impl Column {
    /// As in a header: `name[lang=en]`, `catalogVersion(catalog(id),version)[unique=true]`.
    pub(super) fn header(&self) -> String {
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

/// An attribute that is not copied, and why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(super) struct LeftOut {
    pub(super) attribute: String,
    pub(super) reason: String,
}

/// What is copied.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) type_code: String,
    pub(super) columns: Vec<Column>,
    pub(super) left_out: Vec<LeftOut>,
    pub(super) query: String,
    /// Whether the query is one of ours, in which an attribute that cannot be searched for may be left out.
    pub(super) is_of_type: bool,
}

impl Plan {
    /// The header of rows. The parts of keys in each column are separated by its separator.
    pub(super) fn header(&self, separators: &[char]) -> String {
        let columns = self.columns.iter().zip(separators);
        let columns = columns.map(|(column, separator)| format!(";{}", column.header_with(*separator)));
        format!("INSERT_UPDATE {}{}", self.type_code, columns.collect::<String>())
    }

    /// Leaves out an attribute that the server cannot search for. `false` if there is none of the name.
    pub(super) fn without(&mut self, attribute: &str) -> Result<bool> {
        let is_it = |column: &Column| column.attribute.eq_ignore_ascii_case(attribute);
        let Some(found) = self.columns.iter().find(|column| is_it(column)) else { return Ok(false) };
        let reason = "it is not in the database".to_owned();
        let left_out = LeftOut { attribute: found.attribute.clone(), reason };
        if found.unique {
            return Err(key_left_out(&self.type_code, &left_out));
        }
        self.columns.retain(|column| !is_it(column));
        self.left_out.push(left_out);
        self.arrange();
        Ok(true)
    }

    /// Leaves out the languages that the other server does not have.
    pub(super) fn keep_languages(&mut self, languages: &[String]) -> Result<()> {
        let is_there = |column: &Column| column.language.as_ref().is_none_or(|language| languages.contains(language));
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
            return Err(usage("copy", why, "create the language there, or leave it out of the query"));
        }
        self.columns.retain(is_there);
        let reason = "the environment to copy into does not have the language".to_owned();
        self.left_out.push(LeftOut { attribute: format!("texts in {missing}"), reason });
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
        self.query = format!("SELECT {} FROM {{{}! AS t}}", selected.join(", "), self.type_code);
    }
}

/// Rows cannot be found by an attribute that is not copied.
pub(super) fn key_left_out(code: &str, left_out: &LeftOut) -> hac_client::Error {
    usage(
        "copy",
        format!("rows of {code} are found by {}, which cannot be copied: {}", left_out.attribute, left_out.reason),
        "name other attributes that tell its rows apart: --key ATTRIBUTE,…",
    )
}
