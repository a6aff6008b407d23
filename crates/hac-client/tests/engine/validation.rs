//! Stored sessions: probed or used, adopted or replaced, and never lost without HAC's own word.

use std::time::Duration;

use hac_client::session::{SessionSource, SessionState};
use hac_client::{BasicAuthHandler, ErrorKind, Validation};
use hac_simulator::{Fault, LoginPage, On};

use super::support::{EXECUTE, Foreign, Hac, Notices, assert_kind, run};

#[tokio::test]
async fn a_session_start_with_a_probe_takes_two_requests() {
    let hac = Hac::start();
    hac.warm_client().await;
    let client = hac.builder().validation(Validation::Probe).build().expect("a client");
    run(&client, "1").await.expect("a result");
    assert_eq!(hac.requests(), ["GET /hac/ 200", "POST /hac/console/scripting/execute 200"]);
}

#[tokio::test]
async fn a_dead_stored_session_is_replaced_whichever_way_it_is_found_out() {
    for (validation, requests) in [(Validation::Probe, 6), (Validation::OnUse, 7)] {
        let hac = Hac::start();
        hac.warm_client().await;
        hac.simulator.faults().expire_sessions();
        let client = hac.builder().validation(validation).build().expect("a client");
        run(&client, "1").await.expect("a result");
        assert_eq!(hac.ledger().logins(), 1);
        assert_eq!(hac.ledger().executed(), 1);
        assert_eq!(hac.ledger().len(), requests, "{:?}", hac.requests());
    }
}

#[tokio::test]
async fn a_probe_brings_the_token_of_now_for_this_process_and_the_next() {
    let hac = Hac::start();
    hac.warm_client().await;
    hac.simulator.faults().rotate_tokens();
    let client = hac.builder().validation(Validation::Probe).build().expect("a client");
    run(&client, "1").await.expect("a result");
    assert_eq!(hac.requests(), ["GET /hac/ 200", "POST /hac/console/scripting/execute 200"]);
    hac.ledger().clear();
    run(&hac.client(), "2").await.expect("a result");
    assert_eq!(hac.requests(), ["POST /hac/console/scripting/execute 200"]);
}

#[tokio::test]
async fn a_login_page_in_place_of_the_first_page_is_dead() {
    let hac = Hac::with(|simulator| simulator.knobs(|knobs| knobs.login_page = LoginPage::AtContextRoot));
    hac.warm_client().await;
    hac.simulator.faults().expire_sessions();
    assert_eq!(hac.client().check().await.expect("an answer"), SessionState::Dead);
    let client = hac.builder().validation(Validation::Probe).build().expect("a client");
    run(&client, "1").await.expect("renewed");
    assert_eq!((hac.ledger().logins(), hac.ledger().count(EXECUTE)), (1, 1));
}

#[tokio::test]
async fn an_initialisation_that_the_probe_meets_begins_no_login() {
    let hac = Hac::start();
    hac.warm_client().await;
    hac.simulator.faults().initializing(true);
    let client = hac.builder().validation(Validation::Probe).build().expect("a client");
    assert_kind(&run(&client, "1").await.expect_err("initialising"), ErrorKind::Initializing);
    assert_eq!(hac.ledger().len(), 1, "{:?}", hac.requests());
}

#[tokio::test]
async fn an_explicit_login_always_asks_the_server() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    client.login().await.expect("alive");
    assert_eq!(hac.requests(), ["GET /hac/ 200"]);
    hac.simulator.faults().expire_sessions();
    client.login().await.expect("renewed");
    assert_eq!(hac.ledger().logins(), 1);
    hac.ledger().clear();
    hac.client().login().await.expect("stored and alive");
    assert_eq!(hac.requests(), ["GET /hac/ 200"]);
}

#[tokio::test]
async fn what_is_no_evidence_of_death_leaves_the_stored_session_alone() {
    let answer = |status, body: &str| Fault::Answer { status, headers: vec![], body: body.into(), execute: false };
    for (fault, kind) in [
        (answer(503, "<title>busy</title>"), ErrorKind::NotHac),
        (answer(500, ""), ErrorKind::NotHac),
        (answer(401, "who are you"), ErrorKind::NotHac),
        (answer(403, "<h1>filtered</h1>"), ErrorKind::NotHac),
        (answer(405, ""), ErrorKind::NotHac),
        (answer(403, "<title>hybris</title>"), ErrorKind::NotHac),
        (answer(200, "<title>hybris administration console</title>"), ErrorKind::NotHac),
        (answer(200, "<title>My Shop</title>hello"), ErrorKind::NotHac),
        (Fault::Redirect("https://sso.example.com/".into()), ErrorKind::NotHac),
        (Fault::Redirect("/shop".into()), ErrorKind::NotHac),
        (Fault::ResetBefore, ErrorKind::ConnectionLost),
    ] {
        let hac = Hac::start();
        hac.warm_client().await;
        let before = hac.manager().list_sessions().expect("sessions").pop().expect("one");
        hac.simulator.faults().always(On::get("/hac/"), fault.clone());
        let client = hac.builder().validation(Validation::Probe).build().expect("a client");
        let error = run(&client, "1").await.expect_err("unclear");
        assert_kind(&error, kind);
        // No login was begun either.
        assert_eq!(hac.ledger().len(), 1, "{fault:?} {:?}", hac.requests());
        let after = hac.manager().list_sessions().expect("sessions").pop().expect("still there");
        assert_eq!(after.session_id, before.session_id, "{fault:?}");
        // And as soon as the trouble is over, it is used again.
        hac.simulator.faults().clear();
        run(&client, "1").await.expect("good again");
        assert_eq!(hac.ledger().login_attempts(), 0, "{fault:?}");
    }
}

#[tokio::test]
async fn a_probe_takes_no_longer_than_the_time_limit_of_the_client() {
    let hac = Hac::start();
    hac.warm_client().await;
    hac.simulator.faults().always(On::get("/hac/"), Fault::Hold);
    let limit = Some(Duration::from_millis(300));
    let client = hac.builder().validation(Validation::Probe).timeout(limit).build().expect("a client");
    let mut call = std::pin::pin!(run(&client, "1"));
    let held = async {
        while hac.simulator.faults().held() == 0 {
            tokio::task::yield_now().await;
        }
        // The client's clock runs already: this one cannot be first unless the limit is longer.
        tokio::time::sleep(Duration::from_secs(4)).await;
    };
    tokio::select! {
        biased;
        ended = &mut call => assert_kind(&ended.expect_err("no answer"), ErrorKind::Timeout),
        () = held => panic!("the probe takes longer than the client's time limit"),
    }
}

#[tokio::test]
async fn a_session_that_may_not_see_the_first_page_is_alive() {
    let hac = Hac::start();
    hac.warm_client().await;
    let page = "<title>hybris administration console | Forbidden</title>";
    let fault = Fault::Answer { status: 403, headers: vec![], body: page.into(), execute: false };
    hac.simulator.faults().always(On::get("/hac/"), fault);
    let client = hac.builder().validation(Validation::Probe).build().expect("a client");
    run(&client, "1").await.expect("used");
    assert_eq!(client.check().await.expect("an answer"), SessionState::AliveWithoutRight);
    assert_eq!(hac.ledger().login_attempts(), 0);
}

#[tokio::test]
async fn check_says_what_the_server_says_and_never_logs_in() {
    let hac = Hac::start();
    assert_eq!(hac.client().check().await.expect("an answer"), SessionState::Absent);
    hac.warm_client().await;
    assert_eq!(hac.client().check().await.expect("an answer"), SessionState::Alive);
    hac.simulator.faults().initializing(true);
    assert_eq!(hac.client().check().await.expect("an answer"), SessionState::Initializing);
    hac.simulator.faults().initializing(false);
    hac.simulator.faults().expire_sessions();
    assert_eq!(hac.client().check().await.expect("an answer"), SessionState::Dead);
    assert_eq!(hac.ledger().login_attempts(), 0);
    assert_eq!(hac.manager().list_sessions().expect("sessions").len(), 1, "checking removes nothing");
}

#[tokio::test]
async fn hac_is_found_without_a_session_and_without_credentials() {
    let hac = Hac::with(|simulator| simulator.nodes(2));
    let found = hac.client().find_hac().await.expect("found");
    assert_eq!(found.context_path.as_str(), "/hac");
    assert!(found.node.is_some_and(|node| node.starts_with(".n")));
    hac.simulator.faults().kill_node(2);
    let other = hac.builder().route(".n2").build().expect("a client").find_hac().await.expect("another node");
    assert_eq!(other.node.as_deref(), Some(".n1"));
    hac.simulator.faults().initializing(true);
    assert_kind(&hac.client().find_hac().await.expect_err("an update"), ErrorKind::Initializing);
    assert_eq!(hac.ledger().login_attempts(), 0);
    assert!(hac.manager().list_sessions().expect("sessions").is_empty());
}

#[tokio::test]
async fn a_session_that_another_client_renewed_is_adopted_without_a_login() {
    let hac = Hac::start();
    let first = hac.warm_client().await;
    let second = hac.client();
    run(&second, "1").await.expect("shares the session");
    hac.simulator.faults().expire_sessions();
    run(&first, "2").await.expect("renews");
    hac.ledger().clear();
    run(&second, "3").await.expect("adopts");
    assert_eq!(hac.ledger().login_attempts(), 0, "{:?}", hac.requests());
    assert_eq!(hac.ledger().executed_scripts(), ["3"]);
}

#[tokio::test]
async fn an_imported_session_is_used_and_when_it_ends_no_login_is_tried() {
    struct NoPassword;
    impl hac_client::AuthHandler for NoPassword {
        fn username(&self) -> &'static str {
            "admin"
        }
        fn credentials(&self) -> hac_client::Result<Option<hac_client::Credentials>> {
            Ok(None)
        }
    }
    let hac = Hac::start();
    let cold = hac.builder().auth_handler(NoPassword).build().expect("a client");
    assert_kind(&run(&cold, "0").await.expect_err("nothing at hand"), ErrorKind::SessionEnded);
    hac.warm_client().await;
    run(&cold, "1").await.expect("a warm call needs no password");
    hac.simulator.faults().expire_sessions();
    hac.ledger().clear();
    let error = run(&cold, "2").await.expect_err("over");
    assert_kind(&error, ErrorKind::SessionEnded);
    assert!(error.hint().expect("a hint").to_string().contains("import"), "{error:?}");
    assert_eq!((hac.ledger().login_attempts(), hac.ledger().executed()), (0, 0));
}

#[tokio::test]
async fn a_warm_call_asks_for_no_credentials() {
    struct Unwilling;
    impl hac_client::AuthHandler for Unwilling {
        fn username(&self) -> &'static str {
            "admin"
        }
        fn credentials(&self) -> hac_client::Result<Option<hac_client::Credentials>> {
            panic!("asked for credentials on a warm call")
        }
    }
    let hac = Hac::start();
    hac.warm_client().await;
    for validation in [Validation::OnUse, Validation::Probe] {
        let client = hac.builder().auth_handler(Unwilling).validation(validation).build().expect("a client");
        run(&client, "1").await.expect("a result");
    }
}

#[tokio::test]
async fn without_persistence_nothing_is_read_written_or_made() {
    let hac = Hac::start();
    let cache = hac.cache.path().join("never");
    let client = || hac.builder().cache_dir(&cache).session_persistence(false).build().expect("a client");
    let first = client();
    run(&first, "1").await.expect("a result");
    run(&first.clone(), "1").await.expect("clones share");
    assert_eq!(hac.ledger().logins(), 1);
    run(&client(), "1").await.expect("a result");
    assert_eq!(hac.ledger().logins(), 2, "separate clients do not");
    assert!(!cache.exists());
}

#[tokio::test]
async fn a_cache_that_cannot_be_written_fails_no_call_and_is_reported_once() {
    let hac = Hac::start();
    let file = hac.cache.path().join("a-file");
    std::fs::write(&file, "").expect("a file");
    let notices = Notices::default();
    let client = notices.of(hac.builder().cache_dir(&file)).build().expect("a client");
    run(&client, "1").await.expect("a result");
    run(&client, "1").await.expect("the session lives on in memory");
    assert_eq!(hac.ledger().logins(), 1);
    let warnings: Vec<_> = notices.all().into_iter().filter(|notice| notice.contains("could not be saved")).collect();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
}

#[tokio::test]
async fn a_session_moves_to_another_machine_with_its_context_path() {
    let hac = Hac::with(|simulator| simulator.context_path(""));
    hac.warm_client().await;
    let there = Hac::start();
    let url = hac.simulator.url();
    let json = hac.manager().export_session(&url, "admin", "local").expect("read").expect("a session").to_json();
    let portable = hac_client::session::PortableSession::from_json(&json).expect("parsed");
    there.manager().import_session(&portable).expect("imported");
    let client = hac.builder().cache_dir(there.cache.path()).build().expect("a client");
    run(&client, "1").await.expect("a result");
    assert_eq!(hac.requests(), ["POST /console/scripting/execute 200"]);
    assert_eq!(client.session_info().expect("a session").source, SessionSource::Stored);
}

#[tokio::test]
async fn a_stored_session_goes_to_its_own_host_only() {
    let hac = Hac::start();
    hac.warm_client().await;
    let elsewhere = Foreign::answering(|_| Foreign::page("200 OK", "<title>x</title>"));
    let client = hac_client::HacClient::builder(&elsewhere.url)
        .auth_handler(BasicAuthHandler::new("admin", "nimda"))
        .cache_dir(hac.cache.path())
        .build()
        .expect("a client");
    run(&client, "1").await.expect_err("no HAC");
    let requests = elsewhere.requests.lock().expect("unpoisoned");
    assert!(!requests.is_empty());
    assert!(requests.iter().all(|request| !request.to_ascii_lowercase().contains("jsessionid")));
}

#[tokio::test]
async fn hac_that_moved_to_another_context_path_is_found_again() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    hac.simulator
        .faults()
        .always(On::path("/hac/"), Fault::Answer { status: 404, headers: vec![], body: String::new(), execute: false });
    // Not there, and nowhere else: reported, the session stays.
    assert_kind(&client.login().await.expect_err("not there"), ErrorKind::NotHac);
    assert_eq!(hac.manager().list_sessions().expect("sessions").len(), 1);
    assert!(hac.ledger().count("/") >= 2, "both usual paths are probed: {:?}", hac.requests());
    hac.simulator.faults().clear();
    run(&client, "1").await.expect("good");
    assert_eq!(hac.ledger().count(EXECUTE), 1);
}

#[tokio::test]
async fn a_session_that_someone_removed_stays_removed_whatever_an_answer_sets() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    assert_eq!(hac.manager().clear_all_sessions().expect("cleared"), 1);
    hac.simulator.faults().once(On::post(EXECUTE), Fault::SetCookie("JSESSIONID=ANOTHER; Path=/hac".into()));
    run(&client, "1").await.expect("good in memory");
    assert!(hac.manager().list_sessions().expect("sessions").is_empty());
    let client = hac.warm_client().await;
    assert_eq!(hac.manager().clear_all_sessions().expect("cleared"), 1);
    hac.simulator.faults().rotate_tokens();
    run(&client, "1").await.expect("good in memory");
    assert!(hac.manager().list_sessions().expect("sessions").is_empty(), "a token refresh brings nothing back");
}

#[tokio::test]
async fn a_session_id_that_an_answered_call_sets_is_used_and_stored() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let id = || hac.manager().list_sessions().expect("sessions").pop().expect("one").session_id.expose().to_owned();
    hac.simulator.faults().once(On::post(EXECUTE), Fault::SetCookie("JSESSIONID=ANOTHER; Path=/hac".into()));
    run(&client, "1").await.expect("a result");
    assert_eq!(id(), "ANOTHER");
    assert_eq!(hac.ledger().login_attempts(), 0);
}
