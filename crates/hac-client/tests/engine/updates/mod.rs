//! System updates: what is offered, the one request, the log while it runs, and the answer that is lost.

mod following;
mod lost;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use hac_client::platform::{
    Initialization, LogLine, LogLineKind, LogSink, OutcomeSource, Schema, Update, UpdateOutcome, UpdateStatus, Watch,
};
use hac_client::{BasicAuthHandler, Error, ErrorKind, HacClient};
use hac_simulator::{Fault, On};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::support::{Hac, assert_kind};

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
async fn a_success_with_an_exception_in_its_log_has_errors_and_the_mere_word_does_not() {
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
