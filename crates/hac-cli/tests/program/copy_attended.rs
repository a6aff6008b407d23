//! `hac copy` with somebody at the terminal.

use hac_simulator::{Fault, On, Simulator};
use rustix::process::Signal;

use crate::copy::Two;
use crate::terminal::Terminal;

const IMPORT: &str = "/console/impex/import";
const EXECUTE: &str = "/console/flexsearch/execute";

fn start(two: &Two, arguments: &str) -> Terminal {
    let line = format!(
        "unset HAC_URL HAC_USERNAME; export HAC_PASSWORD=nimda; exec \"$HAC\" copy --from one --to two {arguments}"
    );
    Terminal::start_shell(&two.bench, 300, &line)
}

/// The files that are left, those that are not complete included.
fn left(two: &Two) -> usize {
    two.files().len()
}

#[test]
fn what_would_be_copied_is_shown_and_asked_for() {
    for (answer, code, sent) in [("y\n", 0, 1), ("n\n", 2, 0), ("\n", 2, 0), ("\u{3}", 130, 0)] {
        let two = Two::new();
        let mut terminal = start(&two, "Language");
        terminal.wait_for(&format!(
            "2 rows of Language from one ({}) to two ({})",
            two.bench.simulator.url(),
            two.other.url()
        ));
        terminal.wait_for("Copy 2 rows of Language into two (");
        assert_eq!(two.other.ledger().count(IMPORT), 0);
        terminal.type_in(answer);
        let (seen, ended) = terminal.finish();
        assert_eq!((ended, two.other.ledger().count(IMPORT), left(&two)), (Some(code), sent, 0), "{answer:?}: {seen}");
    }
}

#[test]
fn ctrl_c_at_the_question_says_that_nothing_was_sent() {
    let two = Two::new();
    // Each server has a URL of its own.
    let line = "--version; unset HAC_URL HAC_USERNAME; \"$HAC\" copy --from one --to two Language";
    let mut terminal = Terminal::start_outlived(&two.bench, Some("nimda"), line);
    terminal.wait_for("into two (");
    terminal.wait_for("[y/N] ");
    terminal.type_in("\u{3}");
    let (seen, ended) = terminal.finish_outlived();
    assert_eq!((ended, two.other.ledger().count(IMPORT), left(&two)), (Some(130), 0, 0), "{seen}");
    assert!(seen.contains("interrupted before the copy was sent"), "{seen}");
}

#[test]
fn a_dry_run_shows_the_first_rows_of_a_big_copy() {
    let two = Two::new();
    let rows = |text: &str| text.lines().filter(|line| line.starts_with(';')).count();
    let piped = two.run(&["copy", "--from", "one", "--to", "two", "Product", "--dry-run"]);
    let all = rows(&piped.stdout);
    assert!(all > 20, "{piped}");
    let (seen, code) = start(&two, "Product --dry-run").finish();
    assert_eq!((code, rows(&seen)), (Some(0), 10), "{seen}");
    assert!(seen.contains("attributes: code[unique=true]") && seen.contains("INSERT_UPDATE Product;"), "{seen}");
    assert!(seen.contains(&format!("note: {} more rows are not shown", all - 10)), "{seen}");
    assert!(!piped.stderr.contains("not shown"), "{piped}");
    let (seen, _) = start(&two, "Language --dry-run").finish();
    assert!(rows(&seen) == 2 && !seen.contains("not shown"), "{seen}");
    assert_eq!(two.other.ledger().count(IMPORT), 0);
    // In several pieces, of which the later ones show nothing.
    for (products, more) in [(11, "note: 1 more row is not shown"), (1_200, "note: 1,190 more rows are not shown")] {
        let two = Two::with(Simulator::builder().products(products), "");
        let (seen, _) = start(&two, "Product --dry-run").finish();
        assert!(rows(&seen) == 10 && seen.contains(more), "{seen}");
    }
}

#[test]
fn a_protected_environment_wants_its_name_once() {
    for (typed, code, sent) in [("two\n", 0, 1), ("one\n", 2, 0)] {
        let two = Two::with(Simulator::builder(), "protection = 'confirm'");
        let mut terminal = start(&two, "Language");
        terminal.wait_for("is protected. To copy 2 rows of Language into it, type two: ");
        terminal.type_in(typed);
        let (seen, ended) = terminal.finish();
        assert_eq!((ended, two.other.ledger().count(IMPORT), left(&two)), (Some(code), sent, 0), "{seen}");
        assert_eq!(seen.matches("is protected.").count(), 1, "{seen}");
    }
}

#[test]
fn whoever_names_the_environment_is_not_asked() {
    let two = Two::new();
    let mut terminal = start(&two, "Language --yes-i-mean two");
    // The answer, if it asked all the same.
    terminal.type_in("n\n");
    let (seen, ended) = terminal.finish();
    assert_eq!((ended, seen.contains("[y/N]")), (Some(0), false), "{seen}");
}

#[test]
fn the_name_of_another_environment_is_refused_before_anything_is_read() {
    let two = Two::with(Simulator::builder(), "protection = 'confirm'");
    let terminal = start(&two, "Language --yes-i-mean one");
    let (seen, ended) = terminal.finish();
    assert_eq!((ended, two.bench.simulator.ledger().len(), two.other.ledger().len()), (Some(2), 0, 0), "{seen}");
}

#[test]
fn ctrl_c_while_rows_are_read_leaves_nothing() {
    let two = Two::new();
    two.run(&["session", "start", "one"]);
    two.run(&["session", "start", "two"]);
    // In the middle of the pages: behind what is asked of the types.
    let before = two.bench.simulator.ledger().count(EXECUTE);
    assert_eq!(two.run(&["copy", "--from", "one", "--to", "two", "Product", "--page-rows", "30"]).code, Some(0));
    let asked = two.bench.simulator.ledger().count(EXECUTE) - before;
    two.bench.simulator.faults().once(On::post(EXECUTE).skip(asked - 2), Fault::Hold);
    let terminal = start(&two, "Product --page-rows 30");
    while two.bench.simulator.faults().held() == 0 {
        std::thread::yield_now();
    }
    assert_eq!(left(&two), 1, "rows were written");
    terminal.send(Signal::INT);
    let (seen, ended) = terminal.finish();
    two.bench.simulator.faults().release();
    assert_eq!((ended, two.other.ledger().count(IMPORT), left(&two)), (Some(130), 1, 0), "{seen}");
}

#[test]
fn ctrl_c_during_the_import_ends_behind_the_chunk_and_says_how_to_go_on() {
    let two = Two::new();
    two.run(&["session", "start", "two"]);
    two.other.faults().once(On::post(IMPORT).skip(1), Fault::Hold);
    let mut terminal = start(&two, "Product --chunk-lines 30");
    terminal.wait_for("[y/N] ");
    terminal.type_in("y\n");
    while two.other.faults().held() == 0 {
        std::thread::yield_now();
    }
    terminal.send(Signal::INT);
    terminal.wait_for("stopping after the chunk in flight");
    two.other.faults().release();
    let (seen, ended) = terminal.finish();
    assert_eq!((ended, left(&two)), (Some(130), 1), "{seen}");
    let told = seen.split('`').nth(1).unwrap_or_else(|| panic!("{seen}"));
    let words: Vec<&str> = told.split(' ').skip(1).collect();
    assert!(told.ends_with(" -e two --resume"), "{told}");
    let resumed = two.run(&words);
    assert_eq!(resumed.code, Some(0), "{resumed}");
    assert_eq!(two.rows("two", "SELECT {code} FROM {Product}"), two.rows("one", "SELECT {code} FROM {Product}"));
}
