//! One fault at one operation: run it, and hold what happened against what is allowed.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hac_client::tls::Trust;
use hac_client::{BasicAuthHandler, Error, HacClient, HacClientBuilder, Validation};
use tokio::time::timeout;

use crate::expectations::{Case, Expected, Outcome};
use crate::faults::{Fault, Limit, Start};
use crate::operations::{Ended, Operation};
use crate::secrets::Finder;
use crate::server::hac::{Hac, Mischief};
use crate::server::tls::Trusts;
use crate::server::{Server, Trap};
use crate::talk::Talk;

/// What the whole cell may take, far beyond the client's own limits.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);
/// For faults that let the client wait. Long enough for a busy machine to send a request in.
const SHORT: Duration = Duration::from_secs(3);
/// For all others, and for getting ready.
const USUAL: Duration = Duration::from_secs(60);

/// Who makes the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Through {
    Library,
    /// The program; its output as JSON or as text.
    Program {
        json: bool,
    },
}

/// A fault at an operation.
#[derive(Clone)]
pub(crate) struct Cell {
    pub(crate) number: u64,
    pub(crate) fault: Arc<Fault>,
    pub(crate) operation: Operation,
    pub(crate) through: Through,
}

/// What happened in a cell.
pub(crate) struct Finding {
    /// What is not allowed, one line each.
    pub(crate) problems: Vec<String>,
    pub(crate) took: Duration,
}

impl Finding {
    /// Whether it may be the machine that was too slow.
    pub(crate) fn is_short_of_time(&self) -> bool {
        let slow = ["timeout", "in time", "has not ended", "could not be set up"];
        self.problems.iter().any(|problem| slow.iter().any(|word| problem.contains(word)))
    }
}

impl Cell {
    pub(crate) fn name(&self) -> String {
        let through = match self.through {
            Through::Library => "",
            Through::Program { json: false } => " [program]",
            Through::Program { json: true } => " [program --json]",
        };
        format!("{} × {}{through}", self.fault.name, self.operation.name)
    }

    pub(crate) fn case(&self) -> Case {
        Case {
            class: self.fault.class,
            nature: self.operation.nature,
            place: self.fault.place_for(&self.operation),
            cold: self.fault.start == Start::Cold || self.operation.place() == crate::server::Place::LoginPost,
            once: self.fault.once,
            executes: self.fault.executes,
            operation: self.operation.name,
        }
    }

    pub(crate) fn limit(&self) -> Duration {
        match self.fault.limit {
            Limit::Short => SHORT,
            // They compute, and the machine may be busy.
            Limit::Usual if self.fault.alone => 2 * USUAL,
            Limit::Usual => USUAL,
        }
    }

    pub(crate) fn is_cold(&self) -> bool {
        self.case().cold
    }

    fn trap(&self) -> Trap {
        Trap {
            place: self.fault.place_for(&self.operation),
            once: self.fault.once,
            executes: self.fault.executes,
            mischief: self.fault.mischief,
            wire: self.fault.wire.clone(),
        }
    }

    /// A password that no other cell has.
    pub(crate) fn password(&self) -> String {
        let mixed = self.number.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(23) | 1;
        format!("Pw&\"+{mixed:016X}{:016x}", mixed.wrapping_mul(0xD6E8_FEB8_6659_FD93))
    }

    pub(crate) fn url(&self, server: &Server) -> String {
        let scheme = if self.fault.security.is_some() { "https" } else { "http" };
        let context = if self.fault.told_context { "/hac" } else { "" };
        format!("{scheme}://127.0.0.1:{}{context}", server.port())
    }

    fn builder(&self, server: &Server, trusts: &Trusts, cache: &Path) -> HacClientBuilder {
        let builder = HacClient::builder(self.url(server))
            .auth_handler(BasicAuthHandler::new("admin", self.password()))
            .cache_dir(cache)
            .validation(Validation::OnUse);
        if self.fault.security.is_some() { builder.trust(Trust::Bundle(trusts.bundle().to_owned())) } else { builder }
    }

    /// Runs it.
    pub(crate) async fn run(&self, trusts: &Arc<Trusts>) -> Finding {
        let began = Instant::now();
        let problems = match self.attempt(trusts).await {
            Ok(problems) => problems,
            Err(why) => vec![format!("could not be set up: {why}")],
        };
        Finding { problems, took: began.elapsed() }
    }

    async fn attempt(&self, trusts: &Arc<Trusts>) -> Result<Vec<String>, Box<dyn std::error::Error>> {
        let directory = tempfile::tempdir()?;
        let security = self.fault.security.map(|security| (security, Arc::clone(trusts)));
        let mut hac = Hac::new(&self.password(), self.operation.request, self.number).marked(self.operation.mark());
        // How pages show tokens does not change while a server runs.
        if let Some(style @ (Mischief::MaskTokens | Mischief::TokenOnEachPage)) = self.fault.mischief {
            hac.suffer(style);
        }
        let server = Server::start(hac, security)?;
        let cache = directory.path().join("cache");
        if !self.is_cold() && (self.fault.start == Start::Stored || self.through != Through::Library) {
            self.builder(&server, trusts, &cache).timeout(Some(USUAL)).build()?.login().await?;
        }
        if let Through::Program { json } = self.through {
            server.set(self.trap());
            if !self.fault.listens {
                server.stop_listening()?;
            }
            return crate::program::run(self, &server, trusts, directory.path(), json).await;
        }
        let talk = Talk::default();
        let heard = talk.clone();
        let client = self
            .builder(&server, trusts, &cache)
            .timeout(Some(self.limit()))
            .on_notice(move |notice| heard.notice(notice))
            .build()?;
        if self.fault.start == Start::Warm {
            client.login().await?;
        }
        server.set(self.trap());
        if self.fault.twice {
            (self.operation.run)(&client, directory.path()).await?;
            tokio::time::sleep(Duration::from_millis(60)).await;
            server.set(self.trap());
        }
        if !self.fault.listens {
            server.stop_listening()?;
        }
        // Such cells compute, and the machine may be busy.
        let patience = if self.fault.alone { 2 * PATIENCE } else { PATIENCE };
        let result = talk.hear(timeout(patience, (self.operation.run)(&client, directory.path()))).await;
        let Ok(result) = result else {
            return Ok(vec![format!(
                "has not ended after {} s; requests: {:?}",
                patience.as_secs(),
                server.ledger().requests
            )]);
        };
        Ok(self.judge(&server, &talk, result))
    }

    fn judge(&self, server: &Server, talk: &Talk, result: Result<(Ended, String), Error>) -> Vec<String> {
        let mut problems = Vec::new();
        let mut shown = String::new();
        let outcome = match result {
            Ok((ended, text)) => {
                talk.add(&text);
                if ended == Ended::Well { Outcome::Success } else { Outcome::Failure }
            }
            Err(error) => {
                talk.error(&error);
                shown = format!(" ({error})");
                for text in [error.to_string(), error.hint().map(ToString::to_string).unwrap_or_default()] {
                    if text.chars().any(char::is_control) {
                        problems.push(format!("control characters or line breaks are shown: {text:?}"));
                    }
                }
                Outcome::Error(error.kind().code())
            }
        };
        let expected = self.case().expected();
        if !expected.outcomes.contains(&outcome) {
            problems.push(format!("ended as {outcome:?} and not as {:?}{shown}", expected.outcomes));
        }
        problems.extend(counted(server, &expected));
        problems.extend(secrets_in(&talk.all(), &server.secrets()));
        problems
    }
}

/// What the server counted, against what is allowed.
pub(crate) fn counted(server: &Server, expected: &Expected) -> Vec<String> {
    let ledger = server.ledger();
    let mut problems = Vec::new();
    let counts = [
        ("requests at the fault", ledger.sent, &expected.sent),
        ("executions", ledger.executions, &expected.executions),
        ("posted passwords", ledger.posts, &expected.posts),
    ];
    for (what, count, allowed) in counts {
        if !allowed.contains(&count) {
            problems.push(format!("{what}: {count}, allowed are {allowed:?}; requests: {:?}", ledger.requests));
        }
    }
    if !ledger.password_elsewhere.is_empty() {
        problems.push(format!("the password was sent to {:?}", ledger.password_elsewhere));
    }
    if server.visits_elsewhere() > 0 {
        problems.push(format!("{} connections to another host", server.visits_elsewhere()));
    }
    problems
}

/// The lines that show a secret.
pub(crate) fn secrets_in(text: &str, secrets: &[String]) -> Vec<String> {
    let finder = Finder::of(secrets);
    let Some(found) = finder.find(text) else { return Vec::new() };
    let line = text.lines().find(|line| finder.find(line).is_some()).unwrap_or(text);
    let line: String = line.chars().take(300).collect();
    vec![format!("a secret is shown ({found}): {line:?}")]
}
