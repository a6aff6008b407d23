//! The blocking client inside a runtime, and in several threads.

use super::support::{Hac, script};

pub(crate) fn run(client: &hac_client::blocking::HacClient) -> hac_client::Result<bool> {
    client.execute_script(script("1")).map(|result| result.success())
}

#[tokio::test]
async fn a_blocking_client_works_inside_a_runtime_and_is_dropped_there() {
    let hac = Hac::start();
    let client = hac.builder().build_blocking().expect("a client");
    assert!(run(&client).expect("a result"));
    assert!(client.login().is_ok());
    drop(client);
    assert_eq!(hac.ledger().executed(), 1);
}

#[test]
fn a_blocking_client_may_move_between_a_runtime_and_other_threads() {
    let hac = Hac::start();
    let client = hac.builder().build_blocking().expect("a client");
    assert!(run(&client).expect("a result"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    assert!(runtime.block_on(async { run(&client) }).expect("a result"));
    std::thread::scope(|scope| {
        let calls: Vec<_> = (0..4).map(|_| scope.spawn(|| run(&client))).collect();
        assert!(calls.into_iter().all(|call| call.join().expect("no panic").expect("a result")));
    });
    assert_eq!((hac.ledger().executed(), hac.ledger().logins()), (6, 1));
}
