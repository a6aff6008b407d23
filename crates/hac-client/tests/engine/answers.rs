//! What scripts and queries come to: results, failures, cells, streams.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::time::Duration;

use hac_client::console::RowSink;
use hac_client::{Commit, Error, ErrorKind, FlexibleSearch, Script, ScriptType};
use hac_simulator::{Fault, On, Release};

use super::support::{EXECUTE, Hac, QUERY, assert_kind, run, script};

#[tokio::test]
async fn result_output_and_stack_trace_stay_apart() {
    let hac = Hac::start();
    let client = hac.client();
    let result = client.execute_script(script("println('hello'); 40 + 2")).await.expect("a result");
    assert_eq!((result.execution_result.as_deref(), result.output_text.as_str()), (Some("42"), "hello\n"));
    assert!(result.success());
    let result = client
        .execute_script(script("println('before'); throw new Error('oops')"))
        .await
        .or_else(Error::into_outcome)
        .expect("a failed result");
    assert!(!result.success());
    assert!(result.stacktrace_text.contains("oops"));
    assert_eq!(result.output_text, "before\n");
}

#[tokio::test]
async fn the_form_has_the_fields_of_hac_and_the_token_is_in_the_header() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    client.execute_script(Script::new(ScriptType::JavaScript, "'ä & =;'").commit(Commit::Yes)).await.expect("a result");
    client
        .execute_flexiblesearch(FlexibleSearch::new("SELECT {code} FROM {Product}").max_count(7).locale("de"))
        .await
        .expect("a result");
    let entries = hac.ledger().entries();
    let fields: Vec<_> = ["script", "scriptType", "commit"].map(|name| entries[0].field(name).expect(name)).into();
    assert_eq!(fields, ["'ä & =;'", "javascript", "true"]);
    let fields: Vec<_> = ["flexibleSearchQuery", "sqlQuery", "maxCount", "user", "locale", "commit"]
        .map(|name| entries[1].field(name).expect(name))
        .into();
    assert_eq!(fields, ["SELECT {code} FROM {Product}", "", "7", "admin", "de", "false"]);
    for entry in &entries {
        assert!(entry.header("X-CSRF-TOKEN").is_some() && entry.field("_csrf").is_none());
        assert!(!entry.path.ends_with('/'));
    }
}

#[tokio::test]
async fn an_empty_script_or_query_is_a_usage_error_and_nothing_is_sent() {
    let hac = Hac::start();
    let client = hac.client();
    assert_eq!(client.execute_groovy(" \n", Commit::No).await.expect_err("empty").kind(), ErrorKind::Usage);
    assert_eq!(client.execute_flexiblesearch("").await.expect_err("empty").kind(), ErrorKind::Usage);
    assert!(hac.ledger().is_empty());
}

#[tokio::test]
async fn a_script_is_committed_only_when_it_is_told_to() {
    let hac = Hac::start();
    let client = hac.client();
    let count = "SELECT COUNT({pk}) FROM {Language}";
    let counted =
        async || client.execute_flexiblesearch(count).await.expect("a result").rows[0][0].clone().expect("a number");
    let before = counted().await;
    let delete =
        "db.update(\"DELETE FROM \" + db.query(\"SELECT name FROM sqlite_master WHERE name LIKE '%languages'\")[0][0])";
    let ran = client.execute_script(script(delete)).await.expect("a result");
    assert!(ran.success(), "{}", ran.stacktrace_text);
    assert_eq!(counted().await, before, "rolled back");
    client.execute_script(script(delete).commit(Commit::Yes)).await.expect("a result");
    assert_eq!(counted().await, "0", "committed");
}

#[tokio::test]
async fn null_cells_stay_null_and_escaped_cells_are_decoded_unless_told_otherwise() {
    let hac = Hac::with(|simulator| simulator.products(200));
    let client = hac.client();
    let text = "SELECT {code}, {name[en]}, {description[en]}, {ean} FROM {Product} ORDER BY {code}";
    let decoded = client.execute_flexiblesearch(FlexibleSearch::new(text)).await.expect("a result");
    let raw = client.execute_flexiblesearch(FlexibleSearch::new(text).decode_cells(false)).await.expect("a result");
    assert_eq!(decoded.rows.len(), raw.rows.len());
    assert!(decoded.rows.iter().flatten().any(Option::is_none), "a null cell");
    let cells = || decoded.rows.iter().flatten().zip(raw.rows.iter().flatten());
    assert!(cells().any(|(decoded, raw)| decoded != raw), "an escaped cell");
    for (decoded, raw) in cells().filter(|(decoded, raw)| decoded != raw) {
        let (decoded, raw) = (decoded.as_deref().expect("text"), raw.as_deref().expect("text"));
        assert!(raw.contains('&') && decoded.contains(['&', '<', '>', '"', '\'']), "{raw} {decoded}");
    }
}

#[tokio::test]
async fn a_result_as_long_as_the_cap_says_that_it_is_cut() {
    for release in Release::ALL {
        let hac = Hac::with(|simulator| simulator.release(release).products(20));
        let client = hac.client();
        let query = |count| FlexibleSearch::new("SELECT {code} FROM {Product}").max_count(count);
        let cut = client.execute_flexiblesearch(query(7)).await.expect("a result");
        assert_eq!((cut.rows.len(), cut.summary.truncated), (7, true), "{release}");
        let whole = client.execute_flexiblesearch(query(21)).await.expect("a result");
        assert_eq!((whole.rows.len(), whole.summary.truncated), (20, false), "{release}");
    }
}

#[tokio::test]
async fn a_query_without_a_limit_is_never_truncated() {
    let hac = Hac::with(|simulator| simulator.products(300));
    let client = hac.client();
    let query = FlexibleSearch::new("SELECT {code} FROM {Product}").max_count(0);
    let all = client.execute_flexiblesearch(query).await.expect("a result");
    assert_eq!((all.rows.len(), all.summary.truncated), (300, false));
}

#[tokio::test]
async fn a_result_that_counts_more_rows_than_it_brings_is_incomplete() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let answer = |count: &str| body(&format!(r#"{{"resultCount":{count},"headers":["a"],"resultList":[["1"]]}}"#));
    for query in [FlexibleSearch::new("SELECT 1").max_count(0), FlexibleSearch::new("SELECT 1").max_count(2)] {
        hac.simulator.faults().once(On::post(QUERY), answer("5000"));
        let error = client.execute_flexiblesearch(query).await.expect_err("4999 rows are missing");
        assert_kind(&error, ErrorKind::Protocol);
        assert!(error.to_string().contains("counted 5000 rows but sent 1"), "{error}");
    }
    hac.simulator.faults().once(On::post(QUERY), answer("5000"));
    let error = client.execute_flexiblesearch(FlexibleSearch::sql("SELECT 1")).await.expect_err("rows are missing");
    assert!(error.to_string().contains("the query was executed"), "{error}");
    hac.simulator.faults().once(On::post(QUERY), answer("5000"));
    let cut = client.execute_flexiblesearch(FlexibleSearch::new("SELECT 1").max_count(1)).await.expect("one row");
    assert!(cut.summary.truncated, "as many rows as were asked for");
    // Releases before 2211 say nothing, or 0.
    for count in ["0", "1", "null", "\"many\"", "-5"] {
        hac.simulator.faults().once(On::post(QUERY), answer(count));
        let whole = client.execute_flexiblesearch("SELECT 1").await.expect(count);
        assert_eq!((whole.rows.len(), whole.summary.truncated), (1, false), "{count}");
    }
}

#[tokio::test]
async fn a_query_succeeds_only_with_rows_or_with_an_exception_that_is_denied() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    for text in [
        r#"{"exception":null}"#,
        r#"{"resultList":null}"#,
        r#"{"headers":["a"],"exception":null}"#,
        r#"{"resultList":{"rows":[]},"exception":null}"#,
        r#"{"resultList":"","exception":null}"#,
    ] {
        hac.simulator.faults().once(On::post(QUERY), body(text));
        assert_kind(&client.execute_flexiblesearch("SELECT 1").await.expect_err(text), ErrorKind::Protocol);
    }
    for text in [
        r#"{"resultList":[],"exception":false}"#,
        r#"{"resultList":[],"exception":{"message":7,"message":8}}"#,
        r#"{"resultList":[],"exception":null,"exceptionStackTrace":"\na.B: no\n\tat c.d"}"#,
    ] {
        hac.simulator.faults().once(On::post(QUERY), body(text));
        let result = client.execute_flexiblesearch("SELECT 1").await.or_else(Error::into_outcome).expect(text);
        assert!(!result.success(), "{text}");
    }
    for text in [r#"{"resultList":[]}"#, r#"{"resultList":null,"exception":null,"exceptionStackTrace":""}"#] {
        hac.simulator.faults().once(On::post(QUERY), body(text));
        assert!(client.execute_flexiblesearch("SELECT 1").await.expect(text).success());
    }
}

#[tokio::test]
async fn a_query_that_fails_is_a_result_with_a_failure() {
    let hac = Hac::start();
    let client = hac.client();
    for (text, words) in [
        ("SELECT {code} FROM {Nonsense}", "Nonsense"),
        ("SELECT {code} FROM {Product} WHERE {code} = ?code", "missing values for [code]"),
        ("SELECT {code} FROM {Product} LIMIT 3", ""),
        ("SELECT {code} FROM {Product};", ""),
        ("SELECT {code} FROM {Product} -- all", ""),
    ] {
        let result = client.execute_flexiblesearch(text).await.or_else(Error::into_outcome).expect("a result");
        let failure = result.summary.failure.expect(text);
        assert!(failure.message.contains(words), "{}", failure.message);
    }
}

#[tokio::test]
async fn sql_runs_as_a_write_and_rolls_back() {
    let hac = Hac::start();
    let client = hac.client();
    let query = FlexibleSearch::sql("SELECT 1 AS one, NULL AS empty");
    let result = client.execute_flexiblesearch(query).await.expect("a result");
    assert!(result.success(), "{:?}", result.summary);
    assert_eq!(result.headers(), ["one", "empty"]);
    assert_eq!(result.rows, [[Some("1".to_owned()), None]]);
}

struct Stopping {
    headers: Vec<String>,
    rows: usize,
    after: usize,
}

impl RowSink for Stopping {
    fn begin(&mut self, headers: &[String]) -> ControlFlow<()> {
        self.headers = headers.to_vec();
        ControlFlow::Continue(())
    }

    fn row(&mut self, _: &[Option<Cow<'_, str>>]) -> ControlFlow<()> {
        self.rows += 1;
        if self.rows == self.after { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

#[tokio::test]
async fn a_sink_that_stops_ends_the_reading_and_keeps_the_session() {
    let hac = Hac::with(|simulator| simulator.products(5000));
    let client = hac.warm_client().await;
    let query = FlexibleSearch::new("SELECT {pk}, {code}, {name[en]} FROM {Product}").max_count(5000);
    let mut sink = Stopping { headers: vec![], rows: 0, after: 10 };
    let summary = client.stream_flexiblesearch(&query, &mut sink).await.expect("a summary");
    assert!(summary.stopped && !summary.truncated);
    assert_eq!((sink.rows, sink.headers.len()), (10, 3));
    let mut sink = Stopping { headers: vec![], rows: 0, after: usize::MAX };
    let summary = client.stream_flexiblesearch(&query, &mut sink).await.expect("a summary");
    assert_eq!((sink.rows, summary.row_count, summary.truncated), (5000, 5000, true));
}

#[tokio::test]
async fn a_query_without_rows_still_has_headers() {
    let hac = Hac::start();
    let mut sink = Stopping { headers: vec![], rows: 0, after: 1 };
    let query = FlexibleSearch::new("SELECT {pk}, {code} FROM {Product} WHERE {code} = 'none such'");
    let summary = hac.client().stream_flexiblesearch(query, &mut sink).await.expect("a summary");
    assert_eq!((sink.rows, sink.headers), (0, summary.headers));
}

#[tokio::test]
async fn the_expected_answer_counts_whatever_its_content_type_and_however_much_is_added_to_it() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let body = r#"{"unknown":{"a":[1]},"executionResult":"1","outputText":"","stacktraceText":"","executionTime":3}"#;
    let fault = Fault::Answer {
        status: 200,
        headers: vec![("Content-Type".into(), "text/html".into())],
        body: body.into(),
        execute: true,
    };
    hac.simulator.faults().once(On::post(EXECUTE), fault);
    assert_eq!(run(&client, "1").await.expect("a result"), "1");
    let body = r#"{"exception":"just a text","resultList":null,"headers":null,"dontLimit":true}"#;
    let fault = Fault::Answer { status: 200, headers: vec![], body: body.into(), execute: true };
    hac.simulator.faults().once(On::post(QUERY), fault);
    let result = client.execute_flexiblesearch("SELECT 1").await.or_else(Error::into_outcome).expect("a result");
    assert_eq!(result.summary.failure.expect("a failure").message, "just a text");
}

#[tokio::test]
async fn rows_that_come_before_their_headers_are_not_lost() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let body = r#"{"resultList":[["1"],["2"]],"headers":["PK"],"exception":null}"#;
    let fault = Fault::Answer { status: 200, headers: vec![], body: body.into(), execute: true };
    hac.simulator.faults().once(On::post(QUERY), fault);
    let result = client.execute_flexiblesearch("SELECT 1").await.expect("a result");
    assert_eq!((result.headers().len(), result.rows.len()), (1, 2));
}

#[tokio::test]
async fn an_answer_that_is_not_understood_is_shown() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    for (body, kind, words) in [
        ("{\"executionResult\":\"1\"}", ErrorKind::Protocol, "outputText"),
        ("{\"executionResult\":", ErrorKind::Protocol, "broken"),
        ("<title>hybris administration console | News</title>hello", ErrorKind::Protocol, "News"),
        ("<title>Portal</title>Please accept our cookies", ErrorKind::NotHac, "Please accept"),
    ] {
        let fault = Fault::Answer {
            status: 200,
            headers: vec![("Content-Type".into(), "text/html".into())],
            body: body.into(),
            execute: true,
        };
        hac.simulator.faults().once(On::post(EXECUTE), fault);
        let error = run(&client, "1").await.expect_err("not understood");
        assert_kind(&error, kind);
        assert!(error.to_string().contains(words) && error.to_string().contains("200"), "{error}");
    }
}

#[test]
fn the_blocking_client_does_the_same_and_may_be_shared_between_threads() {
    let hac = Hac::start();
    let client = hac.builder().build_blocking().expect("a client");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..5 {
                    let result = client.execute_script(script("6 * 7")).expect("a result");
                    assert_eq!(result.execution_result.as_deref(), Some("42"));
                }
            });
        }
    });
    assert_eq!((hac.ledger().logins(), hac.ledger().executed()), (1, 20));
    assert!(client.logout().expect("logged out"));
}

fn body(text: &str) -> Fault {
    Fault::Answer { status: 200, headers: vec![], body: text.into(), execute: false }
}

#[tokio::test]
async fn each_setting_of_a_query_is_a_field_of_the_form() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let query =
        FlexibleSearch::new("SELECT {pk} FROM {Product}").user("anna").data_source("master").commit(Commit::Yes);
    // The simulator knows no such user.
    client.execute_flexiblesearch(query).await.or_else(Error::into_outcome).expect("an answer");
    client.execute_flexiblesearch(FlexibleSearch::sql("SELECT 1")).await.expect("an answer");
    let entries = hac.ledger().entries();
    let names = ["flexibleSearchQuery", "sqlQuery", "maxCount", "user", "locale", "commit", "dataSource"];
    let fields =
        |at: usize| names.map(|name| entries[at].field(name).map(str::to_owned)).map(Option::unwrap_or_default);
    assert_eq!(fields(0), ["SELECT {pk} FROM {Product}", "", "200", "anna", "en", "true", "master"]);
    assert_eq!(fields(1), ["", "SELECT 1", "200", "admin", "en", "false", ""]);
    assert!(entries[1].field("dataSource").is_none());
}

#[tokio::test]
async fn what_the_server_tells_of_a_query_is_in_the_summary() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    for (text, millis) in [("12", Some(12)), ("12.4", Some(12)), ("-1", None), ("null", None)] {
        let text = format!(
            r#"{{"resultList":[["1"],["2"]],"headers":["PK"],"exception":null,"executionTime":{text},"query":"SELECT x"}}"#
        );
        hac.simulator.faults().once(On::post(QUERY), body(&text));
        let result = client.execute_flexiblesearch("SELECT 1").await.expect("a result");
        assert_eq!(
            (result.summary.execution_time, result.summary.sql.as_deref()),
            (millis.map(Duration::from_millis), Some("SELECT x")),
            "{text}"
        );
        assert_eq!((result.summary.row_count, result.rows.len()), (2, 2));
    }
}

#[tokio::test]
async fn the_message_of_a_failed_query_is_found_where_releases_put_it() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    for (exception, message) in [
        (r#"{"message":"a","localizedMessage":"b"}"#, "a"),
        (r#"{"message":null,"localizedMessage":"b"}"#, "b"),
        (r#"{"message":"","cause":{"message":"c"}}"#, "c"),
        ("{}", "an exception without a message"),
    ] {
        let text = format!(r#"{{"exception":{exception},"exceptionStackTrace":"at a.b","resultList":null}}"#);
        hac.simulator.faults().once(On::post(QUERY), body(&text));
        let mut sink = Stopping { headers: vec!["untouched".into()], rows: 0, after: 1 };
        let query = FlexibleSearch::new("SELECT 1").max_count(0);
        let summary =
            client.stream_flexiblesearch(query, &mut sink).await.or_else(Error::into_outcome).expect("a summary");
        assert!(!summary.success() && !summary.truncated);
        let failure = summary.failure.expect("a failure");
        assert_eq!((failure.message.as_str(), failure.stack_trace.as_str()), (message, "at a.b"));
        assert_eq!((sink.headers, sink.rows), (vec!["untouched".to_owned()], 0), "the sink hears nothing of it");
    }
}

#[tokio::test]
async fn a_reading_that_the_sink_ends_at_the_last_row_is_stopped_and_not_cut() {
    let hac = Hac::start();
    let query = FlexibleSearch::new("SELECT {code} FROM {Product}").max_count(10);
    let mut sink = Stopping { headers: vec![], rows: 0, after: 10 };
    let summary = hac.client().stream_flexiblesearch(query, &mut sink).await.expect("a summary");
    assert!(summary.stopped && !summary.truncated);
}

#[tokio::test]
async fn a_blank_stack_trace_is_not_a_failure() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let text = r#"{"executionResult":"1","outputText":"","stacktraceText":" \n"}"#;
    hac.simulator.faults().once(On::post(EXECUTE), body(text));
    assert!(client.execute_script(script("1")).await.expect("a result").success());
}
