//! `FlexibleSearch` text as tokens. Nothing is dropped: the tokens put together are the text.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, a keyword or a number.
    Word,
    /// `'text'` or `"name"`, with its quotes.
    Quoted,
    /// `/* … */`. There is no kind for `--`: the language does not know it.
    Comment,
    Space,
    /// `?name`; the text is the name alone.
    Parameter,
    /// Any other single character.
    Symbol(char),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
}

impl Token<'_> {
    pub(super) fn is(&self, symbol: char) -> bool {
        self.kind == Kind::Symbol(symbol)
    }

    pub(super) fn is_keyword(&self, keyword: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(keyword)
    }

    /// Whether it separates and says nothing.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self.kind, Kind::Space | Kind::Comment)
    }
}

/// A literal or comment without an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unterminated(pub(super) &'static str);

pub(super) fn tokenize(text: &str) -> Result<Vec<Token<'_>>, Unterminated> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (kind, length) = match first {
            '\'' | '"' => (Kind::Quoted, quoted(rest, first)?),
            '/' if rest.starts_with("/*") => {
                let end = rest[2..].find("*/").ok_or(Unterminated("a comment"))?;
                (Kind::Comment, end + 4)
            }
            '?' => match span(&rest[1..], is_word) {
                0 => (Kind::Symbol('?'), 1),
                length => (Kind::Parameter, length + 1),
            },
            _ if first.is_whitespace() => (Kind::Space, span(rest, char::is_whitespace)),
            _ if is_word(first) => (Kind::Word, span(rest, is_word)),
            _ => (Kind::Symbol(first), first.len_utf8()),
        };
        let (token, after) = rest.split_at(length);
        tokens.push(Token { kind, text: token.strip_prefix('?').filter(|_| kind == Kind::Parameter).unwrap_or(token) });
        rest = after;
    }
    Ok(tokens)
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The bytes of the leading characters that belong.
fn span(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|character| !belongs(character)).unwrap_or(text.len())
}

/// The bytes of a literal with its quotes; a doubled quote stands for one.
fn quoted(text: &str, quote: char) -> Result<usize, Unterminated> {
    let mut from = 1;
    loop {
        let end = from + text[from..].find(quote).ok_or(Unterminated("a literal"))? + 1;
        if !text[end..].starts_with(quote) {
            return Ok(end);
        }
        from = end + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(Kind, &str)> {
        tokenize(text).expect("it ends").into_iter().map(|token| (token.kind, token.text)).collect()
    }

    #[test]
    fn a_doubled_quote_does_not_end_a_literal() {
        assert_eq!(kinds("'O''Hara' x")[0], (Kind::Quoted, "'O''Hara'"));
    }

    #[test]
    fn braces_in_literals_and_comments_are_no_braces() {
        let text = "'{code}' /* {name} */";
        assert!(tokenize(text).expect("it ends").iter().all(|token| !token.is('{')));
    }

    #[test]
    fn a_parameter_is_its_name() {
        assert_eq!(kinds("=?code")[1], (Kind::Parameter, "code"));
    }

    #[test]
    fn text_without_an_end_is_told() {
        assert_eq!(tokenize("'x"), Err(Unterminated("a literal")));
        assert_eq!(tokenize("/* x"), Err(Unterminated("a comment")));
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_text_never_panics_and_loses_nothing(text in "(?s).{0,60}") {
            if let Ok(tokens) = tokenize(&text) {
                let whole: String = tokens
                    .iter()
                    .map(|token| if token.kind == Kind::Parameter { format!("?{}", token.text) } else { token.text.to_owned() })
                    .collect();
                proptest::prop_assert_eq!(whole, text);
            }
        }

        #[test]
        fn text_of_the_language_never_panics(text in "[{}\\[\\]()'\"/*?: a.\u{e4}-]{0,80}") {
            let _ = tokenize(&text);
        }
    }
}
