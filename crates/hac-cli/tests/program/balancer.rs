//! A load balancer between the program and a server: it forwards connections, cuts them at an import, and can be killed.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How the connection of the next import ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Before anything of the request was forwarded.
    BeforeForwarding,
    /// When the server has executed the request and answers it.
    AfterExecution,
}

pub(crate) struct Balancer {
    address: SocketAddr,
    server: SocketAddr,
    state: Arc<State>,
    listener: Option<(JoinHandle<()>, Arc<AtomicBool>)>,
}

#[derive(Default)]
struct State {
    /// The number of imports that have passed.
    imports: AtomicUsize,
    /// How many imports may pass: the next one waits.
    allowed: AtomicUsize,
    /// How often it was killed.
    deaths: AtomicUsize,
    cut: Mutex<Option<Cut>>,
    /// The clients' ends of all connections.
    clients: Mutex<Vec<TcpStream>>,
    /// The number of connections that are not closed at both ends.
    open: AtomicUsize,
}

impl Balancer {
    pub(crate) fn before(server: SocketAddr) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut balancer = Self { address, server, state: Arc::default(), listener: None };
        balancer.start();
        balancer
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn imports(&self) -> usize {
        self.state.imports.load(Ordering::SeqCst)
    }

    /// Lets so many further imports pass, and the next one wait.
    pub(crate) fn allow(&self, imports: usize) {
        self.state.allowed.store(self.imports().saturating_add(imports), Ordering::SeqCst);
    }

    /// Whether all of them have passed.
    pub(crate) fn is_shut(&self) -> bool {
        self.imports() >= self.state.allowed.load(Ordering::SeqCst)
    }

    pub(crate) fn cut(&self, cut: Cut) {
        *self.state.cut.lock().expect("unpoisoned") = Some(cut);
    }

    /// Whether the last cut has happened.
    pub(crate) fn has_cut(&self) -> bool {
        self.state.cut.lock().expect("unpoisoned").is_none()
    }

    /// Breaks all connections, listens no more, and then starts on the same port.
    pub(crate) fn kill(&mut self) {
        self.stop();
        self.start();
    }

    /// Waits until the server has read what was forwarded to it, and has closed all connections.
    pub(crate) fn rest(&self) {
        while self.state.open.load(Ordering::SeqCst) > 0 {
            thread::yield_now();
        }
    }

    fn start(&mut self) {
        let listener = bound(self.address);
        self.address = listener.local_addr().expect("an address");
        let stops = Arc::new(AtomicBool::new(false));
        let (server, state, stopped) = (self.server, Arc::clone(&self.state), Arc::clone(&stops));
        let thread = thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                state.open.fetch_add(1, Ordering::SeqCst);
                state.clients.lock().expect("unpoisoned").push(client.try_clone().expect("a socket"));
                let state = Arc::clone(&state);
                thread::spawn(move || {
                    if let Ok(server) = TcpStream::connect(server) {
                        forward(&client, &server, &state);
                    }
                    let _ = client.shutdown(Shutdown::Both);
                    state.open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        self.listener = Some((thread, stops));
    }

    fn stop(&mut self) {
        let Some((thread, stops)) = self.listener.take() else { return };
        self.state.deaths.fetch_add(1, Ordering::SeqCst);
        stops.store(true, Ordering::SeqCst);
        // It waits for a connection.
        let _ = TcpStream::connect(self.address);
        let _ = thread.join();
        for client in self.state.clients.lock().expect("unpoisoned").drain(..) {
            let _ = client.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Listens at an address. While it was free, somebody else's connection may have got its port: then it waits for the end of that.
fn bound(address: SocketAddr) -> TcpListener {
    loop {
        match TcpListener::bind(address) {
            Err(cause) if cause.kind() == ErrorKind::AddrInUse => thread::sleep(Duration::from_millis(10)),
            bound => return bound.expect("a port"),
        }
    }
}

/// Forwards in both directions until the server has closed the connection.
fn forward(client: &TcpStream, server: &TcpStream, state: &State) {
    let withheld = AtomicBool::new(false);
    thread::scope(|threads| {
        threads.spawn(|| {
            requests(client, server, state, &withheld);
            // The server reads what has come so far, as it does when a balancer dies.
            let _ = server.shutdown(Shutdown::Write);
        });
        answers(client, server, &withheld);
        let _ = client.shutdown(Shutdown::Both);
    });
}

fn requests(mut client: &TcpStream, mut server: &TcpStream, state: &State, withheld: &AtomicBool) {
    let mut piece = [0; 16 << 10];
    let deaths = state.deaths.load(Ordering::SeqCst);
    while let Ok(length @ 1..) = client.read(&mut piece) {
        if piece[..length].starts_with(b"POST /hac/console/impex/import") {
            while state.imports.load(Ordering::SeqCst) >= state.allowed.load(Ordering::SeqCst) {
                if state.deaths.load(Ordering::SeqCst) > deaths {
                    return;
                }
                thread::yield_now();
            }
            let cut = state.cut.lock().expect("unpoisoned").take();
            state.imports.fetch_add(1, Ordering::SeqCst);
            if cut == Some(Cut::BeforeForwarding) {
                let _ = client.shutdown(Shutdown::Both);
                return;
            }
            withheld.store(cut.is_some(), Ordering::SeqCst);
        }
        if server.write_all(&piece[..length]).is_err() {
            return;
        }
    }
}

fn answers(mut client: &TcpStream, mut server: &TcpStream, withheld: &AtomicBool) {
    let mut piece = [0; 16 << 10];
    while let Ok(length @ 1..) = server.read(&mut piece) {
        if withheld.load(Ordering::SeqCst) || client.write_all(&piece[..length]).is_err() {
            let _ = client.shutdown(Shutdown::Both);
        }
    }
}
