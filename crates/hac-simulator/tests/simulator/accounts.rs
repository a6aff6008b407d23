//! The account, which outlasts the entries of the ledger.

use hac_simulator::{Fault, On, Simulator};

use crate::browser::Browser;

#[test]
fn changes_are_counted_by_path_whether_or_not_the_ledger_is_cleared() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = Browser::admin(&simulator);
    browser.script("0");
    let account = simulator.ledger().account();
    browser.script("1");
    simulator.ledger().clear();
    browser.script("2");
    let sql = |commit| [("flexibleSearchQuery", ""), ("sqlQuery", "SELECT 1"), ("commit", commit), ("maxCount", "1")];
    browser.query(&sql("false"));
    for commit in ["true", "false"] {
        let query = [("flexibleSearchQuery", "SELECT {pk} FROM {User}"), ("commit", commit), ("maxCount", "1")];
        browser.query(&query);
    }
    simulator.faults().once(On::post("/console/scripting/execute"), Fault::ResetBefore);
    assert!(browser.try_script("3").is_err(), "it was not executed");
    let changes: Vec<_> = account.changes().into_iter().collect();
    let expected = [("/hac/console/flexsearch/execute", 2), ("/hac/console/scripting/execute", 2)];
    assert_eq!(changes, expected.map(|(path, count)| (path.to_owned(), count)));
}

#[test]
fn what_the_ledger_hides_is_a_secret_of_the_account() {
    let simulator = Simulator::builder().gate("guard", "open sesame").nodes(2).start().unwrap();
    let before = Browser::new(&simulator);
    let account = simulator.ledger().account();
    let mut browser = before;
    // "guard:open sesame"
    browser.headers = vec![("Authorization".to_owned(), "Basic Z3VhcmQ6b3BlbiBzZXNhbWU=".to_owned())];
    browser.get("/");
    let anonymous = browser.cookies["JSESSIONID"].clone();
    browser.log_in("admin", "nimda");
    let secrets = account.secrets();
    for secret in
        ["nimda", "open sesame", "Z3VhcmQ6b3BlbiBzZXNhbWU=", &anonymous, &browser.token, &browser.cookies["JSESSIONID"]]
    {
        assert!(secrets.contains(secret), "{secret}: {secrets:?}");
    }
    assert!(!secrets.contains("admin") && !secrets.contains(&browser.cookies["ROUTE"]), "{secrets:?}");
    assert!(!format!("{account:?}").contains("nimda"));
}
