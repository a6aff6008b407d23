//! What is kept of a session: cookies, and the two files.

use std::collections::BTreeSet;

use http::header::{HeaderMap, HeaderValue, SET_COOKIE};
use serde_json::Value;

use super::parts;
use crate::error::ErrorKind;
use crate::origin::ContextPath;
use crate::secret::SessionId;
use crate::session::cookie::Jar;
use crate::session::metadata::SessionMetadata;
use crate::session::store::format::{Side, main_from, main_text, unusable_field};
use crate::session::store::{LostLogin, SessionKey, StoredCookie, StoredSession};

/// The path of an answer, and behind it its `Set-Cookie` headers.
///
/// # Panics
/// Where a promise is broken: a cookie that cannot be sent or kept, one that is too large, a value in debug output.
pub fn set_cookie(data: &[u8]) {
    let mut parts = parts(data);
    let path: String =
        parts.next().into_iter().flatten().map(|byte| char::from(*byte)).filter(char::is_ascii_graphic).collect();
    let path = format!("/{path}");
    let mut headers = HeaderMap::new();
    for value in parts.filter_map(|part| HeaderValue::from_bytes(part).ok()) {
        headers.append(SET_COOKIE, value);
    }
    let mut jar = Jar::new("JSESSIONID").at_host("shop.example.com");
    let names = jar.set_from_headers(&headers, &path);
    assert!(names.len() <= headers.len());
    let cookies = jar.to_stored();
    assert!(cookies.len() <= names.len(), "no cookie is made up");
    for cookie in &cookies {
        assert!(names.contains(&cookie.name));
        assert!(cookie.name.len() + cookie.value.len() <= 4096);
        assert!(cookie.path.starts_with('/'));
    }
    can_be_sent(&jar, &cookies);
    can_be_kept(&cookies);

    // The same answer once more changes nothing but the order: a cookie that was deleted and set again is a new one. A jar that is
    // too full forgets others the second time.
    let most = headers.values().map(|value| value.len() + path.len()).sum::<usize>();
    if headers.len() <= 50 && most <= 32 << 10 {
        jar.set_from_headers(&headers, &path);
        let again = jar.to_stored();
        assert!(again.len() == cookies.len() && again.iter().all(|cookie| cookies.contains(cookie)));
    }
    // Debug output does not depend on the values.
    let debug = format!("{jar:?}");
    for cookie in &cookies {
        jar.insert(&cookie.name, "", &cookie.path, cookie.secure);
    }
    assert_eq!(debug, format!("{jar:?}"));
}

/// What a jar takes goes along with every request to its path, and with no other; secure ones over https only.
fn can_be_sent(jar: &Jar, cookies: &[StoredCookie]) {
    let paths: BTreeSet<_> = cookies.iter().map(|cookie| cookie.path.as_str()).chain(["/", "/hac/console"]).collect();
    for path in paths {
        let fits = |cookie: &&StoredCookie| {
            let rest = path.split(['?', '#']).next().and_then(|path| path.strip_prefix(cookie.path.as_str()));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || cookie.path.ends_with('/'))
        };
        for https in [true, false] {
            let sent: Vec<_> = cookies.iter().filter(fits).filter(|cookie| https || !cookie.secure).collect();
            let Some(header) = jar.header_for(path, https) else {
                assert!(sent.is_empty(), "a cookie that was taken can be sent");
                continue;
            };
            assert!(header.is_sensitive());
            let text = header.to_str().expect("what was read as text is sent as text");
            assert_eq!(text.split("; ").count(), sent.len(), "each cookie stays one cookie: {text:?}");
            let pairs: BTreeSet<_> = text.split("; ").filter_map(|pair| pair.split_once('=')).collect();
            for cookie in sent {
                assert!(pairs.contains(&(&*cookie.name, &*cookie.value)));
            }
        }
    }
}

/// What a jar takes can be written to the side file and read from it.
fn can_be_kept(cookies: &[StoredCookie]) {
    let session = stored("5E55104", cookies.to_vec());
    assert_eq!(unusable_field(&session), None, "{cookies:?}");
    let text = Side::of(&session, None).text().expect("cookies are text");
    let side = Side::parse(text.as_bytes()).expect("our own side file");
    assert!(side.fits(&session.metadata.session_id));
    assert!(side.into_parts().1 == cookies, "cookies come back as they were");
}

fn stored(session_id: &str, cookies: Vec<StoredCookie>) -> StoredSession {
    let metadata = SessionMetadata {
        session_id: session_id.into(),
        csrf_token: "70CE4".into(),
        route_cookie: None,
        environment: "local".into(),
        base_url: "https://shop.example.com".into(),
        username: "admin".into(),
        created_at: 1.0,
        last_used_at: 2.0,
        is_authenticated: true,
    };
    StoredSession { metadata, context_path: None, cookies }
}

/// A main file of a session, written by us, by hac-client-core or by anybody.
///
/// # Panics
/// Where a promise is broken: a session that is not read back as it was written, one that counts as usable and cannot be sent,
/// an age that is no age, a secret in debug output.
pub fn session_file(data: &[u8]) {
    let Some(read) = main_from(data) else { return };
    let key = SessionKey::of(&read);
    assert!(key.owns(&read));
    let text = main_text(&read, &key).expect("what was read can be written");
    assert!(text.is_ascii(), "hac-client-core reads in the locale's encoding");
    let again = main_from(text.as_bytes()).expect("what was written can be read");
    let without_slashes = SessionMetadata { base_url: read.base_url.trim_end_matches('/').to_owned(), ..read.clone() };
    assert!(again == without_slashes, "a session is read back as it was written");

    for now in [0.0, 1.7e9] {
        for age in [read.age_seconds_at(now), read.idle_seconds_at(now)] {
            assert!(age.is_finite() && age >= 0.0, "{age} is no age");
        }
    }
    assert!(!read.created_at_formatted().is_empty() && !read.last_used_at_formatted().is_empty());

    let mut debugged = read.clone();
    debugged.session_id = "another".into();
    debugged.csrf_token = "another".into();
    debugged.route_cookie = debugged.route_cookie.map(|_| "ROUTE=another".to_owned());
    assert_eq!(format!("{read:?}"), format!("{debugged:?}"));

    let session = StoredSession { metadata: read, context_path: None, cookies: Vec::new() };
    if unusable_field(&session).is_none() {
        let mut jar = Jar::new("JSESSIONID");
        jar.insert("JSESSIONID", session.metadata.session_id.expose(), "/hac", false);
        let header = jar.header_for("/hac/console", false).expect("a usable session can be sent");
        assert_eq!(header.to_str().expect("visible").split(';').count(), 1, "a session is one cookie");
        assert!(crate::secret::sensitive(session.metadata.csrf_token.expose()).is_some());
    }
}

/// A side file, as it stands and as one that belongs to the session beside it.
///
/// # Panics
/// Where a promise is broken: what fits and cannot be sent, a refusal or a lost login that gets lost, a value in debug output.
pub fn side_file(data: &[u8]) {
    const NOW: f64 = 1.7e9;
    let session_id = SessionId::from("5E55104");
    let mut fitting = serde_json::from_slice(data).unwrap_or(Value::Null);
    if let Value::Object(fields) = &mut fitting {
        fields.insert("version".to_owned(), 1.into());
        fields.insert("session_sha256".to_owned(), session_id.sha256().into());
    }
    for text in [data.to_vec(), fitting.to_string().into_bytes()] {
        let Some(side) = Side::parse(&text) else { continue };
        let written = side.text().expect("what was read can be written");
        let again = Side::parse(written.as_bytes()).expect("what was written can be read");
        assert!(*again.text().expect("text") == *written, "a side file is read back as it was written");
        assert!(side.refused_at(NOW).is_none_or(|at| at <= NOW), "no refusal lies in the future");
        assert!(side.lost(NOW).is_none_or(|lost| lost.at <= NOW), "no login was lost in the future");

        let at = 1.5e9;
        let refused = again.refused(at);
        assert!(refused.refused_at(NOW) == Some(at), "a refusal is remembered");
        let lost = LostLogin { at, kind: ErrorKind::Timeout };
        let lost_too = refused.with_lost(lost);
        assert!(lost_too.lost(NOW) == Some(lost) && lost_too.refused_at(NOW) == Some(at), "a lost login is remembered");

        if side.fits(&session_id) {
            let (context_path, cookies) = side.into_parts();
            assert!(context_path.is_none_or(|path| ContextPath::new(path.as_str()).as_ref() == Some(&path)));
            let session = stored("5E55104", cookies);
            assert_eq!(unusable_field(&session), None);
            let jar = Jar::from_stored("JSESSIONID", &session.cookies);
            can_be_sent(&jar, &jar.to_stored());
            let another = |mut cookie: StoredCookie| {
                "another".clone_into(&mut cookie.value);
                cookie
            };
            let hidden: Vec<_> = session.cookies.iter().cloned().map(another).collect();
            assert_eq!(format!("{:?}", session.cookies), format!("{hidden:?}"));
        }
    }
}
