//! Splits a file into chunks: scripts that stand alone, each with a part of the rows.

use std::io::Read;

use encoding_rs::Encoding;

use super::flaw::{Flaw, STATEMENT_LIMIT};
use super::preamble::{self, Preamble};
use super::safety::Conditions;
use super::statements::StatementReader;
use crate::console::impex::script::{Kind, Statement};

/// The limit of a chunk, in bytes, without what it begins with. A single longer row is a chunk of its own.
pub(super) const CHUNK_LIMIT: usize = 2 << 20;

/// A script that stands alone.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    pub(super) text: String,
    /// The statements of the script in their order, with those that it begins with.
    pub(super) places: Vec<Place>,
    /// The number of rows.
    pub(super) rows: usize,
    /// The number of lines in `text`.
    lines: usize,
    /// The number of bytes of the preamble that it begins with.
    preamble: usize,
}

/// Where a statement of a chunk is, there and in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// The first line in the chunk, counted from 1.
    pub(super) at: usize,
    /// The first line in the file, counted from 1.
    pub(super) line: usize,
    pub(super) last_line: usize,
    /// The first byte in the chunk.
    pub(super) offset: usize,
    pub(super) kind: Kind,
    /// Whether it only stands here because rows below it need it.
    pub(super) carried: bool,
}

impl Place {
    /// Returns whether the statement has rows: it is one, or code that includes some.
    pub(super) fn is_row(&self) -> bool {
        matches!(self.kind, Kind::Row | Kind::Code)
    }
}

impl Chunk {
    fn push(&mut self, kind: Kind, (line, last_line): (usize, usize), text: &str, carried: bool) {
        if self.text.is_empty() && text.starts_with('\u{feff}') {
            // At the beginning of a script it would be taken for a byte order mark.
            self.text.push('\n');
            self.lines += 1;
        }
        self.places.push(Place { at: self.lines + 1, line, last_line, offset: self.text.len(), kind, carried });
        self.text.push_str(text);
        if !text.ends_with(['\n', '\r']) {
            self.text.push('\n');
        }
        self.lines += last_line - line + 1;
    }

    /// Returns the first and the last line in the file of what is imported for the first time.
    pub(super) fn range(&self) -> (usize, usize) {
        let mut own = self.places.iter().filter(|place| !place.carried);
        let first = own.next().map_or(0, |place| place.line);
        (first, self.places.last().map_or(0, |place| place.last_line))
    }

    /// Returns the statement with a line of the chunk.
    pub(super) fn place(&self, at: usize) -> Option<usize> {
        self.places.partition_point(|place| place.at <= at).checked_sub(1)
    }

    /// Returns the text of a statement.
    pub(super) fn text_of(&self, index: usize) -> &str {
        let end = self.places.get(index + 1).map_or(self.text.len(), |next| next.offset);
        self.places.get(index).map_or("", |place| &self.text[place.offset..end])
    }
}

/// Which statements are taken into chunks.
pub(super) trait Selection {
    /// Returns whether to take the statement that begins on this line. Macros are never asked for: they are taken where something
    /// follows them.
    fn takes(&mut self, kind: Kind, line: usize) -> bool;
}

impl<F: FnMut(Kind, usize) -> bool> Selection for F {
    fn takes(&mut self, kind: Kind, line: usize) -> bool {
        self(kind, line)
    }
}

/// Splits a file.
pub(super) struct Splitter<R> {
    reader: StatementReader<R>,
    /// What is in effect where the file is read.
    carried: Preamble,
    conditions: Conditions,
    /// The last line that is in a chunk.
    done: usize,
}

impl<R: Read> Splitter<R> {
    pub(super) fn new(reader: R, encoding: &'static Encoding) -> Result<Self, Flaw> {
        let reader = StatementReader::new(reader, encoding)?;
        Ok(Self { reader, carried: Preamble::default(), conditions: Conditions::default(), done: 0 })
    }

    /// Returns the next chunk with at most so many rows; `None` if nothing is left that is taken.
    ///
    /// Lines between a condition in code and its end stay together, whatever the limits.
    pub(super) fn next(&mut self, rows: usize, selection: &mut impl Selection) -> Result<Option<Chunk>, Flaw> {
        let mut chunk = Chunk::default();
        // What was read since the last statement that was taken. A chunk begins with all that is in effect.
        let mut pending = self.carried.clone();
        let done = self.done;
        while let Some(statement) = self.reader.next()? {
            let Statement { kind, line, last_line, text } = statement;
            let taken = kind != Kind::Macro && selection.takes(kind, line);
            if taken && !self.conditions.are_open() {
                let length = chunk.text.len() - chunk.preamble;
                let is_full = chunk.rows >= rows || length + text.len() > CHUNK_LIMIT;
                if is_full && !chunk.places.is_empty() {
                    self.reader.put_back();
                    break;
                }
            }
            if chunk.text.len() - chunk.preamble + text.len() > CHUNK_LIMIT + STATEMENT_LIMIT {
                return Err(Flaw::TooLong { line });
            }
            if kind == Kind::Code {
                // What forbids splitting was found before.
                let _ = self.conditions.take(text);
            }
            self.carried.take(&statement);
            if self.carried.length() > preamble::LIMIT {
                return Err(Flaw::Macros { line });
            }
            if !taken {
                pending.take(&statement);
                continue;
            }
            // A header replaces the one that is still pending.
            if kind == Kind::Header {
                pending.take(&statement);
            }
            let before = chunk.text.len();
            for item in pending.items() {
                let carried = item.line <= done || (kind != Kind::Header && item.kind == Kind::Header);
                chunk.push(item.kind, (item.line, item.last_line), &item.text, carried);
            }
            if before == 0 {
                chunk.preamble = chunk.text.len();
            }
            pending.clear();
            self.done = last_line;
            if kind != Kind::Header {
                chunk.push(kind, (line, last_line), text, false);
                chunk.rows += 1;
            }
        }
        Ok((!chunk.places.is_empty()).then_some(chunk))
    }

    /// Returns all that is left as one chunk, with its places in the file and without its text.
    pub(super) fn outline(&mut self, selection: &mut impl Selection) -> Result<Option<Chunk>, Flaw> {
        let mut chunk = Chunk::default();
        while let Some(Statement { kind, line, last_line, .. }) = self.reader.next()? {
            if kind != Kind::Macro && !selection.takes(kind, line) {
                continue;
            }
            chunk.places.push(Place { at: line, line, last_line, offset: 0, kind, carried: false });
            chunk.rows += usize::from(matches!(kind, Kind::Row | Kind::Code));
        }
        Ok((chunk.places.iter().any(|place| place.kind != Kind::Macro)).then_some(chunk))
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::UTF_8;

    use super::*;

    fn chunks(script: &str, rows: usize, mut selection: impl Selection) -> Vec<(String, (usize, usize))> {
        let mut splitter = Splitter::new(script.as_bytes(), UTF_8).expect("text");
        let mut all = Vec::new();
        while let Some(chunk) = splitter.next(rows, &mut selection).expect("statements") {
            for (index, place) in chunk.places.iter().enumerate() {
                let lines: Vec<_> = script.split_inclusive('\n').collect();
                let there = lines[place.line - 1..place.last_line].concat();
                assert_eq!(chunk.text_of(index).trim_end(), there.trim_end());
                assert_eq!(chunk.place(place.at), Some(index));
            }
            all.push((chunk.text.clone(), chunk.range()));
        }
        all
    }

    fn everything(_: Kind, _: usize) -> bool {
        true
    }

    const SCRIPT: &str = "# macros\n$a=1\nINSERT A;x[default=$a]\n;1\n;\"2\n2\"\n$a=2\n;3\n\n# other\n$b=\\\nb\nINSERT B;x;$b\n;4;$a\n;5";

    #[test]
    fn each_chunk_has_what_its_rows_need_in_the_order_of_the_file() {
        let expected = [
            ("$a=1\nINSERT A;x[default=$a]\n;1\n;\"2\n2\"\n".to_owned(), (2, 6)),
            ("$a=1\nINSERT A;x[default=$a]\n$a=2\n;3\n$b=\\\nb\nINSERT B;x;$b\n;4;$a\n".to_owned(), (7, 14)),
            ("$a=1\n$a=2\n$b=\\\nb\nINSERT B;x;$b\n;5\n".to_owned(), (15, 15)),
        ];
        assert_eq!(chunks(SCRIPT, 2, everything), expected);
    }

    #[test]
    fn what_is_not_taken_only_counts_for_what_is() {
        let retried = |kind: Kind, line: usize| kind == Kind::Row && matches!(line, 8 | 15);
        let expected = [("$a=1\nINSERT A;x[default=$a]\n$a=2\n;3\n$b=\\\nb\nINSERT B;x;$b\n;5\n".to_owned(), (2, 15))];
        assert_eq!(chunks(SCRIPT, 10, retried), expected);
    }

    #[test]
    fn a_header_without_rows_is_in_a_chunk_too() {
        let script = "INSERT A;x\nINSERT B;x\n;1\nINSERT C;x\n";
        assert_eq!(chunks(script, 10, everything), [(script.to_owned(), (1, 4))]);
        assert_eq!(chunks(script, 1, everything)[1], ("INSERT C;x\n".to_owned(), (4, 4)));
    }

    #[test]
    fn a_condition_is_not_cut_in_two() {
        let script = "INSERT A;x\n#% if: true\n;1\n;2\n;3\n#% endif:\n;4\n";
        let found = chunks(script, 1, everything);
        let texts: Vec<_> = found.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(texts, ["INSERT A;x\n#% if: true\n;1\n;2\n;3\n#% endif:\n", "INSERT A;x\n;4\n"]);
    }

    #[test]
    fn chunks_are_limited_in_bytes_and_a_large_row_is_a_chunk_of_its_own() {
        let script = format!("INSERT A;x\n;1\n;{}\n;2\n", "x".repeat(CHUNK_LIMIT + 1));
        let lengths: Vec<_> = chunks(&script, 10, everything).iter().map(|(text, _)| text.len()).collect();
        assert_eq!(lengths, [14, 11 + CHUNK_LIMIT + 3, 14]);
    }
}
