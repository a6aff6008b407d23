//! HAC's login page: where it is, what it shows of the release, and what the server's clock says.

use std::fmt;

use super::Diagnosis;
use crate::error::Result;
use crate::origin::ContextPath;
use crate::session::login::{LoginPage, find_login_page};
use crate::session::metadata::now;

/// HAC's login page, as somebody sees it who is not logged in.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FoundConsole {
    /// Where HAC is.
    pub context_path: ContextPath,
    /// The path of the login page.
    pub login_path: String,
    /// What the page shows of the release.
    pub release: ReleaseGuess,
    /// By how many seconds the server's clock is ahead of this machine's: negative if it is behind, accurate to two seconds. `None`
    /// if the answer has no usable `Date`.
    pub clock_ahead: Option<f64>,
}

/// What the login page shows of the release of SAP Commerce.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReleaseGuess {
    /// 1811 or older: the login page is `login.jsp`.
    UpTo1811,
    /// 2005 to 2211: the login page is `login`, and its token a UUID. (Which of the two pages 1905 has is not known.)
    From2005,
    /// 2211 on Java 21, or newer: the token looks like those of Spring Security 6. An inference, which nobody has observed.
    SpringSecurity6,
    /// Nothing that is known.
    Unknown,
}

impl ReleaseGuess {
    /// Returns what it stands for: `1811 or older`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UpTo1811 => "1811 or older",
            Self::From2005 => "2005 to 2211",
            Self::SpringSecurity6 => "2211 on Java 21, or newer",
            Self::Unknown => "unknown",
        }
    }

    /// From the path of the login page and the token on it.
    fn of(login_path: &str, token: Option<&str>) -> Self {
        let is_jsp = login_path.ends_with("/login.jsp");
        match token {
            _ if is_jsp => Self::UpTo1811,
            Some(token) if is_uuid(token) => Self::From2005,
            Some(token) if is_masked(token) => Self::SpringSecurity6,
            _ => Self::Unknown,
        }
    }
}

impl fmt::Display for ReleaseGuess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

fn is_uuid(token: &str) -> bool {
    let lengths: Vec<usize> = token.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && token.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

/// A mask and as many bytes again, in base64: at least twice as long as a UUID.
fn is_masked(token: &str) -> bool {
    token.len() >= 72 && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_=".contains(&byte))
}

impl Diagnosis {
    /// Finds HAC's login page as a login does, and posts nothing: two requests, and one more for each context path that is not there.
    ///
    /// # Errors
    /// Those of a login before it posts anything: [`Connect`](crate::ErrorKind::Connect), [`Tls`](crate::ErrorKind::Tls),
    /// [`NotHac`](crate::ErrorKind::NotHac), [`Config`](crate::ErrorKind::Config) if the server wants https,
    /// [`Initializing`](crate::ErrorKind::Initializing), [`Timeout`](crate::ErrorKind::Timeout).
    pub async fn find_console(&self) -> Result<FoundConsole> {
        let engine = self.client.engine();
        engine.check_process()?;
        let transport = &engine.transport;
        let options = engine.sessions.login_options();
        let doing = format!("find HAC at {}", transport.origin());
        let found = find_login_page(transport, options, &doing).await;
        let LoginPage { form, context_path, path, date, .. } =
            found.map_err(|error| error.without_secrets(transport.secrets()))?;
        #[expect(clippy::cast_precision_loss, reason = "seconds of our age are exact")]
        let clock_ahead = date.map(|there| there as f64 - now());
        let login_path = path.unwrap_or_else(|| format!("{}/", context_path.as_str()));
        let token = form.token.as_ref().map(|(_, token)| token.expose());
        Ok(FoundConsole { release: ReleaseGuess::of(&login_path, token), context_path, login_path, clock_ahead })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_release_is_guessed_from_the_login_page_and_its_token() {
        let uuid = Some("0b9dbb0e-0c3f-4a4d-9a3f-6f5d1f0c9a11");
        let masked = "Ab3_-".repeat(20);
        for (path, token, guess) in [
            ("/hac/login.jsp", uuid, ReleaseGuess::UpTo1811),
            ("/hac/login", uuid, ReleaseGuess::From2005),
            ("/login", Some(masked.as_str()), ReleaseGuess::SpringSecurity6),
            ("/hac/login", Some("short"), ReleaseGuess::Unknown),
            ("/hac/login", None, ReleaseGuess::Unknown),
        ] {
            assert_eq!(ReleaseGuess::of(path, token), guess, "{path} {token:?}");
        }
    }
}
