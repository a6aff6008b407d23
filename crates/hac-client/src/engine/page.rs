//! An answer that is a page of HAC, recognised by what is read from it.

use crate::engine::expectation::{Expectation, Taken, TooLarge, Unexpected};

/// Collects a page and accepts it if `read` finds what it looks for.
///
/// Any other page is classified like every unexpected answer: it may be a login page.
pub(crate) struct PageAnswer<F> {
    read: F,
    limit: usize,
    body: Vec<u8>,
}

impl<T, F: FnMut(&str) -> Option<T> + Send> PageAnswer<F> {
    /// `limit` is in bytes, decompressed.
    pub(crate) fn new(limit: usize, read: F) -> Self {
        Self { read, limit, body: Vec::new() }
    }
}

impl<T, F: FnMut(&str) -> Option<T> + Send> Expectation for PageAnswer<F> {
    type Output = T;

    fn take(&mut self, piece: &[u8]) -> Result<Taken, TooLarge> {
        if self.body.len() + piece.len() > self.limit {
            return Err(TooLarge { what: "the page", limit: self.limit });
        }
        self.body.extend_from_slice(piece);
        Ok(Taken::More)
    }

    fn conclude(&mut self) -> Result<T, Unexpected> {
        let body = std::mem::take(&mut self.body);
        match (self.read)(&String::from_utf8_lossy(&body)) {
            Some(found) => Ok(found),
            None => Err(Unexpected { body, defect: None }),
        }
    }

    fn delivered(&self) -> bool {
        false
    }

    fn restart(&mut self) {
        self.body.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> Option<usize> {
        text.contains("<table>").then_some(text.len())
    }

    #[test]
    fn a_page_is_the_answer_only_if_it_holds_what_is_looked_for() {
        let mut expected = PageAnswer::new(100, page);
        for piece in [&b"<ta"[..], b"ble>"] {
            assert!(expected.take(piece).is_ok());
        }
        assert_eq!(expected.conclude().expect("a table"), 7);
        expected.take(b"<form>").expect("small");
        assert_eq!(expected.conclude().expect_err("no table").body, b"<form>");
    }

    #[test]
    fn what_an_earlier_attempt_brought_is_forgotten() {
        let mut expected = PageAnswer::new(7, page);
        expected.take(b"<p>half").expect("small");
        expected.restart();
        expected.take(b"<table>").expect("small again");
        assert_eq!(expected.conclude().expect("a table"), 7);
    }

    #[test]
    fn a_page_over_the_limit_is_given_up() {
        let mut expected = PageAnswer::new(7, page);
        assert!(expected.take(b"<table>").is_ok());
        assert!(expected.take(b"x").is_err());
    }
}
