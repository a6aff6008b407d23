//! An import whose client, server and balancer are killed again and again: each line is in the database once.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;

use crate::balancer::{Balancer, Cut};
use crate::bench::{Ran, bare, home, isolated, ran};

const ROWS: usize = 4_000;
/// In chunks of so many rows.
const CHUNK: &str = "40";

/// A server that is a process, with its database in a file. It always has the same port.
struct Server {
    home: PathBuf,
    process: Child,
    address: SocketAddr,
    control: SocketAddr,
}

fn address_of(url: &serde_json::Value) -> SocketAddr {
    let url = url.as_str().expect("a URL");
    let host = url.trim_start_matches("http://").split('/').next().expect("a host");
    host.replace("localhost", "127.0.0.1").parse().expect("an address")
}

fn started(home: &Path, port: u16) -> (Child, SocketAddr, SocketAddr) {
    let mut command = isolated(home);
    command.args(["simulator", "--control", "--json", "--database", "hac.db", "--port", &port.to_string()]);
    let mut process = command.stdout(Stdio::piped()).spawn().expect("it starts");
    let mut line = String::new();
    BufReader::new(process.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
    let told: serde_json::Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
    (process, address_of(&told["url"]), address_of(&told["control_url"]))
}

impl Server {
    fn start(home: &Path) -> Self {
        let (process, address, control) = started(home, 0);
        Self { home: home.to_owned(), process, address, control }
    }

    fn kill(&mut self) {
        self.process.kill().expect("it is killed");
        self.process.wait().expect("it ends");
        (self.process, self.address, self.control) = started(&self.home, self.address.port());
    }

    /// Waits until nothing is executed any more, whoever waits for it.
    fn rest(&self) {
        loop {
            let mut stream = TcpStream::connect(self.control).expect("it listens");
            let request = format!("GET /ledger/summary HTTP/1.0\r\nHost: {}\r\n\r\n", self.control);
            stream.write_all(request.as_bytes()).expect("sent");
            let mut answer = String::new();
            stream.read_to_string(&mut answer).expect("an answer");
            let body = answer.split_once("\r\n\r\n").expect("a body").1;
            let summary: serde_json::Value = serde_json::from_str(body).expect("JSON");
            if summary["in_progress"] == 0 {
                return;
            }
            thread::yield_now();
        }
    }

    /// The number of users that fulfil a condition, without the balancer.
    fn count(&self, condition: &str) -> usize {
        let mut command = bare(&self.home);
        command.env("HAC_URL", format!("http://{}", self.address));
        command.env("HAC_USERNAME", "admin").env("HAC_PASSWORD", "nimda");
        let query = format!("SELECT count(*) FROM {{User}} WHERE {condition}");
        command.args(["flexsearch", "--no-headers", "--format", "csv", &query]);
        let found = ran(&mut command, &self.home, None);
        found.stdout.trim().parse().unwrap_or_else(|_| panic!("{found}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What ends in the middle of an import.
#[derive(Debug, Clone, Copy)]
enum Victim {
    Client,
    Server,
    Balancer,
    /// Only the connection.
    Connection(Cut),
}

const VICTIMS: [Victim; 5] = [
    Victim::Client,
    Victim::Server,
    Victim::Balancer,
    Victim::Connection(Cut::BeforeForwarding),
    Victim::Connection(Cut::AfterExecution),
];

/// The generator `SplitMix64`: the moments are the same in each run, as far as the machine allows.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % limit as u64).expect("it is below")
    }
}

fn uid(line: usize) -> String {
    format!("bulk{line:06}")
}

/// Rows that a server refuses to import a second time, named by their lines.
fn script() -> String {
    let mut script = String::from("INSERT Customer;uid;description\n");
    for line in 2..ROWS + 2 {
        writeln!(script, ";{};x", uid(line)).expect("a string");
    }
    script
}

/// The checkpoint of the only import, wherever the system keeps it.
fn checkpoint(directory: &Path) -> Option<serde_json::Value> {
    let entries = std::fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry").path());
    for path in entries {
        if path.is_dir() {
            if let Some(found) = checkpoint(&path) {
                return Some(found);
            }
        } else if path.parent().is_some_and(|parent| parent.ends_with("imports"))
            && path.extension().is_some_and(|extension| extension == "json")
        {
            return Some(serde_json::from_slice(&std::fs::read(&path).expect("a file")).expect("a whole file"));
        }
    }
    None
}

/// The lines of the chunk that nobody knows the outcome of.
fn undecided(home: &Path) -> Option<(usize, usize)> {
    let checkpoint = checkpoint(home)?;
    let chunk = checkpoint["first"]["in_flight"].as_array()?.first()?.clone();
    let line = |name: &str| usize::try_from(chunk[name].as_u64().expect("a line")).expect("a line");
    Some((line("first_line").max(2), line("last_line")))
}

fn import(home: &Path, balancer: &Balancer, assumed: Option<&str>) -> Child {
    let mut command = isolated(home);
    command.env("HAC_URL", balancer.url()).env("HAC_USERNAME", "admin").env("HAC_PASSWORD", "nimda");
    command.args(["impex", "import", "users.impex", "--resume", "--chunk-lines", CHUNK]);
    command.args(assumed.map(|assumed| format!("--assume={assumed}")));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts")
}

/// Waits until the chunks that may pass have passed, and kills at some moment of the last one, or of the next, which waits at the balancer.
/// However fast the machine is, the import does not end before. Returns whether the program has not either.
fn strike(
    victim: Victim,
    client: &mut Child,
    server: &mut Server,
    balancer: &mut Balancer,
    chance: &mut Chance,
) -> bool {
    let turns = chance.below(3_000);
    while !balancer.is_shut() {
        if client.try_wait().expect("its state").is_some() {
            return false;
        }
        thread::yield_now();
    }
    (0..turns).for_each(|_| thread::yield_now());
    match victim {
        Victim::Client => client.kill().expect("it is killed"),
        Victim::Server => server.kill(),
        Victim::Balancer => balancer.kill(),
        Victim::Connection(cut) => balancer.cut(cut),
    }
    true
}

#[test]
fn each_line_is_imported_once_whoever_is_killed_meanwhile() {
    let home = home();
    home.records_of_a_process("/console/impex/import", ROWS.div_ceil(CHUNK.parse().expect("a number")));
    let home = home.path();
    std::fs::write(home.join("users.impex"), script()).expect("written");
    let mut server = Server::start(home);
    let mut balancer = Balancer::before(server.address);
    let mut chance = Chance(1);
    let mut waiting: Vec<Victim> = VICTIMS.into_iter().cycle().take(3 * VICTIMS.len()).collect();
    let (mut assumed, mut as_imported, mut as_not_imported) = (None, 0, 0);
    loop {
        balancer.allow(1 + chance.below(3));
        let mut client = import(home, &balancer, assumed.take());
        while !waiting.is_empty() {
            let victim = waiting.swap_remove(chance.below(waiting.len()));
            if !strike(victim, &mut client, &mut server, &mut balancer, &mut chance) {
                waiting.push(victim);
                break;
            }
            // A program that survives it goes on to the next.
            balancer.allow(1 + chance.below(3));
        }
        if waiting.is_empty() {
            balancer.allow(usize::MAX);
        }
        let ended = Ran::new(&client.wait_with_output().expect("it ends"), home, None);
        balancer.rest();
        server.rest();
        if ended.code == Some(0) {
            break;
        }
        // A line is a line of the database, or none.
        if let Some((first, last)) = undecided(home) {
            let there = server.count(&format!("{{uid}} >= '{}' AND {{uid}} <= '{}'", uid(first), uid(last)));
            assumed = Some(if there == 0 { "not-imported" } else { "imported" });
            as_imported += usize::from(there > 0);
            as_not_imported += usize::from(there == 0);
            assert!(
                there == 0 || there == last - first + 1,
                "a chunk is one transaction: {there} of {first} to {last}"
            );
        } else {
            assert!(matches!(ended.code, Some(1 | 3) | None), "what does not know says so: {ended}");
        }
    }
    assert!(waiting.is_empty() && balancer.has_cut(), "it ended before everybody was killed");
    assert!(as_imported >= 3 && as_not_imported >= 3, "{as_imported} imported, {as_not_imported} not");
    assert_eq!(server.count("{uid} LIKE 'bulk%'"), ROWS);
    let within = format!("{{uid}} >= '{}' AND {{uid}} <= '{}'", uid(2), uid(ROWS + 1));
    assert_eq!(server.count(&within), ROWS);
    // And no uid twice: a second row with it would have been refused, and the import would not have ended well.
    assert_eq!(checkpoint(home).expect("a checkpoint")["failed"], 0);
}
