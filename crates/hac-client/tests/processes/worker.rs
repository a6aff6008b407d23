//! What one process of a crew does: it makes one call when it is told to start.

use std::io::Write as _;
use std::path::PathBuf;

use hac_client::blocking::HacClient;
use hac_client::{BasicAuthHandler, Notice, Script, ScriptType, Validation};
use serde::{Deserialize, Serialize};

/// The environment variable that makes a worker of this program.
pub(crate) const MARK: &str = "PROCESSES_TEST_WORKER";

/// The job, sent to the worker on its stdin so that no password is in its arguments.
#[derive(Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) url: String,
    pub(crate) password: String,
    pub(crate) cache: PathBuf,
    pub(crate) probe: bool,
    /// Run once; its result is reported.
    pub(crate) script: String,
}

/// A message of a worker on its stdout, one per line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Message {
    /// The client is built; the worker waits for its second line.
    Ready,
    Notice(Event),
    /// The call was answered with this result.
    Done(String),
    /// The call failed: the code of the kind, and the error in full.
    Failed {
        code: String,
        text: String,
    },
}

/// A notice without its details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Event {
    Waiting,
    Reused,
    Adopted,
    LoggedIn,
    Renewing,
    NotKept,
    NotLocked,
    Other,
}

impl From<&Notice> for Event {
    fn from(notice: &Notice) -> Self {
        match notice {
            Notice::Waiting { .. } => Self::Waiting,
            Notice::Reused => Self::Reused,
            Notice::Adopted => Self::Adopted,
            Notice::LoggedIn => Self::LoggedIn,
            Notice::Renewing => Self::Renewing,
            Notice::NotKept(_) => Self::NotKept,
            Notice::NotLocked(_) => Self::NotLocked,
            _ => Self::Other,
        }
    }
}

/// Reads the job, waits at the barrier, makes the call.
pub(crate) fn work() {
    let mut lines = std::io::stdin().lines().map(|line| line.expect("a line"));
    let job: Job = serde_json::from_str(&lines.next().expect("a job")).expect("a job");
    let client = HacClient::builder(job.url)
        .auth_handler(BasicAuthHandler::new("admin", job.password))
        .cache_dir(job.cache)
        .validation(if job.probe { Validation::Probe } else { Validation::OnUse })
        .timeout(None)
        .on_notice(|notice| send(&Message::Notice(notice.into())))
        .build_blocking()
        .expect("a client");
    send(&Message::Ready);
    // Without this line, the parent has exited.
    if lines.next().is_none() {
        return;
    }
    send(&match client.execute_script(Script::new(ScriptType::JavaScript, job.script)) {
        Ok(result) => Message::Done(result.execution_result.unwrap_or_default()),
        Err(error) => Message::Failed { code: error.kind().code().to_owned(), text: format!("{error:?}") },
    });
}

fn send(message: &Message) {
    let mut line = serde_json::to_string(message).expect("a line");
    line.push('\n');
    // In one piece. The other end reports it if nobody reads.
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(line.as_bytes()).and_then(|()| stdout.flush());
}
