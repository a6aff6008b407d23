//! Sessions whose every part follows from their id, so that a mixture of two is seen.

use super::super::*;

/// How many keys there are. The first few are also written in place, as hac-client-core does.
pub(super) const KEYS: usize = 12;
pub(super) const WRITTEN_IN_PLACE: usize = 3;
const BASE_URL: &str = "https://shop.example.com";

pub(super) fn key_of(number: usize) -> SessionKey {
    SessionKey::new(BASE_URL, &format!("user{number}"), "local")
}

pub(super) fn keys() -> impl Iterator<Item = (usize, SessionKey)> {
    (0..KEYS).map(|number| (number, key_of(number)))
}

/// Whether a file's key is one of those that are also written in place.
pub(super) fn is_written_in_place(name: &str) -> bool {
    (0..WRITTEN_IN_PLACE).any(|number| name.contains(&key_of(number).md5()))
}

/// The id of a session: whose it is, who made it, and its number.
pub(super) fn id(key: usize, process: usize, number: usize) -> SessionId {
    SessionId::from(format!("user{key}.{process}.{number}").as_str())
}

/// The session with an id: token, context path and cookies follow from it.
pub(super) fn session(key: &SessionKey, id: &SessionId) -> StoredSession {
    let time = now();
    StoredSession {
        metadata: SessionMetadata {
            session_id: id.clone(),
            csrf_token: token(id).as_str().into(),
            route_cookie: None,
            environment: key.environment.clone(),
            base_url: key.base_url.clone(),
            username: key.username.clone(),
            created_at: time,
            // Long enough ago that every touch is due.
            last_used_at: time - 10.0,
            is_authenticated: true,
        },
        context_path: ContextPath::new("/hac"),
        cookies: vec![cookie("JSESSIONID", id.expose(), "/hac")],
    }
}

/// Long enough that half a file is a part of it.
fn token(id: &SessionId) -> String {
    id.sha256().repeat(20)
}

/// A session that was read is one that somebody wrote, in all its parts.
#[track_caller]
pub(super) fn assert_consistent(metadata: &SessionMetadata) {
    // Those of the simulated HAC are its own.
    if metadata.base_url != BASE_URL {
        assert_eq!(metadata.username, "fire");
        return;
    }
    let id = &metadata.session_id;
    assert!(id.expose().starts_with(&format!("{}.", metadata.username)), "a session of another key");
    // Where others write in place, the operating system itself may give a part of one text and a part of the next.
    if (WRITTEN_IN_PLACE..KEYS).any(|number| key_of(number).owns(metadata)) {
        assert_eq!(metadata.csrf_token.expose(), token(id), "a mixture of two sessions");
    }
}

#[track_caller]
pub(super) fn assert_whole(key: &SessionKey, session: &StoredSession) {
    assert!(key.owns(&session.metadata), "a session of another key");
    assert_consistent(&session.metadata);
    // Without a side file that fits, it has neither.
    for cookie in session.cookies.iter().filter(|cookie| cookie.name == "JSESSIONID") {
        assert_eq!(cookie.value, session.metadata.session_id.expose(), "the cookies of another session");
    }
}
