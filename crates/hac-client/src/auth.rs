//! Who logs in, and with what.

use std::fmt;
use std::pin::Pin;
use std::str::FromStr;

use http::HeaderMap;

use crate::error::{Error, ErrorKind, Result};
use crate::hint::Hint;
use crate::secret::Password;

/// A username and its password, as they are posted to the login form.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Credentials {
    /// The name that goes into `j_username`.
    pub username: String,
    /// The password that goes into `j_password`.
    pub password: Password,
}

impl Credentials {
    /// A username and its password.
    pub fn new(username: impl Into<String>, password: impl Into<Password>) -> Self {
        Self { username: username.into(), password: password.into() }
    }
}

/// A future in a box: what an asynchronous method of a trait object returns.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Cookies that a single sign-on set, in the form of a `Cookie` header: `JSESSIONID=…; ROUTE=.r1`.
///
/// ```
/// # fn main() -> hac_client::Result<()> {
/// let cookies: hac_client::Cookies = "JSESSIONID=0123456789ABCDEF; ROUTE=.r1".parse()?;
/// # assert_eq!(format!("{cookies:?}"), "Cookies(2, redacted)");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Cookies(Vec<(String, Password)>);

impl Cookies {
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.expose()))
    }
}

impl FromStr for Cookies {
    type Err = Error;

    /// Reads `NAME=VALUE`, several with `;` between them. A usage error names what is wrong, and never repeats a value.
    fn from_str(text: &str) -> Result<Self> {
        let wrong = |why: &str| {
            Error::new(ErrorKind::Usage, "read the cookies")
                .because(why)
                .with_hint("write them as in the header Cookie: JSESSIONID=VALUE; ROUTE=VALUE")
        };
        let pairs = text.trim().split(';').map(str::trim).filter(|pair| !pair.is_empty());
        let cookies: Vec<_> = pairs
            .map(|pair| {
                let (name, value) = pair.split_once('=').ok_or_else(|| wrong("one of them has no value"))?;
                if !is_token(name) {
                    return Err(wrong("one of them has a name that no cookie can have"));
                }
                if !is_cookie_value(value) {
                    return Err(wrong(&format!("{name} is empty or holds characters that cannot be sent")));
                }
                Ok((name.to_owned(), Password::from(value)))
            })
            .collect::<Result<_>>()?;
        if cookies.is_empty() { Err(wrong("there are none")) } else { Ok(Self(cookies)) }
    }
}

impl fmt::Debug for Cookies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cookies({}, redacted)", self.0.len())
    }
}

/// Whether a cookie may have this name.
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// Whether a cookie may have this value.
pub(crate) fn is_cookie_value(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\",;\\".contains(&byte))
}

/// Says who the user is, and finds cookies or a password when a login needs them.
///
/// A warm call never asks for either: [`cookies`](Self::cookies) and then [`credentials`](Self::credentials) are called for a
/// login only, before the lock of the session is taken.
pub trait AuthHandler: Send + Sync {
    /// The user whose session this is. Part of the session's key: no prompt and no I/O here.
    fn username(&self) -> &str;

    /// The cookies of a single sign-on, which make a session without a password. May call out, and take its time: there is no
    /// limit for it. Default: none.
    ///
    /// They go to HAC's origin only, and into the session's cookies. Where the server does not accept them, a login with
    /// [`credentials`](Self::credentials) follows, which sends them too; without credentials the call fails with the kind
    /// `session_ended`.
    ///
    /// ```
    /// # use hac_client::{AuthHandler, BoxFuture, Cookies, Result};
    /// # struct SingleSignOn;
    /// # impl SingleSignOn { async fn ask(&self) -> Result<String> { Ok("JSESSIONID=0".to_owned()) } }
    /// impl AuthHandler for SingleSignOn {
    ///     fn username(&self) -> &str {
    ///         "admin"
    ///     }
    ///
    ///     fn cookies(&self) -> BoxFuture<'_, Result<Option<Cookies>>> {
    ///         Box::pin(async { Ok(Some(self.ask().await?.parse()?)) })
    ///     }
    /// }
    /// ```
    fn cookies(&self) -> BoxFuture<'_, Result<Option<Cookies>>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    /// The credentials for a login. May prompt or call out, and block: it is called on a thread of its own. Default: none.
    ///
    /// `None` means that there are none: a cold call then fails with the kind `config`, a dead
    /// session with `session_ended`, both with [`no_credentials_hint`](Self::no_credentials_hint).
    fn credentials(&self) -> Result<Option<Credentials>> {
        Ok(None)
    }

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

/// A user without a password: for a session that is stored, or was [imported](crate::SessionManager::import_session).
///
/// A client with this handler never logs in. When the session has ended its calls fail with the kind `session_ended`.
#[derive(Debug, Clone)]
pub struct NoCredentials {
    username: String,
}

impl NoCredentials {
    /// The user whose session is used.
    pub fn new(username: impl Into<String>) -> Self {
        Self { username: username.into() }
    }
}

impl AuthHandler for NoCredentials {
    fn username(&self) -> &str {
        &self.username
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_read_as_a_browser_writes_them() {
        let cookies: Cookies = " JSESSIONID=a=b; ROUTE=.r1 ;\n".parse().expect("two cookies");
        assert_eq!(cookies.iter().collect::<Vec<_>>(), [("JSESSIONID", "a=b"), ("ROUTE", ".r1")]);
    }

    #[test]
    fn what_is_no_cookie_is_refused_without_being_shown() {
        for (text, why) in [
            ("", "none"),
            (" ; ", "none"),
            ("SECRET", "no value"),
            ("a SECRET=1", "a name"),
            ("A=", "A is empty"),
            ("A=SE CRET", "A is empty or holds"),
            ("A=\u{e4}SECRET", "A is empty or holds"),
        ] {
            let error = text.parse::<Cookies>().expect_err(text);
            assert_eq!(error.kind(), ErrorKind::Usage);
            assert!(error.why().contains(why) && !format!("{error:?}").contains("CRET"), "{error:?}");
        }
    }
}
