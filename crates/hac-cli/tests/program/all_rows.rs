//! `flexsearch --all`: every row, on standard output and in a file that can be gone on with.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use hac_simulator::{Fault, On, Simulator};

#[cfg(unix)] // the limits of a shell
use crate::bench::HAC;
use crate::bench::{Bench, Ran, isolated, system};
use crate::snapshot;

pub(crate) const EXECUTE: &str = "/console/flexsearch/execute";
pub(crate) const ROWS: &str = "SELECT {pk}, {code}, {name[en]}, {name[de]} FROM {Product}";
pub(crate) const PAGED: [&str; 6] = ["flexsearch", "--all", "--page-rows", "40", "-q", ROWS];
/// The labels, eight pages, and the one that finds the end.
pub(crate) const REQUESTS: usize = 10;

pub(crate) fn bench() -> Bench {
    let bench = Bench::with(Simulator::builder().products(300));
    bench.run(&["session", "start"]);
    bench.simulator.ledger().clear();
    bench
}

pub(crate) fn read(bench: &Bench, name: &str) -> Vec<u8> {
    std::fs::read(bench.home.path().join(name)).expect("a file")
}

/// What lies in the home directory beside the program's own files.
pub(crate) fn left(home: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(home).expect("a directory");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"));
    let mut names: Vec<String> =
        names.filter(|name| ![".cache", ".local", system::STATE].contains(&name.as_str())).collect();
    names.sort();
    names
}

pub(crate) fn export(bench: &Bench, more: &[&str]) -> Ran {
    bench.run(&[&PAGED[..], &["-o", "rows.csv"], more].concat())
}

/// For a command that is no [`Bench::hac`].
pub(crate) fn at<'c>(bench: &Bench, command: &'c mut Command) -> &'c mut Command {
    command.env("HAC_URL", bench.simulator.url()).env("HAC_USERNAME", "admin").env("HAC_PASSWORD", "nimda")
}

/// The same in the background.
pub(crate) fn started(bench: &Bench, more: &[&str]) -> Child {
    let mut command = isolated(bench.home.path());
    at(bench, &mut command).args(PAGED).args(["-o", "rows.csv"]).args(more);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts")
}

pub(crate) fn wait_until_held(bench: &Bench, child: &mut Child) {
    while bench.simulator.faults().held() == 0 {
        assert!(child.try_wait().expect("its state").is_none(), "it ended before its request was held");
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

/// Waits until it is noted that so many rows are there: a page is asked for while the rows of the one before are written.
fn wait_until_kept(bench: &Bench, child: &mut Child, rows: u64) {
    let noted = || {
        let text = std::fs::read(bench.home.path().join("rows.csv.hac-resume")).ok()?;
        serde_json::from_slice::<serde_json::Value>(&text).ok()?["position"]["rows"].as_u64()
    };
    while noted().unwrap_or(0) < rows {
        assert!(child.try_wait().expect("its state").is_none(), "it ended before {rows} rows were kept");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

/// Kills the export while it waits for the answer to this request, counted from 0.
pub(crate) fn killed_at(bench: &Bench, request: usize, more: &[&str]) {
    bench.simulator.faults().once(On::post(EXECUTE).skip(request), Fault::Hold);
    let mut child = started(bench, more);
    wait_until_held(bench, &mut child);
    // The first request is that for the labels, and the second brings the first page.
    wait_until_kept(bench, &mut child, (40 * request.saturating_sub(1) as u64).min(300));
    child.kill().expect("killed");
    child.wait().expect("ended");
    let_go(bench);
}

#[test]
fn pages_are_printed_in_every_format_as_one_answer_is() {
    let bench = bench();
    for format in ["csv", "tsv", "jsonl", "markdown", "vertical", "table"] {
        let paged = bench.run(&[&PAGED[..], &["--format", format]].concat());
        let whole = bench.run(&["flexsearch", "-q", "-m", "0", &format!("{ROWS} ORDER BY {{pk}}"), "--format", format]);
        assert_eq!((paged.code, paged.stderr.as_str()), (Some(0), ""), "{format}: {paged}");
        assert!(paged.stdout == whole.stdout, "{format}: {paged}");
    }
    let json = bench.run(&[&PAGED[..], &["--json"]].concat()).json();
    assert_eq!(
        (&json["success"], &json["result_count"], &json["truncated"]),
        (&true.into(), &300.into(), &false.into())
    );
    bench.simulator.ledger().clear();
    bench.run(&PAGED);
    assert_eq!(bench.simulator.ledger().len(), REQUESTS);
}

#[test]
fn a_file_holds_what_is_printed_and_nothing_lies_beside_it() {
    let bench = bench();
    let printed = bench.run(&[&PAGED[..], &["--csv"]].concat());
    let json = bench.run(&[&PAGED[..4], &[ROWS, "-o", "rows.csv", "--json"]].concat()).json();
    assert_eq!((&json["rows"], &json["truncated"]), (&300.into(), &false.into()));
    let ran = bench.run(&[&PAGED[..4], &[ROWS, "-o", "rows.csv", "--force"]].concat());
    assert_eq!(ran.to_string(), "exit code 0\n--- stdout\n\n--- stderr\n300 rows written to rows.csv\n");
    assert!(read(&bench, "rows.csv") == printed.stdout.as_bytes());
    let picked = bench.run(&[&PAGED[..], &["-o", "some.jsonl", "--columns", "code"]].concat());
    assert_eq!(picked.code, Some(0), "{picked}");
    assert!(read(&bench, "some.jsonl").starts_with(b"{\"p_code\":"));
    assert_eq!(left(bench.home.path()), ["rows.csv", "some.jsonl"]);
}

#[test]
fn lines_lie_beside_the_file_as_they_will_be_and_go_on_in_the_same_form_only() {
    let bench = bench();
    assert_eq!(export(&bench, &[]).code, Some(0));
    let whole = read(&bench, "rows.csv");
    std::fs::remove_file(bench.home.path().join("rows.csv")).expect("removed");
    killed_at(&bench, 4, &[]);
    let part = read(&bench, "rows.csv.hac-part");
    let lines = String::from_utf8_lossy(&part).lines().count();
    assert!(whole.starts_with(&part) && lines == 121, "{lines} lines");
    bench.simulator.ledger().clear();
    for other in [&["--columns", "code"][..], &["--no-headers"], &["--guard-formulas"], &["--format", "tsv"]] {
        let refused = export(&bench, &[&["--resume"], other].concat());
        assert_eq!(refused.code, Some(2), "{refused}");
        assert!(refused.stderr.contains("with other flags"), "{refused}");
    }
    assert!(bench.simulator.ledger().is_empty(), "nothing was sent");
    // What the power has taken is read again; where no second has passed since the first page, that is all behind it.
    std::fs::write(bench.home.path().join("rows.csv.hac-part"), &part[..part.len() - 1]).expect("written");
    let ran = export(&bench, &["--resume"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(read(&bench, "rows.csv") == whole);
    assert_eq!(left(bench.home.path()), ["rows.csv"]);
}

#[test]
fn an_export_that_was_killed_goes_on_and_its_file_is_the_same() {
    let bench = bench();
    assert_eq!(export(&bench, &[]).code, Some(0));
    let whole = read(&bench, "rows.csv");
    for request in 0..REQUESTS {
        std::fs::remove_file(bench.home.path().join("rows.csv")).expect("removed");
        killed_at(&bench, request, &[]);
        let names = left(bench.home.path());
        let kept = names.iter().any(|name| name == "rows.csv.hac-resume");
        assert_eq!(kept, request > 1, "{request}: {names:?}");
        assert!(!names.contains(&"rows.csv".to_owned()), "{request}: {names:?}");
        bench.simulator.ledger().clear();
        let ran = export(&bench, &["--resume"]);
        assert_eq!(ran.code, Some(0), "{request}: {ran}");
        assert!(read(&bench, "rows.csv") == whole, "{request}");
        // The labels once more, and nothing that had been read; where all had been read, the page that has fewer rows than it might.
        let expected = match request {
            0 | 1 => REQUESTS,
            9 => 3,
            _ => REQUESTS - request + 1,
        };
        assert_eq!(bench.simulator.ledger().len(), expected, "{request}");
        let left: Vec<_> = left(bench.home.path()).into_iter().filter(|name| name.starts_with("rows.csv")).collect();
        assert_eq!(left, ["rows.csv"], "{request}");
    }
}

#[test]
fn every_form_of_file_is_the_same_after_an_interruption() {
    let bench = bench();
    for name in ["rows.csv.gz", "rows.csv.zst", "rows.json", "rows.jsonl", "rows.md", "rows.parquet", "rows.impex.gz"] {
        if name == "rows.parquet" && !cfg!(feature = "parquet") {
            continue;
        }
        let arguments = [&PAGED[..], &["-o", name]].concat();
        assert_eq!(bench.run(&arguments).code, Some(0), "{name}");
        let whole = read(&bench, name);
        std::fs::remove_file(bench.home.path().join(name)).expect("removed");
        let refused = Fault::Answer { status: 500, headers: vec![], body: "<title>no</title>".into(), execute: true };
        bench.simulator.faults().times(6, On::post(EXECUTE).skip(5), refused);
        let broken = bench.run(&arguments);
        bench.simulator.faults().clear();
        assert_eq!(broken.code, Some(3), "{name}: {broken}");
        let ran = bench.run(&[&arguments[..], &["--resume"]].concat());
        assert_eq!(ran.code, Some(0), "{name}: {ran}");
        assert!(read(&bench, name) == whole, "{name}");
    }
}

#[test]
fn a_workbook_is_written_in_one_run() {
    let bench = bench();
    let ran = bench.run(&[&PAGED[..], &["-o", "rows.xlsx"]].concat());
    assert_eq!((ran.code, left(bench.home.path())), (Some(0), vec!["rows.xlsx".to_owned()]), "{ran}");
    let refused = bench.run(&[&PAGED[..], &["-o", "other.xlsx", "--resume"]].concat());
    assert_eq!(refused.code, Some(2), "{refused}");
    assert!(refused.stderr.contains("an export to xlsx cannot go on"), "{refused}");
}

#[test]
fn what_is_masked_is_never_on_the_disk() {
    let bench = bench();
    let arguments = [&PAGED[..], &["-o", "rows.csv", "--mask", "code", "--mask", "name=fake"]].concat();
    let keyed =
        |more: &[&str]| bench.ran(bench.hac().env("HAC_MASK_KEY", "a key for the tests").args(&arguments).args(more));
    assert_eq!(keyed(&[]).code, Some(0));
    let whole = read(&bench, "rows.csv");
    std::fs::remove_file(bench.home.path().join("rows.csv")).expect("removed");
    let plain = bench.run(&[&PAGED[..], &["--csv"]].concat()).stdout;
    let line = plain.lines().nth(1).expect("a row");
    let code = line.split(',').nth(1).expect("a code");
    bench.simulator.faults().times(6, On::post(EXECUTE).skip(5), Fault::refused_after(500));
    let broken = keyed(&[]);
    bench.simulator.faults().clear();
    assert_ne!(broken.code, Some(0), "{broken}");
    let kept = String::from_utf8_lossy(&read(&bench, "rows.csv.hac-part")).into_owned();
    assert!(kept.contains("8796") && !kept.contains(code), "the rows are masked");
    let without = bench.run(&[&arguments[..], &["--resume"]].concat());
    assert_eq!(without.code, Some(2), "{without}");
    assert!(without.stderr.contains("without HAC_MASK_KEY each run masks in another way"), "{without}");
    let other = bench.ran(bench.hac().env("HAC_MASK_KEY", "another key for them").args(&arguments).arg("--resume"));
    assert_eq!(other.code, Some(2), "{other}");
    let ran = keyed(&["--resume"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(read(&bench, "rows.csv") == whole && !whole.windows(code.len()).any(|part| part == code.as_bytes()));
}

#[test]
fn an_export_that_is_killed_again_and_again_comes_to_its_end() {
    let bench = bench();
    assert_eq!(export(&bench, &[]).code, Some(0));
    let whole = read(&bench, "rows.csv");
    std::fs::remove_file(bench.home.path().join("rows.csv")).expect("removed");
    let mut runs = 0;
    let ended = loop {
        // Each is killed two requests later than the one before, at whatever it does then.
        runs += 1;
        assert!(runs < 100, "it does not come to its end");
        bench.simulator.ledger().clear();
        let mut child = started(&bench, &["--resume"]);
        let ended = loop {
            if let Some(status) = child.try_wait().expect("its state") {
                break Some(status);
            }
            if bench.simulator.ledger().len() > 2 + runs / 3 {
                child.kill().expect("killed");
                child.wait().expect("ended");
                break None;
            }
            std::thread::yield_now();
        };
        if let Some(status) = ended {
            break status;
        }
    };
    assert!(ended.success(), "{ended:?} after {runs} runs");
    assert!(read(&bench, "rows.csv") == whole);
}

#[test]
fn an_export_that_was_killed_behind_its_last_step_is_complete() {
    let bench = bench();
    assert_eq!(export(&bench, &[]).code, Some(0));
    let whole = read(&bench, "rows.csv");
    std::fs::remove_file(bench.home.path().join("rows.csv")).expect("removed");
    // All rows are there, and the file cannot be put into its place.
    killed_at(&bench, REQUESTS - 1, &[]);
    let checkpoint = bench.home.path().join("rows.csv.hac-resume");
    let text = std::fs::read_to_string(&checkpoint).expect("a checkpoint");
    std::fs::write(&checkpoint, text.replace("\"complete\":false", "\"complete\":true")).expect("written");
    bench.file("rows.csv", "another file");
    let refused = export(&bench, &["--resume"]);
    assert_eq!((refused.code, read(&bench, "rows.csv").as_slice()), (Some(2), &b"another file"[..]), "{refused}");
    bench.file("rows.csv", &whole);
    bench.simulator.ledger().clear();
    let ran = export(&bench, &["--resume"]);
    assert_eq!((ran.code, bench.simulator.ledger().len()), (Some(0), 0), "{ran}");
    assert!(read(&bench, "rows.csv") == whole);
    assert_eq!(left(bench.home.path()), ["rows.csv"]);
}

#[cfg(unix)] // signals
#[test]
fn ctrl_c_keeps_the_rows_and_says_how_to_go_on() {
    let bench = bench();
    for (request, name) in [(1, "before the first page"), (4, "between two pages")] {
        bench.simulator.faults().once(On::post(EXECUTE).skip(request), Fault::Hold);
        let mut child = started(&bench, &[]);
        wait_until_held(&bench, &mut child);
        crate::interruption::interrupt(&child);
        let output = child.wait_with_output().expect("it ends");
        let_go(&bench);
        let ran = Ran::new(&output, bench.home.path(), Some(&bench.simulator.url()));
        assert_eq!(ran.code, Some(130), "{name}: {ran}");
        let kept = request > 1;
        assert_eq!(ran.stderr.contains("the same command with --resume goes on"), kept, "{name}: {ran}");
        let expected: &[&str] = if kept { &["rows.csv.hac-part", "rows.csv.hac-resume"] } else { &[] };
        assert_eq!(left(bench.home.path()), expected, "{name}");
        if kept {
            use std::os::unix::fs::PermissionsExt as _;
            for file in expected {
                let mode = std::fs::metadata(bench.home.path().join(file)).expect("a file").permissions().mode();
                assert_eq!(mode & 0o777, 0o600, "{file}");
            }
        }
    }
    let ran = export(&bench, &["--resume"]);
    assert_eq!(ran.code, Some(0), "{ran}");
}

#[test]
fn what_an_earlier_export_has_left_is_neither_lost_nor_mixed_up() {
    let bench = bench();
    let mut told = String::new();
    let mut tell = |what: &str, ran: &Ran| writeln!(told, "=== {what}\n{ran}").expect("a string");
    tell("nothing was begun", &bench.run(&[&PAGED[..4], &[ROWS, "-o", "rows.csv", "--resume"]].concat()));
    tell("all is done", &bench.run(&[&PAGED[..4], &[ROWS, "-o", "rows.csv", "--resume"]].concat()));
    bench.simulator.ledger().clear();
    tell("all is done, of another query", &export(&bench, &["--resume", "--key", "code"]));
    std::fs::remove_file(bench.home.path().join("rows.csv")).expect("removed");
    killed_at(&bench, 4, &[]);
    bench.simulator.ledger().clear();
    tell("unfinished", &export(&bench, &[]));
    tell(
        "another query",
        &bench.run(&["flexsearch", "--all", "SELECT {pk} FROM {Product}", "-o", "rows.csv", "--resume"]),
    );
    tell("another language", &export(&bench, &["--resume", "-l", "de"]));
    let other = bench.ran(bench.hac().args(PAGED).args(["-o", "rows.csv", "--resume", "-u", "other"]));
    tell("another user", &other);
    let checkpoint = bench.home.path().join("rows.csv.hac-resume");
    let text = std::fs::read_to_string(&checkpoint).expect("a checkpoint");
    std::fs::write(&checkpoint, text.replace("\"version\":1", "\"version\":7")).expect("written");
    tell("a newer version", &export(&bench, &["--resume"]));
    std::fs::write(&checkpoint, &text[..20]).expect("written");
    tell("a damaged checkpoint", &export(&bench, &["--resume"]));
    std::fs::write(&checkpoint, &text).expect("written");
    std::fs::write(bench.home.path().join("rows.csv.hac-part"), "x").expect("written");
    tell("rows are missing", &export(&bench, &["--resume"]));
    assert!(bench.simulator.ledger().is_empty(), "nothing was sent");
    tell("begun anew", &bench.run(&[&PAGED[..4], &[ROWS, "-o", "rows.csv", "--force"]].concat()));
    assert_eq!(left(bench.home.path()), ["rows.csv"]);
    snapshot!(told);
}

#[test]
fn an_export_that_fails_says_how_to_go_on() {
    let bench = bench();
    for (at, kept) in [(1, false), (4, true)] {
        let refused =
            Fault::Answer { status: 500, headers: vec![], body: "<title>trouble</title>".into(), execute: true };
        bench.simulator.faults().times(20, On::post(EXECUTE).skip(at), refused);
        let ran = export(&bench, &["--resume"]);
        bench.simulator.faults().clear();
        assert_eq!(ran.code, Some(3), "{ran}");
        assert_eq!(ran.stderr.contains("the same command with --resume goes on"), kept, "{ran}");
        assert_eq!(left(bench.home.path()).len(), if kept { 2 } else { 0 }, "{ran}");
    }
    assert_eq!(export(&bench, &["--resume"]).code, Some(0));
}

#[test]
fn two_processes_do_not_write_to_one_export() {
    let bench = bench();
    bench.simulator.faults().once(On::post(EXECUTE).skip(4), Fault::Hold);
    let mut child = started(&bench, &[]);
    wait_until_held(&bench, &mut child);
    let ran = export(&bench, &["--resume"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stderr.contains("another export writes to it"), "{ran}");
    let_go(&bench);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(left(bench.home.path()), ["rows.csv"]);
}

#[cfg(unix)] // limits of a shell
#[test]
fn a_disk_that_fills_up_is_an_error_and_the_export_goes_on_when_there_is_room() {
    let bench = bench();
    assert_eq!(export(&bench, &[]).code, Some(0));
    let whole = read(&bench, "rows.csv");
    let mut kept = 0;
    for blocks in [0, 4, 8, 16, 32] {
        for name in left(bench.home.path()) {
            std::fs::remove_file(bench.home.path().join(name)).expect("removed");
        }
        let limited = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
        let mut command = Command::new("sh");
        command.env_clear().envs(system::variables(bench.home.path())).current_dir(bench.home.path());
        at(&bench, &mut command).args(["-c", &limited, "sh", HAC]).args(PAGED).args(["-o", "rows.csv", "--no-cache"]);
        let ran = Ran::new(&command.output().expect("it runs"), bench.home.path(), Some(&bench.simulator.url()));
        assert_eq!(ran.code, Some(1), "{blocks}: {ran}");
        assert!(ran.stderr.contains("cannot write to rows.csv"), "{blocks}: {ran}");
        assert!(!left(bench.home.path()).contains(&"rows.csv".to_owned()), "{blocks}");
        if ran.stderr.contains("--resume goes on") {
            kept += 1;
        }
        let ran = export(&bench, &["--resume"]);
        assert_eq!(ran.code, Some(0), "{blocks}: {ran}");
        assert!(read(&bench, "rows.csv") == whole, "{blocks}");
    }
    assert!(kept >= 2, "some rows were kept: {kept}");
}

#[test]
fn what_cannot_be_read_in_pages_is_refused_with_a_next_step() {
    let bench = Bench::new();
    let mut told = String::new();
    for arguments in [
        &["SELECT {code} FROM {Product}"][..],
        &["SELECT {pk} FROM {Product} ORDER BY {code}"],
        &["SELECT * FROM {Product}"],
        &["SELECT {a.pk}, {b.pk} FROM {Product AS a JOIN Product AS b ON {a.pk} = {b.pk}}"],
        &["SELECT {pk} FROM {Product}", "--key", "code"],
        &["SELECT {pk} FROM {Product}", "--key", ":int"],
        &["SELECT {pk} FROM {Product}", "--page-rows", "0"],
        &["SELECT {pk} FROM {Product}", "-m", "5"],
        &["SELECT pk FROM products", "--sql"],
        &["DELETE FROM products", "--sql", "--commit"],
        &["SELECT {pk} FROM {Product}", "--pk-as-key"],
        &["SELECT {pk} FROM {Product}", "--resume"],
        &["SELECT {pk} FROM {Product} WHERE {code} = 'a\\'"],
    ] {
        let ran = bench.run(&[&["flexsearch", "--all"], arguments].concat());
        writeln!(told, "$ {}\n{ran}", arguments.join(" ")).expect("a string");
    }
    assert!(bench.simulator.ledger().is_empty(), "nothing was sent");
    // As other shells take the word than PowerShell.
    snapshot!(told.replace("--key '{a.pk}'", "--key \"{a.pk}\""));
}

#[test]
fn a_query_that_the_server_refuses_says_what_is_wrong_with_it() {
    let bench = bench();
    let printed = bench.run(&["flexsearch", "--all", "SELECT {pk}, {nme} FROM {Product}"]);
    assert_eq!(printed.code, Some(1), "{printed}");
    assert!(printed.stderr.contains("unknown field") && printed.stderr.contains("hac type show Product"), "{printed}");
    let written = bench.run(&["flexsearch", "--all", "SELECT {pk}, {nme} FROM {Product}", "-o", "rows.csv"]);
    assert_eq!((written.code, left(bench.home.path()).len()), (Some(1), 0), "{written}");
    assert!(written.stderr.contains("unknown field"), "{written}");
}

#[test]
fn rows_that_may_not_be_all_fail_where_that_is_asked_for() {
    let bench = bench();
    let ran = bench.run(&["flexsearch", "SELECT {code} FROM {Product}", "--fail-on-truncation"]);
    assert_eq!((ran.code, ran.stdout.lines().count()), (Some(1), 201), "{ran}");
    assert!(ran.stderr.contains("stopped at 200 rows, and there may be more"), "{ran}");
    let file = bench.run(&["flexsearch", "SELECT {code} FROM {Product}", "--fail-on-truncation", "-o", "rows.csv"]);
    assert_eq!((file.code, left(bench.home.path()).len()), (Some(1), 0), "{file}");
    let json = bench.run(&["flexsearch", "SELECT {code} FROM {Product}", "--fail-on-truncation", "--json"]);
    assert_eq!((json.code, &json.json()["error"]["kind"]), (Some(1), &"truncated".into()), "{json}");
    let whole = bench.run(&["flexsearch", "SELECT {isocode} FROM {Language}", "--fail-on-truncation"]);
    assert_eq!(whole.code, Some(0), "{whole}");
}
