//! Each fault: what the client meets, and whether anything ran.

use std::io::ErrorKind;
use std::thread;
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use hac_simulator::{Fault, On, RefusedBy, Simulator, SimulatorHandle};

use crate::browser::Browser;

const EXECUTE: &str = "/console/scripting/execute";
const LOGIN: &str = "/j_spring_security_check";

/// One script against one fault: the simulator and what the browser met.
fn script_meets(fault: Fault) -> (SimulatorHandle, std::io::Result<crate::browser::Reply>) {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = Browser::admin(&simulator);
    simulator.ledger().clear();
    simulator.faults().once(On::post(EXECUTE), fault);
    let met = browser.try_script("6 * 7");
    (simulator, met)
}

fn executed(simulator: &SimulatorHandle) -> usize {
    simulator.ledger().executed()
}

fn last_status(simulator: &SimulatorHandle) -> Option<u16> {
    simulator.ledger().entries().last().unwrap().status
}

#[test]
fn a_reset_is_a_reset_and_runs_nothing_before_and_all_after() {
    for (fault, ran) in [(Fault::ResetBefore, 0), (Fault::ResetAfter, 1)] {
        let (simulator, met) = script_meets(fault);
        assert_eq!(met.err().unwrap().kind(), ErrorKind::ConnectionReset);
        assert_eq!(executed(&simulator), ran);
        assert_eq!(last_status(&simulator), None);
    }
}

#[test]
fn a_close_is_a_close_and_runs_nothing_before_and_all_after() {
    for (fault, ran) in [(Fault::CloseBefore, 0), (Fault::CloseAfter, 1)] {
        let (simulator, met) = script_meets(fault);
        assert_eq!(met.err().unwrap().kind(), ErrorKind::UnexpectedEof);
        assert_eq!(executed(&simulator), ran);
        assert_eq!(last_status(&simulator), None);
    }
}

#[test]
fn a_reset_works_through_tls_too() {
    let simulator = Simulator::builder().https().start().unwrap();
    let mut browser = Browser::admin(&simulator);
    simulator.faults().once(On::post(EXECUTE), Fault::ResetAfter);
    let met = browser.try_script("1");
    assert_eq!(met.err().unwrap().kind(), ErrorKind::ConnectionReset);
    assert_eq!(executed(&simulator), 1);
}

#[test]
fn a_cut_answer_begins_and_does_not_end() {
    for fault in [Fault::CutBody, Fault::CutChunked] {
        let simulator = Simulator::builder().start().unwrap();
        let browser = Browser::admin(&simulator);
        simulator.faults().once(On::post(EXECUTE), fault.clone());
        let form = browser.form(&[("script", "6 * 7"), ("scriptType", "javascript")]);
        let cookie = browser.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        let raw = raw_exchange(&simulator, &cookie.collect::<Vec<_>>().join("; "), &form);
        let (head, body) = raw.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"));
        assert!(body.contains("{\"executionResult\":\"42"), "{body}");
        assert!(!body.contains("stacktraceText"), "{body}");
        assert_eq!(head.contains("chunked"), fault == Fault::CutChunked);
        assert_eq!(head.contains("content-length"), fault == Fault::CutBody);
        assert_eq!(executed(&simulator), 1);
        let (_, met) = script_meets(fault);
        assert_eq!(met.err().unwrap().kind(), ErrorKind::UnexpectedEof);
    }
}

/// Everything that the server sends, to the end of the connection.
fn raw_exchange(simulator: &SimulatorHandle, cookie: &str, form: &str) -> String {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", simulator.port())).unwrap();
    write!(
        stream,
        "POST /hac{EXECUTE} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    )
    .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_delay_comes_before_or_after_the_execution() {
    let time = Duration::from_millis(40);
    for fault in [Fault::Delay(time), Fault::DelayAnswer(time)] {
        let begun = Instant::now();
        let (simulator, met) = script_meets(fault);
        assert_eq!(met.unwrap().json()["executionResult"], "42");
        assert!(begun.elapsed() >= time);
        assert_eq!(executed(&simulator), 1);
    }
}

#[test]
fn another_answer_may_come_with_or_without_the_execution() {
    for execute in [false, true] {
        let (simulator, met) = script_meets(Fault::Answer {
            status: 403,
            headers: vec![("Set-Cookie".to_owned(), "waf=1; Path=/".to_owned())],
            body: "blocked".to_owned(),
            execute,
        });
        let reply = met.unwrap();
        assert_eq!((reply.status, reply.text().as_str()), (403, "blocked"));
        assert_eq!(reply.header("set-cookie"), Some("waf=1; Path=/"));
        assert_eq!(executed(&simulator), usize::from(execute));
        assert_eq!(last_status(&simulator), Some(403));
    }
}

#[test]
fn a_firewall_may_refuse_what_hac_has_executed() {
    for status in [401, 403, 405] {
        let simulator = Simulator::builder().start().unwrap();
        let mut browser = Browser::admin(&simulator);
        let cookies = browser.cookies.clone();
        simulator.faults().once(On::post(EXECUTE), Fault::refused_after(status));
        let reply = browser.run_script("1");
        assert_eq!((reply.status, executed(&simulator)), (status, 1));
        let cookie = reply.header("set-cookie").unwrap();
        assert!(cookie.starts_with("JSESSIONID=") && cookie.contains("Path=/hac"), "{cookie}");
        assert!(!reply.text().contains("administration console"));
        assert_ne!(browser.cookies, cookies);
        browser.cookies = cookies;
        browser.script("1");
    }
}

#[test]
fn hac_refuses_in_its_own_words_before_or_after_the_execution() {
    for (status, executes) in [(401, false), (403, true), (405, true), (200, false)] {
        let fault = Fault::Refuse { status, by: RefusedBy::Hac, sets_session: true, executed: executes };
        let (simulator, met) = script_meets(fault);
        let reply = met.unwrap();
        assert_eq!((reply.status, executed(&simulator)), (status, usize::from(executes)));
        assert!(reply.header("set-cookie").unwrap().starts_with("JSESSIONID="));
        assert_eq!(reply.header("allow"), (status == 405).then_some("GET"));
        assert_eq!(reply.text().contains("administration console"), status != 405);
    }
}

#[test]
fn only_hac_knows_the_session_that_a_refusal_sets() {
    for (by, known) in [(RefusedBy::Front, false), (RefusedBy::Hac, true)] {
        let simulator = Simulator::builder().start().unwrap();
        let mut browser = Browser::admin(&simulator);
        let refusal = Fault::Refuse { status: 403, by, sets_session: true, executed: false };
        simulator.faults().once(On::post(EXECUTE), refusal);
        browser.run_script("1");
        let reply = browser.get("/login");
        assert_eq!(reply.header("set-cookie").is_none(), known, "a session that is not known is replaced");
    }
}

#[test]
fn a_refused_logout_leaves_the_session_alive() {
    for status in [200, 403, 405] {
        let simulator = Simulator::builder().start().unwrap();
        let mut browser = Browser::admin(&simulator);
        let refusal = Fault::Refuse { status, by: RefusedBy::Hac, sets_session: false, executed: false };
        simulator.faults().once(On::post("/j_spring_security_logout"), refusal);
        assert_eq!(browser.post("/j_spring_security_logout", &[]).status, status);
        browser.script("1");
        assert_eq!(browser.post("/j_spring_security_logout", &[]).status, 302);
        assert_eq!(browser.run_script("1").status, 405);
    }
}

#[test]
fn a_login_is_accepted_and_its_session_is_lost() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = Browser::new(&simulator);
    simulator.faults().once(On::post(LOGIN), Fault::LoseSession);
    let reply = browser.log_in("admin", "nimda");
    assert_eq!((reply.status, reply.location().contains("login")), (302, false));
    assert_eq!(simulator.ledger().logins(), 1);
    assert!(browser.get("/").location().contains("/login"), "the first page knows nobody");
    assert_eq!(browser.log_in("admin", "nimda").status, 302);
    assert_eq!(browser.get("/").status, 200, "the next login is kept");
}

#[test]
fn a_session_is_lost_by_the_request_that_came_with_it() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = Browser::admin(&simulator);
    let mut other = Browser::admin(&simulator);
    simulator.faults().once(On::post(EXECUTE), Fault::LoseSession);
    browser.script("1");
    assert_eq!(browser.run_script("1").status, 405);
    other.script("1");
}

#[test]
fn an_answer_may_lose_its_cookies() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = Browser::new(&simulator);
    simulator.faults().once(On::post(LOGIN), Fault::LoseCookies);
    let reply = browser.log_in("admin", "nimda");
    assert_eq!((reply.status, reply.header("set-cookie")), (302, None));
    assert_eq!(simulator.ledger().logins(), 1);
}

#[test]
fn the_answer_to_a_login_is_lost_in_each_way() {
    for fault in [Fault::ResetAfter, Fault::CloseAfter, Fault::GatewayTimeout] {
        let simulator = Simulator::builder().start().unwrap();
        let mut browser = Browser::new(&simulator);
        simulator.faults().once(On::post(LOGIN), fault.clone());
        browser.read_token("/login");
        let form = browser.form(&[("j_username", "admin"), ("j_password", "nimda")]);
        let met = browser.send("POST", &browser.below(LOGIN), Some(form));
        assert_eq!(met.map(|reply| reply.status).ok(), (fault == Fault::GatewayTimeout).then_some(504));
        assert_eq!((simulator.ledger().login_attempts(), simulator.ledger().logins()), (1, 1));
    }
}

#[test]
fn an_answer_is_held_after_the_execution() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = Browser::admin(&simulator);
    simulator.faults().once(On::post(EXECUTE), Fault::HoldAnswer);
    let waiting = thread::spawn(move || browser.script("6 * 7")["executionResult"].clone());
    while simulator.faults().held() < 1 {
        thread::yield_now();
    }
    assert_eq!(executed(&simulator), 1);
    assert!(!waiting.is_finished());
    simulator.faults().release();
    assert_eq!(waiting.join().unwrap(), "42");
}

#[test]
fn a_redirect_may_come_after_the_execution() {
    let (simulator, met) = script_meets(Fault::RedirectAfter("/hac/platform/init".to_owned()));
    let reply = met.unwrap();
    assert_eq!((reply.status, reply.location().as_str()), (302, "/hac/platform/init"));
    assert_eq!(executed(&simulator), 1);
}

#[test]
fn a_redirect_away_runs_nothing() {
    let (simulator, met) = script_meets(Fault::Redirect("https://sso.example/".to_owned()));
    let reply = met.unwrap();
    assert_eq!((reply.status, reply.location().as_str()), (302, "https://sso.example/"));
    assert_eq!(executed(&simulator), 0);
}

#[test]
fn a_cookie_comes_with_the_real_answer() {
    let (_, met) = script_meets(Fault::SetCookie("extra=1".to_owned()));
    let reply = met.unwrap();
    assert_eq!(reply.json()["executionResult"], "42");
    assert_eq!(reply.header("set-cookie"), Some("extra=1"));
}

#[test]
fn a_refused_token_leaves_session_and_token_as_they_are() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = Browser::admin(&simulator);
    simulator.faults().once(On::post(EXECUTE), Fault::RefuseToken);
    let reply = browser.run_script("1");
    assert_eq!((reply.status, reply.header("allow")), (405, Some("GET")));
    assert_eq!(reply.header("set-cookie"), None);
    assert_eq!(executed(&simulator), 0);
    browser.script("1");
}

#[test]
fn rotated_tokens_are_refused_until_a_page_was_read() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = Browser::admin(&simulator);
    simulator.faults().rotate_tokens();
    assert_eq!(browser.run_script("1").status, 405);
    browser.read_token("/");
    browser.script("1");
    assert_eq!(simulator.ledger().logins(), 1);
}

#[test]
fn only_the_named_users_session_expires() {
    let simulator = Simulator::builder().start().unwrap();
    let mut admin = Browser::admin(&simulator);
    let mut viewer = Browser::logged_in(&simulator, "viewer", "viewer");
    simulator.faults().expire_session_of("viewer");
    assert_eq!((admin.get("/").status, viewer.get("/").status), (200, 302));
}

#[test]
fn while_it_initialises_every_page_leads_to_one_and_sessions_live_on() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = Browser::admin(&simulator);
    simulator.faults().initializing(true);
    for reply in [browser.get("/"), browser.get("/login"), browser.run_script("1")] {
        assert_eq!((reply.status, reply.location().as_str()), (302, "/hac/platform/init"));
    }
    assert_eq!(browser.get("/platform/init").status, 200);
    assert_eq!(executed(&simulator), 0);
    simulator.faults().initializing(false);
    browser.script("1");
}

#[test]
fn another_body_keeps_the_status_and_the_execution() {
    let (simulator, met) = script_meets(Fault::Body("not json".to_owned()));
    let reply = met.unwrap();
    assert_eq!((reply.status, reply.text().as_str()), (200, "not json"));
    assert_eq!(executed(&simulator), 1);
}

#[test]
fn a_big_body_has_the_length_that_was_asked_for() {
    let (simulator, met) = script_meets(Fault::BigBody { bytes: 1_000_003 });
    let answer = met.unwrap().json();
    assert_eq!(answer["executionResult"].as_str().unwrap().len(), 1_000_003);
    assert_eq!(answer["stacktraceText"], "");
    assert_eq!(executed(&simulator), 1);
}

#[test]
fn a_gzip_bomb_is_small_on_the_wire() {
    let decoded_bytes = 10_000_000;
    let (simulator, met) = script_meets(Fault::GzipBomb { decoded_bytes });
    let reply = met.unwrap();
    assert_eq!(reply.header("content-encoding"), Some("gzip"));
    assert!(reply.body.len() < 100_000, "{}", reply.body.len());
    let answer: serde_json::Value = serde_json::from_reader(GzDecoder::new(reply.body.as_slice())).unwrap();
    assert_eq!(answer["executionResult"].as_str().unwrap().len() as u64, decoded_bytes);
    assert_eq!(executed(&simulator), 1);
}

#[test]
fn held_requests_wait_for_their_release_and_others_pass() {
    let simulator = Simulator::builder().start().unwrap();
    simulator.faults().always(On::get("/login"), Fault::Hold);
    let visitors: Vec<_> = (0..3)
        .map(|_| {
            let mut browser = Browser::new(&simulator);
            thread::spawn(move || browser.get("/login").status)
        })
        .collect();
    while simulator.faults().held() < 3 {
        thread::yield_now();
    }
    assert_eq!(Browser::new(&simulator).get("/").status, 302);
    assert_eq!(simulator.ledger().in_progress(), 3);
    assert!(visitors.iter().all(|visitor| !visitor.is_finished()));
    simulator.faults().clear();
    for visitor in visitors {
        assert_eq!(visitor.join().unwrap(), 200);
    }
    assert_eq!((simulator.faults().held(), simulator.ledger().in_progress()), (0, 0));
}

#[test]
fn a_client_that_leaves_does_not_stop_its_script() {
    let simulator = Simulator::builder().start().unwrap();
    let browser = Browser::admin(&simulator);
    simulator.faults().once(On::post(EXECUTE), Fault::Hold);
    let mut gone = Browser::new(&simulator);
    gone.cookies = browser.cookies.clone();
    gone.token = browser.token.clone();
    let form = gone.form(&[("script", "1"), ("scriptType", "javascript")]);
    let cookies = gone.cookies.iter().map(|(name, value)| format!("{name}={value}"));
    let cookie = cookies.collect::<Vec<_>>().join("; ");
    {
        use std::io::Write as _;
        let mut stream = gone.connect().unwrap();
        write!(
            stream,
            "POST /hac{EXECUTE} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        )
        .unwrap();
        while simulator.faults().held() < 1 {
            thread::yield_now();
        }
    }
    simulator.faults().release();
    while simulator.ledger().in_progress() > 0 {
        thread::yield_now();
    }
    assert_eq!(executed(&simulator), 1);
}

#[test]
fn a_long_script_does_not_keep_others_waiting() {
    let simulator = Simulator::builder().start().unwrap();
    let mut busy = Browser::admin(&simulator);
    let mut other = Browser::admin(&simulator);
    simulator.ledger().clear();
    let script = "let end = Date.now() + 1500; while (Date.now() < end) {}; 'late'";
    let long = thread::spawn(move || busy.script(script)["executionResult"].clone());
    while executed(&simulator) < 1 {
        thread::yield_now();
    }
    assert_eq!(other.get("/").status, 200);
    let answered = simulator.ledger().entries();
    assert_eq!(answered[0].status, None, "the script still runs");
    assert_eq!(long.join().unwrap(), "late");
}

#[test]
fn a_fault_waits_for_its_turn_and_is_used_up() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = Browser::new(&simulator);
    let faults = simulator.faults();
    let status = |status| Fault::Answer { status, headers: Vec::new(), body: String::new(), execute: false };
    faults.once(On::get("/login").skip(1), status(500));
    faults.times(2, On::path("/login"), status(502));
    faults.always(On::post("/login"), status(504));
    let met: Vec<_> = (0..5).map(|_| browser.get("/login").status).collect();
    assert_eq!(met, [502, 500, 502, 200, 200]);
    assert_eq!(browser.post("/login", &[]).status, 504);
    faults.clear();
    assert_eq!(browser.post("/login", &[]).status, 405);
}

#[test]
fn the_ledger_keeps_what_came_and_no_secret() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = Browser::admin(&simulator);
    browser.headers = vec![("X-Extra".to_owned(), "yes".to_owned())];
    browser.get("/console/scripting?a=b");
    let entries = simulator.ledger().entries();
    let login = &entries[2];
    assert_eq!((login.method.as_str(), login.path.as_str()), ("POST", "/hac/j_spring_security_check"));
    assert_eq!((login.field("j_username"), login.field("j_password")), (Some("admin"), Some("***")));
    assert_eq!((login.user.as_deref(), login.status), (Some("admin"), Some(302)));
    assert_eq!(entries[0].user, None);
    let page = entries.last().unwrap();
    assert_eq!(page.query.as_deref(), Some("a=b"));
    assert_eq!(page.header("x-extra"), Some("yes"));
    assert_eq!((page.cookies.as_slice(), page.header("cookie")), (&["JSESSIONID".to_owned()][..], Some("***")));
    assert_eq!(page.user.as_deref(), Some("admin"));
    assert!(entries.is_sorted_by_key(|entry| entry.at));
    assert_eq!(simulator.ledger().count("/console/scripting"), 1);
    let session = &browser.cookies["JSESSIONID"];
    let all = format!("{entries:?}");
    assert!(!all.contains("nimda") && !all.contains(session.as_str()));
}
