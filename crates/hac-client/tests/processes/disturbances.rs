//! What others do meanwhile: they are killed, they clear, they write without asking.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use hac_client::session::SessionMetadata;
use hac_client::{HacClient, Validation};
use hac_simulator::{Fault, On, Simulator};
use serde_json::{Value, json};

use super::crew::Crew;
use super::site::{PASSWORD, Site, numbers, until};
use super::system;
use super::worker::Event;

pub(crate) fn a_process_killed_between_its_post_and_its_save_costs_the_others_one_login() {
    const CREW: usize = system::MANY;
    let site = Site::start();
    // The first page is asked for twice in a login: to find the form, and for the new token.
    site.faults().once(On::get("/hac/").skip(1), Fault::Hold);
    let mut crew = Crew::muster(&site.jobs(CREW, Validation::OnUse, PASSWORD));
    crew.go();
    site.see_held();
    crew.see_waiting(CREW - 1);
    assert_eq!((site.ledger().login_attempts(), site.ledger().logins()), (1, 1), "its POST is done");
    assert!(!site.session_file().exists(), "and its save is not");
    let holder: Value = serde_json::from_slice(&fs::read(site.note_of_holder()).expect("a note")).expect("its holder");
    let pid = holder["pid"].as_u64().and_then(|pid| u32::try_from(pid).ok()).expect("a process id");
    crew.kill(pid);
    site.faults().release();
    let crew = crew.finish();
    assert_eq!((site.ledger().login_attempts(), site.ledger().logins()), (2, 2), "one further login");
    let results = crew.results();
    assert_eq!(results.len(), CREW - 1, "nobody failed but the one that was killed");
    site.assert_executed(results);
    site.assert_one_session_kept();
}

pub(crate) fn clearing_and_removing_while_someone_logs_in_disturbs_nobody() {
    const CREW: usize = 30;
    let site = Site::with_dead_session();
    let lock = site.lock_inode();
    site.hold_login();
    let mut crew = Crew::muster(&site.jobs(CREW, Validation::OnUse, PASSWORD));
    crew.go();
    site.see_held();
    crew.see_waiting(CREW - 1);
    let manager = site.manager();
    let clearing = std::thread::spawn(move || manager.clear_all_sessions().expect("cleared"));
    let removed = site.manager().remove_session(&site.simulator.url(), "admin", "local").expect("removed");
    let cleared = clearing.join().expect("no panic");
    assert_eq!(cleared + usize::from(removed), 1, "one of the two removed the dead session");
    assert!(!site.session_file().exists(), "neither waited for the login");
    // It is held now, so that no new file could have got its number.
    assert_eq!(site.lock_inode(), lock, "the lock file stays");
    site.faults().release();
    let crew = crew.finish();
    assert_eq!(crew.results(), numbers(CREW));
    assert_eq!(site.ledger().login_attempts(), 1);
    site.assert_executed(numbers(CREW));
    site.assert_one_session_kept();
    assert_eq!(site.lock_inode(), lock, "the lock file stays");
}

pub(crate) fn clearing_all_the_while_disturbs_nobody() {
    const CREW: usize = 30;
    let site = Site::with_dead_session();
    let lock = site.lock_inode();
    let manager = site.manager();
    let clearing = Tireless::start(move |_| {
        manager.clear_all_sessions().expect("cleared");
    });
    let mut crew = Crew::muster(&site.jobs(CREW, Validation::OnUse, PASSWORD));
    clearing.see_another_round();
    crew.go();
    let crew = crew.finish();
    clearing.see_another_round();
    clearing.stop();
    assert_eq!(crew.results(), numbers(CREW));
    assert_eq!(site.ledger().login_attempts(), site.ledger().logins());
    site.assert_executed(numbers(CREW));
    assert_eq!(site.lock_inode(), lock, "the lock file stays");
}

pub(crate) fn someone_who_writes_the_file_in_place_all_the_while_disturbs_nobody() {
    const CREW: usize = 25;
    let site = Site::with_dead_session();
    let elsewhere = Simulator::builder().products(1).start().expect("a simulator");
    let dead = session_of(&site);
    let alive = other_session(&site);
    let mut foreign = alive.clone();
    foreign["base_url"] = json!(elsewhere.url());
    foreign["session_id"] = json!("of-another-host");
    let contents: Vec<_> = [&dead, &alive, &foreign].map(indented).into();
    let path = site.session_file();
    let writing = Tireless::start(move |round| write_in_place(&path, &contents[round % contents.len()]));
    writing.see_another_round();

    let mut reused = 0;
    // Who meets what is chance: it goes on until something was written meanwhile, and somebody has read it.
    let mut crews = 0;
    let mut met = [false; 2];
    while reused == 0 || met != [true; 2] {
        assert!(crews < 40, "nothing was written meanwhile, or nobody read what was written");
        let validation = [Validation::OnUse, Validation::Probe][crews % 2];
        site.ledger().clear();
        let mut crew = Crew::muster(&site.jobs(CREW, validation, PASSWORD));
        let before = writing.rounds();
        crew.go();
        let crew = crew.finish();
        met[crews % 2] |= writing.rounds() > before;
        assert_eq!(crew.results(), numbers(CREW));
        site.assert_executed(numbers(CREW));
        assert_eq!(site.ledger().login_attempts(), site.ledger().logins());
        reused += crew.count(Event::Reused);
        crews += 1;
    }
    writing.stop();
    assert_eq!(elsewhere.ledger().connections(), 0, "something went to another host");
    // Whoever wrote last wrote one of the sessions, whole.
    assert_eq!(session_of(&site).as_object().map(serde_json::Map::len), Some(9));
}

/// The stored session as hac-client-core writes it: the same nine fields.
fn session_of(site: &Site) -> Value {
    serde_json::from_slice(&fs::read(site.session_file()).expect("a session")).expect("a session")
}

/// A live session of the same user that is not in the cache.
fn other_session(site: &Site) -> Value {
    let cache = tempfile::tempdir().expect("a directory");
    let client = HacClient::builder(site.simulator.url())
        .auth_handler(hac_client::BasicAuthHandler::new("admin", PASSWORD))
        .cache_dir(cache.path())
        .build_blocking()
        .expect("a client");
    client.login().expect("a login");
    let manager = hac_client::SessionManager::with_cache_dir(cache.path());
    let sessions: Vec<SessionMetadata> = manager.list_sessions().expect("sessions");
    let mut session = session_of(site);
    session["session_id"] = json!(sessions[0].session_id.expose());
    session["csrf_token"] = json!(sessions[0].csrf_token.expose());
    session
}

/// As Python's `json.dump(…, indent=2)`.
fn indented(session: &Value) -> String {
    serde_json::to_string_pretty(session).expect("text")
}

/// Opens with truncation, writes one half, is interrupted, writes the other. No lock, and no mode but what the umask leaves.
fn write_in_place(path: &PathBuf, text: &str) {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(path).expect("the session file");
    std::thread::sleep(Duration::from_micros(200));
    let (begin, end) = text.as_bytes().split_at(text.len() / 2);
    file.write_all(begin).expect("written");
    std::thread::sleep(Duration::from_micros(500));
    file.write_all(end).expect("written");
    drop(file);
    std::thread::sleep(Duration::from_millis(2));
}

/// Someone who does the same thing again and again until told to stop.
struct Tireless {
    stop: Arc<AtomicBool>,
    rounds: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

impl Tireless {
    fn start(mut act: impl FnMut(usize) + Send + 'static) -> Self {
        let (stop, rounds) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (stopped, counted) = (Arc::clone(&stop), Arc::clone(&rounds));
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::SeqCst) {
                act(counted.load(Ordering::SeqCst));
                counted.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { stop, rounds, thread: Some(thread) }
    }

    fn rounds(&self) -> usize {
        self.rounds.load(Ordering::SeqCst)
    }

    /// Waits until a round was begun and ended.
    fn see_another_round(&self) {
        let now = self.rounds();
        until("another round is done", || self.rounds() >= now + 2);
    }

    /// Lets it finish its round. A panic of its own fails the test.
    fn stop(mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(matches!(ended, Some(Ok(()))), "it failed");
    }
}

impl Drop for Tireless {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
    }
}
