use std::fmt::Write as _;

use hac_simulator::{Fault, On, Simulator};

use crate::bench::Bench;
use crate::snapshot;

#[test]
fn properties_are_listed_and_masked_ones_are_said_to_be() {
    snapshot!(Bench::new().run(&["property", "list", "db."]));
}

#[test]
fn properties_in_every_format() {
    let bench = Bench::new();
    snapshot!(bench.run(&["property", "list", "mail", "--format", "table"]));
    let csv = bench.run(&["property", "list", "mail.smtp.user", "--csv"]);
    assert_eq!(csv.stdout, "key,value,masked\nmail.smtp.user,\"\"\"Shop\"\" <shop@example.com>\",false\n");
    let json = bench.run(&["property", "list", "--json"]).json();
    assert!(json["result_count"].as_u64().expect("a number") > 300);
    assert_eq!(json["headers"], serde_json::json!(["key", "value", "masked"]));
}

#[test]
fn ten_thousand_properties_are_all_there() {
    let bench = Bench::with(Simulator::builder().properties(10_000));
    let ran = bench.run(&["property", "list", "bulk.", "-q"]);
    assert_eq!((ran.stdout.lines().count(), ran.stderr.as_str()), (10_001, ""));
}

#[test]
fn a_value_is_printed_alone_or_as_json() {
    let bench = Bench::new();
    let get = |flags: &[&str]| bench.run(&[&["property", "get", "mail.smtp.user"], flags].concat());
    for flags in [&[][..], &["-q"]] {
        let alone = "exit code 0\n--- stdout\n\"Shop\" <shop@example.com>\n\n--- stderr\n";
        assert_eq!(get(flags).to_string(), alone, "for a variable of the shell");
    }
    let json = get(&["--json"]).json();
    let expected = serde_json::json!({
        "success": true, "key": "mail.smtp.user", "value": "\"Shop\" <shop@example.com>", "masked": false
    });
    assert_eq!(json, expected);
}

#[test]
fn a_masked_value_is_a_warning_even_when_quiet() {
    let bench = Bench::new();
    let mut all = String::new();
    for flags in [&[][..], &["-q"], &["--json"]] {
        let ran = bench.run(&[&["property", "get", "db.password"], flags].concat());
        writeln!(all, "$ hac property get db.password {}\n{ran}", flags.join(" ")).expect("a string");
    }
    snapshot!(all);
}

#[test]
fn a_property_that_is_not_there_exits_1_with_the_near_keys() {
    let bench = Bench::new();
    let mut all = String::new();
    for arguments in [&["db.usrname"][..], &["nothing.of.the.kind"], &["db.usrname", "--json"]] {
        let ran = bench.run(&[&["property", "get"], arguments].concat());
        writeln!(all, "$ hac property get {}\n{ran}", arguments.join(" ")).expect("a string");
    }
    snapshot!(all);
}

#[test]
fn a_property_is_set_by_two_arguments_or_one_and_may_be_empty() {
    let bench = Bench::new();
    snapshot!(bench.run(&["property", "set", "mail.smtp.server", "mail.example.com"]));
    for (arguments, value) in [
        (&["mail.smtp.server=a=b"][..], "a=b"),
        (&["mail.smtp.server", "-1"], "-1"),
        (&["mail.smtp.server", "--", "-x --y"], "-x --y"),
        (&["mail.smtp.server="], ""),
        (&["mail.smtp.server", ""], ""),
        (&["mail.smtp.server", "k=v"], "k=v"),
    ] {
        let ran = bench.run(&[&["property", "set"], arguments].concat());
        assert_eq!(ran.code, Some(0), "{ran}");
        assert_eq!(bench.run(&["property", "get", "-q", "mail.smtp.server"]).stdout, format!("{value}\n"));
    }
}

#[test]
fn a_property_that_was_not_there_before_is_said_to_be_new() {
    let bench = Bench::new();
    let set = |key: &str| bench.run(&["property", "set", key, "1"]);
    let new = set("mail.smtp.sever");
    assert_eq!((new.code, new.stdout.as_str()), (Some(0), "mail.smtp.sever=1\n"), "{new}");
    assert!(new.stderr.starts_with("note: the server showed no property mail.smtp.sever before\n"), "{new}");
    for key in ["mail.smtp.sever", "mail.smtp.server", "db.password"] {
        let known = set(key);
        assert!(!known.stderr.contains("before"), "{known}");
    }
    // It is not known where the page cannot be read.
    bench.simulator.faults().once(On::get("/platform/config"), Fault::Body("<html></html>".into()));
    let unknown = set("another.new.one");
    assert!(!unknown.stderr.contains("before"), "{unknown}");
}

#[test]
fn a_value_that_may_be_a_secret_is_printed_as_its_mask() {
    let bench = Bench::new();
    // Masked by the server, named like a secret, and named like one without having been there.
    set_by_name(&bench, "shop.api.token", "first");
    for key in ["db.password", "shop.api.token", "another.api.token"] {
        let set = |value: &str, flags: &[&str]| bench.run(&[&["property", "set", key, value], flags].concat());
        let plain = set("topsecret1", &[]);
        assert_eq!((plain.code, plain.stdout), (Some(0), format!("{key}=*****\n")), "{key}");
        assert!(!plain.stderr.contains("first"), "{}", plain.stderr);
        let json = set("topsecret2", &["--json"]);
        assert!(!format!("{json}").contains("topsecret"), "{json}");
        let json = json.json();
        assert_eq!(
            (&json["value"], &json["masked"], &json["previous"]),
            (&"*****".into(), &true.into(), &serde_json::Value::Null)
        );
    }
    let public = bench.run(&["property", "set", "mail.smtp.server", "mail", "--json"]).json();
    assert_eq!((&public["value"], &public["masked"]), (&"mail".into(), &false.into()));
}

fn set_by_name(bench: &Bench, key: &str, value: &str) {
    assert_eq!(bench.run(&["property", "set", key, value, "-q"]).code, Some(0));
}

#[test]
fn what_only_set_for_a_logger_has_is_said_to_be_there() {
    let bench = Bench::new();
    let refused = bench.run(&["property", "set", "a.b", "c", "--for", "10m"]);
    assert_eq!(refused.code, Some(2), "{refused}");
    let told = "only `hac logger set` has --for; `hac audit undo` puts a property back";
    assert!(refused.stderr.contains(told) && !refused.stderr.contains("--format"), "{refused}");
}

#[test]
fn a_property_that_cannot_be_set_without_a_login_is_named_as_such() {
    let bench = Bench::new();
    let set = |arguments: &[&str]| bench.ran(bench.hac().env_remove("HAC_PASSWORD").args(arguments)).stderr;
    bench.run(&["session", "start"]);
    for (arguments, doing) in [
        (&["property", "set", "a.b", "c"][..], "error: cannot set the property: "),
        (&["logger", "set", "a.b", "DEBUG"], "error: cannot set the log level: "),
    ] {
        bench.simulator.faults().expire_sessions();
        let told = set(arguments);
        assert!(told.contains(doing), "{told}");
    }
}

#[test]
fn a_property_without_key_or_value_is_a_usage_error() {
    let bench = Bench::new();
    let mut all = String::new();
    for arguments in [
        &["mail.smtp.server"][..],
        &["=value"],
        &["", "value"],
        &["mail.smtp.server", "-x"],
        &["mail.smtp.server", "-q"],
        &[],
    ] {
        let ran = bench.run(&[&["property", "set"], arguments].concat());
        assert_eq!(ran.code, Some(2), "{ran}");
        writeln!(all, "$ hac property set {}\n{ran}", arguments.join(" ")).expect("a string");
    }
    assert!(bench.simulator.ledger().is_empty());
    snapshot!(all);
}

#[test]
fn a_flag_behind_a_property_is_a_flag_and_not_its_value() {
    let bench = Bench::new();
    let json = bench.run(&["property", "set", "mail.smtp.server=mail", "--json"]).json();
    assert_eq!((&json["key"], &json["value"]), (&"mail.smtp.server".into(), &"mail".into()));
}

#[test]
fn an_action_that_is_not_known_to_change_anything_exits_1() {
    let bench = Bench::new();
    for (action, shown) in [("\"rejected\"", "rejected"), ("null", "")] {
        let answer = format!(r#"{{"action":{action},"hasEdited":true}}"#);
        bench.simulator.faults().once(On::post("/configstore"), Fault::Body(answer));
        let ran = bench.run(&["property", "set", "a.new.key", "1", "--json"]);
        assert_eq!(ran.code, Some(1), "{ran}");
        let json = ran.json();
        assert_eq!((&json["success"], &json["action"]), (&false.into(), &shown.into()));
        assert_eq!(json["error"]["kind"], "property_not_set");
        assert!(ran.stderr.starts_with(&format!("error: the server reported \"{shown}\"")), "{ran}");
    }
}
