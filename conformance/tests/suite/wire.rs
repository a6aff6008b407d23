//! Wire format, without the client: the facts that the client is built on.

use std::sync::Arc;

use crate::behaviours;
use crate::browser::{Browser, Carrier, Seen};
use crate::expectations::Refusal;
use crate::server::Server;

pub(crate) const BEHAVIOURS: &[crate::Behaviour] = behaviours![Usual:
    requests_without_a_login_are_redirected_to_the_login_page,
    the_login_page_has_the_fields_that_clients_look_for,
    the_session_cookie_is_bound_to_the_context_path,
    a_login_changes_session_and_token,
    a_second_login_replaces_session_and_token,
    of_two_session_cookies_the_valid_one_is_used,
    a_login_redirects_to_the_requested_page,
    a_wrong_password_redirects_to_the_login_page,
    a_bad_token_is_rejected_and_nothing_runs,
    a_request_without_a_session_is_rejected_and_gets_a_session,
    a_token_may_be_in_header_form_or_query,
    tokens_of_earlier_pages_stay_valid,
    the_login_page_accepts_no_other_post,
    a_trailing_slash_is_the_same_page_or_not_found,
    an_unusual_address_is_rejected,
    a_page_names_the_method_that_it_accepts,
    repeated_fields_are_joined_by_a_comma,
    a_missing_field_is_a_bad_request,
    the_number_of_rows_must_fit_into_31_bits,
    the_context_path_without_a_slash_redirects_to_the_one_with_it,
    a_logout_ends_the_session,
    http_basic_replaces_the_login_form,
];

pub(crate) fn refusal(seen: &Seen) -> (u16, Option<&str>, bool) {
    (seen.status, seen.allow.as_deref(), seen.has_login_form())
}

pub(crate) fn expected(refusal: Refusal) -> (u16, Option<&'static str>, bool) {
    (refusal.status, refusal.allow, refusal.login_form)
}

async fn requests_without_a_login_are_redirected_to_the_login_page(server: Arc<Server>) {
    let mut browser = Browser::at(&server);
    let seen = browser.get("/").await;
    assert_eq!((seen.status, seen.location_at(&server).as_str()), (302, server.expected.to_login));
    let seen = browser.get("/console/scripting").await;
    assert_eq!((seen.status, seen.location_at(&server).as_str()), (302, server.expected.to_login));
}

async fn the_login_page_has_the_fields_that_clients_look_for(server: Arc<Server>) {
    let seen = Browser::at(&server).get(server.expected.login_page).await;
    assert_eq!(seen.status, 200);
    assert!(seen.body.contains("<title>hybris administration console | Login</title>"), "{seen:?}");
    assert!(seen.body.contains("redirect_detection"), "{seen:?}");
    assert!(seen.has_login_form(), "{seen:?}");
    let line = seen.body.lines().find(|line| line.contains("X-CSRF-TOKEN")).expect("the metas");
    // As a shell script cuts it out: the twelfth piece between quotation marks.
    assert_eq!(line.split('"').nth(11), Some(seen.token().as_str()), "{line}");
    assert_eq!(seen.token().len(), server.expected.token_length);
}

async fn the_session_cookie_is_bound_to_the_context_path(server: Arc<Server>) {
    let seen = Browser::at(&server).get(server.expected.login_page).await;
    let cookie = seen.set_cookies.iter().find(|cookie| cookie.starts_with("JSESSIONID=")).expect("a session");
    let (_, attributes) = cookie.split_at(cookie.find(';').expect("attributes"));
    assert_eq!(attributes, "; Path=/hac; HttpOnly");
}

async fn a_login_changes_session_and_token(server: Arc<Server>) {
    let mut browser = Browser::at(&server);
    browser.get("/").await;
    let anonymous = browser.cookies.clone();
    let (seen, early_token) = browser.log_in("admin", "nimda").await;
    assert_eq!(seen.status, 302, "{seen:?}");
    assert!(seen.set_cookies.iter().any(|cookie| cookie.starts_with("JSESSIONID=")), "{seen:?}");
    assert_ne!(browser.cookies, anonymous);
    let refused = browser.run_script(&early_token).await;
    assert_eq!(refusal(&refused), expected(server.expected.bad_token));
    let token = browser.get("/").await.token();
    assert_eq!(browser.run_script(&token).await.status, 200);
    // Nobody who knew the id before the login has a part in the session.
    browser.cookies = anonymous;
    assert_eq!(browser.get("/").await.status, 302);
}

async fn a_second_login_replaces_session_and_token(server: Arc<Server>) {
    let mut browser = Browser::at(&server);
    let token = browser.admin().await;
    let known = browser.cookies.clone();
    browser.admin().await;
    assert_ne!(browser.cookies, known);
    assert_eq!(refusal(&browser.run_script(&token).await), expected(server.expected.bad_token));
    browser.cookies = known;
    assert_eq!(browser.get("/").await.status, 302);
}

async fn of_two_session_cookies_the_valid_one_is_used(server: Arc<Server>) {
    let mut browser = Browser::at(&server);
    browser.admin().await;
    let living = browser.cookies["JSESSIONID"].clone();
    let dead = "0123456789ABCDEF0123456789ABCDEF";
    for (first, second) in [(living.as_str(), dead), (dead, living.as_str())] {
        browser.cookies.insert("JSESSIONID".to_owned(), format!("{first}; JSESSIONID={second}"));
        assert_eq!(browser.get("/").await.status, 200);
    }
}

async fn a_login_redirects_to_the_requested_page(server: Arc<Server>) {
    let row = server.expected;
    for (asked, target) in
        [(Some("/"), row.back_home), (Some("/console/scripting"), row.back_to_console), (None, row.straight_home)]
    {
        let mut browser = Browser::at(&server);
        if let Some(asked) = asked {
            browser.get(asked).await;
        }
        let (seen, _) = browser.log_in("admin", "nimda").await;
        assert_eq!(seen.location_at(&server), target, "after {asked:?}");
    }
}

async fn a_wrong_password_redirects_to_the_login_page(server: Arc<Server>) {
    let mut browser = Browser::at(&server);
    let (seen, _) = browser.log_in("admin", "wrong").await;
    assert_eq!((seen.status, seen.location_at(&server).as_str()), (302, server.expected.wrong_password));
    let page = browser.get(&format!("{}?login_error=1", server.expected.login_page)).await;
    assert!(page.body.contains("Login failed"), "{page:?}");
}

async fn a_bad_token_is_rejected_and_nothing_runs(server: Arc<Server>) {
    let mut browser = Browser::at(&server);
    browser.admin().await;
    let before = server.counts().await;
    for token in ["", "x", "00000000-0000-0000-0000-000000000000"] {
        let seen = browser.run_script(token).await;
        assert_eq!(refusal(&seen), expected(server.expected.bad_token), "{token:?}");
        assert_eq!(seen.set_cookies, [""; 0], "the session is known");
    }
    assert_eq!(server.counts().await.since(&before).executed, 0);
}

async fn a_request_without_a_session_is_rejected_and_gets_a_session(server: Arc<Server>) {
    for session in [None, Some("0123456789ABCDEF0123456789ABCDEF")] {
        let mut browser = Browser::at(&server);
        if let Some(session) = session {
            browser.cookies.insert("JSESSIONID".to_owned(), session.to_owned());
        }
        let seen = browser.run_script("00000000-0000-0000-0000-000000000000").await;
        assert_eq!(refusal(&seen), expected(server.expected.bad_token));
        assert!(seen.set_cookies.iter().any(|cookie| cookie.starts_with("JSESSIONID=")), "{seen:?}");
    }
}

async fn a_token_may_be_in_header_form_or_query(server: Arc<Server>) {
    let mut browser = Browser::at(&server);
    let token = browser.admin().await;
    let fields = [("script", server.expected.scripts.answer), ("scriptType", server.expected.script_type.as_str())];
    for carrier in [Carrier::Header, Carrier::Field, Carrier::Query] {
        let seen = browser.post_by(carrier, "/console/scripting/execute", &token, &fields).await;
        assert_eq!(seen.body, r#"{"executionResult":"42","outputText":"","stacktraceText":""}"#, "{carrier:?}");
    }
}

async fn tokens_of_earlier_pages_stay_valid(server: Arc<Server>) {
    let mut browser = Browser::at(&server);
    let first = browser.admin().await;
    let second = browser.get("/console/scripting").await.token();
    assert_eq!(first != second, server.expected.masked);
    assert_eq!((first.len(), second.len()), (server.expected.token_length, server.expected.token_length));
    for token in [&second, &first, &second] {
        assert_eq!(browser.run_script(token).await.status, 200);
    }
}

async fn the_login_page_accepts_no_other_post(server: Arc<Server>) {
    let mut browser = Browser::at(&server);
    let token = browser.admin().await;
    let seen = browser.post(server.expected.login_page, &token, &[]).await;
    assert_eq!(refusal(&seen), expected(server.expected.post_of_login_page));
}

async fn a_trailing_slash_is_the_same_page_or_not_found(server: Arc<Server>) {
    let mut browser = Browser::at(&server);
    browser.admin().await;
    assert_eq!(browser.get("/console/scripting/").await.status, server.expected.trailing_slash);
    assert_eq!(browser.get("/console/scripting").await.status, 200);
}

async fn an_unusual_address_is_rejected(server: Arc<Server>) {
    let mut browser = Browser::at(&server);
    browser.admin().await;
    for odd in ["/console/scripting;a=b", "/console//scripting", "/console/scripting%3Ba=b", "/console/scripting%25"] {
        assert_eq!(browser.get(odd).await.status, server.expected.odd_address, "{odd}");
    }
    assert_eq!(browser.get("/").await.status, 200, "the session is alive");
}

async fn a_page_names_the_method_that_it_accepts(server: Arc<Server>) {
    let mut browser = Browser::at(&server);
    let token = browser.admin().await;
    for (path, method) in [("/console/scripting", "GET"), ("/console/flexsearch", "GET"), ("/", "GET")] {
        let seen = browser.post(path, &token, &[]).await;
        assert_eq!((seen.status, seen.allow.as_deref()), (405, Some(method)), "{path}");
    }
    for path in ["/console/scripting/execute", "/console/flexsearch/execute"] {
        let seen = browser.get(path).await;
        assert_eq!((seen.status, seen.allow.as_deref()), (405, Some("POST")), "{path}");
    }
}

async fn repeated_fields_are_joined_by_a_comma(server: Arc<Server>) {
    let mut browser = Browser::at(&server);
    let token = browser.admin().await;
    let fields = [("sqlQuery", "SELECT 1 AS A"), ("sqlQuery", "2 AS B"), ("flexibleSearchQuery", "")];
    let rows = browser.post("/console/flexsearch/execute", &token, &fields).await;
    assert!(rows.body.contains(r#""headers":["A","B"]"#), "{rows:?}");
    // Where it is no text, the first counts.
    let fields = [("sqlQuery", "SELECT 1 AS A"), ("flexibleSearchQuery", ""), ("maxCount", "1"), ("maxCount", "many")];
    assert_eq!(browser.post("/console/flexsearch/execute", &token, &fields).await.status, 200);
}

async fn the_number_of_rows_must_fit_into_31_bits(server: Arc<Server>) {
    let mut browser = Browser::at(&server);
    let token = browser.admin().await;
    for (count, status) in [("2147483647", 200), ("2147483648", 400), ("many", 400)] {
        let fields = [("flexibleSearchQuery", ""), ("sqlQuery", "SELECT 1 AS N"), ("maxCount", count)];
        assert_eq!(browser.post("/console/flexsearch/execute", &token, &fields).await.status, status, "{count}");
    }
}

async fn a_missing_field_is_a_bad_request(server: Arc<Server>) {
    let mut browser = Browser::at(&server);
    let token = browser.admin().await;
    let seen = browser.post("/console/scripting/execute", &token, &[("script", "1")]).await;
    assert_eq!(seen.status, 400, "{seen:?}");
}

async fn the_context_path_without_a_slash_redirects_to_the_one_with_it(server: Arc<Server>) {
    let seen = Browser::at(&server).get("").await;
    assert_eq!((seen.status, seen.location_at(&server).as_str()), (302, "/hac/"));
}

async fn a_logout_ends_the_session(server: Arc<Server>) {
    let mut browser = Browser::at(&server);
    let token = browser.admin().await;
    let session = browser.cookies.clone();
    let seen = browser.post("/j_spring_security_logout", &token, &[]).await;
    assert_eq!((seen.status, seen.location_at(&server).as_str()), (302, server.expected.logged_out));
    assert_eq!(seen.set_cookies, [""; 0], "nor is the cookie deleted");
    assert_eq!(browser.cookies, session);
    assert_eq!(browser.get("/").await.status, 302);
}

async fn http_basic_replaces_the_login_form(server: Arc<Server>) {
    let mut browser = Browser::at(&server);
    browser.basic = Some(("admin", "wrong"));
    assert_eq!(browser.get("/").await.status, 401);
    let before = server.counts().await;
    let mut browser = Browser::at(&server);
    browser.basic = Some(("admin", "nimda"));
    let token = browser.get("/").await.token();
    assert_eq!(browser.run_script(&token).await.status, 200);
    // It spares the form and not the token.
    let refused = browser.run_script("00000000-0000-0000-0000-000000000000").await;
    assert_eq!(refusal(&refused), expected(server.expected.bad_token));
    let counts = server.counts().await.since(&before);
    assert_eq!((counts.executed, counts.login_posts()), (1, 0), "{counts:?}");
    browser.basic = None;
    assert_eq!(browser.get("/").await.status, server.expected.after_http_basic);
}
