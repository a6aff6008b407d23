//! Answers that are JSON: of a query, row by row, and of a script.

use std::borrow::Cow;
use std::ops::ControlFlow;

use serde::de::IgnoredAny;
use serde_json::Value;

use crate::console::flexsearch::answer::Streaming;
use crate::console::flexsearch::cells::AtOnce;
use crate::console::flexsearch::sink::{FlexibleSearchSummary, RowSink};
use crate::engine::expectation::{Expectation, Taken};
use crate::engine::json::JsonAnswer;
use crate::transport::Pace;

/// The sizes of the pieces in which a body may come.
const PIECES: [usize; 6] = [1, 2, 3, 7, 16, 61];

/// The member that holds the rows.
const ROWS: &str = "resultList";

#[derive(Debug, Clone, Default, PartialEq)]
struct Rows {
    headers: Vec<String>,
    cells: Vec<Vec<Option<String>>>,
    begun: usize,
    /// After how many rows it has enough.
    enough: Option<usize>,
}

impl RowSink for Rows {
    fn begin(&mut self, headers: &[String]) -> ControlFlow<()> {
        self.begun += 1;
        self.headers = headers.to_vec();
        ControlFlow::Continue(())
    }

    fn row(&mut self, cells: &[Option<Cow<'_, str>>]) -> ControlFlow<()> {
        assert_eq!(self.begun, 1, "headers come once, and before the rows");
        assert!(self.enough.is_none_or(|enough| self.cells.len() < enough), "nothing comes after enough");
        self.cells.push(cells.iter().map(|cell| cell.as_deref().map(str::to_owned)).collect());
        if self.enough == Some(self.cells.len()) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// What came of an answer: the summary, or the text that is judged as a page with what is wrong with it.
type Outcome = Result<FlexibleSearchSummary, (Vec<u8>, Option<String>)>;

fn read(body: &[u8], piece: usize, decode: bool, enough: Option<usize>) -> (Outcome, Rows) {
    let mut rows = Rows { enough, ..Rows::default() };
    let mut at_once = AtOnce::new(&mut rows, decode);
    let mut streaming = Streaming::new(&mut at_once, Pace::Pieces);
    for piece in body.chunks(piece) {
        if streaming.take(piece).expect("no input of a fuzzer is that large") == Taken::Enough {
            break;
        }
    }
    let outcome = streaming.conclude().map_err(|unexpected| (unexpected.body, unexpected.defect));
    (outcome, rows)
}

/// The answer to a query, whole and in pieces of several sizes.
///
/// # Panics
/// Where a promise is broken: other rows for other pieces, rows that JSON does not have, an answer that is no JSON.
pub fn query_answer(data: &[u8]) {
    let (outcome, rows) = read(data, usize::MAX, false, None);
    for piece in PIECES {
        assert_eq!(read(data, piece, false, None), (outcome.clone(), rows.clone()), "pieces of {piece}");
    }
    if let Ok(summary) = &outcome {
        assert_eq!(summary.row_count, rows.cells.len());
        assert!(rows.begun == 0 || summary.headers == rows.headers);
        agrees_with_serde(data, &rows);
    }
    let (_, decoded) = read(data, 16, true, None);
    assert_eq!(decoded.cells.len(), rows.cells.len(), "entities make no rows");

    for enough in [1, 2] {
        let (outcome, some) = read(data, 7, false, Some(enough));
        assert_eq!(some.cells, rows.cells[..enough.min(rows.cells.len())]);
        assert!(some.cells.len() < enough || outcome.is_ok_and(|summary| summary.stopped));
    }
}

/// What we take for an answer is JSON to others too, and has the same rows.
fn agrees_with_serde(data: &[u8], rows: &Rows) {
    let value: Value = match serde_json::from_slice(data) {
        Ok(value) => value,
        Err(error) => {
            // Limits of that parser's values, not of JSON: numbers out of range, half a surrogate pair. And its depth.
            let is_json =
                serde_json::from_slice::<IgnoredAny>(data).is_ok() || error.to_string().contains("recursion limit");
            assert!(is_json, "an answer that is no JSON was taken: {error}");
            return;
        }
    };
    let key = format!("\"{ROWS}\"");
    let named = data.windows(key.len()).filter(|window| *window == key.as_bytes()).count();
    let escaped = data.windows(2).any(|window| window == b"\\u");
    if named != 1 || escaped {
        // A member that is there twice, or in a spelling that is hard to count.
        return;
    }
    if let Some(list) = value.get(ROWS).and_then(Value::as_array) {
        let expected: Vec<Vec<Option<&str>>> =
            list.iter().map(|row| row.as_array().into_iter().flatten().map(Value::as_str).collect()).collect();
        let taken: Vec<Vec<Option<&str>>> =
            rows.cells.iter().map(|row| row.iter().map(Option::as_deref).collect()).collect();
        assert_eq!(taken, expected);
    }
}

/// The answer to a script, and of the calls that expect a list or anything: whole and in pieces.
///
/// # Panics
/// Where a promise is broken: another answer for other pieces, one that is no JSON, one without its keys.
pub fn script_answer(data: &[u8]) {
    const KEYS: [&str; 3] = ["executionResult", "outputText", "stacktraceText"];
    let expected: [fn() -> JsonAnswer<Value>; 3] = [|| JsonAnswer::with_keys(KEYS), JsonAnswer::list, JsonAnswer::any];
    for (form, expected) in expected.iter().enumerate() {
        let whole = conclude(expected(), data, usize::MAX);
        for piece in PIECES {
            assert_eq!(conclude(expected(), data, piece), whole, "pieces of {piece}");
        }
        let value = serde_json::from_slice::<Value>(data).ok();
        let fits = |value: &Value| match form {
            0 => value.is_object() && KEYS.iter().all(|key| value.get(key).is_some()),
            1 => value.is_array(),
            _ => true,
        };
        match whole {
            Ok(taken) => assert_eq!(Some(taken), value),
            Err((body, _)) => {
                assert!(!value.is_some_and(|value| fits(&value)), "an answer was not recognised");
                assert_eq!(body, data, "all of it is judged as a page");
            }
        }
    }
}

fn conclude(mut expected: JsonAnswer<Value>, body: &[u8], piece: usize) -> Result<Value, (Vec<u8>, Option<String>)> {
    // Of an attempt that broke off nothing is left.
    expected.take(b"{\"executionResult\":").expect("small");
    expected.restart();
    for piece in body.chunks(piece) {
        expected.take(piece).expect("no input of a fuzzer is that large");
    }
    expected.conclude().map_err(|unexpected| (unexpected.body, unexpected.defect))
}
