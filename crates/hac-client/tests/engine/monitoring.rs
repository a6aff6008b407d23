//! The calls of HAC's tab "Monitoring": what is sent, and what is made of the answers.

use std::ops::ControlFlow;
use std::time::Duration;

use hac_client::ErrorKind;
use hac_client::files::ByteSink;
use hac_client::monitoring::Switch;
use hac_simulator::{Fault, On, Release};

use super::support::{Hac, assert_kind};

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
    for (body, success) in [
        (r#"{"failures":0}"#, true),
        (r#"{"message":"Failed to clear"}"#, false),
        (r#"{"success":false}"#, false),
        (r#"{"error":"no right"}"#, false),
        (r#"{"exception":{"message":"no"}}"#, false),
        ("true", false),
        ("[]", false),
    ] {
        hac.simulator.faults().once(On::post("/regionCache/clear"), Fault::Body(body.into()));
        let clearing = client.clear_region_cache().await.expect("an answer");
        assert_eq!((clearing.success(), clearing.answer.to_string().as_str()), (success, body));
    }
}

#[tokio::test]
async fn running_cron_jobs_are_objects_as_the_server_sends_them() {
    for release in Release::ALL {
        let hac = Hac::with(|simulator| simulator.release(release));
        let client = hac.warm_client().await;
        hac.simulator.run_cron_job("over", Duration::ZERO);
        hac.simulator.run_cron_job("long", Duration::from_secs(36_000));
        let jobs = client.cron_jobs().await.expect("jobs");
        let running: Vec<&str> = jobs.iter().filter_map(|job| job.get("code")?.as_str()).collect();
        assert_eq!((running.len(), running.last()), (3, Some(&"long")), "{jobs:?}");
    }
}

#[tokio::test]
async fn the_jdbc_log_holds_what_ran_while_it_was_on() {
    for release in Release::ALL {
        let hac = Hac::with(|simulator| simulator.release(release));
        let client = hac.warm_client().await;
        let query = || client.execute_flexiblesearch("SELECT {isocode} FROM {Language}");
        let mut log = Vec::new();
        assert_eq!(client.download_jdbc_log(&mut log).await.expect("an empty log"), 0);
        query().await.expect("rows");
        assert!(client.switch_jdbc_log(Switch::On).await.expect("on").success());
        query().await.expect("rows");
        client.switch_jdbc_log_params(Switch::On).await.expect("on");
        client.switch_jdbc_log_stacktrace(Switch::On).await.expect("on");
        query().await.expect("rows");
        client.switch_jdbc_log(Switch::Off).await.expect("off");
        query().await.expect("rows");
        assert_eq!(client.download_jdbc_log(&mut log).await.expect("a log"), log.len() as u64);
        let text = String::from_utf8(log).expect("text");
        let columns: Vec<usize> = text.lines().map(|line| line.split('|').count()).collect();
        assert_eq!(columns, [6, 8], "{text}");
        client.clear_jdbc_log().await.expect("cleared");
        assert_eq!(client.download_jdbc_log(&mut Vec::new()).await.expect("an empty log"), 0);
    }
}

struct Broken;

impl ByteSink for Broken {
    fn piece(&mut self, _: &[u8]) -> ControlFlow<()> {
        ControlFlow::Break(())
    }
}

#[tokio::test]
async fn a_log_is_passed_on_once_even_if_its_answer_is_truncated() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let path = On::get("/logs/download");
    let log = "1|master|x|0 ms|statement|SELECT 1\n".repeat(100);
    hac.simulator.faults().once(path.clone(), Fault::Body(log));
    client.download_jdbc_log(&mut Broken).await.expect("whoever takes it has had enough");
    client.switch_jdbc_log(Switch::On).await.expect("on");
    client.execute_flexiblesearch("SELECT {isocode} FROM {Language}").await.expect("rows");
    hac.ledger().clear();
    hac.simulator.faults().once(path, Fault::CutBody);
    let mut taken = Vec::new();
    let outcome = client.download_jdbc_log(&mut taken).await;
    let asked = hac.ledger().count("/logs/download");
    match outcome {
        // Nothing was given away yet: it is asked for again.
        Ok(_) => assert_eq!(asked, 2),
        Err(error) => {
            assert_kind(&error, ErrorKind::Connect);
            assert_eq!(asked, 1);
        }
    }
    assert!(String::from_utf8_lossy(&taken).lines().count() <= 1, "no line twice");
}
