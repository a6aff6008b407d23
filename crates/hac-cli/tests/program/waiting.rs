//! What is shown to somebody who waits.

use std::time::Duration;

use hac_simulator::{Fault, On};

use crate::bench::Bench;
use crate::terminal::Terminal;

const EXECUTE: &str = "/console/scripting/execute";
const SCRIPT: [&str; 4] = ["script", "--type", "javascript", "println('printed'); 6 * 7"];
/// Longer than anybody waits without being told.
const LONG: Duration = Duration::from_millis(1_600);

/// What stands on a terminal of 80 columns in the end: the lines, after all that moved the cursor.
fn left(seen: &str) -> Vec<String> {
    left_on(80, seen)
}

fn left_on(columns: usize, seen: &str) -> Vec<String> {
    let mut lines = vec![Vec::new()];
    let (mut row, mut column) = (0_usize, 0_usize);
    let mut chars = seen.chars();
    while let Some(char) = chars.next() {
        match char {
            '\r' => column = 0,
            '\n' => {
                row += 1;
                if lines.len() == row {
                    lines.push(Vec::new());
                }
                column = 0;
            }
            '\u{1b}' => {
                assert_eq!(chars.next(), Some('['), "{seen:?}");
                let mut number = String::new();
                let end = loop {
                    match chars.next().expect("the sequence ends") {
                        digit if digit.is_ascii_digit() || digit == ';' => number.push(digit),
                        end => break end,
                    }
                };
                match (end, number.as_str()) {
                    ('m', _) => {}
                    ('K', "2") => lines[row].clear(),
                    ('K', "" | "0") => lines[row].truncate(column),
                    ('A', count) => row = row.saturating_sub(count.parse().unwrap_or(1)),
                    other => panic!("{other:?} in {seen:?}"),
                }
            }
            char => {
                // A line that is full goes on in the next one with the next character.
                if column == columns {
                    row += 1;
                    column = 0;
                    if lines.len() == row {
                        lines.push(Vec::new());
                    }
                }
                let width = lines[row].len().max(column + 1);
                lines[row].resize(width, ' ');
                lines[row][column] = char;
                column += 1;
            }
        }
    }
    lines.into_iter().map(|line: Vec<char>| line.into_iter().collect()).collect()
}

#[test]
fn after_a_second_a_script_says_where_it_runs_and_nothing_of_that_stays() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    bench.simulator.faults().once(On::post(EXECUTE), Fault::Hold);
    let mut terminal = Terminal::start(&bench, 80, None, &SCRIPT);
    terminal.wait_for(&format!("⠋ running the script on {} · ", bench.simulator.url()));
    terminal.wait_for("⠙ running the script");
    bench.simulator.faults().release();
    let (seen, code) = terminal.finish();
    assert_eq!(code, Some(0), "{seen}");
    assert_eq!(left(&seen), ["printed", "42", ""], "{seen:?}");
}

#[test]
fn the_line_is_cut_where_the_terminal_ends() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    bench.simulator.faults().once(On::post(EXECUTE), Fault::Hold);
    let mut terminal = Terminal::start(&bench, 20, None, &SCRIPT);
    terminal.wait_for("⠙ running the scr…");
    bench.simulator.faults().release();
    let (seen, _) = terminal.finish();
    assert!(!seen.contains("running the script on"), "{seen:?}");
    assert_eq!(left_on(20, &seen), ["printed", "42", ""], "{seen:?}");
}

#[test]
fn a_slow_query_says_whom_it_waits_for_and_rows_stand_alone() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    for format in ["table", "tsv"] {
        bench.simulator.faults().once(On::post("/console/flexsearch/execute"), Fault::Hold);
        let query = ["flexsearch", "SELECT {uid} FROM {User} ORDER BY {uid}", "-m", "1", "--format", format];
        let mut terminal = Terminal::start(&bench, 80, None, &query);
        terminal.wait_for(&format!("waiting for {} · ", bench.simulator.url()));
        bench.simulator.faults().release();
        let (seen, code) = terminal.finish();
        assert_eq!(code, Some(0), "{seen}");
        assert!(!left(&seen).iter().any(|line| line.contains("waiting")), "{seen:?}");
        assert!(left(&seen).iter().any(|line| line.contains("ada@example.com")), "{seen:?}");
    }
}

#[test]
fn an_error_and_ctrl_c_take_the_line_away() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    bench.simulator.faults().once(On::post(EXECUTE), Fault::Hold);
    let mut terminal = Terminal::start(&bench, 80, None, &SCRIPT);
    terminal.wait_for("running the script on");
    terminal.type_in("\u{3}");
    let (seen, code) = terminal.finish();
    bench.simulator.faults().release();
    assert_eq!(code, Some(130), "{seen}");
    assert!(seen.contains("^C"), "the terminal shows what was typed: {seen:?}");
    let lines = left(&seen);
    assert!(lines[0].starts_with("error: cannot wait for the script"), "{lines:?}");
    assert!(!lines.concat().contains("running the script"), "{lines:?}");

    bench.simulator.faults().once(On::post(EXECUTE), Fault::Hold);
    let failing = ["script", "--type", "javascript", "throw new Error('oops')"];
    let mut terminal = Terminal::start(&bench, 80, None, &failing);
    terminal.wait_for("running the script on");
    bench.simulator.faults().release();
    let (seen, code) = terminal.finish();
    assert_eq!(code, Some(1), "{seen}");
    assert!(left(&seen)[0].starts_with("error: the script failed"), "{seen:?}");
}

#[test]
fn the_line_goes_where_nothing_else_is_printed() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    bench.simulator.faults().once(On::post(EXECUTE), Fault::Hold);
    let redirected = "\"$HAC\" script --type javascript 42 > \"$HOME/out\"";
    let mut terminal = Terminal::start_shell(&bench, 80, redirected);
    terminal.wait_for("running the script on");
    bench.simulator.faults().release();
    let (seen, code) = terminal.finish();
    assert_eq!(code, Some(0), "{seen}");
    assert_eq!(left(&seen), [""], "{seen:?}");
    assert_eq!(std::fs::read_to_string(bench.home.path().join("out")).expect("the result"), "42\n");
}

#[test]
fn a_question_is_not_drawn_over_while_it_is_answered() {
    let bench = Bench::new();
    let mut terminal = Terminal::start(&bench, 80, None, &SCRIPT);
    terminal.wait_for("Password of admin");
    terminal.wait_until_hidden();
    std::thread::sleep(LONG);
    terminal.type_in("nimda\n");
    let (seen, code) = terminal.finish();
    assert_eq!(code, Some(0), "{seen}");
    // Behind the answer the script itself may take long on a busy machine.
    let (question, _) = seen.split_once('\n').expect("the line of the question");
    assert!(!question.contains("waiting for") && !question.contains("running"), "{seen:?}");
}

#[test]
fn the_line_has_no_colour_of_its_own() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    bench.simulator.faults().once(On::post(EXECUTE), Fault::Hold);
    let mut terminal = Terminal::start_with(&bench, 80, &[("NO_COLOR", "1")], None, &SCRIPT);
    terminal.wait_for("running the script on");
    bench.simulator.faults().release();
    let (seen, _) = terminal.finish();
    assert!(!seen.contains('\u{1b}') || !seen.replace("\u{1b}[2K", "").contains('\u{1b}'), "{seen:?}");
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let bench = Bench::new();
    let failing = ["script", "--type", "javascript", "throw new Error('oops')"];
    for (environment, coloured) in [
        (&[][..], true),
        (&[("NO_COLOR", "1")], false),
        (&[("NO_COLOR", "")], true),
        (&[("CLICOLOR", "0")], false),
        (&[("TERM", "dumb")], false),
    ] {
        let terminal = Terminal::start_with(&bench, 80, environment, Some("nimda"), &failing);
        let (seen, code) = terminal.finish_without_waiting();
        assert_eq!(code, Some(1), "{seen}");
        assert_eq!(seen.contains("\u{1b}["), coloured, "{environment:?}: {seen:?}");
    }
    // In a pipe only where it is asked for.
    for (variable, coloured) in [("CLICOLOR_FORCE", true), ("CLICOLOR", false)] {
        let ran = bench.ran(bench.hac().args(failing).env(variable, "1"));
        assert_eq!(ran.stderr.contains("\u{1b}["), coloured, "{variable}: {ran}");
    }
}

#[test]
fn nothing_is_shown_to_a_pipe_a_program_or_a_terminal_that_cannot_clear_a_line() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    bench.simulator.faults().always(On::post(EXECUTE), Fault::DelayAnswer(LONG));
    let ran = bench.run(&SCRIPT);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("42\n", "printed\n"));
    for (flag, environment) in
        [("-q", &[][..]), ("--json", &[]), ("-vv", &[]), ("-v", &[("TERM", "dumb")]), ("-v", &[("TERM", "")])]
    {
        let arguments = [&SCRIPT[..], &[flag]].concat();
        let (seen, code) = Terminal::start_with(&bench, 80, environment, None, &arguments).finish();
        assert_eq!(code, Some(0), "{seen}");
        assert!(!seen.contains("running the script"), "{flag}: {seen:?}");
    }
}
