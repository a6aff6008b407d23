use hac_simulator::{Fault, On, Simulator};

use crate::bench::{Bench, bare, home, ran, system};
use crate::snapshot;
#[cfg(unix)]
use crate::unix::assert_private;
#[cfg(windows)]
use crate::windows::assert_private;

#[test]
fn a_session_of_an_environment_that_is_not_configured_is_named_with_the_near_one() {
    let bench = Bench::new();
    let directory = bench.home.path().join(".config/hac-client");
    let show = |name: &str| bench.run(&["session", "show", name]);
    let plain = show("stagging");
    assert_eq!((plain.code, plain.stderr.as_str()), (Some(0), ""), "nothing is configured: {plain}");
    std::fs::create_dir_all(&directory).expect("made");
    let text = format!("[environments.staging.endpoints.hac]\nurl = '{}'\n", bench.simulator.url());
    std::fs::write(directory.join("config.toml"), text).expect("written");
    for (name, told) in [
        ("stagging", "note: the environment 'stagging' is not configured: did you mean staging?\n"),
        ("zzz", "note: the environment 'zzz' is not configured: `hac env list` lists those that are\n"),
        ("staging", ""),
    ] {
        let ran = show(name);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), told), "{ran}");
        assert!(ran.stdout.starts_with("No active session for environment"), "{ran}");
    }
}

#[test]
fn a_variable_that_chooses_no_environment_is_said_to_be_ignored() {
    let bench = Bench::new();
    let run = |arguments: &[&str]| bench.ran(bench.hac().env("HAC_ENVIRONMENT", "production").args(arguments)).stderr;
    let told = "warning: HAC_ENVIRONMENT is not read; use -e or default_environment\n";
    assert!(run(&["session", "show"]).starts_with(told));
    for arguments in [&["session", "show", "-e", "shop"][..], &["session", "show", "shop"]] {
        assert!(!run(arguments).contains("HAC_ENVIRONMENT"), "{arguments:?}");
    }
}

#[test]
fn start_logs_in_once_and_then_reuses() {
    let bench = Bench::new();
    snapshot!(format!(
        "{}\n{}\nlogins: {}",
        bench.run(&["session", "start"]),
        bench.run(&["session", "start"]),
        bench.simulator.ledger().logins()
    ));
}

#[test]
fn start_as_json() {
    let bench = Bench::new();
    snapshot!(bench.run(&["session", "start", "staging", "-n", "hac", "--json"]));
}

#[test]
fn a_cold_command_takes_five_requests_and_a_warm_one_takes_one() {
    let bench = Bench::new();
    for requests in [5, 1, 1] {
        bench.simulator.ledger().clear();
        assert_eq!(bench.run(&["script", "--type", "javascript", "1"]).code, Some(0));
        assert_eq!(bench.simulator.ledger().len(), requests);
    }
}

#[test]
fn a_warm_command_needs_no_password() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let warm = bench.ran(bench.hac().env_remove("HAC_PASSWORD").args(["script", "--type", "javascript", "1"]));
    assert_eq!(warm.code, Some(0), "{warm}");
}

#[test]
fn a_session_file_is_private_and_holds_no_password() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let cache = bench.home.path().join(".cache/hac-client");
    let files: Vec<_> = std::fs::read_dir(cache).expect("the cache").map(|file| file.expect("a file").path()).collect();
    assert!(!files.is_empty());
    for file in files {
        assert_private(&file);
        assert!(!std::fs::read_to_string(&file).expect("text").contains("nimda"), "{}", file.display());
    }
}

#[test]
fn without_a_cache_nothing_is_written_but_the_audit_log() {
    let bench = Bench::new();
    for _ in 0..2 {
        bench.simulator.ledger().clear();
        assert_eq!(bench.run(&["--no-cache", "script", "--type", "javascript", "1"]).code, Some(0));
        assert_eq!(bench.simulator.ledger().logins(), 1);
    }
    let log = bench.run(&["audit", "--json"]);
    assert_eq!(log.objects().len(), 2, "{log}");
    std::fs::remove_dir_all(bench.home.path().join(system::STATE)).expect("the log");
    bench.home.lacks(2, "/console/scripting/execute", "their lines were read above, and are removed");
    assert_eq!(std::fs::read_dir(bench.home.path()).expect("home").count(), 0);
    assert_eq!(bench.run(&["--no-cache", "session", "start"]).code, Some(2));
    assert_eq!(bench.run(&["--no-cache", "session", "list"]).code, Some(2));
}

#[test]
fn a_list_is_a_table_json_or_names() {
    let bench = Bench::new();
    let empty = bench.run(&["session", "list"]);
    bench.run(&["session", "start", "one"]);
    let all = [
        empty,
        bench.run(&["session", "list"]),
        bench.run(&["session", "list", "--no-headers"]),
        bench.run(&["session", "list", "-f", "json"]),
        bench.run(&["session", "list", "-f", "quiet"]),
        bench.run(&["session", "list", "-q"]),
    ];
    // How wide a column is depends on the port.
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let all = all.map(|ran| ran.to_string().lines().map(words).collect::<Vec<_>>().join("\n"));
    snapshot!(all.join("\n"));
}

#[test]
fn an_empty_list_as_json_is_an_empty_list() {
    assert_eq!(Bench::new().run(&["session", "list", "--json"]).stdout, "[]\n");
}

#[test]
fn show_shortens_the_secrets_unless_told_to_reveal_them() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    snapshot!(format!("{}\n{}", bench.run(&["session", "show"]), bench.run(&["session", "show", "--json"])));
    let export = bench.run(&["session", "export"]).json();
    let id = export["session_id"].as_str().expect("an id");
    assert!(!bench.run(&["session", "show"]).stdout.contains(id));
    assert!(bench.run(&["session", "show", "--reveal"]).stdout.contains(id));
}

#[test]
fn check_asks_the_server_and_exits_4_when_the_session_is_over() {
    let bench = Bench::new();
    let absent = bench.run(&["session", "check"]);
    bench.run(&["session", "start"]);
    bench.simulator.ledger().clear();
    let alive = bench.run(&["session", "check"]);
    assert_eq!(bench.simulator.ledger().len(), 1);
    bench.simulator.faults().expire_sessions();
    let dead = bench.run(&["session", "check"]);
    let as_json = bench.run(&["session", "check", "--json"]);
    assert_eq!(bench.simulator.ledger().logins(), 0, "check never logs in");
    assert_eq!((absent.code, alive.code, dead.code), (Some(4), Some(0), Some(4)));
    assert_eq!(as_json.json()["state"], "dead");
    snapshot!(format!("{absent}\n{alive}\n{dead}\n{as_json}"));
}

#[test]
fn check_of_a_server_that_is_gone_exits_3() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let (url, home) = (bench.simulator.url(), bench.home);
    bench.simulator.stop();
    let gone = ran(bare(home.path()).args(["session", "check", "--url", &url]), home.path(), Some(&url));
    assert_eq!(gone.code, Some(3), "{gone}");
}

#[test]
fn end_logs_out_on_the_server_and_removes_the_session() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let ended = bench.run(&["session", "end"]);
    assert_eq!(bench.simulator.ledger().count("/j_spring_security_logout"), 1);
    let again = bench.run(&["session", "end"]);
    assert_eq!(bench.run(&["session", "list", "-q"]).stdout, "");
    snapshot!(format!("{ended}\n{again}"));
}

#[test]
fn clear_removes_one_session_and_leaves_the_server_alone() {
    let bench = Bench::new();
    bench.run(&["session", "start", "one"]);
    bench.run(&["session", "start", "two"]);
    bench.simulator.ledger().clear();
    let cleared = bench.run(&["session", "clear", "one"]);
    let again = bench.run(&["session", "clear", "one"]);
    assert!(bench.simulator.ledger().is_empty());
    assert_eq!(bench.run(&["session", "list", "-q"]).stdout, "two\n");
    bench.run(&["session", "clear", "two", "--logout"]);
    assert_eq!(bench.simulator.ledger().count("/j_spring_security_logout"), 1);
    assert_eq!(bench.run(&["session", "list", "-q"]).stdout, "");
    snapshot!(format!("{cleared}\n{again}"));
}

#[test]
fn clear_with_logout_removes_the_session_even_when_the_server_fails() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    bench.simulator.faults().always(On::post("/j_spring_security_logout"), Fault::CloseBefore);
    let cleared = bench.run(&["session", "clear", "--logout"]);
    assert_eq!(cleared.code, Some(0), "{cleared}");
    assert_eq!(bench.run(&["session", "list", "-q"]).stdout, "");
}

#[test]
fn clear_all_asks_and_without_a_terminal_wants_force() {
    let bench = Bench::new();
    bench.run(&["session", "start", "one"]);
    bench.run(&["session", "start", "two"]);
    let refused = bench.run(&["session", "clear-all"]);
    assert_eq!(bench.run(&["session", "list", "-q"]).stdout.lines().count(), 2);
    snapshot!(format!("{refused}\n{}", bench.run(&["session", "clear-all", "-f"])));
    assert_eq!(bench.run(&["session", "list", "-q"]).stdout, "");
}

#[test]
fn a_session_is_found_by_its_environment_alone() {
    let bench = Bench::new();
    bench.run(&["session", "start", "dev", "-n", "one"]);
    let elsewhere = |arguments: &[&str]| {
        let mut command = bare(bench.home.path());
        command.args(arguments);
        bench.ran(&mut command)
    };
    assert_eq!(elsewhere(&["session", "check", "dev", "-n", "one"]).code, Some(0));
    assert_eq!(elsewhere(&["session", "check", "-e", "dev", "--endpoint", "one"]).code, Some(0));
    assert_eq!(elsewhere(&["session", "check", "dev/one"]).code, Some(0));
    assert_eq!(elsewhere(&["session", "check", "dev"]).code, Some(4));
    let two = elsewhere(&["session", "show", "dev", "-e", "prod"]);
    assert_eq!(two.code, Some(2), "{two}");
}

#[test]
fn several_sessions_of_one_environment_must_be_told_apart() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    bench.ran(bench.hac().env("HAC_PASSWORD", "viewer").args(["session", "start", "-u", "viewer"]));
    let mut command = bare(bench.home.path());
    let unclear = bench.ran(command.args(["session", "show"]));
    assert_eq!(unclear.code, Some(2), "{unclear}");
    assert!(unclear.stderr.contains("viewer on http"), "{unclear}");
    let clear = bench.run(&["session", "show", "-u", "viewer"]);
    assert!(clear.stdout.contains("Username: viewer"), "{clear}");
}

#[test]
fn a_session_moves_to_another_machine_without_a_terminal_and_without_a_password() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let exported = bench.run(&["session", "export"]);
    let other = home();
    other.records(&bench.simulator);
    bench.home.lacks(1, "/console/scripting/execute", "it is sent from the other home");
    let url = bench.simulator.url();
    // `ran` replaced the host for the snapshots; here the real text is needed.
    let text = exported.stdout.replace("SIMULATOR", url.trim_start_matches("http://"));
    let imported = ran(bare(other.path()).args(["session", "import"]).write_stdin(text), other.path(), Some(&url));
    bench.simulator.ledger().clear();
    let used = ran(
        bare(other.path()).args(["--url", &url, "-u", "admin", "script", "--type", "javascript", "6 * 7"]),
        other.path(),
        Some(&url),
    );
    assert_eq!((used.stdout.as_str(), bench.simulator.ledger().len()), ("42\n", 1), "{used}");
    snapshot!(imported);
}

/// The id and the token of a live session.
fn secrets(bench: &Bench) -> (String, String) {
    bench.run(&["session", "start"]);
    let export = bench.run(&["session", "export"]).json();
    let text = |name: &str| export[name].as_str().expect("text").to_owned();
    (text("session_id"), text("csrf_token"))
}

#[test]
fn import_takes_the_environment_where_standard_input_holds_nothing() {
    let bench = Bench::new();
    let (id, token) = secrets(&bench);
    for stdin in ["", "\n", "not JSON"] {
        let mut command = bench.hac();
        command.env("HAC_SESSION_ID", &id).env("HAC_CSRF_TOKEN", &token).env_remove("HAC_PASSWORD");
        let imported = bench.ran(command.args(["session", "import", "ci"]).write_stdin(stdin));
        assert_eq!(imported.code, Some(0), "{stdin:?}: {imported}");
        assert!(!imported.to_string().contains(&id) && !imported.to_string().contains(&token));
        assert_eq!(bench.run(&["session", "check", "ci"]).code, Some(0));
        assert_eq!(bench.run(&["session", "clear", "ci"]).code, Some(0));
    }
}

#[test]
fn import_takes_flags_and_warns_of_them() {
    let bench = Bench::new();
    let (id, token) = secrets(&bench);
    let imported = bench.run(&["session", "import", "flags", "--session-id", &id, "--csrf-token", &token]);
    assert_eq!(imported.code, Some(0), "{imported}");
    assert!(imported.stderr.starts_with("warning: other users"), "{imported}");
    assert_eq!(bench.run(&["session", "check", "flags"]).code, Some(0));
}

#[test]
fn an_import_cannot_share_standard_input_with_a_password() {
    let bench = Bench::new();
    let ran = bench.ran(bench.hac().args(["session", "import", "--password-stdin"]).write_stdin("nimda\n"));
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stderr.contains("both the session and the password"), "{ran}");
}

#[test]
fn a_token_may_begin_with_a_hyphen() {
    let bench = Bench::new();
    for token in ["-p", "-e", "--url", "-abc"] {
        let imported = bench.run(&["session", "import", "--session-id", "-1", "--csrf-token", token]);
        assert_eq!(imported.code, Some(0), "{token}: {imported}");
        assert_eq!(bench.run(&["session", "export"]).json()["csrf_token"], token);
    }
}

#[test]
fn import_takes_the_short_json_of_hac_client_cli() {
    let bench = Bench::new();
    let (id, token) = secrets(&bench);
    let json = serde_json::json!({"username": "admin", "session_id": id, "csrf_token": token}).to_string();
    let imported = bench.ran(bench.hac().args(["session", "import", "short"]).write_stdin(json));
    assert_eq!(imported.code, Some(0), "{imported}");
    assert_eq!(bench.run(&["session", "check", "short"]).code, Some(0));
}

#[test]
fn an_import_that_lacks_something_says_what_and_repeats_no_value() {
    let home = home();
    let import = |url: &[&str], stdin: &str| {
        let mut command = bare(home.path());
        ran(command.args(["session", "import", "-u", "admin"]).args(url).write_stdin(stdin), home.path(), None)
    };
    let url = &["--url", "http://127.0.0.1:1"];
    snapshot!(
        [
            import(url, ""),
            import(url, "SECRET"),
            import(url, r#"{"session_id": "SECRET"}"#),
            import(url, r#"{"session_id": "SECRET", "csrf_token": 7}"#),
            import(url, r#"{"session_id": "SEC\nRET", "csrf_token": "x"}"#),
            import(&[], r#"{"session_id": "SECRET", "csrf_token": "x"}"#),
        ]
        .map(|ran| ran.to_string())
        .join("\n")
    );
}

#[test]
fn an_imported_session_that_ends_asks_for_another_import() {
    let bench = Bench::new();
    let (id, token) = secrets(&bench);
    let mut import = bench.hac();
    import.env("HAC_SESSION_ID", &id).env("HAC_CSRF_TOKEN", &token);
    bench.ran(import.args(["session", "import", "ci"]));
    bench.simulator.faults().expire_sessions();
    let mut command = bench.hac();
    command.env_remove("HAC_PASSWORD");
    snapshot!(bench.ran(command.args(["-e", "ci", "flexsearch", "SELECT {pk} FROM {Language}"])));
}

#[test]
fn export_without_a_session_exits_4() {
    snapshot!(Bench::new().run(&["session", "export"]));
}

#[test]
fn wrong_credentials_exit_4() {
    let bench = Bench::new();
    let wrong = bench.ran(bench.hac().env("HAC_PASSWORD", "hunter2").args(["session", "start"]));
    assert!(!wrong.to_string().contains("hunter2"));
    assert_eq!(bench.simulator.ledger().login_attempts(), 1);
    snapshot!(wrong);
}

#[test]
fn a_missing_right_exits_4() {
    let bench = Bench::new();
    let mut command = bench.hac();
    command.env("HAC_PASSWORD", "viewer").args(["-u", "viewer", "script", "--type", "javascript", "1"]);
    assert_eq!(bench.ran(&mut command).code, Some(4));
}

#[test]
fn a_server_with_a_certificate_of_its_own_is_trusted_in_three_ways() {
    let bench = Bench::with(Simulator::builder().https());
    let pem = bench.file("hac.pem", bench.simulator.certificate_pem().expect("https"));
    let pin = format!("sha256:{}", bench.simulator.certificate_sha256().expect("https"));
    let unknown = bench.run(&["session", "start"]);
    assert_eq!(unknown.code, Some(3), "{unknown}");
    for flags in [&["--cacert", &pem][..], &["--pin", &pin], &["--ignore-ssl"], &["--insecure"]] {
        let ran = bench.run(&[flags, &["session", "start"]].concat());
        assert_eq!(ran.code, Some(0), "{flags:?}: {ran}");
        let warned = ran.stderr.matches("warning: certificates are not verified").count();
        assert_eq!(warned, usize::from(flags.len() == 1), "{flags:?}: {ran}");
    }
}

#[test]
fn a_session_of_an_environment_that_is_not_configured_is_not_one_to_start() {
    let bench = Bench::new();
    let directory = bench.home.path().join(".config/hac-client");
    std::fs::create_dir_all(&directory).expect("made");
    let text = format!("[environments.production.endpoints.hac]\nurl = '{}'\n", bench.simulator.url());
    std::fs::write(directory.join("config.toml"), text).expect("written");
    for command in ["check", "end", "export"] {
        let told = |name: &str| {
            let ran = bench.ran(bare(bench.home.path()).args(["session", command, name]));
            assert_eq!(ran.code, Some(4), "{ran}");
            ran.stderr
        };
        let near = told("productoin");
        assert!(near.contains("hint: did you mean production? ") && !near.contains("session start"), "{near}");
        let far = told("qa");
        assert!(far.contains("hint: the configured environments are production; "), "{far}");
        assert!(!far.contains("session start"), "{far}");
        let configured = told("production");
        assert!(configured.contains("`hac session start -e production` creates one"), "{configured}");
    }
}

#[test]
fn an_entry_that_goes_leaves_a_session_that_is_named_with_the_command_that_ends_it() {
    let bench = Bench::with(Simulator::builder().https());
    let pin = format!("sha256:{}", bench.simulator.certificate_sha256().expect("a certificate"));
    let run = |arguments: &[&str]| {
        let mut hac = bare(bench.home.path());
        bench.ran(hac.env("HAC_PASSWORD", "nimda").args(arguments))
    };
    let url = bench.simulator.url();
    let add = |name: &str| {
        let flags = ["--url", &url, "--username", "admin", "--pin", &pin];
        assert_eq!(run(&[&["env", "add", name][..], &flags].concat()).code, Some(0));
    };
    add("other");
    for line in ["env remove shop", "endpoint remove shop hac", "endpoint update shop hac --url https://elsewhere"] {
        add("shop");
        assert_eq!(run(&["login", "shop"]).code, Some(0));
        assert_eq!(run(&["login", "other"]).code, Some(0));
        let words: Vec<&str> = line.split(' ').collect();
        let ran = run(&words);
        let command = format!("hac session end shop/hac:admin@https://SIMULATOR --pin {pin}");
        let told = format!("note: the session for 'shop/hac' is still cached, and may be alive: `{command}` ends it\n");
        // PowerShell takes the word in quotes.
        let unquoted = |text: &str| text.replace('\'', "");
        assert_eq!((ran.code, unquoted(&ran.stderr)), (Some(0), unquoted(&told)), "{line}");
        let command = command.replace("https://SIMULATOR", &url);
        let words: Vec<&str> = command.split(' ').skip(1).collect();
        let ended = run(&words);
        assert_eq!(ended.code, Some(0), "{ended}");
        if line != "env remove shop" {
            // Nobody has logged in there.
            let again = run(&["env", "remove", "shop"]);
            assert_eq!((again.code, again.stderr.as_str()), (Some(0), ""), "{again}");
        }
    }
    assert_eq!(run(&["session", "list", "-q"]).stdout, "other/hac\n");
}
