//! What one process does.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::super::*;
use super::dice::Dice;
use super::mischief;
use super::sessions::{self, KEYS, WRITTEN_IN_PLACE, key_of};
use super::weather::Weather;
use super::{OPERATIONS, PASSWORD};
use crate::auth::BasicAuthHandler;
use crate::session::flight::tests::sessions_of;

/// Names the environment variable that makes a process of this program one of the hundred.
pub(super) const JOB: &str = "FIRE_JOB";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Round {
    Everything,
    /// Sessions are used and written in place of others, and never made.
    OnlyUse,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Job {
    pub(super) directory: PathBuf,
    pub(super) victims: PathBuf,
    pub(super) seed: u64,
    pub(super) number: usize,
    pub(super) round: Round,
    /// Of the simulated HAC.
    pub(super) url: String,
    pub(super) dies_before: Option<u64>,
}

struct Worker<'a> {
    job: &'a Job,
    dice: Dice,
    weather: Arc<Weather>,
    store: FileStore,
    /// The session that was last seen of each key.
    seen: BTreeMap<usize, SessionId>,
    done: BTreeMap<&'static str, usize>,
}

pub(super) fn work(job: &Job) {
    let weather = match job.round {
        Round::Everything => Weather::rough(job.seed, job.dies_before),
        Round::OnlyUse => Weather::calm(0),
    };
    let mut store = FileStore::new(job.directory.clone(), false).in_trouble(weather.clone());
    store.patience = Duration::from_millis(20);
    let dice = Dice(job.seed.rotate_left(17) | 1);
    let mut worker = Worker { job, dice, weather, store, seen: BTreeMap::new(), done: BTreeMap::new() };
    tell("ready");
    // Without this line whoever started us is gone.
    if std::io::stdin().lines().next().is_none() {
        return;
    }
    for number in 0..OPERATIONS {
        match job.round {
            Round::Everything => worker.do_anything(number),
            Round::OnlyUse => worker.use_one(number),
        }
        if number == OPERATIONS / 4 {
            tell("working");
        }
    }
    let failed = usize::try_from(worker.weather.failed()).unwrap_or(usize::MAX);
    worker.count("trouble", failed);
    tell(&format!("report {}", serde_json::to_string(&worker.done.iter().collect::<Vec<_>>()).expect("a report")));
}

fn tell(line: &str) {
    let mut stdout = std::io::stdout().lock();
    // In a line of its own: the harness says something too.
    let _ = stdout.write_all(format!("\n{line}\n").as_bytes()).and_then(|()| stdout.flush());
}

impl Worker<'_> {
    fn count(&mut self, what: &'static str, times: usize) {
        *self.done.entry(what).or_default() += times;
    }

    /// What may fail for the weather, and with no other kind of error.
    #[track_caller]
    fn attempt<T>(&mut self, what: &'static str, outcome: Result<T>) -> Option<T> {
        match outcome {
            Ok(value) => {
                self.count(what, 1);
                Some(value)
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Cache, "{error:?}");
                assert!(!format!("{error} {error:?}").contains(PASSWORD), "{error}");
                None
            }
        }
    }

    fn do_anything(&mut self, number: usize) {
        let key_number = self.dice.number_below(KEYS);
        let key = key_of(key_number);
        match self.dice.below(100) {
            0..28 => self.save(number, key_number, &key),
            28..45 => self.load(key_number, &key),
            45..57 => self.touch(key_number, &key),
            57..68 => self.replace(number, key_number, &key),
            68..74 => {
                let removed = self.store.remove(&key);
                self.attempt("removed", removed);
            }
            74..76 => {
                let cleared = self.store.clear();
                self.attempt("cleared", cleared);
            }
            76..80 => self.refuse(&key),
            80..84 => self.list(),
            84..89 => self.write_in_place(number),
            89..93 => {
                let name = format!("odd-{}-{number}", self.job.number);
                let put = mischief::put_odd_object(&self.job.directory, &self.job.victims, &name, &mut self.dice);
                self.count("odd objects", usize::from(put));
            }
            93..95 => {
                for _ in 0..8 {
                    mischief::remove_from_odd_place(&self.job.directory, &mut self.dice);
                }
            }
            95..97 => {
                const JUMPS: [i64; 6] = [0, -3600, 3600, -30, 90, 864_000];
                self.weather.set_clock(*self.dice.pick(&JUMPS));
            }
            _ => self.log_in(),
        }
    }

    fn use_one(&mut self, number: usize) {
        let key_number = self.dice.number_below(KEYS);
        let key = key_of(key_number);
        match self.dice.below(3) {
            0 => self.load(key_number, &key),
            1 => self.touch(key_number, &key),
            _ => self.replace(number, key_number, &key),
        }
    }

    fn save(&mut self, number: usize, key_number: usize, key: &SessionKey) {
        let id = sessions::id(key_number, self.job.number, number);
        // Whoever does not get the lock does not save; where locks do not work, it is saved without.
        let _guard = match self.store.lock_patiently(key) {
            LockAttempt::Busy(_) => return,
            attempt => attempt,
        };
        let saved = self.store.save(key, &sessions::session(key, &id));
        if self.attempt("saved", saved).is_some() {
            self.seen.insert(key_number, id);
        }
    }

    fn load(&mut self, key_number: usize, key: &SessionKey) {
        let read = file::read_again(|| self.store.read(key), &mut |_| std::thread::yield_now());
        let Some(Some(session)) = self.attempt("loaded", read) else { return };
        sessions::assert_whole(key, &session);
        self.seen.insert(key_number, session.metadata.session_id.clone());
    }

    fn touch(&mut self, key_number: usize, key: &SessionKey) {
        let Some(id) = self.seen.get(&key_number).cloned() else { return };
        // Each is due: a minute after the one before.
        let minutes = u32::try_from(self.dice.below(1000)).unwrap_or_default();
        let at = now() + 60.0 * f64::from(minutes);
        let touched = self.store.touch(key, &id, at);
        self.attempt("touched", touched);
    }

    fn replace(&mut self, number: usize, key_number: usize, key: &SessionKey) {
        // Most that were seen a while ago are not there any more.
        if self.dice.below(4) > 0 {
            self.load(key_number, key);
        }
        let Some(before) = self.seen.get(&key_number).cloned() else { return };
        let id = sessions::id(key_number, self.job.number, number);
        let replaced = self.store.replace(key, &before, &sessions::session(key, &id));
        if let Some(Replaced::Saved | Replaced::SavedWithoutLock(_)) = self.attempt("asked to replace", replaced) {
            self.count("replaced", 1);
            self.seen.insert(key_number, id);
        }
    }

    fn refuse(&mut self, key: &SessionKey) {
        if let LockAttempt::Held(_guard) = self.store.try_lock(key) {
            let marked = self.store.mark_refused(key, now());
            self.attempt("refused", marked);
        }
        let time = self.weather.clock(SystemTime::now());
        let latest = time.duration_since(std::time::UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64()) + 60.0;
        assert!(self.store.refused_at(key).is_none_or(|at| at <= latest), "a refusal in the future");
    }

    fn list(&mut self) {
        let listed = self.store.list_pausing(&mut |_| std::thread::yield_now());
        for metadata in self.attempt("listed", listed).unwrap_or_default() {
            sessions::assert_consistent(&metadata);
        }
    }

    /// As hac-client-core does it: without a lock, without a rename, in two pieces.
    fn write_in_place(&mut self, number: usize) {
        let key_number = self.dice.number_below(WRITTEN_IN_PLACE);
        let key = key_of(key_number);
        let session = sessions::session(&key, &sessions::id(key_number, self.job.number, number));
        let text = format::main_text(&session.metadata, &key).expect("a text");
        let path = self.job.directory.join(format!("session_{}.json", key.md5()));
        let Ok(mut file) = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path) else {
            return;
        };
        let (one, other) = text.as_bytes().split_at(self.dice.number_below(text.len()));
        let _ = file.write_all(one);
        std::thread::yield_now();
        let _ = file.write_all(other);
        self.count("written in place", 1);
    }

    /// A login is a call to HAC, and no trouble with the store fails one.
    fn log_in(&mut self) {
        let sessions = sessions_of(&self.job.url, BasicAuthHandler::new("fire", PASSWORD), &self.store, |_| ());
        if self.dice.below(3) == 0 {
            // The session that is stored has ended: the server does not know it.
            let dead = sessions::session(sessions.key(), &SessionId::from("A-SESSION-THAT-HAS-ENDED"));
            if let LockAttempt::Held(_guard) = self.store.try_lock(sessions.key()) {
                let saved = self.store.save(sessions.key(), &dead);
                self.attempt("ended", saved);
            }
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        match runtime.block_on(sessions.log_in()) {
            Ok(session) => {
                // The one that has ended too: whoever waits takes what appears meanwhile, and finds out with the first call.
                assert!(!session.session_id.expose().starts_with("user"), "a session of another key");
                self.count("logged in", 1);
            }
            // A hundred processes on a machine that does other things too.
            Err(error)
                if matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Connect | ErrorKind::ConnectionLost) =>
            {
                self.count("not answered in time", 1);
            }
            Err(error) => panic!("the store failed a login: {error:?}"),
        }
    }
}
