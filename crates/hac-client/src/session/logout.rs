//! Logging out: the session ends on the server, and only then in the cache.

use std::time::Duration;

use http::{HeaderMap, Method, header};

use super::probe::Probe;
use super::{ActiveSession, Sessions};
use crate::error::{Error, ErrorKind, Result};
use crate::origin::{Target, resolve};
use crate::page::is_login_path;
use crate::secret::{CsrfToken, sensitive};
use crate::transport::{Answer, Body, Fault, Outgoing, Pace, Transport};

/// What the server made of a logout.
enum Logout {
    /// It redirected to its login page.
    Ended,
    /// 401, 403 or 405: the token may have changed, or the session was over before.
    Refused(Error),
    /// Anything else: the end of the session is not confirmed.
    Unconfirmed(Error),
}

impl Sessions {
    /// Ends the session that is in memory or stored; `false` if there is none.
    pub(crate) async fn end(&self, timeout: Option<Duration>) -> Result<bool> {
        let Some(session) = self.peek().await? else { return Ok(false) };
        let refused = match self.log_out(&session, &session.token, timeout).await {
            Logout::Ended => return self.remove(&session).await.map(|_| true),
            Logout::Unconfirmed(error) => return Err(error),
            Logout::Refused(error) => error,
        };
        match self.probe_at(&session, &mut session.jar.clone()).await {
            Probe::Dead => self.remove(&session).await.map(|_| true),
            Probe::Alive(token) if !token.same_as(&session.token) => {
                match self.log_out(&session, &token, timeout).await {
                    Logout::Ended => self.remove(&session).await.map(|_| true),
                    Logout::Refused(error) | Logout::Unconfirmed(error) => Err(error),
                }
            }
            _ => Err(refused),
        }
    }

    async fn log_out(&self, session: &ActiveSession, token: &CsrfToken, timeout: Option<Duration>) -> Logout {
        let doing = format!("log out of {}", self.transport.origin());
        let mut answer = match post(&self.transport, session, token, timeout).await {
            Ok(answer) => answer,
            Err(fault) => return Logout::Unconfirmed(still_alive(fault.into_error(&doing))),
        };
        if let Some(location) = answer.location()
            && let Target::Here { path, .. } = resolve(self.transport.origin(), &answer.path, location)
            && is_login_path(&path, session.login_path.as_deref())
        {
            return Logout::Ended;
        }
        let described = if answer.location().is_some() {
            format!("{} redirected to {}", answer.shown_path(), answer.shown_location())
        } else {
            let page = answer.page(Vec::new()).await.unwrap_or_default();
            answer.described(&page)
        };
        let error = still_alive(Error::new(ErrorKind::Protocol, doing).because(described));
        if matches!(answer.status.as_u16(), 401 | 403 | 405) {
            Logout::Refused(error)
        } else {
            Logout::Unconfirmed(error)
        }
    }
}

async fn post(
    transport: &Transport,
    session: &ActiveSession,
    token: &CsrfToken,
    timeout: Option<Duration>,
) -> std::result::Result<Answer, Fault> {
    let path = format!("{}/j_spring_security_logout", session.context_path.as_str());
    let mut headers = HeaderMap::new();
    if let Some(cookies) = session.jar.header_for(&path, transport.sends_secure_cookies()) {
        headers.insert(header::COOKIE, cookies);
    }
    if let Some(token) = sensitive(token.expose()) {
        headers.insert("x-csrf-token", token);
    }
    let body = Body::form([("_csrf", token.expose())]);
    let outgoing =
        Outgoing { method: Method::POST, path: &path, query: None, headers, body, timeout, pace: Pace::Whole };
    transport.send(outgoing).await
}

/// The end was not confirmed: the session can still be ended.
fn still_alive(error: Error) -> Error {
    let why = format!("{}; the session may still be alive, and was kept", error.why());
    error.because(why).with_hint(
        "try again; an idle session also expires on the server. To forget it here anyway, clear it from the cache",
    )
}
