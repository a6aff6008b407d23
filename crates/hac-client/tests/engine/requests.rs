//! Requests to any page, and how each answer is judged that is not the expected one.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hac_client::request::{Effect, HacAnswer, HacRequest};
use hac_client::{BasicAuthHandler, ErrorKind, FlexibleSearch, HacClient};
use hac_simulator::{Fault, On};

use super::support::{EXECUTE, Foreign, Hac, Notices, QUERY, assert_kind, out_of_time, run};

const CONSOLE: &str = "<title>hybris administration console</title><meta name=_csrf content=STORED-TOKEN>";

fn answer(status: u16, headers: &[(&str, &str)], body: &str, execute: bool) -> Fault {
    let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    Fault::Answer { status, headers, body: body.into(), execute }
}

fn json(text: &str) -> Fault {
    answer(200, &[("Content-Type", "application/json")], text, false)
}

#[tokio::test]
async fn a_get_has_its_query_and_no_token_and_a_post_has_its_type_and_the_token() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    hac.simulator.faults().times(2, On::path("/monitoring/cache"), json(r#"{"a":1}"#));
    let get = HacRequest::get("/monitoring/cache").query("region=x&all=1").expect_json(["a"]);
    assert_eq!(client.send(&get).await.expect("an answer"), HacAnswer::Json(serde_json::json!({"a": 1})));
    let post = HacRequest::post("/monitoring/cache", Effect::Write).body("text/plain", "hello");
    client.send(&post).await.expect("an answer");
    let entries = hac.ledger().entries();
    assert_eq!(entries[0].query.as_deref(), Some("region=x&all=1"));
    assert_eq!((entries[0].header("x-csrf-token"), entries[0].header("content-type")), (None, None));
    assert!(entries[1].header("x-csrf-token").is_some());
    assert_eq!(entries[1].header("content-type"), Some("text/plain"));
}

#[tokio::test]
async fn a_request_gets_what_it_expects_or_an_error() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    hac.simulator.faults().always(On::path("/monitoring/cache"), json(r#"{"a":1}"#));
    let request = HacRequest::get("/monitoring/cache").expect_json(["a", "b"]);
    let error = client.send(&request).await.expect_err("a key is missing");
    assert_kind(&error, ErrorKind::Protocol);
    assert!(error.to_string().contains("\"b\""), "{error}");
    let page = "<title>hybris administration console</title><p id=other>x</p>";
    hac.simulator.faults().clear();
    hac.simulator.faults().always(On::path("/monitoring/cache"), answer(200, &[], page, true));
    for (effect, words) in [(Effect::Write, "may have been executed"), (Effect::Read, "not supported yet")] {
        let request = HacRequest::post("/monitoring/cache", effect).expect_element(["wanted"]);
        let error = client.send(&request).await.expect_err("another element");
        assert_kind(&error, ErrorKind::Protocol);
        assert!(error.hint().expect("a hint").to_string().contains(words), "{error:?}");
    }
    let request = HacRequest::get("/monitoring/cache").expect_element(["wanted", "other"]);
    assert!(matches!(client.send(&request).await, Ok(HacAnswer::Element { text, .. }) if text == "x"));
}

#[tokio::test]
async fn what_is_no_path_below_the_context_path_is_a_usage_error_and_nothing_is_sent() {
    let hac = Hac::start();
    for path in ["console", "/a?b=c", "/a#b", "/a b", "/a\\b", ""] {
        let error = hac.client().send(&HacRequest::get(path)).await.expect_err(path);
        assert_kind(&error, ErrorKind::Usage);
    }
    assert!(hac.ledger().is_empty());
}

#[tokio::test]
async fn the_expected_text_under_a_status_of_failure_is_not_the_expected_answer() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let body = r#"{"executionResult":"1","outputText":"","stacktraceText":""}"#;
    for (status, kind) in [
        (400, ErrorKind::Rejected),
        (404, ErrorKind::Rejected),
        (500, ErrorKind::OutcomeUnknown),
        (503, ErrorKind::OutcomeUnknown),
    ] {
        hac.simulator.faults().once(On::post(EXECUTE), answer(status, &[], body, false));
        assert_kind(&run(&client, "1").await.expect_err("a failure"), kind);
    }
    assert_eq!(hac.ledger().count(EXECUTE), 4);
}

#[tokio::test]
async fn a_firewall_that_sets_cookies_or_a_location_on_its_403_does_not_make_the_script_run_again() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    for header in [("Set-Cookie", "WALL=1; Path=/"), ("Set-Cookie", "XJSESSIONID=1"), ("Location", "/hac/login")] {
        hac.ledger().clear();
        hac.simulator.faults().once(On::post(EXECUTE), answer(403, &[header], "blocked", true));
        let error = run(&client, "1").await.expect_err("blocked");
        assert_kind(&error, ErrorKind::Forbidden);
        assert_eq!((hac.ledger().executed(), hac.ledger().login_attempts()), (1, 0), "{header:?}");
    }
}

#[tokio::test]
async fn a_403_with_a_truncated_page_is_still_suspicious() {
    let cut = Foreign::answering(|request| {
        if request.starts_with("GET ") {
            return Foreign::page("200 OK", CONSOLE);
        }
        "HTTP/1.1 403 Forbidden\r\nServer: Wall\r\nContent-Length: 1000\r\nConnection: close\r\n\r\n<title>".into()
    });
    let (client, _cache) = cut.warm_client();
    let error = run(&client, "1").await.expect_err("blocked");
    assert_kind(&error, ErrorKind::Forbidden);
    assert!(error.to_string().contains("Wall"), "{error}");
    assert_eq!(cut.asked(), ["POST /hac/console/scripting/execute", "GET /hac/"]);
}

#[tokio::test]
async fn secrets_that_an_answer_repeats_are_cut_out_of_the_error() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let session = hac.manager().list_sessions().expect("sessions").remove(0);
    let (id, token) = (session.session_id.expose(), session.csrf_token.expose());
    let page = format!("<title>Bad {token}</title>Cookie: JSESSIONID={id} {token} was wrong");
    for status in [200, 400, 403, 500] {
        hac.simulator.faults().once(On::post(EXECUTE), answer(status, &[], &page, false));
        let error = run(&client, "1").await.expect_err("an error");
        let all = format!("{error} {error:?} {:?}", error.hint());
        assert!(all.contains("was wrong") && !all.contains(id) && !all.contains(token), "{all}");
    }
}

#[tokio::test]
async fn what_does_not_speak_http_leaves_the_outcome_of_a_write_unknown() {
    let odd = Foreign::answering(|_| "SSH-2.0-OpenSSH_9.9\r\n".into());
    let (client, _cache) = odd.warm_client();
    let error = run(&client, "1").await.expect_err("no HTTP");
    assert_kind(&error, ErrorKind::OutcomeUnknown);
    let error = client.execute_flexiblesearch("SELECT {pk} FROM {Product}").await.expect_err("no HTTP");
    assert_kind(&error, ErrorKind::NotHac);
    assert!(error.hint().expect("a hint").to_string().contains("https://"), "{error:?}");
    assert_eq!(odd.count(), 2);
}

#[tokio::test]
async fn a_read_that_was_lost_and_then_refused_is_still_renewed() {
    let hac = Hac::start();
    hac.warm_client().await;
    let notices = Notices::default();
    let client = notices.of(hac.builder()).build().expect("a client");
    hac.simulator.faults().expire_sessions();
    hac.simulator.faults().once(On::post(QUERY), Fault::ResetBefore);
    hac.simulator.faults().once(On::post(QUERY), Fault::Redirect("/hac/login".into()));
    let result = client.execute_flexiblesearch("SELECT {code} FROM {Product}").await.expect("a result");
    assert_eq!((result.rows.len(), hac.ledger().logins(), hac.ledger().count(QUERY)), (50, 1, 3));
    assert!(notices.all().iter().any(|notice| notice.starts_with("sending a read again: the connection was closed")));
}

#[tokio::test]
async fn a_read_that_broke_off_begins_anew() {
    const PAGE: &str = "<p id=wanted>x</p>";
    const TEXT: &str = r#"{"a":[1,2,3]}"#;
    for (request, whole) in
        [(HacRequest::get("/x").expect_json(["a"]), TEXT), (HacRequest::get("/x").expect_element(["wanted"]), PAGE)]
    {
        let times = AtomicUsize::new(0);
        let cut = Foreign::answering(move |_| {
            if times.fetch_add(1, Ordering::Relaxed) == 0 {
                return format!("HTTP/1.1 200 OK\r\nContent-Length: 500\r\nConnection: close\r\n\r\n{}", &whole[..9]);
            }
            Foreign::page("200 OK", whole)
        });
        let (client, _cache) = cut.warm_client();
        match client.send(&request).await.expect("an answer") {
            HacAnswer::Json(value) => assert_eq!(value, serde_json::json!({"a": [1, 2, 3]})),
            HacAnswer::Element { page, .. } => assert_eq!(page, PAGE),
            other => panic!("{other:?}"),
        }
        assert_eq!(cut.count(), 2);
    }
}

#[tokio::test]
async fn the_limit_of_forms_is_named_for_large_forms_only() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    hac.simulator.faults().always(On::post("/x"), answer(400, &[], "no", false));
    let long = "x".repeat(3 << 20);
    for (request, named) in [
        (HacRequest::post("/x", Effect::Write).form([("a", "b")]), false),
        (HacRequest::post("/x", Effect::Write).body("text/plain", long.as_str()), false),
        (HacRequest::post("/x", Effect::Write).form([("a", long.as_str())]), true),
    ] {
        let error = client.send(&request).await.expect_err("declined");
        assert_kind(&error, ErrorKind::Rejected);
        assert_eq!(error.hint().expect("a hint").to_string().contains("maxPostSize"), named, "{error:?}");
    }
}

#[tokio::test]
async fn a_page_may_have_8_mebibytes_and_a_larger_one_is_said_to_be_executed() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    for (size, kind) in [(7 << 20, None), (9 << 20, Some(ErrorKind::TooLarge))] {
        let page = format!("<p id=impexResult>{}</p>", "y".repeat(size));
        hac.simulator.faults().once(On::post("/x"), answer(200, &[], &page, true));
        let request = HacRequest::post("/x", Effect::Write).expect_element(["impexResult"]);
        match (client.send(&request).await, kind) {
            (Ok(_), None) => {}
            (Err(error), Some(kind)) => {
                assert_kind(&error, kind);
                assert!(error.to_string().contains("8 MiB; the request was executed"), "{error}");
            }
            (other, _) => panic!("{size}: {:?}", other.map(|_| ())),
        }
    }
}

#[tokio::test]
async fn a_login_page_without_an_end_is_read_up_to_a_limit() {
    let endless = Foreign::holding(|_| {
        format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<title>Endless</title>{}", "<p>x".repeat(9 << 18))
    });
    let client = endless.builder("/hac").timeout(Some(Duration::from_secs(20))).build().expect("a client");
    let error = client.login().await.expect_err("no HAC");
    assert_kind(&error, ErrorKind::NotHac);
    assert!(error.to_string().contains("Endless"), "{error}");
}

#[tokio::test]
async fn an_answer_that_stalls_is_abandoned() {
    let stuck = Foreign::holding(|_| "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"a".into());
    let (_, cache) = stuck.warm_client();
    let client = HacClient::builder(&stuck.url)
        .auth_handler(BasicAuthHandler::new("admin", "nimda"))
        .cache_dir(cache.path())
        .validation(hac_client::Validation::OnUse)
        .timeout(Some(Duration::from_secs(20)))
        .build()
        .expect("a client");
    let writer = client.clone();
    let write = async move { run(&writer, "1").await };
    let error = out_of_time(write, || stuck.count() == 1).await.expect_err("stuck");
    assert_kind(&error, ErrorKind::OutcomeUnknown);
    let read = async move { client.send(&HacRequest::get("/x")).await };
    let error = out_of_time(read, || stuck.count() == 2).await.expect_err("stuck");
    assert_kind(&error, ErrorKind::Timeout);
    assert_eq!(stuck.count(), 2);
}

#[tokio::test]
async fn the_node_is_named_where_a_script_may_still_be_running() {
    let hac = Hac::with(|simulator| simulator.nodes(2));
    let client = hac.warm_client().await;
    hac.simulator.faults().once(On::post(EXECUTE), Fault::ResetAfter);
    let error = run(&client, "1").await.expect_err("lost");
    assert_kind(&error, ErrorKind::OutcomeUnknown);
    let node = hac.ledger().entries()[0].node;
    assert!(error.to_string().contains(&format!("(node .n{node})")), "{error}");
}

#[tokio::test]
async fn an_initialisation_found_during_a_call_is_reported_for_that_call() {
    for (refusal, kind) in [
        (Fault::Redirect("/hac/login".into()), ErrorKind::Initializing),
        // Whatever answers 405 may do so after the script ran, and this script may have begun it.
        (answer(405, &[], "", false), ErrorKind::OutcomeUnknown),
    ] {
        let hac = Hac::start();
        let client = hac.warm_client().await;
        hac.simulator.faults().once(On::post(EXECUTE), refusal);
        hac.simulator.faults().always(On::get("/hac/"), Fault::Redirect("/hac/platform/init".into()));
        let error = run(&client, "1").await.expect_err("initialising");
        assert_kind(&error, kind);
        assert!(error.to_string().contains("run the script"), "{error}");
        assert_eq!((hac.ledger().login_attempts(), hac.ledger().executed()), (0, 0));
        assert_eq!(hac.manager().list_sessions().expect("sessions").len(), 1);
    }
}

#[tokio::test]
async fn an_initialisation_under_another_path_is_none_of_hac() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    hac.simulator.faults().once(On::post(EXECUTE), Fault::Redirect("/shop/platform/init".into()));
    assert_kind(&run(&client, "1").await.expect_err("elsewhere"), ErrorKind::NotHac);
}

#[tokio::test]
async fn a_session_without_the_right_to_the_first_page_is_alive_after_a_403() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let page = "<title>hybris administration console | Forbidden</title>";
    hac.simulator.faults().once(On::post(EXECUTE), answer(403, &[], page, false));
    hac.simulator.faults().always(On::get("/hac/"), answer(403, &[], page, false));
    let error = run(&client, "1").await.expect_err("no right");
    assert_kind(&error, ErrorKind::Forbidden);
    assert!(error.to_string().contains("the session is still valid"), "{error}");
}

#[tokio::test]
async fn a_client_has_eight_calls_in_flight_by_default() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    hac.simulator.faults().always(On::post(EXECUTE), Fault::Hold);
    let calls: Vec<_> = (0..12)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { run(&client, "1").await })
        })
        .collect();
    while hac.simulator.faults().held() < 8 {
        tokio::task::yield_now().await;
    }
    for _ in 0..50 {
        tokio::task::yield_now().await;
        assert_eq!(hac.simulator.faults().held(), 8);
    }
    hac.simulator.faults().clear();
    hac.simulator.faults().release();
    for call in calls {
        call.await.expect("joined").expect("a result");
    }
}

#[tokio::test]
async fn a_stored_session_is_probed_by_default() {
    let hac = Hac::start();
    hac.warm_client().await;
    let client = HacClient::builder(hac.simulator.url())
        .auth_handler(BasicAuthHandler::new("admin", "nimda"))
        .cache_dir(hac.cache.path())
        .audit(hac.records.audit())
        .build()
        .expect("a client");
    run(&client, "1").await.expect("a result");
    assert_eq!(hac.requests(), ["GET /hac/ 200", "POST /hac/console/scripting/execute 200"]);
}

#[tokio::test]
async fn settings_that_contradict_each_other_or_the_client_are_refused() {
    let hac = Hac::start();
    let refused = |builder: hac_client::HacClientBuilder| {
        let error = builder.build().expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Config);
        error.to_string()
    };
    for name in ["Cookie", "Host", "Content-Length", "Transfer-Encoding", "Content-Type"] {
        assert!(refused(hac.builder().header(name, "x")).contains("set by the client itself"), "{name}");
    }
    assert!(refused(hac.builder().gate("a:b", "c")).contains("colon"));
    let url = format!("{}/hac", hac.simulator.url());
    let builder =
        HacClient::builder(url).auth_handler(BasicAuthHandler::new("admin", "nimda")).session_persistence(false);
    assert!(refused(builder.context_path("/other")).contains("/other"));
    for url in ["http://admin@h", "http://h/?a", "http://h/#a", "ftp://h"] {
        refused(HacClient::builder(url).auth_handler(BasicAuthHandler::new("admin", "nimda")));
    }
    assert!(hac.ledger().is_empty());
}

#[tokio::test]
async fn queries_are_judged_like_scripts() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let login = "<title>hybris administration console | Login</title><form action=/hac/j_spring_security_check>
        <input name=j_username></form>";
    let query = FlexibleSearch::new("SELECT {code} FROM {Product}");
    hac.simulator.faults().once(On::post(QUERY), answer(200, &[], login, false));
    assert_eq!(client.execute_flexiblesearch(query.clone()).await.expect("renewed").rows.len(), 50);
    for (body, kind, words) in [
        ("<title>Portal</title>Please accept", ErrorKind::NotHac, "Please accept"),
        (r#"{"headers":["a"],"resultList":[["1"#, ErrorKind::Protocol, "is incomplete"),
        (r#"{"headers":["a"]}"#, ErrorKind::Protocol, "neither"),
        (r#"{"headers":"a","resultList":[]}"#, ErrorKind::Protocol, "an unexpected structure"),
        (r#"{"headers" "#, ErrorKind::Protocol, "is incomplete"),
    ] {
        hac.simulator.faults().once(On::post(QUERY), answer(200, &[], body, false));
        let error = client.execute_flexiblesearch(query.clone()).await.expect_err(body);
        assert_kind(&error, kind);
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn a_list_is_an_answer_where_it_is_expected_and_a_login_page_never_is() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let request = HacRequest::get("/monitoring/cronjobs/data").expect_json_list();
    let Ok(HacAnswer::Json(jobs)) = client.send(&request).await else { panic!("a list") };
    assert!(jobs.as_array().is_some_and(|jobs| !jobs.is_empty()), "{jobs}");
    let login = "<title>hybris administration console | Login</title><form action=/hac/j_spring_security_check>\
                 <input name=j_username></form>";
    hac.ledger().clear();
    hac.simulator.faults().once(On::path("/data"), json(login));
    client.send(&request).await.expect("renewed");
    assert_eq!(hac.ledger().count("/data"), 2);
    for (body, kind) in [("{}", ErrorKind::NotHac), ("[1", ErrorKind::Protocol), ("7", ErrorKind::NotHac)] {
        hac.simulator.faults().once(On::path("/data"), json(body));
        assert_kind(&client.send(&request).await.expect_err(body), kind);
    }
}
