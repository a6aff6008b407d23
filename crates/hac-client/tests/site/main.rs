//! The Rust that the documents show. `scripts/documents.py` looks for each of their blocks here or in `examples`.

#![expect(clippy::print_stdout, reason = "the documents print what they read")]
#![expect(clippy::print_stderr, reason = "what is left out is said")]

mod readme;
mod start;
mod tabs;

use std::error::Error;

use hac_client::{BasicAuthHandler, HacClient, Script, ScriptType};
use hac_simulator::{Simulator, SimulatorHandle, StartError};
use tempfile::TempDir;

type Shown = Result<(), Box<dyn Error>>;

/// A simulated HAC, a directory for sessions and files, and a client.
struct Hac {
    simulator: SimulatorHandle,
    directory: TempDir,
}

impl Hac {
    fn start() -> Self {
        let builder = || Simulator::builder().update_duration(std::time::Duration::from_millis(100));
        let simulator = match builder().groovy(true).start() {
            Err(StartError::NoGroovy) => builder().start(),
            started => started,
        };
        Self { simulator: simulator.expect("a simulator"), directory: TempDir::new().expect("a directory") }
    }

    fn client(&self) -> HacClient {
        HacClient::builder(self.simulator.url())
            .auth_handler(BasicAuthHandler::new("admin", "nimda"))
            .cache_dir(self.directory.path().join("sessions"))
            // On a busy machine a Groovy takes its time to start.
            .timeout(None)
            .build()
            .expect("a client")
    }

    /// Whether scripts in Groovy run on this machine.
    async fn has_groovy(&self) -> bool {
        let there = self.client().execute_script(Script::new(ScriptType::Groovy, "1")).await.is_ok();
        if !there {
            eprintln!("left out: no groovy on the PATH");
        }
        there
    }
}
