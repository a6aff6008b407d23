//! Sessions for export and import.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::origin::{BaseUrl, ContextPath};
use crate::session::metadata::{SessionMetadata, now};
use crate::session::store::{StoredCookie, StoredSession, unusable_field};

const DOING: &str = "import the session";

/// A session for export and import as JSON: the nine fields of a session file, `context_path` and `cookies`.
///
/// Session files of hac-client-core can be parsed too. The required fields are `session_id`, `csrf_token`, `base_url` and
/// `username`; by default the environment is `local` and the times are the current time. Anyone who has the text is logged in.
/// `Debug` is redacted.
#[derive(Clone)]
pub struct PortableSession(StoredSession);

#[derive(Serialize, Deserialize)]
struct Text {
    session_id: String,
    csrf_token: String,
    #[serde(default)]
    route_cookie: Option<String>,
    #[serde(default = "local")]
    environment: String,
    base_url: String,
    username: String,
    #[serde(default = "now")]
    created_at: f64,
    #[serde(default = "now")]
    last_used_at: f64,
    #[serde(default = "yes")]
    is_authenticated: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    context_path: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    cookies: Vec<StoredCookie>,
}

fn local() -> String {
    "local".to_owned()
}

fn yes() -> bool {
    true
}

impl PortableSession {
    /// Parses a session.
    ///
    /// # Errors
    /// [`Usage`](ErrorKind::Usage) names the field or the place that is wrong and never repeats a value.
    pub fn from_json(json: &str) -> Result<Self> {
        // serde_json's own words may quote a secret: only where it stopped is passed on.
        let text: Text = serde_json::from_str(json).map_err(|cause| {
            let place = format!("line {}, column {}", cause.line(), cause.column());
            let why = match missing_field(&cause.to_string()) {
                Some(field) => format!("the field {field} is missing"),
                None if cause.is_data() => format!("a field has the wrong type ({place})"),
                None => format!("it is not valid JSON ({place})"),
            };
            wrong(why)
        })?;
        let base_url = BaseUrl::parse(&text.base_url)
            .map_err(|cause| wrong(format!("base_url: {}", cause.why())))?
            .as_str()
            .to_owned();
        let context_path = match &text.context_path {
            Some(path) => Some(ContextPath::new(path).ok_or_else(|| unusable("context_path"))?),
            None => None,
        };
        let session = Self(StoredSession {
            metadata: SessionMetadata {
                session_id: text.session_id.into(),
                csrf_token: text.csrf_token.into(),
                route_cookie: text.route_cookie.filter(|route| !route.is_empty()).map(with_its_name),
                environment: text.environment,
                base_url,
                username: text.username,
                created_at: text.created_at,
                last_used_at: text.last_used_at,
                is_authenticated: text.is_authenticated,
            },
            context_path,
            cookies: text.cookies,
        });
        session.checked()?;
        Ok(session)
    }

    /// Returns the session as indented JSON. Protect it like a password.
    pub fn to_json(&self) -> String {
        let StoredSession { metadata, context_path, cookies } = &self.0;
        let text = Text {
            session_id: metadata.session_id.expose().to_owned(),
            csrf_token: metadata.csrf_token.expose().to_owned(),
            route_cookie: metadata.route_cookie.clone(),
            environment: metadata.environment.clone(),
            base_url: metadata.base_url.clone(),
            username: metadata.username.clone(),
            created_at: metadata.created_at,
            last_used_at: metadata.last_used_at,
            is_authenticated: metadata.is_authenticated,
            // `/` and not empty, so that people see that it is known.
            context_path: context_path.as_ref().map(ToString::to_string),
            cookies: cookies.clone(),
        };
        serde_json::to_string_pretty(&text).unwrap_or_default()
    }

    /// Returns the metadata of the session.
    pub fn metadata(&self) -> &SessionMetadata {
        &self.0.metadata
    }

    /// Returns the context path of HAC, if known.
    pub fn context_path(&self) -> Option<&ContextPath> {
        self.0.context_path.as_ref()
    }

    pub(in crate::session) fn checked(&self) -> Result<&StoredSession> {
        if self.0.metadata.csrf_token.expose().is_empty() {
            return Err(unusable("csrf_token"));
        }
        unusable_field(&self.0).map_or(Ok(&self.0), |field| Err(unusable(field)))
    }
}

impl From<SessionMetadata> for PortableSession {
    /// A session without a context path and without cookies beside the session's own.
    fn from(metadata: SessionMetadata) -> Self {
        Self::from(StoredSession { metadata, context_path: None, cookies: Vec::new() })
    }
}

impl From<StoredSession> for PortableSession {
    fn from(session: StoredSession) -> Self {
        Self(session)
    }
}

impl fmt::Debug for PortableSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PortableSession").field(&self.0).finish()
    }
}

/// hac-client-core keeps the route with the cookie's name, people may give the value alone.
fn with_its_name(route: String) -> String {
    if route.starts_with("ROUTE=") { route } else { format!("ROUTE={route}") }
}

fn missing_field(message: &str) -> Option<&'static str> {
    let named = message.strip_prefix("missing field `")?.split('`').next()?;
    ["session_id", "csrf_token", "base_url", "username"].into_iter().find(|field| *field == named)
}

fn unusable(field: &str) -> Error {
    wrong(format!("{field} is empty or contains characters that cannot be sent"))
}

fn wrong(why: String) -> Error {
    Error::new(ErrorKind::Usage, DOING)
        .because(why)
        .with_hint("a session needs at least session_id, csrf_token, base_url and username")
}

#[cfg(test)]
mod tests;
