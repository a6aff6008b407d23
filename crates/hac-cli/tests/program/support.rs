use std::fmt::Write as _;

use hac_simulator::{Fault, On};

use crate::bench::{Bench, system};
use crate::snapshot;

const DATA: &str = "/platform/support/data";
const ZIP: &str = "/platform/support/zip";
const DOWNLOAD: &str = "/platform/support/zip/download";

#[test]
fn support_files_are_listed() {
    let bench = Bench::new();
    snapshot!(bench.run(&["support", "list"]));
    assert_eq!(bench.run(&["support", "list", "LOG/", "--csv"]).stdout, "path\nlog/tomcat/access.log\n");
    let json = bench.run(&["support", "list", "--json"]);
    assert_eq!(json.json()["success"], true);
    assert_eq!(json.objects()[0]["path"], "config/local.properties");
}

#[test]
fn a_list_of_objects_is_shown_with_the_keys_that_it_has() {
    let bench = Bench::new();
    let files = r#"[{"path":"log/a.log","size":12},{"path":"config/b.xml","size":null}]"#;
    bench.simulator.faults().once(On::get(DATA), Fault::Body(files.into()));
    assert_eq!(bench.run(&["support", "list"]).stdout, "path\tsize\nlog/a.log\t12\nconfig/b.xml\t\n");
}

#[test]
fn an_archive_is_packed_once_and_is_whole() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    bench.simulator.ledger().clear();
    snapshot!(bench.run(&[
        "support",
        "zip",
        "-o",
        "out.zip",
        "config/local.properties",
        "log/tomcat/access.log",
        "-q"
    ]));
    let requests: Vec<_> = bench
        .simulator
        .ledger()
        .entries()
        .into_iter()
        .map(|entry| format!("{} {}", entry.method, entry.path))
        .collect();
    assert_eq!(requests, [format!("POST /hac{ZIP}"), format!("GET /hac{DOWNLOAD}")]);
    let archive = std::fs::read(bench.home.path().join("out.zip")).expect("a file");
    assert!(archive.starts_with(b"PK\x03\x04"));
    let holds = |name: &str| archive.windows(name.len()).any(|window| window == name.as_bytes());
    assert!(holds("config/local.properties") && holds("log/tomcat/access.log") && !holds("config/log4j2.properties"));
    let refused = bench.run(&["support", "zip", "-o", "out.zip", "--all"]);
    assert!(refused.code == Some(2) && refused.stderr.contains("it already exists"), "{refused}");
    let json = bench.run(&["support", "zip", "-o", "out.zip", "--all", "--force", "--json"]).json();
    assert_eq!(json["files"].as_array().map(Vec::len), Some(3));
    assert_eq!(json["bytes"], std::fs::metadata(bench.home.path().join("out.zip")).expect("a file").len());
}

#[test]
fn what_is_no_whole_archive_leaves_no_file() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let mut all = String::new();
    for fault in [
        Fault::Body("<html>no archive".into()),
        Fault::Body("PK\u{3}\u{4} an archive without its end".into()),
        Fault::CutBody,
    ] {
        bench.simulator.faults().clear();
        bench.simulator.faults().always(On::get(DOWNLOAD), fault);
        let ran = bench.run(&["support", "zip", "-o", "out.zip", "config/local.properties"]);
        writeln!(all, "{ran}").expect("a string");
        let left: Vec<_> = std::fs::read_dir(bench.home.path())
            .expect("a directory")
            .map(|entry| entry.expect("an entry").file_name())
            .filter(|name| name != ".cache" && name != system::STATE)
            .collect();
        assert!(left.is_empty(), "{left:?}");
    }
    snapshot!(all);
}

#[test]
fn a_packing_whose_answer_is_lost_exits_5_and_is_not_asked_for_again() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    bench.simulator.faults().once(On::post(ZIP), Fault::ResetAfter);
    let ran = bench.run(&["support", "zip", "-o", "out.zip", "config/local.properties", "--json"]);
    assert_eq!((ran.code, &ran.json()["error"]["kind"]), (Some(5), &"outcome_unknown".into()), "{ran}");
    assert_eq!(bench.simulator.ledger().executed(), 1);
}

#[test]
fn files_that_cannot_be_named_or_written_are_usage_errors() {
    let bench = Bench::new();
    std::fs::create_dir(bench.home.path().join("folder")).expect("a directory");
    let mut all = String::new();
    for arguments in [
        &["-o", "out.zip"][..],
        &["config/local.properties"],
        &["-o", "folder", "--all"],
        &["-o", "no/out.zip", "--all"],
    ] {
        let ran = bench.run(&[&["support", "zip"], arguments].concat());
        writeln!(all, "$ hac support zip {}\n{ran}", arguments.join(" ")).expect("a string");
    }
    assert!(bench.simulator.ledger().is_empty(), "nothing was sent");
    bench.simulator.faults().once(On::get(DATA), Fault::Body(r#"[{"file":"a.log"}]"#.into()));
    writeln!(all, "{}", bench.run(&["support", "zip", "-o", "out.zip", "--all"])).expect("a string");
    assert_eq!(bench.simulator.ledger().executed(), 0);
    snapshot!(all);
}

#[test]
fn the_server_says_about_itself_what_it_says() {
    let bench = Bench::new();
    let json = bench.run(&["about", "--json"]).json();
    assert_eq!((&json["success"], &json["about"]["product"]), (&true.into(), &"hac-simulator".into()));
    let about = r#"{"version":"2211.20","build":{"number":7,"date":null,"tags":[]},"empty":{}}"#;
    for format in ["table", "csv", "json", "jsonl"] {
        bench.simulator.faults().once(On::get("/platform/about"), Fault::Body(about.into()));
        let ran = bench.run(&["about", "--format", format]);
        insta::with_settings!({omit_expression => true, prepend_module_to_snapshot => false}, {
            insta::assert_snapshot!(format!("about_as_{format}"), ran.to_string());
        });
    }
}
