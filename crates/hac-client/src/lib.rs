//! A client for SAP Commerce's administration console (HAC) whose sessions just work.
//!
//! The first call logs in, or takes the session that an earlier process stored; a session that
//! has ended is renewed; what was executed is never sent again.
//!
//! ```no_run
//! use hac_client::{BasicAuthHandler, Commit, HacClient, SessionManager};
//!
//! # async fn example() -> hac_client::Result<()> {
//! let client = HacClient::builder("https://localhost:9002")
//!     .auth_handler(BasicAuthHandler::new("admin", "nimda"))
//!     .environment("local")
//!     .session_persistence(true)
//!     .build()?;
//! let run = client.execute_groovy("return 'Hello'", Commit::No).await?;
//! println!("{:?}", run.execution_result);
//!
//! let manager = SessionManager::new()?;
//! for session in manager.list_sessions()? {
//!     println!(
//!         "{:12} {:40} created={} idle={:.0}s",
//!         session.environment,
//!         session.base_url,
//!         session.created_at_formatted(),
//!         session.idle_seconds()
//!     );
//! }
//! let cleared = manager.clear_all_sessions()?;
//! # Ok(())
//! # }
//! ```
//!
//! Programs without an asynchronous runtime use [`blocking::HacClient`].
//!
//! [`guide`] explains sessions, errors, resending and streaming once each, and shows seven short programs. The areas of HAC have a
//! module each: [`console`], [`platform`], [`monitoring`]; what a client is made of is in [`session`], [`tls`] and [`network`].
//! [`request`] is for pages of HAC that this library has no call for.
//!
//! # Arguments
//! What the short calls send is taken as `impl Into<…>`: a text, a request, or a reference to one. [`Script`]s and queries whose rows go
//! to a sink are taken by reference. Names and keys are `&str`, times are [`Duration`](std::time::Duration)s, and results say with `success()` whether the server calls them one.
//!
//! # Features
//! `blocking` (on by default): the blocking client. It brings no dependency.
//!
//! # Foreign types
//! Those of [`http`], [`serde`], [`serde_json`] and [`futures_core`] are part of the interface, and the crates are passed on here.

mod auth;
#[cfg(feature = "blocking")]
#[cfg(feature = "blocking")]
pub mod blocking;
mod builder;
mod client;
pub mod console;
mod engine;
mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod guide;
mod hint;
mod limits;
pub mod monitoring;
mod named;
mod nearest;
mod notice;
mod offload;
mod origin;
mod os;
mod outcome;
mod page;
pub mod platform;
mod progress;
pub mod request;
mod secret;
mod serialized;
mod server_text;
pub mod session;
mod transport;
mod unfinished;
mod writes;

pub use auth::{AuthHandler, BasicAuthHandler, BoxFuture, Cookies, Credentials, NoCredentials};
pub use builder::HacClientBuilder;
pub use client::HacClient;
pub use console::{
    Commit, FlexibleSearch, FlexibleSearchResult, ImpexImport, ImpexResult, RowStream, Script, ScriptResult, ScriptType,
};
pub use error::{Error, ErrorKind, Result};
pub use hint::Hint;
pub use nearest::nearest_names;
pub use notice::Notice;
pub use outcome::Outcome;
pub use progress::Progress;
pub use secret::Password;
pub use session::{SessionManager, Validation};
pub use unfinished::Overwrite;
pub use writes::Writes;
pub use {futures_core, http, serde, serde_json};

/// Which certificates are trusted, and ours.
pub mod tls {
    pub use crate::transport::tls::{ClientCertificate, Fingerprint, Trust};
}

/// Where HAC is, and the way to it.
pub mod network {
    pub use crate::origin::{BaseUrl, ContextPath, Origin};
    pub use crate::transport::network::Proxy;
}

/// Files that are downloaded, and what is left of them when a program ends on the way.
pub mod files {
    pub use crate::engine::download::ByteSink;
    pub use crate::unfinished::{NewFile, Overwrite, remove_unfinished_files};
}
