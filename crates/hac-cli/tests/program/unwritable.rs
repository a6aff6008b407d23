//! Standard output that takes nothing: closed, a pipe whose reader has gone, a full disk. A command
//! that failed fails as ever; one that succeeded says what it did.

use std::fs::File;
use std::process::{Command, Stdio};

use hac_simulator::{Fault, On, Simulator};

use crate::bench::{Bench, HAC, Ran, bare, home};

/// What is wrong with standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stdout {
    /// `>&-`
    Closed,
    /// Nobody will ever read it.
    ReaderGone,
    /// `/dev/full`: no space left on the device.
    Full,
}

const EACH: [Stdout; 3] = [Stdout::Closed, Stdout::ReaderGone, Stdout::Full];

fn run(bench: &Bench, stdout: Stdout, arguments: &[&str]) -> Ran {
    let mut command = match stdout {
        Stdout::Closed => {
            let mut command = Command::new("sh");
            command.args(["-c", "exec \"$0\" \"$@\" >&-", HAC]);
            command
        }
        Stdout::ReaderGone | Stdout::Full => Command::new(HAC),
    };
    command
        .args(arguments)
        .env_clear()
        .env("HOME", bench.home.path())
        .env("HAC_URL", bench.simulator.url())
        .env("HAC_USERNAME", "admin")
        .env("HAC_PASSWORD", "nimda")
        .current_dir(bench.home.path())
        .stdin(Stdio::null())
        .stdout(match stdout {
            Stdout::Closed => Stdio::null(),
            Stdout::ReaderGone => Stdio::from(gone()),
            Stdout::Full => Stdio::from(full()),
        })
        .stderr(Stdio::piped());
    let output = command.spawn().expect("it starts").wait_with_output().expect("it ends");
    Ran::new(&output, bench.home.path(), Some(&bench.simulator.url()))
}

/// A pipe whose reader has gone before anything is written.
fn gone() -> std::io::PipeWriter {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    writer
}

fn full() -> File {
    File::options().write(true).open("/dev/full").expect("/dev/full")
}

/// An answer of the scripting console that fails.
fn throws() -> Fault {
    let trace = "java.lang.RuntimeException: oops\n\tat Script1.run(Script1.groovy:1)";
    let answer = serde_json::json!({"executionResult": "", "outputText": "", "stacktraceText": trace});
    Fault::Body(answer.to_string())
}

fn query_fails() -> Fault {
    let answer = serde_json::json!({
        "headers": null, "resultList": null, "exception": {"message": "no such type"}, "exceptionStackTrace": "",
    });
    Fault::Body(answer.to_string())
}

/// The arguments, what goes wrong, the exit code, and what is told.
type Failing = (&'static [&'static str], Option<(On, Fault)>, i32, &'static str);

#[test]
fn a_command_that_failed_fails_with_its_own_code_whatever_became_of_its_output() {
    let bench = Bench::with(Simulator::builder().failing_patch("Default constraints"));
    bench.file("wrong.impex", "INSERT_UPDATE Nothing;code[unique=true]\n;x\n");
    bench.run(&["session", "start"]);
    let faults = || bench.simulator.faults();
    let cases: &[Failing] = &[
        (&["groovy", "x"], Some((On::post("/console/scripting/execute"), throws())), 1, "the script failed"),
        (&["script", "--type", "js", "throw new Error('oops')"], None, 1, "the script failed"),
        (&["flexsearch", "x"], Some((On::post("/console/flexsearch/execute"), query_fails())), 1, "the query failed"),
        (
            &["flexsearch", "--sql", "x"],
            Some((On::post("/console/flexsearch/execute"), query_fails())),
            1,
            "the query failed",
        ),
        (&["impex", "import", "wrong.impex"], None, 1, "wrong.impex"),
        (&["impex", "validate", "wrong.impex"], None, 1, "wrong.impex"),
        (&["property", "get", "no.such.key"], None, 1, "shows no property"),
        (&["type", "show", "NoSuchType"], None, 1, "has no type"),
        (&["pk", "x"], None, 1, "is not a PK"),
        (&["cache", "clear"], Some((On::post("/clear"), Fault::Body("{\"message\":\"failed\"}".into()))), 1, "error:"),
        (&["update", "run", "--schema", "--interval", "0.01"], None, 1, "finished with errors"),
        (&["update", "log", "--follow", "--interval", "0.01"], None, 1, "finished with errors"),
        (&["session", "check", "elsewhere"], None, 4, "there is no session"),
        (&["session", "export", "elsewhere"], None, 4, "there is no session"),
        (&["groovy", "x"], Some((On::post("/console/scripting/execute"), Fault::ResetAfter)), 5, "error:"),
        (&["groovy", ""], None, 2, "error:"),
    ];
    for (arguments, fault, code, told) in cases {
        for json in [false, true] {
            for stdout in EACH {
                faults().clear();
                if let Some((on, fault)) = fault {
                    faults().always(on.clone(), fault.clone());
                }
                let arguments: Vec<&str> = arguments.iter().copied().chain(json.then_some("--json")).collect();
                let ran = run(&bench, stdout, &arguments);
                assert_eq!(ran.code, Some(*code), "{stdout:?} {arguments:?}: {ran}");
                assert!(ran.stderr.contains("error: ") && ran.stderr.contains(told), "{stdout:?} {arguments:?}: {ran}");
            }
        }
    }
}

#[test]
fn an_ended_session_is_reported_even_if_the_output_fails() {
    for stdout in EACH {
        let bench = Bench::new();
        bench.run(&["session", "start"]);
        bench.simulator.faults().expire_sessions();
        let ran = run(&bench, stdout, &["session", "check"]);
        assert_eq!(ran.code, Some(4), "{stdout:?}: {ran}");
        assert!(ran.stderr.contains("error: the session for 'local' has ended"), "{stdout:?}: {ran}");
    }
}

#[test]
fn a_command_that_succeeded_is_fine_when_the_reader_has_gone() {
    let bench = Bench::new();
    bench.file("good.impex", "INSERT_UPDATE Language;isocode[unique=true]\n;xx\n");
    let rows = ["flexsearch", "SELECT {code} FROM {Product}"];
    for arguments in [
        &["session", "start"][..],
        &["session", "list"],
        &["session", "check"],
        &["script", "--type", "js", "1"],
        &rows,
        &["impex", "import", "good.impex"],
        &["property", "list"],
        &["update", "run", "--schema", "--interval", "0.01"],
        &["completions", "bash"],
        &["--help"],
        &["--version"],
        &["session", "end"],
    ] {
        for stdout in [Stdout::Closed, Stdout::ReaderGone] {
            if arguments == ["session", "end"] {
                bench.run(&["session", "start"]);
            }
            let ran = run(&bench, stdout, arguments);
            assert_eq!(ran.code, Some(0), "{stdout:?} {arguments:?}: {ran}");
        }
    }
    // The formats that write while the rows come.
    for format in ["table", "tsv", "csv", "json", "jsonl"] {
        let ran = run(&bench, Stdout::ReaderGone, &[rows[0], rows[1], "-m", "0", "--format", format]);
        assert_eq!(ran.code, Some(0), "{format}: {ran}");
    }
}

#[test]
fn a_full_disk_is_an_error_that_says_what_was_done() {
    let bench = Bench::new();
    bench.file("good.impex", "INSERT_UPDATE Language;isocode[unique=true]\n;xx\n");
    for (arguments, code, told) in [
        (&["--help"][..], 2, "nothing was sent"),
        (&["--version"], 2, "nothing was sent"),
        (&["help", "groovy"], 2, "nothing was sent"),
        (&["completions", "bash"], 2, "nothing was sent"),
        (&["session", "list", "--json"], 2, "nothing was sent"),
        (&["simulator", "--port", "0"], 2, "nothing was sent"),
        (&["session", "start"], 1, "nothing was changed"),
        (&["flexsearch", "SELECT {code} FROM {Product}"], 1, "nothing was changed"),
        (&["flexsearch", "SELECT {code} FROM {Product}", "--json"], 1, "nothing was changed"),
        (&["property", "list"], 1, "nothing was changed"),
        (&["about"], 1, "nothing was changed"),
        (&["update", "status"], 1, "nothing was changed"),
        (&["script", "--type", "js", "1"], 5, "was executed"),
        (&["script", "--type", "js", "1", "--json"], 5, "was executed"),
        (&["flexsearch", "--sql", "SELECT p_code FROM products"], 5, "was executed"),
        (&["impex", "import", "good.impex"], 5, "was executed"),
        (&["property", "set", "a.b", "c"], 5, "was executed"),
        (&["cache", "clear"], 5, "was executed"),
        (&["jdbclog", "on"], 5, "was executed"),
        (&["update", "run", "--schema", "--interval", "0.01"], 5, "was executed"),
        (&["session", "end"], 5, "was executed"),
    ] {
        let ran = run(&bench, Stdout::Full, arguments);
        assert_eq!(ran.code, Some(code), "{arguments:?}: {ran}");
        let begin = "error: cannot write to standard output: ";
        assert!(ran.stderr.contains(begin) && ran.stderr.contains(told), "{arguments:?}: {ran}");
    }
}

#[test]
fn a_full_disk_leaves_nothing_to_count() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let rows = ["flexsearch", "SELECT {pk}, {code} FROM {Product}"];
    for flags in [&[][..], &["-m", "2"], &["-m", "1"], &["--format", "table"], &["--pk-as-key"], &["--all"]] {
        let ran = run(&bench, Stdout::Full, &[&rows, flags].concat());
        assert_eq!(ran.code, Some(1), "{flags:?}: {ran}");
        assert!(ran.stderr.starts_with("error: cannot write to standard output: "), "{flags:?}: {ran}");
    }
    for _ in 0..2 {
        bench.run(&["script", "--type", "js", "1"]);
    }
    let ran = run(&bench, Stdout::Full, &["audit", "-m", "1"]);
    assert!(ran.stderr.starts_with("error: cannot write to standard output: "), "{ran}");
}

#[test]
fn a_full_disk_sends_nothing_again() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    bench.simulator.ledger().clear();
    run(&bench, Stdout::Full, &["script", "--type", "js", "1"]);
    assert_eq!((bench.simulator.ledger().len(), bench.simulator.ledger().executed()), (1, 1));
}

/// The shell's limit for files stands for a disk that is full.
#[test]
fn a_file_that_cannot_be_written_is_an_error_that_says_what_was_done() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    bench.run(&["jdbclog", "on"]);
    bench.run(&["flexsearch", "SELECT {code} FROM {Product}", "-q"]);
    let limited = |arguments: &str| {
        let mut command = assert_cmd::Command::new("sh");
        // No signal, so that the write itself fails.
        command.args(["-c", &format!("trap '' XFSZ; ulimit -f 0; exec \"$0\" {arguments} 2>&1 | cat"), HAC]);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", bench.home.path())
            .env("HAC_URL", bench.simulator.url())
            .env("HAC_USERNAME", "admin")
            .current_dir(bench.home.path());
        bench.ran(&mut command).stdout
    };
    let packed = limited("--json support zip -o out.zip config/local.properties");
    assert!(packed.contains("cannot write to out.zip") && packed.contains("was executed"), "{packed}");
    assert!(packed.contains("\"kind\": \"io\""), "{packed}");
    bench.file(
        "categories.impex",
        "INSERT_UPDATE Category;code[unique=true]\n\"#% impex.exportItems( \"\"Category\"\" , false );\"\n",
    );
    let exported = limited("impex export categories.impex -o export.zip");
    assert!(exported.contains("export.zip") && exported.contains("the export was executed"), "{exported}");
    let log = limited("jdbclog download -o log.txt");
    assert!(log.contains("cannot write to log.txt") && log.contains("nothing was changed"), "{log}");
    let rows = ["rows.csv", "rows.json", "rows.md", "rows.csv.gz", "rows.csv.zst", "rows.xlsx", "rows.parquet"];
    for name in rows {
        let rows = limited(&format!("flexsearch 'SELECT {{code}} FROM {{Product}}' -o {name}"));
        assert!(rows.contains(&format!("cannot write to {name}")) && rows.contains("nothing was changed"), "{rows}");
    }
    let of_statement = limited("flexsearch --sql 'SELECT p_code FROM products' -o rows.csv");
    assert!(
        of_statement.contains("cannot write to rows.csv") && of_statement.contains("was executed"),
        "{of_statement}"
    );
    for (path, said) in [
        ("/platform/support/zip", packed),
        ("/console/impex/export", exported),
        ("/console/flexsearch/execute", of_statement),
    ] {
        assert!(said.contains("the audit log is not complete"), "{said}");
        bench.home.lacks(1, path, "no file may grow, as the warning says");
    }
    for name in rows.into_iter().chain(["out.zip", "export.zip", "log.txt"]) {
        assert!(!bench.home.path().join(name).exists(), "{name}");
    }
}

#[test]
fn standard_error_that_takes_nothing_changes_no_exit_code() {
    let bench = Bench::new();
    for (arguments, code) in [(&["script", "--type", "js", "throw new Error('oops')"][..], 1), (&["groovy", ""], 2)] {
        for stderr in [Stdio::from(full()), Stdio::from(gone())] {
            let mut command = Command::new(HAC);
            command
                .args(arguments)
                .env_clear()
                .env("HOME", bench.home.path())
                .env("HAC_URL", bench.simulator.url())
                .env("HAC_USERNAME", "admin")
                .env("HAC_PASSWORD", "nimda")
                .stdout(Stdio::null())
                .stderr(stderr);
            assert_eq!(command.status().expect("it runs").code(), Some(code), "{arguments:?}");
        }
    }
}

#[test]
fn an_error_of_the_arguments_keeps_its_code() {
    let home = home();
    for arguments in [&["--no-such-flag"][..], &["--no-such-flag", "--json"], &["script", "--json"]] {
        let mut command = bare(home.path());
        let output = Command::new(command.get_program())
            .args(arguments)
            .env_clear()
            .stdout(Stdio::from(full()))
            .output()
            .expect("it runs");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!output.stderr.is_empty());
        drop(command.output());
    }
}
