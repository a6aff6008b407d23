//! The control port, as another process sees it.

use std::io::{BufReader, Write as _};
use std::net::TcpStream;

use hac_simulator::{Simulator, SimulatorHandle};

use crate::browser::{Browser, Reply};

fn ask_as(host: &str, simulator: &SimulatorHandle, method: &str, path: &str) -> Reply {
    let url = simulator.control_url().unwrap();
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n").unwrap();
    Reply::read(&mut BufReader::new(stream), method).unwrap()
}

fn ask(simulator: &SimulatorHandle, method: &str, path: &str) -> Reply {
    ask_as("localhost", simulator, method, path)
}

fn order(simulator: &SimulatorHandle, path: &str) {
    let reply = ask(simulator, "POST", path);
    assert_eq!(reply.status, 200, "{path}: {}", reply.text());
}

fn controlled() -> SimulatorHandle {
    Simulator::builder().control().nodes(2).start().unwrap()
}

#[test]
fn the_ledger_is_read_and_cleared() {
    let simulator = controlled();
    let mut browser = Browser::admin(&simulator);
    browser.script("1");
    let summary = ask(&simulator, "GET", "/ledger/summary");
    assert_eq!(summary.text(), r#"{"requests":5,"logins":1,"login_attempts":1,"executed":1,"in_progress":0}"#);
    let entries = ask(&simulator, "GET", "/ledger").json();
    assert_eq!(entries[4]["path"], "/hac/console/scripting/execute");
    assert_eq!(entries[4]["status"], 200);
    assert_eq!(entries[4]["user"], "admin");
    assert!(entries[4]["at"].is_u64());
    order(&simulator, "/ledger/clear");
    assert_eq!(ask(&simulator, "GET", "/ledger").text(), "[]");
}

#[test]
fn sessions_and_tokens_are_ended_from_outside() {
    let simulator = controlled();
    for (path, page, script) in [
        ("/faults/rotate", 200, 405),
        ("/faults/expire", 302, 405),
        ("/faults/expire?user=admin", 302, 405),
        ("/faults/expire?user=viewer", 200, 200),
        ("/faults/forget", 302, 405),
        ("/faults/kill-node?n=1", 302, 405),
    ] {
        order(&simulator, "/faults/revive-node?n=1");
        let mut browser = Browser::new(&simulator);
        browser.cookies.insert("ROUTE".to_owned(), ".n1".to_owned());
        browser.log_in("admin", "nimda");
        browser.read_token("/");
        let cookies = browser.cookies.clone();
        order(&simulator, path);
        assert_eq!(browser.run_script("1").status, script, "{path}");
        browser.cookies = cookies;
        assert_eq!(browser.get("/").status, page, "{path}");
    }
}

#[test]
fn faults_are_registered_counted_and_cleared() {
    let simulator = controlled();
    let mut browser = Browser::new(&simulator);
    order(&simulator, "/faults/status?path=/login&status=502&times=2");
    let statuses: Vec<_> = (0..3).map(|_| browser.get("/login").status).collect();
    assert_eq!(statuses, [502, 502, 200]);
    order(&simulator, "/faults/status?path=/login&status=503");
    order(&simulator, "/faults/initializing?on=true");
    assert_eq!(browser.get("/").location(), "/hac/platform/init");
    assert_eq!(browser.get("/login").status, 503);
    order(&simulator, "/faults/clear");
    assert_eq!(browser.get("/login").status, 200);
    order(&simulator, "/faults/delay?path=/login&ms=1&times=1");
    assert_eq!(browser.get("/login").status, 200);
}

#[test]
fn a_status_can_come_after_the_execution() {
    let simulator = controlled();
    let mut browser = Browser::admin(&simulator);
    order(&simulator, "/faults/status?path=/execute&status=403&times=1&execute=true");
    assert_eq!(browser.run_script("1").status, 403);
    assert_eq!(simulator.ledger().executed(), 1);
}

#[test]
fn faults_after_the_execution_are_set_from_outside() {
    let simulator = controlled();
    for (path, status, executed) in [
        ("/faults/refuse?path=/execute&status=403&times=1", 403, 0),
        ("/faults/refuse?path=/execute&status=405&by=hac&session=true&times=1&execute=true", 405, 1),
        ("/faults/redirect?path=/execute&location=/hac/platform/init&times=1", 302, 0),
        ("/faults/redirect?path=/execute&location=/hac/platform/init&times=1&execute=true", 302, 1),
        ("/faults/reset?path=/execute&times=1", 0, 0),
        ("/faults/reset?path=/execute&times=1&execute=true", 0, 1),
    ] {
        let mut browser = Browser::admin(&simulator);
        order(&simulator, "/ledger/clear");
        order(&simulator, path);
        assert_eq!(browser.try_script("1").map_or(0, |reply| reply.status), status, "{path}");
        assert_eq!(simulator.ledger().executed(), executed, "{path}");
    }
    let mut browser = Browser::admin(&simulator);
    order(&simulator, "/faults/lose-session?path=/execute&times=1");
    browser.script("1");
    assert_eq!(browser.run_script("1").status, 405);
}

#[test]
fn what_stands_in_front_is_set_from_outside() {
    let simulator = controlled();
    let mut browser = Browser::admin(&simulator);
    for (path, status, executed) in [
        ("/faults/disable?endpoint=console.scripting", 404, 0),
        ("/faults/disable?endpoint=console.scripting&on=false", 200, 1),
        ("/faults/limit-rate?requests=0&cool_ms=60000&within_ms=1000&retry_after=5", 429, 0),
        ("/faults/limit-rate", 200, 1),
        ("/faults/filter-xss?action=reject", 400, 0),
        ("/faults/filter-xss?action=strip", 200, 1),
        ("/faults/filter-xss?action=off", 200, 1),
        ("/faults/starve?on=true", 503, 0),
        ("/faults/clear", 200, 1),
    ] {
        order(&simulator, "/ledger/clear");
        order(&simulator, path);
        assert_eq!(browser.try_script("'javascript:'").map_or(0, |reply| reply.status), status, "{path}");
        assert_eq!(simulator.ledger().executed(), executed, "{path}");
    }
    for path in ["/faults/disable", "/faults/limit-rate?requests=1", "/faults/filter-xss?action=x", "/faults/starve"] {
        assert_eq!(ask(&simulator, "POST", path).status, 400, "{path}");
    }
}

#[test]
fn distributed_imports_are_held_and_let_go_from_outside() {
    let simulator = controlled();
    let mut browser = Browser::admin(&simulator);
    let imported = |browser: &mut Browser, code: &str| {
        let query = format!("SELECT count(*) FROM {{Language}} WHERE {{isocode}} = '{code}'");
        browser.query(&[("flexibleSearchQuery", &query)]).json()["resultList"][0][0] == "1"
    };
    for (code, release) in [("xx", "/faults/hold-import-jobs?on=false"), ("yy", "/faults/clear")] {
        order(&simulator, "/faults/hold-import-jobs?on=true");
        let script = format!("INSERT Language;isocode[unique=true]\n;{code}\n");
        browser.post("/console/impex/import", &[("scriptContent", &script), ("distributedMode", "true")]);
        assert!(!imported(&mut browser, code));
        order(&simulator, release);
        while !imported(&mut browser, code) {
            std::thread::yield_now();
        }
    }
    assert_eq!(ask(&simulator, "POST", "/faults/hold-import-jobs").status, 400);
}

#[test]
fn the_gateways_limit_is_set_from_outside() {
    let simulator = controlled();
    let mut browser = Browser::admin(&simulator);
    for (path, status) in [("/faults/limit-time?ms=1", 504), ("/faults/limit-time?ms=1&cut=true", 0)] {
        order(&simulator, "/ledger/clear");
        order(&simulator, path);
        order(&simulator, "/faults/hold?path=/execute&times=1");
        assert_eq!(browser.try_script("1").map_or(0, |reply| reply.status), status, "{path}");
        order(&simulator, "/faults/release");
        while simulator.ledger().in_progress() > 0 {
            std::thread::yield_now();
        }
        assert_eq!(simulator.ledger().executed(), 1, "{path}");
    }
    order(&simulator, "/faults/limit-time");
    browser.script("1");
}

#[test]
fn an_answer_is_held_and_released_from_outside() {
    let simulator = controlled();
    let mut browser = Browser::admin(&simulator);
    order(&simulator, "/ledger/clear");
    order(&simulator, "/faults/hold?path=/execute&times=1&execute=true");
    let waiting = std::thread::spawn(move || browser.run_script("1").status);
    while simulator.faults().held() < 1 {
        std::thread::yield_now();
    }
    assert_eq!(simulator.ledger().executed(), 1);
    order(&simulator, "/faults/release");
    assert_eq!(waiting.join().unwrap(), 200);
}

#[test]
fn changes_want_post_and_pages_want_get() {
    let simulator = controlled();
    assert_eq!(ask(&simulator, "GET", "/faults/forget").status, 405);
    assert_eq!(ask(&simulator, "POST", "/ledger").status, 405);
    assert!(ask(&simulator, "GET", "/").text().contains("/faults/delay?path=&ms="));
}

#[test]
fn what_is_missing_is_named() {
    let simulator = controlled();
    let reply = ask(&simulator, "POST", "/faults/delay?path=/login");
    assert_eq!(reply.status, 400);
    assert!(reply.text().contains("ms"));
    assert_eq!(ask(&simulator, "POST", "/faults/status?path=/&status=42").status, 400);
    assert_eq!(ask(&simulator, "POST", "/faults/nothing").status, 404);
}

#[test]
fn a_foreign_host_changes_nothing() {
    let simulator = controlled();
    let mut browser = Browser::admin(&simulator);
    let reply = ask_as("example.org", &simulator, "POST", "/faults/forget");
    assert_eq!(reply.status, 421);
    assert_eq!(browser.get("/").status, 200);
}
