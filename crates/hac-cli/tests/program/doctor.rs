//! The doctor: each step is broken alone, and what it advises is compared.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use hac_simulator::{Fault, On, Simulator, SimulatorBuilder};
use serde_json::Value;

use crate::bench::{Bench, Ran, bare};

const STEPS: [&str; 13] = [
    "program",
    "configuration",
    "dns",
    "tcp",
    "proxy",
    "tls",
    "context path",
    "release",
    "login",
    "rights",
    "session file",
    "clock",
    "session timeout",
];

/// The steps of a report, by name.
fn steps(ran: &Ran) -> Vec<(String, String)> {
    let json = ran.json();
    let text = |step: &Value, key: &str| step[key].as_str().unwrap_or_default().to_owned();
    let steps = json["steps"].as_array().expect("steps");
    steps.iter().map(|step| (text(step, "step"), text(step, "status"))).collect()
}

fn step<'j>(json: &'j Value, name: &str) -> &'j Value {
    let steps = json["steps"].as_array().expect("steps");
    steps.iter().find(|step| step["step"] == name).expect("the step")
}

/// What is expected of a run in which one step is broken.
#[derive(Clone, Copy)]
struct Broken<'a> {
    step: &'a str,
    code: i32,
    kind: &'a str,
    message: &'a str,
    hint: &'a str,
}

impl Broken<'_> {
    /// The broken step failed, what stands before it is in order, and the steps that need it are skipped and say so.
    fn check(&self, ran: &Ran, independent: &[&str]) {
        let (json, name) = (ran.json(), self.step);
        let broken = step(&json, name);
        assert_eq!(
            (ran.code, &broken["status"], &broken["kind"]),
            (Some(self.code), &"failed".into(), &self.kind.into()),
            "{ran}"
        );
        assert!(broken["message"].as_str().is_some_and(|text| text.contains(self.message)), "{name}: {ran}");
        assert!(broken["hint"].as_str().is_some_and(|text| text.contains(self.hint)), "{name}: {ran}");
        assert_eq!((&json["success"], &json["error"]["kind"]), (&false.into(), &self.kind.into()), "{ran}");
        assert!(ran.stderr.contains(&format!("error: 1 step failed: {name}\n")), "{ran}");
        let mut behind = false;
        for (its, status) in steps(ran) {
            match its.as_str() {
                its if its == name => behind = true,
                its if independent.contains(&its) => assert_eq!(status, "ok", "{its}: {ran}"),
                its if behind => {
                    let message = step(&json, its)["message"].as_str().expect("a message").to_owned();
                    assert_eq!((status.as_str(), message), ("skipped", format!("{name} failed")), "{its}: {ran}");
                }
                its => assert_eq!(status, "ok", "{its}: {ran}"),
            }
        }
        assert!(behind);
    }
}

fn bench_with(builder: SimulatorBuilder) -> Bench {
    Bench::with(builder)
}

/// A configuration for the server, with more lines for its endpoint.
fn configure(bench: &Bench, more: &str) {
    let directory = bench.home.path().join(".config/hac-client");
    std::fs::create_dir_all(&directory).expect("made");
    let url = bench.simulator.url();
    let text = format!("[environments.shop.endpoints.hac]\nurl = '{url}'\nusername = 'admin'\n{more}\n");
    std::fs::write(directory.join("config.toml"), text).expect("written");
}

fn configuration(bench: &Bench) -> String {
    std::fs::read_to_string(bench.home.path().join(".config/hac-client/config.toml")).expect("a file")
}

#[test]
fn a_server_that_works_passes_every_step_with_few_requests_and_one_login() {
    let bench = Bench::new();
    let ran = bench.run(&["doctor", "--json"]);
    let json = ran.json();
    assert_eq!((ran.code, &json["success"]), (Some(0), &true.into()), "{ran}");
    let names: Vec<String> = steps(&ran).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, STEPS);
    assert!(steps(&ran).iter().all(|(_, status)| status == "ok"), "{ran}");
    assert_eq!(step(&json, "release")["details"]["version"], "2211.20");
    assert_eq!(step(&json, "session timeout")["details"]["seconds"], 3600);
    let ledger = bench.simulator.ledger();
    assert_eq!((ledger.logins(), ledger.executed(), ledger.entries().len()), (1, 0, 10), "{:?}", ledger.entries());
    ledger.clear();
    // A session that is alive needs no password.
    let again = bench.ran(bench.hac().env("HAC_PASSWORD", "wrong").args(["doctor"]));
    assert_eq!(
        (again.code, ledger.logins(), ledger.entries().len()),
        (Some(0), 0, 7),
        "{again} {:?}",
        ledger.entries()
    );
    let told = "login            the cached session is alive, as admin; the password was not tried\n";
    assert!(again.stdout.contains(told), "{again}");
    assert!(again.stdout.contains("-> `hac doctor --no-cache` logs in with it\n"), "{again}");
    let tried = bench.ran(bench.hac().env("HAC_PASSWORD", "wrong").args(["doctor", "--no-cache", "--json"]));
    let json = tried.json();
    assert_eq!((tried.code, &step(&json, "login")["kind"]), (Some(4), &"bad_credentials".into()), "{tried}");
    let quiet = bench.run(&["doctor", "-q"]);
    assert_eq!((quiet.code, quiet.stdout.as_str()), (Some(0), ""), "{quiet}");
}

#[test]
fn a_configuration_that_cannot_be_read_skips_the_rest_and_nothing_is_sent() {
    let bench = Bench::new();
    configure(&bench, "usernme = 'x'");
    let broken =
        Broken { step: "configuration", code: 2, kind: "config", message: "usernme", hint: "did you mean username?" };
    broken.check(&bench.run(&["doctor", "--json"]), &["program"]);
    let ran = bench.run(&["doctor", "-q"]);
    assert!(ran.code == Some(2) && ran.stdout.starts_with("failed   configuration"), "{ran}");
    let ran = bench.run(&["doctor", "--json", "--url", "nonsense"]);
    assert_eq!((ran.code, &ran.json()["steps"][1]["status"]), (Some(2), &"failed".into()), "{ran}");
    assert!(bench.simulator.ledger().is_empty());
}

#[test]
fn a_host_that_is_not_known_and_a_port_that_is_closed_are_told_apart() {
    let bench = Bench::new();
    let url = "http://no-such-host.invalid";
    let broken = Broken {
        step: "dns",
        code: 3,
        kind: "connect",
        message: "no-such-host.invalid is not known",
        hint: "spelling",
    };
    broken.check(&bench.run(&["doctor", "--json", "--url", url, "--no-proxy"]), &["session file"]);
    let broken = Broken {
        step: "tcp",
        code: 3,
        kind: "connect",
        message: "nothing listens on port 1",
        hint: "is the server running",
    };
    broken.check(&bench.run(&["doctor", "--json", "--url", "http://127.0.0.1:1"]), &["session file"]);
}

#[test]
fn a_proxy_that_is_wrong_is_named_and_not_the_server() {
    let bench = bench_with(Simulator::builder().https());
    let away = bench.run(&["doctor", "--json", "--proxy", "http://user:pr0xyword@127.0.0.1:1"]);
    let broken = Broken {
        step: "tcp",
        code: 3,
        kind: "connect",
        message: "the proxy http://127.0.0.1:1 does not listen",
        hint: "--proxy",
    };
    broken.check(&away, &["session file"]);
    assert!(!away.to_string().contains("pr0xyword"), "{away}");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let proxy = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            // The first connection brings no request.
            let mut head = [0; 1024];
            if stream.read(&mut head).is_ok_and(|read| read > 0) {
                let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            }
        }
    });
    let refused = bench.run(&["doctor", "--json", "--proxy", &proxy]);
    let broken = Broken {
        step: "proxy",
        code: 3,
        kind: "connect",
        message: "refused to connect to the server",
        hint: "NO_PROXY",
    };
    broken.check(&refused, &["session file"]);
}

#[test]
fn a_certificate_that_is_not_trusted_is_shown_with_the_command_that_pins_it() {
    let bench = bench_with(Simulator::builder().https());
    let fingerprint = format!("sha256:{}", bench.simulator.certificate_sha256().expect("a certificate"));
    let command = format!("hac session start NAME --url https://SIMULATOR --pin {fingerprint} --save");
    let broken =
        Broken { step: "tls", code: 3, kind: "tls", message: "is self-signed and not trusted", hint: &command };
    let ran = bench.run(&["doctor", "--json"]);
    broken.check(&ran, &["session file"]);
    assert_eq!(bench.simulator.ledger().entries().len(), 0, "nothing is posted, nor asked");
    let json = ran.json();
    let details = &step(&json, "tls")["details"];
    assert_eq!((&details["fingerprint"], &details["accepted"]), (&fingerprint.as_str().into(), &false.into()));
    assert!(details["certificate"]["valid_to"].as_str().is_some_and(|time| time.ends_with('Z')), "{ran}");
    // For an endpoint of the configuration, the command changes that endpoint.
    configure(&bench, "");
    let of_shop = || {
        let mut command = bare(bench.home.path());
        bench.ran(command.env("HAC_PASSWORD", "nimda").args(["doctor", "shop", "--json"]))
    };
    let command = format!("hac endpoint update shop hac --pin {fingerprint}");
    Broken { hint: &command, ..broken }.check(&of_shop(), &["session file"]);
    // So does the error of every other command, whatever its form.
    for flags in [&[][..], &["--json"], &["--format", "jsonl"]] {
        let mut query = bare(bench.home.path());
        query.env("HAC_PASSWORD", "nimda").args(["flexsearch", "-e", "shop", "SELECT 1"]).args(flags);
        let untrusted = bench.ran(&mut query);
        assert_eq!(untrusted.code, Some(3), "{untrusted}");
        let told = format!("pin this certificate with `{command}`, or turn verification off");
        assert!(untrusted.stderr.contains(&told), "{untrusted}");
        assert!(flags.is_empty() || untrusted.stdout.contains(&command), "{untrusted}");
    }
    let unknown = bench.run(&["about", "-e", "other"]);
    let told =
        format!("to save the pin, use `hac session start other --url https://SIMULATOR --pin {fingerprint} --save`");
    assert!(unknown.stderr.contains(&told), "{unknown}");
    let words: Vec<&str> = command.split(' ').skip(1).collect();
    assert_eq!(bench.ran(bare(bench.home.path()).args(words)).code, Some(0));
    assert_eq!(of_shop().code, Some(0));
}

#[test]
fn certificates_that_have_expired_or_are_for_another_host_are_told_apart() {
    for (builder, message) in [
        (Simulator::builder().https_until((2020, 1, 1)), "has expired on 2020-01-01T00:00:00Z"),
        (Simulator::builder().https_for(&["other.example.com"]), "is not for 127.0.0.1, only for other.example.com"),
    ] {
        let bench = bench_with(builder);
        let file = bench.file("hac.pem", bench.simulator.certificate_pem().expect("a certificate"));
        let broken = Broken { step: "tls", code: 3, kind: "tls", message, hint: "compare the fingerprint" };
        broken.check(&bench.run(&["doctor", "--json", "--cacert", &file]), &["session file"]);
    }
}

#[test]
fn what_is_not_verified_and_what_expires_soon_are_warnings() {
    let bench = bench_with(Simulator::builder().https());
    let ran = bench.run(&["doctor", "--json", "--ignore-ssl"]);
    let json = ran.json();
    let tls = step(&json, "tls");
    assert_eq!((ran.code, &tls["status"]), (Some(0), &"warning".into()), "{ran}");
    assert!(tls["hint"].as_str().is_some_and(|hint| hint.starts_with("pin it instead: hac ")), "{ran}");
    for (days, status) in [(10, "warning"), (60, "ok")] {
        let end = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * days);
        let day = end.to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
        let number = |part: i8| u8::try_from(part).expect("positive");
        let until = (day.year().into(), number(day.month()), number(day.day()));
        let bench = bench_with(Simulator::builder().https_until(until));
        let file = bench.file("hac.pem", bench.simulator.certificate_pem().expect("a certificate"));
        let ran = bench.run(&["doctor", "--json", "--cacert", &file]);
        let json = ran.json();
        let tls = step(&json, "tls");
        assert_eq!((ran.code, tls["status"].as_str()), (Some(0), Some(status)), "{ran}");
        let hint = tls["hint"].as_str().unwrap_or_default();
        assert_eq!(hint.contains("for a new certificate"), status == "warning", "{ran}");
    }
}

#[test]
fn a_context_path_where_no_hac_is_fails_with_the_paths_that_were_tried() {
    let bench = bench_with(Simulator::builder().context_path("/hac_admin"));
    let ran = bench.run(&["doctor", "--json"]);
    let broken = Broken {
        step: "context path",
        code: 3,
        kind: "not_hac",
        message: "there is no HAC at /hac/ or / (404)",
        hint: "add HAC's context path",
    };
    broken.check(&ran, &["session file"]);
    let ran = bench.run(&["doctor", "--json", "--context-path", "/hac_admin"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(step(&ran.json(), "context path")["details"]["context_path"], "/hac_admin");
}

#[test]
fn a_wrong_context_path_is_answered_with_the_right_one() {
    let bench = Bench::new();
    let url = bench.simulator.url();
    let hint = |ran: &Ran| step(&ran.json(), "context path")["hint"].as_str().expect("a hint").to_owned();
    let given = |flag: &str, value: &str| bench.run(&["doctor", "--json", flag, value]);
    assert_eq!(hint(&given("--context-path", "/wrong")), "HAC is at /hac: pass --context-path /hac");
    assert_eq!(hint(&given("--url", &format!("{url}/wrong"))), "HAC is at /hac: pass --url http://SIMULATOR/hac");
    let variable = bench.ran(bench.hac().env("HAC_URL", format!("{url}/wrong")).args(["doctor", "--json"]));
    assert_eq!(hint(&variable), "HAC is at /hac: set http://SIMULATOR/hac in place of the value from HAC_URL");
    configure(&bench, "context_path = '/wrong'");
    let configured = |arguments: &[&str]| {
        let mut command = bare(bench.home.path());
        bench.ran(command.env("HAC_PASSWORD", "nimda").args(arguments))
    };
    let told = configured(&["doctor", "shop", "--json"]);
    assert_eq!(hint(&told), "HAC is at /hac: use `hac endpoint update shop hac --context-path /hac`");
    assert_eq!(configured(&["endpoint", "update", "shop", "hac", "--context-path", "/hac"]).code, Some(0));
    assert_eq!(configured(&["doctor", "shop"]).code, Some(0));
    assert_eq!(bench.simulator.ledger().login_attempts(), 1, "nothing is posted while it looks");
    // Where it is nowhere else, there is nothing to advise.
    let bench = bench_with(Simulator::builder().context_path("/hac_admin"));
    let nowhere = bench.run(&["doctor", "--json", "--context-path", "/wrong"]);
    assert!(hint(&nowhere).starts_with("correct the context path, or leave it out"), "{nowhere}");
}

#[test]
fn a_server_that_is_being_initialised_is_said_to_be() {
    let bench = Bench::new();
    bench.simulator.faults().always(On::get("/hac/"), Fault::Redirect("/hac/platform/init".into()));
    let broken = Broken {
        step: "context path",
        code: 1,
        kind: "initializing",
        message: "the system is being initialised or updated",
        hint: "hac update log --follow",
    };
    broken.check(&bench.run(&["doctor", "--json"]), &["session file"]);
}

#[test]
fn a_wrong_password_is_posted_once_and_the_rest_is_looked_at_all_the_same() {
    let bench = Bench::new();
    let ran = bench.ran(bench.hac().env("HAC_PASSWORD", "wr0ngword").args(["doctor", "--json"]));
    let broken = Broken {
        step: "login",
        code: 4,
        kind: "bad_credentials",
        message: "rejected the username or the password",
        hint: "lock accounts",
    };
    broken.check(&ran, &["session file", "clock"]);
    assert_eq!(bench.simulator.ledger().count("/j_spring_security_check"), 1);
    assert!(
        step(&ran.json(), "release")["details"]["guess"].as_str().is_some_and(|guess| guess.contains("Java 21")),
        "{ran}"
    );
    assert!(!ran.to_string().contains("wr0ngword"), "{ran}");
}

#[test]
fn without_a_user_or_a_password_the_way_is_shown_and_the_login_says_what_is_missing() {
    let bench = Bench::new();
    let run = |user: &str| {
        let mut command = bare(bench.home.path());
        bench.ran(command.env("HAC_URL", bench.simulator.url()).env("HAC_USERNAME", user).args(["doctor", "--json"]))
    };
    let broken =
        Broken { step: "login", code: 2, kind: "config", message: "no username was given", hint: "--username NAME" };
    broken.check(&run(""), &["session file", "clock"]);
    let broken =
        Broken { code: 4, kind: "session_ended", message: "no password was given", hint: "set HAC_PASSWORD", ..broken };
    broken.check(&run("admin"), &["session file", "clock"]);
    assert_eq!(bench.simulator.ledger().logins(), 0);
}

#[test]
fn a_user_without_rights_is_told_which_groups_have_them() {
    let bench = Bench::new();
    let ran =
        bench.ran(bench.hac().env("HAC_USERNAME", "viewer").env("HAC_PASSWORD", "viewer").args(["doctor", "--json"]));
    let json = ran.json();
    let rights = step(&json, "rights");
    assert_eq!(
        (ran.code, &rights["status"], &rights["kind"]),
        (Some(4), &"failed".into(), &"forbidden".into()),
        "{ran}"
    );
    assert!(rights["hint"].as_str().is_some_and(|hint| hint.contains("HAC_CONSOLE_SCRIPTINGLANGUAGES")), "{ran}");
    let timeout = step(&json, "session timeout");
    assert_eq!(
        (&timeout["status"], &timeout["message"]),
        (&"skipped".into(), &"the user has no right to see the properties".into()),
        "{ran}"
    );
    // Who may do something is no failure.
    let bench = bench_with(Simulator::builder().user("editor", "editor", &["HAC_CONSOLE_FLEXIBLESEARCH"]));
    let ran =
        bench.ran(bench.hac().env("HAC_USERNAME", "editor").env("HAC_PASSWORD", "editor").args(["doctor", "--json"]));
    let json = ran.json();
    let rights = step(&json, "rights");
    assert_eq!((ran.code, &rights["status"]), (Some(0), &"warning".into()), "{ran}");
    assert_eq!(rights["message"], "the consoles flexsearch; no right to scripting, impex import", "{ran}");
}

#[test]
fn a_directory_for_sessions_that_cannot_be_written_is_named() {
    let bench = Bench::new();
    let file = bench.file("file", "no directory");
    let ran = bench.run(&["doctor", "--json", "--cache-dir", &file]);
    let broken = Broken {
        step: "session file",
        code: 2,
        kind: "cache",
        message: "it is not a directory",
        hint: "choose another directory",
    };
    broken.check(&ran, &["clock", "session timeout"]);
    let ran = bench.run(&["doctor", "--json", "--no-cache"]);
    assert_eq!((ran.code, &step(&ran.json(), "session file")["status"]), (Some(0), &"skipped".into()), "{ran}");
}

#[test]
fn clocks_that_differ_and_sessions_that_are_short_are_warnings() {
    for (ahead, message) in [(3600, "s ahead of that of this machine"), (-3600, "s behind that of this machine")] {
        let bench = bench_with(Simulator::builder().knobs(move |knobs| knobs.clock_ahead = ahead));
        bench.run(&["property", "set", "default.session.timeout", "60"]);
        let ran = bench.run(&["doctor", "--json"]);
        let json = ran.json();
        let (clock, timeout) = (step(&json, "clock"), step(&json, "session timeout"));
        assert_eq!(
            (ran.code, &clock["status"], &timeout["status"]),
            (Some(0), &"warning".into(), &"warning".into()),
            "{ran}"
        );
        assert!(clock["message"].as_str().is_some_and(|text| text.contains(message)), "{ran}");
        assert!(clock["hint"].as_str().is_some_and(|text| text.contains("NTP")), "{ran}");
        assert!(timeout["message"].as_str().is_some_and(|text| text.contains("after 60 s")), "{ran}");
    }
}

#[test]
fn no_secret_is_in_the_report_whatever_is_set() {
    let bench = bench_with(Simulator::builder().gate("door", "g4teword"));
    configure(&bench, "gate = 'door'\nheaders = { X-Note = 'n0tesecret' }\npassword_command = 'echo c0mmandword'");
    let mut all = String::new();
    for arguments in [&["doctor", "shop", "--json"][..], &["doctor", "shop", "-vvv"]] {
        let mut command = bare(bench.home.path());
        command.env("HAC_PASSWORD", "nimda").env("HAC_GATE_PASSWORD", "g4teword").args(arguments);
        let ran = bench.ran(command.args(["--header", "X-Key: h34dersecret"]));
        assert_eq!(ran.code, Some(0), "{ran}");
        all += &ran.to_string();
    }
    let mut show = bare(bench.home.path());
    let shown = bench.ran(show.args(["session", "show", "shop", "--reveal", "--json"])).json();
    let kept = ["session_id", "csrf_token"].map(|key| shown[key].as_str().expect("a secret").to_owned());
    for secret in ["nimda", "g4teword", "n0tesecret", "h34dersecret", "c0mmandword"]
        .into_iter()
        .chain(kept.iter().map(String::as_str))
    {
        assert!(!all.contains(secret), "{secret}: {all}");
    }
    assert!(all.contains("a variable: HAC_PASSWORD"), "{all}");
}

#[test]
fn a_password_is_said_to_come_from_where_it_comes() {
    let bench = Bench::new();
    configure(&bench, "password_command = 'echo nimda'");
    let from = |variables: &[(&str, &str)], arguments: &[&str]| {
        let mut command = bare(bench.home.path());
        let ran = bench.ran(
            command.envs(variables.iter().copied()).args(["config", "show", "-e", "shop", "--json"]).args(arguments),
        );
        let line = ran.objects().into_iter().find(|line| line["key"] == "password_from").expect("a line");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (text(&line["value"]), text(&line["origin"]))
    };
    let pair = |value: &str, origin: &str| (value.to_owned(), origin.to_owned());
    let set = [("HAC_PASSWORD_SHOP", "s3cret")];
    assert_eq!(from(&set, &["--password-stdin"]), pair("standard input", "--password-stdin"));
    assert_eq!(from(&set, &[]), pair("a variable", "HAC_PASSWORD_SHOP"));
    let (value, origin) = from(&[], &[]);
    assert_eq!((value.as_str(), origin.ends_with("config.toml:4")), ("password_command", true), "{origin}");
    configure(&bench, "");
    assert_eq!(from(&[], &[]), pair("", "not set"));
    assert!(configuration(&bench).contains("username"));
}
