//! hac-client-core 0.1.2, a client in Python, and ours beside it: whoever is asked a question of [`questions`](crate::questions).

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use hac_client::tls::Trust;
use hac_client::{BasicAuthHandler, Commit, Error, HacClient, Script, ScriptType};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::program;
use crate::spring::Failed;

/// What came of a call: the result's text, or the name of the error.
pub(crate) type Outcome = Result<String, String>;

/// Who is asked.
#[derive(Clone)]
pub(crate) enum Who {
    Ours,
    Theirs(Peer),
}

/// A client of either kind; its scripts are committed.
pub(crate) enum Client {
    Ours(HacClient),
    Theirs(Peer),
}

/// Where and as whom; the same for both kinds.
pub(crate) struct Target {
    pub(crate) url: String,
    pub(crate) password: &'static str,
    /// Where sessions are kept, if they are: clients with the same one share them.
    pub(crate) kept: Option<Arc<Kept>>,
}

/// A place for sessions.
pub(crate) struct Kept {
    directory: TempDir,
    environment: String,
}

impl Kept {
    pub(crate) fn anywhere() -> Arc<Self> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let environment = format!("kept-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        Arc::new(Self { directory: tempfile::tempdir().expect("a directory"), environment })
    }
}

impl Who {
    pub(crate) async fn client(&self, target: &Target) -> Client {
        match self {
            Self::Ours => {
                let builder = HacClient::builder(&target.url)
                    .auth_handler(BasicAuthHandler::new("admin", target.password))
                    .trust(Trust::Nothing)
                    .max_in_flight(32);
                let builder = match &target.kept {
                    Some(kept) => builder.cache_dir(kept.directory.path()),
                    None => builder.session_persistence(false),
                };
                Client::Ours(builder.build().expect("a client"))
            }
            Self::Theirs(peer) => {
                let environment = target.kept.as_ref().map_or("none", |kept| kept.environment.as_str());
                peer.ask(json!({
                    "do": "client",
                    "url": target.url,
                    "user": "admin",
                    "password": target.password,
                    "environment": environment,
                    "keep": target.kept.is_some(),
                }))
                .await;
                Client::Theirs(peer.clone())
            }
        }
    }
}

impl Client {
    pub(crate) async fn run(&self, script: &str) -> Outcome {
        self.run_at_once(script, 1).await.remove(0)
    }

    pub(crate) async fn run_at_once(&self, script: &str, times: usize) -> Vec<Outcome> {
        match self {
            Self::Ours(client) => {
                let mut running = JoinSet::new();
                for _ in 0..times {
                    let (client, script) =
                        (client.clone(), Script::new(ScriptType::Groovy, script).commit(Commit::Yes));
                    running.spawn(async move {
                        let answer = client.execute_script(script).await.or_else(Error::into_outcome);
                        let result = answer.map_err(|error| error.kind().code().to_owned())?;
                        Ok(result.execution_result.unwrap_or_default())
                    });
                }
                running.join_all().await
            }
            Self::Theirs(peer) => peer.outcomes("script", script, times).await,
        }
    }

    pub(crate) async fn query(&self, query: &str) -> Outcome {
        match self {
            Self::Ours(client) => match client.execute_flexiblesearch(query).await.or_else(Error::into_outcome) {
                Ok(result) => Ok(result.rows.len().to_string()),
                Err(error) => Err(error.kind().code().to_owned()),
            },
            Self::Theirs(peer) => peer.outcomes("query", query, 1).await.remove(0),
        }
    }
}

/// `peer.py` in a Python that has hac-client-core. It ends with its standard input.
#[derive(Clone)]
pub(crate) struct Peer(Arc<Mutex<Conversation>>);

struct Conversation {
    process: Child,
    says: BufReader<ChildStdout>,
    _home: TempDir,
}

impl Peer {
    /// The Python is `HAC_PEER_PYTHON`, or that of the stage `interop` of `scripts/test.sh`.
    pub(crate) fn start() -> Result<Self, Failed> {
        let interop = program::target().join("interop/venv/bin/python");
        let python = std::env::var_os("HAC_PEER_PYTHON").map_or(interop, Into::into);
        let home = tempfile::tempdir().map_err(|cause| Failed::broken(cause.to_string()))?;
        let importable = Command::new(&python)
            .args(["-c", "import hac_client_core"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if !importable.is_ok_and(|status| status.success()) {
            return Err(Failed::missing("hac-client-core is not installed: scripts/test.sh interop does that"));
        }
        let mut process = Command::new(&python)
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("peer.py"))
            // It keeps its sessions below the home directory, and would ask a proxy for loopback.
            .env("HOME", home.path())
            .env("NO_PROXY", "*")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONWARNINGS", "ignore")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|cause| Failed::broken(format!("{} does not start: {cause}", python.display())))?;
        let says = BufReader::new(process.stdout.take().expect("a piped standard output"));
        Ok(Self(Arc::new(Mutex::new(Conversation { process, says, _home: home }))))
    }

    async fn outcomes(&self, what: &str, text: &str, times: usize) -> Vec<Outcome> {
        let answer = self.ask(json!({"do": what, "text": text, "times": times})).await;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let outcomes = answer["outcomes"].as_array().expect("outcomes").iter();
        outcomes.map(|one| text(&one["answer"]).ok_or_else(|| text(&one["error"]).expect("an error"))).collect()
    }

    async fn ask(&self, command: Value) -> Value {
        let conversation = Arc::clone(&self.0);
        let ask = move || {
            let mut conversation = conversation.lock().expect("no panic in between");
            let mut to = conversation.process.stdin.as_ref().expect("a piped standard input");
            writeln!(to, "{command}").expect("it takes commands");
            let mut line = String::new();
            conversation.says.read_line(&mut line).expect("it answers");
            serde_json::from_str(&line).unwrap_or_else(|cause| panic!("peer.py said {line:?}: {cause}"))
        };
        tokio::task::spawn_blocking(ask).await.expect("no panic")
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        // It has nothing to keep, and may be stuck in a call.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
