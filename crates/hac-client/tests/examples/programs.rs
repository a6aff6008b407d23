//! What each example prints, and what the server counts meanwhile.

use std::io::Write as _;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hac_client::{BasicAuthHandler, HacClient, SessionManager};
use hac_simulator::{Simulator, SimulatorHandle};

use super::support::Example;

const QUERY: &str = "/console/flexsearch/execute";

fn hac() -> SimulatorHandle {
    Simulator::builder().products(1000).update_duration(Duration::from_millis(500)).start().expect("a simulator")
}

#[test]
fn rows_become_structs() {
    let hac = hac();
    let ran = Example::new("rows", &hac).run("");
    assert!(ran.good, "{ran:?}");
    assert_eq!(ran.stdout.lines().count(), 200, "HAC's own limit");
    assert!(ran.stdout.contains(": no EAN in ") && ran.stdout.lines().any(|line| !line.contains("no EAN")), "{ran:?}");
    assert_eq!((hac.ledger().logins(), hac.ledger().count(QUERY)), (1, 1));
}

#[test]
fn a_failed_query_ends_an_example_with_its_error() {
    let hac = hac();
    let ran = Example::new("rows", &hac).env("HAC_PASSWORD", "wrong").run("");
    assert!(!ran.good && ran.stderr.contains("BadCredentials"), "{ran:?}");
}

#[test]
fn all_rows_go_into_files() {
    let hac = hac();
    let mut example = Example::new("million_rows", &hac);
    let ran = example.run("");
    assert!(ran.good, "{ran:?}");
    let (text, csv) = (example.file("products.txt"), example.file("products.csv"));
    assert_eq!((text.lines().count(), csv.lines().count()), (1000, 1001));
    assert_eq!(csv.lines().next(), Some("PK,p_code"));
    let (first, in_csv) = (text.lines().next().expect("a row"), csv.lines().nth(1).expect("a row"));
    let (code, pk) = first.split_once(" is ").expect("code and PK");
    assert_eq!(in_csv, format!("{pk},{code}"));
    assert_eq!((hac.ledger().logins(), hac.ledger().count(QUERY)), (1, 2));
}

#[test]
fn an_import_reports_its_progress_and_its_failures() {
    let hac = hac();
    let mut example = Example::new("import", &hac).arg("titles.impex");
    let lines = format!("INSERT_UPDATE Title;code[unique=true]\n{};a;b\n", ";mr\n".repeat(500_000));
    let total = lines.len();
    std::fs::write(example.directory.path().join("titles.impex"), lines).expect("written");
    let ran = example.run("");
    let reports: Vec<_> = ran.stdout.lines().filter(|line| line.ends_with(" bytes")).collect();
    assert!(reports.len() > 2, "{ran:?}");
    let (sent, of) = reports[reports.len() - 1].trim_end_matches(" bytes").split_once(" of ").expect("two numbers");
    assert!(sent == of && of.parse::<usize>().expect("a number") > total, "{ran:?}");
    assert_eq!((hac.ledger().logins(), hac.ledger().count("/console/impex/import/upload")), (1, 1));
}

#[test]
fn an_update_prints_its_log() {
    let hac = hac();
    let ran = Example::new("update", &hac).run("");
    assert!(ran.good && ran.stdout.lines().count() > 3, "{ran:?}");
    assert!(ran.stdout.lines().last().expect("the outcome").starts_with("Finished after "), "{ran:?}");
    assert_eq!((hac.ledger().logins(), hac.ledger().count("/platform/init/execute")), (1, 1));
}

#[test]
fn fifty_tasks_log_in_once() {
    let hac = hac();
    let ran = Example::new("fifty_tasks", &hac).run("");
    assert_eq!(ran.stdout, "50 tasks counted 50000 products\n", "{ran:?}");
    assert_eq!((hac.ledger().logins(), hac.ledger().count(QUERY)), (1, 50));
}

/// A session of the simulator, as JSON.
fn session(hac: &SimulatorHandle) -> String {
    let directory = tempfile::tempdir().expect("a directory");
    let client = HacClient::builder(hac.url())
        .auth_handler(BasicAuthHandler::new("admin", "nimda"))
        .cache_dir(directory.path())
        .build_blocking()
        .expect("a client");
    client.login().expect("a session");
    let sessions = SessionManager::with_cache_dir(directory.path());
    let session = sessions.export_session(&hac.url(), "admin", "local").expect("readable").expect("a session");
    hac.ledger().clear();
    session.to_json()
}

#[test]
fn the_cookies_of_a_single_sign_on_make_a_session_without_a_password() {
    let hac = hac();
    let session: serde_json::Value = serde_json::from_str(&session(&hac)).expect("JSON");
    let cookies = format!("JSESSIONID={}", session["session_id"].as_str().expect("an id"));
    let service = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = service.local_addr().expect("an address").to_string();
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in service.incoming() {
            counted.fetch_add(1, Ordering::SeqCst);
            stream.expect("a connection").write_all(cookies.as_bytes()).expect("written");
        }
    });
    let mut example = Example::new("single_sign_on", &hac).env("SSO_SERVICE", &address);
    for _ in 0..2 {
        let ran = example.run("");
        assert_eq!(ran.stdout, "[\"de\", \"en\"]\n", "{ran:?}");
    }
    // The second run found the session of the first one in the cache.
    assert_eq!((asked.load(Ordering::SeqCst), hac.ledger().login_attempts(), hac.ledger().count(QUERY)), (1, 0, 2));
    hac.faults().expire_sessions();
    let ran = example.run("");
    assert!(!ran.good && ran.stderr.contains("SessionEnded"), "{ran:?}");
    assert_eq!((asked.load(Ordering::SeqCst), hac.ledger().login_attempts()), (2, 0), "they are of no use any more");
}

#[test]
fn an_imported_session_is_used_without_a_login() {
    let hac = hac();
    let session = session(&hac);
    let ran = Example::new("imported_session", &hac).run(&session);
    assert_eq!(ran.stdout, "[\"de\", \"en\"]\n", "{ran:?}");
    assert_eq!((hac.ledger().login_attempts(), hac.ledger().count(QUERY)), (0, 1));
    hac.faults().expire_sessions();
    let ran = Example::new("imported_session", &hac).run(&session);
    assert!(!ran.good && ran.stderr.contains("SessionEnded"), "{ran:?}");
    assert_eq!(hac.ledger().login_attempts(), 0);
}
