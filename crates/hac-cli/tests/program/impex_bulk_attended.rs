//! Imports in chunks, with somebody at the terminal.

use std::fmt::Write as _;

use hac_simulator::{Fault, On};

use crate::bench::{Bench, Ran};
use crate::impex_departure::archive;
use crate::interruption::{interrupt, start};
use crate::terminal::Terminal;

const IMPORT: &str = "/console/impex/import";
const UPLOAD: &str = "/console/impex/import/upload";

/// An import of the file in chunks of ten rows.
fn command(bench: &Bench) -> Vec<String> {
    let file = bench.home.path().join("users.impex").display().to_string();
    ["impex", "import", &file, "--chunk-lines", "10"].map(str::to_owned).to_vec()
}

fn words(command: &[String]) -> Vec<&str> {
    command.iter().map(String::as_str).collect()
}

fn bench() -> Bench {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let mut script = String::from("INSERT Customer;uid\n");
    for row in 0..30 {
        writeln!(script, ";bulk{row}").expect("a string");
    }
    bench.file("users.zip", archive(&script));
    bench.file("users.impex", script);
    bench
}

#[test]
fn an_unfinished_import_and_an_unknown_chunk_are_asked_about() {
    for (answers, code, sent) in [
        (&["resume\n", "imported\n"][..], 0, 3),
        (&["resume\n", "not-imported\n"], 0, 4),
        (&["resume\n", "\n"], 5, 2),
        (&["\n"], 2, 2),
    ] {
        let bench = bench();
        let fault = if answers.contains(&"not-imported\n") { Fault::ResetBefore } else { Fault::ResetAfter };
        bench.simulator.faults().once(On::post(IMPORT).skip(1), fault);
        assert_eq!(bench.run(&words(&command(&bench))).code, Some(5));
        let mut terminal = Terminal::start(&bench, 300, Some("nimda"), &words(&command(&bench)));
        for (answer, question) in
            answers.iter().zip(["is unfinished: 10 of 30 rows are done", "unknown whether lines 12 to 21 of "])
        {
            terminal.wait_for(question);
            terminal.type_in(answer);
        }
        let (seen, ended) = terminal.finish();
        assert_eq!((ended, bench.simulator.ledger().count(IMPORT)), (Some(code), sent), "{answers:?}: {seen}");
    }
}

#[test]
fn each_of_several_unknown_chunks_is_asked_about_by_its_lines() {
    let bench = bench();
    bench.simulator.faults().once(On::post(IMPORT), Fault::ResetAfter);
    bench.simulator.faults().once(On::post(IMPORT), Fault::ResetBefore);
    let typed = command(&bench);
    let command = [words(&typed), vec!["--parallel", "2"]].concat();
    assert_eq!(bench.run(&command).code, Some(5));
    let first =
        bench.run(&["flexsearch", "--no-headers", "--format", "csv", "SELECT {uid} FROM {User} WHERE {uid} = 'bulk0'"]);
    let first_is_there = first.stdout.contains("bulk0");
    let mut terminal = Terminal::start(&bench, 300, Some("nimda"), &[command, vec!["--resume"]].concat());
    for (lines, is_there) in [("lines 1 to 11", first_is_there), ("lines 12 to 21", !first_is_there)] {
        terminal.wait_for(&format!("unknown whether {lines} of "));
        terminal.type_in(if is_there { "imported\n" } else { "not-imported\n" });
    }
    let (seen, ended) = terminal.finish();
    assert_eq!((ended, bench.simulator.ledger().count(IMPORT)), (Some(0), 4), "{seen}");
}

#[test]
fn a_small_file_of_unknown_outcome_is_asked_about() {
    is_asked_about("users.impex", IMPORT);
}

#[test]
fn an_archive_of_unknown_outcome_is_asked_about() {
    is_asked_about("users.zip", UPLOAD);
}

/// A file that is sent at once, and where to.
fn is_asked_about(name: &str, path: &str) {
    for (answers, code, sent) in [
        (&["resume\n", "imported\n"][..], 0, 1),
        (&["resume\n", "not-imported\n"], 0, 2),
        (&["restart\n"], 0, 2),
        (&["\n"], 2, 1),
    ] {
        let bench = bench();
        let fault = if answers.contains(&"imported\n") { Fault::ResetAfter } else { Fault::ResetBefore };
        bench.simulator.faults().once(On::post(path), fault);
        let file = bench.home.path().join(name).display().to_string();
        let command = ["impex", "import", &file];
        assert_eq!(bench.run(&command).code, Some(5));
        let mut terminal = Terminal::start(&bench, 300, Some("nimda"), &command);
        for (answer, question) in answers
            .iter()
            .zip(["is unfinished: it is unknown whether it was executed", &format!("{name} was imported")])
        {
            terminal.wait_for(question);
            terminal.type_in(answer);
        }
        let (seen, ended) = terminal.finish();
        assert_eq!((ended, bench.simulator.ledger().count(path)), (Some(code), sent), "{answers:?}: {seen}");
    }
}

#[test]
fn ctrl_c_ends_an_import_behind_the_chunk_in_flight() {
    let bench = bench();
    bench.simulator.faults().once(On::post(IMPORT).skip(1), Fault::Hold);
    let child = start(&bench, &words(&command(&bench)));
    while bench.simulator.faults().held() == 0 {
        std::thread::yield_now();
    }
    interrupt(&child);
    bench.simulator.faults().release();
    let output = child.wait_with_output().expect("it ends");
    let ran = Ran::new(&output, bench.home.path(), Some(&bench.simulator.url()));
    // The signal may arrive after the answer.
    let sent = bench.simulator.ledger().count(IMPORT);
    assert_eq!(ran.code, Some(130), "{ran}");
    assert!((2..=3).contains(&sent), "{sent}: {ran}");
    assert!(sent == 3 || ran.stderr.contains("users.impex --resume`"), "{ran}");
    let resumed = bench.run(&[words(&command(&bench)), vec!["--resume"]].concat());
    assert_eq!((resumed.code, bench.simulator.ledger().count(IMPORT)), (Some(0), 3), "{ran}\n{resumed}");
}

#[test]
fn a_second_ctrl_c_ends_an_import_at_once_and_the_chunk_is_unknown() {
    let bench = bench();
    bench.simulator.faults().once(On::post(IMPORT).skip(1), Fault::Hold);
    let mut child = start(&bench, &words(&command(&bench)));
    while bench.simulator.faults().held() == 0 {
        std::thread::yield_now();
    }
    // The first one, and those that come at the same moment, are one.
    let status = loop {
        interrupt(&child);
        if let Some(status) = child.try_wait().expect("its state") {
            break status;
        }
        std::thread::yield_now();
    };
    assert_eq!(status.code(), Some(130));
    bench.simulator.faults().release();
    let resumed = bench.run(&[words(&command(&bench)), vec!["--resume"]].concat());
    assert_eq!(resumed.code, Some(5), "{resumed}");
    assert!(resumed.stderr.contains("unknown whether lines 12 to 21 were imported"), "{resumed}");
}

#[test]
fn whoever_waits_sees_how_far_the_import_is_how_fast_and_how_long_it_takes() {
    let bench = bench();
    bench.simulator.faults().once(On::post(IMPORT).skip(2), Fault::Hold);
    let mut terminal = Terminal::start(&bench, 300, Some("nimda"), &words(&command(&bench)));
    terminal.wait_for("20 of 30 rows · ");
    terminal.wait_for(" left");
    bench.simulator.faults().release();
    let (seen, ended) = terminal.finish();
    assert_eq!(ended, Some(0), "{seen}");
    let seen = seen.replace(&bench.home.path().display().to_string(), "HOME");
    let line = seen.split("\r\x1b[2K").find(|line| line.contains("20 of 30 rows · ")).expect("it was there");
    // How fast it is differs, and so does the wheel at its beginning.
    let pace = line.find(" · ").expect("the pace");
    let (counts, pace) = (line[..pace].trim_start_matches(|wheel| wheel != ' '), &line[pace..]);
    let numbers: Vec<&str> = pace.split(|char: char| char.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    crate::snapshot!(format!("◌{counts}{}", numbers.join("N")));
}
