//! How signals arrive: twice, ignored from the start, with JSON wanted, at a simulator.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use hac_simulator::{Fault, On};
use rustix::process::Signal;

use super::{SCRIPT, SIGNALS, command, let_go, send, start, told, wait_until_held};
use crate::bench::{Bench, HAC};

#[test]
fn the_error_of_a_signal_is_json_where_json_is_wanted() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    for (arguments, stdin) in [
        (&[&SCRIPT[..], &["--json"]].concat()[..], false),
        // Nothing but the signals' thread can tell it here.
        (&["script", "--type", "javascript", "--json", "-"], true),
    ] {
        for (signal, code) in SIGNALS {
            bench.simulator.faults().once(On::post("/console/scripting/execute"), Fault::Hold);
            let mut command = command(&bench, &[HAC], arguments);
            let mut child =
                if stdin { command.stdin(Stdio::piped()) } else { &mut command }.spawn().expect("it starts");
            let writer = child.stdin.take().map(|mut stdin| {
                stdin.write_all(&vec![b' '; 256 << 10]).expect("it reads");
                stdin
            });
            if !stdin {
                wait_until_held(&bench, &mut child);
            }
            send(&child, signal);
            let ran = told(&bench, &child.wait_with_output().expect("it ends"));
            drop(writer);
            let_go(&bench);
            assert_eq!((ran.code, &ran.json()["error"]["kind"]), (Some(code), &"interrupted".into()), "{ran}");
        }
    }
}

#[test]
fn a_signal_that_comes_twice_at_once_is_one() {
    // As timeout(1) sends it.
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    bench.simulator.faults().once(On::post("/console/scripting/execute"), Fault::Hold);
    let mut child = start(&bench, &SCRIPT);
    wait_until_held(&bench, &mut child);
    for signal in [Signal::TERM, Signal::TERM, Signal::CONT, Signal::HUP] {
        send(&child, signal);
    }
    let ran = told(&bench, &child.wait_with_output().expect("it ends"));
    let_go(&bench);
    // Two that are pending at the same time may be looked at in either order.
    assert!(matches!(ran.code, Some(143 | 129)), "{ran}");
    assert!(ran.stderr.contains("may still be running on"), "{ran}");
}

#[test]
fn a_signal_that_was_ignored_from_the_start_stays_ignored() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    for (name, signal) in [("HUP", Signal::HUP), ("INT", Signal::INT), ("QUIT", Signal::QUIT), ("PIPE", Signal::PIPE)] {
        bench.simulator.faults().once(On::post("/console/scripting/execute"), Fault::Hold);
        let line = format!("trap '' {name}; exec \"$0\" \"$@\"");
        let mut child = command(&bench, &["sh", "-c", &line, HAC], &SCRIPT).spawn().expect("it starts");
        wait_until_held(&bench, &mut child);
        send(&child, signal);
        let_go(&bench);
        let ran = told(&bench, &child.wait_with_output().expect("it ends"));
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "42\n"), "{name}: {ran}");
    }
}

#[test]
fn a_broken_pipe_is_reported_by_the_write_and_not_by_a_signal() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    bench.simulator.faults().once(On::post("/console/scripting/execute"), Fault::Hold);
    let mut child = start(&bench, &SCRIPT);
    wait_until_held(&bench, &mut child);
    send(&child, Signal::PIPE);
    let_go(&bench);
    let ran = told(&bench, &child.wait_with_output().expect("it ends"));
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "42\n"), "{ran}");
}

#[test]
fn every_signal_is_a_way_to_end_a_simulator() {
    let bench = Bench::new();
    for (signal, _) in SIGNALS {
        let mut child = start(&bench, &["simulator", "--port", "0", "--json"]);
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        stdout.read_line(&mut String::new()).expect("a line");
        send(&child, signal);
        let ran = told(&bench, &child.wait_with_output().expect("it ends"));
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{signal:?}: {ran}");
    }
}
