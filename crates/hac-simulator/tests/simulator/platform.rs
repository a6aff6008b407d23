//! The pages of the platform tab.

use hac_simulator::{Release, Simulator};

use crate::browser::Browser;

#[test]
fn a_changed_level_is_answered_with_all_levels_and_loggers() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = Browser::admin(&simulator);
    let form = [("loggerName", "org.apache.solr"), ("levelName", "debug")];
    let reply = browser.post("/platform/log4j/changeLevel", &form);
    let text = reply.text();
    assert!(
        text.starts_with(r#"{"loggerName":"org.apache.solr","levelName":"DEBUG","levels":[{"standardLevel":"OFF""#)
    );
    let answer = reply.json();
    assert_eq!(answer["loggers"][0]["name"], "root");
    assert!(answer["loggers"][0]["parentName"].is_null());
    let page = browser.get("/platform/log4j").text();
    let row = page.lines().find(|line| line.contains("title=\"org.apache.solr\"")).unwrap();
    assert!(row.contains("<td title=\"root\">") && row.contains("value=\"DEBUG\" selected"), "{row}");
    assert_eq!(simulator.ledger().executed(), 1);
}

#[test]
fn a_level_that_is_none_and_missing_fields_are_bad_requests() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = Browser::admin(&simulator);
    let level = "/platform/log4j/changeLevel";
    assert_eq!(browser.post(level, &[("loggerName", "root"), ("levelName", "LOUD")]).status, 400);
    assert_eq!(browser.post(level, &[("loggerName", "root")]).status, 400);
    assert_eq!(browser.post("/platform/config/configstore", &[("key", "a")]).status, 400);
    assert_eq!(browser.get(level).status, 405);
    assert_eq!(simulator.ledger().executed(), 0);
}

#[test]
fn each_node_has_loggers_and_properties_of_its_own() {
    let simulator = Simulator::builder().nodes(2).start().unwrap();
    let mut first = Browser::admin(&simulator);
    let mut second = Browser::admin(&simulator);
    assert_ne!(first.cookies["ROUTE"], second.cookies["ROUTE"]);
    first.post("/platform/log4j/changeLevel", &[("loggerName", "only.here"), ("levelName", "ALL")]);
    first.post("/platform/config/configstore", &[("key", "only.here"), ("val", "1")]);
    for path in ["/platform/log4j", "/platform/config"] {
        assert!(first.get(path).text().contains("only.here"), "{path}");
        assert!(!second.get(path).text().contains("only.here"), "{path}");
    }
}

#[test]
fn a_trailing_slash_is_another_path_where_slashes_are_strict() {
    for (release, status) in [(Release::R2211, 200), (Release::R2211Jdk21, 404)] {
        let simulator = Simulator::builder().release(release).start().unwrap();
        let mut browser = Browser::admin(&simulator);
        for path in ["/platform/log4j/", "/platform/config/", "/monitoring/cache/"] {
            assert_eq!(browser.get(path).status, status, "{path}");
        }
        let form = [("loggerName", "root"), ("levelName", "INFO")];
        assert_eq!(browser.post("/platform/log4j/changeLevel/", &form).status, status);
    }
}

#[test]
fn a_limited_role_looks_and_changes_nothing() {
    let roles = ["HAC_PLATFORM_LOGGING_LIMITED", "HAC_PLATFORM_CONFIGURATION_LIMITED", "HAC_MONITORING_CACHE_LIMITED"];
    let simulator = Simulator::builder().user("looker", "looker", &roles).start().unwrap();
    let mut browser = Browser::logged_in(&simulator, "looker", "looker");
    for path in ["/platform/log4j", "/platform/config", "/monitoring/cache"] {
        assert_eq!(browser.get(path).status, 200, "{path}");
    }
    let level = [("loggerName", "root"), ("levelName", "INFO")];
    assert_eq!(browser.post("/platform/log4j/changeLevel", &level).status, 405);
    assert_eq!(browser.post("/platform/config/configstore", &[("key", "a"), ("val", "b")]).status, 405);
    assert_eq!(browser.post("/monitoring/cache/regionCache/clear", &[]).status, 405);
    assert_eq!(simulator.ledger().executed(), 0);
}
