//! A running simulator.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::sync::oneshot;

use crate::faults::Faults;
use crate::knobs::Knobs;
use crate::ledger::Ledger;
use crate::state::State;

/// A running simulator. It stops when this is dropped.
#[must_use = "the simulator stops when its handle is dropped"]
pub struct SimulatorHandle {
    state: Arc<State>,
    port: u16,
    control_port: Option<u16>,
    certificate: Option<Certificate>,
    running: Option<Running>,
}

struct Running {
    stop: oneshot::Sender<Infallible>,
    thread: JoinHandle<std::io::Result<()>>,
}

pub(crate) struct Certificate {
    pem: String,
    sha256: String,
}

impl Certificate {
    pub(crate) fn new(pem: String, der: &[u8]) -> Self {
        use std::fmt::Write as _;
        let sha256 = Sha256::digest(der).iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        Self { pem, sha256 }
    }
}

impl SimulatorHandle {
    pub(crate) fn new(
        state: Arc<State>,
        port: u16,
        control_port: Option<u16>,
        certificate: Option<Certificate>,
        stop: oneshot::Sender<Infallible>,
        thread: JoinHandle<std::io::Result<()>>,
    ) -> Self {
        Self { state, port, control_port, certificate, running: Some(Running { stop, thread }) }
    }

    /// Scheme, 127.0.0.1 and port, such as `http://127.0.0.1:9001`: without the context path and without a slash at its end.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.state.https { "https" } else { "http" };
        format!("{scheme}://127.0.0.1:{}", self.port)
    }

    /// The port of the pages.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address of the control port, if one was asked for.
    #[must_use]
    pub fn control_url(&self) -> Option<String> {
        self.control_port.map(|port| format!("http://127.0.0.1:{port}"))
    }

    /// The certificate as PEM, on https.
    #[must_use]
    pub fn certificate_pem(&self) -> Option<&str> {
        self.certificate.as_ref().map(|certificate| certificate.pem.as_str())
    }

    /// The SHA-256 of the certificate in lower-case hex, on https.
    #[must_use]
    pub fn certificate_sha256(&self) -> Option<String> {
        self.certificate.as_ref().map(|certificate| certificate.sha256.clone())
    }

    /// The knobs that the simulator runs with.
    #[must_use]
    pub fn knobs(&self) -> &Knobs {
        &self.state.knobs
    }

    /// What arrived, what was answered, and what really ran.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.state.ledger
    }

    /// Begins a cron job that runs for this long; two others run already.
    pub fn run_cron_job(&self, code: &str, lasts: Duration) {
        self.state.cron_jobs.run(code, lasts);
    }

    /// Lets distributed imports wait in front of their work: their cron jobs are running, and nothing is imported. Or lets them go on.
    pub fn hold_import_jobs(&self, held: bool) {
        self.state.import_jobs.hold(held);
    }

    /// Makes things go wrong.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.state.faults
    }

    /// Stops it: its connections end, and its ports are free again.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(Running { stop, thread }) = self.running.take() {
            self.state.import_jobs.hold(false);
            drop(stop);
            // A panic in the server's thread was reported there; stopping is all that is left to do.
            let _ = thread.join();
        }
    }
}

impl Drop for SimulatorHandle {
    fn drop(&mut self) {
        self.end();
    }
}

impl fmt::Debug for SimulatorHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimulatorHandle")
            .field("url", &self.url())
            .field("control_url", &self.control_url())
            .finish_non_exhaustive()
    }
}
