//! The statements of a file, one at a time: the rules are those of `script`, for text that is not in memory as a whole.

use std::io::Read;

use encoding_rs::Encoding;

use super::flaw::Flaw;
use super::lines::{LARGE, Lines};
use crate::console::impex::script::{Kind, Statement, has_odd_quotes, kind_of};

/// Reads statements. Comments and blank lines are skipped.
pub(super) struct StatementReader<R> {
    lines: Lines<R>,
    text: String,
    /// Kind, first and last line of the statement in `text`.
    current: Option<(Kind, usize, usize)>,
    /// Whether the current statement is returned once more.
    again: bool,
}

impl<R: Read> StatementReader<R> {
    pub(super) fn new(reader: R, encoding: &'static Encoding) -> Result<Self, Flaw> {
        Ok(Self { lines: Lines::new(reader, encoding)?, text: String::new(), current: None, again: false })
    }

    pub(super) fn encoding(&self) -> &'static Encoding {
        self.lines.encoding()
    }

    /// Returns whether there were several lines, and none of them ended with a line feed.
    pub(super) fn has_only_carriage_returns(&self) -> bool {
        self.lines.has_only_carriage_returns()
    }

    pub(super) fn into_inner(self) -> R {
        self.lines.into_inner()
    }

    /// Returns the next statement with its line breaks; `None` at the end.
    ///
    /// A quote that is never closed is a flaw. In memory, only its line counts as broken; here everything behind it would have to
    /// be read twice, and a server refuses such a file as a whole.
    pub(super) fn next(&mut self) -> Result<Option<Statement<'_>>, Flaw> {
        if !std::mem::take(&mut self.again) {
            self.current = self.read()?;
        }
        Ok(self.current.map(|(kind, line, last_line)| Statement { kind, line, last_line, text: &self.text }))
    }

    /// Makes [`next`](Self::next) return the same statement once more.
    pub(super) fn put_back(&mut self) {
        self.again = self.current.is_some();
    }

    fn read(&mut self) -> Result<Option<(Kind, usize, usize)>, Flaw> {
        loop {
            if self.text.capacity() > LARGE {
                // One large row takes no room while all others are read.
                self.text = String::new();
            }
            self.text.clear();
            if !self.lines.take(&mut self.text, None)? {
                return Ok(None);
            }
            let Some(kind) = kind_of(&self.text) else { continue };
            let first = self.lines.line();
            let continues = matches!(kind, Kind::Header | Kind::Macro);
            // Code that is not in quotes ends at the end of its line, whatever quotes it contains.
            let quotes_count = kind != Kind::Code || self.text.trim_start().starts_with('"');
            let mut in_quotes = quotes_count && has_odd_quotes(self.text.as_bytes());
            let mut begins = 0;
            while in_quotes || (continues && self.text[begins..].trim_end().ends_with('\\')) {
                begins = self.text.len();
                if !self.lines.take(&mut self.text, Some(first))? {
                    if in_quotes {
                        return Err(Flaw::Unclosed { line: first });
                    }
                    break;
                }
                in_quotes ^= quotes_count && has_odd_quotes(&self.text.as_bytes()[begins..]);
            }
            return Ok(Some((kind, first, self.lines.line())));
        }
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::UTF_8;
    use proptest::prelude::*;

    use super::*;
    use crate::console::impex::script::Statements;

    type Found = (Kind, usize, usize, String);

    fn streamed(script: &str) -> Result<Vec<Found>, Flaw> {
        let mut reader = StatementReader::new(script.as_bytes(), UTF_8)?;
        let mut all = Vec::new();
        while let Some(found) = reader.next()? {
            let text = found.text.trim_end_matches(['\n', '\r']).to_owned();
            all.push((found.kind, found.line, found.last_line, text));
        }
        Ok(all)
    }

    fn in_memory(script: &str) -> Vec<Found> {
        Statements::of(script).map(|found| (found.kind, found.line, found.last_line, found.text.to_owned())).collect()
    }

    #[test]
    fn a_quote_that_is_never_closed_is_named_with_its_line_however_far_up_it_is() {
        let script = format!("INSERT Title;code\n;a\n;\"b\n{}", ";x\n".repeat(2_000_000));
        assert!(matches!(streamed(&script), Err(Flaw::Unclosed { line: 3 })));
        let script = format!("INSERT Title;code\n;a\n;\"b\n{}", ";x\n".repeat(12_000_000));
        assert!(matches!(streamed(&script), Err(Flaw::TooLong { line: 3 })));
    }

    #[test]
    fn a_statement_that_is_put_back_comes_once_more() {
        let mut reader = StatementReader::new(&b"INSERT Title;code\n;a\n"[..], UTF_8).expect("text");
        reader.next().expect("read");
        reader.put_back();
        assert_eq!(reader.next().expect("read").expect("a header").kind, Kind::Header);
        assert_eq!(reader.next().expect("read").expect("a row").line, 2);
        assert!(reader.next().expect("read").is_none());
        reader.put_back();
        assert!(reader.next().expect("read").is_none());
    }

    proptest! {
        #[test]
        fn statements_are_those_that_are_found_in_memory(
            pieces in prop::collection::vec(
                prop::sample::select(vec![
                    "INSERT_UPDATE Product;code", "UPDATE X;\\", ";a;b", ";\"x", "y\"", "$m=1", "$m=\\", "#% if: true", "\"#% a",
                    "# \"c", " ", "\\", "\n", "\r\n", "\r", ";\"q\"\"q\"",
                ]),
                0..30,
            ),
        ) {
            let script = pieces.concat();
            // In memory a quote that is not closed ends with its line; a stream refuses the file.
            if let Ok(streamed) = streamed(&script) {
                prop_assert_eq!(streamed, in_memory(&script));
            }
        }
    }
}
