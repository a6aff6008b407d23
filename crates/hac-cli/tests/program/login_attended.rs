//! A login on a terminal.

use hac_simulator::Simulator;

use crate::bench::Bench;
use crate::terminal::Terminal;

#[test]
fn nobody_is_asked_for_a_password_that_could_not_be_used() {
    let bench = Bench::new();
    let encrypted = Bench::with(Simulator::builder().https());
    // Nobody listens on port 1.
    for (url, code) in [("http://127.0.0.1:1".to_owned(), 3), (encrypted.simulator.url(), 3)] {
        for arguments in
            [&["login", "--url", &url][..], &["session", "start", "--url", &url], &["about", "--url", &url]]
        {
            let (seen, ended) = Terminal::start(&bench, 80, None, arguments).finish_without_waiting();
            assert_eq!(ended, Some(code), "{seen}");
            assert!(!seen.contains("Password of"), "{seen}");
        }
    }
    assert_eq!(encrypted.simulator.ledger().login_attempts(), 0);
}

#[test]
fn a_query_without_a_text_is_not_waited_for_on_a_terminal() {
    let bench = Bench::new();
    for arguments in [&["flexsearch"][..], &["groovy"], &["impex", "import"]] {
        let (seen, ended) = Terminal::start(&bench, 80, Some("nimda"), arguments).finish_without_waiting();
        assert_eq!(ended, Some(2), "{seen}");
    }
    assert!(bench.simulator.ledger().is_empty());
}
