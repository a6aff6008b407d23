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
fn an_invalid_level_and_missing_fields_are_bad_requests() {
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
fn each_documented_tab_is_a_page_with_a_token() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = Browser::admin(&simulator);
    let home = browser.get("/").text();
    for (path, title) in [
        ("/console/ldap", "LDAP"),
        ("/tenants", "Tenants"),
        ("/platform/dryrun", "SQL Scripts"),
        ("/platform/extensions", "Extensions"),
        ("/platform/jars", "Classpath Analyzer"),
        ("/platform/license", "License"),
        ("/platform/pkanalyzer", "PK Analyzer"),
        ("/platform/support", "Support"),
        ("/platform/system", "System"),
        ("/maintain/cleanup", "Clean Up"),
        ("/maintain/deployments", "Deployment"),
        ("/maintain/keys", "Encryption Keys"),
        ("/monitoring/cluster", "Cluster"),
        ("/monitoring/cronjobs", "Cron Jobs"),
        ("/monitoring/jmx", "JMX"),
        ("/monitoring/memory", "Memory"),
        ("/monitoring/performance", "Performance"),
        ("/monitoring/suspendresume", "Suspend and Resume"),
        ("/monitoring/threaddump", "Thread Dump"),
    ] {
        let page = browser.get(path);
        let title = format!("<title>hybris administration console | {title}</title>");
        assert!(page.status == 200 && page.text().contains(&title), "{path}: {}", page.text());
        assert!(home.contains(&format!("<a href=\"/hac{path}\">")), "{path}");
        assert_eq!(browser.post(path, &[]).header("allow"), Some("GET"), "{path}");
        browser.read_token(path);
        browser.script("1");
        let mut viewer = Browser::logged_in(&simulator, "viewer", "viewer");
        assert_eq!(viewer.get(path).status, 403, "{path}");
    }
}

#[test]
fn the_markers_that_public_clients_look_for_are_there() {
    let simulator = Simulator::builder().release(Release::R1811).disable_endpoint("console.ldap").start().unwrap();
    let mut browser = Browser::new(&simulator);
    assert!(!browser.get("/login.jsp").text().contains("loginErrors"));
    let failed = browser.log_in("admin", "wrong");
    let page = browser.get_absolute(&failed.location()).text();
    assert!(page.contains("id=\"loginErrors\""), "{page}");
    browser.log_in("admin", "nimda");
    let home = browser.get("/").text();
    assert!(home.contains("<ul id=\"console\""), "{home}");
    assert!(home.contains("/hac/console/scripting\"") && !home.contains("/hac/console/ldap"), "{home}");
    let config = browser.get("/platform/config").text();
    assert!(config.contains("<input type=\"text\" class=\"configValue\" name=\"build.number\" value="), "{config}");
    browser.read_token("/platform/pkanalyzer");
    let analysis = browser.post("/platform/pkanalyzer/analyze", &[("pkString", "8796093054977")]).json();
    assert_eq!(analysis["bits"][63], "1", "{analysis}");
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
