//! What programs read: one shape for every list and one for every single result. The list of commands is that of the help, so none can
//! be missing.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::bench::Ran;
use crate::commands::Commands;
use crate::copy::Two;

/// What a list is as JSON.
#[derive(Debug, Clone, Copy)]
enum Shape {
    /// That of every list: names of columns, and rows.
    Rows,
    /// An array of objects: hac-client-cli prints it so, and scripts read it.
    Array,
    /// An object that has the objects under these keys: hac-client-cli prints it so, and scripts read it.
    Under(&'static [&'static str]),
}
use Shape::{Array, Rows, Under};

/// Every command that prints a list.
const LISTS: &[(&str, &[&str], Shape)] = &[
    ("audit", &[], Rows),
    ("config show", &["-e", "one"], Rows),
    ("cronjob list", &["-e", "one"], Rows),
    ("diff extensions", &["-e", "one,two"], Rows),
    ("diff loggers", &["-e", "one,two"], Rows),
    ("diff properties", &["-e", "one,two"], Rows),
    ("diff query", &["-e", "one,two", "SELECT {code}, {pk} FROM {Product}"], Rows),
    ("diff types", &["-e", "one,two"], Rows),
    ("extension list", &["-e", "one"], Rows),
    ("flexsearch", &["-e", "one", "SELECT {code}, {ean} FROM {Product} ORDER BY {code}"], Rows),
    ("impex lint", &["wrong.impex"], Rows),
    ("logger list", &["-e", "one"], Rows),
    ("pk", &["-e", "one", "8796093054977"], Rows),
    ("property list", &["-e", "one"], Rows),
    ("support list", &["-e", "one"], Rows),
    ("type list", &["-e", "one"], Rows),
    ("type show", &["-e", "one", "Product"], Rows),
    ("endpoint list", &["one"], Array),
    ("env list", &[], Array),
    ("session list", &[], Array),
    ("update data", &["-e", "one"], Under(&["extensions"])),
    ("update patches", &["-e", "one"], Under(&["pending", "patches", "others"])),
];

/// Every command that prints one result, in an order in which each finds what it needs.
const RESULTS: &[(&str, &[&str])] = &[
    ("session start", &["one"]),
    ("session check", &["one"]),
    ("session show", &["one"]),
    ("login", &["one"]),
    ("wait", &["-e", "one", "--until", "idle"]),
    ("about", &["-e", "one"]),
    ("property get", &["-e", "one", "build.version"]),
    ("property set", &["-e", "one", "a.b", "1"]),
    ("property set", &["-e", "one", "a.b", "2"]),
    ("audit undo", &["-e", "one", "THE LAST"]),
    ("logger set", &["-e", "one", "root", "WARN"]),
    ("cache clear", &["-e", "one"]),
    ("script", &["-e", "one", "-t", "javascript", "6 * 7"]),
    ("impex validate", &["-e", "one", "right.impex"]),
    ("impex import", &["-e", "one", "right.impex"]),
    ("impex import", &["-e", "one", "right.impex", "other.impex"]),
    ("impex export", &["-e", "one", "export.impex", "-o", "export.zip"]),
    ("copy", &["--from", "one", "--to", "two", "Language"]),
    ("jdbclog on", &["-e", "one"]),
    ("jdbclog off", &["-e", "one"]),
    ("jdbclog download", &["-e", "one"]),
    ("jdbclog download", &["-e", "one", "-o", "jdbc.log"]),
    ("jdbclog clear", &["-e", "one"]),
    ("support zip", &["-e", "one", "--all", "-o", "support.zip"]),
    ("session export", &["one", "-o", "session.json"]),
    ("update status", &["-e", "one"]),
    ("update config", &["-e", "one", "--schema"]),
    ("update data", &["-e", "one", "-x", "samplestore"]),
    ("update run", &["-e", "one", "--localize-types", "--interval", "0.05"]),
    ("update log", &["-e", "one"]),
    ("init run", &["-e", "two", "--yes-i-mean", "SERVER", "--interval", "0.05"]),
    ("doctor", &["one"]),
    ("logout", &["one"]),
    ("session start", &["one"]),
    ("session end", &["one"]),
    ("session import", &["one", "-u", "admin", "--session-id", "0123456789abcdef", "--csrf-token", "0123456789abcdef"]),
    ("session clear", &["one"]),
    ("session show", &["one"]),
    ("session clear-all", &["--force"]),
    ("env add", &["three", "--url", "http://localhost:1"]),
    ("env show", &["three"]),
    ("env set-default", &["three"]),
    ("endpoint add", &["three", "node2", "--url", "http://localhost:2"]),
    ("endpoint show", &["three", "node2"]),
    ("endpoint update", &["three", "node2", "--timeout", "4.5"]),
    ("endpoint set-default", &["three", "node2"]),
    ("endpoint remove", &["three", "hac"]),
    ("env set-default", &["one"]),
    ("env remove", &["three"]),
    ("env protect", &["two", "confirm"]),
    ("config", &[]),
    ("config", &["--list"]),
    ("config", &["--path"]),
    ("config path", &[]),
    ("config validate", &[]),
    ("trust", &[]),
    ("completions", &["fish"]),
    ("help", &["exit-codes"]),
    ("man", &[]),
];

/// Commands that print neither, and why.
const NEITHER: &[(&str, &str)] = &[
    ("config edit", "an editor"),
    ("demo", "a walk"),
    ("groovy", "as script; the simulator has no Groovy here"),
    ("impex watch", "lines until Ctrl-C"),
    ("simulator", "one line, and it runs until Ctrl-C"),
];

/// Commands whose columns or keys have the names that somebody else gave them: a query, the environments, the server.
const NAMED_ELSEWHERE: [&str; 9] = [
    "about",
    "cronjob list",
    "diff extensions",
    "diff loggers",
    "diff properties",
    "diff query",
    "diff types",
    "flexsearch",
    "update config",
];

/// Values that are text whatever they look like: what a server or a person wrote, and numbers that are too large for some programs.
const TEXT: [(&str, &str); 19] = [
    ("about", "about"),
    ("audit", "first_line"),
    ("audit", "before"),
    ("audit", "after"),
    // Hexadecimal digits, which may all be decimal ones.
    ("audit", "run"),
    ("audit undo", "previous"),
    ("audit undo", "value"),
    ("config show", "value"),
    ("diff properties", "one"),
    ("diff properties", "two"),
    ("doctor", "steps"),
    ("flexsearch", "p_ean"),
    ("pk", "pk"),
    ("pk", "hex"),
    ("property get", "value"),
    ("property list", "value"),
    ("property set", "previous"),
    ("property set", "value"),
    ("script", "execution_result"),
];

/// Times in the form of hac-client-cli, which is local time: scripts read them.
const LOCAL_TIMES: [&str; 2] = ["created_at", "last_used_at"];

/// Two servers with a difference of every kind, and all that the commands need.
fn prepared() -> Two {
    let two = Two::new();
    let bench = &two.bench;
    bench.simulator.run_cron_job("clean up", std::time::Duration::from_secs(3_600));
    bench.file("right.impex", "INSERT_UPDATE Language;isocode[unique=true]\n;de\n");
    bench.file("other.impex", "INSERT_UPDATE Language;isocode[unique=true]\n;en\n");
    bench.file("wrong.impex", "INSERT Language;isocode;name\n;xx;\"x\n");
    bench.file(
        "export.impex",
        "INSERT_UPDATE Category;code[unique=true]\n\"#% impex.exportItems( \"\"Category\"\" , false );\"\n",
    );
    two
}

fn run(two: &Two, command: &str, arguments: &[&str], flags: &[&str]) -> Ran {
    let line: Vec<&str> = command.split(' ').chain(arguments.iter().copied()).chain(flags.iter().copied()).collect();
    two.run(&line)
}

/// The objects of a list, whatever its shape.
fn objects(shape: Shape, ran: &Ran) -> Vec<Map<String, Value>> {
    let of_array = |array: &Value| -> Vec<Map<String, Value>> {
        serde_json::from_value(array.clone()).unwrap_or_else(|error| panic!("{error}: {ran}"))
    };
    let json = ran.json();
    match shape {
        Array => of_array(&json),
        Under(keys) => {
            assert_eq!(json["success"], true, "{ran}");
            keys.iter().flat_map(|key| of_array(&json[key])).collect()
        }
        Rows => {
            let headers: Vec<String> = serde_json::from_value(json["headers"].clone()).expect("names");
            let objects = ran.objects();
            let keys: BTreeSet<&str> =
                json.as_object().expect("an object").keys().map(String::as_str).filter(|key| *key != "error").collect();
            let expected = ["execution_time_ms", "headers", "result_count", "rows", "success", "truncated"];
            assert_eq!(keys, expected.into(), "{ran}");
            assert_eq!(json["success"], !json.as_object().expect("an object").contains_key("error"), "{ran}");
            assert_eq!(
                (json["result_count"].as_u64(), json["truncated"].is_boolean()),
                (Some(objects.len() as u64), true)
            );
            assert!(json["execution_time_ms"].is_null() || json["execution_time_ms"].is_u64(), "{ran}");
            assert_eq!(headers.iter().collect::<BTreeSet<_>>().len(), headers.len(), "{ran}");
            objects
        }
    }
}

/// Says what is wrong with a value: text in place of what it stands for.
fn check(command: &str, key: &str, value: &Value) {
    let is_snake = key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    assert!(is_snake || NAMED_ELSEWHERE.contains(&command), "{command}: the key {key}");
    if TEXT.contains(&(command, key)) {
        return;
    }
    match value {
        Value::Array(values) => values.iter().for_each(|value| check(command, key, value)),
        // The names of environments and endpoints are keys of hac-client-cli; what is below "configuration" is SAP's.
        Value::Object(values) if key != "configuration" && key != "values" => {
            values.iter().for_each(|(key, value)| check(command, key, value));
        }
        Value::String(text) => {
            let place = format!("{command}: {key} is {text:?}");
            assert!(!["true", "false", "null", "NULL", "✓"].contains(&text.as_str()), "{place}");
            assert!(text.parse::<f64>().is_err(), "{place}");
            let looks_like = |pattern: &str| {
                text.len() >= pattern.len()
                    && pattern.bytes().zip(text.bytes()).all(|(wanted, is)| match wanted {
                        b'0' => is.is_ascii_digit(),
                        wanted => wanted == is,
                    })
            };
            if LOCAL_TIMES.contains(&key) {
                assert!(looks_like("0000-00-00 00:00:00") && text.len() == 19, "{place}");
            } else if looks_like("0000-00-00") {
                assert!(looks_like("0000-00-00T00:00:00.000Z") && text.len() == 24, "{place}");
            }
        }
        _ => {}
    }
}

/// The same without what differs from one call to the next.
fn lasting(mut object: Map<String, Value>) -> Map<String, Value> {
    for key in ["age_seconds", "idle_seconds", "last_used_at", "state_at", "runningMillis", "waited_seconds"] {
        object.remove(key);
    }
    // The format is a setting, too.
    if object.get("key") == Some(&json!("format")) {
        object.remove("value");
    }
    object
}

#[test]
fn no_command_is_missing_here() {
    let known: BTreeSet<&str> = LISTS
        .iter()
        .map(|(command, ..)| *command)
        .chain(RESULTS.iter().map(|(command, _)| *command))
        .chain(NEITHER.iter().map(|(command, _)| *command))
        .collect();
    let missing: Vec<String> =
        Commands::of_the_program().leaves().filter(|command| !known.contains(command.as_str())).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_list_has_one_shape_and_every_format_the_same_columns() {
    let two = prepared();
    two.run(&["session", "start", "one"]);
    two.run(&["property", "set", "-e", "one", "a.b", "1"]);
    two.run(&["logger", "set", "-e", "one", "root", "WARN"]);
    for (command, arguments, shape) in LISTS {
        let run = |flags: &[&str]| run(&two, command, arguments, flags);
        let whole = run(&["--format", "json"]);
        let listed = objects(*shape, &whole);
        // Both servers have the same types and extensions.
        let is_empty = ["diff types", "diff extensions"].contains(command);
        assert_eq!(listed.is_empty(), is_empty, "{whole}");
        for (key, value) in listed.iter().flatten() {
            check(command, key, value);
        }
        let keys = |object: &Map<String, Value>| object.keys().cloned().collect::<BTreeSet<_>>();
        assert!(listed.windows(2).all(|pair| keys(&pair[0]) == keys(&pair[1])), "every row has every key: {whole}");

        let lines = run(&["--format", "jsonl"]);
        assert_eq!(lines.code, whole.code, "{lines}");
        let each: Vec<Map<String, Value>> = lines
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {lines}")))
            .filter(|line: &Map<String, Value>| !line.contains_key("error"))
            .map(lasting)
            .collect();
        assert_eq!(each, listed.iter().cloned().map(lasting).collect::<Vec<_>>(), "{command}");

        let csv = run(&["--format", "csv"]);
        let names = csv.stdout.lines().next().unwrap_or_default();
        // In CSV the endpoints of an environment are rows.
        if let Some(first) = listed.first().filter(|_| *command != "env list") {
            assert!(names.split(',').all(|name| first.contains_key(name)), "{command}: {names}");
        }
        assert!(!names.is_empty(), "{command}: an empty list has names, too");
        let tsv = run(&["--format", "tsv"]).stdout;
        assert_eq!(tsv.lines().next(), Some(names.replace(',', "\t").as_str()), "{command}");
        // Lint shows lines of the file, and people are shown only the settings that are set.
        if matches!(shape, Rows) && !["impex lint", "config show"].contains(command) {
            assert_eq!(
                run(&[]).stdout.lines().next().map(str::to_owned),
                tsv.lines().next().map(str::to_owned),
                "{command}"
            );
        }
    }
}

#[test]
fn every_single_result_has_one_shape() {
    let two = prepared();
    two.bench.file(".hac.toml", "[output]\npager = false\n");
    let server = two.other.url().replace("http://", "");
    for (command, arguments) in RESULTS {
        let last = || two.run(&["audit", "-m", "1", "--format", "jsonl", "--columns", "id"]).json()["id"].clone();
        let arguments: Vec<String> = arguments
            .iter()
            .map(|word| match *word {
                "THE LAST" => last().as_str().expect("an id").to_owned(),
                "SERVER" => server.clone(),
                word => word.to_owned(),
            })
            .collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let ran = run(&two, command, &arguments, &["--json"]);
        assert_eq!(ran.code, Some(0), "{command}: {ran}");
        let json = ran.json();
        let object = json.as_object().unwrap_or_else(|| panic!("{command}: {ran}"));
        // Nothing to show is no error of hac-client-cli.
        let is_there = !(object.get("state") == Some(&json!("absent")) && *command == "session show");
        assert_eq!(object.get("success"), Some(&is_there.into()), "{command}: {ran}");
        assert!(ran.stdout.starts_with("{\n  \"success\": "), "{command}: {ran}");
        assert!(!object.contains_key("error"), "{command}: {ran}");
        for (key, value) in object {
            check(command, key, value);
        }
    }
}

#[test]
fn a_single_result_is_the_same_object_on_one_line_and_the_same_columns_in_csv() {
    let two = prepared();
    two.run(&["session", "start", "one"]);
    two.run(&["env", "set-default", "one"]);
    for (command, arguments) in [
        ("session show", &["one"][..]),
        ("session check", &["one"]),
        ("property get", &["-e", "one", "build.version"]),
        ("update status", &["-e", "one"]),
        ("update log", &["-e", "one"]),
        ("wait", &["-e", "one"]),
        ("env show", &["one"]),
        ("endpoint show", &["one", "hac"]),
        ("config path", &[]),
        ("config validate", &[]),
    ] {
        let run = |format: &str| run(&two, command, arguments, &["--format", format]);
        let object = run("json").json().as_object().cloned().expect("an object");
        let line = run("jsonl");
        assert_eq!(line.stdout.lines().count(), 1, "{line}");
        assert_eq!(line.json().as_object().cloned().map(lasting), Some(lasting(object.clone())), "{command}");
        let csv = run("csv").stdout;
        let names: BTreeSet<&str> = csv.lines().next().unwrap_or_default().split(',').collect();
        let mut keys: BTreeSet<&str> = object.keys().map(String::as_str).filter(|key| *key != "success").collect();
        if command == "env show" {
            // An endpoint has a row, and no object in a cell, as in the list.
            keys.extend(["endpoint", "url", "ignore_ssl", "timeout", "username", "is_default_endpoint"]);
            keys.retain(|key| !["endpoints", "default_endpoint", "protected_by"].contains(key));
        }
        assert_eq!(names, keys, "{command}");
    }
}

/// What would be lost or dangerous in rows is refused before anything is sent.
#[test]
fn a_format_that_has_no_place_for_a_result_is_refused_with_what_to_do() {
    let two = prepared();
    two.run(&["session", "start", "one"]);
    let sent = two.bench.simulator.ledger().len();
    for format in ["table", "tsv", "csv", "markdown", "vertical"] {
        let log = two.run(&["jdbclog", "download", "-e", "one", "--format", format]);
        assert!(log.code == Some(2) && log.stdout.is_empty() && log.stderr.contains("-o FILE"), "{log}");
        let session = two.run(&["session", "export", "one", "--format", format]);
        assert!(session.code == Some(2) && session.stdout.is_empty(), "{session}");
        assert!(session.stderr.contains("`hac session show` has all formats"), "{session}");
    }
    for command in [&["jdbclog", "download", "-e", "one", "--csv"][..], &["session", "export", "one", "--csv"]] {
        let refused = two.run(command);
        assert!(refused.code == Some(2) && refused.stderr.contains("csv is for rows and fields"), "{refused}");
    }
    assert_eq!(two.bench.simulator.ledger().len(), sent, "nothing was sent");
    // With a file there is a result that has fields.
    let written = two.run(&["jdbclog", "download", "-e", "one", "-o", "jdbc.log", "--csv"]);
    assert_eq!(written.stdout, "bytes,file\n0,jdbc.log\n", "{written}");
    let written = two.run(&["session", "export", "one", "-o", "session.json", "--format", "tsv"]);
    assert_eq!(written.stdout, "file\nsession.json\n", "{written}");
    // As JSON a session is what `session import` reads, on one line or on several.
    for format in ["json", "jsonl"] {
        let exported = two.run(&["session", "export", "one", "--format", format]);
        assert_eq!(exported.json()["username"], "admin", "{exported}");
        assert!(format == "json" || exported.stdout.lines().count() == 1, "{exported}");
        let server = two.bench.simulator.url().replace("http://", "");
        two.bench.file("exported.json", exported.stdout.replace("SIMULATOR", &server));
        let imported = two.run(&["session", "import", "copied", "-f", "exported.json", "--check"]);
        assert_eq!(imported.code, Some(0), "{imported}");
    }
}

#[test]
fn the_configuration_of_an_update_has_a_line_for_each_key() {
    let two = prepared();
    let config = |flags: &[&str]| run(&two, "update config", &["-e", "one", "--schema"], flags);
    let text: Value = serde_json::from_str(&config(&[]).stdout).expect("what ant reads");
    assert_eq!(config(&["--json"]).json(), json!({ "success": true, "configuration": text }));
    let lines = config(&["--format", "tsv"]).stdout;
    assert!(lines.starts_with("key\tvalue\n"), "{lines}");
    assert_eq!(lines.lines().count() - 1, text.as_object().expect("an object").len(), "{lines}");
    let picked = config(&["--columns", "key", "--no-headers"]).stdout;
    assert_eq!(picked.lines().next(), lines.lines().nth(1).and_then(|line| line.split('\t').next()));
}

#[test]
fn the_steps_of_the_doctor_are_rows_also_where_one_failed() {
    let two = prepared();
    for (environment, code) in [("one", 0), ("nowhere", 2)] {
        let run = |flags: &[&str]| run(&two, "doctor", &[environment], flags);
        let whole = run(&["--json"]);
        assert_eq!(whole.code, Some(code), "{whole}");
        let steps: Vec<Map<String, Value>> = serde_json::from_value(whole.json()["steps"].clone()).expect("steps");
        let keys = ["details", "hint", "kind", "message", "status", "step"];
        assert!(steps.iter().all(|step| step.keys().map(String::as_str).eq(keys)), "{whole}");
        let rows = run(&["--format", "tsv", "--quiet"]);
        assert_eq!(rows.code, Some(code), "{rows}");
        let names: Vec<&str> = rows.stdout.lines().map(|line| line.split('\t').next().unwrap_or_default()).collect();
        assert_eq!(names[0], "step");
        let expected: Vec<&str> = steps.iter().filter_map(|step| step["step"].as_str()).collect();
        assert_eq!(names[1..], expected, "{rows}");
        assert_eq!(run(&["--format", "jsonl"]).stdout.lines().count(), 1);
    }
    // What is wrong with the flags is no step.
    for flags in [&["--format", "impex"][..], &["--watch", "2"], &["--json", "--csv"]] {
        let refused = run(&two, "doctor", &["one"], flags);
        assert_eq!((refused.code, refused.stdout.contains("step")), (Some(2), false), "{refused}");
    }
}

/// A table is for people, whatever a program would read in its place.
#[test]
fn lists_of_hac_client_cli_are_for_people_unless_a_format_is_for_programs() {
    let two = prepared();
    two.run(&["session", "start", "one"]);
    let run = |command: &str, format: &str| run(&two, command, &[], &["--format", format]).stdout;
    assert!(run("env list", "table").contains("│ name ┆ endpoints ┆"), "{}", run("env list", "table"));
    let csv = run("env list", "csv");
    // An endpoint has a row, and no object in a cell.
    assert!(
        csv.starts_with("name,endpoint,url,ignore_ssl,timeout,username,is_default_endpoint,is_default,protection\n")
    );
    assert!(csv.contains("\none,hac,http://SIMULATOR,false,30,admin,") && csv.contains(",false,open\n"), "{csv}");
    let tsv = run("session list", "tsv");
    let age = tsv.lines().nth(1).and_then(|line| line.split('\t').nth(6)).expect("an age");
    assert!(age.parse::<f64>().is_ok(), "{tsv}");
    assert!(run("session list", "markdown").contains("| age | idle | state |"));
    // Whoever names columns gets those that they name.
    let named = |columns: &str| two.run(&["session", "list", "--columns", columns]);
    let known = named("url,age").stdout;
    assert_eq!(known.lines().next().map(|line| line.split_whitespace().collect()), Some(vec!["URL", "AGE"]));
    assert!(named("url,age_seconds").stdout.starts_with("url\tage_seconds\n"), "{}", named("url,age_seconds"));
    let wrong = named("agee");
    assert!(wrong.code == Some(2) && wrong.stderr.contains("did you mean age?"), "{wrong}");
}
