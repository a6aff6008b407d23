//! Auth handlers that see each request and ask asynchronously; sessions that are carried from one client to another.

use std::sync::{Arc, Mutex};

use hac_client::bytes::Bytes;
use hac_client::http::HeaderValue;
use hac_client::{
    AuthHandler, BasicAuthHandler, BoxFuture, Credentials, Error, ErrorKind, HacClient, OutgoingRequest, Result,
    session::PortableSession,
};

use super::support::{EXECUTE, Hac, assert_kind, run};

type Change = fn(&mut OutgoingRequest<'_>) -> Result<()>;

/// Asks asynchronously, notes each request, and changes it.
struct Watching {
    seen: Arc<Mutex<Vec<String>>>,
    change: Change,
}

impl AuthHandler for Watching {
    fn username(&self) -> &'static str {
        "admin"
    }

    fn credentials_later(&self) -> Option<BoxFuture<'_, Result<Option<Credentials>>>> {
        Some(Box::pin(async {
            tokio::task::yield_now().await;
            Ok(Some(Credentials::new("admin", "nimda").field("otp", "123456").field("j_username", "admin")))
        }))
    }

    fn authorize<'a>(&'a self, request: &'a mut OutgoingRequest<'_>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let body = request.body().map_or(0, Bytes::len);
            let cookies = request.headers().contains_key("cookie");
            assert_eq!(format!("{request:?}"), format!("OutgoingRequest {{ method: {}, .. }}", request.method()));
            self.seen.lock().expect("seen").push(format!(
                "{} {} {cookies} {}",
                request.method(),
                request.url(),
                body > 0
            ));
            (self.change)(request)
        })
    }
}

fn watching(change: Change) -> (Watching, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    (Watching { seen: Arc::clone(&seen), change }, seen)
}

#[tokio::test]
async fn a_handler_sees_every_request_as_it_leaves() {
    let hac = Hac::start();
    let (handler, seen) = watching(|request| {
        let headers = request.headers_mut();
        headers.insert("x-mine", HeaderValue::from_static("1"));
        headers.insert("user-agent", HeaderValue::from_static("mine/1"));
        headers.insert("content-length", HeaderValue::from_static("3"));
        Ok(())
    });
    let client = hac.builder().auth_handler(handler).build().expect("a client");
    run(&client, "1").await.expect("an answer");
    let url = hac.simulator.url();
    assert_eq!(
        *seen.lock().expect("seen"),
        [
            format!("GET {url}/hac/ false false"),
            format!("GET {url}/hac/login true false"),
            format!("POST {url}/hac/j_spring_security_check true true"),
            format!("GET {url}/hac/ true false"),
            format!("POST {url}/hac{EXECUTE} true true"),
        ]
    );
    for entry in hac.ledger().entries() {
        let value =
            |name: &str| entry.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str());
        assert_eq!((value("x-mine"), value("user-agent")), (Some("1"), Some("mine/1")), "{entry:?}");
    }
    assert_eq!(hac.ledger().executed(), 1);
}

#[tokio::test]
async fn further_fields_of_the_credentials_go_into_the_form_once_each() {
    let hac = Hac::start();
    let (handler, _) = watching(|_| Ok(()));
    hac.builder().auth_handler(handler).build().expect("a client").login().await.expect("a login");
    let entries = hac.ledger().entries();
    let form = &entries.iter().find(|entry| entry.path.ends_with("j_spring_security_check")).expect("a login").form;
    let mut names: Vec<_> = form.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["_csrf", "j_password", "j_username", "otp"]);
}

#[tokio::test]
async fn a_request_that_the_handler_refuses_is_never_sent() {
    let hac = Hac::start();
    let refuse: Change =
        |_| Err(Error::new(ErrorKind::Usage, "sign the request").because("no key").with_hint("find it"));
    let (handler, _) = watching(refuse);
    let error = run(&hac.builder().auth_handler(handler).build().expect("a client"), "1").await.expect_err("refused");
    assert_kind(&error, ErrorKind::Usage);
    assert!(error.to_string().contains("no key"), "{error}");
    assert!(hac.ledger().entries().is_empty());
}

#[tokio::test]
async fn a_session_can_be_carried_to_another_client_and_forgotten() {
    let hac = Hac::start();
    let first = hac.warm_client().await;
    let session = first.export_session().expect("a session");
    let unable = BasicAuthHandler::new("admin", "unknown");
    let second = hac.builder().session_persistence(false).auth_handler(unable).build().expect("a client");
    assert!(second.export_session().is_none());
    second.use_session(&session).expect("a session that can be sent");
    run(&second, "1").await.expect("an answer");
    assert_eq!((hac.ledger().entries().len(), hac.ledger().executed()), (1, 1));
    second.forget_session();
    assert_kind(&run(&second, "1").await.expect_err("no password"), ErrorKind::BadCredentials);
    assert_eq!(hac.ledger().executed(), 1);
}

#[tokio::test]
async fn a_session_that_cannot_be_sent_is_not_used() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let mut metadata = client.export_session().expect("a session").metadata().clone();
    metadata.session_id = "a;b".into();
    assert_kind(&client.use_session(&PortableSession::from(metadata)).expect_err("two cookies"), ErrorKind::Usage);
    run(&client, "1").await.expect("the session before is still there");
}

/// Counts how often it is asked for the password, as a person would be.
struct Asking(Arc<Mutex<u32>>);

impl AuthHandler for Asking {
    fn username(&self) -> &'static str {
        "admin"
    }

    fn may_prompt(&self) -> bool {
        true
    }

    fn credentials(&self) -> Result<Option<Credentials>> {
        *self.0.lock().expect("a number") += 1;
        Ok(Some(Credentials::new("admin", "nimda")))
    }
}

#[tokio::test]
async fn nobody_is_asked_for_a_password_before_the_login_page_is_there() {
    let asked = Arc::new(Mutex::new(0));
    let client = |hac: &Hac, url: &str| {
        let builder = HacClient::builder(url).auth_handler(Asking(Arc::clone(&asked))).cache_dir(hac.cache.path());
        builder.audit(hac.records.audit()).build().expect("a client")
    };
    let (plain, encrypted) = (Hac::start(), Hac::with(hac_simulator::SimulatorBuilder::https));
    // Whatever listens there does not trust us, and we do not trust it.
    let untrusted = client(&encrypted, &encrypted.simulator.url()).login().await.expect_err("an unknown certificate");
    assert_kind(&untrusted, ErrorKind::Tls);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let closed = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    assert_kind(&client(&plain, &closed).login().await.expect_err("a closed port"), ErrorKind::Connect);
    assert_eq!(*asked.lock().expect("a number"), 0);

    let client = client(&plain, &plain.simulator.url());
    client.login().await.expect("a login");
    assert_eq!(*asked.lock().expect("a number"), 1);
    // The login page twice, with the redirect to it; the form; the first page.
    assert_eq!((plain.ledger().len(), plain.ledger().login_attempts()), (6, 1), "{:?}", plain.requests());
    plain.ledger().clear();
    run(&client, "1").await.expect("a warm call");
    assert_eq!((plain.ledger().len(), *asked.lock().expect("a number")), (1, 1));
}
