//! One suite over a URL: the simulator in each of its releases, and real Spring Security on Tomcat, in two generations.
//!
//! What a behaviour may differ in is in the table of [`expectations`], and no behaviour asks which server it talks to.
//!
//! ```text
//! cargo test -p conformance --test suite                      all servers, all behaviours
//! cargo test -p conformance --test suite -- spring6           one server
//! cargo test -p conformance --test suite -- logout            the behaviours with this in their name
//! ```

mod balancer;
mod browser;
mod expectations;
mod fronts;
mod hazards;
mod login;
mod middle;
mod nodes;
mod parameters;
mod program;
mod queries;
mod restarts;
mod rights;
mod scripts;
mod server;
mod session;
mod simulated;
mod spring;
mod wire;

use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use server::{Place, Server};

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
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");

    let mut names: Vec<&str> = expectations::NAMES.to_vec();
    if names.iter().any(|name| wanted.iter().any(|word| word == name)) {
        names.retain(|name| wanted.iter().any(|word| word == name));
    }
    let words: Vec<&String> = wanted.iter().filter(|word| !expectations::NAMES.contains(&word.as_str())).collect();

    let mut failures = Vec::new();
    let mut passed = 0;
    for fleet in server::start(&names) {
        let (name, places) = match fleet {
            Ok(fleet) => fleet,
            Err(unable) => {
                println!("{unable}");
                if unable.counts_as_failure {
                    failures.push(unable.to_string());
                }
                continue;
            }
        };
        let began = Instant::now();
        let mut of_this = 0;
        for behaviour in CHAPTERS.iter().flat_map(|(_, behaviours)| *behaviours) {
            if !words.is_empty() && !words.iter().any(|word| behaviour.name.contains(word.as_str())) {
                continue;
            }
            let Some(server) = places.at(behaviour.place).map(Arc::clone) else { continue };
            let check = behaviour.check;
            match runtime.block_on(async move { tokio::spawn(check(server)).await }) {
                Ok(()) => of_this += 1,
                Err(_) => failures.push(format!("{name}: {}", behaviour.name)),
            }
        }
        passed += of_this;
        println!("{name}: {of_this} passed in {:.1} s", began.elapsed().as_secs_f64());
    }
    for failure in &failures {
        println!("FAILED {failure}");
    }
    println!("{passed} passed, {} failed", failures.len());
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
