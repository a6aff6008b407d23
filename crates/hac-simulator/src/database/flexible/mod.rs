//! `FlexibleSearch`: read as tokens, then as a tree, then written as SQL.
//!
//! Read are types with `!`, `AS`, `JOIN` and `LEFT JOIN`, attributes with a language and `:o`, several sources,
//! subselects in `{{ }}` wherever they stand, and all around them whatever SQL the database knows. Left out, and named
//! as such when they come: other joins, `{alias.*}`, `[any]`, paths of attributes, other modifiers of types, values for
//! `?name`. Conditions on the type are always written, and always last, as HAC does.

mod cursor;
mod derived;
mod parse;
mod scope;
mod token;
mod translate;
mod tree;

pub(super) use derived::Derived;

/// Why a `FlexibleSearch` has no translation.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The query is wrong.
    Query(String),
    /// The query may be right, but not here.
    Unsupported(String),
    /// The database would refuse it.
    Database(String),
}

impl Failure {
    fn query(message: impl Into<String>) -> Self {
        Self::Query(message.into())
    }

    fn unsupported(construct: impl Into<String>) -> Self {
        Self::Unsupported(construct.into())
    }

    fn database(message: impl Into<String>) -> Self {
        Self::Database(message.into())
    }
}

/// A query as SQL.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Translation {
    pub(super) sql: String,
    /// The tables in its FROMs that are subselects.
    pub(super) derived: Vec<Derived>,
}

/// The SQL of a query, for a session with this locale.
pub(super) fn translate(text: &str, locale: &str) -> Result<Translation, Failure> {
    translate_without(text, locale, &[])
}

/// The same where some attributes cannot be searched for, each named with its type.
pub(super) fn translate_without(
    text: &str,
    locale: &str,
    hidden: &[(&'static str, &'static str)],
) -> Result<Translation, Failure> {
    let tokens = token::tokenize(text).map_err(|open| Failure::query(format!("{} does not end", open.0)))?;
    let select = parse::parse(&tokens)?;
    translate::Translator::new(locale, hidden).translate(&select)
}
