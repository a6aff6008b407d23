//! The session of one key: found, validated, made, renewed - once, however many ask for it.
//!
//! The order of locks is fixed: the flight of this client, then credentials (which may prompt),
//! then the lock file of the key. Nobody takes them the other way round.

pub(crate) mod cookie;
pub(crate) mod flight;
pub(crate) mod login;
mod logout;
pub(crate) mod manager;
pub(crate) mod metadata;
pub(crate) mod probe;
pub(crate) mod store;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::HeaderMap;
use tokio::time::Instant;

use crate::auth::{AuthHandler, Credentials};
use crate::error::{Error, Result};
use crate::notice::Notice;
use crate::origin::{BaseUrl, ContextPath};
use crate::secret::{CsrfToken, SessionId};
use crate::transport::Transport;
use cookie::Jar;
use login::{LoggedIn, LoginOptions};
use metadata::SessionMetadata;
use store::{Replaced, SessionKey, SessionStore, StoredSession};

/// What to do with a stored session before its first use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Validation {
    /// Ask the server first with a light GET: one request more, and no surprise later.
    #[default]
    Probe,
    /// Use it; the first call finds out, and recovers if it has to.
    OnUse,
}

/// Where the session of a client came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionSource {
    /// This client logged in.
    LoggedIn,
    /// It lay in the cache.
    Stored,
    /// Another process made it while this one waited.
    Adopted,
}

/// What a server says of a session, see [`HacClient::check`](crate::HacClient::check).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionState {
    /// Alive.
    Alive,
    /// Alive, but its user may not see HAC's first page.
    AliveWithoutRight,
    /// Not to be told: the system is being initialised or updated.
    Initializing,
    /// Over.
    Dead,
    /// There is no stored session.
    Absent,
}

/// The session that a client uses, without its secrets.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionInfo {
    /// The base URL, without trailing slashes.
    pub base_url: String,
    /// The environment that the session is tagged with.
    pub environment: String,
    /// Whose session it is.
    pub username: String,
    /// Where HAC is mounted.
    pub context_path: ContextPath,
    /// When the login was made, in seconds since 1970.
    pub created_at: f64,
    /// Where this client has it from.
    pub source: SessionSource,
}

/// A session in use. Immutable: whoever changes something puts a new one in its place.
#[derive(Debug, Clone)]
pub(crate) struct Live {
    /// Tells whose session was refused: another generation means that it was replaced since.
    pub(crate) generation: u64,
    pub(crate) session_id: SessionId,
    pub(crate) token: CsrfToken,
    pub(crate) context_path: ContextPath,
    pub(crate) jar: Jar,
    pub(crate) login_path: Option<String>,
    pub(crate) created_at: f64,
    last_used_at: f64,
    pub(crate) source: SessionSource,
    /// Made or probed by this client: not merely believed to be alive.
    pub(crate) known_alive: bool,
    /// Nobody named the context path: it was assumed for a session without a side file.
    guessed: bool,
    /// What has changed since the session was stored.
    unsaved: Option<Unsaved>,
}

/// A change that is not stored yet.
#[derive(Debug, Clone)]
struct Unsaved {
    /// The session that the store had before the change.
    in_place_of: SessionId,
    /// A new cookie of a load balancer can wait for the next touch; a new session id or token cannot.
    urgent: bool,
}

impl Live {
    /// The same session, to be stored at once.
    fn needing_storage(mut self) -> Self {
        let in_place_of = self.session_id.clone();
        self.unsaved.get_or_insert(Unsaved { in_place_of, urgent: true }).urgent = true;
        self
    }

    /// The node that the load balancer pinned the session to.
    pub(crate) fn node(&self) -> Option<&str> {
        self.jar.get("ROUTE")
    }
}

pub(crate) struct Sessions {
    base_url: BaseUrl,
    key: SessionKey,
    validation: Validation,
    options: LoginOptions,
    auth: Arc<dyn AuthHandler>,
    store: Arc<dyn SessionStore>,
    transport: Arc<Transport>,
    notify: Arc<dyn Fn(&Notice) + Send + Sync>,
    state: Mutex<State>,
    /// Held by whoever looks for a session; the others of this client wait here.
    flight: tokio::sync::Mutex<()>,
    /// How long to wait for another process.
    patience: Duration,
}

#[derive(Default)]
struct State {
    current: Option<Arc<Live>>,
    generation: u64,
    /// When the server last showed that it knows the session of this generation.
    confirmed: Option<(u64, Instant)>,
    /// Credentials that the server refused, not to be posted again unasked.
    refused: Option<(Credentials, Error)>,
    /// How many flights have failed, and the last failure: for those who waited meanwhile.
    failures: u64,
    last_failure: Option<Error>,
    /// One warning is enough to say that nothing is kept, or that it is kept without a lock.
    warned: bool,
    /// Why the lock could not be taken when it was last tried.
    not_locked: Option<Error>,
}

pub(crate) struct SessionsConfig {
    pub(crate) base_url: BaseUrl,
    pub(crate) environment: String,
    pub(crate) validation: Validation,
    pub(crate) options: LoginOptions,
}

impl Sessions {
    pub(crate) fn new(
        config: SessionsConfig,
        auth: Arc<dyn AuthHandler>,
        store: Arc<dyn SessionStore>,
        transport: Arc<Transport>,
        notify: Arc<dyn Fn(&Notice) + Send + Sync>,
    ) -> Self {
        let key = SessionKey {
            base_url: config.base_url.as_str().to_owned(),
            username: auth.username().to_owned(),
            environment: config.environment,
        };
        Self {
            base_url: config.base_url,
            key,
            validation: config.validation,
            options: config.options,
            auth,
            store,
            transport,
            notify,
            state: Mutex::default(),
            flight: tokio::sync::Mutex::new(()),
            patience: flight::WAIT_LIMIT,
        }
    }

    pub(crate) fn key(&self) -> &SessionKey {
        &self.key
    }

    pub(crate) fn base_url(&self) -> &BaseUrl {
        &self.base_url
    }

    pub(crate) fn session_cookie(&self) -> &str {
        &self.options.session_cookie
    }

    /// Where HAC may be mounted, the likeliest first.
    pub(crate) fn context_paths(&self) -> Vec<ContextPath> {
        self.options.candidates()
    }

    pub(crate) fn in_memory(&self) -> Option<Arc<Live>> {
        self.state().current.clone()
    }

    pub(crate) fn info(&self) -> Option<SessionInfo> {
        self.in_memory().map(|live| self.info_of(&live))
    }

    pub(crate) fn info_of(&self, live: &Live) -> SessionInfo {
        SessionInfo {
            base_url: self.key.base_url.clone(),
            environment: self.key.environment.clone(),
            username: self.key.username.clone(),
            context_path: live.context_path.clone(),
            created_at: live.created_at,
            source: live.source,
        }
    }

    pub(crate) fn notify(&self, notice: &Notice) {
        tracing::debug!(warning = notice.is_warning(), "{notice}");
        (self.notify)(notice);
    }

    /// An expected answer came: its cookies count, and the session was used just now.
    pub(crate) fn answered(&self, live: &Live, headers: &HeaderMap, path: &str) {
        let now = now();
        let mut state = self.state();
        if state.current.as_ref().is_none_or(|current| current.generation != live.generation) {
            return;
        }
        state.confirmed = Some((live.generation, Instant::now()));
        let Some(current) = state.current.as_mut() else { return };
        let before = current.session_id.clone();
        if headers.contains_key(http::header::SET_COOKIE) {
            let next = Arc::make_mut(current);
            let cookies = next.jar.to_stored();
            let route = next.jar.get("ROUTE").map(str::to_owned);
            next.jar.set_from_headers(headers, path);
            if let Some(route) = route {
                next.jar.keep_route(&route);
            }
            // A session cookie that was deleted or is out of reach is no reason to lose the id.
            if let Some(id) = next.jar.get_for(&self.options.session_cookie, path) {
                next.session_id = SessionId::from(id);
            }
            let moved = next.session_id != before;
            if moved || next.jar.to_stored() != cookies {
                let in_place_of = before.clone();
                next.unsaved.get_or_insert(Unsaved { in_place_of, urgent: false }).urgent |= moved;
            }
        }
        let due = now - current.last_used_at >= TOUCH_SECONDS || current.last_used_at > now;
        // A balancer may turn its cookie with each answer.
        let save = current.unsaved.as_ref().is_some_and(|unsaved| due || unsaved.urgent);
        if due || save {
            Arc::make_mut(current).last_used_at = now;
        }
        let live = Arc::clone(current);
        drop(state);
        if save {
            self.store_change(&live);
        } else if due {
            let touched = self.store.touch(&self.key, &before, now);
            self.not_kept_unless(touched);
        }
    }

    /// Puts a session in place and gives it a generation of its own.
    fn install(&self, mut live: Live) -> Arc<Live> {
        let mut state = self.state();
        state.generation += 1;
        live.generation = state.generation;
        if live.known_alive {
            state.confirmed = Some((live.generation, Instant::now()));
        }
        let live = Arc::new(live);
        state.current = Some(Arc::clone(&live));
        live
    }

    /// Whether the server has shown that it knows the session, a moment ago.
    fn confirmed_lately(&self, live: &Live) -> bool {
        self.state()
            .confirmed
            .is_some_and(|(generation, at)| generation == live.generation && at.elapsed() < CONFIRMED_FOR)
    }

    fn note_confirmed(&self, live: &Live) {
        self.state().confirmed = Some((live.generation, Instant::now()));
    }

    /// Forgets a session, unless another is in its place by now.
    pub(crate) fn forget(&self, ended: &Live) {
        let mut state = self.state();
        if state.current.as_ref().is_some_and(|current| current.session_id == ended.session_id) {
            state.current = None;
        }
    }

    /// The stored session; what cannot be read counts as absent, with one warning.
    async fn stored(&self) -> Option<StoredSession> {
        match self.load().await {
            Ok(stored) => stored.filter(|stored| self.fits(stored)),
            Err(error) => {
                self.not_kept(&error);
                None
            }
        }
    }

    /// The stored session. A file that is being written in place is read again, while the runtime goes on.
    async fn load(&self) -> Result<Option<StoredSession>> {
        for pause in store::PAUSES {
            let reading = self.store.read(&self.key)?;
            if reading.settled {
                return Ok(reading.session);
            }
            tokio::time::sleep(pause).await;
        }
        Ok(self.store.read(&self.key)?.session)
    }

    /// A session of another node is of no use to who asked for one.
    fn fits(&self, stored: &StoredSession) -> bool {
        match &self.options.route {
            None => true,
            Some(route) => {
                stored.metadata.route_cookie.as_deref().and_then(|cookie| cookie.strip_prefix("ROUTE=")) == Some(route)
            }
        }
    }

    fn live_from_stored(&self, stored: StoredSession, source: SessionSource) -> Live {
        let known = stored.context_path.or_else(|| self.options.context_path.clone());
        let guessed = known.is_none();
        let context_path = known.or_else(|| ContextPath::new("/hac")).unwrap_or_default();
        let mut jar =
            Jar::from_stored(&self.options.session_cookie, &stored.cookies).at_host(self.base_url.origin().host());
        let home = format!("{}/", context_path.as_str());
        let metadata = stored.metadata;
        if jar.get_for(&self.options.session_cookie, &home) != Some(metadata.session_id.expose()) {
            let path = if context_path.is_root() { "/" } else { context_path.as_str() };
            jar.insert(&self.options.session_cookie, metadata.session_id.expose(), path, false);
        }
        if jar.get("ROUTE").is_none()
            && let Some(route) = metadata.route_cookie.as_deref()
        {
            jar.insert("ROUTE", route.strip_prefix("ROUTE=").unwrap_or(route), "/", false);
        }
        Live {
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

    fn live_from_login(logged_in: LoggedIn) -> Live {
        let now = now();
        Live {
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

    fn to_stored(&self, live: &Live) -> StoredSession {
        StoredSession {
            metadata: SessionMetadata {
                session_id: live.session_id.clone(),
                csrf_token: live.token.clone(),
                route_cookie: live.node().map(|route| format!("ROUTE={route}")),
                environment: self.key.environment.clone(),
                base_url: self.key.base_url.clone(),
                username: self.key.username.clone(),
                created_at: live.created_at,
                last_used_at: live.last_used_at,
                is_authenticated: true,
            },
            context_path: Some(live.context_path.clone()),
            cookies: live.jar.to_stored(),
        }
    }

    /// Stores what has changed, if the store still has the session in which it changed: one that someone removed stays removed, one
    /// that another process made since is not overwritten.
    ///
    /// Does not wait for the lock: a change that is not stored now is stored with one of the next answers.
    fn store_change(&self, live: &Arc<Live>) {
        let Some(unsaved) = &live.unsaved else { return };
        let urgent = match self.store.replace(&self.key, &unsaved.in_place_of, &self.to_stored(live)) {
            Ok(Replaced::Skipped) => true,
            Ok(Replaced::Saved | Replaced::Superseded) => return self.note_stored(live),
            Ok(Replaced::SavedWithoutLock(error)) => {
                self.note_stored(live);
                return self.not_locked(error);
            }
            Err(error) => {
                self.not_kept(&error);
                false
            }
        };
        let mut state = self.state();
        if let Some(current) = state.current.as_mut().filter(|current| current.generation == live.generation)
            && current.unsaved.as_ref().is_some_and(|unsaved| unsaved.urgent != urgent)
            && let Some(unsaved) = &mut Arc::make_mut(current).unsaved
        {
            unsaved.urgent = urgent;
        }
    }

    /// The store has this session, or will never have it. What has changed since is still to be stored.
    fn note_stored(&self, live: &Arc<Live>) {
        let mut state = self.state();
        let Some(current) = state.current.as_mut().filter(|current| current.generation == live.generation) else {
            return;
        };
        let is_the_same = Arc::ptr_eq(current, live);
        let next = Arc::make_mut(current);
        if is_the_same {
            next.unsaved = None;
        } else if let Some(unsaved) = &mut next.unsaved {
            unsaved.in_place_of = live.session_id.clone();
        }
    }

    /// Warns, once, of what could not be written, or of a lock without which it was written.
    fn not_kept_unless(&self, result: Result<()>) {
        match result {
            Ok(()) => {
                let not_locked = self.state().not_locked.take();
                if let Some(error) = not_locked {
                    self.not_locked(error);
                }
            }
            Err(error) => self.not_kept(&error),
        }
    }

    fn not_locked(&self, error: Error) {
        if !std::mem::replace(&mut self.state().warned, true) {
            self.notify(&Notice::NotLocked(error));
        }
    }

    fn not_kept(&self, error: &Error) {
        if !std::mem::replace(&mut self.state().warned, true) {
            self.notify(&Notice::NotKept(error.clone()));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For how long a session that was known to be alive is taken to be.
const CONFIRMED_FOR: Duration = Duration::from_secs(5);

/// `last_used_at` is written at most this often.
const TOUCH_SECONDS: f64 = 5.0;

/// Seconds since 1970, as the session files hold them.
pub(crate) fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BasicAuthHandler, HacClient, HacClientBuilder};

    fn client(adjust: impl FnOnce(HacClientBuilder) -> HacClientBuilder) -> HacClient {
        let builder = HacClient::builder("http://127.0.0.1:9").auth_handler(BasicAuthHandler::new("admin", "nimda"));
        adjust(builder).build().expect("a client")
    }

    fn live(id: &str) -> Live {
        let mut jar = Jar::new("JSESSIONID");
        jar.insert("JSESSIONID", id, "/hac", false);
        Sessions::live_from_login(LoggedIn {
            session_id: id.into(),
            token: "T".into(),
            context_path: ContextPath::new("/hac").expect("a path"),
            jar,
            login_path: None,
        })
    }

    #[test]
    fn an_answer_to_a_session_that_was_replaced_meanwhile_changes_nothing() {
        let client = client(|builder| builder.session_persistence(false));
        let sessions = &client.engine().sessions;
        let first = sessions.install(live("FIRST"));
        let second = sessions.install(live("SECOND"));
        let mut headers = HeaderMap::new();
        headers.insert(http::header::SET_COOKIE, http::HeaderValue::from_static("JSESSIONID=MOVED; Path=/hac"));
        let id = || sessions.in_memory().map(|live| live.session_id.expose().to_owned());
        sessions.answered(&first, &headers, "/hac/console/scripting/execute");
        assert_eq!(id().as_deref(), Some("SECOND"));
        sessions.answered(&second, &headers, "/hac/console/scripting/execute");
        assert_eq!(id().as_deref(), Some("MOVED"));
    }

    #[tokio::test]
    async fn a_cookie_that_was_not_stored_at_once_is_stored_with_the_next_use() {
        let directory = tempfile::tempdir().expect("a directory");
        let client = client(|builder| builder.cache_dir(directory.path()));
        let sessions = &client.engine().sessions;
        let live = sessions.install(live("A"));
        sessions.store.save(&sessions.key, &sessions.to_stored(&live)).expect("saved");
        let names = async || {
            let stored = sessions.stored().await.expect("a session");
            stored.cookies.iter().map(|cookie| cookie.name.clone()).collect::<Vec<_>>()
        };
        let mut headers = HeaderMap::new();
        headers.insert(http::header::SET_COOKIE, http::HeaderValue::from_static("AFFINITY=blue; Path=/"));
        sessions.answered(&live, &headers, "/hac/console/scripting/execute");
        assert_eq!(names().await, ["JSESSIONID"], "it was stored just now");
        let used_at = |at: f64| {
            if let Some(current) = &mut sessions.state().current {
                Arc::make_mut(current).last_used_at = at;
            }
        };
        used_at(now() - 6.0);
        sessions.answered(&live, &HeaderMap::new(), "/hac/console/scripting/execute");
        assert_eq!(names().await, ["JSESSIONID", "AFFINITY"]);
        // Another process has made another session: that one stays.
        sessions.store.save(&sessions.key, &sessions.to_stored(&self::live("B"))).expect("saved");
        used_at(now() - 6.0);
        sessions.answered(&live, &headers, "/hac/x");
        headers.insert(http::header::SET_COOKIE, http::HeaderValue::from_static("AFFINITY=green; Path=/"));
        used_at(now() - 6.0);
        sessions.answered(&live, &headers, "/hac/x");
        assert_eq!(sessions.stored().await.expect("a session").metadata.session_id.expose(), "B");
    }
    fn moved_to(id: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(http::header::SET_COOKIE, http::HeaderValue::from_static(id));
        headers
    }

    #[tokio::test]
    async fn a_new_session_id_is_stored_with_a_later_answer_if_the_lock_was_busy() {
        let directory = tempfile::tempdir().expect("a directory");
        let client = client(|builder| builder.cache_dir(directory.path()));
        let sessions = &client.engine().sessions;
        let live = sessions.install(live("A"));
        sessions.store.save(&sessions.key, &sessions.to_stored(&live)).expect("saved");
        let id = async || sessions.stored().await.expect("a session").metadata.session_id.expose().to_owned();
        let busy = sessions.store.try_lock(&sessions.key);
        assert!(matches!(busy, store::LockAttempt::Held(_)));
        sessions.answered(&live, &moved_to("JSESSIONID=B; Path=/hac"), "/hac/x");
        sessions.answered(&live, &moved_to("JSESSIONID=C; Path=/hac"), "/hac/x");
        assert_eq!(id().await, "A", "someone else is changing it");
        drop(busy);
        sessions.answered(&live, &HeaderMap::new(), "/hac/x");
        assert_eq!(id().await, "C");
        assert!(sessions.in_memory().expect("a session").unsaved.is_none(), "it is stored once");
        sessions.answered(&live, &moved_to("JSESSIONID=D; Path=/hac"), "/hac/x");
        assert_eq!(id().await, "D", "and the next change in its place");
    }

    #[tokio::test]
    async fn a_new_token_is_stored_with_a_later_answer_if_the_lock_was_busy() {
        let directory = tempfile::tempdir().expect("a directory");
        let client = client(|builder| builder.cache_dir(directory.path()));
        let sessions = &client.engine().sessions;
        let live = sessions.install(live("A"));
        sessions.store.save(&sessions.key, &sessions.to_stored(&live)).expect("saved");
        let token = async || sessions.stored().await.expect("a session").metadata.csrf_token.expose().to_owned();
        let busy = sessions.store.try_lock(&sessions.key);
        let refreshed = Live { token: "NEW".into(), ..(*live).clone() };
        let live = sessions.install(refreshed.needing_storage());
        sessions.store_change(&live);
        assert_eq!(token().await, "T", "someone else is changing it");
        drop(busy);
        sessions.answered(&live, &HeaderMap::new(), "/hac/x");
        assert_eq!(token().await, "NEW");
    }

    #[tokio::test]
    async fn a_change_does_not_bring_back_a_session_that_someone_cleared() {
        let directory = tempfile::tempdir().expect("a directory");
        let client = client(|builder| builder.cache_dir(directory.path()));
        let sessions = &client.engine().sessions;
        let live = sessions.install(live("A"));
        sessions.store.save(&sessions.key, &sessions.to_stored(&live)).expect("saved");
        assert!(sessions.store.remove(&sessions.key).expect("removed"));
        sessions.answered(&live, &moved_to("JSESSIONID=B; Path=/hac"), "/hac/x");
        assert!(sessions.stored().await.is_none());
    }
}
