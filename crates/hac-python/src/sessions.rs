//! The sessions on disk, for the `SessionManager` of the Python half.

use std::path::PathBuf;

use hac_client::session::{CopiedRequest, LastKnown, PortableSession, SessionMetadata};
use hac_client::tls::Trust;
use hac_client::{Error, Result, SessionManager};
use pyo3::prelude::*;

use crate::errors::raised;

type Fields = (String, String, Option<String>, String, String, String, f64, f64, bool);

/// The sessions of one directory; each session is a tuple of its nine fields.
#[pyclass(frozen, module = "hac_client_core._native")]
pub(crate) struct Sessions(SessionManager);

fn fields(session: SessionMetadata) -> Fields {
    (
        session.session_id.expose().to_owned(),
        session.csrf_token.expose().to_owned(),
        session.route_cookie,
        session.environment,
        session.base_url,
        session.username,
        session.created_at,
        session.last_used_at,
        session.is_authenticated,
    )
}

fn metadata(session: Fields) -> SessionMetadata {
    let (
        session_id,
        csrf_token,
        route_cookie,
        environment,
        base_url,
        username,
        created_at,
        last_used_at,
        is_authenticated,
    ) = session;
    SessionMetadata {
        session_id: session_id.into(),
        csrf_token: csrf_token.into(),
        route_cookie,
        environment,
        base_url,
        username,
        created_at,
        last_used_at,
        is_authenticated,
    }
}

/// Base URL, session id, route, CSRF token of a request that was copied from a browser as a command of curl.
#[pyfunction]
#[pyo3(signature = (text, session_cookie))]
pub(crate) fn read_curl(
    py: Python<'_>,
    text: &str,
    session_cookie: &str,
) -> PyResult<(String, String, Option<String>, Option<String>)> {
    let copied = CopiedRequest::from_curl(text, session_cookie).map_err(|error| raised(py, &error))?;
    Ok((
        copied.base_url().as_str().to_owned(),
        copied.session_id().expose().to_owned(),
        copied.route().map(str::to_owned),
        copied.csrf_token().map(|token| token.expose().to_owned()),
    ))
}

/// File work, which may wait for a lock.
fn detached<T: Send>(py: Python<'_>, work: impl FnOnce() -> Result<T> + Send) -> PyResult<T> {
    py.detach(work).map_err(|error: Error| raised(py, &error))
}

#[pymethods]
impl Sessions {
    #[new]
    fn new(py: Python<'_>, cache_dir: Option<PathBuf>) -> PyResult<Self> {
        match cache_dir {
            Some(directory) => Ok(Self(SessionManager::with_cache_dir(directory))),
            None => SessionManager::new().map(Self).map_err(|error| raised(py, &error)),
        }
    }

    fn cache_dir(&self) -> PathBuf {
        self.0.cache_dir().to_owned()
    }

    fn load(&self, py: Python<'_>, base_url: &str, username: &str, environment: &str) -> PyResult<Option<Fields>> {
        detached(py, || self.0.load_session(base_url, username, environment)).map(|found| found.map(fields))
    }

    fn save(&self, py: Python<'_>, session: Fields) -> PyResult<()> {
        let metadata = metadata(session);
        detached(py, || self.0.save_session(&metadata))
    }

    fn touch(&self, py: Python<'_>, base_url: &str, username: &str, environment: &str) -> PyResult<()> {
        detached(py, || self.0.touch_session(base_url, username, environment))
    }

    fn remove(&self, py: Python<'_>, base_url: &str, username: &str, environment: &str) -> PyResult<bool> {
        detached(py, || self.0.remove_session(base_url, username, environment))
    }

    fn list(&self, py: Python<'_>) -> PyResult<Vec<Fields>> {
        detached(py, || self.0.list_sessions()).map(|all| all.into_iter().map(fields).collect())
    }

    /// The session as JSON, with its secrets; `None` where there is none.
    fn export(&self, py: Python<'_>, base_url: &str, username: &str, environment: &str) -> PyResult<Option<String>> {
        detached(py, || self.0.export_session(base_url, username, environment))
            .map(|found| found.map(|session| session.to_json()))
    }

    /// The session that was stored.
    fn import_session(&self, py: Python<'_>, json: &str) -> PyResult<Fields> {
        detached(py, || {
            let session = PortableSession::from_json(json)?;
            self.0.import_session(&session)?;
            Ok(fields(session.metadata().clone()))
        })
    }

    /// `unknown`, `alive` or `ended`, and when that was known.
    fn last_known(&self, py: Python<'_>, session: Fields) -> PyResult<(&'static str, Option<f64>)> {
        let known = detached(py, || self.0.last_known(&metadata(session)))?;
        Ok(match known {
            LastKnown::AliveAt(seconds) => ("alive", Some(seconds)),
            LastKnown::EndedAt(seconds) => ("ended", Some(seconds)),
            _ => ("unknown", None),
        })
    }

    /// The setting with which its client trusted the server, and its value.
    fn trust(&self, py: Python<'_>, session: Fields) -> PyResult<Option<(&'static str, String)>> {
        let trust = detached(py, || self.0.trust(&metadata(session)))?;
        Ok(trust.and_then(|trust| match trust {
            Trust::Bundle(path) => Some(("ca_bundle", path.display().to_string())),
            Trust::Pin(fingerprint) => Some(("pin_sha256", fingerprint.to_string())),
            Trust::Nothing => Some(("ignore_ssl", String::new())),
            _ => None,
        }))
    }

    fn clear(&self, py: Python<'_>) -> PyResult<usize> {
        detached(py, || self.0.clear_all_sessions())
    }
}
