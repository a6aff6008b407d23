//! What a client knows of its writes: for a program that is interrupted.

use hac_client::Writes;
use hac_simulator::{Fault, On};

use super::support::{EXECUTE, Hac, QUERY, run};

async fn held(hac: &Hac) {
    while hac.simulator.faults().held() == 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_write_is_under_way_from_its_request_until_its_answer() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let writes = client.writes();
    assert!(!writes.under_way());
    hac.simulator.faults().once(On::post(EXECUTE), Fault::Hold);
    // Kept while it is asked: a call that is dropped is not under way.
    let mut call = Box::pin(run(&client, "7"));
    tokio::select! {
        _ = &mut call => panic!("the server holds the answer"),
        () = held(&hac) => assert!(writes.under_way()),
    }
    drop(call);
    assert!(!writes.under_way(), "nobody waits for it any more");
    assert_eq!(writes.sent(), 1);
    hac.simulator.faults().release();
    run(&client, "8").await.expect("a result");
    assert!(!writes.under_way());
    assert_eq!(writes.sent(), 2);
}

#[tokio::test]
async fn the_writes_of_one_call_can_be_told_from_those_of_others() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let (one, other) = (Writes::default(), Writes::default());
    hac.simulator.faults().once(On::post(EXECUTE), Fault::Hold);
    let mut call = Box::pin(one.count(run(&client, "7")));
    tokio::select! {
        _ = &mut call => panic!("the server holds the answer"),
        () = held(&hac) => {}
    }
    other.count(client.execute_flexiblesearch("SELECT {pk} FROM {User}")).await.expect("a result");
    assert!(client.writes().under_way() && one.under_way() && !other.under_way());
    hac.simulator.faults().release();
    call.await.expect("a result");
    other.count(run(&client, "8")).await.expect("a result");
    assert_eq!((client.writes().sent(), one.sent(), other.sent()), (2, 1, 1));
    assert!(!client.writes().under_way() && !one.under_way() && !other.under_way());
}

#[tokio::test]
async fn no_write_is_under_way_during_a_login_or_a_query() {
    let hac = Hac::start();
    let client = hac.client();
    let writes = client.writes();
    hac.simulator.faults().once(On::post("/j_spring_security_check"), Fault::Hold);
    // Kept while it is asked: a call that is dropped is not under way.
    let mut call = Box::pin(run(&client, "7"));
    tokio::select! {
        _ = &mut call => panic!("the server holds the login"),
        () = held(&hac) => assert!(!writes.under_way()),
    }
    drop(call);
    hac.simulator.faults().release();
    client.login().await.expect("a login");
    hac.simulator.faults().once(On::post(QUERY), Fault::Hold);
    let query = "SELECT {pk} FROM {User}";
    let mut call = Box::pin(client.execute_flexiblesearch(query));
    tokio::select! {
        _ = &mut call => panic!("the server holds the answer"),
        () = held(&hac) => assert!(!writes.under_way()),
    }
    hac.simulator.faults().release();
    assert_eq!(writes.sent(), 0);
}

#[tokio::test]
async fn a_write_is_not_under_way_while_nothing_is_connected() {
    // Takes connections and says nothing: the handshake of TLS never ends.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("https://{}", listener.local_addr().expect("an address"));
    let hac = Hac::start();
    let session = hac_client::session::PortableSession::from_json(
        &serde_json::json!({
            "session_id": "0123456789ABCDEF", "csrf_token": "token-of-the-test", "base_url": url,
            "username": "admin", "environment": "local",
        })
        .to_string(),
    )
    .expect("a session");
    hac.manager().import_session(&session).expect("imported");
    let client = hac_client::HacClient::builder(url)
        .auth_handler(hac_client::BasicAuthHandler::new("admin", "nimda"))
        .cache_dir(hac.cache.path())
        .validation(hac_client::Validation::OnUse)
        .build()
        .expect("a client");
    let writes = client.writes();
    let connected = async {
        let listener = tokio::net::TcpListener::from_std({
            listener.set_nonblocking(true).expect("set");
            listener
        })
        .expect("a listener");
        let (connection, _) = listener.accept().await.expect("a connection");
        let mut hello = [0; 1];
        // The first byte of the handshake is there.
        connection.readable().await.expect("readable");
        let _ = connection.try_read(&mut hello);
        connection
    };
    // Kept while it is asked: a call that is dropped is not under way.
    let mut call = Box::pin(run(&client, "7"));
    tokio::select! {
        _ = &mut call => panic!("nobody answers"),
        _connection = connected => assert!(!writes.under_way() && writes.sent() == 0),
    }
}
