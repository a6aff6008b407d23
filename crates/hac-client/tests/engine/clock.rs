//! How long each wait may be, told by a clock that jumps from one timer to the next.

use std::net::TcpListener;
use std::time::Duration;

use hac_client::{BasicAuthHandler, ErrorKind, HacClient, HacClientBuilder, SessionManager, Validation};
use tempfile::TempDir;
use tokio::time::Instant;

use super::support::{assert_kind, run, session_of};

/// A server that takes connections and never says anything; a session of it is stored.
struct Silent {
    _listener: TcpListener,
    url: String,
    cache: TempDir,
}

impl Silent {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let cache = TempDir::new().expect("a directory");
        SessionManager::with_cache_dir(cache.path()).save_session(&session_of(&url)).expect("saved");
        Self { _listener: listener, url, cache }
    }

    fn builder(&self) -> HacClientBuilder {
        HacClient::builder(&self.url)
            .auth_handler(BasicAuthHandler::new("admin", "nimda"))
            .cache_dir(self.cache.path())
            .validation(Validation::OnUse)
    }
}

/// A second for what runs between two timers.
fn assert_took(began: Instant, seconds: u64) {
    let took = began.elapsed();
    assert!(took >= Duration::from_secs(seconds) && took <= Duration::from_secs(seconds + 1), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_has_thirty_seconds_by_default() {
    let silent = Silent::start();
    let client = silent.builder().build().expect("a client");
    let began = Instant::now();
    assert_kind(&run(&client, "1").await.expect_err("no answer"), ErrorKind::OutcomeUnknown);
    assert_took(began, 30);
}

#[tokio::test(start_paused = true)]
async fn a_page_of_the_login_has_as_long_as_an_answer() {
    let silent = Silent::start();
    let client = silent.builder().session_persistence(false).build().expect("a client");
    let began = Instant::now();
    let error = client.login().await.expect_err("no answer");
    assert_kind(&error, ErrorKind::Timeout);
    assert!(error.to_string().contains("no answer came in time"), "{error}");
    assert_took(began, 30);
}

#[tokio::test(start_paused = true)]
async fn a_probe_has_five_seconds_and_the_session_stays() {
    let silent = Silent::start();
    let client = silent.builder().validation(Validation::Probe).build().expect("a client");
    let began = Instant::now();
    assert_kind(&run(&client, "1").await.expect_err("no answer"), ErrorKind::Timeout);
    assert_took(began, 5);
    assert_eq!(SessionManager::with_cache_dir(silent.cache.path()).list_sessions().expect("sessions").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_login_has_sixty_seconds_in_all_whatever_an_answer_may_take() {
    let silent = Silent::start();
    let client = silent.builder().session_persistence(false).timeout(None).build().expect("a client");
    let began = Instant::now();
    let error = client.login().await.expect_err("no answer");
    assert_kind(&error, ErrorKind::Timeout);
    assert!(error.to_string().contains("60 s"), "{error}");
    assert_took(began, 60);
}
