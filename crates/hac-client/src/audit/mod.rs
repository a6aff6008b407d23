//! A log of everything that this machine changed on servers.
//!
//! Off by default; [`HacClientBuilder::audit`](crate::HacClientBuilder::audit) turns it on. Each call that writes or destroys has two
//! lines of JSON in the file: one before it is sent, so that a killed process leaves a trace, and one with its outcome. A line says
//! when, who (the user of this machine and the user of HAC), where, and what: a hash of what was sent and its first line, never the
//! whole, and never a password, a token or the value of a parameter.
//!
//! ```no_run
//! use hac_client::audit::Audit;
//! use hac_client::{BasicAuthHandler, Commit, HacClient};
//!
//! # async fn example() -> hac_client::Result<()> {
//! let audit = Audit::in_default_file();
//! let client = HacClient::builder("https://localhost:9002")
//!     .auth_handler(BasicAuthHandler::new("admin", "nimda"))
//!     .audit(audit.clone().required())
//!     .build()?;
//! client.execute_groovy("return 1", Commit::Yes).await?;
//! for entry in audit.entries(20, |_| true)?.entries {
//!     println!("{} {} {}", entry.at, entry.operation, entry.outcome.unwrap_or_default());
//! }
//! # Ok(())
//! # }
//! ```

mod entry;
mod file;
mod line;
mod log;
mod place;
mod reader;
mod subject;

use std::path::PathBuf;

use crate::error::Result;
pub use entry::{AuditEntries, AuditEntry};
pub(crate) use log::{AuditLog, Planned, Record};
use place::Place;
pub(crate) use reader::read;
pub(crate) use subject::{FIRST_LINE_CHARS, Subject, first_line, hexadecimal, names_a_secret};

/// Where and how the writes of a client are recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Audit {
    file: Option<PathBuf>,
    required: bool,
    run: Option<String>,
}

impl Audit {
    /// Returns the log in the default file: `$XDG_STATE_HOME/hac-client/audit.jsonl`, or else
    /// `~/.local/state/hac-client/audit.jsonl`; on Windows `%LOCALAPPDATA%\hac-client\audit.jsonl`.
    pub fn in_default_file() -> Self {
        Self { file: None, required: false, run: None }
    }

    /// Returns the log in this file. It is created with the first write, readable only by its owner.
    pub fn in_file(file: impl Into<PathBuf>) -> Self {
        Self { file: Some(file.into()), ..Self::in_default_file() }
    }

    /// Refuses a write that cannot be recorded, with [`Protected`](crate::ErrorKind::Protected). Default: it is sent, and a
    /// [notice](crate::Notice::NotAudited) says once that it was not recorded.
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Sets the id of the run, which groups the writes of a client. Default: a random one.
    pub fn run(mut self, id: impl Into<String>) -> Self {
        self.run = Some(id.into());
        self
    }

    /// Returns the path of the file.
    ///
    /// # Errors
    /// [`Io`](crate::ErrorKind::Io) if the home directory is unknown.
    pub fn path(&self) -> Result<PathBuf> {
        self.place().map(|place| place.path)
    }

    /// Returns the last entries that are wanted, the oldest first; at most `most` of them, or all if that is 0. Blocks while it reads.
    ///
    /// An entry has no outcome if it is being executed, or if its process was killed. Without a file there are no entries.
    ///
    /// # Errors
    /// [`Io`](crate::ErrorKind::Io) if the file cannot be read, or is not one of ours.
    pub fn entries(&self, most: usize, wanted: impl Fn(&AuditEntry) -> bool) -> Result<AuditEntries> {
        let place = self.place()?;
        let Some(file) = file::open(&place)? else { return Ok(AuditEntries::default()) };
        read(std::io::BufReader::new(file), most, wanted).map_err(|cause| file::failed("read", &place.path, &cause))
    }

    fn place(&self) -> Result<Place> {
        match &self.file {
            Some(path) => Ok(Place { path: path.clone(), is_default: false }),
            None => Place::by_default(),
        }
    }
}

#[cfg(test)]
mod tests;
