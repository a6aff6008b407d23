//! Many calls at once on one client.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use hac_client::session::SessionState;
use hac_client::{AuthHandler, Credentials, ErrorKind, HacClient, Result};
use hac_simulator::{Fault, On};
use tokio::task::JoinHandle;

use super::site::{EXECUTE, HANG, LOGIN_PAGE, PASSWORD, Site, numbers, script};

/// Runs a test's future; what never ends is given up.
fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async { tokio::time::timeout(HANG, test).await.expect("an end") });
}

/// A call in a task of its own.
fn call(client: &HacClient, text: impl Into<String>) -> JoinHandle<Result<Option<String>>> {
    let (client, text) = (client.clone(), text.into());
    tokio::spawn(async move { client.execute_script(script(text)).await.map(|result| result.execution_result) })
}

fn calls(client: &HacClient, texts: &[String]) -> Vec<JoinHandle<Result<Option<String>>>> {
    texts.iter().map(|text| call(client, text)).collect()
}

async fn until(so: impl Fn() -> bool) {
    while !so() {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
}

/// Lets every task go as far as it gets without an answer from the server.
async fn let_all_begin() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

/// Each call was answered with its own result.
async fn assert_answered(calls: Vec<JoinHandle<Result<Option<String>>>>, texts: &[String]) {
    for (call, text) in calls.into_iter().zip(texts) {
        assert_eq!(call.await.expect("no panic").expect("a result").as_ref(), Some(text));
    }
}

fn refused(site: &Site) -> usize {
    let entries = site.ledger().entries();
    entries.iter().filter(|entry| entry.path.ends_with(EXECUTE) && entry.status == Some(405)).count()
}

pub(crate) fn fifty_calls_that_are_refused_together_recover_once() {
    run(async {
        let site = Site::start();
        let client = site.builder().max_in_flight(50).build().expect("a client");
        client.login().await.expect("a login");
        site.faults().expire_sessions();
        site.ledger().clear();
        site.hold_login();
        let texts = numbers(50);
        let calls = calls(&client, &texts);
        until(|| refused(&site) == 50 && site.faults().held() == 1).await;
        site.faults().release();
        assert_answered(calls, &texts).await;
        assert_eq!(site.ledger().login_attempts(), 1);
        // One probe showed that the session is dead; the others took what the first one brought.
        assert_eq!(site.ledger().len(), 50 + 1 + 4 + 50);
        site.assert_executed(texts);
    });
}

pub(crate) fn a_first_call_that_is_given_up_hands_its_login_over() {
    run(async {
        let site = Site::start();
        let client = site.builder().max_in_flight(20).build().expect("a client");
        give_up_the_leader(&site, &client).await;
    });
}

pub(crate) fn a_recovery_that_is_given_up_is_handed_over() {
    run(async {
        let site = Site::start();
        let client = site.builder().max_in_flight(20).build().expect("a client");
        client.login().await.expect("a login");
        site.faults().expire_sessions();
        site.ledger().clear();
        give_up_the_leader(&site, &client).await;
    });
}

async fn give_up_the_leader(site: &Site, client: &HacClient) {
    site.hold_login();
    let leader = call(client, "the leader's");
    until(|| site.faults().held() == 1).await;
    let texts = numbers(10);
    let others = calls(client, &texts);
    let_all_begin().await;
    leader.abort();
    assert!(leader.await.expect_err("given up").is_cancelled());
    // The second login is not held, and what the first one left behind is of no interest to it.
    assert_answered(others, &texts).await;
    assert_eq!(site.ledger().login_attempts(), 2);
    site.faults().release();
    site.assert_executed(texts);
    site.assert_one_session_kept();
}

pub(crate) fn first_calls_that_wait_for_a_login_share_its_failure() {
    run(async {
        let site = Site::start();
        let client = site.builder().max_in_flight(20).build().expect("a client");
        break_login_page(&site);
        let calls = calls(&client, &numbers(20));
        until(|| site.faults().held() == 1).await;
        let_all_begin().await;
        site.faults().release();
        assert_failed_together(calls).await;
        assert_eq!((site.ledger().count("/hac/"), site.ledger().count(LOGIN_PAGE)), (1, 1));
    });
}

pub(crate) fn refused_calls_that_wait_for_a_recovery_share_its_failure() {
    run(async {
        let site = Site::start();
        let client = site.builder().max_in_flight(20).build().expect("a client");
        client.login().await.expect("a login");
        site.faults().expire_sessions();
        site.ledger().clear();
        break_login_page(&site);
        let calls = calls(&client, &numbers(20));
        until(|| refused(&site) == 20 && site.faults().held() == 1).await;
        // An answer to a later question: the refusals have arrived before it.
        let other = site.builder().build().expect("a client");
        for _ in 0..3 {
            assert_eq!(other.check().await.expect("an answer"), SessionState::Dead);
            let_all_begin().await;
        }
        site.faults().release();
        assert_failed_together(calls).await;
        // The probe and the login's first page, apart from the three questions.
        assert_eq!((site.ledger().count("/hac/"), site.ledger().count(LOGIN_PAGE)), (3 + 2, 1));
    });
}

/// The next request to the first page is held, and the login page is out of order.
fn break_login_page(site: &Site) {
    site.faults().once(On::get("/hac/"), Fault::Hold);
    let broken = Fault::Answer { status: 500, headers: Vec::new(), body: "out of order".into(), execute: false };
    site.faults().always(On::get(LOGIN_PAGE), broken);
}

async fn assert_failed_together(calls: Vec<JoinHandle<Result<Option<String>>>>) {
    for call in calls {
        let error = call.await.expect("no panic").expect_err("no session");
        assert!(error.why().contains("out of order"), "{error:?}");
    }
}

/// A password that can be changed from outside.
#[derive(Clone)]
struct Changeable(Arc<Mutex<String>>);

impl Changeable {
    fn change(&self, password: &str) {
        password.clone_into(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl AuthHandler for Changeable {
    fn username(&self) -> &'static str {
        "admin"
    }

    fn credentials(&self) -> Result<Option<Credentials>> {
        let password = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(Some(Credentials::new("admin", password)))
    }
}

pub(crate) fn a_wrong_password_is_posted_again_only_when_asked_or_changed() {
    run(async {
        let site = Site::start();
        let password = Changeable(Arc::new(Mutex::new("wrong".into())));
        let client = site.builder().auth_handler(password.clone()).max_in_flight(20).build().expect("a client");
        site.hold_login();
        let calls = calls(&client, &numbers(20));
        until(|| site.faults().held() == 1).await;
        let_all_begin().await;
        site.faults().release();
        for call in calls {
            assert_eq!(call.await.expect("no panic").expect_err("refused").kind(), ErrorKind::BadCredentials);
        }
        assert_eq!(site.ledger().login_attempts(), 1, "for twenty calls");

        let error = call(&client, "later").await.expect("no panic").expect_err("refused");
        assert_eq!((error.kind(), site.ledger().login_attempts()), (ErrorKind::BadCredentials, 1), "not posted again");
        let error = client.login().await.expect_err("refused");
        assert_eq!((error.kind(), site.ledger().login_attempts()), (ErrorKind::BadCredentials, 2), "asked for");
        let error = call(&client, "later").await.expect("no panic").expect_err("refused");
        assert_eq!((error.kind(), site.ledger().login_attempts()), (ErrorKind::BadCredentials, 2), "not asked for");

        password.change("also wrong");
        let error = call(&client, "changed").await.expect("no panic").expect_err("refused");
        assert_eq!((error.kind(), site.ledger().login_attempts()), (ErrorKind::BadCredentials, 3), "it was changed");
        password.change(PASSWORD);
        assert_answered(vec![call(&client, "1")], &["1".to_owned()]).await;
        assert_eq!((site.ledger().login_attempts(), site.ledger().logins()), (4, 1));
        site.assert_executed(vec!["1".to_owned()]);
    });
}
