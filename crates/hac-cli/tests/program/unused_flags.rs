//! A flag for a connection is honoured or refused. The list of commands is that of the help, so none can be missing.

use std::collections::BTreeSet;

use crate::bench::{Ran, bare, home, ran};
use crate::commands::Commands;
use crate::home::Home;

/// Every flag for a connection, with a value that can be read.
const FLAGS: [&[&str]; 21] = [
    &["--url", "http://127.0.0.1:1"],
    &["--username", "admin"],
    &["--password-stdin"],
    &["--environment", "shop"],
    &["--endpoint", "hac"],
    &["--yes-i-mean", "shop"],
    &["--context-path", "/hac"],
    &["--route", ".n1"],
    &["--cacert", "hac.pem"],
    &["--pin", "sha256:abababababababababababababababababababababababababababababababab"],
    &["--ignore-ssl"],
    &["--client-cert", "hac.pem"],
    &["--client-key", "hac.pem"],
    &["--proxy", "http://127.0.0.1:1"],
    &["--no-proxy"],
    &["--gate", "guard"],
    &["--header", "X-Team: blue"],
    &["--session-cookie", "HACID"],
    &["--timeout", "5"],
    &["--cache-dir", "cache"],
    &["--no-cache"],
];

const SESSION: &[&str] = &["--url", "--username", "--environment", "--endpoint", "--cache-dir", "--no-cache"];
const KEPT: &[&str] = &[
    "--url",
    "--username",
    "--context-path",
    "--route",
    "--cacert",
    "--pin",
    "--ignore-ssl",
    "--client-cert",
    "--client-key",
    "--proxy",
    "--no-proxy",
    "--gate",
    "--header",
    "--session-cookie",
    "--timeout",
];
const CACHE: &[&str] = &["--cache-dir", "--no-cache"];

/// The commands that send nothing, the flags that they have a use for, and what that is.
const SILENT: &[(&str, &[&[&str]], &str)] = &[
    ("audit", &[&["--url", "--username", "--environment", "--endpoint"]], "they limit the list"),
    ("completions bash", &[], ""),
    ("config", &[&["--environment"]], "it shows that environment, as hac-client-cli does"),
    ("config -p", &[], ""),
    ("config -l", &[], ""),
    ("config --validate", &[], ""),
    ("config -x", &[], ""),
    ("config path", &[], ""),
    ("config edit", &[], ""),
    ("config validate", &[], ""),
    ("demo", &[], ""),
    ("endpoint add shop node2", &[KEPT], "they are saved"),
    ("endpoint list shop", &[], ""),
    (
        "endpoint remove shop hac",
        &[&["--yes-i-mean"], CACHE],
        "a protection is confirmed, a session that stays is named",
    ),
    ("endpoint set-default shop hac", &[], ""),
    ("endpoint show shop hac", &[], ""),
    ("endpoint update shop hac", &[KEPT, &["--yes-i-mean"], CACHE], "they are saved, as with add and remove"),
    ("env add other", &[KEPT, &["--endpoint"], CACHE], "they are saved; the cache has what was just used"),
    ("env list", &[], ""),
    ("env protect shop confirm", &[], ""),
    ("env remove shop", &[&["--yes-i-mean"], CACHE], "a protection is confirmed, a session that stays is named"),
    ("env set-default shop", &[], ""),
    ("env show shop", &[], ""),
    ("help flags", &[], ""),
    ("impex lint good.impex", &[], ""),
    ("man", &[], ""),
    ("session clear", &[SESSION], "they name the session"),
    ("session clear-all", &[SESSION], "some are to be cleared: it says how"),
    ("session export", &[SESSION], "they name the session"),
    (
        "session import",
        &[SESSION, &["--session-cookie", "--password-stdin"]],
        "they name the session; the cookie is that of a browser's request, a password is refused with a reason of its own",
    ),
    ("session list", &[SESSION], "they limit the list"),
    (
        "session list --check",
        &[SESSION, &["--timeout", "--proxy", "--no-proxy"]],
        "the trust is that of each server's configuration",
    ),
    ("session show", &[SESSION], "they name the session"),
    ("simulator --port 0 --groovy", &[&["--context-path"]], "it is mounted there"),
    ("trust", &[], ""),
];

/// The commands that make a connection of all that is set.
const SENDING: &[&str] = &[
    "about",
    "audit undo 0",
    "cache clear",
    "config show",
    "copy --from shop --to test Language",
    "cronjob list",
    "diff extensions -e shop,test",
    "diff loggers -e shop,test",
    "diff properties -e shop,test",
    "diff query -e shop,test q",
    "diff types -e shop,test",
    "doctor",
    "extension list",
    "flexsearch q",
    "groovy x",
    "impex export good.impex -o export.zip",
    "impex import good.impex",
    "impex lint --online good.impex",
    "impex validate good.impex",
    "impex watch good.impex",
    "init run --yes-i-mean shop.example.com:80",
    "jdbclog clear",
    "jdbclog download",
    "jdbclog off",
    "jdbclog on",
    "logger list",
    "logger set root DEBUG",
    "login",
    "logout",
    "pk 1",
    "property get a",
    "property list",
    "property set a b",
    "script -t javascript 1",
    "session check",
    "session clear --logout",
    "session end",
    "session import --check",
    "session start",
    "support list",
    "support zip --all -o support.zip",
    "type list",
    "type show Product",
    "update config --schema",
    "update data",
    "update log",
    "update patches",
    "update run --schema",
    "update status",
    "wait",
];

/// Those that ask of whom or what before they connect, and those that never end by themselves.
const NOT_AT_ONCE: [&str; 9] = [
    "audit undo 0",
    "config show",
    "doctor",
    "impex watch good.impex",
    "logout",
    "session check",
    "session clear --logout",
    "session end",
    "session import --check",
];

const CONFIGURATION: &str = "default_environment = 'shop'\n\
    [environments.shop.endpoints.hac]\nurl = 'http://shop.example.com'\nusername = 'admin'\n\
    [environments.test.endpoints.hac]\nurl = 'http://test.example.com'\nusername = 'admin'\n";

/// A home with a configuration, an import and a certificate that cannot be read.
fn prepared() -> Home {
    let home = home();
    for (file, text) in [
        ("config.toml", CONFIGURATION),
        ("good.impex", "INSERT_UPDATE Language;isocode[unique=true]\n;de\n"),
        ("hac.pem", ""),
    ] {
        std::fs::write(home.path().join(file), text).expect("written");
    }
    home
}

/// Without a PATH, so that no simulator starts: it is to run Groovy, and there is none.
fn run(home: &std::path::Path, line: &str, flag: &[&str]) -> Ran {
    let mut command = bare(home);
    command.env("HAC_CLIENT_CONFIG_PATH", home.join("config.toml")).env("PATH", home);
    ran(command.args(line.split(' ')).args(flag).write_stdin(""), home, None)
}

#[test]
fn no_command_is_missing_in_the_lists_of_flags() {
    let listed: Vec<&str> = SILENT.iter().map(|(line, ..)| *line).chain(SENDING.iter().copied()).collect();
    let is_listed = |command: &str| listed.iter().any(|line| format!("{line} ").starts_with(&format!("{command} ")));
    let missing: Vec<String> = Commands::of_the_program().leaves().filter(|command| !is_listed(command)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_command_that_sends_nothing_refuses_each_flag_that_it_has_no_use_for() {
    let kept = prepared();
    let refusal = |flag: &str| format!("this command talks to no server, and {flag} is for one");
    for (line, used, why) in SILENT {
        let used: BTreeSet<&str> = used.iter().copied().flatten().copied().collect();
        assert_eq!(used.is_empty(), why.is_empty(), "{line}");
        for flag in FLAGS {
            let ran = run(kept.path(), line, flag);
            let is_refused = ran.stderr.contains(&refusal(flag[0]));
            assert_eq!(is_refused, !used.contains(flag[0]), "{line} {flag:?}: {ran}");
            if is_refused {
                assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{line} {flag:?}: {ran}");
                assert!(ran.stderr.contains(&format!("hint: remove {}", flag[0])), "{line}: {ran}");
            }
            if !is_refused {
                // What it changed is as before.
                std::fs::write(kept.path().join("config.toml"), CONFIGURATION).expect("written");
            }
        }
    }
    let now = std::fs::read_to_string(kept.path().join("config.toml")).expect("a file");
    assert_eq!(now, CONFIGURATION, "what is refused changes nothing");
}

/// The settings of a connection are all taken in one place: a command that goes through the proxy knows the others too.
#[test]
fn a_command_that_sends_something_goes_where_the_flags_lead() {
    let kept = prepared();
    let proxy = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let proxy = format!("http://{proxy}");
    for line in SENDING.iter().filter(|line| !NOT_AT_ONCE.contains(line)) {
        let limit: &[&str] = if *line == "wait" { &["--timeout", "0.1", "--interval", "0.01"] } else { &[] };
        let mut command = bare(kept.path());
        command.env("HAC_CLIENT_CONFIG_PATH", kept.path().join("config.toml")).env("HAC_PASSWORD", "nimda");
        let ran = ran(command.args(line.split(' ')).args(["--proxy", &proxy]).args(limit), kept.path(), None);
        assert_eq!(ran.code, Some(3), "{line}: {ran}");
        assert!(ran.stderr.contains(proxy.trim_start_matches("http://")), "{line}: {ran}");
    }
}

#[test]
fn a_flag_for_the_output_that_would_change_nothing_is_refused() {
    let kept = prepared();
    for (line, named) in [
        ("flexsearch q --format json --no-headers", "remove --no-headers"),
        ("flexsearch q --json --no-headers", "remove --no-headers"),
        ("flexsearch q --no-headers -o rows.jsonl", "remove --no-headers"),
        ("property list --format jsonl --no-headers", "remove --no-headers"),
        ("audit --json --no-headers", "remove --no-headers"),
        ("flexsearch q --impex-type Product", "remove --impex-type"),
        ("flexsearch q --impex-type Product --format csv", "remove --impex-type"),
        ("flexsearch q --key pk", "--all"),
        ("flexsearch q --page-rows 5", "--all"),
        ("flexsearch q --guard-formulas --json", "remove --guard-formulas"),
    ] {
        let ran = run(kept.path(), line, &[]);
        assert_eq!(ran.code, Some(2), "{line}: {ran}");
        assert!(ran.to_string().contains(named), "{line}: {ran}");
    }
    // hac-client-cli takes both.
    for line in [
        "session list -f json --no-headers",
        "env list -f json --no-headers",
        "endpoint list shop -f json --no-headers",
    ] {
        let ran = run(kept.path(), line, &[]);
        assert_eq!(ran.code, Some(0), "{line}: {ran}");
    }
    // What is said of a file is JSON; the file is none.
    let ran = run(kept.path(), "flexsearch q --json --no-headers -o rows.csv --proxy http://127.0.0.1:1", &[]);
    assert!(!ran.to_string().contains("--no-headers"), "{ran}");
}

#[test]
fn a_list_of_sessions_that_is_limited_to_a_name_says_the_name() {
    let kept = prepared();
    let ran = run(kept.path(), "session list -e nope", &[]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{ran}");
    assert!(ran.stderr.starts_with("No active session for environment 'nope'\n"), "{ran}");
}
