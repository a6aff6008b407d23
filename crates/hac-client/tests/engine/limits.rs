//! Sizes: 5 MB of script, 200 MB of answer, a gzip bomb.

use hac_client::{ErrorKind, FlexibleSearch};
use hac_simulator::{Fault, On};

use super::support::{EXECUTE, Hac, QUERY, assert_kind, run};

#[tokio::test]
async fn a_script_of_five_megabytes_names_the_form_limit_of_the_server() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let long = format!("'{}'", "x".repeat(5_000_000));
    let error = run(&client, &long).await.expect_err("over Tomcat's limit");
    assert_kind(&error, ErrorKind::Rejected);
    let hint = error.hint().expect("a hint").to_string();
    assert!(hint.contains("4.7 MiB") && hint.contains("maxPostSize"), "{hint}");
    assert_eq!((hac.ledger().executed(), hac.ledger().login_attempts()), (0, 0));
}

#[tokio::test]
async fn a_script_of_five_megabytes_runs_where_the_server_takes_it() {
    let hac = Hac::with(|simulator| simulator.knobs(|knobs| knobs.max_form_bytes = 10 << 20));
    let client = hac.warm_client().await;
    let long = format!("'{}'.length", "x".repeat(5_000_000));
    assert_eq!(run(&client, &long).await.expect("a result"), "5000000");
}

#[tokio::test]
async fn an_answer_of_200_megabytes_to_a_script_is_given_up_and_said_to_be_executed() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    for fault in [Fault::BigBody { bytes: 200 << 20 }, Fault::GzipBomb { decoded_bytes: 4 << 30 }] {
        hac.ledger().clear();
        hac.simulator.faults().once(On::post(EXECUTE), fault.clone());
        let error = run(&client, "1").await.expect_err("too large");
        assert_kind(&error, ErrorKind::TooLarge);
        assert!(error.to_string().contains("64 MiB; the request was executed"), "{error}");
        assert_eq!(hac.ledger().executed(), 1, "{fault:?}");
    }
    run(&client, "1").await.expect("and the session goes on");
}

#[tokio::test]
async fn a_page_without_end_in_place_of_an_answer_is_read_up_to_a_limit() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let fault = Fault::Answer { status: 403, headers: vec![], body: "x".repeat(12 << 20), execute: false };
    hac.simulator.faults().once(On::post(EXECUTE), fault);
    assert_kind(&run(&client, "1").await.expect_err("forbidden"), ErrorKind::Forbidden);
}

#[tokio::test]
async fn rows_are_collected_up_to_64_mebibytes_and_streamed_without_a_limit() {
    struct Counting(usize);
    impl hac_client::console::RowSink for Counting {
        fn row(&mut self, cells: &[Option<std::borrow::Cow<'_, str>>]) -> std::ops::ControlFlow<()> {
            self.0 += cells.iter().flatten().map(|cell| cell.len()).sum::<usize>();
            std::ops::ControlFlow::Continue(())
        }
    }
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let row = format!("[\"{}\"]", "y".repeat(1 << 20));
    let body = format!("{{\"headers\":[\"h\"],\"resultList\":[{}],\"exception\":null}}", vec![row; 70].join(","));
    let fault = Fault::Answer { status: 200, headers: vec![], body, execute: true };
    hac.simulator.faults().times(3, On::post(QUERY), fault);
    let query = FlexibleSearch::new("SELECT {code} FROM {Product}");
    let error = client.execute_flexiblesearch(query.clone()).await.expect_err("too large");
    assert_kind(&error, ErrorKind::TooLarge);
    assert!(error.to_string().contains("64 MiB") && !error.to_string().contains("executed"), "{error}");
    let error = client.execute_flexiblesearch(FlexibleSearch::sql("SELECT 1")).await.expect_err("too large");
    assert_kind(&error, ErrorKind::TooLarge);
    assert!(error.to_string().contains("the query was executed"), "{error}");
    let mut counting = Counting(0);
    client.stream_flexiblesearch(query, &mut counting).await.expect("streamed");
    assert_eq!(counting.0, 70 << 20);
}

#[tokio::test]
async fn one_row_may_have_16_mebibytes() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let body = format!("{{\"headers\":[\"h\"],\"resultList\":[[\"{}\"]],\"exception\":null}}", "z".repeat(17 << 20));
    let fault = Fault::Answer { status: 200, headers: vec![], body, execute: true };
    hac.simulator.faults().once(On::post(QUERY), fault);
    let error = client.execute_flexiblesearch("SELECT {code} FROM {Product}").await.expect_err("too large");
    assert_kind(&error, ErrorKind::TooLarge);
    assert!(error.to_string().contains("one row"), "{error}");
}

#[tokio::test]
async fn no_more_calls_than_allowed_are_on_their_way_at_once() {
    let hac = Hac::start();
    let client = hac.builder().max_in_flight(3).build().expect("a client");
    client.login().await.expect("a login");
    hac.simulator.faults().always(On::post(EXECUTE), Fault::Hold);
    let calls: Vec<_> = (0..10)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { run(&client, "1").await })
        })
        .collect();
    while hac.simulator.faults().held() < 3 {
        tokio::task::yield_now().await;
    }
    for _ in 0..50 {
        tokio::task::yield_now().await;
        assert!(hac.simulator.faults().held() <= 3);
    }
    hac.simulator.faults().clear();
    hac.simulator.faults().release();
    for call in calls {
        call.await.expect("joined").expect("a result");
    }
}

#[tokio::test]
async fn an_answer_with_too_many_headers_says_so() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let headers = (0..101).map(|number| (format!("X-{number}"), "1".to_owned())).collect();
    let fault = Fault::Answer { status: 200, headers, body: "{}".into(), execute: false };
    hac.simulator.faults().once(On::post(QUERY), fault);
    let error = client.execute_flexiblesearch("SELECT {code} FROM {Product}").await.expect_err("too many");
    assert_kind(&error, ErrorKind::NotHac);
    assert!(error.to_string().contains("more than 100 headers"), "{error}");
    assert!(error.hint().is_some_and(|hint| hint.to_string().contains("add headers")), "{error:?}");
}
