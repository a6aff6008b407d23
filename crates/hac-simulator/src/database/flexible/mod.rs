//! `FlexibleSearch`: read as tokens, then as a tree, then written as SQL.

mod parse;
mod scope;
mod token;
mod translate;
mod tree;

/// Why a `FlexibleSearch` has no translation.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The query is wrong.
    Query(String),
    /// The query may be right, but not here.
    Unsupported(String),
}

impl Failure {
    fn query(message: impl Into<String>) -> Self {
        Self::Query(message.into())
    }

    fn unsupported(construct: impl Into<String>) -> Self {
        Self::Unsupported(construct.into())
    }
}

/// The SQL of a query, for a session with this locale.
pub(super) fn translate(text: &str, locale: &str) -> Result<String, Failure> {
    let tokens =
        token::tokenize(text).map_err(|open| Failure::query(format!("{} does not end", open.0)))?;
    let select = parse::parse(&tokens)?;
    translate::Translator::new(locale).translate(&select)
}
