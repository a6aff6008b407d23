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

mod auth;
pub mod blocking;
mod builder;
mod client;
mod console;
mod engine;
mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod hint;
mod limits;
mod monitoring;
mod notice;
mod offload;
mod origin;
mod os;
mod outcome;
mod page;
mod platform;
mod progress;
mod request;
mod secret;
mod server_text;
mod session;
mod transport;
mod unfinished;
mod writes;

pub use auth::{AuthHandler, BasicAuthHandler, Credentials};
pub use builder::HacClientBuilder;
pub use client::HacClient;
pub use console::flexsearch::sink::{FlexibleSearchSummary, QueryFailure, RowSink};
pub use console::flexsearch::stream::RowStream;
pub use console::flexsearch::{DEFAULT_MAX_COUNT, FlexibleSearch, FlexibleSearchResult};
pub use console::impex::{
    ArchiveEntry, ExportMode, ImpexArchive, ImpexExport, ImpexExportResult, ImpexFailure, ImpexImport, ImpexResult,
    ImpexSwitch, ValidationMode,
};
pub use console::parameter::{DecimalValue, JsonValue, ParamType, ParamValue};
pub use console::script_type::ScriptType;
pub use console::scripting::{Commit, Script, ScriptResult};
pub use engine::download::ByteSink;
pub use error::{Error, ErrorKind, Result};
pub use futures_core::Stream;
pub use hint::{Hint, Offered};
pub use http::{HeaderMap, HeaderName, HeaderValue};
pub use monitoring::cronjobs::CronJob;
pub use monitoring::{Acknowledgement, Switch};
pub use notice::Notice;
pub use origin::{BaseUrl, ContextPath, Origin};
pub use outcome::Outcome;
pub use page::update_log::{LogLine, LogLineKind};
pub use platform::config::{Property, PropertyChange};
pub use platform::init::UpdateResult;
pub use platform::init::data::{PendingPatch, ProjectData, UpdateData, UpdateParameter};
pub use platform::init::log::UpdateLog;
pub use platform::init::plan::{Initialization, InitializationPlan, Schema, Update, UpdatePlan};
pub use platform::init::run::{FollowedRun, KnownFrom, LogSink, UpdateOutcome, UpdateRun, Watch};
pub use platform::init::status::UpdateStatus;
pub use platform::log4j::{LogLevel, LogLevelChange, Logger};
pub use platform::pk::PkAnalysis;
pub use progress::Progress;
pub use request::{HacAnswer, HacRequest};
pub use secret::{CsrfToken, Password, SessionId};
pub use session::manager::{PortableSession, SessionManager};
pub use session::metadata::SessionMetadata;
pub use session::{SessionInfo, SessionSource, SessionState, Validation};
pub use transport::network::Proxy;
pub use transport::resend::Effect;
pub use transport::tls::{ClientCertificate, Fingerprint, Trust};
pub use unfinished::{Overwrite, remove_unfinished_files};
pub use writes::Writes;
