use hac_simulator::{Fault, On};

use crate::bench::Bench;
use crate::snapshot;

const DATA: &str = "/monitoring/cronjobs/data";

#[test]
fn running_cron_jobs_are_listed() {
    let bench = Bench::new();
    bench.simulator.run_cron_job("clean up", std::time::Duration::from_secs(3_600));
    let ran = bench.run(&["cronjob", "list", "--json"]);
    let json = ran.json();
    assert_eq!((&json["success"], &json["result_count"]), (&true.into(), &3.into()));
    let jobs = ran.objects();
    assert_eq!(jobs[2]["code"], "clean up");
    assert!(jobs[2]["percent"].is_number(), "as the server sends it");
    let tsv = bench.run(&["cronjob", "list"]).stdout;
    assert!(tsv.starts_with("code\t") && tsv.lines().count() == 4, "{tsv}");
}

#[test]
fn whatever_keys_the_jobs_have_are_the_columns() {
    let bench = Bench::new();
    let jobs = r#"[{"jobCode":"a","node":1,"steps":["x",null]},{"jobCode":"b","abortable":true,"node":null}]"#;
    for format in ["table", "csv", "json", "jsonl"] {
        bench.simulator.faults().once(On::get(DATA), Fault::Body(jobs.into()));
        let ran = bench.run(&["cronjob", "list", "--format", format]);
        insta::with_settings!({omit_expression => true, prepend_module_to_snapshot => false}, {
            insta::assert_snapshot!(format!("cron_jobs_as_{format}"), ran.to_string());
        });
    }
}

#[test]
fn no_running_cron_job_is_no_failure() {
    let bench = Bench::new();
    bench.simulator.faults().always(On::get(DATA), Fault::Body("[]".into()));
    snapshot!(bench.run(&["cronjob", "list"]));
    assert_eq!(bench.run(&["cronjob", "list", "--json"]).json()["rows"], serde_json::json!([]));
}

#[test]
fn an_answer_that_is_no_list_of_objects_is_a_protocol_error() {
    let bench = Bench::new();
    for (answer, kind) in [("[1,2]", "protocol"), (r#"{"cronJobData":[]}"#, "not_hac"), ("[{", "protocol")] {
        bench.simulator.faults().once(On::get(DATA), Fault::Body(answer.into()));
        let ran = bench.run(&["cronjob", "list", "--json"]);
        assert_eq!((ran.code, &ran.json()["error"]["kind"]), (Some(3), &kind.into()), "{ran}");
    }
}
