use std::time::Duration;

use tokio::time::Instant;

use super::acquire::LOGIN_LIMIT;
use super::*;
use crate::auth::BasicAuthHandler;
use crate::origin::BaseUrl;
use crate::secret::SessionId;
use crate::server_text::Secrets;
use crate::session::SessionsConfig;
use crate::session::login::LoginOptions;
use crate::session::metadata::SessionMetadata;
use crate::session::store::{FileStore, LockAttempt, Reading, Replaced, SessionKey, SessionStore, StoredSession};
use crate::transport::Transport;
use crate::transport::network::{Network, Proxy};
use crate::transport::tls::Trust;

/// The sessions of a server that is not there.
fn sessions(store: &FileStore, notify: impl Fn(&Notice) + Send + Sync + 'static) -> Sessions {
    sessions_of("http://127.0.0.1:9", BasicAuthHandler::new("admin", "nimda"), store, notify)
}

pub(in crate::session) fn sessions_of(
    url: &str,
    auth: BasicAuthHandler,
    store: &FileStore,
    notify: impl Fn(&Notice) + Send + Sync + 'static,
) -> Sessions {
    let base_url = BaseUrl::parse(url).expect("a URL");
    let auth = Arc::new(auth);
    let network = Network {
        trust: Trust::default(),
        client_certificate: None,
        proxy: Proxy::default(),
        connect_timeout: Duration::from_secs(10),
    };
    let transport =
        Transport::open(base_url.origin().clone(), &network, auth.clone(), http::HeaderMap::new(), Secrets::default());
    let config = SessionsConfig {
        options: LoginOptions {
            context_path: None,
            session_cookie: "JSESSIONID".into(),
            route: None,
            answer_timeout: None,
            brought: None,
        },
        base_url,
        environment: "local".into(),
        validation: Validation::OnUse,
    };
    let transport = Arc::new(transport.expect("a transport"));
    Sessions::new(config, auth, Arc::new(store.clone()), transport, Arc::new(notify))
}

#[tokio::test]
async fn waiting_too_long_for_a_lock_names_its_holder_and_sends_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = FileStore::new(directory.path().to_owned(), false);
    let (sender, notices) = std::sync::mpsc::channel();
    let mut sessions = sessions(&store, move |notice| {
        let _ = sender.send(notice.to_string());
    });
    assert!(sessions.patience > LOGIN_LIMIT, "longer than the one that is waited for may take");
    sessions.patience = Duration::from_millis(25);
    let LockAttempt::Held(guard) = store.try_lock(&sessions.key) else { panic!("not locked") };

    let error = sessions.current().await.expect_err("no session");
    // Whatever is sent to this server ends in `connect`.
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error:?}");
    let holder = format!("process {} on ", std::process::id());
    assert!(error.why().contains(&holder) && error.hint().is_some(), "{error:?}");
    let told: Vec<_> = notices.try_iter().collect();
    assert_eq!(told.len(), 1, "told once: {told:?}");
    assert!(told[0].starts_with(&format!("waiting for the login of {holder}")), "{told:?}");

    drop(guard);
    let error = sessions.current().await.expect_err("no session");
    assert_eq!(error.kind(), ErrorKind::Connect, "the next one gets its turn: {error:?}");
}

/// A store whose lock another process holds for ever.
#[derive(Debug, Default)]
struct Busy(std::sync::atomic::AtomicUsize);

impl SessionStore for Busy {
    fn read(&self, _: &SessionKey) -> Result<Reading> {
        Ok(Reading { session: None, settled: true })
    }

    fn refused_at(&self, _: &SessionKey) -> Option<f64> {
        None
    }

    fn mark_refused(&self, _: &SessionKey, _: f64) -> Result<()> {
        Ok(())
    }

    fn save(&self, _: &SessionKey, _: &StoredSession) -> Result<()> {
        Ok(())
    }

    fn replace(&self, _: &SessionKey, _: &SessionId, _: &StoredSession) -> Result<Replaced> {
        Ok(Replaced::Skipped)
    }

    fn touch(&self, _: &SessionKey, _: &SessionId, _: f64) -> Result<()> {
        Ok(())
    }

    fn remove(&self, _: &SessionKey) -> Result<bool> {
        Ok(false)
    }

    fn remove_session(&self, _: &SessionKey, _: &SessionId) -> Result<bool> {
        Ok(false)
    }

    fn try_lock(&self, _: &SessionKey) -> LockAttempt {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        LockAttempt::Busy(None)
    }
}

#[tokio::test(start_paused = true)]
async fn another_process_is_waited_for_75_seconds_and_looked_at_five_times_a_second() {
    let directory = tempfile::tempdir().expect("a directory");
    let unused = FileStore::new(directory.path().to_owned(), false);
    let (sender, notices) = std::sync::mpsc::channel();
    let mut sessions = sessions(&unused, move |notice| {
        let _ = sender.send(notice.to_string());
    });
    let busy = Arc::new(Busy::default());
    sessions.store = Arc::clone(&busy) as Arc<dyn SessionStore>;
    let began = Instant::now();
    let error = sessions.current().await.expect_err("never free");
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error:?}");
    assert!(error.to_string().contains("75 s"), "{error}");
    assert!(error.hint().is_some_and(|hint| hint.to_string().contains("hang")), "{error:?}");
    let took = began.elapsed();
    assert!(took >= Duration::from_secs(75) && took < Duration::from_secs(76), "{took:?}");
    let looks = busy.0.load(std::sync::atomic::Ordering::Relaxed);
    assert!((370..=390).contains(&looks), "10 ms, twice as long each time, then 200 ms: {looks}");
    assert_eq!(notices.try_iter().count(), 1, "told once");
}

#[tokio::test]
async fn a_half_written_session_file_does_not_hold_up_other_tasks() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = FileStore::new(directory.path().to_owned(), false);
    let sessions = sessions(&store, |_| ());
    let file = directory.path().join(format!("session_{}.json", sessions.key.md5()));
    std::fs::write(&file, "{\"session_id\": ").expect("written");
    // Nothing is ever done at the same time in this runtime: whoever blocks is alone until it ends.
    let ended = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let flag = Arc::clone(&ended);
    let ticking = tokio::spawn(async move {
        let mut ticks = 0;
        while !flag.load(std::sync::atomic::Ordering::Relaxed) {
            ticks += 1;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        ticks
    });
    assert!(sessions.stored().await.is_none());
    assert!(sessions.peek().await.expect("read").is_none());
    ended.store(true, std::sync::atomic::Ordering::Relaxed);
    assert!(ticking.await.expect("no panic") > 1, "reading it again blocked the runtime");
}

fn stored_session(sessions: &Sessions) -> StoredSession {
    let key = sessions.key();
    StoredSession {
        metadata: SessionMetadata {
            session_id: "A".into(),
            csrf_token: "T".into(),
            route_cookie: None,
            environment: key.environment.clone(),
            base_url: key.base_url.clone(),
            username: key.username.clone(),
            created_at: now(),
            last_used_at: now(),
            is_authenticated: true,
        },
        context_path: None,
        cookies: Vec::new(),
    }
}

#[tokio::test]
async fn a_system_without_threads_ends_a_login_and_a_removal_with_an_error() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = FileStore::new(directory.path().to_owned(), false);
    let sessions = sessions(&store, |_| {});
    let live = sessions.restored(stored_session(&sessions), SessionSource::Stored);
    let _none = crate::offload::tests::WithoutThreads::begin();
    let removed = sessions.remove(&live).await.map(drop);
    for outcome in [sessions.current().await.map(drop), sessions.log_in().await.map(drop), removed] {
        let error = outcome.expect_err("no thread");
        assert_eq!(error.kind(), ErrorKind::Config, "{error:?}");
        assert!(error.hint().is_some_and(|hint| hint.to_string() == crate::os::MORE_THREADS), "{error:?}");
    }
}
