//! The filter chain: who is let in, what is refused, and where everybody else is sent.

use hac_simulator::{
    BesideRoot, DeniedPage, Locations, LoginPage, Refusal, Release, Simulator, SimulatorHandle, TokenStyle,
};

use crate::browser::Browser;

fn simulator() -> SimulatorHandle {
    Simulator::builder().start().unwrap()
}

#[test]
fn an_anonymous_visitor_is_sent_to_the_login_page_and_gets_a_session() {
    let simulator = simulator();
    let mut browser = Browser::new(&simulator);
    let reply = browser.get("/console/scripting");
    assert_eq!((reply.status, reply.location()), (302, format!("{}/hac/login", simulator.url())));
    let cookie = reply.header("set-cookie").unwrap();
    assert!(cookie.starts_with("JSESSIONID=") && cookie.contains("; Path=/hac") && cookie.ends_with("; HttpOnly"));
    assert!(!cookie.contains("Secure"));
}

#[test]
fn the_login_page_bears_the_documented_markers() {
    let simulator = simulator();
    let mut browser = Browser::new(&simulator);
    let reply = browser.get("/login");
    let text = reply.text();
    assert_eq!(reply.status, 200);
    assert!(reply.header("set-cookie").unwrap().starts_with("JSESSIONID="));
    assert!(text.contains("<title>hybris administration console | Login</title>"));
    assert!(text.contains("redirect_detection"));
    assert!(text.contains("action=\"/hac/j_spring_security_check\""));
    let metas = text.lines().find(|line| line.contains("X-CSRF")).unwrap();
    // A published script cuts the token out of this line by counting quotation marks.
    assert_eq!(metas.split('"').nth(11), Some(reply.token().as_str()));
    assert!(!text.contains("Login failed"));
}

#[test]
fn a_login_moves_the_session_and_changes_the_token() {
    let simulator = simulator();
    let mut browser = Browser::new(&simulator);
    let reply = browser.log_in("admin", "nimda");
    let before = browser.token.clone();
    assert_eq!((reply.status, reply.location()), (302, format!("{}/hac/?continue", simulator.url())));
    assert!(reply.header("set-cookie").unwrap().starts_with("JSESSIONID="));
    assert_eq!(browser.run_script("1").status, 405, "the token from before the login");
    browser.read_token("/");
    assert_ne!(browser.token, before);
    assert_eq!(browser.script("1")["executionResult"], "1");
    assert_eq!(simulator.ledger().executed(), 1);
}

#[test]
fn the_session_id_from_before_a_login_is_dead() {
    let simulator = simulator();
    let mut browser = Browser::new(&simulator);
    browser.get("/");
    let before = browser.cookies.clone();
    browser.log_in("admin", "nimda");
    assert_ne!(browser.cookies, before);
    browser.cookies = before;
    let reply = browser.get("/login");
    assert!(reply.header("set-cookie").is_some(), "not even an anonymous session");
}

#[test]
fn a_server_may_keep_the_session_id_at_a_login() {
    let simulator = Simulator::builder().knobs(|knobs| knobs.rotate_session_at_login = false).start().unwrap();
    let mut browser = Browser::new(&simulator);
    browser.get("/");
    let before = browser.cookies.clone();
    let reply = browser.log_in("admin", "nimda");
    assert_eq!(reply.header("set-cookie"), None);
    assert_eq!(browser.cookies, before);
    assert_eq!(browser.get("/").status, 200);
}

#[test]
fn a_wrong_password_leads_back_to_the_login_page_and_no_further() {
    let simulator = simulator();
    let mut browser = Browser::new(&simulator);
    let reply = browser.log_in("admin", "wrong");
    assert_eq!((reply.status, reply.location().as_str()), (302, "/hac/login?login_error=1"));
    assert!(browser.get("/login?login_error=1").text().contains("Login failed"));
    assert_eq!(browser.get("/").status, 302);
    let ledger = simulator.ledger();
    assert_eq!((ledger.login_attempts(), ledger.logins()), (1, 0));
    assert!(ledger.entries().iter().all(|entry| entry.user.is_none()));
}

#[test]
fn a_login_without_a_token_is_refused() {
    let simulator = simulator();
    let mut browser = Browser::new(&simulator);
    browser.get("/login");
    let reply = browser.post("/j_spring_security_check", &[("j_username", "admin"), ("j_password", "nimda")]);
    assert_eq!((reply.status, reply.header("allow")), (405, Some("GET")));
    assert_eq!(simulator.ledger().logins(), 0);
}

#[test]
fn a_refusal_executes_nothing_and_gives_a_stranger_a_session() {
    for (refusal, status, allow) in
        [(Refusal::Forbidden403, 403, None), (Refusal::MethodNotAllowed405, 405, Some("GET"))]
    {
        let simulator = Simulator::builder().knobs(move |knobs| knobs.csrf_refusal = refusal).start().unwrap();
        let mut browser = Browser::admin(&simulator);
        simulator.faults().forget_everything();
        let dead = browser.cookies.clone();
        let reply = browser.run_script("1");
        assert_eq!((reply.status, reply.header("allow")), (status, allow));
        assert_ne!(browser.cookies, dead);
        assert_eq!(reply.text().contains("j_username"), status == 403, "the page that it was forwarded to");
        let again = browser.run_script("1");
        assert_eq!((again.status, again.header("set-cookie")), (status, None));
        assert_eq!(simulator.ledger().executed(), 0);
    }
}

#[test]
fn a_dead_session_is_sent_to_the_login_on_get() {
    let simulator = simulator();
    let mut browser = Browser::admin(&simulator);
    simulator.faults().expire_sessions();
    let reply = browser.get("/");
    assert_eq!((reply.status, reply.location()), (302, format!("{}/hac/login", simulator.url())));
}

#[test]
fn each_page_shows_another_token_and_all_of_them_count() {
    let style = TokenStyle::AnotherOnEachPage;
    let simulator = Simulator::builder().knobs(move |knobs| knobs.token_style = style).start().unwrap();
    let mut browser = Browser::admin(&simulator);
    let first = browser.token.clone();
    browser.read_token("/");
    assert_ne!(browser.token, first);
    browser.script("1");
    browser.token = first;
    browser.script("1");
    simulator.faults().rotate_tokens();
    assert_eq!(browser.run_script("1").status, 405);
}

#[test]
fn a_token_is_accepted_as_header_as_field_and_in_the_query() {
    for style in [TokenStyle::Uuid, TokenStyle::Masked, TokenStyle::AnotherOnEachPage] {
        let simulator = Simulator::builder().knobs(move |knobs| knobs.token_style = style).start().unwrap();
        let mut browser = Browser::admin(&simulator);
        let token = std::mem::take(&mut browser.token);
        let fields = [("script", "1"), ("scriptType", "javascript")];
        assert_eq!(browser.post("/console/scripting/execute", &fields).status, 405);
        let path = format!("/console/scripting/execute?_csrf={token}");
        assert_eq!(browser.post(&path, &fields).status, 200);
        browser.headers = vec![("X-Csrf-Token".to_owned(), token)];
        assert_eq!(browser.post("/console/scripting/execute", &fields).status, 200);
        assert_eq!(simulator.ledger().executed(), 2);
    }
}

#[test]
fn every_masked_form_of_a_token_stays_valid_and_the_naked_one_is_none() {
    let simulator = simulator();
    let mut browser = Browser::admin(&simulator);
    let first = browser.token.clone();
    browser.read_token("/console/scripting");
    assert_ne!(browser.token, first);
    browser.script("1");
    browser.token = first;
    browser.script("1");
    browser.token = "0b0e2c39-7d5f-4b61-a111-6d9a2f2c1d1e".to_owned();
    assert_eq!(browser.run_script("1").status, 405);
}

#[test]
fn a_logout_ends_the_session_and_leaves_its_cookie() {
    let simulator = simulator();
    let mut browser = Browser::admin(&simulator);
    let reply = browser.post("/j_spring_security_logout", &[]);
    assert_eq!((reply.status, reply.location().as_str()), (302, "/hac/login?logout"));
    assert_eq!(reply.header("set-cookie"), None);
    assert_eq!(browser.get("/").status, 302);
}

#[test]
fn a_logout_without_a_token_changes_nothing() {
    let simulator = simulator();
    let mut browser = Browser::admin(&simulator);
    browser.token = String::new();
    assert_eq!(browser.post("/j_spring_security_logout", &[]).status, 405);
    assert_eq!(browser.get("/").status, 200);
}

#[test]
fn who_lacks_the_right_is_answered_as_by_the_login_page_and_runs_nothing() {
    for (release, status, allow) in [(Release::R2211, 405, Some("GET")), (Release::R2005, 403, None)] {
        let simulator = Simulator::builder().release(release).start().unwrap();
        let mut browser = Browser::logged_in(&simulator, "viewer", "viewer");
        assert!(browser.get("/").text().contains("You're viewer"));
        for path in ["/console/scripting", "/console/flexsearch/execute", "/console/absent", "/platform"] {
            let reply = browser.get(path);
            assert_eq!((reply.status, reply.header("set-cookie")), (403, None), "{path}");
            assert!(reply.text().contains("<title>hybris administration console | Login"), "{path}");
            assert_eq!(reply.token(), browser.token, "it is the session's own, which is alive");
        }
        for reply in [
            browser.run_script("1"),
            browser.query(&[("flexibleSearchQuery", "SELECT {pk} FROM {Product}")]),
            browser.post("/console/absent", &[]),
        ] {
            assert_eq!((reply.status, reply.header("allow")), (status, allow), "{release}");
        }
        assert_eq!(browser.get("/absent").status, 404, "what is in no tab is for everybody");
        assert_eq!(simulator.ledger().executed(), 0);
    }
}

#[test]
fn a_missing_right_may_show_a_page_of_its_own() {
    let simulator = Simulator::builder()
        .knobs(|knobs| (knobs.role_refusal, knobs.denied_page) = (Refusal::Forbidden403, DeniedPage::Forbidden))
        .start()
        .unwrap();
    let mut browser = Browser::logged_in(&simulator, "viewer", "viewer");
    for reply in [browser.get("/console/scripting"), browser.run_script("1")] {
        assert_eq!(reply.status, 403);
        assert!(reply.text().contains("<title>hybris administration console | Forbidden"), "{}", reply.text());
    }
}

#[test]
fn the_login_page_takes_no_post_unless_it_is_a_jsp() {
    for (release, status, allow) in [(Release::R1811, 200, None), (Release::R2005, 405, Some("GET"))] {
        let simulator = Simulator::builder().release(release).start().unwrap();
        let mut browser = Browser::admin(&simulator);
        let reply = browser.post(if release == Release::R1811 { "/login.jsp" } else { "/login" }, &[]);
        assert_eq!((reply.status, reply.header("allow")), (status, allow), "{release}");
    }
}

#[test]
fn an_odd_address_is_turned_away_unless_there_is_no_firewall() {
    for (firewall, odd, plain) in [(Some(500), 500, 500), (Some(400), 400, 400), (None, 404, 200)] {
        let simulator = Simulator::builder().knobs(move |knobs| knobs.firewall = firewall).start().unwrap();
        let mut browser = Browser::admin(&simulator);
        for path in ["/console//scripting", "/console/scripting%3bx", "/console%25"] {
            assert_eq!(browser.get(path).status, odd, "{path}");
        }
        assert_eq!(browser.get("/console/scripting;jsessionid=1").status, plain);
        assert_eq!(browser.get("//").status, plain);
        let script = format!("{};x=1", "/console/scripting/execute");
        assert_eq!(browser.post(&script, &[("script", "1"), ("scriptType", "javascript")]).status, plain);
        assert_eq!(simulator.ledger().executed(), usize::from(firewall.is_none()));
    }
}

#[test]
fn a_page_names_the_methods_that_it_takes() {
    let simulator = simulator();
    let mut browser = Browser::admin(&simulator);
    for path in ["/", "/console/scripting", "/console/flexsearch"] {
        let reply = browser.post(path, &[]);
        assert_eq!((reply.status, reply.header("allow")), (405, Some("GET")), "{path}");
    }
    let reply = browser.get("/console/scripting/execute");
    assert_eq!((reply.status, reply.header("allow")), (405, Some("POST")));
}

#[test]
fn a_role_opens_its_console_and_no_other() {
    let simulator = Simulator::builder().user("dev", "dev", &["ROLE_HAC_CONSOLE_SCRIPTINGLANGUAGES"]).start().unwrap();
    let mut browser = Browser::logged_in(&simulator, "dev", "dev");
    browser.script("1");
    assert_eq!(browser.get("/console/flexsearch").status, 403);
}

#[test]
fn the_home_page_greets_the_user_and_has_the_token_twice() {
    let simulator = simulator();
    let mut browser = Browser::admin(&simulator);
    let text = browser.get("/").text();
    assert!(text.contains("You're Administrator"));
    assert!(text.contains("<meta name=\"_csrf\" content=\""));
    assert!(text.contains("<input type=\"hidden\" name=\"_csrf\" value=\""));
}

#[test]
fn an_unknown_path_is_a_login_for_strangers_and_404_for_users() {
    let simulator = simulator();
    assert_eq!(Browser::new(&simulator).get("/console/nothing").status, 302);
    assert_eq!(Browser::admin(&simulator).get("/console/nothing").status, 404);
}

#[test]
fn outside_the_context_path_there_is_nothing_and_no_session() {
    let simulator = simulator();
    let mut browser = Browser::new(&simulator);
    for path in ["/", "/hacker/", "/login", "/console/scripting"] {
        let reply = browser.get_absolute(path);
        assert_eq!((reply.status, reply.header("set-cookie")), (404, None), "{path}");
    }
    let reply = browser.get_absolute("/hac");
    assert_eq!((reply.status, reply.location().as_str()), (302, "/hac/"));
}

#[test]
fn at_the_root_another_path_is_a_page_that_is_not_there() {
    let simulator = Simulator::builder().context_path("").start().unwrap();
    let mut browser = Browser::new(&simulator);
    assert_eq!(browser.get_absolute("/hac/").location(), format!("{}/login", simulator.url()));
    browser.token = browser.get("/login").token();
    // The login leads back to what was asked for, and there is nothing.
    let reply = browser.post("/j_spring_security_check", &[("j_username", "admin"), ("j_password", "nimda")]);
    assert_eq!(reply.location(), format!("{}/hac/?continue", simulator.url()));
    assert_eq!(browser.get_absolute("/hac/?continue").status, 404);
    browser.read_token("/");
    browser.script("1");
}

#[test]
fn a_client_with_a_wrong_context_path_meets_404_or_a_loop() {
    let at_root =
        |beside| Simulator::builder().context_path("").knobs(move |knobs| knobs.beside_root = beside).start().unwrap();
    let plain = at_root(BesideRoot::NotFound);
    let mut browser = Browser::new(&plain);
    assert_eq!(browser.get_absolute("/hac/").status, 404);
    assert_eq!(browser.get_absolute("/").location(), format!("{}/login", plain.url()));

    let looping = at_root(BesideRoot::Loop);
    let mut browser = Browser::new(&looping);
    for path in ["/hac/", "/hac/login", "/hac/login?continue"] {
        assert_eq!(browser.get_absolute(path).location(), "/hac/login?continue");
    }
    let mut browser = Browser::admin(&looping);
    browser.script("1");
}

#[test]
fn at_the_root_the_cookie_is_for_the_root() {
    let simulator = Simulator::builder().context_path("").start().unwrap();
    let mut browser = Browser::new(&simulator);
    let cookie = browser.get("/").header("set-cookie").unwrap().to_owned();
    assert!(cookie.contains("; Path=/;"), "{cookie}");
}

#[test]
fn the_login_form_may_stand_at_the_context_root() {
    let simulator = Simulator::builder().knobs(|knobs| knobs.login_page = LoginPage::AtContextRoot).start().unwrap();
    let mut browser = Browser::new(&simulator);
    let page = browser.get("/");
    assert_eq!(page.status, 200);
    assert!(page.text().contains("j_username"));
    assert_eq!(browser.get("/console/scripting").location(), format!("{}/hac/", simulator.url()));
    let mut browser = Browser::admin(&simulator);
    assert!(browser.get("/").text().contains("You're"));
}

#[test]
fn http_basic_stands_in_for_the_form_where_it_is_accepted() {
    let basic = |credentials: &str| ("Authorization".to_owned(), format!("Basic {credentials}"));
    let simulator = simulator();
    let mut browser = Browser::new(&simulator);
    browser.headers = vec![basic("YWRtaW46bmltZGE=")];
    browser.read_token("/");
    browser.script("1");
    assert_eq!(simulator.ledger().login_attempts(), 0);
    let mut browser = Browser::new(&simulator);
    browser.headers = vec![basic("YWRtaW46d3Jvbmc=")];
    assert_eq!(browser.get("/").status, 401);

    for (release, status) in [(Release::R2211, 200), (Release::R2211Jdk21, 302)] {
        let simulator = Simulator::builder().release(release).start().unwrap();
        let mut browser = Browser::new(&simulator);
        browser.headers = vec![basic("YWRtaW46bmltZGE=")];
        browser.read_token("/");
        browser.script("1");
        browser.headers.clear();
        assert_eq!(browser.get("/").status, status, "{release}: whether the session is somebody's now");
    }

    let deaf = Simulator::builder().knobs(|knobs| knobs.basic_accepted = false).start().unwrap();
    let mut browser = Browser::new(&deaf);
    browser.headers = vec![basic("YWRtaW46bmltZGE=")];
    assert_eq!(browser.get("/").status, 302);
}

#[test]
fn an_idle_session_is_forgotten_and_a_used_one_is_not() {
    use std::time::Duration;
    let never = Simulator::builder().session_idle(Duration::from_secs(3600)).start().unwrap();
    assert_eq!(Browser::admin(&never).get("/").status, 200);
    let at_once = Simulator::builder().session_idle(Duration::ZERO).start().unwrap();
    let mut browser = Browser::new(&at_once);
    browser.get("/login");
    let before = browser.cookies.clone();
    browser.get("/login");
    assert_ne!(browser.cookies, before);
}

#[test]
fn a_renamed_session_cookie_is_the_only_one_that_counts() {
    let simulator =
        Simulator::builder().knobs(|knobs| "HACSESSION".clone_into(&mut knobs.session_cookie_name)).start().unwrap();
    let mut browser = Browser::admin(&simulator);
    let session = browser.cookies.remove("HACSESSION").unwrap();
    browser.cookies.insert("JSESSIONID".to_owned(), session);
    assert_eq!(browser.get("/").status, 302);
}

#[test]
fn a_redirect_is_a_whole_address_where_spring_writes_one_and_elsewhere_as_the_knob_says() {
    for (locations, to_login, wrong) in
        [(Locations::AsSpring, true, false), (Locations::Paths, false, false), (Locations::Whole, true, true)]
    {
        let simulator = Simulator::builder().knobs(move |knobs| knobs.locations = locations).start().unwrap();
        let whole = |path: &str, whole| format!("{}{path}", if whole { simulator.url() } else { String::new() });
        let mut browser = Browser::new(&simulator);
        assert_eq!(browser.get("/").location(), whole("/hac/login", to_login), "{locations:?}");
        assert_eq!(browser.log_in("admin", "wrong").location(), whole("/hac/login?login_error=1", wrong));
        let reply = browser.log_in("admin", "nimda");
        assert_eq!(reply.location(), whole("/hac/?continue", to_login), "{locations:?}");
        let mut browser = Browser::new(&simulator);
        browser.token = browser.get("/login").token();
        let reply = browser.post("/j_spring_security_check", &[("j_username", "admin"), ("j_password", "nimda")]);
        assert_eq!(reply.location(), whole("/hac/", wrong), "where nothing was asked for");
    }
}

#[test]
fn a_stranger_with_a_good_token_is_sent_to_the_login_and_runs_nothing() {
    let simulator = simulator();
    let mut browser = Browser::new(&simulator);
    browser.token = browser.get("/login").token();
    let reply = browser.run_script("1");
    assert_eq!((reply.status, reply.location()), (302, format!("{}/hac/login", simulator.url())));
    assert_eq!(simulator.ledger().executed(), 0);
    let reply = browser.post("/j_spring_security_check", &[("j_username", "admin"), ("j_password", "nimda")]);
    assert_eq!(reply.location(), "/hac/", "no login leads back to a POST");
}
