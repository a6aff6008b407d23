//! A run of the suite: one behaviour after the other, and each finds its server as it was at the start.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hac_client::Script;

use crate::peer::{Peer, Who};
use crate::server::{Place, Places, Server};
use crate::spring::Failed;
use crate::table::Findings;
use crate::{Behaviour, CHAPTERS, questions, session};

/// The word that stands for all [`questions`].
const ASKING: &str = "questions";

/// What [`Run::ruin`] is called where behaviours are named.
const RUIN: &str = "a_behaviour_that_fails_makes_no_other_fail";

/// How long a behaviour may take. It is far more than any of them needs: what is over it hangs.
const LIMIT: Duration = Duration::from_secs(300);

pub(crate) struct Run {
    /// The names of the behaviours to run have one of these in them; empty stands for all.
    words: Vec<String>,
    peer: Option<Peer>,
    findings: Findings,
    failures: Vec<String>,
    passed: usize,
    /// Everything was asked for, and nothing was left out so far.
    complete: bool,
    /// What could not be run, and why.
    left_out: Vec<(Vec<&'static str>, Failed)>,
    times: Option<Vec<(Duration, String)>>,
}

#[expect(clippy::print_stdout, reason = "a test's report")]
impl Run {
    /// With `times` it ends with a list of what took longest.
    pub(crate) fn new(words: Vec<String>, all_servers: bool, times: bool) -> Self {
        let complete = words.is_empty() && all_servers;
        let mut run = Self {
            words,
            peer: None,
            findings: Findings::default(),
            failures: Vec::new(),
            passed: 0,
            complete,
            left_out: Vec::new(),
            times: times.then(Vec::new),
        };
        if run.is_wanted(ASKING) {
            run.start_peer();
        }
        run
    }

    fn is_wanted(&self, name: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| name.contains(word.as_str()))
    }

    fn start_peer(&mut self) {
        match Peer::start() {
            Ok(peer) => self.peer = Some(peer),
            Err(failed) => self.without("hac-client-core", failed),
        }
    }

    /// Runs everything on a server.
    pub(crate) fn server(&mut self, name: &'static str, places: &Places) {
        let (began, before) = (Instant::now(), self.passed);
        if self.is_wanted(RUIN) {
            self.ruin(name, places);
        }
        for (title, behaviours) in CHAPTERS {
            for behaviour in *behaviours {
                if self.is_wanted(behaviour.name) {
                    self.check(name, places, title, behaviour);
                }
            }
        }
        println!("{name}: {} passed in {:.1} s", self.passed - before, began.elapsed().as_secs_f64());
        if self.peer.is_some() {
            self.ask(name, places);
        }
    }

    fn check(&mut self, name: &'static str, places: &Places, title: &'static str, behaviour: &Behaviour) {
        let Some(server) = places.at(behaviour.place) else { return };
        let what = format!("{name}: {}", behaviour.name);
        if self.on(server, &what, (behaviour.check)(Arc::clone(server))).is_some() {
            self.passed += 1;
            self.findings.passed(name, title);
        }
    }

    fn ask(&mut self, name: &'static str, places: &Places) {
        let began = Instant::now();
        for question in questions::QUESTIONS {
            let Some(server) = places.at(question.place) else { continue };
            let what = format!("{name}: the question \"{}\"", question.text);
            let Some(peer) = self.peer.clone() else { return };
            let mut ask = |who| self.on(server, &what, (question.ask)(Arc::clone(server), who));
            match (ask(Who::Ours), ask(Who::Theirs(peer))) {
                (Some(ours), Some(theirs)) => self.findings.answered(question.text, name, ours, theirs),
                // It may still be at work on what failed.
                (_, None) => self.start_peer(),
                (None, Some(_)) => {}
            }
        }
        println!("{name}: both clients asked in {:.1} s", began.elapsed().as_secs_f64());
    }

    /// A behaviour that breaks everything, leaves a call that goes on, and fails. What is run after it must not notice.
    fn ruin(&mut self, name: &'static str, places: &Places) {
        let Some(server) = places.at(Place::Usual) else { return };
        let ruined = Arc::clone(server);
        let ended = alone(async move {
            let left_behind = ruined.admin();
            left_behind.login().await.expect("a login");
            let script = Script::new(ruined.expected.script_type, ruined.expected.scripts.answer);
            tokio::spawn(async move {
                loop {
                    let _ = left_behind.execute_script(&script).await;
                }
            });
            tokio::task::yield_now().await;
            ruined.ruin();
            // Not a panic of the usual kind, which would be told.
            resume_unwind(Box::new("on purpose"))
        });
        let what = format!("{name}: {RUIN}");
        if matches!(ended, Ended::Well(())) || server.flaws().is_empty() {
            self.failures.push(format!("{what}: it did not break anything"));
        }
        self.restore(server, &what, &ended);
        let warm = session::BEHAVIOURS.iter().find(|behaviour| behaviour.place == Place::Usual).expect("one");
        if self.on(server, &what, (warm.check)(Arc::clone(server))).is_some() {
            self.passed += 1;
        }
    }

    /// Runs something on a server that is as it was at the start, and puts the server right again, however that ends.
    fn on<T: Send + 'static>(
        &mut self,
        server: &Arc<Server>,
        what: &str,
        task: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let flaws = server.flaws();
        if !flaws.is_empty() {
            self.failures.push(format!("{what}: not run, since before it {}", flaws.join(", ")));
            self.restore(server, what, &Ended::<T>::Badly);
            return None;
        }
        let began = Instant::now();
        let ended = alone(task);
        self.restore(server, what, &ended);
        if let Some(times) = &mut self.times {
            times.push((began.elapsed(), what.to_owned()));
        }
        match ended {
            Ended::Well(found) => Some(found),
            Ended::Badly => {
                self.failures.push(what.to_owned());
                None
            }
            Ended::Never => {
                self.failures.push(format!("{what}: it did not end in {} s", LIMIT.as_secs()));
                None
            }
        }
    }

    fn restore<T>(&mut self, server: &Server, what: &str, ended: &Ended<T>) {
        let restored = match ended {
            Ended::Well(_) => catch_unwind(AssertUnwindSafe(|| server.restore())),
            // What it has begun may go on in the server, and be counted there.
            Ended::Badly | Ended::Never => catch_unwind(AssertUnwindSafe(|| server.restart())),
        };
        if restored.is_err() {
            self.failures.push(format!("{what}: the server could not be restored after it"));
        }
    }

    /// Notes that something cannot be run.
    pub(crate) fn without(&mut self, what: &'static str, failed: Failed) {
        self.complete = false;
        match self.left_out.iter_mut().find(|(_, other)| other.why == failed.why) {
            Some((servers, _)) => servers.push(what),
            None => self.left_out.push((vec![what], failed)),
        }
    }

    /// Says what came of it all. With `write` the tables of the documentation are written, and not held against what was found.
    pub(crate) fn end(mut self, write: bool) -> ExitCode {
        self.tell_what_was_left_out();
        self.compare(write);
        self.tell_what_took_longest();
        for failure in &self.failures {
            println!("FAILED {failure}");
        }
        println!("{} passed, {} failed", self.passed, self.failures.len());
        if self.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
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
        let Some(times) = &mut self.times else { return };
        times.sort_unstable_by_key(|(took, _)| std::cmp::Reverse(*took));
        for (took, what) in times.iter().take(40) {
            println!("{:6.1} s  {what}", took.as_secs_f64());
        }
    }
}

enum Ended<T> {
    Well(T),
    /// By a panic.
    Badly,
    /// Not within the [`LIMIT`].
    Never,
}

/// Runs something in a runtime of its own: what it leaves behind in there ends with it.
fn alone<T: Send + 'static>(task: impl Future<Output = T> + Send + 'static) -> Ended<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let ended = runtime.block_on(async { tokio::time::timeout(LIMIT, tokio::spawn(task)).await });
    // Not a drop, which would wait for what blocks.
    runtime.shutdown_background();
    match ended {
        Ok(Ok(found)) => Ended::Well(found),
        Ok(Err(_)) => Ended::Badly,
        Err(_) => Ended::Never,
    }
}
