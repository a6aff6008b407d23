//! Logging out: only what the server confirms is over, and only that is removed.

use hac_client::ErrorKind;
use hac_simulator::{Fault, On};

use super::support::{Hac, assert_kind, run};

const LOGOUT: &str = "/j_spring_security_logout";

fn answer(status: u16, body: &str) -> Fault {
    Fault::Answer { status, headers: vec![], body: body.into(), execute: false }
}

#[tokio::test]
async fn what_does_not_confirm_the_end_leaves_the_session_alive_and_in_the_cache() {
    for (fault, kind) in [
        (answer(200, "done"), ErrorKind::Protocol),
        (answer(204, ""), ErrorKind::Protocol),
        (answer(401, ""), ErrorKind::Protocol),
        (answer(403, ""), ErrorKind::Protocol),
        (answer(404, ""), ErrorKind::Protocol),
        (answer(405, ""), ErrorKind::Protocol),
        (answer(500, ""), ErrorKind::Protocol),
        (Fault::Redirect("/hac/".into()), ErrorKind::Protocol),
        (Fault::Redirect("https://sso.example.com/login".into()), ErrorKind::Protocol),
        (Fault::ResetBefore, ErrorKind::ConnectionLost),
    ] {
        let hac = Hac::start();
        let client = hac.warm_client().await;
        hac.simulator.faults().once(On::post(LOGOUT), fault.clone());
        let error = client.logout().await.expect_err("not confirmed");
        assert_kind(&error, kind);
        assert!(error.to_string().contains("may still be alive"), "{fault:?}: {error}");
        assert_eq!(hac.manager().list_sessions().expect("sessions").len(), 1, "{fault:?}");
        // It can still be ended.
        assert!(client.logout().await.expect("ended"), "{fault:?}");
        assert!(hac.manager().list_sessions().expect("sessions").is_empty(), "{fault:?}");
        assert!(client.session_info().is_none());
    }
}

#[tokio::test]
async fn a_changed_token_does_not_keep_a_session_from_being_ended() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let ended = hac.manager().list_sessions().expect("sessions").pop().expect("one");
    hac.simulator.faults().rotate_tokens();
    assert!(client.logout().await.expect("ended"));
    assert_eq!(hac.ledger().count(LOGOUT), 2);
    assert!(hac.manager().list_sessions().expect("sessions").is_empty());
    // On the server too: put back into the cache, it is dead.
    hac.manager().save_session(&ended).expect("saved");
    hac.ledger().clear();
    run(&hac.client(), "1").await.expect("renewed");
    assert_eq!(hac.ledger().logins(), 1);
}

#[tokio::test]
async fn a_session_that_had_ended_already_is_removed() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    hac.simulator.faults().expire_sessions();
    assert!(client.logout().await.expect("it had ended"));
    assert!(hac.manager().list_sessions().expect("sessions").is_empty());
    assert_eq!(hac.ledger().login_attempts(), 0);
    assert!(!client.logout().await.expect("there is none"));
}

#[tokio::test]
async fn without_a_connection_the_session_stays_so_that_it_can_be_ended_later() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let Hac { simulator, cache, .. } = hac;
    simulator.stop();
    assert_kind(&client.logout().await.expect_err("nobody there"), ErrorKind::Connect);
    let manager = hac_client::SessionManager::with_cache_dir(cache.path());
    assert_eq!(manager.list_sessions().expect("sessions").len(), 1);
}

#[tokio::test]
async fn a_session_that_took_its_place_meanwhile_stays() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    hac.simulator.faults().once(On::post(LOGOUT), Fault::HoldAnswer);
    let logout = tokio::spawn({
        let client = client.clone();
        async move { client.logout().await }
    });
    while hac.simulator.faults().held() == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    // The same client is renewed while the answer is under way: its session is dead by now.
    run(&client, "1").await.expect("renewed");
    let newer = hac.manager().list_sessions().expect("sessions").pop().expect("one");
    hac.simulator.faults().release();
    assert!(logout.await.expect("it ends").expect("ended"));
    let left = hac.manager().list_sessions().expect("sessions");
    assert_eq!(left.first().map(|session| &session.session_id), Some(&newer.session_id));
    hac.ledger().clear();
    run(&client, "2").await.expect("the newer session is still there");
    assert_eq!(hac.ledger().login_attempts(), 0);
}
