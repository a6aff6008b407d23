//! Changes to a protected server, confirmed by somebody at a terminal.

use rustix::process::Signal;

use crate::bench::Bench;
use crate::terminal::Terminal;

/// Commands that ask on a terminal, each with what is said not to have happened when its question is interrupted.
const ASKING: &[(&str, &str)] = &[
    ("impex import big.impex --chunk-lines 10", "before big.impex was sent"),
    ("impex import big.impex --chunk-lines 10 --restart", "before big.impex was sent"),
    ("impex import big.impex --chunk-lines 10 --parallel 4", "before big.impex was sent"),
    ("impex import big.impex --report rows", "before big.impex was sent"),
    ("impex import big.impex small.impex", "before big.impex was sent"),
    ("impex import small.impex", "before small.impex was sent"),
    ("impex export -o out.zip small.impex", "before the export was sent"),
    ("groovy 'return 1' --commit", "before the script was sent"),
    ("logger set root DEBUG --for 10m", "before the change of the level of root was sent"),
    ("logger set root DEBUG", "before the change of the log level was sent"),
    ("property set a.b 1", "before the change of the property was sent"),
    ("cache clear", "before the clearing of the cache was sent"),
    ("jdbclog on", "before the switching of the JDBC log was sent"),
    ("jdbclog clear", "before the clearing of the JDBC log was sent"),
    ("update run --schema", "before the update was started"),
    ("support zip -o support.zip config/local.properties", "before the packing of the support files was sent"),
];

/// A server whose changes must be confirmed.
fn protected() -> Bench {
    let bench = Bench::new();
    let directory = bench.home.path().join(".config/hac-client");
    std::fs::create_dir_all(&directory).expect("made");
    let text = format!(
        "[environments.prod]\nprotection = 'confirm'\n[environments.prod.endpoints.hac]\nurl = '{}'\n",
        bench.simulator.url()
    );
    std::fs::write(directory.join("config.toml"), text).expect("written");
    bench
}

#[test]
fn a_change_wants_the_name_of_the_environment_and_names_the_host() {
    for (typed, code, changes) in [("prod\n", 0, 1), ("stage\n", 2, 0), ("\n", 2, 0), ("\u{3}", 130, 0)] {
        let bench = protected();
        let mut terminal = Terminal::start(&bench, 200, Some("nimda"), &["property", "set", "a.b", "1"]);
        let question = format!("prod ({}) is protected. To set the property, type prod: ", bench.simulator.url());
        terminal.wait_for(&question);
        assert!(bench.simulator.ledger().is_empty(), "nothing is sent before the answer");
        terminal.type_in(typed);
        let (seen, ended) = terminal.finish();
        assert_eq!((ended, bench.simulator.ledger().executed()), (Some(code), changes), "{typed:?}: {seen}");
    }
}

#[test]
fn a_command_with_several_changes_asks_once() {
    let bench = protected();
    let files: Vec<_> = (0..3)
        .map(|number| {
            bench.file(&format!("{number}.impex"), format!("INSERT_UPDATE Language;isocode[unique=true]\n;x{number}\n"))
        })
        .collect();
    let arguments: Vec<_> = ["impex", "import"].into_iter().chain(files.iter().map(String::as_str)).collect();
    let mut terminal = Terminal::start(&bench, 200, Some("nimda"), &arguments);
    terminal.wait_for("type prod: ");
    terminal.type_in("prod\n");
    let (seen, ended) = terminal.finish();
    assert_eq!((ended, bench.simulator.ledger().count("/console/impex/import")), (Some(0), 3), "{seen}");
    assert_eq!(seen.matches("type prod: ").count(), 1, "{seen}");
}

/// The same with files to import: one that is split into chunks of ten rows, and a small one.
fn with_files() -> Bench {
    let bench = protected();
    let rows = (0..30).map(|row| format!(";x{row}\n")).collect::<Vec<_>>().concat();
    bench.file("big.impex", format!("INSERT_UPDATE Language;isocode[unique=true]\n{rows}"));
    bench.file("small.impex", "INSERT_UPDATE Language;isocode[unique=true]\n;small\n");
    bench
}

/// A command as it is typed, with the password at hand.
fn typed(bench: &Bench, line: &str) -> Terminal {
    Terminal::start_shell_with(
        bench,
        300,
        &[("HAC_PASSWORD", "nimda")],
        &format!("cd \"$HOME\" && exec \"$HAC\" {line}"),
    )
}

#[test]
fn ctrl_c_at_the_question_ends_every_command_that_asks_and_nothing_is_sent() {
    for (line, said) in ASKING {
        let bench = with_files();
        let mut terminal = Terminal::start_outlived(&bench, Some("nimda"), line);
        terminal.wait_for("type prod: ");
        terminal.type_in("\u{3}");
        let (seen, ended) = terminal.finish_outlived();
        assert_eq!((ended, bench.simulator.ledger().executed()), (Some(130), 0), "{line}: {seen}");
        assert!(seen.contains(&format!("interrupted {said}")), "{line}: {seen}");
        assert!(!seen.contains("stopping after"), "{line}: {seen}");
        assert!(!seen.contains("type prod: error"), "the error has a line of its own: {line}: {seen}");
    }
}

#[test]
fn every_signal_to_end_ends_the_question_of_a_command_that_otherwise_ends_by_itself() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129)] {
        for line in ["impex import big.impex --chunk-lines 10", "logger set root DEBUG --for 10m"] {
            let bench = with_files();
            let mut terminal = typed(&bench, line);
            terminal.wait_for("type prod: ");
            terminal.send(signal);
            let (seen, ended) = terminal.finish();
            assert_eq!((ended, bench.simulator.ledger().executed()), (Some(code), 0), "{line}: {seen}");
        }
    }
}

#[test]
fn an_import_whose_question_was_interrupted_has_no_checkpoint_to_decide_about() {
    let bench = with_files();
    let line = "impex import big.impex --chunk-lines 10";
    let mut terminal = typed(&bench, line);
    terminal.wait_for("type prod: ");
    terminal.type_in("\u{3}");
    assert_eq!(terminal.finish().1, Some(130));
    let mut terminal = typed(&bench, line);
    terminal.wait_for("type prod: ");
    assert!(!terminal.seen.contains("unfinished") && !terminal.seen.contains("unknown"), "{}", terminal.seen);
    terminal.type_in("prod\n");
    let (seen, ended) = terminal.finish();
    assert_eq!((ended, bench.simulator.ledger().count("/console/impex/import")), (Some(0), 3), "{seen}");
}

#[test]
fn ctrl_c_at_the_question_for_the_password_ends_an_import_in_chunks() {
    let bench = Bench::new();
    let rows = (0..30).map(|row| format!(";x{row}\n")).collect::<Vec<_>>().concat();
    bench.file("big.impex", format!("INSERT_UPDATE Language;isocode[unique=true]\n{rows}"));
    let mut terminal = Terminal::start_outlived(&bench, None, "impex import big.impex --chunk-lines 10");
    terminal.wait_for("Password of ");
    terminal.wait_until_hidden();
    terminal.type_in("\u{3}");
    let (seen, ended) = terminal.finish_outlived();
    assert_eq!((ended, bench.simulator.ledger().executed()), (Some(130), 0), "{seen}");
    assert!(seen.contains("interrupted before big.impex was sent"), "{seen}");
}

#[test]
fn undoing_a_change_that_was_changed_again_wants_a_yes() {
    for (typed, code, left) in [("y\n", 0, "first\n"), ("n\n", 2, "third\n"), ("\n", 2, "third\n")] {
        let bench = Bench::new();
        for value in ["first", "second", "third"] {
            bench.run(&["property", "set", "mail.smtp.server", value]);
        }
        let id = bench.run(&["audit", "-m", "2", "--json"]).objects()[0]["id"].as_str().expect("an id").to_owned();
        let mut terminal = Terminal::start(&bench, 200, None, &["audit", "undo", &id]);
        terminal.wait_for("Put 'first' back anyway? [y/N] ");
        terminal.type_in(typed);
        let (seen, ended) = terminal.finish();
        assert_eq!(ended, Some(code), "{typed:?}: {seen}");
        assert!(seen.contains("the recorded change set 'second', and now it is 'third'"), "{seen}");
        assert_eq!(bench.run(&["property", "get", "-q", "mail.smtp.server"]).stdout, left, "{typed:?}");
    }
}
