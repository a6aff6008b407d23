//! `HAProxy`, in front of several Tomcats: one process, a port for each way in which people put it there.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use hac_client::Fingerprint;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::spring::Failed;

/// The user of [`Front::Gate`] and [`Front::TlsGate`], who is none of HAC's.
pub(crate) const GATE: (&str, &str) = ("keeper", "gate-Secret 1");

/// How long [`Front::Impatient`] waits for an answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(3);

/// A script that takes longer than that.
pub(crate) const TOO_LONG: Duration = Duration::from_millis(4500);

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
    /// Answers 504 after [`PATIENCE`].
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
    process: Child,
    home: TempDir,
    ports: [u16; FRONTS.len()],
    pin: Fingerprint,
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
        // Another program may take a port between our look and HAProxy's.
        let mut last = String::new();
        for _ in 0..3 {
            let ports = free_ports();
            let directory = home.path().to_str().expect("a directory with a plain name");
            let configuration = configuration(directory, ports, usual, elsewhere);
            fs::write(home.path().join("haproxy.cfg"), configuration).map_err(broken)?;
            let log = fs::File::create(home.path().join("log")).map_err(broken)?;
            let mut process = Command::new("sh")
                .args(["-c", WATCHED, "haproxy"])
                .arg(home.path().join("haproxy.cfg"))
                .stdin(Stdio::piped())
                .stdout(log.try_clone().map_err(broken)?)
                .stderr(log)
                .spawn()
                .map_err(broken)?;
            if answers(&mut process, ports[0]) {
                return Ok(Self { process, home, ports, pin });
            }
            end(&mut process);
            last = fs::read_to_string(home.path().join("log")).unwrap_or_default();
            if last.contains("haproxy: not found") {
                return Err(Failed::missing("there is no HAProxy (haproxy) on this machine"));
            }
        }
        Err(Failed::broken(format!("HAProxy did not start: {last}")))
    }

    /// Scheme, host and port.
    pub(crate) fn url(&self, front: Front) -> String {
        let scheme = if front.has_tls() { "https" } else { "http" };
        let at = FRONTS.iter().position(|one| *one == front).expect("a front");
        format!("{scheme}://127.0.0.1:{}", self.ports[at])
    }

    pub(crate) fn pin(&self, front: Front) -> Option<Fingerprint> {
        front.has_tls().then_some(self.pin)
    }

    /// Lets a node finish what it has begun: it keeps its sessions and gets no others.
    pub(crate) fn drain(&self, node: usize) {
        self.set(node, "drain");
    }

    /// Takes a node out.
    pub(crate) fn take_out(&self, node: usize) {
        self.set(node, "maint");
    }

    /// Gives a node all that it had, and waits until it gets it.
    pub(crate) fn put_back(&self, node: usize) {
        self.set(node, "ready");
        self.wait(node, "UP");
    }

    /// Waits until a dead node is known to be dead.
    pub(crate) fn miss(&self, node: usize) {
        self.wait(node, "DOWN");
    }

    fn set(&self, node: usize, state: &str) {
        for backend in ["hac", "impatient"] {
            let answer = self.command(&format!("set server {backend}/node{node} state {state}"));
            assert_eq!(answer.trim(), "", "HAProxy: {state}");
        }
    }

    fn wait(&self, node: usize, wanted: &str) {
        let began = Instant::now();
        while !["hac", "impatient"].iter().all(|backend| self.state(backend, node).starts_with(wanted)) {
            assert!(began.elapsed() < Duration::from_secs(60), "node{node} is not {wanted}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// `UP`, `DOWN`, `DRAIN`, `MAINT`, some with more behind it.
    fn state(&self, backend: &str, node: usize) -> String {
        const STATUS: usize = 17;
        let begin = format!("{backend},node{node},");
        let statistics = self.command("show stat");
        let line = statistics.lines().find(|line| line.starts_with(&begin)).expect("a line of the node");
        line.split(',').nth(STATUS).expect("a status").to_owned()
    }

    fn command(&self, command: &str) -> String {
        let mut socket = UnixStream::connect(self.home.path().join("admin")).expect("HAProxy's socket");
        socket.write_all(format!("{command}\n").as_bytes()).expect("a command");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).expect("an answer");
        answer
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        end(&mut self.process);
    }
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

fn free_ports() -> [u16; FRONTS.len()] {
    // All at once, or one might be found twice.
    let listeners = FRONTS.map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port"));
    listeners.map(|listener| listener.local_addr().expect("an address").port())
}

/// Whether it listens; not, if it has ended before.
fn answers(process: &mut Child, port: u16) -> bool {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(20) {
        if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return true;
        }
        if process.try_wait().is_ok_and(|ended| ended.is_some()) {
            return false;
        }
        thread::sleep(Duration::from_millis(10));
    }
    false
}

/// Checks are mere connections: a request would stand in the ledger of the node.
fn configuration(home: &str, ports: [u16; FRONTS.len()], usual: &[u16], elsewhere: &[u16]) -> String {
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
    default-server check inter 100ms fall 2 rise 1
userlist keepers
    user {user} insecure-password \"{password}\"
"
    );
    for (front, port) in FRONTS.iter().zip(ports) {
        let tls = if front.has_tls() { format!(" ssl crt {home}/front.pem") } else { String::new() };
        let _ = write!(text, "frontend {front:?}\n    bind 127.0.0.1:{port}{tls}\n");
        if front.has_gate() {
            text += "    http-request auth realm keepers-only if !{ http_auth(keepers) }\n";
            // HAC would take them for its own.
            text += "    http-request del-header Authorization\n";
        }
        let _ = writeln!(text, "    default_backend {}", front.backend());
    }
    for (backend, nodes, more) in [
        ("hac", usual, String::new()),
        ("impatient", usual, format!("    timeout server {}ms\n", PATIENCE.as_millis())),
        ("elsewhere", elsewhere, String::new()),
    ] {
        let _ =
            write!(text, "backend {backend}\n    balance roundrobin\n    cookie ROUTE insert indirect nocache\n{more}");
        for (node, port) in (1..).zip(nodes) {
            let _ = writeln!(text, "    server node{node} 127.0.0.1:{port} cookie {}", route(node));
        }
    }
    text
}
