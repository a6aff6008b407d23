//! A simulated HAC with a cache directory of its own, and clients for it.

use std::sync::{Arc, Mutex};

use hac_client::{BasicAuthHandler, Error, ErrorKind, HacClient, HacClientBuilder, Script, ScriptType, SessionManager, Validation};
use hac_simulator::{Ledger, Simulator, SimulatorBuilder, SimulatorHandle};
use tempfile::TempDir;

pub(crate) const EXECUTE: &str = "/console/scripting/execute";
pub(crate) const QUERY: &str = "/console/flexsearch/execute";

pub(crate) struct Hac {
    pub(crate) simulator: SimulatorHandle,
    pub(crate) cache: TempDir,
}

impl Hac {
    pub(crate) fn start() -> Self {
        Self::with(|simulator| simulator)
    }

    pub(crate) fn with(adjust: impl FnOnce(SimulatorBuilder) -> SimulatorBuilder) -> Self {
        let simulator = adjust(Simulator::builder().products(50)).start().expect("a simulator");
        Self { simulator, cache: TempDir::new().expect("a directory") }
    }

    /// A client as another process would build it: nothing shared but the cache.
    pub(crate) fn builder(&self) -> HacClientBuilder {
        HacClient::builder(self.simulator.url())
            .auth_handler(BasicAuthHandler::new("admin", "nimda"))
            .cache_dir(self.cache.path())
            .validation(Validation::OnUse)
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
        self.ledger().entries().iter().map(|entry| format!("{} {} {}", entry.method, entry.path, shown(entry.status))).collect()
    }
}

/// A script that does nothing but leave a trace in the ledger.
pub(crate) fn script(text: &str) -> Script {
    Script::new(ScriptType::JavaScript, text)
}

pub(crate) async fn run(client: &HacClient, text: &str) -> hac_client::Result<String> {
    client.execute_script(&script(text)).await.map(|result| {
        assert!(result.success(), "{}", result.stacktrace_text);
        result.execution_result.expect("a result")
    })
}

/// Asserts the kind, and that the error leaves its reader with a next step.
#[track_caller]
pub(crate) fn assert_kind(error: &Error, kind: ErrorKind) {
    assert_eq!(error.kind(), kind, "{error:?}");
    assert!(error.hint().is_some_and(|hint| !hint.is_empty()), "no hint: {error:?}");
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
        use std::io::{Read as _, Write as _};
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let mut text = Vec::new();
                let mut buffer = [0; 4096];
                while !text.windows(4).any(|end| end == b"\r\n\r\n") {
                    match stream.read(&mut buffer) {
                        Ok(0) | Err(_) => break,
                        Ok(read) => text.extend_from_slice(&buffer[..read]),
                    }
                }
                let request = String::from_utf8_lossy(&text).into_owned();
                let reply = answer(&request);
                seen.lock().expect("unpoisoned").push(request);
                let _ = stream.write_all(reply.as_bytes());
            }
        });
        Self { url, requests }
    }

    pub(crate) fn page(status: &str, html: &str) -> String {
        format!("HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{html}", html.len())
    }

    pub(crate) fn count(&self) -> usize {
        self.requests.lock().expect("unpoisoned").len()
    }
}
