//! Each kind of error, as people and as programs get it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use assert_cmd::Command;
use hac_client::ErrorKind;
use hac_simulator::{Fault, On, RefusedBy};

use crate::bench::Bench;
use crate::snapshot;

const QUERY: [&str; 2] = ["flexsearch", "SELECT {pk} FROM {Language}"];

/// What becomes of an answer.
type Spoiling = fn() -> Fault;

/// How an error is brought about.
struct Case {
    kind: &'static str,
    arguments: &'static [&'static str],
    environment: &'static [(&'static str, &'static str)],
    /// Where the server fails, and how.
    fault: Option<(&'static str, Spoiling)>,
    /// What the machine of the user is like.
    machine: fn(&Bench, &mut Command),
}

/// Kinds that take a signal: the modules `interruption` and `panics` show them.
const ELSEWHERE: [&str; 2] = ["interrupted", "internal"];

const fn case(kind: &'static str, arguments: &'static [&'static str]) -> Case {
    Case { kind, arguments, environment: &[], fault: None, machine: |_, _| {} }
}

fn answer(status: u16, body: &str) -> Fault {
    let headers = vec![("Content-Type".to_owned(), "text/html".to_owned())];
    Fault::Answer { status, headers, body: body.to_owned(), execute: false }
}

const CASES: &[Case] = &[
    case("usage", &["property", "set", "=x"]),
    Case {
        environment: &[("HAC_USERNAME", "")],
        ..case("config", &["flexsearch", "x", "--url", "http://127.0.0.1:1"])
    },
    case("connect", &["flexsearch", "x", "--url", "http://127.0.0.1:1"]),
    Case {
        fault: Some(("", || answer(200, "<html><head><title>Our shop</title></head></html>"))),
        ..case("not_hac", &["flexsearch", "x", "--no-cache"])
    },
    Case { environment: &[("HAC_PASSWORD", "wrong")], ..case("bad_credentials", &["flexsearch", "x", "--no-cache"]) },
    case("session_ended", &["session", "check", "nowhere"]),
    Case { fault: Some(("/execute", || Fault::Hold)), ..case("timeout", &["flexsearch", "x", "--timeout", "0.2"]) },
    Case {
        fault: Some(("/execute", || Fault::Hold)),
        ..case("outcome_unknown", &["script", "--type", "javascript", "1", "--timeout", "0.2"])
    },
    case("query_failed", &["flexsearch", "SELECT {nothing} FROM {Nowhere}"]),
    case("script_failed", &["script", "--type", "javascript", "throw new Error('no')"]),
    case("impex_failed", &["impex", "import", "bad.impex"]),
    Case { fault: Some(("/execute", || answer(404, "gone"))), ..case("rejected", &QUERY) },
    Case {
        machine: |bench, hac| {
            hac.env("HAC_URL", bench.simulator.url().replacen("http:", "https:", 1));
        },
        ..case("tls", &["flexsearch", "x", "--no-cache"])
    },
    Case { fault: Some(("/execute", || Fault::CutBody)), ..case("connection_lost", &QUERY) },
    Case {
        fault: Some(("/execute", || Fault::Refuse {
            status: 403,
            by: RefusedBy::Hac,
            sets_session: false,
            executed: false,
        })),
        ..case("forbidden", &QUERY)
    },
    Case { fault: Some(("/execute", || Fault::Redirect("/hac/platform/init".into()))), ..case("initializing", &QUERY) },
    Case { fault: Some(("/execute", || answer(200, "{\"rows\": 7"))), ..case("protocol", &QUERY) },
    Case {
        fault: Some(("/execute", || Fault::GzipBomb { decoded_bytes: 80 << 20 })),
        ..case("too_large", &["script", "--type", "javascript", "1"])
    },
    Case {
        machine: |bench, hac| {
            let text = format!(
                "default_environment = \"live\"\n[environments.live]\ndefault_endpoint = \"hac\"\nprotection = \"read-only\"\n\
                 [environments.live.endpoints.hac]\nurl = \"{}\"\n",
                bench.simulator.url()
            );
            hac.env_remove("HAC_URL").env("HAC_CLIENT_CONFIG_PATH", bench.file("config.toml", text));
        },
        ..case("protected", &["impex", "import", "bad.impex"])
    },
    Case {
        machine: |bench, hac| {
            hac.env("HAC_CACHE_DIR", bench.file("no-directory", ""));
        },
        ..case("cache", &["session", "list"])
    },
    Case {
        machine: |bench, hac| {
            hac.env("XDG_STATE_HOME", bench.home.path());
            std::fs::create_dir_all(bench.home.path().join("hac-client/audit.jsonl")).expect("a directory");
        },
        ..case("io", &["audit"])
    },
    case("unknown_property", &["property", "get", "no.such.property"]),
];

#[test]
fn each_kind_of_error_in_text_and_in_json() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    bench.file("bad.impex", "INSERT_UPDATE Language;isocode[unique=true];nonsense\n;xa;One\n");
    let (mut told, mut kinds) = (String::new(), BTreeSet::new());
    for Case { kind, arguments, environment, fault, machine } in CASES {
        let run = |flags: &[&str]| {
            if let Some((path, fault)) = fault {
                bench.simulator.faults().always(On::path(*path), fault());
            }
            let mut hac = bench.hac();
            machine(&bench, &mut hac);
            let ran = bench.ran(hac.args(*arguments).args(flags).envs(environment.iter().copied()));
            bench.simulator.faults().clear();
            ran
        };
        let (text, json, lines) = (run(&[]), run(&["--format", "json"]), run(&["--format", "jsonl"]));
        let line: serde_json::Value = serde_json::from_str(&lines.stdout).expect("one line of JSON");
        assert_eq!(lines.stdout.lines().count(), 1, "{lines}");
        assert_eq!((json.code, lines.code), (text.code, text.code), "{kind}");
        let error = |value: &serde_json::Value| value.get("error").or_else(|| value.get("validation_errors")).cloned();
        assert!(error(&line).is_some() && error(&json.json()).is_some(), "{kind}: {lines}");
        kinds.extend(line["error"]["kind"].as_str().map(str::to_owned));
        writeln!(told, "=== {kind}\n{text}\n--- as JSON\n{}", json.stdout).expect("a string");
    }
    for Case { kind, .. } in CASES {
        assert!(kinds.contains(*kind), "{kind} is not among {kinds:?}");
    }
    for kind in ErrorKind::ALL.iter().map(|kind| kind.code()) {
        // An import that failed is the program's own report.
        let shown = if kind == "import_failed" { "impex_failed" } else { kind };
        assert!(ELSEWHERE.contains(&kind) || kinds.contains(shown), "no command shows {kind}");
    }
    snapshot!(told);
}
