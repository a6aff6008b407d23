//! The applications in `spring/`, each run by a Java of its own.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use hac_client::tls::Fingerprint;
use serde_json::Value;
use tempfile::TempDir;

use crate::applications::{java, log};
use crate::held_port::HeldPort;
use crate::server::Counts;

/// Why there is no server.
#[derive(Clone)]
pub(crate) struct Failed {
    pub(crate) why: String,
    pub(crate) counts_as_failure: bool,
}

impl Failed {
    /// Something that this machine does not have: a failure where everything is promised to be there.
    pub(crate) fn missing(why: impl Into<String>) -> Self {
        Self { why: why.into(), counts_as_failure: std::env::var("CI").is_ok_and(|ci| ci == "true") }
    }

    pub(crate) fn broken(why: impl Into<String>) -> Self {
        Self { why: why.into(), counts_as_failure: true }
    }
}

/// A process that has not yet said where it is.
pub(crate) struct Launched {
    process: Child,
    says: BufReader<ChildStdout>,
    start: Start,
}

/// How it is started, again if need be: at the same port.
struct Start {
    command: Command,
    log: PathBuf,
    _port: HeldPort,
    /// For the files that a killed Java cannot remove.
    _home: TempDir,
}

/// A node: an application, which runs unless it was killed. It ends when this is dropped, because its standard input does.
pub(crate) struct Spring {
    url: String,
    pin: Option<Fingerprint>,
    start: Mutex<Start>,
    running: Mutex<Option<Running>>,
    http: reqwest::Client,
}

struct Running {
    process: Child,
    ledger: String,
}

impl Spring {
    /// Alone, with a database of its own.
    pub(crate) fn launch(application: &str, arguments: &[&str]) -> Result<Launched, Failed> {
        Self::launch_with(application, "alone", &[], arguments)
    }

    /// With these properties, and a name for the log.
    pub(crate) fn launch_with(
        application: &str,
        name: &str,
        properties: &[String],
        arguments: &[&str],
    ) -> Result<Launched, Failed> {
        launch(application, name, properties, arguments)
    }

    /// One of several nodes; scripts see its name as the system property `conformance.node`.
    pub(crate) fn launch_node(
        application: &str,
        node: &str,
        database: &Database,
        arguments: &[&str],
    ) -> Result<Launched, Failed> {
        let properties = [
            format!("-Dconformance.node={node}"),
            format!("-Dconformance.database=jdbc:h2:tcp://127.0.0.1:{}/mem:hac", database.port),
        ];
        Self::launch_with(application, node, &properties, arguments)
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn pin(&self) -> Option<Fingerprint> {
        self.pin
    }

    pub(crate) fn port(&self) -> u16 {
        self.url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port")
    }

    /// Whether it was neither killed nor ended by itself.
    pub(crate) fn is_running(&self) -> bool {
        self.running().as_mut().is_some_and(|running| matches!(running.process.try_wait(), Ok(None)))
    }

    /// Ends it as a power cut does.
    pub(crate) fn kill(&self) {
        let running = self.running().take();
        running.expect("a node that runs").kill();
    }

    /// Starts it again after a [`kill`](Self::kill), at the same port, with empty books and without sessions.
    pub(crate) fn start(&self) {
        let mut start = self.start.lock().unwrap_or_else(PoisonError::into_inner);
        let launched = start.spawn().and_then(|(process, says)| said(process, says, &start.log));
        drop(start);
        let (running, facts) = launched.unwrap_or_else(|failed| panic!("{}", failed.why));
        assert_eq!(facts["port"], self.port());
        *self.running() = Some(running);
    }

    /// Lets it end by itself, however long that takes.
    pub(crate) fn end(self) {
        let running = self.running().take();
        let mut running = running.expect("a node that runs");
        drop(running.process.stdin.take());
        running.process.wait().expect("its end");
    }

    /// Starts it anew, whether it runs or not.
    pub(crate) fn restart(&self) {
        let running = self.running().take();
        if let Some(running) = running {
            running.kill();
        }
        self.start();
    }

    /// A behaviour that failed here must not take the next ones with it.
    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) async fn counts(&self) -> Counts {
        let text = self.send("GET", "/").await;
        let book: Value = serde_json::from_str(&text).expect("a ledger in JSON");
        let number = |name: &str| usize::try_from(book[name].as_u64().expect("a number")).expect("a small one");
        let requests = book["requests"].as_array().expect("requests");
        Counts {
            arrived: vec![requests.len()],
            executed: number("executed"),
            logins: number("logins"),
            requests: requests.iter().map(|request| request.as_str().expect("a text").to_owned()).collect(),
        }
    }

    pub(crate) async fn ask(&self, method: &str, path: &str) {
        self.send(method, path).await;
    }

    async fn send(&self, method: &str, path: &str) -> String {
        let method = method.parse().expect("a method");
        let running = self.running().as_ref().map(|running| running.ledger.clone());
        let ledger = running.expect("a node that runs");
        let answer = self.http.request(method, format!("{ledger}{path}")).send().await.expect("an answer");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.text().await.expect("a text")
    }
}

/// A database that several nodes share, in a process of its own.
pub(crate) struct Database {
    port: u64,
    _process: Running,
}

impl Database {
    pub(crate) fn start(application: &str) -> Result<Self, Failed> {
        let log = log(application, "database", &[]);
        let (process, says) = spawn(&mut java(application, &[], "Database"), &log)?;
        let (running, facts) = said(process, says, &log)?;
        Ok(Self { port: facts["port"].as_u64().expect("a port"), _process: running })
    }
}

fn launch(application: &str, node: &str, properties: &[String], arguments: &[&str]) -> Result<Launched, Failed> {
    let broken = |cause: std::io::Error| Failed::broken(format!("a node cannot be given what it needs: {cause}"));
    let port = HeldPort::any().map_err(broken)?;
    let home = tempfile::tempdir().map_err(broken)?;
    let directory = format!("-Djava.io.tmpdir={}", home.path().display());
    let mut command = java(application, &[properties, &[directory]].concat(), "Main");
    command.args(arguments).args(["--port", &port.number().to_string()]);
    let mut start = Start { command, log: log(application, node, arguments), _port: port, _home: home };
    let (process, says) = start.spawn()?;
    Ok(Launched { process, says, start })
}

impl Start {
    fn spawn(&mut self) -> Result<(Child, BufReader<ChildStdout>), Failed> {
        spawn(&mut self.command, &self.log)
    }
}

fn spawn(command: &mut Command, log: &Path) -> Result<(Child, BufReader<ChildStdout>), Failed> {
    let errors =
        File::create(log).map_err(|cause| Failed::broken(format!("cannot write {}: {cause}", log.display())))?;
    let mut process = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(errors)
        .spawn()
        .map_err(|_| Failed::missing("there is no Java (java) on this machine"))?;
    let says = BufReader::new(process.stdout.take().expect("a piped standard output"));
    Ok((process, says))
}

/// Waits until it says where it is.
fn said(process: Child, mut says: BufReader<ChildStdout>, log: &Path) -> Result<(Running, Value), Failed> {
    let mut line = String::new();
    let read = says.read_line(&mut line);
    let facts: Value = match serde_json::from_str(&line) {
        Ok(facts) if read.is_ok() => facts,
        _ => return Err(Failed::broken(format!("it did not start, see {}", log.display()))),
    };
    let ledger = format!("http://127.0.0.1:{}", facts["ledgerPort"]);
    Ok((Running { process, ledger }, facts))
}

impl Launched {
    /// Waits until the server says where it is.
    pub(crate) fn announced(self) -> Result<Spring, Failed> {
        let (running, facts) = said(self.process, self.says, &self.start.log)?;
        let scheme = if facts["https"] == true { "https" } else { "http" };
        // Each behaviour has a runtime of its own, which a connection does not survive.
        let http = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0);
        Ok(Spring {
            url: format!("{scheme}://127.0.0.1:{}", facts["port"]),
            pin: facts["certificateSha256"].as_str().map(|hex| hex.parse().expect("a fingerprint")),
            start: Mutex::new(self.start),
            running: Mutex::new(Some(running)),
            http: http.build().expect("an HTTP client"),
        })
    }
}

impl Running {
    fn kill(mut self) {
        self.process.kill().expect("a process that can be killed");
        self.process.wait().expect("its end");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        /// How long a Java may take to end by itself.
        const PATIENCE: Duration = Duration::from_secs(10);
        drop(self.process.stdin.take());
        let began = Instant::now();
        while matches!(self.process.try_wait(), Ok(None)) {
            if began.elapsed() > PATIENCE {
                let _ = self.process.kill();
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}
