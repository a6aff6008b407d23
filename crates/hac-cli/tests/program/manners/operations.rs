//! A signal while something is sent: what is said of a write that had left, and that no file stays behind.

use std::io::{BufRead as _, BufReader, Read as _};

use hac_simulator::{Fault, On, Simulator};
use rustix::process::Signal;

use super::{LOGIN, SCRIPT, SIGNALS, ended_well, files, let_go, names, send, start, told, wait_until_held, work};
use crate::bench::Bench;

/// What is said of a write that had left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    /// Nothing: it changes nothing.
    Nothing,
    MayStillRun,
    ServerGoesOn,
}

/// Every operation that sends something, the request that is held, and what is said of it.
const OPERATIONS: &[(&[&str], &str, Said)] = &[
    (&SCRIPT, "/console/scripting/execute", Said::MayStillRun),
    (&["groovy", "1", "--commit"], "/console/scripting/execute", Said::MayStillRun),
    (&["flexsearch", "SELECT {pk} FROM {User}"], "/console/flexsearch/execute", Said::Nothing),
    (&["flexsearch", "--sql", "SELECT 1"], "/console/flexsearch/execute", Said::MayStillRun),
    (&["impex", "import", "data.impex"], "/console/impex/import", Said::MayStillRun),
    (&["impex", "validate", "data.impex"], "/console/impex/import/validate", Said::Nothing),
    (&["impex", "export", "export.impex", "-o", "out.zip"], "/console/impex/export", Said::MayStillRun),
    (&["property", "set", "mail.smtp.server", "x"], "/platform/config/configstore", Said::MayStillRun),
    (&["property", "list"], "/platform/config", Said::Nothing),
    (&["logger", "set", "com.example.shop", "WARN"], "/platform/log4j/changeLevel", Said::MayStillRun),
    (&["cache", "clear"], "/regionCache/clear", Said::MayStillRun),
    (&["jdbclog", "on"], "/monitoring/database/logs/true", Said::MayStillRun),
    (&["jdbclog", "download", "-o", "out.log"], "/monitoring/database/logs/download", Said::Nothing),
    (&["support", "zip", "--all", "-o", "out.zip"], "/platform/support/zip", Said::MayStillRun),
    (&["support", "zip", "--all", "-o", "out.zip"], "/platform/support/zip/download", Said::Nothing),
    (&["update", "run", "--create-essential-data"], "/platform/init/execute", Said::ServerGoesOn),
    (&["update", "data"], "/platform/init/data", Said::Nothing),
    (&["type", "list"], "/console/impex/allTypes", Said::Nothing),
    (&["cronjob", "list"], "/monitoring/cronjobs/data", Said::Nothing),
    (&["session", "end"], "/j_spring_security_logout", Said::Nothing),
];

#[test]
fn each_signal_ends_each_operation_and_says_of_a_write_that_left_that_it_may_still_run() {
    let bench = Bench::new();
    let kept = files(&bench);
    for (operation, path, said) in OPERATIONS {
        for (signal, code) in SIGNALS {
            bench.run(&["session", "start"]);
            // An import whose outcome is unknown waits for a decision, and there was one before.
            let _ = std::fs::remove_dir_all(bench.home.path().join(".local/state/hac-client/imports"));
            bench.simulator.ledger().clear();
            // Shown where the test fails.
            println!("{operation:?} {path:?} {signal:?}");
            bench.simulator.faults().once(On::path(*path), Fault::Hold);
            let mut child = start(&bench, operation);
            wait_until_held(&bench, &mut child);
            send(&child, signal);
            let ran = told(&bench, &child.wait_with_output().expect("it ends"));
            let_go(&bench);
            ended_well(&ran, &bench, signal, code, &kept);
            let found = match said {
                Said::Nothing => !ran.stderr.contains("http://SIMULATOR"),
                Said::MayStillRun => ran.stderr.contains("may still be running on http://SIMULATOR"),
                Said::ServerGoesOn => ran.stderr.contains("it continues on http://SIMULATOR"),
            };
            assert!(found, "{operation:?} {said:?}: {ran}");
            assert!(bench.simulator.ledger().executed() <= 1, "{operation:?}");
            while bench.simulator.ledger().in_progress() > 0 {
                std::thread::yield_now();
            }
        }
    }
}

#[test]
fn a_signal_during_the_login_says_that_nothing_was_sent() {
    let bench = Bench::new();
    let kept = files(&bench);
    for (operation, _, said) in OPERATIONS.iter().filter(|(_, _, said)| *said != Said::Nothing) {
        for (signal, code) in SIGNALS {
            bench.simulator.ledger().clear();
            bench.simulator.faults().once(On::post(LOGIN), Fault::Hold);
            let mut child = start(&bench, operation);
            wait_until_held(&bench, &mut child);
            send(&child, signal);
            let ran = told(&bench, &child.wait_with_output().expect("it ends"));
            let_go(&bench);
            ended_well(&ran, &bench, signal, code, &kept);
            assert!(!ran.stderr.contains("http://SIMULATOR"), "{operation:?} {said:?}: {ran}");
            assert!(!ran.stderr.contains("may still be running"), "{operation:?}: {ran}");
            assert_eq!(bench.simulator.ledger().executed(), 0);
        }
    }
}

#[test]
fn a_signal_while_another_process_logs_in_ends_the_one_that_waits_and_not_the_other() {
    let bench = Bench::new();
    for (signal, code) in SIGNALS {
        bench.run(&["session", "clear-all", "--force"]);
        bench.simulator.ledger().clear();
        bench.simulator.faults().once(On::post(LOGIN), Fault::Hold);
        let mut first = start(&bench, &SCRIPT);
        wait_until_held(&bench, &mut first);
        let mut second = start(&bench, &[&SCRIPT[..], &["-v"]].concat());
        let mut stderr = BufReader::new(second.stderr.take().expect("piped"));
        let mut seen = String::new();
        while !seen.contains("waiting for the login") {
            assert!(stderr.read_line(&mut seen).expect("a line") > 0, "{seen}");
        }
        send(&second, signal);
        stderr.read_to_string(&mut seen).expect("the rest");
        assert_eq!(second.wait().expect("it ends").code(), Some(code), "{seen}");
        assert!(seen.contains("before the script was sent"), "{seen}");
        let_go(&bench);
        let ran = told(&bench, &first.wait_with_output().expect("it ends"));
        assert_eq!(ran.stdout, "42\n", "{ran}");
        assert_eq!((bench.simulator.ledger().logins(), bench.simulator.ledger().executed()), (1, 1));
    }
}

#[test]
fn a_signal_while_an_archive_is_downloaded_leaves_no_file() {
    let bench = Bench::new();
    let kept = files(&bench);
    bench.run(&["session", "start"]);
    let arguments = ["impex", "export", "export.impex", "-o", "out.zip"];
    // The link of the archive is not known beforehand: each of the two requests of an export is held in turn.
    for (signal, code) in SIGNALS {
        bench.simulator.ledger().clear();
        bench.simulator.faults().once(On::path("").skip(1), Fault::Hold);
        let mut child = start(&bench, &arguments);
        wait_until_held(&bench, &mut child);
        assert!(names(&work(&bench)).iter().any(|name| name.starts_with(".hac-")), "{:?}", names(&work(&bench)));
        send(&child, signal);
        let ran = told(&bench, &child.wait_with_output().expect("it ends"));
        let_go(&bench);
        ended_well(&ran, &bench, signal, code, &kept);
        assert!(!ran.stderr.contains("may still be running"), "the export was answered: {ran}");
    }
}

#[test]
fn a_signal_while_the_log_of_an_update_is_followed_says_how_to_find_it_again() {
    let bench = Bench::with(Simulator::builder().update_duration(std::time::Duration::from_secs(3_600)));
    bench.run(&["session", "start"]);
    let follow = |arguments: &[&str], signal| {
        let mut child = start(&bench, arguments);
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        // An update has a line of its own before those of the log.
        while line.is_empty() || line.starts_with("Starting") {
            line.clear();
            assert!(stdout.read_line(&mut line).expect("a line") > 0, "no line of the log came");
        }
        send(&child, signal);
        let ran = told(&bench, &child.wait_with_output().expect("it ends"));
        drop(stdout);
        ran
    };
    let ran = follow(&["update", "run", "--create-essential-data"], Signal::TERM);
    ended_well(&ran, &bench, Signal::TERM, 143, &[]);
    assert!(ran.stderr.contains("it continues on") && ran.stderr.contains("--follow"), "{ran}");
    for (signal, code) in SIGNALS {
        let ran = follow(&["update", "log", "--follow"], signal);
        ended_well(&ran, &bench, signal, code, &[]);
    }
    assert_eq!(bench.simulator.ledger().count("/platform/init/execute"), 1);
}
