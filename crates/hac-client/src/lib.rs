//! A client for SAP Commerce's administration console (HAC) whose sessions just work.

mod error;
mod origin;
mod secret;
mod session;

pub use error::{Error, ErrorKind, Result};
pub use origin::{BaseUrl, ContextPath, Origin};
pub use secret::{CsrfToken, Password, SessionId};
pub use session::manager::{PortableSession, SessionManager};
pub use session::metadata::SessionMetadata;
