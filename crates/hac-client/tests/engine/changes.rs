//! What an answer changes in the session, and what it must not.

use std::sync::{Arc, Mutex};

use hac_client::http::{HeaderMap, HeaderValue};
use hac_client::session::SessionMetadata;
use hac_client::{AuthHandler, BasicAuthHandler, Credentials, ErrorKind, Validation};
use hac_simulator::{Fault, On, RoutePolicy};

use super::support::{EXECUTE, Foreign, Hac, Notices, QUERY, assert_kind, run, session_of};

fn stored(hac: &Hac) -> SessionMetadata {
    let mut sessions = hac.manager().list_sessions().expect("sessions");
    assert_eq!(sessions.len(), 1);
    sessions.remove(0)
}

/// The names of the cookies that the last request brought.
fn cookies(hac: &Hac) -> Vec<String> {
    hac.ledger().entries().last().map(|entry| entry.cookies.clone()).unwrap_or_default()
}

fn brought(hac: &Hac, name: &str) -> bool {
    cookies(hac).iter().any(|cookie| cookie == name)
}

#[tokio::test]
async fn cookies_of_an_answered_call_go_with_the_next_one_also_in_another_process() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    hac.simulator.faults().once(On::post(EXECUTE), Fault::SetCookie("AFFINITY=blue; Path=/".into()));
    run(&client, "1").await.expect("a result");
    assert!(!brought(&hac, "AFFINITY"));
    run(&client, "2").await.expect("a result");
    assert!(brought(&hac, "AFFINITY"), "{:?}", cookies(&hac));

    // Whoever uses the session after a while keeps them for others.
    let session = stored(&hac);
    hac.manager()
        .save_session(&SessionMetadata { last_used_at: session.last_used_at - 6.0, ..session })
        .expect("saved");
    hac.simulator.faults().once(On::post(EXECUTE), Fault::SetCookie("AFFINITY=green; Path=/".into()));
    run(&hac.client(), "3").await.expect("a result");
    run(&hac.client(), "4").await.expect("a result");
    assert!(brought(&hac, "AFFINITY"), "{:?}", cookies(&hac));
    assert_eq!(hac.ledger().login_attempts(), 0);
}

#[tokio::test]
async fn cookies_of_answers_that_were_not_expected_are_dropped() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    for status in [200, 404, 500] {
        let fault = Fault::Answer {
            status,
            headers: vec![("Set-Cookie".into(), "STRAY=1; Path=/".into())],
            body: "<title>Portal</title>".into(),
            execute: false,
        };
        hac.simulator.faults().once(On::post(EXECUTE), fault);
        run(&client, "1").await.expect_err("not expected");
        run(&client, "2").await.expect("a result");
        assert!(!brought(&hac, "STRAY"), "{status}: {:?}", cookies(&hac));
    }
    assert_eq!(hac.ledger().login_attempts(), 0);
}

#[tokio::test]
async fn a_cookie_for_another_host_is_dropped_from_a_stored_session_too() {
    let hac = Hac::start();
    hac.warm_client().await;
    let client = hac.client();
    hac.simulator.faults().once(On::post(EXECUTE), Fault::SetCookie("AWAY=1; Path=/; Domain=evil.example.com".into()));
    run(&client, "1").await.expect("a result");
    run(&client, "2").await.expect("a result");
    assert!(brought(&hac, "JSESSIONID") && !brought(&hac, "AWAY"), "{:?}", cookies(&hac));
}

#[tokio::test]
async fn the_route_is_kept_for_the_life_of_the_session() {
    let hac = Hac::with(|simulator| simulator.nodes(2));
    let client = hac.warm_client().await;
    run(&client, "1").await.expect("a result");
    let node = hac.ledger().entries()[0].node;
    let other = format!("ROUTE=.n{}; Path=/", 3 - node);
    hac.simulator.faults().once(On::post(EXECUTE), Fault::SetCookie(other));
    run(&client, "2").await.expect("a result");
    run(&client, "3").await.expect("a result");
    assert!(hac.ledger().entries().iter().all(|entry| entry.node == node), "{:?}", hac.requests());
    assert_eq!(stored(&hac).route_cookie, Some(format!("ROUTE=.n{node}")));
}

#[tokio::test]
async fn a_session_id_that_an_answer_changes_is_the_one_that_is_stored() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let before = stored(&hac);
    hac.simulator.faults().once(On::post(EXECUTE), Fault::SetCookie("JSESSIONID=MOVED; Path=/hac; HttpOnly".into()));
    run(&client, "1").await.expect("a result");
    assert_eq!(stored(&hac).session_id.expose(), "MOVED");
    assert_ne!(before.session_id.expose(), "MOVED");
}

#[tokio::test]
async fn the_time_of_last_use_is_written_at_most_once_in_five_seconds() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let login = stored(&hac);
    // What is on disk tells a write from none: no touch follows a login at once.
    hac.manager().save_session(&SessionMetadata { last_used_at: 7.0, ..login.clone() }).expect("saved");
    run(&client, "1").await.expect("a result");
    assert!((stored(&hac).last_used_at - 7.0).abs() < 1.0, "{:?}", stored(&hac).last_used_at);
    // Older than five seconds, or in the future: the first call writes, the next one does not.
    for last_used_at in [login.last_used_at - 6.0, login.last_used_at + 1e6] {
        hac.manager().save_session(&SessionMetadata { last_used_at, ..login.clone() }).expect("saved");
        let client = hac.client();
        run(&client, "2").await.expect("a result");
        let touched = stored(&hac).last_used_at;
        assert!((touched - login.last_used_at).abs() < 600.0 && (touched - last_used_at).abs() > 5.0, "{touched}");
        hac.manager().save_session(&SessionMetadata { last_used_at: 7.0, ..login.clone() }).expect("saved");
        run(&client, "3").await.expect("a result");
        assert!((stored(&hac).last_used_at - 7.0).abs() < 1.0);
    }
    assert_eq!(hac.ledger().login_attempts(), 0);
}

#[tokio::test]
async fn a_session_without_a_side_file_is_under_hac_and_brings_its_route() {
    let hac = Hac::with(|simulator| simulator.knobs(|knobs| knobs.route = RoutePolicy::Always));
    hac.warm_client().await;
    let session = stored(&hac);
    let created_at = session.created_at - 1000.0;
    hac.manager().clear_all_sessions().expect("cleared");
    hac.manager().save_session(&SessionMetadata { created_at, ..session.clone() }).expect("saved");
    hac.ledger().clear();
    let client = hac.client();
    run(&client, "1").await.expect("a result");
    assert_eq!(hac.requests(), ["POST /hac/console/scripting/execute 200"]);
    assert!(session.route_cookie.is_some() && brought(&hac, "ROUTE"), "{:?}", cookies(&hac));
    let info = client.session_info().expect("a session");
    assert!((info.created_at - created_at).abs() < 0.5);
}

#[tokio::test]
async fn a_session_without_a_side_file_is_found_at_the_root_and_the_place_is_remembered() {
    let hac = Hac::with(|simulator| simulator.context_path(""));
    hac.warm_client().await;
    let session = stored(&hac);
    hac.manager().clear_all_sessions().expect("cleared");
    hac.manager().save_session(&session).expect("saved");
    hac.ledger().clear();
    let client = hac.builder().validation(Validation::Probe).build().expect("a client");
    run(&client, "1").await.expect("a result");
    assert_eq!(hac.requests(), ["GET /hac/ 404", "GET / 200", "POST /console/scripting/execute 200"]);
    hac.ledger().clear();
    run(&hac.client(), "2").await.expect("a result");
    assert_eq!(hac.requests(), ["POST /console/scripting/execute 200"]);
}

#[tokio::test]
async fn a_page_with_a_token_but_without_the_title_is_no_hac_where_the_path_was_assumed() {
    let shop = Foreign::answering(|_| Foreign::page("200 OK", "<title>My Shop</title><meta name=_csrf content=T>"));
    let (client, cache) = shop.warm_client();
    let error = client.login().await.expect_err("a shop");
    assert_kind(&error, ErrorKind::NotHac);
    assert!(error.to_string().contains("My Shop"), "{error}");
    assert_eq!(shop.asked(), ["GET /hac/"]);
    assert_eq!(hac_client::SessionManager::with_cache_dir(cache.path()).list_sessions().expect("sessions").len(), 1);
}

#[tokio::test]
async fn a_login_form_of_a_shop_at_the_root_is_no_evidence_that_the_session_is_dead() {
    let shop = Foreign::answering(|request| {
        if request.starts_with("GET /hac/") {
            return Foreign::page("404 Not Found", "");
        }
        Foreign::page(
            "200 OK",
            "<title>My Shop</title><form action=/j_spring_security_check><input name=j_username></form>",
        )
    });
    let (client, _cache) = shop.warm_client();
    assert_kind(&client.login().await.expect_err("a shop"), ErrorKind::NotHac);
    assert_eq!(shop.asked(), ["GET /hac/", "GET /"]);
}

#[tokio::test]
async fn a_stored_session_of_another_node_is_not_used_but_replaced() {
    let hac = Hac::with(|simulator| simulator.nodes(2));
    let client = |node: usize| hac.builder().route(format!(".n{node}")).build().expect("a client");
    run(&client(1), "1").await.expect("a result");
    hac.ledger().clear();
    run(&client(2), "2").await.expect("a result");
    assert_eq!(hac.ledger().logins(), 1);
    assert!(hac.ledger().entries().iter().all(|entry| entry.node == 2), "{:?}", hac.requests());
    hac.ledger().clear();
    run(&client(2), "3").await.expect("a result");
    assert_eq!(hac.ledger().len(), 1, "the stored one fits now: {:?}", hac.requests());
}

#[tokio::test]
async fn a_warm_session_works_without_an_explicit_context_path_setting_and_with_one() {
    let hac = Hac::with(|simulator| simulator.context_path("/hac_admin"));
    let client = || hac.builder().context_path("/hac_admin").build().expect("a client");
    client().login().await.expect("a login");
    let session = stored(&hac);
    hac.manager().clear_all_sessions().expect("cleared");
    hac.manager().save_session(&session).expect("saved");
    hac.ledger().clear();
    run(&client(), "1").await.expect("a result");
    assert_eq!(hac.requests(), ["POST /hac_admin/console/scripting/execute 200"]);
}

/// Gives the passwords one after the other, the last one for ever.
struct Passwords(Mutex<Vec<&'static str>>);

impl AuthHandler for Passwords {
    fn username(&self) -> &'static str {
        "admin"
    }

    fn credentials(&self) -> hac_client::Result<Option<Credentials>> {
        let mut passwords = self.0.lock().expect("unpoisoned");
        let password = if passwords.len() > 1 { passwords.remove(0) } else { passwords[0] };
        Ok(Some(Credentials::new("admin", password)))
    }

    fn apply(&self, headers: &mut HeaderMap) {
        headers.insert("x-asked-by", HeaderValue::from_static("the handler"));
    }
}

#[tokio::test]
async fn credentials_that_changed_are_posted_and_those_that_were_refused_before_them_too() {
    let hac = Hac::start();
    let handler = Passwords(Mutex::new(vec!["wrong", "wrong", "nimda", "wrong"]));
    let client = hac.builder().auth_handler(handler).session_persistence(false).build().expect("a client");
    assert_kind(&run(&client, "1").await.expect_err("wrong"), ErrorKind::BadCredentials);
    assert_kind(&run(&client, "1").await.expect_err("the same"), ErrorKind::BadCredentials);
    assert_eq!(hac.ledger().login_attempts(), 1);
    run(&client, "1").await.expect("others");
    assert_eq!(hac.ledger().login_attempts(), 2);
    hac.simulator.faults().expire_sessions();
    assert_kind(&run(&client, "1").await.expect_err("wrong"), ErrorKind::BadCredentials);
    assert_eq!(hac.ledger().login_attempts(), 3, "a login that succeeded in between ends the refusal");
    assert_kind(&run(&client, "1").await.expect_err("the same"), ErrorKind::BadCredentials);
    assert_eq!(hac.ledger().login_attempts(), 3);
}

#[tokio::test]
async fn the_auth_handler_adds_its_headers_to_every_request() {
    let hac = Hac::start();
    let client = hac.builder().auth_handler(Passwords(Mutex::new(vec!["nimda"]))).build().expect("a client");
    run(&client, "1").await.expect("a result");
    client.check().await.expect("an answer");
    client.logout().await.expect("logged out");
    assert_eq!(hac.ledger().len(), 7);
    assert!(hac.ledger().entries().iter().all(|entry| entry.header("x-asked-by") == Some("the handler")));
}

#[tokio::test]
async fn an_explicit_login_in_place_of_a_dead_session_probes_it_once() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    hac.simulator.faults().expire_sessions();
    client.login().await.expect("renewed");
    assert_eq!(hac.ledger().len(), 5, "{:?}", hac.requests());
}

#[tokio::test]
async fn fifty_calls_with_an_old_token_ask_for_the_new_one_once() {
    let hac = Hac::start();
    let client = hac.builder().max_in_flight(50).build().expect("a client");
    client.login().await.expect("a login");
    hac.simulator.faults().rotate_tokens();
    hac.ledger().clear();
    let old = hac.simulator.faults();
    old.times(50, On::post(QUERY), Fault::Hold);
    let calls: Vec<_> = (0..50)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.execute_flexiblesearch("SELECT {code} FROM {Product}").await })
        })
        .collect();
    while old.held() < 50 {
        tokio::task::yield_now().await;
    }
    old.release();
    for call in calls {
        assert_eq!(call.await.expect("joined").expect("a result").rows.len(), 50);
    }
    assert_eq!((hac.ledger().count("/hac/"), hac.ledger().login_attempts()), (1, 0));
}

#[tokio::test]
async fn cold_calls_of_one_client_without_a_cache_share_one_login() {
    let hac = Hac::start();
    let client = hac.builder().session_persistence(false).max_in_flight(20).build().expect("a client");
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { run(&client, "1").await })
        })
        .collect();
    for call in calls {
        call.await.expect("joined").expect("a result");
    }
    assert_eq!(hac.ledger().logins(), 1);
}

/// Does something when it is asked for credentials: between the look at the cache and the lock.
struct Meanwhile<F>(F);

impl<F: Fn() + Send + Sync> AuthHandler for Meanwhile<F> {
    fn username(&self) -> &'static str {
        "admin"
    }

    fn credentials(&self) -> hac_client::Result<Option<Credentials>> {
        (self.0)();
        Ok(Some(Credentials::new("admin", "nimda")))
    }
}

#[tokio::test]
async fn an_auth_handler_that_hangs_holds_up_neither_the_runtime_nor_other_clients() {
    let hac = Hac::start();
    let (asked, mut waits) = tokio::sync::mpsc::unbounded_channel();
    let (answer, answered) = std::sync::mpsc::channel::<()>();
    let answered = Mutex::new(answered);
    let handler = Meanwhile(move || {
        asked.send(()).expect("the test waits");
        answered.lock().expect("unpoisoned").recv().expect("an answer");
    });
    let slow = hac.builder().auth_handler(handler).build().expect("a client");
    let call = tokio::spawn(async move { run(&slow, "'slow'").await });
    waits.recv().await.expect("asked");
    run(&hac.client(), "'quick'").await.expect("nobody holds the lock");
    assert_eq!(hac.ledger().logins(), 1);
    answer.send(()).expect("it waits");
    call.await.expect("joined").expect("a result");
    assert_eq!(hac.ledger().logins(), 1, "the session of the other one is taken");
    assert_eq!(hac.ledger().executed_scripts(), ["'quick'", "'slow'"]);
}

#[tokio::test]
async fn refused_again_is_forbidden_after_a_login_and_the_end_of_a_session_that_was_taken_over_unproven() {
    let hac = Hac::start();
    let first = hac.warm_client().await;
    hac.simulator.faults().always(On::post(EXECUTE), Fault::Redirect("/hac/login".into()));
    let error = run(&first, "1").await.expect_err("twice");
    assert_kind(&error, ErrorKind::Forbidden);
    assert!(error.to_string().contains("just confirmed"), "{error}");
    assert_eq!((hac.ledger().count(EXECUTE), hac.ledger().logins()), (2, 1));
}

#[tokio::test]
async fn a_second_refusal_on_a_renewed_session_does_not_claim_that_the_session_is_valid() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    hac.simulator.faults().expire_sessions();
    let refused = Fault::Answer { status: 405, headers: vec![], body: String::new(), execute: false };
    hac.simulator.faults().always(On::post(EXECUTE), refused);
    let error = run(&client, "1").await.expect_err("twice");
    assert_kind(&error, ErrorKind::Forbidden);
    assert!(error.to_string().contains("the request was refused twice"), "{error}");
    assert!(!error.to_string().contains("still valid"), "{error}");
    assert!(error.hint().expect("a hint").to_string().contains("sessions end within moments"), "{error:?}");
    assert_eq!((hac.ledger().count(EXECUTE), hac.ledger().logins()), (2, 1));
}

#[tokio::test]
async fn a_session_that_was_taken_over_unproven_and_refused_has_ended_unless_the_probe_says_otherwise() {
    let cookie = ("Set-Cookie".into(), "JSESSIONID=ANONYMOUS; Path=/hac".into());
    let refused = Fault::Answer { status: 405, headers: vec![cookie], body: String::new(), execute: false };
    for (fault, kind) in
        [(Fault::Redirect("/hac/login".into()), ErrorKind::SessionEnded), (refused, ErrorKind::Forbidden)]
    {
        let hac = Hac::start();
        hac.warm_client().await;
        hac.simulator.faults().always(On::post(EXECUTE), fault);
        // Another one logs in, slowly; whoever waits for it takes its session over without a probe.
        hac.simulator.faults().expire_sessions();
        hac.simulator.faults().once(On::get("/hac/login"), Fault::Hold);
        let other = hac.client();
        let login = tokio::spawn(async move { other.login().await });
        while hac.simulator.faults().held() < 1 {
            tokio::task::yield_now().await;
        }
        let notices = Notices::default();
        let second = notices.of(hac.builder()).build().expect("a client");
        let call = tokio::spawn(async move { run(&second, "1").await });
        while !notices.all().iter().any(|notice| notice.starts_with("waiting")) {
            tokio::task::yield_now().await;
        }
        hac.ledger().clear();
        hac.simulator.faults().release();
        login.await.expect("joined").expect("a login");
        let error = call.await.expect("joined").expect_err("refused again");
        assert_kind(&error, kind);
        assert_eq!((hac.ledger().count(EXECUTE), hac.ledger().logins()), (1, 1));
        assert_eq!(notices.all().iter().filter(|notice| notice.starts_with("waiting")).count(), 1);
    }
}

#[tokio::test]
async fn refusals_without_end_on_a_stored_session_are_sent_twice_and_probed_once() {
    let hac = Hac::start();
    hac.warm_client().await;
    let fault = Fault::Answer {
        status: 405,
        headers: vec![("Set-Cookie".into(), "JSESSIONID=ANONYMOUS; Path=/hac".into())],
        body: String::new(),
        execute: false,
    };
    hac.simulator.faults().always(On::post(EXECUTE), fault);
    let error = run(&hac.client(), "1").await.expect_err("for ever");
    assert_kind(&error, ErrorKind::Forbidden);
    assert_eq!(
        hac.requests(),
        ["POST /hac/console/scripting/execute 405", "GET /hac/ 200", "POST /hac/console/scripting/execute 405"]
    );
}

#[tokio::test]
async fn a_wrong_password_of_an_earlier_process_does_not_stop_the_next_one() {
    let hac = Hac::start();
    let wrong = || hac.builder().auth_handler(BasicAuthHandler::new("admin", "wrong")).build().expect("a client");
    for attempts in 1..3 {
        assert_kind(&run(&wrong(), "1").await.expect_err("wrong"), ErrorKind::BadCredentials);
        assert_eq!(hac.ledger().login_attempts(), attempts);
    }
    run(&hac.client(), "1").await.expect("the right one");
}

#[tokio::test]
async fn a_password_that_was_refused_while_this_one_was_asked_for_is_not_posted_again() {
    let hac = Arc::new(Hac::start());
    let other = Arc::clone(&hac);
    let runtime = tokio::runtime::Handle::current();
    let handler = Meanwhile(move || {
        let wrong = other.builder().auth_handler(BasicAuthHandler::new("admin", "wrong")).build().expect("a client");
        runtime.block_on(run(&wrong, "1")).expect_err("refused");
    });
    let client = hac.builder().auth_handler(handler).build().expect("a client");
    let error = run(&client, "1").await.expect_err("not posted");
    assert_kind(&error, ErrorKind::BadCredentials);
    assert!(error.hint().expect("a hint").to_string().contains("another process"), "{error:?}");
    assert_eq!(hac.ledger().login_attempts(), 1);
}

#[tokio::test]
async fn an_auth_handler_that_panics_is_an_error_of_the_call() {
    let hac = Hac::start();
    let client = hac.builder().auth_handler(Meanwhile(|| panic!("no password"))).build().expect("a client");
    let error = run(&client, "1").await.expect_err("failed");
    assert_eq!(error.kind(), ErrorKind::Config, "{error:?}");
    assert_eq!(hac.ledger().login_attempts(), 0);
}

#[tokio::test]
async fn a_context_path_that_moved_is_where_the_session_is_dead_and_renewed() {
    let hac = Hac::with(|simulator| simulator.context_path(""));
    hac.manager().save_session(&session_of(&hac.simulator.url())).expect("saved");
    let client = hac.builder().validation(Validation::Probe).build().expect("a client");
    run(&client, "1").await.expect("a result");
    assert_eq!(hac.ledger().logins(), 1);
    assert!(client.session_info().expect("a session").context_path.is_root());
}
