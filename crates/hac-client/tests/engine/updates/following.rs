//! The log of an update, followed while it runs.

use std::time::Duration;

use hac_client::ErrorKind;
use hac_client::platform::{LogLine, OutcomeSource, Schema, Update, UpdateOutcome, UpdateStatus};
use hac_simulator::{Fault, On};

use super::{LOG, PAGE, RUN, Seen, until, watch};
use crate::support::{Hac, assert_kind};

#[tokio::test]
async fn the_log_is_given_away_while_the_update_runs_and_each_line_once() {
    for calls_at_once in [1, 8] {
        let hac = Hac::start();
        let client = hac.builder().max_in_flight(calls_at_once).build().expect("a client");
        let plan = client.plan_update(&Update::new(Schema::Update)).await.expect("a plan");
        hac.simulator.faults().stop_update_after(Some(1));
        hac.ledger().clear();
        let seen = Seen::default();
        let run = tokio::spawn({
            let (client, mut seen) = (client.clone(), seen.clone());
            async move { client.run_update(&plan, watch(), &mut seen).await.expect("a run") }
        });
        until(&run, || seen.lines().len() >= 2).await;
        assert!(!run.is_finished(), "the update is stopped");
        let early = seen.lines();
        hac.simulator.faults().stop_update_after(None);
        let run = run.await.expect("it ends");
        assert_eq!((run.outcome, run.known_from), (UpdateOutcome::Finished, OutcomeSource::Answer));
        let lines = seen.lines();
        assert!(lines.starts_with(&early));
        assert_eq!(lines.iter().filter(|line| line.starts_with("= ")).count(), 5, "{lines:?}");
        assert_eq!(lines.last().map(String::as_str), Some("= #### FINISHED ####"));
        assert_eq!((hac.ledger().count(RUN), hac.ledger().executed(), seen.lost()), (1, 1, 0));
        let shown = client.update_log().await.expect("a log");
        assert_eq!(shown.lines().len(), lines.len());
    }
}

#[tokio::test]
async fn a_second_update_is_refused_while_one_runs_and_the_first_is_found_again() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let plan = client.plan_update(&Update::new(Schema::Update)).await.expect("a plan");
    assert_eq!(client.update_status().await.expect("a status"), UpdateStatus::Idle);
    hac.simulator.faults().stop_update_after(Some(1));
    hac.ledger().clear();
    let first = tokio::spawn({
        let (client, plan) = (client.clone(), plan.clone());
        async move { client.run_update(&plan, watch(), &mut Seen::default()).await.expect("a run") }
    });
    until(&first, || hac.ledger().executed() == 1).await;
    // Another process, on the stored session.
    let other = hac.client();
    assert_eq!(other.update_status().await.expect("a status"), UpdateStatus::Running);
    let mut nothing = Seen::default();
    let run = other.run_update(&plan, watch(), &mut nothing).await.expect("a run");
    assert_eq!(run.outcome, UpdateOutcome::Refused);
    assert_kind(&run.reason.expect("why"), ErrorKind::Initializing);
    assert_kind(&other.execute_update(&plan).await.expect_err("refused"), ErrorKind::Initializing);
    assert_kind(&other.plan_update(&Update::new(Schema::Update)).await.expect_err("no"), ErrorKind::Initializing);
    assert_eq!(hac.ledger().executed(), 1);

    let seen = Seen::default();
    let followed = tokio::spawn({
        let (other, mut seen) = (other.clone(), seen.clone());
        async move { other.follow_update_log(watch(), &mut seen).await.expect("followed") }
    });
    until(&followed, || seen.lines().len() >= 2).await;
    hac.simulator.faults().stop_update_after(None);
    let followed = followed.await.expect("it ends");
    assert!(followed.was_running);
    assert_eq!(followed.outcome, UpdateOutcome::Finished);
    assert_eq!(seen.lines().last().map(String::as_str), Some("= #### FINISHED ####"));
    assert_eq!(first.await.expect("it ends").outcome, UpdateOutcome::Finished);
    assert_eq!(hac.ledger().logins(), 0);
}

#[tokio::test]
async fn following_survives_faults_on_the_way() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let plan = client.plan_update(&Update::new(Schema::Update)).await.expect("a plan");
    hac.simulator.faults().stop_update_after(Some(1));
    let first = tokio::spawn({
        let client = client.clone();
        async move { client.run_update(&plan, watch(), &mut Seen::default()).await.expect("a run") }
    });
    until(&first, || hac.ledger().executed() == 1).await;
    let seen = Seen::default();
    let followed = tokio::spawn({
        let (client, mut seen) = (client.clone(), seen.clone());
        async move { client.follow_update_log(watch(), &mut seen).await.expect("followed") }
    });
    until(&followed, || !seen.lines().is_empty()).await;
    let broken = Fault::Answer { status: 500, headers: Vec::new(), body: "oops".into(), execute: false };
    hac.simulator.faults().times(6, On::get(LOG), broken.clone());
    hac.simulator.faults().times(6, On::get(PAGE), broken);
    hac.simulator.faults().stop_update_after(None);
    let followed = followed.await.expect("it ends");
    assert_eq!(followed.outcome, UpdateOutcome::Finished);
    assert_eq!(first.await.expect("it ends").outcome, UpdateOutcome::Finished);
}

#[tokio::test]
async fn the_last_word_of_the_log_is_waited_for_although_the_server_is_idle() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let plan = client.plan_update(&Update::new(Schema::Update)).await.expect("a plan");
    hac.simulator.faults().once(On::post(RUN), Fault::ResetAfter);
    // The first look is the one before the update.
    let broken = Fault::Answer { status: 500, headers: Vec::new(), body: "oops".into(), execute: false };
    hac.simulator.faults().times(8, On::get(LOG).skip(1), broken);
    let run = client.run_update(&plan, watch(), &mut Seen::default()).await.expect("a run");
    assert_eq!((run.outcome, run.known_from), (UpdateOutcome::Finished, OutcomeSource::Log));
}

#[tokio::test]
async fn an_update_whose_server_no_longer_answers_is_abandoned_after_a_while() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let plan = client.plan_update(&Update::new(Schema::Update)).await.expect("a plan");
    hac.simulator.faults().once(On::post(RUN), Fault::ResetAfter);
    let broken = Fault::Answer { status: 500, headers: Vec::new(), body: "oops".into(), execute: false };
    hac.simulator.faults().always(On::get(PAGE), broken);
    let watch = watch().patience(Duration::from_millis(30));
    let run = client.run_update(&plan, watch, &mut Seen::default()).await.expect("a run");
    assert_eq!(run.outcome, UpdateOutcome::Lost);
    assert_eq!(hac.ledger().count(RUN), 1);
}

#[tokio::test]
async fn nothing_is_followed_where_nothing_runs_and_the_last_log_is_given_away() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let mut seen = Seen::default();
    let followed = client.follow_update_log(watch(), &mut seen).await.expect("followed");
    assert_eq!((followed.was_running, followed.outcome, seen.lines().len()), (false, UpdateOutcome::Lost, 0));
    let plan = client.plan_update(&Update::new(Schema::Update)).await.expect("a plan");
    let _ = client.execute_update(&plan).await.expect("an answer");
    let followed = client.follow_update_log(watch(), &mut seen).await.expect("followed");
    assert_eq!((followed.was_running, followed.outcome), (false, UpdateOutcome::Finished));
    assert!(!seen.lines().is_empty());
}

#[tokio::test]
async fn the_log_of_a_running_update_is_read_without_a_login_where_the_server_allows_it() {
    for (needs_login, readable) in [(false, true), (true, false)] {
        let hac = Hac::with(move |simulator| simulator.knobs(move |knobs| knobs.init_log_needs_login = needs_login));
        let client = hac.warm_client().await;
        let plan = client.plan_update(&Update::new(Schema::Update)).await.expect("a plan");
        hac.simulator.faults().stop_update_after(Some(1));
        let run = tokio::spawn(async move { client.execute_update(&plan).await });
        until(&run, || hac.ledger().executed() == 1).await;
        hac.ledger().clear();
        // Nobody can log in now.
        let stranger = hac.builder().session_persistence(false).build().expect("a client");
        let log = stranger.update_log().await;
        assert_eq!(log.is_ok(), readable, "{log:?}");
        if let Err(error) = log {
            assert_kind(&error, ErrorKind::Initializing);
        }
        assert_eq!(stranger.update_status().await.expect("a status"), UpdateStatus::Running);
        assert_eq!(hac.ledger().login_attempts(), 0);
        hac.simulator.faults().stop_update_after(None);
        assert!(run.await.expect("it ends").expect("an answer").success());
    }
}

#[test]
fn the_blocking_client_follows_the_log_as_well() {
    let hac = Hac::start();
    let client = hac.builder().build_blocking().expect("a client");
    let plan = client.plan_update(&Update::new(Schema::Update)).expect("a plan");
    let mut count = 0;
    let run = client.run_update(&plan, watch(), &mut |_: &LogLine| count += 1).expect("a run");
    assert_eq!(run.outcome, UpdateOutcome::Finished);
    assert_eq!(client.update_log().expect("a log").lines().len(), count);
    assert_eq!(client.update_status().expect("a status"), UpdateStatus::Idle);
}
