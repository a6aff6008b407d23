//! `hac login`, `hac logout`, and what the other commands make of sessions and their names.

use crate::bench::{Bench, bare};

#[test]
fn login_and_logout_are_short_for_session_start_and_end() {
    let bench = Bench::new();
    let started = bench.run(&["login", "staging"]);
    assert_eq!(started.code, Some(0), "{started}");
    assert!(started.stdout.starts_with("Session started for 'staging'\n"), "{started}");
    assert_eq!(bench.run(&["login", "staging", "--json"]).json()["source"], "stored");
    assert_eq!(bench.simulator.ledger().logins(), 1);
    let ended = bench.run(&["logout", "staging"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "Session ended for environment 'staging'\n"), "{ended}");
    assert_eq!(bench.simulator.ledger().count("/j_spring_security_logout"), 1);
    let again = bench.run(&["logout", "staging"]);
    assert_eq!(again.code, Some(4), "{again}");
    assert!(again.stderr.contains("there is no session for 'staging'"), "{again}");
}

#[cfg(target_os = "linux")] // where the bus of the keyring can be missing
#[test]
fn a_login_that_cannot_keep_the_password_keeps_the_rest_and_says_so() {
    let bench = Bench::new();
    let run = |arguments: &[&str]| {
        let mut hac = bench.hac();
        bench.ran(hac.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus").args(arguments))
    };
    let saved = run(&["login", "staging", "--save"]);
    assert_eq!(saved.code, Some(0), "{saved}");
    assert!(saved.stdout.starts_with("Session started for 'staging"), "{saved}");
    assert!(saved.stderr.starts_with("warning: the password was not saved: "), "{saved}");
    assert!(saved.stderr.contains("set HAC_PASSWORD"), "{saved}");
    let shown = run(&["endpoint", "show", "staging", "hac", "--json"]).json();
    assert_eq!((&shown["url"], &shown["username"]), (&"http://SIMULATOR".into(), &"admin".into()), "{shown}");
    let again = run(&["login", "staging", "--save", "--json"]);
    assert_eq!((again.code, &again.json()["password_saved"]), (Some(0), &false.into()), "{again}");
    // Without a name there is nothing else to keep.
    let logins = bench.simulator.ledger().logins();
    let refused = run(&["login", "--save"]);
    assert_eq!((refused.code, bench.simulator.ledger().logins()), (Some(2), logins), "{refused}");
    assert!(refused.stderr.contains("`hac login NAME --save` keeps URL, user and trust"), "{refused}");
}

#[test]
fn a_password_that_is_not_looked_at_is_said_to_be_so() {
    let bench = Bench::new();
    assert_eq!(bench.run(&["login", "slow"]).stderr, "");
    // Without one there is nothing to say.
    let without = |arguments: &[&str]| bench.ran(bench.hac().env_remove("HAC_PASSWORD").args(arguments)).stderr;
    assert_eq!(without(&["login", "slow"]), "");
    let mut hac = bench.hac();
    let by_variable = bench.ran(hac.env("HAC_PASSWORD", "wrong").args(["login", "slow"]));
    assert!(by_variable.stderr.starts_with("note: the password was not looked at"), "{by_variable}");
    assert_eq!(bench.run(&["login", "slow", "-q"]).stderr, "");
    for command in [&["login", "slow"][..], &["session", "start", "slow"]] {
        let mut hac = bench.hac();
        let ran = bench.ran(hac.args(command).arg("--password-stdin").write_stdin("wrong\n"));
        assert_eq!(ran.code, Some(0), "{ran}");
        assert!(ran.stdout.starts_with("Session reused for 'slow'\n"), "{ran}");
        assert!(ran.stderr.starts_with("note: the password was not looked at"), "{ran}");
        assert!(ran.stderr.contains("run `hac logout -e slow` first"), "{ran}");
    }
    assert_eq!(bench.run(&["logout", "-e", "slow"]).code, Some(0));
    let mut hac = bench.hac();
    let anew = bench.ran(hac.args(["login", "slow", "--password-stdin"]).write_stdin("nimda\n"));
    assert_eq!((anew.code, anew.stderr.as_str()), (Some(0), ""), "{anew}");
}

#[test]
fn without_a_session_show_and_clear_succeed_and_the_rest_exits_4() {
    let bench = Bench::new();
    let code = |arguments: &[&str]| bench.ran(bench.hac().env_remove("HAC_PASSWORD").args(arguments)).code;
    for arguments in [&["session", "show", "nope"][..], &["session", "clear", "nope"]] {
        assert_eq!(code(arguments), Some(0), "{arguments:?}");
    }
    for arguments in [
        &["session", "check", "nope"][..],
        &["session", "export", "nope"],
        &["session", "end", "nope"],
        &["-e", "nope", "flexsearch", "SELECT {pk} FROM {Language}"],
        &["-e", "nope", "about"],
    ] {
        assert_eq!(code(arguments), Some(4), "{arguments:?}");
    }
    let shown = bench.run(&["session", "show", "nope", "--json"]);
    assert_eq!((shown.code, &shown.json()["success"]), (Some(0), &false.into()), "{shown}");
    assert!(bench.simulator.ledger().is_empty());
}

#[test]
fn the_label_of_a_cached_session_is_enough_to_find_its_server() {
    let bench = Bench::new();
    let elsewhere = |arguments: &[&str]| bench.ran(bare(bench.home.path()).args(arguments));
    let query = ["flexsearch", "-e", "staging", "-q", "SELECT {isocode} FROM {Language} WHERE {isocode} = 'de'"];
    let before = elsewhere(&query);
    assert_eq!(before.code, Some(2), "{before}");
    assert!(before.stderr.contains("hac env add staging"), "{before}");
    assert_eq!(bench.run(&["login", "staging"]).code, Some(0));
    bench.simulator.ledger().clear();
    let found = elsewhere(&query);
    assert_eq!((found.code, bench.simulator.ledger().len()), (Some(0), 1), "{found}");
    assert!(found.stdout.contains("de"), "{found}");
    // The same label on another server.
    let other = Bench::new();
    let url = other.simulator.url();
    assert_eq!(bench.ran(bench.hac().args(["login", "staging", "--url", &url])).code, Some(0));
    let two = elsewhere(&query);
    assert_eq!(two.code, Some(2), "{two}");
    assert!(two.stderr.contains("'staging' has cached sessions on"), "{two}");
}

#[test]
fn sessions_with_the_same_label_have_different_names() {
    let bench = Bench::new();
    bench.run(&["login"]);
    bench.ran(bench.hac().env("HAC_PASSWORD", "viewer").args(["login", "-u", "viewer"]));
    bench.run(&["login", "staging"]);
    let names = bench.run(&["session", "list", "-q"]);
    let lines: Vec<&str> = names.stdout.lines().collect();
    assert_eq!(lines, ["staging", "local:viewer@http://SIMULATOR", "local:admin@http://SIMULATOR"], "{names}");
    let host = bench.simulator.url();
    for user in ["viewer", "admin"] {
        let name = format!("local:{user}@{host}");
        let shown = bench.ran(bare(bench.home.path()).args(["session", "show", &name]));
        assert!(shown.stdout.contains(&format!("Username: {user}\n")), "{shown}");
    }
}

#[test]
fn a_list_is_limited_by_the_flags_that_name_sessions() {
    let bench = Bench::new();
    bench.run(&["login", "staging"]);
    bench.run(&["login", "dev", "-n", "one"]);
    bench.ran(bench.hac().env("HAC_PASSWORD", "viewer").args(["login", "dev", "-n", "two", "-u", "viewer"]));
    let names = |flags: &[&str]| bench.run(&[&["session", "list", "-q"], flags].concat()).stdout;
    assert_eq!(names(&["-e", "staging"]), "staging\n");
    assert_eq!(names(&["-e", "dev"]), "dev/two\ndev/one\n");
    assert_eq!(names(&["-e", "dev", "-n", "one"]), "dev/one\n");
    assert_eq!(names(&["-u", "viewer"]), "dev/two\n");
    assert_eq!(names(&["--url", "http://127.0.0.1:1"]), "");
    assert_eq!(names(&["-e", "de"]), "");
    let refused = bench.run(&["session", "clear-all", "--force", "-e", "staging"]);
    assert_eq!(refused.code, Some(2), "{refused}");
    assert_eq!(names(&[]).lines().count(), 3);
}

#[test]
fn a_list_says_what_the_servers_say_when_they_are_asked() {
    let bench = Bench::new();
    bench.run(&["login", "one"]);
    bench.run(&["session", "import", "dead", "--session-id", "0123456789", "--csrf-token", "x"]);
    bench.run(&["session", "import", "gone", "--url", "http://127.0.0.1:1", "--session-id", "01", "--csrf-token", "x"]);
    bench.simulator.ledger().clear();
    let states = |flags: &[&str]| {
        let list = bench.run(&[&["session", "list", "--json"], flags].concat()).json();
        let sessions = list.as_array().expect("a list");
        let state = |label: &str| {
            let found = sessions.iter().find(|session| session["environment"] == label);
            found.expect(label)["state"].as_str().expect("text").to_owned()
        };
        ["one", "dead", "gone"].map(state)
    };
    assert_eq!(states(&[]), ["alive", "unknown", "unknown"], "a login says that it is alive, an import nothing");
    assert!(bench.simulator.ledger().is_empty());
    assert_eq!(states(&["--check"]), ["alive", "dead", "unknown"]);
    let sent = bench.simulator.ledger().len();
    assert_eq!(states(&[]), ["alive", "dead", "unknown"], "what was found out is remembered");
    assert_eq!(bench.simulator.ledger().len(), sent, "without asking again");
    let remembered = bench.run(&["session", "list", "-e", "dead", "--format", "table"]);
    assert!(remembered.stdout.contains("dead at 20"), "{remembered}");
    assert_eq!(bench.simulator.ledger().logins(), 0);
    let table = bench.run(&["session", "list", "--check", "-e", "one"]);
    assert!(table.stdout.lines().last().is_some_and(|line| line.ends_with(" alive")), "{table}");
}

#[test]
fn help_in_place_of_a_name_is_help() {
    let bench = Bench::new();
    for arguments in [&["session", "start", "help"][..], &["login", "help"], &["env", "add", "help"]] {
        let help = bench.run(arguments);
        assert_eq!(help.code, Some(0), "{help}");
        assert!(help.stdout.contains("Usage: hac"), "{help}");
    }
    assert!(bench.simulator.ledger().is_empty());
    assert_eq!(bench.run(&["session", "list", "-q"]).stdout, "");
}

#[test]
fn answers_and_passwords_can_be_piped_in() {
    let bench = Bench::new();
    let mut start = bare(bench.home.path());
    start.args(["login", "piped", "-u", "admin", "--url", &bench.simulator.url()]).write_stdin("nimda\n");
    let started = bench.ran(&mut start);
    assert_eq!(started.code, Some(0), "{started}");
    let clear = |answer: &str| bench.ran(bench.hac().args(["session", "clear-all"]).write_stdin(answer));
    let kept = clear("n\n");
    assert_eq!((kept.code, bench.run(&["session", "list", "-q"]).stdout.as_str()), (Some(0), "piped\n"), "{kept}");
    assert_eq!(kept.stdout, "Cancelled\n");
    let cleared = clear("y\n");
    assert_eq!((cleared.code, bench.run(&["session", "list", "-q"]).stdout.as_str()), (Some(0), ""), "{cleared}");
}

#[test]
fn flags_that_would_do_nothing_are_refused() {
    let bench = Bench::new();
    let pin = format!("sha256:{}", "ab".repeat(32));
    for arguments in [
        &["session", "export", "--csv"][..],
        &["config", "edit", "--csv"],
        &["about", "--cacert", "/nowhere.pem"],
        &["about", "--pin", &pin],
    ] {
        let refused = bench.run(arguments);
        assert_eq!(refused.code, Some(2), "{arguments:?}: {refused}");
    }
    assert!(bench.simulator.ledger().is_empty());
}

#[test]
fn a_text_that_is_piped_in_just_works() {
    let bench = Bench::new();
    let with = |arguments: &[&str], text: &str| bench.ran(bench.hac().args(arguments).write_stdin(text.to_owned()));
    let queried = with(&["flexsearch", "-q"], "SELECT {isocode} FROM {Language} WHERE {isocode} = 'de'\n");
    assert_eq!((queried.code, queried.stdout.as_str()), (Some(0), "p_isocode\nde\n"), "{queried}");
    assert_eq!(with(&["script", "--type", "javascript"], "6 * 7").stdout, "42\n");
    let impex = "INSERT_UPDATE Language;isocode[unique=true]\n;xx\n";
    assert_eq!(with(&["impex", "import"], impex).code, Some(0));
    bench.simulator.ledger().clear();
    for arguments in
        [&["flexsearch"][..], &["script", "--type", "javascript"], &["impex", "import"], &["impex", "validate"]]
    {
        for text in ["", "\n"] {
            let empty = with(arguments, text);
            assert_eq!(empty.code, Some(2), "{arguments:?}: {empty}");
        }
    }
    assert!(bench.simulator.ledger().is_empty());
}

#[test]
fn a_query_is_sent_without_comments_and_without_a_semicolon_at_its_end() {
    let bench = Bench::new();
    let text = "SELECT {isocode} -- the languages\nFROM {Language} -- all; of them\nWHERE {isocode} <> '--;' ORDER BY {isocode};\n";
    let queried = bench.run(&["flexsearch", "-v", text]);
    assert_eq!((queried.code, queried.stdout.as_str()), (Some(0), "p_isocode\nde\nen\n"), "{queried}");
    assert!(queried.stderr.contains("sent without comments and without ; at the end: SELECT {isocode}"), "{queried}");
}

#[test]
fn the_hint_of_a_failed_query_fits_it() {
    let bench = Bench::new();
    let hint = |query: &str| {
        let failed = bench.run(&["flexsearch", query]);
        assert_eq!(failed.code, Some(1), "{failed}");
        failed.stderr
    };
    let unknown = hint("SELECT {nme} FROM {Product}");
    assert!(!unknown.contains("LIMIT") && unknown.contains("-v shows the stack trace"), "{unknown}");
    assert!(hint("SELECT {nme} FROM {Product} LIMIT 3").contains("has no LIMIT: use -m"));
    assert!(hint("SELECT {nme} FROM {Product}; SELECT 1").contains("one query at a time"));
}

#[test]
fn a_wrong_argument_gets_a_hint_that_helps() {
    let bench = Bench::new();
    for (arguments, hint) in [
        (
            &["flexsearch", "SELECT", "{pk}", "FROM", "{Product}"][..],
            "put it in quotes: hac flexsearch \"SELECT {pk} FROM {Product}\"",
        ),
        (&["flexsearch", "-m", "-1", "x"], "must be a whole number, 0 or more"),
        (&["version"], "hac --version"),
    ] {
        let refused = bench.run(arguments);
        assert_eq!(refused.code, Some(2), "{refused}");
        assert!(refused.stderr.contains(hint), "{refused}");
    }
    let path = bench.run(&["config", "-p"]);
    assert_eq!(path.code, Some(0), "{path}");
}

#[test]
fn a_url_in_the_place_of_an_environment_is_led_to_the_flag() {
    const URL: &str = "http://127.0.0.1:9";
    let bench = Bench::new();
    let elsewhere = |arguments: &[&str]| bench.ran(bare(bench.home.path()).args(arguments));
    for (line, code) in [
        ("doctor", 2),
        ("login", 2),
        ("session start", 2),
        ("session check", 4),
        ("session end", 4),
        ("logout", 4),
        ("session export", 4),
    ] {
        let words: Vec<&str> = line.split(' ').chain([URL]).collect();
        let told = elsewhere(&words);
        assert_eq!(told.code, Some(code), "{told}");
        let all = told.stdout.clone() + &told.stderr;
        assert!(all.contains(&format!("hac {line} --url {URL}")) && !all.contains("env add"), "{told}");
    }
    let told = elsewhere(&["about", "-e", URL]);
    let hint = format!("pass it with --url, or add an environment for it: hac env add NAME --url {URL}\n");
    assert!(told.code == Some(2) && told.stderr.contains(&hint), "{told}");
    let told = elsewhere(&["diff", "properties", "-e", &format!("{URL},{URL}1")]);
    let hint = format!("hint: add an environment for it: hac env add NAME --url {URL}\n");
    assert!(told.code == Some(2) && told.stderr.contains(&hint), "{told}");
}
