//! The client: built from the settings of the Python half, and its session.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hac_client::audit::Audit;
use hac_client::network::Proxy;
use hac_client::protection::{ConfirmAs, Protection};
use hac_client::request::Effect;
use hac_client::session::PortableSession;
use hac_client::tls::{ClientCertificate, Trust};
use hac_client::{
    Cookies, Error, ErrorKind, HacClient, HacClientBuilder, Notice, Password, Result, Validation, Writes,
};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tokio::sync::watch;

use crate::auth::{Asked, Brought, Confirming, Handler};
use crate::call::{Call, Caller, Convert, Event};
use crate::errors::{guarded, raised};
use crate::runtime::Runtime;

/// What to do about a call that the client was closed during.
#[derive(Clone, Copy)]
pub(crate) struct WhenClosed {
    /// While a write was under way.
    pub(crate) in_a_write: &'static str,
    /// Otherwise; may be empty.
    pub(crate) otherwise: &'static str,
}

pub(crate) const WHEN_CLOSED: WhenClosed = WhenClosed {
    in_a_write: "the request was sent: what it started may still be running on the server",
    otherwise: "",
};

type EarlyNotices = Arc<Mutex<Vec<(&'static str, String, bool)>>>;

/// A client of the library. The Python half makes a new one when a setting changes, and in the child of a fork.
#[pyclass(frozen, module = "hac_client_core._native")]
pub(crate) struct Client {
    library: HacClient,
    runtime: Py<Runtime>,
    closed: Arc<watch::Sender<bool>>,
    process: u32,
    brought: Brought,
    early: EarlyNotices,
}

impl Client {
    /// A call: `work` on the runtime's thread, ended by `close`.
    pub(crate) fn call<F>(&self, py: Python<'_>, effect: Effect, work: impl FnOnce(HacClient) -> F) -> Call
    where
        F: Future<Output = Result<Convert>> + Send + 'static,
    {
        self.call_counted(py, effect, Writes::default(), WHEN_CLOSED, work)
    }

    /// A call whose writes are counted in `writes`, apart from those of other calls.
    pub(crate) fn call_counted<F>(
        &self,
        py: Python<'_>,
        effect: Effect,
        writes: Writes,
        when_closed: WhenClosed,
        work: impl FnOnce(HacClient) -> F,
    ) -> Call
    where
        F: Future<Output = Result<Convert>> + Send + 'static,
    {
        let (client, mut closed) = (self.library.clone(), self.closed.subscribe());
        let noted = writes.clone();
        let work = work(client.clone());
        Call::new(self.runtime.clone_ref(py), client, writes.clone(), async move {
            let closing = async move {
                // The handle of a client that another one took the place of: its calls go on.
                if closed.wait_for(|closed| *closed).await.is_err() {
                    std::future::pending::<()>().await;
                }
                // Asked while the call is still there: afterwards nothing is under way any more.
                effect == Effect::Write && noted.under_way()
            };
            tokio::select! {
                biased;
                write_under_way = closing => Err(was_closed(write_under_way, when_closed)),
                result = writes.count(work) => result,
            }
        })
    }

    pub(crate) fn library(&self) -> &HacClient {
        &self.library
    }
}

fn was_closed(write_under_way: bool, when_closed: WhenClosed) -> Error {
    let (kind, hint) = if write_under_way {
        (ErrorKind::OutcomeUnknown, when_closed.in_a_write)
    } else {
        (ErrorKind::Interrupted, when_closed.otherwise)
    };
    let error = Error::new(kind, "finish the call").because("the client was closed");
    if hint.is_empty() { error } else { error.with_hint(hint) }
}

fn setting<'py, T: FromPyObjectOwned<'py>>(settings: &Bound<'py, PyDict>, name: &str) -> PyResult<Option<T>> {
    match settings.get_item(name)? {
        Some(value) if !value.is_none() => value.extract().map(Some).map_err(Into::into),
        _ => Ok(None),
    }
}

fn required<'py, T: FromPyObjectOwned<'py>>(settings: &Bound<'py, PyDict>, name: &'static str) -> PyResult<T> {
    setting(settings, name)?.ok_or_else(|| crate::errors::unreachable_state(name))
}

fn trust(settings: &Bound<'_, PyDict>) -> PyResult<Result<Trust>> {
    let bundle: Option<PathBuf> = setting(settings, "ca_bundle")?;
    let pin: Option<String> = setting(settings, "pin_sha256")?;
    let nothing = setting(settings, "ignore_ssl")?.unwrap_or(false);
    Ok(match (bundle, pin, nothing) {
        (_, Some(pin), _) => pin.parse().map(Trust::Pin),
        (Some(bundle), None, _) => Ok(Trust::Bundle(bundle)),
        (None, None, true) => Ok(Trust::Nothing),
        (None, None, false) => Ok(Trust::System),
    })
}

/// The protection of the server, and the audit log.
fn protected(py: Python<'_>, builder: HacClientBuilder, settings: &Bound<'_, PyDict>) -> PyResult<HacClientBuilder> {
    let protection: Option<String> = setting(settings, "protection")?;
    let protection = protection.map_or(Ok(Protection::Open), |name| name.parse());
    let mut builder = builder
        .protection(protection.map_err(|error| raised(py, &error))?)
        .allow_scripts(setting(settings, "allow_scripts")?.unwrap_or(false));
    if let Some(name) = setting::<String>(settings, "confirm_as")? {
        builder = builder.confirmed_by(ConfirmAs::new(name));
    }
    if let Some(ask) = setting::<Py<PyAny>>(settings, "ask_confirmation")? {
        builder = builder.confirmed_by(Confirming { ask: Arc::new(ask) });
    }
    if let Some(source) = setting::<String>(settings, "data_source")? {
        builder = builder.data_source(source);
    }
    Ok(match setting::<String>(settings, "audit")?.as_deref() {
        None => builder,
        Some("required") => builder.audit(Audit::in_default_file().required()),
        Some(_) => builder.audit(Audit::in_default_file()),
    })
}

#[pymethods]
impl Client {
    /// `before` is the client whose place this one takes after a setting was changed: `close` ends the calls of both.
    #[new]
    #[pyo3(signature = (runtime, settings, before=None))]
    fn new(
        py: Python<'_>,
        runtime: Py<Runtime>,
        settings: &Bound<'_, PyDict>,
        before: Option<&Bound<'_, Self>>,
    ) -> PyResult<Self> {
        let brought = Brought::default();
        let early = EarlyNotices::default();
        let credentials: Option<Py<PyAny>> = setting(settings, "ask_credentials")?;
        let apply = setting(settings, "apply_auth")?;
        let handler = Handler {
            username: required(settings, "username")?,
            password: setting::<String>(settings, "password")?.map(Password::from),
            asked: credentials.map(|credentials| Arc::new(Asked { credentials, apply })),
            brought: Arc::clone(&brought),
        };
        let mut builder = HacClient::builder(required::<String>(settings, "base_url")?)
            .auth_handler(handler)
            .environment(required::<String>(settings, "environment")?)
            .session_persistence(setting(settings, "session_persistence")?.unwrap_or(true))
            .timeout(
                setting::<f64>(settings, "timeout")?
                    .map(|seconds| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)),
            )
            .validation(match setting::<String>(settings, "validation")?.as_deref() {
                Some("on_use") => Validation::OnUse,
                _ => Validation::Probe,
            })
            .trust(trust(settings)?.map_err(|error| raised(py, &error))?);
        if let Some(directory) = setting::<PathBuf>(settings, "cache_dir")? {
            builder = builder.cache_dir(directory);
        }
        if let Some((certificate, key)) = setting::<(PathBuf, PathBuf)>(settings, "client_cert")? {
            builder = builder.client_certificate(ClientCertificate::new(certificate, key));
        }
        if let Some(proxy) = setting::<String>(settings, "proxy")? {
            builder = builder.proxy(if proxy.is_empty() { Proxy::Direct } else { Proxy::Url(proxy) });
        }
        if let Some((username, password)) = setting::<(String, String)>(settings, "gate")? {
            builder = builder.gate(username, password);
        }
        for (name, value) in setting::<Vec<(String, String)>>(settings, "headers")?.unwrap_or_default() {
            builder = builder.header(name, value);
        }
        if let Some(name) = setting::<String>(settings, "session_cookie_name")? {
            builder = builder.session_cookie_name(name);
        }
        if let Some(path) = setting::<String>(settings, "context_path")? {
            builder = builder.context_path(path);
        }
        if let Some(route) = setting::<String>(settings, "route")? {
            builder = builder.route(route);
        }
        if let Some(calls) = setting(settings, "max_in_flight")? {
            builder = builder.max_in_flight(calls);
        }
        let builder = protected(py, builder, settings)?;
        let noticed = Arc::clone(&early);
        let builder = builder.on_notice(move |notice| {
            let notice = (code_of(notice), notice.to_string(), notice.is_warning());
            match Caller::current() {
                Some(caller) => caller.event(Event::Notice(notice.0, notice.1, notice.2)),
                None => noticed.lock().unwrap_or_else(PoisonError::into_inner).push(notice),
            }
        });
        // Reads certificates from disk.
        let client = guarded(py, || py.detach(|| builder.build()).map_err(|error| raised(py, &error)))?;
        Ok(Self {
            library: client,
            runtime,
            closed: match before.map(Bound::get).filter(|before| before.process == std::process::id()) {
                Some(before) => Arc::clone(&before.closed),
                None => Arc::new(watch::Sender::new(false)),
            },
            process: std::process::id(),
            brought,
            early,
        })
    }

    /// What happened before there was a call.
    fn take_notices(&self) -> Vec<(&'static str, String, bool)> {
        std::mem::take(&mut *self.early.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Ends every call, and every further one.
    fn close(&self) {
        self.closed.send_replace(true);
    }

    /// A call that panics on the runtime's thread, for a test.
    #[cfg(feature = "test-panic")]
    fn panic_later(&self, py: Python<'_>) -> Call {
        self.call(py, Effect::Read, |_| async { panic!("on purpose") })
    }

    fn login(&self, py: Python<'_>) -> Call {
        self.call(py, Effect::Read, |client| async move { client.login().await.map(|_| nothing()) })
    }

    fn logout(&self, py: Python<'_>) -> Call {
        self.call(py, Effect::Read, |client| async move { client.logout().await.map(value) })
    }

    fn check(&self, py: Python<'_>) -> Call {
        self.call(py, Effect::Read, |client| async move {
            use hac_client::session::SessionState as State;
            client.check().await.map(|state| {
                value(match state {
                    State::Alive => "alive",
                    State::AliveWithoutRight => "alive_without_right",
                    State::Initializing => "initializing",
                    State::Dead => "dead",
                    _ => "absent",
                })
            })
        })
    }

    /// The session in use as JSON, with its secrets; `None` where there is none.
    fn session(&self) -> Option<String> {
        self.library.export_session().map(|session| session.to_json())
    }

    /// Session id, token, route cookie of the session in use.
    fn session_fields(&self) -> Option<(String, String, Option<String>)> {
        let session = self.library.export_session()?;
        let metadata = session.metadata();
        let (id, token) = (metadata.session_id.expose().to_owned(), metadata.csrf_token.expose().to_owned());
        Some((id, token, metadata.route_cookie.clone()))
    }

    fn use_session(&self, py: Python<'_>, json: &str) -> PyResult<()> {
        let used = PortableSession::from_json(json).and_then(|session| self.library.use_session(&session));
        used.map_err(|error| raised(py, &error))
    }

    fn forget_session(&self) {
        self.library.forget_session();
    }

    /// Cookies to begin a login with, as in the header `Cookie`.
    fn bring_cookies(&self, py: Python<'_>, cookies: Option<&str>) -> PyResult<()> {
        let parsed = cookies.map(str::parse::<Cookies>).transpose().map_err(|error| raised(py, &error))?;
        *self.brought.lock().unwrap_or_else(PoisonError::into_inner) = parsed;
        Ok(())
    }

    /// Source of the session in use, its context path, when it was made.
    fn session_source(&self) -> Option<(&'static str, String, f64)> {
        use hac_client::session::SessionSource as Source;
        let info = self.library.session_info()?;
        let source = match info.source {
            Source::LoggedIn => "logged_in",
            Source::Adopted => "adopted",
            _ => "stored",
        };
        Some((source, info.context_path.to_string(), info.created_at))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // In the child of a fork a thread that is not there may hold the lock that this would wait for.
        if self.process != std::process::id() {
            std::mem::forget(Arc::clone(&self.closed));
        }
    }
}

fn code_of(notice: &Notice) -> &'static str {
    match notice {
        Notice::Waiting { .. } => "waiting",
        Notice::Reused => "reused",
        Notice::Adopted => "adopted",
        Notice::LoggedIn => "logged_in",
        Notice::Renewing => "renewing",
        Notice::TokenRefreshed => "token_refreshed",
        Notice::ReadAgain { .. } => "read_again",
        Notice::TextKey { .. } => "text_key",
        Notice::OtherNode { .. } => "other_node",
        Notice::NotKept(_) => "not_kept",
        Notice::NotLocked(_) => "not_locked",
        Notice::NotAudited(_) => "not_audited",
        Notice::NotResumable(_) => "not_resumable",
        _ => "other",
    }
}

/// A result that is a Python object of its own accord.
pub(crate) fn value<T>(value: T) -> Convert
where
    T: for<'py> IntoPyObject<'py> + Send + 'static,
{
    Box::new(move |py| value.into_py_any(py))
}

pub(crate) fn nothing() -> Convert {
    Box::new(|py| Ok(py.None()))
}
