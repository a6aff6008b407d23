//! Single flight: of all who need a session, one finds or makes it, the others take it over.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::login::{LoggedIn, VerdictPending, bad_credentials, initializing, login};
use super::probe::{PROBE_TIMEOUT, Probe, ProbeTarget, probe};
use super::store::{LockAttempt, LockGuard, LostLogin, SessionStore, StoredSession};
use super::{Live, SessionSource, SessionState, Sessions, Validation, now};
use crate::auth::Credentials;
use crate::error::{Error, ErrorKind, Result};
use crate::notice::Notice;
use crate::offload::offload;
use crate::origin::ContextPath;
use crate::secret::CsrfToken;
use crate::server_text::{ServerText, one_line};
use crate::transport::resend::Effect;

/// A login in all, from the first page to the new token.
const LOGIN_LIMIT: Duration = Duration::from_secs(60);
/// Who waits for another process waits longer than that one may take.
pub(super) const WAIT_LIMIT: Duration = Duration::from_secs(75);

/// What a suspicious answer (401, 403, 405) turned out to be.
pub(crate) enum Verdict {
    /// Refused before it was executed; send it again with this session.
    Resend(Arc<Live>),
    /// The session is alive and its token is right: not executed for lack of a right, or
    /// executed and the answer swallowed. Not to be sent again.
    Alive,
    /// The probe could not tell.
    Unknown(Error),
}

/// What a 401, 403 or 405 shows of itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refusal {
    /// Of the call that was refused.
    pub(crate) effect: Effect,
    /// It set a session cookie, as HAC does for a session that it does not know.
    pub(crate) new_session_cookie: bool,
    /// It is a 405, or a page of HAC's own: something in front of HAC answers otherwise, perhaps after the execution.
    pub(crate) from_hac: bool,
}

impl Refusal {
    /// Whether it was refused for its session, although that session is alive.
    fn is_of_the_session(self) -> bool {
        self.new_session_cookie && (self.effect == Effect::Read || self.from_hac)
    }
}

/// Whether the user asked for a login, or a call needs a session.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    ByCall,
    Explicitly,
}

impl Sessions {
    /// The session to use: in memory, stored, or freshly made.
    pub(crate) async fn current(&self) -> Result<Arc<Live>> {
        if let Some(live) = self.in_memory() {
            return Ok(live);
        }
        let validate = self.validation == Validation::Probe;
        self.fly(|_| self.in_memory(), None, validate, Asked::ByCall).await
    }

    /// A session in place of one that the server refused.
    pub(crate) async fn recover(&self, refused: &Live) -> Result<Arc<Live>> {
        self.notify(&Notice::Renewing);
        self.fly(|sessions| sessions.newer_than(refused), Some(refused), true, Asked::ByCall).await
    }

    /// The session, asked after with a light GET unless the server has just shown that it knows it.
    ///
    /// For a big body: a server that refuses one may hang up before it has left, and sending it twice takes its time. Where
    /// the server does not say anything of the session, the session is used as it is.
    pub(crate) async fn confirm(&self, live: Arc<Live>) -> Result<Arc<Live>> {
        if self.confirmed_lately(&live) {
            return Ok(live);
        }
        let began = now();
        let failures = self.state().failures;
        let _flight = self.flight.lock().await;
        if let Some(error) = self.failed_since(failures) {
            return Err(error);
        }
        let live = self.newer_than(&live).unwrap_or(live);
        if self.confirmed_lately(&live) {
            return Ok(live);
        }
        match self.probe_live(&live).await {
            Ok(Some(alive)) if alive.token.same_as(&live.token) && alive.context_path == live.context_path => {
                self.note_confirmed(&live);
                Ok(live)
            }
            Ok(Some(alive)) => {
                self.notify(&Notice::TokenRefreshed);
                Ok(self.install_refreshed(&live, alive))
            }
            Ok(None) => {
                self.notify(&Notice::Renewing);
                let dead = Some(live.session_id.sha256());
                self.noting_failure(self.acquire(dead, true, Asked::ByCall, began).await)
            }
            Err(error) if error.kind() == ErrorKind::Initializing => Err(error),
            Err(_) => Ok(live),
        }
    }

    /// A session that the server has confirmed just now.
    pub(crate) async fn log_in(&self) -> Result<Arc<Live>> {
        let began = now();
        let failures = self.state().failures;
        let _flight = self.flight.lock().await;
        if let Some(error) = self.failed_since(failures) {
            return Err(error);
        }
        let mut dead = None;
        if let Some(live) = self.in_memory() {
            match self.probe_live(&live).await? {
                Some(alive) => return Ok(self.install(alive)),
                None => dead = Some(live.session_id.sha256()),
            }
        }
        self.noting_failure(self.acquire(dead, true, Asked::Explicitly, began).await)
    }

    /// Decides over a 401, 403 or 405 by asking the server about the session itself.
    pub(crate) async fn suspect(&self, used: &Live, refusal: Refusal) -> Result<Verdict> {
        let began = now();
        let failures = self.state().failures;
        let _flight = self.flight.lock().await;
        if let Some(newer) = self.newer_than(used) {
            return Ok(Verdict::Resend(newer));
        }
        if let Some(error) = self.failed_since(failures) {
            return Err(error);
        }
        let mut jar = used.jar.clone();
        match self.probe_at(used, &mut jar, PROBE_TIMEOUT).await {
            Probe::Dead => {
                self.notify(&Notice::Renewing);
                let dead = Some(used.session_id.sha256());
                self.noting_failure(self.acquire(dead, true, Asked::ByCall, began).await).map(Verdict::Resend)
            }
            Probe::Alive(token)
                if refusal.is_of_the_session() || self.has_changed(used, &token, refusal.effect).await =>
            {
                self.notify(&Notice::TokenRefreshed);
                // Cookies may have changed in another call since this one began.
                let now = self.in_memory().filter(|live| live.generation == used.generation);
                let session = now.map_or_else(|| used.clone(), |live| (*live).clone());
                let live = self.install(Live { token, known_alive: true, ..session }.needing_storage());
                self.store_change(&live);
                Ok(Verdict::Resend(live))
            }
            Probe::Alive(_) | Probe::AliveWithoutRight(_) => Ok(Verdict::Alive),
            Probe::Initializing => Err(initializing("call HAC")),
            Probe::NotThere(error) | Probe::Unclear(error) => Ok(Verdict::Unknown(error)),
        }
    }

    /// Whether the session has another token than the one that was used. Before a write is sent again, a second look must show the
    /// same one: where each page shows another, a new token proves nothing.
    async fn has_changed(&self, used: &Live, token: &CsrfToken, effect: Effect) -> bool {
        if token.same_as(&used.token) {
            return false;
        }
        effect == Effect::Read
            || match self.probe_at(used, &mut used.jar.clone(), PROBE_TIMEOUT).await {
                Probe::Alive(again) => again.same_as(token),
                _ => false,
            }
    }

    /// The session under the path where HAC is now, after a 404; `None` where HAC is still there: it does not have that page.
    pub(crate) async fn relocated(&self, used: &Live) -> Result<Option<Arc<Live>>> {
        let began = now();
        let failures = self.state().failures;
        let _flight = self.flight.lock().await;
        if let Some(newer) = self.newer_than(used) {
            return Ok((newer.context_path != used.context_path).then_some(newer));
        }
        if let Some(error) = self.failed_since(failures) {
            return Err(error);
        }
        let Probe::NotThere(error) = self.probe_at(used, &mut used.jar.clone(), PROBE_TIMEOUT).await else {
            return Ok(None);
        };
        if let Some(alive) = self.probe_elsewhere(used, error).await? {
            return Ok(Some(self.install_refreshed(used, alive)));
        }
        self.notify(&Notice::Renewing);
        let dead = Some(used.session_id.sha256());
        self.noting_failure(self.acquire(dead, true, Asked::ByCall, began).await).map(Some)
    }

    /// Asks the server about the session that is stored or in memory. Never logs in.
    pub(crate) async fn state_on_server(&self) -> Result<SessionState> {
        let _flight = self.flight.lock().await;
        let live = match self.in_memory() {
            Some(live) => live,
            None => match self.load().await? {
                Some(stored) => Arc::new(self.live_from_stored(stored, SessionSource::Stored)),
                None => return Ok(SessionState::Absent),
            },
        };
        let mut jar = live.jar.clone();
        match self.probe_at(&live, &mut jar, PROBE_TIMEOUT).await {
            Probe::Alive(_) => Ok(SessionState::Alive),
            Probe::AliveWithoutRight(_) => Ok(SessionState::AliveWithoutRight),
            Probe::Initializing => Ok(SessionState::Initializing),
            Probe::Dead => Ok(SessionState::Dead),
            Probe::NotThere(error) | Probe::Unclear(error) => Err(error),
        }
    }

    /// The stored session as it lies there, for a logout: not probed, not put in place.
    pub(crate) async fn peek(&self) -> Result<Option<Arc<Live>>> {
        if let Some(live) = self.in_memory() {
            return Ok(Some(live));
        }
        let stored = self.load().await?;
        Ok(stored.map(|stored| Arc::new(self.live_from_stored(stored, SessionSource::Stored))))
    }

    /// Removes the files of a session that has ended, and forgets it; another that took its place meanwhile stays.
    pub(crate) async fn remove(&self, ended: &Live) -> Result<bool> {
        self.forget(ended);
        let (store, key, id) = (Arc::clone(&self.store), self.key.clone(), ended.session_id.clone());
        // Waits for the lock, up to two seconds.
        offload("remove the session", move || store.remove_session(&key, &id)).await?
    }

    /// Waits for the flight, then takes what another one brought, or flies itself.
    async fn fly(
        &self,
        ready: impl Fn(&Self) -> Option<Arc<Live>>,
        refused: Option<&Live>,
        validate: bool,
        asked: Asked,
    ) -> Result<Arc<Live>> {
        let began = now();
        let failures = self.state().failures;
        let _flight = self.flight.lock().await;
        if let Some(live) = ready(self) {
            return Ok(live);
        }
        if let Some(error) = self.failed_since(failures) {
            return Err(error);
        }
        let dead = refused.map(|live| live.session_id.sha256());
        self.noting_failure(self.acquire(dead, validate, asked, began).await)
    }

    /// The flight failed while we waited for it: the same question would get the same answer, and
    /// a password must not be posted once for each of those who waited.
    fn failed_since(&self, failures: u64) -> Option<Error> {
        let state = self.state();
        if state.failures == failures { None } else { state.last_failure.clone() }
    }

    fn noting_failure(&self, outcome: Result<Arc<Live>>) -> Result<Arc<Live>> {
        if let Err(error) = &outcome {
            let mut state = self.state();
            state.failures += 1;
            state.last_failure = Some(error.clone());
        }
        outcome
    }

    fn newer_than(&self, used: &Live) -> Option<Arc<Live>> {
        self.in_memory().filter(|live| live.generation != used.generation)
    }

    /// Inside the flight: the stored session if it is good, otherwise a login under the lock.
    ///
    /// `dead` is the SHA-256 of the session that the server refused.
    async fn acquire(&self, mut dead: Option<String>, validate: bool, asked: Asked, began: f64) -> Result<Arc<Live>> {
        let stored = self.stored().await;
        let before = stored.as_ref().map(hash);
        if let Some(stored) = stored
            && before != dead
        {
            let live = self.live_from_stored(stored, SessionSource::Stored);
            if !validate {
                self.notify(&Notice::Reused);
                return Ok(self.install(live));
            }
            match self.probe_live(&live).await? {
                Some(alive) => {
                    self.notify(&Notice::Reused);
                    return Ok(self.install_refreshed(&live, alive));
                }
                None => dead = before.clone(),
            }
        }

        let credentials = self.credentials(dead.is_some()).await?;
        if asked == Asked::ByCall
            && let Some((refused, error)) = &self.state().refused
            && *refused == credentials
        {
            return Err(error.clone());
        }

        // A prompt takes its time: only what is written from here on is known to be fresh.
        let before = self.stored().await.as_ref().map(hash);
        let guard = self.lock().await?;
        if let Some(stored) = self.stored().await {
            let there = Some(hash(&stored));
            if there != dead {
                let live = self.live_from_stored(stored, SessionSource::Adopted);
                // Written while we waited: who wrote it has just logged in.
                let alive = if there == before { self.probe_live(&live).await? } else { Some(live) };
                if let Some(alive) = alive {
                    self.notify(&Notice::Adopted);
                    return Ok(self.install(alive));
                }
            }
        }
        if self.store.refused_at(&self.key).is_some_and(|at| at >= began) {
            let error = bad_credentials(&self.doing(), &credentials).with_hint(
                "another process was refused with this user just now; it was not posted again, because \
                 accounts get locked",
            );
            return Err(self.remember_refusal(credentials, error));
        }
        if let Some(lost) = self.store.lost_login(&self.key).filter(|lost| lost.at >= began) {
            return Err(self.lost_elsewhere(lost));
        }
        let pending = VerdictPending::default();
        let logged_in = self.login_in_time(&credentials, &pending).await;
        match logged_in {
            Ok(logged_in) => {
                let live = Self::live_from_login(logged_in);
                self.not_kept_unless(self.store.save(&self.key, &self.to_stored(&live)));
                drop(guard);
                {
                    let mut state = self.state();
                    state.refused = None;
                }
                self.notify(&Notice::LoggedIn);
                if let Some(notice) = self.other_node(&live) {
                    self.notify(&notice);
                }
                Ok(self.install(live))
            }
            Err(error) if error.kind() == ErrorKind::BadCredentials => {
                self.not_kept_unless(self.store.mark_refused(&self.key, now()));
                drop(guard);
                Err(self.remember_refusal(credentials, error))
            }
            Err(error) => {
                if pending.get() {
                    let lost = LostLogin { at: now(), kind: error.kind() };
                    self.not_kept_unless(self.store.mark_lost(&self.key, lost));
                }
                drop(guard);
                Err(error)
            }
        }
    }

    /// What a process says that waited for a login whose answer was lost.
    fn lost_elsewhere(&self, lost: LostLogin) -> Error {
        Error::new(lost.kind, self.doing())
            .because("another process posted the password of this user just now, and no answer came")
            .with_hint(
                "it was not posted again, because accounts get locked; see whether the server answers, then try again",
            )
    }

    fn remember_refusal(&self, credentials: Credentials, error: Error) -> Error {
        self.state().refused = Some((credentials, error.clone()));
        error
    }

    async fn login_in_time(&self, credentials: &Credentials, pending: &VerdictPending) -> Result<LoggedIn> {
        match tokio::time::timeout(LOGIN_LIMIT, login(&self.transport, &self.options, credentials, pending)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Error::new(ErrorKind::Timeout, self.doing())
                .because(format!("the login took longer than {} s", LOGIN_LIMIT.as_secs()))
                .with_hint("is the server overloaded or starting? Try again in a while")),
        }
    }

    /// What to tell where the balancer did not keep to the node that the user asked for. A script goes there all the same:
    /// who must not have that, looks at this notice.
    fn other_node(&self, live: &Live) -> Option<Notice> {
        let (asked, chosen) = (self.options.route.as_deref()?, live.node()?);
        // Some write it without the dot in front.
        (asked.trim_start_matches('.') != chosen.trim_start_matches('.')).then(|| Notice::OtherNode {
            asked: one_line(asked, 64),
            chosen: self.transport.secrets().show(&ServerText::new(chosen), 64),
        })
    }

    /// Puts a probed stored session in place; a token that had changed is stored too.
    fn install_refreshed(&self, stored: &Live, alive: Live) -> Arc<Live> {
        let changed = !alive.token.same_as(&stored.token) || alive.context_path != stored.context_path;
        let live = self.install(if changed { alive.needing_storage() } else { alive });
        if changed {
            self.store_change(&live);
        }
        live
    }

    pub(super) async fn probe_at(&self, live: &Live, jar: &mut super::cookie::Jar, timeout: Duration) -> Probe {
        let target = ProbeTarget {
            context_path: &live.context_path,
            guessed: live.guessed,
            login_path: live.login_path.as_deref(),
            timeout,
        };
        probe(&self.transport, &target, jar).await
    }

    /// Alive with the token of now, or `None` for dead. Anything unclear is an error, and the
    /// stored session stays.
    async fn probe_live(&self, live: &Live) -> Result<Option<Live>> {
        let mut jar = live.jar.clone();
        match self.probe_at(live, &mut jar, PROBE_TIMEOUT).await {
            Probe::Alive(token) => Ok(Some(Live { token, known_alive: true, ..live.clone() })),
            Probe::AliveWithoutRight(token) => {
                let token = token.unwrap_or_else(|| live.token.clone());
                Ok(Some(Live { token, known_alive: true, ..live.clone() }))
            }
            Probe::Dead => Ok(None),
            Probe::Initializing => Err(initializing(&self.doing())),
            Probe::NotThere(error) => self.probe_elsewhere(live, error).await,
            Probe::Unclear(error) => Err(error),
        }
    }

    /// A remembered context path that answers 404: HAC may have moved to the other usual one.
    async fn probe_elsewhere(&self, live: &Live, not_there: Error) -> Result<Option<Live>> {
        let others: Vec<ContextPath> =
            self.options.candidates().into_iter().filter(|path| *path != live.context_path).collect();
        for context_path in others {
            let mut jar = live.jar.clone();
            if live.guessed {
                // Without a side file the cookie was put where HAC was assumed to be.
                let path = if context_path.is_root() { "/" } else { context_path.as_str() };
                jar.insert(&self.options.session_cookie, live.session_id.expose(), path, false);
            }
            let kept = jar.clone();
            let target =
                ProbeTarget { context_path: &context_path, guessed: true, login_path: None, timeout: PROBE_TIMEOUT };
            match probe(&self.transport, &target, &mut jar).await {
                Probe::Alive(token) => {
                    return Ok(Some(Live { token, context_path, jar: kept, known_alive: true, ..live.clone() }));
                }
                Probe::Dead => return Ok(None),
                Probe::Initializing => return Err(initializing(&self.doing())),
                Probe::AliveWithoutRight(_) | Probe::NotThere(_) | Probe::Unclear(_) => {}
            }
        }
        Err(not_there)
    }

    /// Asked for a login only, on a thread that may block.
    async fn credentials(&self, had_session: bool) -> Result<Credentials> {
        let auth = Arc::clone(&self.auth);
        let found =
            offload(&self.doing(), move || auth.credentials()).await.map_err(|error| match error.kind() {
                // The thread is ours, what panicked in it is not.
                ErrorKind::Internal => {
                    Error::new(ErrorKind::Config, self.doing()).because("the AuthHandler failed").with_source(error)
                }
                _ => error,
            })??;
        found.ok_or_else(|| {
            let hint = self.auth.no_credentials_hint();
            if had_session {
                Error::new(ErrorKind::SessionEnded, "use the session")
                    .because(format!("the session of {} at {} has ended", self.key.username, self.key.base_url))
                    .with_hint(hint)
            } else {
                Error::new(ErrorKind::Config, self.doing())
                    .because(format!("there is no session of {} and no password at hand", self.key.username))
                    .with_hint(hint)
            }
        })
    }

    /// The lock of the key, waited for without blocking the runtime; `None` where locks do not work.
    async fn lock(&self) -> Result<Option<LockGuard>> {
        let began = Instant::now();
        let mut pause = Duration::from_millis(10);
        let mut told = false;
        loop {
            let holder = match SessionStore::try_lock(&*self.store, &self.key) {
                LockAttempt::Held(guard) => {
                    self.state().not_locked = None;
                    return Ok(Some(guard));
                }
                // Told when something was written without it; what cannot be written either, is told by itself.
                LockAttempt::Unsupported(error) => {
                    self.state().not_locked = Some(error);
                    return Ok(None);
                }
                LockAttempt::Busy(holder) => holder.map(|holder| holder.to_string()),
            };
            if !std::mem::replace(&mut told, true) {
                self.notify(&Notice::Waiting { holder: holder.clone() });
            }
            if began.elapsed() >= self.patience {
                let holder = holder.unwrap_or_else(|| "another process".into());
                return Err(Error::new(ErrorKind::Timeout, self.doing())
                    .because(format!("waited {} s for the login of {holder}", self.patience.as_secs()))
                    .with_hint("does that process hang? End it, then try again"));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(200));
        }
    }

    fn doing(&self) -> String {
        format!("log in to {}", self.base_url.origin())
    }
}

/// Names a stored session without giving it away.
fn hash(stored: &StoredSession) -> String {
    stored.metadata.session_id.sha256()
}

#[cfg(test)]
pub(in crate::session) mod tests;
