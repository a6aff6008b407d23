//! Rows as values: collected, as a stream, and as CSV into a writer.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hac_client::{ErrorKind, FlexibleSearch, Progress};
use hac_simulator::{Fault, On};
use serde::Deserialize;

use super::support::{EXECUTE, Hac, QUERY, assert_kind, out_of_time, script};

#[derive(Debug, PartialEq, Deserialize)]
struct Language {
    isocode: String,
    active: Option<bool>,
}

const LANGUAGES: &str = "SELECT {isocode}, {active} FROM {Language} ORDER BY {isocode}";

fn answer(headers: &str, rows: &str) -> Fault {
    let body = format!(r#"{{"headers":{headers},"resultList":{rows},"exception":null}}"#);
    Fault::Answer { status: 200, headers: vec![], body, execute: true }
}

#[tokio::test]
async fn rows_become_structs_by_the_names_of_their_columns() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let languages: Vec<Language> = client.rows(LANGUAGES).await.expect("languages");
    assert!(
        languages.iter().any(|language| language.isocode == "en" && language.active == Some(true)),
        "{languages:?}"
    );
    let codes: Vec<String> = client.rows("SELECT {isocode} FROM {Language} ORDER BY {isocode}").await.expect("codes");
    assert_eq!(codes.len(), languages.len());
    assert_eq!(hac.ledger().count(QUERY), 2);
}

#[tokio::test]
async fn a_row_that_does_not_fit_is_an_error_that_names_row_and_column() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    for streamed in [false, true] {
        hac.simulator
            .faults()
            .once(On::post(QUERY), answer(r#"["P_ISOCODE","P_ACTIVE"]"#, r#"[["en","1"],["de","x"]]"#));
        let mut stream = client.stream_rows::<Language>(LANGUAGES);
        let error = if streamed {
            assert_eq!(stream.next().await.expect("a row").expect("fits").isocode, "en");
            let error = stream.next().await.expect("an item").expect_err("x is no bool");
            assert!(stream.next().await.is_none());
            error
        } else {
            client.rows::<Language>(LANGUAGES).await.expect_err("x is no bool")
        };
        assert_kind(&error, ErrorKind::Protocol);
        assert!(error.why().contains("row 2, column P_ACTIVE: \"x\" is not true or false"), "{error:?}");
    }
    let error = client.rows::<Language>("SELECT {isocode} FROM {Language}").await.expect_err("no column");
    assert!(error.why().contains("no column matches the field active; the columns are"), "{error:?}");
}

#[tokio::test]
async fn a_value_that_repeats_a_secret_is_not_shown() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    hac.simulator.faults().once(On::post(QUERY), answer(r#"["N"]"#, r#"[["nimda"]]"#));
    let error = client.rows::<i64>("SELECT 1").await.expect_err("no number");
    assert!(!format!("{error} {error:?}").contains("nimda"), "{error:?}");
}

#[tokio::test]
async fn a_failed_query_is_the_first_item_of_its_stream() {
    let hac = Hac::start();
    let mut rows = hac.client().stream_rows::<String>("SELECT {nme} FROM {Language}");
    assert_kind(&rows.next().await.expect("an item").expect_err("no such attribute"), ErrorKind::QueryFailed);
    assert!(rows.next().await.is_none() && rows.summary().is_none());
}

#[tokio::test]
async fn a_stream_brings_every_row_and_then_its_summary() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let all = FlexibleSearch::new("SELECT {code} FROM {Product}").max_count(0);
    let expected: Vec<String> = client.rows(all.clone()).await.expect("codes");
    let mut rows = client.stream_rows::<String>(all);
    let mut codes = Vec::new();
    while let Some(code) = rows.next().await {
        codes.push(code.expect("a code"));
    }
    assert_eq!(codes, expected);
    assert_eq!(rows.summary().expect("a summary").row_count, codes.len());
}

#[tokio::test]
async fn a_stream_that_nobody_reads_sends_nothing_and_one_that_is_dropped_frees_its_place() {
    let hac = Hac::start();
    let client = hac.builder().max_in_flight(1).build().expect("a client");
    drop(client.stream_rows::<String>("SELECT {isocode} FROM {Language}"));
    assert_eq!(hac.ledger().len(), 0);
    let mut rows = client.stream_rows::<String>("SELECT {isocode} FROM {Language}");
    rows.next().await.expect("a row").expect("fits");
    drop(rows);
    client.rows::<String>("SELECT {isocode} FROM {Language}").await.expect("the place is free");
}

#[tokio::test]
async fn a_call_behind_streams_that_nobody_reads_on_fails_at_its_time_limit_and_sends_nothing() {
    let hac = Hac::start();
    let client = hac.builder().max_in_flight(2).build().expect("a client");
    let languages = "SELECT {isocode} FROM {Language}";
    let mut streams = [client.stream_rows::<String>(languages), client.stream_rows::<String>(languages)];
    for stream in &mut streams {
        stream.next().await.expect("a row").expect("fits");
    }
    let sent = hac.ledger().len();
    let waiting = client.clone();
    let error =
        out_of_time(async move { waiting.rows::<String>(languages).await }, || true).await.expect_err("no place");
    assert_kind(&error, ErrorKind::Timeout);
    assert!(error.to_string().contains("nothing was sent: 2 calls are in flight"), "{error}");
    assert!(error.hint().expect("a hint").to_string().contains("max_in_flight"), "{error:?}");
    assert_eq!(hac.ledger().len(), sent);
    let [first, second] = streams;
    drop(first);
    client.rows::<String>(languages).await.expect("a place is free");
    drop(second);
}

#[tokio::test]
async fn rows_go_into_a_writer_as_csv() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let rows = r#"[["a,b","say \"hi\""],[null,"two\nlines"]]"#;
    hac.simulator.faults().once(On::post(QUERY), answer(r#"["P_CODE","NAME"]"#, rows));
    let mut written = Vec::new();
    let summary = client.write_csv("SELECT 1", &mut written).await.expect("written");
    let expected = "P_CODE,NAME\n\"a,b\",\"say \"\"hi\"\"\"\n,\"two\nlines\"\n";
    assert_eq!((String::from_utf8_lossy(&written).as_ref(), summary.row_count), (expected, 2));
    let error = client.write_csv("SELECT {nme} FROM {Language}", &mut written).await.expect_err("no such attribute");
    assert_kind(&error, ErrorKind::QueryFailed);
}

struct Full;

impl io::Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_writer_that_fails_is_an_io_error_that_says_what_was_done() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    for (query, done) in
        [(FlexibleSearch::new(LANGUAGES), "nothing was changed"), (FlexibleSearch::sql("SELECT 1"), "was executed")]
    {
        let error = client.write_csv(query, Full).await.expect_err("a full disk");
        assert_kind(&error, ErrorKind::Io);
        assert!(error.why().contains(done), "{error:?}");
    }
}

#[tokio::test]
async fn the_blocking_client_iterates_over_rows() {
    let hac = Hac::start();
    let blocking = hac.builder().build_blocking().expect("a client");
    tokio::task::spawn_blocking(move || {
        let all: Vec<String> = blocking.rows("SELECT {isocode} FROM {Language}").expect("codes");
        let mut rows = blocking.stream_rows::<String>("SELECT {isocode} FROM {Language}");
        let streamed: Vec<String> = rows.by_ref().collect::<Result<_, _>>().expect("codes");
        assert_eq!(streamed, all);
        assert_eq!(rows.summary().expect("a summary").row_count, all.len());
        let mut written = Vec::new();
        blocking.write_csv("SELECT {isocode} FROM {Language}", &mut written).expect("written");
        assert_eq!(written.split(|byte| *byte == b'\n').count(), all.len() + 2);
    })
    .await
    .expect("no panic");
}

#[tokio::test]
async fn each_call_reports_its_own_progress() {
    let hac = Hac::with(|simulator| simulator.knobs(|knobs| knobs.max_form_bytes = 8 << 20));
    let client = hac.warm_client().await;
    let reported = |counter: &Arc<AtomicUsize>| {
        let counter = Arc::clone(counter);
        move |progress: Progress| {
            counter.fetch_max(usize::try_from(progress.sent).expect("small"), Ordering::SeqCst);
        }
    };
    let (small, large) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let text = |megabytes: usize| format!("/*{}*/ 1", "x".repeat(megabytes << 20));
    let two = script(&text(2)).on_progress(reported(&small));
    let four = script(&text(4)).on_progress(reported(&large));
    let (one, other) = tokio::join!(client.execute_script(two), client.execute_script(four));
    assert!(one.is_ok() && other.is_ok());
    let (small, large) = (small.load(Ordering::SeqCst), large.load(Ordering::SeqCst));
    assert!((2 << 20..3 << 20).contains(&small) && (4 << 20..5 << 20).contains(&large), "{small} {large}");
    assert_eq!(hac.ledger().count(EXECUTE), 2);
}
