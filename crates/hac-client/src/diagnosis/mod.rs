//! The way to HAC step by step, for a program that finds out why it fails.
//!
//! Every step uses the settings of the client: its proxy, its trust, its time limits. Nothing posts anything or stores anything.
//!
//! ```no_run
//! # async fn example(client: hac_client::HacClient) -> hac_client::Result<()> {
//! let diagnosis = client.diagnosis();
//! let host = diagnosis.resolve().await?;
//! let reached = diagnosis.connect(&host).await?;
//! println!("{} answers after {:?}", reached.address, reached.elapsed);
//! let found = diagnosis.find_console().await;
//! if let Some(certificate) = diagnosis.certificate() {
//!     println!("{}", certificate.fingerprint);
//! }
//! println!("HAC is at {}", found?.context_path);
//! # Ok(())
//! # }
//! ```

mod certificate;
mod console;
mod facts;
mod hop;
mod tab;

pub use certificate::{CertificateContents, ServerCertificate};
pub use console::{FoundConsole, ReleaseGuess};
pub use facts::ServerFacts;
pub use hop::{ProxyInUse, ReachedHost, ResolvedHost};
pub use tab::{ConsoleTab, TabAccess};

use crate::client::HacClient;

/// The way to HAC step by step, see the [module](self).
#[derive(Debug, Clone)]
pub struct Diagnosis {
    client: HacClient,
}

impl HacClient {
    /// Returns the steps of the way to HAC. Sends nothing by itself.
    pub fn diagnosis(&self) -> Diagnosis {
        Diagnosis { client: self.clone() }
    }
}
