use std::fmt::Write as _;

use hac_simulator::{Fault, On, Simulator};

use crate::bench::Bench;
use crate::snapshot;

const EXECUTE: &str = "/platform/init/execute";

pub(crate) fn executed(bench: &Bench) -> usize {
    bench.simulator.ledger().count(EXECUTE)
}

/// The body of the last update that was sent.
fn sent(bench: &Bench) -> serde_json::Value {
    let entries = bench.simulator.ledger().entries();
    let entry = entries.iter().rev().find(|entry| entry.path.ends_with(EXECUTE)).expect("an update was sent");
    serde_json::from_str(entry.json.as_deref().expect("a body")).expect("JSON")
}

/// Host and port, as they are typed before tables are dropped.
pub(crate) fn server(bench: &Bench) -> String {
    bench.simulator.url().split('/').nth(2).expect("a host").to_owned()
}

/// Runs all of these and puts them into one text.
pub(crate) fn all(bench: &Bench, commands: &[&[&str]]) -> String {
    let mut text = String::new();
    for arguments in commands {
        let ran = bench.run(arguments);
        writeln!(text, "$ hac {}\n{ran}", arguments.join(" ")).expect("a string");
    }
    text
}

#[test]
fn what_can_be_updated_is_listed() {
    let bench = Bench::new();
    snapshot!(all(
        &bench,
        &[
            &["update", "data"],
            &["update", "data", "--patches"],
            &["update", "data", "-w", "-q"],
            &["update", "data", "-x", "samplestore"],
            &["update", "data", "-x", "samplestroe"],
            &["update", "patches"],
            &["update", "patches", "-x", "samplestore"],
            &["update", "patches", "-q"],
            &["update", "status"],
            &["update", "log"],
        ]
    ));
}

#[test]
fn what_can_be_updated_as_json() {
    let bench = Bench::new();
    snapshot!(all(
        &bench,
        &[
            &["update", "data", "-x", "samplestore", "--json"],
            &["update", "data", "-p", "--json"],
            &["update", "patches", "--json"],
            &["update", "status", "--json"],
            &["update", "log", "--json"],
        ]
    ));
}

#[test]
fn the_configuration_is_what_the_server_writes_for_ant() {
    let bench = Bench::new();
    let arguments = ["update", "config", "--schema", "-p", "Patch_2601_1_0"];
    let ran = bench.run(&arguments);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(ran.json()["initmethod"], "update");
    let wrapped = bench.run(&[&arguments[..], &["--json"]].concat());
    assert_eq!(wrapped.json()["configuration"], ran.json());
    assert_eq!(executed(&bench), 0);
    let told = "note: the server's text does not name these patches, which `hac update run` runs: Indexes of the type system \
                (core, required), Default constraints (validation, required); look for them in the log of `ant updatesystem`\n";
    assert_eq!((ran.stderr.as_str(), wrapped.stderr.as_str()), (told, told));
    let named = Fault::Body(r#"{"init":"Go","patches":["3f9a1c07","77c0e2aa"]}"#.to_owned());
    bench.simulator.faults().once(On::post("/platform/dumpConfiguration"), named);
    assert_eq!(bench.run(&arguments).stderr, "");
}

#[test]
fn the_audit_log_has_the_patches_of_an_update() {
    let bench = Bench::new();
    bench.home.hides("secret");
    bench.run(&["update", "run", "--schema", "-p", "Patch_2601_1_0", "--param", "samplestore_manufacturer=secret"]);
    let entry = bench.run(&["audit", "--json"]).objects()[0].clone();
    let line = "initMethod=UPDATE dropTables=false patches=core:3f9a1c07,validation:77c0e2aa \
                parameters=samplepatches_Patch_2601_1_0,samplestore_manufacturer";
    assert_eq!((&entry["first_line"], &entry["outcome"]), (&line.into(), &"ok".into()), "{entry:?}");
}

#[test]
fn an_update_says_first_what_it_does_and_prints_its_log() {
    let bench = Bench::new();
    let flags = ["--schema", "--create-essential-data", "-p", "Patch_2601_1_0", "-p", "Clean up orphaned attributes"];
    let ran = bench.run(&[&["update", "run", "--param", "samplestore_manufacturer=A, B"][..], &flags].concat());
    assert_eq!(executed(&bench), 1);
    let body = sent(&bench);
    assert_eq!(body["initMethod"], "UPDATE");
    assert_eq!(body["allParameters"]["samplepatches_Patch_2601_1_0"][0], "yes");
    assert_eq!(body["allParameters"]["samplepatches_Patch_2602_1_0"][0], "no", "as the server preselected it");
    assert_eq!(body["allParameters"].get("basecommerce_create geocoding cron job"), None, "nothing was preselected");
    snapshot!(ran);
}

#[test]
fn a_patch_runs_alone_and_stdout_begins_as_that_of_hac_client_cli() {
    let bench = Bench::new();
    let flags = ["update", "run", "-x", "samplestore", "-p", "importSampleData", "--no-follow"];
    let ran = bench.run(&flags);
    assert!(ran.stdout.starts_with("Starting system update...\n  Patches: importSampleData\nUpdate of"), "{ran}");
    let done = |ran: &crate::bench::Ran| -> Vec<String> {
        let lines = ran.stdout.lines().filter(|line| line.contains("product samplestore-"));
        lines.map(|line| line.split(" = ").next().unwrap_or_default().replace(">>> ", "")).collect()
    };
    assert_eq!(done(&ran), ["Import Sample Data"], "{ran}");
    let two = bench.run(&[&flags[..], &["--param", "importCoreData=yes", "--param", "languages=fr", "-q"]].concat());
    assert_eq!(done(&two), ["Import Core Data", "Import Sample Data", "Languages"], "{two}");
    assert!(two.stdout.starts_with("Update of"), "{two}");
    assert_eq!(bench.run(&[&flags[..], &["--json"]].concat()).json()["success"], true);
    let dropped = bench.run(&["update", "run", "--drop-tables", "--yes-i-mean", &server(&bench)]);
    assert!(dropped.stdout.starts_with("Starting system update...\n  DROP TABLES ENABLED\n"), "{dropped}");
    assert!(!bench.run(&["init", "run", "--yes-i-mean", &server(&bench)]).stdout.contains("Starting"));
}

#[test]
fn the_patches_of_an_extension_are_all_its_parameters() {
    let bench = Bench::new();
    let flags = ["update", "patches", "-x", "samplestore"];
    let json = bench.run(&[&flags[..], &["--json"]].concat()).json();
    assert_eq!(json["extension"], "samplestore");
    let names: Vec<_> =
        json["patches"].as_array().expect("patches").iter().map(|patch| patch["name"].clone()).collect();
    assert_eq!(names, ["importCoreData", "importSampleData", "languages", "manufacturer"]);
    let plain = bench.run(&flags);
    let told = "importCoreData\tapplied\nimportSampleData\tpending\nlanguages\tpending\nmanufacturer\tpending\n";
    assert_eq!((plain.stdout.as_str(), plain.stderr.as_str()), (told, ""));
    let quiet = bench.run(&["update", "data", "-x", "samplepatches", "-q"]);
    assert_eq!(quiet.stdout, "Patch_2601_1_0\tno\tyes,no\nPatch_2602_1_0\tno\tyes,no\n");
    // What is asked for by name is there as before.
    let columns = bench.run(&["update", "patches", "--columns", "name,hash", "--format", "csv"]);
    assert!(columns.stdout.contains("Clean up orphaned attributes,b2d45e18\n"), "{columns}");
    let core = bench.run(&["update", "patches", "-x", "core"]);
    assert!(core.stdout.is_empty() && core.stderr.contains("(2): `hac update patches -x core --format"), "{core}");
    assert_eq!(bench.run(&["update", "patches", "-x", "core", "-q"]).stderr, "");
}

#[test]
fn without_schema_the_type_system_is_said_to_be_left_alone() {
    let bench = Bench::new();
    let ran = bench.run(&["update", "run", "--localize-types"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.stderr.contains("type system: not updated (no --schema)"), "{ran}");
    assert!(sent(&bench)["initMethod"].is_null());
    // The flag of hac-client-cli's main branch.
    assert_eq!(bench.run(&["update", "run", "--schema-update", "-q"]).stderr, "");
    assert_eq!(sent(&bench)["initMethod"], "UPDATE");
}

#[test]
fn each_task_has_its_flag() {
    let bench = Bench::new();
    for (flag, key) in [
        ("--clear-hmc", "clearHMC"),
        ("--create-essential-data", "createEssentialData"),
        ("--create-project-data", "createProjectData"),
        ("--localize-types", "localizeTypes"),
    ] {
        assert_eq!(bench.run(&["update", "run", "-q", flag]).code, Some(0));
        assert_eq!(sent(&bench)[key], true, "{flag}");
    }
}

#[test]
fn an_update_as_json_is_one_object_and_its_log_goes_to_stderr() {
    let bench = Bench::with(Simulator::builder().failing_patch("Default constraints"));
    let good = bench.run(&["update", "run", "--json", "--no-follow", "-p", "Patch_2601_1_0"]);
    assert_eq!((good.code, &good.json()["outcome"]), (Some(1), &"finished_with_errors".into()));
    let bench = Bench::new();
    snapshot!(bench.run(&["update", "run", "--json", "--schema"]));
}

#[test]
fn an_update_that_finishes_with_errors_exits_1() {
    let bench = Bench::with(Simulator::builder().failing_patch("Default constraints"));
    snapshot!(bench.run(&["update", "run", "--schema", "--interval", "0.01"]));
    let followed = bench.run(&["update", "log", "--follow"]);
    assert_eq!(followed.code, Some(1), "{followed}");
    assert_eq!(bench.run(&["update", "log"]).code, Some(0), "to print it is no judgement");
}

#[test]
fn what_the_server_does_not_have_exits_2_and_the_nearest_name_is_told() {
    let bench = Bench::new();
    let text = all(
        &bench,
        &[
            &["update", "run", "-x", "samplestroe"],
            &["update", "run", "-p", "Patch_2601_1_1"],
            &["update", "run", "-x", "samplestore", "-p", "Patch_2601_1_0"],
            &["update", "run", "--param", "samplestore_importCoreDate=yes"],
            &["update", "run", "--param", "samplestore_importCoreData=perhaps"],
            &["update", "run", "--param", "samplestore_importCoreData"],
            &["update", "run", "--param", "samplestore_sample=1"],
            &["update", "run", "--json", "-p", "nothing"],
            &["update", "run", "--interval", "0"],
        ],
    );
    assert_eq!(text.matches("exit code 2").count(), 9, "{text}");
    assert_eq!(executed(&bench), 0);
    snapshot!(text);
}

#[test]
fn tables_are_dropped_only_for_who_names_the_server() {
    let bench = Bench::new();
    let text = all(
        &bench,
        &[
            &["init", "run"],
            &["init", "run", "--yes-i-mean", "local"],
            &["init", "run", "--yes-i-mean", "127.0.0.1"],
            &["update", "run", "--drop-tables", "--schema", "--json"],
            &["update", "run", "--drop-tables", "-e", "dev", "-n", "hac", "--yes-i-mean", "dev"],
        ],
    );
    assert_eq!(text.matches("exit code 2").count(), 5, "{text}");
    assert!(bench.simulator.ledger().is_empty(), "nothing was sent");
    snapshot!(text);
    let server = server(&bench);
    let ran = bench.run(&["update", "run", "--drop-tables", "-e", "dev", "-n", "hac", "--yes-i-mean", &server]);
    assert_eq!((ran.code, &sent(&bench)["dropTables"]), (Some(0), &true.into()), "{ran}");
}

#[test]
fn a_dry_run_prints_the_plan_in_every_format_and_starts_nothing() {
    let bench = Bench::new();
    let flags = ["update", "run", "--dry-run", "--schema", "--localize-types", "-p", "Patch_2601_1_0"];
    let plain = bench.run(&[&flags[..], &["--param", "samplestore_manufacturer=A, B"]].concat());
    let json = bench.run(&[&flags[..], &["--json"]].concat());
    let selected = &json.json()["preselected"];
    assert!(selected.as_object().is_some_and(|selected| !selected.is_empty()), "{json}");
    assert_eq!(selected["samplepatches_Patch_2602_1_0"], serde_json::json!(["no"]), "{json}");
    assert_eq!((&json.json()["init_method"], &json.json()["localize_types"]), (&"UPDATE".into(), &true.into()));
    let csv = bench.run(&[&flags[..], &["--format", "csv", "-q"]].concat());
    assert!(csv.stdout.starts_with("environment,url,init_method,drop_tables"), "{csv}");
    snapshot!(format!("{plain}\n{json}"));
    // What wants a confirmation wants none here.
    for flags in [&["--drop-tables"][..], &[]] {
        let ran = bench.run(&[&["update", "run", "--dry-run"], flags].concat());
        assert_eq!(ran.code, Some(0), "{ran}");
    }
    assert_eq!(bench.run(&["update", "run", "--dry-run", "-p", "Patch_2601_1_1"]).code, Some(2));
    assert_eq!((executed(&bench), bench.simulator.ledger().executed()), (0, 0));
}

#[test]
fn a_dry_run_of_an_initialisation_prints_the_plan_and_starts_nothing() {
    let bench = Bench::new();
    let plain = bench.run(&["init", "run", "--dry-run", "-x", "samplestore"]);
    assert_eq!(plain.code, Some(0), "{plain}");
    snapshot!(plain);
    let json = bench.run(&["init", "run", "--dry-run", "--json"]).json();
    assert_eq!((&json["init_method"], &json["drop_tables"]), (&"INIT".into(), &true.into()), "{json}");
    assert_eq!(bench.run(&["init", "run", "--dry-run", "-x", "samplestor"]).code, Some(2));
    assert_eq!((executed(&bench), bench.simulator.ledger().executed()), (0, 0));
}

#[test]
fn an_initialisation_runs_for_who_names_the_server() {
    let bench = Bench::new();
    let ran = bench.run(&["init", "run", "--yes-i-mean", &server(&bench)]);
    let body = sent(&bench);
    assert_eq!((&body["initMethod"], &body["dropTables"]), (&"INIT".into(), &true.into()));
    snapshot!(ran);
}

#[test]
fn an_update_for_which_nothing_is_selected_wants_a_terminal() {
    let bench = Bench::new();
    snapshot!(all(&bench, &[&["update", "run"], &["update", "run", "--json", "--no-follow"]]));
    assert!(bench.simulator.ledger().is_empty(), "nothing was sent");
}

#[test]
fn an_answer_that_is_lost_is_looked_for_in_the_log() {
    let bench = Bench::new();
    let gateway = Fault::Answer { status: 504, headers: Vec::new(), body: "Gateway Timeout".into(), execute: true };
    bench.simulator.faults().once(On::post(EXECUTE), gateway);
    let found = bench.run(&["update", "run", "--schema", "--interval", "0.01"]);
    assert_eq!((found.code, executed(&bench)), (Some(0), 1), "{found}");
    bench.simulator.faults().once(On::post(EXECUTE), Fault::ResetBefore);
    let lost = bench.run(&["update", "run", "--schema", "--interval", "0.01", "--json", "-q"]);
    assert_eq!((lost.code, executed(&bench)), (Some(5), 2), "{lost}");
    assert_eq!(lost.json()["outcome"], "lost");
    snapshot!(format!("{found}\n\n{lost}"));
}

#[test]
fn who_lacks_the_right_exits_4() {
    let bench = Bench::new();
    let mut command = bench.hac();
    command.env("HAC_USERNAME", "viewer").env("HAC_PASSWORD", "viewer").args(["update", "run", "--schema"]);
    let ran = bench.ran(&mut command);
    assert_eq!((ran.code, executed(&bench)), (Some(4), 0), "{ran}");
}

#[test]
fn a_patch_is_no_password_and_a_password_elsewhere_is_still_refused_and_never_repeated() {
    let bench = Bench::new();
    for arguments in [
        &["update", "run", "-p", "Patch_2601_1_0"][..],
        &["update", "run", "-pPatch_2601_1_0"],
        &["-e", "run", "update", "config", "-p", "Patch_2601_1_0"],
        &["init", "run", "-p", "Patch_2601_1_0", "--yes-i-mean", &server(&bench)],
    ] {
        let ran = bench.run(arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {ran}");
    }
    let typo = bench.run(&["update", "run", "-p", "Patch_2601_1_0", "--shcema"]);
    assert!(typo.code == Some(2) && typo.stderr.contains("--schema"), "{typo}");
    for arguments in [
        &["-p", "hunter2", "update", "run"][..],
        &["update", "status", "-p", "hunter2"],
        &["update", "log", "-qphunter2"],
        &["-vphunter2", "init", "run"],
        &["session", "start", "-p", "hunter2"],
        &["session", "start", "-p"],
        &["update", "run", "--password", "hunter2"],
        &["update", "data", "--password=hunter2"],
        &["init", "run", "--password"],
    ] {
        let ran = bench.run(arguments);
        assert_eq!(ran.code, Some(2), "{arguments:?}: {ran}");
        assert!(ran.stderr.contains("HAC_PASSWORD") && !ran.to_string().contains("hunter2"), "{arguments:?}: {ran}");
    }
}

/// A hint that is pasted goes to the server that the command was for.
#[test]
fn the_commands_of_hints_name_the_server_that_was_typed() {
    let bench = Bench::new();
    let url = bench.simulator.url();
    for (target, told) in [
        (&[][..], "`hac update data` lists them".to_owned()),
        (&["-e", "shop", "--url", &url], format!("`hac update data -e shop --url {url}` lists them")),
    ] {
        let command = ["update", "run", "--extension", "nothing-like-it", "--no-follow"];
        let ran = bench.ran(bench.hac().args(command).args(target));
        assert!(ran.stderr.replace("http://SIMULATOR", &url).contains(&told), "{told}: {ran}");
        let ran = bench.ran(bench.hac().args(command).arg("--json").args(target));
        assert!(ran.stdout.replace("http://SIMULATOR", &url).contains(&told), "{told}: {ran}");
    }
    let log = bench.run(&["update", "log", "--follow"]);
    assert!(log.stderr.contains("nothing is running on http://"), "{log}");
}
