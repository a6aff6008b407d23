use super::*;

fn headers(set_cookies: &[&str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for text in set_cookies {
        headers.append(SET_COOKIE, HeaderValue::from_bytes(text.as_bytes()).expect("a header"));
    }
    headers
}

fn jar(path: &str, set_cookies: &[&str]) -> Jar {
    let mut jar = Jar::new("JSESSIONID");
    jar.set_from_headers(&headers(set_cookies), path);
    jar
}

fn sent(jar: &Jar, path: &str) -> String {
    jar.header_for(path, true).map_or_else(String::new, |value| value.to_str().expect("text").to_owned())
}

#[test]
fn every_set_cookie_of_an_answer_counts() {
    let mut jar = Jar::new("JSESSIONID");
    let names = jar.set_from_headers(&headers(&["JSESSIONID=1; Path=/hac; HttpOnly", "ROUTE=.n1; path=/"]), "/hac/");
    assert_eq!(names, ["JSESSIONID", "ROUTE"]);
    assert_eq!(sent(&jar, "/hac/console"), "JSESSIONID=1; ROUTE=.n1");
}

#[test]
fn a_cookie_without_a_path_goes_where_its_request_went() {
    for (request, sent_to, not_to) in [
        ("/hac/login", "/hac", "/"),
        ("/hac/login?x=/y/z", "/hac/platform", "/login"),
        ("/hac/", "/hac/x", "/ha"),
        ("/login", "/", ""),
        ("", "/", ""),
    ] {
        for attribute in ["", "; Path=", "; Path=hac"] {
            let jar = jar(request, &[&format!("A=1{attribute}")]);
            assert_eq!(sent(&jar, sent_to), "A=1", "{request} {attribute}");
            assert_eq!(sent(&jar, not_to), "", "{request} {attribute}");
        }
    }
}

#[test]
fn a_path_matches_whole_segments() {
    let jar = jar("/", &["A=1; Path=/hac", "B=2; Path=/shop/"]);
    assert_eq!(sent(&jar, "/hac"), "A=1");
    assert_eq!(sent(&jar, "/hac/console?x=1"), "A=1");
    assert_eq!(sent(&jar, "/hac?x=1"), "A=1");
    for other in ["/hacx", "/", "/shop", "/x/hac"] {
        assert_eq!(sent(&jar, other), "", "{other}");
    }
    assert_eq!(sent(&jar, "/shop/x"), "B=2");
}

#[test]
fn name_and_path_together_are_the_key_and_longer_paths_come_first() {
    let mut jar = jar("/", &["S=root; Path=/", "S=hac; Path=/hac", "T=1; Path=/"]);
    jar.set_from_headers(&headers(&["S=new; Path=/"]), "/");
    assert_eq!(sent(&jar, "/hac/x"), "S=hac; S=new; T=1");
    assert_eq!(jar.get("S"), Some("hac"));
    assert_eq!(jar.get_for("S", "/hac/"), Some("hac"));
    assert_eq!(jar.get_for("S", "/shop"), Some("new"));
    assert_eq!(jar.get_for("S", "nowhere"), None);
    assert_eq!(jar.get("X"), None);
}

#[test]
fn an_expired_cookie_is_deleted_and_not_named() {
    for end in [
        "Max-Age=0",
        "Max-Age=-1",
        "max-age=0; Expires=Fri, 31 Dec 9999 23:59:59 GMT",
        "Expires=Thu, 01 Jan 1970 00:00:10 GMT",
        "Expires=Thu, 01-Jan-1970 00:00:10 GMT",
    ] {
        let mut jar = jar("/hac/", &["A=1; Path=/hac", "A=2; Path=/"]);
        let names = jar.set_from_headers(&headers(&[&format!("A=; Path=/hac; {end}")]), "/hac/");
        assert!(names.is_empty(), "{end}");
        assert_eq!(sent(&jar, "/hac"), "A=2", "{end}");
    }
}

#[test]
fn a_cookie_that_is_yet_to_expire_is_kept() {
    for end in ["Max-Age=60", "Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:10 GMT", "Expires=nonsense", "Max-Age=x"] {
        assert_eq!(sent(&jar("/", &[&format!("A=1; {end}")]), "/"), "A=1", "{end}");
    }
    let at = |seconds| SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
    for (now, kept) in [(9, "A=1"), (10, "")] {
        let mut jar = Jar::new("JSESSIONID");
        jar.set_at(&headers(&["A=1; Expires=Thu, 01 Jan 1970 00:00:10 GMT"]), "/", at(now));
        assert_eq!(sent(&jar, "/"), kept, "{now}");
    }
}

#[test]
fn a_cookie_for_another_host_is_dropped() {
    for (host, domain, ours) in [
        ("hac.example.com", "hac.example.com", true),
        ("hac.example.com", ".Example.COM", true),
        ("HAC.example.com", "hac.example.com", true),
        ("hac.example.com", "", true),
        ("hac.example.com", "example.org", false),
        ("hac.example.com", "ac.example.com", false),
        ("hac.example.com", "www.hac.example.com", false),
        ("127.0.0.1", "127.0.0.1", true),
        ("127.0.0.1", "0.0.1", false),
        ("[::1]", "::1", true),
    ] {
        let mut jar = Jar::new("JSESSIONID").at_host(host);
        let names = jar.set_from_headers(&headers(&[&format!("A=1; Domain={domain}")]), "/");
        assert_eq!(names.len(), usize::from(ours), "{host} {domain}");
        assert_eq!(sent(&jar, "/"), if ours { "A=1" } else { "" }, "{host} {domain}");
    }
}

#[test]
fn what_cannot_be_read_is_skipped_and_the_rest_counts() {
    let large = format!("L={}", "x".repeat(4096));
    let jar = jar("/", &["A=\u{e4}", "novalue", "=x", "", &large, "B=2", "C=\"q=1\"; Secure"]);
    assert_eq!(sent(&jar, "/"), "B=2; C=\"q=1\"");
}

#[test]
fn a_secure_cookie_goes_over_https_or_to_the_machine_itself_only() {
    let jar = jar("/", &["A=1; Secure", "B=2"]);
    assert_eq!(jar.header_for("/", false).expect("a header"), "B=2");
    assert_eq!(jar.header_for("/", true).expect("a header"), "A=1; B=2");
    assert!(jar.secure("A") && !jar.secure("B") && !jar.secure("C"));
}

#[test]
fn the_header_is_sensitive_and_debug_shows_no_value() {
    let jar = jar("/", &["JSESSIONID=5E55ION"]);
    assert!(jar.header_for("/", true).expect("a header").is_sensitive());
    let text = format!("{jar:?}");
    assert!(text.contains("JSESSIONID") && !text.contains("5E55ION"), "{text}");
}

#[test]
fn an_empty_jar_sends_no_header() {
    assert!(Jar::new("JSESSIONID").header_for("/", true).is_none());
}

#[test]
fn a_jar_survives_being_stored() {
    let before = jar("/", &["S=root; Path=/", "S=hac; Path=/hac; Secure"]);
    let after = Jar::from_stored("JSESSIONID", &before.to_stored());
    assert_eq!(after.to_stored(), before.to_stored());
    assert_eq!(sent(&after, "/hac"), "S=hac; S=root");
    assert_eq!(after.header_for("/hac", false).expect("a header"), "S=root");
}

#[test]
fn a_route_is_set_once_and_can_be_kept() {
    let mut jar = Jar::new("JSESSIONID");
    jar.set_route_once(".n1");
    jar.set_route_once(".n2");
    assert_eq!(jar.get("ROUTE"), Some(".n1"));
    jar.set_from_headers(&headers(&["ROUTE=.n3; Path=/; Secure", "ROUTE=.n4; Path=/hac"]), "/hac/");
    jar.keep_route(".n1");
    assert_eq!(sent(&jar, "/hac"), "ROUTE=.n1; ROUTE=.n1");
    jar.set_from_headers(&headers(&["ROUTE=; Path=/; Max-Age=0", "ROUTE=; Path=/hac; Max-Age=0"]), "/hac/");
    jar.keep_route(".n1");
    assert_eq!(sent(&jar, "/hac"), "ROUTE=.n1");
}

#[test]
fn a_jar_that_is_too_full_forgets_its_oldest_cookies_but_not_the_session() {
    let mut jar = jar("/", &["JSESSIONID=1; Path=/hac", "ROUTE=.n1; Path=/"]);
    for number in 0..1000 {
        jar.set_from_headers(&headers(&[&format!("C{number}=x; Path=/")]), "/");
    }
    assert_eq!(jar.to_stored().len(), MOST);
    assert_eq!((jar.get("JSESSIONID"), jar.get("ROUTE")), (Some("1"), Some(".n1")));
    assert_eq!((jar.get("C0"), jar.get("C999")), (None, Some("x")), "the newest are kept");

    let large = "x".repeat(4000);
    for number in 0..100 {
        jar.set_from_headers(&headers(&[&format!("L{number}={large}; Path=/")]), "/");
    }
    let stored = jar.to_stored();
    let bytes: usize = stored.iter().map(|cookie| cookie.name.len() + cookie.value.len() + cookie.path.len()).sum();
    assert!(bytes <= MOST_BYTES, "{bytes}");
    assert_eq!((jar.get("JSESSIONID"), jar.get("L99").map(str::len)), (Some("1"), Some(4000)));
}

#[test]
fn a_session_cookie_of_any_name_outlives_a_full_jar() {
    let mut jar = Jar::new("shop");
    jar.set_from_headers(&headers(&["shop=1; Path=/hac"]), "/");
    for number in 0..100 {
        jar.set_from_headers(&headers(&[&format!("C{number}=x; Path=/")]), "/");
    }
    assert_eq!(jar.get("shop"), Some("1"));
}

#[test]
fn a_cookie_with_a_path_that_is_too_long_is_none() {
    let path = "/x".repeat(3000);
    assert!(jar("/", &[&format!("A=1; Path={path}")]).to_stored().is_empty());
}
