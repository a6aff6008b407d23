//! A signal while the program reads from, or writes to, somebody who does not do their part.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Child, Stdio};

use hac_simulator::Simulator;
use rustix::process::Signal;

use super::{SIGNALS, command, ended_well, send, start, told, work};
use crate::bench::{Bench, HAC};

#[test]
fn the_first_signal_ends_a_program_that_reads_standard_input() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let more_than_a_pipe_holds = vec![b' '; 256 << 10];
    for arguments in [
        &["script", "--type", "javascript", "-"][..],
        &["flexsearch", "-"],
        &["impex", "import", "-"],
        &["session", "import"],
        &["--password-stdin", "session", "start"],
    ] {
        for (signal, code) in SIGNALS {
            if arguments[0] == "--password-stdin" {
                bench.run(&["session", "clear-all", "--force"]);
            }
            let mut child = command(&bench, &[HAC], arguments).stdin(Stdio::piped()).spawn().expect("it starts");
            let mut stdin = child.stdin.take().expect("piped");
            // All of it fits only if somebody reads.
            stdin.write_all(&more_than_a_pipe_holds).expect("it reads");
            send(&child, signal);
            let ran = told(&bench, &child.wait_with_output().expect("it ends"));
            ended_well(&ran, &bench, signal, code, &[]);
            drop(stdin);
        }
    }
}

#[test]
fn the_first_signal_ends_a_program_that_reads_a_fifo() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let fifo = work(&bench).join("fifo");
    rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::RWXU).expect("a FIFO");
    for arguments in [
        &["script", "--type", "javascript", "-f", "fifo"][..],
        &["script", "--type", "javascript", "--param", "a=@fifo", "1"],
        &["flexsearch", "-f", "fifo"],
        &["impex", "export", "-f", "fifo", "-o", "out.zip"],
        &["--url", "https://localhost:9", "--cacert", "fifo", "session", "start"],
    ] {
        for (signal, code) in SIGNALS {
            let child = start(&bench, arguments);
            // Comes back when somebody has opened it to read.
            let writer = File::options().write(true).open(&fifo).expect("it is opened");
            send(&child, signal);
            let ran = told(&bench, &child.wait_with_output().expect("it ends"));
            ended_well(&ran, &bench, signal, code, &["fifo"]);
            drop(writer);
        }
    }
}

#[test]
fn a_fifo_that_nobody_writes_to_is_given_up_at_the_first_signal() {
    let bench = Bench::new();
    let fifo = work(&bench).join("fifo");
    rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::RWXU).expect("a FIFO");
    let child = start(&bench, &["script", "--type", "javascript", "-f", "fifo"]);
    wait_until_it_opens_a_fifo(&child);
    send(&child, Signal::INT);
    let ran = told(&bench, &child.wait_with_output().expect("it ends"));
    ended_well(&ran, &bench, Signal::INT, 130, &["fifo"]);
}

/// Waits until the main thread waits for the other end of a FIFO; where the kernel does not tell, until it sleeps.
fn wait_until_it_opens_a_fifo(child: &Child) {
    let id = child.id();
    loop {
        let place = std::fs::read_to_string(format!("/proc/{id}/wchan")).unwrap_or_default();
        let state = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        let threads = std::fs::read_dir(format!("/proc/{id}/task")).map_or(0, Iterator::count);
        let sleeps = state.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('S'));
        if place.contains("wait_for_partner") || (place.trim_matches('0').is_empty() && sleeps && threads == 2) {
            return;
        }
        std::thread::yield_now();
    }
}

#[test]
fn the_first_signal_ends_a_program_whose_output_nobody_reads() {
    let bench = Bench::with(Simulator::builder().products(20_000));
    bench.run(&["session", "start"]);
    let query = "SELECT {code}, {name[en]}, {description[en]} FROM {Product}";
    for (signal, code) in SIGNALS {
        let mut child = start(&bench, &["flexsearch", "-m", "0", query]);
        let mut stdout = child.stdout.take().expect("piped");
        let mut first = [0];
        stdout.read_exact(&mut first).expect("rows come");
        send(&child, signal);
        let ran = told(&bench, &child.wait_with_output().expect("it ends"));
        ended_well(&ran, &bench, signal, code, &[]);
        drop(stdout);
    }
}
