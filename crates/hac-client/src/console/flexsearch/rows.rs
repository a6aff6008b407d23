//! The FlexibleSearch answer, read while it arrives: each row is passed on as soon as it is complete.
//!
//! A scanner finds where the object's members and the rows begin and end; `serde_json` parses
//! them. What is held in memory is one row, not the answer.

use std::borrow::Cow;
use std::ops::ControlFlow;

use serde_json::value::RawValue;

use super::words::Word;

/// The limit of one row and of one member of the object: of its text, and of the cells that it becomes.
pub(super) const ROW_LIMIT: usize = 16 << 20;

/// What one more cell takes beside its text.
const CELL: usize = size_of::<Option<Cow<'_, str>>>();

/// What the scanner finds.
pub(super) trait Found {
    /// A member of the object other than the rows, its value as JSON.
    fn member(&mut self, name: &str, value: &[u8]) -> Result<(), String>;
    /// The list of the rows begins.
    fn rows_begin(&mut self);
    /// One row as JSON, or what is wrong with it.
    fn row(&mut self, json: &[u8]) -> Result<ControlFlow<()>, String>;
}

/// Why the scanner stopped before the end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The taker of the rows had enough.
    Enough,
    /// One row or member is over the limit.
    TooLarge,
    /// Not the JSON that it should be.
    Defect(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expects {
    Object,
    KeyOrEnd,
    Key,
    Colon,
    Value,
    CommaOrEnd,
    RowOrEnd,
    Row,
    RowCommaOrEnd,
    Nothing,
}

/// The scanner's state between two pieces of the body.
#[derive(Debug)]
pub(super) struct Scanner {
    expects: Expects,
    /// The value that is being read, from an earlier piece.
    held: Vec<u8>,
    /// How many commas stand between the values in it.
    commas: usize,
    depth: usize,
    in_string: bool,
    escaped: bool,
    name: String,
    rows_member: &'static str,
}

impl Scanner {
    pub(super) fn new(rows_member: &'static str) -> Self {
        Self {
            expects: Expects::Object,
            held: Vec::new(),
            commas: 0,
            depth: 0,
            in_string: false,
            escaped: false,
            name: String::new(),
            rows_member,
        }
    }

    /// Whether the object has ended.
    pub(super) fn is_complete(&self) -> bool {
        self.expects == Expects::Nothing
    }

    pub(super) fn feed(&mut self, piece: &[u8], found: &mut impl Found) -> Result<(), Stop> {
        let mut at = 0;
        while at < piece.len() {
            if self.in_value() {
                at = self.value(piece, at, found)?;
                continue;
            }
            let byte = piece[at];
            if matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                at += 1;
                continue;
            }
            match (self.expects, byte) {
                (Expects::Object, b'{') => self.step(Expects::KeyOrEnd),
                (Expects::KeyOrEnd | Expects::CommaOrEnd, b'}') => self.step(Expects::Nothing),
                (Expects::CommaOrEnd, b',') => self.step(Expects::Key),
                (Expects::Colon, b':') => self.step(Expects::Value),
                (Expects::Value, b'[') if self.name == self.rows_member => {
                    found.rows_begin();
                    self.step(Expects::RowOrEnd);
                }
                (Expects::RowOrEnd | Expects::RowCommaOrEnd, b']') => self.step(Expects::CommaOrEnd),
                (Expects::RowCommaOrEnd, b',') => self.step(Expects::Row),
                (Expects::RowOrEnd | Expects::Row, b'[') => {
                    self.step(Expects::Row);
                    at = match plain_row(&piece[at..]) {
                        Some(length) => {
                            self.hand_over(&piece[at..at + length], found)?;
                            at + length
                        }
                        None => self.value(piece, at, found)?,
                    };
                    continue;
                }
                (Expects::KeyOrEnd | Expects::Key, b'"') => {
                    self.step(Expects::Key);
                    at = self.value(piece, at, found)?;
                    continue;
                }
                (Expects::Value, _) => {
                    at = self.value(piece, at, found)?;
                    continue;
                }
                _ => {
                    let found = char::from(byte).escape_default();
                    return Err(Stop::Defect(format!("unexpected '{found}' in its JSON")));
                }
            }
            at += 1;
        }
        Ok(())
    }

    fn step(&mut self, next: Expects) {
        self.expects = next;
    }

    fn in_value(&self) -> bool {
        !self.held.is_empty()
    }

    /// Reads on in the value that begins or goes on at `from`; returns where it ends, or the
    /// end of the piece.
    fn value(&mut self, piece: &[u8], from: usize, found: &mut impl Found) -> Result<usize, Stop> {
        let mut at = from;
        while at < piece.len() {
            if self.in_string {
                if self.escaped {
                    self.escaped = false;
                    at += 1;
                    continue;
                }
                let Some(next) = memchr::memchr2(b'"', b'\\', &piece[at..]) else {
                    at = piece.len();
                    break;
                };
                at += next + 1;
                if piece[at - 1] == b'\\' {
                    self.escaped = true;
                } else {
                    self.in_string = false;
                    if self.depth == 0 {
                        return self.whole(&piece[from..at], at, found);
                    }
                }
                continue;
            }
            match piece[at] {
                b'"' => self.in_string = true,
                b'[' | b'{' => self.depth += 1,
                // The end of a number, true, false or null.
                b']' | b'}' | b',' if self.depth == 0 => return self.whole(&piece[from..at], at, found),
                b']' | b'}' => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return self.whole(&piece[from..=at], at + 1, found);
                    }
                }
                b',' => self.commas += 1,
                _ => {}
            }
            at += 1;
        }
        self.check_size(at - from)?;
        self.held.extend_from_slice(&piece[from..at]);
        Ok(at)
    }

    /// A null cell has five bytes of text, and takes as much memory as any other.
    fn check_size(&self, more: usize) -> Result<(), Stop> {
        let size = self.held.len() + more + self.commas * CELL;
        if size > ROW_LIMIT { Err(Stop::TooLarge) } else { Ok(()) }
    }

    fn whole(&mut self, rest: &[u8], next: usize, found: &mut impl Found) -> Result<usize, Stop> {
        self.check_size(rest.len())?;
        self.commas = 0;
        let held = std::mem::take(&mut self.held);
        if held.is_empty() {
            self.hand_over(rest, found)?;
        } else {
            let mut whole = held;
            whole.extend_from_slice(rest);
            self.hand_over(&whole, found)?;
        }
        Ok(next)
    }

    fn hand_over(&mut self, value: &[u8], found: &mut impl Found) -> Result<(), Stop> {
        let broken = |error: serde_json::Error| Stop::Defect(format!("its JSON is broken: {error}"));
        match self.expects {
            Expects::Key => {
                self.name = serde_json::from_slice(value).map_err(broken)?;
                self.expects = Expects::Colon;
            }
            Expects::Row => {
                self.expects = Expects::RowCommaOrEnd;
                if found.row(value).map_err(Stop::Defect)?.is_break() {
                    return Err(Stop::Enough);
                }
            }
            _ => {
                let checked: &RawValue = serde_json::from_slice(value).map_err(broken)?;
                self.expects = Expects::CommaOrEnd;
                found.member(&self.name, checked.get().as_bytes()).map_err(Stop::Defect)?;
            }
        }
        Ok(())
    }
}

/// No row of this length is over the limit.
const SHORT_ROW: usize = 64 << 10;

/// The length of the row that a piece begins with, if that shows at a glance: up to its first bracket nothing is escaped or nested, and
/// each quote has another one. It finds nothing that [`Scanner::value`] does not find too, but sooner.
fn plain_row(piece: &[u8]) -> Option<usize> {
    let end = memchr::memchr(b']', &piece[..piece.len().min(SHORT_ROW)])?;
    // The bits of quotes that have another one go away. An open bracket and a backslash in lower case are a brace and a bar.
    let (quotes, other) = Word::of(piece.get(1..end)?)
        .fold((0, 0), |(quotes, other), word| (quotes ^ word.equal(b'"'), other | word.lower().between(b'{', b'}')));
    (quotes.count_ones().is_multiple_of(2) && other == 0).then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::super::cells;
    use super::*;

    #[derive(Default, Debug, PartialEq)]
    struct Taken {
        members: Vec<(String, String)>,
        rows: Vec<Vec<Option<String>>>,
    }

    impl Found for Taken {
        fn member(&mut self, name: &str, value: &[u8]) -> Result<(), String> {
            self.members.push((name.to_owned(), String::from_utf8_lossy(value).into_owned()));
            Ok(())
        }

        fn rows_begin(&mut self) {}

        fn row(&mut self, json: &[u8]) -> Result<ControlFlow<()>, String> {
            let cells = cells::read(json, false)?;
            self.rows.push(cells.into_iter().map(|cell| cell.map(Cow::into_owned)).collect());
            Ok(ControlFlow::Continue(()))
        }
    }

    /// The rows as they stand there.
    #[derive(Default, Debug, PartialEq)]
    struct Ends(Vec<String>);

    impl Found for Ends {
        fn member(&mut self, _: &str, _: &[u8]) -> Result<(), String> {
            Ok(())
        }

        fn rows_begin(&mut self) {}

        fn row(&mut self, json: &[u8]) -> Result<ControlFlow<()>, String> {
            self.0.push(String::from_utf8_lossy(json).into_owned());
            Ok(ControlFlow::Continue(()))
        }
    }

    fn scan(json: &str, piece: usize) -> Result<Taken, Stop> {
        let mut scanner = Scanner::new("resultList");
        let mut taken = Taken::default();
        for piece in json.as_bytes().chunks(piece) {
            scanner.feed(piece, &mut taken)?;
        }
        assert!(scanner.is_complete(), "{json}");
        Ok(taken)
    }

    const ANSWER: &str = r#" {"query":"SELECT \"x\" , '}' ","executionTime":3,"headers":["PK","p_]"],
        "resultList":[["1","a\\\"],[b"],[null,"\u00e4 ü"],[]] ,"exception":null,"nested":{"a":[1,{"b":"}"}]},"last":true}"#;

    #[test]
    fn rows_and_members_are_found_wherever_the_body_is_cut() {
        let whole = scan(ANSWER, usize::MAX).expect("whole");
        assert_eq!(
            whole.rows,
            [vec![Some("1".into()), Some("a\\\"],[b".to_owned())], vec![None, Some("ä ü".into())], vec![]]
        );
        assert_eq!(whole.members.len(), 6);
        assert_eq!(whole.members[4], ("nested".into(), r#"{"a":[1,{"b":"}"}]}"#.into()));
        for piece in 1..40 {
            assert_eq!(scan(ANSWER, piece).expect("in pieces"), whole, "pieces of {piece}");
        }
    }

    #[test]
    fn null_in_place_of_the_rows_is_a_member() {
        let taken = scan(r#"{"resultList":null,"exception":{"message":"no"}}"#, 3).expect("scanned");
        assert_eq!(taken.members[0], ("resultList".into(), "null".into()));
        assert!(taken.rows.is_empty());
    }

    #[test]
    fn what_is_no_such_json_is_a_defect() {
        for json in
            ["<html>", "[1]", "{\"a\" 1}", "{\"resultList\":[1]}", "{\"resultList\":[[1]]}", "{\"a\":tru}", "{}x"]
        {
            let mut scanner = Scanner::new("resultList");
            let outcome = scanner.feed(json.as_bytes(), &mut Taken::default());
            assert!(matches!(outcome, Err(Stop::Defect(_))), "{json}: {outcome:?}");
        }
    }

    #[test]
    fn a_row_over_the_limit_is_given_up_and_memory_stays_below_it() {
        let mut scanner = Scanner::new("resultList");
        let mut taken = Taken::default();
        scanner.feed(b"{\"resultList\":[[\"", &mut taken).expect("begun");
        let piece = vec![b'x'; 1 << 20];
        let outcome = (0..20).find_map(|_| scanner.feed(&piece, &mut taken).err());
        assert_eq!(outcome, Some(Stop::TooLarge));
        assert!(scanner.held.len() <= ROW_LIMIT);
    }

    #[test]
    fn a_row_of_very_many_short_cells_is_over_the_limit_too() {
        for (cell, cells, fits) in
            [("null", 500_000, true), ("null", 700_000, false), ("\"\"", 700_000, false), ("[]", 700_000, false)]
        {
            let row = vec![cell; cells].join(",");
            for (json, piece) in [
                (format!("{{\"resultList\":[[{row}]]}}"), usize::MAX),
                (format!("{{\"resultList\":[[{row}]]}}"), 1 << 14),
                (format!("{{\"headers\":[{row}],\"resultList\":[]}}"), 1 << 14),
            ] {
                let mut scanner = Scanner::new("resultList");
                let mut taken = Taken::default();
                let stop = json.as_bytes().chunks(piece).find_map(|piece| scanner.feed(piece, &mut taken).err());
                assert_eq!(stop == Some(Stop::TooLarge), !fits, "{cell} {cells} {stop:?}");
            }
        }
    }

    #[test]
    fn rows_without_escapes_are_found_the_short_way() {
        let found = |json: &str| plain_row(json.as_bytes());
        let row = r#"["a[",null,"","é ,"]"#;
        assert_eq!((found(r#"["a",null,"","é , ["],["b"]"#), found(row)), (None, None), "a bracket in a text");
        assert_eq!(found(&format!("{},[\"b\"]", row.replace("a[", "a"))), Some(row.len() - 1));
        assert_eq!((found("[null]"), found(r#"[""]]"#), found("[]")), (Some(6), Some(4), Some(2)));
        for other in [r#"["\""]"#, r#"["]"]"#, r#"[["a"]]"#, r#"[{"a":[]}]"#, r#"["a"}]"#, r#"["a""#, "[nul"] {
            assert_eq!(found(other), None, "{other}");
        }
        let long = format!("[\"{}\"]", "x".repeat(SHORT_ROW));
        assert_eq!((found(&long), found(&long[4..])), (None, None));
    }

    proptest::proptest! {
        #[test]
        fn any_rows_come_out_as_they_went_in(
            rows in proptest::collection::vec(proptest::collection::vec(proptest::option::of("\\PC{0,8}"), 0..4), 0..6),
            piece in 1_usize..50,
        ) {
            let json = serde_json::json!({"headers": ["a"], "resultList": rows, "exception": null}).to_string();
            proptest::prop_assert_eq!(scan(&json, piece).expect("scanned").rows, rows);
        }

        /// A row that comes in pieces never takes the short way.
        #[test]
        fn any_row_ends_where_it_ends_byte_by_byte(
            rows in "(\\[(\"([a,|]|\\]|\\[|\\{|\\\\\"){0,4}\"|,|\\[\"\"\\]|\\{|\\}|null){0,4}\\],?){0,4}",
        ) {
            let ways = [1, usize::MAX].map(|piece| {
                let (mut scanner, mut ends) = (Scanner::new("resultList"), Ends::default());
                let json = format!("{{\"resultList\":[{rows}]}}");
                let stop = json.as_bytes().chunks(piece).find_map(|piece| scanner.feed(piece, &mut ends).err());
                (ends, stop, scanner.is_complete())
            });
            proptest::prop_assert_eq!(&ways[0], &ways[1]);
        }

        #[test]
        fn any_bytes_are_scanned_without_a_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _ = Scanner::new("resultList").feed(&bytes, &mut Taken::default());
        }
    }
}
