use std::fmt::Write as _;

use hac_simulator::{Fault, On, Simulator};

use crate::bench::{Bench, bare, home, ran};
use crate::snapshot;

const QUERY: &[&str] = &["flexsearch", "SELECT {isocode} FROM {Language} ORDER BY {isocode}", "-q"];

#[test]
fn global_flags_work_before_and_after_the_command() {
    let bench = Bench::new();
    let url = bench.simulator.url();
    let flags = ["--url", &url, "-u", "admin", "-e", "dev", "--json"];
    for arguments in [[&flags[..], QUERY].concat(), [QUERY, &flags].concat()] {
        let mut command = bare(bench.home.path());
        let ran = bench.ran(command.env("HAC_PASSWORD", "nimda").args(&arguments));
        assert_eq!(ran.json()["success"], true, "{arguments:?}: {ran}");
    }
    assert_eq!(bench.simulator.ledger().logins(), 1, "both used the session of dev");
}

#[test]
fn an_argument_wins_over_the_environment() {
    let bench = Bench::new();
    let mut command = bench.hac();
    command.env("HAC_URL", "http://127.0.0.1:1").env("HAC_USERNAME", "nobody").env("HAC_CACHE_DIR", "/nowhere");
    let url = bench.simulator.url();
    let cache = bench.home.path().join("elsewhere").display().to_string();
    let ran = bench.ran(command.args(["--url", &url, "-u", "admin", "--cache-dir", &cache]).args(QUERY));
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(bench.home.path().join("elsewhere").is_dir());
}

#[test]
fn what_is_missing_is_named_with_the_ways_to_give_it() {
    let home = home();
    let mut all = String::new();
    let with_url = ["--url", "http://127.0.0.1:1"];
    let with_user = ["--url", "http://127.0.0.1:1", "-u", "admin"];
    for arguments in
        [&[][..], &["--json"], &with_url, &["--url", "localhost:9002"], &["--url", "ftp://host", "-u", "x"]]
    {
        let ran = ran(bare(home.path()).args(QUERY).args(arguments), home.path(), None);
        writeln!(all, "$ hac flexsearch … {}\n{ran}", arguments.join(" ")).expect("a string");
    }
    let bench = Bench::new();
    let cold = bench.ran(bench.hac().env_remove("HAC_PASSWORD").args(QUERY));
    writeln!(all, "$ hac flexsearch … # without a password\n{cold}").expect("a string");
    let refused = ran(bare(home.path()).env("HAC_PASSWORD", "x").args(QUERY).args(with_user), home.path(), None);
    assert_eq!(refused.code, Some(3), "nobody listens: {refused}");
    snapshot!(all);
}

#[test]
fn a_password_in_the_arguments_is_refused_and_never_repeated() {
    let home = home();
    let mut all = String::new();
    for arguments in [
        &["session", "start", "-p", "hunter2"][..],
        &["-phunter2", "session", "start"],
        &["session", "start", "--password=hunter2"],
        &["--password", "hunter2"],
        &["about", "--password-stdin=hunter2"],
        &["about", "HAC_PASSWORD=hunter2"],
        &["-p", "hunter2", "nonsense", "--nonsense"],
        &["session", "start", "--json", "-p", "hunter2"],
        &["--json", "--password", "hunter2", "hunter2"],
    ] {
        let ran = ran(bare(home.path()).args(arguments), home.path(), None);
        assert_eq!(ran.code, Some(2), "{arguments:?}: {ran}");
        assert!(!ran.to_string().contains("hunter2"), "{arguments:?}: {ran}");
        assert!(ran.stderr.contains("HAC_PASSWORD"), "{arguments:?}: {ran}");
        if arguments.contains(&"--json") {
            assert_eq!(ran.json()["error"]["kind"], "usage");
        }
        all = ran.to_string();
    }
    snapshot!(all);
}

#[test]
fn every_way_for_a_password_is_named_where_one_is_refused_or_missing() {
    let home = home();
    let target = ["about", "--url", "http://127.0.0.1:1", "-u", "admin"];
    let refused = ran(bare(home.path()).args(target).args(["-p", "x"]), home.path(), None);
    let bench = Bench::new();
    let missing = bench.ran(bench.hac().env_remove("HAC_PASSWORD").arg("about"));
    assert_eq!((refused.code, missing.code), (Some(2), Some(4)), "{refused}{missing}");
    for ran in [&refused, &missing] {
        for way in ["HAC_PASSWORD", "--password-stdin", "password_command", "pipe it into `hac login`", "a terminal"] {
            assert!(ran.stderr.contains(way), "{way}: {ran}");
        }
        assert_eq!(ran.stderr.contains("the system's keyring"), cfg!(feature = "keyring"), "{ran}");
    }
    let piped = bench.ran(bench.hac().env_remove("HAC_PASSWORD").arg("login").write_stdin("nimda\n"));
    assert_eq!(piped.code, Some(0), "{piped}");
}

#[test]
fn a_password_comes_from_the_first_line_of_standard_input() {
    let bench = Bench::new();
    for stdin in ["nimda", "nimda\n", "nimda\r\n", "nimda\nmore\n"] {
        bench.run(&["session", "clear-all", "-f"]);
        let mut command = bench.hac();
        command.env("HAC_PASSWORD", "wrong").arg("--password-stdin").args(QUERY);
        let ran = bench.ran(command.write_stdin(stdin));
        assert_eq!(ran.code, Some(0), "{stdin:?}: {ran}");
    }
    bench.run(&["session", "clear-all", "-f"]);
    snapshot!(bench.ran(bench.hac().arg("--password-stdin").args(QUERY).write_stdin("\n")));
}

#[test]
fn flags_that_exclude_each_other_or_make_no_sense_are_usage_errors() {
    let home = home();
    let pin = format!("sha256:{}", "ab".repeat(32));
    let mut all = String::new();
    for arguments in [
        &["--pin", &pin, "--ignore-ssl"][..],
        &["--cacert", "a.pem", "--pin", &pin],
        &["--pin", "abc"],
        &["--client-cert", "a.pem"],
        &["--client-key", "a.pem"],
        &["--proxy", "http://proxy", "--no-proxy"],
        &["--header", "nonsense"],
        &["--timeout=-1"],
        &["--context-path", "/a b"],
        &["--environment", ""],
        &["--gate", "guard"],
    ] {
        let mut command = bare(home.path());
        command.args(["--url", "http://127.0.0.1:1", "-u", "admin"]).args(QUERY).args(arguments);
        let ran = ran(&mut command, home.path(), None);
        assert_eq!(ran.code, Some(2), "{arguments:?}: {ran}");
        writeln!(all, "$ hac flexsearch … {}\n{}", arguments.join(" "), ran.stderr).expect("a string");
    }
    snapshot!(all);
}

#[test]
fn a_command_line_that_cannot_be_read_exits_2_and_is_json_when_asked_for() {
    let home = home();
    let plain = ran(bare(home.path()).args(["flexsearch", "--nonsense"]), home.path(), None);
    let json = ran(bare(home.path()).args(["--json", "flexsearch", "--nonsense"]), home.path(), None);
    assert_eq!(json.json()["success"], false);
    snapshot!(format!("{plain}\n{json}"));
}

#[test]
fn what_is_on_the_way_to_a_hac_can_be_told() {
    let builder = Simulator::builder().gate("guard", "open").context_path("/admin").knobs(|knobs| {
        knobs.session_cookie_name = "HACID".to_owned();
    });
    let bench = Bench::with(builder);
    let mut command = bench.hac();
    command.env("HAC_GATE_PASSWORD", "open").args(QUERY);
    let flags =
        ["--gate", "guard", "--context-path", "/admin", "--session-cookie", "HACID", "--header", "X-Team: blue"];
    let ran = bench.ran(command.args(flags));
    assert_eq!(ran.code, Some(0), "{ran}");
    let entries = bench.simulator.ledger().entries();
    assert!(entries.iter().all(|entry| entry.header("X-Team") == Some("blue")));
}

#[test]
fn help_and_version_are_data_and_exit_0() {
    let home = home();
    for arguments in
        [&["--help"][..], &["-h"], &["help"], &["--version"], &["flexsearch", "--help"], &["session", "import", "-h"]]
    {
        let ran = ran(bare(home.path()).args(arguments), home.path(), None);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{arguments:?}");
        assert!(!ran.stdout.is_empty());
    }
    snapshot!(ran(bare(home.path()).args(["--help"]), home.path(), None));
}

#[test]
fn the_version_says_which_of_the_programs_named_hac_this_is() {
    let home = home();
    let version = ran(bare(home.path()).arg("--version"), home.path(), None);
    assert!(version.stdout.starts_with("hac 0.") && version.stdout.contains("hac-client"), "{version}");
}

#[test]
fn no_secret_is_in_the_log() {
    let bench = Bench::new();
    let mut log = String::new();
    for arguments in [
        &["-vvv", "session", "start"][..],
        &["-vvv", "script", "--type", "javascript", "1"],
        &["-vvv", "session", "end"],
    ] {
        let export = bench.run(&["session", "export"]);
        let ran = bench.ran(bench.hac().args(arguments));
        assert_eq!(ran.code, Some(0), "{ran}");
        log.push_str(&ran.stderr);
        if export.code == Some(0) {
            let export = export.json();
            for name in ["session_id", "csrf_token"] {
                assert!(!log.contains(export[name].as_str().expect("text")), "{name}");
            }
        }
    }
    assert!(!log.contains("nimda"));
    assert!(log.contains("settings"), "the log is there: {log}");
}

#[test]
fn verbose_tells_what_happens_and_quiet_does_not() {
    let bench = Bench::new();
    let verbose = bench.run(&["-v", "script", "--type", "javascript", "1"]);
    assert!(verbose.stderr.contains("logged in"), "{verbose}");
    assert_eq!(bench.run(&["script", "--type", "javascript", "1"]).stderr, "");
}

#[test]
fn a_password_from_standard_input_is_there_for_a_second_login_too() {
    let bench = Bench::new();
    let refused = Fault::Redirect("/hac/login".to_owned());
    bench.simulator.faults().once(On::post("/console/flexsearch/execute"), refused);
    let mut command = bench.hac();
    command.env_remove("HAC_PASSWORD").arg("--password-stdin").args(QUERY);
    let ran = bench.ran(command.write_stdin("nimda\n"));
    assert_eq!((ran.code, bench.simulator.ledger().logins()), (Some(0), 2), "{ran}");
}

#[test]
fn an_answer_that_takes_too_long_exits_5() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    bench.simulator.faults().always(On::post("/execute"), Fault::Hold);
    let query = bench.run(&["--timeout", "0.2", "--json", "flexsearch", "SELECT {pk} FROM {Language}"]);
    assert_eq!((query.code, query.json()["error"]["kind"].as_str()), (Some(5), Some("timeout")), "{query}");
    let script = bench.run(&["--timeout", "0.2", "--json", "script", "--type", "javascript", "1"]);
    assert_eq!((script.code, script.json()["error"]["kind"].as_str()), (Some(5), Some("outcome_unknown")), "{script}");
}

#[test]
fn a_web_page_that_is_not_hac_exits_3() {
    let bench = Bench::new();
    let shop = Fault::Answer {
        status: 200,
        headers: vec![("Content-Type".to_owned(), "text/html".to_owned())],
        body: "<html><head><title>Our shop</title></head><body>Welcome</body></html>".to_owned(),
        execute: false,
    };
    bench.simulator.faults().always(On::path(""), shop);
    let ran = bench.run(QUERY);
    assert_eq!(ran.code, Some(3), "{ran}");
    assert!(ran.stderr.contains("Our shop"), "{ran}");
}

#[test]
fn a_system_that_is_being_initialised_exits_1() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    bench.simulator.faults().initializing(true);
    let ran = bench.run(&[QUERY, &["--json"]].concat());
    assert_eq!((ran.code, ran.json()["error"]["kind"].as_str()), (Some(1), Some("initializing")), "{ran}");
}

#[test]
fn without_a_file_the_built_in_environment_is_listed() {
    let bench = Bench::new();
    let run = |arguments: &[&str]| bench.ran(bare(bench.home.path()).args(arguments));
    assert_eq!(run(&["config", "-l"]).stdout, "Configured environments:\n  - local (default)\n");
    let listed = run(&["config", "-l", "--json"]).json();
    assert_eq!((&listed["environments"], &listed["default"]), (&serde_json::json!(["local"]), &"local".into()));
    let shown = run(&["config"]);
    assert!(shown.stdout.contains("(1):\n  local <- default\n    hac (default): https://localhost:9002\n"), "{shown}");
    // The manager of environments shows what can be changed.
    assert_eq!(run(&["env", "list", "--json"]).stdout, "[]\n");
    let directory = bench.home.path().join(".config/hac-client");
    std::fs::create_dir_all(&directory).expect("made");
    std::fs::write(directory.join("config.toml"), "").expect("written");
    assert_eq!(run(&["config", "-l"]).stdout, "Configured environments:\n");
}
