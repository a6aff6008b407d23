//! The doctor at a terminal, where a pin can be written.

use hac_simulator::Simulator;

use crate::bench::Bench;
use crate::terminal::Terminal;

#[test]
fn a_pin_is_written_after_a_yes_and_the_rest_is_looked_at_with_it() {
    for (typed, code, pinned) in [("y\n", 0, true), ("\n", 3, false), ("\u{3}", 130, false)] {
        let bench = Bench::with(Simulator::builder().https());
        let file = bench.home.path().join(".config/hac-client/config.toml");
        std::fs::create_dir_all(file.parent().expect("a directory")).expect("made");
        let url = bench.simulator.url();
        std::fs::write(&file, format!("[environments.shop.endpoints.hac]\n# Mine.\nurl = '{url}'\n")).expect("written");
        let mut terminal = Terminal::start(&bench, 200, Some("nimda"), &["doctor", "shop"]);
        terminal.wait_for("as the pin of shop/hac? [y/N] ");
        assert!(bench.simulator.ledger().is_empty(), "nothing is sent before the answer");
        terminal.type_in(typed);
        let (seen, ended) = terminal.finish();
        assert_eq!(ended, Some(code), "{typed:?}: {seen}");
        let pin = format!("pin = \"sha256:{}\"", bench.simulator.certificate_sha256().expect("a certificate"));
        let text = std::fs::read_to_string(&file).expect("a file");
        assert_eq!((text.contains(&pin), text.contains("# Mine.")), (pinned, true), "{text}");
        assert_eq!(bench.simulator.ledger().logins(), usize::from(pinned), "{seen}");
        assert_eq!(seen.contains("skipped  login"), code == 3, "{seen}");
        if code == 3 {
            // Where it is asked for, and in the command that keeps it.
            let fingerprint = bench.simulator.certificate_sha256().expect("a certificate");
            assert_eq!(seen.matches(&fingerprint).count(), 2, "{seen}");
        }
    }
}
