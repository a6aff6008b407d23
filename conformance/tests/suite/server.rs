//! A server under test: where it is, what is expected of it, and its books.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hac_client::{BasicAuthHandler, Fingerprint, HacClient, HacClientBuilder, Trust};
use hac_simulator::{Release, Simulator, SimulatorHandle};

use crate::expectations::{self, Expectations};
use crate::spring::{self, Spring};

/// How long a session lives at [`Place::Elsewhere`].
pub(crate) const SHORT_SESSION: Duration = Duration::from_secs(4);

/// How long a form may be there.
pub(crate) const LONG_FORM: usize = 32 << 20;

/// A user and a password of which no byte may be lost; the applications know them too.
pub(crate) const FOREIGN: (&str, &str) = ("zoë", "pä€&=+% \"'<ß");

/// Each server stands in two places.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    /// http, at `/hac`, with long sessions.
    Usual,
    /// https, at the root, with sessions of [`SHORT_SESSION`] and forms up to [`LONG_FORM`].
    Elsewhere,
}

pub(crate) struct Server {
    /// Without the context path.
    pub(crate) url: String,
    /// Empty, or `/hac`.
    pub(crate) context: &'static str,
    pub(crate) pin: Option<Fingerprint>,
    pub(crate) expected: &'static Expectations,
    books: Books,
}

enum Books {
    Simulator(SimulatorHandle),
    Spring(Spring),
}

/// What a server has seen and done so far.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) executed: usize,
    pub(crate) logins: usize,
    /// `POST /hac/console/scripting/execute`, in order of arrival.
    pub(crate) requests: Vec<String>,
}

impl Counts {
    /// What came after an earlier look at the same books.
    pub(crate) fn since(mut self, earlier: &Self) -> Self {
        self.executed -= earlier.executed;
        self.logins -= earlier.logins;
        self.requests.drain(..earlier.requests.len());
        self
    }

    /// How many passwords were posted.
    pub(crate) fn login_posts(&self) -> usize {
        self.requests.iter().filter(|request| request.ends_with("/j_spring_security_check")).count()
    }
}

impl Server {
    pub(crate) async fn counts(&self) -> Counts {
        match &self.books {
            Books::Simulator(simulator) => {
                let entries = simulator.ledger().entries();
                Counts {
                    executed: entries.iter().filter(|entry| entry.executed).count(),
                    logins: entries.iter().filter(|entry| entry.login).count(),
                    requests: entries.iter().map(|entry| format!("{} {}", entry.method, entry.path)).collect(),
                }
            }
            Books::Spring(spring) => spring.counts().await,
        }
    }

    /// Ends all sessions, as the idle limit or a restart would.
    pub(crate) async fn expire_sessions(&self) {
        match &self.books {
            Books::Simulator(simulator) => simulator.faults().expire_sessions(),
            Books::Spring(spring) => spring.ask("POST", "/expire").await,
        }
    }

    /// Makes the server forget the tokens of all sessions; it makes new ones.
    pub(crate) async fn rotate_tokens(&self) {
        match &self.books {
            Books::Simulator(simulator) => simulator.faults().rotate_tokens(),
            Books::Spring(spring) => spring.ask("POST", "/rotate").await,
        }
    }

    /// The address of a page below the context path.
    pub(crate) fn page(&self, path: &str) -> String {
        format!("{}{}{path}", self.url, self.context)
    }

    /// A client that keeps its session to itself.
    pub(crate) fn client(&self, user: &str, password: &str) -> HacClient {
        self.builder(user, password).session_persistence(false).build().expect("a client")
    }

    pub(crate) fn admin(&self) -> HacClient {
        self.client("admin", "nimda")
    }

    /// A client's builder; the context path is for the client to find.
    pub(crate) fn builder(&self, user: &str, password: &str) -> HacClientBuilder {
        HacClient::builder(&self.url)
            .auth_handler(BasicAuthHandler::new(user, password))
            .trust(self.pin.map_or(Trust::System, Trust::Pin))
            // The machine may be busy, and nothing here is about time.
            .timeout(Some(Duration::from_secs(60)))
    }
}

/// A server in both places.
pub(crate) struct Places {
    usual: Arc<Server>,
    elsewhere: Arc<Server>,
}

impl Places {
    pub(crate) fn at(&self, place: Place) -> &Arc<Server> {
        match place {
            Place::Usual => &self.usual,
            Place::Elsewhere => &self.elsewhere,
        }
    }
}

/// A server could not be started.
pub(crate) struct Unable {
    pub(crate) name: &'static str,
    pub(crate) why: String,
    pub(crate) counts_as_failure: bool,
}

impl fmt::Display for Unable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.counts_as_failure { "failed" } else { "skipped" };
        write!(f, "{}: {verdict}: {}", self.name, self.why)
    }
}

/// Starts each server when its turn comes.
pub(crate) fn start(names: &[&'static str]) -> impl Iterator<Item = Result<(&'static str, Places), Unable>> {
    names.iter().copied().map(|name| {
        let expected = expectations::of(name);
        let places = match name.strip_prefix("simulator-") {
            Some(release) => Ok(simulators(release.parse().expect("a release"), expected)),
            None => springs(name, expected),
        };
        places.map(|places| (name, places))
    })
}

fn simulators(release: Release, expected: &'static Expectations) -> Places {
    let usual = Simulator::builder()
        .release(release)
        .user(FOREIGN.0, FOREIGN.1, &["ROLE_ADMINGROUP"])
        .start()
        .expect("a simulator");
    let elsewhere = Simulator::builder()
        .release(release)
        .context_path("")
        .https()
        .session_idle(SHORT_SESSION)
        .knobs(|knobs| knobs.max_form_bytes = LONG_FORM)
        .start()
        .expect("one");
    let server = |simulator: SimulatorHandle, context| {
        let pin = simulator.certificate_sha256().map(|hex| hex.parse().expect("a fingerprint"));
        Arc::new(Server { url: simulator.url(), context, pin, expected, books: Books::Simulator(simulator) })
    };
    Places { usual: server(usual, "/hac"), elsewhere: server(elsewhere, "") }
}

fn springs(name: &'static str, expected: &'static Expectations) -> Result<Places, Unable> {
    let unable = |failed: spring::Failed| Unable { name, why: failed.why, counts_as_failure: failed.counts_as_failure };
    spring::build().map_err(unable)?;
    let (seconds, bytes) = (SHORT_SESSION.as_secs().to_string(), LONG_FORM.to_string());
    let usual = Spring::launch(name, &["--context-path", "/hac"]).map_err(unable)?;
    let elsewhere = ["--context-path", "/", "--https", "--session-timeout", &seconds, "--max-post-size", &bytes];
    let elsewhere = Spring::launch(name, &elsewhere).map_err(unable)?;
    let server = |spring: spring::Launched, context| {
        let (url, pin, spring) = spring.announced()?;
        Ok(Arc::new(Server { url, context, pin, expected, books: Books::Spring(spring) }))
    };
    let usual = server(usual, "/hac").map_err(unable)?;
    let elsewhere = server(elsewhere, "").map_err(unable)?;
    Ok(Places { usual, elsewhere })
}
