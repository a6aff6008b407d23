//! Connections: https, hosts, the gate, keep-alive, and the end.

use std::io::{BufReader, ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use hac_simulator::{Simulator, SimulatorHandle, StartError};

use crate::browser::{Browser, Reply};

#[test]
fn https_works_with_the_certificate_that_the_handle_gives() {
    let simulator = Simulator::builder().https().start().unwrap();
    assert!(simulator.url().starts_with("https://127.0.0.1:"));
    let mut browser = Browser::admin(&simulator);
    browser.script("1");
    let pin = simulator.certificate_sha256().unwrap();
    assert_eq!(pin.len(), 64);
    assert!(pin.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c)));
}

#[test]
fn the_clock_of_the_server_may_be_wrong() {
    for (ahead, expected) in [(3600, 3600), (-7200, -7200), (0, 0)] {
        let simulator = Simulator::builder().knobs(move |knobs| knobs.clock_ahead = ahead).start().unwrap();
        let reply = Browser::new(&simulator).get("/hac/login");
        let date = httpdate::parse_http_date(reply.header("date").unwrap()).unwrap();
        let seconds = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs_f64();
        let off = seconds(date) - seconds(SystemTime::now()) - f64::from(expected);
        assert!(off.abs() < 60.0, "{ahead}: {off}");
    }
}

#[test]
fn plain_http_has_no_certificate_to_show() {
    let simulator = Simulator::builder().start().unwrap();
    assert!(simulator.url().starts_with("http://127.0.0.1:"));
    assert!(simulator.certificate_pem().is_none() && simulator.certificate_sha256().is_none());
    assert!(simulator.control_url().is_none());
}

#[test]
fn only_names_of_this_machine_are_served() {
    let simulator = Simulator::builder().allow_host("Commerce.test").start().unwrap();
    let mut browser = Browser::new(&simulator);
    for (host, status) in [
        ("localhost", 302),
        ("LOCALHOST:1", 302),
        ("[::1]:9002", 302),
        ("commerce.test:9002", 302),
        ("example.org", 421),
        ("127.0.0.1.example.org", 421),
        ("localhost.example.org:80", 421),
    ] {
        browser.headers = vec![("Host".to_owned(), host.to_owned())];
        let reply = browser.get("/");
        assert_eq!(reply.status, status, "{host}");
        assert_eq!(reply.header("set-cookie").is_some(), status == 302);
        browser.cookies.clear();
    }
}

#[test]
fn a_gate_wants_its_own_credentials_with_every_request() {
    let simulator = Simulator::builder().gate("guest", "secret").start().unwrap();
    let mut browser = Browser::new(&simulator);
    let reply = browser.get("/");
    assert_eq!(reply.status, 401);
    assert!(reply.header("www-authenticate").unwrap().starts_with("Basic "));
    browser.headers = vec![("Authorization".to_owned(), "Basic Z3Vlc3Q6c2VjcmV0".to_owned())];
    assert_eq!(browser.get("/").status, 302, "the gate keeps them from HAC");
    let entry = simulator.ledger().entries().pop().unwrap();
    assert_eq!(entry.header("authorization"), Some("Basic ***"));
}

#[test]
fn a_gate_that_passes_its_credentials_on_confuses_hac() {
    let simulator = Simulator::builder()
        .gate("guest", "secret")
        .knobs(|knobs| knobs.gate_strips_authorization = false)
        .start()
        .unwrap();
    let mut browser = Browser::new(&simulator);
    browser.headers = vec![("Authorization".to_owned(), "Basic Z3Vlc3Q6c2VjcmV0".to_owned())];
    assert_eq!(browser.get("/").status, 401);
}

#[test]
fn a_connection_serves_many_requests() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = Browser::new(&simulator);
    let mut connection = BufReader::new(browser.connect().unwrap());
    for _ in 0..3 {
        browser.send_on(&mut connection, "GET", "/hac/login", None).unwrap();
    }
    assert_eq!(simulator.ledger().connections(), 1);
    assert!(simulator.ledger().entries().iter().all(|entry| entry.connection == 1));
}

#[test]
fn an_idle_connection_is_closed_in_order() {
    for https in [false, true] {
        let builder = Simulator::builder().keep_alive(Duration::from_millis(30));
        let builder = if https { builder.https() } else { builder };
        let simulator = builder.start().unwrap();
        let mut browser = Browser::new(&simulator);
        let mut connection = BufReader::new(browser.connect().unwrap());
        browser.send_on(&mut connection, "GET", "/hac/login", None).unwrap();
        let begun = Instant::now();
        assert_eq!(connection.read(&mut [0; 1]).unwrap(), 0);
        // A connection that was never used would have had twenty.
        assert!(begun.elapsed() < Duration::from_secs(15));
    }
}

#[test]
fn what_is_open_can_be_closed_in_order() {
    let simulator = Simulator::builder().keep_alive(Duration::from_secs(3600)).start().unwrap();
    let mut browser = Browser::new(&simulator);
    for _ in 0..2 {
        let mut connection = BufReader::new(browser.connect().unwrap());
        browser.send_on(&mut connection, "GET", "/hac/login", None).unwrap();
        simulator.faults().close_connections();
        assert_eq!(connection.read(&mut [0; 1]).unwrap(), 0);
    }
}

#[test]
fn a_request_in_progress_is_not_idle() {
    let simulator = Simulator::builder().keep_alive(Duration::from_millis(1)).start().unwrap();
    let delay = hac_simulator::Fault::Delay(Duration::from_millis(50));
    simulator.faults().once(hac_simulator::On::get("/login"), delay);
    let reply = Browser::new(&simulator).get("/login");
    assert_eq!((reply.status, reply.header("connection")), (200, None));
}

/// Whether the simulator is gone for a connection that it would have kept for an hour.
fn ends_connections(end: impl FnOnce(SimulatorHandle)) -> bool {
    let simulator = Simulator::builder().keep_alive(Duration::from_secs(3600)).start().unwrap();
    let address = ("127.0.0.1", simulator.port());
    let mut connection = TcpStream::connect(address).unwrap();
    connection.write_all(b"HEAD /hac/login HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut reader = BufReader::new(connection.try_clone().unwrap());
    Reply::read(&mut reader, "HEAD").unwrap();
    end(simulator);
    connection.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    match reader.read(&mut [0; 1]) {
        Ok(length) => length == 0,
        Err(error) => error.kind() == ErrorKind::ConnectionReset,
    }
}

#[test]
fn a_stopped_simulator_ends_its_connections() {
    assert!(ends_connections(SimulatorHandle::stop));
}

#[test]
fn a_dropped_simulator_has_stopped() {
    assert!(ends_connections(drop));
}

/// Without the closing of the socket itself, a connection now and then was taken and never answered.
#[cfg(unix)] // only there does a child begin with copies of its parent's descriptors
#[test]
fn a_stopped_simulator_refuses_connections_while_other_threads_start_programs() {
    let over = AtomicBool::new(false);
    let taken = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                std::process::Command::new("true").status().unwrap();
            }
        });
        let addresses = (0..200).map(|_| {
            let simulator = Simulator::builder().start().unwrap();
            let address = simulator.url().trim_start_matches("http://").trim_end_matches('/').to_owned();
            simulator.stop();
            address
        });
        let taken: Vec<_> = addresses.filter(|address| TcpStream::connect(address).is_ok()).collect();
        over.store(true, Ordering::Relaxed);
        taken
    });
    assert_eq!(taken, Vec::<String>::new());
}

#[test]
fn a_port_that_is_taken_is_an_error() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let error = Simulator::builder().port(port).start().unwrap_err();
    assert!(matches!(error, StartError::Listen(_)));
}

#[test]
fn a_context_path_with_a_trailing_slash_is_an_error() {
    for path in ["/", "hac", "/hac/"] {
        let error = Simulator::builder().context_path(path).start().unwrap_err();
        assert!(matches!(error, StartError::ContextPath(_)), "{path}");
    }
}
