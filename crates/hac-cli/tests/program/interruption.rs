use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};

use hac_simulator::{Fault, On, Simulator};
use rustix::process::{Pid, Signal, kill_process};

use crate::bench::{Bench, HAC, Ran};
use crate::snapshot;

pub(crate) fn start(bench: &Bench, arguments: &[&str]) -> Child {
    command(bench, arguments).spawn().expect("it starts")
}

fn in_home(bench: &Bench, arguments: &[&str]) -> Child {
    command(bench, arguments).current_dir(bench.home.path()).spawn().expect("it starts")
}

fn command(bench: &Bench, arguments: &[&str]) -> Command {
    let mut command = Command::new(HAC);
    command
        .args(arguments)
        .env_clear()
        .env("HOME", bench.home.path())
        .env("HAC_URL", bench.simulator.url())
        .env("HAC_USERNAME", "admin")
        .env("HAC_PASSWORD", "nimda")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

pub(crate) fn interrupt(child: &Child) {
    kill_process(Pid::from_child(child), Signal::INT).expect("the signal is sent");
}

/// Interrupts the command while the server holds its request.
fn interrupted(bench: &Bench, path: &str, arguments: &[&str]) -> Ran {
    bench.run(&["session", "start"]);
    bench.simulator.faults().once(On::post(path), Fault::Hold);
    let child = start(bench, arguments);
    while bench.simulator.faults().held() == 0 {
        std::thread::yield_now();
    }
    interrupt(&child);
    let output = child.wait_with_output().expect("it ends");
    bench.simulator.faults().release();
    Ran::new(&output, bench.home.path(), Some(&bench.simulator.url()))
}

#[test]
fn a_script_that_is_interrupted_is_said_to_run_on_perhaps_and_where() {
    let bench = Bench::new();
    let ran = interrupted(&bench, "/console/scripting/execute", &["script", "--type", "javascript", "1"]);
    assert_eq!(ran.code, Some(130));
    assert!(ran.stderr.contains("may still be running on http://SIMULATOR"), "{ran}");
    snapshot!(ran);
}

#[test]
fn a_query_that_is_interrupted_just_ends() {
    let bench = Bench::new();
    let ran = interrupted(&bench, "/console/flexsearch/execute", &["flexsearch", "--json", "SELECT {pk} FROM {User}"]);
    assert_eq!(ran.json()["error"]["kind"], "interrupted");
    snapshot!(ran);
}

#[test]
fn an_import_that_is_interrupted_names_the_command_that_decides_about_it() {
    for (flags, kept) in [(&[][..], ""), (&["--distributed"], " --distributed")] {
        let bench = Bench::new();
        let file = bench.file("rows.impex", "INSERT_UPDATE Language;isocode[unique=true]\n;aa\n");
        let ran = interrupted(&bench, "/console/impex/import", &[&["impex", "import", &file], flags].concat());
        assert_eq!(ran.code, Some(130), "{ran}");
        let told = format!("go on with `hac impex import HOME/rows.impex{kept} --resume --assume imported`, or");
        assert!(ran.stderr.contains(&told), "{ran}");
        let ran = bench.run(&[&["impex", "import", &file, "--resume", "--assume", "imported"], flags].concat());
        assert_eq!((ran.code, bench.simulator.ledger().count("/console/impex/import")), (Some(0), 1), "{ran}");
    }
}

#[test]
fn ctrl_c_leaves_no_half_file_of_rows() {
    for answer in [Fault::Hold, Fault::HoldAnswer] {
        let bench = Bench::new();
        bench.run(&["session", "start"]);
        bench.simulator.faults().once(On::post("/console/flexsearch/execute"), answer);
        let child = in_home(&bench, &["flexsearch", "SELECT {pk} FROM {User}", "-o", "rows.csv"]);
        while bench.simulator.faults().held() == 0 {
            std::thread::yield_now();
        }
        let files = || {
            let entries = std::fs::read_dir(bench.home.path()).expect("a directory");
            let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"));
            names.filter(|name| name.contains("rows") || name.contains(".part")).collect::<Vec<_>>()
        };
        let begun = files();
        assert_eq!(begun.len(), 1, "the file that is to be moved to its place");
        let mode = std::fs::metadata(bench.home.path().join(&begun[0])).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "only its owner reads it");
        interrupt(&child);
        let output = child.wait_with_output().expect("it ends");
        bench.simulator.faults().release();
        assert_eq!((output.status.code(), files()), (Some(130), Vec::new()));
    }
}

#[test]
fn the_second_ctrl_c_ends_a_program_that_is_stuck_in_a_pipe_nobody_reads() {
    let bench = Bench::with(Simulator::builder().products(20_000));
    bench.run(&["session", "start"]);
    let query = "SELECT {code}, {name[en]}, {description[en]} FROM {Product}";
    let mut child = start(&bench, &["flexsearch", "-m", "0", query]);
    let mut stdout = child.stdout.take().expect("piped");
    let mut first = [0];
    stdout.read_exact(&mut first).expect("rows come");
    // The pipe holds 64 KiB, the rows are more: it is stuck, or will be in a moment. Each further
    // signal finds it so or ends it.
    let ended = loop {
        interrupt(&child);
        if let Some(status) = child.try_wait().expect("its state") {
            break status;
        }
        std::thread::yield_now();
    };
    assert_eq!(ended.code(), Some(130));
    drop(stdout);
}

#[test]
fn a_level_that_is_set_for_a_while_is_set_back_on_ctrl_c() {
    const CHANGE: &str = "/platform/log4j/changeLevel";
    let bench = Bench::new();
    let child = start(&bench, &["logger", "set", "com.example.shop", "TRACE", "--for", "1h"]);
    while bench.simulator.ledger().count(CHANGE) == 0 {
        std::thread::yield_now();
    }
    interrupt(&child);
    let output = child.wait_with_output().expect("it ends");
    let ran = Ran::new(&output, bench.home.path(), Some(&bench.simulator.url()));
    assert_eq!(ran.code, Some(130), "{ran}");
    assert_eq!(bench.simulator.ledger().count(CHANGE), 2, "{ran}");
    let level = bench.run(&["logger", "list", "com.example.shop"]).stdout;
    assert!(!level.contains("TRACE"), "{level}");
}

#[test]
fn a_level_that_somebody_else_has_changed_is_not_set_back() {
    const CHANGE: &str = "/platform/log4j/changeLevel";
    let bench = Bench::new();
    let child = start(&bench, &["logger", "set", "com.example.shop", "TRACE", "--for", "1h"]);
    while bench.simulator.ledger().count(CHANGE) == 0 {
        std::thread::yield_now();
    }
    let other = bench.run(&["logger", "set", "com.example.shop", "FATAL"]);
    assert_eq!(other.code, Some(0), "{other}");
    interrupt(&child);
    let output = child.wait_with_output().expect("it ends");
    let ran = Ran::new(&output, bench.home.path(), Some(&bench.simulator.url()));
    assert_eq!(ran.code, Some(130), "{ran}");
    assert!(ran.stderr.contains("it is FATAL, not TRACE, and was not set back to"), "{ran}");
    assert_eq!(bench.simulator.ledger().count(CHANGE), 2, "{ran}");
}

#[test]
fn the_simulator_runs_until_ctrl_c_which_is_no_failure() {
    let bench = Bench::new();
    for https in [false, true] {
        let flags: &[&str] = if https { &["--https", "--control"] } else { &[] };
        let mut child = start(&bench, &[&["simulator", "--port", "0", "--json"], flags].concat());
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        let json: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        let url = json["url"].as_str().expect("a URL");
        let pin = json["certificate_sha256"].as_str();
        assert_eq!((pin.is_some(), json["control_url"].is_string()), (https, https), "{line}");
        let pin = pin.map_or_else(Vec::new, |pin| vec!["--pin", pin]);
        let used = bench.run(&[&["--url", url, "script", "--type", "javascript", "6 * 7"], &pin[..]].concat());
        assert_eq!(used.stdout, "42\n", "{used}");
        interrupt(&child);
        assert_eq!(child.wait().expect("it ends").code(), Some(0));
    }
}

#[test]
fn the_simulator_prints_the_next_commands_to_type() {
    let bench = Bench::new();
    let mut child = start(&bench, &["simulator", "--port", "0", "--release", "2205"]);
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines().map(|line| line.expect("UTF-8"));
    let mut seen: Vec<String> = Vec::new();
    while seen.last().is_none_or(|line| !line.contains("Ctrl-C")) {
        seen.push(lines.next().expect("a line"));
    }
    interrupt(&child);
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    let text = seen.join("\n");
    let at = text.find("127.0.0.1:").expect("the address") + "127.0.0.1:".len();
    let port: String = text[at..].chars().take_while(char::is_ascii_digit).collect();
    snapshot!(text.replace(&port, "PORT"));
}

#[test]
fn a_port_that_is_taken_is_named() {
    let bench = Bench::new();
    let port = bench.simulator.port().to_string();
    let taken = bench.run(&["simulator", "--port", &port]);
    assert_eq!(taken.code, Some(2), "{taken}");
    assert!(taken.stderr.contains(&port), "{taken}");
}
