//! The answer to a query: members and rows, passed on while they arrive.

use std::ops::ControlFlow;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Number;
use serde_json::value::RawValue;
use tokio::time::Instant;

use super::cells::JsonRows;
use super::rows::{Found, ROW_LIMIT, Scanner, Stop};
use super::sink::{FlexibleSearchSummary, QueryFailure};
use crate::engine::expectation::{Expectation, Taken, TooLarge, Unexpected};
use crate::limits::PAGE_LIMIT;
use crate::transport::Pace;
use crate::transport::resend::FailurePoint;

/// The expectation of a FlexibleSearch answer: members and rows from the scanner.
pub(crate) struct Streaming<'s> {
    scanner: Scanner,
    taken: TakenRows<'s>,
    /// The beginning of the body, for judging what is no such answer.
    prefix: Vec<u8>,
    pace: Pace,
    defect: Option<String>,
    /// Whether the sink takes an answer from its beginning again.
    restarts: bool,
    /// How many waits after a 429 are allowed in a row, and how many there were.
    cool_downs: u32,
    cooled_down: u32,
    /// When the last attempt began.
    began: Instant,
    lost: Option<FailurePoint>,
}

struct TakenRows<'s> {
    sink: &'s mut dyn JsonRows,
    begun: bool,
    early: Vec<Vec<u8>>,
    early_weight: usize,
    headers: Option<Vec<String>>,
    summary: FlexibleSearchSummary,
    seen: Seen,
}

/// Which of the call's own members were there.
#[derive(Default)]
struct Seen {
    /// The list of the rows, be it empty.
    rows: bool,
    /// Null in place of that list.
    no_rows: bool,
    /// The server says that there was no exception.
    no_exception: bool,
    exception_trace: Option<String>,
}

impl Seen {
    /// What is missing for a success; `None` where all is there. HAC sends the rows, and null for them only beside an exception
    /// that it denies.
    fn missing(&self) -> Option<&'static str> {
        match self {
            Self { rows: true, .. } | Self { no_rows: true, no_exception: true, .. } => None,
            Self { no_rows: true, .. } => Some("its JSON has no rows in \"resultList\" and no \"exception\""),
            Self { no_exception: true, .. } => Some("its JSON has no \"resultList\""),
            Self { .. } => Some("its JSON has neither \"resultList\" nor \"exception\""),
        }
    }
}

impl<'s> Streaming<'s> {
    pub(crate) fn new(sink: &'s mut dyn JsonRows, pace: Pace) -> Self {
        let taken = TakenRows {
            sink,
            begun: false,
            early: Vec::new(),
            early_weight: 0,
            headers: None,
            summary: FlexibleSearchSummary::default(),
            seen: Seen::default(),
        };
        let (scanner, began) = (Scanner::new("resultList"), Instant::now());
        let (cool_downs, cooled_down) = (1, 0);
        Self {
            scanner,
            taken,
            prefix: Vec::new(),
            pace,
            defect: None,
            restarts: false,
            cool_downs,
            cooled_down,
            began,
            lost: None,
        }
    }

    /// For a sink that begins anew with each call of [`RowSink::begin`]: an answer that breaks off may be sent again.
    pub(crate) fn restarting(mut self) -> Self {
        self.restarts = true;
        self
    }

    /// For one of many requests that belong together: it waits so many times in a row after a 429.
    pub(super) fn waiting(mut self, cool_downs: u32) -> Self {
        self.cool_downs = cool_downs;
        self
    }

    /// Whether the server said 429 meanwhile.
    pub(super) fn has_waited(&self) -> bool {
        self.cooled_down > 0
    }

    /// Why the call got no answer.
    pub(super) fn why_lost(&self) -> Option<FailurePoint> {
        self.lost
    }

    /// How long ago the last attempt began.
    pub(super) fn took(&self) -> Duration {
        self.began.elapsed()
    }
}

impl Expectation for Streaming<'_> {
    type Output = FlexibleSearchSummary;

    fn take(&mut self, piece: &[u8]) -> Result<Taken, TooLarge> {
        if !self.taken.begun && self.prefix.len() < PAGE_LIMIT {
            self.prefix.extend_from_slice(&piece[..piece.len().min(PAGE_LIMIT - self.prefix.len())]);
        }
        if self.defect.is_some() {
            return Ok(if self.prefix.len() < PAGE_LIMIT { Taken::More } else { Taken::Enough });
        }
        let fed = self.scanner.feed(piece, &mut self.taken);
        if self.taken.begun {
            self.prefix = Vec::new();
        }
        match fed {
            Ok(()) => Ok(Taken::More),
            Err(Stop::Enough) => {
                self.taken.summary.stopped = true;
                Ok(Taken::Enough)
            }
            Err(Stop::TooLarge) => Err(TooLarge { what: "one row", limit: ROW_LIMIT }),
            Err(Stop::Defect(defect)) => {
                self.defect = Some(defect);
                Ok(Taken::More)
            }
        }
    }

    fn conclude(&mut self) -> Result<FlexibleSearchSummary, Unexpected> {
        let body = std::mem::take(&mut self.prefix);
        let is_json = self.taken.begun || body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
        if let Some(defect) = self.defect.take() {
            return Err(Unexpected { body, defect: is_json.then_some(defect) });
        }
        if !self.taken.summary.stopped {
            if !self.scanner.is_complete() {
                // Something on the way has cut the answer, and closed the connection as if that were its end.
                self.lost = self.taken.begun.then_some(FailurePoint::CutBody);
                return Err(Unexpected { body, defect: is_json.then(|| "its JSON is incomplete".to_owned()) });
            }
            self.taken.failed_by_its_trace();
            if self.taken.summary.failure.is_none()
                && let Some(missing) = self.taken.seen.missing()
            {
                return Err(Unexpected { body, defect: Some(missing.to_owned()) });
            }
            if self.taken.summary.failure.is_none() {
                match self.taken.begin() {
                    Ok(flow) => self.taken.summary.stopped = flow.is_break(),
                    Err(defect) => return Err(Unexpected { body, defect: Some(defect) }),
                }
            }
        }
        Ok(self.taken.summary())
    }

    fn delivered(&self) -> bool {
        self.taken.begun && !self.restarts
    }

    fn pace(&self) -> Pace {
        self.pace
    }

    fn is_full(&self) -> bool {
        self.taken.sink.is_full()
    }

    fn cool_downs(&self) -> u32 {
        self.cool_downs
    }

    fn cools_down(&mut self) {
        self.cooled_down += 1;
    }

    fn restart(&mut self) {
        self.scanner = Scanner::new("resultList");
        self.prefix.clear();
        self.defect = None;
        self.began = Instant::now();
        self.lost = None;
        self.taken.begun = false;
        self.taken.early.clear();
        self.taken.early_weight = 0;
        self.taken.headers = None;
        self.taken.summary = FlexibleSearchSummary::default();
        self.taken.seen = Seen::default();
    }

    fn lost(&mut self, point: FailurePoint) {
        self.lost = Some(point);
    }
}

impl TakenRows<'_> {
    /// Gives away the headers and the rows that came before them.
    fn begin(&mut self) -> Result<ControlFlow<()>, String> {
        if std::mem::replace(&mut self.begun, true) {
            return Ok(ControlFlow::Continue(()));
        }
        let mut flow = self.sink.begin(self.headers.as_deref().unwrap_or_default());
        for row in std::mem::take(&mut self.early) {
            if flow.is_break() {
                break;
            }
            self.summary.row_count += 1;
            flow = self.sink.row(&row)?;
        }
        Ok(flow)
    }

    /// A stack trace is a failure, also where the exception itself is missing.
    fn failed_by_its_trace(&mut self) {
        if self.summary.failure.is_none()
            && let Some(trace) = &self.seen.exception_trace
        {
            let message = trace.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned();
            self.summary.failure = Some(QueryFailure { message, stack_trace: String::new() });
        }
    }

    fn summary(&mut self) -> FlexibleSearchSummary {
        let mut summary = std::mem::take(&mut self.summary);
        summary.headers = self.headers.take().unwrap_or_default();
        if let (Some(failure), Some(trace)) = (&mut summary.failure, self.seen.exception_trace.take())
            && failure.stack_trace.is_empty()
        {
            failure.stack_trace = trace;
        }
        summary
    }
}

impl Found for TakenRows<'_> {
    fn member(&mut self, name: &str, value: &[u8]) -> Result<(), String> {
        match name {
            // The sink was told the first ones.
            "headers" if self.begun && self.headers.is_some() => {}
            "headers" => {
                self.headers = serde_json::from_slice(value)
                    .map_err(|error| format!("its \"headers\" have an unexpected structure: {error}"))?;
            }
            "resultList" if value == b"null" => self.seen.no_rows = true,
            "resultList" => return Err("its \"resultList\" is not a list".to_owned()),
            "resultCount" => self.summary.result_count = number(value).and_then(|count| usize::try_from(count).ok()),
            "executionTime" => self.summary.execution_time = number(value).map(Duration::from_millis),
            "query" => self.summary.sql = filled_text(value),
            "exception" if value == b"null" => self.seen.no_exception = true,
            "exception" => self.summary.failure = Some(failure(value)),
            "exceptionStackTrace" => {
                self.seen.exception_trace = filled_text(value).filter(|trace| !trace.trim().is_empty());
            }
            _ => {}
        }
        Ok(())
    }

    fn rows_begin(&mut self) {
        self.seen.rows = true;
    }

    fn row(&mut self, json: &[u8]) -> Result<ControlFlow<()>, String> {
        // HAC writes the headers first; should a release not, the rows wait for them up to a limit.
        if self.headers.is_none() && !self.begun && self.early_weight < ROW_LIMIT {
            self.early_weight += json.len() + EARLY_ROW;
            self.early.push(json.to_vec());
            return Ok(ControlFlow::Continue(()));
        }
        if self.begin()?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
        self.summary.row_count += 1;
        self.sink.row(json)
    }
}

/// What a row takes in memory that waits for the headers, beside its text.
const EARLY_ROW: usize = 64;

/// A whole number that is not negative; others are rounded.
fn number(json: &[u8]) -> Option<u64> {
    const LONGEST: usize = 64;
    let number: Number = serde_json::from_slice(json.get(..json.len().min(LONGEST))?).ok()?;
    number.as_u64().or_else(|| {
        let number = number.as_f64().filter(|number| *number >= 0.0)?;
        Number::from_f64(number.round())?.to_string().trim_end_matches(".0").parse().ok()
    })
}

fn filled_text(json: &[u8]) -> Option<String> {
    serde_json::from_slice::<String>(json).ok().filter(|text| !text.is_empty())
}

/// What is read of an exception. The rest of it may be a trace of thousands of frames.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Exception<'a> {
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    #[serde(borrow)]
    localized_message: Option<&'a RawValue>,
    #[serde(borrow)]
    cause: Option<&'a RawValue>,
}

/// HAC sends an object; a plain text is taken too. Whatever else it is, it is a failure.
fn failure(json: &[u8]) -> QueryFailure {
    let text = |value: Option<&RawValue>| filled_text(value?.get().as_bytes());
    let message = filled_text(json).or_else(|| {
        let exception: Exception<'_> = serde_json::from_slice(json).ok()?;
        text(exception.message).or_else(|| text(exception.localized_message)).or_else(|| {
            let cause: Exception<'_> = serde_json::from_str(exception.cause?.get()).ok()?;
            text(cause.message)
        })
    });
    QueryFailure {
        message: message.unwrap_or_else(|| "an exception without a message".to_owned()),
        stack_trace: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::super::cells::AtOnce;
    use super::super::sink::RowSink;
    use super::*;

    #[derive(Default)]
    struct Rows {
        headers: Vec<String>,
        rows: Vec<String>,
    }

    impl RowSink for Rows {
        fn begin(&mut self, headers: &[String]) -> ControlFlow<()> {
            self.headers = headers.to_vec();
            ControlFlow::Continue(())
        }

        fn row(&mut self, cells: &[Option<Cow<'_, str>>]) -> ControlFlow<()> {
            self.rows.push(cells.iter().flatten().map(|cell| cell.chars().take(8).collect::<String>()).collect());
            ControlFlow::Continue(())
        }
    }

    #[test]
    fn nothing_is_left_of_an_attempt_that_broke_off() {
        for cut in [
            r#"{"resultList":[["old"],["old"]],"headers":["OLD"],"query":"OLD","exceptionStackTrace":"old""#,
            r#"{"exception":{"message":"old"},"executionTime":1,"resultList":[["ol"#,
            "<html>",
            "",
        ] {
            let mut sink = Rows::default();
            let mut at_once = AtOnce::new(&mut sink, true);
            let mut streaming = Streaming::new(&mut at_once, Pace::Pieces);
            assert_eq!(streaming.take(cut.as_bytes()).expect("small"), Taken::More, "{cut}");
            assert!(!streaming.delivered());
            streaming.restart();
            let whole = br#"{"resultList":[["new"]],"headers":["NEW"]}"#;
            assert_eq!(streaming.take(whole).expect("small"), Taken::More, "{cut}");
            let summary = streaming.conclude().expect("the answer");
            let expected = FlexibleSearchSummary { headers: vec!["NEW".into()], row_count: 1, ..Default::default() };
            assert_eq!(summary, expected, "{cut}");
            assert_eq!((sink.headers, sink.rows), (vec!["NEW".to_owned()], vec!["new".to_owned()]), "{cut}");
        }
    }

    #[test]
    fn an_attempt_of_no_json_leaves_no_text_and_no_key_for_the_next_one() {
        let mut sink = Rows::default();
        let mut at_once = AtOnce::new(&mut sink, true);
        let mut streaming = Streaming::new(&mut at_once, Pace::Pieces);
        streaming.take(br#"{"exception":{"message":"old"},"#).expect("small");
        streaming.restart();
        streaming.take(br#"{"headers":["NEW"]}"#).expect("small");
        let unexpected = streaming.conclude().expect_err("neither rows nor an exception");
        assert_eq!(unexpected.body, br#"{"headers":["NEW"]}"#);
    }

    #[test]
    fn rows_wait_for_their_headers_up_to_a_limit_of_each_attempt() {
        let row = format!("[\"{}\"]", "early".repeat(2 << 20));
        let mut sink = Rows::default();
        let mut at_once = AtOnce::new(&mut sink, true);
        let mut streaming = Streaming::new(&mut at_once, Pace::Pieces);
        let begin = format!("{{\"resultList\":[{row},");
        streaming.take(begin.as_bytes()).expect("below the limit");
        assert!(!streaming.delivered());
        streaming.restart();
        streaming.take(begin.as_bytes()).expect("below the limit");
        streaming.take(format!("{row},").as_bytes()).expect("below the limit");
        assert!(!streaming.delivered(), "two rows of 10 MiB wait");
        streaming.take(format!("{row},").as_bytes()).expect("below the limit");
        assert!(streaming.delivered(), "the third does not");
        assert_eq!(sink.rows, ["earlyear"; 3]);
    }

    #[test]
    fn what_was_no_json_is_kept_for_judging_and_what_was_is_not() {
        let mut sink = Rows::default();
        let mut at_once = AtOnce::new(&mut sink, true);
        let mut streaming = Streaming::new(&mut at_once, Pace::Pieces);
        for piece in ["<html>", "<title>", "Portal"] {
            assert_eq!(streaming.take(piece.as_bytes()).expect("small"), Taken::More);
        }
        assert_eq!(streaming.conclude().expect_err("a page").body, b"<html><title>Portal");
        let mut streaming = Streaming::new(&mut at_once, Pace::Pieces);
        streaming.take(br#"{"headers":["A"],"resultList":[["1"],"#).expect("small");
        assert!(streaming.delivered() && streaming.prefix.is_empty());
    }
}
