//! System updates: what is offered, the one request, the log while it runs, and the answer that is lost.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use hac_client::platform::{
    Initialization, LogLine, LogLineKind, LogSink, OutcomeSource, Schema, Update, UpdateOutcome, UpdateStatus, Watch,
};
use hac_client::{BasicAuthHandler, Error, ErrorKind, HacClient};
use hac_simulator::{Fault, On};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::support::{Hac, assert_kind};

const RUN: &str = "/platform/init/execute";
const LOG: &str = "/initlog/log";
const PAGE: &str = "/platform/update";

/// Looks at the log as often as it can.
fn watch() -> Watch {
    Watch::default().poll_interval(Duration::from_millis(5))
}

/// What was given away so far.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<(Vec<String>, usize)>>);

impl LogSink for Seen {
    fn line(&mut self, line: &LogLine) {
        let mark = if line.kind == LogLineKind::Heading { "= " } else { "" };
        self.0.lock().expect("unpoisoned").0.push(format!("{mark}{}", line.text));
    }

    fn answer_lost(&mut self, _error: &Error) {
        self.0.lock().expect("unpoisoned").1 += 1;
    }
}

impl Seen {
    fn lines(&self) -> Vec<String> {
        self.0.lock().expect("unpoisoned").0.clone()
    }

    fn lost(&self) -> usize {
        self.0.lock().expect("unpoisoned").1
    }
}

/// Waits for something that a task brings about before it ends.
async fn until<T>(task: &JoinHandle<T>, mut there: impl FnMut() -> bool) {
    while !there() {
        assert!(!task.is_finished(), "it ended before that");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// The codes of the products that updates have made.
async fn made(client: &HacClient) -> Vec<String> {
    let query = "SELECT {code} FROM {Product} WHERE {code} LIKE 'sample%' ORDER BY {code}";
    let result = client.execute_flexiblesearch(query).await.expect("rows");
    result.rows.into_iter().map(|mut row| row.remove(0).expect("a code")).collect()
}

/// The body of the one update that was sent.
fn sent(hac: &Hac) -> Value {
    let entries = hac.ledger().entries();
    let [entry] = &entries.iter().filter(|entry| entry.path.ends_with(RUN)).collect::<Vec<_>>()[..] else {
        panic!("not one update: {:?}", hac.requests());
    };
    assert!(entry.header("content-type").is_some_and(|value| value.starts_with("application/json")));
    assert!(entry.header("x-csrf-token").is_some(), "a JSON body cannot bear the token");
    serde_json::from_str(entry.json.as_deref().expect("a body")).expect("JSON")
}

#[tokio::test]
async fn the_page_is_shown_before_the_data_is_read_because_hac_fills_in_the_patches_only_then() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let data = client.update_data().await.expect("data");
    assert_eq!(hac.requests(), ["GET /hac/platform/update 200", "GET /hac/platform/init/data 200"]);
    let names: Vec<&str> = data.project_datas.iter().map(|extension| extension.name.as_str()).collect();
    assert_eq!(names, ["core", "basecommerce", "samplestore", "samplepatches"]);
    assert!(data.extension("samplepatches").expect("an extension").has_parameters());
    let languages = &data.extension("samplestore").expect("an extension").parameters[2];
    assert_eq!(languages.available_values().collect::<Vec<_>>(), ["en", "de", "fr"], "in the server's order");
    assert!(!data.is_initializing);
}

#[tokio::test]
async fn a_plan_costs_three_reads_and_a_mistake_costs_no_more() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    client.plan_update(&Update::new(Schema::Update).patch("Patch_2601_1_0")).await.expect("a plan");
    assert_eq!(hac.ledger().len(), 3);
    let error = client.plan_update(&Update::new(Schema::Update).patch("Patch_2601_1_1")).await.expect_err("unknown");
    assert_kind(&error, ErrorKind::Usage);
    assert!(error.hint().expect("a hint").to_string().contains("Patch_2601_1_0"), "{error:?}");
    assert_eq!((hac.ledger().count(RUN), hac.ledger().executed()), (0, 0));
}

#[tokio::test]
async fn an_update_is_one_request_that_does_what_was_asked_and_keeps_what_was_preselected() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let update = Update::new(Schema::Update)
        .create_essential_data()
        .extension("samplestore")
        .extension("samplepatches")
        .patch("Patch_2602_1_0")
        .parameter("samplestore_importSampleData", "yes");
    let plan = client.plan_update(&update).await.expect("a plan");
    hac.ledger().clear();
    let result = client.execute_update(&plan).await.expect("an answer");
    assert!(result.success() && result.is_finished() && result.errors().is_empty(), "{}", result.log_text());
    assert_eq!(hac.requests(), ["POST /hac/platform/init/execute 200"]);
    assert_eq!(
        sent(&hac),
        json!({
            "dropTables": false, "clearHMC": false, "createEssentialData": true, "createProjectData": false,
            "localizeTypes": false, "initMethod": "UPDATE",
            "allParameters": {
                "samplestore_sample": "true", "samplestore_importCoreData": ["yes"],
                "samplestore_importSampleData": ["yes"], "samplestore_languages": ["en", "de"],
                "samplestore_manufacturer": ["Sample & Sons"], "samplepatches_sample": "true",
                "samplepatches_Patch_2601_1_0": ["no"], "samplepatches_Patch_2602_1_0": ["yes"],
            },
            "patches": {"core": ["3f9a1c07"], "validation": ["77c0e2aa"]},
        })
    );
    let codes = made(&client).await;
    assert!(codes.contains(&"samplepatches-Patch_2602_1_0".to_owned()), "{codes:?}");
    assert!(!codes.contains(&"samplepatches-Patch_2601_1_0".to_owned()), "{codes:?}");
    let left: Vec<String> =
        client.pending_patches().await.expect("patches").into_iter().map(|patch| patch.name).collect();
    assert_eq!(left, ["Clean up orphaned attributes"]);
}

#[tokio::test]
async fn the_type_system_is_touched_only_if_it_was_said() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let table = "SELECT count(*) FROM systemupdates";
    for (schema, there) in [(Schema::LeaveAlone, false), (Schema::Update, true)] {
        let plan = client.plan_update(&Update::new(schema)).await.expect("a plan");
        assert!(client.execute_update(&plan).await.expect("an answer").success());
        let query = hac_client::FlexibleSearch::sql(table);
        assert_eq!(
            client.execute_flexiblesearch(query).await.or_else(Error::into_outcome).expect("an answer").success(),
            there,
            "{schema:?}"
        );
    }
}

#[tokio::test]
async fn an_initialisation_begins_anew() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let update = Update::new(Schema::Update).extension("samplestore");
    let plan = client.plan_update(&update).await.expect("a plan");
    let _ = client.execute_update(&plan).await.expect("an answer");
    assert!(!made(&client).await.is_empty());
    let plan = client.plan_initialization(&Initialization::new()).await.expect("a plan");
    let mut seen = Seen::default();
    let run = client.run_initialization(&plan, watch(), &mut seen).await.expect("a run");
    assert_eq!(run.outcome, UpdateOutcome::Finished);
    assert!(made(&client).await.is_empty());
    assert!(seen.lines()[0].contains("Initialization"), "{:?}", seen.lines());
}

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
async fn an_update_that_can_no_longer_be_asked_about_is_given_up_after_a_while() {
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

#[tokio::test]
async fn a_session_that_ended_costs_a_login_and_no_second_update() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let plan = client.plan_update(&Update::new(Schema::Update)).await.expect("a plan");
    hac.simulator.faults().expire_sessions();
    let run = client.run_update(&plan, watch(), &mut Seen::default()).await.expect("a run");
    assert_eq!(run.outcome, UpdateOutcome::Finished);
    hac.simulator.faults().expire_sessions();
    assert!(client.execute_update(&plan).await.expect("an answer").success());
    assert_eq!((hac.ledger().executed(), hac.ledger().logins()), (2, 2));
}

#[tokio::test]
async fn a_patch_that_fails_is_an_outcome_and_stays_pending() {
    let hac = Hac::with(|simulator| simulator.failing_patch("77c0e2aa"));
    let client = hac.warm_client().await;
    let plan = client.plan_update(&Update::new(Schema::Update)).await.expect("a plan");
    let run = client.run_update(&plan, watch(), &mut Seen::default()).await.expect("a run");
    assert_eq!((run.outcome, run.known_from), (UpdateOutcome::FinishedWithErrors, OutcomeSource::Answer));
    assert!(run.errors[0].contains("PatchException"), "{:?}", run.errors);
    let left = client.pending_patches().await.expect("patches");
    assert!(left.iter().any(|patch| patch.hash == "77c0e2aa"));
}

#[tokio::test]
async fn a_success_whose_log_tells_of_an_exception_is_finished_with_errors_and_a_word_in_passing_is_not() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let plan = client.plan_update(&Update::new(Schema::Update)).await.expect("a plan");
    for (log, expected) in [
        ("java.lang.IllegalStateException: x<br/>FINISHED", UpdateOutcome::FinishedWithErrors),
        ("created type ErrorPage, 0 failed<br/>FINISHED", UpdateOutcome::Finished),
    ] {
        let answer = json!({"success": true, "log": log}).to_string();
        hac.simulator.faults().once(On::post(RUN), Fault::Body(answer));
        let run = client.run_update(&plan, watch().without_log(), &mut Seen::default()).await.expect("a run");
        assert_eq!(run.outcome, expected, "{log}");
    }
}

#[tokio::test]
async fn who_lacks_the_right_is_told_so_and_may_still_ask_for_the_status() {
    let hac = Hac::with(|simulator| {
        simulator.user("looker", "looker", &["HAC_PLATFORM_UPDATE"]).user(
            "initialiser",
            "initialiser",
            &["HAC_PLATFORM_INITIALIZATION"],
        )
    });
    let plan = hac.client().plan_update(&Update::new(Schema::Update)).await.expect("a plan");
    let as_user = |name: &str| {
        let builder = hac.builder().auth_handler(BasicAuthHandler::new(name, name));
        builder.session_persistence(false).build().expect("a client")
    };
    for name in ["looker", "viewer"] {
        let client = as_user(name);
        let error = client.run_update(&plan, watch(), &mut Seen::default()).await.expect_err("no right");
        assert_kind(&error, ErrorKind::Forbidden);
        assert_kind(&client.update_data().await.expect_err("no right"), ErrorKind::Forbidden);
        assert_eq!(client.update_status().await.expect("a status"), UpdateStatus::Idle, "{name}");
    }
    assert_eq!(hac.ledger().executed(), 0);
    // The right to the data and the run is not the right to the page of the update.
    let client = as_user("initialiser");
    let data = client.update_data().await.expect("data");
    assert!(!data.project_datas.is_empty());
    let run = client.run_update(&plan, watch(), &mut Seen::default()).await.expect("a run");
    assert_eq!(run.outcome, UpdateOutcome::Finished);
}

#[tokio::test]
async fn the_configuration_is_written_down_as_the_server_has_it_and_nothing_runs() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let update = Update::new(Schema::Update).create_essential_data().patch("Patch_2601_1_0");
    let plan = client.plan_update(&update).await.expect("a plan");
    let text = "{\"zeta\": \"1\",\n \"alpha\":[\"yes\"]}";
    let dump: Value = serde_json::from_str(&client.dump_configuration(&plan).await.expect("a dump")).expect("JSON");
    assert_eq!((&dump["initmethod"], &dump["essential"]), (&json!("update"), &json!("true")));
    assert_eq!(dump["samplepatches_Patch_2601_1_0"], json!(["yes"]));
    hac.simulator.faults().once(On::post("/platform/dumpConfiguration"), Fault::Body(text.into()));
    assert_eq!(client.dump_configuration(&plan).await.expect("a dump"), text, "to the letter");
    assert_eq!(hac.ledger().executed(), 0);
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

#[tokio::test]
async fn no_connection_is_no_run() {
    let hac = Hac::start();
    let plan = hac.client().plan_update(&Update::new(Schema::Update)).await.expect("a plan");
    let client = HacClient::builder("http://127.0.0.1:9")
        .auth_handler(BasicAuthHandler::new("admin", "nimda"))
        .session_persistence(false)
        .build()
        .expect("a client");
    let error = client.run_update(&plan, watch(), &mut Seen::default()).await.expect_err("nobody listens");
    assert_kind(&error, ErrorKind::Connect);
}
