//! A simulated HAC with a cache directory of its own, and clients for it.

use std::sync::{Arc, Mutex};

use hac_client::session::SessionMetadata;
use hac_client::{
    BasicAuthHandler, Error, ErrorKind, HacClient, HacClientBuilder, Script, ScriptType, SessionManager, Validation,
};
use hac_simulator::{Ledger, Simulator, SimulatorBuilder, SimulatorHandle};
use tempfile::TempDir;

use super::records::Records;

pub(crate) const EXECUTE: &str = "/console/scripting/execute";
pub(crate) const QUERY: &str = "/console/flexsearch/execute";

pub(crate) struct Hac {
    pub(crate) simulator: SimulatorHandle,
    pub(crate) cache: TempDir,
    pub(crate) records: Records,
}

impl Hac {
    pub(crate) fn start() -> Self {
        Self::with(|simulator| simulator)
    }

    pub(crate) fn with(adjust: impl FnOnce(SimulatorBuilder) -> SimulatorBuilder) -> Self {
        let simulator = adjust(Simulator::builder().products(50)).start().expect("a simulator");
        Self::of(simulator, TempDir::new().expect("a directory"))
    }

    /// With a cache that is there already.
    pub(crate) fn of(simulator: SimulatorHandle, cache: TempDir) -> Self {
        let records = Records::of(&simulator);
        Self { simulator, cache, records }
    }

    /// A client as another process would build it: nothing shared but the cache.
    pub(crate) fn builder(&self) -> HacClientBuilder {
        HacClient::builder(self.simulator.url())
            .auth_handler(BasicAuthHandler::new("admin", "nimda"))
            .cache_dir(self.cache.path())
            .validation(Validation::OnUse)
            .audit(self.records.audit())
    }

    pub(crate) fn client(&self) -> HacClient {
        self.builder().build().expect("a client")
    }

    /// A client that has logged in; the ledger starts anew after it.
    pub(crate) async fn warm_client(&self) -> HacClient {
        let client = self.client();
        client.login().await.expect("a login");
        self.ledger().clear();
        client
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        self.simulator.ledger()
    }

    pub(crate) fn manager(&self) -> SessionManager {
        SessionManager::with_cache_dir(self.cache.path())
    }

    /// Method, path and status of each request so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        let shown = |status: Option<u16>| status.map_or_else(|| "none".to_owned(), |status| status.to_string());
        self.ledger()
            .entries()
            .iter()
            .map(|entry| format!("{} {} {}", entry.method, entry.path, shown(entry.status)))
            .collect()
    }
}

/// A script that does nothing but leave a trace in the ledger.
pub(crate) fn script(text: &str) -> Script {
    Script::new(ScriptType::JavaScript, text)
}

/// Lets the time of a call run out, but not before the server has what it sent: however long that takes on a busy machine.
pub(crate) async fn out_of_time<T: Send + 'static>(
    call: impl Future<Output = T> + Send + 'static,
    arrived: impl Fn() -> bool,
) -> T {
    let call = tokio::spawn(call);
    while !arrived() {
        assert!(!call.is_finished(), "it ended before that");
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    // A clock that stands still jumps to the next timer as soon as there is nothing else to do.
    tokio::time::pause();
    let ended = call.await.expect("no panic");
    tokio::time::resume();
    ended
}

pub(crate) async fn run(client: &HacClient, text: &str) -> hac_client::Result<String> {
    client.execute_script(script(text)).await.map(|result| {
        assert!(result.success(), "{}", result.stacktrace_text);
        result.execution_result.expect("a result")
    })
}

/// Asserts the kind, and that the error leaves its reader with a next step.
#[track_caller]
pub(crate) fn assert_kind(error: &Error, kind: ErrorKind) {
    assert_eq!(error.kind(), kind, "{error:?}");
    assert!(error.hint().is_some_and(|hint| !hint.to_string().is_empty()), "no hint: {error:?}");
}

/// Collects the notices of a client.
#[derive(Clone, Default)]
pub(crate) struct Notices(Arc<Mutex<Vec<String>>>);

impl Notices {
    pub(crate) fn of(&self, builder: HacClientBuilder) -> HacClientBuilder {
        let notices = Arc::clone(&self.0);
        builder.on_notice(move |notice| notices.lock().expect("unpoisoned").push(notice.to_string()))
    }

    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lock().expect("unpoisoned").clone()
    }
}

/// A server that answers every request with the same bytes, whatever it was asked, and counts.
pub(crate) struct Foreign {
    pub(crate) url: String,
    pub(crate) requests: Arc<Mutex<Vec<String>>>,
}

impl Foreign {
    pub(crate) fn answering(answer: impl Fn(&str) -> String + Send + 'static) -> Self {
        Self::serving(answer, false)
    }

    /// As [`answering`](Self::answering), but connections stay open: for answers without an end.
    pub(crate) fn holding(answer: impl Fn(&str) -> String + Send + 'static) -> Self {
        Self::serving(answer, true)
    }

    fn serving(answer: impl Fn(&str) -> String + Send + 'static, hold: bool) -> Self {
        use std::io::{Read as _, Write as _};
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        std::thread::spawn(move || {
            let mut held = Vec::new();
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let mut text = Vec::new();
                let mut buffer = [0; 4096];
                while !is_whole(&text) {
                    match stream.read(&mut buffer) {
                        Ok(0) | Err(_) => break,
                        Ok(read) => text.extend_from_slice(&buffer[..read]),
                    }
                }
                let request = String::from_utf8_lossy(&text).into_owned();
                let reply = answer(&request);
                seen.lock().expect("unpoisoned").push(request);
                let _ = stream.write_all(reply.as_bytes());
                if hold {
                    held.push(stream);
                }
            }
        });
        Self { url, requests }
    }

    pub(crate) fn page(status: &str, html: &str) -> String {
        format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{html}",
            html.len()
        )
    }

    pub(crate) fn count(&self) -> usize {
        self.requests.lock().expect("unpoisoned").len()
    }

    /// Method and path of each request so far.
    pub(crate) fn asked(&self) -> Vec<String> {
        let first = |request: &String| request.split(" HTTP/").next().unwrap_or_default().to_owned();
        self.requests.lock().expect("unpoisoned").iter().map(first).collect()
    }

    /// The requests that posted something.
    pub(crate) fn posts(&self) -> Vec<String> {
        let requests = self.requests.lock().expect("unpoisoned");
        requests.iter().filter(|request| request.starts_with("POST ")).cloned().collect()
    }

    /// A client without a cache that has to log in here.
    pub(crate) fn builder(&self, path: &str) -> HacClientBuilder {
        HacClient::builder(format!("{}{path}", self.url))
            .auth_handler(BasicAuthHandler::new("admin", "nimda"))
            .session_persistence(false)
    }

    /// A client with a stored session of this server, and the directory where that is kept.
    pub(crate) fn warm_client(&self) -> (HacClient, TempDir) {
        let cache = TempDir::new().expect("a directory");
        let manager = SessionManager::with_cache_dir(cache.path());
        manager.save_session(&session_of(&self.url)).expect("saved");
        let client = HacClient::builder(&self.url)
            .auth_handler(BasicAuthHandler::new("admin", "nimda"))
            .cache_dir(cache.path())
            .validation(Validation::OnUse)
            .build()
            .expect("a client");
        (client, cache)
    }
}

/// A session as hac-client-core leaves it: without a side file.
pub(crate) fn session_of(url: &str) -> SessionMetadata {
    SessionMetadata {
        session_id: "STORED-SESSION".into(),
        csrf_token: "STORED-TOKEN".into(),
        route_cookie: None,
        environment: "local".into(),
        base_url: url.to_owned(),
        username: "admin".into(),
        created_at: 1_700_000_000.0,
        last_used_at: 1_700_000_000.0,
        is_authenticated: true,
    }
}

/// Whether head and body of a request are there.
fn is_whole(request: &[u8]) -> bool {
    let Some(head) = request.windows(4).position(|end| end == b"\r\n\r\n") else { return false };
    let text = String::from_utf8_lossy(&request[..head]).to_ascii_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length:")).map(str::trim);
    request.len() >= head + 4 + length.map_or(0, |length| length.parse().expect("a length"))
}
