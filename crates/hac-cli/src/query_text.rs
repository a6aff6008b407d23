//! The text of a FlexibleSearch query without what HAC's console does not take: `--` comments and a `;` at the end.

use std::borrow::Cow;
use std::ops::Range;

/// The query without `--` comments and without `;` at its end.
///
/// HAC appends conditions of its own to the text, which a comment would swallow and a `;` would cut off. What stands in quotes, in
/// `{}` or in `/* */` is left alone, and so is the whole text if one of them is not closed. A comment begins with `--` before white
/// space or at the beginning of a line: `1--1` may be a sum.
pub(crate) fn sendable(text: &str) -> Cow<'_, str> {
    let Some(comments) = comments(text) else { return Cow::Borrowed(text) };
    let mut sent = String::with_capacity(text.len());
    let mut end = 0;
    for comment in &comments {
        sent.push_str(&text[end..comment.start]);
        end = comment.end;
    }
    sent.push_str(&text[end..]);
    let kept = without_semicolon(&sent).len();
    if comments.is_empty() && kept == text.len() {
        return Cow::Borrowed(text);
    }
    sent.truncate(kept);
    Cow::Owned(sent)
}

/// A `;` that ends a comment or a quote cannot be the last character: both have an end of their own.
fn without_semicolon(text: &str) -> &str {
    let mut rest = text.trim_end();
    if !rest.ends_with(';') {
        return text;
    }
    while let Some(shorter) = rest.strip_suffix(';') {
        rest = shorter.trim_end();
    }
    rest
}

/// Where the `--` comments are; `None` if a quote, a brace or a comment is not closed, or a database may read the quotes in another way.
fn comments(text: &str) -> Option<Vec<Range<usize>>> {
    if ["\\'", "\\\"", "\\`"].iter().any(|escape| text.contains(escape)) {
        return None;
    }
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(char) = text[at..].chars().next() {
        let rest = &text[at..];
        at += match char {
            '\'' | '"' | '`' => quoted(rest, char)?,
            '/' if rest.starts_with("/*") => rest["/*".len()..].find("*/")? + "/**/".len(),
            '{' => {
                depth += 1;
                1
            }
            '}' => {
                depth = depth.checked_sub(1)?;
                1
            }
            '-' if depth == 0 && begins_comment(&text[..at], rest) => {
                let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
                found.push(at..at + length);
                length
            }
            other => other.len_utf8(),
        };
    }
    (depth == 0).then_some(found)
}

/// How long the quote is. A doubled mark is read like the end of one quote and the beginning of another.
fn quoted(rest: &str, mark: char) -> Option<usize> {
    rest[1..].find(mark).map(|end| end + 2)
}

fn begins_comment(before: &str, rest: &str) -> bool {
    let Some(behind) = rest.strip_prefix("--") else { return false };
    let line = before.rsplit(['\n', '\r']).next().unwrap_or_default();
    line.trim().is_empty() || behind.chars().next().is_none_or(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_a_semicolon_at_the_end_are_removed() {
        for (text, sent) in [
            ("SELECT 1;", "SELECT 1"),
            ("SELECT 1 ; ;\n", "SELECT 1"),
            ("SELECT 1 -- all of them", "SELECT 1 "),
            ("-- all\nSELECT 1", "\nSELECT 1"),
            ("  --all\r\nSELECT 1 --", "  \r\nSELECT 1 "),
            ("SELECT 1; -- all; of them\n", "SELECT 1"),
            ("SELECT '--' -- it's\nFROM {A}", "SELECT '--' \nFROM {A}"),
        ] {
            assert_eq!(sendable(text), sent, "{text:?}");
        }
    }

    #[test]
    fn quotes_braces_block_comments_and_sums_are_left_alone() {
        for text in [
            "SELECT {pk} FROM {Product}",
            "SELECT '; -- '';'",
            "SELECT \"-- ;\"",
            "SELECT {name -- x}",
            "SELECT {{ SELECT 1 -- x }}",
            "SELECT /* -- ; */ 1",
            "SELECT 1--1",
            "SELECT ';'",
            "SELECT 1 /* ; */",
            "SELECT 1; SELECT 2",
            "SELECT 1 - - 1\n",
        ] {
            assert!(matches!(sendable(text), Cow::Borrowed(same) if same == text), "{text:?}: {}", sendable(text));
        }
    }

    #[test]
    fn a_text_that_is_not_closed_or_not_clear_is_left_alone() {
        for text in
            ["SELECT 'a -- b;", "SELECT {a;", "SELECT a};", "SELECT /* a;", "SELECT /*/ a;", "SELECT 'a\\' -- b';"]
        {
            assert_eq!(sendable(text), text);
        }
    }
}
