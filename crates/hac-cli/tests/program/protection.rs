//! Every command of the program against a server that is read-only. The list of commands is that of the help, so none can be missing.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::bench::{Bench, Ran};
use crate::commands::Commands;
use crate::snapshot;

/// Commands that change something on a server, each with arguments that would.
const CHANGES: &[(&str, &[&str])] = &[
    ("cache clear", &[]),
    ("copy", &["--from", "prod", "--to", "prod", "Product"]),
    ("groovy", &["return 1"]),
    ("impex export", &["-o", "export.zip", "INSERT_UPDATE Title;code[unique=true]"]),
    ("impex import", &["import.impex"]),
    ("impex watch", &["."]),
    ("init run", &["--yes-i-mean", "SERVER"]),
    ("jdbclog clear", &[]),
    ("jdbclog off", &[]),
    ("jdbclog on", &[]),
    ("logger set", &["root", "WARN"]),
    ("property set", &["a.b", "1"]),
    ("script", &["-t", "javascript", "1"]),
    ("support zip", &["-o", "support.zip", "config/local.properties"]),
    ("update run", &["--schema"]),
];

/// Commands that have something to do with a server and change nothing there.
const READS: &[&str] = &[
    "about",
    "cronjob list",
    "diff extensions",
    "diff loggers",
    "diff properties",
    "diff query",
    "diff types",
    "extension list",
    "flexsearch",
    "impex lint",
    "impex validate",
    "jdbclog download",
    "logger list",
    "login",
    "logout",
    "pk",
    "property get",
    "property list",
    "session check",
    "session end",
    "session start",
    "support list",
    "type list",
    "type show",
    "update config",
    "update data",
    "update log",
    "update patches",
    "update status",
    "wait",
];

/// The parts of the program that know nothing of a server, or only of the sessions on this machine.
fn is_local(name: &str) -> bool {
    const LOCAL: [&str; 12] = [
        "audit",
        "completions",
        "config",
        "demo",
        "doctor",
        "endpoint",
        "env",
        "help",
        "man",
        "simulator",
        "trust",
        "untrust",
    ];
    const OF_SESSIONS: [&str; 6] =
        ["session list", "session show", "session clear", "session clear-all", "session export", "session import"];
    LOCAL.iter().any(|local| name.split(' ').next() == Some(local)) || OF_SESSIONS.contains(&name)
}

#[test]
fn no_command_is_missing_here() {
    let known: BTreeSet<String> =
        CHANGES.iter().map(|(name, _)| *name).chain(READS.iter().copied()).map(str::to_owned).collect();
    let remote: BTreeSet<String> = Commands::of_the_program().leaves().filter(|name| !is_local(name)).collect();
    assert_eq!(remote, known);
}

#[test]
fn in_read_only_no_command_changes_the_server() {
    let bench = Bench::new();
    let url = bench.simulator.url();
    let server = url.strip_prefix("http://").expect("http");
    let directory = bench.home.path().join(".config/hac-client");
    std::fs::create_dir_all(&directory).expect("made");
    let text =
        format!("[environments.prod]\nprotection = 'read-only'\n[environments.prod.endpoints.hac]\nurl = '{url}'\n");
    std::fs::write(directory.join("config.toml"), text).expect("written");
    bench.file("import.impex", "INSERT_UPDATE Language;isocode[unique=true]\n;xx\n");
    for (name, arguments) in CHANGES {
        let line: Vec<_> =
            name.split(' ').chain(arguments.iter().map(|word| if *word == "SERVER" { server } else { word })).collect();
        let mut hac = bench.hac();
        hac.args(&line).args(&["--yes-i-mean", server][..if line.contains(&server) { 0 } else { 2 }]);
        if *name == "copy" {
            // It would be the URL of both.
            hac.env_remove("HAC_URL");
        }
        let ran: Ran = bench.ran(&mut hac);
        assert_eq!((ran.code, ran.stderr.contains("is read-only")), (Some(2), true), "{name}: {ran}");
        assert_eq!(bench.simulator.ledger().executed(), 0, "{name}: {ran}");
    }
    // It is a read, and needs no confirmation.
    let planned = bench.run(&["update", "run", "--schema", "--dry-run"]);
    assert_eq!((planned.code, bench.simulator.ledger().executed()), (Some(0), 0), "{planned}");
    for line in [&["flexsearch", "--sql", "SELECT 1"][..], &["flexsearch", "--commit", "SELECT {code} FROM {Product}"]]
    {
        let ran = bench.run(line);
        assert_eq!((ran.code, bench.simulator.ledger().executed()), (Some(2), 0), "{line:?}: {ran}");
    }
}

/// A server that nothing protects, beside the protected `production`.
fn open_beside_production() -> Bench {
    let bench = Bench::new();
    let directory = bench.home.path().join(".config/hac-client");
    std::fs::create_dir_all(&directory).expect("made");
    let text = format!(
        "default_environment = 'dev'\n[environments.dev.endpoints.hac]\nurl = '{}'\n\
         [environments.production]\nprotection = 'confirm'\n[environments.production.endpoints.hac]\nurl = 'https://production.invalid'\n",
        bench.simulator.url()
    );
    std::fs::write(directory.join("config.toml"), text).expect("written");
    bench.file("import.impex", "INSERT_UPDATE Language;isocode[unique=true]\n;xx\n");
    bench
}

#[test]
fn a_confirmation_for_another_server_is_refused_also_where_none_is_needed() {
    let bench = open_beside_production();
    let reads: [(&str, &[&str]); 2] = [("flexsearch", &["SELECT {code} FROM {Product}"]), ("about", &[])];
    for (name, arguments) in CHANGES.iter().copied().chain(reads) {
        let arguments: &[&str] = match name {
            "copy" => &["--from", "production", "--to", "dev", "Product"],
            "init run" => &[],
            _ => arguments,
        };
        let line: Vec<_> = name.split(' ').chain(arguments.iter().copied()).collect();
        let mut hac = bench.hac();
        let ran = bench.ran(hac.env_remove("HAC_URL").args(&line).args(["--yes-i-mean", "production"]));
        assert_eq!((ran.code, bench.simulator.ledger().is_empty()), (Some(2), true), "{name}: {ran}");
        if name != "init run" {
            let why = "the server is dev/hac (http://SIMULATOR), and --yes-i-mean names production; nothing was sent";
            assert!(ran.stderr.contains(why) && ran.stderr.contains("pass -e production"), "{name}: {ran}");
        }
    }
}

#[test]
fn a_confirmation_for_the_server_itself_is_accepted_where_none_is_needed() {
    let bench = open_beside_production();
    let server = bench.simulator.url().replace("http://", "");
    for name in ["dev", "dev/hac", &server] {
        for url in [true, false] {
            let mut hac = bench.hac();
            if !url {
                hac.env_remove("HAC_URL");
            }
            let ran = bench.ran(hac.args(["property", "set", "a.b", "1", "--yes-i-mean", name]));
            assert_eq!(ran.code, Some(0), "{name}: {ran}");
        }
    }
    let ran = bench.run(&["property", "set", "a.b", "1", "--yes-i-mean", "other"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stderr.contains("choose the server with -e or --url"), "{ran}");
}

#[test]
fn the_protection_that_is_shown_is_the_one_that_holds_for_the_server() {
    let bench = Bench::new();
    let directory = bench.home.path().join(".config/hac-client");
    std::fs::create_dir_all(&directory).expect("made");
    let url = bench.simulator.url();
    let text = format!(
        "[environments.shop.endpoints.hac]\nurl = '{url}'\n[environments.shop.endpoints.other]\nurl = 'https://other'\n\
         [environments.prod]\nprotection = 'read-only'\n[environments.prod.endpoints.long]\nurl = '{url}/hac'\n\
         session_cookie = 'SID'\ncontext_path = '/hac'\n[environments.far.endpoints.hac]\nurl = 'https://far'\n"
    );
    std::fs::write(directory.join("config.toml"), text).expect("written");
    let mut all = String::new();
    for line in [
        "env list --format markdown",
        "env list --csv",
        "env show shop",
        "env show shop --csv",
        "env show shop --format jsonl",
        "env show prod",
        "env show far",
        "config",
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        writeln!(all, "$ hac {line}\n{}", bench.run(&words)).expect("a string");
    }
    snapshot!(all);
}
