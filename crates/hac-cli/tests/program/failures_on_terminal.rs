//! Each kind of error as it stands on a terminal: narrow and wide, with colours and without.

use std::fmt::Write as _;

use crate::bench::{Bench, named_alike};
use crate::failures::{CASES, prepared};
use crate::terminal::Terminal;

/// What somebody sees of it on a terminal of this width.
fn seen(bench: &Bench, columns: u16, variables: &[(&str, &str)], arguments: &[&str]) -> String {
    let terminal = Terminal::start_with(bench, columns, variables, Some("nimda"), arguments);
    let (seen, _) = terminal.finish_without_waiting();
    let seen = named_alike(&seen, bench.home.path(), Some(&bench.simulator.url())).replace('\u{1b}', "␛");
    // Where a line with a path breaks depends on the machine.
    if seen.contains("HOME") { seen.split_whitespace().collect::<Vec<_>>().join(" ") + "\n" } else { seen }
}

#[test]
fn each_kind_of_error_fits_the_terminal_with_colours_and_without() {
    let bench = prepared();
    for (columns, color) in [(60, "NO_COLOR"), (60, "CLICOLOR_FORCE"), (120, "NO_COLOR"), (120, "CLICOLOR_FORCE")] {
        let mut told = String::new();
        for case in CASES {
            let variables = case.prepare(&bench);
            let set: Vec<(&str, &str)> =
                variables.iter().map(|(name, value)| (*name, value.as_str())).chain([(color, "1")]).collect();
            writeln!(told, "=== {}\n{}", case.kind, seen(&bench, columns, &set, case.arguments)).expect("a string");
            bench.simulator.faults().clear();
        }
        let name = format!("errors_in_{columns}_columns_{}", if color == "NO_COLOR" { "plain" } else { "colored" });
        crate::snapshot!(name, told);
    }
}
