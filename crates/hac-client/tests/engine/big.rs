//! Forms of which the server may not want to read the end: it answers, and hangs up while we still write.

use std::sync::{Arc, Mutex};

use hac_client::{ErrorKind, Progress, Validation};
use hac_simulator::{Fault, On};

use super::support::{EXECUTE, Hac, Notices, assert_kind, run, script, session_of};

/// More than Tomcat reads of a form that it does not want (`maxSwallowSize`), and than sockets hold.
const BIG: usize = 12_000_000;

fn big_script(result: usize) -> String {
    format!("/*{}*/ {result}", "x".repeat(BIG))
}

/// A server that takes long forms, and reads only the beginning of one that it refuses.
fn hac() -> Hac {
    Hac::with(|simulator| simulator.knobs(|knobs| knobs.max_form_bytes = 2 * BIG))
}

fn posts(hac: &Hac) -> usize {
    hac.ledger().count(EXECUTE)
}

#[tokio::test]
async fn a_big_form_on_a_stored_session_costs_one_request_more_and_runs_once() {
    let hac = hac();
    hac.warm_client().await;
    assert_eq!(run(&hac.client(), &big_script(7)).await.expect("a result"), "7");
    assert_eq!(hac.requests(), ["GET /hac/ 200", "POST /hac/console/scripting/execute 200"]);
}

#[tokio::test]
async fn a_big_form_on_a_session_that_the_server_has_just_confirmed_is_one_request() {
    let hac = hac();
    let client = hac.warm_client().await;
    for result in ["7", "8"] {
        hac.ledger().clear();
        assert_eq!(run(&client, &big_script(result.parse().expect("a number"))).await.expect("a result"), result);
        assert_eq!(hac.requests(), ["POST /hac/console/scripting/execute 200"]);
    }
    // An ordinary form is one request on any session.
    hac.ledger().clear();
    run(&hac.client(), &format!("/*{}*/ 1", "x".repeat(900_000))).await.expect("a result");
    assert_eq!(hac.requests(), ["POST /hac/console/scripting/execute 200"]);
}

#[tokio::test]
async fn whoever_wants_to_know_how_far_a_big_form_is_is_told_to_its_end_and_of_a_small_one_nothing() {
    let hac = hac();
    hac.warm_client().await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let takes = Arc::clone(&told);
    let reported = move |progress: Progress| takes.lock().expect("a list").push((progress.sent, progress.total));
    let client = hac.client();
    client.execute_script(script("7").on_progress(reported.clone())).await.expect("a result");
    assert!(told.lock().expect("a list").is_empty());
    client.execute_script(script(&big_script(7)).on_progress(reported)).await.expect("a result");
    let told = told.lock().expect("a list");
    assert!(told.len() > 10 && told.is_sorted(), "{told:?}");
    let (sent, total) = *told.last().expect("told");
    assert!(sent == total && total > BIG as u64 && told.iter().all(|(_, of)| *of == total), "{told:?}");
}

#[tokio::test]
async fn a_big_form_meets_no_session_that_has_ended() {
    for validation in [Validation::OnUse, Validation::Probe] {
        let hac = hac();
        hac.warm_client().await;
        hac.simulator.faults().expire_sessions();
        let notices = Notices::default();
        let client = notices.of(hac.builder().validation(validation)).build().expect("a client");
        assert_eq!(run(&client, &big_script(7)).await.expect("a result"), "7");
        assert_eq!((posts(&hac), hac.ledger().logins(), hac.ledger().executed()), (1, 1, 1), "{:?}", hac.requests());
        assert!(hac.ledger().len() <= 6, "{:?}", hac.requests());
    }
}

#[tokio::test]
async fn a_big_form_takes_a_changed_token_along() {
    let hac = hac();
    hac.warm_client().await;
    hac.simulator.faults().rotate_tokens();
    assert_eq!(run(&hac.client(), &big_script(7)).await.expect("a result"), "7");
    assert_eq!((posts(&hac), hac.ledger().logins(), hac.ledger().len()), (1, 0, 2), "{:?}", hac.requests());
    // The token is in the cache.
    hac.ledger().clear();
    run(&hac.client(), "1").await.expect("a result");
    assert_eq!(hac.ledger().len(), 1, "{:?}", hac.requests());
}

#[tokio::test]
async fn big_forms_at_once_ask_once() {
    let hac = hac();
    hac.warm_client().await;
    hac.simulator.faults().expire_sessions();
    let client = hac.client();
    let script = format!("/*{}*/ 1", "x".repeat(2_500_000));
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let (client, script) = (client.clone(), script.clone());
            tokio::spawn(async move { run(&client, &script).await })
        })
        .collect();
    for call in calls {
        call.await.expect("joined").expect("a result");
    }
    assert_eq!((posts(&hac), hac.ledger().logins(), hac.ledger().executed()), (8, 1, 8), "{:?}", hac.requests());
    assert_eq!(hac.ledger().len(), 13, "{:?}", hac.requests());
}

#[tokio::test]
async fn a_probe_that_says_nothing_does_not_keep_a_big_form_back() {
    let hac = hac();
    hac.warm_client().await;
    let silence = Fault::Answer { status: 503, headers: Vec::new(), body: String::new(), execute: false };
    hac.simulator.faults().once(On::get("/hac/"), silence);
    assert_eq!(run(&hac.client(), &big_script(7)).await.expect("a result"), "7");
    hac.simulator.faults().initializing(true);
    assert_kind(&run(&hac.client(), &big_script(7)).await.expect_err("initialising"), ErrorKind::Initializing);
    assert_eq!((posts(&hac), hac.ledger().executed()), (1, 1), "{:?}", hac.requests());
}

#[tokio::test]
async fn an_answer_that_comes_before_the_form_has_left_is_read() {
    // A session that ends between the probe and the form, a form over the limit, a refusal for ever.
    let hac = Hac::start();
    let client = hac.warm_client().await;
    for _ in 0..10 {
        let error = run(&client, &big_script(7)).await.expect_err("over the limit");
        assert_kind(&error, ErrorKind::Rejected);
        assert!(error.hint().expect("a hint").to_string().contains("maxPostSize"), "{error:?}");
    }
    assert_eq!((posts(&hac), hac.ledger().executed()), (10, 0));

    let hac = self::hac();
    let client = hac.warm_client().await;
    for turn in 0..10 {
        hac.simulator.faults().expire_sessions();
        hac.ledger().clear();
        assert_eq!(run(&client, &big_script(turn)).await.expect("a result"), turn.to_string());
        assert_eq!((posts(&hac), hac.ledger().logins(), hac.ledger().executed()), (2, 1, 1), "{:?}", hac.requests());
    }
}

#[tokio::test]
async fn a_form_that_was_answered_is_not_sent_to_its_end() {
    use std::io::{Read as _, Write as _};

    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    // It answers the head with 404, and takes whatever still comes.
    let server = std::thread::spawn(move || {
        loop {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut buffer = vec![0; 65536];
            let mut received = stream.read(&mut buffer).expect("a head");
            let post = buffer.starts_with(b"POST ");
            let ending = if post { "" } else { "Connection: close\r\n" };
            let answer = format!("HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\n{ending}\r\nabsent");
            stream.write_all(answer.as_bytes()).expect("written");
            if post {
                while let Ok(read @ 1..) = stream.read(&mut buffer) {
                    received += read;
                }
                return received;
            }
        }
    });
    let cache = tempfile::TempDir::new().expect("a directory");
    hac_client::SessionManager::with_cache_dir(cache.path()).save_session(&session_of(&url)).expect("saved");
    let client = hac_client::HacClient::builder(&url)
        .auth_handler(hac_client::BasicAuthHandler::new("admin", "nimda"))
        .context_path("/hac")
        .cache_dir(cache.path())
        .validation(Validation::OnUse)
        .build()
        .expect("a client");
    let error = run(&client, &big_script(7)).await.expect_err("absent");
    assert_kind(&error, ErrorKind::Rejected);
    assert!(error.to_string().contains("absent"), "{error}");
    drop(client);
    let received = tokio::task::spawn_blocking(|| server.join().expect("served")).await.expect("joined");
    assert!(received < BIG / 4, "{received}");
}
