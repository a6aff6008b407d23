//! What a signal does at each moment of each operation: the exit code, what is said, and that nothing stays behind.

mod delivery;
mod operations;
mod questions;
mod reading;

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::bench::{Bench, HAC, Ran};

/// Every signal that ends the program, and its exit code.
pub(crate) const SIGNALS: [(Signal, i32); 4] =
    [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129), (Signal::QUIT, 131)];
const LOGIN: &str = "/j_spring_security_check";
const SCRIPT: [&str; 4] = ["script", "--type", "javascript", "6 * 7"];

/// The program in the directory `work` of its home.
pub(crate) fn command(bench: &Bench, program: &[&str], arguments: &[&str]) -> Command {
    let work = work(bench);
    let mut command = Command::new(program[0]);
    command
        .args(&program[1..])
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", bench.home.path())
        .env("HAC_URL", bench.simulator.url())
        .env("HAC_USERNAME", "admin")
        .env("HAC_PASSWORD", "nimda")
        .current_dir(work)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn work(bench: &Bench) -> std::path::PathBuf {
    let work = bench.home.path().join("work");
    std::fs::create_dir_all(&work).expect("a directory");
    work
}

fn start(bench: &Bench, arguments: &[&str]) -> Child {
    command(bench, &[HAC], arguments).spawn().expect("it starts")
}

pub(crate) fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).expect("the signal is sent");
}

fn told(bench: &Bench, output: &Output) -> Ran {
    Ran::new(output, bench.home.path(), Some(&bench.simulator.url()))
}

pub(crate) fn wait_until_held(bench: &Bench, child: &mut Child) {
    while bench.simulator.faults().held() == 0 {
        if let Some(status) = child.try_wait().expect("its state") {
            let mut stderr = String::new();
            let _ = child.stderr.take().expect("piped").read_to_string(&mut stderr);
            panic!("it ended with {status} before its request was held: {stderr}");
        }
        std::thread::yield_now();
    }
}

/// Lets the requests go on that are held, and waits until none is.
pub(crate) fn let_go(bench: &Bench) {
    let faults = bench.simulator.faults();
    while faults.held() > 0 {
        faults.release();
        std::thread::yield_now();
    }
    faults.clear();
}

fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).expect("a directory");
    entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect()
}

/// One error, without a word of ours that does not belong there, and nothing left behind.
#[track_caller]
fn ended_well(ran: &Ran, bench: &Bench, signal: Signal, code: i32, files: &[&str]) {
    assert_eq!(ran.code, Some(code), "{signal:?}: {ran}");
    assert_eq!(ran.stderr.lines().filter(|line| line.starts_with("error:")).count(), 1, "{signal:?}: {ran}");
    assert!(ran.stderr.contains("interrupted"), "{signal:?}: {ran}");
    let mut left = names(&work(bench));
    left.retain(|name| !files.contains(&name.as_str()));
    assert!(left.is_empty(), "{signal:?}: {left:?}");
}

fn files(bench: &Bench) -> [&'static str; 2] {
    std::fs::write(work(bench).join("data.impex"), "INSERT_UPDATE Language;isocode[unique=true]\n;xx\n")
        .expect("written");
    std::fs::write(work(bench).join("export.impex"), "INSERT_UPDATE Category;code[unique=true];name[lang=en]\n")
        .expect("written");
    ["data.impex", "export.impex"]
}
