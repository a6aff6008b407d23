//! System update and initialisation: what is offered, what runs, and what everybody else sees meanwhile.

use std::thread;

use hac_simulator::{Release, Simulator, SimulatorHandle};
use serde_json::{Value, json};

use crate::browser::{Browser, Reply};

const EXECUTE: &str = "/platform/init/execute";

fn json_browser(simulator: &SimulatorHandle) -> Browser {
    let mut browser = Browser::admin(simulator);
    browser.headers = vec![
        ("Content-Type".to_owned(), "application/json; charset=UTF-8".to_owned()),
        ("X-CSRF-TOKEN".to_owned(), browser.token.clone()),
    ];
    browser
}

fn post(browser: &mut Browser, path: &str, body: &Value) -> Reply {
    let path = browser.below(path);
    browser.send("POST", &path, Some(body.to_string())).unwrap()
}

fn count(simulator: &SimulatorHandle, sql: &str) -> Option<String> {
    let answer = Browser::admin(simulator).query(&[("sqlQuery", sql), ("flexibleSearchQuery", "")]).json();
    answer["resultList"][0][0].as_str().map(str::to_owned)
}

const PRODUCTS: &str = "SELECT count(*) FROM products WHERE p_code LIKE 'sample%'";

#[test]
fn patches_are_told_only_after_the_page_was_shown() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = Browser::admin(&simulator);
    let patches = |browser: &mut Browser| browser.get("/platform/init/data").json()["projectDatas"][3].clone();
    assert_eq!(patches(&mut browser)["parameter"], json!([]));
    assert_eq!(browser.get("/platform/update").status, 200);
    let told = patches(&mut browser);
    assert_eq!(told["name"], "samplepatches");
    let first = json!({
        "name": "Patch_2601_1_0", "label": "Patch 2601.1.0", "values": {"yes": false, "no": true}, "legacy": false,
        "multiSelect": false, "default": "no",
    });
    assert_eq!(told["parameter"][0], first);
}

#[test]
fn a_parameter_of_free_text_has_a_default_and_no_values() {
    let simulator = Simulator::builder().start().unwrap();
    let data = Browser::admin(&simulator).get("/platform/init/data").json();
    let store = &data["projectDatas"][2]["parameter"];
    assert_eq!((&store[3]["values"], &store[3]["default"]), (&Value::Null, &json!("Sample & Sons")));
    assert_eq!(store[2]["multiSelect"], true);
    assert_eq!(data["isInitializing"], false);
}

#[test]
fn an_update_does_what_it_logs() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = json_browser(&simulator);
    let order = json!({
        "initMethod": "UPDATE", "createEssentialData": true,
        "patches": {"core": ["3f9a1c07"], "nobody": ["none"]},
        "allParameters": {
            "samplestore_sample": "true", "samplestore_importCoreData": ["yes"], "samplestore_importSampleData": ["no"],
            "samplestore_manufacturer": "A & B", "samplepatches_Patch_2601_1_0": ["yes"],
        },
    });
    let answer = post(&mut browser, EXECUTE, &order).json();
    let log = answer["log"].as_str().unwrap();
    assert_eq!(answer["success"], true, "{log}");
    for line in ["<h3>Update the type system</h3>", "A &amp; B", "nobody: patch none is not pending<br/>", "FINISHED"] {
        assert!(log.contains(line), "{line}: {log}");
    }
    assert_eq!(browser.get("/initlog/log?_=1").json()["log"], log);
    let pending = browser.get("/platform/init/pendingPatches").json();
    assert_eq!(pending["core"].as_array().unwrap().len(), 1);
    assert_eq!(count(&simulator, PRODUCTS).as_deref(), Some("2"), "importCoreData and manufacturer");
    assert_eq!(count(&simulator, "SELECT p_what FROM systemupdates").as_deref(), Some("Indexes of the type system"));
    assert_eq!(count(&simulator, "SELECT count(*) FROM languages").as_deref(), Some("3"));
    // Again: nothing comes twice.
    assert_eq!(post(&mut browser, EXECUTE, &order).json()["success"], true);
    assert_eq!(count(&simulator, PRODUCTS).as_deref(), Some("2"));
    assert_eq!(simulator.ledger().entries().iter().filter(|entry| entry.json.is_some()).count(), 2);
}

#[test]
fn an_update_logs_what_it_skips() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = json_browser(&simulator);
    let log = |browser: &mut Browser, order: &Value| post(browser, EXECUTE, order).json()["log"].to_string();
    let skipping = log(&mut browser, &json!({"initMethod": null, "clearHMC": true, "localizeTypes": true}));
    let counts = |log: &str| (log.matches("skipped: ").count(), log.matches(" done<br/>").count());
    assert_eq!(counts(&skipping), (3, 0), "{skipping}");
    let updating = log(&mut browser, &json!({"initMethod": "UPDATE", "createEssentialData": true}));
    assert_eq!(counts(&updating), (0, 2), "{updating}");
}

#[test]
fn a_step_that_fails_is_not_logged_as_done_and_its_patch_stays_pending() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = json_browser(&simulator);
    simulator.faults().starve_threads(true);
    let order = json!({"initMethod": "INIT", "patches": {"core": ["3f9a1c07"]}});
    let answer = post(&mut browser, EXECUTE, &order).json();
    let log = answer["log"].as_str().unwrap();
    assert_eq!((&answer["success"], log.contains(" done<br/>")), (&json!(false), false), "{log}");
    assert_eq!(log.matches("ERROR The server cannot start a thread").count(), 3, "{log}");
    simulator.faults().starve_threads(false);
    let pending = browser.get("/platform/init/pendingPatches").json();
    assert_eq!(pending["core"].as_array().unwrap().len(), 2);
}

#[test]
fn without_a_method_the_type_system_is_skipped_and_its_heading_printed_all_the_same() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = json_browser(&simulator);
    // As hac-client-core 0.1.2 sends it.
    let order = json!({"initMethod": null, "dropTables": true, "parametersAsStringMap": {"initmethod": ["update"]}});
    let answer = post(&mut browser, EXECUTE, &order).json();
    assert!(answer["log"].as_str().unwrap().contains("<h3>Update the type system</h3>"));
    assert_eq!(count(&simulator, "SELECT count(*) FROM systemupdates"), None, "there is no such table");
    assert_eq!(count(&simulator, "SELECT count(*) FROM products").as_deref(), Some("100"));
}

#[test]
fn an_initialisation_brings_the_sample_back() {
    let simulator = Simulator::builder().products(7).user("extra", "extra", &[]).start().unwrap();
    let mut browser = json_browser(&simulator);
    let order = json!({"initMethod": "UPDATE", "patches": {"core": ["3f9a1c07"]}, "createProjectData": true,
        "allParameters": {"samplestore_importCoreData": ["yes"]}});
    post(&mut browser, EXECUTE, &order);
    count(&simulator, "CREATE TABLE mine (a TEXT)");
    assert_eq!(count(&simulator, PRODUCTS).as_deref(), Some("1"));
    let answer = post(&mut browser, EXECUTE, &json!({"initMethod": "INIT"})).json();
    assert_eq!(answer["success"], true, "{answer}");
    assert_eq!(count(&simulator, "SELECT count(*) FROM products").as_deref(), Some("7"));
    assert_eq!(count(&simulator, "SELECT count(*) FROM users WHERE p_uid = 'extra'").as_deref(), Some("1"));
    assert_eq!(count(&simulator, "SELECT count(*) FROM mine"), None);
    assert_eq!(browser.get("/platform/init/pendingPatches").json()["core"].as_array().unwrap().len(), 2);
    assert_eq!(browser.get("/").status, 200, "the session lives on");
}

#[test]
fn while_it_runs_every_page_leads_to_the_initialisation_and_the_log_grows() {
    for release in Release::ALL {
        let simulator = Simulator::builder().release(release).start().unwrap();
        let mut browser = json_browser(&simulator);
        simulator.faults().stop_update_after(Some(1));
        let mut runner = json_browser(&simulator);
        let order = json!({"initMethod": "UPDATE", "localizeTypes": true});
        let running = thread::spawn(move || post(&mut runner, EXECUTE, &order));
        while !browser.get("/initlog/log").text().contains("done") {
            thread::yield_now();
        }
        for path in ["/", "/platform/update", "/console/scripting", "/platform/init/data", "/login"] {
            let reply = browser.get(path);
            assert_eq!(reply.status, 302, "{path}");
            assert!(reply.location().ends_with("/hac/platform/init"), "{path}: {}", reply.location());
        }
        let second = post(&mut browser, EXECUTE, &json!({"initMethod": "UPDATE"}));
        assert_eq!(second.status, 302);
        assert!(second.location().ends_with("/hac/platform/init"), "{}", second.location());
        assert_eq!(browser.get("/platform/init").status, 200);
        assert!(!browser.get("/initlog/log").text().contains("FINISHED"));
        assert_eq!(simulator.ledger().executed(), 1);
        simulator.faults().stop_update_after(None);
        assert_eq!(running.join().unwrap().json()["success"], true);
        assert_eq!(browser.get("/platform/update").status, 200);
        assert!(browser.get("/initlog/log").text().contains("FINISHED"));
    }
}

#[test]
fn the_log_is_for_those_who_are_logged_in_unless_the_knob_says_otherwise() {
    for (needs_login, status) in [(true, 302), (false, 200)] {
        let simulator =
            Simulator::builder().knobs(move |knobs| knobs.init_log_needs_login = needs_login).start().unwrap();
        assert_eq!(Browser::new(&simulator).get("/initlog/log").status, status);
        assert_eq!(Browser::admin(&simulator).get("/initlog/log").json()["log"], "");
    }
}

#[test]
fn a_patch_that_is_to_fail_fails_and_stays_pending() {
    for (name, order) in [
        ("Indexes of the type system", json!({"patches": {"core": ["3f9a1c07"]}})),
        (
            "Patch_2601_1_0",
            json!({"allParameters": {"samplepatches_sample": "true", "samplepatches_Patch_2601_1_0": ["yes"]}}),
        ),
    ] {
        let simulator = Simulator::builder().failing_patch(name).start().unwrap();
        let mut browser = json_browser(&simulator);
        let answer = post(&mut browser, EXECUTE, &order).json();
        assert_eq!(answer["success"], false);
        assert!(answer["log"].as_str().unwrap().contains("PatchException"), "{answer}");
        assert_eq!(browser.get("/platform/init/pendingPatches").json()["core"].as_array().unwrap().len(), 2);
        assert_eq!(count(&simulator, PRODUCTS).as_deref(), Some("0"));
    }
}

#[test]
fn the_configuration_is_dumped_and_nothing_runs() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = json_browser(&simulator);
    let order = json!({"initMethod": "UPDATE", "createEssentialData": true, "localizeTypes": true,
        "allParameters": {"core_sample": "true", "samplestore_importCoreData": ["yes"]}});
    let dump = post(&mut browser, "/platform/dumpConfiguration", &order).json();
    let expected = json!({"init": "Go", "initmethod": "update", "essential": "true", "localizetypes": "true",
        "core_sample": "true", "samplestore_importCoreData": ["yes"]});
    assert_eq!(dump, expected);
    assert_eq!(simulator.ledger().executed(), 0);
}

#[test]
fn what_is_no_order_runs_nothing() {
    let simulator = Simulator::builder().user("looker", "looker", &["HAC_PLATFORM_UPDATE"]).start().unwrap();
    let mut browser = json_browser(&simulator);
    let path = browser.below(EXECUTE);
    assert_eq!(browser.send("POST", &path, Some("{\"dropTables\": 7}".to_owned())).unwrap().status, 400);
    assert_eq!(browser.send("POST", &path, Some("{".to_owned())).unwrap().status, 400);
    browser.headers.remove(0);
    assert_eq!(browser.send("POST", &path, Some("dropTables=true".to_owned())).unwrap().status, 415);
    assert_eq!(browser.get(EXECUTE).status, 405);
    // Without the token, and without the right.
    let mut stranger = json_browser(&simulator);
    stranger.headers.pop();
    assert_eq!(post(&mut stranger, EXECUTE, &json!({"initMethod": "INIT"})).status, 405);
    let mut looker = Browser::logged_in(&simulator, "looker", "looker");
    assert_eq!(looker.get("/platform/update").status, 200);
    looker.headers = vec![
        ("Content-Type".to_owned(), "application/json".to_owned()),
        ("X-CSRF-TOKEN".to_owned(), looker.token.clone()),
    ];
    assert_eq!(post(&mut looker, EXECUTE, &json!({"initMethod": "INIT"})).status, 405);
    assert_eq!(simulator.ledger().executed(), 0);
}
