//! `hac audit`: what was changed from this machine.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use hac_simulator::{Fault, On, Simulator};

use crate::bench::{Bench, isolated};
use crate::snapshot;

const SCRIPT: &[&str] = &["script", "-t", "javascript"];

/// Some changes, one of which fails, and a read.
fn changed(bench: &Bench) {
    bench.home.hides("swordfish");
    bench.run(&[SCRIPT, &["6 * 7", "--commit", "-e", "stage"]].concat());
    bench.run(&[SCRIPT, &["throw 1", "-e", "stage"]].concat());
    bench.run(&["flexsearch", "SELECT {isocode} FROM {Language}"]);
    bench.run(&["property", "set", "mail.smtp.password", "swordfish", "-e", "prod/hac"]);
}

#[test]
fn every_change_is_listed_with_its_outcome_and_no_read_is() {
    let bench = Bench::new();
    let empty = bench.run(&["audit"]);
    assert_eq!((empty.code, empty.stderr.as_str()), (Some(0), "nothing is recorded\n"), "{empty}");
    changed(&bench);
    snapshot!(bench.run(&["audit"]));
}

#[test]
fn entries_are_chosen_by_environment_class_time_and_number() {
    let bench = Bench::new();
    changed(&bench);
    let count = |arguments: &[&str]| {
        let ran = bench.run(&[&["audit", "--format", "jsonl"], arguments].concat());
        assert_eq!(ran.code, Some(0), "{ran}");
        ran.stdout.lines().count()
    };
    for (arguments, entries) in [
        (&[][..], 3),
        (&["-e", "stage"], 2),
        (&["-e", "prod"], 1),
        (&["-e", "prod/hac"], 1),
        (&["-e", "prod", "-n", "other"], 0),
        (&["--class", "write"], 3),
        (&["--class", "destroy"], 0),
        (&["--since", "1h"], 3),
        (&["--since", "0s"], 0),
        (&["--since", "2026-01-01"], 3),
        (&["-m", "2"], 2),
        (&["-m", "0"], 3),
    ] {
        assert_eq!(count(arguments), entries, "{arguments:?}");
    }
    assert_eq!(bench.run(&["audit", "-m", "2"]).stderr, "note: only the last 2: -m 0 shows all\n");
    assert_eq!(bench.run(&["audit", "-m", "2", "--format", "jsonl"]).stderr, "");
    assert_eq!(bench.run(&["audit", "-m", "3"]).stderr, "");
    let none = bench.run(&["audit", "-n", "nowhere"]);
    assert_eq!((none.code, none.stderr.as_str()), (Some(0), "nothing that was recorded matches\n"), "{none}");
    let wrong = bench.run(&["audit", "--since", "yesterday"]);
    assert_eq!((wrong.code, wrong.stderr.contains("30m, 12h, 7d")), (Some(2), true), "{wrong}");
}

#[test]
fn an_environment_that_is_neither_configured_nor_recorded_is_a_usage_error() {
    let bench = Bench::new();
    changed(&bench);
    let directory = bench.home.path().join(".config/hac-client");
    std::fs::create_dir_all(&directory).expect("made");
    std::fs::write(directory.join("config.toml"), "[environments.quiet.endpoints.hac]\nurl = 'http://127.0.0.1:1'\n")
        .expect("written");
    for (name, near) in
        [("stgae", "did you mean stage?"), ("quite", "did you mean quiet?"), ("zzz/hac", "hac env list")]
    {
        let wrong = bench.run(&["audit", "-e", name]);
        assert_eq!((wrong.code, wrong.stdout.as_str()), (Some(2), ""), "{wrong}");
        assert!(
            wrong.stderr.contains("is neither configured nor in a record") && wrong.stderr.contains(near),
            "{wrong}"
        );
    }
    for arguments in [&["-e", "quiet"][..], &["-e", "local"], &["-e", "stage", "--since", "0s"]] {
        let none = bench.run(&[&["audit"], arguments].concat());
        assert_eq!((none.code, none.stderr.as_str()), (Some(0), "nothing that was recorded matches\n"), "{none}");
    }
}

#[test]
fn as_json_an_entry_has_everything_and_no_secret() {
    let bench = Bench::new();
    changed(&bench);
    let ran = bench.run(&["audit", "--json"]);
    let entries = ran.objects();
    let entry = &entries[0];
    for key in ["at", "id", "run", "host", "pid", "hac_user", "url", "path", "bytes", "sha256", "ms"] {
        assert!(!entry[key].is_null(), "{key}: {ran}");
    }
    assert_eq!(
        (&entry["environment"], &entry["outcome"], &entry["first_line"]),
        (&"stage".into(), &"ok".into(), &"6 * 7".into())
    );
    assert_eq!((entries.len(), &ran.json()["truncated"]), (3, &false.into()));
    let last = bench.run(&["audit", "--json", "-m", "2"]);
    assert_eq!((&last.objects()[..], &last.json()["truncated"]), (&entries[1..], &true.into()));
    assert!(!ran.stdout.contains("swordfish") && !ran.stdout.contains("nimda"), "{ran}");
}

#[test]
fn many_programs_at_once_lose_no_line() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let url = bench.simulator.url();
    let running: Vec<_> = (0..20)
        .map(|number| {
            let mut command = isolated(bench.home.path());
            command.env("HAC_URL", &url).env("HAC_USERNAME", "admin").env("HAC_PASSWORD", "nimda");
            command.args(SCRIPT).arg(format!("{number} + 1 // {}", "x".repeat(number * 400)));
            command.stdout(std::process::Stdio::null()).spawn().expect("it starts")
        })
        .collect();
    for mut one in running {
        assert!(one.wait().expect("it ends").success());
    }
    let ran = bench.run(&["audit", "--json"]);
    let entries = ran.objects();
    assert_eq!((entries.len(), ran.stderr.as_str()), (20, ""), "{ran}");
    assert!(entries.iter().all(|entry| entry["outcome"] == "ok"), "{ran}");
    let runs: std::collections::HashSet<_> = entries.iter().map(|entry| entry["run"].to_string()).collect();
    assert_eq!(runs.len(), 20, "each program is a run of its own");
}

#[test]
fn a_log_that_cannot_be_written_is_a_warning_and_if_it_is_required_nothing_is_sent() {
    let bench = Bench::new();
    bench.home.lacks(1, "/console/scripting/execute", "a file is in the place of the log's directory");
    let blocked = bench.file("blocked", "no directory");
    let run = |arguments: &[&str]| {
        let mut command = bench.hac();
        bench.ran(command.env("XDG_STATE_HOME", &blocked).args(arguments))
    };
    let script = [SCRIPT, &["6 * 7"]].concat();
    let warned = run(&script);
    assert_eq!((warned.code, warned.stdout.trim()), (Some(0), "42"), "{warned}");
    assert_eq!(warned.stderr.matches("warning: the audit log is not complete").count(), 1, "{warned}");
    let directory = bench.home.path().join(".config/hac-client");
    std::fs::create_dir_all(&directory).expect("made");
    let text = format!(
        "[environments.prod]\naudit = 'required'\n[environments.prod.endpoints.hac]\nurl = '{}'\nusername = 'admin'\n",
        bench.simulator.url()
    );
    std::fs::write(directory.join("config.toml"), text).expect("written");
    bench.simulator.ledger().clear();
    let refused = run(&script);
    assert_eq!((refused.code, bench.simulator.ledger().executed()), (Some(2), 0), "{refused}");
    let told = "error: cannot run the script: it must be recorded, and cannot be: cannot open the audit log HOME";
    assert!(refused.stderr.starts_with(told) && refused.stderr.contains("\nhint: "), "{refused}");
}

/// The id of the last entry.
fn last(bench: &Bench) -> String {
    bench.run(&["audit", "-m", "1", "--json"]).objects()[0]["id"].as_str().expect("an id").to_owned()
}

#[test]
fn a_property_gets_the_value_back_that_it_had() {
    let bench = Bench::new();
    bench.run(&["property", "set", "mail.smtp.server", "first", "-q"]);
    let set = bench.run(&["property", "set", "mail.smtp.server", "second"]);
    assert!(set.stderr.starts_with("it was first\n"), "{set}");
    let id = last(&bench);
    let undone = bench.run(&["audit", "undo", &id[..id.len() - 1]]);
    snapshot!(undone);
    let written = bench.simulator.ledger().executed();
    let again = bench.run(&["audit", "undo", &id]);
    assert_eq!((again.code, again.stdout.as_str()), (Some(0), "mail.smtp.server=first\n"), "{again}");
    assert!(again.stderr.starts_with("it is undone already"), "{again}");
    let json = bench.run(&["audit", "undo", &id, "--json"]).json();
    assert_eq!((&json["success"], &json["written"], &json["previous"]), (&true.into(), &false.into(), &"first".into()));
    assert_eq!(bench.simulator.ledger().executed(), written, "nothing was written");
    assert_eq!(bench.run(&["property", "get", "-q", "mail.smtp.server"]).stdout, "first\n");
    // It is a change like every other.
    let json = bench.run(&["audit", "undo", &last(&bench), "--json"]).json();
    assert_eq!((&json["value"], &json["previous"]), (&"second".into(), &"first".into()), "{json}");
    assert_eq!(json["written"], true);
}

/// The log, which is elsewhere on Windows.
fn found(directory: &Path) -> Option<PathBuf> {
    std::fs::read_dir(directory).expect("a directory").find_map(|entry| {
        let path = entry.expect("an entry").path();
        if path.is_dir() { found(&path) } else { path.ends_with("audit.jsonl").then_some(path) }
    })
}

/// The log as a version without new values wrote it.
fn forget_new_values(bench: &Bench) {
    let path = found(bench.home.path()).expect("a log");
    let text = std::fs::read_to_string(&path).expect("a log");
    let old: Vec<String> = text
        .lines()
        .map(|line| {
            let mut line: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).expect("JSON");
            line.remove("after");
            serde_json::to_string(&line).expect("JSON")
        })
        .collect();
    std::fs::write(&path, old.join("\n") + "\n").expect("written");
}

#[test]
fn a_value_that_was_changed_again_is_not_overwritten_unless_that_is_forced() {
    let bench = Bench::new();
    bench.run(&["property", "set", "mail.smtp.server", "first"]);
    bench.run(&["property", "set", "mail.smtp.server", "second"]);
    let id = last(&bench);
    // Not by this program, as far as its log knows.
    set_by_somebody_else(&bench, "mail.smtp.server", "third");
    let written = bench.simulator.ledger().executed();
    let refused = bench.run(&["audit", "undo", &id]);
    let mut all = refused.to_string();
    all.push_str(&bench.run(&["audit", "undo", &id, "--json"]).to_string());
    // What is masked or not shown any more cannot be compared.
    for (key, value) in [("mail.smtp.server", "*****"), ("another.key", "x")] {
        let row = format!("<tr id=\"{key}\"><td><input name=\"{key}\" value=\"{value}\"></td></tr>");
        bench.simulator.faults().once(On::get("/platform/config"), Fault::Body(format!("<table>{row}</table>")));
        assert_eq!(bench.run(&["audit", "undo", &id]).code, Some(2));
    }
    assert_eq!(bench.simulator.ledger().executed(), written, "nothing was written");
    assert_eq!(bench.run(&["property", "get", "-q", "mail.smtp.server"]).stdout, "third\n");
    let forced = bench.run(&["audit", "undo", &id, "--force"]);
    all.push_str(&forced.to_string());
    assert_eq!(bench.run(&["property", "get", "-q", "mail.smtp.server"]).stdout, "first\n");
    snapshot!(all);
}

/// Sets a property as a program does that records nothing here.
fn set_by_somebody_else(bench: &Bench, key: &str, value: &str) {
    let mut command = bench.hac();
    command.env("XDG_STATE_HOME", bench.home.path().join("elsewhere"));
    let set = bench.ran(command.args(["property", "set", key, value]));
    assert_eq!(set.code, Some(0), "{set}");
}

#[test]
fn a_value_that_a_later_change_of_this_machine_set_is_known_by_whom() {
    let bench = Bench::new();
    let refused = |id: &str| {
        let refused = bench.run(&["audit", "undo", id]);
        assert_eq!(refused.code, Some(2), "{refused}");
        refused.stderr
    };
    bench.run(&["property", "set", "mail.smtp.server", "one"]);
    let id = last(&bench);
    bench.run(&["property", "set", "mail.smtp.server", "two"]);
    let later = last(&bench);
    bench.run(&["property", "set", "mail.smtp.from", "two"]);
    // Of a change without a known outcome nobody knows whether it set anything.
    bench.simulator.faults().once(On::post("/platform/config/configstore"), Fault::ResetAfter);
    bench.run(&["property", "set", "mail.smtp.server", "two"]);
    let told = refused(&id);
    assert!(told.contains("mail.smtp.server was changed again, by admin at 20"), "{told}");
    assert!(told.contains(&format!(", entry {later}: the recorded change set 'one', and now it is 'two'\n")), "{told}");
    // What is there now, that change did not set.
    set_by_somebody_else(&bench, "mail.smtp.server", "three");
    assert!(refused(&id).contains("it is not known by whom"));
    bench.run(&["property", "set", "mail.smtp.server", "four"]);
    set_by_somebody_else(&bench, "mail.smtp.server", "two");
    assert!(refused(&id).contains("it is not known by whom"), "the last change known set another value");
}

#[test]
fn an_entry_without_the_new_value_is_undone_only_if_that_is_forced() {
    let bench = Bench::new();
    bench.run(&["property", "set", "mail.smtp.server", "first"]);
    bench.run(&["property", "set", "mail.smtp.server", "second"]);
    let id = last(&bench);
    forget_new_values(&bench);
    let listed = bench.run(&["audit", "--json"]);
    assert!(listed.objects().iter().all(|entry| entry["after"].is_null()), "{listed}");
    snapshot!(bench.run(&["audit", "undo", &id]));
    assert_eq!(bench.run(&["audit", "undo", &id, "--force"]).code, Some(0));
    assert_eq!(bench.run(&["property", "get", "-q", "mail.smtp.server"]).stdout, "first\n");
}

#[test]
fn the_log_shows_the_values_of_properties_and_the_files_of_imports_where_there_are_any() {
    let bench = Bench::new();
    bench.run(&[SCRIPT, &["6 * 7", "--commit", "-e", "stage"]].concat());
    bench.run(&["property", "set", "mail.smtp.server", "first"]);
    bench.run(&["property", "set", "mail.smtp.server", "second"]);
    bench.file("shop.impex", "INSERT_UPDATE Language;isocode[unique=true]\n;xx\n");
    bench.file("fix.js", "6 * 7");
    let here = |arguments: &[&str]| bench.ran(bench.hac().current_dir(bench.home.path()).args(arguments));
    here(&["impex", "import", "shop.impex"]);
    here(&[SCRIPT, &["-f", "fix.js"]].concat());
    let listed = bench.run(&["audit", "--columns", "operation,first_line,file,before,after,outcome"]);
    let header = |arguments: &[&str]| bench.run(arguments).stdout.lines().next().expect("a header").to_owned();
    // For programs each column has its place, whatever the entries are.
    for count in ["1", "9"] {
        let expected = "at\tenvironment\thac_user\tclass\toperation\tfirst_line\toutcome\tid\tfile\tbefore\tafter";
        assert_eq!(header(&["audit", "-m", count]), expected);
    }
    assert!(header(&["audit", "-m", "1", "--format", "markdown"]).ends_with("| outcome | id | file |"));
    snapshot!(listed);
}

#[test]
fn what_cannot_be_undone_says_why_and_changes_nothing() {
    let bench = Bench::new();
    let mut all = String::new();
    let mut refused = |arguments: &[&str]| {
        let before = bench.simulator.ledger().executed();
        let ran = bench.run(&[&["audit", "undo"], arguments].concat());
        assert_eq!((ran.code, bench.simulator.ledger().executed()), (Some(2), before), "{ran}");
        let id = arguments[0];
        all.push_str(&ran.to_string().replace(id, "ID"));
        all.push('\n');
    };
    refused(&["none"]);
    bench.run(&[SCRIPT, &["1"]].concat());
    refused(&[&last(&bench)]);
    bench.home.hides("swordfish");
    bench.run(&["property", "set", "mail.smtp.password", "swordfish"]);
    refused(&[&last(&bench)]);
    bench.run(&["property", "set", "some.new.key", "1"]);
    refused(&[&last(&bench)]);
    bench.run(&["property", "set", "mail.smtp.server", "x"]);
    refused(&[&last(&bench), "--url", "http://127.0.0.1:1"]);
    bench.simulator.faults().once(On::post("/platform/config/configstore"), Fault::ResetAfter);
    bench.run(&["property", "set", "mail.smtp.server", "y"]);
    refused(&[&last(&bench)]);
    snapshot!(all);
}

/// The level that the server lists for a logger.
fn level(bench: &Bench, name: &str) -> String {
    let listed = bench.run(&["logger", "list", name, "--format", "jsonl"]).stdout;
    let loggers = listed.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    let mut found = loggers.filter(|logger| logger["name"] == name);
    found.next().expect("it is listed")["level"].as_str().expect("a level").to_owned()
}

#[test]
fn a_logger_gets_the_level_back_that_it_had() {
    let bench = Bench::new();
    let set = bench.run(&["logger", "set", "com.example.shop", "WARN"]);
    assert!(set.stderr.starts_with("it was DEBUG\n"), "{set}");
    let entry = &bench.run(&["audit", "-m", "1", "--json"]).objects()[0];
    assert_eq!(
        (&entry["first_line"], &entry["before"], &entry["after"], &entry["created"]),
        (&"com.example.shop WARN".into(), &"DEBUG".into(), &"WARN".into(), &false.into())
    );
    let id = last(&bench);
    let undone = bench.run(&["audit", "undo", &id]);
    snapshot!(undone);
    assert_eq!(level(&bench, "com.example.shop"), "DEBUG");
    let written = bench.simulator.ledger().executed();
    let again = bench.run(&["audit", "undo", &id]);
    assert_eq!((again.code, again.stdout.as_str()), (Some(0), "com.example.shop is DEBUG now\n"), "{again}");
    assert!(again.stderr.starts_with("it is undone already: the logger has this level"), "{again}");
    let json = bench.run(&["audit", "undo", &id, "--json"]).json();
    assert_eq!((&json["level"], &json["parent"], &json["written"]), (&"DEBUG".into(), &"root".into(), &false.into()));
    assert_eq!(bench.simulator.ledger().executed(), written, "nothing was written");
    // It is a change like every other.
    let json = bench.run(&["audit", "undo", &last(&bench), "--json"]).json();
    assert_eq!((&json["level"], &json["previous_level"]), (&"WARN".into(), &"DEBUG".into()), "{json}");
}

#[test]
fn a_logger_that_inherited_gets_its_level_back_as_its_own_which_is_said() {
    let bench = Bench::new();
    let mut all = String::new();
    // One that is listed and has no level of its own, and one that the server does not know yet.
    for name in ["com.example.shop.search", "com.example.shop.serach"] {
        let set = bench.run(&["logger", "set", name, "TRACE"]);
        let undone = bench.run(&["audit", "undo", &last(&bench)]);
        assert_eq!(level(&bench, name), "DEBUG");
        writeln!(all, "{set}\n{undone}").expect("a string");
    }
    snapshot!(all);
}

#[test]
fn a_level_that_was_changed_again_stays_unless_that_is_forced() {
    let bench = Bench::new();
    bench.run(&["logger", "set", "com.example.shop", "WARN"]);
    let id = last(&bench);
    bench.run(&["logger", "set", "com.example.shop", "ERROR"]);
    let later = last(&bench);
    let refused = bench.run(&["audit", "undo", &id]);
    assert_eq!(refused.code, Some(2), "{refused}");
    let told = format!(", entry {later}: the recorded change set 'WARN', and now it is 'ERROR'\n");
    assert!(refused.stderr.contains(&told), "{refused}");
    assert_eq!(level(&bench, "com.example.shop"), "ERROR");
    assert_eq!(bench.run(&["audit", "undo", &id, "--force"]).code, Some(0));
    assert_eq!(level(&bench, "com.example.shop"), "DEBUG");
    // The page of the loggers tells the level before: without it nothing is recorded.
    let page = "<title>hybris administration console | Logging</title>".to_owned();
    bench.simulator.faults().once(On::get("/platform/log4j"), Fault::Body(page));
    let blind = bench.run(&["logger", "set", "com.example.shop", "OFF"]);
    assert_eq!(
        (blind.code, blind.stderr.as_str()),
        (Some(0), "note: on this node only, until it restarts\n"),
        "{blind}"
    );
    let refused = bench.run(&["audit", "undo", &last(&bench)]);
    assert!(refused.code == Some(2) && refused.stderr.contains("the value before was not recorded"), "{refused}");
}

#[test]
fn a_change_on_one_node_is_undone_on_that_node() {
    let bench = Bench::with(Simulator::builder().nodes(2));
    bench.run(&["property", "set", "mail.smtp.server", "x", "--route", ".n2"]);
    let id = last(&bench);
    let elsewhere = bench.run(&["audit", "undo", &id, "--route", ".n1"]);
    assert_eq!(elsewhere.code, Some(2), "{elsewhere}");
    assert!(elsewhere.stderr.contains("hint: pass --route .n2"), "{elsewhere}");
    assert_eq!(bench.run(&["audit", "undo", &id, "--route", ".n2"]).code, Some(0));
}
