//! From tokens to the tree.

use super::Failure;
use super::cursor::Cursor;
use super::token::{Kind, Token};
use super::tree::{AttributeName, Join, Piece, Select, Source, Text, TypeName};

/// Subselects within subselects; deeper ones would only exhaust the stack.
const DEEPEST: usize = 32;

/// Reads a whole query.
pub(super) fn parse<'a>(tokens: &'a [Token<'a>]) -> Result<Select<'a>, Failure> {
    let mut parser = Parser { cursor: Cursor::new(tokens), depth: 0 };
    parser.cursor.skip_blanks();
    if parser.cursor.peek().is_none() {
        return Err(Failure::query("the query is empty"));
    }
    if !parser.cursor.keyword("SELECT") && !parser.cursor.subselect_begins() {
        return Err(Failure::query("a FlexibleSearch must begin with SELECT"));
    }
    let select = parser.select()?;
    match parser.cursor.peek() {
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
    cursor: Cursor<'a>,
    depth: usize,
}

impl<'a> Parser<'a> {
    /// Up to the end of the query or the braces that close the subselect.
    fn select(&mut self) -> Result<Select<'a>, Failure> {
        let mut select = Select { head: self.text(Until::From)?, ..Select::default() };
        if !self.cursor.take_keyword("FROM") {
            return Ok(select);
        }
        loop {
            select.from.push(self.source()?);
            self.cursor.skip_blanks();
            if !self.cursor.take_symbol(',') {
                break;
            }
            self.cursor.skip_blanks();
        }
        select.between = self.text(Until::Where)?;
        if self.cursor.take_keyword("WHERE") {
            select.filter = Some(self.text(Until::Tail)?);
        }
        select.rest = self.text(Until::End)?;
        if self.cursor.keyword("FROM") {
            return Err(Failure::query("a SELECT has one FROM; put further SELECTs, also those of a UNION, in {{ }}"));
        }
        Ok(select)
    }

    fn source(&mut self) -> Result<Source<'a>, Failure> {
        if self.cursor.symbol('(') {
            return Ok(Source::Derived(self.text(Until::Source)?));
        }
        if self.cursor.subselect_begins() || !self.cursor.take_symbol('{') {
            return Err(Failure::unsupported("a FROM without {Type} or ({{ … }})"));
        }
        self.cursor.skip_blanks();
        let mut types = vec![self.type_name()?];
        loop {
            self.cursor.skip_blanks();
            if self.cursor.take_symbol('}') {
                return Ok(Source::Types(types));
            }
            let left = self.join()?;
            let mut joined = self.type_name()?;
            self.cursor.skip_blanks();
            if !self.cursor.take_keyword("ON") {
                return Err(Failure::query(format!("the join of {} has no ON", joined.code)));
            }
            let on = self.text(Until::Join)?;
            joined.join = Some(Join { left, on });
            types.push(joined);
        }
    }

    /// The words before the joined type; whether it is a left join.
    fn join(&mut self) -> Result<bool, Failure> {
        if self.cursor.any_keyword(&["RIGHT", "FULL", "CROSS", "NATURAL"]) || self.cursor.symbol(',') {
            let found = self.cursor.peek().map_or("", |token| token.text);
            return Err(Failure::unsupported(format!("{found} between the types of FROM")));
        }
        let left = self.cursor.take_keyword("LEFT");
        if left {
            self.cursor.take_keyword("OUTER");
        } else {
            self.cursor.take_keyword("INNER");
        }
        if self.cursor.take_keyword("JOIN") {
            return Ok(left);
        }
        match self.cursor.peek() {
            Some(token) if token.kind == Kind::Word => {
                Err(Failure::query(format!("unexpected {} in FROM; an alias needs AS", token.text)))
            }
            found => Err(Failure::query(format!("unexpected {} in FROM", found.map_or("end", |token| token.text)))),
        }
    }

    fn type_name(&mut self) -> Result<TypeName<'a>, Failure> {
        let code = self.cursor.word("a type")?;
        let exact = self.cursor.take_symbol('!');
        if self.cursor.symbol('*') || self.cursor.symbol('^') {
            return Err(Failure::unsupported(format!(
                "the modifier {} of a type",
                self.cursor.peek().map_or("", |token| token.text)
            )));
        }
        self.cursor.skip_blanks();
        let alias = if self.cursor.take_keyword("AS") { Some(self.cursor.word("an alias")?) } else { None };
        Ok(TypeName { code, exact, alias, join: None })
    }

    /// `{{ … }}`, from its first brace.
    fn subselect(&mut self) -> Result<Select<'a>, Failure> {
        if self.depth == DEEPEST {
            return Err(Failure::unsupported(format!("more than {DEEPEST} subselects within each other")));
        }
        self.cursor.advance(2);
        self.depth += 1;
        let select = self.select()?;
        self.depth -= 1;
        self.cursor.expect('}', "at the end of a subselect")?;
        self.cursor.expect('}', "at the end of a subselect")?;
        Ok(select)
    }

    /// `{alias.name[language]:o}`, from its brace.
    fn attribute(&mut self) -> Result<AttributeName<'a>, Failure> {
        self.cursor.advance(1);
        self.cursor.skip_blanks();
        if self.cursor.symbol('*') {
            return Err(Failure::unsupported("{*}"));
        }
        let mut alias = None;
        let mut name = self.cursor.word("an attribute")?;
        if self.cursor.take_symbol('.') || self.cursor.take_symbol(':') {
            if self.cursor.symbol('*') {
                return Err(Failure::unsupported("{alias.*}"));
            }
            alias = Some(name);
            name = self.cursor.word("an attribute")?;
        }
        if self.cursor.symbol('.') {
            return Err(Failure::unsupported("a path of attributes; join the type instead"));
        }
        let mut language = None;
        if self.cursor.take_symbol('[') {
            self.cursor.skip_blanks();
            language = Some(self.cursor.word("a language")?);
            self.cursor.skip_blanks();
            self.cursor.expect(']', "after the language")?;
        }
        let optional = self.cursor.take_symbol(':');
        if optional && !self.cursor.take_keyword("o") {
            return Err(Failure::unsupported("an option of an attribute other than :o"));
        }
        self.cursor.skip_blanks();
        self.cursor.expect('}', "after an attribute")?;
        Ok(AttributeName { alias, name, language, optional })
    }

    /// Reads on until the end, a closing brace, or what ends this text outside of parentheses.
    fn text(&mut self, until: Until) -> Result<Text<'a>, Failure> {
        let mut text = Text::new();
        let mut parentheses = 0_usize;
        let mut after_distinct = false;
        while let Some(token) = self.cursor.peek() {
            if token.is('}')
                || (self.cursor.keyword("FROM") && !after_distinct)
                || (parentheses == 0 && self.ends(until))
            {
                break;
            }
            if !token.is_blank() {
                // IS DISTINCT FROM compares.
                after_distinct = until != Until::From && token.is_keyword("DISTINCT");
            }
            match token.kind {
                Kind::Symbol('{') if self.cursor.subselect_begins() => {
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
            self.cursor.advance(1);
        }
        Ok(text)
    }

    fn ends(&self, until: Until) -> bool {
        let tail = || self.cursor.any_keyword(&["GROUP", "HAVING", "ORDER"]);
        match until {
            Until::From | Until::End => false,
            Until::Join => self.cursor.any_keyword(&["JOIN", "LEFT", "INNER", "RIGHT", "FULL", "CROSS", "NATURAL"]),
            Until::Source => self.cursor.symbol(',') || self.cursor.keyword("WHERE") || tail(),
            Until::Where => self.cursor.keyword("WHERE") || tail(),
            Until::Tail => tail(),
        }
    }
}
