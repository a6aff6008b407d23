//! The place in the tokens up to which a query was read.

use super::Failure;
use super::token::{Kind, Token};

pub(super) struct Cursor<'a> {
    tokens: &'a [Token<'a>],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(tokens: &'a [Token<'a>]) -> Self {
        Self { tokens, at: 0 }
    }

    pub(super) fn advance(&mut self, tokens: usize) {
        self.at += tokens;
    }

    pub(super) fn peek(&self) -> Option<&'a Token<'a>> {
        self.tokens.get(self.at)
    }

    pub(super) fn symbol(&self, symbol: char) -> bool {
        self.peek().is_some_and(|token| token.is(symbol))
    }

    pub(super) fn keyword(&self, keyword: &str) -> bool {
        self.peek().is_some_and(|token| token.is_keyword(keyword))
    }

    pub(super) fn any_keyword(&self, keywords: &[&str]) -> bool {
        keywords.iter().any(|keyword| self.keyword(keyword))
    }

    pub(super) fn subselect_begins(&self) -> bool {
        self.symbol('{') && self.tokens.get(self.at + 1).is_some_and(|token| token.is('{'))
    }

    pub(super) fn take_symbol(&mut self, symbol: char) -> bool {
        let found = self.symbol(symbol);
        self.at += usize::from(found);
        found
    }

    pub(super) fn take_keyword(&mut self, keyword: &str) -> bool {
        let found = self.keyword(keyword);
        if found {
            self.at += 1;
            self.skip_blanks();
        }
        found
    }

    pub(super) fn expect(&mut self, symbol: char, place: &str) -> Result<(), Failure> {
        if self.take_symbol(symbol) {
            return Ok(());
        }
        let found = self.peek().map_or("the end", |token| token.text);
        Err(Failure::query(format!("expected {symbol} {place}, found {found}")))
    }

    pub(super) fn word(&mut self, what: &str) -> Result<&'a str, Failure> {
        match self.peek() {
            Some(token) if token.kind == Kind::Word => {
                self.at += 1;
                Ok(token.text)
            }
            found => {
                Err(Failure::query(format!("expected {what}, found {}", found.map_or("the end", |token| token.text))))
            }
        }
    }

    pub(super) fn skip_blanks(&mut self) {
        while self.peek().is_some_and(Token::is_blank) {
            self.at += 1;
        }
    }
}
