//! Errors of the library as exceptions of the Python half.

use hac_client::console::FlexibleSearchSummary;
use hac_client::{Error, ErrorKind};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use crate::hints::in_python;

static FACTORY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// The exception of an error. The Python half has the classes.
pub(crate) fn raised(py: Python<'_>, error: &Error) -> PyErr {
    let make = || -> PyResult<PyErr> {
        let factory = FACTORY.get_or_try_init(py, || {
            Ok::<_, PyErr>(py.import("hac_client_core.errors")?.getattr("from_native")?.unbind())
        })?;
        let cause = std::error::Error::source(error).map(ToString::to_string);
        let hint = error.hint().map(in_python);
        let kind = error.kind();
        let made = factory.call1(py, (kind.code(), error.doing(), error.why(), hint, kind.may_be_resent(), cause))?;
        Ok(PyErr::from_value(made.into_bound(py)))
    };
    make().unwrap_or_else(|failed| failed)
}

/// The summary of a query that failed, or its error.
pub(crate) fn summary_of(error: Error) -> Result<FlexibleSearchSummary, Error> {
    error.into_outcome::<FlexibleSearchSummary>()
}

/// A panic as an error: a defect of this package.
pub(crate) fn defect(what: &str) -> Error {
    Error::new(ErrorKind::Internal, "go on")
        .because(format!("a bug in hac_client_core {}: {what}", env!("CARGO_PKG_VERSION")))
        .with_hint("please report it to the maintainers of hac-client-core, with this line and the call that was made")
}

/// Runs what must not panic into Python.
pub(crate) fn guarded<T>(py: Python<'_>, work: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let what = panic.downcast_ref::<&'static str>().copied().unwrap_or("a panic");
        Err(raised(py, &defect(what)))
    })
}

/// Panics are exceptions, and say so themselves: nothing is printed beside them.
pub(crate) fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, |at| format!("{}:{}", at.file(), at.line()));
        tracing::error!(target: "hac_client::python", place, "a panic");
    }));
}

/// For what cannot be but by a mistake of this package.
pub(crate) fn unreachable_state(what: &'static str) -> PyErr {
    PyRuntimeError::new_err(what)
}
