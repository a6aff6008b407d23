//! What a configuration file may say, and what is said of one that is wrong.

use super::*;

fn read(text: &str) -> Result<Config> {
    Config::of_text(text, Path::new("/c/config.toml"), &Environment::of(&[("HOME", "/home/me")]))
}

/// Where something is wrong, why, and the hint.
fn refusal(text: &str) -> String {
    let error = read(text).expect_err("refused");
    assert_eq!(error.doing(), "read /c/config.toml");
    match error.hint() {
        Some(hint) => format!("{} | {hint}", error.why()),
        None => error.why().to_owned(),
    }
}

const ENDPOINT: &str = "[environments.shop.endpoints.hac]\nurl = 'https://shop'\n";

#[test]
fn the_file_of_hac_client_cli_is_read() {
    let config = read(
        "default_environment = \"local\"\n\n[environments.local]\ndefault_endpoint = \"hac\"\n\n\
         [environments.local.endpoints.hac]\nurl = \"https://localhost:9002\"\nignore_ssl = true\n\n\
         [environments.empty]\n\n[environments.dev.endpoints.a-b]\nurl = \"https://dev\"\ntimeout = 60\n",
    )
    .expect("a configuration");
    assert_eq!(config.default_environment, Some(Located { value: "local".to_owned(), line: 1 }));
    let local = config.environment("local").expect("local");
    assert_eq!(local.default_endpoint, Some(Located { value: "hac".to_owned(), line: 4 }));
    let hac = local.endpoint("hac").expect("an endpoint");
    assert_eq!(hac.url, Some(Located { value: "https://localhost:9002".to_owned(), line: 7 }));
    assert_eq!(hac.ignore_ssl, Some(Located { value: true, line: 8 }));
    assert!(config.environment("empty").is_some_and(|empty| empty.endpoints.is_empty()));
    let dev = config.environment("dev").and_then(|dev| dev.endpoint("a-b")).expect("an endpoint");
    assert_eq!(dev.timeout, Some(Located { value: 60.0, line: 14 }));
    assert_eq!(config.warnings, [""; 0]);
}

#[test]
fn a_misspelt_key_is_named_with_its_place_and_the_nearest_one() {
    assert_eq!(
        refusal("default_enviroment = 'x'"),
        "line 1, column 1: default_enviroment is not a known key | did you mean default_environment?"
    );
    assert_eq!(
        refusal("[environments.shop]\n  protecton = 'read-only'"),
        "line 2, column 3: environments.shop.protecton is not a known key | did you mean protection?"
    );
    assert_eq!(
        refusal(&format!("{ENDPOINT}'ignore-ssl' = true")),
        "line 3, column 1: environments.shop.endpoints.hac.ignore-ssl is not a known key | did you mean ignore_ssl?"
    );
}

#[test]
fn what_is_not_known_at_all_is_passed_over_with_a_warning() {
    let config =
        read(&format!("colour = 'red'\nenvironments.x = 3\n{ENDPOINT}colour = 1\n[environments.shop]\nurl = 'x'\n"));
    let config = config.expect("a configuration");
    let warnings: Vec<&str> =
        config.warnings.iter().map(|text| text.strip_prefix("/c/config.toml: line ").expect("its place")).collect();
    assert_eq!(
        warnings,
        [
            "1, column 1: colour is not used",
            "5, column 1: environments.shop.endpoints.hac.colour is not used",
            "7, column 1: environments.shop.url is not used: it belongs below an endpoint",
            "2, column 14: environments.x is not used",
        ]
    );
}

#[test]
fn a_value_of_the_wrong_type_is_named_by_its_key() {
    for (line, why) in [
        (
            "timeout = 'long'",
            "timeout must be a number of seconds, not a text | `hac config --example` shows how it is written",
        ),
        ("timeout = -1", "timeout is not a number of seconds | write seconds, or 0 for no limit"),
        ("timeout = nan", "timeout is not a number of seconds | write seconds, or 0 for no limit"),
        (
            "ignore_ssl = 'yes'",
            "ignore_ssl must be true or false, not a text | `hac config --example` shows how it is written",
        ),
        ("username = 1", "username must be a text, not a number | `hac config --example` shows how it is written"),
        ("username = ''", "username is empty | remove it"),
        ("headers = ['X: 1']", "headers must be a table, not a list | `hac config --example` shows how it is written"),
        ("password_command = []", "password_command is empty | remove it"),
    ] {
        let refusal = refusal(&format!("{ENDPOINT}{line}"));
        assert!(
            refusal.starts_with("line 3, column ") && refusal.ends_with(&format!("endpoints.hac.{why}")),
            "{refusal}"
        );
    }
    let refusal = refusal("[environments.shop]\nprotection = 'readonly'");
    assert_eq!(
        refusal,
        "line 2, column 14: environments.shop.protection cannot be \"readonly\" | \
         did you mean \"read-only\"? It can be open, confirm, read-only"
    );
}

#[test]
fn a_secret_has_no_place_in_a_configuration_and_is_not_repeated() {
    for text in [
        format!("{ENDPOINT}password = 'hunter2'"),
        format!("{ENDPOINT}Password = 'hunter2'"),
        format!("{ENDPOINT}gate_password = 'hunter2'"),
        "[environments.shop]\npassword = 'hunter2'".to_owned(),
        "password = 'hunter2'".to_owned(),
        format!("{ENDPOINT}session_id = 'hunter2'"),
        format!("{ENDPOINT}headers = {{ Authorization = 'hunter2' }}"),
        format!("{ENDPOINT}headers = {{ cookie = 'hunter2' }}"),
        format!("{ENDPOINT}proxy = 'http://me:hunter2@proxy:3128'"),
        "[environments.shop.endpoints.hac]\nurl = 'https://me:hunter2@shop'".to_owned(),
        format!("{ENDPOINT}password = 'hunter2"),
    ] {
        let refusal = refusal(&text);
        assert!(!refusal.contains("hunter2"), "{refusal}");
    }
    assert!(refusal("password = 'x'").contains("password_command"));
}

#[test]
fn an_endpoint_without_a_url_and_a_file_that_is_no_toml_are_refused_with_their_place() {
    assert_eq!(
        refusal("[environments.shop.endpoints.hac]\ntimeout = 3"),
        "line 1, column 30: environments.shop.endpoints.hac has no url | \
         add url = \"https://HOST:9002\", or remove the endpoint: hac endpoint remove shop hac"
    );
    assert!(refusal("a = 1\nb = \n").starts_with("line 2, column "));
}

#[test]
fn files_are_found_beside_the_configuration_and_in_the_home() {
    let config =
        read(&format!("{ENDPOINT}cacert = 'ca.pem'\nclient_cert = '~/c.pem'\nclient_key = '/k.pem'")).expect("one");
    let endpoint = config.environment("shop").and_then(|shop| shop.endpoint("hac")).expect("an endpoint");
    let path = |found: &Option<Located<PathBuf>>| {
        found.as_ref().map(|file| file.value.display().to_string().replace('\\', "/")).expect("a path")
    };
    assert_eq!(path(&endpoint.cacert), "/c/ca.pem");
    assert_eq!(path(&endpoint.client_cert), "/home/me/c.pem");
    assert_eq!(path(&endpoint.client_key), "/k.pem");
}

/// Every key, and what is round about.
const ALL: &str = r#"default_environment = "shop"
[environments.shop]
default_endpoint = "hac" # a comment
protection = "confirm"
allow_scripts = false
data_source = "readonly"
audit = "required"
[environments.shop.endpoints.hac]
url = "https://shöp:9002"
ignore_ssl = false
timeout = 1.5
username = "admin"
password_command = ["pass", "show"]
headers = { X-A = "b" }
[environments."a b"]
endpoints = { x = { url = 'http://x', pin = "sha256:00" } }
"#;

/// No fuzzer can reach this program, so the inputs are made here: each byte of a file changed, left out or doubled.
#[test]
fn no_file_makes_the_reader_panic_and_none_is_repeated_beyond_its_keys() {
    assert!(read(ALL).is_ok_and(|config| config.warnings.is_empty()));
    for at in 0..ALL.len() {
        for replacement in ["", "\"", "[", "]", "=", ".", "\n", "\u{0}", "\u{85}", "9", "ä", "{", "'''"] {
            let (Some(before), Some(after)) = (ALL.get(..at), ALL.get(at + 1..).or_else(|| ALL.get(at + 2..))) else {
                continue;
            };
            if let Err(error) = read(&format!("{before}{replacement}{after}")) {
                assert!(error.why().starts_with("line "), "{error}");
            }
        }
        if let Some(part) = ALL.get(..at) {
            let _ = read(part);
        }
    }
}
