//! A signal while a person is asked: the terminal is as it was before.

use rustix::process::Signal;

use super::{SCRIPT, SIGNALS};
use crate::bench::Bench;
use crate::terminal::Terminal;

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
        ("\u{4}", 2, "no password was entered"),
        ("\n", 2, "no password was entered"),
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
    for (arguments, question, doing) in [
        (&["session", "clear-all"][..], "Clear all sessions? [y/N]", "clear all sessions"),
        (&["init", "run"], "to continue: ", "finish"),
    ] {
        for (signal, code) in SIGNALS {
            let mut terminal = Terminal::start(&bench, 80, None, arguments);
            terminal.wait_for(question);
            terminal.send(signal);
            let (seen, ended) = terminal.finish();
            assert_eq!(ended, Some(code), "{signal:?}: {seen}");
            assert!(seen.contains(&format!(" cannot {doing}: interrupted")), "{signal:?}: {seen:?}");
        }
    }
    assert_eq!(bench.simulator.ledger().count("/platform/init/execute"), 0);
    assert_eq!(bench.run(&["session", "list", "-q"]).stdout.lines().count(), 1);
}
