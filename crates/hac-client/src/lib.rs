//! A client for SAP Commerce's administration console (HAC) whose sessions just work.

mod error;
mod origin;
mod secret;

pub use error::{Error, ErrorKind, Result};
pub use origin::{BaseUrl, ContextPath, Origin};
pub use secret::{CsrfToken, Password, SessionId};
