//! A server under test: where it is, what is expected of it, and its books.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hac_client::tls::{Fingerprint, Trust};
use hac_client::{BasicAuthHandler, HacClient, HacClientBuilder};
use hac_simulator::{Release, Simulator};
use tempfile::TempDir;

use crate::applications;
use crate::balancer::{Balancer, ELSEWHERE, Front, USUAL};
use crate::expectations::{self, Expectations};
use crate::simulated::Simulated;
use crate::spring::{Database, Failed, Launched, Spring};

/// How long a session lives at [`Place::Elsewhere`].
pub(crate) const SHORT_SESSION: Duration = Duration::from_secs(10);

/// How long a form may be there.
pub(crate) const LONG_FORM: usize = 32 << 20;

/// A user and a password of which no byte may be lost; the applications know them too.
pub(crate) const FOREIGN: (&str, &str) = ("zoë", "pä€&=+% \"'<ß");

/// Each server stands in two places.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    /// http, at `/hac`, with long sessions.
    Usual,
    /// https, at the root, with sessions of [`SHORT_SESSION`] and forms up to [`LONG_FORM`].
    Elsewhere,
    /// As usual, and only where a balancer stands in front of several nodes.
    Balanced,
    /// As usual, and only where one process is the whole server.
    Alone,
}

pub(crate) struct Server {
    /// Without the context path.
    pub(crate) url: String,
    /// Empty, or `/hac`.
    pub(crate) context: &'static str,
    pub(crate) pin: Option<Fingerprint>,
    pub(crate) expected: &'static Expectations,
    books: Books,
    cluster: Option<Cluster>,
}

enum Books {
    Simulator(Simulated),
    /// More than one behind a balancer.
    Springs(Vec<Spring>),
}

/// What there is where several nodes are one server.
pub(crate) struct Cluster {
    pub(crate) balancer: Arc<Balancer>,
    /// Those of the balancer that lead here.
    backends: &'static [&'static str],
    /// Where scripts on all nodes can leave a trace that outlives a killed node.
    pub(crate) notes: TempDir,
    _database: Arc<Database>,
}

/// What a server has seen and done so far.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) executed: usize,
    pub(crate) logins: usize,
    /// `POST /hac/console/scripting/execute`, in order of arrival, one node after the other.
    pub(crate) requests: Vec<String>,
    /// How many of them each node got.
    pub(crate) arrived: Vec<usize>,
}

impl Counts {
    /// What came after an earlier look at the same books.
    pub(crate) fn since(mut self, earlier: &Self) -> Self {
        self.executed -= earlier.executed;
        self.logins -= earlier.logins;
        let mut nodes = self.requests.into_iter();
        self.requests = Vec::new();
        for (now, then) in self.arrived.iter_mut().zip(&earlier.arrived) {
            self.requests.extend(nodes.by_ref().take(*now).skip(*then));
            *now -= then;
        }
        self
    }

    fn and(mut self, other: Self) -> Self {
        self.executed += other.executed;
        self.logins += other.logins;
        self.requests.extend(other.requests);
        self.arrived.extend(other.arrived);
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
                let entries = simulator.ask(|simulator| simulator.ledger().entries());
                Counts {
                    arrived: vec![entries.len()],
                    executed: entries.iter().filter(|entry| entry.executed).count(),
                    logins: entries.iter().filter(|entry| entry.login).count(),
                    requests: entries.iter().map(|entry| format!("{} {}", entry.method, entry.path)).collect(),
                }
            }
            Books::Springs(nodes) => {
                let mut all = Counts::default();
                for node in nodes {
                    all = all.and(node.counts().await);
                }
                all
            }
        }
    }

    /// Ends all sessions, as the idle limit or a restart would.
    pub(crate) async fn expire_sessions(&self) {
        match &self.books {
            Books::Simulator(simulator) => simulator.ask(|simulator| simulator.faults().expire_sessions()),
            Books::Springs(nodes) => {
                for node in nodes {
                    node.ask("POST", "/expire").await;
                }
            }
        }
    }

    /// Makes the server forget the tokens of all sessions; it makes new ones.
    pub(crate) async fn rotate_tokens(&self) {
        match &self.books {
            Books::Simulator(simulator) => simulator.ask(|simulator| simulator.faults().rotate_tokens()),
            Books::Springs(nodes) => {
                for node in nodes {
                    node.ask("POST", "/rotate").await;
                }
            }
        }
    }

    /// A script that returns 42 as soon as so many calls of it are at work at once, and never before.
    pub(crate) fn meeting_of(&self, calls: usize) -> String {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        match &self.books {
            Books::Simulator(simulator) => {
                simulator.meet(calls);
                self.expected.scripts.answer.to_owned()
            }
            Books::Springs(_) => {
                let name = format!("conformance.meeting.{}", COUNT.fetch_add(1, Ordering::Relaxed));
                format!(
                    "import java.util.concurrent.CountDownLatch; import java.util.concurrent.TimeUnit; \
                     def meeting = System.properties.computeIfAbsent('{name}', {{ new CountDownLatch({calls}) }}); \
                     meeting.countDown(); return meeting.await(50, TimeUnit.SECONDS) ? 42 : 'alone'"
                )
            }
        }
    }

    /// Stops it as a power cut does. Only at [`Place::Alone`].
    pub(crate) fn stop(&self) {
        match &self.books {
            Books::Simulator(simulator) => simulator.stop(),
            Books::Springs(nodes) => nodes.iter().for_each(Spring::kill),
        }
    }

    /// After a [`stop`](Self::stop): at the same port, with empty books and without sessions.
    pub(crate) fn start_again(&self) {
        match &self.books {
            Books::Simulator(simulator) => simulator.start_again(),
            Books::Springs(nodes) => nodes.iter().for_each(Spring::start),
        }
    }

    /// What is not as it was at the start; nothing, if each behaviour leaves it as it found it.
    pub(crate) fn flaws(&self) -> Vec<String> {
        let mut flaws = Vec::new();
        match &self.books {
            Books::Simulator(simulator) if simulator.is_running() => {}
            Books::Simulator(_) => flaws.push("the simulator does not run".to_owned()),
            Books::Springs(nodes) => {
                for (number, _) in (1..).zip(nodes).filter(|(_, node)| !node.is_running()) {
                    flaws.push(format!("node{number} does not run"));
                }
            }
        }
        flaws.extend(self.cluster.iter().flat_map(|cluster| cluster.balancer.flaws(cluster.backends)));
        flaws
    }

    /// Makes it as it was at the start, after whatever was done to it; what runs goes on.
    pub(crate) fn restore(&self) {
        self.restore_where(false);
    }

    /// As [`restore`](Self::restore), and nothing that was begun goes on either: all is started anew, and no session is left.
    pub(crate) fn restart(&self) {
        self.restore_where(true);
    }

    fn restore_where(&self, all: bool) {
        match &self.books {
            Books::Simulator(simulator) => {
                if all && simulator.is_running() {
                    simulator.stop();
                }
                if !simulator.is_running() {
                    simulator.start_again();
                }
                simulator.ask(|simulator| simulator.faults().clear());
            }
            Books::Springs(nodes) => {
                nodes.iter().filter(|node| all || !node.is_running()).for_each(Spring::restart);
            }
        }
        if let Some(cluster) = &self.cluster {
            cluster.balancer.restore(cluster.backends);
            for note in std::fs::read_dir(cluster.notes.path()).expect("the notes of scripts").flatten() {
                std::fs::remove_file(note.path()).expect("a note can be removed");
            }
        }
    }

    /// Does the worst to it that a behaviour may do, and does not put it right.
    pub(crate) fn ruin(&self) {
        match (&self.cluster, &self.books) {
            (Some(cluster), Books::Springs(nodes)) => {
                nodes[0].kill();
                cluster.balancer.take_out(2);
            }
            _ => self.stop(),
        }
    }

    /// The address of a page below the context path.
    pub(crate) fn page(&self, path: &str) -> String {
        format!("{}{}{path}", self.url, self.context)
    }

    /// The node with this number; the first is 1.
    pub(crate) fn node(&self, number: usize) -> &Spring {
        match &self.books {
            Books::Springs(nodes) => &nodes[number - 1],
            Books::Simulator(_) => panic!("a simulator has its nodes inside"),
        }
    }

    /// What there is at [`Place::Balanced`].
    pub(crate) fn cluster(&self) -> &Cluster {
        self.cluster.as_ref().expect("a place with a balancer")
    }

    /// A client's builder for another port of the balancer.
    pub(crate) fn builder_at(&self, front: Front) -> HacClientBuilder {
        let balancer = &self.cluster().balancer;
        builder(&balancer.url(front), balancer.pin(front), "admin", "nimda").session_persistence(false)
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
        builder(&self.url, self.pin, user, password)
    }
}

pub(crate) fn builder(url: &str, pin: Option<Fingerprint>, user: &str, password: &str) -> HacClientBuilder {
    HacClient::builder(url)
        .auth_handler(BasicAuthHandler::new(user, password))
        .trust(pin.map_or(Trust::System, Trust::Pin))
        // The machine may be busy, and nothing here is about time.
        .timeout(Some(Duration::from_secs(60)))
}

/// A server in both places.
pub(crate) struct Places {
    usual: Arc<Server>,
    elsewhere: Arc<Server>,
}

impl Places {
    /// `None` where the server does not have such a place.
    pub(crate) fn at(&self, place: Place) -> Option<&Arc<Server>> {
        match place {
            Place::Usual => Some(&self.usual),
            Place::Elsewhere => Some(&self.elsewhere),
            Place::Balanced => Some(&self.usual).filter(|usual| usual.cluster.is_some()),
            Place::Alone => Some(&self.usual).filter(|usual| usual.cluster.is_none()),
        }
    }
}

/// Starts the server with this name in both places.
pub(crate) fn start(name: &str) -> Result<Places, Failed> {
    let expected = expectations::of(name);
    match (name.strip_prefix("simulator-"), name.strip_suffix("-balanced")) {
        (Some(release), _) => Ok(simulators(release.parse().expect("a release"), expected)),
        (None, Some(application)) => balanced(application, expected),
        (None, None) => alone(name, expected),
    }
}

fn simulators(release: Release, expected: &'static Expectations) -> Places {
    let usual = Simulated::start(move || {
        Simulator::builder().release(release).user(FOREIGN.0, FOREIGN.1, &["ROLE_ADMINGROUP"])
    });
    let elsewhere = Simulated::start(move || {
        Simulator::builder()
            .release(release)
            .context_path("")
            .https()
            .session_idle(SHORT_SESSION)
            .knobs(|knobs| knobs.max_form_bytes = LONG_FORM)
    });
    let server = |simulator: Simulated, context| {
        let (url, pin) = simulator.ask(|simulator| (simulator.url(), simulator.certificate_sha256()));
        let pin = pin.map(|hex| hex.parse().expect("a fingerprint"));
        Arc::new(Server { url, context, pin, expected, books: Books::Simulator(simulator), cluster: None })
    };
    Places { usual: server(usual, "/hac"), elsewhere: server(elsewhere, "") }
}

fn alone(application: &str, expected: &'static Expectations) -> Result<Places, Failed> {
    applications::build()?;
    let (seconds, bytes) = (SHORT_SESSION.as_secs().to_string(), LONG_FORM.to_string());
    let usual = Spring::launch(application, &["--context-path", "/hac"])?;
    let elsewhere = ["--context-path", "/", "--https", "--session-timeout", &seconds, "--max-post-size", &bytes];
    let elsewhere = Spring::launch(application, &elsewhere)?;
    let server = |launched: Launched, context| {
        let spring = launched.announced()?;
        let (url, pin) = (spring.url().to_owned(), spring.pin());
        Ok(Arc::new(Server { url, context, pin, expected, books: Books::Springs(vec![spring]), cluster: None }))
    };
    Ok(Places { usual: server(usual, "/hac")?, elsewhere: server(elsewhere, "")? })
}

fn balanced(application: &str, expected: &'static Expectations) -> Result<Places, Failed> {
    applications::build()?;
    let (seconds, bytes) = (SHORT_SESSION.as_secs().to_string(), LONG_FORM.to_string());
    let database = Arc::new(Database::start(application)?);
    let launch = |arguments: &[&str]| {
        ["node1", "node2"].map(|node| Spring::launch_node(application, node, &database, arguments))
    };
    let usual = launch(&["--context-path", "/hac"]);
    let elsewhere = launch(&["--context-path", "/", "--session-timeout", &seconds, "--max-post-size", &bytes]);
    let wait = |launched: [Result<Launched, Failed>; 2]| {
        launched.into_iter().map(|launched| launched?.announced()).collect::<Result<Vec<_>, _>>()
    };
    let (usual, elsewhere) = (wait(usual)?, wait(elsewhere)?);
    let ports = |nodes: &[Spring]| nodes.iter().map(Spring::port).collect::<Vec<_>>();
    let balancer = Arc::new(Balancer::start(&ports(&usual), &ports(&elsewhere))?);
    let server = |front, backends, context, nodes| {
        let notes = tempfile::tempdir().map_err(|cause| Failed::broken(cause.to_string()))?;
        Ok(Arc::new(Server {
            url: balancer.url(front),
            context,
            pin: balancer.pin(front),
            expected,
            books: Books::Springs(nodes),
            cluster: Some(Cluster {
                balancer: Arc::clone(&balancer),
                backends,
                notes,
                _database: Arc::clone(&database),
            }),
        }))
    };
    Ok(Places {
        usual: server(Front::Plain, USUAL, "/hac", usual)?,
        elsewhere: server(Front::Elsewhere, ELSEWHERE, "", elsewhere)?,
    })
}
