//! The session that a client uses: created by a login or from the store, changed by answers.

use http::HeaderMap;

use super::cookie::Jar;
use super::info::SessionSource;
use super::login::{LoggedIn, LoginOptions};
use super::metadata::{SessionMetadata, now};
use super::store::{SessionKey, StoredSession};
use crate::origin::ContextPath;
use crate::secret::{CsrfToken, SessionId};

/// A session in use. Immutable: a change replaces it.
#[derive(Debug, Clone)]
pub(crate) struct ActiveSession {
    /// Identifies the session that was refused: another generation means that it has been replaced.
    pub(crate) generation: u64,
    pub(crate) session_id: SessionId,
    pub(crate) token: CsrfToken,
    pub(crate) context_path: ContextPath,
    pub(crate) jar: Jar,
    pub(crate) login_path: Option<String>,
    pub(crate) created_at: f64,
    pub(super) last_used_at: f64,
    pub(crate) source: SessionSource,
    /// Whether this client created or probed it, rather than just loaded it.
    pub(crate) known_alive: bool,
    /// Whether the context path was assumed, for a session without a side file.
    pub(super) guessed: bool,
    /// What has changed since the session was stored.
    pub(super) unsaved: Option<Unsaved>,
}

/// A change that is not stored yet.
#[derive(Debug, Clone)]
pub(super) struct Unsaved {
    /// The session that the store had before the change.
    pub(super) in_place_of: SessionId,
    /// A new cookie of a load balancer can wait for the next touch; a new session id or token cannot.
    pub(super) urgent: bool,
}

impl ActiveSession {
    pub(super) fn from_login(logged_in: LoggedIn) -> Self {
        let now = now();
        Self {
            generation: 0,
            session_id: logged_in.session_id,
            token: logged_in.token,
            context_path: logged_in.context_path,
            jar: logged_in.jar,
            login_path: logged_in.login_path,
            created_at: now,
            last_used_at: now,
            source: SessionSource::LoggedIn,
            known_alive: true,
            guessed: false,
            unsaved: None,
        }
    }

    /// `host` is the one that its cookies belong to.
    pub(super) fn from_stored(
        stored: StoredSession,
        source: SessionSource,
        options: &LoginOptions,
        host: &str,
    ) -> Self {
        let known = stored.context_path.or_else(|| options.context_path.clone());
        let guessed = known.is_none();
        let context_path = known.or_else(|| ContextPath::new("/hac")).unwrap_or_default();
        let mut jar = Jar::from_stored(&options.session_cookie, &stored.cookies).at_host(host);
        let home = format!("{}/", context_path.as_str());
        let metadata = stored.metadata;
        if jar.get_for(&options.session_cookie, &home) != Some(metadata.session_id.expose()) {
            jar.insert(&options.session_cookie, metadata.session_id.expose(), cookie_path(&context_path), false);
        }
        if jar.get("ROUTE").is_none()
            && let Some(route) = metadata.route_cookie.as_deref()
        {
            jar.insert("ROUTE", route.strip_prefix("ROUTE=").unwrap_or(route), "/", false);
        }
        Self {
            generation: 0,
            session_id: metadata.session_id,
            token: metadata.csrf_token,
            context_path,
            jar,
            login_path: None,
            created_at: metadata.created_at,
            last_used_at: metadata.last_used_at,
            source,
            known_alive: false,
            guessed,
            unsaved: None,
        }
    }

    pub(super) fn to_stored(&self, key: &SessionKey) -> StoredSession {
        StoredSession {
            metadata: SessionMetadata {
                session_id: self.session_id.clone(),
                csrf_token: self.token.clone(),
                route_cookie: self.node().map(|route| format!("ROUTE={route}")),
                environment: key.environment.clone(),
                base_url: key.base_url.clone(),
                username: key.username.clone(),
                created_at: self.created_at,
                last_used_at: self.last_used_at,
                is_authenticated: true,
            },
            context_path: Some(self.context_path.clone()),
            cookies: self.jar.to_stored(),
        }
    }

    /// The same session, to be stored at once.
    pub(super) fn needing_storage(mut self) -> Self {
        let in_place_of = self.session_id.clone();
        self.unsaved.get_or_insert(Unsaved { in_place_of, urgent: true }).urgent = true;
        self
    }

    /// Takes over the cookies of an expected answer from `path`, and notes what has to be stored.
    pub(super) fn take_cookies(&mut self, headers: &HeaderMap, path: &str, session_cookie: &str) {
        let before = self.session_id.clone();
        let cookies = self.jar.to_stored();
        let route = self.jar.get("ROUTE").map(str::to_owned);
        self.jar.set_from_headers(headers, path);
        if let Some(route) = route {
            self.jar.keep_route(&route);
        }
        // A session cookie that was deleted or is out of reach is no reason to lose the id.
        if let Some(id) = self.jar.get_for(session_cookie, path) {
            self.session_id = SessionId::from(id);
        }
        let moved = self.session_id != before;
        if moved || self.jar.to_stored() != cookies {
            self.unsaved.get_or_insert(Unsaved { in_place_of: before, urgent: false }).urgent |= moved;
        }
    }

    /// The node that the load balancer pinned the session to.
    pub(crate) fn node(&self) -> Option<&str> {
        self.jar.get("ROUTE")
    }
}

/// The path of a session cookie under which HAC lies.
pub(super) fn cookie_path(context_path: &ContextPath) -> &str {
    if context_path.is_root() { "/" } else { context_path.as_str() }
}
