//! Each release by what tells it from the others.

use hac_simulator::{Release, Simulator};

use crate::browser::Browser;

/// Login page, status of a refusal, status with a trailing slash, length of a token, whether the counts and data source are there.
const TABLE: [(Release, &str, u16, u16, usize, bool, bool); 5] = [
    (Release::R1811, "/hac/login.jsp", 403, 200, 36, false, false),
    (Release::R2005, "/hac/login", 403, 200, 36, false, false),
    (Release::R2205, "/hac/login", 405, 200, 36, true, false),
    (Release::R2211, "/hac/login", 405, 200, 36, true, true),
    (Release::R2211Jdk21, "/hac/login", 405, 404, 96, true, true),
];

#[test]
fn every_release_answers_as_its_row_of_the_table() {
    for (release, login, refusal, slash, token, count, source) in TABLE {
        let simulator = Simulator::builder().release(release).start().unwrap();
        assert_eq!(Browser::new(&simulator).get("/").location(), format!("{}{login}", simulator.url()), "{release}");
        let mut browser = Browser::admin(&simulator);
        assert_eq!(browser.token.len(), token, "{release}");
        assert_eq!(browser.get("/console/scripting/").status, slash, "{release}");
        let reply = browser.query(&[("flexibleSearchQuery", "SELECT {pk} FROM {Product}")]);
        let answer = reply.json();
        assert_eq!(answer.get("resultCount").is_some(), count, "{release}");
        assert_eq!(answer.get("dataSourceId").is_some(), source, "{release}");
        assert_eq!(browser.get("/console/flexsearch").text().contains("dataSource"), source, "{release}");
        browser.token = "wrong".to_owned();
        let reply = browser.run_script("1");
        assert_eq!(reply.status, refusal, "{release}");
        assert_eq!(reply.header("allow").is_some(), refusal == 405, "{release}");
    }
}

#[test]
fn a_login_leads_back_to_the_page_and_says_so_on_java_21() {
    for (release, ending) in [(Release::R2211, ""), (Release::R2211Jdk21, "?continue")] {
        for page in ["/hac/", "/hac/console/scripting"] {
            let simulator = Simulator::builder().release(release).start().unwrap();
            let mut browser = Browser::new(&simulator);
            browser.get_absolute(page);
            browser.token = browser.get("/login").token();
            let reply = browser.post("/j_spring_security_check", &[("j_username", "admin"), ("j_password", "nimda")]);
            assert_eq!(reply.location(), format!("{}{page}{ending}", simulator.url()));
            assert_eq!(browser.get_absolute(&format!("{page}{ending}")).status, 200);
        }
    }
}

#[test]
fn the_cookie_is_secure_wherever_https_is() {
    for release in Release::ALL {
        let simulator = Simulator::builder().release(release).https().start().unwrap();
        let reply = Browser::new(&simulator).get("/");
        assert!(reply.header("set-cookie").unwrap().contains("; Secure"), "{release}");
        let simulator = Simulator::builder().release(release).start().unwrap();
        let reply = Browser::new(&simulator).get("/");
        assert!(!reply.header("set-cookie").unwrap().contains("; Secure"), "{release}");
    }
}

#[test]
fn the_last_word_is_the_callers() {
    let simulator =
        Simulator::builder().knobs(|knobs| knobs.cookie_secure = true).release(Release::R2211).start().unwrap();
    let reply = Browser::new(&simulator).get("/");
    assert!(reply.header("set-cookie").unwrap().contains("; Secure"));
}
