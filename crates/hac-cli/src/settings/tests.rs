//! Every setting in every layer.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use clap::Parser as _;

use super::*;
use crate::args::Cli;

const PIN: [&str; 2] = [
    "sha256:1111111111111111111111111111111111111111111111111111111111111111",
    "sha256:2222222222222222222222222222222222222222222222222222222222222222",
];

/// A setting, and how each layer says something of it. What a layer cannot say is empty.
struct Sample {
    key: &'static str,
    /// Of the command line, and what is shown of it.
    flags: (&'static [&'static str], &'static str, &'static str),
    /// From the closest to the widest: each its name, its value.
    variables: &'static [(&'static str, &'static str)],
    /// A line of the endpoint in the file, and what is shown of it.
    file: (&'static str, &'static str),
    /// What is shown where no layer says anything, and its origin.
    otherwise: (&'static str, &'static str),
}

const NOT_SET: (&str, &str) = ("", "not set");

const SAMPLES: &[Sample] = &[
    Sample {
        key: "username",
        flags: (&["-u", "typed"], "typed", "--username"),
        variables: &[("HAC_USERNAME_SHOP_NODE", "v1"), ("HAC_USERNAME_SHOP", "v2"), ("HAC_USERNAME", "v3")],
        file: ("username = 'filed'", "filed"),
        otherwise: NOT_SET,
    },
    Sample {
        key: "password_command",
        flags: (&[], "", ""),
        variables: &[],
        file: ("password_command = ['pass', 'show', 'shop']", "pass show shop"),
        otherwise: NOT_SET,
    },
    Sample {
        key: "trust",
        flags: (
            &["--pin", PIN[0]],
            "only sha256:1111111111111111111111111111111111111111111111111111111111111111",
            "--pin",
        ),
        variables: &[],
        file: (
            "pin = 'sha256:2222222222222222222222222222222222222222222222222222222222222222'",
            "only sha256:2222222222222222222222222222222222222222222222222222222222222222",
        ),
        otherwise: ("the certificate authorities of this system", "the default"),
    },
    Sample {
        key: "client_cert",
        flags: (&["--client-cert", "a.pem", "--client-key", "a.key"], "a.pem", "--client-cert"),
        variables: &[],
        file: ("client_cert = '/b.pem'\nclient_key = '/b.key'", "/b.pem"),
        otherwise: NOT_SET,
    },
    Sample {
        key: "client_key",
        flags: (&["--client-cert", "a.pem", "--client-key", "a.key"], "a.key", "--client-cert"),
        variables: &[],
        file: ("client_cert = '/b.pem'\nclient_key = '/b.key'", "/b.key"),
        otherwise: NOT_SET,
    },
    Sample {
        key: "proxy",
        flags: (&["--proxy", "http://typed:1"], "http://typed:1", "--proxy"),
        variables: &[],
        file: ("proxy = 'http://filed:2'", "http://filed:2"),
        otherwise: ("HTTPS_PROXY, HTTP_PROXY and NO_PROXY", "the default"),
    },
    Sample {
        key: "gate",
        flags: (&["--gate", "typed"], "typed", "--gate"),
        variables: &[],
        file: ("gate = 'filed'", "filed"),
        otherwise: NOT_SET,
    },
    Sample {
        key: "headers",
        flags: (&["--header", "X-Same: typed"], "X-Same", "--header"),
        variables: &[],
        file: ("headers = { x-same = 'filed' }", "x-same"),
        otherwise: ("", "the default"),
    },
    Sample {
        key: "context_path",
        flags: (&["--context-path", "/typed"], "/typed", "--context-path"),
        variables: &[],
        file: ("context_path = '/filed'", "/filed"),
        otherwise: NOT_SET,
    },
    Sample {
        key: "route",
        flags: (&["--route", "typed"], "typed", "--route"),
        variables: &[],
        file: ("route = 'filed'", "filed"),
        otherwise: NOT_SET,
    },
    Sample {
        key: "session_cookie",
        flags: (&["--session-cookie", "TYPED"], "TYPED", "--session-cookie"),
        variables: &[],
        file: ("session_cookie = 'FILED'", "FILED"),
        otherwise: NOT_SET,
    },
    Sample {
        key: "timeout",
        flags: (&["--timeout", "7"], "7", "--timeout"),
        variables: &[],
        file: ("timeout = 8", "8"),
        otherwise: ("30", "the default"),
    },
    Sample {
        key: "cache_dir",
        flags: (&["--cache-dir", "typed"], "typed", "--cache-dir"),
        variables: &[("HAC_CACHE_DIR", "v1")],
        file: ("", ""),
        otherwise: NOT_SET,
    },
];

/// Settings that choose the target, below, and those of the protection, in `guard.rs`.
const OF_THE_TARGET: [&str; 7] =
    ["url", "environment", "endpoint", "protection", "allow_scripts", "data_source", "audit"];

/// A setting of the output, and how each layer says something of it. What a layer cannot say is empty.
struct OutputSample {
    key: &'static str,
    flags: (&'static [&'static str], &'static str, &'static str),
    /// A variable, its value, and what is shown of it.
    variable: (&'static str, &'static str, &'static str),
    /// A line below `[output]`, and what is shown of it.
    project: (&'static str, &'static str),
    user: (&'static str, &'static str),
    otherwise: (&'static str, &'static str),
}

const OUTPUT_SAMPLES: &[OutputSample] = &[
    OutputSample {
        key: "format",
        flags: (&["--format", "jsonl"], "jsonl", "--format"),
        variable: ("", "", ""),
        project: ("format = 'csv'", "csv"),
        user: ("format = 'vertical'", "vertical"),
        otherwise: NOT_SET,
    },
    OutputSample {
        key: "pager",
        flags: (&["--no-pager"], "false", "--no-pager"),
        variable: ("", "", ""),
        project: ("pager = true", "true"),
        user: ("pager = false", "false"),
        otherwise: ("true", "the default"),
    },
    OutputSample {
        key: "width",
        flags: (&[], "", ""),
        variable: ("", "", ""),
        project: ("width = 100", "100"),
        user: ("width = 60", "60"),
        otherwise: NOT_SET,
    },
    OutputSample {
        key: "color",
        flags: (&[], "", ""),
        variable: ("NO_COLOR", "1", "never"),
        project: ("color = 'always'", "always"),
        user: ("color = 'auto'", "auto"),
        otherwise: ("auto", "the default"),
    },
];

/// Resolves a command line over a file and variables.
fn resolved(flags: &[&str], variables: &[(&str, &str)], file: Option<&str>) -> Result<Settings> {
    let line = ["hac", "about"].iter().chain(flags);
    let cli = Cli::try_parse_from(line).expect("a command line");
    let environment = Environment::of(variables);
    let path = Path::new("/c.toml");
    let files = match file {
        Some(text) => vec![Config::of_text(text, path, &environment)?],
        None => vec![Config { path: path.to_owned(), ..Config::default() }],
    };
    let output = cli.command.output();
    Settings::resolved(cli.global, None, output, &files, &environment)
}

fn shown(settings: &Settings, key: &str) -> (String, String) {
    let line = settings.lines().into_iter().find(|line| line.key == key).unwrap_or_else(|| panic!("no line for {key}"));
    (line.text(), line.origin)
}

#[test]
fn of_each_setting_the_strongest_layer_that_names_it_wins() {
    let mut tried = 0;
    for Sample { key, flags, variables, file, otherwise } in SAMPLES {
        // Each subset of the layers: bit 0 is the file, then the variables from the widest, and the flags on top.
        let layers = 2 + variables.len();
        for chosen in 0..1_u32 << layers {
            let is_in = |layer: usize| chosen & (1 << layer) != 0;
            let has_file = is_in(0) && !file.0.is_empty();
            let has_flags = is_in(layers - 1) && !flags.0.is_empty();
            let set: Vec<(&str, &str)> =
                variables.iter().rev().enumerate().filter(|(at, _)| is_in(at + 1)).map(|(_, set)| *set).collect();
            let mut text =
                "default_environment = 'shop'\n[environments.shop.endpoints.node]\nurl = 'http://h'\n".to_owned();
            if has_file {
                writeln!(text, "{}", file.0).expect("a string");
            }
            let settings = resolved(if has_flags { flags.0 } else { &[] }, &set, Some(&text)).expect("settings");
            let expected = if has_flags {
                (flags.1, flags.2)
            } else if let Some((name, value)) = set.last() {
                (*value, *name)
            } else if has_file {
                (file.1, "/c.toml:4")
            } else {
                *otherwise
            };
            let (value, origin) = shown(&settings, key);
            assert_eq!((value.as_str(), origin.as_str()), expected, "{key}: {flags:?} {set:?} {text}");
            tried += 1;
        }
    }
    assert!(tried > 60, "{tried}");
}

#[test]
fn of_each_setting_of_the_output_the_strongest_layer_that_names_it_wins() {
    for OutputSample { key, flags, variable, project, user, otherwise } in OUTPUT_SAMPLES {
        for chosen in 0..16_u32 {
            let is_in = |layer: u32, says: bool| chosen & (1 << layer) != 0 && says;
            let (by_flag, by_variable) = (is_in(0, !flags.0.is_empty()), is_in(1, !variable.0.is_empty()));
            let (by_project, by_user) = (is_in(2, true), is_in(3, true));
            let environment =
                if by_variable { Environment::of(&[(variable.0, variable.1)]) } else { Environment::of(&[]) };
            let file = |is_there: bool, line: &str, path: &str| {
                let text = if is_there { format!("[output]\n{line}\n") } else { String::new() };
                Config::of_text(&text, Path::new(path), &environment).expect("a configuration")
            };
            let files = [file(by_project, project.0, "/p/.hac.toml"), file(by_user, user.0, "/c.toml")];
            let line = ["hac", "about"].iter().chain(if by_flag { flags.0 } else { &[] });
            let cli = Cli::try_parse_from(line).expect("a command line");
            let output = cli.command.output();
            let settings = Settings::resolved(cli.global, None, output, &files, &environment).expect("settings");
            let expected = if by_flag {
                (flags.1, flags.2)
            } else if by_variable {
                (variable.2, variable.0)
            } else if by_project {
                (project.1, "/p/.hac.toml:2")
            } else if by_user {
                (user.1, "/c.toml:2")
            } else {
                *otherwise
            };
            let (value, origin) = shown(&settings, key);
            assert_eq!((value.as_str(), origin.as_str()), expected, "{key}: {chosen:04b}");
        }
    }
    for key in crate::config::OUTPUT_KEYS {
        assert!(OUTPUT_SAMPLES.iter().any(|sample| sample.key == *key), "{key} has no sample");
    }
}

#[test]
fn variables_that_all_programs_know_set_the_colours() {
    let color = |variables: &[(&str, &str)]| shown(&resolved(&[], variables, None).expect("settings"), "color").0;
    for (variables, expected) in [
        (&[("CLICOLOR_FORCE", "1")][..], "always"),
        (&[("CLICOLOR_FORCE", "0")], "auto"),
        (&[("CLICOLOR", "0")], "never"),
        (&[("CLICOLOR", "1")], "auto"),
        (&[("CLICOLOR", "0"), ("CLICOLOR_FORCE", "1")], "always"),
        (&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], "never"),
    ] {
        assert_eq!(color(variables), expected, "{variables:?}");
    }
}

#[test]
fn a_command_that_may_change_something_is_not_repeated() {
    let watched = |line: &[&str]| {
        let cli = Cli::try_parse_from(line).expect("a command line");
        let environment = Environment::of(&[]);
        Settings::resolved(cli.global, None, cli.command.output(), &[], &environment).map(|its| its.output.watch)
    };
    assert_eq!(watched(&["hac", "flexsearch", "q", "--watch", "2"]).expect("a read"), Some(Duration::from_secs(2)));
    for line in [
        &["hac", "flexsearch", "q", "--sql", "--watch", "2"][..],
        &["hac", "groovy", "x", "--watch", "2"],
        &["hac", "cache", "clear", "--watch", "2"],
        &["hac", "property", "set", "a", "b", "--watch", "2"],
        &["hac", "update", "run", "--schema", "--watch", "2"],
        &["hac", "impex", "import", "f", "--watch", "2"],
        &["hac", "session", "clear-all", "--watch", "2"],
        &["hac", "flexsearch", "q", "--no-cache", "--watch", "2"],
    ] {
        assert_eq!(watched(line).expect_err("refused").kind(), ErrorKind::Usage, "{line:?}");
    }
}

#[test]
fn every_setting_is_tried_in_every_layer() {
    let settings = resolved(&[], &[], None).expect("settings");
    for line in settings.lines() {
        let is_tried = SAMPLES.iter().any(|sample| sample.key == line.key)
            || OUTPUT_SAMPLES.iter().any(|sample| sample.key == line.key)
            || OF_THE_TARGET.contains(&line.key);
        assert!(is_tried, "{} has no sample", line.key);
    }
    // Each key of an endpoint is in a sample, or is another way of one that is.
    for key in crate::config::ENDPOINT_KEYS {
        let is_tried =
            SAMPLES.iter().any(|sample| sample.file.0.lines().any(|line| line.starts_with(&format!("{key} "))));
        assert!(is_tried || ["url", "ignore_ssl", "cacert"].contains(key), "{key} has no sample");
    }
}

const TWO: &str = "default_environment = 'shop'
[environments.shop]
default_endpoint = 'hac'
[environments.shop.endpoints.hac]
url = 'https://shop:9002'
[environments.shop.endpoints.node2]
url = 'https://node2:9002/hac_admin'
[environments.test.endpoints.only]
url = 'https://test'
";

/// The label and the URL, or why there is none.
fn target(flags: &[&str], variables: &[(&str, &str)], file: Option<&str>) -> String {
    let url = |settings: &Settings| settings.base_url().map(|url| url.as_str().to_owned());
    match resolved(flags, variables, file) {
        Ok(settings) => match url(&settings) {
            Ok(url) => format!("{} {url}", settings.label()),
            Err(error) => format!("{}: {}", settings.label(), error.why()),
        },
        Err(error) => format!("{}: {}", error.kind(), error.why()),
    }
}

#[test]
fn the_configuration_names_the_server_where_no_url_is_given() {
    let of = |flags: &[&str]| target(flags, &[], Some(TWO));
    assert_eq!(of(&[]), "shop/hac https://shop:9002");
    assert_eq!(of(&["-n", "node2"]), "shop/node2 https://node2:9002/hac_admin");
    assert_eq!(of(&["-e", "test"]), "test/only https://test");
    assert_eq!(of(&["-e", "shop/node2"]), "shop/node2 https://node2:9002/hac_admin");
    assert_eq!(of(&["-e", "shop", "-n", "nde2"]), "shop/nde2: the environment 'shop' has no endpoint 'nde2'");
    assert_eq!(of(&["-e", "nope"]), "nope: the environment 'nope' is not configured");
    assert_eq!(of(&["-e", "shop/hac", "-n", "node2"]), "usage: two endpoints were given, hac and node2");
}

#[test]
fn a_url_that_contradicts_the_environment_is_refused() {
    let of = |flags: &[&str], set: &[(&str, &str)]| target(flags, set, Some(TWO));
    let other = [("HAC_URL", "https://other")];
    assert_eq!(
        of(&["-e", "shop"], &other),
        "usage: 'shop' is configured with https://shop:9002, and HAC_URL is https://other"
    );
    assert!(of(&["-e", "shop", "--url", "https://other"], &[]).starts_with("usage: "));
    assert!(of(&["-e", "shop", "-n", "hac", "--url", "https://node2:9002/hac_admin"], &[]).starts_with("usage: "));
    // The same server, written in another way or at another endpoint of the environment.
    assert_eq!(of(&["-e", "shop", "--url", "https://SHOP:9002/"], &[]), "shop/hac https://shop:9002");
    assert_eq!(of(&["-e", "shop", "--url", "https://node2:9002"], &[]), "shop/node2 https://node2:9002/hac_admin");
}

#[test]
fn a_url_without_a_configured_environment_takes_any_label() {
    let url = ["--url", "https://other"];
    for file in [None, Some(TWO)] {
        assert_eq!(target(&url, &[], file), "local https://other");
        assert_eq!(target(&["-e", "mine", "-n", "x", url[0], url[1]], &[], file), "mine/x https://other");
        assert_eq!(target(&[], &[("HAC_URL", "https://other")], file), "local https://other");
    }
}

#[test]
fn the_built_in_endpoint_is_for_who_has_neither_a_url_nor_a_file() {
    assert_eq!(target(&[], &[], None), "local/hac https://localhost:9002");
    assert_eq!(target(&["-e", "local", "-n", "hac"], &[], None), "local/hac https://localhost:9002");
    assert_eq!(target(&["-e", "x"], &[], None), "x: the environment 'x' is not configured, and no base URL was given");
    assert_eq!(target(&[], &[], Some("")), "local: no environment is configured, and no base URL was given");
    let settings = resolved(&[], &[], None).expect("settings");
    assert_eq!(settings.trust.value, Trust::Nothing);
    let settings = resolved(&["--url", "https://localhost:9002"], &[], None).expect("settings");
    assert_eq!(settings.trust.value, Trust::System, "a URL that was given is verified");
}

#[test]
fn the_file_of_a_project_is_stronger_than_that_of_the_user_and_never_loosens_its_protection() {
    let environment = Environment::of(&[]);
    let read = |text, path| Config::of_text(text, Path::new(path), &environment).expect("a configuration");
    let project = "default_environment = 'mine'\n[output]\nformat = 'csv'\n[environments.mine]\nprotection = 'open'\n\
         [environments.mine.endpoints.hac]\nurl = 'https://shop:9002'\nusername = 'p'\n";
    let user = "[output]\nformat = 'jsonl'\n[environments.shop]\nprotection = 'read-only'\n\
         [environments.shop.endpoints.hac]\nurl = 'https://shop:9002'\nusername = 'u'\n";
    let files = [read(project, "/p/.hac.toml"), read(user, "/c.toml")];
    let cli = Cli::try_parse_from(["hac", "about"]).expect("a command line");
    let settings = Settings::resolved(cli.global, None, cli.command.output(), &files, &environment).expect("settings");
    assert_eq!(settings.label(), "mine/hac");
    assert_eq!(shown(&settings, "username"), ("p".to_owned(), "/p/.hac.toml:8".to_owned()));
    assert_eq!(shown(&settings, "format"), ("csv".to_owned(), "/p/.hac.toml:3".to_owned()));
    assert_eq!(shown(&settings, "protection"), ("read-only".to_owned(), "/c.toml:4".to_owned()));
}

#[test]
fn one_layer_of_trust_replaces_all_below_it() {
    let file = |line: &str| format!("[environments.local.endpoints.hac]\nurl = 'https://h'\n{line}\n");
    let trust =
        |flags: &[&str], line: &str| resolved(flags, &[], Some(&file(line))).map(|settings| settings.trust.value);
    assert_eq!(trust(&[], "ignore_ssl = true").expect("trust"), Trust::Nothing);
    assert_eq!(trust(&[], "ignore_ssl = false").expect("trust"), Trust::System);
    assert_eq!(trust(&[], "cacert = 'ca.pem'").expect("trust"), Trust::Bundle("/ca.pem".into()));
    assert_eq!(trust(&["--cacert", "b.pem"], "ignore_ssl = true").expect("trust"), Trust::Bundle("b.pem".into()));
    let both = format!("ignore_ssl = true\npin = '{}'", PIN[0]);
    let error = trust(&[], &both).expect_err("two at once");
    assert!(error.why().contains("pin and ignore_ssl"), "{error}");
    assert_eq!(trust(&["--pin", PIN[1]], &both).expect("the flag decides"), Trust::Pin(PIN[1].parse().expect("a pin")));
}

#[test]
fn headers_of_both_layers_are_sent_and_of_one_name_the_flag_is() {
    let file = "[environments.local.endpoints.hac]\nurl = 'https://h'\nheaders = { X-A = '1', X-B = '2' }\n";
    let settings = resolved(&["--header", "x-b: 3"], &[], Some(file)).expect("settings");
    let pairs = [("X-A", "1"), ("x-b", "3")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(settings.headers.value, pairs);
}

#[test]
fn the_limit_of_an_endpoint_does_not_cut_long_operations_short() {
    let file = |seconds: &str| format!("[environments.local.endpoints.hac]\nurl = 'https://h'\ntimeout = {seconds}\n");
    let limit = |flags: &[&str], seconds| {
        let settings = resolved(flags, &[], Some(&file(seconds))).expect("settings");
        let run = settings.limit_of_a_run();
        (settings.patient(Some(Duration::from_secs(600))).timeout.value, run)
    };
    assert_eq!(limit(&[], "30"), (TimeLimit::After(Duration::from_secs(600)), None));
    assert_eq!(limit(&[], "900"), (TimeLimit::After(Duration::from_secs(900)), None));
    assert_eq!(limit(&[], "0"), (TimeLimit::Never, None));
    let typed = Duration::from_secs(5);
    assert_eq!(limit(&["--timeout", "5"], "900"), (TimeLimit::After(typed), Some(typed)));
}

#[test]
fn the_variables_of_an_environment_are_not_for_a_url_that_nobody_named() {
    let set = [("HAC_USERNAME_LOCAL", "x")];
    let of =
        |flags: &[&str]| resolved(flags, &set, None).expect("settings").username_given().map(|name| name.value.clone());
    assert_eq!(of(&["--url", "https://prod"]), None);
    assert_eq!(of(&["--url", "https://prod", "-e", "local"]).as_deref(), Some("x"));
    assert_eq!(of(&[]).as_deref(), Some("x"));
}
