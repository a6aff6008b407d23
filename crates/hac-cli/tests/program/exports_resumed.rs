//! `flexsearch --all -o FILE` where an earlier export has left something.

use std::fs::File;
use std::process::Stdio;

use hac_simulator::{Fault, On, Simulator};

use crate::all_rows::{
    EXECUTE, PAGED, REQUESTS, ROWS, at, bench, export, killed_at, left, let_go, read, started, wait_until_held,
};
use crate::bench::{Bench, Ran, isolated};

/// The file as an export writes it that nobody interrupts.
fn whole(bench: &Bench) -> Vec<u8> {
    assert_eq!(export(bench, &[]).code, Some(0));
    let whole = read(bench, "rows.csv");
    std::fs::remove_file(bench.home.path().join("rows.csv")).expect("removed");
    whole
}

fn into(bench: &Bench, name: &str, more: &[&str]) -> Ran {
    bench.run(&[&PAGED[..4], &[ROWS, "-o", name], more].concat())
}

/// Leaves an export into this file without its last rows.
fn broken_off(bench: &Bench, name: &str) {
    bench.simulator.faults().times(6, On::post(EXECUTE).skip(5), Fault::refused_after(500));
    let ran = into(bench, name, &[]);
    bench.simulator.faults().clear();
    assert!(ran.stderr.contains("--resume goes on"), "{ran}");
}

/// An export of which all rows have come when another file appears in its place.
fn taken_at_its_end(bench: &Bench, name: &str) -> Ran {
    bench.simulator.faults().once(On::post(EXECUTE).skip(REQUESTS - 1), Fault::Hold);
    let mut command = isolated(bench.home.path());
    at(bench, &mut command).args(&PAGED[..4]).args([ROWS, "-o", name]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    wait_until_held(bench, &mut child);
    bench.file(name, "in the way");
    let_go(bench);
    let output = child.wait_with_output().expect("it ends");
    Ran::new(&output, bench.home.path(), Some(&bench.simulator.url()))
}

#[test]
fn the_rows_of_all_runs_are_counted() {
    let bench = bench();
    killed_at(&bench, 4, &[]);
    let ran = into(&bench, "rows.csv", &["--resume"]);
    assert!(ran.stderr.contains("going on behind 120 rows that are there already"), "{ran}");
    assert!(ran.stderr.ends_with("300 rows written to rows.csv\n"), "{ran}");
}

#[test]
fn what_is_begun_anew_does_not_go_on_with_earlier_rows() {
    let bench = bench();
    let whole = whole(&bench);
    killed_at(&bench, 4, &[]);
    killed_at(&bench, 0, &["--force"]);
    bench.simulator.ledger().clear();
    let ran = export(&bench, &["--resume"]);
    assert_eq!((ran.code, bench.simulator.ledger().len()), (Some(0), REQUESTS), "{ran}");
    assert!(read(&bench, "rows.csv") == whole);

    // Nothing of them stands behind fewer rows.
    std::fs::remove_file(bench.home.path().join("rows.csv")).expect("removed");
    killed_at(&bench, 4, &[]);
    let few = ["flexsearch", "--all", "SELECT {pk}, {isocode} FROM {Language}"];
    let ran = bench.run(&[&few[..], &["-o", "rows.csv", "--force"]].concat());
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(read(&bench, "rows.csv"), bench.run(&[&few[..], &["--csv"]].concat()).stdout.into_bytes());
}

#[test]
fn rows_that_are_all_there_are_on_the_disk_before_they_get_their_name() {
    let bench = bench();
    bench.simulator.faults().once(On::post(EXECUTE).skip(REQUESTS - 1), Fault::Hold);
    let mut child = started(&bench, &[]);
    wait_until_held(&bench, &mut child);
    bench.file("rows.csv", "in the way");
    let_go(&bench);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert_eq!(read(&bench, "rows.csv"), b"in the way");
    let noted: serde_json::Value = serde_json::from_slice(&read(&bench, "rows.csv.hac-resume")).expect("JSON");
    assert_eq!((&noted["complete"], &noted["position"]["rows"]), (&true.into(), &300.into()), "{noted}");
    assert_eq!((&noted["synced"]["position"], &noted["synced"]["bytes"]), (&noted["position"], &noted["bytes"]));
}

#[test]
fn a_file_that_appears_during_the_export_is_kept_and_the_hint_says_what_works() {
    let bench = bench();
    for name in ["rows.csv", "rows.json", "rows.csv.gz"] {
        let ran = taken_at_its_end(&bench, name);
        let hint = "hint: move that file away and go on with --resume, or replace it with --resume --force\n";
        assert_eq!((ran.code, ran.stderr.ends_with(hint)), (Some(2), true), "{name}: {ran}");
        bench.simulator.ledger().clear();
        let again = into(&bench, name, &["--resume"]);
        assert_eq!((again.code, again.stderr.ends_with(hint)), (Some(2), true), "{name}: {again}");
        assert_eq!(read(&bench, name), b"in the way");
        let ran = into(&bench, name, &["--resume", "--force"]);
        assert_eq!((ran.code, bench.simulator.ledger().len()), (Some(0), 0), "{name}: {ran}");
        assert!(ran.stderr.ends_with(&format!("300 rows written to {name}\n")), "{ran}");
    }
    assert_eq!(left(bench.home.path()), ["rows.csv", "rows.csv.gz", "rows.json"]);
}

#[test]
fn a_process_that_was_killed_between_the_file_and_its_end_has_left_a_complete_file() {
    let bench = bench();
    for name in ["rows.csv.gz", "rows.json", "rows.parquet"] {
        if name == "rows.parquet" && !cfg!(feature = "parquet") {
            continue;
        }
        // All rows are kept, and the file is not there yet.
        taken_at_its_end(&bench, name);
        let kept = [".hac-part", ".hac-resume"].map(|ending| format!("{name}{ending}"));
        let before = kept.clone().map(|file| (read(&bench, &file), file));
        std::fs::remove_file(bench.home.path().join(name)).expect("removed");
        assert_eq!(into(&bench, name, &["--resume"]).code, Some(0), "{name}");
        let whole = read(&bench, name);
        for (content, file) in &before {
            bench.file(file, content);
        }
        let resumed = into(&bench, name, &["--resume"]);
        assert_eq!(resumed.code, Some(0), "{name}: {resumed}");
        assert!(read(&bench, name) == whole, "{name}");
        assert!(kept.iter().all(|file| !bench.home.path().join(file).exists()), "{name}");
    }
}

#[test]
fn a_file_that_appears_while_rows_come_in_one_request_is_kept_too() {
    let bench = bench();
    bench.simulator.faults().once(On::post(EXECUTE), Fault::Hold);
    let mut command = isolated(bench.home.path());
    at(&bench, &mut command).args(["flexsearch", "-m", "0", ROWS, "-o", "rows.csv"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    wait_until_held(&bench, &mut child);
    bench.file("rows.csv", "in the way");
    let_go(&bench);
    let output = child.wait_with_output().expect("it ends");
    let ran = Ran::new(&output, bench.home.path(), Some(&bench.simulator.url()));
    assert_eq!((ran.code, read(&bench, "rows.csv").as_slice()), (Some(2), &b"in the way"[..]), "{ran}");
    assert!(ran.stderr.contains("choose another name, or replace the file with --force"), "{ran}");
}

#[test]
fn a_copy_of_the_rows_so_far_is_not_the_whole_file() {
    let bench = bench();
    let whole = whole(&bench);
    killed_at(&bench, 4, &[]);
    let part = read(&bench, "rows.csv.hac-part");
    bench.file("rows.csv", &part);
    let refused = export(&bench, &["--resume"]);
    assert_eq!(refused.code, Some(2), "{refused}");
    assert!(read(&bench, "rows.csv") == part);
    std::fs::remove_file(bench.home.path().join("rows.csv")).expect("removed");
    assert_eq!(export(&bench, &["--resume"]).code, Some(0));
    assert!(read(&bench, "rows.csv") == whole);
}

#[test]
fn a_file_that_is_as_long_as_the_rows_are_is_not_taken_for_them() {
    let bench = bench();
    broken_off(&bench, "rows.json");
    let checkpoint = bench.home.path().join("rows.json.hac-resume");
    let text = std::fs::read_to_string(&checkpoint).expect("a checkpoint");
    std::fs::write(&checkpoint, text.replace("\"complete\":false", "\"complete\":true")).expect("written");
    let bytes = std::fs::metadata(bench.home.path().join("rows.json.hac-part")).expect("rows").len();
    std::fs::remove_file(bench.home.path().join("rows.json.hac-part")).expect("removed");
    bench.file("rows.json", vec![b'x'; usize::try_from(bytes).expect("a length")]);
    let refused = into(&bench, "rows.json", &["--resume"]);
    assert_eq!(refused.code, Some(2), "{refused}");
}

#[test]
fn a_file_that_is_complete_is_known_in_every_form() {
    let bench = bench();
    for name in ["rows.csv", "rows.csv.gz", "rows.json", "rows.parquet"] {
        if name == "rows.parquet" && !cfg!(feature = "parquet") {
            continue;
        }
        assert_eq!(into(&bench, name, &[]).code, Some(0), "{name}");
        bench.simulator.ledger().clear();
        let again = into(&bench, name, &["--resume"]);
        assert_eq!((again.code, bench.simulator.ledger().len()), (Some(0), 0), "{name}: {again}");
        assert!(again.stderr.contains("is complete, with 300 rows"), "{name}: {again}");
        // What replaces it is not what was written.
        bench.file(name, "something else");
        let refused = into(&bench, name, &["--resume"]);
        assert_eq!((refused.code, read(&bench, name).as_slice()), (Some(2), &b"something else"[..]), "{refused}");
    }
}

#[test]
fn rows_of_other_columns_are_not_mixed_with_those_that_are_there() {
    let bench = bench();
    for name in ["rows.csv", "rows.json"] {
        broken_off(&bench, name);
        let checkpoint = bench.home.path().join(format!("{name}.hac-resume"));
        let text = std::fs::read_to_string(&checkpoint).expect("a checkpoint");
        std::fs::write(&checkpoint, text.replace("p_code", "p_sku")).expect("written");
        let refused = into(&bench, name, &["--resume"]);
        assert_eq!(refused.code, Some(2), "{name}: {refused}");
        let why = "the columns of the query are PK, p_code, p_name, p_name now, and were PK, p_sku, p_name, p_name";
        assert!(refused.stderr.contains(why), "{name}: {refused}");
        std::fs::write(&checkpoint, text).expect("written");
        assert_eq!(into(&bench, name, &["--resume"]).code, Some(0), "{name}");
    }
}

#[test]
fn a_process_that_comes_too_late_leaves_the_rows_of_the_other_one() {
    let bench = bench();
    let whole = whole(&bench);
    bench.simulator.faults().once(On::post(EXECUTE).skip(4), Fault::Hold);
    let mut child = started(&bench, &[]);
    wait_until_held(&bench, &mut child);
    bench.simulator.ledger().clear();
    for more in [&["--force"][..], &["--resume"], &[], &["--resume", "--force"]] {
        let late = export(&bench, more);
        assert_eq!(late.code, Some(2), "{late}");
        assert!(late.stderr.contains("rows.csv.hac-part cannot be used: another export writes to it"), "{late}");
        assert!(late.stderr.ends_with("hint: wait until that export has ended, or choose another file\n"), "{late}");
    }
    assert!(bench.simulator.ledger().is_empty(), "nothing was sent");
    let_go(&bench);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{output:?}");
    assert!(read(&bench, "rows.csv") == whole);
    assert_eq!(left(bench.home.path()), ["rows.csv"]);
}

#[test]
fn of_two_exports_that_begin_at_once_the_later_one_says_what_is_the_case() {
    for name in ["rows.csv", "rows.json"] {
        let bench = bench();
        bench.simulator.faults().once(On::post(EXECUTE).skip(1), Fault::Hold);
        let mut command = isolated(bench.home.path());
        at(&bench, &mut command).args(&PAGED[..4]).args([ROWS, "-o", name]);
        let mut late = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        wait_until_held(&bench, &mut late);
        // What the other one does with its first row.
        let part = format!("{name}.hac-part");
        let first = File::create(bench.home.path().join(&part)).expect("a file");
        first.lock().expect("locked");
        let_go(&bench);
        let output = late.wait_with_output().expect("it ends");
        let ran = Ran::new(&output, bench.home.path(), Some(&bench.simulator.url()));
        assert_eq!(ran.code, Some(2), "{name}: {ran}");
        assert!(ran.stderr.contains(&format!("{part} cannot be used: another export writes to it")), "{ran}");
        assert!(ran.stderr.ends_with("hint: wait until that export has ended, or choose another file\n"), "{ran}");
        assert_eq!(left(bench.home.path()), [part]);
    }
}

#[test]
fn rows_that_someone_has_shortened_are_told_with_the_way_to_begin_anew() {
    let bench = bench();
    for name in ["rows.csv", "rows.json"] {
        broken_off(&bench, name);
        let part = format!("{name}.hac-part");
        bench.file(&part, &read(&bench, &part)[..10]);
        bench.simulator.ledger().clear();
        let ran = into(&bench, name, &["--resume"]);
        assert_eq!((ran.code, bench.simulator.ledger().len()), (Some(2), 0), "{name}: {ran}");
        assert!(ran.stderr.contains(&format!("{part} cannot be used: it is shorter than it was")), "{ran}");
        let hint = "hint: rows that had been kept are missing: begin anew with --force in place of --resume\n";
        assert!(ran.stderr.ends_with(hint), "{ran}");
        assert_eq!(into(&bench, name, &["--force"]).code, Some(0), "{name}");
    }
}

#[test]
fn rows_of_which_no_note_could_be_written_are_not_promised() {
    let bench = bench();
    std::fs::create_dir(bench.home.path().join("rows.csv.hac-resume")).expect("a directory");
    let ran = export(&bench, &["--force"]);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(ran.stderr.contains("cannot write to ") && !ran.stderr.contains("--resume goes on"), "{ran}");
    assert_eq!(left(bench.home.path()), ["rows.csv.hac-resume"]);
}

#[test]
fn a_row_whose_cells_are_of_no_column_is_not_written_where_columns_are_masked() {
    let bench = bench();
    let page = r#"{"headers":["C1","C2"],"resultList":[["1","x","secret"]],"resultCount":null,"exception":null}"#;
    bench.simulator.faults().once(On::post(EXECUTE).skip(1), Fault::Body(page.into()));
    let query = "SELECT {pk}, {code} FROM {Product}";
    let ran = bench.run(&["flexsearch", "--all", query, "-o", "rows.json", "--mask", "code"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stderr.contains("a row has 3 cells, and there are 2 columns"), "{ran}");
    assert_eq!(left(bench.home.path()), [""; 0]);
}

#[cfg(unix)] // signals
#[test]
fn ctrl_c_before_the_first_page_of_a_second_run_says_how_to_go_on_too() {
    let bench = bench();
    killed_at(&bench, 4, &[]);
    bench.simulator.faults().once(On::post(EXECUTE), Fault::Hold);
    let mut child = started(&bench, &["--resume"]);
    wait_until_held(&bench, &mut child);
    crate::interruption::interrupt(&child);
    let output = child.wait_with_output().expect("it ends");
    let_go(&bench);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), told.contains("--resume goes on")), (Some(130), true), "{told}");
}

#[cfg(feature = "parquet")]
#[test]
fn the_hash_of_a_number_is_text_from_the_beginning() {
    let bench = Bench::with(Simulator::builder().stock_levels(50));
    let query = "SELECT {pk}, {available} FROM {StockLevel}";
    let ran = bench.run(&["flexsearch", "--all", query, "-o", "rows.parquet", "--mask", "available=hash"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.stderr.ends_with("50 rows written to rows.parquet\n") && !ran.stderr.contains("warning"), "{ran}");
}
