//! Who logs in, and with what.

use http::HeaderMap;

use crate::error::Result;
use crate::hint::Hint;
use crate::secret::Password;

/// A username and its password, as they are posted to the login form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The name that goes into `j_username`.
    pub username: String,
    /// The password that goes into `j_password`.
    pub password: Password,
}

/// Says who the user is, and finds the password when a login needs one.
///
/// A warm call never asks for credentials: [`credentials`](Self::credentials) is called for a
/// login only, before the lock of the session is taken, on a thread that may block.
pub trait AuthHandler: Send + Sync {
    /// The user whose session this is. Part of the session's key: no prompt and no I/O here.
    fn username(&self) -> &str;

    /// The credentials for a login. May prompt or call out.
    ///
    /// `None` means that there are none: a cold call then fails with the kind `config`, a dead
    /// session with `session_ended`, both with [`no_credentials_hint`](Self::no_credentials_hint).
    fn credentials(&self) -> Result<Option<Credentials>>;

    /// Adds headers to a request. Called for every request, all of which go to the asked origin.
    fn apply(&self, headers: &mut HeaderMap) {
        let _ = headers;
    }

    /// Passwords that are known without asking anybody: never shown, should a server repeat one that this client did not send.
    ///
    /// What [`credentials`](Self::credentials) returns is known from then on by itself. No prompt and no I/O here.
    fn known_passwords(&self) -> Vec<Password> {
        Vec::new()
    }

    /// What to tell a user who has no credentials at hand.
    fn no_credentials_hint(&self) -> Hint {
        "give the client an AuthHandler that has credentials, or import the session again".into()
    }
}

/// A username and a password that are known beforehand.
#[derive(Debug, Clone)]
pub struct BasicAuthHandler {
    credentials: Credentials,
}

impl BasicAuthHandler {
    /// Keeps both in memory for as long as the client lives.
    pub fn new(username: impl Into<String>, password: impl Into<Password>) -> Self {
        Self { credentials: Credentials { username: username.into(), password: password.into() } }
    }
}

impl AuthHandler for BasicAuthHandler {
    fn username(&self) -> &str {
        &self.credentials.username
    }

    fn credentials(&self) -> Result<Option<Credentials>> {
        Ok(Some(self.credentials.clone()))
    }

    fn known_passwords(&self) -> Vec<Password> {
        vec![self.credentials.password.clone()]
    }
}
