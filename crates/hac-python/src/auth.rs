//! The user's `AuthHandler`, asked on the thread that waits for the call.

use std::sync::{Arc, Mutex, PoisonError};

use hac_client::http::{HeaderName, HeaderValue};
use hac_client::protection::{ConfirmHandler, Confirmation, PlannedCall};
use hac_client::{
    AuthHandler, BoxFuture, Cookies, Credentials, Error, ErrorKind, Hint, OutgoingRequest, Password, Result,
};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::call::Caller;

/// What of the login is changed by hand: cookies that a browser or a single sign-on has.
pub(crate) type Brought = Arc<Mutex<Option<Cookies>>>;

pub(crate) struct Handler {
    pub(crate) username: String,
    /// Known beforehand, so that nobody has to be asked.
    pub(crate) password: Option<Password>,
    /// `None` where the password is all that there is.
    pub(crate) asked: Option<Arc<Asked>>,
    pub(crate) brought: Brought,
}

/// Two functions of the Python half, around the user's handler.
pub(crate) struct Asked {
    /// `() -> (username, password, [(name, value)])`
    pub(crate) credentials: Py<PyAny>,
    /// `(method, url, [(name, value)], body) -> [(name, value)]`
    pub(crate) apply: Option<Py<PyAny>>,
}

type Pairs = Vec<(String, String)>;

impl AuthHandler for Handler {
    fn username(&self) -> &str {
        &self.username
    }

    fn cookies(&self) -> BoxFuture<'_, Result<Option<Cookies>>> {
        let brought = self.brought.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Box::pin(std::future::ready(Ok(brought)))
    }

    fn credentials(&self) -> Result<Option<Credentials>> {
        Ok(self.password.clone().map(|password| Credentials::new(&self.username, password)))
    }

    fn credentials_later(&self) -> Option<BoxFuture<'_, Result<Option<Credentials>>>> {
        let asked = Arc::clone(self.asked.as_ref()?);
        Some(Box::pin(async move {
            let caller = caller()?;
            let answer =
                caller.ask(move |py| asked.credentials.call0(py)?.extract::<Option<(String, String, Pairs)>>(py));
            Ok(answer.await?.map(|(username, password, fields)| {
                fields.into_iter().fold(Credentials::new(username, password), |credentials, (name, value)| {
                    credentials.field(name, value)
                })
            }))
        }))
    }

    fn authorize<'a>(&'a self, request: &'a mut OutgoingRequest<'_>) -> BoxFuture<'a, Result<()>> {
        let Some(asked) = self.asked.as_ref().filter(|asked| asked.apply.is_some()) else {
            return Box::pin(std::future::ready(Ok(())));
        };
        let asked = Arc::clone(asked);
        Box::pin(async move {
            let caller = caller()?;
            let method = request.method().to_string();
            let url = request.url().to_owned();
            let body = request.body().cloned();
            let before: Pairs = request
                .headers()
                .iter()
                .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
                .collect();
            let given = before.clone();
            let after = caller
                .ask(move |py| {
                    let body = body.map(|bytes| PyBytes::new(py, &bytes));
                    let apply = asked.apply.as_ref().map(|apply| apply.call1(py, (method, url, given, body)));
                    apply.transpose()?.map(|answer| answer.extract::<Pairs>(py)).transpose()
                })
                .await?;
            if let Some(after) = after.filter(|after| *after != before) {
                let headers = request.headers_mut();
                headers.clear();
                for (name, value) in after {
                    let wrong = || {
                        Error::new(ErrorKind::Usage, "apply the auth handler")
                            .because(format!("it set the header {name:?} to something that cannot be sent"))
                    };
                    let mut sent = HeaderValue::from_str(&value).map_err(|_| wrong())?;
                    sent.set_sensitive(true);
                    headers.append(HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?, sent);
                }
            }
            Ok(())
        })
    }

    fn known_passwords(&self) -> Vec<Password> {
        self.password.iter().cloned().collect()
    }

    fn no_credentials_hint(&self) -> Hint {
        "give the client an auth handler that has a password, or assign client.session_info again".into()
    }
}

/// The user's function that confirms changes, asked on the thread that waits for the call.
pub(crate) struct Confirming {
    /// `(class, doing, base_url, environment, username) -> bool`
    pub(crate) ask: Arc<Py<PyAny>>,
}

impl ConfirmHandler for Confirming {
    fn confirm(&self, _: &PlannedCall) -> Result<Confirmation> {
        Ok(Confirmation::No)
    }

    fn confirm_later<'a>(&'a self, call: &'a PlannedCall) -> Option<BoxFuture<'a, Result<Confirmation>>> {
        let (ask, call) = (Arc::clone(&self.ask), call.clone());
        Some(Box::pin(async move {
            let caller = caller()?;
            let confirmed = caller.ask(move |py| {
                let of = (call.class.as_str(), call.doing, call.base_url, call.environment, call.username);
                ask.call1(py, of)?.extract::<bool>(py)
            });
            Ok(if confirmed.await? { Confirmation::Yes } else { Confirmation::No })
        }))
    }
}

fn caller() -> Result<Caller> {
    Caller::current()
        .ok_or_else(|| Error::new(ErrorKind::Internal, "ask the auth handler").because("nobody waits for the call"))
}
