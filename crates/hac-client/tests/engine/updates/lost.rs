//! Updates whose answer is lost: looked for in the log, and never sent again.

use std::time::Duration;

use hac_client::ErrorKind;
use hac_client::platform::{OutcomeSource, Schema, Update, UpdateOutcome};
use hac_simulator::{Fault, On};

use super::{PAGE, RUN, Seen, until, watch};
use crate::support::{Hac, assert_kind};

#[tokio::test]
async fn an_answer_that_does_not_come_in_time_is_looked_for_in_the_log_and_never_asked_for_again() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let plan = client.plan_update(&Update::new(Schema::Update)).await.expect("a plan");
    hac.simulator.faults().stop_update_after(Some(1));
    hac.ledger().clear();
    let seen = Seen::default();
    let run = tokio::spawn({
        let (client, mut seen) = (client.clone(), seen.clone());
        let watch = watch().answer_timeout(Some(Duration::from_secs(20)));
        async move { client.run_update(&plan, watch, &mut seen).await.expect("a run") }
    });
    // The time runs out when the server has begun, however late that is on a busy machine.
    until(&run, || hac.ledger().executed() == 1).await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(21)).await;
    tokio::time::resume();
    until(&run, || seen.lost() == 1).await;
    assert!(!run.is_finished(), "the update goes on");
    hac.simulator.faults().stop_update_after(None);
    let run = run.await.expect("it ends");
    assert_eq!((run.outcome, run.known_from), (UpdateOutcome::Finished, OutcomeSource::Log));
    assert_kind(run.reason.as_ref().expect("why"), ErrorKind::OutcomeUnknown);
    assert_eq!(seen.lines().last().map(String::as_str), Some("= #### FINISHED ####"));
    assert_eq!((hac.ledger().count(RUN), hac.ledger().executed()), (1, 1));
}

#[tokio::test]
async fn an_answer_that_is_lost_on_the_way_is_found_in_the_log_whether_it_was_good_or_bad() {
    let gateway =
        Fault::Answer { status: 504, headers: Vec::new(), body: "<h1>Gateway Timeout</h1>".into(), execute: true };
    for fault in [gateway, Fault::ResetAfter, Fault::CloseAfter, Fault::CutBody, Fault::Body("<html>".into())] {
        for (failing, expected) in
            [("none", UpdateOutcome::Finished), ("Default constraints", UpdateOutcome::FinishedWithErrors)]
        {
            let hac = Hac::with(|simulator| simulator.failing_patch(failing));
            let client = hac.warm_client().await;
            let plan = client.plan_update(&Update::new(Schema::Update)).await.expect("a plan");
            hac.simulator.faults().once(On::post(RUN), fault.clone());
            let mut seen = Seen::default();
            let outcome = client.run_update(&plan, watch(), &mut seen).await;
            let run = match outcome {
                Ok(run) => run,
                Err(error) => panic!("{fault:?}: {error:?}"),
            };
            assert_eq!((run.outcome, run.known_from), (expected, OutcomeSource::Log), "{fault:?}");
            assert_eq!(run.errors.is_empty(), expected == UpdateOutcome::Finished, "{:?}", run.errors);
            assert_eq!((hac.ledger().count(RUN), hac.ledger().executed(), seen.lost()), (1, 1, 1), "{fault:?}");
        }
    }
}

#[tokio::test]
async fn an_update_that_was_lost_before_it_began_is_lost_and_not_sent_again() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let plan = client.plan_update(&Update::new(Schema::Update)).await.expect("a plan");
    // The log of an earlier run, which ended well, is no sign.
    let _ = client.execute_update(&plan).await.expect("an answer");
    hac.ledger().clear();
    hac.simulator.faults().once(On::post(RUN), Fault::ResetBefore);
    let mut seen = Seen::default();
    let run = client.run_update(&plan, watch(), &mut seen).await.expect("a run");
    assert_eq!((run.outcome, run.known_from), (UpdateOutcome::Lost, OutcomeSource::Log));
    assert!(seen.lines().is_empty(), "{:?}", seen.lines());
    assert_eq!((hac.ledger().count(RUN), hac.ledger().executed()), (1, 0));
    assert_kind(&run.reason.expect("why"), ErrorKind::OutcomeUnknown);
}

#[tokio::test]
async fn an_answer_that_never_comes_although_the_server_is_idle_again_counts_as_lost() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let plan = client.plan_update(&Update::new(Schema::Update)).await.expect("a plan");
    hac.simulator.faults().stop_update_after(Some(1));
    hac.simulator.faults().once(On::post(RUN), Fault::DelayAnswer(Duration::from_secs(3600)));
    hac.ledger().clear();
    let seen = Seen::default();
    let run = tokio::spawn({
        let (client, mut seen) = (client.clone(), seen.clone());
        async move { client.run_update(&plan, watch(), &mut seen).await.expect("a run") }
    });
    // It was seen running.
    until(&run, || {
        hac.ledger().entries().iter().any(|entry| entry.path.ends_with(PAGE) && entry.status == Some(302))
            && hac.ledger().count(PAGE) > 2
    })
    .await;
    hac.simulator.faults().stop_update_after(None);
    let run = run.await.expect("it ends");
    assert_eq!((run.outcome, run.known_from), (UpdateOutcome::Finished, OutcomeSource::Log));
    assert_eq!(hac.ledger().count(RUN), 1);
}

#[tokio::test]
async fn without_the_log_it_is_one_request_and_a_lost_answer_is_lost() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let plan = client.plan_update(&Update::new(Schema::Update)).await.expect("a plan");
    hac.ledger().clear();
    let mut seen = Seen::default();
    let run = client.run_update(&plan, watch().without_log(), &mut seen).await.expect("a run");
    assert_eq!((run.outcome, hac.ledger().len()), (UpdateOutcome::Finished, 1));
    assert!(seen.lines().len() > 4, "the log of the answer: {:?}", seen.lines());
    hac.simulator.faults().once(On::post(RUN), Fault::ResetAfter);
    let run = client.run_update(&plan, watch().without_log(), &mut seen).await.expect("a run");
    assert_eq!((run.outcome, hac.ledger().len()), (UpdateOutcome::Lost, 2));
}

#[tokio::test]
async fn a_refusal_behind_which_the_system_is_being_updated_may_be_of_this_very_update() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let plan = client.plan_update(&Update::new(Schema::Update)).await.expect("a plan");
    for status in [403, 405] {
        hac.ledger().clear();
        // A firewall answers in HAC's place, and the look at the session meets the update.
        let firewall = Fault::Answer { status, headers: Vec::new(), body: "blocked".into(), execute: false };
        hac.simulator.faults().once(On::post(RUN), firewall);
        hac.simulator.faults().initializing(true);
        let seen = Seen::default();
        let run = tokio::spawn({
            let (client, plan, mut seen) = (client.clone(), plan.clone(), seen.clone());
            async move { client.run_update(&plan, watch(), &mut seen).await.expect("a run") }
        });
        until(&run, || seen.lost() == 1).await;
        hac.simulator.faults().initializing(false);
        let run = run.await.expect("it ends");
        assert_eq!(run.outcome, UpdateOutcome::Lost, "not refused: nobody knows");
        let why = run.reason.expect("why").why().to_owned();
        assert!(why.contains(&status.to_string()) && !why.contains("cannot"), "{why}");
        assert_eq!(hac.ledger().count(RUN), 1);
    }
}
