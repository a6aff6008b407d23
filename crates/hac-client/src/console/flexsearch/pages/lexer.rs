//! The tokens of a query, as far as every database reads them in the same way.
//!
//! A query is taken apart to be put into another one. Where databases differ in what is a quote or a comment, they also differ
//! in where a column ends; such a text is refused by name.

use std::ops::Range;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A name, a keyword or a number.
    Word,
    /// `'text'`
    Text,
    /// `"name"`
    Name,
    /// `{alias.attribute[language]:o}` or the types of a FROM, with the braces.
    Braces,
    /// `{{`
    SubselectBegins,
    /// `}}`
    SubselectEnds,
    Comment,
    Space,
    /// Any other character.
    Symbol(char),
}

/// A part of the query, and how deep it stands in parentheses and subselects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) range: Range<usize>,
    pub(crate) depth: usize,
    /// Whether it stands in `{{ }}`.
    pub(crate) in_subselect: bool,
}

impl Token {
    pub(crate) fn is(&self, symbol: char) -> bool {
        self.kind == Kind::Symbol(symbol)
    }

    pub(crate) fn is_keyword(&self, text: &str, keyword: &str) -> bool {
        self.kind == Kind::Word && text[self.range.clone()].eq_ignore_ascii_case(keyword)
    }

    pub(crate) fn is_blank(&self) -> bool {
        matches!(self.kind, Kind::Space | Kind::Comment)
    }
}

/// Parentheses within each other, beyond which a text is no query that anybody wrote.
const DEEPEST: usize = 200;

/// Splits a query into tokens. `Err`: why it cannot be taken apart.
pub(crate) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut open: Vec<Kind> = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let (kind, length) = match first {
            '\'' => (Kind::Text, quoted(rest, first)?),
            '"' => (Kind::Name, quoted(rest, first)?),
            '/' if rest.starts_with("/*") => (Kind::Comment, comment(rest)?),
            '-' if rest.starts_with("--") => return Err(differs("--", "begins a comment")),
            '#' | '`' | '$' | '[' | '\\' => return Err(differs(&first.to_string(), "means")),
            '{' if rest.starts_with("{{") => (Kind::SubselectBegins, 2),
            '{' => (Kind::Braces, braces(rest)?),
            '}' if rest.starts_with("}}") => (Kind::SubselectEnds, 2),
            '}' => return Err("a } has no { before it".to_owned()),
            _ if first.is_whitespace() => (Kind::Space, span(rest, char::is_whitespace)),
            _ if is_word(first) => (Kind::Word, span(rest, is_word)),
            _ => (Kind::Symbol(first), first.len_utf8()),
        };
        if kind == Kind::Text && tokens.last().is_some_and(|before| is_q(before, text)) {
            return Err(differs("q'", "begins a quote"));
        }
        match kind {
            Kind::Symbol(')') | Kind::SubselectEnds => {
                let begins = if kind == Kind::SubselectEnds { Kind::SubselectBegins } else { Kind::Symbol('(') };
                if open.pop() != Some(begins) {
                    return Err(format!("a {} has nothing that it closes", &text[at..at + length]));
                }
            }
            _ => {}
        }
        let in_subselect = open.contains(&Kind::SubselectBegins);
        tokens.push(Token { kind, range: at..at + length, depth: open.len(), in_subselect });
        if matches!(kind, Kind::Symbol('(') | Kind::SubselectBegins) {
            if open.len() == DEEPEST {
                return Err(format!("more than {DEEPEST} parentheses stand within each other"));
            }
            open.push(kind);
        }
        at += length;
    }
    match open.last() {
        None => Ok(tokens),
        Some(Kind::SubselectBegins) => Err("a {{ is not closed".to_owned()),
        Some(_) => Err("a ( is not closed".to_owned()),
    }
}

fn differs(what: &str, how: &str) -> String {
    format!("databases differ in what {what} {how}")
}

/// The bytes of a literal with its quotes; a doubled quote stands for one.
fn quoted(rest: &str, mark: char) -> Result<usize, String> {
    let mut from = 1;
    loop {
        let Some(end) = rest[from..].find(mark) else { return Err(format!("a {mark} is not closed")) };
        if rest[from..from + end].contains('\\') {
            return Err(differs("\\ in quotes", "means"));
        }
        from += end + 1;
        if !rest[from..].starts_with(mark) {
            return Ok(from);
        }
        from += 1;
    }
}

fn comment(rest: &str) -> Result<usize, String> {
    if rest.starts_with("/*!") || rest.starts_with("/*M!") {
        return Err(differs("/*!", "means"));
    }
    let end = rest[2..].find("*/").ok_or("a /* is not closed")? + 4;
    if rest[2..end].contains("/*") { Err(differs("/* in a comment", "means")) } else { Ok(end) }
}

/// Up to the brace that closes; a language stands in brackets, and a join may compare texts.
fn braces(rest: &str) -> Result<usize, String> {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(char) = rest[at..].chars().next() {
        at += match char {
            '\'' | '"' => quoted(&rest[at..], char)?,
            '{' => {
                depth += 1;
                if depth > DEEPEST {
                    return Err(format!("more than {DEEPEST} braces stand within each other"));
                }
                1
            }
            '}' if depth == 1 => return Ok(at + 1),
            '}' => {
                depth -= 1;
                1
            }
            '/' if rest[at..].starts_with("/*") => comment(&rest[at..])?,
            other => other.len_utf8(),
        };
    }
    Err("a { is not closed".to_owned())
}

/// Whether a quote after this is Oracle's `q'` or `nq'`.
fn is_q(before: &Token, text: &str) -> bool {
    before.is_keyword(text, "q") || before.is_keyword(text, "nq")
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn span(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|character| !belongs(character)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(Kind, &str)> {
        let tokens = tokens(text).expect(text);
        tokens.into_iter().filter(|token| !token.is_blank()).map(|token| (token.kind, &text[token.range])).collect()
    }

    #[test]
    fn commas_in_quotes_braces_and_comments_are_no_commas() {
        for text in [
            "'a,b'",
            "\"a,b\"",
            "'it''s, so'",
            "{a , b}",
            "{a[x,y]}",
            "/* , */",
            "{A JOIN B ON {a} = '},'}",
            "{A /* }, */ JOIN B}",
        ] {
            assert!(tokens(text).expect(text).iter().all(|token| !token.is(',')), "{text}");
        }
        assert_eq!(kinds("f(a, 'b')")[3], (Kind::Symbol(','), ","));
        let tokens = tokens("f(a, (b)) ,").expect("tokens");
        let depths: Vec<_> = tokens.iter().filter(|token| token.is(',')).map(|token| token.depth).collect();
        assert_eq!(depths, [1, 0]);
    }

    #[test]
    fn a_subselect_is_deeper_than_what_is_around_it() {
        let text = "x IN ({{ SELECT {pk} FROM {A} }}) y";
        let tokens = tokens(text).expect("tokens");
        let word = |word: &str| tokens.iter().find(|token| token.is_keyword(text, word)).expect("there");
        assert_eq!((word("select").depth, word("select").in_subselect), (2, true));
        assert_eq!((word("y").depth, word("y").in_subselect), (0, false));
    }

    #[test]
    fn a_text_that_databases_read_differently_or_that_does_not_end_is_refused() {
        for (text, why) in [
            ("a -- b", "databases differ in what -- begins a comment"),
            ("a--1", "databases differ"),
            ("# a", "databases differ"),
            ("`a,b`", "databases differ"),
            ("[a,b]", "databases differ"),
            ("$$a,b$$", "databases differ"),
            ("'a\\', b'", "databases differ"),
            ("q'[a,b]'", "databases differ"),
            ("nq'[a,b]'", "databases differ"),
            ("/*! , */", "databases differ"),
            ("/*M! , */", "databases differ"),
            ("/* /* */ , */", "databases differ"),
            ("'a", "not closed"),
            ("\"a", "not closed"),
            ("/* a", "not closed"),
            ("{a", "not closed"),
            ("{a {b}", "not closed"),
            ("(a", "not closed"),
            ("{{ a", "not closed"),
            ("a)", "nothing that it closes"),
            ("a }}", "nothing that it closes"),
            ("({{ a ) }}", "nothing that it closes"),
            ("a } b", "no { before it"),
        ] {
            let told = tokens(text).expect_err(text);
            assert!(told.contains(why), "{text}: {told}");
        }
        for (begin, end) in [("(", ")"), ("{{ ", "}}"), ("{a ", "}")] {
            let deep = |depth: usize| begin.repeat(depth) + " " + &end.repeat(depth);
            let told = tokens(&deep(10_000)).expect_err("too deep");
            assert!(told.ends_with("stand within each other"), "{told}");
        }
    }

    proptest::proptest! {
        #[test]
        fn tokens_are_the_whole_text(text in "[ a,.*=()'\"/{}\\[\\]A;-]{0,30}") {
            if let Ok(tokens) = tokens(&text) {
                let whole: String = tokens.iter().map(|token| &text[token.range.clone()]).collect();
                proptest::prop_assert_eq!(whole, text);
            }
        }
    }
}
