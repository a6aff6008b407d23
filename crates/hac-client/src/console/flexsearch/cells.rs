//! The cells of a row, read from its JSON.

use std::borrow::Cow;
use std::ops::ControlFlow;

use serde::Deserialize;

use super::sink::RowSink;
use super::words::Word;
use crate::entities;

/// A cell that borrows from the answer where it has no escapes.
#[derive(Deserialize)]
struct Cell<'a>(#[serde(borrow)] Cow<'a, str>);

/// Reads a row. `decode` says whether HTML entities in it are decoded, once.
pub(super) fn read(json: &[u8], decode: bool) -> Result<Vec<Option<Cow<'_, str>>>, String> {
    let (mut cells, has_references) = match plain(json) {
        Some(cells) => (cells, memchr::memchr(b'&', json).is_some()),
        // The ampersand itself may be written as an escape.
        None => (parsed(json)?, true),
    };
    if decode && has_references {
        cells.iter_mut().flatten().for_each(|cell| {
            if let Cow::Owned(decoded) = entities::decode(cell) {
                *cell = Cow::Owned(decoded);
            }
        });
    }
    Ok(cells)
}

fn parsed(json: &[u8]) -> Result<Vec<Option<Cow<'_, str>>>, String> {
    let cells: Vec<Option<Cell<'_>>> =
        serde_json::from_slice(json).map_err(|error| format!("its JSON is broken: {error}"))?;
    Ok(cells.into_iter().map(|cell| cell.map(|Cell(text)| text)).collect())
}

/// Reads a row as HAC writes nearly all of them: texts without escapes, and nulls, without blanks between. `None` for any other row,
/// which may still be one.
fn plain(json: &[u8]) -> Option<Vec<Option<Cow<'_, str>>>> {
    if has_escapes(json) {
        return None;
    }
    let row = std::str::from_utf8(json).ok()?;
    let mut rest = json.strip_prefix(b"[")?;
    let mut cells = Vec::with_capacity(8);
    loop {
        match rest {
            [b'"', text @ ..] => {
                let (begin, length) = (json.len() - text.len(), memchr::memchr(b'"', text)?);
                cells.push(Some(Cow::Borrowed(&row[begin..begin + length])));
                rest = &text[length + 1..];
            }
            [b'n', b'u', b'l', b'l', after @ ..] => {
                cells.push(None);
                rest = after;
            }
            _ => return None,
        }
        match rest {
            [b',', after @ ..] => rest = after,
            b"]" => return Some(cells),
            _ => return None,
        }
    }
}

/// Whether there is a backslash or what has to be escaped: a control character, but for DEL. Looked at to the end: a loop that may end
/// early is slower.
fn has_escapes(json: &[u8]) -> bool {
    Word::of(json).fold(0, |found, word| found | word.between(0, 0x1f) | word.equal(b'\\')) != 0
}

/// Takes the rows of an answer as they stand in it.
pub(crate) trait JsonRows: Send {
    /// The answer begins, with these labels.
    fn begin(&mut self, headers: &[String]) -> ControlFlow<()>;
    /// One row, or what is wrong with it.
    fn row(&mut self, json: &[u8]) -> Result<ControlFlow<()>, String>;
    /// Whether reading has to pause.
    fn is_full(&self) -> bool {
        false
    }
}

/// Reads each row as soon as it is there.
pub(crate) struct AtOnce<'s> {
    sink: &'s mut dyn RowSink,
    decode: bool,
}

impl<'s> AtOnce<'s> {
    pub(crate) fn new(sink: &'s mut dyn RowSink, decode: bool) -> Self {
        Self { sink, decode }
    }
}

impl JsonRows for AtOnce<'_> {
    fn begin(&mut self, headers: &[String]) -> ControlFlow<()> {
        self.sink.begin(headers)
    }

    fn row(&mut self, json: &[u8]) -> Result<ControlFlow<()>, String> {
        Ok(self.sink.row(&read(json, self.decode)?))
    }

    fn is_full(&self) -> bool {
        self.sink.is_full()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        /// Whatever the short way takes is what the JSON says; most rows do take it.
        #[test]
        fn any_row_is_read_as_json_is(row in "\\[?((\"([a-zé&;<]|\\\\[\"nu0026x]|[\t\x7f,\\]\"]){0,4}\"|null|nul|7|\\[\\]| )(,| |)){0,4}\\]?") {
            if let Some(cells) = plain(row.as_bytes()) {
                proptest::prop_assert_eq!(Ok(cells), parsed(row.as_bytes()));
            }
        }

        #[test]
        fn any_texts_and_nulls_are_read_as_they_were_written(
            row in proptest::collection::vec(proptest::option::of("[a-zé&;\"\\\\\n ]{0,6}"), 0..5),
        ) {
            let json = serde_json::to_vec(&row).expect("JSON");
            let cells = read(&json, false).expect("a row");
            proptest::prop_assert_eq!(cells.into_iter().map(|cell| cell.map(Cow::into_owned)).collect::<Vec<_>>(), row);
        }
    }

    #[test]
    fn rows_without_escapes_take_the_short_way() {
        let cells = |json: &'static str| plain(json.as_bytes());
        assert_eq!(
            cells(r#"["a",null,"","é & ]"]"#),
            Some(vec![Some("a".into()), None, Some("".into()), Some("é & ]".into())])
        );
        for other in
            [r#"["\u0041"]"#, "[]", "[ null]", "[1]", r#"["a",]"#, r#"["a""b"]"#, r#"["a"#, "[\"\t\"]", "[\"a\"]]"]
        {
            assert_eq!(cells(other), None, "{other}");
        }
        assert_eq!(plain(b"[\"\xff\"]"), None, "no UTF-8");
    }

    #[test]
    fn references_are_decoded_once_however_the_ampersand_is_written() {
        for json in [r#"["a &amp;amp; b",null]"#, r#"["a \u0026amp;amp; b",null]"#] {
            let text = |decode| read(json.as_bytes(), decode).expect("a row")[0].clone().expect("no null").into_owned();
            assert_eq!((text(true).as_str(), text(false).as_str()), ("a &amp; b", "a &amp;amp; b"));
        }
    }
}
