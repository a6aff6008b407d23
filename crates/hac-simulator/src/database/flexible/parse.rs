//! From tokens to the tree.

use super::Failure;
use super::token::{Kind, Token};
use super::tree::{AttributeName, Join, Piece, Select, Source, Text, TypeName};

/// Subselects within subselects; deeper ones would only exhaust the stack.
const DEEPEST: usize = 32;

/// Reads a whole query.
pub(super) fn parse<'a>(tokens: &'a [Token<'a>]) -> Result<Select<'a>, Failure> {
    let mut parser = Parser {
        tokens,
        at: 0,
        depth: 0,
    };
    parser.skip_blanks();
    if parser.peek().is_none() {
        return Err(Failure::query("the query is empty"));
    }
    if !parser.keyword("SELECT") && !parser.subselect_begins() {
        return Err(Failure::query("a FlexibleSearch begins with SELECT"));
    }
    let select = parser.select()?;
    match parser.peek() {
        None => Ok(select),
        Some(token) => Err(Failure::query(format!("unexpected {}", token.text))),
    }
}

/// Where a text ends.
#[derive(Clone, Copy, PartialEq)]
enum Until {
    From,
    /// The end of the condition of a join, in the braces of FROM.
    Join,
    /// The next source of FROM, or its end.
    Source,
    Where,
    Tail,
    End,
}

struct Parser<'a> {
    tokens: &'a [Token<'a>],
    at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Token<'a>> {
        self.tokens.get(self.at)
    }

    fn symbol(&self, symbol: char) -> bool {
        self.peek().is_some_and(|token| token.is(symbol))
    }

    fn keyword(&self, keyword: &str) -> bool {
        self.peek().is_some_and(|token| token.is_keyword(keyword))
    }

    fn any_keyword(&self, keywords: &[&str]) -> bool {
        keywords.iter().any(|keyword| self.keyword(keyword))
    }

    fn subselect_begins(&self) -> bool {
        self.symbol('{')
            && self
                .tokens
                .get(self.at + 1)
                .is_some_and(|token| token.is('{'))
    }

    fn take_symbol(&mut self, symbol: char) -> bool {
        let found = self.symbol(symbol);
        self.at += usize::from(found);
        found
    }

    fn take_keyword(&mut self, keyword: &str) -> bool {
        let found = self.keyword(keyword);
        if found {
            self.at += 1;
            self.skip_blanks();
        }
        found
    }

    fn expect(&mut self, symbol: char, place: &str) -> Result<(), Failure> {
        if self.take_symbol(symbol) {
            return Ok(());
        }
        let found = self.peek().map_or("the end", |token| token.text);
        Err(Failure::query(format!(
            "expected {symbol} {place}, found {found}"
        )))
    }

    fn word(&mut self, what: &str) -> Result<&'a str, Failure> {
        match self.peek() {
            Some(token) if token.kind == Kind::Word => {
                self.at += 1;
                Ok(token.text)
            }
            found => Err(Failure::query(format!(
                "expected {what}, found {}",
                found.map_or("the end", |token| token.text)
            ))),
        }
    }

    fn skip_blanks(&mut self) {
        while self.peek().is_some_and(Token::is_blank) {
            self.at += 1;
        }
    }

    /// Up to the end of the query or the braces that close the subselect.
    fn select(&mut self) -> Result<Select<'a>, Failure> {
        let mut select = Select {
            head: self.text(Until::From)?,
            ..Select::default()
        };
        if !self.take_keyword("FROM") {
            return Ok(select);
        }
        loop {
            select.from.push(self.source()?);
            self.skip_blanks();
            if !self.take_symbol(',') {
                break;
            }
            self.skip_blanks();
        }
        select.between = self.text(Until::Where)?;
        if self.take_keyword("WHERE") {
            select.filter = Some(self.text(Until::Tail)?);
        }
        select.rest = self.text(Until::End)?;
        if self.keyword("FROM") {
            return Err(Failure::query(
                "a select has one FROM; another select, of a UNION too, stands in {{ }}",
            ));
        }
        Ok(select)
    }

    fn source(&mut self) -> Result<Source<'a>, Failure> {
        if self.symbol('(') {
            return Ok(Source::Derived(self.text(Until::Source)?));
        }
        if self.subselect_begins() || !self.take_symbol('{') {
            return Err(Failure::unsupported("a FROM without {Type} or ({{ … }})"));
        }
        self.skip_blanks();
        let mut types = vec![self.type_name()?];
        loop {
            self.skip_blanks();
            if self.take_symbol('}') {
                return Ok(Source::Types(types));
            }
            let left = self.join()?;
            let mut joined = self.type_name()?;
            self.skip_blanks();
            if !self.take_keyword("ON") {
                return Err(Failure::query(format!(
                    "the join of {} has no ON",
                    joined.code
                )));
            }
            let on = self.text(Until::Join)?;
            joined.join = Some(Join { left, on });
            types.push(joined);
        }
    }

    /// The words before the joined type; whether it is a left join.
    fn join(&mut self) -> Result<bool, Failure> {
        if self.any_keyword(&["RIGHT", "FULL", "CROSS", "NATURAL"]) || self.symbol(',') {
            let found = self.peek().map_or("", |token| token.text);
            return Err(Failure::unsupported(format!(
                "{found} between the types of FROM"
            )));
        }
        let left = self.take_keyword("LEFT");
        if left {
            self.take_keyword("OUTER");
        } else {
            self.take_keyword("INNER");
        }
        if self.take_keyword("JOIN") {
            return Ok(left);
        }
        match self.peek() {
            Some(token) if token.kind == Kind::Word => Err(Failure::query(format!(
                "unexpected {} in FROM; an alias needs AS",
                token.text
            ))),
            found => Err(Failure::query(format!(
                "unexpected {} in FROM",
                found.map_or("end", |token| token.text)
            ))),
        }
    }

    fn type_name(&mut self) -> Result<TypeName<'a>, Failure> {
        let code = self.word("a type")?;
        let exact = self.take_symbol('!');
        if self.symbol('*') || self.symbol('^') {
            return Err(Failure::unsupported(format!(
                "the modifier {} of a type",
                self.peek().map_or("", |token| token.text)
            )));
        }
        self.skip_blanks();
        let alias = if self.take_keyword("AS") {
            Some(self.word("an alias")?)
        } else {
            None
        };
        Ok(TypeName {
            code,
            exact,
            alias,
            join: None,
        })
    }

    /// `{{ … }}`, from its first brace.
    fn subselect(&mut self) -> Result<Select<'a>, Failure> {
        if self.depth == DEEPEST {
            return Err(Failure::unsupported(format!(
                "more than {DEEPEST} subselects within each other"
            )));
        }
        self.at += 2;
        self.depth += 1;
        let select = self.select()?;
        self.depth -= 1;
        self.expect('}', "at the end of a subselect")?;
        self.expect('}', "at the end of a subselect")?;
        Ok(select)
    }

    /// `{alias.name[language]:o}`, from its brace.
    fn attribute(&mut self) -> Result<AttributeName<'a>, Failure> {
        self.at += 1;
        self.skip_blanks();
        if self.symbol('*') {
            return Err(Failure::unsupported("{*}"));
        }
        let mut alias = None;
        let mut name = self.word("an attribute")?;
        if self.take_symbol('.') || self.take_symbol(':') {
            if self.symbol('*') {
                return Err(Failure::unsupported("{alias.*}"));
            }
            alias = Some(name);
            name = self.word("an attribute")?;
        }
        if self.symbol('.') {
            return Err(Failure::unsupported(
                "a path of attributes; join the type instead",
            ));
        }
        let mut language = None;
        if self.take_symbol('[') {
            self.skip_blanks();
            language = Some(self.word("a language")?);
            self.skip_blanks();
            self.expect(']', "after the language")?;
        }
        let optional = self.take_symbol(':');
        if optional && !self.take_keyword("o") {
            return Err(Failure::unsupported(
                "an option of an attribute other than :o",
            ));
        }
        self.skip_blanks();
        self.expect('}', "after an attribute")?;
        Ok(AttributeName {
            alias,
            name,
            language,
            optional,
        })
    }

    /// Reads on until the end, a closing brace, or what ends this text outside of parentheses.
    fn text(&mut self, until: Until) -> Result<Text<'a>, Failure> {
        let mut text = Text::new();
        let mut parentheses = 0_usize;
        let mut after_distinct = false;
        while let Some(token) = self.peek() {
            if token.is('}')
                || (self.keyword("FROM") && !after_distinct)
                || (parentheses == 0 && self.ends(until))
            {
                break;
            }
            if !token.is_blank() {
                // IS DISTINCT FROM compares.
                after_distinct = until != Until::From && token.is_keyword("DISTINCT");
            }
            match token.kind {
                Kind::Symbol('{') if self.subselect_begins() => {
                    text.push(Piece::Subselect(self.subselect()?));
                    continue;
                }
                Kind::Symbol('{') => {
                    text.push(Piece::Attribute(self.attribute()?));
                    continue;
                }
                Kind::Symbol('(') => parentheses += 1,
                Kind::Symbol(')') => parentheses = parentheses.saturating_sub(1),
                _ => {}
            }
            text.push(match token.kind {
                Kind::Space => Piece::Space,
                Kind::Parameter => Piece::Parameter(token.text),
                _ => Piece::Sql(token.text),
            });
            self.at += 1;
        }
        Ok(text)
    }

    fn ends(&self, until: Until) -> bool {
        let tail = || self.any_keyword(&["GROUP", "HAVING", "ORDER"]);
        match until {
            Until::From | Until::End => false,
            Until::Join => {
                self.any_keyword(&["JOIN", "LEFT", "INNER", "RIGHT", "FULL", "CROSS", "NATURAL"])
            }
            Until::Source => self.symbol(',') || self.keyword("WHERE") || tail(),
            Until::Where => self.keyword("WHERE") || tail(),
            Until::Tail => tail(),
        }
    }
}
