//! Changes to a protected server, confirmed by somebody at a terminal.

use crate::bench::Bench;
use crate::terminal::Terminal;

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
