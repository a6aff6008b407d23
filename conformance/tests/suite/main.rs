//! One suite over a URL: the simulator in each of its releases, and real Spring Security on Tomcat, in two generations.
//!
//! What a behaviour may differ in is in the table of [`expectations`], and no behaviour asks which server it talks to.
//!
//! ```text
//! cargo test -p conformance --test suite                      all servers, all behaviours
//! cargo test -p conformance --test suite -- spring6           one server
//! cargo test -p conformance --test suite -- logout            the behaviours with this in their name
//! cargo test -p conformance --test suite -- questions         what two clients do, side by side
//! cargo test -p conformance --test suite -- --write           puts what was found into docs/compatibility.md
//! ```
//!
//! `HAC_PROGRAM` is a built `hac`, `HAC_PEER_PYTHON` a Python with hac-client-core; without them the one is built, and the
//! other taken from `target/interop`.

mod balancer;
mod browser;
mod expectations;
mod fronts;
mod hazards;
mod login;
mod middle;
mod nodes;
mod parameters;
mod peer;
mod program;
mod queries;
mod questions;
mod restarts;
mod rights;
mod scripts;
mod server;
mod session;
mod simulated;
mod spring;
mod table;
mod wire;

use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use peer::{Peer, Who};
use server::{Place, Places, Server};
use spring::Failed;
use table::Findings;

/// A behaviour, the place that it needs, and its name.
pub(crate) struct Behaviour {
    name: &'static str,
    place: Place,
    check: fn(Arc<Server>) -> Checking,
}

type Checking = Pin<Box<dyn Future<Output = ()> + Send>>;

/// `behaviours![Usual: first, second]` lists async functions that take an `Arc<Server>`.
macro_rules! behaviours {
    ($place:ident: $($check:ident),+ $(,)?) => {
        &[$($crate::Behaviour {
            name: stringify!($check),
            place: $crate::server::Place::$place,
            check: |server| Box::pin($check(server)),
        }),+]
    };
}
pub(crate) use behaviours;

/// What they are about, and the behaviours; a title may come twice.
const CHAPTERS: &[(&str, &[Behaviour])] = &[
    ("What stands on the wire", wire::BEHAVIOURS),
    ("Logging in", login::BEHAVIOURS),
    ("Logging in", login::ELSEWHERE),
    ("Sessions: warm calls, renewal, calls at once", session::BEHAVIOURS),
    ("Sessions: warm calls, renewal, calls at once", session::ELSEWHERE),
    ("Scripts", scripts::BEHAVIOURS),
    ("Scripts", scripts::ELSEWHERE),
    ("Values for scripts", parameters::BEHAVIOURS),
    ("Queries", queries::BEHAVIOURS),
    ("Missing rights", rights::BEHAVIOURS),
    ("What stands in between", hazards::BEHAVIOURS),
    ("A server that stops and starts", restarts::BEHAVIOURS),
    ("TLS, Basic authentication and a time limit in front", fronts::BEHAVIOURS),
    ("Nodes: chosen, drained, restarted, killed", nodes::BEHAVIOURS),
];

#[expect(clippy::print_stdout, reason = "a test's report")]
fn main() -> ExitCode {
    let (options, wanted): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|argument| argument.starts_with('-'));
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");

    let mut names: Vec<&str> = expectations::NAMES.to_vec();
    if names.iter().any(|name| wanted.iter().any(|word| word == name)) {
        names.retain(|name| wanted.iter().any(|word| word == name));
    }
    let words: Vec<&String> = wanted.iter().filter(|word| !expectations::NAMES.contains(&word.as_str())).collect();
    let is_wanted = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));

    let mut run = Run {
        runtime,
        findings: Findings::default(),
        failures: Vec::new(),
        passed: 0,
        complete: wanted.is_empty(),
        left_out: Vec::new(),
    };
    let peer = is_wanted(ASKING).then(Peer::start);
    let peer = match peer.transpose() {
        Ok(peer) => peer,
        Err(failed) => {
            run.without("hac-client-core", failed);
            None
        }
    };
    for fleet in server::start(&names) {
        match fleet {
            Ok((name, places)) => {
                let began = Instant::now();
                let before = run.passed;
                for (title, behaviours) in CHAPTERS {
                    for behaviour in behaviours.iter().filter(|behaviour| is_wanted(behaviour.name)) {
                        run.check(name, &places, title, behaviour);
                    }
                }
                let passed = run.passed - before;
                println!("{name}: {passed} passed in {:.1} s", began.elapsed().as_secs_f64());
                if let Some(peer) = &peer {
                    run.ask(name, &places, peer);
                }
            }
            Err((name, failed)) => run.without(name, failed),
        }
    }
    run.tell_what_was_left_out();
    run.compare(options.iter().any(|option| option == "--write"));
    for failure in &run.failures {
        println!("FAILED {failure}");
    }
    println!("{} passed, {} failed", run.passed, run.failures.len());
    if run.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The word that stands for all [`questions`].
const ASKING: &str = "questions";

struct Run {
    runtime: tokio::runtime::Runtime,
    findings: Findings,
    failures: Vec<String>,
    passed: usize,
    /// Everything was asked for, and nothing was left out so far.
    complete: bool,
    /// What could not be run, and why.
    left_out: Vec<(Vec<&'static str>, Failed)>,
}

#[expect(clippy::print_stdout, reason = "a test's report")]
impl Run {
    fn check(&mut self, name: &'static str, places: &Places, title: &'static str, behaviour: &Behaviour) {
        let Some(server) = places.at(behaviour.place).map(Arc::clone) else { return };
        let check = behaviour.check;
        match self.runtime.block_on(async move { tokio::spawn(check(server)).await }) {
            Ok(()) => {
                self.passed += 1;
                self.findings.passed(name, title);
            }
            Err(_) => self.failures.push(format!("{name}: {}", behaviour.name)),
        }
    }

    fn ask(&mut self, name: &'static str, places: &Places, peer: &Peer) {
        let began = Instant::now();
        for question in questions::QUESTIONS {
            let Some(server) = places.at(question.place) else { continue };
            let ask = |who| {
                let server = Arc::clone(server);
                self.runtime.block_on(async move { tokio::spawn((question.ask)(server, who)).await })
            };
            match (ask(Who::Ours), ask(Who::Theirs(peer.clone()))) {
                (Ok(ours), Ok(theirs)) => self.findings.answered(question.text, name, ours, theirs),
                _ => self.failures.push(format!("{name}: the question \"{}\"", question.text)),
            }
        }
        println!("{name}: both clients asked in {:.1} s", began.elapsed().as_secs_f64());
    }

    fn without(&mut self, what: &'static str, failed: Failed) {
        self.complete = false;
        match self.left_out.iter_mut().find(|(_, other)| other.why == failed.why) {
            Some((servers, _)) => servers.push(what),
            None => self.left_out.push((vec![what], failed)),
        }
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

    /// Holds the tables of the documentation against what was found, or writes them.
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
}
