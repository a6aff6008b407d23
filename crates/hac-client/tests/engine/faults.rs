//! Faults on the way: what may be sent again, what must not, and what the user is told.

use std::time::Duration;

use hac_client::{Commit, ErrorKind, FlexibleSearch};
use hac_simulator::{Fault, On};

use super::support::{EXECUTE, Hac, QUERY, assert_kind, out_of_time, run, script};

fn answer(status: u16, execute: bool) -> Fault {
    Fault::Answer { status, headers: vec![], body: "<title>trouble</title>".into(), execute }
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_executed_once_and_its_outcome_is_unknown() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    for (number, fault) in [
        Fault::ResetAfter,
        Fault::CloseAfter,
        Fault::CutBody,
        Fault::CutChunked,
        Fault::ResetBefore,
        Fault::CloseBefore,
        answer(500, true),
        answer(502, true),
        answer(503, true),
        answer(504, true),
    ]
    .into_iter()
    .enumerate()
    {
        hac.ledger().clear();
        hac.simulator.faults().once(On::post(EXECUTE), fault.clone());
        let result = client.execute_script(script(&number.to_string()).commit(Commit::Yes)).await;
        let error = result.expect_err("lost");
        assert_kind(&error, ErrorKind::OutcomeUnknown);
        assert!(error.to_string().contains("may still be running on http://127.0.0.1"), "{error}");
        assert_eq!(hac.ledger().count(EXECUTE), 1, "{fault:?}");
        assert!(hac.ledger().executed() <= 1, "{fault:?}");
        assert_eq!(hac.ledger().login_attempts(), 0, "{fault:?}");
    }
    hac.ledger().clear();
    run(&client, "1").await.expect("the session was good all the while");
    assert_eq!(hac.ledger().len(), 1);
}

#[tokio::test]
async fn a_rolled_back_script_is_a_write_too_and_so_is_sql_and_a_committed_query() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    hac.simulator.faults().always(On::post("/execute"), Fault::ResetAfter);
    let error = client.execute_script(script("1")).await.expect_err("lost");
    assert_kind(&error, ErrorKind::OutcomeUnknown);
    let error = client.execute_flexiblesearch(FlexibleSearch::sql("SELECT 1")).await.expect_err("lost");
    assert_kind(&error, ErrorKind::OutcomeUnknown);
    let query = FlexibleSearch::new("SELECT {pk} FROM {Product}").commit(Commit::Yes);
    let error = client.execute_flexiblesearch(query).await.expect_err("lost");
    assert_kind(&error, ErrorKind::OutcomeUnknown);
    assert_eq!(hac.ledger().len(), 3, "{:?}", hac.requests());
}

#[tokio::test]
async fn a_read_whose_answer_was_lost_is_sent_again() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    for fault in [Fault::ResetAfter, Fault::CloseBefore, answer(502, false), answer(503, false)] {
        hac.ledger().clear();
        hac.simulator.faults().times(2, On::post(QUERY), fault.clone());
        let began = std::time::Instant::now();
        let result = client.execute_flexiblesearch("SELECT {code} FROM {Product}").await.expect("the third time");
        assert!(began.elapsed() >= Duration::from_millis(500), "with a pause before each");
        assert_eq!(result.rows.len(), 50, "{fault:?}");
        assert_eq!(hac.ledger().count(QUERY), 3, "{fault:?}");
    }
}

#[tokio::test]
async fn a_read_is_sent_three_times_at_most() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    hac.simulator.faults().always(On::post(QUERY), Fault::ResetAfter);
    let error = client.execute_flexiblesearch("SELECT {code} FROM {Product}").await.expect_err("for ever");
    assert_kind(&error, ErrorKind::ConnectionLost);
    assert_eq!(hac.ledger().count(QUERY), 3);
}

#[tokio::test]
async fn a_read_is_not_sent_again_after_a_500_or_a_504() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    for status in [500, 504] {
        hac.ledger().clear();
        hac.simulator.faults().once(On::post(QUERY), answer(status, true));
        let error = client.execute_flexiblesearch("SELECT {code} FROM {Product}").await.expect_err("a 5xx");
        assert_kind(&error, ErrorKind::Protocol);
        assert!(error.to_string().contains(&status.to_string()) && error.to_string().contains("trouble"), "{error}");
        assert_eq!(hac.ledger().len(), 1);
    }
}

#[tokio::test]
async fn a_read_is_not_sent_again_once_a_row_was_given_away() {
    let hac = Hac::with(|simulator| simulator.products(20_000));
    let client = hac.warm_client().await;
    hac.simulator.faults().once(On::post(QUERY), Fault::CutBody);
    let query = FlexibleSearch::new("SELECT {pk}, {code}, {name[en]} FROM {Product}").max_count(20_000);
    let error = client.execute_flexiblesearch(query).await.expect_err("cut");
    assert_kind(&error, ErrorKind::ConnectionLost);
    assert_eq!(hac.ledger().count(QUERY), 1);
}

#[tokio::test]
async fn a_timed_out_write_is_never_sent_again_and_names_the_limit() {
    let hac = Hac::start();
    hac.warm_client().await;
    hac.simulator.faults().always(On::post("/execute"), Fault::Hold);
    let client = hac.builder().timeout(Some(Duration::from_millis(20_150))).build().expect("a client");
    let is_held = || hac.simulator.faults().held() == 1;
    let reader = client.clone();
    let read = async move { reader.execute_flexiblesearch("SELECT {code} FROM {Product}").await };
    let error = out_of_time(read, is_held).await.expect_err("held");
    assert_kind(&error, ErrorKind::Timeout);
    assert!(error.hint().expect("a hint").to_string().contains("20.15 s"), "{error:?}");
    // Nobody waits for the first any more.
    hac.simulator.faults().release();
    while hac.simulator.faults().held() > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let error = out_of_time(async move { run(&client, "1").await }, is_held).await.expect_err("held");
    assert_kind(&error, ErrorKind::OutcomeUnknown);
    assert_eq!(hac.ledger().len(), 2, "{:?}", hac.requests());
    hac.simulator.faults().release();
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent_and_the_error_says_so() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let Hac { simulator, cache: _cache, .. } = hac;
    simulator.stop();
    let error = run(&client, "1").await.expect_err("nobody there");
    assert_kind(&error, ErrorKind::Connect);
    assert!(error.kind().may_be_resent());
    assert!(error.to_string().contains("nothing listens on port"), "{error}");
}

#[tokio::test]
async fn an_unknown_host_is_named() {
    let client = hac_client::HacClient::builder("http://no-such-host.invalid")
        .auth_handler(hac_client::BasicAuthHandler::new("admin", "nimda"))
        .proxy(hac_client::network::Proxy::Direct)
        .session_persistence(false)
        .build()
        .expect("a client");
    let error = client.login().await.expect_err("unknown");
    assert_kind(&error, ErrorKind::Connect);
    assert!(error.to_string().contains("no-such-host.invalid"), "{error}");
}

#[tokio::test]
async fn two_hundred_writes_with_pauses_longer_than_the_keep_alive_all_succeed() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    for number in 0..200 {
        // The pause is over when the server has closed what was kept, however long that takes on a busy machine.
        hac.simulator.faults().close_connections();
        while hac.ledger().open_connections() > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert_eq!(run(&client, &number.to_string()).await.expect("a result"), number.to_string());
    }
    assert_eq!(hac.ledger().executed(), 200);
    assert!(hac.ledger().connections() > 200, "the keep-alive did end: {}", hac.ledger().connections());
}

#[test]
fn the_blocking_client_does_not_trip_over_a_connection_that_was_closed_while_it_slept() {
    let hac = Hac::start();
    let client = hac.builder().build_blocking().expect("a client");
    for number in 0..200 {
        // The thread of the client notices that the server closed, while this one sleeps.
        hac.simulator.faults().close_connections();
        while hac.ledger().open_connections() > 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
        let result = client.execute_script(script(&number.to_string())).expect("a result");
        assert_eq!(result.execution_result, Some(number.to_string()));
    }
    assert_eq!(hac.ledger().executed(), 200);
}
