//! A client for SAP Commerce's administration console (HAC) that manages its session by itself.
//!
//! The first call logs in, or reuses the session that an earlier process stored. A session that has ended is renewed during the
//! call. A request that may have been executed is never sent again.
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
//! # Where to start
//! - [`HacClient`] has a method for each operation; [`HacClientBuilder`] sets the connection up.
//! - [`guide`] explains [sessions](guide::sessions), [errors](guide::errors), [resending](guide::resending) and
//!   [streaming](guide::streaming), and shows [seven short programs](guide::examples).
//! - [`console`], [`platform`] and [`monitoring`] hold the types of HAC's tabs; [`session`], [`tls`] and [`network`] those of the
//!   connection.
//! - [`comparison`] finds what differs between two servers, and [`mask`] hides values in copies and in rows.
//! - [`request`] sends requests to pages of HAC that this library has no method for.
//!
//! # Arguments
//! Requests are `impl Into<…>`: a text where a text says it all, an owned request, or a reference to one. Plans are taken by
//! reference, because they are used more than once. Names and keys are `&str`, times are [`Duration`](std::time::Duration)s.
//! Results have a method `success()` that returns whether the server reports success.
//!
//! # Features
//! `blocking` (on by default): the blocking client. It adds no dependency.
//!
//! Calls of the asynchronous client need a tokio runtime with I/O and time, as `#[tokio::main]` makes it.
//!
//! # Public dependencies
//! Types of [`http`], [`serde`], [`serde_json`] and [`futures_core`] are part of the API; the crates are re-exported here.

pub mod audit;
mod auth;
#[cfg(feature = "blocking")]
pub mod blocking;
mod builder;
mod client;
mod column_names;
pub mod comparison;
pub mod console;
pub mod diagnosis;
mod engine;
mod entities;
mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod guide;
mod hint;
mod limits;
pub mod mask;
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
pub mod protection;
pub mod request;
mod secret;
mod serialized;
mod server_text;
pub mod session;
mod state;
mod transport;
mod unfinished;
mod writes;

pub use auth::{AuthHandler, BasicAuthHandler, BoxFuture, Cookies, Credentials, NoCredentials, OutgoingRequest};
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
pub use {bytes, futures_core, http, serde, serde_json};

/// Trusted certificates, and the client's own certificate.
pub mod tls {
    pub use crate::transport::tls::{ClientCertificate, Fingerprint, Trust};
}

/// The address of HAC, and the proxy in front of it.
pub mod network {
    pub use crate::origin::{BaseUrl, ContextPath, Origin};
    pub use crate::transport::network::Proxy;
}

/// Downloaded files, and the removal of unfinished ones.
pub mod files {
    pub use crate::engine::download::ByteSink;
    pub use crate::unfinished::{NewFile, Overwrite, remove_unfinished_files};
}
