use std::net::TcpListener;
use std::process::{Child, Stdio};

use hac_simulator::{Fault, On, Simulator};

use crate::bench::{Bench, Ran, isolated};
use crate::snapshot;

#[test]
fn a_server_that_is_up_is_found_without_a_password() {
    let bench = Bench::new();
    let ran = bench.ran(bench.hac().arg("wait").env_remove("HAC_PASSWORD").env_remove("HAC_USERNAME"));
    assert_eq!(ran.to_string(), "exit code 0\n--- stdout\nhttp://SIMULATOR is up\n\n--- stderr\n");
    assert_eq!(bench.simulator.ledger().count("/j_spring_security_check"), 0);
    assert!(!bench.run(&["session", "list", "-q"]).stdout.contains("local"), "nothing is stored");
}

#[test]
fn a_server_that_answers_with_errors_at_first_is_waited_for_and_each_state_is_told_once() {
    let bench = Bench::new();
    bench.simulator.faults().times(
        3,
        On::get("/hac/"),
        Fault::Answer { status: 503, headers: Vec::new(), body: "starting".to_owned(), execute: false },
    );
    let ran = bench.run(&["wait", "--interval", "0.01"]);
    assert_eq!((ran.code, ran.stderr.lines().count()), (Some(0), 1), "{ran}");
    assert_eq!(bench.simulator.ledger().count("/hac/"), 4);
}

#[test]
fn idle_is_awaited_until_the_initialisation_is_done() {
    let bench = Bench::new();
    bench.simulator.faults().initializing(true);
    let mut waiting = waits(&bench, &["--until", "idle", "--json"]);
    until(|| bench.simulator.ledger().count("/hac/") > 2);
    assert!(waiting.try_wait().expect("a process").is_none(), "it still waits");
    bench.simulator.faults().initializing(false);
    let ran = ended(waiting, &bench);
    assert_eq!((ran.code, &ran.json()["until"]), (Some(0), &"idle".into()), "{ran}");
}

#[test]
fn a_server_that_is_being_initialised_is_up() {
    let bench = Bench::new();
    bench.simulator.faults().initializing(true);
    assert_eq!(bench.run(&["wait", "--until", "up", "-q"]).to_string(), "exit code 0\n--- stdout\n\n--- stderr\n");
}

#[test]
fn a_node_is_awaited_until_the_balancer_leads_to_it() {
    let bench = Bench::with(Simulator::builder().nodes(2));
    bench.simulator.faults().kill_node(2);
    let waiting = waits(&bench, &["--until", "node", ".n2"]);
    until(|| bench.simulator.ledger().count("/hac/login") > 2);
    bench.simulator.faults().revive_node(2);
    let ran = ended(waiting, &bench);
    snapshot!(ran);
    assert_eq!(bench.simulator.ledger().count("/j_spring_security_check"), 0);
}

#[test]
fn a_server_that_names_no_nodes_is_at_none_and_waiting_does_not_help() {
    let bench = Bench::new();
    for flags in [&[][..], &["--json"]] {
        let ran = bench.run(&[&["wait", "--until", "node", ".n1"], flags].concat());
        assert_eq!(ran.code, Some(2), "{ran}");
        assert!(ran.to_string().contains("this server names no nodes: it sends no cookie ROUTE"), "{ran}");
        assert!(ran.to_string().contains("hac wait --until up"), "{ran}");
    }
    assert_eq!(bench.simulator.ledger().len(), 8, "two looks each, and none after it was known");
    let several = Bench::with(Simulator::builder().nodes(2));
    let ran = several.run(&["wait", "--until", "node", "wrong", "--timeout", "0.1", "--interval", "0.01"]);
    assert!(ran.code == Some(5) && ran.stderr.contains("not to wrong"), "{ran}");
}

#[test]
fn what_does_not_come_in_time_ends_with_5_or_with_3_if_nobody_answers() {
    let bench = Bench::new();
    bench.simulator.faults().initializing(true);
    let mut all = vec![bench.run(&["wait", "--until", "idle", "--timeout", "0.2", "--interval", "0.01"])];
    let nobody = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let url = format!("http://{nobody}");
    let ran = bench.run(&["wait", "--url", &url, "--timeout", "0.2", "--interval", "0.01"]);
    assert_eq!(ran.code, Some(3), "{ran}");
    all.push(ran);
    let text: Vec<String> = all.iter().map(|ran| ran.to_string().replace(&nobody.port().to_string(), "PORT")).collect();
    snapshot!(text.join("\n"));
}

#[test]
fn what_does_not_pass_by_waiting_ends_the_wait_at_once() {
    let bench = Bench::new();
    let ran = bench.ran(bench.hac().args(["wait", "--until", "idle"]).env("HAC_PASSWORD", "wrong"));
    assert_eq!(ran.code, Some(4), "{ran}");
    assert_eq!(bench.simulator.ledger().count("/j_spring_security_check"), 1);
}

#[test]
fn a_state_that_there_is_not_is_refused_with_those_that_there_are() {
    let bench = Bench::new();
    for arguments in [&["down"][..], &["node"], &["up", "down"]] {
        let ran = bench.run(&[&["wait", "--until"], arguments].concat());
        assert_eq!(ran.code, Some(2), "{ran}");
        assert!(ran.stderr.contains("hac wait --until up, --until idle, or --until node NODE"), "{ran}");
    }
    assert!(bench.simulator.ledger().is_empty());
}

fn waits(bench: &Bench, arguments: &[&str]) -> Child {
    isolated(bench.home.path())
        .env("HAC_URL", bench.simulator.url())
        .envs([("HAC_USERNAME", "admin"), ("HAC_PASSWORD", "nimda")])
        .args(["wait", "--interval", "0.01"])
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts")
}

fn ended(waiting: Child, bench: &Bench) -> Ran {
    let output = waiting.wait_with_output().expect("the program ends");
    Ran::new(&output, bench.home.path(), Some(&bench.simulator.url()))
}

fn until(condition: impl Fn() -> bool) {
    while !condition() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}
