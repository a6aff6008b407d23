//! Each kind of error, as people and as programs get it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use hac_client::ErrorKind;
use hac_simulator::{Fault, On, RefusedBy, Simulator};

use crate::bench::Bench;
use crate::snapshot;

const QUERY: [&str; 2] = ["flexsearch", "SELECT {pk} FROM {Language}"];

/// What becomes of an answer.
type Spoiling = fn() -> Fault;

/// How an error is brought about.
pub(crate) struct Case {
    pub(crate) kind: &'static str,
    pub(crate) arguments: &'static [&'static str],
    environment: &'static [(&'static str, &'static str)],
    /// Where the server fails, and how.
    fault: Option<(&'static str, Spoiling)>,
    /// What the machine of the user is like: more variables.
    machine: fn(&Bench) -> Vec<(&'static str, String)>,
}

impl Case {
    /// Lets the server fail until the faults are cleared, and returns the variables of the call.
    pub(crate) fn prepare(&self, bench: &Bench) -> Vec<(&'static str, String)> {
        if let Some((path, fault)) = self.fault {
            bench.simulator.faults().always(On::path(path), fault());
        }
        let set = self.environment.iter().map(|(name, value)| (*name, (*value).to_owned()));
        (self.machine)(bench).into_iter().chain(set).collect()
    }
}

/// A server and a machine on which all of them can be brought about.
pub(crate) fn prepared() -> Bench {
    let bench = Bench::with(Simulator::builder().failing_patch("Default constraints"));
    bench.run(&["session", "start"]);
    bench.file("wrong.impex", "INSERT Language;isocode;name\n;xx;\"x\n");
    bench.file("bad.impex", "INSERT_UPDATE Language;isocode[unique=true];nonsense\n;xa;One\n");
    bench
}

/// Kinds that take a signal: the modules `interruption` and `panics` show them.
const ELSEWHERE: [&str; 2] = ["interrupted", "internal"];

const fn case(kind: &'static str, arguments: &'static [&'static str]) -> Case {
    Case { kind, arguments, environment: &[], fault: None, machine: |_| Vec::new() }
}

fn answer(status: u16, body: &str) -> Fault {
    let headers = vec![("Content-Type".to_owned(), "text/html".to_owned())];
    Fault::Answer { status, headers, body: body.to_owned(), execute: false }
}

pub(crate) const CASES: &[Case] = &[
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
        machine: |bench| vec![("HAC_URL", bench.simulator.url().replacen("http:", "https:", 1))],
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
        machine: |bench| {
            let text = format!(
                "default_environment = \"live\"\n[environments.live]\ndefault_endpoint = \"hac\"\nprotection = \"read-only\"\n\
                 [environments.live.endpoints.hac]\nurl = \"{}\"\n",
                bench.simulator.url()
            );
            vec![("HAC_URL", String::new()), ("HAC_CLIENT_CONFIG_PATH", bench.file("config.toml", text))]
        },
        ..case("protected", &["impex", "import", "bad.impex"])
    },
    Case {
        machine: |bench| vec![("HAC_CACHE_DIR", bench.file("no-directory", ""))],
        ..case("cache", &["session", "list"])
    },
    Case {
        machine: |bench| {
            std::fs::create_dir_all(bench.home.path().join("state/hac-client/audit.jsonl")).expect("a directory");
            vec![("XDG_STATE_HOME", bench.home.path().join("state").display().to_string())]
        },
        ..case("io", &["audit"])
    },
    case("unknown_property", &["property", "get", "no.such.property"]),
    case("unknown_type", &["type", "show", "Prodct"]),
    case("no_pk", &["pk", "nonsense"]),
    case("lint_failed", &["impex", "lint", "wrong.impex"]),
    case("truncated", &["flexsearch", "SELECT {pk} FROM {Language}", "-m", "1", "--fail-on-truncation"]),
    Case {
        fault: Some(("/execute", || Fault::Body(WITHOUT_SQL.to_owned()))),
        ..case("no_sql", &["flexsearch", "SELECT {pk} FROM {Language}", "--show-sql"])
    },
    case("update_failed", &["update", "run", "--schema", "--no-follow", "--interval", "0.01"]),
    Case {
        fault: Some(("/configstore", || Fault::Body(r#"{"action":"rejected","hasEdited":true}"#.to_owned()))),
        ..case("property_not_set", &["property", "set", "a.new.key", "1"])
    },
    Case {
        fault: Some(("/changeLevel", || Fault::Body(ANOTHER_LEVEL.to_owned()))),
        ..case("level_not_set", &["logger", "set", "a", "DEBUG"])
    },
    Case { fault: Some(("/clear", || failed("message"))), ..case("cache_not_cleared", &["cache", "clear"]) },
    Case {
        fault: Some(("/database/logs/true", || failed("result"))),
        ..case("jdbc_log_not_switched", &["jdbclog", "on"])
    },
    Case {
        fault: Some(("/database/clearlog", || failed("result"))),
        ..case("jdbc_log_not_cleared", &["jdbclog", "clear"])
    },
    Case {
        fault: Some(("/support/zip", || failed("message"))),
        ..case("support_files_not_packed", &["support", "zip", "config/local.properties", "-o", "support.zip"])
    },
];

/// A logger that has another level than the one that was set.
const ANOTHER_LEVEL: &str = r#"{"loggerName":"a","levelName":"DEBUG","levels":[],"loggers":[{"name":"a","parentName":"root","effectiveLevel":{"standardLevel":"ERROR","declaringClass":"x"}}]}"#;

/// What older releases answer to a query.
const WITHOUT_SQL: &str =
    r#"{"headers":["p_pk"],"resultList":[["1"]],"exception":null,"executionTime":1,"resultCount":1}"#;

fn failed(key: &str) -> Fault {
    Fault::Body(format!(r#"{{"{key}":"failed"}}"#))
}

#[test]
fn each_kind_of_error_in_text_and_in_json() {
    let bench = prepared();
    let (mut told, mut kinds) = (String::new(), BTreeSet::new());
    for case in CASES {
        let kind = case.kind;
        let run = |flags: &[&str]| {
            let variables = case.prepare(&bench);
            let mut hac = bench.hac();
            let ran = bench.ran(hac.args(case.arguments).args(flags).envs(variables));
            bench.simulator.faults().clear();
            ran
        };
        let (text, json, lines) = (run(&[]), run(&["--format", "json"]), run(&["--format", "jsonl"]));
        let line: serde_json::Value = lines
            .stdout
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .find(|line: &serde_json::Value| line.get("error").is_some() || line.get("validation_errors").is_some())
            .unwrap_or_else(|| panic!("{kind}: {lines}"));
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
    // Those that are no errors of the library are known to the topic alone.
    let topic = bench.run(&["help", "exit-codes"]).stdout;
    let kinds_of_all = topic.split("their codes:\n").nth(1).and_then(|rest| rest.split("\n\n").next());
    let listed = kinds_of_all.expect("the kinds").split([',', ' ', '\n']);
    let listed: Vec<&str> =
        listed.filter(|word| word.starts_with(|letter: char| letter.is_ascii_lowercase())).collect();
    assert!(listed.len() > 30, "{listed:?}");
    for kind in listed {
        assert!(kinds.contains(kind) || ELSEWHERE.contains(&kind), "no command shows {kind}");
    }
    // A path of Windows, in text and in JSON.
    let told = told.replace(r"HOME/state\\", "HOME/state/").replace(r"HOME/state\", "HOME/state/");
    snapshot!(told);
}
