//! Authentication: who logs in, and with what.

use std::fmt;
use std::pin::Pin;
use std::str::FromStr;

use bytes::Bytes;
use http::{HeaderMap, Method};

use crate::error::{Error, ErrorKind, Result};
use crate::hint::Hint;
use crate::secret::Password;

/// A username and a password, as posted to the login form.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Credentials {
    /// The value of `j_username`.
    pub username: String,
    /// The value of `j_password`.
    pub password: Password,
    /// Further fields of the form, such as a one-time code. They replace the page's own fields of the same name.
    pub fields: Vec<(String, Password)>,
}

impl Credentials {
    /// Returns credentials of this username and password.
    pub fn new(username: impl Into<String>, password: impl Into<Password>) -> Self {
        Self { username: username.into(), password: password.into(), fields: Vec::new() }
    }

    /// Adds a field to the login form.
    #[must_use]
    pub fn field(mut self, name: impl Into<String>, value: impl Into<Password>) -> Self {
        self.fields.push((name.into(), value.into()));
        self
    }
}

/// A request that is about to leave, see [`AuthHandler::authorize`].
pub struct OutgoingRequest<'a> {
    pub(crate) method: &'a Method,
    pub(crate) url: &'a str,
    pub(crate) headers: &'a mut HeaderMap,
    pub(crate) body: Option<Bytes>,
}

impl fmt::Debug for OutgoingRequest<'_> {
    /// Without headers and body: they have the session and, in a login, the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutgoingRequest").field("method", self.method).finish_non_exhaustive()
    }
}

impl OutgoingRequest<'_> {
    /// Its method.
    pub fn method(&self) -> &Method {
        self.method
    }

    /// Where it goes: always to the asked origin.
    pub fn url(&self) -> &str {
        self.url
    }

    /// Its headers, those of the session included.
    pub fn headers(&self) -> &HeaderMap {
        self.headers
    }

    /// The same, to be changed. `Host` and what frames the body (`Content-Length`, `Transfer-Encoding`) stay the client's own.
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        self.headers
    }

    /// Its body; `None` where it has none, or is a file that is read while it is sent.
    pub fn body(&self) -> Option<&Bytes> {
        self.body.as_ref()
    }
}

/// A boxed future, the return type of asynchronous methods of a trait such as [`AuthHandler::cookies`].
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Cookies that a single sign-on set, parsed from the form of a `Cookie` header: `JSESSIONID=…; ROUTE=.r1`.
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

    /// Parses `NAME=VALUE`, separated by `;`. The [`Usage`](ErrorKind::Usage) error names what is wrong and never repeats a
    /// value.
    fn from_str(text: &str) -> Result<Self> {
        let wrong = |why: &str| {
            Error::new(ErrorKind::Usage, "read the cookies")
                .because(why)
                .with_hint("write them as in a Cookie header: JSESSIONID=VALUE; ROUTE=VALUE")
        };
        let pairs = text.trim().split(';').map(str::trim).filter(|pair| !pair.is_empty());
        let cookies: Vec<_> = pairs
            .map(|pair| {
                let (name, value) = pair.split_once('=').ok_or_else(|| wrong("a cookie has no value"))?;
                if !is_token(name) {
                    return Err(wrong("a cookie has an invalid name"));
                }
                if !is_cookie_value(value) {
                    return Err(wrong(&format!(
                        "the value of {name} is empty or contains characters that cannot be sent"
                    )));
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

/// Provides the username, and the cookies or the password that a login needs.
///
/// [`cookies`](Self::cookies) and then [`credentials`](Self::credentials) are called only for a login, before the session's
/// lock is taken. A call that has a session calls neither. An error of either ends the call and is returned as it is.
///
/// [`BasicAuthHandler`] and [`NoCredentials`] are handlers; implement the trait for a vault or a single sign-on.
pub trait AuthHandler: Send + Sync {
    /// Returns the username, which is a part of the session's key. Must not prompt or do I/O.
    fn username(&self) -> &str;

    /// Returns the cookies of a single sign-on, which make a session without a password. May do I/O; there is no time limit.
    /// Default: `None`.
    ///
    /// The cookies are sent only to HAC's origin and become part of the session. If the server does not accept them, a login
    /// with [`credentials`](Self::credentials) follows, which sends them too. Without credentials the call fails with
    /// [`SessionEnded`](crate::ErrorKind::SessionEnded).
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

    /// Returns the credentials for a login. May prompt, do I/O and block: it is called on a separate thread. Default: `None`.
    ///
    /// With `None`, a call without a session and one whose session has ended fail with
    /// [`SessionEnded`](crate::ErrorKind::SessionEnded) and the [`no_credentials_hint`](Self::no_credentials_hint).
    fn credentials(&self) -> Result<Option<Credentials>> {
        Ok(None)
    }

    /// Returns the credentials asynchronously. Default: `None`, and [`credentials`](Self::credentials) is called.
    fn credentials_later(&self) -> Option<BoxFuture<'_, Result<Option<Credentials>>>> {
        None
    }

    /// Returns whether [`credentials`](Self::credentials) may ask a person. Default: `false`.
    ///
    /// With `true` the login page is fetched before it is called, and once more afterwards: nobody types a password for a server
    /// that cannot be reached, or whose certificate is not trusted.
    fn may_prompt(&self) -> bool {
        false
    }

    /// Called with each request before it is sent, and may change its headers. Default: changes nothing.
    ///
    /// Called after [`apply`](Self::apply), when the request has the cookies and the token of the session, and for the pages of a login
    /// too. It has no time limit. If it fails, nothing is sent, and the call fails with its error.
    fn authorize<'a>(&'a self, request: &'a mut OutgoingRequest<'_>) -> BoxFuture<'a, Result<()>> {
        let _ = request;
        Box::pin(std::future::ready(Ok(())))
    }

    /// Adds headers to a request. Called for every request; all of them go to HAC's origin. Must not block. Default: none.
    fn apply(&self, headers: &mut HeaderMap) {
        let _ = headers;
    }

    /// Returns passwords that are known without a prompt. They are never shown, even if a server repeats one that this client
    /// did not send.
    ///
    /// Passwords that [`credentials`](Self::credentials) returned need not be repeated here. Must not prompt or do I/O.
    fn known_passwords(&self) -> Vec<Password> {
        Vec::new()
    }

    /// Returns the hint of the error when there are no credentials. Default: to set a handler or to import a session.
    fn no_credentials_hint(&self) -> Hint {
        "set an AuthHandler with credentials, or import a session again".into()
    }
}

/// An [`AuthHandler`] with a fixed username and password.
#[derive(Debug, Clone)]
pub struct BasicAuthHandler {
    credentials: Credentials,
}

impl BasicAuthHandler {
    /// Returns a handler with a username and a password. Both stay in memory as long as the client exists.
    pub fn new(username: impl Into<String>, password: impl Into<Password>) -> Self {
        Self { credentials: Credentials::new(username, password) }
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

/// An [`AuthHandler`] without a password, for a session that is stored or was
/// [imported](crate::SessionManager::import_session).
///
/// A client with this handler never logs in. When the session has ended, its calls fail with
/// [`SessionEnded`](crate::ErrorKind::SessionEnded).
#[derive(Debug, Clone)]
pub struct NoCredentials {
    username: String,
}

impl NoCredentials {
    /// Returns a handler for the session of this user.
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
            ("a SECRET=1", "an invalid name"),
            ("A=", "A is empty"),
            ("A=SE CRET", "A is empty or contains"),
            ("A=\u{e4}SECRET", "A is empty or contains"),
        ] {
            let error = text.parse::<Cookies>().expect_err(text);
            assert_eq!(error.kind(), ErrorKind::Usage);
            assert!(error.why().contains(why) && !format!("{error:?}").contains("CRET"), "{error:?}");
        }
    }
}
