//! Answers that mean "not executed, because of the session", and those that only look like it.

use std::sync::{Arc, Mutex};

use hac_client::request::{Effect, HacAnswer, HacRequest};
use hac_client::{Commit, ErrorKind, FlexibleSearch};
use hac_simulator::{Fault, On, Refusal, Release, RoutePolicy};

use super::support::{EXECUTE, Hac, assert_kind, run};

fn answer(status: u16, body: &str, execute: bool) -> Fault {
    Fault::Answer { status, headers: vec![("Content-Type".into(), "text/html".into())], body: body.into(), execute }
}

#[tokio::test]
async fn a_rotated_token_needs_no_login_and_the_script_runs_once() {
    for release in Release::ALL {
        let hac = Hac::with(|simulator| simulator.release(release));
        let client = hac.warm_client().await;
        hac.simulator.faults().rotate_tokens();
        run(&client, "7").await.expect("a result");
        assert_eq!(hac.ledger().login_attempts(), 0, "{release}");
        assert_eq!(hac.ledger().executed_scripts(), ["7"], "{release}");
        // Refused, looked at twice before a write is sent again, and sent again.
        assert_eq!(hac.ledger().len(), 4, "{release}: {:?}", hac.requests());
        // The new token is in the cache: the next process needs one request.
        hac.ledger().clear();
        run(&hac.client(), "8").await.expect("warm");
        assert_eq!(hac.ledger().len(), 1, "{release}");
    }
}

#[tokio::test]
async fn a_session_that_ended_is_renewed_and_the_script_runs_once_on_every_release() {
    for release in Release::ALL {
        let hac = Hac::with(|simulator| simulator.release(release));
        let client = hac.warm_client().await;
        hac.simulator.faults().expire_sessions();
        run(&client, "7").await.expect("a result");
        assert_eq!(hac.ledger().logins(), 1, "{release}");
        assert_eq!(hac.ledger().executed_scripts(), ["7"], "{release}");
    }
}

#[tokio::test]
async fn a_403_after_the_script_ran_is_not_answered_by_running_it_again() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    for status in [401, 403, 405] {
        hac.ledger().clear();
        let fault = Fault::Answer {
            status,
            headers: vec![("Server".into(), "BigWall/9".into())],
            body: "<title>Blocked</title>Request blocked".into(),
            execute: true,
        };
        hac.simulator.faults().once(On::post(EXECUTE), fault);
        let error = run(&client, "7").await.expect_err("blocked");
        assert_kind(&error, ErrorKind::Forbidden);
        assert!(error.to_string().contains("Blocked") && error.to_string().contains("BigWall/9"), "{error}");
        assert!(!error.kind().may_be_resent());
        assert_eq!(hac.ledger().executed(), 1, "{status}");
        assert_eq!(hac.ledger().login_attempts(), 0, "{status}");
    }
    // The session was good all the while.
    hac.ledger().clear();
    run(&client, "8").await.expect("a result");
    assert_eq!(hac.ledger().len(), 1);
}

#[tokio::test]
async fn a_refusal_that_sets_a_session_cookie_is_sent_again_without_a_login() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let fault = Fault::Answer {
        status: 405,
        headers: vec![("Set-Cookie".into(), "JSESSIONID=ANONYMOUS; Path=/hac; HttpOnly".into())],
        body: String::new(),
        execute: false,
    };
    hac.simulator.faults().once(On::post(EXECUTE), fault.clone());
    run(&client, "7").await.expect("a result");
    assert_eq!((hac.ledger().login_attempts(), hac.ledger().executed()), (0, 1));
    // The anonymous cookie of the refusal was not taken over, here or in the cache.
    run(&hac.client(), "8").await.expect("a result");
    assert_eq!(hac.ledger().login_attempts(), 0);
    // Refused so for ever: it ends.
    hac.simulator.faults().always(On::post(EXECUTE), fault);
    hac.ledger().clear();
    let error = run(&client, "9").await.expect_err("for ever");
    assert_kind(&error, ErrorKind::Forbidden);
    assert!(hac.ledger().count(EXECUTE) <= 2, "{:?}", hac.requests());
}

#[tokio::test]
async fn a_call_is_sent_at_most_twice_however_often_it_is_refused() {
    for fault in [Fault::Redirect("/hac/login".into()), Fault::RefuseToken] {
        let hac = Hac::start();
        let client = hac.warm_client().await;
        hac.simulator.faults().always(On::post(EXECUTE), fault.clone());
        let error = run(&client, "7").await.expect_err("refused");
        assert_kind(&error, ErrorKind::Forbidden);
        assert!(hac.ledger().count(EXECUTE) <= 2, "{fault:?} {:?}", hac.requests());
        assert!(hac.ledger().login_attempts() <= 1, "{fault:?} {:?}", hac.requests());
        assert_eq!(hac.ledger().executed(), 0);
    }
}

#[tokio::test]
async fn a_login_page_in_place_of_the_answer_is_a_refusal() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let page = "<title>hybris administration console | Login</title><form action=/hac/j_spring_security_check>
        <input name=j_username><input name=j_password type=password></form>";
    hac.simulator.faults().expire_sessions();
    hac.simulator.faults().once(On::post(EXECUTE), answer(200, page, false));
    run(&client, "7").await.expect("renewed");
    assert_eq!((hac.ledger().logins(), hac.ledger().executed()), (1, 1));
}

#[tokio::test]
async fn a_result_that_quotes_a_login_form_is_not_taken_for_one() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let quoted =
        "'<form action=\"/hac/j_spring_security_check\"><input name=\"j_username\"></form> redirect_detection'";
    assert!(run(&client, quoted).await.expect("a result").contains("j_username"));
    let report = "<title>hybris administration console | ImpEx Import</title>
        <span id=\"impexResult\" data-level=\"error\" data-result=\"Import has encountered problems.\"></span>
        <div class=\"box impexResult quiet\"><pre>
        <form action=\"/hac/j_spring_security_check\"><input name=\"j_username\"/></form></pre></div>";
    hac.simulator.faults().once(On::post("/console/impex/import"), answer(200, report, true));
    hac.ledger().clear();
    let request = HacRequest::post("/console/impex/import", Effect::Write)
        .form([("scriptContent", "INSERT_UPDATE User;uid")])
        .expect_element(["impexResult"]);
    let HacAnswer::Element { attributes, .. } = client.send(&request).await.expect("the report") else {
        panic!("an element")
    };
    assert!(attributes.contains(&("data-level".into(), "error".into())));
    assert_eq!((hac.ledger().len(), hac.ledger().login_attempts()), (1, 0), "{:?}", hac.requests());
}

#[tokio::test]
async fn an_initialisation_that_begins_is_said_and_the_session_is_kept() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    hac.simulator.faults().initializing(true);
    let read = client.execute_flexiblesearch("SELECT {pk} FROM {Product}").await.expect_err("initialising");
    assert_kind(&read, ErrorKind::Initializing);
    let error = run(&client, "7").await.expect_err("initialising, as is known by now");
    assert_kind(&error, ErrorKind::Initializing);
    assert_eq!((hac.ledger().login_attempts(), hac.ledger().executed()), (0, 0));
    hac.simulator.faults().initializing(false);
    run(&client, "8").await.expect("the same session");
    assert_eq!(hac.ledger().login_attempts(), 0);
}

#[tokio::test]
async fn a_redirect_to_another_host_is_no_refusal_and_nothing_is_sent_there() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    hac.simulator
        .faults()
        .once(On::post(EXECUTE), Fault::Redirect("https://sso.example.com/login;s=SECRET?t=SECRET".into()));
    let error = run(&client, "7").await.expect_err("elsewhere");
    assert_kind(&error, ErrorKind::NotHac);
    assert!(error.to_string().contains("https://sso.example.com/login") && !format!("{error:?}").contains("SECRET"));
    assert_eq!(hac.ledger().login_attempts(), 0);
}

#[tokio::test]
async fn when_the_probe_cannot_tell_the_call_is_not_sent_again_and_the_session_stays() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    hac.simulator.faults().once(On::post(EXECUTE), answer(403, "", true));
    hac.simulator.faults().once(On::get("/hac/"), answer(503, "", false));
    let error = run(&client, "7").await.expect_err("unclear");
    assert_kind(&error, ErrorKind::Forbidden);
    assert_eq!(hac.ledger().executed(), 1);
    assert_eq!(hac.manager().list_sessions().expect("sessions").len(), 1);
}

#[tokio::test]
async fn a_missing_right_and_a_dead_session_are_distinguished_on_both_kinds_of_server() {
    for refusal in [Refusal::Forbidden403, Refusal::MethodNotAllowed405] {
        let hac = Hac::with(|simulator| simulator.knobs(move |knobs| knobs.role_refusal = refusal));
        let client = hac
            .builder()
            .auth_handler(hac_client::BasicAuthHandler::new("viewer", "viewer"))
            .build()
            .expect("a client");
        client.login().await.expect("a login");
        hac.ledger().clear();
        assert_kind(&run(&client, "1").await.expect_err("no right"), ErrorKind::Forbidden);
        assert_eq!(hac.ledger().login_attempts(), 0, "{refusal:?}");
        assert!(hac.ledger().count(EXECUTE) <= 2);
    }
}

#[tokio::test]
async fn fifty_calls_refused_together_recover_once() {
    let hac = Hac::start();
    let client = hac.builder().max_in_flight(50).build().expect("a client");
    client.login().await.expect("a login");
    hac.simulator.faults().expire_sessions();
    hac.ledger().clear();
    let calls: Vec<_> = (0..50)
        .map(|number| {
            let client = client.clone();
            tokio::spawn(async move { run(&client, &number.to_string()).await })
        })
        .collect();
    for (number, call) in calls.into_iter().enumerate() {
        assert_eq!(call.await.expect("joined").expect("a result"), number.to_string());
    }
    assert_eq!(hac.ledger().logins(), 1);
    assert_eq!(hac.ledger().executed(), 50);
    // One probe that finds the session dead, and the two ends of the login.
    assert_eq!(hac.ledger().count("/hac/"), 3, "{:?}", hac.requests());
}

#[tokio::test]
async fn the_node_is_kept_and_when_it_dies_the_session_is_renewed_on_the_other() {
    let hac = Hac::with(|simulator| simulator.nodes(2));
    let client = hac.warm_client().await;
    for number in 0..4 {
        run(&client, &number.to_string()).await.expect("a result");
    }
    let nodes: std::collections::BTreeSet<_> = hac.ledger().entries().iter().map(|entry| entry.node).collect();
    assert_eq!(nodes.len(), 1);
    let node = nodes.first().copied().expect("one");
    hac.ledger().clear();
    hac.simulator.faults().kill_node(node);
    run(&client, "'moved'").await.expect("renewed");
    assert_eq!(hac.ledger().logins(), 1);
    assert_eq!(hac.ledger().executed_scripts(), ["'moved'"]);
    hac.ledger().clear();
    run(&hac.client(), "1").await.expect("warm on the new node");
    assert_eq!(hac.ledger().len(), 1);
}

#[tokio::test]
async fn a_chosen_node_is_reached_by_its_route() {
    for node in [1, 2] {
        let hac = Hac::with(|simulator| simulator.nodes(2).knobs(|knobs| knobs.route = RoutePolicy::WithSeveralNodes));
        let client = hac.builder().route(format!(".n{node}")).build().expect("a client");
        run(&client, "1").await.expect("a result");
        assert!(hac.ledger().entries().iter().all(|entry| entry.node == node), "{:?}", hac.ledger().entries());
    }
}

#[tokio::test]
async fn who_asked_for_a_node_and_got_another_is_told() {
    let hac = Hac::with(|simulator| simulator.nodes(2).knobs(|knobs| knobs.route = RoutePolicy::WithSeveralNodes));
    for (asked, warnings) in [(".n1", 0), (".n2", 0), (".gone", 1)] {
        let told = Arc::new(Mutex::new(Vec::new()));
        let listener = Arc::clone(&told);
        let builder = hac.builder().session_persistence(false).route(asked).on_notice(move |notice| {
            if notice.is_warning() {
                listener.lock().expect("no panic").push(notice.to_string());
            }
        });
        run(&builder.build().expect("a client"), "1").await.expect("a result");
        let told = told.lock().expect("no panic").clone();
        assert_eq!(told.len(), warnings, "{asked}: {told:?}");
        assert!(told.iter().all(|text| text.contains("node .gone; the session is on .n")), "{told:?}");
    }
}

#[tokio::test]
async fn a_refused_query_is_sent_again_too() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    hac.simulator.faults().expire_sessions();
    let query = FlexibleSearch::new("SELECT {code} FROM {Product}").max_count(3).commit(Commit::No);
    let result = client.execute_flexiblesearch(query).await.expect("a result");
    assert_eq!(result.rows.len(), 3);
    assert_eq!((hac.ledger().logins(), hac.ledger().executed()), (1, 1));
}

#[tokio::test]
async fn a_login_page_with_a_403_or_a_500_is_no_proof_that_the_session_is_over() {
    let page = "<title>hybris administration console | Login</title><form action=/hac/j_spring_security_check>
        <input name=j_username><input name=j_password type=password></form>";
    for (status, kind) in [
        (401, ErrorKind::Forbidden),
        (403, ErrorKind::Forbidden),
        (405, ErrorKind::Forbidden),
        (500, ErrorKind::OutcomeUnknown),
    ] {
        let hac = Hac::start();
        let client = hac.warm_client().await;
        hac.simulator.faults().once(On::post(EXECUTE), answer(status, page, true));
        let error = run(&client, "7").await.expect_err("not resent");
        assert_kind(&error, kind);
        assert_eq!((hac.ledger().executed(), hac.ledger().login_attempts()), (1, 0), "{status}");
    }
    // As a JSP answers for a session that is over: the probe finds out, and it is renewed.
    let hac = Hac::start();
    let client = hac.warm_client().await;
    hac.simulator.faults().expire_sessions();
    hac.simulator.faults().once(On::post(EXECUTE), answer(403, page, false));
    run(&client, "8").await.expect("renewed");
    assert_eq!((hac.ledger().executed(), hac.ledger().logins()), (1, 1));
}
