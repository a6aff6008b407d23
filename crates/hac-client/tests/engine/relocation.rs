//! HAC moved to another context path: whoever remembers the old one finds it again.

use hac_client::ErrorKind;
use hac_simulator::{BesideRoot, Simulator};

use super::support::{Hac, assert_kind, run};

/// The cache of a HAC under `/hac`, and one at the root in its place, on the same address.
async fn moved(beside: BesideRoot) -> Hac {
    let hac = Hac::start();
    run(&hac.client(), "1").await.expect("a login under /hac");
    let Hac { simulator, cache, .. } = hac;
    let port = simulator.port();
    simulator.stop();
    let builder =
        Simulator::builder().products(50).port(port).context_path("").knobs(move |knobs| knobs.beside_root = beside);
    Hac::of(builder.start().expect("the same port"), cache)
}

#[tokio::test]
async fn a_session_of_a_hac_that_moved_to_the_root_is_renewed_there() {
    let hac = moved(BesideRoot::NotFound).await;
    let client = hac.client();
    run(&client, "2").await.expect("found again");
    assert_eq!((hac.ledger().executed(), hac.ledger().logins()), (1, 1), "{:?}", hac.requests());
    // The next process knows.
    hac.ledger().clear();
    run(&hac.client(), "3").await.expect("warm");
    assert_eq!(hac.ledger().len(), 1, "{:?}", hac.requests());
}

#[tokio::test]
async fn a_missing_page_does_not_mean_that_hac_moved() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let error = client.send(&hac_client::request::HacRequest::get("/no/such/page")).await.expect_err("404");
    assert_kind(&error, ErrorKind::Rejected);
    assert_eq!((hac.ledger().len(), hac.ledger().login_attempts()), (2, 0), "{:?}", hac.requests());
}
