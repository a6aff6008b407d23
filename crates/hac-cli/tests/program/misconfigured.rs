//! What a configuration says and no call can use: named with its place, and with what to do.

use crate::bench::{Bench, bare};

fn configure(bench: &Bench, url: &str, more: &str) {
    let directory = bench.home.path().join(".config/hac-client");
    std::fs::create_dir_all(&directory).expect("made");
    let text = format!("[environments.shop.endpoints.hac]\nurl = '{url}'\nusername = 'admin'\n{more}\n");
    std::fs::write(directory.join("config.toml"), text).expect("written");
}

#[test]
fn two_context_paths_are_told_with_both_places() {
    let bench = Bench::new();
    configure(&bench, &format!("{}/nothere", bench.simulator.url()), "context_path = '/foo'");
    let file = "HOME/.config/hac-client/config.toml";
    let why = format!("the URL of {file}:2 has the context path /nothere, and {file}:4 says /foo");
    let is_told = |text: &str| text.replace('\\', "/").contains(&why);
    let doctor = bench.ran(bare(bench.home.path()).args(["doctor", "shop", "--json"]));
    let json = doctor.json();
    let step = json["steps"].as_array().and_then(|steps| steps.iter().find(|step| step["step"] == "configuration"));
    let step = step.expect("the step");
    assert_eq!((doctor.code, &step["status"]), (Some(2), &"failed".into()), "{doctor}");
    assert!(step["message"].as_str().is_some_and(is_told), "{doctor}");
    assert!(step["hint"].as_str().is_some_and(|hint| hint.contains("remove one of them")), "{doctor}");
    // So it is for every command, and for the one that checks the file.
    let about = bench.ran(bare(bench.home.path()).args(["-e", "shop", "about"]));
    assert!(about.code == Some(2) && is_told(&about.stderr), "{about}");
    let checked = bench.ran(bare(bench.home.path()).args(["config", "validate"]));
    assert!(checked.code == Some(2) && is_told(&checked.stdout), "{checked}");
    // The same path in both is none too many.
    configure(&bench, &format!("{}/hac", bench.simulator.url()), "context_path = '/hac'");
    let checked = bench.ran(bare(bench.home.path()).args(["doctor", "shop", "-q"]).env("HAC_PASSWORD", "nimda"));
    assert_eq!(checked.code, Some(0), "{checked}");
}

#[test]
fn whatever_is_wrong_with_a_setting_the_doctor_says_what_to_do() {
    let bench = Bench::new();
    let url = bench.simulator.url();
    for line in [
        "session_cookie = 'a b'",
        "route = 'a;b'",
        "context_path = '/a b'",
        "headers = { 'X Team' = 'blue' }",
        "headers = { Authorization = 'x' }",
        "proxy = 'nonsense://x'",
        "cacert = 'none.pem'",
        "client_cert = 'none.pem'",
        "client_cert = 'none.pem'\nclient_key = 'none.pem'",
        "pin = 'abc'",
        "pin = 'abc'\nignore_ssl = true",
        "gate = 'guard'",
        "timeout = -1",
        "timeout = 'x'",
        "username = 'twice'",
        "password_comand = 'pass'",
        "usernme = 'x'",
        "password = 'x'",
    ] {
        let url =
            if line.contains("pem") || line.contains("pin") { url.replace("http:", "https:") } else { url.clone() };
        configure(&bench, &url, line);
        let doctor = bench.ran(bare(bench.home.path()).args(["doctor", "shop", "--json"]));
        let json = doctor.json();
        let failed = json["steps"].as_array().and_then(|steps| steps.iter().find(|step| step["status"] == "failed"));
        let failed = failed.unwrap_or_else(|| panic!("{line}: {doctor}"));
        assert_eq!(failed["step"], "configuration", "{line}: {doctor}");
        assert!(failed["hint"].as_str().is_some_and(|hint| !hint.is_empty()), "{line}: {doctor}");
    }
    assert!(bench.simulator.ledger().is_empty(), "nothing was sent");
}

#[test]
fn a_misspelt_key_is_named_with_the_nearest_also_where_it_looks_like_a_secret_and_in_a_file_of_a_project() {
    let bench = Bench::new();
    configure(&bench, "http://localhost:1", "password_comand = 'pass show hac'");
    let refused = bench.ran(bare(bench.home.path()).args(["-e", "shop", "about"]));
    assert_eq!(refused.code, Some(2), "{refused}");
    assert!(refused.stderr.contains("hint: did you mean password_command?"), "{refused}");
    assert!(!refused.to_string().contains("pass show"), "{refused}");
    configure(&bench, "http://localhost:1", "");
    for (text, near) in [
        ("[output]\nformt = 'csv'\n", "did you mean format?"),
        ("[environments.x.endpoints.y]\nurl = 'http://x'\npassword_comand = 'z'\n", "did you mean password_command?"),
    ] {
        bench.file(".hac.toml", text);
        let ran = bench.ran(bare(bench.home.path()).args(["config", "show"]));
        assert_eq!(ran.code, Some(0), "{ran}");
        let warned = ran.stderr.lines().any(|line| line.starts_with("warning: ") && line.contains(near));
        assert!(warned, "{ran}");
    }
}
