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
//! cargo test -p conformance --test suite -- --times           says at its end what took longest
//! cargo test -p conformance --test suite -- --repeat=50 node  runs each behaviour 50 times
//! ```
//!
//! `HAC_PROGRAM` is a built `hac`, `HAC_PEER_PYTHON` a Python with hac-client-core; without them the one is built, and the
//! other taken from `target/interop`.

mod applications;
mod balancer;
mod browser;
mod expectations;
mod fronts;
mod hazards;
mod held_port;
mod lanes;
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
mod run;
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

use run::Wanted;
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
    ("Wire format", wire::BEHAVIOURS),
    ("Logging in", login::BEHAVIOURS),
    ("Logging in", login::ELSEWHERE),
    ("Sessions: warm calls, renewal, calls at once", session::BEHAVIOURS),
    ("Sessions: warm calls, renewal, calls at once", session::ELSEWHERE),
    ("Scripts", scripts::BEHAVIOURS),
    ("Scripts", scripts::ELSEWHERE),
    ("Values for scripts", parameters::BEHAVIOURS),
    ("Queries", queries::BEHAVIOURS),
    ("Missing rights", rights::BEHAVIOURS),
    ("Proxies and other hazards", hazards::BEHAVIOURS),
    ("Server restarts", restarts::BEHAVIOURS),
    ("A proxy with TLS, Basic authentication and a time limit", fronts::BEHAVIOURS),
    ("Nodes: chosen, drained, restarted, killed", nodes::BEHAVIOURS),
];

fn main() -> ExitCode {
    let (options, wanted): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|argument| argument.starts_with('-'));
    let has = |name: &str| options.iter().any(|option| option == name);
    let _ = rustls::crypto::ring::default_provider().install_default();

    let mut names: Vec<&str> = expectations::NAMES.to_vec();
    if names.iter().any(|name| wanted.iter().any(|word| word == name)) {
        names.retain(|name| wanted.iter().any(|word| word == name));
    }
    let words = wanted.into_iter().filter(|word| !expectations::NAMES.contains(&word.as_str())).collect();
    let repeat = options.iter().find_map(|option| option.strip_prefix("--repeat="));
    let rounds = repeat.map_or(1, |number| number.parse().expect("--repeat=NUMBER"));
    lanes::run(&names, &Wanted { words, rounds }).end(has("--write"), has("--times"))
}
