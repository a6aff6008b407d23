//! The text of the two files of a session: the main file, shared with hac-client-core, and the side file.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{LostLogin, SessionKey, StoredCookie, StoredSession};
use crate::error::ErrorKind;
use crate::origin::ContextPath;
use crate::secret::SessionId;
use crate::session::LastKnown;
use crate::session::metadata::{SessionMetadata, elapsed};
use crate::transport::tls::Trust;

/// The version of the side file that this library writes.
const VERSION: u32 = 1;

/// The main file, with the fields in hac-client-core's order. That package deletes files with any
/// other field.
#[derive(Serialize)]
struct MainOut<'a> {
    session_id: &'a str,
    csrf_token: &'a str,
    route_cookie: Option<&'a str>,
    environment: &'a str,
    base_url: &'a str,
    username: &'a str,
    created_at: f64,
    last_used_at: f64,
    is_authenticated: bool,
}

#[derive(Deserialize)]
struct MainIn {
    session_id: String,
    csrf_token: String,
    #[serde(default)]
    route_cookie: Option<String>,
    environment: String,
    base_url: String,
    username: String,
    created_at: f64,
    last_used_at: f64,
    #[serde(default = "yes")]
    is_authenticated: bool,
}

fn yes() -> bool {
    true
}

/// Returns the text of the main file, byte for byte as hac-client-core writes it.
pub(crate) fn main_text(metadata: &SessionMetadata, key: &SessionKey) -> serde_json::Result<Zeroizing<String>> {
    let text = Zeroizing::new(serde_json::to_string_pretty(&MainOut {
        session_id: metadata.session_id.expose(),
        csrf_token: metadata.csrf_token.expose(),
        route_cookie: metadata.route_cookie.as_deref(),
        environment: &key.environment,
        base_url: key.base_url.trim_end_matches('/'),
        username: &key.username,
        created_at: metadata.created_at,
        last_used_at: metadata.last_used_at,
        is_authenticated: metadata.is_authenticated,
    })?);
    Ok(Zeroizing::new(ascii(&text)))
}

/// Escapes characters outside of ASCII, as Python does: hac-client-core reads in the locale's encoding.
fn ascii(json: &str) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        if character.is_ascii() && character != '\x7f' {
            text.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
    }
    text
}

/// Parses a main file; `None` if the text is invalid or incomplete.
pub(crate) fn main_from(text: &[u8]) -> Option<SessionMetadata> {
    let read: MainIn = serde_json::from_slice(text).ok()?;
    Some(SessionMetadata {
        session_id: read.session_id.into(),
        csrf_token: read.csrf_token.into(),
        route_cookie: read.route_cookie,
        environment: read.environment,
        base_url: read.base_url,
        username: read.username,
        created_at: read.created_at,
        last_used_at: read.last_used_at,
        is_authenticated: read.is_authenticated,
    })
}

/// Returns whether text can be sent as a header value.
fn header_safe(text: &str) -> bool {
    text.is_ascii() && http::HeaderValue::from_str(text).is_ok()
}

/// Returns whether text can be sent as the value of one cookie: a `;` would make it two.
pub(crate) fn cookie_safe(text: &str) -> bool {
    header_safe(text) && !text.contains(';')
}

/// Returns the name in the file of the first field that cannot be sent.
pub(crate) fn unusable_field(session: &StoredSession) -> Option<&'static str> {
    let metadata = &session.metadata;
    if metadata.session_id.expose().is_empty() || !cookie_safe(metadata.session_id.expose()) {
        return Some("session_id");
    }
    if !header_safe(metadata.csrf_token.expose()) {
        return Some("csrf_token");
    }
    if metadata.route_cookie.as_deref().is_some_and(|route| !cookie_safe(route)) {
        return Some("route_cookie");
    }
    (!session.cookies.iter().all(sendable)).then_some("cookies")
}

fn sendable(cookie: &StoredCookie) -> bool {
    !cookie.name.is_empty()
        && !cookie.name.contains('=')
        && cookie_safe(&cookie.name)
        && cookie_safe(&cookie.value)
        && cookie.path.starts_with('/')
        && header_safe(&cookie.path)
}

/// The side file: data for which hac-client-core has no field.
#[derive(Serialize, Deserialize, Default)]
pub(crate) struct Side {
    #[serde(default)]
    version: u32,
    /// Of the id of the session that the file belongs to: hac-client-core replaces the main file only.
    #[serde(default)]
    session_sha256: String,
    #[serde(default)]
    context_path: Option<String>,
    #[serde(default)]
    cookies: Vec<StoredCookie>,
    #[serde(default)]
    refused_at: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lost_at: Option<f64>,
    /// The code of an [`ErrorKind`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lost_kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended_at: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alive_at: Option<f64>,
    /// How the server's certificate was trusted, as [`Trust::noted`] has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trust: Option<String>,
}

impl Side {
    pub(crate) fn of(session: &StoredSession, trust: Option<String>) -> Self {
        Self {
            version: VERSION,
            session_sha256: session.metadata.session_id.sha256(),
            context_path: session.context_path.as_ref().map(|path| path.as_str().to_owned()),
            cookies: session.cookies.clone(),
            refused_at: None,
            lost_at: None,
            lost_kind: None,
            ended_at: None,
            alive_at: None,
            trust,
        }
    }

    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        serde_json::from_slice(text).ok()
    }

    pub(crate) fn text(&self) -> serde_json::Result<Zeroizing<String>> {
        serde_json::to_string_pretty(self).map(Zeroizing::new)
    }

    /// Returns whether the file belongs to this session and all its values are usable.
    pub(crate) fn fits(&self, session_id: &SessionId) -> bool {
        self.version == VERSION
            && self.session_sha256 == session_id.sha256()
            && self.cookies.iter().all(sendable)
            && self.context_path.as_deref().is_none_or(|path| ContextPath::new(path).is_some())
    }

    pub(crate) fn into_parts(self) -> (Option<ContextPath>, Vec<StoredCookie>) {
        (self.context_path.as_deref().and_then(ContextPath::new), self.cookies)
    }

    /// Returns when the password was rejected; `None` for a time after `now`.
    pub(crate) fn refused_at(&self, now: f64) -> Option<f64> {
        self.refused_at.filter(|at| elapsed(*at, now) < now)
    }

    /// Returns the file with a rejected password. Data of another version is dropped.
    pub(crate) fn refused(self, at: f64) -> Self {
        let known = if self.version == VERSION { self } else { Self::default() };
        Self { version: VERSION, refused_at: Some(at), ..known }
    }

    /// Returns the file of a session that was asked about.
    pub(crate) fn seen(self, session_id: &SessionId, seen: LastKnown) -> Self {
        let known = if self.fits(session_id) { self } else { Self::default() };
        let (alive_at, ended_at) = match seen {
            LastKnown::AliveAt(at) => (Some(at), None),
            LastKnown::EndedAt(at) => (None, Some(at)),
            LastKnown::Unknown => (None, None),
        };
        Self { version: VERSION, session_sha256: session_id.sha256(), alive_at, ended_at, ..known }
    }

    /// Returns how the server's certificate was trusted; `None` if nothing or nothing usable is noted.
    pub(crate) fn trust(&self) -> Option<Trust> {
        self.trust.as_deref().and_then(Trust::from_note)
    }

    /// Returns what the server said when it was asked about the session.
    pub(crate) fn last_seen(&self) -> LastKnown {
        match (self.alive_at, self.ended_at) {
            (_, Some(at)) => LastKnown::EndedAt(at),
            (Some(at), None) => LastKnown::AliveAt(at),
            (None, None) => LastKnown::Unknown,
        }
    }

    /// Returns the login whose result is unknown; `None` for a time after `now`.
    pub(crate) fn lost(&self, now: f64) -> Option<LostLogin> {
        let at = self.lost_at.filter(|at| elapsed(*at, now) < now)?;
        let kind = ErrorKind::ALL.iter().find(|kind| Some(kind.code()) == self.lost_kind.as_deref());
        Some(LostLogin { at, kind: kind.copied().unwrap_or(ErrorKind::ConnectionLost) })
    }

    /// Returns the file with a login whose result is unknown.
    pub(crate) fn with_lost(self, lost: LostLogin) -> Self {
        let known = if self.version == VERSION { self } else { Self::default() };
        Self { version: VERSION, lost_at: Some(lost.at), lost_kind: Some(lost.kind.code().to_owned()), ..known }
    }
}
