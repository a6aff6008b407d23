//! `HAProxy`, in front of several Tomcats: one process, a port for each way in which people put it there.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use hac_client::tls::Fingerprint;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::held_port::HeldPort;
use crate::spring::Failed;

/// The user of [`Front::Gate`] and [`Front::TlsGate`], who is none of HAC's.
pub(crate) const GATE: (&str, &str) = ("keeper", "gate-Secret 1");

/// How long [`Front::Impatient`] waits for a script that sleeps.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long such a script takes.
pub(crate) const TOO_LONG: Duration = Duration::from_secs(4);

/// The backends for the nodes at [`Usual`](crate::server::Place::Usual).
pub(crate) const USUAL: &[&str] = &["hac", "impatient"];

/// The one for the nodes at [`Elsewhere`](crate::server::Place::Elsewhere).
pub(crate) const ELSEWHERE: &[&str] = &["elsewhere"];

/// A port of the balancer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Front {
    /// http, and nothing else.
    Plain,
    /// TLS ends here; the nodes know of http only.
    Tls,
    /// Basic authentication.
    Gate,
    TlsGate,
    /// Answers 504 where a script sleeps. All else has the usual time: how long that takes, depends on the machine.
    Impatient,
    /// TLS, for the nodes at [`Elsewhere`](crate::server::Place::Elsewhere).
    Elsewhere,
}

const FRONTS: [Front; 6] = [Front::Plain, Front::Tls, Front::Gate, Front::TlsGate, Front::Impatient, Front::Elsewhere];

impl Front {
    fn has_tls(self) -> bool {
        matches!(self, Self::Tls | Self::TlsGate | Self::Elsewhere)
    }

    fn has_gate(self) -> bool {
        matches!(self, Self::Gate | Self::TlsGate)
    }

    fn backend(self) -> &'static str {
        match self {
            Self::Plain | Self::Tls | Self::Gate | Self::TlsGate => "hac",
            Self::Impatient => "impatient",
            Self::Elsewhere => "elsewhere",
        }
    }
}

/// What the cookie `ROUTE` says of a node: the form in which the node can also be asked for.
pub(crate) fn route(node: usize) -> String {
    format!(".node{node}")
}

/// A running `HAProxy`. It ends when this is dropped, and also when the suite is killed.
pub(crate) struct Balancer {
    process: Mutex<Child>,
    home: TempDir,
    ports: [HeldPort; FRONTS.len()],
    pin: Fingerprint,
    /// `hac/node1` and so on.
    servers: Vec<String>,
}

impl Balancer {
    /// Puts it in front of the nodes that listen on these ports.
    pub(crate) fn start(usual: &[u16], elsewhere: &[u16]) -> Result<Self, Failed> {
        let broken = |cause: std::io::Error| Failed::broken(format!("HAProxy cannot be given its files: {cause}"));
        let home = tempfile::Builder::new().prefix("hac-").tempdir().map_err(broken)?;
        let names = ["localhost", "127.0.0.1"].map(str::to_owned);
        let certified = rcgen::generate_simple_self_signed(names).expect("a certificate");
        let both = format!("{}{}", certified.cert.pem(), certified.signing_key.serialize_pem());
        fs::write(home.path().join("front.pem"), both).map_err(broken)?;
        let hex = Sha256::digest(certified.cert.der()).iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        let pin = hex.parse().expect("a fingerprint");
        let ports = FRONTS.map(|_| HeldPort::any().expect("a port"));
        let directory = home.path().to_str().expect("a directory with a plain name");
        let configuration = configuration(directory, &ports, usual, elsewhere);
        fs::write(home.path().join("haproxy.cfg"), configuration).map_err(broken)?;
        let servers = backends(usual, elsewhere)
            .into_iter()
            .flat_map(|(backend, nodes, _)| (1..=nodes.len()).map(move |node| format!("{backend}/node{node}")))
            .collect();
        let process = Mutex::new(launch(&home, ports[0].number())?);
        Ok(Self { process, home, ports, pin, servers })
    }

    /// What is not as it was at the start in these backends.
    pub(crate) fn flaws(&self, backends: &[&str]) -> Vec<String> {
        if !self.is_running() {
            return vec!["HAProxy does not run".to_owned()];
        }
        let states = self.servers_of(backends).map(|server| (server, self.state(server)));
        states
            .filter(|(_, state)| !state.starts_with("UP"))
            .map(|(server, state)| format!("{server} is {state}"))
            .collect()
    }

    /// Makes these backends as they were at the start, where their nodes run.
    pub(crate) fn restore(&self, backends: &[&str]) {
        if !self.is_running() {
            let again = launch(&self.home, self.ports[0].number()).unwrap_or_else(|failed| panic!("{}", failed.why));
            *self.process.lock().unwrap_or_else(PoisonError::into_inner) = again;
        }
        self.servers_of(backends).for_each(|server| self.set(server, "ready"));
        self.servers_of(backends).for_each(|server| self.wait(server, "UP"));
    }

    fn servers_of(&self, backends: &[&str]) -> impl Iterator<Item = &String> {
        self.servers.iter().filter(|server| backends.iter().any(|backend| server.starts_with(&format!("{backend}/"))))
    }

    fn is_running(&self) -> bool {
        matches!(self.process.lock().unwrap_or_else(PoisonError::into_inner).try_wait(), Ok(None))
    }

    /// Scheme, host and port.
    pub(crate) fn url(&self, front: Front) -> String {
        let scheme = if front.has_tls() { "https" } else { "http" };
        let at = FRONTS.iter().position(|one| *one == front).expect("a front");
        format!("{scheme}://127.0.0.1:{}", self.ports[at].number())
    }

    pub(crate) fn pin(&self, front: Front) -> Option<Fingerprint> {
        front.has_tls().then_some(self.pin)
    }

    /// Lets a node finish what it has begun: it keeps its sessions and gets no others.
    pub(crate) fn drain(&self, node: usize) {
        self.usual(node, |server| self.set(server, "drain"));
    }

    /// Takes a node out.
    pub(crate) fn take_out(&self, node: usize) {
        self.usual(node, |server| self.set(server, "maint"));
    }

    /// Gives a node all that it had, and waits until it gets it.
    pub(crate) fn put_back(&self, node: usize) {
        self.usual(node, |server| self.set(server, "ready"));
        self.usual(node, |server| self.wait(server, "UP"));
    }

    /// Waits until a dead node is known to be dead.
    pub(crate) fn miss(&self, node: usize) {
        self.usual(node, |server| self.wait(server, "DOWN"));
    }

    /// Does this for a node at the usual place, wherever it stands.
    fn usual(&self, node: usize, act: impl FnMut(&String)) {
        let node = format!("/node{node}");
        self.servers_of(USUAL).filter(|server| server.ends_with(&node)).for_each(act);
    }

    fn set(&self, server: &str, state: &str) {
        let answer = self.command(&format!("set server {server} state {state}"));
        assert_eq!(answer.trim(), "", "HAProxy: {state}");
    }

    fn wait(&self, server: &str, wanted: &str) {
        let began = Instant::now();
        while !self.state(server).starts_with(wanted) {
            assert!(began.elapsed() < Duration::from_secs(60), "{server} is not {wanted}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// `UP`, `DOWN`, `DRAIN`, `MAINT`, some with more behind it.
    fn state(&self, server: &str) -> String {
        const STATUS: usize = 17;
        let begin = format!("{},", server.replace('/', ","));
        let statistics = self.command("show stat");
        let line = statistics.lines().find(|line| line.starts_with(&begin)).expect("a line of the node");
        line.split(',').nth(STATUS).expect("a status").to_owned()
    }

    fn command(&self, command: &str) -> String {
        let mut socket = UnixStream::connect(admin(&self.home)).expect("HAProxy's socket");
        socket.write_all(format!("{command}\n").as_bytes()).expect("a command");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).expect("an answer");
        answer
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        end(self.process.get_mut().unwrap_or_else(PoisonError::into_inner));
    }
}

fn launch(home: &TempDir, port: u16) -> Result<Child, Failed> {
    let broken = |cause: std::io::Error| Failed::broken(format!("HAProxy cannot be given its files: {cause}"));
    let log = fs::File::create(home.path().join("log")).map_err(broken)?;
    let mut process = Command::new("sh")
        .args(["-c", WATCHED, "haproxy"])
        .arg(home.path().join("haproxy.cfg"))
        .stdin(Stdio::piped())
        .stdout(log.try_clone().map_err(broken)?)
        .stderr(log)
        .spawn()
        .map_err(broken)?;
    if answers(&mut process, port, &admin(home)) {
        return Ok(process);
    }
    end(&mut process);
    let said = fs::read_to_string(home.path().join("log")).unwrap_or_default();
    if said.contains("haproxy: not found") {
        return Err(Failed::missing("there is no HAProxy (haproxy) on this machine"));
    }
    Err(Failed::broken(format!("HAProxy did not start: {said}")))
}

/// `HAProxy` does not look at its standard input, so a shell does it: when that ends, so does `HAProxy`.
const WATCHED: &str = r#"command -v haproxy >/dev/null || PATH=$PATH:/usr/sbin
haproxy -db -q -f "$1" </dev/null & child=$!
exec 3<&0
{ read -r _ <&3; kill "$child"; } 2>/dev/null &
wait "$child""#;

fn end(process: &mut Child) {
    drop(process.stdin.take());
    let _ = process.wait();
}

/// Where `HAProxy` takes commands.
fn admin(home: &TempDir) -> PathBuf {
    home.path().join("admin")
}

/// Whether it listens, for requests and for commands; not, if it has ended before. `HAProxy` listens on its ports before the socket for
/// commands has its name.
fn answers(process: &mut Child, port: u16, admin: &Path) -> bool {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(60) {
        if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() && UnixStream::connect(admin).is_ok() {
            return true;
        }
        if process.try_wait().is_ok_and(|ended| ended.is_some()) {
            return false;
        }
        thread::sleep(Duration::from_millis(10));
    }
    false
}

/// Each backend, its nodes, and what it has besides.
fn backends<'a>(usual: &'a [u16], elsewhere: &'a [u16]) -> [(&'static str, &'a [u16], String); 3] {
    let milliseconds = PATIENCE.as_millis();
    let cut = format!("    http-request set-timeout server {milliseconds}ms if {{ req.body -m sub Thread.sleep }}\n");
    [
        ("hac", usual, String::new()),
        ("impatient", usual, format!("    option http-buffer-request\n{cut}")),
        ("elsewhere", elsewhere, String::new()),
    ]
}

/// Checks are mere connections: a request would stand in the ledger of the node. `inter` is also what a check may take, and a
/// busy machine is no dead node.
fn configuration(home: &str, ports: &[HeldPort], usual: &[u16], elsewhere: &[u16]) -> String {
    let (user, password) = GATE;
    let mut text = format!(
        "global
    maxconn 1000
    noreuseport
    stats socket {home}/admin mode 600 level admin
defaults
    mode http
    timeout connect 5s
    timeout client 120s
    timeout server 120s
    option redispatch
    retries 2
    default-server check inter 1s fastinter 50ms downinter 50ms fall 2 rise 1
userlist keepers
    user {user} insecure-password \"{password}\"
"
    );
    for (front, port) in FRONTS.iter().zip(ports) {
        let port = port.number();
        let tls = if front.has_tls() { format!(" ssl crt {home}/front.pem") } else { String::new() };
        let _ = write!(text, "frontend {front:?}\n    bind 127.0.0.1:{port}{tls}\n");
        if front.has_gate() {
            text += "    http-request auth realm keepers-only if !{ http_auth(keepers) }\n";
            // HAC would take them for its own.
            text += "    http-request del-header Authorization\n";
        }
        let _ = writeln!(text, "    default_backend {}", front.backend());
    }
    for (backend, nodes, more) in backends(usual, elsewhere) {
        let _ =
            write!(text, "backend {backend}\n    balance roundrobin\n    cookie ROUTE insert indirect nocache\n{more}");
        for (node, port) in (1..).zip(nodes) {
            let _ = writeln!(text, "    server node{node} 127.0.0.1:{port} cookie {}", route(node));
        }
    }
    text
}
