//! The calls of HAC's tab "Monitoring": what is sent, and what is made of the answers.

use hac_simulator::{Fault, On, Release};

use super::support::Hac;

#[tokio::test]
async fn the_region_cache_is_cleared_on_every_release() {
    for release in Release::ALL {
        let hac = Hac::with(|simulator| simulator.release(release));
        let client = hac.warm_client().await;
        assert!(client.clear_region_cache().await.expect("cleared").success());
        assert_eq!(hac.ledger().executed(), 1);
    }
}

#[tokio::test]
async fn an_answer_that_speaks_of_a_failure_is_a_result_that_failed() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    for (body, success) in [("true", true), ("[]", true), (r#"{"message":"Failed to clear"}"#, false)] {
        hac.simulator.faults().once(On::post("/regionCache/clear"), Fault::Body(body.into()));
        let clearing = client.clear_region_cache().await.expect("an answer");
        assert_eq!((clearing.success(), clearing.answer.to_string().as_str()), (success, body));
    }
}
