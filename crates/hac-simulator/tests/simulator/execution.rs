//! Scripts and queries: what arrives is what ran.

use hac_simulator::{Release, Simulator};

use crate::browser::Browser;

#[test]
fn a_script_runs_after_a_login() {
    for release in Release::ALL {
        let simulator = Simulator::builder().release(release).start().unwrap();
        let mut browser = Browser::admin(&simulator);
        assert_eq!(browser.script("1 + 1")["executionResult"], "2");
        assert_eq!(simulator.ledger().executed_scripts(), ["1 + 1"]);
        assert_eq!(simulator.ledger().logins(), 1);
    }
}
