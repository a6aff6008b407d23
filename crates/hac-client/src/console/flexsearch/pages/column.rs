//! One column of a select list: its expression, and the names that it goes by.

use super::lexer::{Kind, Token};

/// A column as the query has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    /// Without its alias.
    pub(crate) expression: String,
    pub(crate) alias: Option<String>,
    /// The attribute or column that it is, if it is no more than that: `code` of `{p.code[en]}`.
    pub(crate) attribute: Option<String>,
}

/// Words after which a word is no alias, because they need something behind them.
const NEEDS_MORE: [&str; 22] = [
    "and",
    "or",
    "not",
    "like",
    "in",
    "is",
    "between",
    "then",
    "else",
    "when",
    "case",
    "collate",
    "escape",
    "as",
    "div",
    "mod",
    "xor",
    "interval",
    "date",
    "time",
    "timestamp",
    "distinct",
];

/// Words that end an expression and are no alias.
const ENDS: [&str; 6] = ["end", "null", "true", "false", "unknown", "default"];

impl Column {
    /// Reads the tokens between two commas. `Err`: why that cannot be done.
    pub(crate) fn read(text: &str, tokens: &[Token]) -> Result<Self, String> {
        let solid: Vec<&Token> = tokens.iter().filter(|token| !token.is_blank()).collect();
        let (Some(first), Some(last)) = (solid.first(), solid.last()) else {
            return Err("a column of its select list is empty".to_owned());
        };
        let (alias, kept) = alias(text, &solid)?;
        let Some(end) = kept.last() else { return Err("a column of its select list is empty".to_owned()) };
        let shown = &text[first.range.start..last.range.end];
        let star = match kept {
            [.., before, star] if star.is('*') => before.is('.') || before.is(':'),
            [one] if one.is('*') => true,
            [one] if one.kind == Kind::Braces => text[one.range.clone()].trim_end_matches(['}', ' ']).ends_with('*'),
            _ => false,
        };
        if star {
            return Err(format!("{shown} stands for columns that only the server knows"));
        }
        let expression = text[first.range.start..end.range.end].to_owned();
        Ok(Self { expression, alias, attribute: attribute(text, kept) })
    }

    /// The expression without blanks and comments, in lower case: to compare it with another text.
    fn canonical(&self) -> Option<String> {
        canonical(&self.expression)
    }

    /// Its alias, or what it is.
    pub(crate) fn name(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.expression)
    }

    /// How well a name of the caller fits this column: 3 its alias, 2 its expression, 1 its attribute.
    pub(crate) fn fits(&self, name: &str) -> Option<u8> {
        let same = |own: &Option<String>| own.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(name));
        let bare = name.strip_prefix("p_").or_else(|| name.strip_prefix("P_")).unwrap_or(name);
        if same(&self.alias) {
            Some(3)
        } else if self.canonical().is_some_and(|own| {
            canonical(name).is_some_and(|asked| own == asked || own.strip_prefix('{') == Some(&format!("{asked}}}")))
        }) {
            Some(2)
        } else if self.attribute.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(bare)) {
            Some(1)
        } else {
            None
        }
    }
}

/// A text without blanks and comments, in lower case; `None` if it cannot be read.
pub(crate) fn canonical(text: &str) -> Option<String> {
    let tokens = super::lexer::tokens(text).ok()?;
    let mut whole = String::with_capacity(text.len());
    for token in tokens.iter().filter(|token| !token.is_blank()) {
        let part = &text[token.range.clone()];
        match token.kind {
            Kind::Braces => whole.extend(part.to_ascii_lowercase().replace(':', ".").split_whitespace()),
            Kind::Word => {
                // Words that a blank separates must not become one.
                if whole.ends_with(|last: char| last.is_alphanumeric() || last == '_') {
                    whole.push(' ');
                }
                whole.push_str(&part.to_ascii_lowercase());
            }
            _ => whole.push_str(part),
        }
    }
    Some(whole)
}

/// The alias at the end, and the tokens before it.
fn alias<'t, 's>(text: &str, solid: &'t [&'s Token]) -> Result<(Option<String>, &'t [&'s Token]), String> {
    let part = |token: &Token| &text[token.range.clone()];
    let listed = |words: &[&str], token: &Token| words.iter().any(|word| token.is_keyword(text, word));
    let is_number = |token: &Token| part(token).starts_with(|first: char| first.is_ascii_digit());
    match solid {
        [before @ .., by, last] if by.is_keyword(text, "AS") => match last.kind {
            Kind::Word if !is_number(last) => Ok((Some(part(last).to_owned()), before)),
            Kind::Name => Ok((Some(part(last).trim_matches('"').replace("\"\"", "\"")), before)),
            _ => Err(format!("{} is no name for a column", part(last))),
        },
        [before @ .., end, last] if matches!(last.kind, Kind::Word | Kind::Name) => {
            let ends = match end.kind {
                Kind::Braces | Kind::Text | Kind::Name | Kind::Symbol(')') => true,
                Kind::Word => !listed(&NEEDS_MORE, end),
                _ => false,
            };
            let is_name = last.kind == Kind::Name || !(listed(&ENDS, last) || is_number(last));
            if !ends || !is_name || solid.iter().any(|token| token.is_keyword(text, "INTERVAL")) {
                return Ok((None, solid));
            }
            let kept = &solid[..=before.len()];
            Ok((Some(part(last).trim_matches('"').replace("\"\"", "\"")), kept))
        }
        _ => Ok((None, solid)),
    }
}

/// `{p.code[en]:o}`, `x.code` and `code` are `code`.
fn attribute(text: &str, kept: &[&Token]) -> Option<String> {
    let part = |token: &Token| &text[token.range.clone()];
    match kept {
        [one] if one.kind == Kind::Braces => {
            let inner = part(one).trim_start_matches('{').trim_end_matches('}');
            let inner = inner.split('[').next().unwrap_or_default();
            let inner = inner.strip_suffix(":o").unwrap_or(inner);
            let name = inner.rsplit(['.', ':']).next().unwrap_or_default().trim();
            Some(name.to_owned())
                .filter(|name| !name.is_empty() && name.chars().all(|char| char.is_alphanumeric() || char == '_'))
        }
        [one] | [_, _, one] if one.kind == Kind::Word && (kept.len() == 1 || kept[1].is('.')) => {
            Some(part(one).to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::flexsearch::pages::lexer;

    fn read(text: &str) -> (String, Option<String>, Option<String>) {
        let column = Column::read(text, &lexer::tokens(text).expect(text)).expect(text);
        (column.expression, column.alias, column.attribute)
    }

    #[test]
    fn an_alias_is_told_from_the_end_of_an_expression() {
        for (text, expression, alias, attribute) in [
            ("{p.code}", "{p.code}", None, Some("code")),
            (" {p:code[en]} ", "{p:code[en]}", None, Some("code")),
            ("{code[en]:o} AS Name", "{code[en]:o}", Some("Name"), Some("code")),
            ("{code:o}", "{code:o}", None, Some("code")),
            ("{p.code + 1}", "{p.code + 1}", None, None),
            ("{code} Name", "{code}", Some("Name"), Some("code")),
            ("{code}/* x */name", "{code}", Some("name"), Some("code")),
            ("{code} AS \"a \"\"b\"", "{code}", Some("a \"b"), Some("code")),
            ("x.pk", "x.pk", None, Some("pk")),
            ("x.pk id", "x.pk", Some("id"), Some("pk")),
            ("count(*)", "count(*)", None, None),
            ("count(*) n", "count(*)", Some("n"), None),
            ("max({a}, {b}) AS m", "max({a}, {b})", Some("m"), None),
            ("CAST({a} AS CHAR(3))", "CAST({a} AS CHAR(3))", None, None),
            ("CASE WHEN {a} = 1 THEN 'x' ELSE 'y' END", "CASE WHEN {a} = 1 THEN 'x' ELSE 'y' END", None, None),
            ("CASE WHEN {a} = 1 THEN 2 END kind", "CASE WHEN {a} = 1 THEN 2 END", Some("kind"), None),
            ("{a} COLLATE utf8_bin", "{a} COLLATE utf8_bin", None, None),
            ("{a} IS NULL", "{a} IS NULL", None, None),
            ("{a} + {b}", "{a} + {b}", None, None),
            ("{a} * 2 twice", "{a} * 2", Some("twice"), None),
            ("{a} REGEXP 5", "{a} REGEXP 5", None, None),
            ("{d} - INTERVAL 1 DAY", "{d} - INTERVAL 1 DAY", None, None),
            ("1", "1", None, Some("1")),
            ("1 one", "1", Some("one"), Some("1")),
            ("({{ SELECT {pk} FROM {A} }}) AS s", "({{ SELECT {pk} FROM {A} }})", Some("s"), None),
        ] {
            let expected = (expression.to_owned(), alias.map(str::to_owned), attribute.map(str::to_owned));
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn columns_that_only_the_server_knows_are_refused() {
        for text in ["*", "{*}", "{p.*}", "{p:* }", "x.*", " x . * ", "", " /* a */ ", "{a} AS 'b'", "{a} AS 1", "AS b"]
        {
            let read = Column::read(text, &lexer::tokens(text).expect(text));
            assert!(read.is_err(), "{text}: {read:?}");
        }
    }

    #[test]
    fn a_name_fits_an_alias_better_than_an_expression_and_that_better_than_an_attribute() {
        let column = |text: &str| Column::read(text, &lexer::tokens(text).expect(text)).expect(text);
        let one = column("{p.Code} AS id");
        for (name, fits) in [
            ("ID", Some(3)),
            ("{p.code}", Some(2)),
            ("{ p:code }", Some(2)),
            ("p.code", Some(2)),
            ("code", Some(1)),
            ("p_code", Some(1)),
            ("P_CODE", Some(1)),
            ("name", None),
            ("", None),
            ("{", None),
        ] {
            assert_eq!(one.fits(name), fits, "{name}");
        }
        assert_eq!(column("lower( {code} )").fits("LOWER({code})"), Some(2));
    }
}
