//! A server that looks like production and that nothing protects is pointed out before the first change, once.

use hac_simulator::Simulator;

use crate::bench::{Bench, Ran};

const HOST: &str = "hac.prod.example.com";
const SET: &[&str] = &["property", "set", "a.b", "1"];
const SAID: &str = "looks like a production server";

/// A server of that name, behind a proxy: nobody asks a name server.
fn production() -> Bench {
    Bench::with(Simulator::builder().allow_host(HOST))
}

fn run(bench: &Bench, arguments: &[&str]) -> Ran {
    let mut command = bench.hac();
    command.env("HAC_URL", format!("http://{HOST}")).args(arguments).args(["--proxy", &bench.simulator.url()]);
    bench.ran(&mut command)
}

#[test]
fn it_is_said_before_the_first_change_and_once() {
    let bench = production();
    let read = run(&bench, &["flexsearch", "SELECT {pk} FROM {Language}"]);
    assert_eq!((read.code, read.stderr.contains(SAID)), (Some(0), false), "{read}");
    bench.simulator.ledger().clear();
    let first = run(&bench, SET);
    assert_eq!((first.code, first.stderr.matches(SAID).count()), (Some(0), 1), "{first}");
    assert!(first.stderr.contains(&format!("hac env add NAME --url http://{HOST} --protection confirm")), "{first}");
    let second = run(&bench, SET);
    assert_eq!((second.code, second.stderr.contains(SAID)), (Some(0), false), "{second}");
    assert_eq!(bench.simulator.ledger().executed(), 2);
}

#[test]
fn quiet_runs_do_not_say_it_and_standard_output_stays_data() {
    let bench = production();
    let quiet = run(&bench, &[SET, &["-q"]].concat());
    assert_eq!((quiet.code, quiet.stderr.as_str()), (Some(0), ""), "{quiet}");
    let json = run(&bench, &[SET, &["--json"]].concat());
    assert_eq!((&json.json()["success"], json.stderr.contains(SAID)), (&true.into(), true), "{json}");
}

#[test]
fn a_protection_that_is_configured_is_enough_even_if_it_is_open() {
    for (protection, advice) in [("protection = 'open'\n", None), ("", Some("hac env protect shop confirm"))] {
        let bench = production();
        let directory = bench.home.path().join(".config/hac-client");
        std::fs::create_dir_all(&directory).expect("made");
        let text =
            format!("[environments.shop]\n{protection}[environments.shop.endpoints.hac]\nurl = 'http://{HOST}'\n");
        std::fs::write(directory.join("config.toml"), text).expect("written");
        let set = run(&bench, &[SET, &["-e", "shop"]].concat());
        assert_eq!((set.code, set.stderr.contains(SAID)), (Some(0), advice.is_some()), "{set}");
        assert!(advice.is_none_or(|advice| set.stderr.contains(advice)), "{set}");
    }
}

#[test]
fn every_change_says_it_and_no_other_server_is_meant() {
    let bench = Bench::new();
    let set = bench.run(SET);
    assert_eq!((set.code, set.stderr.contains(SAID)), (Some(0), false), "{set}");
    for change in [&["script", "-t", "javascript", "1"][..], &["flexsearch", "--sql", "SELECT 1"], &["cache", "clear"]]
    {
        let bench = production();
        let ran = run(&bench, change);
        assert!(ran.stderr.contains(SAID), "{ran}");
    }
}

#[test]
fn the_doctor_says_it_each_time() {
    let bench = production();
    for _ in 0..2 {
        let ran = run(&bench, &["doctor", "--json"]);
        let step = &ran.json()["steps"][1];
        assert_eq!((&step["step"], &step["status"]), (&"configuration".into(), &"warning".into()), "{ran}");
        assert!(step["hint"].as_str().is_some_and(|hint| hint.contains("--protection confirm")), "{ran}");
    }
}
