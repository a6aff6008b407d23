//! The sessions on disk, for the `SessionManager` of the Python half.

use std::path::PathBuf;

use hac_client::session::SessionMetadata;
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
        let (
            session_id,
            csrf_token,
            route_cookie,
            environment,
            base_url,
            username,
            created_at,
            last_used_at,
            authenticated,
        ) = session;
        let metadata = SessionMetadata {
            session_id: session_id.into(),
            csrf_token: csrf_token.into(),
            route_cookie,
            environment,
            base_url,
            username,
            created_at,
            last_used_at,
            is_authenticated: authenticated,
        };
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

    fn clear(&self, py: Python<'_>) -> PyResult<usize> {
        detached(py, || self.0.clear_all_sessions())
    }
}
