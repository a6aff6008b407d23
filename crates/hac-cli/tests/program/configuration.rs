//! The configuration file: what it names needs no flags.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::bench::{Bench, Ran, bare, home, ran};
use crate::snapshot;

const QUERY: &[&str] = &["flexsearch", "SELECT {isocode} FROM {Language} ORDER BY {isocode}", "-q"];

/// A bench whose home has a configuration; the program knows nothing else but a password.
struct Configured {
    bench: Bench,
}

impl Configured {
    /// `URL` in the text is that of the simulator.
    fn new(text: &str) -> Self {
        let configured = Self { bench: Bench::new() };
        configured.write(text);
        configured
    }

    fn path(&self) -> PathBuf {
        self.bench.home.path().join(".config/hac-client/config.toml")
    }

    fn write(&self, text: &str) {
        std::fs::create_dir_all(self.path().parent().expect("a directory")).expect("made");
        std::fs::write(self.path(), text.replace("URL", &self.bench.simulator.url())).expect("written");
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.path()).expect("a file").replace(&self.bench.simulator.url(), "URL")
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.with(&[], arguments)
    }

    fn with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Ran {
        let mut command = bare(self.bench.home.path());
        command.env("HAC_PASSWORD", "nimda").envs(variables.iter().copied()).args(arguments);
        self.bench.ran(&mut command)
    }
}

const SHOP: &str = "default_environment = 'shop'\n[environments.shop.endpoints.hac]\nurl = 'URL'\nusername = 'admin'\n";

#[test]
fn a_file_that_the_variable_names_and_that_is_not_there_is_a_warning_for_commands_with_a_server() {
    let bench = Bench::new();
    let run = |arguments: &[&str]| bench.ran(bench.hac().env("HAC_CLIENT_CONFIG_PATH", "none.toml").args(arguments));
    let told = "warning: HAC_CLIENT_CONFIG_PATH names none.toml, which does not exist: no environment and no protection is configured\n";
    for arguments in [&["update", "status"][..], &["update", "status", "-q", "--json"]] {
        let (without, with) = (bench.run(arguments), run(arguments));
        assert_eq!((without.code, &without.stdout), (with.code, &with.stdout), "{with}");
        assert_eq!(with.stderr.matches(told).count(), 1, "{with}");
        assert!(!without.stderr.contains("HAC_CLIENT_CONFIG_PATH"), "{without}");
    }
    for arguments in [
        &["config", "show"][..],
        &["config", "path"],
        &["help", "flags"],
        &["env", "add", "shop", "--url", "http://127.0.0.1:1"],
        &["update", "status"],
    ] {
        let ran = run(arguments);
        assert!(!ran.stderr.contains("does not exist: no environment"), "{arguments:?}: {ran}");
    }
}

#[test]
fn what_the_configuration_names_needs_no_flags() {
    let configured = Configured::new(SHOP);
    let ran = configured.run(QUERY);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "p_isocode\nde\nen\n"), "{ran}");
    let sessions = configured.run(&["session", "list", "--json"]).json();
    assert_eq!(sessions[0]["environment"], "shop/hac");
    // The second call needs no password: it is the same session.
    let ran = configured.with(&[("HAC_PASSWORD", "")], &[QUERY, &["-e", "shop", "-n", "hac"]].concat());
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(configured.bench.simulator.ledger().logins(), 1);
}

#[test]
fn a_session_that_is_started_with_save_leaves_the_next_command_nothing_to_ask() {
    let bench = Bench::with(hac_simulator::Simulator::builder().https());
    let url = bench.simulator.url();
    let untrusted = bench.run(&["session", "start"]);
    assert_eq!(untrusted.code, Some(3), "{untrusted}");
    let pin =
        untrusted.stderr.split("--pin ").nth(1).and_then(|rest| rest.split('`').next()).expect("a pin").to_owned();
    let mut command = bare(bench.home.path());
    command.env("HAC_PASSWORD", "nimda");
    let started =
        bench.ran(command.args(["session", "start", "shop", "--url", &url, "-u", "admin", "--pin", &pin, "--save"]));
    assert_eq!(started.code, Some(0), "{started}");
    assert_eq!(started.stdout.lines().next(), Some("Session started for 'shop/hac'"));
    // Neither a URL nor a user, a pin or a password.
    for line in [&["-e", "shop"][..], &[]] {
        let ran = bench.ran(bare(bench.home.path()).args(QUERY).args(line));
        assert_eq!(ran.code, Some(0), "{ran}");
    }
    assert_eq!(bench.simulator.ledger().logins(), 1);
    let shown = bench.ran(bare(bench.home.path()).args(["config", "show", "--json"])).json();
    assert!(shown.to_string().contains(&pin), "{shown}");
    let nameless =
        bench.ran(bare(bench.home.path()).args(["session", "start", "--save", "--url", &url, "-u", "admin"]));
    assert_eq!(nameless.code, Some(2), "{nameless}");
}

#[test]
fn passwords_come_from_the_closest_variable_and_from_a_command() {
    let configured = Configured::new(SHOP);
    let fresh = |variables: &[(&str, &str)]| {
        configured.run(&["session", "clear-all", "-f"]);
        configured.with(variables, QUERY).code
    };
    assert_eq!(
        fresh(&[("HAC_PASSWORD", "wrong"), ("HAC_PASSWORD_SHOP", "wrong"), ("HAC_PASSWORD_SHOP_HAC", "nimda")]),
        Some(0)
    );
    assert_eq!(fresh(&[("HAC_PASSWORD", "wrong"), ("HAC_PASSWORD_SHOP", "nimda")]), Some(0));
    assert_eq!(fresh(&[("HAC_PASSWORD", "nimda"), ("HAC_PASSWORD_SHOP", "wrong")]), Some(4));
    for command in ["'echo nimda'", "['echo', 'nimda']"] {
        if cfg!(windows) && command.starts_with('[') {
            continue;
        }
        configured.write(&format!("{SHOP}password_command = {command}\n"));
        assert_eq!(fresh(&[("HAC_PASSWORD", "")]), Some(0), "{command}");
        // A variable is closer than a file.
        assert_eq!(fresh(&[("HAC_PASSWORD", "wrong")]), Some(4), "{command}");
    }
    let mut all = String::new();
    for command in ["'exit 3'", "'true'", "['/nowhere/at/all']"] {
        configured.write(&format!("{SHOP}password_command = {command}\n"));
        configured.run(&["session", "clear-all", "-f"]);
        let ran = configured.with(&[("HAC_PASSWORD", "")], QUERY);
        writeln!(all, "{command}: {ran}").expect("a string");
    }
    #[cfg(unix)] // the words of the system
    snapshot!(all);
    assert!(!all.is_empty());
}

#[test]
fn a_password_can_be_piped_to_the_start_of_a_session() {
    let configured = Configured::new(SHOP);
    let start = |input: &str| {
        let mut command = bare(configured.bench.home.path());
        command.args(["session", "start", "shop", "-u", "admin"]).write_stdin(input.to_owned());
        configured.bench.ran(&mut command)
    };
    let none = start("");
    assert_eq!((none.code, none.stderr.contains("set HAC_PASSWORD_SHOP_HAC")), (Some(4), true), "{none}");
    assert_eq!(start("nimda\n").code, Some(0));
}

#[test]
fn sessions_are_imported_for_a_configured_endpoint_and_need_no_user_afterwards() {
    let without_user = SHOP.replace("username = 'admin'\n", "");
    let configured = Configured::new(&without_user);
    let started = configured.run(&["session", "start", "shop", "-u", "admin"]);
    assert_eq!(started.code, Some(0), "{started}");
    let shown = configured.run(&["session", "show", "shop", "--reveal", "--json"]).json();
    let (id, token) = (shown["session_id"].as_str().expect("an id"), shown["csrf_token"].as_str().expect("a token"));
    configured.run(&["session", "clear-all", "-f"]);
    // From the variables of the endpoint.
    let variables = [
        ("HAC_SESSION_ID_SHOP_HAC", id),
        ("HAC_CSRF_TOKEN_SHOP", token),
        ("HAC_USERNAME_SHOP", "admin"),
        ("HAC_PASSWORD", ""),
    ];
    let imported = configured.with(&variables, &["session", "import", "shop"]);
    assert_eq!(imported.stdout.lines().next(), Some("Session imported for 'shop/hac'"), "{imported}");
    let queried = configured.with(&[("HAC_PASSWORD", "")], QUERY);
    assert_eq!(queried.code, Some(0), "the user is that of the session: {queried}");
    assert_eq!(configured.bench.simulator.ledger().logins(), 1);
}

#[test]
fn environments_and_endpoints_are_added_listed_changed_and_removed() {
    let home = home();
    let mut all = String::new();
    for line in [
        "env list",
        "env list -f json",
        "config",
        "env add shop",
        "endpoint add shop hac -u https://shop:9002 --timeout 60 --username admin",
        "endpoint add shop node2 --url https://node2:9002 --ignore-ssl --set-default",
        "endpoint add shop node2 -u https://node2:9002",
        "endpoint add shop https://node3 -u https://node3",
        "endpoint add shop node3",
        "env add test --url https://test -n only --pin sha256:1111111111111111111111111111111111111111111111111111111111111111",
        "env add empty --username x",
        "env add test",
        "env list",
        "env list -q",
        "env list -f json",
        "env show shop",
        "env show shpo",
        "endpoint list shop",
        "endpoint list shop --no-headers",
        "endpoint list shop -f json",
        "endpoint show shop node2",
        "endpoint show shop nod2",
        "endpoint update shop node2 --no-ignore-ssl -u https://other:9002",
        "endpoint show shop node2 --json",
        "endpoint update shop node9 --timeout 3",
        "endpoint remove shop node2",
        "endpoint set-default shop hac",
        "env protect shop read-only",
        "env protect shop confirm",
        "env remove shop",
        "endpoint update shop hac -u https://elsewhere",
        "endpoint remove shop hac --yes-i-mean test",
        "env set-default test",
        "env set-default tset",
        "env show shop --json",
        "config",
        "config -l",
        "config -l --json",
        "config -e test",
        "config -p",
        "config path",
        "config -v",
        "config validate --json",
        "config show -e shop --origin",
        "config show -e test",
        "env remove shop --yes-i-mean shop",
        "env list -q",
    ] {
        let ran = ran(bare(home.path()).args(line.split(' ')), home.path(), None);
        // What separates the parts of a path on Windows is two characters in tab-separated output.
        let ran = ran.to_string().replace(r"\\", "/");
        writeln!(all, "$ hac {line}\n{ran}").expect("a string");
    }
    let text = std::fs::read_to_string(home.path().join(".config/hac-client/config.toml")).expect("a file");
    writeln!(all, "$ cat config.toml\n{text}").expect("a string");
    snapshot!(all);
}

#[test]
fn what_is_wrong_with_a_configuration_is_said_with_its_place() {
    let mut all = String::new();
    let configured = Configured::new("");
    for text in [
        "default_enviroment = 'shop'",
        "[environments.shop.endpoints.hac]\nurl = 'URL'\npassword = 'hunter2'",
        "[environments.shop.endpoints.hac]\nurl = 'URL'\ntimeout = 'long'",
        "[environments.shop\n",
        "colour = 'red'",
        "default_environment = 'x'\n[environments.shop.endpoints.a]\nurl = 'URL'",
        "default_environment = 'shop'\n[environments.shop]",
        "default_environment = 'shop'\n[environments.shop.endpoints]\na.url = 'URL'\nb.url = 'URL'",
        "[environments.local.endpoints.a]\nurl = 'ftp://x'\nusername = 'x'",
    ] {
        configured.write(text);
        let ran = configured.run(QUERY);
        assert_eq!(ran.code, Some(2), "{text}: {ran}");
        writeln!(all, "{text}\n{ran}\n$ hac config validate\n{}", configured.run(&["config", "validate"]))
            .expect("a string");
    }
    assert!(!all.contains("hunter2\nexit") && !all.replace("password = 'hunter2'", "").contains("hunter2"), "{all}");
    snapshot!(all);
}

#[test]
fn commands_that_need_no_server_work_with_a_broken_configuration() {
    let configured = Configured::new("nonsense");
    for line in [
        &["completions", "bash"][..],
        &["session", "list"],
        &["config", "path"],
        &["config", "--example"],
        &["--version"],
    ] {
        let ran = configured.run(line);
        assert_eq!(ran.code, Some(0), "{ran}");
    }
}

#[test]
fn an_edited_file_is_checked_before_it_is_kept() {
    if cfg!(windows) {
        return;
    }
    let configured = Configured::new(SHOP);
    let edit = |editor: &str| configured.with(&[("PATH", "/usr/bin:/bin"), ("EDITOR", editor)], &["config", "edit"]);
    let good = edit("sed -i.bak s/shop/test/g");
    assert_eq!(good.code, Some(0), "{good}");
    assert_eq!(configured.text(), SHOP.replace("shop", "test"));
    let bad = edit("sed -i.bak s/username/usrname/");
    assert_eq!(bad.code, Some(2), "{bad}");
    assert!(bad.stderr.contains("did you mean username?"), "{bad}");
    assert_eq!(edit("false").code, Some(2));
    assert_eq!(edit("true").code, Some(0));
    assert_eq!(configured.text(), SHOP.replace("shop", "test"), "nothing of it was kept");
}

#[test]
fn a_change_that_was_made_while_the_editor_was_open_is_not_lost() {
    if cfg!(windows) {
        return;
    }
    let configured = Configured::new(SHOP);
    let meanwhile = configured.bench.file("meanwhile", format!("{SHOP}# meanwhile\n").replace("URL", "https://other"));
    let editor = format!("cp {meanwhile} {}; sed -i.bak s/shop/test/g", configured.path().display());
    let ran = configured.with(&[("PATH", "/usr/bin:/bin"), ("EDITOR", &editor)], &["config", "edit"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(configured.text().ends_with("# meanwhile\n"), "{}", configured.text());
    let kept = ran.stderr.split("your text is in ").nth(1).and_then(|rest| rest.split(':').next()).expect("a path");
    let kept = std::fs::read_to_string(kept.replace("HOME", &configured.bench.home.path().display().to_string()));
    assert!(kept.expect("the text").contains("default_environment = 'test'"));
}

#[cfg(unix)]
#[test]
fn a_file_that_others_could_have_written_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let configured = Configured::new(SHOP);
    let mode = |path: PathBuf, mode| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).expect("ours");
    let directory = configured.path().parent().expect("a directory").to_owned();
    for (file, of_directory, code) in
        [(0o644, 0o755, 0), (0o666, 0o755, 2), (0o602, 0o700, 2), (0o600, 0o777, 2), (0o600, 0o1777, 0)]
    {
        mode(configured.path(), file);
        mode(directory.clone(), of_directory);
        let ran = configured.run(QUERY);
        assert_eq!(ran.code, Some(code), "{file:o} {of_directory:o}: {ran}");
        assert!(
            code == 0 || ran.stderr.contains("other users can write") && ran.stderr.contains("chmod go-w"),
            "{ran}"
        );
    }
    mode(directory, 0o700);
}

const PROTECTED: &str = "default_environment = 'free'\n[environments.free.endpoints.hac]\nurl = 'http://localhost:1'\nusername = 'admin'\n\
     [environments.prod]\nprotection = 'LEVEL'\n[environments.prod.endpoints.hac]\nurl = 'URL/'\nusername = 'admin'\n";

const CHANGE: &[&str] = &["property", "set", "a.b", "1", "-q"];

/// Variables and flags.
type Way<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);

#[test]
fn no_flag_and_no_variable_lifts_read_only() {
    let configured = Configured::new(&PROTECTED.replace("LEVEL", "read-only"));
    let url = configured.bench.simulator.url();
    let ways: &[Way<'_>] = &[
        (&[], &["-e", "prod"]),
        (&[], &["-e", "prod", "--yes-i-mean", "prod"]),
        (&[], &["--url", &url, "-u", "admin"]),
        (&[], &["--url", &url, "-u", "admin", "-e", "anything", "--yes-i-mean", "anything"]),
        (&[("HAC_URL", &url), ("HAC_USERNAME", "admin")], &[]),
        (&[("HAC_URL", &url), ("HAC_USERNAME", "admin")], &["-e", "prod", "-n", "hac"]),
        (&[], &["--url", &format!("{url}/other/context"), "-u", "admin"]),
    ];
    for (variables, flags) in ways {
        let ran = configured.with(variables, &[CHANGE, flags].concat());
        assert_eq!(ran.code, Some(2), "{flags:?}: {ran}");
        assert!(ran.stderr.contains("is read-only"), "{flags:?}: {ran}");
    }
    let ledger = configured.bench.simulator.ledger();
    assert_eq!((ledger.logins(), ledger.len()), (0, 0), "nothing was sent");
    // Reading is what is left.
    let ran = configured.run(&[QUERY, &["-e", "prod"]].concat());
    assert_eq!(ran.code, Some(0), "{ran}");
    let contradicted = configured.run(&[CHANGE, &["-e", "free", "--url", &url]].concat());
    assert_eq!(contradicted.code, Some(2), "{contradicted}");
    assert!(contradicted.stderr.contains("'free' is configured with"), "{contradicted}");
}

#[test]
fn whose_protection_refused_a_call_is_said_where_two_environments_name_one_server() {
    let twins = "[environments.dev.endpoints.hac]\nurl = 'URL'\nusername = 'admin'\n[environments.twin]\nprotection = 'read-only'\n\
         [environments.twin.endpoints.hac]\nurl = 'URL'\n";
    let configured = Configured::new(twins);
    let refused = configured.run(&["property", "set", "a", "b", "-e", "dev"]);
    assert_eq!(refused.code, Some(2), "{refused}");
    assert!(refused.stderr.contains("hint: the environment 'twin', which names the same server, "), "{refused}");
    let of_its_own = configured.run(&["property", "set", "a", "b", "-e", "twin", "-u", "admin"]);
    assert!(!of_its_own.stderr.contains("names the same server"), "{of_its_own}");
}

#[test]
fn a_protected_server_is_taken_out_of_the_file_only_by_its_name() {
    let prod = "[environments.prod]\nprotection = 'read-only'\n[environments.prod.endpoints.hac]\nurl = 'URL'\n";
    let configured = Configured::new(prod);
    let before = configured.text();
    for line in ["env remove prod", "endpoint remove prod hac", "endpoint update prod hac --url https://elsewhere"] {
        for confirmed in [&[][..], &["--yes-i-mean", "stage"]] {
            let ran = configured.run(&[&line.split(' ').collect::<Vec<_>>()[..], confirmed].concat());
            assert_eq!((ran.code, configured.text()), (Some(2), before.clone()), "{ran}");
            assert!(ran.stderr.contains("pass --yes-i-mean prod"), "{ran}");
        }
    }
    assert_eq!(configured.run(&["endpoint", "update", "prod", "hac", "--timeout", "9"]).code, Some(0));
    assert_eq!(configured.run(&["env", "remove", "prod", "--yes-i-mean", "prod"]).code, Some(0));
}

#[test]
fn a_file_that_is_not_there_is_not_written_into_the_configuration() {
    let configured = Configured::new(SHOP);
    let ran = configured.run(&["endpoint", "update", "shop", "hac", "--cacert", "nosuch.pem"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stderr.contains("there is no such file") && !configured.text().contains("cacert"), "{ran}");
}

#[test]
fn a_script_that_is_rolled_back_needs_a_word_of_the_file_in_read_only() {
    let text = PROTECTED.replace("LEVEL", "read-only");
    let configured = Configured::new(&text);
    let script = ["script", "-t", "javascript", "6 * 7", "-e", "prod"];
    let ran = configured.run(&script);
    assert_eq!((ran.code, ran.stderr.contains("allow_scripts")), (Some(2), true), "{ran}");
    configured.write(&text.replace("protection =", "allow_scripts = true\nprotection ="));
    let ran = configured.run(&script);
    assert_eq!((ran.code, ran.stdout.trim()), (Some(0), "42"), "{ran}");
    assert_eq!(configured.run(&[&script[..], &["--commit"]].concat()).code, Some(2));
}

#[test]
fn a_change_is_confirmed_with_the_name_of_the_environment() {
    let configured = Configured::new(&PROTECTED.replace("LEVEL", "confirm"));
    let url = configured.bench.simulator.url();
    let server = url.strip_prefix("http://").expect("http");
    let mut all = String::new();
    for (flags, code) in [
        (&["-e", "prod"][..], 2),
        (&["-e", "prod", "--yes-i-mean", "free"], 2),
        (&["--url", &url, "-u", "admin", "--yes-i-mean", "local"], 2),
        (&["-e", "prod", "--yes-i-mean", "prod"], 0),
        (&["-e", "prod", "--yes-i-mean", "prod/hac"], 0),
        (&["--url", &url, "-u", "admin", "--yes-i-mean", "prod"], 0),
        (&["-e", "prod", "--yes-i-mean", server], 0),
    ] {
        let ran = configured.run(&[CHANGE, flags].concat());
        assert_eq!(ran.code, Some(code), "{flags:?}: {ran}");
        if code != 0 {
            writeln!(all, "{ran}").expect("a string");
        }
    }
    snapshot!(all);
    assert_eq!(configured.run(&[QUERY, &["-e", "prod"]].concat()).code, Some(0), "reading asks nobody");
}

#[test]
fn queries_go_to_the_data_source_of_the_environment() {
    let configured =
        Configured::new(&SHOP.replace("[environments", "[environments.shop]\ndata_source = 'readonly'\n[environments"));
    let ran = configured.run(QUERY);
    assert_eq!(ran.code, Some(0), "{ran}");
    let entries = configured.bench.simulator.ledger().entries();
    let sent = entries.last().and_then(|entry| entry.field("dataSource").map(str::to_owned));
    assert_eq!(sent.as_deref(), Some("readonly"));
}

#[test]
fn json_has_all_keys_of_an_endpoint_that_text_has() {
    let pin = "11".repeat(32);
    let configured = Configured::new(&format!(
        "[environments.shop.endpoints.hac]\nurl = 'URL'\npin = '{pin}'\nproxy = 'http://proxy:3128'\n\
         route = '.n1'\ncontext_path = '/admin'\n[environments.shop.endpoints.other]\nurl = 'URL'\ncacert = 'ca.pem'\n"
    ));
    let json = |arguments: &[&str]| {
        let ran = configured.with(&[], arguments);
        assert_eq!(ran.code, Some(0), "{ran}");
        ran.json()
    };
    let listed = json(&["env", "list", "--json"]);
    let shown = json(&["env", "show", "shop", "--json"]);
    let of_list = if listed.is_array() { &listed[0] } else { &listed["environments"][0] };
    for endpoints in [&of_list["endpoints"], &shown["endpoints"]] {
        let (hac, other) = (&endpoints["hac"], &endpoints["other"]);
        assert_eq!(hac["pin"].as_str(), Some(pin.as_str()), "{hac}");
        assert_eq!((&hac["proxy"], &hac["route"]), (&"http://proxy:3128".into(), &".n1".into()), "{hac}");
        assert_eq!((&hac["context_path"], hac.get("cacert")), (&"/admin".into(), Some(&().into())), "{hac}");
        assert!(
            other["cacert"].as_str().is_some_and(|path| path.ends_with("ca.pem")) && other["pin"].is_null(),
            "{other}"
        );
    }
    let endpoint = json(&["endpoint", "show", "shop", "hac", "--json"]);
    assert_eq!(endpoint["pin"].as_str(), Some(pin.as_str()), "{endpoint}");
}
