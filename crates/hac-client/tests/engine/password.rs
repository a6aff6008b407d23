//! Where the password goes, and how often: to a form of HAC's, over what was asked for, once.

use std::sync::{Arc, Mutex};

use hac_client::{ErrorKind, HacClient};
use hac_simulator::{Fault, On};

use super::support::{Foreign, Hac, Notices, assert_kind, run};

const POST: &str = "/j_spring_security_check";

fn form(action: &str) -> String {
    format!("<form action=\"{action}\" method=post><input name=j_username><input name=j_password type=password></form>")
}

fn redirect(location: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

#[tokio::test]
async fn a_storefront_in_place_of_a_guessed_hac_gets_no_password() {
    let redirecting = Foreign::answering(|request| {
        if request.starts_with("GET /store/en/login") {
            let page = format!("<title>Apparel Store | Login</title>{}", form("/store/en/j_spring_security_check"));
            return Foreign::page("200 OK", &page);
        }
        redirect("/store/en/login")
    });
    let answering = Foreign::answering(|_| {
        Foreign::page("200 OK", &format!("<title>Apparel Store</title>{}", form("/hac/j_spring_security_check")))
    });
    for shop in [redirecting, answering] {
        let error = shop.builder("").build().expect("a client").login().await.expect_err("a shop");
        assert_kind(&error, ErrorKind::NotHac);
        assert!(error.to_string().contains("Apparel Store"), "{error}");
        assert_eq!(shop.posts(), [""; 0]);
    }
}

#[tokio::test]
async fn a_session_that_a_storefront_refuses_is_not_renewed_there() {
    let shop = Foreign::answering(|_| {
        Foreign::page("200 OK", &format!("<title>Apparel Store</title>{}", form("/hac/j_spring_security_check")))
    });
    let (client, _cache) = shop.warm_client();
    let error = run(&client, "1").await.expect_err("a shop");
    assert_kind(&error, ErrorKind::NotHac);
    assert!(shop.posts().iter().all(|post| !post.contains("j_password")), "{:?}", shop.posts());
}

#[tokio::test]
async fn a_password_is_not_posted_in_the_clear_where_the_server_leads_to_https() {
    const HAC: &str = "<title>hybris administration console | Login</title>";
    let redirecting = Foreign::answering(|_| redirect("https://127.0.0.1:9002/hac/login"));
    let posting = Foreign::answering(|_| {
        Foreign::page("200 OK", &format!("{HAC}{}", form("https://127.0.0.1:9002/hac/j_spring_security_check")))
    });
    for server in [redirecting, posting] {
        for path in ["", "/hac"] {
            let error = server.builder(path).build().expect("a client").login().await.expect_err("https");
            assert_kind(&error, ErrorKind::Config);
            assert_eq!(error.hint().map(ToString::to_string).as_deref(), Some("use https://127.0.0.1:9002"));
        }
        assert_eq!(server.posts(), [""; 0]);
    }
}

#[tokio::test]
async fn a_session_that_is_lost_behind_an_accepted_login_is_no_wrong_password() {
    let hac = Hac::start();
    hac.simulator.faults().times(1, On::post(POST), Fault::LoseSession);
    run(&hac.client(), "1").await.expect("the second time");
    assert_eq!((hac.ledger().count(POST), hac.ledger().executed()), (2, 1));

    let hac = Hac::start();
    hac.simulator.faults().times(2, On::post(POST), Fault::LoseSession);
    let error = hac.client().login().await.expect_err("lost twice");
    assert_kind(&error, ErrorKind::SessionEnded);
    assert!(error.to_string().contains("accepted the login"), "{error}");
    assert_eq!(hac.ledger().count(POST), 2);
    // Nobody was told that the password is wrong.
    run(&hac.client(), "2").await.expect("a login");
}

#[tokio::test]
async fn a_login_that_was_neither_accepted_nor_refused_is_posted_once() {
    let locked =
        |status| Fault::Answer { status, headers: vec![], body: "<title>Locked</title>".into(), execute: false };
    for fault in [locked(200), locked(204), Fault::Redirect("/hac/changePassword".into())] {
        let hac = Hac::start();
        hac.simulator.faults().always(On::post(POST), fault);
        let error = hac.client().login().await.expect_err("no session");
        assert_kind(&error, ErrorKind::SessionEnded);
        assert!(error.to_string().contains("neither accepted nor refused"), "{error}");
        assert_eq!(hac.ledger().count(POST), 1, "{:?}", hac.requests());
    }
}

/// Clients of the same cache, all of which wait while the first one is about to log in.
async fn waiting(hac: &Hac, waiters: usize) -> Vec<tokio::task::JoinHandle<hac_client::Result<String>>> {
    hac.simulator.faults().once(On::get("/hac/login"), Fault::Hold);
    let begin = |client: HacClient| tokio::spawn(async move { run(&client, "1").await });
    let mut calls = vec![begin(hac.client())];
    while hac.simulator.faults().held() == 0 {
        tokio::task::yield_now().await;
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    let notices = Notices::default();
    calls.extend((0..waiters).map(|_| begin(notices.of(hac.builder()).build().expect("a client"))));
    while notices.all().iter().filter(|notice| notice.starts_with("waiting for the login")).count() < waiters {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    calls
}

#[tokio::test]
async fn a_login_whose_answer_is_lost_is_posted_once_however_many_wait() {
    for (fault, kind) in [
        (Fault::ResetAfter, ErrorKind::ConnectionLost),
        (Fault::CloseAfter, ErrorKind::ConnectionLost),
        (Fault::GatewayTimeout, ErrorKind::NotHac),
    ] {
        let hac = Hac::start();
        let calls = waiting(&hac, 6).await;
        hac.simulator.faults().always(On::post(POST), fault.clone());
        hac.simulator.faults().release();
        for call in calls {
            let error = call.await.expect("it ends").expect_err("lost");
            assert_kind(&error, kind);
            assert!(error.hint().expect("a hint").to_string().contains("lock accounts"), "{error:?}");
        }
        assert_eq!(hac.ledger().count(POST), 1, "{fault:?}");
        // The next start may try.
        hac.simulator.faults().clear();
        run(&hac.client(), "2").await.expect("a login");
    }
}

#[tokio::test]
async fn calls_of_one_client_share_a_login_whose_answer_is_lost() {
    let hac = Hac::start();
    hac.simulator.faults().always(On::post(POST), Fault::ResetAfter);
    let client = hac.client();
    let calls: Vec<_> = (0..6)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { run(&client, "1").await })
        })
        .collect();
    for call in calls {
        assert_kind(&call.await.expect("it ends").expect_err("lost"), ErrorKind::ConnectionLost);
    }
    assert_eq!(hac.ledger().count(POST), 1);
}

#[tokio::test]
async fn a_handlers_cookies_go_along_with_those_of_the_session() {
    struct SingleSignOn(Arc<Mutex<usize>>);
    impl hac_client::AuthHandler for SingleSignOn {
        fn username(&self) -> &'static str {
            "admin"
        }
        fn credentials(&self) -> hac_client::Result<Option<hac_client::Credentials>> {
            Ok(Some(hac_client::Credentials::new("admin", "nimda")))
        }
        fn apply(&self, headers: &mut http::HeaderMap) {
            *self.0.lock().expect("unpoisoned") += 1;
            headers.insert("cookie", http::HeaderValue::from_static("SSO=ticket; JSESSIONID=not-this-one"));
        }
    }
    let hac = Hac::start();
    let asked = Arc::new(Mutex::new(0));
    let client = hac.builder().auth_handler(SingleSignOn(Arc::clone(&asked))).build().expect("a client");
    run(&client, "1").await.expect("a result");
    run(&client, "2").await.expect("a result");
    let entries = hac.ledger().entries();
    assert_eq!(*asked.lock().expect("unpoisoned"), entries.len());
    assert!(entries.iter().all(|entry| entry.cookies.iter().any(|name| name == "SSO")), "{entries:?}");
    let last = &entries.last().expect("a request").cookies;
    assert_eq!(last.iter().filter(|name| *name == "JSESSIONID").count(), 1, "{last:?}");
}
