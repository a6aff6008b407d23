//! Updates with somebody at a terminal, or somebody who interrupts them.

use std::fmt::Write as _;

use crate::bench::{Bench, Ran};
use crate::interruption::{interrupt, start};
use crate::snapshot;
use crate::terminal::Terminal;
use crate::update::{all, executed, server};

#[test]
fn what_can_be_updated_on_a_terminal_is_a_table() {
    let bench = Bench::new();
    let terminal = Terminal::start(&bench, 100, Some("nimda"), &["update", "patches"]);
    let (seen, code) = terminal.finish_without_waiting();
    assert_eq!(code, Some(0), "{seen}");
    snapshot!(seen);
}

#[test]
fn the_name_of_the_server_is_typed_on_a_terminal() {
    for (typed, code, runs) in [(None, 0, 1), (Some("\n"), 2, 0), (Some("y\n"), 2, 0), (Some("local\n"), 2, 0)] {
        let bench = Bench::new();
        let right = format!("{}\n", server(&bench));
        let typed = typed.unwrap_or(&right);
        let mut terminal = Terminal::start(&bench, 100, Some("nimda"), &["init", "run", "--interval", "0.01"]);
        terminal.wait_for(&format!("Type {} to continue:", server(&bench)));
        assert!(terminal.seen.contains("ALL ARE DROPPED"), "first what will be done: {}", terminal.seen);
        assert_eq!(executed(&bench), 0, "nothing before the answer");
        terminal.type_in(typed);
        let (seen, ended) = terminal.finish();
        assert_eq!((ended, executed(&bench)), (Some(code), runs), "{typed:?}: {seen}");
    }
}

#[test]
fn an_update_for_which_nothing_is_selected_is_confirmed_on_a_terminal() {
    for (typed, code, runs) in [("y\n", 0, 1), ("\n", 2, 0), ("no\n", 2, 0)] {
        let bench = Bench::new();
        let mut terminal = Terminal::start(&bench, 100, Some("nimda"), &["update", "run", "--interval", "0.01"]);
        terminal.wait_for(&format!("Run an update on {} anyway? [y/N]", bench.simulator.url()));
        assert_eq!(executed(&bench), 0, "nothing before the answer");
        terminal.type_in(typed);
        let (seen, ended) = terminal.finish();
        assert_eq!((ended, executed(&bench)), (Some(code), runs), "{typed:?}: {seen}");
    }
}

#[test]
fn ctrl_c_at_the_question_sends_nothing() {
    let bench = Bench::new();
    let mut terminal = Terminal::start_outlived(&bench, Some("nimda"), "update run --drop-tables --schema");
    terminal.wait_for(&format!("Type {} to continue:", server(&bench)));
    terminal.type_in("\u{3}");
    let (seen, code) = terminal.finish_outlived();
    assert_eq!((code, executed(&bench)), (Some(130), 0), "{seen}");
    assert!(seen.contains("interrupted before the update was started") && !seen.contains("Starting"), "{seen}");
}

#[test]
fn a_running_update_is_found_again_and_a_second_one_is_refused() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    bench.simulator.faults().stop_update_after(Some(1));
    let first = start(&bench, &["update", "run", "--schema", "--interval", "0.01"]);
    while bench.simulator.ledger().executed() == 0 {
        std::thread::yield_now();
    }
    let mut text = all(
        &bench,
        &[
            &["update", "status"],
            &["update", "status", "--json"],
            &["update", "run", "--schema"],
            &["update", "run", "--schema", "--json"],
            &["script", "--type", "javascript", "1"],
        ],
    );
    let follower = start(&bench, &["update", "log", "--follow", "--interval", "0.01"]);
    bench.simulator.faults().stop_update_after(None);
    let url = bench.simulator.url();
    for (name, child) in [("run", first), ("log --follow", follower)] {
        let output = child.wait_with_output().expect("it ends");
        let ran = Ran::new(&output, bench.home.path(), Some(&url));
        assert_eq!(ran.code, Some(0), "{name}: {ran}");
        assert!(ran.stdout.ends_with("#### FINISHED ####\n"), "{name}: {ran}");
        assert_eq!(ran.stdout.matches("Update the type system").count(), 1, "{name}: {ran}");
    }
    assert_eq!(bench.simulator.ledger().executed(), 1);
    write!(text, "$ hac update status # afterwards\n{}", bench.run(&["update", "status"])).expect("a string");
    snapshot!(text);
}

#[test]
fn an_update_that_is_interrupted_is_said_to_go_on_and_how_to_find_it_again() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    bench.simulator.faults().stop_update_after(Some(1));
    let child = start(&bench, &["update", "run", "--schema", "--interval", "0.01"]);
    while bench.simulator.ledger().executed() == 0 {
        std::thread::yield_now();
    }
    interrupt(&child);
    let output = child.wait_with_output().expect("it ends");
    let ran = Ran::new(&output, bench.home.path(), Some(&bench.simulator.url()));
    assert_eq!(ran.code, Some(130), "{ran}");
    let told = ran.stderr.split_once("error:").map_or("", |(_, told)| told).to_owned();
    snapshot!(told);
    assert_eq!(bench.run(&["update", "status"]).stdout, "running\n");
    bench.simulator.faults().stop_update_after(None);
    assert_eq!(bench.run(&["update", "log", "-f", "--interval", "0.01"]).code, Some(0));
}
