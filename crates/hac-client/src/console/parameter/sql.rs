//! Values in the place of `?name` in FlexibleSearch and SQL.
//!
//! A value becomes a literal that every database that SAP Commerce runs on reads in the same way;
//! a value or a query of which that cannot be said is refused.

use std::borrow::Cow;
use std::ops::Range;

use super::dialect;
use super::json::Node;
use super::name::is_identifier;
use super::{Param, ParamValue};
use crate::error::{Error, ErrorKind, Result};
use crate::hint::Hint;

/// In which language the text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    FlexibleSearch,
    Sql,
}

/// Checks a parameter when it is given.
pub(crate) fn check(language: Language, name: &str, value: &ParamValue) -> Result<()> {
    if !is_identifier(name) {
        return Err(super::name::refused(name, "it is not a valid name for a placeholder"));
    }
    literal(language, name, value).map(drop)
}

/// The text with its placeholders filled. Every placeholder needs a value, and every value a placeholder.
pub(crate) fn bind<'a>(language: Language, text: &'a str, params: &[Param]) -> Result<Cow<'a, str>> {
    // Without parameters the text goes as it is: HAC itself says which values are missing.
    if params.is_empty() {
        return Ok(Cow::Borrowed(text));
    }
    let found = placeholders(text)?;
    let mut bound = String::with_capacity(text.len() + 64);
    let mut end = 0;
    let mut used = vec![false; params.len()];
    for place in found {
        let name = &text[place.start + 1..place.end];
        if language == Language::FlexibleSearch && name.starts_with("session.") {
            // FlexibleSearch's own: ?session.user, ?session.language.
            continue;
        }
        let Some(position) = params.iter().position(|(known, _)| known == name) else {
            return Err(refused(format!("?{name} has no value"), Hint::GiveParameter { name: name.to_owned() }));
        };
        used[position] = true;
        bound.push_str(&text[end..place.start]);
        let literal = literal(language, name, &params[position].1)?;
        // A literal that touches a word or another literal would be read as one with it: x'41', N'…', 'a''b'.
        if text[..place.start].ends_with(touches) {
            bound.push(' ');
        }
        bound.push_str(&literal);
        if text[place.end..].starts_with(touches) {
            bound.push(' ');
        }
        end = place.end;
    }
    bound.push_str(&text[end..]);
    if let Some(unused) = used.iter().position(|used| !used) {
        let name = &params[unused].0;
        return Err(refused(
            format!("the query has no placeholder ?{name}"),
            format!("write ?{name} where the value belongs, outside quotes and comments"),
        ));
    }
    Ok(Cow::Owned(bound))
}

fn refused(why: impl Into<String>, hint: impl Into<Hint>) -> Error {
    Error::new(ErrorKind::Usage, "insert the values into the query").because(why).with_hint(hint)
}

fn touches(char: char) -> bool {
    !char.is_whitespace() && !matches!(char, '(' | ')' | ',' | '=' | '<' | '>')
}

pub(crate) fn literal(language: Language, name: &str, value: &ParamValue) -> Result<String> {
    let unfit = |why: String, hint: Hint| {
        Error::new(ErrorKind::Usage, format!("use the parameter {name}")).because(why).with_hint(hint)
    };
    match value {
        ParamValue::Text(text) => quoted(language, name, text),
        ParamValue::Int(number) | ParamValue::Long(number) => Ok(numeral(&number.to_string())),
        ParamValue::Decimal(number) => Ok(numeral(number.as_str())),
        ParamValue::Bool(truth) => Ok(u8::from(*truth).to_string()),
        ParamValue::Date(_) => Err(unfit(
            "the format of dates differs between databases, and the server's time zone is unknown".into(),
            Hint::GiveDateAsText,
        )),
        ParamValue::Json(json) => {
            let items = match json.node() {
                Node::List(items) if items.is_empty() => {
                    return Err(unfit("IN (…) must not be empty".into(), "remove the condition".into()));
                }
                Node::List(items) => items.as_slice(),
                one => std::slice::from_ref(one),
            };
            let items: Result<Vec<String>> = items
                .iter()
                .map(|item| match item {
                    Node::Text(text) => quoted(language, name, text),
                    Node::Number(number) => Ok(numeral(number)),
                    Node::Bool(truth) => Ok(u8::from(*truth).to_string()),
                    Node::Null => {
                        Err(unfit("a comparison with null is never true".into(), "write IS NULL in the query".into()))
                    }
                    Node::List(_) | Node::Map(_) => Err(unfit(
                        "IN (…) cannot contain lists or objects".into(),
                        "pass strings and numbers: [\"a\", \"b\"]".into(),
                    )),
                })
                .collect();
            Ok(items?.join(","))
        }
    }
}

/// A minus beside another one would begin a comment.
fn numeral(digits: &str) -> String {
    if digits.starts_with('-') { format!("({digits})") } else { digits.to_owned() }
}

fn quoted(language: Language, name: &str, text: &str) -> Result<String> {
    let unfit = |what: &str, hint: Hint| {
        Err(Error::new(ErrorKind::Usage, format!("use the parameter {name}")).because(what).with_hint(hint))
    };
    if text.contains('\\') {
        return unfit(
            "it contains a backslash, which is an escape character in some databases (MySQL) but not in others",
            Hint::ReplaceCharacter { safe_in_sql: false },
        );
    }
    if text.contains('\0') {
        return unfit("it contains a NUL character, at which some databases end the text", Hint::RemoveCharacter);
    }
    let after = text.split('?').skip(1);
    let mut names = after.filter(|rest| rest.starts_with(|char: char| char.is_alphanumeric() || char == '_'));
    if language == Language::FlexibleSearch && (text.contains(['{', '}']) || names.next().is_some()) {
        return unfit(
            "it contains {, } or ?name, which FlexibleSearch may interpret even inside quotes",
            Hint::ReplaceCharacter { safe_in_sql: true },
        );
    }
    Ok(format!("'{}'", text.replace('\'', "''")))
}

/// Where `?name` stands outside of quotes and comments.
fn placeholders(text: &str) -> Result<Vec<Range<usize>>> {
    // Whether a backslash takes the meaning of a quote depends on settings of the server (MySQL, PostgreSQL).
    let escaped_quote = ["\\'", "\\\"", "\\`"].iter().any(|escape| text.contains(escape));
    dialect::placeholders(text).filter(|_| !escaped_quote).ok_or_else(|| {
        refused(
            "databases differ in where its quotes and comments end, so a value might end up inside one",
            Hint::GiveTextsAsParameters,
        )
    })
}
