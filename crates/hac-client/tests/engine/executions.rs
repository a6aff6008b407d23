//! A write is executed once, whatever answers in the server's place behind it.

use std::time::Duration;

use hac_client::platform::{Schema, Update, UpdateOutcome, Watch};
use hac_client::{Commit, ErrorKind, FlexibleSearch, ImpexImport};
use hac_simulator::{Fault, On, RefusedBy, TokenStyle};

use super::support::{EXECUTE, Hac, QUERY, assert_kind, run};

#[tokio::test]
async fn a_firewall_that_refuses_after_the_execution_with_a_cookie_of_its_own_does_not_make_it_run_twice() {
    for status in [401, 403] {
        let hac = Hac::start();
        let client = hac.warm_client().await;
        hac.simulator.faults().once(On::post(EXECUTE), Fault::refused_after(status));
        let error = run(&client, "7").await.expect_err("swallowed");
        assert_kind(&error, ErrorKind::Forbidden);
        assert_eq!((hac.ledger().executed(), hac.ledger().login_attempts()), (1, 0), "{status}");

        hac.ledger().clear();
        hac.simulator.faults().once(On::post("/console/impex/import"), Fault::refused_after(status));
        let import = ImpexImport::from("INSERT Title;code[unique=true]\n;once\n");
        assert_kind(&client.import_impex(import).await.expect_err("swallowed"), ErrorKind::Forbidden);
        assert_eq!(hac.ledger().count("/console/impex/import"), 1, "{status}");
    }
}

#[tokio::test]
async fn an_update_whose_answer_a_firewall_swallows_runs_once() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let plan = client.plan_update(&Update::new(Schema::Update)).await.expect("a plan");
    hac.ledger().clear();
    hac.simulator.faults().once(On::post("/platform/init/execute"), Fault::refused_after(403));
    let watch = Watch::default().poll_interval(Duration::from_millis(1));
    match client.run_update(&plan, watch, &mut |_: &hac_client::platform::LogLine| {}).await {
        Ok(run) => assert_ne!(run.outcome, UpdateOutcome::Refused),
        Err(error) => assert_kind(&error, ErrorKind::Forbidden),
    }
    assert_eq!(hac.ledger().count("/platform/init/execute"), 1);
}

#[tokio::test]
async fn a_refusal_in_hacs_own_words_is_sent_again() {
    for status in [403, 405] {
        let hac = Hac::start();
        let client = hac.warm_client().await;
        let refusal = Fault::Refuse { status, by: RefusedBy::Hac, sets_session: true, executed: false };
        hac.simulator.faults().once(On::post(EXECUTE), refusal);
        run(&client, "7").await.expect("sent again");
        assert_eq!((hac.ledger().executed(), hac.ledger().login_attempts()), (1, 0), "{status}");
    }
}

#[tokio::test]
async fn a_read_that_was_refused_with_a_session_cookie_is_sent_again() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    hac.simulator.faults().once(On::post(QUERY), Fault::refused_after(403));
    let result = client.execute_flexiblesearch("SELECT {code} FROM {Product}").await.expect("read again");
    assert_eq!(result.rows.len(), 50);
}

#[tokio::test]
async fn a_token_that_is_another_on_each_page_does_not_make_a_write_run_twice() {
    for status in [401, 403, 405] {
        let hac = Hac::with(|simulator| simulator.knobs(|knobs| knobs.token_style = TokenStyle::AnotherOnEachPage));
        let client = hac.warm_client().await;
        let refusal = Fault::Refuse { status, by: RefusedBy::Front, sets_session: false, executed: true };
        hac.simulator.faults().once(On::post(EXECUTE), refusal);
        assert_kind(&run(&client, "7").await.expect_err("swallowed"), ErrorKind::Forbidden);
        assert_eq!(hac.ledger().executed(), 1, "{status}: {:?}", hac.requests());
    }
}

#[tokio::test]
async fn a_write_that_leads_to_the_initialisation_may_have_begun_it() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    hac.simulator.faults().once(On::post(EXECUTE), Fault::RedirectAfter("/hac/platform/init".into()));
    let error = run(&client, "7").await.expect_err("may have begun it");
    assert_kind(&error, ErrorKind::OutcomeUnknown);
    assert!(!error.kind().may_be_resent());
    assert_eq!(hac.ledger().executed(), 1);
    // A read changes nothing, and behind it the same is known before a write.
    let hac = Hac::start();
    let client = hac.warm_client().await;
    hac.simulator.faults().initializing(true);
    let query = FlexibleSearch::new("SELECT {code} FROM {Product}");
    assert_kind(&client.execute_flexiblesearch(query).await.expect_err("busy"), ErrorKind::Initializing);
    assert_kind(&run(&client, "7").await.expect_err("busy"), ErrorKind::Initializing);
    assert_eq!(hac.ledger().executed(), 0);
}

fn too_many(retry_after: &str, execute: bool) -> Fault {
    Fault::Answer {
        status: 429,
        headers: vec![("Retry-After".into(), retry_after.into())],
        body: "Slow down".into(),
        execute,
    }
}

#[tokio::test]
async fn a_write_is_not_sent_again_after_a_429() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    hac.simulator.faults().always(On::post(EXECUTE), too_many("0", true));
    let error = run(&client, "7").await.expect_err("too many");
    assert_kind(&error, ErrorKind::OutcomeUnknown);
    assert!(error.to_string().contains("429"), "{error}");
    assert_eq!((hac.ledger().executed(), hac.ledger().len()), (1, 1), "{:?}", hac.requests());
    assert_eq!(client.execute_groovy("1", Commit::No).await.expect_err("too many").kind(), ErrorKind::OutcomeUnknown);
}

#[tokio::test]
async fn a_read_waits_once_after_a_429_and_is_sent_once_more() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    hac.simulator.faults().once(On::post(QUERY), too_many("0", false));
    client.execute_flexiblesearch("SELECT {code} FROM {Product}").await.expect("the second time");
    assert_eq!(hac.ledger().len(), 2, "{:?}", hac.requests());
    hac.ledger().clear();
    hac.simulator.faults().always(On::post(QUERY), too_many("0", false));
    let error = client.execute_flexiblesearch("SELECT {code} FROM {Product}").await.expect_err("again");
    assert_kind(&error, ErrorKind::Rejected);
    assert!(error.hint().expect("a hint").to_string().contains("too many requests"), "{error:?}");
    assert_eq!(hac.ledger().len(), 2, "{:?}", hac.requests());
}

#[tokio::test]
async fn one_call_waits_for_the_end_of_a_cool_down_and_the_others_are_told() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    hac.simulator.faults().times(5, On::post(QUERY), too_many("1", false));
    let calls: Vec<_> = (0..5)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.execute_flexiblesearch("SELECT {code} FROM {Product}").await })
        })
        .collect();
    let mut succeeded = 0;
    for call in calls {
        match call.await.expect("it ends") {
            Ok(_) => succeeded += 1,
            Err(error) => assert_kind(&error, ErrorKind::Rejected),
        }
    }
    assert_eq!((succeeded, hac.ledger().count(QUERY)), (1, 6), "{:?}", hac.requests());
}

#[tokio::test]
async fn a_cool_down_is_waited_out_within_the_limit_of_the_call() {
    let hac = Hac::start();
    hac.warm_client().await;
    hac.simulator.faults().always(On::post(QUERY), too_many("9999", false));
    // Long enough for two answers to come in time on a machine that is busy.
    let client = hac.builder().timeout(Some(Duration::from_secs(5))).build().expect("a client");
    let error = client.execute_flexiblesearch("SELECT {code} FROM {Product}").await.expect_err("too many");
    assert_kind(&error, ErrorKind::Rejected);
}

#[tokio::test]
async fn a_disabled_console_is_reported_with_its_property() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    hac.simulator.faults().disable_endpoint("console.scripting", true);
    let error = run(&client, "7").await.expect_err("disabled");
    assert_kind(&error, ErrorKind::Rejected);
    assert!(error.hint().expect("a hint").to_string().contains("endpoint.hac.….disabled"), "{error:?}");
    assert_eq!(hac.ledger().login_attempts(), 0);
    hac.simulator.faults().disable_endpoint("platform.init", true);
    let error = client.plan_update(&Update::new(Schema::Update)).await.expect_err("disabled");
    assert!(error.hint().expect("a hint").to_string().contains("SAP Commerce Cloud"), "{error:?}");
}

#[tokio::test]
async fn an_answer_of_something_else_to_a_write_says_that_it_may_have_been_executed() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let empty = Fault::Answer { status: 204, headers: vec![], body: String::new(), execute: true };
    for fault in [Fault::RedirectAfter("/shop/welcome".into()), empty] {
        hac.simulator.faults().once(On::post(EXECUTE), fault);
        let error = run(&client, "7").await.expect_err("no answer of HAC's");
        assert_kind(&error, ErrorKind::NotHac);
        assert!(error.to_string().contains("the request may have been executed"), "{error}");
    }
}
