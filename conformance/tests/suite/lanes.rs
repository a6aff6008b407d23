//! All servers, some of them at work at once, and what was found in all of it.

use std::collections::VecDeque;
use std::panic::resume_unwind;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::expectations::NAMES;
use crate::peer::Peer;
use crate::run::{self, Run, Wanted};
use crate::server;
use crate::spring::Failed;
use crate::table::Findings;

/// The word that stands for all [`questions`](crate::questions).
const ASKING: &str = "questions";

type Found = Vec<(&'static str, Result<Run, Failed>)>;

/// Runs what is wanted on these servers.
pub(crate) fn run(names: &[&'static str], wanted: &Wanted) -> Whole {
    // The slowest are the last ones, and begin first.
    let left = Mutex::new(names.iter().copied().rev().collect::<VecDeque<_>>());
    let lanes = thread::available_parallelism().map_or(2, usize::from).clamp(2, 4).min(names.len());
    let mut found: Found = thread::scope(|scope| {
        let lane = |_| {
            let lane = thread::Builder::new().name("a lane of the suite".to_owned());
            lane.spawn_scoped(scope, || lane_of(&left, wanted)).expect("a thread")
        };
        // All begin before the first is waited for.
        let lanes: Vec<_> = (0..lanes).map(lane).collect();
        lanes.into_iter().flat_map(|lane| lane.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    });
    found.sort_by_key(|(name, _)| NAMES.iter().position(|one| one == name));
    let mut whole = Whole { complete: wanted.words.is_empty() && names.len() == NAMES.len(), ..Whole::default() };
    for (name, result) in found {
        match result {
            Ok(run) => whole.add(name, run),
            Err(failed) => whole.without(name, failed),
        }
    }
    whole
}

/// Takes one server after the other, until none is left.
fn lane_of(left: &Mutex<VecDeque<&'static str>>, wanted: &Wanted) -> Found {
    let mut found = Found::new();
    let mut peer = match wanted.has(ASKING).then(Peer::start).transpose() {
        Ok(peer) => peer,
        Err(failed) => {
            found.push(("hac-client-core", Err(failed)));
            None
        }
    };
    loop {
        let next = left.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let Some(name) = next else { return found };
        let run = server::start(name).map(|places| run::everything(name, &places, wanted, &mut peer));
        found.push((name, run));
    }
}

/// What was found on all servers.
#[derive(Default)]
pub(crate) struct Whole {
    findings: Findings,
    failures: Vec<String>,
    passed: usize,
    /// How many questions both clients were asked.
    asked: usize,
    /// Everything was asked for, and nothing was left out.
    complete: bool,
    /// What could not be run, and why.
    left_out: Vec<(Vec<&'static str>, Failed)>,
    times: Vec<(std::time::Duration, String)>,
}

#[expect(clippy::print_stdout, reason = "a test's report")]
impl Whole {
    fn add(&mut self, name: &'static str, run: Run) {
        self.passed += run.passed;
        self.failures.extend(run.failures);
        self.times.extend(run.times);
        for title in run.titles {
            self.findings.passed(name, title);
        }
        self.asked += run.answers.len();
        for (question, ours, theirs) in run.answers {
            self.findings.answered(question, name, ours, theirs);
        }
    }

    fn without(&mut self, what: &'static str, failed: Failed) {
        self.complete = false;
        match self.left_out.iter_mut().find(|(_, other)| other.why == failed.why) {
            Some((names, _)) if names.contains(&what) => {}
            Some((names, _)) => names.push(what),
            None => self.left_out.push((vec![what], failed)),
        }
    }

    /// Says what came of it all. With `write` the tables of the documentation are written, and not held against what was found.
    pub(crate) fn end(mut self, write: bool, times: bool) -> ExitCode {
        self.tell_what_was_left_out();
        self.compare(write);
        if times {
            self.tell_what_took_longest();
        }
        for failure in &self.failures {
            println!("FAILED {failure}");
        }
        println!("{} passed, {} failed", self.passed, self.failures.len());
        // A word that is in no name would otherwise pass for a suite that passed.
        let nothing = self.passed + self.asked + self.failures.len() == 0 && self.left_out.is_empty();
        if nothing {
            println!("FAILED: no server or behaviour has such a name");
        }
        if self.failures.is_empty() && !nothing { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    /// One line for each reason, however much it has kept from being run.
    fn tell_what_was_left_out(&mut self) {
        for (what, failed) in &self.left_out {
            let text = format!("{}: {}", what.join(", "), failed.why);
            if failed.counts_as_failure {
                self.failures.push(text);
            } else {
                println!("skipped: {text}");
            }
        }
    }

    fn compare(&mut self, write: bool) {
        if !self.complete || !self.failures.is_empty() {
            println!("docs/compatibility.md: not compared, this was no whole run that passed");
        } else if write {
            println!("docs/compatibility.md: {}", if self.findings.write() { "written" } else { "as it was" });
        } else if let Err(found) = self.findings.check() {
            println!("docs/compatibility.md does not say this (-- --write mends it):\n{found}");
            self.failures.push("docs/compatibility.md: not what was found".to_owned());
        }
    }

    fn tell_what_took_longest(&mut self) {
        self.times.sort_unstable_by_key(|(took, _)| std::cmp::Reverse(*took));
        for (took, what) in self.times.iter().take(40) {
            println!("{:6.1} s  {what}", took.as_secs_f64());
        }
    }
}
