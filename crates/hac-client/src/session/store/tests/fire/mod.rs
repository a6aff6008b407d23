//! The store under fire: 100 processes do 100 things each to one directory, while requests to the operating system fail, processes
//! are killed in the middle of a write, clocks are wrong, and odd objects turn up in every place.
//!
//! Who does what, what fails and who is killed before which request follows from a seed. It is printed; `FIRE_SEED` gives it again.
//! The processes are this test program, started again.

mod dice;
mod mischief;
mod sessions;
mod weather;
mod worker;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use dice::Dice;
use hac_simulator::Simulator;
use mischief::Victims;
use sessions::KEYS;
use weather::Weather;
use worker::{JOB, Job, Round};

use super::*;
use crate::session::store::directory::is_md5;

const PROCESSES: usize = 100;
const OPERATIONS: usize = 100;
/// The password of the simulated HAC: it may never be on the disk.
const PASSWORD: &str = "a-password-that-is-nowhere-on-the-disk";
const SEED: &str = "FIRE_SEED";

#[test]
fn a_hundred_processes_under_fire_leave_only_whole_private_sessions() {
    if let Some(job) = std::env::var_os(JOB) {
        return worker::work(&serde_json::from_str(&job.to_string_lossy()).expect("a job"));
    }
    let given = std::env::var(SEED).ok().map(|seed| seed.parse().expect("a number"));
    let seed = given.unwrap_or_else(|| now().to_bits());
    say(&format!("the store under fire: {SEED}={seed} repeats it"));
    let mut field = Field::new(seed);
    field.burn();
    field.clear_while_it_is_used();
}

/// To the terminal, whatever the harness captures.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// The directory that everybody works in, and what must be true of it.
struct Field {
    place: Place,
    seed: u64,
    victims: Victims,
    locks: BTreeMap<PathBuf, u64>,
    simulator: hac_simulator::SimulatorHandle,
}

impl Field {
    fn new(seed: u64) -> Self {
        let place = Place::made();
        let simulator =
            Simulator::builder().products(1).user("fire", PASSWORD, &["ADMINGROUP"]).start().expect("a simulator");
        let victims = Victims::make(place.root.path());
        let mut field = Self { place, seed, victims, locks: BTreeMap::new(), simulator };
        for key in
            sessions::keys().filter(|(number, _)| !mischief::may_stand_at_the_lock_of(*number)).map(|(_, key)| key)
        {
            drop(field.place.store.try_lock(&key));
            let path = field.place.directory.join(format!("lock_{}", key.md5()));
            let inode = fs::metadata(&path).expect("a lock file").ino();
            field.locks.insert(path, inode);
        }
        field
    }

    fn job(&self, number: usize, round: Round, dice: &mut Dice) -> Job {
        Job {
            directory: self.place.directory.clone(),
            victims: self.victims.directory.clone(),
            seed: self.seed ^ (number as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15),
            number,
            round,
            url: self.simulator.url(),
            // A third is killed, before one of the first 400 requests to the operating system.
            dies_before: (round == Round::Everything && dice.below(3) == 0).then(|| dice.below(400)),
        }
    }

    /// Everything at once, and then whether it is as it must be.
    fn burn(&mut self) {
        let began = Instant::now();
        let mut dice = Dice(self.seed | 1);
        let jobs: Vec<_> = (0..PROCESSES).map(|number| self.job(number, Round::Everything, &mut dice)).collect();
        let mut crew = Crew::start(&jobs);
        crew.go();
        let reports = crew.finish();
        let killed = reports.iter().filter(|report| report.is_none()).count();
        let mut sums: BTreeMap<String, usize> = BTreeMap::new();
        for (what, count) in reports.iter().flatten().flatten() {
            *sums.entry(what.clone()).or_default() += count;
        }
        say(&format!("{killed} were killed in {:.1?}, the others: {sums:?}", began.elapsed()));
        // Without these the test would show nothing.
        for what in
            ["saved", "loaded", "touched", "replaced", "removed", "cleared", "logged in", "trouble", "odd objects"]
        {
            assert!(sums.get(what).is_some_and(|count| *count > 0), "nobody {what}: {sums:?}");
        }
        assert!(killed > 0, "nobody was killed");
        self.check();
        self.sweep();
        self.check();
    }

    /// What must be true of the directory at any time.
    fn check(&self) {
        self.victims.assert_untouched();
        for (path, inode) in &self.locks {
            assert_eq!(fs::metadata(path).expect("a lock file").ino(), *inode, "{} was made anew", path.display());
        }
        let uid = rustix::process::geteuid().as_raw();
        for name in self.place.names() {
            let path = self.place.directory.join(&name);
            let metadata = fs::symlink_metadata(&path).expect("an entry");
            if !metadata.is_file() || metadata.uid() != uid || metadata.nlink() > 1 {
                assert!(mischief::is_odd_place(&name), "{name} is odd");
                continue;
            }
            let text = fs::read(&path).expect("readable");
            assert!(!contains(&text, PASSWORD.as_bytes()), "the password is in {name}");
            let mode = metadata.mode() & 0o7777;
            if name.starts_with(".tmp-") {
                // A kill between making the file and setting its mode may leave it narrower.
                assert_eq!(mode & !0o600, 0, "{name} is {mode:o}");
                continue;
            }
            assert_eq!(mode, 0o600, "{name} is {mode:o}");
            if !name.starts_with("lock_") && !sessions::is_written_in_place(&name) {
                let value: serde_json::Value =
                    serde_json::from_slice(&text).unwrap_or_else(|cause| panic!("{name} is torn: {cause}"));
                let fields = value.as_object().map(serde_json::Map::len);
                assert!(!name.starts_with("session_") || fields == Some(9), "{name} has {fields:?} fields");
            }
        }
        for metadata in self.place.store.list().expect("listed") {
            sessions::assert_consistent(&metadata);
        }
    }

    /// Two minutes later, each key is saved once in calm weather: nothing that the killed left is there any more.
    fn sweep(&self) {
        mischief::remove_odd_objects(&self.place.directory);
        // Whoever logs in saves under a key of its own, and is killed as well.
        let login = (KEYS, SessionKey::new(&self.simulator.url(), "fire", "local"));
        let keys: Vec<_> = sessions::keys().chain([login]).collect();
        // Young ones, lest somebody whose clock is wrong has removed all.
        for (_, key) in &keys {
            self.place.leave_temporary(&key.md5(), 0);
        }
        let left = self.temporary();
        let later = self.place.store.clone().in_trouble(Weather::calm(120));
        for (number, key) in keys {
            later.save(&key, &sessions::session(&key, &sessions::id(number, PROCESSES, 0))).expect("saved");
        }
        say(&format!("{} temporary files were left", left.len()));
        assert!(self.temporary().is_empty(), "{:?}", self.temporary());
    }

    fn temporary(&self) -> Vec<String> {
        let names = self.place.names().into_iter();
        names
            .filter(|name| name.strip_prefix(".tmp-").is_some_and(|rest| is_md5(&rest[..32.min(rest.len())])))
            .collect()
    }

    /// Sessions are cleared while many processes use them and write into them: they stay cleared.
    fn clear_while_it_is_used(&mut self) {
        let jobs: Vec<_> = (0..20).map(|number| self.job(number, Round::OnlyUse, &mut Dice(1))).collect();
        let mut crew = Crew::start(&jobs);
        crew.go();
        let mut store = self.place.store.clone();
        if exchange_works(&self.place.directory) {
            // Without the lock: not even that brings one back.
            store.patience = Duration::ZERO;
        }
        // Each has used them by now, and goes on using them.
        crew.see_working();
        let cleared = store.clear().expect("cleared");
        assert!(cleared > 0);
        crew.finish();
        let left: Vec<_> = self.place.names().into_iter().filter(|name| !name.starts_with("lock_")).collect();
        assert!(left.is_empty(), "{left:?}");
        self.check();
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// Whether two files can change places in one step here.
fn exchange_works(directory: &Path) -> bool {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    let (one, other) = (directory.join("one"), directory.join("other"));
    fs::write(&one, "").expect("written");
    fs::write(&other, "").expect("written");
    let works = renameat_with(CWD, &one, CWD, &other, RenameFlags::EXCHANGE).is_ok();
    fs::remove_file(one).expect("removed");
    fs::remove_file(other).expect("removed");
    works
}

/// The processes of a round, killed when this is dropped.
struct Crew(Vec<Member>);

struct Member {
    process: Child,
    stdin: Option<std::process::ChildStdin>,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
    dies: bool,
}

type Report = Vec<(String, usize)>;

impl Crew {
    fn start(jobs: &[Job]) -> Self {
        let mut crew = Self(jobs.iter().map(Member::start).collect());
        for member in &mut crew.0 {
            member.expect_line("ready");
        }
        crew
    }

    fn go(&mut self) {
        for member in &mut self.0 {
            let mut stdin = member.stdin.take().expect("sent off once");
            stdin.write_all(b"go\n").expect("a process that listens");
        }
    }

    fn see_working(&mut self) {
        for member in &mut self.0 {
            member.expect_line("working");
        }
    }

    /// What each has done; `None` for one that was killed. Nobody else may have ended otherwise than well.
    fn finish(mut self) -> Vec<Option<Report>> {
        let outcomes = self.0.iter_mut().enumerate().map(|(number, member)| {
            let mut lines = member.lines.by_ref().map_while(std::result::Result::ok);
            let report = lines.find_map(|line| line.strip_prefix("report ").map(str::to_owned));
            let _ = member.lines.by_ref().count();
            let status = member.process.wait().expect("waited for");
            if member.dies && status.signal() == Some(9) {
                return None;
            }
            assert!(status.success(), "process {number} ended with {status}");
            let report = report.unwrap_or_else(|| panic!("process {number} did nothing"));
            Some(serde_json::from_str(&report).expect("a report"))
        });
        outcomes.collect()
    }
}

impl Member {
    fn start(job: &Job) -> Self {
        let mut process = Command::new(std::env::current_exe().expect("our own path"))
            .args(["--exact", "--nocapture", "--test-threads=1"])
            .arg(format!("{MODULE}::a_hundred_processes_under_fire_leave_only_whole_private_sessions"))
            .env(JOB, serde_json::to_string(job).expect("a job"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let lines = BufReader::new(process.stdout.take().expect("its output")).lines();
        Self { stdin: process.stdin.take(), lines, process, dies: job.dies_before.is_some() }
    }

    fn expect_line(&mut self, expected: &str) {
        // The harness says something too.
        let found = self.lines.by_ref().map_while(std::result::Result::ok).any(|line| line == expected);
        assert!(found, "a process ended before it was {expected}");
    }
}

/// Where the harness finds this test.
const MODULE: &str = "session::store::tests::fire";

impl Drop for Member {
    fn drop(&mut self) {
        // Whatever was waited for is gone already, which is as good.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
