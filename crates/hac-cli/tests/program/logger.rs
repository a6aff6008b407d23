use std::fmt::Write as _;

use hac_simulator::{Fault, On, Simulator};

use crate::bench::Bench;
use crate::snapshot;

const CHANGE: &str = "/platform/log4j/changeLevel";

#[test]
fn loggers_are_listed_with_level_and_parent() {
    snapshot!(Bench::new().run(&["logger", "list"]));
}

#[test]
fn loggers_as_a_table_narrowed_by_a_part_of_the_name() {
    snapshot!(Bench::new().run(&["logger", "list", "IMPEX", "--format", "table"]));
}

#[test]
fn loggers_are_listed_in_every_format() {
    let bench = Bench::new();
    let root = |flags: &[&str]| bench.run(&[&["logger", "list", "root"], flags].concat());
    assert_eq!(root(&["--csv"]).stdout, "name,level,parent\nroot,INFO,\n");
    assert_eq!(root(&["--format", "jsonl"]).stdout, "{\"name\":\"root\",\"level\":\"INFO\",\"parent\":null}\n");
    for flags in [&["--json"][..], &["--format", "json"]] {
        let json = root(flags).json();
        assert_eq!((&json["success"], &json["result_count"]), (&true.into(), &1.into()));
        assert_eq!(json["rows"], serde_json::json!([["root", "INFO", null]]));
    }
    assert_eq!(bench.simulator.ledger().count(CHANGE), 0, "a listing sets nothing");
}

#[test]
fn a_level_is_set_and_said_to_be_lost_at_the_restart() {
    let bench = Bench::new();
    snapshot!(bench.run(&["logger", "set", "com.example.shop", "warn"]));
    assert_eq!(
        bench.run(&["logger", "list", "shop.search"]).stdout.lines().last(),
        Some("com.example.shop.search\tWARN\tcom.example.shop")
    );
    assert_eq!(
        bench.run(&["logger", "set", "com.example.shop", "INFO", "-q"]).to_string(),
        "exit code 0\n--- stdout\n\n--- stderr\n"
    );
}

#[test]
fn a_level_that_is_set_as_json() {
    snapshot!(Bench::new().run(&["logger", "set", "com.example.New", "DEBUG", "--json"]));
}

#[test]
fn a_logger_that_the_server_does_not_list_exits_1_with_the_near_names() {
    let bench = Bench::with(Simulator::builder().knobs(|knobs| knobs.creates_loggers = false));
    let mut all = String::new();
    for arguments in [&["com.exmaple.shop", "DEBUG"][..], &["nothing.like.it", "DEBUG"], &["rot", "OFF", "--json"]] {
        let ran = bench.run(&[&["logger", "set"], arguments].concat());
        writeln!(all, "$ hac logger set {}\n{ran}", arguments.join(" ")).expect("a string");
    }
    snapshot!(all);
}

#[test]
fn a_level_that_the_server_says_is_another_exits_1() {
    let bench = Bench::new();
    let listed = r#"{"name":"a","parentName":"root","effectiveLevel":{"standardLevel":"ERROR","declaringClass":"x"}}"#;
    let body = format!(r#"{{"loggerName":"a","levelName":"DEBUG","levels":[],"loggers":[{listed}]}}"#);
    bench.simulator.faults().once(On::post(CHANGE), Fault::Body(body));
    let ran = bench.run(&["logger", "set", "a", "DEBUG"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.starts_with("error: the server says that a is ERROR, not DEBUG\n"), "{ran}");
}

#[test]
fn an_invalid_level_is_a_usage_error_before_anything_is_sent() {
    let bench = Bench::new();
    snapshot!(bench.run(&["logger", "set", "root", "LOUD"]));
    assert!(bench.simulator.ledger().is_empty());
}

#[test]
fn a_level_that_is_set_for_a_while_is_set_back() {
    let bench = Bench::new();
    snapshot!(bench.run(&["logger", "set", "com.example.shop.cart", "TRACE", "--for", "1s"]));
    assert_eq!(bench.simulator.ledger().count(CHANGE), 2);
    let json = bench.run(&["logger", "set", "com.example.shop.cart", "OFF", "--for", "1s", "--json"]).json();
    assert_eq!((&json["level"], &json["restored_level"]), (&"OFF".into(), &"DEBUG".into()), "{json}");
}

#[test]
fn a_level_that_could_not_be_set_back_is_an_error_that_says_how() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    bench.simulator.faults().always(On::post(CHANGE).skip(1), Fault::ResetAfter);
    let ran = bench.run(&["logger", "set", "com.example.shop", "DEBUG", "--for", "1s"]);
    assert_eq!(ran.code, Some(5), "{ran}");
    assert!(ran.stderr.contains("`hac logger set com.example.shop "), "{ran}");
}

#[test]
fn the_session_is_used_while_a_level_is_set_for_a_while() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let requests = |time: &str| {
        bench.simulator.ledger().clear();
        let ran = bench.run(&["logger", "set", "com.example.shop", "DEBUG", "--for", time]);
        assert_eq!(ran.code, Some(0), "{ran}");
        bench.simulator.ledger().len()
    };
    assert_eq!(requests("3s"), requests("1s") + 1);
}

#[test]
fn a_level_that_cannot_be_set_back_without_a_session_says_so_with_the_whole_command() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    bench.simulator.faults().once(On::get("/platform/log4j").skip(2), Fault::LoseSession);
    let url = bench.simulator.url();
    let mut hac = bench.hac();
    hac.env_remove("HAC_PASSWORD").args(["--url", &url, "-u", "admin"]);
    let ran = bench.ran(hac.args(["logger", "set", "root", "DEBUG", "--for", "1s"]));
    assert_eq!((ran.code, bench.simulator.ledger().count(CHANGE)), (Some(4), 1), "{ran}");
    assert!(ran.stderr.contains("error: cannot set root back to INFO: "), "{ran}");
    let command = "`hac logger set root INFO --url http://SIMULATOR --username admin`";
    assert!(ran.stderr.contains(command) && ran.stderr.contains("HAC_PASSWORD"), "{ran}");
}

#[test]
fn a_logging_page_that_is_not_known_is_said_to_be_so() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let body = "<title>hybris administration console | Logging</title><p>other</p>".to_owned();
    bench.simulator.faults().once(On::get("/platform/log4j"), Fault::Body(body));
    snapshot!(bench.run(&["logger", "list"]));
}

#[test]
fn a_user_without_the_right_exits_4_with_an_error() {
    let bench = Bench::new();
    for arguments in
        [&["logger", "list"][..], &["logger", "set", "root", "OFF"], &["cache", "clear"], &["property", "list"]]
    {
        let mut command = bench.hac();
        let ran = bench.ran(command.env("HAC_USERNAME", "viewer").env("HAC_PASSWORD", "viewer").args(arguments));
        assert_eq!(ran.code, Some(4), "{arguments:?}: {ran}");
        assert!(ran.stderr.contains("hint: the user lacks the right to this console"), "{ran}");
    }
    assert_eq!(bench.simulator.ledger().executed(), 0);
}

#[test]
fn a_change_whose_answer_is_lost_exits_5_and_is_not_made_again() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    for (path, arguments) in [
        (CHANGE, &["logger", "set", "root", "WARN"][..]),
        ("/configstore", &["property", "set", "a.b", "c"]),
        ("/regionCache/clear", &["cache", "clear"]),
        ("/database/logs/true", &["jdbclog", "on"]),
        ("/database/clearlog", &["jdbclog", "clear"]),
    ] {
        bench.simulator.ledger().clear();
        bench.simulator.faults().once(On::post(path), Fault::ResetAfter);
        let ran = bench.run(&[arguments, &["--json"]].concat());
        assert_eq!((ran.code, &ran.json()["error"]["kind"]), (Some(5), &"outcome_unknown".into()), "{ran}");
        assert_eq!(bench.simulator.ledger().executed(), 1);
    }
}

#[test]
fn a_list_of_which_nothing_is_left_says_so() {
    let bench = Bench::new();
    for (arguments, what) in [
        (&["logger", "list"][..], "logger"),
        (&["property", "list"], "property"),
        (&["type", "list"], "type"),
        (&["extension", "list"], "extension"),
        (&["support", "list"], "file"),
    ] {
        let ran = bench.run(&[arguments, &["no such thing"]].concat());
        assert_eq!(ran.code, Some(0), "{ran}");
        assert!(ran.stderr.contains(&format!("no {what} whose name contains \"no such thing\"\n")), "{ran}");
        let json = bench.run(&[arguments, &["no such thing", "--json"]].concat()).json();
        assert_eq!((&json["success"], &json["result_count"]), (&true.into(), &0.into()));
    }
}

#[test]
fn a_name_and_a_level_without_a_command_are_led_to_set() {
    let bench = Bench::new();
    let told = bench.run(&["logger", "root", "DEBUG"]);
    assert!(told.code == Some(2) && told.stderr.contains("use `hac logger set root DEBUG`"), "{told}");
    let told = bench.run(&["property", "mail.smtp.server=x"]);
    assert!(told.code == Some(2) && told.stderr.contains("use `hac property set mail.smtp.server=x`"), "{told}");
}
