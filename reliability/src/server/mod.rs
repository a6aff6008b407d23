//! A hostile server on bare sockets. It uses nothing of the client, or it would share its mistakes.

pub(crate) mod act;
pub(crate) mod answer;
pub(crate) mod connection;
mod door;
pub(crate) mod hac;
pub(crate) mod pages;
pub(crate) mod place;
pub(crate) mod request;
pub(crate) mod tls;

use std::sync::{Arc, Mutex, MutexGuard};

use tokio::net::TcpStream;
use tokio::task::JoinHandle;

pub(crate) use self::act::Act;
use self::answer::Answer;
use self::connection::{After, Connection};
use self::door::Door;
use self::hac::{Hac, Mischief};
pub(crate) use self::place::Place;
use self::request::Request;
use self::tls::{Security, Trusts};

/// What is known when a fault happens.
pub(crate) struct Scene<'a> {
    pub(crate) request: &'a Request,
    /// What a healthy HAC would answer.
    pub(crate) healthy: Answer,
    /// The password, and each session id and token that the client has sent.
    pub(crate) secrets: &'a [String],
    /// The server's own address: `127.0.0.1:1234`.
    pub(crate) here: &'a str,
    /// The address of another host, which must never see a connection.
    pub(crate) elsewhere: &'a str,
}

/// What to do when a place is reached.
pub(crate) type Wire = Arc<dyn Fn(&Scene<'_>) -> Vec<Act> + Send + Sync>;

/// A fault that waits for its moment.
#[derive(Clone)]
pub(crate) struct Trap {
    pub(crate) place: Place,
    pub(crate) once: bool,
    /// Whether the request is executed before the fault.
    pub(crate) executes: bool,
    pub(crate) mischief: Option<Mischief>,
    pub(crate) wire: Option<Wire>,
}

/// What the server saw since the trap was set.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger {
    /// Requests that reached the trap's place.
    pub(crate) sent: usize,
    /// Executions of the operation.
    pub(crate) executions: usize,
    /// Credentials that were posted.
    pub(crate) posts: usize,
    pub(crate) connections: usize,
    /// Method and path of each request.
    pub(crate) requests: Vec<String>,
    /// Each byte that came, by connection.
    pub(crate) received: Vec<Vec<u8>>,
    /// Requests other than the login's that held the password.
    pub(crate) password_elsewhere: Vec<String>,
}

struct State {
    hac: Mutex<Hac>,
    trap: Mutex<Option<Trap>>,
    ledger: Mutex<Ledger>,
    here: String,
    elsewhere: String,
}

/// A running server. It dies when it is dropped.
pub(crate) struct Server {
    state: Arc<State>,
    door: Arc<Door>,
    tasks: Vec<JoinHandle<()>>,
    elsewhere: Arc<Mutex<usize>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Server {
    /// Starts a server whose operation under test is behind `path`.
    pub(crate) fn start(hac: Hac, security: Option<(Security, Arc<Trusts>)>) -> std::io::Result<Self> {
        let (door, other) = (Arc::new(Door::open()?), Door::open()?);
        let state = Arc::new(State {
            hac: Mutex::new(hac),
            trap: Mutex::default(),
            ledger: Mutex::default(),
            here: format!("127.0.0.1:{}", door.port()),
            elsewhere: format!("localhost:{}", other.port()),
        });
        let visits = Arc::new(Mutex::new(0));
        let counted = Arc::clone(&visits);
        let beside = tokio::spawn(async move {
            while let Ok(stream) = other.accept().await {
                *locked(&counted) += 1;
                drop(stream);
            }
        });
        let (serving, opened) = (Arc::clone(&state), Arc::clone(&door));
        let main = tokio::spawn(async move {
            while let Ok(stream) = opened.accept().await {
                tokio::spawn(serve(Arc::clone(&serving), stream, security.clone()));
            }
        });
        Ok(Self { state, door, tasks: vec![main, beside], elsewhere: visits })
    }

    pub(crate) fn port(&self) -> u16 {
        self.door.port()
    }

    /// Sets a trap, and forgets what was seen so far.
    pub(crate) fn set(&self, trap: Trap) {
        if trap.wire.is_none()
            && let Some(mischief) = trap.mischief
        {
            locked(&self.state.hac).suffer(mischief);
        }
        *locked(&self.state.ledger) = Ledger::default();
        *locked(&self.state.trap) = Some(trap);
    }

    /// From now on nothing listens, and the port is nobody else's either.
    pub(crate) fn stop_listening(&self) -> std::io::Result<()> {
        self.door.close()
    }

    pub(crate) fn ledger(&self) -> Ledger {
        locked(&self.state.ledger).clone()
    }

    /// Connections to the other host.
    pub(crate) fn visits_elsewhere(&self) -> usize {
        *locked(&self.elsewhere)
    }

    /// Every secret that was in use so far.
    pub(crate) fn secrets(&self) -> Vec<String> {
        locked(&self.state.hac).secrets()
    }
}

async fn serve(state: Arc<State>, mut stream: TcpStream, security: Option<(Security, Arc<Trusts>)>) {
    let which = {
        let mut ledger = locked(&state.ledger);
        ledger.connections += 1;
        ledger.received.push(Vec::new());
        ledger.received.len() - 1
    };
    let _ = stream.set_nodelay(true);
    if let Some(trap) = spring(&state, Place::Connection) {
        let request = Request::default();
        let acts = acts_of(&state, &trap, &request, Answer::default());
        stream = match Connection::Plain(stream).perform(acts).await {
            After::GoOn(Connection::Plain(stream)) => stream,
            _ => return,
        };
    }
    let mut connection = match security {
        None => Connection::Plain(stream),
        Some((security, trusts)) => match trusts.accept(security, stream).await {
            Some(stream) => Connection::Tls(Box::new(stream)),
            None => return,
        },
    };
    while let Ok(Some(request)) = request::read(&mut connection).await {
        let (place, is_operation) = {
            let hac = locked(&state.hac);
            (hac.place_of(&request), hac.is_operation(&request))
        };
        note(&state, which, &request, place);
        let sprung = spring(&state, place);
        let executes = sprung.as_ref().is_none_or(|trap| trap.executes);
        let healthy = {
            let mut hac = locked(&state.hac);
            let mischief = sprung.as_ref().filter(|trap| trap.wire.is_some()).and_then(|trap| trap.mischief);
            if let Some(mischief) = mischief {
                hac.suffer(mischief);
            }
            let (answer, executed) = if executes { hac.answer(&request) } else { hac.clone().answer(&request) };
            if executes && executed && is_operation {
                locked(&state.ledger).executions += 1;
            }
            answer
        };
        let acts = match &sprung {
            Some(trap) if trap.wire.is_some() => acts_of(&state, trap, &request, healthy),
            _ => vec![Act::Send(healthy.bytes())],
        };
        connection = match connection.perform(acts).await {
            After::GoOn(connection) => connection,
            After::Ended => return,
        };
    }
}

/// The trap, if it is for this place and not used up.
fn spring(state: &State, place: Place) -> Option<Trap> {
    let mut trap = locked(&state.trap);
    let here = trap.as_ref().is_some_and(|trap| trap.place == place);
    if !here {
        return None;
    }
    if place == Place::Connection {
        locked(&state.ledger).sent += 1;
    }
    if trap.as_ref().is_some_and(|trap| trap.once) {
        // The place stays known, for counting what comes after.
        let sprung = trap.clone();
        if let Some(trap) = trap.as_mut() {
            *trap = Trap { wire: None, mischief: None, executes: true, once: false, ..trap.clone() };
        }
        return sprung;
    }
    trap.clone()
}

fn acts_of(state: &State, trap: &Trap, request: &Request, healthy: Answer) -> Vec<Act> {
    let mut secrets = locked(&state.hac).secrets();
    let sent = locked(&state.ledger).received.concat();
    let sent = String::from_utf8_lossy(&sent);
    let password = secrets.remove(0);
    secrets.retain(|secret| sent.contains(secret.as_str()));
    secrets.insert(0, password);
    let scene = Scene { request, healthy, secrets: &secrets, here: &state.here, elsewhere: &state.elsewhere };
    trap.wire.as_ref().map_or_else(Vec::new, |wire| wire(&scene))
}

fn note(state: &State, which: usize, request: &Request, place: Place) {
    let password = locked(&state.hac).password().to_owned();
    let at_trap = locked(&state.trap).as_ref().is_some_and(|trap| trap.place == place);
    let mut ledger = locked(&state.ledger);
    ledger.sent += usize::from(at_trap);
    ledger.posts += usize::from(place == Place::LoginPost);
    ledger.requests.push(format!("{} {}", request.method, request.path));
    if place != Place::LoginPost && request.holds(&password) {
        ledger.password_elsewhere.push(format!("{} {}", request.method, request.path));
    }
    if let Some(received) = ledger.received.get_mut(which) {
        received.extend_from_slice(&request.raw);
    }
}
