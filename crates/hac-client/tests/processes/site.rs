//! A simulated HAC with a cache directory, and what is to be seen of both.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use hac_client::{BasicAuthHandler, HacClient, HacClientBuilder, Script, ScriptType, SessionManager, Validation};
use hac_simulator::{Fault, Faults, Ledger, On, Simulator, SimulatorHandle};
use tempfile::TempDir;

use super::system;
use super::worker::Job;

pub(crate) const EXECUTE: &str = "/console/scripting/execute";
pub(crate) const LOGIN_PAGE: &str = "/hac/login";
pub(crate) const LOGIN_POST: &str = "/j_spring_security_check";
pub(crate) const PASSWORD: &str = "nimda";

/// What never happens in time is given up after this; no test depends on how long anything takes.
pub(crate) const HANG: Duration = Duration::from_secs(120);

pub(crate) struct Site {
    pub(crate) simulator: SimulatorHandle,
    cache: TempDir,
}

impl Site {
    pub(crate) fn start() -> Self {
        let simulator = Simulator::builder().products(1).start().expect("a simulator");
        Self { simulator, cache: TempDir::new().expect("a directory") }
    }

    /// With a stored session that the server has forgotten. The ledger is empty.
    pub(crate) fn with_dead_session() -> Self {
        let site = Self::start();
        site.builder().build_blocking().expect("a client").login().expect("a login");
        site.faults().expire_sessions();
        site.ledger().clear();
        site
    }

    pub(crate) fn faults(&self) -> &Faults {
        self.simulator.faults()
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        self.simulator.ledger()
    }

    pub(crate) fn manager(&self) -> SessionManager {
        SessionManager::with_cache_dir(self.cache.path())
    }

    /// A client that shares nothing with others but the cache.
    pub(crate) fn builder(&self) -> HacClientBuilder {
        HacClient::builder(self.simulator.url())
            .auth_handler(BasicAuthHandler::new("admin", PASSWORD))
            .cache_dir(self.cache.path())
            .validation(Validation::OnUse)
            .timeout(None)
    }

    /// A job for each of `count` workers; worker 7 runs the script `7`.
    pub(crate) fn jobs(&self, count: usize, validation: Validation, password: &str) -> Vec<Job> {
        let job = |number: usize| Job {
            url: self.simulator.url(),
            password: password.to_owned(),
            cache: self.cache.path().to_owned(),
            probe: validation == Validation::Probe,
            script: number.to_string(),
        };
        (0..count).map(job).collect()
    }

    /// The next login is held between its page and its session; ends with [`Faults::release`].
    pub(crate) fn hold_login(&self) {
        self.faults().once(On::post(LOGIN_POST), Fault::Hold);
    }

    /// Waits until a request is held.
    pub(crate) fn see_held(&self) {
        until("a request is held", || self.faults().held() == 1);
    }

    /// Where the session is kept, under the name that hac-client-core gives it too.
    pub(crate) fn session_file(&self) -> PathBuf {
        self.file("session_", ".json")
    }

    pub(crate) fn lock_file(&self) -> PathBuf {
        self.file("lock_", "")
    }

    fn file(&self, prefix: &str, suffix: &str) -> PathBuf {
        let md5 = md5::compute(format!("{}:admin:local", self.simulator.url()));
        self.cache.path().join(format!("{prefix}{md5:x}{suffix}"))
    }

    /// Where the holder of the lock is noted.
    pub(crate) fn note_of_holder(&self) -> PathBuf {
        self.file(system::NOTE, "")
    }

    /// Which file the lock file is: one that was made anew is another.
    pub(crate) fn lock_inode(&self) -> u64 {
        system::identity(&self.lock_file())
    }

    /// Each of these scripts ran once, and no other ran.
    #[track_caller]
    pub(crate) fn assert_executed(&self, mut scripts: Vec<String>) {
        let mut executed = self.ledger().executed_scripts();
        executed.sort();
        scripts.sort();
        assert_eq!(executed, scripts);
    }

    /// One session is left, whole and private, and nothing lies about.
    #[track_caller]
    pub(crate) fn assert_one_session_kept(&self) {
        assert_eq!(self.manager().list_sessions().expect("sessions").len(), 1);
        assert!(self.session_file().exists() && self.lock_file().exists());
        let entries = fs::read_dir(self.cache.path()).expect("the directory").map(|entry| entry.expect("an entry"));
        let mut names: Vec<_> = entries
            .map(|entry| {
                let name = entry.file_name().into_string().expect("a name");
                system::assert_private(&entry.path());
                if !name.starts_with("lock_") && !name.starts_with("holder_") {
                    let text = fs::read_to_string(entry.path()).expect("readable");
                    serde_json::from_str::<serde_json::Value>(&text).unwrap_or_else(|cause| panic!("{name}: {cause}"));
                }
                name
            })
            .collect();
        names.retain(|name| !name.starts_with("holder_"));
        names.sort();
        assert_eq!(names.len(), 3, "a session, its side file, its lock: {names:?}");
    }
}

/// Looks again and again until something is so that nobody tells of.
#[track_caller]
pub(crate) fn until(what: &str, so: impl Fn() -> bool) {
    let deadline = Instant::now() + HANG;
    while !so() {
        assert!(Instant::now() < deadline, "not until {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

pub(crate) fn script(text: impl Into<String>) -> Script {
    Script::new(ScriptType::JavaScript, text)
}

/// The numbers below `count`, as the scripts of a crew are named.
pub(crate) fn numbers(count: usize) -> Vec<String> {
    (0..count).map(|number| number.to_string()).collect()
}
