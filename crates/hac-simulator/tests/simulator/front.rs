//! What stands in front of the pages: switched-off endpoints, the gateway's limits, the filter for markup; and a server without threads.

use std::io::ErrorKind;
use std::thread;
use std::time::Duration;

use hac_simulator::{Fault, GatewayEnd, GatewayLimit, On, RateLimit, Simulator, SimulatorHandle, XssFilter};

use crate::browser::Browser;

const EXECUTE: &str = "/console/scripting/execute";
/// Longer than any test runs.
const LONG: Duration = Duration::from_secs(3600);

fn settled(simulator: &SimulatorHandle) {
    while simulator.ledger().in_progress() > 0 {
        thread::yield_now();
    }
}

#[test]
fn a_switched_off_endpoint_is_not_found_by_anybody() {
    let simulator = Simulator::builder().disable_endpoint("platform.init").start().unwrap();
    let mut browser = Browser::admin(&simulator);
    for path in ["/platform/init", "/platform/init/data"] {
        assert_eq!(browser.get(path).status, 404, "{path}");
        assert_eq!(Browser::new(&simulator).get(path).status, 404, "{path}");
    }
    assert_eq!(browser.post("/platform/init/execute", &[]).status, 404);
    assert_eq!(browser.get("/platform/update").status, 200);
    let property = "<tr id=\"endpoint.hac.platform.init.disabled\">";
    assert!(browser.get("/platform/config").text().contains(property));
    let form = [("key", "endpoint.hac.console.disabled"), ("val", "true")];
    assert_eq!(browser.post("/platform/config/configstore", &form).status, 200);
    browser.script("properties are read at the start only");
}

#[test]
fn an_endpoint_is_switched_off_and_on_while_the_simulator_runs() {
    let simulator = Simulator::builder().disable_endpoint("platform.update").start().unwrap();
    let mut browser = Browser::admin(&simulator);
    let faults = simulator.faults();
    faults.disable_endpoint("console.scripting", true);
    assert_eq!((browser.run_script("1").status, browser.get("/console/flexsearch").status), (404, 200));
    faults.disable_endpoint("console.scripting", false);
    faults.disable_endpoint("platform.update", false);
    assert_eq!((browser.run_script("1").status, browser.get("/platform/update").status), (200, 200));
    faults.clear();
    assert_eq!(browser.get("/platform/update").status, 404, "as the knobs have it");
    assert_eq!(simulator.ledger().executed(), 1);
}

#[test]
fn too_many_requests_are_answered_by_the_gateway_and_run_nothing() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = Browser::admin(&simulator);
    let limit = RateLimit { requests: 2, within: LONG, cool_down: LONG, retry_after: Some(5) };
    simulator.faults().limit_rate(Some(limit));
    simulator.faults().once(On::post(EXECUTE), Fault::SetCookie("met=1".to_owned()));
    browser.script("1");
    browser.script("2");
    for _ in 0..3 {
        let reply = browser.run_script("3");
        assert_eq!((reply.status, reply.header("retry-after")), (429, Some("5")));
        assert!(!reply.text().contains("administration console"));
    }
    assert_eq!(simulator.ledger().executed(), 2);
    simulator.faults().limit_rate(None);
    browser.script("4");
}

#[test]
fn a_rate_limit_is_in_force_from_the_start() {
    let limit = RateLimit { requests: 0, within: LONG, cool_down: Duration::ZERO, retry_after: None };
    let simulator = Simulator::builder().rate_limit(limit).start().unwrap();
    let reply = Browser::new(&simulator).get("/login");
    assert_eq!((reply.status, reply.header("retry-after")), (429, None));
}

#[test]
fn the_gateway_gives_up_and_the_server_goes_on() {
    for (then, met) in [(GatewayEnd::Status504, Ok(504)), (GatewayEnd::Cut, Err(ErrorKind::UnexpectedEof))] {
        let simulator = Simulator::builder().start().unwrap();
        let mut browser = Browser::admin(&simulator);
        let faults = simulator.faults();
        faults.limit_time(Some(GatewayLimit { after: Duration::from_millis(20), then }));
        faults.once(On::post(EXECUTE), Fault::Hold);
        let reply = browser.try_script("1");
        assert_eq!(reply.map(|reply| reply.status).map_err(|error| error.kind()), met);
        assert_eq!((simulator.ledger().executed(), simulator.ledger().in_progress()), (0, 1));
        faults.release();
        settled(&simulator);
        assert_eq!(simulator.ledger().executed(), 1, "it was executed after the gateway had given up");
        faults.limit_time(None);
        browser.script("2");
    }
}

#[test]
fn an_answer_in_time_passes_the_gateway() {
    let limit = GatewayLimit { after: LONG, then: GatewayEnd::Cut };
    let simulator = Simulator::builder().gateway_limit(limit).start().unwrap();
    let mut browser = Browser::admin(&simulator);
    assert_eq!(browser.script("6 * 7")["executionResult"], "42");
    simulator.faults().once(On::post(EXECUTE), Fault::ResetAfter);
    assert_eq!(browser.try_script("1").err().unwrap().kind(), ErrorKind::ConnectionReset);
    settled(&simulator);
    assert_eq!(simulator.ledger().executed(), 2);
}

#[test]
fn a_login_that_exceeds_the_gateways_limit_still_logs_in() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = Browser::new(&simulator);
    browser.read_token("/login");
    simulator.faults().once(On::post("/j_spring_security_check"), Fault::HoldAnswer);
    let limit = GatewayLimit { after: Duration::from_millis(20), then: GatewayEnd::Status504 };
    simulator.faults().limit_time(Some(limit));
    let form = [("j_username", "admin"), ("j_password", "nimda")];
    assert_eq!(browser.post("/j_spring_security_check", &form).status, 504);
    assert_eq!((simulator.ledger().login_attempts(), simulator.ledger().logins()), (1, 1));
    simulator.faults().release();
    settled(&simulator);
}

#[test]
fn the_filter_changes_what_is_run_without_a_word() {
    let simulator = Simulator::builder().xss_filter(XssFilter::Strip).start().unwrap();
    let mut browser = Browser::admin(&simulator);
    let answer = browser.script("let retrieval = x => x; '<script>1</script>' + 'a' + retrieval(2)");
    // What is left is `'' + 'a' + retri`.
    assert!(answer["stacktraceText"].as_str().unwrap().contains("retri"), "{answer}");
    assert_eq!(browser.script("'a<script>b</script>c'")["executionResult"], "ac");
    assert_eq!(simulator.ledger().executed_scripts()[1], "'a<script>b</script>c'", "the ledger has it as sent");
    browser.headers.push(("User-Agent".to_owned(), "javascript:x".to_owned()));
    browser.headers.push(("X-CSRF-TOKEN".to_owned(), format!("vbscript:{}", browser.token)));
    browser.token.clear();
    browser.script("1");
    simulator.faults().filter_xss(XssFilter::Off);
    assert_eq!(browser.run_script("1").status, 405, "now the header is not the token");
}

#[test]
fn the_filter_rejects_parameters_and_headers() {
    let simulator = Simulator::builder().xss_filter(XssFilter::Reject).start().unwrap();
    let mut browser = Browser::admin(&simulator);
    assert_eq!(browser.run_script("'<script>'").status, 400);
    assert_eq!(browser.get("/?a=javascript:1").status, 400);
    browser.script("1");
    browser.headers.push(("X-Any".to_owned(), "eval(1)".to_owned()));
    assert_eq!(browser.get("/").status, 400);
    assert_eq!(simulator.ledger().executed(), 1);
}

#[test]
fn the_filter_does_not_look_into_files() {
    for filter in [XssFilter::Strip, XssFilter::Reject] {
        let simulator = Simulator::builder().xss_filter(filter).start().unwrap();
        let mut browser = Browser::admin(&simulator);
        let script = "INSERT Language;isocode[unique=true];name[lang=en]\n;xx;a<script>b</script>c\n";
        let body = format!(
            "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.impex\"\r\n\r\n{script}\r\n--B--\r\n"
        );
        browser.headers.push(("Content-Type".to_owned(), "multipart/form-data; boundary=B".to_owned()));
        let path = format!("{}?_csrf={}", browser.below("/console/impex/import/upload"), browser.token);
        let reply = browser.send_bytes("POST", &path, body.as_bytes()).unwrap();
        assert!(reply.text().contains("Import finished successfully"), "{}", reply.text());
        browser.headers.clear();
        let query = "SELECT {name[en]} FROM {Language} WHERE {isocode} = 'xx'";
        let rows = browser.query(&[("flexibleSearchQuery", query)]).json()["resultList"].to_string();
        assert_eq!(rows, r#"[["a&lt;script&gt;b&lt;/script&gt;c"]]"#);
    }
}

#[test]
fn without_threads_nothing_runs_and_nothing_breaks() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = Browser::admin(&simulator);
    simulator.faults().starve_threads(true);
    let query = [("flexibleSearchQuery", "SELECT {pk} FROM {Product}")];
    let script = [("scriptContent", "INSERT Language;isocode\n;xx\n")];
    for reply in [
        browser.run_script("1"),
        browser.query(&query),
        browser.post("/console/impex/import", &script),
        browser.post("/console/impex/export", &[("scriptContent", "INSERT Category;code")]),
    ] {
        assert_eq!(reply.status, 503);
        assert!(reply.text().contains("cannot start a thread"), "{}", reply.text());
    }
    assert_eq!(simulator.ledger().executed(), 0);
    assert_eq!(browser.get("/").status, 200);
    simulator.faults().clear();
    browser.script("1");
}
