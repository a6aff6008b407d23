//! What a signal does at each moment of each operation: the exit code, what is said, and that nothing stays behind.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use hac_simulator::{Fault, On, Simulator};
use rustix::process::{Pid, Signal, kill_process};

use crate::bench::{Bench, HAC, Ran};
use crate::terminal::Terminal;

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

fn files(bench: &Bench) -> [&'static str; 2] {
    std::fs::write(work(bench).join("data.impex"), "INSERT_UPDATE Language;isocode[unique=true]\n;xx\n")
        .expect("written");
    std::fs::write(work(bench).join("export.impex"), "INSERT_UPDATE Category;code[unique=true];name[lang=en]\n")
        .expect("written");
    ["data.impex", "export.impex"]
}

#[test]
fn each_signal_ends_each_operation_and_says_of_a_write_that_left_that_it_may_still_run() {
    let bench = Bench::new();
    let kept = files(&bench);
    for (operation, path, said) in OPERATIONS {
        for (signal, code) in SIGNALS {
            bench.run(&["session", "start"]);
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
                Said::ServerGoesOn => ran.stderr.contains("the server goes on with it (http://SIMULATOR)"),
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
fn a_signal_at_the_password_prompt_leaves_the_terminal_as_it_was() {
    let bench = Bench::new();
    for arguments in [&SCRIPT[..], &["session", "start"]] {
        for (signal, code) in SIGNALS {
            let mut terminal = Terminal::start(&bench, 80, None, arguments);
            terminal.wait_for("Password of admin");
            terminal.wait_until_hidden();
            terminal.send(signal);
            let echoes = terminal.until_the_end();
            let (seen, ended) = terminal.finish();
            assert_eq!(ended, Some(code), "{signal:?}: {seen}");
            assert!(echoes, "{signal:?}: what is typed stays hidden");
            assert!(seen.contains(" cannot finish: interrupted"), "{signal:?}: {seen:?}");
            assert!(!seen.contains("may still be running"), "{signal:?}: {seen}");
        }
    }
    assert_eq!(bench.simulator.ledger().login_attempts(), 0);
}

#[test]
fn the_keys_of_the_terminal_work_at_the_password_prompt() {
    let bench = Bench::new();
    let prompt = || {
        let mut terminal = Terminal::start(&bench, 80, None, &SCRIPT);
        terminal.wait_for("Password of admin");
        terminal.wait_until_hidden();
        terminal
    };
    for (key, code, told) in [
        ("\u{3}", 130, "interrupted before the script was sent"),
        ("\u{1c}", 131, "interrupted by SIGQUIT"),
        ("\u{4}", 2, "no password was typed"),
        ("\n", 2, "no password was typed"),
    ] {
        let mut terminal = prompt();
        terminal.type_in(key);
        assert!(terminal.until_the_end(), "{key:?}: what is typed stays hidden");
        let (seen, ended) = terminal.finish();
        assert_eq!(ended, Some(code), "{key:?}: {seen}");
        assert!(
            seen.contains(told) && seen.lines().any(|line| line.contains("error:") && !line.contains("Password")),
            "{seen:?}"
        );
    }
    let mut terminal = prompt();
    // Backspace and Ctrl-U.
    terminal.type_in("wrong\u{15}nimdax\u{7f}\n");
    let (seen, ended) = terminal.finish();
    assert_eq!(ended, Some(0), "{seen}");
    assert!(seen.contains("42") && !seen.contains("nimda"), "{seen}");
}

#[test]
fn a_program_that_is_stopped_at_the_password_prompt_shows_what_is_typed_until_it_goes_on() {
    let bench = Bench::new();
    let mut terminal = Terminal::start(&bench, 80, None, &SCRIPT);
    terminal.wait_for("Password of admin");
    terminal.wait_until_hidden();
    terminal.send(Signal::TSTP);
    terminal.wait_until_shown();
    terminal.wait_until_stopped();
    terminal.send(Signal::CONT);
    terminal.wait_until_hidden();
    terminal.type_in("nimda\n");
    let (seen, code) = terminal.finish();
    assert_eq!(code, Some(0), "{seen}");
    assert_eq!(seen.matches("Password of admin").count(), 2, "asked again: {seen}");
    assert!(seen.contains("42") && !seen.contains("nimda"), "{seen}");
}

#[test]
fn a_signal_at_a_question_ends_the_program_at_once() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    for (arguments, question) in
        [(&["session", "clear-all"][..], "Clear all sessions? [y/N]"), (&["init", "run"], "to go on: ")]
    {
        for (signal, code) in SIGNALS {
            let mut terminal = Terminal::start(&bench, 80, None, arguments);
            terminal.wait_for(question);
            terminal.send(signal);
            let (seen, ended) = terminal.finish();
            assert_eq!(ended, Some(code), "{signal:?}: {seen}");
            assert!(seen.contains(" cannot finish: interrupted"), "{signal:?}: {seen:?}");
        }
    }
    assert_eq!(bench.simulator.ledger().count("/platform/init/execute"), 0);
    assert_eq!(bench.run(&["session", "list", "-q"]).stdout.lines().count(), 1);
}

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
        assert!(names(&work(&bench)).iter().any(|name| name.starts_with(".export-")), "{:?}", names(&work(&bench)));
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
        assert!(stdout.read_line(&mut line).expect("a line") > 0, "no line of the log came");
        send(&child, signal);
        let ran = told(&bench, &child.wait_with_output().expect("it ends"));
        drop(stdout);
        ran
    };
    let ran = follow(&["update", "run", "--create-essential-data"], Signal::TERM);
    ended_well(&ran, &bench, Signal::TERM, 143, &[]);
    assert!(ran.stderr.contains("the server goes on with it") && ran.stderr.contains("--follow"), "{ran}");
    for (signal, code) in SIGNALS {
        let ran = follow(&["update", "log", "--follow"], signal);
        ended_well(&ran, &bench, signal, code, &[]);
    }
    assert_eq!(bench.simulator.ledger().count("/platform/init/execute"), 1);
}

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
fn a_broken_pipe_is_heard_of_by_the_write_and_not_by_a_signal() {
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
