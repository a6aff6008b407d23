//! What a client knows of its writes: for a program that is interrupted.

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
    tokio::select! {
        _ = run(&client, "7") => panic!("the server holds the answer"),
        () = held(&hac) => assert!(writes.under_way()),
    }
    assert!(!writes.under_way(), "nobody waits for it any more");
    assert_eq!(writes.sent(), 1);
    hac.simulator.faults().release();
    run(&client, "8").await.expect("a result");
    assert!(!writes.under_way());
    assert_eq!(writes.sent(), 2);
}

#[tokio::test]
async fn no_write_is_under_way_during_a_login_or_a_query() {
    let hac = Hac::start();
    let client = hac.client();
    let writes = client.writes();
    hac.simulator.faults().once(On::post("/j_spring_security_check"), Fault::Hold);
    tokio::select! {
        _ = run(&client, "7") => panic!("the server holds the login"),
        () = held(&hac) => assert!(!writes.under_way()),
    }
    hac.simulator.faults().release();
    client.login().await.expect("a login");
    hac.simulator.faults().once(On::post(QUERY), Fault::Hold);
    let query = "SELECT {pk} FROM {User}";
    tokio::select! {
        _ = client.execute_flexiblesearch(query) => panic!("the server holds the answer"),
        () = held(&hac) => assert!(!writes.under_way()),
    }
    hac.simulator.faults().release();
    assert_eq!(writes.sent(), 0);
}
