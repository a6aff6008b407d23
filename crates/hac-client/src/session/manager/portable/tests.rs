use super::*;

const LEAST: &str =
    r#"{"session_id": "5E55ION", "csrf_token": "t0ken", "base_url": "https://h:9002/", "username": "admin"}"#;

fn with(field: &str, value: &str) -> String {
    LEAST.replacen('{', &format!("{{\"{field}\": {value},"), 1)
}

fn replaced(from: &str, to: &str) -> String {
    assert!(LEAST.contains(from));
    LEAST.replacen(from, to, 1)
}

#[test]
fn the_least_that_makes_a_session_is_enough() {
    let before = now();
    let session = PortableSession::from_json(LEAST).expect("parsed");
    let metadata = session.metadata();
    assert_eq!(metadata.base_url, "https://h:9002");
    assert_eq!(metadata.environment, "local");
    assert_eq!(metadata.route_cookie, None);
    assert!(metadata.is_authenticated);
    assert!(metadata.created_at >= before && metadata.last_used_at <= now());
    assert_eq!(session.context_path(), None);
}

#[test]
fn a_session_file_of_hac_client_core_is_read() {
    let text = r#"{"session_id": "A", "csrf_token": "B", "route_cookie": "ROUTE=.n1", "environment": "dev/hac",
        "base_url": "https://h", "username": "admin", "created_at": 1764000000.25, "last_used_at": 1764000001,
        "is_authenticated": true}"#;
    let session = PortableSession::from_json(text).expect("parsed");
    let metadata = session.metadata();
    assert_eq!(metadata.route_cookie.as_deref(), Some("ROUTE=.n1"));
    assert_eq!(metadata.environment, "dev/hac");
    assert_eq!(metadata.created_at.to_bits(), 1_764_000_000.25_f64.to_bits());
}

#[test]
fn text_and_session_are_worth_the_same() {
    let text = with("context_path", "\"/hac_admin\"").replacen(
        '{',
        r#"{"cookies": [{"name": "X", "value": "y", "path": "/", "secure": true}], "unknown": [1],"#,
        1,
    );
    let session = PortableSession::from_json(&text).expect("parsed");
    let again = PortableSession::from_json(&session.to_json()).expect("parsed again");
    assert_eq!(again.metadata(), session.metadata());
    assert_eq!(again.context_path().map(ContextPath::as_str), Some("/hac_admin"));
    assert_eq!(again.0.cookies, session.0.cookies);
    assert_eq!(again.0.cookies.len(), 1);
    assert!(!session.to_json().contains("unknown"));
}

#[test]
fn the_root_context_path_is_carried_too() {
    let session = PortableSession::from_json(&with("context_path", "\"/\"")).expect("parsed");
    let again = PortableSession::from_json(&session.to_json()).expect("parsed again");
    assert!(again.context_path().is_some_and(ContextPath::is_root));
}

#[test]
fn a_route_without_its_name_gets_it_and_an_empty_one_is_none() {
    let route = |text: &str| {
        let session = PortableSession::from_json(&with("route_cookie", text)).expect("parsed");
        session.metadata().route_cookie.clone()
    };
    assert_eq!(route("\".n1\"").as_deref(), Some("ROUTE=.n1"));
    assert_eq!(route("\"ROUTE=.n1\"").as_deref(), Some("ROUTE=.n1"));
    assert_eq!(route("\"\""), None);
    assert_eq!(route("null"), None);
}

#[test]
fn what_cannot_be_sent_is_refused_by_the_name_of_its_field() {
    for (field, text) in [
        ("session_id", replaced("5E55ION", "5E55\\r\\nION")),
        ("session_id", replaced("5E55ION", "5E55;ION")),
        ("session_id", replaced("5E55ION", "")),
        ("csrf_token", replaced("t0ken", "t0\\nken")),
        ("csrf_token", replaced("t0ken", "")),
        ("csrf_token", replaced("t0ken", "\u{20ac}")),
        ("route_cookie", with("route_cookie", "\"ROUTE=t0ken\\n\"")),
        ("base_url", replaced("https://h:9002/", "h:9002")),
        ("base_url", replaced("https://h:9002/", "https://admin:t0ken@h")),
        ("context_path", with("context_path", "\"/../t0ken\"")),
        ("cookies", with("cookies", r#"[{"name": "A", "value": "t0ken\n", "path": "/"}]"#)),
        ("cookies", with("cookies", r#"[{"name": "A=", "value": "1", "path": "/"}]"#)),
        ("cookies", with("cookies", r#"[{"name": "A", "value": "1", "path": "t0ken"}]"#)),
    ] {
        let error = PortableSession::from_json(&text).expect_err(&text);
        assert_eq!(error.kind(), ErrorKind::Usage, "{text}");
        assert!(error.why().contains(field), "{field}: {error}");
        assert!(!format!("{error:?}").contains("t0"), "{error:?}");
    }
}

#[test]
fn a_field_that_is_missing_is_named() {
    for field in ["session_id", "csrf_token", "base_url", "username"] {
        let text = LEAST.replacen(&format!("\"{field}\""), "\"other\"", 1);
        let error = PortableSession::from_json(&text).expect_err(&text);
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert!(error.why().contains(field), "{field}: {error}");
    }
}

#[test]
fn text_that_is_no_session_is_refused_without_repeating_it() {
    for text in ["", "5E55ION", "{\"session_id\": 5355}", "[]", &with("created_at", "\"5E55ION\""), &LEAST[..40]] {
        let error = PortableSession::from_json(text).expect_err(text);
        assert_eq!(error.kind(), ErrorKind::Usage, "{text}");
        assert!(!format!("{error:?}").contains("5E55ION"), "{error:?}");
    }
}

#[test]
fn debug_output_shows_no_secret() {
    let text = with("cookies", r#"[{"name": "A", "value": "c00kie", "path": "/"}]"#);
    let shown = format!("{:?}", PortableSession::from_json(&text).expect("parsed"));
    assert!(shown.contains("admin"));
    for secret in ["5E55ION", "t0ken", "c00kie"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
