//! 1,000 processes are killed while they save sessions: whatever they leave is whole and private.
//!
//! The program starts itself again as the one that saves, so it has a `main` of its own: a child
//! that ran no code at all could not pass for one that did.

#![expect(clippy::print_stdout, reason = "a test with a main of its own reports to the terminal")]

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ExitCode, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use hac_client::SessionManager;
use hac_client::session::{PortableSession, SessionMetadata};
#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

/// Set for a child: the directory in which it saves.
const DIRECTORY: &str = "STORE_TEST_DIRECTORY";
const KILLS: usize = system::KILLS;
const AT_ONCE: usize = 10;
const USERS: u64 = 12;

fn main() -> ExitCode {
    if let Some(directory) = std::env::var_os(DIRECTORY) {
        save_for_ever(&SessionManager::with_cache_dir(directory));
    }
    // The harness of other tests understands these; a filter that does not name us skips us.
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let name = "a_thousand_kills_leave_only_whole_and_private_files";
    if arguments.iter().any(|argument| argument == "--list") {
        println!("{name}: test");
        return ExitCode::SUCCESS;
    }
    let filters: Vec<_> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    if !filters.is_empty() && !filters.iter().any(|filter| name.contains(filter.as_str())) {
        return ExitCode::SUCCESS;
    }
    let started = Instant::now();
    let seed = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| since.as_secs()) | 1;
    println!("test {name} (seed {seed}) ...");
    kill_a_thousand(&mut Dice(seed));
    println!("test {name} ... ok ({:.1?})", started.elapsed());
    ExitCode::SUCCESS
}

/// xorshift: enough to pick moments.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

fn session(user: u64, round: u64) -> SessionMetadata {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs_f64();
    SessionMetadata {
        session_id: format!("{}-{round}", std::process::id()).into(),
        csrf_token: "t".repeat(2000).into(),
        route_cookie: None,
        environment: "local".into(),
        base_url: "https://localhost:9002".into(),
        username: format!("user{user}"),
        created_at: now,
        // Long enough ago that every touch is due.
        last_used_at: now - 10.0,
        is_authenticated: true,
    }
}

/// What a child does until it is killed. The first line says that it began.
fn save_for_ever(manager: &SessionManager) -> ! {
    let mut dice = Dice(u64::from(std::process::id()) * 0x9E37_79B9 + 1);
    for round in 0_u64.. {
        let metadata = session(dice.below(USERS), round);
        let (base_url, username) = (metadata.base_url.clone(), metadata.username.clone());
        match dice.below(40) {
            0 => drop(manager.clear_all_sessions()),
            1..4 => drop(manager.remove_session(&base_url, &username, "local")),
            4..12 => drop(manager.touch_session(&base_url, &username, "local")),
            // With a context path and cookies, so that there is a side file.
            12..24 => drop(manager.import_session(&with_cookies(&metadata))),
            _ => drop(manager.save_session(&metadata)),
        }
        if round == 0 {
            println!("saving");
        }
    }
    unreachable!("the loop has no end")
}

fn with_cookies(metadata: &SessionMetadata) -> PortableSession {
    let json = PortableSession::from(metadata.clone()).to_json();
    let more = r#"{"context_path": "/hac", "cookies": [{"name": "X", "value": "y", "path": "/"}],"#;
    PortableSession::from_json(&json.replacen('{', more, 1)).expect("a session")
}

fn start(directory: &Path, batch: usize) -> Child {
    system::ourselves(batch)
        .env(DIRECTORY, directory)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("a child")
}

fn kill_a_thousand(dice: &mut Dice) {
    let root = tempfile::tempdir().expect("a temporary directory");
    let directory = root.path().join("sessions");
    let mut seen = Seen::default();
    // More, where by chance hardly anyone was killed at the right moment.
    for batch in 0..10 * KILLS / AT_ONCE {
        if batch >= KILLS / AT_ONCE && seen.is_enough() {
            break;
        }
        let mut children: Vec<_> = (0..AT_ONCE).map(|_| start(&directory, batch)).collect();
        for child in &mut children {
            let mut line = String::new();
            let output = child.stdout.take().expect("its output");
            BufReader::new(output).read_line(&mut line).expect("a line");
            assert_eq!(line, "saving\n", "a child did not begin");
        }
        for child in &mut children {
            std::thread::sleep(Duration::from_micros(dice.below(4000)));
            child.kill().expect("killed");
        }
        for mut child in children {
            let status = child.wait().expect("waited for");
            assert!(system::was_killed(status), "a child ended by itself: {status}");
        }
        check(&directory, &mut seen);
        if batch % 10 == 9 {
            SessionManager::with_cache_dir(&directory).clear_all_sessions().expect("cleared");
        }
    }
    println!("{seen:?}");
    assert!(seen.is_enough(), "hardly anyone saved, or was killed while saving");
}

/// What the killed left, summed over all batches.
#[derive(Default)]
struct Seen {
    sessions: usize,
    side_files: usize,
    cut_short: BTreeSet<String>,
    writers: BTreeSet<String>,
}

impl Seen {
    /// Without these the test would show nothing: sessions and side files of many children, of whom some were killed while saving.
    fn is_enough(&self) -> bool {
        self.sessions > KILLS / 10
            && self.side_files > KILLS / 20
            && self.cut_short.len() > KILLS / 50
            && self.writers.len() > KILLS / 20
    }
}

impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} session files and {} side files of {} processes, {} temporary files of killed writers",
            self.sessions,
            self.side_files,
            self.writers.len(),
            self.cut_short.len()
        )
    }
}

fn check(directory: &Path, seen: &mut Seen) {
    let mut session_files = 0;
    for entry in fs::read_dir(directory).expect("the directory") {
        let entry = entry.expect("an entry");
        let name = entry.file_name().into_string().expect("a name");
        if name.starts_with(".tmp-") {
            system::assert_private_from_the_start(&entry.path());
            seen.cut_short.insert(name);
            continue;
        }
        system::assert_private(&entry.path());
        if name.starts_with("lock_") || name.starts_with("holder_") {
            continue;
        }
        let text = fs::read_to_string(entry.path()).expect("readable");
        let value: serde_json::Value = serde_json::from_str(&text).unwrap_or_else(|cause| panic!("{name}: {cause}"));
        if name.starts_with("session_") {
            session_files += 1;
            assert_eq!(value.as_object().map(serde_json::Map::len), Some(9), "{name}");
            let id = value["session_id"].as_str().expect("an id");
            seen.writers.insert(id.split('-').next().unwrap_or_default().to_owned());
        } else {
            assert!(name.starts_with("extra_"), "{name}");
            seen.side_files += 1;
        }
    }
    system::assert_private_directory(directory);
    let listed = SessionManager::with_cache_dir(directory).list_sessions().expect("listed");
    assert_eq!(listed.len(), session_files, "every file that was left is listed");
    seen.sessions += session_files;
}
