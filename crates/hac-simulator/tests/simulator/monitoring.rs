//! The pages of the monitoring tab.

use hac_simulator::Simulator;

use crate::browser::Browser;

/// Entries, hits and misses of the region of queries.
fn queries(browser: &mut Browser) -> Vec<u64> {
    let page = browser.get("/monitoring/cache").text();
    let row = page.lines().find(|line| line.contains("queryCacheRegion")).unwrap().to_owned();
    row.split(['<', '>']).filter_map(|text| text.parse().ok()).skip(1).collect()
}

#[test]
fn queries_go_through_the_cache_which_is_empty_when_it_was_cleared() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = Browser::admin(&simulator);
    let form = [("flexibleSearchQuery", "SELECT {pk} FROM {Product}")];
    browser.query(&form);
    browser.query(&form);
    assert_eq!(queries(&mut browser), [1, 1, 1]);
    let reply = browser.post("/monitoring/cache/regionCache/clear", &[]);
    assert_eq!((reply.status, reply.text().contains("fail")), (200, false));
    assert_eq!(queries(&mut browser), [0, 1, 1]);
    browser.query(&form);
    assert_eq!(queries(&mut browser), [1, 1, 2]);
}
