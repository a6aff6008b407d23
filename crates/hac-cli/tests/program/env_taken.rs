//! `hac env add` without a URL: what was just used becomes an environment.

use hac_simulator::Simulator;

use crate::bench::{Bench, Ran, bare};

/// What the file says after it.
fn configured(bench: &Bench, name: &str) -> String {
    bench.ran(bare(bench.home.path()).args(["env", "show", name])).stdout
}

/// Without the variables that name the server.
fn add(bench: &Bench, arguments: &[&str]) -> Ran {
    bench.ran(bare(bench.home.path()).args(["env", "add"]).args(arguments))
}

#[test]
fn an_environment_takes_url_and_user_from_the_session_of_its_name() {
    let bench = Bench::new();
    assert_eq!(bench.run(&["session", "start", "unsaved"]).code, Some(0));
    let added = add(&bench, &["unsaved"]);
    assert_eq!((added.code, added.stdout.as_str()), (Some(0), "Environment 'unsaved' added (set as default)\n"));
    let told = "note: the URL http://SIMULATOR and the username admin are those of the session 'unsaved'\n";
    assert_eq!(added.stderr, told);
    let shown = configured(&bench, "unsaved");
    assert!(shown.contains("    hac (default)\n      URL:        http://SIMULATOR\n"), "{shown}");
    assert!(shown.contains("Username:   admin"), "{shown}");
    let used = bench.ran(bare(bench.home.path()).env("HAC_PASSWORD", "nimda").args([
        "-e",
        "unsaved",
        "flexsearch",
        "SELECT {pk} FROM {Language}",
    ]));
    assert_eq!(used.code, Some(0), "{used}");
}

#[test]
fn flags_go_before_what_was_used_and_the_endpoint_names_the_session() {
    let bench = Bench::new();
    assert_eq!(bench.run(&["session", "start", "shop", "-n", "node1"]).code, Some(0));
    let added = add(&bench, &["shop", "-n", "node1", "-u", "editor", "--timeout", "7"]);
    assert_eq!(added.stderr, "note: the URL http://SIMULATOR is that of the session 'shop/node1'\n", "{added}");
    let shown = configured(&bench, "shop");
    for line in ["node1 (default)", "http://SIMULATOR", "editor", "7s"] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
}

#[test]
fn an_environment_takes_what_the_variables_name() {
    let bench = Bench::new();
    let added = bench.run(&["env", "add", "shop"]);
    let told = "note: the URL http://SIMULATOR is that of HAC_URL, the username admin that of HAC_USERNAME\n";
    assert_eq!((added.code, added.stderr.as_str()), (Some(0), told), "{added}");
    let shown = configured(&bench, "shop");
    assert!(shown.contains("http://SIMULATOR") && shown.contains("admin"), "{shown}");
    // With a URL, only flags are saved.
    bench.run(&["env", "add", "other", "--url", "http://localhost:1"]);
    let shown = configured(&bench, "other");
    assert!(shown.contains("http://localhost:1") && !shown.contains("admin"), "{shown}");
}

#[test]
fn what_is_ambiguous_is_refused_and_what_is_missing_is_said() {
    let bench = Bench::new();
    let other = Simulator::builder().start().expect("the simulator starts");
    bench.home.records(&other);
    bench.run(&["session", "start", "shop"]);
    bench.run(&["session", "start", "shop", "--url", &other.url()]);
    let refused = add(&bench, &["shop"]);
    assert_eq!(refused.code, Some(2), "{refused}");
    assert!(refused.stderr.contains("'shop' has cached sessions on"), "{refused}");
    assert!(refused.stderr.contains("choose one: hac env add shop --url http://"), "{refused}");
    // hac-client-cli makes environments without endpoints, and scripts go on with `endpoint add`.
    let empty = add(&bench, &["empty"]);
    assert_eq!(empty.code, Some(0), "{empty}");
    assert!(empty.stderr.contains("hac endpoint add empty hac --url https://HOST:9002"), "{empty}");
    for (flags, what) in [(["-u", "x"], "username"), (["-n", "x"], "--endpoint"), (["--timeout", "3"], "timeout")] {
        let refused = add(&bench, &[&["more"][..], &flags].concat());
        assert_eq!(refused.code, Some(2), "{refused}");
        let why = format!("{what} belongs to an endpoint, and there is no URL for one");
        assert!(refused.stderr.contains(&why) && refused.stderr.contains("--url"), "{refused}");
    }
}

#[test]
fn the_trust_of_the_session_is_taken_too() {
    let bench = Bench::with(Simulator::builder().https());
    let pin = bench.simulator.certificate_sha256().expect("https");
    let pin = if pin.starts_with("sha256:") { pin } else { format!("sha256:{pin}") };
    let other = format!("sha256:{}", "ab".repeat(32));
    bench.file("hac.pem", bench.simulator.certificate_pem().expect("https"));
    for (name, flags, told, wanted) in [
        ("pinned", &["--pin", &pin][..], "and so is the pin of its certificate", &pin[..]),
        ("known", &["--cacert", "hac.pem"], "and so is the file with its certificates", "HOME/hac.pem"),
        ("any", &["--ignore-ssl"], "which trusted any certificate: so does the environment", "Ignore SSL: True"),
    ] {
        let started = bench.run(&[&["session", "start", name], flags].concat());
        assert_eq!(started.code, Some(0), "{started}");
        let added = add(&bench, &[name]);
        assert!(added.code == Some(0) && added.stderr.contains(told), "{added}");
        let shown = configured(&bench, name);
        assert!(shown.contains(wanted), "{shown}");
        let mut command = bare(bench.home.path());
        let used = bench.ran(command.env("HAC_PASSWORD", "nimda").args(["-e", name, "about"]));
        assert_eq!(used.code, Some(0), "{used}");
    }
    // A flag goes before it.
    assert_eq!(bench.run(&["session", "start", "typed", "--pin", &pin]).code, Some(0));
    assert_eq!(add(&bench, &["typed", "--pin", &other]).code, Some(0));
    let shown = configured(&bench, "typed");
    assert!(shown.contains(&other) && !shown.contains(&pin), "{shown}");
}

#[test]
fn a_configuration_that_cannot_be_written_says_what_to_do() {
    let bench = Bench::new();
    // A file stands where its directory would be, which nobody can write to, whatever the rights.
    let place = bench.file("no-directory", "");
    let refused =
        bench.ran(bare(bench.home.path()).env("HAC_CLIENT_CONFIG_PATH", format!("{place}/config.toml")).args([
            "env",
            "add",
            "dev",
            "--url",
            "https://localhost:9002",
        ]));
    assert_eq!(refused.code, Some(2), "{refused}");
    assert!(refused.stderr.contains("cannot write "), "{refused}");
    assert!(
        refused
            .stderr
            .contains("hint: check the rights on its directory, or set HAC_CLIENT_CONFIG_PATH to another file"),
        "{refused}"
    );
}
